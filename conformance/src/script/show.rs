//! Scripts as people read them. A subflow is `connection.subflow`; options stand in packetdrill's
//! notation, as mpdissect writes them; what is always there isn't said.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use mpdissect::render::notation;
use mpdissect::wire::mptcp::ExperimentFlags;
use mpdissect::wire::tcp::Flags;

use super::act::{Act, Answer, App, Handshake, HandshakeSegment, Joining, Opening, Order, Own};
use super::act::{Setting, Token};
use super::segment::{Ack, Correctness, Opt, Segment, Seq, Sf};
use super::what::{On, OptPattern, Pattern, What};
use super::{Expectation, Script, Step, build};

impl Display for Script {
    /// One line a step, numbered as in findings.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (number, step) in (1..).zip(&self.steps) {
            writeln!(f, "{number:3}  {step}")?;
        }
        Ok(())
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Do(act) => write!(f, "do      {act}"),
            Self::Given(expectation) => write!(f, "given   {expectation}"),
            Self::Expect(expectation) => write!(f, "expect  {expectation}"),
            Self::Never(expectation) => write!(f, "never   {expectation}"),
            Self::Alive(expectation) => write!(f, "alive   {expectation}"),
        }
    }
}

impl Display for Expectation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.what.fmt(f)?;
        if self.from_start {
            f.write_str(", since the start")?;
        }
        if let Some(within) = self.within {
            write!(f, ", within {}", Span(within))?;
        }
        match self.cites {
            Some(requirement) => write!(f, " [{requirement}]"),
            None => Ok(()),
        }
    }
}

impl Display for What {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Segments { pattern, least: 1 } => pattern.fmt(f),
            Self::Segments { pattern, least } => write!(f, "{least} times {pattern}"),
            Self::Established(on) => write!(f, "{on} is established"),
            Self::Refused(on) => write!(f, "{on} is refused"),
            Self::Gone(on) => write!(f, "{on} is reset"),
            Self::Closed(on) => write!(f, "{on} is closed with FIN"),
            Self::FellBack(conn) => write!(f, "connection {conn} falls back to TCP"),
            Self::Delivered(on) => write!(f, "data written on {on} is acknowledged"),
            Self::Stream { conn, octets } => {
                write!(f, "{octets} further octets of the stream of connection {conn}")
            }
            Self::Leaves { from, to, octets } => {
                write!(f, "{octets} octets of new data on {}, none on {from}", Names(to, " or "))
            }
            Self::Stays { on, octets } => {
                write!(f, "{octets} octets of new data on {} only", Names(on, " and "))
            }
            Self::DuplicateAcks { with, least } => {
                write!(f, "{least} duplicate ACKs in a row with <{with}>")
            }
            Self::Carried { on, octets } => {
                let each = if on.len() > 1 { " each" } else { "" };
                write!(f, "{octets} octets of new data on {}{each}", Names(on, " and "))
            }
            Self::That { name, .. } => f.write_str(name),
        }
    }
}

impl Display for Pattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a segment")?;
        match self.on {
            On::Any => {}
            On::Conn(conn) => write!(f, " on connection {conn}")?,
            On::Only(on) => write!(f, " on {on}")?,
            On::Except(on) => write!(f, " on another subflow than {on}")?,
        }
        if self.set != Flags::default() {
            write!(f, " with {}", self.set)?;
        }
        if self.clear != Flags::default() {
            write!(f, " without {}", self.clear)?;
        }
        match self.payload {
            Some(true) => f.write_str(" with payload")?,
            Some(false) => f.write_str(" without payload")?,
            None => {}
        }
        for option in &self.with {
            write!(f, " with <{option}>")?;
        }
        for option in &self.without {
            write!(f, " without <{option}>")?;
        }
        match self.exceeds {
            Some(octets) => write!(f, " with more than {octets} octets of options and payload"),
            None => Ok(()),
        }
    }
}

impl Display for OptPattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(kind) => write!(f, "kind {kind}"),
            Self::Subtype(subtype) => f.write_str(subtype.id()),
            Self::Malformed => f.write_str("malformed MPTCP option"),
            Self::Misframed => f.write_str("misframed option"),
            Self::DirtyPadding => f.write_str("padding other than 0"),
            Self::Is(option) => f.write_str(&notation::text(option)),
            Self::Experiment { exid, mask, flags, data } => {
                write!(f, "mp_experimental exid={exid:#06x}")?;
                for (bit, name) in
                    [(ExperimentFlags::SYNCHRONISING, "S"), (ExperimentFlags::UNKNOWN, "U")]
                {
                    if mask & bit != 0 {
                        write!(f, " {name}={}", u8::from(flags & bit != 0))?;
                    }
                }
                if mask & ExperimentFlags::RESERVED != 0 {
                    write!(f, " rsv={}", flags & ExperimentFlags::RESERVED)?;
                }
                if let Some(data) = data {
                    f.write_str(" data=")?;
                    data.iter().try_for_each(|octet| write!(f, "{octet:02x}"))?;
                }
                Ok(())
            }
            Self::Where { name, .. } => f.write_str(name),
        }
    }
}

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
        if self.token == Token::Unknown {
            f.write_str(", unknown token")?;
        }
        if self.hmac == Correctness::Wrong {
            f.write_str(", wrong HMAC")?;
        }
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
            let HandshakeSegment { before, own, after, only } = segment;
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
            Self::EchoesAddAddr(does) => write!(f, "{}echo ADD_ADDR", not(does)),
            Self::EchoesNavigation(does) => write!(f, "{}echo MP_Navigation", not(does)),
            Self::Joins(answer) => write!(f, "answer joins with {answer}"),
            Self::Experiments(answer) => write!(f, "answer experiments with {answer}"),
        }
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
        Ok(())
    }
}

impl Display for Sf {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.conn, self.index)
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
            Self::Mptcp(option) => f.write_str(&notation::text(option)),
            Self::AddAddr { id, address, port, hmac } => {
                write!(f, "add_address address_id={id} address {address}")?;
                f.write_str(if *port { " with its port" } else { "" })?;
                f.write_str(if *hmac == Correctness::Wrong { ", wrong HMAC" } else { "" })
            }
            Self::Fastclose(key) => {
                let wrong = if *key == Correctness::Wrong { " with a wrong key" } else { "" };
                write!(f, "mp_fastclose{wrong}")
            }
            Self::Raw(octets) => {
                f.write_str("octets")?;
                octets.iter().try_for_each(|octet| write!(f, " {octet:02x}"))
            }
            Self::Own => f.write_str("own"),
            Self::Fill => f.write_str("nop…"),
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

/// Subflows with a word between the last two.
struct Names<'a>(&'a [Sf], &'static str);

impl Display for Names<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (number, on) in self.0.iter().enumerate() {
            let separator = match number {
                0 => "",
                _ if number + 1 == self.0.len() => self.1,
                _ => ", ",
            };
            write!(f, "{separator}{on}")?;
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

/// A time in seconds, or in milliseconds below one.
struct Span(Duration);

impl Display for Span {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let milliseconds = self.0.as_millis();
        if milliseconds < 1000 {
            write!(f, "{milliseconds} ms")
        } else {
            write!(f, "{} s", self.0.as_secs_f64())
        }
    }
}
