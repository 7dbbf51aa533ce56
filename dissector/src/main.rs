//! The `mpdissect` command.

mod cli;
mod lists;
mod run;
mod shown;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use cli::{Cli, Command};

/// What a run comes to, as documented in the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// Everything was read and shown.
    Complete = 0,
    /// The input is damaged or cut.
    Damaged = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Something can't be opened, captured, read or written.
    Failed = 3,
    /// Stopped by the user before the end of a file.
    Interrupted = 130,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        None => run::run(&cli.dissect),
        Some(Command::Notices) => lists::notices(),
        Some(Command::Fields) => lists::fields(),
        Some(Command::Interfaces) => lists::interfaces(),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "mpdissect", &mut script);
            lists::print(&script)
        }
        Some(Command::Man) => {
            let mut page = Vec::new();
            match clap_mangen::Man::new(Cli::command()).render(&mut page) {
                Ok(()) => lists::print(&page),
                Err(error) => complain(Outcome::Failed, format_args!("the man page: {error}")),
            }
        }
    };
    outcome.into()
}

/// One sentence to stderr.
fn complain(outcome: Outcome, message: impl std::fmt::Display) -> Outcome {
    use std::io::Write;
    // Where stderr is closed there is nobody to tell.
    drop(writeln!(std::io::stderr(), "mpdissect: {message}"));
    outcome
}
