//! The chosen format.

use std::io::IsTerminal;
use std::path::Path;

use mpdissect::event::{Dissector, Event};
use mpdissect::render::line::{Lines, Style};
use mpdissect::render::theme::Theme;
use mpdissect::render::{hex, tree};
use mpdissect::source::Frame;

use crate::cli::{Colour, Dissect, Format};

/// What packets and connections are shown as.
pub(super) struct Output {
    kind: Kind,
    theme: Theme,
}

enum Kind {
    /// Standard output takes the written packets.
    Nothing,
    CountOnly,
    Text {
        lines: Box<Lines>,
        verbose: bool,
        hex: bool,
    },
}

impl Output {
    /// The output that the command line asks for, or why there is none.
    pub(super) fn new(args: &Dissect) -> Result<Self, String> {
        let terminal = std::io::stdout().is_terminal();
        let colour = match args.color {
            Colour::Always => true,
            Colour::Never => false,
            // https://no-color.org: present and not empty.
            Colour::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        };
        let theme = Theme::new(colour);
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let style = Style {
            clock: args.time.into(),
            absolute: args.absolute,
            all_options: args.tcp_options,
            width: width.filter(|_| terminal),
        };
        let kind = match args.format {
            _ if args.write.as_deref() == Some(Path::new("-")) => Kind::Nothing,
            _ if args.count_only => Kind::CountOnly,
            Format::Text => Kind::Text {
                lines: Box::new(Lines::new(theme.clone(), style)),
                verbose: args.verbose,
                hex: args.hex,
            },
            _ => return Err("not yet".to_owned()),
        };
        Ok(Self { kind, theme })
    }

    pub(super) fn needs_tracking(&self) -> bool {
        !matches!(self.kind, Kind::CountOnly)
    }

    pub(super) fn is_for_people(&self) -> bool {
        matches!(self.kind, Kind::Text { .. })
    }

    /// Sees every frame that the filter lets through.
    #[inline]
    pub(super) fn meet(&mut self, frame: &Frame<'_>) {
        if let Kind::Text { lines, .. } = &mut self.kind {
            lines.start(frame.time);
        }
    }

    pub(super) fn event(&mut self, event: &Event<'_>, comments: &[String], out: &mut Vec<u8>) {
        match &mut self.kind {
            Kind::Nothing | Kind::CountOnly => {}
            Kind::Text { lines, verbose, hex } => {
                lines.event(event, comments, out);
                if *verbose {
                    tree::event(event, &self.theme, out);
                }
                if *hex {
                    hex::event(event, &self.theme, out);
                }
            }
        }
    }

    /// Shows the connections that had to leave.
    #[inline]
    pub(super) fn leaving(&mut self, dissector: &mut Dissector, out: &mut Vec<u8>) {
        for _connection in dissector.tracker().take_leaving() {
            if let Kind::CountOnly = self.kind {
                out.clear();
            }
        }
    }

    pub(super) fn end(
        &mut self,
        dissector: &mut Dissector,
        _complete: bool,
        _failure: Option<&str>,
        out: &mut Vec<u8>,
    ) {
        let counts = dissector.counts();
        if let Kind::CountOnly = self.kind {
            let text = format!(
                "{} packets, {} with TCP, {} with MPTCP\n",
                counts.frames, counts.segments, counts.mptcp
            );
            out.extend_from_slice(text.as_bytes());
        }
    }
}
