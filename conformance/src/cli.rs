//! The command line: what can be asked for. Help, completions and the man page come from here.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use mpconform::case::Need;
use mpconform::link;
use mpconform::plan::{Family, Negotiation, Role};
use mpconform::report;
use mpconform::script;
use mpdissect::wire::mptcp::{Dialect, MaxSubflowsLayout};

/// Test Multipath TCP stacks for conformance, clause by clause.
///
/// Plays short scripts of crafted segments against a target and judges what comes back: MP_Navigation
/// (draft-kang-tcpm-accurate-data-scheduling-by-server), Maximum Subflows
/// (draft-boucadair-mptcp-max-subflow), the experimental option
/// (draft-bonaventure-mptcp-exp-option), and TCP options under them (RFC 9293).
#[derive(Debug, Parser)]
#[command(
    name = "mpconform",
    version,
    after_help = EXIT_CODES,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  the gate is passed: something was decided, and nothing speaks against the target
  1  the target doesn't conform, passes what it is expected to fail, lacks what is required, or is
     gone before the end
  2  the command line is wrong, or what it names, a file or the target, can't be used
  3  nothing could be decided, or standard output can't be written
  130  stopped by Ctrl-C once the plays under way have ended, by a second one at once; what was
       played has been reported";

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play cases against a target and judge what comes back
    Run(Box<Run>),
    /// List the cases
    List(List),
    /// Explain a case: its requirements, its script, and who fails it
    Show(Show),
    /// List the requirements with the cases that decide them, or why there is none
    Requirements(Requirements),
    /// Be the applications of a target: echo, sink and source, over MPTCP sockets
    App(App),
    /// Be the reference endpoint, or a broken one, as a host on a real link
    Serve(Box<Serve>),
    /// Look at a target before it is tested
    #[command(subcommand)]
    Target(TargetCommand),
    /// List the broken endpoints that prove that cases can fail
    Mutants,
    /// Put JSON reports of several targets side by side in one Markdown table
    Matrix {
        /// Reports that `run --report json=FILE` wrote
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the man page
    Man,
}

/// What to play, against whom, and where to put what came of it.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// What to play: beginnings of case ids (nav, nav/4.1), of plays
    /// (nav/4/switch-moves-traffic:listener:ipv4), names of cases, or of mutants for the cases that
    /// they fail [default: everything]
    #[arg(value_name = "SELECTOR")]
    pub(crate) selectors: Vec<String>,

    #[command(flatten)]
    pub(crate) variants: Variants,

    /// Whom to play against: builtin, builtin:unknowing (without the drafts), kernel (that of this
    /// machine, in network namespaces), HOST:PORT, or FILE.toml with its profile
    #[arg(long, value_parser = target, default_value = "builtin", value_name = "TARGET",
          help_heading = "Target")]
    pub(crate) target: TargetName,

    #[command(flatten)]
    pub(crate) link: Link,

    /// Play against this broken endpoint (see `mpconform mutants`)
    #[arg(long, value_name = "NAME", conflicts_with = "target", help_heading = "Target")]
    pub(crate) mutant: Option<String>,

    /// What the target supports: nav, maxsf and exp in any number, none, or probe to try it out
    /// [default: all for builtin and mutants, none for builtin:unknowing and kernel, what the profile
    /// of a target says, and probe where nothing does]
    #[arg(long, value_name = "WHAT,…", value_delimiter = ',', value_parser = claim,
          help_heading = "Target")]
    pub(crate) supports: Vec<Claim>,

    /// Fail the run for what is skipped because the target doesn't support this
    #[arg(long, value_name = "WHAT,…", value_delimiter = ',', value_parser = need,
          help_heading = "Target")]
    pub(crate) require: Vec<Need>,

    #[command(flatten)]
    pub(crate) parameters: Parameters,

    /// How many plays go on at the same time [default: one for each processor]
    #[arg(short, long, value_name = "N", help_heading = "Run")]
    pub(crate) jobs: Option<NonZeroUsize>,

    /// The source of every random number
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Run")]
    pub(crate) seed: u64,

    /// Play each this often, with successive seeds; different verdicts make it flaky
    #[arg(long, value_name = "N", default_value = "1", help_heading = "Run")]
    pub(crate) repeat: NonZeroUsize,

    /// Play cases that take minutes, too
    #[arg(long, help_heading = "Run")]
    pub(crate) slow: bool,

    /// Multiply every window of time, for slow targets
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=1000), help_heading = "Run")]
    pub(crate) time_scale: u32,

    /// Stop at the first play that fails the run
    #[arg(long, help_heading = "Run")]
    pub(crate) fail_fast: bool,

    /// Fail the run for SHOULD and SHOULD NOT as well
    #[arg(long, help_heading = "Judgement")]
    pub(crate) strict: bool,

    /// Known failures, which don't fail the run; a pass against the file does
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    pub(crate) expected: Option<PathBuf>,

    /// Write what failed to this file, for --expected
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    pub(crate) write_expected: Option<PathBuf>,

    /// Write a report: text, json, junit, tap, sarif, markdown or github; - is standard output, in
    /// place of the text; may stand several times
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report, help_heading = "Output")]
    pub(crate) report: Vec<Report>,

    /// Write a pcapng file for each play that isn't a plain pass to this folder
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(crate) evidence: Option<PathBuf>,

    /// Write evidence of plays that passed, too
    #[arg(long, requires = "evidence", help_heading = "Output")]
    pub(crate) evidence_all: bool,

    /// Colours
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN",
          help_heading = "Output")]
    pub(crate) color: Colour,
}

/// How the tester is connected to a target that is given as HOST:PORT.
#[derive(Debug, Args)]
pub(crate) struct Link {
    /// The interface that a target given as HOST:PORT is reached from
    #[arg(long, value_name = "NAME", help_heading = "Network")]
    pub(crate) interface: Option<String>,

    /// An address of the tester there, which must be nobody else's; may stand several times: with
    /// six, all cases can be played
    #[arg(long, value_name = "IP", help_heading = "Network")]
    pub(crate) address: Vec<IpAddr>,

    /// The router through which the target is reached, if it isn't on the link itself
    #[arg(long, value_name = "IP", help_heading = "Network")]
    pub(crate) gateway: Vec<IpAddr>,

    /// What the target does on its port: echo, sink (it only reads) or source (it sends steadily)
    #[arg(long, value_name = "APP", value_parser = app, default_value = "sink",
          help_heading = "Network")]
    pub(crate) app: script::App,

    /// Send to a public address, because you may
    #[arg(long, help_heading = "Network")]
    pub(crate) allow_public: bool,
}

impl Link {
    /// The tester's place on a network.
    ///
    /// # Errors
    ///
    /// What is missing.
    pub(crate) fn path(&self) -> Result<link::Path, String> {
        let Some(interface) = self.interface.clone() else {
            return Err(
                "a target on a network needs --interface and --address, or a profile: the \
                        tester is a host of its own there"
                    .to_owned(),
            );
        };
        if self.address.is_empty() {
            return Err(format!(
                "--address is missing: an address on {interface} that belongs to nobody, for the \
                 tester"
            ));
        }
        Ok(link::Path {
            interface,
            addresses: self.address.clone(),
            gateways: self.gateway.clone(),
        })
    }
}

/// Which variants of cases.
#[derive(Debug, Args)]
pub(crate) struct Variants {
    /// Only with the target in this role: listener or initiator
    #[arg(long, value_name = "ROLE", value_parser = role, help_heading = "Selection")]
    pub(crate) role: Option<Role>,

    /// Only over this version of IP: ipv4 or ipv6
    #[arg(long, value_name = "IP", value_parser = family, help_heading = "Selection")]
    pub(crate) family: Option<Family>,
}

/// What the drafts leave open.
#[derive(Debug, Args)]
pub(crate) struct Parameters {
    /// The subtype of MP_Navigation, which is not assigned: 0x9 to 0xf
    #[arg(long, value_name = "NUMBER", value_parser = Dialect::parse_navigation_subtype,
          default_value = "0x9", help_heading = "Drafts")]
    pub(crate) nav_subtype: u8,

    /// The experiment ID of Maximum Subflows, which is not assigned
    #[arg(long, value_name = "NUMBER", value_parser = Dialect::parse_exid, default_value = "0x00aa",
          help_heading = "Drafts")]
    pub(crate) exid: u16,

    /// The layout of Maximum Subflows: A (24-bit value), B (8-bit ID) or C (9 octets), or all for
    /// the cases that have one variant for each, and A for the others
    #[arg(long, value_name = "LAYOUT", value_parser = layout, default_value = "all",
          help_heading = "Drafts")]
    pub(crate) maxsf_layout: Layout,

    /// How experiments are accepted: exp-00 (S=0, U=0) or bis (S=1, U=1)
    #[arg(long, value_name = "TABLE", value_parser = negotiation, default_value = "exp-00",
          help_heading = "Drafts")]
    pub(crate) exp_negotiation: Negotiation,

    /// The maximum number of subflows that the target announces, at least 2
    #[arg(long, value_name = "N", default_value_t = 3,
          value_parser = clap::value_parser!(u32).range(2..), help_heading = "Drafts")]
    pub(crate) target_max: u32,
}

/// The applications of a target.
#[derive(Debug, Args)]
pub(crate) struct App {
    /// The port of the application that echoes
    #[arg(long, value_name = "PORT", default_value_t = 7)]
    pub(crate) echo: u16,

    /// The port of the one that only reads
    #[arg(long, value_name = "PORT", default_value_t = 9)]
    pub(crate) sink: u16,

    /// The port of the one that sends steadily
    #[arg(long, value_name = "PORT", default_value_t = 19)]
    pub(crate) source: u16,

    /// Take orders on standard input, a line each, and end with it
    #[arg(long)]
    pub(crate) orders: bool,
}

/// The reference endpoint on a link.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The interface
    #[arg(long, value_name = "NAME")]
    pub(crate) interface: String,

    /// Its address there, which must be nobody else's; may stand several times
    #[arg(long, value_name = "IP", required = true)]
    pub(crate) address: Vec<IpAddr>,

    /// The router through which others are reached, if they aren't on the link itself
    #[arg(long, value_name = "IP")]
    pub(crate) gateway: Vec<IpAddr>,

    /// Be this broken endpoint (see `mpconform mutants`)
    #[arg(long, value_name = "NAME")]
    pub(crate) mutant: Option<String>,

    /// Answer public addresses, too
    #[arg(long)]
    pub(crate) allow_public: bool,

    #[command(flatten)]
    pub(crate) apps: App,

    #[command(flatten)]
    pub(crate) parameters: Parameters,
}

/// What can be done with a target.
#[derive(Debug, Subcommand)]
pub(crate) enum TargetCommand {
    /// Find out whether a target can be tested: whether it answers, and what of it works
    Check {
        /// As behind `run --target`
        #[arg(value_name = "TARGET", value_parser = target)]
        target: TargetName,

        #[command(flatten)]
        link: Link,
    },
}

/// Which cases to list.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// As in `mpconform run`
    #[arg(value_name = "SELECTOR")]
    pub(crate) selectors: Vec<String>,

    #[command(flatten)]
    pub(crate) variants: Variants,

    /// A line for each play of each case
    #[arg(long)]
    pub(crate) plays: bool,
}

/// Which case to explain.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The id or the name of a case, or of one of its plays
    #[arg(value_name = "ID")]
    pub(crate) id: String,

    #[command(flatten)]
    pub(crate) parameters: Parameters,
}

/// How to list requirements.
#[derive(Debug, Args)]
pub(crate) struct Requirements {
    /// Beginnings of ids of requirements (nav, nav-4.1) [default: all]
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,

    /// How to show them
    #[arg(long, value_enum, default_value_t = DocumentFormat::Text)]
    pub(crate) format: DocumentFormat,
}

/// Targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TargetName {
    /// The reference endpoint.
    Builtin,
    /// The reference endpoint, but it knows none of the drafts.
    Unknowing,
    /// The kernel of this machine.
    Kernel,
    /// What a profile describes.
    Profile(PathBuf),
    /// A host of which nothing more is known.
    Host(SocketAddr),
}

/// How the catalogue is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocumentFormat {
    /// For a terminal
    Text,
    /// As the document in docs/requirements.md
    Markdown,
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

/// A word behind --supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    Supports(Need),
    Nothing,
    Probe,
}

/// A report that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) format: report::Format,
    pub(crate) file: PathBuf,
}

/// A value of --maxsf-layout; none is all.
pub(crate) type Layout = Option<MaxSubflowsLayout>;

fn one_of<T: Clone>(text: &str, all: &[(&str, T)]) -> Result<T, String> {
    let found = all.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    found.map(|(_, value)| value.clone()).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        format!("there are {}", names.join(", "))
    })
}

fn target(text: &str) -> Result<TargetName, String> {
    let built_in = [
        ("builtin", TargetName::Builtin),
        ("builtin:unknowing", TargetName::Unknowing),
        ("kernel", TargetName::Kernel),
    ];
    if let Ok(name) = one_of(text, &built_in) {
        return Ok(name);
    }
    let path = Path::new(text);
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
        return Ok(TargetName::Profile(path.to_owned()));
    }
    let wrong = "it is none of builtin, builtin:unknowing, kernel, HOST:PORT and FILE.toml";
    let Some((host, _)) = text.rsplit_once(':') else { return Err(wrong.to_owned()) };
    let mut addresses = text.to_socket_addrs().map_err(|error| format!("{wrong} ({error})"))?;
    let address = addresses.next().ok_or_else(|| format!("{host} has no address"))?;
    if address.port() == 0 {
        return Err(
            "nothing listens on port 0: name the port of one of its applications".to_owned()
        );
    }
    Ok(TargetName::Host(address))
}

fn app(text: &str) -> Result<script::App, String> {
    one_of(text, &script::App::ALL.map(|app| (app.name(), app)))
}

fn role(text: &str) -> Result<Role, String> {
    one_of(text, &Role::BOTH.iter().map(|role| (role.name(), *role)).collect::<Vec<_>>())
}

fn family(text: &str) -> Result<Family, String> {
    one_of(text, &Family::BOTH.map(|family| (family.name(), family)))
}

fn layout(text: &str) -> Result<Layout, String> {
    use MaxSubflowsLayout::{A, B, C};
    one_of(text, &[("A", Some(A)), ("B", Some(B)), ("C", Some(C)), ("all", None)])
}

fn negotiation(text: &str) -> Result<Negotiation, String> {
    let both = [Negotiation::ExpOption00, Negotiation::Rfc6824bis];
    one_of(text, &both.map(|negotiation| (negotiation.name(), negotiation)))
}

fn need(text: &str) -> Result<Need, String> {
    let drafts = [Need::Navigation, Need::MaxSubflows, Need::Experimental];
    one_of(text, &drafts.map(|need| (need.name(), need)))
}

fn claim(text: &str) -> Result<Claim, String> {
    one_of(
        text,
        &[
            (Need::Navigation.name(), Claim::Supports(Need::Navigation)),
            (Need::MaxSubflows.name(), Claim::Supports(Need::MaxSubflows)),
            (Need::Experimental.name(), Claim::Supports(Need::Experimental)),
            ("none", Claim::Nothing),
            ("probe", Claim::Probe),
        ],
    )
}

fn report(text: &str) -> Result<Report, String> {
    let formats = report::Format::ALL.map(|format| (format.name(), format));
    match text.split_once('=') {
        Some((name, file)) if !file.is_empty() => {
            Ok(Report { format: one_of(name, &formats)?, file: PathBuf::from(file) })
        }
        _ => Err("not FORMAT=FILE, such as junit=report.xml".to_owned()),
    }
}

impl Parameters {
    /// The dialect that they come to; the parsers of its numbers let nothing else through.
    pub(crate) fn dialect(&self) -> Dialect {
        Dialect::new(self.nav_subtype, self.exid).unwrap_or_default()
    }
}
