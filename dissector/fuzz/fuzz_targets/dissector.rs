//! Any frames in any order are dissected, and what is kept of them has a limit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mpdissect::event::{Config, Dissector};

const LIMIT: usize = 16;

fuzz_target!(|input: &[u8]| {
    let mut dissector = Dissector::new(Config { state_limit: LIMIT, ..Config::default() });
    for frame in mpdissect_fuzz::frames(input) {
        if let Some(event) = dissector.dissect(&frame, &mut None) {
            for notice in &event.findings.notices {
                assert!(!notice.to_string().contains('\n'));
            }
            for decoded in event.options {
                assert!(event.tcp_options().nth(usize::from(decoded.index)).is_some());
            }
        }
    }
    let connections = dissector.tracker().connections();
    let subflows: usize = connections.iter().map(|connection| connection.subflows.len()).sum();
    assert!(subflows <= LIMIT);
    for connection in connections {
        let log = connection.navigation.as_ref().map_or(0, |log| log.events.len());
        for event in 0..log {
            connection.octets_after(Some(event));
        }
    }
});
