//! The options of Multipath TCP: TCP option kind 30, told apart by subtype.
//!
//! [`MptcpOption::parse`] and [`MptcpOption::emit`] are inverse on every well-formed option:
//! reserved bits and unknown values are kept. What is not well-formed is a [`Malformed`] that names
//! octet, field and rule; its octets stay with whoever walks the option area.
//!
//! To add an option:
//! 1. a file here that opens with the figure, with a struct (by `regular!` if its fields have fixed
//!    places) and its `Layout`;
//! 2. new field names in [`crate::wire::field`];
//! 3. its subtype in [`Subtype`], its variant in [`MptcpOption`] and an arm in `parse`;
//! 4. its notation in `render/notation.rs`, where the compiler asks for it;
//! 5. its values in the strategy of `tests/options.rs`, a line in the sample captures.

mod add_addr;
mod capable;
mod dss;
mod experimental;
mod fail;
mod fastclose;
mod join;
mod layout;
mod max_subflows;
mod navigation;
mod place;
mod prio;
mod remove_addr;
mod tcprst;
mod unknown;

use std::fmt;

pub use add_addr::{AddAddr, AddAddrKind};
pub use capable::{CapableFlags, CapableKeys, MpCapable};
pub use dss::{Dss, Mapping, Seq};
pub use experimental::{ExperimentFlags, Experimental};
pub use fail::MpFail;
pub use fastclose::MpFastclose;
pub use join::{JoinAck, JoinSyn, JoinSynAck, MpJoin};
pub use max_subflows::{MaxSubflows, MaxSubflowsLayout};
pub use navigation::Navigation;
pub use place::Misfit;
pub use prio::MpPrio;
pub use remove_addr::RemoveAddr;
pub use tcprst::{MpTcprst, reset_reason};
pub use unknown::UnknownSubtype;

use self::layout::Layout;
use super::field::{AREA_MAX, Field, Name, Octets, Slot, Value};
use super::tcp;

/// The TCP option kind of Multipath TCP.
pub const KIND: u8 = 30;

/// What no registry decides: the numbers of the two drafts' options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    navigation_subtype: u8,
    max_subflows_exid: u16,
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

    /// Whether an option area says that it has an option of one of these subtypes.
    #[inline]
    pub fn is_any_in(among: &[Self], area: &[u8], dialect: Dialect) -> bool {
        raw_options(area)
            .any(|option| Self::of(option, dialect).is_some_and(|own| among.contains(&own)))
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

/// One well-formed option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MptcpOption {
    /// Opens a connection.
    MpCapable(MpCapable),
    /// Adds a subflow.
    MpJoin(MpJoin),
    /// Maps and acknowledges data.
    Dss(Dss),
    /// Announces an address.
    AddAddr(AddAddr),
    /// Takes addresses back.
    RemoveAddr(RemoveAddr),
    /// Changes a subflow's priority.
    MpPrio(MpPrio),
    /// Reports a failed checksum.
    MpFail(MpFail),
    /// Closes the connection at once.
    MpFastclose(MpFastclose),
    /// Says why a subflow is reset.
    MpTcprst(MpTcprst),
    /// Asks to move traffic.
    Navigation(Navigation),
    /// Limits the number of subflows.
    MaxSubflows(MaxSubflows),
    /// Another experiment.
    Experimental(Experimental),
    /// Another subtype.
    Unknown(UnknownSubtype),
}

impl MptcpOption {
    /// Parses one whole option, Kind and Length included.
    ///
    /// # Errors
    ///
    /// [`Malformed`] where kind or length octet don't fit the octets given, or where the option
    /// breaks its layout. Every strict prefix of a well-formed option is an error.
    pub fn parse(option: &[u8], dialect: Dialect) -> Result<Self, Malformed> {
        match option {
            [KIND, length, ..] if usize::from(*length) == option.len() => {}
            [KIND, ..] => {
                return Err(Malformed {
                    at: 1,
                    field: "Length",
                    fault: Fault::NotAsLong {
                        claimed: option.get(1).copied(),
                        present: option.len().min(255) as u8,
                    },
                    source: "RFC 9293 §3.2",
                });
            }
            _ => {
                let fault = Fault::NotMptcp { kind: option.first().copied() };
                return Err(Malformed { at: 0, field: "Kind", fault, source: "RFC 8684 §3" });
            }
        }
        if option.len() > AREA_MAX {
            return Err(Malformed::length(option, "MPTCP", "at most 40 octets", "RFC 9293 §3.1"));
        }
        let Some(subtype) = Subtype::of(option, dialect) else {
            return Err(Malformed::length(option, "MPTCP", "at least 3 octets", "RFC 8684 §3"));
        };
        match subtype {
            Subtype::MpCapable => MpCapable::parse(option).map(Self::MpCapable),
            Subtype::MpJoin => MpJoin::parse(option).map(Self::MpJoin),
            Subtype::Dss => Dss::parse(option).map(Self::Dss),
            Subtype::AddAddr => AddAddr::parse(option).map(Self::AddAddr),
            Subtype::RemoveAddr => RemoveAddr::parse(option).map(Self::RemoveAddr),
            Subtype::MpPrio => MpPrio::parse(option).map(Self::MpPrio),
            Subtype::MpFail => {
                regular(option, MpFail::LENGTH, MpFail::read, "MP_FAIL", "RFC 8684 §3.7")
                    .map(Self::MpFail)
            }
            Subtype::MpFastclose => {
                let (length, read) = (MpFastclose::LENGTH, MpFastclose::read);
                regular(option, length, read, "MP_FASTCLOSE", "RFC 8684 §3.5")
                    .map(Self::MpFastclose)
            }
            Subtype::MpTcprst => {
                regular(option, MpTcprst::LENGTH, MpTcprst::read, "MP_TCPRST", "RFC 8684 §3.6")
                    .map(Self::MpTcprst)
            }
            Subtype::Navigation => {
                let (length, read) = (Navigation::LENGTH, Navigation::read);
                let source = "draft-kang-tcpm-accurate-data-scheduling-by-server §4";
                regular(option, length, read, "MP_Navigation", source).map(Self::Navigation)
            }
            Subtype::MaxSubflows => {
                let layout = MaxSubflows::recognise(option, dialect.max_subflows_exid)
                    .unwrap_or(MaxSubflowsLayout::A);
                MaxSubflows::parse(option, layout).map(Self::MaxSubflows)
            }
            Subtype::Experimental => Experimental::parse(option).map(Self::Experimental),
            Subtype::Unknown => UnknownSubtype::parse(option).map(Self::Unknown),
        }
    }

    /// The option's octets, Kind and Length included, with the length that its layout has.
    pub fn emit(&self, dialect: Dialect) -> Octets {
        let layout = self.layout();
        let length = layout.length();
        let mut octets = Octets::zeroed(length);
        let option = octets.as_mut_slice();
        for (place, octet) in option.iter_mut().zip([KIND, length]) {
            *place = octet;
        }
        self.subtype_field(dialect).put(option);
        layout.fields(&mut |field| field.put(option));
        octets
    }

    /// Visits every field from the subtype on, in the order of the octets. A field that sums up
    /// others, the flags octet, stands before them.
    pub fn fields(&self, dialect: Dialect, visit: &mut dyn FnMut(Field)) {
        visit(self.subtype_field(dialect));
        let flags_at = match self {
            Self::MpCapable(_) | Self::Dss(_) => Some(3),
            Self::MpJoin(MpJoin::Syn(_) | MpJoin::SynAck(_))
            | Self::MpPrio(_)
            | Self::MpTcprst(_) => Some(2),
            _ => None,
        };
        if let Some(slot) = flags_at.map(|at| Slot::octets(at, 1)) {
            let flags = slot.uint(self.emit(dialect).as_slice()).unwrap_or_default();
            visit(Field { name: Name::Flags, slot, value: Value::Uint(flags) });
        }
        self.parts(visit);
    }

    /// Visits the fields behind the subtype without those that sum up others: every bit once.
    pub fn parts(&self, visit: &mut dyn FnMut(Field)) {
        self.layout().fields(visit);
    }

    /// What the option is.
    pub const fn subtype(&self) -> Subtype {
        match self {
            Self::MpCapable(_) => Subtype::MpCapable,
            Self::MpJoin(_) => Subtype::MpJoin,
            Self::Dss(_) => Subtype::Dss,
            Self::AddAddr(_) => Subtype::AddAddr,
            Self::RemoveAddr(_) => Subtype::RemoveAddr,
            Self::MpPrio(_) => Subtype::MpPrio,
            Self::MpFail(_) => Subtype::MpFail,
            Self::MpFastclose(_) => Subtype::MpFastclose,
            Self::MpTcprst(_) => Subtype::MpTcprst,
            Self::Navigation(_) => Subtype::Navigation,
            Self::MaxSubflows(_) => Subtype::MaxSubflows,
            Self::Experimental(_) => Subtype::Experimental,
            Self::Unknown(_) => Subtype::Unknown,
        }
    }

    fn subtype_field(&self, dialect: Dialect) -> Field {
        let number = match self {
            Self::Navigation(_) => dialect.navigation_subtype,
            Self::MaxSubflows(_) | Self::Experimental(_) => 0xf,
            Self::Unknown(unknown) => unknown.subtype,
            _ => self.subtype() as u8,
        };
        Field::uint(Name::Subtype, layout::SUBTYPE, number)
    }

    fn layout(&self) -> &dyn Layout {
        match self {
            Self::MpCapable(option) => option,
            Self::MpJoin(option) => option,
            Self::Dss(option) => option,
            Self::AddAddr(option) => option,
            Self::RemoveAddr(option) => option,
            Self::MpPrio(option) => option,
            Self::MpFail(option) => option,
            Self::MpFastclose(option) => option,
            Self::MpTcprst(option) => option,
            Self::Navigation(option) => option,
            Self::MaxSubflows(option) => option,
            Self::Experimental(option) => option,
            Self::Unknown(option) => option,
        }
    }
}

/// Reads an option that has one length only.
fn regular<T>(
    option: &[u8],
    length: u8,
    read: impl Fn(&[u8]) -> Option<T>,
    name: &'static str,
    source: &'static str,
) -> Result<T, Malformed> {
    let legal = match length {
        4 => "4 octets",
        _ => "12 octets",
    };
    if option.len() == usize::from(length) { read(option) } else { None }
        .ok_or_else(|| Malformed::length(option, name, legal, source))
}

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
    fn length(
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
