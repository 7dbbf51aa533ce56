//! Any octets are a capture file that can be read to an end, or to one clear sentence.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mpdissect::source::{Input, ReadOptions, Source};
use std::io::Cursor;
use std::path::Path;

/// A file can make frames of next to nothing: beyond that many there is nothing to learn.
const FRAMES: usize = 10_000;

fuzz_target!(|input: &[u8]| {
    let reader = Cursor::new(input.to_vec());
    let opened = Input::from_reader(reader, Path::new("input"), &ReadOptions::default());
    let mut input = match opened {
        Ok(input) => input,
        Err(error) => return assert!(!error.to_string().contains('\n')),
    };
    for _ in 0..FRAMES {
        match input.advance() {
            Ok(true) => {
                let frame = input.frame();
                assert!((frame.interface as usize) < input.interfaces().len());
            }
            Ok(false) => break,
            Err(error) => assert!(!error.to_string().contains('\n')),
        }
    }
});
