//! Options in packetdrill's notation, as its scripts write them; the drafts' options in the same
//! manner.

use super::put::Put;
use crate::flow::View;
use crate::wire::mptcp::{
    AddAddr, AddAddrKind, CapableFlags, CapableKeys, Dss, ExperimentFlags, MaxSubflows, MpCapable,
    MpJoin, MpTcprst, MptcpOption, Navigation, Seq,
};

/// What numbers of the data stream are relative to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bases {
    /// The sender's initial data sequence number.
    dsn: Option<u64>,
    /// The receiver's.
    ack: Option<u64>,
}

impl Bases {
    /// Relative to what the connection's keys say, where they are known.
    pub(super) fn of(view: &View) -> Self {
        Self { dsn: view.idsn[view.from], ack: view.idsn[view.from.other()] }
    }
}

/// An option by itself, with absolute numbers.
pub fn text(option: &MptcpOption) -> String {
    let mut out = Vec::new();
    self::option(option, Bases::default(), &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends an option.
pub(super) fn option(option: &MptcpOption, bases: Bases, out: &mut Vec<u8>) {
    match option {
        MptcpOption::MpCapable(capable) => self::capable(capable, out),
        MptcpOption::MpJoin(join) => self::join(join, out),
        MptcpOption::Dss(dss) => self::dss(dss, bases, out),
        MptcpOption::AddAddr(announced) => add_addr(announced, out),
        MptcpOption::RemoveAddr(removed) => {
            out.text("remove_address address_id=[");
            for (nth, id) in removed.address_ids.as_slice().iter().enumerate() {
                if nth > 0 {
                    out.push(b',');
                }
                out.num(*id);
            }
            out.push(b']');
        }
        MptcpOption::MpPrio(prio) => {
            out.text("mp_prio backup=");
            out.num(u8::from(prio.backup));
            if let Some(id) = prio.address_id {
                out.text(" address_id=");
                out.num(id);
            }
        }
        MptcpOption::MpFail(fail) => {
            out.text("mp_fail dsn8=");
            out.num(relative(fail.dsn, bases.ack));
        }
        MptcpOption::MpFastclose(fastclose) => {
            out.text("mp_fastclose key=");
            out.hex(fastclose.key, 16);
        }
        MptcpOption::MpTcprst(reset) => self::reset(reset, out),
        MptcpOption::Navigation(navigation) => self::navigation(*navigation, out),
        MptcpOption::MaxSubflows(maximum) => max_subflows(maximum, out),
        MptcpOption::Experimental(experimental) => {
            out.text("mp_experimental");
            experiment_flags(experimental.flags, out);
            out.text(" exid=");
            out.hex(experimental.exid.into(), 4);
            if !experimental.data.as_slice().is_empty() {
                out.text(" data=");
                out.octets(experimental.data.as_slice());
            }
        }
        MptcpOption::Unknown(unknown) => {
            out.text("mptcp_subtype=");
            out.hex(unknown.subtype.into(), 1);
            out.text(" flags=");
            out.hex(unknown.flags.into(), 1);
            if !unknown.data.as_slice().is_empty() {
                out.text(" data=");
                out.octets(unknown.data.as_slice());
            }
        }
    }
}

fn relative(number: u64, base: Option<u64>) -> u64 {
    number.wrapping_sub(base.unwrap_or(0))
}

/// ` flags[…]` with the names of the bits that are set.
fn flags(set: &[(bool, &str)], out: &mut Vec<u8>) {
    out.text(" flags[");
    let mut separator = "";
    for (_, name) in set.iter().filter(|(set, _)| *set) {
        out.text(separator);
        out.text(name);
        separator = ",";
    }
    out.push(b']');
}

fn capable(capable: &MpCapable, out: &mut Vec<u8>) {
    out.text("mpcapable v");
    out.num(capable.version);
    let bit = |mask| capable.flags.has(mask);
    flags(
        &[
            (bit(CapableFlags::CHECKSUM), "flag_a"),
            (bit(CapableFlags::EXTENSIBILITY), "flag_b"),
            (bit(CapableFlags::NO_MORE_SUBFLOWS), "flag_c"),
            (bit(0x10), "flag_d"),
            (bit(0x08), "flag_e"),
            (bit(0x04), "flag_f"),
            (bit(0x02), "flag_g"),
            (bit(CapableFlags::HMAC), "flag_h"),
        ],
        out,
    );
    match capable.keys {
        CapableKeys::None => out.text(" nokey"),
        CapableKeys::Sender(sender) => {
            out.text(" key[");
            out.hex(sender, 16);
            out.push(b']');
        }
        CapableKeys::Both { sender, receiver } | CapableKeys::Data { sender, receiver, .. } => {
            out.text(" key[");
            out.hex(sender, 16);
            out.text(", ");
            out.hex(receiver, 16);
            out.push(b']');
        }
    }
    if let CapableKeys::Data { length, checksum, .. } = capable.keys {
        out.text(" mpcdatalen ");
        out.num(length);
        if let Some(checksum) = checksum {
            out.text(" checksum=");
            out.hex(checksum.into(), 4);
        }
    }
}

fn join(join: &MpJoin, out: &mut Vec<u8>) {
    let head = |name, backup: bool, id: u8, out: &mut Vec<u8>| {
        out.text(name);
        out.text(" backup=");
        out.num(u8::from(backup));
        out.text(" address_id=");
        out.num(id);
    };
    match join {
        MpJoin::Syn(syn) => {
            head("mp_join_syn", syn.backup, syn.address_id, out);
            out.text(" token=");
            out.hex(syn.token.into(), 8);
            out.text(" rand=");
            out.hex(syn.nonce.into(), 8);
        }
        MpJoin::SynAck(syn_ack) => {
            head("mp_join_syn_ack", syn_ack.backup, syn_ack.address_id, out);
            out.text(" sender_hmac=");
            out.hex(syn_ack.hmac, 16);
            out.text(" rand=");
            out.hex(syn_ack.nonce.into(), 8);
        }
        MpJoin::Ack(ack) => {
            out.text("mp_join_ack sender_hmac=0x");
            out.octets(&ack.hmac);
        }
    }
}

fn dss(dss: &Dss, bases: Bases, out: &mut Vec<u8>) {
    out.text("dss");
    let mut number = |short: &str, long: &str, seq: Seq, base: Option<u64>| match seq {
        Seq::Short(low) => {
            out.text(short);
            // The low half of a relative number is the relative low half.
            out.num(low.wrapping_sub(base.unwrap_or(0) as u32));
        }
        Seq::Long(whole) => {
            out.text(long);
            out.num(relative(whole, base));
        }
    };
    if let Some(ack) = dss.data_ack {
        number(" dack4=", " dack8=", ack, bases.ack);
    }
    if let Some(mapping) = dss.mapping {
        number(" dsn4=", " dsn8=", mapping.dsn, bases.dsn);
        out.text(" ssn=");
        out.num(mapping.ssn);
        out.text(" dll=");
        out.num(mapping.length);
        match mapping.checksum {
            Some(checksum) => {
                out.text(" checksum=");
                out.hex(checksum.into(), 4);
            }
            None => out.text(" nocs"),
        }
    }
    if dss.data_fin {
        out.text(" fin");
    }
}

fn add_addr(announced: &AddAddr, out: &mut Vec<u8>) {
    out.text("add_address address_id=");
    out.num(announced.address_id);
    out.text(" addr=");
    out.addr(announced.addr);
    if let Some(port) = announced.port {
        out.text(" port=");
        out.num(port);
    }
    match announced.kind {
        AddAddrKind::V0 => out.text(" v0"),
        AddAddrKind::Echo { .. } => out.text(" addr_echo"),
        AddAddrKind::Fresh { hmac, .. } => {
            out.text(" hmac=");
            out.hex(hmac, 16);
        }
    }
}

fn reset(reset: &MpTcprst, out: &mut Vec<u8>) {
    out.text("mp_reset ");
    out.num(reset.reason);
    let bits = [
        (reset.flag_u, "flag_u"),
        (reset.flag_v, "flag_v"),
        (reset.flag_w, "flag_w"),
        (reset.transient, "flag_t"),
    ];
    if bits.iter().any(|(set, _)| *set) {
        flags(&bits, out);
    }
}

fn navigation(navigation: Navigation, out: &mut Vec<u8>) {
    out.text("mp_navigation");
    let words = [
        (!navigation.cancel, " switch"),
        (navigation.cancel, " cancel"),
        (navigation.echo, " echo"),
        (navigation.backup, " backup"),
        (navigation.reserved, " reserved"),
    ];
    for (_, word) in words.iter().filter(|(set, _)| *set) {
        out.text(word);
    }
    out.text(" address_id=");
    out.num(navigation.address_id);
}

fn max_subflows(maximum: &MaxSubflows, out: &mut Vec<u8>) {
    out.text("max_subflows=");
    out.num(maximum.value);
    experiment_flags(maximum.flags, out);
    out.text(" exid=");
    // Layout B has eight bits of it.
    out.hex(maximum.exid.into(), if maximum.layout.letter() == 'B' { 2 } else { 4 });
    out.text(" layout ");
    out.push(maximum.layout.letter() as u8);
}

fn experiment_flags(set: ExperimentFlags, out: &mut Vec<u8>) {
    let bits = [
        (set.synchronising(), "flag_s"),
        (set.unknown(), "flag_u"),
        (set.reserved() & 2 != 0, "flag_r2"),
        (set.reserved() & 1 != 0, "flag_r1"),
    ];
    flags(&bits, out);
}
