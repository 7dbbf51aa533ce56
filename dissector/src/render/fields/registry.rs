//! Every column there is: one list that resolves names and is listed to the user.

use std::fmt;

use super::values::Values;
use super::{Context, layers, mptcp, tcp};
use crate::source::Frame;
use crate::wire::field::{Name, Show};

/// Something that can be asked for by name.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The name, Wireshark's where it has one for this.
    pub name: &'static str,
    /// What a person reads.
    pub label: &'static str,
    pub(super) content: Content,
    needs: Needs,
}

/// Where a column's values come from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content {
    /// The subtypes of the options, read off their octets.
    Subtype,
    /// A field of the well-formed options, and how it is written.
    Option(Name, Show),
    /// The frame and its number, in characters that need no quotes.
    Frame(fn(u64, &Frame<'_>, &mut Values<'_>)),
    /// Anything else.
    Other(fn(&Context<'_>, &mut Values<'_>)),
}

impl Content {
    pub(super) const fn is_of_options(self) -> bool {
        matches!(self, Self::Subtype | Self::Option(..))
    }

    pub(super) const fn is_of_frame(self) -> bool {
        matches!(self, Self::Frame(_))
    }
}

/// What has to be known before a column can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// The packet.
    Packet,
    /// Its layers.
    Layers,
    /// The times of other frames.
    Frames,
    /// Its TCP conversation.
    Streams,
    /// Its MPTCP connection.
    Tracking,
    /// Its MPTCP connection, and the TCP conversations of that.
    Both,
}

impl Column {
    /// Every column, in the order in which they are listed.
    pub fn all() -> impl Iterator<Item = Self> {
        let options = Name::ALL.iter().map(|&name| Self::of(name));
        let before = layers::COLUMNS.iter().chain(tcp::COLUMNS).copied();
        before.chain(options).chain(mptcp::COLUMNS.iter().copied())
    }

    pub(super) const fn other(
        name: &'static str,
        label: &'static str,
        needs: Needs,
        write: fn(&Context<'_>, &mut Values<'_>),
    ) -> Self {
        Self { name, label, content: Content::Other(write), needs }
    }

    /// A column that the frame tells by itself, with its number, in characters that need no quotes.
    pub(super) const fn frame(
        name: &'static str,
        label: &'static str,
        write: fn(u64, &Frame<'_>, &mut Values<'_>),
    ) -> Self {
        Self { name, label, content: Content::Frame(write), needs: Needs::Packet }
    }

    fn of(name: Name) -> Self {
        let content = match name {
            Name::Subtype => Content::Subtype,
            _ => Content::Option(name, name.show()),
        };
        Self { name: name.filter(), label: name.label(), content, needs: Needs::Packet }
    }

    /// The column of that name.
    ///
    /// # Errors
    ///
    /// [`UnknownColumn`], with similar names.
    pub fn find(name: &str) -> Result<Self, UnknownColumn> {
        Self::all().find(|column| column.name == name).ok_or_else(|| UnknownColumn::new(name))
    }

    /// Whether connections have to be followed for it.
    pub fn needs_tracking(&self) -> bool {
        matches!(self.needs, Needs::Tracking | Needs::Both)
    }

    /// Whether it depends on frames that it isn't written for.
    pub fn needs_every_frame(&self) -> bool {
        matches!(self.needs, Needs::Frames | Needs::Streams | Needs::Both)
    }

    pub(super) fn needs_streams(&self) -> bool {
        matches!(self.needs, Needs::Streams | Needs::Both)
    }

    pub(super) fn needs_layers(&self) -> bool {
        self.needs == Needs::Layers
    }
}

/// A name that no column has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownColumn {
    name: String,
    similar: Vec<&'static str>,
}

impl UnknownColumn {
    /// As many similar names as are said.
    const SIMILAR: usize = 3;
    /// How similar a name has to be, from 0 to 1 for the same.
    const LEAST: f64 = 0.85;

    fn new(name: &str) -> Self {
        let mut near: Vec<_> = Column::all()
            .map(|column| (closeness(name, column.name), column.name))
            .filter(|(closeness, _)| *closeness >= Self::LEAST)
            .collect();
        near.sort_by(|one, other| other.0.total_cmp(&one.0));
        let similar = near.into_iter().take(Self::SIMILAR).map(|(_, name)| name).collect();
        Self { name: name.to_owned(), similar }
    }
}

/// How close a name comes to a column's, of which people also leave the prefix out.
fn closeness(name: &str, column: &str) -> f64 {
    let tail = column.rsplit_once("mptcp.").map_or(column, |(_, tail)| tail);
    strsim::normalized_damerau_levenshtein(name, tail).max(strsim::jaro(name, column))
}

impl fmt::Display for UnknownColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no field is called {:?}; ", self.name)?;
        match self.similar.as_slice() {
            [] => f.write_str("`mpdissect fields` lists all of them"),
            similar => write!(f, "similar ones are {}", similar.join(", ")),
        }
    }
}

impl std::error::Error for UnknownColumn {}
