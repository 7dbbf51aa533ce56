//! A run: frames in, output out, and what to say when something is in the way.

mod output;
mod progress;

use std::io::IsTerminal;
use std::path::PathBuf;

use mpdissect::event::{Config, Dissector, Event};
use mpdissect::render::json::End;
use mpdissect::source::{
    Class, Filter, Interrupt, LinkType, Live, LiveOptions, Merge, Misfits, ReadOptions, Sequence,
    Source, SourceError, Statistics, WriteError, Writer, input_name, same_file,
};
use mpdissect::wire::mptcp::{Dialect, Subtypes};

use crate::cli::Dissect;
use crate::shown::{Shown, Stop};
use crate::{Outcome, complain};
use output::Output;
use progress::Progress;

/// Why a run can't go on.
enum Halt {
    /// Nobody reads the output any more.
    Closed,
    /// With this outcome, and this to say.
    Because(Outcome, String),
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Closed => Self::Closed,
            Stop::Failed(error) => Self::Because(
                Outcome::Failed,
                format!("standard output can't be written: {error}; make room or write elsewhere"),
            ),
        }
    }
}

impl From<WriteError> for Halt {
    fn from(error: WriteError) -> Self {
        if error.is_closed_pipe() {
            Self::Closed
        } else {
            Self::Because(Outcome::Failed, error.to_string())
        }
    }
}

/// Does what the command line asks for.
pub(crate) fn run(args: &Dissect) -> Outcome {
    match prepare_and_run(args) {
        Ok(outcome) => outcome,
        Err(Halt::Closed) => Outcome::Complete,
        Err(Halt::Because(outcome, message)) => complain(outcome, message),
    }
}

fn prepare_and_run(args: &Dissect) -> Result<Outcome, Halt> {
    let mut shown = Shown::new();
    let output = Output::new(args, &mut shown.text).map_err(|message| usage(&message))?;
    let interrupt = Interrupt::on_signals().map_err(|error| {
        Halt::Because(Outcome::Failed, format!("signals can't be caught: {error}"))
    })?;
    match &args.interface {
        Some(name) => capture(name, args, interrupt, output, shown),
        None => read(args, interrupt, output, shown),
    }
}

fn capture(
    name: &str,
    args: &Dissect,
    interrupt: Interrupt,
    output: Output,
    shown: Shown,
) -> Result<Outcome, Halt> {
    let defaults = LiveOptions::new(name);
    let options = LiveOptions {
        filter: args.filter.clone(),
        snaplen: args.snaplen.unwrap_or(defaults.snaplen),
        promiscuous: !args.no_promiscuous,
        duration: args.duration,
        interrupt,
        ..defaults
    };
    let live = Live::open(&options).map_err(|error| unreadable(&error))?;
    eprint_line(format_args!("capturing on {name}, Ctrl-C ends it"));
    let mut run = Run::new(args, live, output, shown, None)?;
    let outcome = run.run();
    run.report_statistics();
    outcome
}

fn read(
    args: &Dissect,
    interrupt: Interrupt,
    output: Output,
    shown: Shown,
) -> Result<Outcome, Halt> {
    let files = files(args)?;
    // The expression is compiled before anything is read, so that a wrong one is a wrong command.
    let filter = args.filter.as_ref().map(|text| Filter::new(text, LinkType::ETHERNET));
    let filter = filter.transpose().map_err(|error| usage(&error.to_string()))?;
    let options = ReadOptions { interrupt, follow: args.follow, ..ReadOptions::default() };
    if args.merge {
        let source = Merge::open(&files, &options).map_err(|error| unreadable(&error))?;
        Run::new(args, source, output, shown, filter)?.run()
    } else {
        Run::new(args, Sequence::new(files, options), output, shown, filter)?.run()
    }
}

/// The files to read, if what is asked of them makes sense.
fn files(args: &Dissect) -> Result<Vec<PathBuf>, Halt> {
    // Not left to clap, which lets a requirement go where what it requires conflicts with a file.
    if args.snaplen.is_some() || args.duration.is_some() || args.no_promiscuous {
        return Err(usage("--snaplen, --duration and --no-promiscuous are for --interface"));
    }
    let mut files: Vec<PathBuf> = args.read.iter().chain(&args.files).cloned().collect();
    if files.is_empty() {
        if std::io::stdin().is_terminal() {
            return Err(usage("no capture file and no interface; try `mpdissect --help`"));
        }
        files.push(PathBuf::from("-"));
    }
    if files.iter().filter(|file| file.as_os_str() == "-").count() > 1 {
        return Err(usage("standard input can be read only once, and - is given more often"));
    }
    if args.follow && files.len() > 1 {
        return Err(usage("--follow waits for more of one file, so it takes one only"));
    }
    let target = args.write.as_ref().filter(|target| target.as_os_str() != "-");
    if let Some(file) = target.and_then(|target| files.iter().find(|file| same_file(file, target)))
    {
        let name = input_name(file);
        return Err(usage(&format!("{name} would be overwritten while it is read")));
    }
    Ok(files)
}

fn usage(message: &str) -> Halt {
    Halt::Because(Outcome::Usage, message.to_owned())
}

fn unreadable(error: &SourceError) -> Halt {
    Halt::Because(outcome_of(error), error.to_string())
}

fn outcome_of(error: &SourceError) -> Outcome {
    match error.class() {
        Class::Damaged => Outcome::Damaged,
        Class::Unreadable => Outcome::Failed,
    }
}

fn eprint_line(text: std::fmt::Arguments<'_>) {
    use std::io::Write;
    // Where stderr is closed there is nobody to tell.
    drop(writeln!(std::io::stderr(), "mpdissect: {text}"));
}

/// Which packets are shown.
struct Selection {
    subtypes: Subtypes,
    connection: Option<u32>,
    all: bool,
}

impl Selection {
    fn holds(&self, event: &Event<'_>) -> bool {
        if self.connection.is_some_and(|id| event.view.is_none_or(|view| view.connection != id)) {
            return false;
        }
        if !self.subtypes.is_empty() {
            return self.subtypes.intersects(event.subtypes);
        }
        self.all || !event.options.is_empty() || !event.findings.notices.is_empty()
    }

    fn is_everything(&self) -> bool {
        self.subtypes.is_empty() && self.connection.is_none()
    }
}

struct Run<S> {
    source: S,
    filter: Option<Filter>,
    dissector: Dissector,
    selection: Selection,
    output: Output,
    shown: Shown,
    writer: Option<Writer>,
    most: u64,
    count_only: bool,
    /// Nothing but the output looks at frames that repeat options, and it can do without an event.
    can_repeat: bool,
    /// Packets that the selection let through.
    selected: u64,
    /// The source came to its end, not to a limit.
    whole: bool,
    outcome: Outcome,
    failure: Option<String>,
}

impl<S: Source> Run<S> {
    fn new(
        args: &Dissect,
        source: S,
        output: Output,
        shown: Shown,
        filter: Option<Filter>,
    ) -> Result<Self, Halt> {
        let dialect = Dialect::new(args.nav_subtype, args.exid).ok_or_else(|| {
            Halt::Because(Outcome::Usage, "--nav-subtype is not one of 0x9 to 0xf".to_owned())
        })?;
        let subtypes: Subtypes = args.only.iter().copied().collect();
        let selection = Selection { subtypes, connection: args.stream, all: args.all };
        let track =
            !args.no_track && (output.needs_tracking() || args.stream.is_some() || args.all);
        let config = Config {
            dialect,
            track,
            notices: track || output.shows_notices(),
            state_limit: args.state_limit as usize,
            ..Config::default()
        };
        let can_repeat = output.can_repeat() && args.write.is_none();
        let everything = selection.is_everything();
        let mut dissector = Dissector::new(config);
        dissector.only(selection.subtypes);
        Ok(Self {
            source,
            filter,
            dissector,
            selection,
            output,
            shown,
            writer: args.write.as_deref().map(Writer::create).transpose()?,
            most: args.count.unwrap_or(u64::MAX),
            count_only: args.count_only && args.write.is_none() && everything,
            can_repeat,
            selected: 0,
            whole: false,
            outcome: Outcome::Complete,
            failure: None,
        })
    }

    fn run(&mut self) -> Result<Outcome, Halt> {
        let read = self.read_all();
        if read.is_err() {
            self.writer = None;
        }
        // What was made of the packets before a halt is shown all the same.
        let finished = self.finish();
        read.and(finished).map(|()| self.outcome)
    }

    // Never inlined: beside what prepares a run, the loop's variables would be far from each other.
    #[inline(never)]
    fn read_all(&mut self) -> Result<(), Halt> {
        let mut progress = Progress::new();
        let mut read = 0;
        while read < self.most {
            if !self.source.ready() {
                self.flush()?;
            }
            match self.source.advance() {
                Ok(true) => {}
                Ok(false) => {
                    self.whole = true;
                    break;
                }
                Err(error) => {
                    self.fail(&error);
                    continue;
                }
            }
            read += u64::from(self.frame()?);
            progress.tick(&self.source);
        }
        progress.clear();
        Ok(())
    }

    /// Deals with the current frame, and tells whether the filter lets it through.
    #[inline]
    fn frame(&mut self) -> Result<bool, Halt> {
        let frame = self.source.frame();
        if let Some(filter) = &mut self.filter
            && !filter.matches(&frame)
        {
            return Ok(false);
        }
        if self.count_only {
            self.dissector.count(&frame);
            return Ok(true);
        }
        self.output.meet(self.dissector.tunnels(), &frame, self.source.interfaces());
        let mut room = None;
        let event = self.dissector.dissect_unless(&frame, &mut room, |repeat| {
            let shown = self.can_repeat && self.output.repeat(repeat, &mut self.shown.text);
            self.selected += u64::from(shown);
            shown
        });
        let selected = event.as_ref().filter(|event| self.selection.holds(event));
        if let Some(event) = selected {
            self.selected += 1;
            self.output.event(event, self.source.comments(), &mut self.shown.text);
        }
        if let Some(writer) = &mut self.writer
            && (selected.is_some() || self.selection.is_everything())
        {
            writer.write(&frame, self.source.interfaces(), self.source.comments())?;
        }
        if self.dissector.tracker().has_leaving() {
            self.show_leaving();
        }
        self.shown.settle()?;
        Ok(true)
    }

    /// Frames that the filter leaves out for their link type.
    fn report_misfits(&self) {
        let misfits = self.filter.as_ref().and_then(Filter::misfits);
        let Some(Misfits { frames, links, first }) = misfits else { return };
        match links.len() {
            1 => eprint_line(format_args!("{frames} packets are left out: {first}")),
            kinds => eprint_line(format_args!(
                "{frames} packets of {kinds} link types are left out: for one, {first}"
            )),
        }
    }

    /// Frames whose segment could not be found, for a reader who would miss them.
    fn report_lost_frames(&self) {
        if !self.output.is_for_people() {
            return;
        }
        let counts = self.dissector.counts();
        if let Some((number, fault)) = self.dissector.first_broken() {
            let broken = counts.broken;
            eprint_line(format_args!(
                "{broken} packets have headers that hide what they carry, number {number} first: \
                 {fault}"
            ));
        }
        for (count, what) in [
            (counts.fragments, "are fragments, which aren't put together"),
            (counts.cut, "are cut by the snap length before their TCP header"),
            (counts.foreign_links, "are of a link type that isn't known here"),
        ] {
            if count > 0 {
                eprint_line(format_args!("{count} packets {what}"));
            }
        }
    }

    #[cold]
    fn show_leaving(&mut self) {
        for connection in self.dissector.tracker().take_leaving() {
            if self.selection.connection.is_none_or(|id| id == connection.id) {
                self.output.connection(&connection, &mut self.shown.text);
            }
        }
    }

    fn flush(&mut self) -> Result<(), Halt> {
        self.shown.flush()?;
        if let Some(writer) = &mut self.writer {
            writer.flush()?;
        }
        Ok(())
    }

    /// Says what is wrong with an input, after what was good of it.
    fn fail(&mut self, error: &SourceError) {
        drop(self.shown.flush());
        self.outcome = self.outcome.max(outcome_of(error));
        self.failure = Some(error.to_string());
        complain(self.outcome, error);
    }

    fn finish(&mut self) -> Result<(), Halt> {
        // An endless pipe is ended by the user; a file that has an end has not been read to it.
        let cut_short = self.source.interrupted() && self.source.progress().is_some();
        if cut_short && self.outcome == Outcome::Complete {
            self.outcome = Outcome::Interrupted;
        }
        let all_read = self.outcome == Outcome::Complete;
        let tracker = self.dissector.tracker();
        let evicted = tracker.evicted();
        let selected = self.selection.connection;
        for connection in tracker.connections() {
            if selected.is_none_or(|id| id == connection.id) {
                self.output.connection(connection, &mut self.shown.text);
                self.shown.settle()?;
            }
        }
        let counts = self.dissector.counts();
        let complete = all_read && self.whole && !self.source.interrupted();
        let error = self.failure.as_deref();
        let capture = self.source.statistics().ok().flatten();
        let end = End { counts, evicted, complete, error, capture };
        let selected = (!self.selection.is_everything()).then_some(self.selected);
        self.output.end(&end, selected, &mut self.shown.text);
        self.shown.flush()?;
        let written = self.finish_writing(capture);
        if evicted > 0 {
            eprint_line(format_args!(
                "{evicted} connections were forgotten to keep memory bounded (--state-limit): \
                 what came of them later counts as new"
            ));
        }
        if cut_short {
            eprint_line(format_args!(
                "stopped after {} packets, before the end",
                self.dissector.counts().frames
            ));
        }
        self.report_misfits();
        self.report_lost_frames();
        let counts = self.dissector.counts();
        if counts.mptcp > 0 && self.selected == 0 && all_read && !self.selection.is_everything() {
            eprint_line(format_args!(
                "none of {} packets with MPTCP is what --only and --stream ask for",
                counts.mptcp
            ));
        }
        if counts.mptcp == 0 && all_read && self.output.is_for_people() {
            eprint_line(format_args!("{} packets, none of them with MPTCP", counts.frames));
        }
        written
    }

    /// Ends the written file, if there is one.
    fn finish_writing(&mut self, counted: Option<Statistics>) -> Result<(), Halt> {
        let Some(mut writer) = self.writer.take() else { return Ok(()) };
        if let Some(counted) = counted {
            writer.statistics(self.source.interfaces(), counted)?;
        }
        let cut = writer.times_cut();
        writer.finish(self.source.interfaces())?;
        if cut > 0 {
            eprint_line(format_args!(
                "times that the written file has no room for were changed: {cut}"
            ));
        }
        Ok(())
    }
}

impl Run<Live> {
    fn report_statistics(&mut self) {
        let frames = self.dissector.counts().frames;
        match self.source.statistics() {
            Ok(Some(counted)) => eprint_line(format_args!(
                "{frames} packets read, {} received, {} dropped by the kernel, {} by the interface",
                counted.received, counted.dropped_by_kernel, counted.dropped_by_interface
            )),
            Ok(None) => {}
            Err(error) => eprint_line(format_args!("{error}")),
        }
    }
}
