//! Columns by name, a line per packet: `fields`, and the same as `csv`.
//!
//! A name that Wireshark has means the same here, and its value is spelled as `tshark -T fields`
//! of version 4.0 spells it: a tab between columns, a comma between the values of one, `0x` before
//! hexadecimal, flags as 0 or 1. Scripts written for tshark read these lines too. Where a value
//! differs from tshark's, `tests/tshark-differences.toml` has the reason.
//!
//! Of an option that breaks its layout only the subtype is shown: which octets belong to which
//! field is just what isn't known. `mptcp.notice` says what is wrong. Of an option that the snap
//! length cut the fields are shown that were captured whole.
//!
//! Columns are resolved once, and numbers go into the buffer without the formatting machinery.

mod conversation;
mod layers;
mod mptcp;
mod registry;
mod tcp;
mod values;

use std::ops::Range;

use crate::event::{Event, Repeat};
use crate::source::Frame;
use crate::wire::field::{Field, Name, Value};
use crate::wire::frame::{self, Packet, TunnelPorts};
use crate::wire::mptcp::raw_options;
use crate::wire::tcp::PLACES;
use conversation::{Conversations, Place};
use registry::Content;
use values::{Values, quote};

pub use registry::{Column, UnknownColumn};

/// How the columns of a line are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Tabs between columns.
    Tabs,
    /// Commas between columns, and quotes around what holds a comma (RFC 4180 §2). A line ends as
    /// lines end elsewhere, without the carriage return.
    Csv,
}

impl Layout {
    const fn separator(self) -> u8 {
        match self {
            Self::Tabs => b'\t',
            Self::Csv => b',',
        }
    }
}

/// The columns of a run, and what they remember of it.
#[derive(Debug)]
pub struct Columns {
    chosen: Vec<Resolved>,
    /// The first run of columns that show nothing but options.
    run: Range<usize>,
    /// Every other column needs nothing but the frame.
    can_repeat: bool,
    /// That run in the latest lines of some flows, most of whose lines share it.
    kept: Vec<Kept>,
    layout: Layout,
    /// Which fields of options a column wants.
    wanted: Names,
    layers: bool,
    frames: bool,
    streams: bool,
    tracking: bool,
    notices: bool,
    /// The numbers in the current packet's options, apart from what is larger than a number.
    numbers: Vec<(Name, u64)>,
    values: Vec<(Name, Value)>,
    conversations: Conversations,
    now: Now,
}

/// Columns of a line as they were written, up to the separator behind the last one.
#[derive(Clone, Debug, Default)]
struct Kept {
    id: u64,
    text: Vec<u8>,
}

/// A set of fields of options: a bit for each, so that looking into it needs no memory.
#[derive(Clone, Copy, Debug, Default)]
struct Names(u64);

const _: () = assert!(Name::ALL.len() <= u64::BITS as usize);

impl Names {
    fn insert(&mut self, name: Name) {
        self.0 |= 1 << name as u32;
    }

    #[inline]
    fn contains(self, name: Name) -> bool {
        self.0 >> name as u32 & 1 == 1
    }
}

/// A column with its content at hand.
#[derive(Clone, Copy, Debug)]
struct Resolved {
    name: &'static str,
    content: Content,
}

/// What is known of the current frame beside its own octets.
#[derive(Clone, Copy, Debug, Default)]
struct Now {
    /// The time of the first frame, of the one before, and of this one, in nanoseconds.
    first: Option<i64>,
    before: Option<i64>,
    this: Option<i64>,
    /// Where its segment stands in its TCP conversation.
    place: Option<Place>,
}

/// What a column may look at.
struct Context<'c> {
    event: &'c Event<'c>,
    packet: Option<&'c Packet<'c>>,
    now: &'c Now,
    conversations: &'c Conversations,
}

impl Columns {
    /// The columns of whoever names none.
    pub const DEFAULT: [&'static str; 15] = [
        "frame.number",
        "frame.time_epoch",
        "ip.src",
        "ip.dst",
        "ipv6.src",
        "ipv6.dst",
        "tcp.srcport",
        "tcp.dstport",
        "tcp.flags.str",
        "tcp.len",
        "mptcp.stream",
        "tcp.options.mptcp.subtype",
        "mptcp.dss.dsn",
        "mptcp.ack",
        "mptcp.notice",
    ];

    /// Resolves names to columns, [`Columns::DEFAULT`] where there are none.
    ///
    /// # Errors
    ///
    /// [`UnknownColumn`] for the first name that no column has.
    pub fn new(names: &[&str], layout: Layout) -> Result<Self, UnknownColumn> {
        let names = if names.is_empty() { &Self::DEFAULT } else { names };
        let chosen = names.iter().map(|name| Column::find(name)).collect::<Result<Vec<_>, _>>()?;
        let needs = |need: fn(&Column) -> bool| chosen.iter().any(need);
        let mut wanted = Names::default();
        for column in &chosen {
            if let Content::Option(name, _) = column.content {
                wanted.insert(name);
            }
        }
        let of_options = |column: &Column| column.content.is_of_options();
        let start = chosen.iter().position(of_options).unwrap_or(chosen.len());
        let length = chosen[start..].iter().take_while(|column| of_options(column)).count();
        let run = start..start + length;
        let mut beside = chosen.iter().enumerate().filter(|(at, _)| !run.contains(at));
        Ok(Self {
            layout,
            can_repeat: !run.is_empty() && beside.all(|(_, column)| column.content.is_of_frame()),
            run,
            kept: vec![Kept::default(); PLACES],
            wanted,
            layers: needs(Column::needs_layers),
            frames: needs(Column::needs_every_frame),
            streams: needs(Column::needs_streams),
            tracking: needs(Column::needs_tracking),
            notices: needs(|column| column.name == mptcp::NOTICE),
            chosen: chosen
                .into_iter()
                .map(|column| Resolved { name: column.name, content: column.content })
                .collect(),
            numbers: Vec::new(),
            values: Vec::new(),
            conversations: Conversations::default(),
            now: Now::default(),
        })
    }

    /// Whether connections have to be followed. Columns that need it are empty otherwise.
    pub fn needs_tracking(&self) -> bool {
        self.tracking
    }

    /// Whether a line consists of its options' columns and of what the frame says without being
    /// dissected, so that [`repeat`](Self::repeat) is worth asking for.
    pub fn can_repeat(&self) -> bool {
        self.can_repeat
    }

    /// Whether any column is about notices.
    pub fn shows_notices(&self) -> bool {
        self.notices
    }

    /// Whether [`see`](Self::see) has to be shown every frame, those without MPTCP too: times
    /// relative to other frames and the numbers of TCP conversations depend on all of them.
    pub fn needs_every_frame(&self) -> bool {
        self.frames || self.streams
    }

    /// Looks at a frame before it is dissected; a later [`row`](Self::row) is about this frame.
    /// Does nothing unless [`needs_every_frame`](Self::needs_every_frame).
    #[inline]
    pub fn see(&mut self, tunnels: &TunnelPorts, frame: &Frame<'_>) {
        if self.needs_every_frame() {
            self.see_frame(tunnels, frame);
        }
    }

    fn see_frame(&mut self, tunnels: &TunnelPorts, frame: &Frame<'_>) {
        let time = frame.time.map(|time| time.0);
        self.now.before = self.now.this.or(self.now.before);
        self.now.this = time;
        self.now.first = self.now.first.or(time);
        self.now.place = None;
        if !self.streams {
            return;
        }
        let located = frame::locate_with(tunnels, frame.link, frame.octets, frame.wire_len);
        if let Ok(located) = located {
            self.now.place = Some(self.conversations.see(&located.segment()));
        }
    }

    /// Writes the names of the columns as a line.
    pub fn header(&self, out: &mut Vec<u8>) {
        for column in &self.chosen {
            out.extend_from_slice(column.name.as_bytes());
            out.push(self.layout.separator());
        }
        end_line(out);
    }

    /// Writes a packet's line; nothing for one without an option of MPTCP.
    pub fn row(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        if let Some((view, place)) = event.view.zip(self.now.place) {
            self.conversations.belongs(place.stream, view.connection);
        }
        if event.options.is_empty() {
            return;
        }
        self.write_beside(event, 0..self.run.start, out);
        if !self.run.is_empty() {
            self.write_run(event, out);
        }
        self.write_beside(event, self.run.end..self.chosen.len(), out);
        end_line(out);
    }

    /// Writes the line of a frame that repeats the options of one before it, where that one's are
    /// kept and this [can be done](Self::can_repeat) at all. Tells whether it did.
    #[inline]
    pub fn repeat(&self, repeat: &Repeat<'_>, out: &mut Vec<u8>) -> bool {
        let Some(text) = self.kept(repeat.place, repeat.options_id) else { return false };
        let (number, frame) = (repeat.number, repeat.frame);
        self.write_of_frame(0..self.run.start, number, frame, out);
        out.extend_from_slice(text);
        self.write_of_frame(self.run.end..self.chosen.len(), number, frame, out);
        end_line(out);
        true
    }

    /// The run of columns that show nothing but options, if it is kept for these.
    #[inline]
    fn kept(&self, place: usize, options_id: u64) -> Option<&[u8]> {
        let kept = &self.kept[place];
        (!kept.text.is_empty() && kept.id == options_id).then_some(&kept.text)
    }

    /// Writes some of the columns beside the run, each with a separator behind.
    #[inline]
    fn write_beside(&mut self, event: &Event<'_>, columns: Range<usize>, out: &mut Vec<u8>) {
        if self.can_repeat {
            self.write_of_frame(columns, event.number, event.frame, out);
        } else if !columns.is_empty() {
            self.write(event, columns, out);
        }
    }

    /// Writes columns that need nothing but the frame, each with a separator behind.
    #[inline]
    fn write_of_frame(
        &self,
        columns: Range<usize>,
        number: u64,
        frame: &Frame<'_>,
        out: &mut Vec<u8>,
    ) {
        for column in self.chosen.get(columns).unwrap_or_default() {
            if let Content::Frame(write) = column.content {
                write(number, frame, &mut Values::new(out));
            }
            out.push(self.layout.separator());
        }
    }

    /// Writes the run of columns that show nothing but options, each with a separator behind.
    fn write_run(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        let place = event.segment.place();
        if let Some(text) = self.kept(place, event.options_id) {
            out.extend_from_slice(text);
            return;
        }
        let start = out.len();
        self.write(event, self.run.clone(), out);
        let kept = &mut self.kept[place];
        kept.id = event.options_id;
        kept.text.clear();
        kept.text.extend_from_slice(&out[start..]);
    }

    /// Writes some of the columns, each with a separator behind.
    fn write(&mut self, event: &Event<'_>, columns: Range<usize>, out: &mut Vec<u8>) {
        let columns = self.chosen.get(columns).unwrap_or_default();
        if columns.iter().any(|column| matches!(column.content, Content::Option(..))) {
            let Self { numbers, values, wanted, .. } = self;
            visit(event, *wanted, numbers, values);
        }
        let packet = (self.layers && !layers::is_plain(event)).then(|| event.packet());
        let context = Context {
            event,
            packet: packet.as_ref(),
            now: &self.now,
            conversations: &self.conversations,
        };
        let separator = self.layout.separator();
        for column in columns {
            let start = out.len();
            let mut values = Values::new(out);
            match column.content {
                Content::Subtype => subtypes(event, &mut values),
                Content::Option(name, show) => {
                    for (_, number) in self.numbers.iter().filter(|(of, _)| *of == name) {
                        values.number(*number, show);
                    }
                    for (_, value) in self.values.iter().filter(|(of, _)| *of == name) {
                        values.field(value, show);
                    }
                }
                Content::Frame(write) => write(event.number, event.frame, &mut values),
                Content::Other(write) => write(&context, &mut values),
            }
            if self.layout == Layout::Csv {
                quote(out, start);
            }
            out.push(separator);
        }
    }
}

/// Collects what the options have of the fields that a column wants.
#[inline]
fn visit(
    event: &Event<'_>,
    wanted: Names,
    numbers: &mut Vec<(Name, u64)>,
    values: &mut Vec<(Name, Value)>,
) {
    numbers.clear();
    values.clear();
    let mut keep = |field: Field| {
        if !wanted.contains(field.name) {
            return;
        }
        match field.value {
            Value::Uint(number) => numbers.push((field.name, number)),
            value => values.push((field.name, value)),
        }
    };
    for decoded in event.options {
        match decoded.well_formed() {
            // The flags octet is put together from the others, so it is left out where it can be.
            Some(option) if !wanted.contains(Name::Flags) => option.parts(&mut keep),
            _ => decoded.fields(event.dialect, &mut keep),
        }
    }
}

/// Puts the end of the line in the place of the last separator.
#[inline]
fn end_line(out: &mut [u8]) {
    if let Some(last) = out.last_mut() {
        *last = b'\n';
    }
}

/// The subtypes of all options of kind 30 that are long enough to have one, well-formed or not.
fn subtypes(event: &Event<'_>, out: &mut Values<'_>) {
    for octet in raw_options(event.segment.options).filter_map(|option| option.get(2)) {
        out.num(octet >> 4);
    }
}
