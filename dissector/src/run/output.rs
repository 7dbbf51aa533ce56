//! The chosen format.

use std::io::IsTerminal;
use std::path::Path;

use mpdissect::event::{Dissector, Event};
use mpdissect::render::fields::{Columns, Layout};
use mpdissect::render::line::{Lines, Style};
use mpdissect::render::theme::Theme;
use mpdissect::render::{hex, tree};
use mpdissect::source::Frame;
use mpdissect::wire::frame::TunnelPorts;

use crate::cli::{Colour, Dissect, Format};

/// What packets and connections are shown as.
pub(super) enum Output {
    /// Standard output takes the written packets.
    Nothing,
    CountOnly,
    Text(Box<Text>),
    Columns(Box<Columns>),
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
        if args.write.as_deref() == Some(Path::new("-")) {
            return Ok(Self::Nothing);
        }
        if args.count_only {
            return Ok(Self::CountOnly);
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
            Format::Json => Err("not yet".to_owned()),
        }
    }

    /// Whether the output says anything that only connections know.
    pub(super) fn needs_tracking(&self) -> bool {
        match self {
            Self::Nothing | Self::CountOnly => false,
            Self::Text(_) => true,
            Self::Columns(columns) => columns.needs_tracking(),
        }
    }

    pub(super) fn is_for_people(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// Sees every frame that the filter lets through.
    #[inline]
    pub(super) fn meet(&mut self, tunnels: &TunnelPorts, frame: &Frame<'_>) {
        match self {
            Self::Text(text) => text.lines.start(frame.time),
            Self::Columns(columns) => columns.see(tunnels, frame),
            Self::Nothing | Self::CountOnly => {}
        }
    }

    pub(super) fn event(&mut self, event: &Event<'_>, comments: &[String], out: &mut Vec<u8>) {
        match self {
            Self::Nothing | Self::CountOnly => {}
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

    /// Shows the connections that had to leave.
    #[inline]
    pub(super) fn leaving(&mut self, dissector: &mut Dissector, _out: &mut Vec<u8>) {
        drop(dissector.tracker().take_leaving());
    }

    pub(super) fn end(
        &mut self,
        dissector: &mut Dissector,
        _complete: bool,
        _failure: Option<&str>,
        out: &mut Vec<u8>,
    ) {
        let counts = dissector.counts();
        if let Self::CountOnly = self {
            let text = format!(
                "{} packets, {} with TCP, {} with MPTCP\n",
                counts.frames, counts.segments, counts.mptcp
            );
            out.extend_from_slice(text.as_bytes());
        }
    }
}

impl Text {
    fn new(args: &Dissect) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let colour = match args.color {
            Colour::Always => true,
            Colour::Never => false,
            // https://no-color.org: present and not empty.
            Colour::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        };
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let theme = Theme::new(colour);
        let style = Style {
            clock: args.time.into(),
            absolute: args.absolute,
            all_options: args.tcp_options,
            width: width.filter(|_| terminal),
        };
        let lines = Lines::new(theme.clone(), style);
        Self { lines, theme, verbose: args.verbose, hex: args.hex }
    }
}
