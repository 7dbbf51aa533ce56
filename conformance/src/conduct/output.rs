//! Where the results of a run go. Files are opened before anything is played, so that a wrong name
//! costs no time; what is in them stays there until then.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use mpconform::expected::Expected;
use mpconform::report::{self, Format, text};
use mpconform::suite::result::Run;
use mpdissect::source::same_file;

use crate::cli::{Colour, Report, Run as Args};
use crate::{Outcome, complain, print};

/// The files that a run writes.
pub(super) struct Outputs {
    reports: Vec<(Format, Sink)>,
    expected: Option<Sink>,
}

/// A file that is open, with its name for messages.
struct Sink {
    file: File,
    name: PathBuf,
}

impl Outputs {
    /// Opens everything that the command line names.
    pub(super) fn open(args: &Args) -> Result<Self, String> {
        let reports = args.report.iter().map(|report| report.file.as_path());
        let mut files: Vec<&Path> = reports.chain(args.write_expected.as_deref()).collect();
        files.sort_unstable();
        if let Some([twice, _]) = files.array_windows().find(|[one, other]| one == other) {
            let name = if is_stdout(twice) {
                "standard output".into()
            } else {
                twice.display().to_string()
            };
            return Err(format!("{name} is to be written twice; name another file"));
        }
        let read = args.expected.as_deref();
        let overwrites = |report: &&Report| read.is_some_and(|read| is_same(read, &report.file));
        if let Some(report) = args.report.iter().find(overwrites) {
            let name = report.file.display();
            return Err(format!("{name} is what --expected reads; write the report elsewhere"));
        }
        if let Some(folder) = &args.evidence {
            let name = folder.display();
            std::fs::create_dir_all(folder).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists | ErrorKind::NotADirectory => {
                    format!("{name} isn't a folder; name one that the evidence can be put into")
                }
                _ => format!("the folder {name} can't be made: {}", reason(&error)),
            })?;
        }
        let mut reports = Vec::new();
        for report in args.report.iter().filter(|report| !is_stdout(&report.file)) {
            reports.push((report.format, Sink::open(&report.file)?));
        }
        let expected = args.write_expected.as_deref().map(Sink::open).transpose()?;
        Ok(Self { reports, expected })
    }

    /// Writes what a run came to: files first, since standard output may be closed. What was found is
    /// shown even where some of it couldn't be saved, or `lost` is what couldn't be; but then nothing
    /// says that the gate is passed.
    pub(super) fn write(self, run: &Run, args: &Args, lost: Option<String>) -> Outcome {
        let mut unwritten: Vec<String> = lost.into_iter().collect();
        for (format, sink) in self.reports {
            unwritten.extend(sink.fill(|out| report::write(format, run, out)).err());
        }
        if let Some(sink) = self.expected {
            unwritten.extend(sink.fill(|out| out.write_all(Expected::write(run).as_bytes())).err());
        }
        let mut text = Vec::new();
        let formatted = match args.report.iter().find(|report| is_stdout(&report.file)) {
            Some(report) => report::write(report.format, run, &mut text),
            None if unwritten.is_empty() => text::write(run, &style(args.color), &mut text),
            None => text.write_all(text::without_gate(run, &style(args.color)).as_bytes()),
        };
        if let Err(error) = formatted {
            return complain(Outcome::Failed, format_args!("the report can't be made: {error}"));
        }
        match print(&text) {
            Outcome::Complete if unwritten.is_empty() => Outcome::Gate(run.gate()),
            Outcome::Complete => unwritten.into_iter().fold(Outcome::Usage, complain),
            outcome => outcome,
        }
    }
}

impl Sink {
    fn open(path: &Path) -> Result<Self, String> {
        let name = path.to_path_buf();
        let opened = File::options().write(true).create(true).truncate(false).open(path);
        match opened {
            Ok(file) => Ok(Self { file, name }),
            Err(error) => Err(format!("{} can't be written: {}", name.display(), reason(&error))),
        }
    }

    fn fill(self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), String> {
        let Self { file, name } = self;
        // A pipe or a device has no length to cut.
        let is_file = file.metadata().is_ok_and(|about| about.is_file());
        let cut = if is_file { file.set_len(0) } else { Ok(()) };
        let mut out = BufWriter::new(file);
        match cut.and_then(|()| write(&mut out)).and_then(|()| out.flush()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(format!("{} can't be written: {}", name.display(), reason(&error))),
        }
    }
}

/// What a person reads, set for the place where it is read.
fn style(colour: Colour) -> text::Style {
    let terminal = io::stdout().is_terminal();
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let colour = match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            terminal && !dumb && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
        }
    };
    let size = terminal_size::terminal_size_of(io::stdout()).filter(|_| terminal);
    text::Style::new(colour, size.map(|(width, _)| width.0.into()))
}

fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn is_same(one: &Path, other: &Path) -> bool {
    one == other || same_file(one, other)
}

/// Why something failed, without the number that the system has for it.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
