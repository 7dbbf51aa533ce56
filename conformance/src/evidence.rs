//! Saves what was sent and seen in a play as a pcapng file, which mpdissect and Wireshark open:
//! comments say what the packets are about.

use std::path::{Path, PathBuf};

use mpdissect::source::{Frame, Interface, LinkType, Resolution, Time, WriteError, Writer};

use crate::suite::result::Played;

/// The name of the file for a play: its id with nothing in it that a file system minds.
pub fn file_name(played: &Played) -> PathBuf {
    let name = played.play.to_string().replace(['/', ':'], "_");
    PathBuf::from(format!("{name}.pcapng"))
}

/// Writes the file into a folder, and yields its path.
///
/// # Errors
///
/// When it can't be written.
pub fn write(folder: &Path, played: &Played, target: &str) -> Result<PathBuf, WriteError> {
    let path = folder.join(file_name(played));
    let mut writer = Writer::create(&path)?;
    let interface = Interface {
        name: Some("tester".to_owned()),
        ..Interface::new(LinkType::RAW, 0, Resolution::NANO)
    };
    writer.file_comment(&about(played, target));
    let interfaces = [interface];
    for packet in &played.transcript.packets {
        let frame = Frame {
            time: Some(Time(packet.time.as_nanos() as i64)),
            link: LinkType::RAW,
            octets: &packet.octets,
            wire_len: packet.octets.len() as u32 + packet.cut,
            interface: 0,
        };
        writer.write(&frame, &interfaces, &packet.comments)?;
    }
    writer.finish(&interfaces)?;
    Ok(path)
}

/// What the file as a whole is about.
fn about(played: &Played, target: &str) -> String {
    let requirement = played.requirement();
    let mut lines = vec![
        format!("{} against {target}: {}", played.play, played.verdict),
        format!(
            "{} ({}, {}): {}",
            requirement.id,
            requirement.level,
            requirement.place(),
            requirement.statement
        ),
    ];
    if let Some(finding) = played.finding() {
        lines.push(format!("expected: {}", finding.expected));
        lines.push(format!("seen: {}", finding.seen));
        lines.push(format!("packet: {}", finding.packet));
    }
    lines.extend(played.verdict.reason().map(|reason| format!("reason: {reason}")));
    lines.push(format!("again: mpconform {}", played.again.join(" ")));
    lines.join("\n")
}
