//! A packet as the host takes it in: read, checked as far as that needs no connection, its options
//! divided.

use mpdissect::source::LinkType;
use mpdissect::wire::frame;
use mpdissect::wire::mptcp::{self, Dialect, Dss, MpCapable, MpJoin, MptcpOption, Subtype};
use mpdissect::wire::tcp::{self, Endpoint, Flags, Known, Segment};
use pnet::packet::ip::IpNextHeaderProtocols;
use pnet::packet::util;
use std::net::IpAddr;

use crate::policy::segment::{Incoming as Arriving, Reaction, SegmentPolicy};

/// The checksum field of a TCP header, counted in words of two octets.
const CHECKSUM_WORD: usize = 8;

/// A segment that is whole, and whose checksum is right.
#[derive(Debug)]
pub(super) struct Incoming<'a> {
    /// Its header and payload.
    pub(super) head: Segment<'a>,
    /// What its sender offers with a SYN.
    pub(super) offers: Offers,
    /// The sender's clock, and the own one echoed.
    pub(super) timestamps: Option<(u32, u32)>,
    /// Its options of MPTCP, in order.
    pub(super) signals: Vec<Signal<'a>>,
}

/// The options of TCP that stand on a SYN.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Offers {
    /// The largest segment that the sender takes.
    pub(super) mss: Option<u16>,
    /// The shift of its windows.
    pub(super) shift: Option<u8>,
    /// A cookie is asked for, to send data with the next SYN (RFC 7413).
    pub(super) asks_cookie: bool,
    /// A cookie.
    pub(super) cookie: Option<[u8; 8]>,
}

/// One option of MPTCP.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signal<'a> {
    /// Its octets, kind and length included.
    pub(super) raw: &'a [u8],
    /// What it means, if it is well-formed.
    pub(super) option: Option<MptcpOption>,
}

/// What becomes of a packet.
#[derive(Debug)]
pub(super) enum Intake<'a> {
    /// It is none of TCP's business, or it is dropped.
    Nothing,
    /// It is processed.
    Segment(Incoming<'a>),
    /// It is answered with RST.
    Refused(Incoming<'a>),
    /// The host does nothing any more.
    Death,
}

/// Reads a packet.
pub(super) fn read<'a>(
    packet: &'a [u8],
    policy: &dyn SegmentPolicy,
    dialect: Dialect,
) -> Intake<'a> {
    let length = u32::try_from(packet.len()).unwrap_or(u32::MAX);
    let Ok(located) = frame::locate(LinkType::RAW, packet, length) else { return Intake::Nothing };
    let head = located.segment();
    let data_offset_fits = head.fault.is_none();
    if head.fragment || (data_offset_fits && (head.payload_cut() || head.options_cut)) {
        return Intake::Nothing;
    }
    let reaction = policy.reaction(Arriving {
        flags: head.flags,
        checksum_holds: checksum_holds(packet, &head).unwrap_or(false),
        data_offset: head.header_len / 4,
        data_offset_fits,
        options: head.options,
        payload: head.payload.len(),
    });
    match reaction {
        Reaction::Take => Intake::Segment(Incoming::new(head, policy, dialect)),
        Reaction::Reset => Intake::Refused(Incoming::new(head, policy, dialect)),
        Reaction::Drop => Intake::Nothing,
        Reaction::Die => Intake::Death,
    }
}

impl<'a> Incoming<'a> {
    fn new(head: Segment<'a>, policy: &dyn SegmentPolicy, dialect: Dialect) -> Self {
        let mut incoming =
            Self { head, offers: Offers::default(), timestamps: None, signals: Vec::new() };
        for raw in policy.walk(head.options) {
            if raw.first() == Some(&mptcp::KIND) {
                incoming.signals.push(Signal { raw, option: policy.parse(raw, dialect) });
                continue;
            }
            match tcp::options(raw).next().map(|option| option.known()) {
                Some(Ok(Known::Mss(size))) => incoming.offers.mss = Some(size),
                Some(Ok(Known::WindowScale(shift))) => {
                    incoming.offers.shift = Some(shift.min(14));
                }
                Some(Ok(Known::Timestamps { val, ecr })) => {
                    incoming.timestamps = Some((val, ecr));
                }
                Some(Ok(Known::FastOpen(cookie))) => {
                    incoming.offers.asks_cookie = cookie.is_empty();
                    incoming.offers.cookie = cookie.try_into().ok();
                }
                _ => {}
            }
        }
        incoming
    }

    /// Whether each of these control bits is set.
    pub(super) fn has(&self, flags: Flags) -> bool {
        self.head.flags.contains(flags)
    }

    /// The two ends, the own one first.
    pub(super) fn ends(&self) -> (Endpoint, Endpoint) {
        (self.head.dst, self.head.src)
    }

    /// Its well-formed options of MPTCP that belong on a segment like this.
    pub(super) fn options(&self) -> impl Iterator<Item = &MptcpOption> {
        let fits = |option: &&MptcpOption| option.misfit(self.head.flags).is_none();
        self.signals.iter().filter_map(|signal| signal.option.as_ref()).filter(fits)
    }

    /// Whether it has an option of this subtype, well-formed or not.
    pub(super) fn has_subtype(&self, subtype: Subtype) -> bool {
        let is_one =
            |signal: &Signal<'_>| Subtype::of(signal.raw, Dialect::default()) == Some(subtype);
        self.signals.iter().any(is_one)
    }

    /// Its MP_CAPABLE.
    pub(super) fn capable(&self) -> Option<&MpCapable> {
        self.options().find_map(|option| match option {
            MptcpOption::MpCapable(capable) => Some(capable),
            _ => None,
        })
    }

    /// Its MP_JOIN.
    pub(super) fn join(&self) -> Option<&MpJoin> {
        self.options().find_map(|option| match option {
            MptcpOption::MpJoin(join) => Some(join),
            _ => None,
        })
    }

    /// Its first DSS.
    pub(super) fn dss(&self) -> Option<&Dss> {
        self.options().find_map(|option| match option {
            MptcpOption::Dss(dss) => Some(dss),
            _ => None,
        })
    }
}

fn checksum_holds(packet: &[u8], head: &Segment<'_>) -> Option<bool> {
    let from = head.header_offset as usize;
    let behind = if head.fault.is_some() {
        packet.len().saturating_sub(from)
    } else {
        usize::from(head.header_len) + head.payload_len as usize
    };
    let segment = packet.get(from..from.checked_add(behind)?)?;
    let protocol = IpNextHeaderProtocols::Tcp;
    let right = match (head.src.addr, head.dst.addr) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            util::ipv4_checksum(segment, CHECKSUM_WORD, &[], &src, &dst, protocol)
        }
        (IpAddr::V6(src), IpAddr::V6(dst)) => {
            util::ipv6_checksum(segment, CHECKSUM_WORD, &[], &src, &dst, protocol)
        }
        _ => return None,
    };
    Some(right == head.checksum)
}
