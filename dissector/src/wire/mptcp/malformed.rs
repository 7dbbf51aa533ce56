//! Options that break the layout of their subtype: which octet, which field, which rule.

use std::fmt;

use super::KIND;

/// Why an option can't be what its subtype says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The octet that breaks the rule, counted from Kind.
    pub at: u8,
    /// The field that this octet belongs to.
    pub field: &'static str,
    /// What is wrong with it.
    pub fault: Fault,
    /// The section with the rule.
    pub source: &'static str,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No such length.
    Length {
        /// The length found, in octets.
        got: u8,
        /// Whose length it is.
        option: &'static str,
        /// The lengths that there are.
        legal: &'static str,
    },
    /// The length octet and the octets at hand disagree.
    NotAsLong {
        /// What the length octet says, if there is one.
        claimed: Option<u8>,
        /// How many octets there are.
        present: u8,
    },
    /// Another kind of option.
    NotMptcp {
        /// The kind found, if there is one.
        kind: Option<u8>,
    },
}

impl Malformed {
    /// The length octet doesn't fit the option.
    pub(super) fn length(
        option: &[u8],
        name: &'static str,
        legal: &'static str,
        source: &'static str,
    ) -> Self {
        let got = option.len().min(255) as u8;
        Self { at: 1, field: "Length", fault: Fault::Length { got, option: name, legal }, source }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "octet {} ({}): {} ({})", self.at, self.field, self.fault, self.source)
    }
}

impl std::error::Error for Malformed {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { got, option, legal } => write!(f, "{got}, but {option} has {legal}"),
            Self::NotAsLong { claimed: Some(claimed), present } => {
                write!(f, "{claimed}, but {present} octets are there")
            }
            Self::NotMptcp { kind: Some(kind) } => write!(f, "{kind}, but MPTCP is kind {KIND}"),
            Self::NotAsLong { claimed: None, .. } | Self::NotMptcp { kind: None } => {
                f.write_str("not there")
            }
        }
    }
}
