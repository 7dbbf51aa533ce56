//! Frames picked with a BPF expression, the way libpcap compiles it.

use std::fmt;

use pcap::{BpfProgram, Capture, Linktype};

use super::{Frame, LinkType};

/// A BPF expression in the language of pcap-filter(7), compiled for every link type it meets.
///
/// `len`, `less` and `greater` see the captured octets, not those on the wire, for libpcap's
/// binding hands a program no other length.
pub struct Filter {
    expression: String,
    programs: Vec<(LinkType, BpfProgram)>,
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

impl Filter {
    /// Compiles an expression for a first link type.
    ///
    /// # Errors
    ///
    /// When libpcap doesn't accept it.
    pub fn new(expression: &str, link: LinkType) -> Result<Self, FilterError> {
        let program = compile(expression, link)?;
        Ok(Self { expression: expression.to_owned(), programs: vec![(link, program)] })
    }

    /// Whether the expression holds for a frame.
    ///
    /// # Errors
    ///
    /// When the frame is the first of its link type, and the expression makes no sense there.
    #[inline]
    pub fn matches(&mut self, frame: &Frame<'_>) -> Result<bool, FilterError> {
        match self.programs.iter().find(|(link, _)| *link == frame.link) {
            Some((_, program)) => Ok(program.filter(frame.octets)),
            None => self.matches_new(frame),
        }
    }

    #[cold]
    fn matches_new(&mut self, frame: &Frame<'_>) -> Result<bool, FilterError> {
        let program = compile(&self.expression, frame.link)?;
        let matches = program.filter(frame.octets);
        self.programs.push((frame.link, program));
        Ok(matches)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(&self.expression).finish()
    }
}

fn compile(expression: &str, link: LinkType) -> Result<BpfProgram, FilterError> {
    Capture::dead(to_libpcap(link)).and_then(|dead| dead.compile(expression, true)).map_err(
        |error| FilterError {
            expression: expression.to_owned(),
            link: Some(link),
            message: message(error),
        },
    )
}

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
        assert_eq!(filter.matches(&frame), Ok(true));
        frame.link = LinkType::RAW;
        assert_eq!(filter.matches(&frame), Ok(false));
        frame.octets = &IPV4_TCP;
        assert_eq!(filter.matches(&frame), Ok(true));
        frame.link = LinkType::IPV4;
        assert_eq!(filter.matches(&frame), Ok(true));
        frame.octets = &[];
        assert_eq!(filter.matches(&frame), Ok(false));
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
