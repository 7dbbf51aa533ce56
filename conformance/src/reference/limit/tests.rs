use std::time::Duration;

use mpdissect::wire::mptcp::{ExperimentFlags, MaxSubflows, MaxSubflowsLayout, MptcpOption};

use super::{
    Carrier, Census, LimitArrival, LimitConfig, Limiter, Reaction, Refusal, Resets, Stage,
};
use crate::plan::{Negotiation, Plan};
use crate::policy::Conformant;

const NOW: Duration = Duration::from_millis(100);

fn config() -> LimitConfig {
    LimitConfig::new(&Plan::default())
}

fn limiter(config: LimitConfig) -> Limiter {
    Limiter::new(&Conformant, config)
}

fn option(flags: u8, value: u32) -> MaxSubflows {
    let flags = ExperimentFlags(flags);
    MaxSubflows { flags, layout: MaxSubflowsLayout::A, exid: 0x00aa, value }
}

fn hears(limiter: &mut Limiter, option: MaxSubflows) -> Reaction {
    let arrival = LimitArrival { carrier: Carrier::Ack, first: true, now: NOW };
    limiter.received(&Conformant, option, arrival)
}

fn accepts(limiter: &Limiter, established: u32) -> bool {
    let census = Census { established, ..Census::default() };
    limiter.accepts(&Conformant, census, Stage::Syn, NOW).is_ok()
}

fn room(limiter: &Limiter) -> Option<u32> {
    (1..40).find(|&established| !accepts(limiter, established))
}

#[test]
fn answers_in_the_layout_that_it_was_asked_in() {
    let layouts = [
        (vec![30, 8, 0xf8, 0x00, 0xaa, 0, 0, 4], vec![30, 8, 0xf0, 0x00, 0xaa, 0, 0, 3]),
        (vec![30, 8, 0xf8, 0xaa, 0, 0, 0, 4], vec![30, 8, 0xf0, 0xaa, 0, 0, 0, 3]),
        (vec![30, 9, 0xf8, 0x00, 0xaa, 0, 0, 0, 4], vec![30, 9, 0xf0, 0x00, 0xaa, 0, 0, 0, 3]),
    ];
    for (asked, expected) in layouts {
        let mut limiter = limiter(config());
        let read = limiter.read(&Conformant, &asked).expect("it is one");
        let reaction = hears(&mut limiter, read);
        assert_eq!(reaction, Reaction { answer: Some(expected), resets: Resets::Nothing });
        assert_eq!(room(&limiter), Some(3));
    }
}

#[test]
fn says_yes_as_negotiated() {
    let negotiation = Negotiation::Rfc6824bis;
    let mut limiter = limiter(LimitConfig { negotiation, ..config() });
    let answer = hears(&mut limiter, option(8, 4)).answer.expect("S=1 asks for it");
    assert_eq!(answer.get(2), Some(&0xfc));
    assert_eq!(hears(&mut limiter, option(0xc, 2)).answer, None);
}

#[test]
fn reads_nothing_from_other_lengths_and_experiments() {
    let limiter = limiter(config());
    for octets in [
        &[30, 5, 0xf8, 0x00, 0xaa][..],
        &[30, 7, 0xf8, 0x00, 0xaa, 0, 1],
        &[30, 10, 0xf8, 0x00, 0xaa, 0, 0, 1, 0, 0],
        &[30, 8, 0xf8, 0x00, 0xab, 0, 0, 1],
        &[30, 8, 0xf8, 0xab, 0, 0, 0, 1],
    ] {
        assert_eq!(limiter.read(&Conformant, octets), None, "{octets:02x?}");
    }
}

#[test]
fn the_smaller_maximum_is_in_force_once_both_are_known() {
    for (peer, expected) in [(1, 1), (2, 2), (3, 3), (9, 3), (u32::MAX, 3)] {
        let mut limiter = limiter(config());
        // The own maximum isn't in force before the peer was told.
        assert_eq!(room(&limiter), Some(32));
        hears(&mut limiter, option(8, peer));
        assert_eq!(room(&limiter), Some(expected), "{peer}");
    }
}

#[test]
fn without_an_own_maximum_the_answer_is_any_number() {
    let mut limiter = limiter(LimitConfig { own: None, ..config() });
    let answer = hears(&mut limiter, option(8, 5)).answer.expect("S=1 asks for it");
    assert_eq!(answer, [30, 8, 0xf0, 0x00, 0xaa, 0xff, 0xff, 0xff]);
    assert_eq!(room(&limiter), Some(5));
}

#[test]
fn zero_is_as_if_nothing_had_come() {
    let mut limiter = limiter(config());
    hears(&mut limiter, option(0, 2));
    assert_eq!(hears(&mut limiter, option(8, 0)), Reaction::default());
    assert_eq!(room(&limiter), Some(2));
}

#[test]
fn a_later_value_replaces_an_earlier_one() {
    let mut limiter = limiter(config());
    for value in [2, 1, 5] {
        hears(&mut limiter, option(0, value));
        assert_eq!(room(&limiter), Some(value));
    }
}

#[test]
fn own_joins_count_before_they_are_complete_and_those_of_the_peer_behind() {
    let mut limiter = limiter(config());
    hears(&mut limiter, option(0, 2));
    let census = Census { established: 1, joining: 1, failed: 9, ended: 9, ..Census::default() };
    assert!(!limiter.may_open(&Conformant, census, NOW));
    assert!(limiter.accepts(&Conformant, census, Stage::Third, NOW).is_ok());
    let full = Census { established: 2, ..census };
    let refused = limiter.accepts(&Conformant, full, Stage::Third, NOW);
    assert_eq!(refused, Err(Refusal::Reset { reason: Some(3) }));
}

/// When an announcement is sent, until nothing is due any more.
fn sent(limiter: &mut Limiter) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut now = Duration::ZERO;
    while let Some(at) = limiter.next_wake() {
        now = now.max(at);
        let octets = limiter.wake(&Conformant, now).expect("it is due");
        let expected = option(8, 3);
        assert_eq!(limiter.read(&Conformant, &octets), Some(expected));
        times.push(now);
    }
    times
}

#[test]
fn an_announcement_is_repeated_so_often() {
    let mut limiter = limiter(LimitConfig { announces: true, ..config() });
    let times = sent(&mut limiter);
    let expected = [0, 500, 1500, 3500, 5500, 7500, 9500, 11_500, 13_500, 15_500];
    assert_eq!(times, expected.map(Duration::from_millis));
    assert_eq!(room(&limiter), Some(3));
}

#[test]
fn an_answer_ends_the_repetition_and_a_return_all_of_it() {
    let announces = LimitConfig { announces: true, ..config() };
    let mut answered = limiter(announces);
    assert!(answered.wake(&Conformant, Duration::ZERO).is_some());
    // The peer's own question is no answer.
    hears(&mut answered, option(8, 2));
    assert!(answered.next_wake().is_some());
    hears(&mut answered, option(0, 2));
    assert_eq!((answered.next_wake(), room(&answered)), (None, Some(2)));

    let mut returned = limiter(announces);
    hears(&mut returned, option(0, 2));
    assert!(returned.wake(&Conformant, Duration::ZERO).is_some());
    hears(&mut returned, option(4, 3));
    assert_eq!((returned.next_wake(), room(&returned)), (None, Some(3)));
    assert_eq!(returned.peer_maximum(), None);
    assert_eq!(hears(&mut returned, option(8, 2)), Reaction::default());
}

#[test]
fn what_says_unknown_is_never_answered_and_says_nothing() {
    for flags in [0x4, 0xc] {
        for negotiation in [Negotiation::ExpOption00, Negotiation::Rfc6824bis] {
            let mut limiter = limiter(LimitConfig { negotiation, ..config() });
            assert_eq!(hears(&mut limiter, option(flags, 1)), Reaction::default());
            assert_eq!(room(&limiter), Some(32));
        }
    }
}

#[test]
fn layouts_and_values_survive_the_wire() {
    for layout in [MaxSubflowsLayout::A, MaxSubflowsLayout::B, MaxSubflowsLayout::C] {
        let exid = 0x00aa;
        let sent = MaxSubflows { layout, exid, ..option(8, layout.max()) };
        let octets = MptcpOption::MaxSubflows(sent).emit(config().dialect);
        let read = limiter(config()).read(&Conformant, octets.as_slice());
        assert_eq!(read, Some(sent));
    }
}
