//! Colours by meaning. Whether there are any is decided once, when the program starts.

use std::sync::Mutex;

use colored::{Color, Colorize};

use crate::notice::Severity;
use crate::wire::mptcp::Subtype;

/// What a piece of text is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Ordinary text.
    Plain,
    /// Numbers, times and everything that only helps to find one's place.
    Place,
    /// Keys, tokens and joins.
    Handshake,
    /// Mappings and acknowledgments.
    Data,
    /// Addresses and priorities.
    Address,
    /// The options of the two drafts.
    Draft,
    /// Ends of subflows and connections.
    Close,
    /// A fact that holds.
    Good,
    /// Something to look at.
    Warning,
    /// Something wrong.
    Error,
    /// A heading.
    Heading,
}

impl Meaning {
    const ALL: [Self; 11] = [
        Self::Plain,
        Self::Place,
        Self::Handshake,
        Self::Data,
        Self::Address,
        Self::Draft,
        Self::Close,
        Self::Good,
        Self::Warning,
        Self::Error,
        Self::Heading,
    ];

    /// What an option is about.
    pub const fn of(subtype: Subtype) -> Self {
        match subtype {
            Subtype::MpCapable | Subtype::MpJoin => Self::Handshake,
            Subtype::Dss => Self::Data,
            Subtype::AddAddr | Subtype::RemoveAddr | Subtype::MpPrio => Self::Address,
            Subtype::Navigation | Subtype::MaxSubflows | Subtype::Experimental => Self::Draft,
            Subtype::MpFail | Subtype::MpFastclose | Subtype::MpTcprst => Self::Close,
            Subtype::Unknown => Self::Warning,
        }
    }

    /// How a notice looks.
    pub const fn of_severity(severity: Severity) -> Self {
        match severity {
            Severity::Note => Self::Place,
            Severity::Warning => Self::Warning,
            Severity::Error => Self::Error,
        }
    }
}

/// What goes before and behind a piece of text, for each meaning.
#[derive(Clone, Debug)]
pub struct Theme {
    marks: [(String, String); Meaning::ALL.len()],
}

impl Theme {
    /// Colours for a terminal, or none.
    pub fn new(colour: bool) -> Self {
        // The library's switch is one for the whole process.
        static SWITCH: Mutex<()> = Mutex::new(());
        let _switch = SWITCH.lock();
        colored::control::set_override(colour);
        let marks = Meaning::ALL.map(|meaning| {
            let mark = match meaning {
                Meaning::Plain => "|".normal(),
                Meaning::Place => "|".dimmed(),
                Meaning::Handshake => "|".green(),
                Meaning::Data => "|".cyan(),
                Meaning::Address => "|".color(Color::BrightBlue),
                Meaning::Draft => "|".magenta().bold(),
                Meaning::Close => "|".red(),
                Meaning::Good => "|".color(Color::BrightGreen),
                Meaning::Warning => "|".yellow(),
                Meaning::Error => "|".red().bold(),
                Meaning::Heading => "|".bold(),
            };
            let mark = mark.to_string();
            let (before, behind) = mark.split_once('|').unwrap_or_default();
            (before.to_owned(), behind.to_owned())
        });
        Self { marks }
    }

    /// Appends what `write` writes, in the colour of its meaning.
    #[inline]
    pub(super) fn paint(
        &self,
        meaning: Meaning,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let (before, behind) = &self.marks[meaning as usize];
        let put = |mark: &str, out: &mut Vec<u8>| {
            // A copy of nothing takes as long as one of a few octets.
            if !mark.is_empty() {
                out.extend_from_slice(mark.as_bytes());
            }
        };
        put(before, out);
        write(out);
        put(behind, out);
    }
}
