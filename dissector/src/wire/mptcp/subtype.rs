//! What an option is: by its subtype, and where no registry decides by the dialect.

use super::{MaxSubflows, Navigation};
use crate::wire::tcp;

/// What no registry decides: the numbers of the two drafts' options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub(super) navigation_subtype: u8,
    pub(super) max_subflows_exid: u16,
}

impl Dialect {
    /// The first subtype that isn't assigned.
    pub const NAVIGATION_SUBTYPE: u8 = 0x9;
    /// The experiment ID of draft-boucadair-mptcp-max-subflow-02 and -03, in sixteen bits.
    pub const MAX_SUBFLOWS_EXID: u16 = 0x00aa;

    /// A dialect with these numbers, or `None` if the subtype isn't one of 0x9 to 0xf: the lower
    /// ones are assigned, and 0xf is told from the experimental option by its length of four.
    pub const fn new(navigation_subtype: u8, max_subflows_exid: u16) -> Option<Self> {
        match navigation_subtype {
            0x9..=0xf => Some(Self { navigation_subtype, max_subflows_exid }),
            _ => None,
        }
    }

    /// The subtype of MP_Navigation.
    pub const fn navigation_subtype(self) -> u8 {
        self.navigation_subtype
    }

    /// The 16-bit experiment ID of Maximum Subflows.
    pub const fn max_subflows_exid(self) -> u16 {
        self.max_subflows_exid
    }

    /// The subtype of MP_Navigation as a user writes it, `9` or `0x9`.
    ///
    /// # Errors
    ///
    /// When it's no number, or one that has another meaning: a clause.
    pub fn parse_navigation_subtype(text: &str) -> Result<u8, String> {
        match number(text)? {
            subtype @ 0x9..=0xf => Ok(subtype as u8),
            _ => Err("not one of 0x9 to 0xf; the lower ones are assigned".to_owned()),
        }
    }

    /// The experiment ID of Maximum Subflows as a user writes it.
    ///
    /// # Errors
    ///
    /// When it's no number of 16 bits: a clause.
    pub fn parse_exid(text: &str) -> Result<u16, String> {
        u16::try_from(number(text)?).map_err(|_| "not one of 0x0000 to 0xffff".to_owned())
    }
}

fn number(text: &str) -> Result<u32, String> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    u32::from_str_radix(digits, radix).map_err(|_| "not a number like 9 or 0x9".to_owned())
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            navigation_subtype: Self::NAVIGATION_SUBTYPE,
            max_subflows_exid: Self::MAX_SUBFLOWS_EXID,
        }
    }
}

/// What an option is, by subtype and experiment ID: also what `--only` selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Subtype {
    /// 0x0, RFC 8684 §3.1.
    MpCapable,
    /// 0x1, RFC 8684 §3.2.
    MpJoin,
    /// 0x2, RFC 8684 §3.3.
    Dss,
    /// 0x3, RFC 8684 §3.4.1.
    AddAddr,
    /// 0x4, RFC 8684 §3.4.2.
    RemoveAddr,
    /// 0x5, RFC 8684 §3.3.8.
    MpPrio,
    /// 0x6, RFC 8684 §3.7.
    MpFail,
    /// 0x7, RFC 8684 §3.5.
    MpFastclose,
    /// 0x8, RFC 8684 §3.6.
    MpTcprst,
    /// By the dialect, draft-kang-tcpm-accurate-data-scheduling-by-server §4.
    Navigation,
    /// 0xf with the experiment ID of draft-boucadair-mptcp-max-subflow §2.
    MaxSubflows,
    /// 0xf, draft-bonaventure-mptcp-exp-option-00 §3.
    Experimental,
    /// None of these.
    Unknown,
}

/// The octets of each option of kind 30 in an option area, all that is left for one that claims
/// more or less than there can be.
pub fn raw_options(area: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = area;
    std::iter::from_fn(move || {
        let found = tcp::from_mptcp(rest)?;
        let length = found.get(1).copied().filter(|length| *length >= 2);
        let parts = length.and_then(|length| found.split_at_checked(length.into()));
        let (option, behind) = parts.unwrap_or((found, &[]));
        rest = behind;
        Some(option)
    })
}

/// A set of subtypes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subtypes(u16);

impl Subtypes {
    /// Whether there is none in it.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this one is in it.
    #[inline]
    pub const fn contains(self, subtype: Subtype) -> bool {
        self.0 >> subtype as u8 & 1 == 1
    }

    /// Puts one in.
    #[inline]
    pub const fn insert(&mut self, subtype: Subtype) {
        self.0 |= 1 << subtype as u8;
    }

    /// Whether both sets have one.
    #[inline]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether an option area says that it has an option of one of these subtypes.
    #[inline]
    pub fn are_any_in(self, area: &[u8], dialect: Dialect) -> bool {
        raw_options(area)
            .any(|option| Subtype::of(option, dialect).is_some_and(|own| self.contains(own)))
    }
}

impl FromIterator<Subtype> for Subtypes {
    fn from_iter<I: IntoIterator<Item = Subtype>>(subtypes: I) -> Self {
        let mut set = Self::default();
        subtypes.into_iter().for_each(|subtype| set.insert(subtype));
        set
    }
}

impl Subtype {
    /// All of them, in order.
    pub const ALL: [Self; 13] = [
        Self::MpCapable,
        Self::MpJoin,
        Self::Dss,
        Self::AddAddr,
        Self::RemoveAddr,
        Self::MpPrio,
        Self::MpFail,
        Self::MpFastclose,
        Self::MpTcprst,
        Self::Navigation,
        Self::MaxSubflows,
        Self::Experimental,
        Self::Unknown,
    ];

    /// The name as documents write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MpCapable => "MP_CAPABLE",
            Self::MpJoin => "MP_JOIN",
            Self::Dss => "DSS",
            Self::AddAddr => "ADD_ADDR",
            Self::RemoveAddr => "REMOVE_ADDR",
            Self::MpPrio => "MP_PRIO",
            Self::MpFail => "MP_FAIL",
            Self::MpFastclose => "MP_FASTCLOSE",
            Self::MpTcprst => "MP_TCPRST",
            Self::Navigation => "MP_Navigation",
            Self::MaxSubflows => "Maximum Subflows",
            Self::Experimental => "MP_EXPERIMENTAL",
            Self::Unknown => "unknown",
        }
    }

    /// The name as options and JSON write it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::MpCapable => "mp_capable",
            Self::MpJoin => "mp_join",
            Self::Dss => "dss",
            Self::AddAddr => "add_addr",
            Self::RemoveAddr => "remove_addr",
            Self::MpPrio => "mp_prio",
            Self::MpFail => "mp_fail",
            Self::MpFastclose => "mp_fastclose",
            Self::MpTcprst => "mp_tcprst",
            Self::Navigation => "navigation",
            Self::MaxSubflows => "max_subflows",
            Self::Experimental => "experimental",
            Self::Unknown => "unknown",
        }
    }

    /// What an option says it is. Only its first octets are looked at, so this holds for a
    /// malformed one too; `None` where there is no octet 2.
    #[inline]
    pub fn of(option: &[u8], dialect: Dialect) -> Option<Self> {
        let number = option.get(2)? >> 4;
        let navigation = number == dialect.navigation_subtype;
        Some(match number {
            0x0 => Self::MpCapable,
            0x1 => Self::MpJoin,
            0x2 => Self::Dss,
            0x3 => Self::AddAddr,
            0x4 => Self::RemoveAddr,
            0x5 => Self::MpPrio,
            0x6 => Self::MpFail,
            0x7 => Self::MpFastclose,
            0x8 => Self::MpTcprst,
            0xf if navigation && option.len() == usize::from(Navigation::LENGTH) => {
                Self::Navigation
            }
            0xf if MaxSubflows::recognise(option, dialect.max_subflows_exid).is_some() => {
                Self::MaxSubflows
            }
            0xf => Self::Experimental,
            _ if navigation => Self::Navigation,
            _ => Self::Unknown,
        })
    }
}
