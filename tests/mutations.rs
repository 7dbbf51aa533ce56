//! Samples with octets flipped, frames cut, repeated, swapped and left out: nothing panics, and
//! what is kept stays within its limit.

use mpdissect::event::{Config, Dissector};
use mpdissect::flow::{NavigationLog, Peer, Subflow};
use mpdissect::source::{Frame, Input, LinkType, Source, Time};
use mpdissect::wire::frame;
use proptest::prelude::*;
use std::path::PathBuf;
use std::sync::LazyLock;

const LIMIT: usize = 16;

#[derive(Clone, Debug)]
struct Owned {
    time: Option<Time>,
    link: LinkType,
    octets: Vec<u8>,
    wire_len: u32,
}

/// The first frames of samples of every kind.
static SAMPLES: LazyLock<Vec<Vec<Owned>>> = LazyLock::new(|| {
    const FRAMES: usize = 150;
    let captures = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../captures"));
    [
        "addaddr_v6.pcapng",
        "checksum_v4.pcap",
        "dss-widths.pcap",
        "experimental.pcap",
        "fallback.pcap",
        "fastclose.pcap",
        "hmac.pcap",
        "malformed.pcap",
        "maxsubflows.pcap",
        "navigation.pcap",
        "navigation-odd.pcap",
        "reinjection.pcap",
        "rmaddr.pcap",
        "tfo_v4.pcap",
        "tunnels.pcap",
        "v0.pcap",
    ]
    .iter()
    .map(|name| {
        let mut input = Input::open(&captures.join(name)).expect("a sample");
        let mut frames = Vec::new();
        while frames.len() < FRAMES && input.advance().expect("a sound sample") {
            let Frame { time, link, octets, wire_len, .. } = input.frame();
            frames.push(Owned { time, link, octets: octets.to_vec(), wire_len });
        }
        frames
    })
    .collect()
});

/// One change to one frame; indexes are taken modulo what there is.
#[derive(Clone, Debug)]
enum Change {
    /// Another octet within the headers or the start of the payload.
    Octet {
        frame: usize,
        at: usize,
        value: u8,
    },
    /// The same in the option area, where it hurts most.
    Option {
        frame: usize,
        at: usize,
        value: u8,
    },
    /// Fewer octets, as if the snap length had cut them.
    Cut {
        frame: usize,
        length: usize,
    },
    /// Fewer octets on the wire too.
    Short {
        frame: usize,
        length: usize,
    },
    Repeat {
        frame: usize,
    },
    Swap {
        frame: usize,
        other: usize,
    },
    Drop {
        frame: usize,
    },
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<usize>();
    prop_oneof![
        (index, 0..120_usize, any::<u8>()).prop_map(|(frame, at, value)| Change::Octet {
            frame,
            at,
            value
        }),
        (index, 0..40_usize, any::<u8>()).prop_map(|(frame, at, value)| Change::Option {
            frame,
            at,
            value
        }),
        (index, 0..120_usize).prop_map(|(frame, length)| Change::Cut { frame, length }),
        (index, 0..120_usize).prop_map(|(frame, length)| Change::Short { frame, length }),
        index.prop_map(|frame| Change::Repeat { frame }),
        (index, index).prop_map(|(frame, other)| Change::Swap { frame, other }),
        index.prop_map(|frame| Change::Drop { frame }),
    ]
}

/// Where the option area of a frame starts.
fn options_at(frame: &Owned) -> Option<usize> {
    let located = frame::locate(frame.link, &frame.octets, frame.wire_len).ok()?;
    Some(located.segment().header_offset as usize + 20)
}

fn apply(frames: &mut Vec<Owned>, change: &Change) {
    let count = frames.len().max(1);
    match *change {
        Change::Octet { frame, at, value } => {
            if let Some(octet) = frames.get_mut(frame % count).and_then(|f| f.octets.get_mut(at)) {
                *octet = value;
            }
        }
        Change::Option { frame, at, value } => {
            if let Some(frame) = frames.get_mut(frame % count)
                && let Some(start) = options_at(frame)
                && let Some(octet) = frame.octets.get_mut(start + at)
            {
                *octet = value;
            }
        }
        Change::Cut { frame, length } => {
            if let Some(frame) = frames.get_mut(frame % count) {
                frame.octets.truncate(length);
            }
        }
        Change::Short { frame, length } => {
            if let Some(frame) = frames.get_mut(frame % count) {
                frame.octets.truncate(length);
                frame.wire_len = frame.octets.len() as u32;
            }
        }
        Change::Repeat { frame } => {
            if let Some(again) = frames.get(frame % count).cloned() {
                frames.push(again);
            }
        }
        Change::Swap { frame, other } => {
            if !frames.is_empty() {
                frames.swap(frame % count, other % count);
            }
        }
        Change::Drop { frame } => {
            if !frames.is_empty() {
                frames.remove(frame % count);
            }
        }
    }
}

/// Dissects all frames and looks at everything that was said.
fn dissect(frames: &[Owned]) -> Result<(), TestCaseError> {
    let mut dissector = Dissector::new(Config { state_limit: LIMIT, ..Config::default() });
    for owned in frames {
        let frame = Frame {
            time: owned.time,
            link: owned.link,
            octets: &owned.octets,
            wire_len: owned.wire_len,
            interface: 0,
        };
        let mut room = None;
        let Some(event) = dissector.dissect(&frame, &mut room) else { continue };
        for notice in &event.findings.notices {
            prop_assert!(!notice.text.is_empty() && !notice.text.contains('\n'));
            let options = event.tcp_options().count();
            prop_assert!(notice.option.is_none_or(|option| usize::from(option) < options));
        }
        for decoded in event.options {
            let option = event.tcp_options().nth(usize::from(decoded.index));
            prop_assert!(option.is_some_and(|option| option.kind == 30));
        }
        prop_assert!(!event.packet().stop.to_string().is_empty());
    }
    let tracker = dissector.tracker();
    let connections = tracker.connections();
    let subflows: usize = connections.iter().map(|connection| connection.subflows.len()).sum();
    prop_assert!(subflows <= LIMIT, "{} subflows", subflows);
    for connection in connections {
        for peer in [&connection.peers.a, &connection.peers.b] {
            prop_assert!(peer.addresses.len() <= Peer::ADDRESSES_MAX);
        }
        for subflow in &connection.subflows {
            prop_assert!(subflow.priorities.len() <= Subflow::PRIORITIES_MAX);
        }
        let log = connection.navigation.as_ref();
        prop_assert!(log.is_none_or(|log| log.events.len() <= NavigationLog::EVENTS_MAX));
        let open = connection.open_subflows();
        prop_assert!(connection.most_at_once.map_or(0, |(most, _)| most) >= open);
    }
    Ok(())
}

#[test]
fn unchanged_samples_one_after_the_other() {
    let all: Vec<Owned> = SAMPLES.iter().flatten().cloned().collect();
    dissect(&all).expect("samples keep the rules");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn changed_samples(sample: usize, changes in prop::collection::vec(change(), 1..24)) {
        let mut frames = SAMPLES[sample % SAMPLES.len()].clone();
        for change in &changes {
            apply(&mut frames, change);
        }
        dissect(&frames)?;
    }

    #[test]
    fn frames_of_all_samples_in_any_order(
        picks in prop::collection::vec(any::<(usize, usize)>(), 1..200),
        changes in prop::collection::vec(change(), 0..24),
    ) {
        let pick = |&(sample, frame): &(usize, usize)| {
            let frames = &SAMPLES[sample % SAMPLES.len()];
            frames[frame % frames.len()].clone()
        };
        let mut frames: Vec<Owned> = picks.iter().map(pick).collect();
        for change in &changes {
            apply(&mut frames, change);
        }
        dissect(&frames)?;
    }
}
