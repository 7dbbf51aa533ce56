//! The least that has to be done to find Multipath TCP in a capture file, as the measure for what
//! more costs: large reads, one step a record, header lengths, and the kinds of TCP options.
//!
//! It takes what the benchmark's files are, pcap in little-endian order with Ethernet frames, and
//! trusts them: no tunnels, no tags, no damage, no message. Its block is as large as is quickest.

use std::fs::File;
use std::io::{self, Read};

/// Octets read at once.
const BLOCK: usize = 256 << 10;
/// Octets of the file's header, of a record's, and of Ethernet's.
const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
const ETHERNET: usize = 14;

fn main() -> io::Result<()> {
    let path = std::env::args_os().nth(1).ok_or(io::ErrorKind::InvalidInput)?;
    let mut file = File::open(path)?;
    file.read_exact(&mut [0; FILE_HEADER])?;
    let mut block = vec![0; BLOCK];
    let (mut packets, mut found) = (0_u64, 0_u64);
    let mut filled = 0;
    loop {
        let count = file.read(&mut block[filled..])?;
        if count == 0 {
            break;
        }
        filled += count;
        let mut at = 0;
        while let Some(header) = block[at..filled].first_chunk::<RECORD_HEADER>() {
            let length = u32::from_le_bytes([header[8], header[9], header[10], header[11]]);
            let start = at + RECORD_HEADER;
            let end = start + length as usize;
            let Some(frame) = block[..filled].get(start..end) else { break };
            packets += 1;
            found += u64::from(has_mptcp(frame));
            at = end;
        }
        block.copy_within(at..filled, 0);
        filled -= at;
    }
    println!("{packets} packets, {found} with MPTCP");
    Ok(())
}

/// Whether a frame has a TCP option of kind 30.
#[inline]
fn has_mptcp(frame: &[u8]) -> bool {
    let Some(head) = frame.first_chunk::<{ ETHERNET + 20 }>() else { return false };
    let (protocol, tcp) = match (head[12], head[13]) {
        (0x08, 0x00) => (head[23], ETHERNET + usize::from(head[14] & 0xf) * 4),
        (0x86, 0xdd) => (head[20], ETHERNET + 40),
        _ => return false,
    };
    if protocol != 6 {
        return false;
    }
    let Some(offset) = frame.get(tcp + 12) else { return false };
    let end = tcp + usize::from(offset >> 4) * 4;
    let Some(mut options) = frame.get(tcp + 20..end) else { return false };
    loop {
        let length = match *options {
            [] | [0, ..] => return false,
            [30, ..] => return true,
            [1, ..] => 1,
            [_, length, ..] if length >= 2 => usize::from(length),
            _ => return false,
        };
        let Some(after) = options.get(length..) else { return false };
        options = after;
    }
}
