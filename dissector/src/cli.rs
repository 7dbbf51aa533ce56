//! The command line: what can be asked for. Help, completions and the man page come from here.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use mpdissect::render::line::Clock;
use mpdissect::source::SNAPLEN_MAX;
use mpdissect::wire::mptcp::{Dialect, Subtype};

/// Decode Multipath TCP from capture files and live interfaces.
///
/// Shows every MPTCP option of v0 (RFC 6824) and v1 (RFC 8684), MP_Navigation
/// (draft-kang-tcpm-accurate-data-scheduling-by-server) and Maximum Subflows
/// (draft-boucadair-mptcp-max-subflow); follows connections, and verifies tokens, HMACs, keys and
/// checksums.
#[derive(Debug, Parser)]
#[command(
    name = "mpdissect",
    version,
    args_conflicts_with_subcommands = true,
    after_help = EXIT_CODES,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) dissect: Dissect,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  everything was read and shown
  1  the input is damaged or cut; what was good before has been shown
  2  the command line is wrong
  3  something can't be opened, captured, read or written
  130  stopped by Ctrl-C before the end of a file; what was read has been shown";

/// What else the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the notices that a dissection can have, with their stable names
    Notices,
    /// List the names of fields that -e takes
    Fields,
    /// List the interfaces that -i takes
    Interfaces,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the man page
    Man,
}

/// What to read, what to do with it, and what to show.
#[derive(Debug, Args)]
pub(crate) struct Dissect {
    /// Capture files: pcap or pcapng, also packed with gzip, zstd, lz4 or xz; - is standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// A capture file, as in tcpdump and tshark; may stand several times
    #[arg(short, long = "read", value_name = "FILE", help_heading = "Input")]
    pub(crate) read: Vec<PathBuf>,

    /// Capture from this interface (see `mpdissect interfaces`)
    #[arg(short, long, value_name = "NAME", conflicts_with_all = ["files", "read"],
          value_parser = clap::builder::NonEmptyStringValueParser::new(), help_heading = "Input")]
    pub(crate) interface: Option<String>,

    /// Only packets that match this BPF expression; none of link types that it has no meaning for
    #[arg(short, long, value_name = "BPF", help_heading = "Input")]
    pub(crate) filter: Option<String>,

    /// Stop after this many packets (those that match -f)
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Input")]
    pub(crate) count: Option<u64>,

    /// Stop capturing after this many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "Input")]
    pub(crate) duration: Option<Duration>,

    #[arg(short, long, value_name = "OCTETS",
          help = format!("Octets to keep of each captured packet, 1 to {SNAPLEN_MAX} [default: all]"),
          value_parser = clap::value_parser!(u32).range(1..=SNAPLEN_MAX.into()), help_heading = "Input")]
    pub(crate) snaplen: Option<u32>,

    /// Leave the interface out of promiscuous mode
    #[arg(short = 'p', long, help_heading = "Input")]
    pub(crate) no_promiscuous: bool,

    /// Read several files in the order of their packets' times, not one after the other
    #[arg(short, long, conflicts_with_all = ["interface", "follow"], help_heading = "Input")]
    pub(crate) merge: bool,

    /// Wait for more at the end of a file that still grows
    #[arg(long, conflicts_with = "interface", help_heading = "Input")]
    pub(crate) follow: bool,

    /// Also write the packets to this file: those that match -f, --only and --stream
    /// (.pcapng is pcapng, else pcap; - is standard output)
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) write: Option<PathBuf>,

    /// How to show packets
    #[arg(long, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    pub(crate) format: Format,

    /// A column of fields or csv (see `mpdissect fields`); may stand several times
    #[arg(short = 'e', value_name = "NAME", help_heading = "Output")]
    pub(crate) columns: Vec<String>,

    /// Print the columns' names first (csv always does)
    #[arg(long, help_heading = "Output")]
    pub(crate) header: bool,

    /// Every field of each packet, as a tree
    #[arg(short, long, help_heading = "Output")]
    pub(crate) verbose: bool,

    /// Annotated octets of each packet
    #[arg(short = 'x', long, help_heading = "Output")]
    pub(crate) hex: bool,

    /// Only the table of connections and subflows, at the end (text or json)
    #[arg(long, conflicts_with = "count_only", help_heading = "Output")]
    pub(crate) connections: bool,

    /// Only how many packets there are, how many of them have MPTCP, and how many are selected
    #[arg(long, help_heading = "Output")]
    pub(crate) count_only: bool,

    /// Only packets with these options
    #[arg(long, value_name = "SUBTYPE,…", value_delimiter = ',', value_parser = subtype, help_heading = "Selection")]
    pub(crate) only: Vec<Subtype>,

    /// Only packets of the connection with this number
    #[arg(long, value_name = "N", conflicts_with = "no_track", help_heading = "Selection")]
    pub(crate) stream: Option<u32>,

    /// Every packet of MPTCP connections, also those without an MPTCP option
    #[arg(short, long, conflicts_with = "no_track", help_heading = "Selection")]
    pub(crate) all: bool,

    /// How to show times in text
    #[arg(short, long, value_enum, default_value_t = ClockName::Relative, help_heading = "Text")]
    pub(crate) time: ClockName,

    /// Sequence numbers and data sequence numbers as they stand on the wire
    #[arg(short = 'S', long, help_heading = "Text")]
    pub(crate) absolute: bool,

    /// The other TCP options as well
    #[arg(long, help_heading = "Text")]
    pub(crate) tcp_options: bool,

    /// Colours
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN", help_heading = "Text")]
    pub(crate) color: Colour,

    /// The subtype of MP_Navigation, which is not assigned: 0x9 to 0xf
    #[arg(long, value_name = "NUMBER", value_parser = Dialect::parse_navigation_subtype,
          default_value_t = Dialect::NAVIGATION_SUBTYPE, help_heading = "Decoding")]
    pub(crate) nav_subtype: u8,

    /// The experiment ID of Maximum Subflows, which is not assigned
    #[arg(long, value_name = "NUMBER", value_parser = Dialect::parse_exid, default_value = "0x00aa", help_heading = "Decoding")]
    pub(crate) exid: u16,

    /// Decode each packet by itself: no connections, nothing verified
    #[arg(long, conflicts_with = "connections", help_heading = "Decoding")]
    pub(crate) no_track: bool,

    /// How many subflows to remember; the connections longest silent leave first
    #[arg(long, value_name = "N", default_value_t = mpdissect::flow::Tracker::SUBFLOWS as u32,
          value_parser = clap::value_parser!(u32).range(16..), help_heading = "Decoding")]
    pub(crate) state_limit: u32,
}

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A line a packet, for people
    Text,
    /// An object a line (see docs/json.md)
    Json,
    /// Columns by Wireshark's names, between tabs
    Fields,
    /// Columns by Wireshark's names, between commas
    Csv,
}

/// Clocks, as the command line calls them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClockName {
    /// Seconds since the first packet
    Relative,
    /// Seconds since the packet shown before
    Delta,
    /// Seconds since 1970
    Epoch,
    /// Date and time in UTC
    Utc,
}

impl From<ClockName> for Clock {
    fn from(name: ClockName) -> Self {
        match name {
            ClockName::Relative => Self::Relative,
            ClockName::Delta => Self::Delta,
            ClockName::Epoch => Self::Epoch,
            ClockName::Utc => Self::Utc,
        }
    }
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless the variable `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("not a number of seconds above 0 that a clock can count".to_owned()),
    }
}

fn subtype(text: &str) -> Result<Subtype, String> {
    let wanted = text.to_ascii_lowercase().replace('-', "_");
    let found = Subtype::ALL.into_iter().find(|subtype| {
        let id = subtype.id();
        wanted == id
            || wanted.strip_prefix("mp_") == Some(id)
            || id.strip_prefix("mp_") == Some(&wanted)
    });
    found.ok_or_else(|| {
        let names: Vec<_> = Subtype::ALL.iter().map(|subtype| subtype.id()).collect();
        format!("no such subtype; there are {}", names.join(", "))
    })
}
