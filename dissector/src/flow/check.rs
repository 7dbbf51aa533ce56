//! Facts that were verified, and how it went.

use std::fmt;

/// What was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fact {
    /// An MP_JOIN's token against the receiver's key (RFC 8684 §3.2).
    Token,
    /// The HMAC of an MP_JOIN (RFC 8684 §3.2).
    JoinHmac,
    /// The HMAC of an ADD_ADDR (RFC 8684 §3.4.1).
    AddAddrHmac,
    /// The key of an MP_FASTCLOSE (RFC 8684 §3.5).
    FastcloseKey,
    /// The key that a third ACK returns (RFC 8684 §3.1).
    EchoedKey,
    /// The checksum of a mapping, of DSS or MP_CAPABLE (RFC 8684 §3.3.1).
    Checksum,
}

impl Fact {
    /// The name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::JoinHmac => "join-hmac",
            Self::AddAddrHmac => "add-addr-hmac",
            Self::FastcloseKey => "fastclose-key",
            Self::EchoedKey => "echoed-key",
            Self::Checksum => "checksum",
        }
    }
}

/// Why a fact could not be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Missing {
    /// The handshake with the keys isn't in the capture.
    Keys,
    /// The handshake with the nonces isn't in the capture.
    Nonces,
    /// The version, and with it the hash, isn't known.
    Version,
    /// The snap length cut the data.
    Payload,
    /// The upper half of the data sequence number isn't known.
    Dsn,
    /// The subflow's initial sequence number isn't known.
    Isn,
    /// Some of the mapping's segments are not in the capture.
    Segments,
}

impl Missing {
    /// The reason as a clause.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Keys => "the keys are not in the capture",
            Self::Nonces => "the nonces are not in the capture",
            Self::Version => "the version is not known",
            Self::Payload => "the snap length cut the data",
            Self::Dsn => "the upper half of the DSN is not in the capture",
            Self::Isn => "the SYN is not in the capture",
            Self::Segments => "not all segments of the mapping are in the capture",
        }
    }
}

/// How a verification went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// The fact holds.
    Good,
    /// It doesn't.
    Bad,
    /// Something is missing to tell.
    Unverifiable(Missing),
}

impl Status {
    /// The name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Unverifiable(_) => "unverifiable",
        }
    }

    /// Good if so, else bad.
    pub(super) const fn of(holds: bool) -> Self {
        if holds { Self::Good } else { Self::Bad }
    }
}

/// One verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was verified.
    pub fact: Fact,
    /// How it went.
    pub status: Status,
    /// The option that states the fact, as an index into the segment's options; `None` where an
    /// earlier segment stated it.
    pub option: Option<u8>,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.fact.name(), self.status.name())?;
        match self.status {
            Status::Unverifiable(missing) => write!(f, " ({})", missing.text()),
            _ => Ok(()),
        }
    }
}
