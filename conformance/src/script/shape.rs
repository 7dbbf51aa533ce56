//! A DSS that isn't the ordinary one.

use std::fmt::{self, Display, Formatter};

use super::segment::Opt;

/// How many octets a number of the data level takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// Four: the low 32 bits.
    Short,
    /// Eight.
    #[default]
    Long,
}

/// The checksum of a mapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checksum {
    /// The right one where checksums were negotiated, none elsewhere.
    #[default]
    Negotiated,
    /// The right one, whatever was negotiated.
    Present,
    /// None, whatever was negotiated.
    Absent,
    /// One that is wrong.
    Wrong,
    /// One over a data sequence number of which the upper 32 bits are taken for zero.
    OverLowHalf,
}

/// A DSS of the tester, as far as it differs from the ordinary one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The data acknowledgment, if there is one.
    pub data_ack: Option<Width>,
    /// The mapping, if there is one.
    pub mapping: Option<Mapped>,
    /// The DATA_FIN. Without payload it is mapped alone, else behind the payload.
    pub data_fin: bool,
    /// The seven reserved bits.
    pub reserved: u8,
    /// Flag a without A (1) and flag m without M (2).
    pub idle_width_flags: u8,
}

/// The mapping of a DSS, as far as it differs from that of the payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mapped {
    /// The data sequence number.
    pub dsn: Width,
    /// What is added to it.
    pub dsn_plus: i64,
    /// What is added to the subflow sequence number.
    pub ssn_plus: i32,
    /// The length, if it isn't that of the payload and the DATA_FIN.
    pub length: Option<u16>,
    /// The checksum.
    pub checksum: Checksum,
}

/// An ordinary DSS, to begin with.
pub const fn dss() -> Shape {
    Shape {
        data_ack: Some(Width::Long),
        mapping: Some(Mapped {
            dsn: Width::Long,
            dsn_plus: 0,
            ssn_plus: 0,
            length: None,
            checksum: Checksum::Negotiated,
        }),
        data_fin: false,
        reserved: 0,
        idle_width_flags: 0,
    }
}

impl Shape {
    /// With a data acknowledgment of this width, or without one.
    #[must_use]
    pub const fn data_ack(mut self, data_ack: Option<Width>) -> Self {
        self.data_ack = data_ack;
        self
    }

    /// Without a mapping.
    #[must_use]
    pub const fn unmapped(mut self) -> Self {
        self.mapping = None;
        self
    }

    /// With the DATA_FIN.
    #[must_use]
    pub const fn fin(mut self) -> Self {
        self.data_fin = true;
        self
    }

    /// With these reserved bits.
    #[must_use]
    pub const fn reserved(mut self, reserved: u8) -> Self {
        self.reserved = reserved;
        self
    }

    /// With these flags for widths of what isn't there.
    #[must_use]
    pub const fn idle_width_flags(mut self, flags: u8) -> Self {
        self.idle_width_flags = flags;
        self
    }

    /// With a data sequence number of this width.
    #[must_use]
    pub fn dsn(self, width: Width) -> Self {
        self.mapped(|mapped| mapped.dsn = width)
    }

    /// With another data sequence number.
    #[must_use]
    pub fn dsn_plus(self, plus: i64) -> Self {
        self.mapped(|mapped| mapped.dsn_plus = plus)
    }

    /// With another subflow sequence number.
    #[must_use]
    pub fn ssn_plus(self, plus: i32) -> Self {
        self.mapped(|mapped| mapped.ssn_plus = plus)
    }

    /// With another length.
    #[must_use]
    pub fn length(self, length: u16) -> Self {
        self.mapped(|mapped| mapped.length = Some(length))
    }

    /// With another checksum.
    #[must_use]
    pub fn checksum(self, checksum: Checksum) -> Self {
        self.mapped(|mapped| mapped.checksum = checksum)
    }

    fn mapped(mut self, change: impl Fn(&mut Mapped)) -> Self {
        if let Some(mapped) = &mut self.mapping {
            change(mapped);
        }
        self
    }
}

impl From<Shape> for Opt {
    fn from(shape: Shape) -> Self {
        Self::Shaped(shape)
    }
}

impl Display for Shape {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("dss")?;
        match self.data_ack {
            None => f.write_str(" without data acknowledgment")?,
            Some(Width::Short) => f.write_str(" ack=32 bits")?,
            Some(Width::Long) => {}
        }
        if self.data_fin {
            f.write_str(" DATA_FIN")?;
        }
        if self.reserved != 0 {
            write!(f, " rsv={:#04x}", self.reserved)?;
        }
        for (bit, name) in [(1, "a"), (2, "m")] {
            if self.idle_width_flags & bit != 0 {
                write!(f, " flag {name}")?;
            }
        }
        let Some(mapped) = self.mapping else { return f.write_str(" without mapping") };
        if mapped.dsn == Width::Short {
            f.write_str(" dsn=32 bits")?;
        }
        if mapped.dsn_plus != 0 {
            write!(f, " dsn {:+}", mapped.dsn_plus)?;
        }
        if mapped.ssn_plus != 0 {
            write!(f, " ssn {:+}", mapped.ssn_plus)?;
        }
        if let Some(length) = mapped.length {
            write!(f, " length={length}")?;
        }
        f.write_str(match mapped.checksum {
            Checksum::Negotiated => "",
            Checksum::Present => " with a checksum",
            Checksum::Absent => " without checksum",
            Checksum::Wrong => " with a wrong checksum",
            Checksum::OverLowHalf => " with a checksum over 32 bits of the dsn",
        })
    }
}
