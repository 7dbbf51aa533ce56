//! The commands that list something.

use std::io::{self, ErrorKind, Write};

use mpdissect::notice::NoticeId;
use mpdissect::render::fields::Column;
use mpdissect::source;

use crate::{Outcome, complain};

/// Writes to standard output; that nobody reads it to the end is no failure.
pub(crate) fn print(text: &[u8]) -> Outcome {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Ok(()) => Outcome::Complete,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Outcome::Complete,
        Err(error) => complain(
            Outcome::Failed,
            format_args!("standard output can't be written: {error}; make room or write elsewhere"),
        ),
    }
}

/// The catalogue of notices.
pub(crate) fn notices() -> Outcome {
    let width = NoticeId::ALL.iter().map(|id| id.name().len()).max().unwrap_or(0);
    let lines = NoticeId::ALL.iter().map(|id| {
        let (name, severity, summary) = (id.name(), id.severity().name(), id.summary());
        match id.source() {
            "" => format!("{name:width$}  {severity:7}  {summary}\n"),
            source => format!("{name:width$}  {severity:7}  {summary} ({source})\n"),
        }
    });
    print(lines.collect::<String>().as_bytes())
}

/// The interfaces that can be captured from.
pub(crate) fn interfaces() -> Outcome {
    let devices = match source::devices() {
        Ok(devices) => devices,
        Err(error) => return complain(Outcome::Failed, error),
    };
    let width = devices.iter().map(|device| device.name.len()).max().unwrap_or(0);
    let lines = devices.iter().map(|device| {
        let state = match (device.up, device.running) {
            (true, true) => "up",
            (true, false) => "no link",
            _ => "down",
        };
        let mut words: Vec<String> = device.addresses.iter().map(ToString::to_string).collect();
        words.extend(device.loopback.then(|| "loopback".to_owned()));
        words.extend(device.description.clone());
        let line = format!("{:width$}  {state:7}  {}", device.name, words.join(", "));
        format!("{}\n", line.trim_end())
    });
    let text: String = lines.collect();
    if devices.is_empty() {
        return complain(
            Outcome::Failed,
            "no interface can be captured from; run as root, or give the program cap_net_raw",
        );
    }
    print(text.as_bytes())
}

/// The columns of `fields` and `csv`.
pub(crate) fn fields() -> Outcome {
    let width = Column::all().map(|column| column.name.len()).max().unwrap_or(0);
    let lines = Column::all().map(|column| format!("{:width$}  {}\n", column.name, column.label));
    print(lines.collect::<String>().as_bytes())
}
