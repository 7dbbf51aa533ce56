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
    "limit-unaware-of-layout-a" = UnawareOfA fails [] {
        fn read(&self, option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
            parsed(option, dialect).filter(|it| it.layout != MaxSubflowsLayout::A)
        }
    }
    /// Doesn't know Maximum Subflows in layout C.
    "limit-unaware-of-layout-c" = UnawareOfC fails [] {
        fn read(&self, option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
            parsed(option, dialect).filter(|it| it.layout != MaxSubflowsLayout::C)
        }
    }
    /// Reads the last 24 bits of layout B only.
    "limit-reads-b-as-a" = ReadsBAsA fails [] {
        fn read(&self, option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
            let it = parsed(option, dialect)?;
            let value = if it.layout == MaxSubflowsLayout::B { it.value & 0x00ff_ffff } else { it.value };
            Some(MaxSubflows { value, ..it })
        }
    }
    /// Reads the last 24 bits of layout C only.
    "limit-cuts-layout-c" = CutsC fails [] {
        fn read(&self, option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
            let it = parsed(option, dialect)?;
            let value = if it.layout == MaxSubflowsLayout::C { it.value & 0x00ff_ffff } else { it.value };
            Some(MaxSubflows { value, ..it })
        }
    }
    /// Reads layout A as if its value had 32 bits, the first of which are those of its ID.
    "limit-reads-a-as-b" = ReadsAAsB fails [] {
        fn read(&self, option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
            let it = parsed(option, dialect)?;
            let id = u32::from(it.exid & 0xff) << 24;
            let value = if it.layout == MaxSubflowsLayout::A { it.value | id } else { it.value };
            Some(MaxSubflows { value, ..it })
        }
    }
    /// Takes a maximum from an option of any experiment.
    "limit-takes-any-experiment" = TakesAnyExperiment fails [] {
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
    "limit-takes-truncated" = TakesTruncated fails [] {
        fn read(&self, option: &[u8], dialect: Dialect) -> Option<MaxSubflows> {
            let short = || lenient(option, dialect).filter(|_| option.len() < 8);
            parsed(option, dialect).or_else(short)
        }
    }
    /// Takes a maximum from an option that is too long.
    "limit-takes-overlong" = TakesOverlong fails [] {
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
    "limit-minds-reserved-bits" = MindsReserved fails [] {
        fn ignores_reserved(&self) -> bool { false }
    }
    /// Takes zero for a maximum.
    "limit-takes-zero" = TakesZero fails [] {
        fn accepts_value(&self, value: u32) -> Option<u32> { Some(value) }
    }
    /// Takes zero for any number.
    "limit-lifted-by-zero" = LiftedByZero fails [] {
        fn accepts_value(&self, value: u32) -> Option<u32> {
            Some(if value == 0 { u32::MAX } else { value })
        }
    }
    /// Resets the subflow that brought a zero.
    "limit-resets-on-zero" = ResetsOnZero fails [] {
        fn resets(&self, taken: Taken) -> Resets {
            if taken.value == 0 { Resets::Carrier } else { Resets::Nothing }
        }
    }
    /// Takes one for invalid.
    "limit-rejects-one" = RejectsOne fails [] {
        fn accepts_value(&self, value: u32) -> Option<u32> { (value > 1).then_some(value) }
    }
    /// Counts the subflows beside the first one only.
    "limit-counts-additional" = CountsAdditional fails [] {
        fn allows(&self, value: u32) -> u32 { value.saturating_add(1) }
    }
    /// Allows one subflow less than a maximum says.
    "limit-allows-one-less" = AllowsOneLess fails [] {
        fn allows(&self, value: u32) -> u32 { value.saturating_sub(1).max(1) }
    }
    /// Takes the largest value of 24 bits for none.
    "limit-overflows-24-bits" = Overflows24 fails [] {
        fn allows(&self, value: u32) -> u32 { if value == 0x00ff_ffff { 0 } else { value } }
    }
    /// Takes the largest value of 32 bits for none.
    "limit-overflows-32-bits" = Overflows32 fails [] {
        fn allows(&self, value: u32) -> u32 { value.wrapping_add(1).saturating_sub(1) }
    }
    /// Takes values from 2^31 on for negative.
    "limit-signed" = Signed fails [] {
        fn allows(&self, value: u32) -> u32 { if value > 0x7fff_ffff { 0 } else { value } }
    }
    /// Ignores a maximum that comes on another subflow than the first.
    "limit-ignores-joined" = IgnoresJoined fails [] {
        fn heeds_on_joined(&self) -> bool { false }
    }
    /// Takes the value of an option that says unknown.
    "limit-takes-returned" = TakesReturned fails [] {
        fn heeds_returned(&self) -> bool { true }
    }
    /// Answers on a connection that fell back to TCP.
    "limit-answers-after-fallback" = AnswersAfterFallback fails [] {
        fn heeds_after_fallback(&self) -> bool { true }
    }
    /// Keeps the first maximum.
    "limit-keeps-first" = KeepsFirst fails [] {
        fn replaces(&self, earlier: u32, _: u32) -> u32 { earlier }
    }
    /// Keeps the smallest maximum.
    "limit-keeps-smallest" = KeepsSmallest fails [] {
        fn replaces(&self, earlier: u32, later: u32) -> u32 { earlier.min(later) }
    }
    /// Keeps the largest maximum.
    "limit-keeps-largest" = KeepsLargest fails [] {
        fn replaces(&self, earlier: u32, later: u32) -> u32 { earlier.max(later) }
    }
    /// Adds a repeated maximum to the earlier one.
    "limit-adds-repeats" = AddsRepeats fails [] {
        fn replaces(&self, earlier: u32, later: u32) -> u32 {
            if earlier == later { later.saturating_add(1) } else { later }
        }
    }
    /// Adds different maxima.
    "limit-adds-different" = AddsDifferent fails [] {
        fn replaces(&self, earlier: u32, later: u32) -> u32 {
            if earlier == later { later } else { earlier.saturating_add(later) }
        }
    }
    /// Forgets a maximum after two seconds.
    "limit-forgets" = Forgets fails [] {
        fn lifetime(&self) -> Option<Duration> { Some(Duration::from_secs(2)) }
    }
    /// Applies the maximum of the connection before.
    "limit-carries-over" = CarriesOver fails [] {
        fn carries_over(&self) -> bool { true }
    }
    /// Resets the connection when another maximum is announced.
    "limit-resets-on-change" = ResetsOnChange fails [] {
        fn resets(&self, taken: Taken) -> Resets {
            let other = taken.before.is_some_and(|before| before != taken.value);
            if other { Resets::Connection } else { Resets::Nothing }
        }
    }
    /// Resets what is beyond a maximum.
    "limit-resets-excess" = ResetsExcess fails [] {
        fn resets(&self, taken: Taken) -> Resets { Resets::Beyond(taken.value.max(1)) }
    }
    /// Resets the connection after fifty options.
    "limit-resets-on-flood" = ResetsOnFlood fails [] {
        fn resets(&self, taken: Taken) -> Resets {
            if taken.nth > 50 { Resets::Connection } else { Resets::Nothing }
        }
    }
    /// Resets a subflow with the option on a bare acknowledgment.
    "limit-resets-on-ack" = ResetsOnAck fails [] {
        fn resets(&self, taken: Taken) -> Resets {
            if taken.carrier == Carrier::Ack { Resets::Carrier } else { Resets::Nothing }
        }
    }
    /// Resets a subflow with the option beside data.
    "limit-resets-on-data" = ResetsOnData fails [] {
        fn resets(&self, taken: Taken) -> Resets {
            if taken.carrier == Carrier::Data { Resets::Carrier } else { Resets::Nothing }
        }
    }
    /// Resets a subflow with the option beside ADD_ADDR.
    "limit-resets-on-add-addr" = ResetsOnAddAddr fails [] {
        fn resets(&self, taken: Taken) -> Resets {
            if taken.carrier == Carrier::AddAddr { Resets::Carrier } else { Resets::Nothing }
        }
    }
    /// Resets a subflow with the option on the third ACK.
    "limit-resets-on-third" = ResetsOnThird fails [] {
        fn resets(&self, taken: Taken) -> Resets {
            if taken.carrier == Carrier::Third { Resets::Carrier } else { Resets::Nothing }
        }
    }
    /// Overlooks MP_CAPABLE when the option stands beside it on the SYN or SYN/ACK.
    "limit-falls-back-on-syn" = FallsBackOnSyn fails [] {
        fn survives_on_syn(&self) -> bool { false }
    }
    /// Refuses joins for a maximum that no number of subflows reaches.
    "limit-refuses-after-largest" = RefusesAfterLargest fails [] {
        fn allows(&self, value: u32) -> u32 { if value >= 0x00ff_ffff { 1 } else { value } }
    }
    /// Never answers an announcement.
    "limit-never-answers" = NeverAnswers fails [] {
        fn answers(&self, _: ExperimentFlags) -> bool { false }
    }
    /// Answers options that say unknown.
    "limit-answers-returned" = AnswersReturned fails [] {
        fn answers(&self, flags: ExperimentFlags) -> bool {
            flags.synchronising() || flags.unknown()
        }
    }
    /// Answers with S=1, U=0, which asks for an answer again.
    "limit-answers-with-s" = AnswersWithS fails [] {
        fn answer_flags(&self, _: Negotiation) -> ExperimentFlags {
            ExperimentFlags(ExperimentFlags::SYNCHRONISING)
        }
    }
    /// Answers with a reserved bit set.
    "limit-answers-with-reserved" = AnswersWithReserved fails [] {
        fn answer_flags(&self, negotiation: Negotiation) -> ExperimentFlags {
            ExperimentFlags(match negotiation {
                Negotiation::ExpOption00 => 0x1,
                Negotiation::Rfc6824bis => 0xd,
            })
        }
    }
    /// Answers in layout A whatever it was asked in.
    "limit-answers-in-a" = AnswersInA fails [] {
        fn answer_layout(&self, _: MaxSubflowsLayout) -> MaxSubflowsLayout { MaxSubflowsLayout::A }
    }
    /// Answers in layout C whatever it was asked in.
    "limit-answers-in-c" = AnswersInC fails [] {
        fn answer_layout(&self, _: MaxSubflowsLayout) -> MaxSubflowsLayout { MaxSubflowsLayout::C }
    }
    /// Answers with the smaller value instead of its own.
    "limit-answers-with-smaller" = AnswersWithSmaller fails [] {
        fn answer_value(&self, own: Option<u32>, received: u32, _: MaxSubflowsLayout) -> u32 {
            own.map_or(received, |own| own.min(received))
        }
    }
    /// Answers with zero to a maximum of one.
    "limit-answers-zero" = AnswersZero fails [] {
        fn answer_value(&self, own: Option<u32>, received: u32, _: MaxSubflowsLayout) -> u32 {
            if received == 1 { 0 } else { own.unwrap_or(received) }
        }
    }
    /// Answers zero with zero.
    "limit-returns-zero" = ReturnsZero fails [] {
        fn answer_to_invalid(&self) -> Option<u32> { Some(0) }
    }
    /// Sends every answer four times.
    "limit-answers-fourfold" = AnswersFourfold fails [] {
        fn answer_copies(&self) -> u32 { 4 }
    }
    /// Puts the value one octet too far to the left.
    "limit-shifts-value" = ShiftsValue fails [] {
        fn emit(&self, option: MaxSubflows, dialect: Dialect) -> Vec<u8> {
            emitted(MaxSubflows { value: option.value << 8, ..option }, dialect)
        }
    }
    /// Fills its options up to 12 octets.
    "limit-sends-overlong" = SendsOverlong fails [] {
        fn emit(&self, option: MaxSubflows, dialect: Dialect) -> Vec<u8> {
            let mut octets = emitted(option, dialect);
            octets.resize(12, 0);
            octets[1] = 12;
            octets
        }
    }
    /// Sends another experiment ID than it receives.
    "limit-sends-other-experiment" = SendsOtherExperiment fails [] {
        fn emit(&self, option: MaxSubflows, dialect: Dialect) -> Vec<u8> {
            emitted(MaxSubflows { exid: option.exid ^ 1, ..option }, dialect)
        }
    }
    /// Announces nothing by itself, though the operator wants it.
    "limit-never-announces" = NeverAnnounces fails [] {
        fn announces(&self) -> bool { false }
    }
    /// Goes on announcing when the announcement came back.
    "limit-ignores-return" = IgnoresReturn fails [] {
        fn heeds_return(&self) -> bool { false }
    }
    /// Puts its announcement in the place of MP_JOIN.
    "limit-displaces-join" = DisplacesJoin fails [] {
        fn displaces_join(&self) -> bool { true }
    }
    /// Keeps to the peer's maximum only.
    "limit-forgets-own" = ForgetsOwn fails [] {
        fn in_force(&self, maxima: Maxima) -> Option<u32> { maxima.peer }
    }
    /// Keeps to its own maximum only, once it has announced one.
    "limit-forgets-peer" = ForgetsPeer fails [] {
        fn in_force(&self, maxima: Maxima) -> Option<u32> { maxima.own.or(maxima.peer) }
    }
    /// Lets the larger of two maxima be in force.
    "limit-takes-larger" = TakesLarger fails [] {
        fn in_force(&self, maxima: Maxima) -> Option<u32> { maxima.own.max(maxima.peer) }
    }
    /// Limits nothing when the two maxima are the same.
    "limit-ignores-equal" = IgnoresEqual fails [] {
        fn in_force(&self, maxima: Maxima) -> Option<u32> {
            if maxima.own == maxima.peer {
                None
            } else {
                maxima.own.min(maxima.peer).or(maxima.own).or(maxima.peer)
            }
        }
    }
    /// Keeps to the maximum that was announced first.
    "limit-takes-earlier" = TakesEarlier fails [] {
        fn in_force(&self, maxima: Maxima) -> Option<u32> {
            if maxima.own_first { maxima.own } else { maxima.peer }
        }
    }
    /// Limits nothing until both ends have announced a maximum.
    "limit-needs-both" = NeedsBoth fails [] {
        fn in_force(&self, maxima: Maxima) -> Option<u32> {
            maxima.own.zip(maxima.peer).map(|(own, peer)| own.min(peer))
        }
    }
    /// Takes a peer that announces nothing for one with a maximum of one.
    "limit-presumes-one" = PresumesOne fails [] {
        fn presumed(&self) -> Option<u32> { Some(1) }
    }
    /// Accepts any number of subflows where no maximum is announced.
    "limit-without-ceiling" = WithoutCeiling fails [] {
        fn ceiling(&self) -> u32 { u32::MAX }
    }
    /// Doesn't count backups.
    "limit-ignores-backups" = IgnoresBackups fails [] {
        fn counted(&self, census: Census, stage: Stage) -> u32 {
            counted(census, stage).saturating_sub(census.backups)
        }
    }
    /// Counts joins that failed.
    "limit-counts-failed" = CountsFailed fails [] {
        fn counted(&self, census: Census, stage: Stage) -> u32 {
            counted(census, stage) + census.failed
        }
    }
    /// Counts joins of the peer before they are complete.
    "limit-counts-incomplete" = CountsIncomplete fails [] {
        fn counted(&self, census: Census, stage: Stage) -> u32 {
            let third = u32::from(stage == Stage::Third);
            census.established + census.joining.saturating_sub(third)
        }
    }
    /// Goes on counting subflows that were reset.
    "limit-counts-reset" = CountsReset fails [] {
        fn counted(&self, census: Census, stage: Stage) -> u32 {
            counted(census, stage) + census.reset
        }
    }
    /// Goes on counting subflows that were closed.
    "limit-counts-closed" = CountsClosed fails [] {
        fn counted(&self, census: Census, stage: Stage) -> u32 {
            counted(census, stage) + census.ended - census.reset
        }
    }
    /// Counts subflows that are in TIME_WAIT.
    "limit-counts-time-wait" = CountsTimeWait fails [] {
        fn counted(&self, census: Census, stage: Stage) -> u32 {
            counted(census, stage) + census.lingering
        }
    }
    /// Counts the subflows of all connections.
    "limit-counts-everywhere" = CountsEverywhere fails [] {
        fn counted(&self, census: Census, stage: Stage) -> u32 {
            counted(census, stage) + census.elsewhere
        }
    }
    /// Doesn't count its own joins before they are complete.
    "limit-forgets-own-joins" = ForgetsOwnJoins fails [] {
        fn counted(&self, census: Census, _: Stage) -> u32 { census.established }
    }
    /// Accepts joins beyond the limit.
    "limit-accepts-beyond" = AcceptsBeyond fails [] {
        fn enforces(&self, stage: Stage) -> bool { stage == Stage::Opening }
    }
    /// Opens subflows beyond the limit.
    "limit-opens-beyond" = OpensBeyond fails [] {
        fn enforces(&self, stage: Stage) -> bool { stage != Stage::Opening }
    }
    /// Looks at the limit when a join begins only.
    "limit-looks-at-syn-only" = LooksAtSynOnly fails [] {
        fn enforces(&self, stage: Stage) -> bool { stage != Stage::Third }
    }
    /// Refuses a join beyond the limit by silence.
    "limit-refuses-silently" = RefusesSilently fails [] {
        fn refusal(&self) -> Refusal { Refusal::Silence }
    }
    /// Refuses a join beyond the limit for middlebox interference.
    "limit-refuses-for-middlebox" = RefusesForMiddlebox fails [] {
        fn refusal(&self) -> Refusal { Refusal::Reset { reason: Some(0x06) } }
    }
    /// Resets all subflows when it refuses one.
    "limit-refuses-all" = RefusesAll fails [] {
        fn refusal(&self) -> Refusal { Refusal::ResetAll }
    }
    /// Doesn't echo ADD_ADDR when the limit is reached.
    "limit-swallows-add-addr" = SwallowsAddAddr fails [] {
        fn echoes_at_limit(&self) -> bool { false }
    }
}
