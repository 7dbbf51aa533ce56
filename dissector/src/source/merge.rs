//! Several inputs, woven into one in the order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::path::PathBuf;

use super::text::Room;
use super::{Frame, Input, Interface, Progress, ReadOptions, Source, SourceError};

/// Octets that each of very many inputs is still read in.
const LEAST_BLOCK_LEN: usize = 64 << 10;

/// Several inputs in the order of time, each of which is in that order itself.
///
/// Of frames of the same time, those of an earlier input come first. A frame without a time
/// follows the one before it in its input. Damage of one input is reported once, and the others
/// go on.
pub struct Merge {
    members: Vec<Member>,
    /// The next frame of each input that has one, earliest on top.
    order: BinaryHeap<Reverse<(i64, usize)>>,
    /// Inputs whose next frame has to be found before an order exists.
    pending: Vec<usize>,
    /// The input that the current frame is of.
    current: Option<usize>,
    interfaces: Vec<Interface>,
    room: Room,
}

struct Member {
    input: Input,
    /// The time of its current frame, or of the last one that had any.
    time: i64,
    /// The place of each of its interfaces among all.
    interfaces: Vec<u32>,
}

impl Merge {
    /// Opens all inputs, which share what [`ReadOptions::block_len`] grants, down to 64 KiB each.
    ///
    /// # Errors
    ///
    /// As [`Input::open`], for the first one that fails.
    pub fn open(paths: &[PathBuf], options: &ReadOptions) -> Result<Self, SourceError> {
        let share = options.block_len.checked_div(paths.len()).unwrap_or(0);
        let block_len = share.max(LEAST_BLOCK_LEN).min(options.block_len);
        let options = ReadOptions { block_len, ..options.clone() };
        let inputs: Result<_, _> =
            paths.iter().map(|path| Input::open_with(path, &options)).collect();
        inputs.map(Self::new)
    }

    /// Weaves opened inputs.
    pub fn new(inputs: Vec<Input>) -> Self {
        let members: Vec<_> = inputs
            .into_iter()
            .map(|input| Member { input, time: i64::MIN, interfaces: Vec::new() })
            .collect();
        Self {
            // From the last to the first, for the end of the list is taken first.
            pending: (0..members.len()).rev().collect(),
            order: BinaryHeap::with_capacity(members.len()),
            members,
            current: None,
            interfaces: Vec::new(),
            room: Room::new(),
        }
    }

    /// Finds the next frame of one input; `false` at its end.
    fn step(&mut self, index: usize) -> Result<bool, SourceError> {
        let Some(member) = self.members.get_mut(index) else { return Ok(false) };
        let more = member.input.advance()?;
        if let Some(time) = member.input.frame().time {
            member.time = time.0;
        }
        let known = member.interfaces.len();
        for interface in member.input.interfaces().iter().skip(known) {
            member.interfaces.push(self.interfaces.len() as u32);
            self.interfaces.push(self.room.copy(interface));
        }
        Ok(more)
    }

    fn chosen(&self) -> Option<&Member> {
        self.members.get(self.current?)
    }
}

impl Source for Merge {
    fn advance(&mut self) -> Result<bool, SourceError> {
        if let Some(index) = self.current.take() {
            self.pending.push(index);
        }
        while let Some(index) = self.pending.pop() {
            if self.step(index)? {
                let time = self.members.get(index).map_or(i64::MIN, |member| member.time);
                let entry = Reverse((time, index));
                // Mostly one input has a run of frames: it then needn't pass the heap.
                if self.pending.is_empty() && self.order.peek().is_none_or(|top| entry >= *top) {
                    self.current = Some(index);
                    return Ok(true);
                }
                self.order.push(entry);
            }
            if self.interrupted() {
                self.order.clear();
                self.pending.clear();
                return Ok(false);
            }
        }
        self.current = self.order.pop().map(|Reverse((_, index))| index);
        Ok(self.current.is_some())
    }

    fn frame(&self) -> Frame<'_> {
        let Some(member) = self.chosen() else { return Frame::EMPTY };
        let mut frame = member.input.frame();
        let index = member.interfaces.get(frame.interface as usize);
        frame.interface = index.copied().unwrap_or(0);
        frame
    }

    fn comments(&self) -> &[String] {
        self.chosen().map_or(&[], |member| member.input.comments())
    }

    fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    fn ready(&self) -> bool {
        let pending = self.pending.iter().chain(&self.current);
        pending.filter_map(|index| self.members.get(*index)).all(|member| member.input.ready())
    }

    fn progress(&self) -> Option<Progress> {
        self.members.iter().map(|member| member.input.progress()).try_fold(
            Progress { read: 0, total: 0 },
            |sum, part| {
                let part = part?;
                Some(Progress {
                    read: sum.read.saturating_add(part.read),
                    total: sum.total.saturating_add(part.total),
                })
            },
        )
    }

    fn interrupted(&self) -> bool {
        self.members.iter().any(|member| member.input.interrupted())
    }
}

impl fmt::Debug for Merge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.members.iter().map(|member| &member.input)).finish()
    }
}
