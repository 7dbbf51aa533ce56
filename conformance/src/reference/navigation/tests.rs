use std::time::Duration;

use mpdissect::wire::mptcp::Navigation;

use super::{Arrival, Candidate, Navigator, SubflowId};
use crate::policy::Conformant;

const P: &Conformant = &Conformant;

/// A subflow of this number to the peer's address of this ID.
fn candidate(subflow: SubflowId, remote_id: u8) -> Candidate {
    Candidate {
        subflow,
        remote_id,
        local_id: 0,
        backup: false,
        withdrawn: false,
        has_room: true,
        heard: None,
    }
}

/// Three subflows, the number of each also the ID of the peer's address.
fn three() -> [Candidate; 3] {
    [candidate(0, 0), candidate(1, 1), candidate(2, 2)]
}

fn on(subflow: SubflowId) -> Arrival {
    Arrival {
        on: subflow,
        syn: false,
        closing: false,
        reset: false,
        third: false,
        payload: false,
        nth: 0,
        fallen_back: false,
        acceptable: true,
        now: Duration::ZERO,
    }
}

fn switch(address_id: u8) -> Navigation {
    Navigation { reserved: false, cancel: false, echo: false, backup: false, address_id }
}

fn cancel(address_id: u8) -> Navigation {
    Navigation { cancel: true, ..switch(address_id) }
}

fn routes(navigator: &mut Navigator, subflows: &[Candidate]) -> Vec<Option<SubflowId>> {
    subflows.iter().map(|it| navigator.route(P, it.subflow, subflows)).collect()
}

#[test]
fn a_switch_moves_the_traffic_of_its_carrier_alone_and_is_echoed() {
    let mut client = Navigator::new(true);
    let asked = Navigation { reserved: true, backup: true, ..switch(2) };
    let echo = client.received(P, asked, on(0), &three());
    assert_eq!(echo, Some(Navigation { echo: true, backup: true, ..switch(2) }));
    assert_eq!(routes(&mut client, &three()), [Some(2), Some(1), Some(2)]);
}

#[test]
fn traffic_waits_for_room_where_it_was_led_to() {
    let mut client = Navigator::new(true);
    client.received(P, switch(1), on(0), &three());
    let mut full = three();
    full[1].has_room = false;
    assert_eq!(client.route(P, 0, &full), None);
    assert_eq!(client.route(P, 2, &full), Some(2));
}

#[test]
fn a_cancel_moves_nothing_and_lets_go_after_a_while() {
    let mut client = Navigator::new(true);
    client.received(P, switch(1), on(0), &three());
    let echo = client.received(P, cancel(1), on(2), &three());
    assert_eq!(echo, Some(Navigation { echo: true, ..cancel(1) }));
    for _ in 0..40 {
        assert_eq!(client.route(P, 0, &three()), Some(1));
    }
    assert_eq!(client.route(P, 0, &three()), Some(0));
}

#[test]
fn a_cancelled_diversion_does_not_wait_for_room_forever() {
    let mut client = Navigator::new(true);
    client.received(P, switch(1), on(0), &three());
    client.received(P, cancel(1), on(1), &three());
    let mut full = three();
    full[1].has_room = false;
    assert_eq!(client.route(P, 0, &full), None);
    let until = client.next_wake().unwrap();
    client.wake(P, until, &full);
    assert_eq!(client.route(P, 0, &full), Some(0));
    assert_eq!(client.next_wake(), None);
}

#[test]
fn a_cancel_of_another_interface_changes_nothing() {
    let mut client = Navigator::new(true);
    client.received(P, switch(1), on(0), &three());
    client.received(P, cancel(2), on(1), &three());
    for _ in 0..100 {
        assert_eq!(client.route(P, 0, &three()), Some(1));
    }
}

#[test]
fn what_names_no_subflow_is_ignored_in_silence() {
    let mut client = Navigator::new(true);
    assert_eq!(client.received(P, switch(200), on(0), &three()), None);
    assert_eq!(routes(&mut client, &three()), [Some(0), Some(1), Some(2)]);
}

#[test]
fn the_own_interface_of_the_carrier_changes_nothing_but_is_echoed() {
    let mut client = Navigator::new(true);
    assert!(client.received(P, switch(1), on(1), &three()).is_some());
    assert_eq!(routes(&mut client, &three()), [Some(0), Some(1), Some(2)]);
}

#[test]
fn an_echo_is_neither_obeyed_nor_echoed() {
    let mut client = Navigator::new(true);
    let echo = Navigation { echo: true, ..switch(1) };
    assert_eq!(client.received(P, echo, on(0), &three()), None);
    assert_eq!(client.route(P, 0, &three()), Some(0));
}

#[test]
fn requests_out_of_place_are_ignored() {
    for odd in [
        Arrival { syn: true, ..on(0) },
        Arrival { third: true, ..on(0) },
        Arrival { closing: true, ..on(0) },
        Arrival { fallen_back: true, ..on(0) },
        Arrival { acceptable: false, ..on(0) },
    ] {
        let mut client = Navigator::new(true);
        assert_eq!(client.received(P, switch(1), odd, &three()), None);
        assert_eq!(client.route(P, 0, &three()), Some(0));
        assert!(client.take_resets().is_empty());
    }
}

#[test]
fn the_latest_of_opposite_requests_decides() {
    let mut client = Navigator::new(true);
    client.received(P, switch(1), on(0), &three());
    client.received(P, switch(0), on(1), &three());
    assert_eq!(routes(&mut client, &three()), [Some(0), Some(0), Some(2)]);
}

#[test]
fn a_request_on_the_subflow_with_diverted_traffic_moves_that_too() {
    let mut client = Navigator::new(true);
    client.received(P, switch(1), on(0), &three());
    client.received(P, switch(2), on(1), &three());
    assert_eq!(routes(&mut client, &three()), [Some(2), Some(2), Some(2)]);
}

#[test]
fn a_diversion_ends_with_its_target_and_stays_ended() {
    let mut client = Navigator::new(true);
    client.received(P, switch(1), on(0), &three());
    client.ended(P, 1);
    let rejoined = [candidate(0, 0), candidate(3, 1)];
    assert_eq!(routes(&mut client, &rejoined), [Some(0), Some(3)]);
}

#[test]
fn one_of_several_subflows_to_the_interface_is_kept_to() {
    let shared = [candidate(0, 0), candidate(1, 7), candidate(2, 7)];
    let mut client = Navigator::new(true);
    client.received(P, switch(7), on(0), &shared);
    client.received(P, switch(7), on(0), &shared);
    let first = client.route(P, 0, &shared);
    assert!(matches!(first, Some(1 | 2)));
    assert_eq!(client.route(P, 0, &shared), first);
}

#[test]
fn a_server_is_asked_in_vain() {
    let mut server = Navigator::new(false);
    assert_eq!(server.received(P, switch(1), on(0), &three()), None);
    assert_eq!(server.route(P, 0, &three()), Some(0));
    assert!(!Navigator::new(true).order(P, 1, false, Duration::ZERO, &three()));
}

/// A server with two addresses, and the peer's data on the first subflow.
fn served() -> [Candidate; 2] {
    let heard = Some(Duration::from_millis(1));
    [
        Candidate { heard, backup: true, ..candidate(0, 0) },
        Candidate { local_id: 1, ..candidate(1, 0) },
    ]
}

#[test]
fn a_request_is_repeated_until_it_is_echoed() {
    let mut server = Navigator::new(false);
    assert!(server.order(P, 1, false, Duration::ZERO, &served()));
    let request = Navigation { backup: true, ..switch(1) };
    for _ in 0..2 {
        let now = server.next_wake().unwrap();
        assert_eq!(server.wake(P, now, &served()), [(0, request)]);
    }
    let echo = Navigation { echo: true, ..request };
    assert_eq!(server.received(P, echo, on(0), &served()), None);
    assert_eq!(server.next_wake(), None);
}

#[test]
fn a_request_without_an_echo_is_given_up() {
    let mut server = Navigator::new(false);
    server.order(P, 1, true, Duration::ZERO, &served());
    let mut sent = Vec::new();
    while let Some(now) = server.next_wake() {
        sent.extend(server.wake(P, now, &served()));
    }
    assert_eq!(sent, [(1, cancel(1)); 5]);
}

#[test]
fn a_request_waits_for_the_subflow_to_its_interface() {
    let mut server = Navigator::new(false);
    let [first, second] = served();
    assert!(server.order(P, 1, false, Duration::ZERO, &[first]));
    assert_eq!(server.wake(P, Duration::ZERO, &[first]), []);
    assert_eq!(server.wake(P, Duration::ZERO, &[first, second]).len(), 1);
}
