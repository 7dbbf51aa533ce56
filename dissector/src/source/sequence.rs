//! Several inputs, one after the other.

use std::path::PathBuf;

use super::text::Room;
use super::{Frame, Input, Interface, Progress, ReadOptions, Source, SourceError};

/// Several inputs, each opened when the one before it ended.
///
/// One that can't be opened or is damaged is reported, and the next one follows.
#[derive(Debug)]
pub struct Sequence {
    /// Inputs to come, the next one last.
    paths: Vec<PathBuf>,
    options: ReadOptions,
    current: Option<Input>,
    /// Interfaces of the inputs before the current one, then its own.
    interfaces: Vec<Interface>,
    /// Where the current input's interfaces start.
    base: usize,
    /// Room for texts of the interfaces of all inputs together.
    room: Room,
    /// Octets of the files that were read to their end; none once one has no known size.
    passed: Option<u64>,
    /// Octets of all files; none if one has no known size.
    total: Option<u64>,
    interrupted: bool,
}

impl Sequence {
    /// A row of inputs, none of which is opened yet; `-` is standard input.
    pub fn new(mut paths: Vec<PathBuf>, options: ReadOptions) -> Self {
        let total = paths
            .iter()
            .map(|path| std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file))
            .try_fold(0_u64, |sum, metadata| Some(sum.saturating_add(metadata?.len())))
            .filter(|_| !options.follow);
        paths.reverse();
        Self {
            paths,
            options,
            current: None,
            interfaces: Vec::new(),
            base: 0,
            room: Room::new(),
            passed: Some(0),
            total,
            interrupted: false,
        }
    }

    /// Takes over the interfaces that the current input met since the last time.
    #[inline]
    fn learn(&mut self) {
        if let Some(input) = &self.current {
            let known = self.interfaces.len().saturating_sub(self.base);
            if input.interfaces().len() > known {
                self.learn_from(known);
            }
        }
    }

    #[cold]
    fn learn_from(&mut self, known: usize) {
        let interfaces = self.current.as_ref().map_or(&[][..], Source::interfaces);
        let new = interfaces.iter().skip(known);
        self.interfaces.extend(new.map(|interface| self.room.copy(interface)));
    }

    /// Leaves the current input, keeping what outlives it.
    fn leave(&mut self) {
        self.learn();
        if let Some(input) = self.current.take() {
            self.interrupted |= input.interrupted();
            let octets = input.progress().map(|progress| progress.total);
            self.passed = self.passed.zip(octets).map(|(sum, octets)| sum.saturating_add(octets));
            self.base = self.interfaces.len();
        }
    }
}

impl Source for Sequence {
    #[inline]
    fn advance(&mut self) -> Result<bool, SourceError> {
        loop {
            if let Some(input) = &mut self.current {
                match input.advance() {
                    Ok(true) => {
                        self.learn();
                        return Ok(true);
                    }
                    Ok(false) => self.leave(),
                    Err(error) => {
                        self.leave();
                        return Err(error);
                    }
                }
            }
            if self.interrupted || self.options.interrupt.is_set() {
                self.interrupted = true;
                return Ok(false);
            }
            let Some(path) = self.paths.pop() else { return Ok(false) };
            self.current = Some(Input::open_with(&path, &self.options)?);
        }
    }

    #[inline]
    fn frame(&self) -> Frame<'_> {
        let Some(input) = &self.current else { return Frame::EMPTY };
        let mut frame = input.frame();
        frame.interface = frame.interface.saturating_add(self.base as u32);
        frame
    }

    fn comments(&self) -> &[String] {
        self.current.as_ref().map_or(&[], |input| input.comments())
    }

    fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    fn ready(&self) -> bool {
        self.current.as_ref().is_some_and(Source::ready)
    }

    fn progress(&self) -> Option<Progress> {
        let total = self.total?;
        let read = self.current.as_ref().and_then(Source::progress).map_or(0, |part| part.read);
        Some(Progress { read: self.passed?.saturating_add(read), total })
    }

    fn interrupted(&self) -> bool {
        self.interrupted
    }
}
