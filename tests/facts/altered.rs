//! Samples with octets changed on purpose: faults outside the options of kind 30.

use mpdissect::event::{Config, Counts, Dissector};
use mpdissect::notice::NoticeId;
use mpdissect::source::{Frame, Input, Source};
use mpdissect::wire::frame::{Name, decode};

use crate::run::{captures, run};

/// What came of a sample whose frames `alter` has changed.
struct Altered {
    /// The notices of each event, by frame.
    events: Vec<(u64, Vec<NoticeId>)>,
    counts: Counts,
    first_broken: Option<(u64, String)>,
    /// What [`Dissector::count`] makes of the same frames.
    counted: Counts,
}

impl Altered {
    fn of(name: &str, mut alter: impl FnMut(u64, &Frame<'_>, &mut Vec<u8>)) -> Self {
        let mut input = Input::open(&captures().join(name)).expect("a sample");
        let mut dissector = Dissector::new(Config::default());
        let mut counter = Dissector::new(Config::default());
        let mut events = Vec::new();
        let mut number = 0;
        while input.advance().expect("a sound sample") {
            number += 1;
            let frame = input.frame();
            let mut octets = frame.octets.to_vec();
            alter(number, &frame, &mut octets);
            let altered = Frame { octets: &octets, ..frame };
            counter.count(&altered);
            if let Some(event) = dissector.dissect(&altered, &mut None) {
                let notices = event.findings.notices.iter().map(|notice| notice.id).collect();
                events.push((number, notices));
            }
        }
        let (counts, first_broken) = (*dissector.counts(), dissector.first_broken());
        assert_eq!(counter.first_broken(), first_broken);
        Self { events, counts, first_broken, counted: *counter.counts() }
    }

    fn of_frame(&self, number: u64) -> &[NoticeId] {
        let event = self.events.iter().find(|(at, _)| *at == number);
        &event.expect("the segment belongs to a connection").1
    }

    /// Frames without a segment: fragments, cut, broken, of foreign links.
    fn missed(&self) -> [u64; 4] {
        let of =
            |counts: &Counts| [counts.fragments, counts.cut, counts.broken, counts.foreign_links];
        assert_eq!(of(&self.counted), of(&self.counts));
        of(&self.counts)
    }
}

/// Where the innermost header of this name starts.
fn header(frame: &Frame<'_>, name: Name) -> Option<usize> {
    let packet = decode(frame.link, frame.octets, frame.wire_len);
    let found = packet.layers.as_slice().iter().rfind(|layer| layer.kind.name() == name);
    found.map(|layer| layer.offset as usize)
}

/// Makes the length field of each IP header claim more than there is.
fn lie(frame: &Frame<'_>, octets: &mut [u8], which: Name) {
    let at = match which {
        Name::Ipv4 => 2,
        _ => 4,
    };
    let Some(start) = header(frame, which) else { return };
    octets[start + at..start + at + 2].copy_from_slice(&60_000_u16.to_be_bytes());
}

#[test]
fn a_length_that_lies_is_noticed_on_every_link() {
    for (name, ip) in [
        ("basic_v4.pcap", Name::Ipv4),
        ("basic_v6.pcap", Name::Ipv6),
        ("any_sll.pcap", Name::Ipv4),
        ("any_sll2.pcap", Name::Ipv4),
        ("tunnel_raw.pcap", Name::Ipv4),
        ("loopback.pcap", Name::Ipv4),
    ] {
        let lying = Altered::of(name, |_, frame, octets| lie(frame, octets, ip));
        assert!(lying.events.len() > 20, "{name}");
        for (frame, notices) in &lying.events {
            let count = notices.iter().filter(|id| **id == NoticeId::IpLength).count();
            assert_eq!(count, 1, "{name}, frame {frame}: {notices:?}");
        }
        assert!(run(name).frames_with(NoticeId::IpLength).is_empty(), "{name}");
    }
}

#[test]
fn a_length_of_a_tunnel_that_lies_is_noticed() {
    let outermost = |_: u64, frame: &Frame<'_>, octets: &mut Vec<u8>| {
        let packet = decode(frame.link, frame.octets, frame.wire_len);
        let layers = packet.layers.as_slice();
        let ips: Vec<_> = layers.iter().filter(|layer| layer.kind.name() == Name::Ipv4).collect();
        if let [outer, _, ..] = ips.as_slice() {
            let start = outer.offset as usize + 2;
            octets[start..start + 2].copy_from_slice(&60_000_u16.to_be_bytes());
        }
    };
    let lying = Altered::of("tunnels.pcap", outermost);
    let noticed = lying.events.iter().filter(|(_, ids)| ids.contains(&NoticeId::IpLength)).count();
    assert!(noticed > 20, "only {noticed} notices");
    assert!(run("tunnels.pcap").frames_with(NoticeId::IpLength).is_empty());
}

#[test]
fn padding_behind_a_packet_is_no_lie() {
    let padded = Altered::of("basic_v4.pcap", |_, _, octets| octets.resize(octets.len() + 6, 0));
    assert!(padded.events.iter().all(|(_, ids)| !ids.contains(&NoticeId::IpLength)));
}

#[test]
fn faults_of_options_are_noticed_on_segments_without_mptcp() {
    /// A data segment in the middle of the connection.
    const FRAME: u64 = 20;
    let with_area = |first: &[u8]| {
        let altered = Altered::of("basic_v4.pcap", |number, frame, octets| {
            if number == FRAME {
                let tcp = header(frame, Name::Tcp).expect("it is TCP");
                let area = usize::from(octets[tcp + 12] >> 4) * 4 - 20;
                assert!(area >= first.len(), "frame {FRAME} has options");
                octets[tcp + 20..tcp + 20 + area].fill(1);
                octets[tcp + 20..tcp + 20 + first.len()].copy_from_slice(first);
            }
        });
        altered.of_frame(FRAME).to_vec()
    };
    let area = |notices: Vec<NoticeId>| {
        [NoticeId::OptionArea, NoticeId::PaddingNotZero].map(|id| notices.contains(&id))
    };
    // Nothing but no-operations.
    assert_eq!(area(with_area(&[1])), [false, false]);
    // Length 0, length 1, more than there is, and something behind the end.
    assert_eq!(area(with_area(&[8, 0])), [true, false]);
    assert_eq!(area(with_area(&[8, 1])), [true, false]);
    assert_eq!(area(with_area(&[8, 200])), [true, false]);
    assert_eq!(area(with_area(&[0, 7])), [false, true]);
}

#[test]
fn frames_without_a_segment_are_counted_by_why() {
    let untouched = Altered::of("basic_v4.pcap", |_, _, _| {});
    assert_eq!((untouched.missed(), untouched.first_broken.clone()), ([0; 4], None));
    let frames = untouched.counts.frames;

    let cut = Altered::of("basic_v4.pcap", |_, _, octets| octets.truncate(40));
    assert_eq!((cut.missed(), cut.counts.segments), ([0, frames, 0, 0], 0));

    // A header length of four words.
    let broken = Altered::of("basic_v4.pcap", |number, _, octets| {
        if number >= 3 {
            octets[14] = 0x44;
        }
    });
    assert_eq!(broken.missed(), [0, 0, frames - 2, 0]);
    let (number, text) = broken.first_broken.expect("there are some");
    assert_eq!(number, 3);
    assert!(text.contains("header length of 16 octets"), "{text}");

    // Another protocol, and another ethertype, are nothing wrong.
    let udp = Altered::of("basic_v4.pcap", |_, _, octets| octets[23] = 17);
    assert_eq!((udp.missed(), udp.counts.segments), ([0; 4], 0));
    let arp = Altered::of("basic_v4.pcap", |_, _, octets| octets[13] = 6);
    assert_eq!((arp.missed(), arp.counts.segments), ([0; 4], 0));

    let later = Altered::of("basic_v4.pcap", |_, _, octets| octets[21] = 1);
    assert_eq!(later.missed(), [frames, 0, 0, 0]);

    assert_eq!(Altered::of("link-unknown.pcap", |_, _, _| {}).missed(), [0, 0, 0, 48]);
    let [fragments, ..] = Altered::of("tunnels.pcap", |_, _, _| {}).missed();
    assert!(fragments > 10, "only {fragments} fragments");
}
