//! The headers of a frame, by name and with the few values that tell one from another.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Fault;
use super::walk::MOST_HEADERS;

/// One header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Which header.
    pub kind: LayerKind,
    /// Where it starts, in octets from the start of the frame. It ends where the next one starts.
    pub offset: u32,
    /// The rule that it breaks, when its contents could be decoded all the same.
    pub fault: Option<Fault>,
}

impl Layer {
    /// The source and destination of an IP header, read from the frame's octets.
    pub fn addresses(&self, frame: &[u8]) -> Option<(IpAddr, IpAddr)> {
        let header = frame.get(self.offset as usize..)?;
        match self.kind {
            LayerKind::Ipv4 { .. } => {
                let source = *header.get(12..)?.first_chunk::<4>()?;
                let destination = *header.get(16..)?.first_chunk::<4>()?;
                Some((Ipv4Addr::from(source).into(), Ipv4Addr::from(destination).into()))
            }
            LayerKind::Ipv6 { .. } => {
                let source = *header.get(8..)?.first_chunk::<16>()?;
                let destination = *header.get(24..)?.first_chunk::<16>()?;
                Some((Ipv6Addr::from(source).into(), Ipv6Addr::from(destination).into()))
            }
            _ => None,
        }
    }
}

/// Which part of its datagram a fragment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fragment {
    /// Where it belongs in the datagram, in octets, a multiple of 8.
    pub offset: u16,
    /// Others follow.
    pub more: bool,
}

impl fmt::Display for Fragment {
    /// The offset, with a `+` when others follow.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fragment {}{}", self.offset, if self.more { "+" } else { "" })
    }
}

/// A header's kind, and the values in it that tell flows apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// Ethernet.
    Ethernet,
    /// A VLAN tag (IEEE 802.1Q).
    Vlan {
        /// The tag's own ethertype: 0x8100, 0x88a8 or 0x9100.
        tpid: u16,
        /// Priority, 0 to 7.
        priority: u8,
        /// The frame may be dropped first.
        drop_eligible: bool,
        /// The VLAN, 0 to 4095.
        id: u16,
    },
    /// LLC with SNAP (IEEE 802.2).
    Snap,
    /// Linux cooked capture, version 1.
    Sll,
    /// Linux cooked capture, version 2.
    Sll2 {
        /// The index of the interface on the machine that captured.
        interface: u32,
    },
    /// BSD loopback.
    Null {
        /// The address family.
        family: u32,
    },
    /// PPP.
    Ppp,
    /// A session of PPP over Ethernet (RFC 2516).
    Pppoe {
        /// The session.
        session: u16,
    },
    /// IPv4.
    Ipv4 {
        /// Hops that are left.
        ttl: u8,
        /// Differentiated services code point and congestion bits.
        tos: u8,
        /// Set when the datagram doesn't come whole.
        fragment: Option<Fragment>,
    },
    /// IPv6.
    Ipv6 {
        /// Hops that are left.
        hop_limit: u8,
        /// Differentiated services code point and congestion bits.
        class: u8,
    },
    /// An extension header of IPv6 that has no kind of its own here, by its protocol number.
    Extension(u8),
    /// The fragment header of IPv6.
    Ipv6Fragment(Fragment),
    /// An IP header inside an IP header follows. This is no header: it starts where the inner one
    /// starts, and marks the tunnel.
    IpInIp,
    /// UDP.
    Udp {
        /// Source port.
        source: u16,
        /// Destination port.
        destination: u16,
    },
    /// Generic routing encapsulation (RFC 2784, RFC 2890).
    Gre {
        /// The key, when there is one.
        key: Option<u32>,
        /// The ethertype of what is inside.
        protocol: u16,
    },
    /// VXLAN (RFC 7348).
    Vxlan {
        /// The network, 24 bits.
        vni: u32,
    },
    /// Geneve (RFC 8926).
    Geneve {
        /// The network, 24 bits.
        vni: u32,
    },
    /// The user plane of the GPRS tunnelling protocol (3GPP TS 29.281).
    GtpU {
        /// The tunnel's endpoint.
        teid: u32,
    },
    /// TCP.
    Tcp,
}

impl LayerKind {
    /// The header's name, without its values.
    pub fn name(self) -> Name {
        match self {
            Self::Ethernet => Name::Ethernet,
            Self::Vlan { .. } => Name::Vlan,
            Self::Snap => Name::Snap,
            Self::Sll => Name::Sll,
            Self::Sll2 { .. } => Name::Sll2,
            Self::Null { .. } => Name::Null,
            Self::Ppp => Name::Ppp,
            Self::Pppoe { .. } => Name::Pppoe,
            Self::Ipv4 { .. } => Name::Ipv4,
            Self::Ipv6 { .. } => Name::Ipv6,
            Self::Extension(protocol) => Name::extension(protocol),
            Self::Ipv6Fragment(_) => Name::Fragment,
            Self::IpInIp => Name::IpInIp,
            Self::Udp { .. } => Name::Udp,
            Self::Gre { .. } => Name::Gre,
            Self::Vxlan { .. } => Name::Vxlan,
            Self::Geneve { .. } => Name::Geneve,
            Self::GtpU { .. } => Name::GtpU,
            Self::Tcp => Name::Tcp,
        }
    }

    /// Whether it carries one network inside another: what a reader of one line wants to see.
    pub fn is_tunnel(self) -> bool {
        matches!(
            self,
            Self::Pppoe { .. }
                | Self::IpInIp
                | Self::Gre { .. }
                | Self::Vxlan { .. }
                | Self::Geneve { .. }
                | Self::GtpU { .. }
        )
    }
}

impl fmt::Display for LayerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match *self {
            Self::Vlan { id, .. } => write!(f, "{name} {id}"),
            Self::Pppoe { session } => write!(f, "{name} {session:#x}"),
            Self::Ipv4 { fragment: Some(fragment), .. } => write!(f, "{name} {fragment}"),
            Self::Ipv6Fragment(fragment) => write!(f, "{fragment}"),
            Self::Gre { key: Some(key), .. } => write!(f, "{name} {key:#x}"),
            Self::Vxlan { vni } | Self::Geneve { vni } => write!(f, "{name} {vni}"),
            Self::GtpU { teid } => write!(f, "{name} {teid:#x}"),
            _ => write!(f, "{name}"),
        }
    }
}

/// The name of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the name that it displays")]
pub enum Name {
    Ethernet,
    Vlan,
    Snap,
    Sll,
    Sll2,
    Null,
    Ppp,
    Pppoe,
    Ipv4,
    Ipv6,
    HopByHop,
    Routing,
    Destination,
    Authentication,
    Extension,
    Fragment,
    IpInIp,
    Udp,
    Gre,
    Vxlan,
    Geneve,
    GtpU,
    Tcp,
}

impl Name {
    /// The name of the extension header that has this protocol number.
    pub(in crate::wire) fn extension(protocol: u8) -> Self {
        match protocol {
            0 => Self::HopByHop,
            43 => Self::Routing,
            51 => Self::Authentication,
            60 => Self::Destination,
            _ => Self::Extension,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ethernet => "ethernet",
            Self::Vlan => "vlan",
            Self::Snap => "snap",
            Self::Sll => "sll",
            Self::Sll2 => "sll2",
            Self::Null => "null",
            Self::Ppp => "ppp",
            Self::Pppoe => "pppoe",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::HopByHop => "hop-by-hop",
            Self::Routing => "routing",
            Self::Destination => "destination",
            Self::Authentication => "ah",
            Self::Extension => "extension",
            Self::Fragment => "fragment",
            Self::IpInIp => "ipip",
            Self::Udp => "udp",
            Self::Gre => "gre",
            Self::Vxlan => "vxlan",
            Self::Geneve => "geneve",
            Self::GtpU => "gtp-u",
            Self::Tcp => "tcp",
        })
    }
}

/// The headers of a frame, outermost first.
#[derive(Clone, Copy, Debug)]
pub struct Layers {
    all: [Layer; MOST_HEADERS as usize],
    met: u8,
}

impl Layers {
    /// The headers, outermost first.
    pub fn as_slice(&self) -> &[Layer] {
        self.all.get(..usize::from(self.met)).unwrap_or(&self.all)
    }

    /// The headers, outermost first.
    pub fn iter(&self) -> std::slice::Iter<'_, Layer> {
        self.as_slice().iter()
    }

    #[inline]
    pub(super) fn push(&mut self, kind: LayerKind, offset: u32) {
        if let Some(free) = self.all.get_mut(usize::from(self.met)) {
            *free = Layer { kind, offset, fault: None };
        }
        self.met = self.met.saturating_add(1);
    }

    pub(super) fn set_fault(&mut self, fault: Fault) {
        let last = usize::from(self.met).checked_sub(1);
        if let Some(layer) = last.and_then(|last| self.all.get_mut(last)) {
            layer.fault = Some(fault);
        }
    }
}

impl Default for Layers {
    #[inline]
    fn default() -> Self {
        let free = Layer { kind: LayerKind::Ethernet, offset: 0, fault: None };
        Self { all: [free; MOST_HEADERS as usize], met: 0 }
    }
}

impl<'a> IntoIterator for &'a Layers {
    type Item = &'a Layer;
    type IntoIter = std::slice::Iter<'a, Layer>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Layers {
    fn eq(&self, other: &Self) -> bool {
        self.met == other.met && self.as_slice() == other.as_slice()
    }
}

impl Eq for Layers {}
