//! Frames picked with a BPF expression, the way libpcap compiles it.

use std::fmt;

use pcap::{BpfProgram, Capture, Linktype};

use super::{Frame, LinkType};

mod machine;

use machine::Machine;

/// A BPF expression in the language of pcap-filter(7), compiled for every link type it meets.
pub struct Filter {
    expression: String,
    programs: Vec<Program>,
    misfits: Option<Misfits>,
    /// A loopback frame with the address family that libpcap expects.
    scratch: Vec<u8>,
}

/// An expression compiled for one link type.
struct Program {
    link: LinkType,
    /// None where the expression can never hold.
    compiled: Option<BpfProgram>,
    /// The same, if it asks for a frame's length, which is another one than libpcap is told when
    /// the frame was cut.
    machine: Option<Machine>,
}

impl Program {
    #[inline]
    fn accepts(&self, frame: &Frame<'_>) -> bool {
        match &self.machine {
            Some(machine) if (frame.octets.len() as u64) < u64::from(frame.wire_len) => {
                machine.accepts(frame.octets, frame.wire_len)
            }
            _ => self.compiled.as_ref().is_some_and(|program| program.filter(frame.octets)),
        }
    }
}

/// An expression that libpcap doesn't compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// The expression.
    pub expression: String,
    /// The link type that it was to be compiled for, if one was known.
    pub link: Option<LinkType>,
    /// What libpcap says.
    pub message: String,
}

/// Frames that an expression can't be asked about, as it makes no sense on their link types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfits {
    /// How many there were.
    pub frames: u64,
    /// Their link types, in the order that they came in.
    pub links: Vec<LinkType>,
    /// What libpcap says about the first of these.
    pub first: FilterError,
}

impl Filter {
    /// Compiles an expression for a first link type.
    ///
    /// # Errors
    ///
    /// When libpcap doesn't accept it.
    pub fn new(expression: &str, link: LinkType) -> Result<Self, FilterError> {
        let program = compile(expression, link)?;
        Ok(Self {
            expression: expression.to_owned(),
            programs: vec![program],
            misfits: None,
            scratch: Vec::new(),
        })
    }

    /// The frames so far of link types that the expression makes no sense on, if there are any.
    pub fn misfits(&self) -> Option<&Misfits> {
        self.misfits.as_ref()
    }

    /// Whether the expression holds for a frame, which it doesn't for [`misfits`](Self::misfits).
    #[inline]
    pub fn matches(&mut self, frame: &Frame<'_>) -> bool {
        if let Some(family) = loopback_family(frame) {
            return self.matches_loopback(frame, family);
        }
        self.matches_as_is(frame)
    }

    /// Asks about a copy of the frame that starts with the family that libpcap expects.
    fn matches_loopback(&mut self, frame: &Frame<'_>, family: [u8; 4]) -> bool {
        let mut octets = std::mem::take(&mut self.scratch);
        octets.clear();
        octets.extend_from_slice(&family);
        octets.extend_from_slice(frame.octets.get(4..).unwrap_or_default());
        let result = self.matches_as_is(&Frame { octets: &octets, ..*frame });
        self.scratch = octets;
        result
    }

    #[inline]
    fn matches_as_is(&mut self, frame: &Frame<'_>) -> bool {
        match self.programs.iter().find(|program| program.link == frame.link) {
            Some(program) => program.accepts(frame),
            None => self.matches_new(frame),
        }
    }

    #[cold]
    fn matches_new(&mut self, frame: &Frame<'_>) -> bool {
        if let Some(misfits) = &mut self.misfits
            && misfits.links.contains(&frame.link)
        {
            misfits.frames = misfits.frames.saturating_add(1);
            return false;
        }
        let program = match compile(&self.expression, frame.link) {
            Ok(program) => program,
            // On an interface among others, an expression may well hold for nothing.
            Err(error) if error.message.contains("rejects all packets") => {
                Program { link: frame.link, compiled: None, machine: None }
            }
            Err(first) => {
                let none = Misfits { frames: 0, links: Vec::new(), first };
                let misfits = self.misfits.get_or_insert(none);
                misfits.frames = misfits.frames.saturating_add(1);
                misfits.links.push(frame.link);
                return false;
            }
        };
        let matches = program.accepts(frame);
        self.programs.push(program);
        matches
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(&self.expression).finish()
    }
}

fn compile(expression: &str, link: LinkType) -> Result<Program, FilterError> {
    match Capture::dead(to_libpcap(link)).and_then(|dead| dead.compile(expression, true)) {
        Ok(compiled) => {
            let machine = Machine::of(compiled.get_instructions());
            Ok(Program { link, compiled: Some(compiled), machine })
        }
        Err(error) => Err(FilterError {
            expression: expression.to_owned(),
            link: Some(link),
            message: message(error),
        }),
    }
}

/// What a loopback frame has to start with for libpcap to see its address family.
///
/// Without a file of its own, libpcap compiles only this system's number for IPv6 and only this
/// machine's byte order, whereas a file may come from any system.
#[inline]
fn loopback_family(frame: &Frame<'_>) -> Option<[u8; 4]> {
    if !matches!(frame.link, LinkType::NULL | LinkType::LOOP) {
        return None;
    }
    let octets = *frame.octets.first_chunk()?;
    // A family is a small number, whose order is thereby plain to see.
    let family = u32::from_le_bytes(octets).min(u32::from_be_bytes(octets));
    let family = match family {
        10 | 24 | 28 | 30 => HERE_AF_INET6,
        other => other,
    };
    Some(if frame.link == LinkType::LOOP { family.to_be_bytes() } else { family.to_ne_bytes() })
}

/// The address family of IPv6 on this system.
const HERE_AF_INET6: u32 = if cfg!(target_os = "linux") {
    10
} else if cfg!(target_os = "freebsd") {
    28
} else if cfg!(target_vendor = "apple") {
    30
} else {
    24
};

/// What an error of libpcap says, without a preface.
pub(super) fn message(error: pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(text) => text,
        other => other.to_string(),
    }
}

/// The number that libpcap knows a link type by within a program (`DLT_*`), where that isn't the
/// number in files.
fn to_libpcap(link: LinkType) -> Linktype {
    match link {
        LinkType::RAW | LinkType::RAW_BSD | LinkType::RAW_OPENBSD => {
            Linktype(if cfg!(target_os = "openbsd") { 14 } else { 12 })
        }
        LinkType(number) => Linktype(number.into()),
    }
}

/// The reverse of what libpcap's numbers mean in a file.
pub(super) fn from_libpcap(link: Linktype) -> LinkType {
    match link.0 {
        12 | 14 => LinkType::RAW,
        number => LinkType(u16::try_from(number).unwrap_or(u16::MAX)),
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the filter \"{}\" can't be used", self.expression)?;
        if let Some(link) = self.link {
            write!(f, " on {link} frames")?;
        }
        write!(f, ": {}; pcap-filter(7) describes the language", self.message)
    }
}

impl std::error::Error for FilterError {}

#[cfg(test)]
mod tests {
    use super::*;

    const IPV4_TCP: [u8; 24] =
        [0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0x1f, 0x90, 0, 80];

    #[test]
    fn each_link_type_gets_its_program() {
        let mut filter = Filter::new("tcp port 8080", LinkType::ETHERNET).unwrap();
        let mut ethernet = vec![0; 12];
        ethernet.extend_from_slice(&[8, 0]);
        ethernet.extend_from_slice(&IPV4_TCP);
        let mut frame = Frame { link: LinkType::ETHERNET, octets: &ethernet, ..Frame::EMPTY };
        assert!(filter.matches(&frame));
        frame.link = LinkType::RAW;
        assert!(!filter.matches(&frame));
        frame.octets = &IPV4_TCP;
        assert!(filter.matches(&frame));
        frame.link = LinkType::IPV4;
        assert!(filter.matches(&frame));
        // Nothing of that kind is IPv6, which is no fault of the expression.
        assert!(!Filter::new("ip6", LinkType::RAW).unwrap().matches(&frame));
        assert!(Filter::new("ip6", LinkType::IPV4).is_err());
        frame.octets = &[];
        assert!(!filter.matches(&frame));
    }

    #[test]
    fn link_types_that_it_makes_no_sense_on_match_nothing() {
        let mut filter = Filter::new("tcp port 8080", LinkType::ETHERNET).unwrap();
        let usb = LinkType(220);
        for link in [LinkType::IPV4, usb, LinkType(65_000), usb, LinkType::IPV4] {
            let frame = Frame { link, octets: &IPV4_TCP, ..Frame::EMPTY };
            assert_eq!(filter.matches(&frame), link == LinkType::IPV4);
        }
        let misfits = filter.misfits().unwrap();
        assert_eq!((misfits.frames, misfits.links.as_slice()), (3, &[usb, LinkType(65_000)][..]));
        assert_eq!(misfits.first.link, Some(usb));
        assert!(Filter::new("ip", LinkType::ETHERNET).unwrap().misfits().is_none());
    }

    #[test]
    fn loopback_frames_of_other_systems_are_understood() {
        let mut filter = Filter::new("ip6", LinkType::ETHERNET).unwrap();
        for link in [LinkType::NULL, LinkType::LOOP] {
            for family in [2_u32, 10, 24, 28, 30] {
                for start in [family.to_le_bytes(), family.to_be_bytes()] {
                    let octets = [start.as_slice(), &[0x60; 44]].concat();
                    let frame = Frame { link, octets: &octets, ..Frame::EMPTY };
                    assert_eq!(filter.matches(&frame), family != 2, "{link} {start:?}");
                }
            }
        }
    }

    #[test]
    fn a_cut_frame_is_as_long_as_it_was_on_the_wire() {
        let mut filter = Filter::new("greater 1000", LinkType::ETHERNET).unwrap();
        let link = LinkType::ETHERNET;
        for (wire_len, expected) in [(1_400, true), (999, false), (0, false)] {
            let frame = Frame { link, octets: &[0; 96], wire_len, ..Frame::EMPTY };
            assert_eq!(filter.matches(&frame), expected);
        }
    }

    #[test]
    fn a_bad_filter_says_what_libpcap_says() {
        let error = Filter::new("tcp prot 80", LinkType::ETHERNET).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("\"tcp prot 80\"") && text.contains("pcap-filter(7)"), "{text}");
        assert!(!error.message.is_empty());
        assert!(Filter::new("tcp\0", LinkType::ETHERNET).is_err());
        assert!(Filter::new("ip", LinkType(65_000)).is_err());
    }
}
