//! The `mpconform` command.

mod cli;
mod conduct;
mod hosts;
mod lists;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use cli::{Cli, Command, TargetCommand};

/// What the program comes to, beside what a run does by itself; documented in the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// What was asked for was done.
    Complete,
    /// The gate of a run decides.
    Gate(mpconform::suite::result::Gate),
    /// The command line is wrong, or a file that it names can't be used.
    Usage,
    /// The output can't be written.
    Failed,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Complete => 0,
            Outcome::Gate(gate) => gate.exit_code(),
            Outcome::Usage => 2,
            Outcome::Failed => 3,
        })
    }
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(args) => conduct::run(&args),
        Command::List(args) => lists::list(&args),
        Command::Show(args) => lists::show(&args),
        Command::Requirements(args) => lists::requirements(&args),
        Command::App(args) => hosts::applications(&args),
        Command::Serve(args) => hosts::serve(&args),
        Command::Target(TargetCommand::Check { target, link }) => hosts::check(&target, &link),
        Command::Mutants => lists::mutants(),
        Command::Matrix { files } => lists::matrix(&files),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "mpconform", &mut script);
            print(&script)
        }
        Command::Man => {
            let mut page = Vec::new();
            match clap_mangen::Man::new(Cli::command()).render(&mut page) {
                Ok(()) => print(&page),
                Err(error) => complain(Outcome::Failed, format_args!("the man page: {error}")),
            }
        }
    };
    outcome.into()
}

/// One sentence to stderr.
fn complain(outcome: Outcome, message: impl std::fmt::Display) -> Outcome {
    // Where stderr is closed there is nobody to tell.
    drop(writeln!(io::stderr(), "mpconform: {message}"));
    outcome
}

/// Writes to standard output; that nobody reads it to the end is no failure.
fn print(text: &[u8]) -> Outcome {
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
