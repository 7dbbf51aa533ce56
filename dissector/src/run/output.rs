//! The chosen format.

use std::io::IsTerminal;
use std::path::Path;

use mpdissect::event::{Counts, Event, Repeat};
use mpdissect::flow::Connection;
use mpdissect::render::fields::{Columns, Layout};
use mpdissect::render::json::{self, End};
use mpdissect::render::line::{Lines, Style};
use mpdissect::render::table::{self, Totals};
use mpdissect::render::theme::Theme;
use mpdissect::render::{hex, tree};
use mpdissect::source::{Frame, Interface};
use mpdissect::wire::frame::TunnelPorts;

use crate::cli::{Colour, Dissect, Format};

/// What packets and connections are shown as.
pub(super) enum Output {
    /// Standard output takes the written packets.
    Nothing,
    CountOnly,
    Text(Box<Text>),
    Columns(Box<Columns>),
    Json,
    /// The connections: as a table, or as JSON without one.
    Connections(Option<Box<Table>>),
}

pub(super) struct Table {
    theme: Theme,
    width: usize,
    totals: Totals,
}

pub(super) struct Text {
    lines: Lines,
    theme: Theme,
    verbose: bool,
    hex: bool,
}

impl Output {
    /// The output that the command line asks for, or why there is none. Headings go to `out`.
    pub(super) fn new(args: &Dissect, out: &mut Vec<u8>) -> Result<Self, String> {
        let columns_only = args.header || !args.columns.is_empty();
        if columns_only && !matches!(args.format, Format::Fields | Format::Csv) {
            return Err("-e and --header are for --format fields and csv".to_owned());
        }
        if (args.verbose || args.hex) && args.format != Format::Text {
            return Err("-v and -x are for --format text; json has every field".to_owned());
        }
        if args.count_only && args.format != Format::Text {
            return Err("--count-only has no other format than text".to_owned());
        }
        if args.write.as_deref() == Some(Path::new("-")) {
            return Ok(Self::Nothing);
        }
        if args.count_only {
            return Ok(Self::CountOnly);
        }
        if args.connections {
            return match args.format {
                Format::Text => Ok(Self::Connections(Some(Box::new(Table::new(args, out))))),
                Format::Json => Ok(Self::Connections(None)),
                _ => Err("--connections are shown as text or json".to_owned()),
            };
        }
        let mut columns = |layout, header| {
            let names: Vec<&str> = args.columns.iter().map(String::as_str).collect();
            let columns = Columns::new(&names, layout).map_err(|error| error.to_string())?;
            if header {
                columns.header(out);
            }
            Ok(Self::Columns(Box::new(columns)))
        };
        match args.format {
            Format::Text => Ok(Self::Text(Box::new(Text::new(args)))),
            Format::Fields => columns(Layout::Tabs, args.header),
            Format::Csv => columns(Layout::Csv, true),
            Format::Json => Ok(Self::Json),
        }
    }

    /// Whether the output says anything that only connections know.
    pub(super) fn needs_tracking(&self) -> bool {
        match self {
            Self::Nothing | Self::CountOnly => false,
            Self::Text(_) | Self::Json | Self::Connections(_) => true,
            Self::Columns(columns) => columns.needs_tracking(),
        }
    }

    /// Whether the output says anything of what is odd about a segment by itself.
    pub(super) fn shows_notices(&self) -> bool {
        match self {
            Self::Nothing | Self::CountOnly => false,
            Self::Text(_) | Self::Json | Self::Connections(_) => true,
            Self::Columns(columns) => columns.shows_notices(),
        }
    }

    pub(super) fn is_for_people(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Connections(Some(_)))
    }

    /// Sees every frame that the filter lets through.
    #[inline]
    pub(super) fn meet(
        &mut self,
        tunnels: &TunnelPorts,
        frame: &Frame<'_>,
        interfaces: &[Interface],
    ) {
        match self {
            Self::Text(text) => {
                let interface = interfaces.get(frame.interface as usize);
                text.lines.meet(frame.time, interface.map(|interface| interface.resolution));
            }
            Self::Columns(columns) => columns.see(tunnels, frame),
            Self::Nothing | Self::CountOnly | Self::Json | Self::Connections(_) => {}
        }
    }

    /// Whether [`repeat`](Self::repeat) is worth asking for.
    pub(super) fn can_repeat(&self) -> bool {
        matches!(self, Self::Columns(columns) if columns.can_repeat())
    }

    /// Shows a frame that repeats the options of one before it, if it can.
    #[inline]
    pub(super) fn repeat(&self, repeat: &Repeat<'_>, out: &mut Vec<u8>) -> bool {
        matches!(self, Self::Columns(columns) if columns.repeat(repeat, out))
    }

    pub(super) fn event(&mut self, event: &Event<'_>, comments: &[String], out: &mut Vec<u8>) {
        match self {
            Self::Nothing | Self::CountOnly | Self::Connections(_) => {}
            Self::Json => json::packet(event, comments, out),
            Self::Columns(columns) => columns.row(event, out),
            Self::Text(text) => {
                text.lines.event(event, comments, out);
                if text.verbose {
                    tree::event(event, &text.theme, out);
                }
                if text.hex {
                    hex::event(event, &text.theme, out);
                }
            }
        }
    }

    /// Shows a connection that has to leave, or at the end.
    pub(super) fn connection(&mut self, connection: &Connection, out: &mut Vec<u8>) {
        match self {
            Self::Connections(None) => json::connection(connection, out),
            Self::Connections(Some(table)) => {
                table.totals.add(connection);
                table::connection(connection, &table.style(), out);
            }
            _ => {}
        }
    }

    /// Shows what the run comes to. `selected` are the packets that were asked for, unless all are.
    pub(super) fn end(&self, end: &End<'_>, selected: Option<u64>, out: &mut Vec<u8>) {
        let counts = end.counts;
        match self {
            Self::CountOnly => {
                let Counts { frames, segments, mptcp, .. } = counts;
                let text = format!("{frames} packets, {segments} with TCP, {mptcp} with MPTCP");
                out.extend_from_slice(text.as_bytes());
                if let Some(selected) = selected {
                    out.extend_from_slice(format!(", {selected} selected").as_bytes());
                }
                out.push(b'\n');
            }
            Self::Json | Self::Connections(None) => json::end(end, out),
            Self::Connections(Some(table)) => {
                table::summary(&table.totals, counts, end.evicted, &table.style(), out);
            }
            Self::Nothing | Self::Text(_) | Self::Columns(_) => {}
        }
    }
}

/// The colours that the command line, the environment and the terminal want.
fn theme(args: &Dissect) -> Theme {
    Theme::new(match args.color {
        Colour::Always => true,
        Colour::Never => false,
        // https://no-color.org: present and not empty.
        Colour::Auto => {
            std::io::stdout().is_terminal()
                && std::env::var_os("TERM").is_none_or(|terminal| terminal != "dumb")
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    })
}

/// The columns of the terminal that the output goes to.
fn width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
    Some(usize::from(width.0))
}

impl Table {
    /// The columns of a table that goes to no terminal.
    const WIDTH: usize = 100;

    fn new(args: &Dissect, out: &mut Vec<u8>) -> Self {
        let width = width().unwrap_or(Self::WIDTH);
        let table = Self { theme: theme(args), width, totals: Totals::default() };
        table::heading(&table.style(), out);
        table
    }

    fn style(&self) -> table::Style<'_> {
        table::Style { width: self.width, theme: &self.theme }
    }
}

impl Text {
    fn new(args: &Dissect) -> Self {
        let theme = theme(args);
        let style = Style {
            clock: args.time.into(),
            absolute: args.absolute,
            all_options: args.tcp_options,
            width: width(),
        };
        let lines = Lines::new(theme.clone(), style);
        Self { lines, theme, verbose: args.verbose, hex: args.hex }
    }
}
