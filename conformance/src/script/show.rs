//! Scripts as people read them. A subflow is `connection.subflow`; options stand in packetdrill's
//! notation, as mpdissect writes them; what is always there isn't said.

mod act;

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use mpdissect::render::notation;
use mpdissect::wire::mptcp::ExperimentFlags;
use mpdissect::wire::tcp::Flags;

use super::segment::Sf;
use super::what::{On, OptPattern, Pattern, What};
use super::{Expectation, Script, Step};

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
            Self::Until(expectation) => write!(f, "until   {expectation}"),
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
            Self::Shares(on) => write!(f, "new data on {} all the time", Names(on, " and ")),
            Self::Leaves { from, to, octets, .. } => {
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
            Self::Acknowledged { conn, octets } => {
                write!(f, "{octets} octets on connection {conn} are acknowledged at the data level")
            }
            Self::Resent { from, to: Some(to) } => {
                write!(f, "data that came on {from} comes once more on {to}")
            }
            Self::Resent { from, to: None } => {
                write!(f, "data that came on {from} comes once more as something new")
            }
            Self::Retransmits(on) => write!(f, "a segment of {on} is retransmitted"),
            Self::Overruns(On::Only(on)) => write!(f, "more data on {on} than its window allows"),
            Self::Overruns(_) => f.write_str("more data than the window of the connection allows"),
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
            Self::AddAddr { echo, id } => {
                f.write_str(if *echo { "add_address echo" } else { "add_address" })?;
                id.map_or(Ok(()), |id| write!(f, " address_id={id}"))
            }
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

impl Display for Sf {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.conn, self.index)
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
