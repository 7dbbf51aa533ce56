use std::time::Duration;

use mpdissect::wire::mptcp::{ExperimentFlags, Experimental};

use super::{ExperimentArrival, Experiments};
use crate::plan::Negotiation;
use crate::policy::Conformant;

const S: u8 = ExperimentFlags::SYNCHRONISING;
const U: u8 = ExperimentFlags::UNKNOWN;
const KNOWN: u16 = 0x4321;

fn host() -> Experiments {
    Experiments::new(Negotiation::ExpOption00)
}

fn on_ack() -> ExperimentArrival {
    ExperimentArrival::default()
}

fn says(host: &mut Experiments, option: &[u8]) -> Option<Vec<u8>> {
    host.received(&Conformant, option, on_ack())
}

fn sent(host: &mut Experiments) -> Vec<Experimental> {
    let mut sent = Vec::new();
    while let Some(now) = host.next_wake() {
        sent.extend(std::iter::from_fn(|| host.wake(&Conformant, now)));
    }
    sent
}

/// An option that says something about the experiment that [`asking`] asks for.
fn about(flags: u8) -> [u8; 5] {
    let [high, low] = KNOWN.to_be_bytes();
    [30, 5, 0xf0 | flags, high, low]
}

fn asking() -> Experiments {
    let mut host = host();
    host.order(&Conformant, KNOWN, Duration::ZERO);
    let first = host.wake(&Conformant, Duration::ZERO).expect("a probe");
    assert_eq!((first.flags.0, first.exid), (S, KNOWN));
    host
}

#[test]
fn unknown_experiments_come_back() {
    let cases: &[(&[u8], &[u8])] = &[
        (&[30, 5, 0xf8, 0x12, 0x34], &[30, 5, 0xf4, 0x12, 0x34]),
        (&[30, 7, 0xf8, 0x12, 0x34, 0xab, 0xcd], &[30, 7, 0xf4, 0x12, 0x34, 0xab, 0xcd]),
        (&[30, 5, 0xf0, 0x12, 0x34], &[30, 5, 0xf4, 0x12, 0x34]),
        (&[30, 6, 0xfb, 0xff, 0xff, 0x01], &[30, 6, 0xf4, 0xff, 0xff, 0x01]),
    ];
    for (option, answer) in cases {
        assert_eq!(says(&mut host(), option).as_deref(), Some(*answer), "{option:02x?}");
    }
    let whole = [&[30, 40, 0xf8, 0, 0][..], &[7; 35]].concat();
    assert_eq!(says(&mut host(), &whole).expect("an answer").get(5..), whole.get(5..));
}

#[test]
fn what_must_not_be_answered_is_not() {
    let silent: &[&[u8]] = &[
        &[30, 3, 0xf8],
        &[30, 4, 0xf8, 0x12],
        &[30, 5, 0xf4, 0x12, 0x34],
        &[30, 5, 0xfc, 0x12, 0x34],
        &[],
        &[30],
    ];
    for option in silent {
        assert_eq!(says(&mut host(), option), None, "{option:02x?}");
    }
    let probe = [30, 5, 0xf8, 0x12, 0x34];
    for arrival in
        [ExperimentArrival { syn: true, ..on_ack() }, ExperimentArrival { third: true, ..on_ack() }]
    {
        assert_eq!(host().received(&Conformant, &probe, arrival), None);
    }
}

#[test]
fn silence_ends_the_probes() {
    let mut host = asking();
    let sent = sent(&mut host);
    assert!((1..10).contains(&sent.len()) && sent.iter().all(|probe| probe.flags.0 == S));
    assert!(!host.gives_up(&Conformant));
}

#[test]
fn a_rejection_holds_for_the_connection() {
    let mut host = asking();
    assert_eq!(says(&mut host, &about(U)), None);
    assert_eq!(says(&mut host, &about(0)), None, "a late yes changes nothing");
    host.order(&Conformant, KNOWN, Duration::from_secs(1));
    assert_eq!(sent(&mut host), []);
}

#[test]
fn both_ways_to_say_yes_are_understood() {
    for flags in [0, S | U] {
        let mut host = asking();
        assert_eq!(says(&mut host, &about(flags)), None, "a yes is no question");
        assert_eq!(sent(&mut host), [], "no further probe");
        host.order(&Conformant, KNOWN, Duration::from_secs(1));
        let used: Vec<u8> = sent(&mut host).iter().map(|used| used.flags.0).collect();
        assert_eq!(used, [0]);
    }
}

#[test]
fn what_the_host_tries_it_knows() {
    for (negotiation, yes) in [(Negotiation::ExpOption00, 0), (Negotiation::Rfc6824bis, S | U)] {
        let mut host = Experiments::new(negotiation);
        host.order(&Conformant, KNOWN, Duration::ZERO);
        assert_eq!(says(&mut host, &about(S)), Some(about(yes).to_vec()));
    }
}
