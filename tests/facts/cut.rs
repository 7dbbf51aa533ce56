//! Options that the snap length cut: what was captured of them is decoded, and no more.

use mpdissect::event::{Config, Dissector};
use mpdissect::notice::NoticeId;
use mpdissect::render::fields::{Columns, Layout};
use mpdissect::render::json;
use mpdissect::source::{Frame, Input, Source};
use mpdissect::wire::field::Field;
use mpdissect::wire::mptcp::Subtype;

use crate::run::captures;

/// Calls `visit` with every frame of a sample that has an option of kind 30, and with the fields
/// of its last one, where that one starts in the frame, and its length.
fn each_last_option(name: &str, mut visit: impl FnMut(Frame<'_>, Subtype, &[Field], usize, u8)) {
    let config = Config { track: false, ..Config::default() };
    let mut dissector = Dissector::new(config);
    let mut input = Input::open(&captures().join(name)).expect("a sample");
    while input.advance().expect("a sound sample") {
        let (frame, mut room) = (input.frame(), None);
        let Some(event) = dissector.dissect(&frame, &mut room) else { continue };
        let Some(last) = event.options.last() else { continue };
        let Some(option) = last.well_formed() else { continue };
        let raw = event.tcp_options().nth(last.index.into()).expect("it is there");
        let start = event.segment.header_offset as usize + 20 + usize::from(raw.offset);
        let mut fields = Vec::new();
        option.fields(event.dialect, &mut |field| fields.push(field));
        visit(*event.frame, option.subtype(), &fields, start, raw.raw.len() as u8);
    }
}

#[test]
fn a_cut_option_has_the_fields_that_were_captured() {
    let config = Config { track: false, ..Config::default() };
    let (mut cuts, mut shown) = (0_u32, 0_u32);
    for name in ["hmac.pcap", "v0.pcap", "dss-widths.pcap", "navigation.pcap", "fastclose.pcap"] {
        each_last_option(name, |frame, subtype, whole, start, length| {
            for held in 1..length {
                let octets = &frame.octets[..start + usize::from(held)];
                let mut dissector = Dissector::new(config);
                let (cut, mut room) = (Frame { octets, ..frame }, None);
                let event = dissector.dissect(&cut, &mut room).expect("kind 30 is there");
                let cut = event.options.last().expect("it begins in what is there");
                assert_eq!(cut.well_formed(), None);
                assert!(!cut.is_malformed(), "{name}: {subtype:?} after {held} of {length}");
                assert_eq!(cut.cut.as_ref().map(|cut| cut.held), Some(held));
                let mut fields = Vec::new();
                cut.fields(event.dialect, &mut |field| fields.push(field));
                let there: Vec<Field> = whole
                    .iter()
                    .filter(|field| field.slot.at + field.slot.width <= held)
                    .copied()
                    .collect();
                // With fewer octets the flags may be missing that say what the option holds.
                if held >= 4 {
                    assert_eq!(cut.subtype, Some(subtype), "{name} after {held} of {length}");
                    assert_eq!(fields, there, "{name}: {subtype:?} after {held} of {length}");
                } else {
                    assert!(fields.iter().all(|field| there.contains(field)), "{fields:?}");
                }
                let notices: Vec<_> = event.findings.notices.iter().map(|n| n.id).collect();
                assert!(notices.contains(&NoticeId::OptionsCut), "{notices:?}");
                assert_eq!(dissector.counts().malformed, 0);
                cuts += 1;
                shown += fields.len() as u32;
            }
        });
    }
    assert!(cuts > 5000 && shown > 20_000, "{shown} fields of {cuts} options");
}

/// The third ACK of a handshake, cut behind the first octets of its MP_CAPABLE.
fn cut_capable(held: usize, visit: impl FnOnce(&mpdissect::event::Event<'_>)) {
    let mut visit = Some(visit);
    each_last_option("v0.pcap", |frame, subtype, _, start, length| {
        if subtype != Subtype::MpCapable || length != 20 {
            return;
        }
        let octets = &frame.octets[..start + held];
        let mut dissector = Dissector::new(Config { track: false, ..Config::default() });
        let (cut, mut room) = (Frame { octets, ..frame }, None);
        let event = dissector.dissect(&cut, &mut room).expect("kind 30 is there");
        if let Some(visit) = visit.take() {
            visit(&event);
        }
    });
    assert!(visit.is_none(), "the sample has a third ACK");
}

#[test]
fn json_has_the_fields_of_a_cut_option_beside_its_fault() {
    cut_capable(13, |event| {
        let mut out = Vec::new();
        json::packet(event, &[], &mut out);
        let line: serde_json::Value = serde_json::from_slice(&out).expect("a line is JSON");
        let option = &line["mptcp"][0];
        assert_eq!(option["fault"], "cut by the snap length after 13 of 20 octets");
        assert_eq!(option["subtype"], "mp_capable");
        let fields = &option["fields"];
        assert!(fields["tcp.options.mptcp.sendkey"].is_string(), "{option}");
        assert!(fields["tcp.options.mptcp.flags"].is_number(), "{option}");
        assert!(fields.get("tcp.options.mptcp.recvkey").is_none(), "{option}");
    });
}

#[test]
fn columns_have_the_fields_of_a_cut_option() {
    let names = [
        "tcp.options.mptcp.version",
        "tcp.options.mptcp.checksumreq.flags",
        "tcp.options.mptcp.sendkey",
        "tcp.options.mptcp.flags",
    ];
    for (held, flags, key) in
        [(3, false, false), (4, true, false), (11, true, false), (12, true, true)]
    {
        cut_capable(held, |event| {
            let mut out = Vec::new();
            let mut columns = Columns::new(&names, Layout::Tabs).expect("all names are known");
            columns.row(event, &mut out);
            let text = String::from_utf8(out).expect("a row is text");
            let values: Vec<&str> = text.trim_end_matches('\n').split('\t').collect();
            let full: Vec<bool> = values.iter().map(|value| !value.is_empty()).collect();
            assert_eq!(full, [true, flags, key, flags], "{held} octets: {values:?}");
        });
    }
}

#[test]
fn a_length_that_the_option_never_has_is_malformed_though_cut() {
    each_last_option("v0.pcap", |frame, subtype, _, start, length| {
        if subtype != Subtype::MpCapable || length != 20 {
            return;
        }
        let mut octets = frame.octets[..start + 8].to_vec();
        octets[start + 1] = 19;
        let mut dissector = Dissector::new(Config { track: false, ..Config::default() });
        let (altered, mut room) = (Frame { octets: &octets, ..frame }, None);
        let event = dissector.dissect(&altered, &mut room).expect("kind 30 is there");
        let option = event.options.last().expect("it begins in what is there");
        assert!(option.is_malformed() && option.cut.is_some() && option.known().is_none());
        let notices: Vec<_> = event.findings.notices.iter().map(|n| n.id).collect();
        assert_eq!(notices, [NoticeId::OptionsCut, NoticeId::MalformedOption]);
    });
}
