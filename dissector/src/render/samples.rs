//! The sample captures, for the tests of every format.

use std::path::{Path, PathBuf};

use crate::event::{Config, Dissector, Event};
use crate::source::{Input, Source};

/// Where they are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../captures");

/// One of them.
pub(super) fn sample(name: &str) -> PathBuf {
    Path::new(FOLDER).join(name)
}

/// All captures of a folder, by name.
pub(super) fn all(folder: &str) -> Vec<PathBuf> {
    let folder = sample(folder);
    let entries = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("can't list {}: {error}", folder.display()));
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("a folder's entry can be read").path())
        .filter(|path| path.to_string_lossy().contains(".pcap"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} has no captures", folder.display());
    paths
}

/// What is left when a sample has been read.
pub(super) struct Read {
    pub(super) dissector: Dissector,
    /// What was wrong with the file, if anything.
    pub(super) error: Option<String>,
}

/// Shows each event of a sample to `visit`, with the file's comments about its frame.
pub(super) fn read(path: &Path, mut visit: impl FnMut(&Event<'_>, &[String])) -> Read {
    let mut read = Read { dissector: Dissector::new(Config::default()), error: None };
    let mut input = match Input::open(path) {
        Ok(input) => input,
        Err(error) => return Read { error: Some(error.to_string()), ..read },
    };
    loop {
        match input.advance() {
            Ok(true) => {}
            Ok(false) => return read,
            Err(error) => {
                read.error = Some(error.to_string());
                return read;
            }
        }
        if let Some(event) = read.dissector.dissect(&input.frame(), &mut None) {
            visit(&event, input.comments());
        }
    }
}
