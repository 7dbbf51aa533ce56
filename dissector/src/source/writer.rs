//! Frames saved to a capture file.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::error::Reason;
use super::{Frame, Interface, LinkType, Statistics, Time};

mod pcap;
mod pcapng;

/// A capture file that is being written, pcapng or pcap.
///
/// [`finish`](Self::finish) tells whether everything reached the disk; dropping it writes what
/// it can and says nothing.
pub struct Writer {
    sink: Counted,
    format: Format,
    name: PathBuf,
    /// The time of the last frame that had one.
    last: Time,
    /// Frames whose time the format couldn't express.
    times_cut: u64,
}

enum Format {
    Pcap(pcap::Pcap),
    Pcapng(pcapng::Pcapng),
}

/// A buffered file that counts what was given to it.
struct Counted {
    file: BufWriter<Box<dyn Write + Send>>,
    octets: u64,
}

impl Counted {
    fn put(&mut self, octets: &[u8]) -> io::Result<()> {
        self.octets = self.octets.saturating_add(octets.len() as u64);
        self.file.write_all(octets)
    }
}

/// Why frames could not be saved.
#[derive(Debug)]
pub struct WriteError {
    name: PathBuf,
    fault: WriteFault,
}

#[derive(Debug)]
enum WriteFault {
    Create(io::Error),
    Write { at: u64, error: io::Error },
    LinkTypes { first: LinkType, other: LinkType },
}

/// Why one frame could not be saved.
enum Refusal {
    Io(io::Error),
    LinkTypes { first: LinkType, other: LinkType },
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Writer {
    /// Creates a file, pcapng if its name ends so and pcap otherwise; `-` is standard output,
    /// as pcap.
    ///
    /// # Errors
    ///
    /// When it can't be created.
    pub fn create(path: &Path) -> Result<Self, WriteError> {
        let is_pcapng = path.extension().is_some_and(|end| {
            end.eq_ignore_ascii_case("pcapng") || end.eq_ignore_ascii_case("ntar")
        });
        let sink: Box<dyn Write + Send> = if path.as_os_str() == "-" {
            Box::new(io::stdout())
        } else {
            match File::create(path) {
                Ok(file) => Box::new(file),
                Err(error) => {
                    let fault = WriteFault::Create(error);
                    return Err(WriteError { name: path.to_path_buf(), fault });
                }
            }
        };
        Ok(Self::to_sink(sink, path, is_pcapng))
    }

    /// Writes to anything that takes octets; `name` stands in messages.
    pub fn to_sink(sink: Box<dyn Write + Send>, name: &Path, is_pcapng: bool) -> Self {
        Self {
            sink: Counted { file: BufWriter::with_capacity(256 << 10, sink), octets: 0 },
            format: if is_pcapng {
                Format::Pcapng(pcapng::Pcapng::default())
            } else {
                Format::Pcap(pcap::Pcap::default())
            },
            name: name.to_path_buf(),
            last: Time(0),
            times_cut: 0,
        }
    }

    /// Keeps a comment about the file; pcap has no place for it. Before the first frame it is a
    /// comment of the only section, and later it begins a new one.
    pub fn file_comment(&mut self, comment: &str) {
        if let Format::Pcapng(pcapng) = &mut self.format {
            pcapng.comment(comment);
        }
    }

    /// Saves a frame, with the interfaces that its index counts in, and its comments, for which
    /// pcap has no place. A frame without a time gets that of the one before it where the format
    /// demands one.
    ///
    /// # Errors
    ///
    /// When the disk doesn't take it, or when the file is a pcap file whose other frames have
    /// another link type.
    pub fn write(
        &mut self,
        frame: &Frame<'_>,
        interfaces: &[Interface],
        comments: &[String],
    ) -> Result<(), WriteError> {
        self.last = frame.time.unwrap_or(self.last);
        let Self { sink, format, last, .. } = self;
        let written = match format {
            Format::Pcap(pcap) => pcap.write(sink, frame, *last, interfaces),
            Format::Pcapng(pcapng) => pcapng.write(sink, frame, *last, interfaces, comments),
        };
        match written {
            Ok(exact) => {
                self.times_cut = self.times_cut.saturating_add(u64::from(!exact));
                Ok(())
            }
            Err(Refusal::Io(error)) => Err(self.failed(error)),
            Err(Refusal::LinkTypes { first, other }) => Err(WriteError {
                name: self.name.clone(),
                fault: WriteFault::LinkTypes { first, other },
            }),
        }
    }

    /// How many frames have a time in the file that isn't quite theirs: in a pcap file of
    /// microseconds, which the first frame's interfaces decided on, or outside of the years that
    /// the format knows.
    pub fn times_cut(&self) -> u64 {
        self.times_cut
    }

    /// Hands everything to the system, so that a reader of the file sees it.
    ///
    /// # Errors
    ///
    /// When the disk doesn't take it.
    pub fn flush(&mut self) -> Result<(), WriteError> {
        self.sink.file.flush().map_err(|error| self.failed(error))
    }

    /// Keeps what was counted by now on the first of the interfaces, for which pcap has no place.
    ///
    /// # Errors
    ///
    /// When the disk doesn't take it.
    pub fn statistics(
        &mut self,
        interfaces: &[Interface],
        counted: Statistics,
    ) -> Result<(), WriteError> {
        let Self { sink, format, .. } = self;
        let Format::Pcapng(pcapng) = format else { return Ok(()) };
        let begun = pcapng.begin(sink, interfaces);
        let written = begun.and_then(|()| pcapng.statistics(sink, counted));
        written.map_err(|error| self.failed(error))
    }

    /// Ends the file. One without frames is still a valid capture, of the given interfaces.
    ///
    /// # Errors
    ///
    /// When the disk doesn't take it.
    pub fn finish(mut self, interfaces: &[Interface]) -> Result<(), WriteError> {
        let Self { sink, format, .. } = &mut self;
        let begun = match format {
            Format::Pcap(pcap) => pcap.begin(sink, interfaces),
            Format::Pcapng(pcapng) => pcapng.begin(sink, interfaces),
        };
        begun.map_err(|error| self.failed(error))?;
        self.flush()
    }

    fn failed(&self, error: io::Error) -> WriteError {
        let fault = WriteFault::Write { at: self.sink.octets, error };
        WriteError { name: self.name.clone(), fault }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("name", &self.name)
            .field("octets", &self.sink.octets)
            .finish_non_exhaustive()
    }
}

impl WriteError {
    /// Whether nobody reads the pipe any more, which is no fault of anyone.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(&self.fault, WriteFault::Write { error, .. }
            if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.as_os_str() == "-" {
            "standard output".into()
        } else {
            self.name.to_string_lossy()
        };
        match &self.fault {
            WriteFault::Create(error) => {
                write!(f, "{name}: it can't be created: {}; choose another place", Reason(error))
            }
            WriteFault::Write { at, error } => {
                let remedy = match error.kind() {
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                        "free some space or choose another place"
                    }
                    _ => "choose another place",
                };
                write!(f, "{name}: writing fails within the first {at} octets: ")?;
                write!(f, "{}; {remedy}", Reason(error))
            }
            WriteFault::LinkTypes { first, other } => write!(
                f,
                "{name}: a pcap file holds frames of one link type, this one {first}, so the \
                 {other} frame can't be added; use a name that ends in .pcapng",
            ),
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.fault {
            WriteFault::Create(error) | WriteFault::Write { error, .. } => Some(error),
            WriteFault::LinkTypes { .. } => None,
        }
    }
}

/// Whether two paths lead to the same file, so that writing `target` would destroy `read` before it
/// is read; `-` is standard input.
pub fn same_file(read: &Path, target: &Path) -> bool {
    let read = if read.as_os_str() == "-" { Path::new("/dev/stdin") } else { read };
    match (fs::metadata(read), fs::metadata(target)) {
        (Ok(read), Ok(target)) => {
            read.is_file() && (read.dev(), read.ino()) == (target.dev(), target.ino())
        }
        _ => false,
    }
}
