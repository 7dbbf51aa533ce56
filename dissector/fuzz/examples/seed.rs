//! Makes the first inputs of the fuzz targets from the sample captures.

use mpdissect::source::{Frame, Input, Source};
use mpdissect::wire::frame;
use mpdissect::wire::mptcp;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Frames in one input of the dissector: enough for a connection with joins.
const FRAMES_MAX: usize = 40;
/// Longer files slow the search down and hold nothing new.
const FILE_MAX: u64 = 32 * 1024;

fn main() -> io::Result<()> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR"));
    let captures = fuzz.join("../../captures");
    let corpus = |target: &str| fuzz.join("corpus").join(target);
    for target in ["options", "frames", "files", "dissector"] {
        fs::create_dir_all(corpus(target))?;
    }
    let mut options = HashSet::new();
    for path in files(&captures)?.into_iter().chain(files(&captures.join("broken"))?) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.metadata()?.len() <= FILE_MAX {
            fs::copy(&path, corpus("files").join(&name))?;
        }
        let Ok(mut input) = Input::open(&path) else { continue };
        let (mut several, mut count) = (Vec::new(), 0);
        while input.advance().is_ok_and(|more| more) {
            let frame = input.frame();
            count += 1;
            if count <= FRAMES_MAX {
                mpdissect_fuzz::append(&mut several, &frame);
            }
            take_options(&frame, &mut options);
            let mut single = Vec::new();
            if count % 16 == 1 && mpdissect_fuzz::append(&mut single, &frame) {
                fs::write(corpus("frames").join(format!("{name}-{count}")), single)?;
            }
        }
        fs::write(corpus("dissector").join(&name), several)?;
    }
    for (number, option) in options.into_iter().enumerate() {
        let numbers = [&[0, 0x00, 0xaa][..], &option].concat();
        fs::write(corpus("options").join(number.to_string()), numbers)?;
    }
    Ok(())
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.to_string_lossy();
        if path.is_file() && (name.contains(".pcap") || name.ends_with(".gz")) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// One option of each first five octets: what follows is keys and numbers.
fn take_options(frame: &Frame<'_>, options: &mut HashSet<Vec<u8>>) {
    let Ok(located) = frame::locate(frame.link, frame.octets, frame.wire_len) else { return };
    for option in located.segment().walk_options() {
        let known = |known: &Vec<u8>| known.iter().zip(option.raw).take(4).all(|(a, b)| a == b);
        if option.kind == mptcp::KIND && !options.iter().any(known) {
            options.insert(option.raw.to_vec());
        }
    }
}
