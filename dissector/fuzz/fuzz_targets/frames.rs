//! Any octets behind any link are walked to a segment or to a named stop, and the short walk finds
//! what the whole one does.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mpdissect::wire::frame;

fuzz_target!(|input: &[u8]| {
    for each in mpdissect_fuzz::frames(input) {
        let packet = frame::decode(each.link, each.octets, each.wire_len);
        let located = frame::locate(each.link, each.octets, each.wire_len);
        assert_eq!(located.is_ok(), packet.segment.is_some());
        for layer in packet.layers.iter() {
            assert!(!format!("{layer:?}").is_empty());
        }
        assert!(!packet.stop.to_string().is_empty());
        let Some(segment) = packet.segment else { continue };
        for option in segment.walk_options() {
            assert!(usize::from(option.offset) + option.raw.len() <= segment.options.len());
        }
    }
});
