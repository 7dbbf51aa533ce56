//! The kinds of TCP options that are registered (IANA, TCP Parameters), with their legal lengths.

use std::fmt;

/// The lengths that an option may have, in octets, kind and length included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lengths {
    /// The smallest.
    pub least: u8,
    /// The largest.
    pub most: u8,
    /// From one legal length to the next.
    pub step: u8,
}

impl Lengths {
    /// Whether `length` is one of them.
    pub fn allow(self, length: usize) -> bool {
        let (least, most) = (usize::from(self.least), usize::from(self.most));
        let above = length.checked_sub(least).filter(|_| length <= most);
        above.is_some_and(|above| above.checked_rem(usize::from(self.step)) == Some(0))
    }
}

impl fmt::Display for Lengths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self { least, most, .. } if least == most => write!(f, "{least}"),
            Self { least, most, step: 1 } => write!(f, "{least} to {most}"),
            Self { least, most, step } => write!(f, "{least} to {most} in steps of {step}"),
        }
    }
}

/// A registered kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its number.
    pub number: u8,
    /// A short name, packetdrill's where it has one.
    pub name: &'static str,
    /// The lengths its definition allows; none where this says nothing about them.
    pub lengths: Option<Lengths>,
}

/// A kind whose lengths are left to others.
const fn open(number: u8, name: &'static str) -> Kind {
    Kind { number, name, lengths: None }
}

/// A kind with one length.
const fn fixed(number: u8, name: &'static str, length: u8) -> Kind {
    ranged(number, name, length, length, 1)
}

/// A kind with several lengths.
const fn ranged(number: u8, name: &'static str, least: u8, most: u8, step: u8) -> Kind {
    Kind { number, name, lengths: Some(Lengths { least, most, step }) }
}

/// The longest option that an option area of 40 octets can hold.
const MOST: u8 = 40;

pub(super) const EOL: u8 = 0;
pub(super) const NOP: u8 = 1;
pub(super) const MSS: u8 = 2;
pub(super) const WINDOW_SCALE: u8 = 3;
pub(super) const SACK_PERMITTED: u8 = 4;
pub(super) const SACK: u8 = 5;
pub(super) const TIMESTAMPS: u8 = 8;
pub(super) const MD5: u8 = 19;
pub(super) const USER_TIMEOUT: u8 = 28;
pub(super) const AUTHENTICATION: u8 = 29;
pub(super) const MPTCP: u8 = 30;
pub(super) const FAST_OPEN: u8 = 34;
pub(super) const ENCRYPTION: u8 = 69;
pub(super) const ACC_ECN_0: u8 = 172;
pub(super) const ACC_ECN_1: u8 = 174;
pub(super) const EXPERIMENT_1: u8 = 253;
pub(super) const EXPERIMENT_2: u8 = 254;

/// In order of their numbers.
const KINDS: [Kind; 36] = [
    open(EOL, "eol"),
    open(NOP, "nop"),
    fixed(MSS, "mss", 4),
    fixed(WINDOW_SCALE, "wscale", 3),
    fixed(SACK_PERMITTED, "sackOK", 2),
    ranged(SACK, "sack", 10, 34, 8),
    fixed(6, "echo", 6),
    fixed(7, "echoreply", 6),
    fixed(TIMESTAMPS, "TS", 10),
    fixed(9, "partial-order-permitted", 2),
    fixed(10, "partial-order-profile", 3),
    fixed(11, "cc", 6),
    fixed(12, "ccnew", 6),
    fixed(13, "ccecho", 6),
    fixed(14, "altchecksum-request", 3),
    open(15, "altchecksum-data"),
    open(16, "skeeter"),
    open(17, "bubba"),
    fixed(18, "trailer-checksum", 3),
    fixed(MD5, "md5", 18),
    open(20, "scps"),
    open(21, "snack"),
    open(22, "record-boundaries"),
    open(23, "corruption-experienced"),
    open(24, "snap"),
    open(26, "compression-filter"),
    fixed(27, "quick-start", 8),
    fixed(USER_TIMEOUT, "uto", 4),
    ranged(AUTHENTICATION, "tcp-ao", 4, MOST, 1),
    open(MPTCP, "mptcp"),
    // RFC 7413 §4.1.1: no cookie, or one of 4 to 16 octets, an even number of them.
    ranged(FAST_OPEN, "FO", 2, 18, 2),
    ranged(ENCRYPTION, "eno", 2, MOST, 1),
    // RFC 9768 §3.2.3: up to three counters of three octets.
    ranged(ACC_ECN_0, "accecn0", 2, 11, 3),
    ranged(ACC_ECN_1, "accecn1", 2, 11, 3),
    // RFC 6994 §3: an identifier of two octets or four comes first.
    ranged(EXPERIMENT_1, "exp", 4, MOST, 1),
    ranged(EXPERIMENT_2, "exp", 4, MOST, 1),
];

/// What is registered for an option's kind.
pub fn kind(number: u8) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.number == number)
}

/// The short name of a registered kind.
pub fn kind_name(number: u8) -> Option<&'static str> {
    kind(number).map(|kind| kind.name)
}
