mod areas;

use mpdissect::wire::mptcp::{Dialect, KIND, MptcpOption};
use mpdissect::wire::tcp::{self, Flags, OptionFault};

use super::mutants;
use crate::policy::Conformant;
use crate::policy::segment::{Incoming, Reaction};
use areas::{
    MSS, experiments, has_experimental_kind, has_fault, has_length, has_rivals,
    has_unassigned_subtype, has_unknown_kind, is_subtype, is_syn, lenient, unless, usual,
    without_mss, without_unaligned,
};

/// A kind that nobody registered.
const UNREGISTERED: u8 = 70;

mutants! { segment: SegmentPolicy;
    /// Takes in segments whose checksum is wrong.
    "tcp-no-checksum" = NoChecksum fails ["rfc9293/3.1/checksum"] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            usual(Incoming { checksum_holds: true, ..incoming })
        }
    }
    /// Drops segments with a reserved bit set.
    "tcp-minds-reserved-bits" = MindsReservedBits fails ["rfc9293/3.1/reserved-bits"] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            unless(incoming, incoming.flags.intersects(Flags::RESERVED), Reaction::Drop)
        }
    }
    /// Dies of a data offset that can't be.
    "tcp-dies-of-data-offset" = DiesOfDataOffset fails ["rfc9293/3.1/data-offset"] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            unless(incoming, !incoming.data_offset_fits, Reaction::Die)
        }
    }
    /// Drops SYNs with an option of an unknown kind.
    "tcp-drops-unknown-on-syn" = DropsUnknownOnSyn fails [
        "rfc8684/3.7/rewrite-on-syn",
        "rfc8684/3.7/rewrite-on-syn-ack",
        "rfc9293/3.1/any-segment",
        "rfc9293/3.1/unknown-kinds-on-handshake",
    ] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            let unknown = is_syn(incoming) && has_unknown_kind(incoming.options);
            unless(incoming, unknown, Reaction::Drop)
        }
    }
    /// Drops data with an option of an unknown kind.
    "tcp-drops-unknown-on-data" = DropsUnknownOnData fails [
        "rfc8684/3.7/rewrite-on-first-data",
        "rfc9293/3.1/any-segment",
        "rfc9293/3.1/options-on-fin",
        "rfc9293/3.1/unknown-kinds-on-data",
        "rfc9293/3.2/unaligned-dss",
    ] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            let unknown = incoming.payload > 0 && has_unknown_kind(incoming.options);
            unless(incoming, unknown, Reaction::Drop)
        }
    }
    /// Drops FINs with an option of an unknown kind.
    "tcp-drops-unknown-on-fin" = DropsUnknownOnFin fails ["rfc9293/3.1/options-on-fin"] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            let fin = incoming.flags.contains(Flags::FIN);
            unless(incoming, fin && has_unknown_kind(incoming.options), Reaction::Drop)
        }
    }
    /// Drops RSTs with an option of an unknown kind.
    "tcp-drops-unknown-on-rst" = DropsUnknownOnRst fails ["rfc9293/3.1/options-on-rst"] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            let rst = incoming.flags.contains(Flags::RST);
            unless(incoming, rst && has_unknown_kind(incoming.options), Reaction::Drop)
        }
    }
    /// Drops urgent segments with options of an unknown kind.
    "tcp-drops-unknown-on-urgent" = DropsUnknownOnUrgent fails ["rfc9293/3.1/any-segment"] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            let urgent = incoming.flags.contains(Flags::URG);
            unless(incoming, urgent && has_unknown_kind(incoming.options), Reaction::Drop)
        }
    }
    /// Drops segments with kinds 253 and 254.
    "tcp-drops-experimental-kinds" = DropsExperimental fails ["rfc9293/3.1/experimental-kinds"] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            unless(incoming, has_experimental_kind(incoming.options), Reaction::Drop)
        }
    }
    /// Refuses handshakes with a subtype that isn't assigned.
    "tcp-refuses-unassigned-subtype" = RefusesUnassigned fails [
        "rfc8684/3.1/nothing-unasked",
        "rfc8684/3.7/rewrite-on-syn",
        "rfc8684/3.7/rewrite-on-syn-ack",
        "rfc9293/3.1/unknown-subtypes-on-handshake",
    ] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            let unassigned = is_syn(incoming) && has_unassigned_subtype(incoming.options);
            unless(incoming, unassigned, Reaction::Reset)
        }
    }
    /// Drops data with a subtype that isn't assigned.
    "tcp-drops-unassigned-subtype" = DropsUnassigned fails [
        "nav/4/unknown-options-are-ignored",
        "nav/4/behind-and-before-a-dss",
        "rfc9293/3.1/short-before-dss",
        "rfc9293/3.1/unknown-subtypes-on-data",
    ] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            let unassigned = incoming.payload > 0 && has_unassigned_subtype(incoming.options);
            unless(incoming, unassigned, Reaction::Drop)
        }
    }
    /// Drops data with an experimental option that is too short.
    "tcp-drops-short-experiment" = DropsShortExperiment fails [
        "nav/4.1/private-subtype-is-too-short",
        "exp/2/short-harmless",
        "rfc9293/3.1/unknown-subtypes-on-data",
        "rfc9293/3.1/short-before-dss",
    ] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            let short = experiments(incoming.options).any(|length| length < 5);
            unless(incoming, incoming.payload > 0 && short, Reaction::Drop)
        }
    }
    /// Crashes over an experimental option that fills the option area.
    "tcp-dies-of-full-experiment" = DiesOfFullExperiment fails [
        "exp/2/full-area",
        "rfc9293/3.1/unknown-subtypes-on-data",
    ] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            let full = experiments(incoming.options).any(|length| length == 40);
            unless(incoming, full, Reaction::Die)
        }
    }
    /// Goes into an endless loop over an option with length 0.
    "tcp-loops-over-length-zero" = LoopsOverZero fails ["rfc9293/3.1/length-zero"] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            unless(incoming, has_length(incoming.options, 0), Reaction::Die)
        }
    }
    /// Crashes over an option with length 1.
    "tcp-dies-of-length-one" = DiesOfOne fails ["rfc9293/3.1/length-one"] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            unless(incoming, has_length(incoming.options, 1), Reaction::Die)
        }
    }
    /// Crashes over an option that claims more than the option area has.
    "tcp-dies-past-the-end" = DiesPastTheEnd fails [
        "rfc8684/3.7/rewrite-on-third-ack",
        "rfc9293/3.1/past-the-end",
    ] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            let past = |fault| matches!(fault, OptionFault::PastEnd { .. });
            let fault = incoming.data_offset_fits && has_fault(incoming.options, past);
            unless(incoming, fault, Reaction::Die)
        }
    }
    /// Crashes over a kind at the very end of the option area.
    "tcp-dies-of-lone-kind" = DiesOfLoneKind fails ["rfc9293/3.1/lone-kind"] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            let lone = has_fault(incoming.options, |fault| fault == OptionFault::NoLength);
            unless(incoming, lone, Reaction::Die)
        }
    }
    /// Crashes over two DSS or ADD_ADDR in one segment, or MP_CAPABLE beside MP_JOIN.
    "tcp-dies-of-rivals" = DiesOfRivals fails [
        "rfc8684/3.2/join-twice",
        "rfc8684/3.1/capable-twice",
        "rfc9293/3.1/contradictions",
        "rfc9293/3.1/equal-options",
    ] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            unless(incoming, has_rivals(incoming.options), Reaction::Die)
        }
    }
    /// Reads options behind the end of the list.
    "tcp-reads-past-eol" = ReadsPastEol fails [
        "rfc9293/3.1/eol-on-syn",
        "rfc9293/3.1/eol-on-ack",
    ] {
        fn walk<'a>(&self, area: &'a [u8]) -> Vec<&'a [u8]> {
            let mut options = Conformant.walk(area);
            let ended = tcp::options(area).find(|option| option.padding);
            let padding = ended.map(|option| option.raw).unwrap_or_default();
            let start = padding.iter().position(|octet| *octet > 1).unwrap_or_default();
            options.extend(Conformant.walk(padding.get(start..).unwrap_or_default()));
            options
        }
    }
    /// Takes an option area of 40 octets that doesn't end with EOL for one without an end.
    "tcp-misses-end-of-full-area" = MissesEnd fails [
        "rfc8684/3.3/checksum-not-negotiated-on-a-join",
        "rfc8684/3.7/rewrite-on-later-data",
        "rfc8684/3.1/flag-a-is-confirmed",
        "rfc8684/3.1/flag-a-means-checksums",
        "rfc9293/3.1/full-area",
        "rfc9293/3.1/unknown-subtypes-on-handshake",
        "rfc8684/3.3.1/32-bits-from-the-start",
        "rfc8684/3.3.1/checksum-over-64-bits",
        "rfc8684/3.3/checksum-not-negotiated",
        "rfc8684/3.7/wrong-checksum-behind-a-gap",
        "rfc8684/3.7/wrong-checksum-on-the-only-subflow",
    ] {
        fn walk<'a>(&self, area: &'a [u8]) -> Vec<&'a [u8]> {
            let endless = area.len() == 40 && area.last() != Some(&0);
            Conformant.walk(if endless { &[] } else { area })
        }
    }
    /// Stops at an MPTCP option of 2 octets.
    "tcp-stops-at-short-mptcp" = StopsAtShort fails [
        "nav/4.1/wrong-length-moves-nothing",
        "rfc9293/3.1/short-before-dss",
    ] {
        fn walk<'a>(&self, area: &'a [u8]) -> Vec<&'a [u8]> {
            Conformant.walk(area).into_iter().take_while(|option| *option != [KIND, 2]).collect()
        }
    }
    /// Looks for DSS at word boundaries only.
    "tcp-aligned-dss-only" = AlignedDss fails [
        "nav/4.1/wrong-length-moves-nothing",
        "exp/2/short-harmless",
        "exp/2/other-options",
        "rfc9293/3.1/unknown-kinds-on-data",
        "rfc9293/3.1/experimental-kinds",
        "rfc9293/3.1/unknown-subtypes-on-data",
        "rfc9293/3.1/short-before-dss",
        "rfc9293/3.1/full-area",
        "rfc9293/3.2/unaligned-dss",
    ] {
        fn walk<'a>(&self, area: &'a [u8]) -> Vec<&'a [u8]> {
            without_unaligned(area, 0x2)
        }
    }
    /// Looks for ADD_ADDR at word boundaries only.
    "tcp-aligned-add-addr-only" = AlignedAddAddr fails [
        "exp/2/other-options",
        "rfc9293/3.2/unaligned-add-addr",
    ] {
        fn walk<'a>(&self, area: &'a [u8]) -> Vec<&'a [u8]> {
            without_unaligned(area, 0x3)
        }
    }
    /// Drops SYNs whose MP_CAPABLE starts at an odd octet.
    "tcp-no-odd-capable" = NoOddCapable fails [
        "maxsf/3/on-syn-before",
        "rfc9293/3.1/basic-kinds",
        "rfc9293/3.1/unknown-subtypes-on-handshake",
        "rfc9293/3.2/unaligned-capable",
    ] {
        fn reaction(&self, incoming: Incoming<'_>) -> Reaction {
            let mut capable = tcp::options(incoming.options).filter(|o| is_subtype(o, 0x0));
            let odd = capable.any(|option| !option.offset.is_multiple_of(2));
            unless(incoming, is_syn(incoming) && odd, Reaction::Drop)
        }
    }
    /// Heeds MP_FASTCLOSE with more than 12 octets.
    "tcp-lenient-fastclose" = LenientFastclose fails ["rfc9293/3.1/wrong-lengths"] {
        fn parse(&self, option: &[u8], dialect: Dialect) -> Option<MptcpOption> {
            lenient(option, dialect, &[(0x7, 12)])
        }
    }
    /// Heeds ADD_ADDR with octets behind its HMAC.
    "tcp-lenient-add-addr" = LenientAddAddr fails ["rfc9293/3.1/wrong-lengths"] {
        fn parse(&self, option: &[u8], dialect: Dialect) -> Option<MptcpOption> {
            let legal = if option.len() > 28 { 28 } else { 16 };
            lenient(option, dialect, &[(0x3, legal)])
        }
    }
    /// Heeds MP_CAPABLE with octets behind its end.
    "tcp-lenient-capable" = LenientCapable fails [
        "rfc8684/3.1/lengths-of-capable",
        "rfc8684/3.7/rewrite-on-syn",
        "rfc8684/3.7/rewrite-on-syn-ack",
        "rfc9293/3.1/wrong-length-of-capable",
    ] {
        fn parse(&self, option: &[u8], dialect: Dialect) -> Option<MptcpOption> {
            lenient(option, dialect, &[(0x0, 12), (0x0, 4)])
        }
    }
    /// Heeds MP_PRIO with an address ID, as in version 0.
    "tcp-lenient-prio" = LenientPrio fails ["rfc9293/3.1/wrong-length-of-prio"] {
        fn parse(&self, option: &[u8], dialect: Dialect) -> Option<MptcpOption> {
            lenient(option, dialect, &[(0x5, 3)])
        }
    }
    /// Ends option lists with EOL and pads with other octets.
    "tcp-dirty-padding" = DirtyPadding fails ["rfc9293/3.1/padding-zero"] {
        fn area(&self, mut options: Vec<u8>, _: Flags) -> Vec<u8> {
            let whole = options.len().next_multiple_of(4);
            if options.len() < whole {
                options.push(0);
            }
            options.resize(whole, 0xee);
            options
        }
    }
    /// Sends an option whose length runs past the option area, where there is room for one.
    "tcp-misframes" = Misframes fails [
        "rfc9293/3.1/basic-kinds",
        "rfc9293/3.1/well-framed",
    ] {
        fn area(&self, mut options: Vec<u8>, flags: Flags) -> Vec<u8> {
            options = Conformant.area(options, flags);
            if options.len() <= 36 && !flags.contains(Flags::SYN) {
                options.extend([UNREGISTERED, 9, 0, 0]);
            }
            options
        }
    }
    /// Sends the MSS on every segment with room for it.
    "tcp-mss-everywhere" = MssEverywhere fails [
        "rfc9293/3.1/basic-kinds",
        "rfc9293/3.2/mss-on-syn-only",
    ] {
        fn area(&self, mut options: Vec<u8>, flags: Flags) -> Vec<u8> {
            if options.len() <= 36 && !flags.contains(Flags::SYN) {
                options.extend([MSS, 4, 0x04, 0x00]);
            }
            Conformant.area(options, flags)
        }
    }
    /// Sends no MSS beside MP_CAPABLE.
    "tcp-no-mss-with-capable" = NoMssWithCapable fails ["rfc9293/3.7.1/mss-with-capable"] {
        fn area(&self, options: Vec<u8>, flags: Flags) -> Vec<u8> {
            Conformant.area(without_mss(options, flags, 0x0), flags)
        }
    }
    /// Sends no MSS beside MP_JOIN.
    "tcp-no-mss-with-join" = NoMssWithJoin fails ["rfc9293/3.7.1/mss-with-join"] {
        fn area(&self, options: Vec<u8>, flags: Flags) -> Vec<u8> {
            Conformant.area(without_mss(options, flags, 0x1), flags)
        }
    }
    /// Sends segments of 1400 octets, whatever the peer takes.
    "tcp-ignores-mss" = IgnoresMss fails [
        "rfc9293/3.1/basic-kinds",
        "rfc9293/3.7.1/mss-with-capable",
        "rfc9293/3.7.1/mss-with-join",
    ] {
        fn payload_limit(&self, _: u16, options: usize) -> usize { 1400 - options.min(1400) }
    }
    /// Counts the MSS without the options.
    "tcp-mss-without-options" = MssWithoutOptions fails [
        "rfc9293/3.1/basic-kinds",
        "rfc9293/3.7.1/mss-with-capable",
        "rfc9293/3.7.1/mss-with-join",
    ] {
        fn payload_limit(&self, mss: u16, _: usize) -> usize { usize::from(mss) }
    }
}
