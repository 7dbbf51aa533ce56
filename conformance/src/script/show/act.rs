//! What is done in a script.

use std::fmt::{self, Display, Formatter};

use mpdissect::render::notation;

use super::super::act::{
    Act, Answer, App, Door, Handshake, HandshakeSegment, Joining, Opening, Order, Own, Setting,
    Token,
};
use super::super::build;
use super::super::segment::{Ack, Address, Correctness, Key, Opt, Proof, Segment, Seq};
use super::super::shape::Width;
use super::Span;

impl Display for Act {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(opening) => opening.fmt(f),
            Self::Join(joining) => joining.fmt(f),
            Self::Finish(on) => write!(f, "send the third ACK of {on}"),
            Self::Send(segment) => write!(f, "send {segment}"),
            Self::Flood { segments, rounds, over } => {
                write!(f, "send {rounds} times over {}:", Span(*over))?;
                for (number, segment) in segments.iter().enumerate() {
                    write!(f, "{} {segment}", if number > 0 { ";" } else { "" })?;
                }
                Ok(())
            }
            Self::Write { on, octets } => write!(f, "write {} on {on}", Octets(*octets)),
            Self::Fin(on) => write!(f, "close {on} with FIN"),
            Self::DataFin(on) => write!(f, "close connection {} with DATA_FIN on {on}", on.conn),
            Self::Order(order) => write!(f, "order the target to {order}"),
            Self::Set(setting) => setting.fmt(f),
            Self::Wait(time) => write!(f, "wait {}", Span(*time)),
        }
    }
}

impl Display for Opening {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let usual = build::open();
        write!(f, "open connection {} to {}", self.conn, self.app)?;
        if self.version != usual.version {
            write!(f, ", version {}", self.version)?;
        }
        if self.flags != usual.flags {
            write!(f, ", flags {:#04x}", self.flags)?;
        }
        if self.mss != usual.mss {
            write!(f, ", mss {}", self.mss)?;
        }
        if self.timestamps != usual.timestamps {
            f.write_str(", without timestamps")?;
        }
        if let Some(key) = self.key {
            write!(f, ", key {key:#018x}")?;
        }
        if self.window != usual.window {
            write!(f, ", window {}", self.window)?;
        }
        if self.early > 0 {
            write!(f, ", {} on the SYN with a cookie", Octets(self.early.into()))?;
        }
        if self.loses_capable {
            f.write_str(", SYNs with MP_CAPABLE get lost")?;
        }
        self.handshake.fmt(f)
    }
}

impl Display for Joining {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "join {}", self.subflow)?;
        if self.from != self.subflow.index {
            write!(f, " from address {}", self.from)?;
        }
        if self.to != 0 {
            write!(f, " to address {}", self.to)?;
        }
        if self.address_id != self.from {
            write!(f, ", address_id={}", self.address_id)?;
        }
        if self.backup {
            f.write_str(", as a backup")?;
        }
        f.write_str(match self.token {
            Token::Right => "",
            Token::Unknown => ", unknown token",
            Token::LowBits => ", token of the least significant bits",
            Token::Swapped => ", token with its octets swapped",
            Token::OfSwappedKey => ", token of the key with its octets swapped",
        })?;
        match self.door {
            Door::Own => {}
            Door::Of(app) => write!(f, " at the port of {app}")?,
            Door::Closed => f.write_str(" at a closed port")?,
        }
        self.hmac.fmt(f)?;
        if self.withheld {
            f.write_str(", third ACK withheld")?;
        }
        self.handshake.fmt(f)
    }
}

impl Display for Handshake {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (name, segment) in
            [("SYN", &self.syn), ("SYN/ACK", &self.syn_ack), ("third ACK", &self.third)]
        {
            let HandshakeSegment { before, own, after, only, copies, lost } = segment;
            if *lost {
                write!(f, ", {name} lost")?;
            }
            for copy in copies {
                write!(f, ", {name} once more with <{}> only", List(copy))?;
            }
            if let Some(only) = only {
                write!(f, ", {name} with <{}> only", List(only))?;
                continue;
            }
            match own {
                Own::Right => {}
                Own::Absent => write!(f, ", {name} without its MPTCP option")?,
                Own::Instead(option) => {
                    write!(f, ", {name} with <{option}> for its MPTCP option")?;
                }
            }
            if !before.is_empty() {
                write!(f, ", {name} with <{}> in front", List(before))?;
            }
            if !after.is_empty() {
                write!(f, ", {name} with <{}> behind", List(after))?;
            }
        }
        Ok(())
    }
}

impl Display for App {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Echo => "an echo",
            Self::Sink => "a sink",
            Self::Source => "a source",
        })
    }
}

impl Display for Order {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect { app, to } => write!(f, "connect {app} to {to}"),
            Self::Write { conn, octets } => {
                write!(f, "write {} on connection {conn}", Octets(*octets))
            }
            Self::Close(conn) => write!(f, "close connection {conn}"),
            Self::Abort(conn) => write!(f, "abort connection {conn}"),
            Self::Join { conn, from, to } => write!(
                f,
                "join connection {conn} from its address {from} to the tester's address_id={to}"
            ),
            Self::Announce { conn, address } => {
                write!(f, "announce its address {address} on connection {conn}")
            }
            Self::Withdraw { conn, address } => {
                write!(f, "withdraw its address {address} on connection {conn}")
            }
            Self::Leave(on) => write!(f, "close {on}"),
            Self::Prioritise { on, backup: true } => write!(f, "make {on} a backup"),
            Self::Prioritise { on, backup: false } => write!(f, "make {on} regular"),
            Self::Navigate { conn, address_id, cancel } => {
                let what = if *cancel { "release" } else { "lead" };
                write!(f, "{what} the traffic of connection {conn}, address_id={address_id}")
            }
            Self::LimitSubflows { own, announces } => {
                match own {
                    Some(own) => write!(f, "have {own} subflows at most")?,
                    None => f.write_str("have any number of subflows")?,
                }
                f.write_str(if *announces { " and say so" } else { "" })
            }
            Self::Probe { conn, exid } => {
                write!(f, "try experiment {exid:#06x} on connection {conn}")
            }
        }
    }
}

impl Display for Setting {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let not = |is: &bool| if *is { "" } else { "don't " };
        match self {
            Self::Acks { on, acks } => write!(f, "{}acknowledge on {on}", not(acks)),
            Self::Path { on, up } => {
                write!(f, "take the path of {on} {}", if *up { "up" } else { "down" })
            }
            Self::Window { on, octets } => {
                write!(f, "offer a window of {} on {on}", Octets(*octets))
            }
            Self::Signals { on, signals: true } => write!(f, "acknowledge on {on} with a DSS"),
            Self::Signals { on, signals: false } => write!(f, "acknowledge on {on} without a DSS"),
            Self::DataAcks { conn, moves: true } => {
                write!(f, "move the data acknowledgment of connection {conn}")
            }
            Self::DataAcks { conn, moves: false } => {
                write!(f, "leave the data acknowledgment of connection {conn} where it is")
            }
            Self::DataAckWidth { conn, width } => {
                let bits = if *width == Width::Short { 32 } else { 64 };
                write!(f, "acknowledge the data of connection {conn} with {bits} bits")
            }
            Self::Plain(conn) => write!(f, "go on with connection {conn} as TCP"),
            Self::EchoesAddAddr(does) => write!(f, "{}echo ADD_ADDR", not(does)),
            Self::EchoesNavigation(does) => write!(f, "{}echo MP_Navigation", not(does)),
            Self::Joins(answer) => write!(f, "answer joins with {answer}"),
            Self::JoinHandshake(handshake) => write!(f, "answer joins{handshake}"),
            Self::AnswersFastclose(does) => write!(f, "{}answer MP_FASTCLOSE", not(does)),
            Self::Experiments(answer) => write!(f, "answer experiments with {answer}"),
        }
    }
}

impl Display for Proof {
    /// Behind whatever has the HMAC.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Right => "",
            Self::Wrong => ", wrong HMAC",
            Self::WrongEnd => ", HMAC wrong at its end",
            Self::OtherEnd => ", HMAC from the other end",
            Self::Swapped => ", HMAC with the keys swapped",
            Self::Portless => ", HMAC without the zeros for the port",
        })
    }
}

impl Display for Answer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Silence => "silence",
        })
    }
}

impl Display for Segment {
    /// `0.1 P. 100 octets <TS, dss>`, and what is unusual about it.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.on, self.flags)?;
        if self.payload > 0 {
            write!(f, " {}", Octets(self.payload.into()))?;
        }
        write!(f, " <{}>", List(&self.options))?;
        if let Seq::Offset(offset) = self.seq {
            write!(f, ", seq {offset:+}")?;
        }
        if let Ack::Offset(offset) = self.ack {
            write!(f, ", ack {offset:+}")?;
        }
        if let Some(words) = self.data_offset {
            write!(f, ", data offset {words}")?;
        }
        if self.checksum == Correctness::Wrong {
            f.write_str(", wrong checksum")?;
        }
        if let Some(window) = self.window {
            write!(f, ", window {window}")?;
        }
        if self.urgent != 0 {
            write!(f, ", urgent {}", self.urgent)?;
        }
        if self.reserved != 0 {
            write!(f, ", reserved bits {:#05x}", self.reserved)?;
        }
        if let Some(place) = self.place {
            write!(f, ", stream {place:+}")?;
        }
        if self.foreign {
            f.write_str(", octets changed")?;
        }
        Ok(())
    }
}

impl Display for Opt {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Eol => f.write_str("eol"),
            Self::Nop => f.write_str("nop"),
            Self::Mss(mss) => write!(f, "mss {mss}"),
            Self::WindowScale(shift) => write!(f, "wscale {shift}"),
            Self::SackPermitted => f.write_str("sackOK"),
            Self::Timestamps => f.write_str("TS"),
            Self::Dss => f.write_str("dss"),
            Self::DssWithout { data_ack, mapping } => f.write_str(match (data_ack, mapping) {
                (true, true) => "dss with a wrong checksum",
                (true, false) => "dss without mapping",
                (false, true) => "dss without data acknowledgment",
                (false, false) => "dss without anything",
            }),
            Self::Shaped(shape) => shape.fmt(f),
            Self::Fail => f.write_str("mp_fail"),
            Self::Mptcp(option) => f.write_str(&notation::text(option)),
            Self::AddAddr { id, address, port, hmac } => {
                write!(f, "add_address address_id={id} address ")?;
                match address {
                    Address::Tester(index) => write!(f, "{index}")?,
                    Address::Nobody(addr) => write!(f, "{addr}")?,
                }
                match port {
                    None => {}
                    Some(0) => f.write_str(" with its port")?,
                    Some(more) => write!(f, " with its port + {more}")?,
                }
                hmac.fmt(f)
            }
            Self::Fastclose(key) => f.write_str(match key {
                Key::Targets => "mp_fastclose",
                Key::Wrong => "mp_fastclose with a wrong key",
                Key::Testers => "mp_fastclose with the tester's key",
            }),
            Self::Raw(octets) => {
                f.write_str("octets")?;
                octets.iter().try_for_each(|octet| write!(f, " {octet:02x}"))
            }
            Self::Own => f.write_str("own"),
            Self::Keys => f.write_str("both keys"),
            Self::FirstData(length) => write!(f, "both keys with a mapping of {length}"),
            Self::Fill => f.write_str("nop…"),
            Self::Rewritten { option, at, xor } => {
                write!(f, "{option} with octet {at} changed by {xor:#04x}")
            }
            Self::Lying(option, length) => write!(f, "{option} with length {length}"),
        }
    }
}

/// Options, separated by commas.
struct List<'a>(&'a [Opt]);

impl Display for List<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (number, option) in self.0.iter().enumerate() {
            write!(f, "{}{option}", if number > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

/// A number of octets.
struct Octets(u32);

impl Display for Octets {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 octet"),
            number => write!(f, "{number} octets"),
        }
    }
}
