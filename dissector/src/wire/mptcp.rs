//! The options of Multipath TCP: TCP option kind 30, told apart by subtype.
//!
//! [`MptcpOption::parse`] and [`MptcpOption::emit`] are inverse on every well-formed option:
//! reserved bits and unknown values are kept. What is not well-formed is a [`Malformed`] that names
//! octet, field and rule; its octets stay with whoever walks the option area.
//!
//! How to add an option stands in CONTRIBUTING.md.

mod add_addr;
mod capable;
mod decoded;
mod dss;
mod experimental;
mod fail;
mod fastclose;
mod join;
mod layout;
mod malformed;
mod max_subflows;
mod navigation;
mod place;
mod prio;
mod remove_addr;
mod subtype;
mod tcprst;
mod unknown;

pub use add_addr::{AddAddr, AddAddrKind};
pub use capable::{CapableFlags, CapableKeys, MpCapable};
pub use decoded::{Cut, Decoded};
pub use dss::{Dss, Mapping, Seq};
pub use experimental::{ExperimentFlags, Experimental};
pub use fail::MpFail;
pub use fastclose::MpFastclose;
pub use join::{JoinAck, JoinSyn, JoinSynAck, MpJoin};
pub use malformed::{Fault, Malformed};
pub use max_subflows::{MaxSubflows, MaxSubflowsLayout};
pub use navigation::Navigation;
pub use place::Misfit;
pub use prio::MpPrio;
pub use remove_addr::RemoveAddr;
pub use subtype::{Dialect, Subtype, Subtypes, raw_options};
pub use tcprst::{MpTcprst, reset_reason};
pub use unknown::UnknownSubtype;

use self::layout::Layout;
use super::field::{AREA_MAX, Field, Name, Octets, Slot, Value};

/// The TCP option kind of Multipath TCP.
pub const KIND: u8 = 30;

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

/// What every kind of option does by its [`Layout`]. A trait object would keep the compiler from
/// leaving out the fields that a visitor doesn't want.
macro_rules! each {
    ($option:expr, $layout:ident => $does:expr) => {
        match $option {
            Self::MpCapable($layout) => $does,
            Self::MpJoin($layout) => $does,
            Self::Dss($layout) => $does,
            Self::AddAddr($layout) => $does,
            Self::RemoveAddr($layout) => $does,
            Self::MpPrio($layout) => $does,
            Self::MpFail($layout) => $does,
            Self::MpFastclose($layout) => $does,
            Self::MpTcprst($layout) => $does,
            Self::Navigation($layout) => $does,
            Self::MaxSubflows($layout) => $does,
            Self::Experimental($layout) => $does,
            Self::Unknown($layout) => $does,
        }
    };
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
        let length = each!(self, layout => layout.length());
        let mut octets = Octets::zeroed(length);
        let option = octets.as_mut_slice();
        for (place, octet) in option.iter_mut().zip([KIND, length]) {
            *place = octet;
        }
        self.subtype_field(dialect).put(option);
        self.parts(&mut |field| field.put(option));
        octets
    }

    /// Visits every field from the subtype on, in the order of the octets. A field that sums up
    /// others, the flags octet, stands before them.
    pub fn fields(&self, dialect: Dialect, visit: &mut impl FnMut(Field)) {
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
    #[inline]
    pub fn parts(&self, visit: &mut impl FnMut(Field)) {
        each!(self, layout => layout.fields(visit));
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
