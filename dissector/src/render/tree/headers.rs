//! The fields of link and IP headers that a reader may want beside the addresses.

use std::fmt::Write;

use crate::wire::frame::LayerKind;

/// Addresses of an Ethernet header, priority of a VLAN tag.
pub(super) fn link(kind: LayerKind, header: &[u8]) -> String {
    let mut text = String::new();
    match (kind, header) {
        (LayerKind::Ethernet, _) => {
            if let Some((destination, rest)) = header.split_at_checked(6)
                && let Some(source) = rest.get(..6)
            {
                text.push(' ');
                mac(source, &mut text);
                text.push_str(" > ");
                mac(destination, &mut text);
            }
        }
        (LayerKind::Vlan { tpid, priority, drop_eligible, .. }, _) => {
            let eligible = if drop_eligible { ", drop eligible" } else { "" };
            // A String takes everything that is written to it.
            write!(text, ", tag {tpid:#06x}, priority {priority}{eligible}").unwrap_or_default();
        }
        _ => {}
    }
    text
}

/// What an IP header of either version says beside the addresses.
pub(super) fn ip(header: &[u8]) -> String {
    match *header {
        [first, service, t0, t1, i0, i1, f0, _, ttl, ..] if first >> 4 == 4 => {
            let (total, id) = (u16::from_be_bytes([t0, t1]), u16::from_be_bytes([i0, i1]));
            let whole = if f0 & 0x40 != 0 { ", don't fragment" } else { "" };
            format!(
                ", total length {total}, TTL {ttl}, service {service:#04x}, ID {id:#06x}{whole}"
            )
        }
        [first, second, l0, l1, p0, p1, _, hops, ..] if first >> 4 == 6 => {
            let class = (first << 4) | (second >> 4);
            let label = u32::from_be_bytes([0, second & 0x0f, l0, l1]);
            let payload = u16::from_be_bytes([p0, p1]);
            format!(
                ", payload length {payload}, hop limit {hops}, class {class:#04x}, flow label \
                 {label:#07x}"
            )
        }
        _ => String::new(),
    }
}

fn mac(octets: &[u8], text: &mut String) {
    for (nth, octet) in octets.iter().enumerate() {
        let separator = if nth > 0 { ":" } else { "" };
        write!(text, "{separator}{octet:02x}").unwrap_or_default();
    }
}
