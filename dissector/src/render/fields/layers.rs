//! The columns of the frame, and of the headers below TCP.

use std::net::IpAddr;

use super::Context;
use super::registry::{Column, Needs};
use super::values::Values;
use crate::event::Event;
use crate::source::LinkType;
use crate::wire::frame::{Layer, LayerKind};

/// The ethertype of a provider's tag, which has fields of its own in Wireshark.
const PROVIDER_TAG: u16 = 0x88a8;

pub(super) const COLUMNS: &[Column] = &[
    Column::frame("frame.number", "Frame number", |number, _, out| {
        out.num(number);
    }),
    Column::frame("frame.time_epoch", "Seconds since 1970", |_, frame, out| {
        time(frame.time.map(|time| time.0), Some(0), out);
    }),
    Column::other(
        "frame.time_relative",
        "Seconds since the first frame",
        Needs::Frames,
        |c, out| time(c.now.this, c.now.first, out),
    ),
    Column::other("frame.time_delta", "Seconds since the frame before", Needs::Frames, |c, out| {
        time(c.now.this, c.now.before.or(c.now.this), out);
    }),
    Column::frame("frame.len", "Octets on the wire", |_, frame, out| {
        out.num(frame.wire_len);
    }),
    Column::frame("frame.cap_len", "Octets captured", |_, frame, out| {
        out.num(frame.octets.len());
    }),
    Column::frame("frame.interface_id", "Interface, counted from 0", |_, frame, out| {
        out.num(frame.interface);
    }),
    Column::other("vlan.id", "VLAN", Needs::Layers, |c, out| {
        each(c, |layer| match layer.kind {
            LayerKind::Vlan { tpid, id, .. } if tpid != PROVIDER_TAG => out.num(id),
            _ => {}
        });
    }),
    Column::other("ieee8021ad.id", "VLAN of the provider", Needs::Layers, |c, out| {
        each(c, |layer| {
            if let LayerKind::Vlan { tpid: PROVIDER_TAG, id, .. } = layer.kind {
                out.num(id);
            }
        });
    }),
    Column::other("vxlan.vni", "VXLAN network", Needs::Layers, |c, out| {
        each(c, |layer| {
            if let LayerKind::Vxlan { vni } = layer.kind {
                out.num(vni);
            }
        });
    }),
    Column::other("geneve.vni", "Geneve network", Needs::Layers, |c, out| {
        each(c, |layer| {
            if let LayerKind::Geneve { vni } = layer.kind {
                out.hex(vni, 6);
            }
        });
    }),
    Column::other("gtp.teid", "Tunnel of GTP-U", Needs::Layers, |c, out| {
        each(c, |layer| {
            if let LayerKind::GtpU { teid } = layer.kind {
                out.hex(teid, 8);
            }
        });
    }),
    Column::other("gre.key", "Key of GRE", Needs::Layers, |c, out| {
        each(c, |layer| {
            if let LayerKind::Gre { key: Some(key), .. } = layer.kind {
                out.hex(key, 8);
            }
        });
    }),
    Column::other("ip.src", "IPv4 source, outermost first", Needs::Layers, |c, out| {
        addresses(c, out, |source, _| source, IpAddr::is_ipv4);
    }),
    Column::other("ip.dst", "IPv4 destination, outermost first", Needs::Layers, |c, out| {
        addresses(c, out, |_, destination| destination, IpAddr::is_ipv4);
    }),
    Column::other("ipv6.src", "IPv6 source, outermost first", Needs::Layers, |c, out| {
        addresses(c, out, |source, _| source, IpAddr::is_ipv6);
    }),
    Column::other("ipv6.dst", "IPv6 destination, outermost first", Needs::Layers, |c, out| {
        addresses(c, out, |_, destination| destination, IpAddr::is_ipv6);
    }),
];

fn time(this: Option<i64>, since: Option<i64>, out: &mut Values<'_>) {
    if let Some((this, since)) = this.zip(since) {
        out.seconds(this.saturating_sub(since));
    }
}

/// Visits the layers of a packet that isn't plain.
fn each(c: &Context<'_>, mut visit: impl FnMut(&Layer)) {
    c.packet.iter().flat_map(|packet| packet.layers.iter()).for_each(&mut visit);
}

fn addresses(
    c: &Context<'_>,
    out: &mut Values<'_>,
    pick: fn(IpAddr, IpAddr) -> IpAddr,
    wanted: fn(&IpAddr) -> bool,
) {
    let mut put = |source, destination| {
        let addr = pick(source, destination);
        if wanted(&addr) {
            out.addr(addr);
        }
    };
    if c.packet.is_none() {
        let segment = &c.event.segment;
        return put(segment.src.addr, segment.dst.addr);
    }
    each(c, |layer| {
        if let Some((source, destination)) = layer.addresses(c.event.frame.octets) {
            put(source, destination);
        }
    });
}

/// Whether nothing but a link-layer header and one IP header without options comes before TCP:
/// the place of the TCP header tells, since every further header would move it.
#[inline]
pub(super) fn is_plain(event: &Event<'_>) -> bool {
    let link = match event.frame.link {
        LinkType::ETHERNET => 14,
        LinkType::LINUX_SLL => 16,
        LinkType::LINUX_SLL2 => 20,
        LinkType::NULL | LinkType::LOOP => 4,
        LinkType::RAW
        | LinkType::RAW_BSD
        | LinkType::RAW_OPENBSD
        | LinkType::IPV4
        | LinkType::IPV6 => 0,
        _ => return false,
    };
    let network = if event.segment.src.addr.is_ipv4() { 20 } else { 40 };
    event.segment.header_offset == link + network
}
