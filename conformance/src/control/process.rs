//! The process that takes orders.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::app::READY;
use crate::orders::{self, Line};
use crate::testbed::Trouble;

/// How long it has for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// `mpconform app --orders` or `mpconform serve --orders`, wherever it runs.
#[derive(Debug)]
pub struct Process {
    child: Child,
    orders: Option<ChildStdin>,
    answers: Receiver<String>,
}

impl Process {
    /// Starts it: a program and its arguments, such as `ssh box mpconform app --orders`.
    ///
    /// # Errors
    ///
    /// When it can't be started, or isn't ready in time.
    pub fn start(command: &[String]) -> Result<Self, Trouble> {
        let line = command.join(" ");
        let [program, arguments @ ..] = command else {
            return Err(Trouble::Broken("the command that takes orders is empty".into()));
        };
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C is for the tester, which ends this in its own time.
            .process_group(0)
            .spawn()
            .map_err(|error| Trouble::Broken(format!("{line} can't be started: {error}")))?;
        let (orders, output) = (child.stdin.take(), child.stdout.take());
        let (send, answers) = mpsc::channel();
        if let Some(output) = output {
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if send.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        let process = Self { child, orders, answers };
        match process.answer()?.as_str() {
            READY => Ok(process),
            other => Err(Trouble::Broken(format!("{line} should have said {READY}, not: {other}"))),
        }
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn answer(&self) -> Result<String, Trouble> {
        self.answers.recv_timeout(PATIENCE).map_err(|error| {
            Trouble::Broken(match error {
                RecvTimeoutError::Timeout => {
                    format!("the process that takes orders doesn't answer within {PATIENCE:?}")
                }
                RecvTimeoutError::Disconnected => "the process that takes orders has ended".into(),
            })
        })
    }

    /// Says a line.
    ///
    /// # Errors
    ///
    /// When it can't do that, or doesn't answer.
    pub fn tell(&mut self, line: &Line) -> Result<(), Trouble> {
        let gone = |_| Trouble::Broken("the process that takes orders has ended".into());
        if let Some(orders) = &mut self.orders {
            writeln!(orders, "{line}").and_then(|()| orders.flush()).map_err(gone)?;
        }
        orders::answered(&self.answer()?)
            .map_err(|why| Trouble::Unsupported(format!("{line}: {why}")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It ends when no more orders can come.
        self.orders = None;
        drop(self.child.wait());
    }
}
