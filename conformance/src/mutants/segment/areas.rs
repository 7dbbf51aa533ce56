//! What the mutants find in segments and their option areas.

use mpdissect::wire::mptcp::{Dialect, KIND, MptcpOption};
use mpdissect::wire::tcp::{self, Flags, OptionFault, TcpOption};

use crate::policy::Conformant;
use crate::policy::segment::{Incoming, Reaction, SegmentPolicy};

/// What the conformant host does about a segment.
pub(super) fn usual(incoming: Incoming<'_>) -> Reaction {
    Conformant.reaction(incoming)
}

/// A reaction other than the usual one to segments of which something holds.
pub(super) fn unless(incoming: Incoming<'_>, fault: bool, reaction: Reaction) -> Reaction {
    if fault { reaction } else { usual(incoming) }
}

pub(super) fn is_syn(incoming: Incoming<'_>) -> bool {
    incoming.flags.contains(Flags::SYN)
}

/// The kinds of the options in an area but EOL and NOP.
pub(super) fn kinds(area: &[u8]) -> impl Iterator<Item = u8> {
    Conformant.walk(area).into_iter().filter_map(|option| option.first().copied())
}

/// Whether an option of a kind that this project gives no meaning is in an area.
pub(super) fn has_unknown_kind(area: &[u8]) -> bool {
    kinds(area).any(|kind| tcp::kind(kind).is_none())
}

/// Whether an area has options of kinds 253 or 254.
pub(super) fn has_experimental_kind(area: &[u8]) -> bool {
    kinds(area).any(|kind| kind >= 253)
}

/// The subtypes of kind 30 in an area.
pub(super) fn subtypes(area: &[u8]) -> impl Iterator<Item = u8> {
    let options = Conformant.walk(area).into_iter().filter(|option| option.first() == Some(&KIND));
    options.filter_map(|option| option.get(2).map(|octet| octet >> 4))
}

/// The lengths of the experimental options in an area.
pub(super) fn experiments(area: &[u8]) -> impl Iterator<Item = usize> {
    let options = Conformant.walk(area).into_iter().filter(|option| option.first() == Some(&KIND));
    options.filter(|option| option.get(2).is_some_and(|octet| octet >> 4 == 0xf)).map(<[u8]>::len)
}

/// Whether a subtype that neither an RFC nor a draft gives a meaning is in an area.
pub(super) fn has_unassigned_subtype(area: &[u8]) -> bool {
    subtypes(area).any(|subtype| (0xa..=0xe).contains(&subtype))
}

/// Whether a well-formed option of the first subtypes is in an area more than once, or MP_CAPABLE
/// beside MP_JOIN.
pub(super) fn has_rivals(area: &[u8]) -> bool {
    let mut seen = 0_u16;
    Conformant.walk(area).into_iter().any(|option| {
        let Some(option) = Conformant.parse(option, Dialect::default()) else { return false };
        let bit = match option {
            MptcpOption::MpCapable(_) | MptcpOption::MpJoin(_) => 1,
            MptcpOption::Dss(_) => 2,
            MptcpOption::AddAddr(_) => 4,
            _ => 0,
        };
        let rival = seen & bit != 0;
        seen |= bit;
        rival
    })
}

pub(super) fn has_fault(area: &[u8], is: impl Fn(OptionFault) -> bool) -> bool {
    tcp::options(area).any(|option| !option.padding && option.fault.is_some_and(&is))
}

pub(super) fn has_length(area: &[u8], length: u8) -> bool {
    has_fault(area, |fault| fault == OptionFault::LengthTooSmall { claimed: length })
}

/// Whether an option is one of MPTCP with this subtype.
pub(super) fn is_subtype(option: &TcpOption<'_>, subtype: u8) -> bool {
    option.kind == KIND && option.raw.get(2).is_some_and(|octet| octet >> 4 == subtype)
}

/// The options of an area but those of an MPTCP subtype that start beside a word boundary.
pub(super) fn without_unaligned(area: &[u8], subtype: u8) -> Vec<&[u8]> {
    let unaligned: Vec<&[u8]> = tcp::options(area)
        .filter(|option| is_subtype(option, subtype) && !option.offset.is_multiple_of(4))
        .map(|option| option.raw)
        .collect();
    let mut options = Conformant.walk(area);
    options.retain(|option| !unaligned.iter().any(|other| std::ptr::eq(*option, *other)));
    options
}

/// An option with the length that its subtype has, of one that is longer.
pub(super) fn shortened(option: &[u8], subtype: u8, legal: usize) -> Option<Vec<u8>> {
    let own = option.get(2).is_some_and(|octet| octet >> 4 == subtype);
    let mut octets = option.get(..legal).filter(|_| own && option.len() > legal)?.to_vec();
    *octets.get_mut(1)? = u8::try_from(legal).ok()?;
    Some(octets)
}

/// An option that is read as if it had the length that its subtype has.
pub(super) fn lenient(
    option: &[u8],
    dialect: Dialect,
    lengths: &[(u8, usize)],
) -> Option<MptcpOption> {
    let mut repaired =
        lengths.iter().filter_map(|&(subtype, legal)| shortened(option, subtype, legal));
    Conformant
        .parse(option, dialect)
        .or_else(|| repaired.find_map(|octets| Conformant.parse(&octets, dialect)))
}

/// The kind of the MSS.
pub(super) const MSS: u8 = 2;

/// The options without MSS, if one of this subtype is with them on a SYN.
pub(super) fn without_mss(options: Vec<u8>, flags: Flags, subtype: u8) -> Vec<u8> {
    if !flags.contains(Flags::SYN) || !subtypes(&options).any(|own| own == subtype) {
        return options;
    }
    let kept = tcp::options(&options).filter(|option| option.kind != MSS && !option.padding);
    kept.flat_map(|option| option.raw).copied().collect()
}
