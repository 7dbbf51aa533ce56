use std::time::Duration;

use mpdissect::wire::mptcp::{
    Dialect, ExperimentFlags, MaxSubflows, MaxSubflowsLayout, MptcpOption,
};

use super::mutants;
use crate::plan::Negotiation;
use crate::reference::limit::{Carrier, Census, Maxima, Refusal, Resets, Stage, Taken};

/// What the conformant policy reads.
fn parsed(option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
    match MptcpOption::parse(option, dialect) {
        Ok(MptcpOption::MaxSubflows(option)) => Some(option),
        _ => None,
    }
}

/// The octets that the conformant policy sends.
fn emitted(option: MaxSubflows, dialect: Dialect) -> Vec<u8> {
    MptcpOption::MaxSubflows(option).emit(dialect).as_slice().to_vec()
}

/// What the conformant policy counts.
fn counted(census: Census, stage: Stage) -> u32 {
    census.established + if stage == Stage::Opening { census.joining } else { 0 }
}

/// What the conformant policy takes for the limit.
fn smaller(maxima: Maxima) -> Option<u32> {
    maxima.own.into_iter().chain(maxima.peer).min()
}

/// An option whose last octets are the value, whatever their number.
fn lenient(option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
    let exid = dialect.max_subflows_exid();
    let (layout, exid, value) = match option {
        [_, _, _, MaxSubflows::EXID_B, value @ ..] => {
            (MaxSubflowsLayout::B, u16::from(MaxSubflows::EXID_B), value)
        }
        [_, _, _, high, low, value @ ..] if u16::from_be_bytes([*high, *low]) == exid => {
            (MaxSubflowsLayout::A, exid, value)
        }
        _ => return None,
    };
    let value = value.iter().take(4).fold(0, |value, octet| value << 8 | u32::from(*octet));
    Some(MaxSubflows { flags: ExperimentFlags(option.get(2)? & 0x0f), layout, exid, value })
}

mutants! { limit: LimitPolicy;
    /// Doesn't know Maximum Subflows in layout A.
    "limit-unaware-of-layout-a" = UnawareOfA fails [
        "exp/3.7/positive-reply",
        "exp/2/after-negotiation",
        "exp/2/positive-reply",
        "exp/2/whole-connection",
        "maxsf/2/announcement-answered",
        "maxsf/2/layout-a-answered",
        "maxsf/2/silent-after-return",
        "maxsf/3/on-second-subflow",
        "maxsf/3/only-tester-announces",
    ] {
        fn read(&self, option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
            parsed(option, dialect).filter(|it| it.layout != MaxSubflowsLayout::A)
        }
    }
    /// Doesn't know Maximum Subflows in layout C.
    "limit-unaware-of-layout-c" = UnawareOfC fails ["maxsf/2/layout-c-answered"] {
        fn read(&self, option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
            parsed(option, dialect).filter(|it| it.layout != MaxSubflowsLayout::C)
        }
    }
    /// Reads the last 24 bits of layout B only.
    "limit-reads-b-as-a" = ReadsBAsA fails [
        "maxsf/2/half-of-32-bits",
        "maxsf/2/layout-b-not-read-as-a",
        "maxsf/2/not-cut-to-24-bits",
    ] {
        fn read(&self, option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
            let it = parsed(option, dialect)?;
            let value = if it.layout == MaxSubflowsLayout::B { it.value & 0x00ff_ffff } else { it.value };
            Some(MaxSubflows { value, ..it })
        }
    }
    /// Reads the last 24 bits of layout C only.
    "limit-cuts-layout-c" = CutsC fails ["maxsf/2/half-of-32-bits", "maxsf/2/not-cut-to-24-bits"] {
        fn read(&self, option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
            let it = parsed(option, dialect)?;
            let value = if it.layout == MaxSubflowsLayout::C { it.value & 0x00ff_ffff } else { it.value };
            Some(MaxSubflows { value, ..it })
        }
    }
    /// Reads layout A as if its value had 32 bits, the first of which are those of its ID.
    "limit-reads-a-as-b" = ReadsAAsB fails [
        "maxsf/2/backup-counts",
        "maxsf/2/contradiction-within-bounds",
        "maxsf/2/every-layout-limits",
        "maxsf/2/first-subflow-counts",
        "maxsf/2/repeat-changes-nothing",
        "maxsf/2/zero-keeps-earlier-limit",
        "maxsf/3/acceptor-keeps-testers-maximum",
        "maxsf/3/lowered",
        "maxsf/3/no-opening-at-limit",
        "maxsf/3/omission-revokes-nothing",
        "maxsf/3/on-second-subflow",
        "maxsf/3/only-tester-announces",
        "maxsf/3/opener-in-storm",
        "maxsf/3/opener-keeps-testers-maximum",
        "maxsf/3/race-for-the-last",
        "maxsf/3/refused-with-reset",
        "maxsf/3/target-first-larger",
        "maxsf/3/tester-first-smaller",
    ] {
        fn read(&self, option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
            let it = parsed(option, dialect)?;
            let id = u32::from(it.exid & 0xff) << 24;
            let value = if it.layout == MaxSubflowsLayout::A { it.value | id } else { it.value };
            Some(MaxSubflows { value, ..it })
        }
    }
    /// Takes a maximum from an option of any experiment.
    "limit-takes-any-experiment" = TakesAnyExperiment fails [
        "maxsf/2/other-experiment-sets-no-limit",
    ] {
        fn read(&self, option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
            let near = |octet: u8| octet == 0xaa || octet == 0xab;
            let mut option = option.to_vec();
            if let [_, _, _, a, b, ..] = option.as_mut_slice() {
                if near(*a) {
                    *a = MaxSubflows::EXID_B;
                } else if *a == 0 && near(*b) {
                    [*a, *b] = dialect.max_subflows_exid().to_be_bytes();
                }
            }
            parsed(&option, dialect)
        }
    }
    /// Takes a maximum from an option that is too short.
    "limit-takes-truncated" = TakesTruncated fails ["maxsf/2/truncated-sets-no-limit"] {
        fn read(&self, option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
            let short = || lenient(option, dialect).filter(|_| option.len() < 8);
            parsed(option, dialect).or_else(short)
        }
    }
    /// Takes a maximum from an option that is too long.
    "limit-takes-overlong" = TakesOverlong fails ["maxsf/2/overlong-sets-no-limit"] {
        fn read(&self, option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
            let long = || {
                let mut whole = option.get(..8)?.to_vec();
                *whole.get_mut(1)? = 8;
                parsed(&whole, dialect).filter(|_| option.len() > 9)
            };
            parsed(option, dialect).or_else(long)
        }
    }
    /// Ignores an option that has a reserved bit set.
    "limit-minds-reserved-bits" = MindsReserved fails ["maxsf/2/reserved-bits-ignored"] {
        fn ignores_reserved(&self) -> bool { false }
    }
    /// Takes zero for a maximum.
    "limit-takes-zero" = TakesZero fails ["maxsf/2/zero-sets-no-limit"] {
        fn accepts_value(&self, value: u32) -> Option<u32> { Some(value) }
    }
    /// Takes zero for any number.
    "limit-lifted-by-zero" = LiftedByZero fails ["maxsf/2/zero-keeps-earlier-limit"] {
        fn accepts_value(&self, value: u32) -> Option<u32> {
            Some(if value == 0 { u32::MAX } else { value })
        }
    }
    /// Resets the subflow that brought a zero.
    "limit-resets-on-zero" = ResetsOnZero fails ["maxsf/2/zero-does-no-harm", "maxsf/3/tolerated"] {
        fn resets(&self, taken: Taken) -> Resets {
            if taken.value == 0 { Resets::Carrier } else { Resets::Nothing }
        }
    }
    /// Takes one for invalid.
    "limit-rejects-one" = RejectsOne fails ["maxsf/2/one-is-valid"] {
        fn accepts_value(&self, value: u32) -> Option<u32> { (value > 1).then_some(value) }
    }
    /// Counts the subflows beside the first one only.
    "limit-counts-additional" = CountsAdditional fails [
        "maxsf/2/backup-counts",
        "maxsf/2/contradiction-within-bounds",
        "maxsf/2/every-layout-limits",
        "maxsf/2/first-subflow-counts",
        "maxsf/2/repeat-changes-nothing",
        "maxsf/2/zero-keeps-earlier-limit",
        "maxsf/3/acceptor-keeps-equal-maximum",
        "maxsf/3/acceptor-keeps-own-maximum",
        "maxsf/3/acceptor-keeps-testers-maximum",
        "maxsf/3/lowered",
        "maxsf/3/no-opening-at-limit",
        "maxsf/3/omission-revokes-nothing",
        "maxsf/3/on-second-subflow",
        "maxsf/3/only-target-announces",
        "maxsf/3/only-tester-announces",
        "maxsf/3/opener-in-storm",
        "maxsf/3/opener-keeps-equal-maximum",
        "maxsf/3/opener-keeps-own-maximum",
        "maxsf/3/opener-keeps-testers-maximum",
        "maxsf/3/race-for-the-last",
        "maxsf/3/refused-with-reset",
        "maxsf/3/target-first-equal",
        "maxsf/3/target-first-larger",
        "maxsf/3/target-first-smaller",
        "maxsf/3/tester-first-equal",
        "maxsf/3/tester-first-larger",
        "maxsf/3/tester-first-smaller",
    ] {
        fn allows(&self, value: u32) -> u32 { value.saturating_add(1) }
    }
    /// Allows one subflow less than a maximum says.
    "limit-allows-one-less" = AllowsOneLess fails [
        "maxsf/2/joins-up-to-maximum",
        "maxsf/2/repeat-changes-nothing",
        "maxsf/3/raised",
        "maxsf/3/target-first-equal",
        "maxsf/3/target-first-larger",
        "maxsf/3/target-first-smaller",
        "maxsf/3/tester-first-equal",
        "maxsf/3/tester-first-larger",
        "maxsf/3/tester-first-smaller",
        "maxsf/3/wrong-hmac-takes-no-place",
    ] {
        fn allows(&self, value: u32) -> u32 { value.saturating_sub(1).max(1) }
    }
    /// Takes the largest value of 24 bits for none.
    "limit-overflows-24-bits" = Overflows24 fails [
        "maxsf/2/largest-of-24-bits",
        "maxsf/3/tolerated-by-joins",
    ] {
        fn in_force(&self, maxima: Maxima) -> Option<u32> {
            if maxima.peer == Some(0x00ff_ffff) { Some(0) } else { smaller(maxima) }
        }
    }
    /// Takes the largest value of 32 bits for none.
    "limit-overflows-32-bits" = Overflows32 fails [
        "maxsf/2/largest-of-32-bits",
        "maxsf/3/tolerated-by-joins",
    ] {
        fn in_force(&self, maxima: Maxima) -> Option<u32> {
            if maxima.peer == Some(u32::MAX) { Some(0) } else { smaller(maxima) }
        }
    }
    /// Takes values from 2^31 on for negative.
    "limit-signed" = Signed fails [
        "maxsf/2/half-of-32-bits",
        "maxsf/2/largest-of-32-bits",
        "maxsf/3/tolerated-by-joins",
    ] {
        fn in_force(&self, maxima: Maxima) -> Option<u32> {
            if maxima.peer.is_some_and(|peer| peer.cast_signed() < 0) {
                Some(0)
            } else {
                smaller(maxima)
            }
        }
    }
    /// Ignores a maximum that comes on another subflow than the first.
    "limit-ignores-joined" = IgnoresJoined fails ["maxsf/3/on-second-subflow"] {
        fn heeds_on_joined(&self) -> bool { false }
    }
    /// Takes the value of an option that says unknown.
    "limit-takes-returned" = TakesReturned fails ["maxsf/2/returned-sets-no-limit"] {
        fn heeds_returned(&self) -> bool { true }
    }
    /// Answers on a connection that fell back to TCP.
    "limit-answers-after-fallback" = AnswersAfterFallback fails ["maxsf/3/ignored-after-fallback"] {
        fn heeds_after_fallback(&self) -> bool { true }
    }
    /// Keeps the first maximum.
    "limit-keeps-first" = KeepsFirst fails [
        "maxsf/2/half-of-32-bits",
        "maxsf/2/largest-of-24-bits",
        "maxsf/2/largest-of-32-bits",
        "maxsf/2/layout-b-not-read-as-a",
        "maxsf/2/not-cut-to-24-bits",
        "maxsf/3/lowered",
        "maxsf/3/raised",
    ] {
        fn replaces(&self, earlier: u32, _: u32) -> u32 { earlier }
    }
    /// Keeps the smallest maximum.
    "limit-keeps-smallest" = KeepsSmallest fails [
        "maxsf/2/half-of-32-bits",
        "maxsf/2/largest-of-24-bits",
        "maxsf/2/largest-of-32-bits",
        "maxsf/2/layout-b-not-read-as-a",
        "maxsf/2/not-cut-to-24-bits",
        "maxsf/3/raised",
    ] {
        fn replaces(&self, earlier: u32, later: u32) -> u32 { earlier.min(later) }
    }
    /// Keeps the largest maximum.
    "limit-keeps-largest" = KeepsLargest fails ["maxsf/3/lowered"] {
        fn replaces(&self, earlier: u32, later: u32) -> u32 { earlier.max(later) }
    }
    /// Adds a repeated maximum to the earlier one.
    "limit-adds-repeats" = AddsRepeats fails ["maxsf/2/repeat-changes-nothing"] {
        fn replaces(&self, earlier: u32, later: u32) -> u32 {
            if earlier == later { later.saturating_add(1) } else { later }
        }
    }
    /// Adds different maxima.
    "limit-adds-different" = AddsDifferent fails [
        "maxsf/2/contradiction-within-bounds",
        "maxsf/3/lowered",
    ] {
        fn replaces(&self, earlier: u32, later: u32) -> u32 {
            if earlier == later { later } else { earlier.saturating_add(later) }
        }
    }
    /// Forgets a maximum after two seconds.
    "limit-forgets" = Forgets fails ["maxsf/3/omission-revokes-nothing"] {
        fn lifetime(&self) -> Option<Duration> { Some(Duration::from_secs(2)) }
    }
    /// Applies the maximum of the connection before.
    "limit-carries-over" = CarriesOver fails ["maxsf/3/nothing-carries-over"] {
        fn carries_over(&self) -> bool { true }
    }
    /// Resets the connection when another maximum is announced.
    "limit-resets-on-change" = ResetsOnChange fails [
        "maxsf/2/contradiction-does-no-harm",
        "maxsf/3/lowered-below-open",
        "maxsf/3/tolerated",
        "maxsf/4/flood-does-no-harm",
    ] {
        fn resets(&self, taken: Taken) -> Resets {
            let other = taken.before.is_some_and(|before| before != taken.value);
            if other { Resets::Connection } else { Resets::Nothing }
        }
    }
    /// Resets what is beyond a maximum.
    "limit-resets-excess" = ResetsExcess fails ["maxsf/2/zero-does-no-harm", "maxsf/3/late-first"] {
        fn resets(&self, taken: Taken) -> Resets { Resets::Beyond(taken.value.max(1)) }
    }
    /// Resets the connection after fifty options.
    "limit-resets-on-flood" = ResetsOnFlood fails ["maxsf/4/flood-does-no-harm"] {
        fn resets(&self, taken: Taken) -> Resets {
            if taken.nth > 50 { Resets::Connection } else { Resets::Nothing }
        }
    }
    /// Resets a subflow with the option on a bare acknowledgment.
    "limit-resets-on-ack" = ResetsOnAck fails [
        "maxsf/2/contradiction-does-no-harm",
        "maxsf/3/on-ack",
        "maxsf/3/on-duplicate-ack",
        "maxsf/3/tolerated",
        "maxsf/4/flood-does-no-harm",
    ] {
        fn resets(&self, taken: Taken) -> Resets {
            if taken.carrier == Carrier::Ack { Resets::Carrier } else { Resets::Nothing }
        }
    }
    /// Resets a subflow with the option beside data.
    "limit-resets-on-data" = ResetsOnData fails [
        "maxsf/2/zero-does-no-harm",
        "maxsf/3/late-first",
        "maxsf/3/on-data",
        "maxsf/3/tolerated",
    ] {
        fn resets(&self, taken: Taken) -> Resets {
            if taken.carrier == Carrier::Data { Resets::Carrier } else { Resets::Nothing }
        }
    }
    /// Resets a subflow with the option beside ADD_ADDR.
    "limit-resets-on-add-addr" = ResetsOnAddAddr fails ["maxsf/3/beside-add-addr"] {
        fn resets(&self, taken: Taken) -> Resets {
            if taken.carrier == Carrier::AddAddr { Resets::Carrier } else { Resets::Nothing }
        }
    }
    /// Resets a subflow with the option on the third ACK.
    "limit-resets-on-third" = ResetsOnThird fails ["maxsf/3/on-third-ack"] {
        fn resets(&self, taken: Taken) -> Resets {
            if taken.carrier == Carrier::Third { Resets::Carrier } else { Resets::Nothing }
        }
    }
    /// Drops a SYN or SYN/ACK that has the option.
    "limit-drops-syn" = DropsSyn fails [
        "maxsf/3/on-syn-ack",
        "maxsf/3/on-syn-before",
        "maxsf/3/on-syn-behind",
    ] {
        fn takes_syn(&self) -> bool { false }
    }
    /// Refuses joins for a maximum that no number of subflows reaches.
    "limit-refuses-after-largest" = RefusesAfterLargest fails [
        "maxsf/2/half-of-32-bits",
        "maxsf/2/largest-of-24-bits",
        "maxsf/2/largest-of-32-bits",
        "maxsf/2/layout-b-not-read-as-a",
        "maxsf/2/not-cut-to-24-bits",
        "maxsf/3/tolerated-by-joins",
    ] {
        fn in_force(&self, maxima: Maxima) -> Option<u32> {
            if maxima.peer.is_some_and(|peer| peer >= 0x00ff_ffff) {
                Some(1)
            } else {
                smaller(maxima)
            }
        }
    }
    /// Never answers an announcement.
    "limit-never-answers" = NeverAnswers fails [
        "maxsf/1/known",
        "maxsf/2/announcement-answered",
        "maxsf/2/layout-a-answered",
        "maxsf/2/layout-c-answered",
    ] {
        fn answers(&self, _: ExperimentFlags) -> bool { false }
    }
    /// Answers options that say unknown.
    "limit-answers-returned" = AnswersReturned fails [
        "exp/2/returns-not-answered",
        "maxsf/2/returned-not-answered",
    ] {
        fn answers(&self, flags: ExperimentFlags) -> bool {
            flags.synchronising() || flags.unknown()
        }
    }
    /// Answers with S=1, U=0, which asks for an answer again.
    "limit-answers-with-s" = AnswersWithS fails [
        "exp/3.7/positive-reply",
        "exp/2/positive-reply",
        "maxsf/2/announcement-answered",
    ] {
        fn answer_flags(&self, _: Negotiation) -> ExperimentFlags {
            ExperimentFlags(ExperimentFlags::SYNCHRONISING)
        }
    }
    /// Answers with a reserved bit set.
    "limit-answers-with-reserved" = AnswersWithReserved fails ["maxsf/2/flags-of-experiments"] {
        fn answer_flags(&self, negotiation: Negotiation) -> ExperimentFlags {
            ExperimentFlags(match negotiation {
                Negotiation::ExpOption00 => 0x1,
                Negotiation::Rfc6824bis => 0xd,
            })
        }
    }
    /// Answers in layout A whatever it was asked in.
    "limit-answers-in-a" = AnswersInA fails ["maxsf/2/layout-b", "maxsf/2/layout-c-answered"] {
        fn answer_layout(&self, _: MaxSubflowsLayout) -> MaxSubflowsLayout { MaxSubflowsLayout::A }
    }
    /// Answers in layout C whatever it was asked in.
    "limit-answers-in-c" = AnswersInC fails [
        "maxsf/2/layout-a",
        "maxsf/2/layout-a-answered",
        "maxsf/2/layout-b",
        "maxsf/2/same-value-on-every-connection",
    ] {
        fn answer_layout(&self, _: MaxSubflowsLayout) -> MaxSubflowsLayout { MaxSubflowsLayout::C }
    }
    /// Answers with the smaller value instead of its own.
    "limit-answers-with-smaller" = AnswersWithSmaller fails [
        "maxsf/2/same-value-on-every-connection",
    ] {
        fn answer_value(&self, own: Option<u32>, received: u32, _: MaxSubflowsLayout) -> u32 {
            own.map_or(received, |own| own.min(received))
        }
    }
    /// Answers with zero to a maximum of one.
    "limit-answers-zero" = AnswersZero fails [
        "maxsf/2/one-is-valid",
        "maxsf/2/zero-never-announced",
    ] {
        fn answer_value(&self, own: Option<u32>, received: u32, _: MaxSubflowsLayout) -> u32 {
            if received == 1 { 0 } else { own.unwrap_or(received) }
        }
    }
    /// Answers zero with zero.
    "limit-returns-zero" = ReturnsZero fails ["maxsf/2/zero-not-answered-with-zero"] {
        fn answer_to_invalid(&self) -> Option<u32> { Some(0) }
    }
    /// Sends every answer four times.
    "limit-answers-fourfold" = AnswersFourfold fails ["maxsf/4/flood-answered-once"] {
        fn answer_copies(&self) -> u32 { 4 }
    }
    /// Puts the value one octet too far to the left.
    "limit-shifts-value" = ShiftsValue fails [
        "maxsf/2/layout-a",
        "maxsf/2/layout-b",
        "maxsf/2/same-value-on-every-connection",
    ] {
        fn emit(&self, option: MaxSubflows, dialect: Dialect) -> Vec<u8> {
            emitted(MaxSubflows { value: option.value << 8, ..option }, dialect)
        }
    }
    /// Fills its options up to 12 octets.
    "limit-sends-overlong" = SendsOverlong fails [
        "exp/3.7/positive-reply",
        "exp/2/positive-reply",
        "maxsf/2/announcement-answered",
        "maxsf/2/layout-a-answered",
        "maxsf/2/layout-a-length",
        "maxsf/2/layout-b-length",
        "maxsf/2/layout-c-answered",
        "maxsf/3/announced-unasked",
    ] {
        fn emit(&self, option: MaxSubflows, dialect: Dialect) -> Vec<u8> {
            let mut octets = emitted(option, dialect);
            octets.resize(12, 0);
            octets[1] = 12;
            octets
        }
    }
    /// Sends another experiment ID than it receives.
    "limit-sends-other-experiment" = SendsOtherExperiment fails [
        "maxsf/1/known",
        "maxsf/2/announcement-answered",
        "maxsf/2/experiment-id",
        "maxsf/2/layout-a-answered",
        "maxsf/2/layout-c-answered",
        "maxsf/3/announced-unasked",
    ] {
        fn emit(&self, option: MaxSubflows, dialect: Dialect) -> Vec<u8> {
            emitted(MaxSubflows { exid: option.exid ^ 1, ..option }, dialect)
        }
    }
    /// Announces nothing by itself, though the operator wants it.
    "limit-never-announces" = NeverAnnounces fails ["maxsf/3/announced-unasked"] {
        fn announces(&self) -> bool { false }
    }
    /// Goes on announcing when the announcement came back.
    "limit-ignores-return" = IgnoresReturn fails ["maxsf/2/silent-after-return"] {
        fn heeds_return(&self) -> bool { false }
    }
    /// Puts its announcement in the place of MP_JOIN.
    "limit-displaces-join" = DisplacesJoin fails [
        "maxsf/3/join-not-displaced",
        "maxsf/3/target-first-equal",
        "maxsf/3/target-first-larger",
        "maxsf/3/target-first-smaller",
    ] {
        fn displaces_join(&self) -> bool { true }
    }
    /// Keeps to the peer's maximum only.
    "limit-forgets-own" = ForgetsOwn fails [
        "maxsf/3/acceptor-keeps-own-maximum",
        "maxsf/3/only-target-announces",
        "maxsf/3/opener-keeps-own-maximum",
        "maxsf/3/target-first-smaller",
        "maxsf/3/tester-first-larger",
    ] {
        fn in_force(&self, maxima: Maxima) -> Option<u32> { maxima.peer }
    }
    /// Keeps to its own maximum only, once it has announced one.
    "limit-forgets-peer" = ForgetsPeer fails [
        "maxsf/2/backup-counts",
        "maxsf/2/contradiction-within-bounds",
        "maxsf/2/every-layout-limits",
        "maxsf/2/first-subflow-counts",
        "maxsf/2/repeat-changes-nothing",
        "maxsf/2/zero-keeps-earlier-limit",
        "maxsf/3/acceptor-keeps-testers-maximum",
        "maxsf/3/lowered",
        "maxsf/3/no-opening-at-limit",
        "maxsf/3/omission-revokes-nothing",
        "maxsf/3/opener-in-storm",
        "maxsf/3/opener-keeps-testers-maximum",
        "maxsf/3/race-for-the-last",
        "maxsf/3/refused-with-reset",
        "maxsf/3/target-first-larger",
        "maxsf/3/tester-first-smaller",
    ] {
        fn in_force(&self, maxima: Maxima) -> Option<u32> { maxima.own.or(maxima.peer) }
    }
    /// Lets the larger of two maxima be in force.
    "limit-takes-larger" = TakesLarger fails [
        "maxsf/2/backup-counts",
        "maxsf/2/contradiction-within-bounds",
        "maxsf/2/every-layout-limits",
        "maxsf/2/first-subflow-counts",
        "maxsf/2/repeat-changes-nothing",
        "maxsf/2/zero-keeps-earlier-limit",
        "maxsf/3/acceptor-keeps-own-maximum",
        "maxsf/3/acceptor-keeps-testers-maximum",
        "maxsf/3/lowered",
        "maxsf/3/no-opening-at-limit",
        "maxsf/3/omission-revokes-nothing",
        "maxsf/3/opener-in-storm",
        "maxsf/3/opener-keeps-own-maximum",
        "maxsf/3/opener-keeps-testers-maximum",
        "maxsf/3/race-for-the-last",
        "maxsf/3/refused-with-reset",
        "maxsf/3/target-first-larger",
        "maxsf/3/target-first-smaller",
        "maxsf/3/tester-first-larger",
        "maxsf/3/tester-first-smaller",
    ] {
        fn in_force(&self, maxima: Maxima) -> Option<u32> { maxima.own.max(maxima.peer) }
    }
    /// Limits nothing when the two maxima are the same.
    "limit-ignores-equal" = IgnoresEqual fails [
        "maxsf/3/acceptor-keeps-equal-maximum",
        "maxsf/3/opener-keeps-equal-maximum",
        "maxsf/3/target-first-equal",
        "maxsf/3/tester-first-equal",
    ] {
        fn in_force(&self, maxima: Maxima) -> Option<u32> {
            smaller(maxima).filter(|_| maxima.own != maxima.peer)
        }
    }
    /// Keeps to the maximum that was announced first.
    "limit-takes-earlier" = TakesEarlier fails [
        "maxsf/3/acceptor-keeps-own-maximum",
        "maxsf/3/opener-keeps-own-maximum",
        "maxsf/3/target-first-larger",
        "maxsf/3/tester-first-larger",
    ] {
        fn in_force(&self, maxima: Maxima) -> Option<u32> {
            if maxima.own_first { maxima.own } else { maxima.peer }
        }
    }
    /// Limits nothing until both ends have announced a maximum.
    "limit-needs-both" = NeedsBoth fails [
        "maxsf/3/on-second-subflow",
        "maxsf/3/only-target-announces",
        "maxsf/3/only-tester-announces",
    ] {
        fn in_force(&self, maxima: Maxima) -> Option<u32> {
            maxima.own.zip(maxima.peer).map(|(own, peer)| own.min(peer))
        }
    }
    /// Takes a peer that announces nothing for one with a maximum of one.
    "limit-presumes-one" = PresumesOne fails [
        "exp/2/handshakes",
        "maxsf/3/absent-accepts-any-number",
        "maxsf/3/absent-opens-any-number",
        "rfc8684/3.1/token-of-key",
        "rfc8684/3.2/syn-ack-of-a-join",
    ] {
        fn presumed(&self) -> Option<u32> { Some(1) }
    }
    /// Accepts any number of subflows where no maximum is announced.
    "limit-without-ceiling" = WithoutCeiling fails ["maxsf/4/number-is-limited"] {
        fn ceiling(&self) -> u32 { u32::MAX }
    }
    /// Doesn't count backups.
    "limit-ignores-backups" = IgnoresBackups fails ["maxsf/2/backup-counts"] {
        fn counted(&self, census: Census, stage: Stage) -> u32 {
            counted(census, stage).saturating_sub(census.backups)
        }
    }
    /// Counts joins that failed.
    "limit-counts-failed" = CountsFailed fails [
        "maxsf/3/raised",
        "maxsf/3/wrong-hmac-takes-no-place",
    ] {
        fn counted(&self, census: Census, stage: Stage) -> u32 {
            counted(census, stage) + census.failed
        }
    }
    /// Counts joins of the peer before they are complete.
    "limit-counts-incomplete" = CountsIncomplete fails ["maxsf/3/abandoned-takes-no-place"] {
        fn counted(&self, census: Census, stage: Stage) -> u32 {
            let third = u32::from(stage == Stage::Third);
            census.established + census.joining.saturating_sub(third)
        }
    }
    /// Goes on counting subflows that were reset.
    "limit-counts-reset" = CountsReset fails ["maxsf/3/freed-by-reset"] {
        fn counted(&self, census: Census, stage: Stage) -> u32 {
            counted(census, stage) + census.reset
        }
    }
    /// Goes on counting subflows that were closed.
    "limit-counts-closed" = CountsClosed fails [
        "maxsf/3/freed-by-fin",
        "maxsf/3/freed-in-time-wait",
    ] {
        fn counted(&self, census: Census, stage: Stage) -> u32 {
            counted(census, stage) + census.ended - census.reset
        }
    }
    /// Counts subflows that are in TIME_WAIT.
    "limit-counts-time-wait" = CountsTimeWait fails ["maxsf/3/freed-in-time-wait"] {
        fn counted(&self, census: Census, stage: Stage) -> u32 {
            counted(census, stage) + census.lingering
        }
    }
    /// Counts the subflows of all connections.
    "limit-counts-everywhere" = CountsEverywhere fails ["maxsf/3/per-connection"] {
        fn counted(&self, census: Census, stage: Stage) -> u32 {
            counted(census, stage) + census.elsewhere
        }
    }
    /// Doesn't count its own joins before they are complete.
    "limit-forgets-own-joins" = ForgetsOwnJoins fails ["maxsf/3/opener-in-storm"] {
        fn counted(&self, census: Census, _: Stage) -> u32 { census.established }
    }
    /// Accepts joins beyond the limit.
    "limit-accepts-beyond" = AcceptsBeyond fails [
        "maxsf/2/backup-counts",
        "maxsf/2/contradiction-within-bounds",
        "maxsf/2/every-layout-limits",
        "maxsf/2/first-subflow-counts",
        "maxsf/2/repeat-changes-nothing",
        "maxsf/2/zero-keeps-earlier-limit",
        "maxsf/3/acceptor-keeps-equal-maximum",
        "maxsf/3/acceptor-keeps-own-maximum",
        "maxsf/3/acceptor-keeps-testers-maximum",
        "maxsf/3/lowered",
        "maxsf/3/omission-revokes-nothing",
        "maxsf/3/on-second-subflow",
        "maxsf/3/only-target-announces",
        "maxsf/3/only-tester-announces",
        "maxsf/3/race-for-the-last",
        "maxsf/3/refused-with-reset",
        "maxsf/3/target-first-equal",
        "maxsf/3/target-first-larger",
        "maxsf/3/target-first-smaller",
        "maxsf/3/tester-first-equal",
        "maxsf/3/tester-first-larger",
        "maxsf/3/tester-first-smaller",
    ] {
        fn enforces(&self, stage: Stage) -> bool { stage == Stage::Opening }
    }
    /// Opens subflows beyond the limit.
    "limit-opens-beyond" = OpensBeyond fails [
        "maxsf/2/backup-counts",
        "maxsf/2/contradiction-within-bounds",
        "maxsf/2/every-layout-limits",
        "maxsf/2/first-subflow-counts",
        "maxsf/2/repeat-changes-nothing",
        "maxsf/2/zero-keeps-earlier-limit",
        "maxsf/3/lowered",
        "maxsf/3/no-opening-at-limit",
        "maxsf/3/omission-revokes-nothing",
        "maxsf/3/on-second-subflow",
        "maxsf/3/only-tester-announces",
        "maxsf/3/opener-in-storm",
        "maxsf/3/opener-keeps-equal-maximum",
        "maxsf/3/opener-keeps-own-maximum",
        "maxsf/3/opener-keeps-testers-maximum",
        "maxsf/3/target-first-equal",
        "maxsf/3/target-first-larger",
        "maxsf/3/target-first-smaller",
        "maxsf/3/tester-first-equal",
        "maxsf/3/tester-first-larger",
        "maxsf/3/tester-first-smaller",
    ] {
        fn enforces(&self, stage: Stage) -> bool { stage != Stage::Opening }
    }
    /// Looks at the limit when a join begins only.
    "limit-looks-at-syn-only" = LooksAtSynOnly fails ["maxsf/3/race-for-the-last"] {
        fn enforces(&self, stage: Stage) -> bool { stage != Stage::Third }
    }
    /// Refuses a join beyond the limit by silence.
    "limit-refuses-silently" = RefusesSilently fails ["maxsf/3/refused-with-reset"] {
        fn refusal(&self) -> Refusal { Refusal::Silence }
    }
    /// Refuses a join beyond the limit for unacceptable performance.
    "limit-refuses-for-performance" = RefusesForPerformance fails ["maxsf/3/reason-of-refusal"] {
        fn refusal(&self) -> Refusal { Refusal::Reset { reason: Some(0x05) } }
    }
    /// Resets all subflows when it refuses one.
    "limit-refuses-all" = RefusesAll fails ["maxsf/3/refusal-does-no-harm"] {
        fn refusal(&self) -> Refusal { Refusal::ResetAll }
    }
    /// Doesn't echo ADD_ADDR when the limit is reached.
    "limit-swallows-add-addr" = SwallowsAddAddr fails ["maxsf/3/echo-at-limit"] {
        fn echoes_at_limit(&self) -> bool { false }
    }
}
