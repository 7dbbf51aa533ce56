//! What one segment shows by itself: layouts, reserved bits, places, duplicates.

use super::Decoded;
use crate::notice::{Notice, NoticeId};
use crate::wire::mptcp::{
    AddAddrKind, CapableFlags, Dialect, Dss, Malformed, Misfit, MpCapable, MpJoin, MptcpOption,
    Subtype, reset_reason,
};
use crate::wire::tcp::{Flags, OptionFault, Segment};

/// Adds what there is to notice; `faulty` tells whether an option of any kind has a fault.
pub(super) fn lint(
    segment: &Segment<'_>,
    options: &[Decoded],
    faulty: bool,
    dialect: Dialect,
    out: &mut Vec<Notice>,
) {
    if let Some(fault) = segment.fault {
        out.push(Notice::new(NoticeId::TcpHeader, fault.to_string()));
    }
    if faulty {
        area(segment, out);
    }
    for (nth, decoded) in options.iter().enumerate() {
        let index = decoded.index;
        match &decoded.meaning {
            Some(Ok(option)) => {
                let mut push = |id, octet, text: String| {
                    out.push(Notice::new(id, text).on(index).at(octet));
                };
                bits(option, &mut push);
                values(option, dialect, &mut push);
                place(option, segment.flags, &mut push);
            }
            Some(Err(malformed)) => {
                let Malformed { field, fault, source, .. } = malformed;
                let text = format!("{field} is {fault} ({source})");
                out.push(Notice::new(NoticeId::MalformedOption, text).on(index).at(malformed.at));
            }
            None => {}
        }
        contradiction(decoded, options, out);
        duplicate(decoded, options.get(..nth).unwrap_or_default(), out);
    }
}

/// Faults of the option area and of options of other kinds.
fn area(segment: &Segment<'_>, out: &mut Vec<Notice>) {
    for (index, option) in (0_u8..).zip(segment.walk_options()) {
        let Some(fault) = option.fault else { continue };
        let id = match fault {
            OptionFault::Cut { .. } => NoticeId::OptionsCut,
            OptionFault::Padding { .. } => NoticeId::PaddingNotZero,
            _ => NoticeId::OptionArea,
        };
        let notice = Notice::new(id, fault.to_string()).on(index);
        // The rules about padding and cuts are about no octet of the option itself.
        out.push(if id == NoticeId::OptionArea { notice.at(1) } else { notice });
    }
}

type Push<'p> = &'p mut dyn FnMut(NoticeId, u8, String);

/// Bits that are to be zero.
fn bits(option: &MptcpOption, push: Push<'_>) {
    let (octet, value) = match option {
        // What later versions make of the flags isn't known.
        MptcpOption::MpCapable(capable) if capable.version > 1 => return,
        MptcpOption::MpCapable(capable) => {
            (3, u16::from(capable.flags.0 & CapableFlags::unassigned(capable.version)))
        }
        MptcpOption::MpJoin(MpJoin::Syn(syn)) => (2, u16::from(syn.reserved)),
        MptcpOption::MpJoin(MpJoin::SynAck(syn_ack)) => (2, u16::from(syn_ack.reserved)),
        MptcpOption::MpJoin(MpJoin::Ack(ack)) => (2, ack.reserved),
        MptcpOption::Dss(dss) => (2, u16::from(dss.reserved)),
        MptcpOption::AddAddr(announced) => match announced.kind {
            AddAddrKind::Fresh { reserved, .. } | AddAddrKind::Echo { reserved } => {
                (2, u16::from(reserved))
            }
            AddAddrKind::V0 => return,
        },
        MptcpOption::RemoveAddr(removed) => (2, u16::from(removed.reserved)),
        MptcpOption::MpPrio(prio) => (2, u16::from(prio.reserved)),
        MptcpOption::MpFail(fail) => (2, fail.reserved),
        MptcpOption::MpFastclose(fastclose) => (2, fastclose.reserved),
        MptcpOption::MpTcprst(reset) => {
            (2, u16::from(reset.flag_u || reset.flag_v || reset.flag_w))
        }
        MptcpOption::Navigation(navigation) => (2, u16::from(navigation.reserved)),
        MptcpOption::MaxSubflows(maximum) => (2, u16::from(maximum.flags.reserved())),
        MptcpOption::Experimental(experimental) => (2, u16::from(experimental.flags.reserved())),
        MptcpOption::Unknown(_) => return,
    };
    if value != 0 {
        let name = option.subtype().name();
        push(NoticeId::ReservedBits, octet, format!("{name} has reserved bits {value:#x}"));
    }
}

/// Values that are unusual wherever they stand.
fn values(option: &MptcpOption, dialect: Dialect, push: Push<'_>) {
    match option {
        MptcpOption::MpCapable(capable) => capable_values(capable, push),
        MptcpOption::Dss(dss) => dss_values(dss, push),
        MptcpOption::MpTcprst(reset) if reset_reason(reset.reason) == "unassigned" => {
            push(NoticeId::ResetReason, 3, format!("{:#04x}", reset.reason));
        }
        MptcpOption::Unknown(unknown) => {
            push(NoticeId::UnknownSubtype, 2, format!("{:#x}", unknown.subtype));
        }
        // Without data the known ID asks whether it is known.
        MptcpOption::Experimental(experimental)
            if experimental.exid != dialect.max_subflows_exid() =>
        {
            push(NoticeId::UnknownExperiment, 3, format!("{:#06x}", experimental.exid));
        }
        _ => {}
    }
}

fn capable_values(capable: &MpCapable, push: Push<'_>) {
    if capable.version > 1 {
        push(NoticeId::UnknownVersion, 2, format!("version {}", capable.version));
    }
    if capable.flags.has(crate::wire::mptcp::CapableFlags::EXTENSIBILITY) {
        push(NoticeId::Extensibility, 3, "B is set".to_owned());
    }
    if !capable.flags.any_algorithm(capable.version) {
        let bits = if capable.version == 0 { "C to H" } else { "D to H" };
        push(NoticeId::NoAlgorithm, 3, format!("flags {bits} are all 0"));
    }
}

fn dss_values(dss: &Dss, push: Push<'_>) {
    if dss.idle_width_flags != 0 {
        let which = match dss.idle_width_flags {
            1 => "a without A",
            2 => "m without M",
            _ => "a without A, m without M",
        };
        push(NoticeId::IdleWidthFlag, 3, which.to_owned());
    }
    if dss.data_fin && dss.mapping.is_none() {
        push(NoticeId::DataFinWithoutMapping, 3, "F without M".to_owned());
    }
}

/// Whether the option belongs on the segment.
fn place(option: &MptcpOption, flags: Flags, push: Push<'_>) {
    let segment = match (flags.contains(Flags::SYN), flags.contains(Flags::ACK)) {
        _ if flags.contains(Flags::RST) => "a RST",
        (true, false) => "a SYN",
        (true, true) => "a SYN/ACK",
        _ => "this segment",
    };
    let name = option.subtype().name();
    match option.misfit(flags) {
        Some(Misfit::Place) => {
            push(NoticeId::MisplacedOption, 2, format!("{name} on {segment}"));
        }
        Some(Misfit::Length(expected)) => {
            let text = format!("{name} on {segment} has {expected}");
            push(NoticeId::LengthForSegment, 1, text);
        }
        None => {}
    }
}

/// MP_CAPABLE opens a connection and MP_JOIN adds to one: together they mean nothing.
fn contradiction(decoded: &Decoded, options: &[Decoded], out: &mut Vec<Notice>) {
    let capable = |other: &Decoded| other.subtype == Some(Subtype::MpCapable);
    if decoded.subtype == Some(Subtype::MpJoin) && options.iter().any(capable) {
        let notice = Notice::new(NoticeId::MisplacedOption, "MP_JOIN beside MP_CAPABLE");
        out.push(notice.on(decoded.index).at(2));
    }
}

/// The same option again: for ADD_ADDR, REMOVE_ADDR and unknown ones only if octet by octet.
fn duplicate(decoded: &Decoded, before: &[Decoded], out: &mut Vec<Notice>) {
    let Some(subtype) = decoded.subtype else { return };
    let several = matches!(
        subtype,
        Subtype::AddAddr | Subtype::RemoveAddr | Subtype::Experimental | Subtype::Unknown
    );
    let again = before.iter().any(|earlier| {
        earlier.subtype == Some(subtype) && (!several || earlier.meaning == decoded.meaning)
    });
    if again {
        let text = format!("{} once more", subtype.name());
        out.push(Notice::new(NoticeId::DuplicateOption, text).on(decoded.index).at(2));
    }
}
