//! Texts of a file, and how much of them outlives the block that they stood in.

use super::Interface;

/// What is left of the memory for texts: names, descriptions and comments of interfaces, which stay
/// to the end, or the comments of one packet. A file may hold any number of them, and more of them
/// than fit says nothing anyone could read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room(usize);

impl Room {
    /// Octets for all texts.
    const ALL: usize = 1 << 20;
    /// Octets that a text takes besides its own: its place in a list that has grown, and what
    /// the allocator adds.
    const EACH: usize = 64;

    /// All the room there is.
    pub(super) fn new() -> Self {
        Self(Self::ALL)
    }

    /// Takes the room of a text, if it is there.
    fn admits(&mut self, text: &str) -> bool {
        match self.0.checked_sub(text.len().saturating_add(Self::EACH)) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }

    /// A text of a file, if there is room for it.
    pub(super) fn keep(&mut self, value: &[u8]) -> Option<String> {
        Some(text(value)).filter(|text| self.admits(text))
    }

    /// A copy of an interface with the texts that there is room for.
    pub(super) fn copy(&mut self, interface: &Interface) -> Interface {
        let mut keep = |text: &&String| self.admits(text);
        Interface {
            name: interface.name.as_ref().filter(&mut keep).cloned(),
            description: interface.description.as_ref().filter(&mut keep).cloned(),
            comments: interface.comments.iter().filter(keep).cloned().collect(),
            ..*interface
        }
    }
}

/// A string of a file, with what isn't UTF-8 replaced, and without a final zero octet, which
/// some writers add.
fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).trim_end_matches('\0').to_owned()
}
