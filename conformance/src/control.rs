//! Orders to a real target: its applications take them line by line from a process that runs
//! beside them, and its operator's work is done by commands.

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::app::{AppOrder, READY};
use crate::script::Order;
use crate::testbed::{Topology, Trouble};

/// How long an application has for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A process of [`app::serve`](crate::app::serve), wherever it runs, that takes orders.
#[derive(Debug)]
pub struct Applications {
    child: Child,
    orders: Option<ChildStdin>,
    answers: Receiver<String>,
}

impl Applications {
    /// Starts it: a program and its arguments, such as `ssh box mpconform app --orders`.
    ///
    /// # Errors
    ///
    /// When it can't be started, or isn't ready in time.
    pub fn start(command: &[String]) -> Result<Self, Trouble> {
        let line = command.join(" ");
        let [program, arguments @ ..] = command else {
            return Err(Trouble::Broken("there is no command that starts the applications".into()));
        };
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C is for the tester, who ends it in its own time.
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
        let applications = Self { child, orders, answers };
        match applications.answer()?.as_str() {
            READY => Ok(applications),
            other => Err(Trouble::Broken(format!("{line} should have said {READY}, not: {other}"))),
        }
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn answer(&self) -> Result<String, Trouble> {
        self.answers.recv_timeout(PATIENCE).map_err(|error| {
            Trouble::Broken(match error {
                RecvTimeoutError::Timeout => {
                    format!("the target's applications don't answer within {PATIENCE:?}")
                }
                RecvTimeoutError::Disconnected => "the target's applications have ended".into(),
            })
        })
    }

    /// Has them do something.
    ///
    /// # Errors
    ///
    /// When they can't, or don't answer.
    pub fn tell(&mut self, order: AppOrder) -> Result<(), Trouble> {
        let gone = |_| Trouble::Broken("the target's applications have ended".into());
        if let Some(orders) = &mut self.orders {
            writeln!(orders, "{order}").and_then(|()| orders.flush()).map_err(gone)?;
        }
        match self.answer()?.as_str() {
            "ok" => Ok(()),
            answer => {
                let why = answer.strip_prefix("no ").unwrap_or(answer);
                Err(Trouble::Unsupported(format!("{order}: {why}")))
            }
        }
    }
}

impl Drop for Applications {
    fn drop(&mut self) {
        // They end when no more orders can come.
        self.orders = None;
        drop(self.child.wait());
    }
}

/// Commands that do what a target's operator can do, with places for what the order is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operator {
    /// The program and its arguments that run a command line, such as `ssh box` or `sh -c`.
    pub shell: Vec<String>,
    /// Opens a connection: `{app}`, `{address}`, `{port}`.
    pub connect: Option<String>,
    /// Joins from another address of the target: `{address}`, `{id}`.
    pub join: Option<String>,
    /// Announces another address of the target: `{address}`, `{id}`.
    pub announce: Option<String>,
    /// Takes it back: `{address}`, `{id}`.
    pub withdraw: Option<String>,
    /// Undoes all of this after a play.
    pub restore: Option<String>,
}

impl Operator {
    /// Does what an order says; whether that left something to undo.
    ///
    /// # Errors
    ///
    /// When there is no command for it, or it fails.
    pub fn obey(&self, order: &Order, topology: &Topology) -> Result<(), Trouble> {
        let (template, address, port, app) = match order {
            Order::Connect { app, to } => (&self.connect, Some(to.addr), to.port, app.name()),
            // Where a subflow of the target's own goes is for its path manager to say, and to
            // nowhere but the address of the first one if nothing was announced.
            Order::Join { from, to: 0, .. } => (&self.join, own(topology, *from), 0, ""),
            Order::Announce { address, .. } => (&self.announce, own(topology, *address), 0, ""),
            Order::Withdraw { address, .. } => (&self.withdraw, own(topology, *address), 0, ""),
            _ => (&None, None, 0, ""),
        };
        let unsupported =
            || Trouble::Unsupported(format!("no command of its operator for {order:?}"));
        let template = template.as_ref().ok_or_else(unsupported)?;
        let id = match order {
            Order::Join { from: own, .. }
            | Order::Announce { address: own, .. }
            | Order::Withdraw { address: own, .. } => own.to_string(),
            _ => String::new(),
        };
        let address = address.ok_or_else(|| {
            Trouble::Unsupported(format!("the target has no address for {order:?}"))
        })?;
        let line = template
            .replace("{app}", app)
            .replace("{address}", &address.to_string())
            .replace("{port}", &port.to_string())
            .replace("{endpoint}", &SocketAddr::new(address, port).to_string())
            .replace("{id}", &id);
        self.run(&line)
    }

    /// Undoes what orders did.
    ///
    /// # Errors
    ///
    /// When the command fails.
    pub fn restore(&self) -> Result<(), Trouble> {
        self.restore.as_ref().map_or(Ok(()), |line| self.run(line))
    }

    /// Runs a command line where the target is.
    ///
    /// # Errors
    ///
    /// When it can't be started, or fails; with what it says.
    pub fn run(&self, line: &str) -> Result<(), Trouble> {
        let [program, arguments @ ..] = self.shell.as_slice() else {
            return Err(Trouble::Unsupported("commands can't be run at the target".into()));
        };
        let output = Command::new(program).args(arguments).arg(line).stdin(Stdio::null()).output();
        match output {
            Ok(Output { status, .. }) if status.success() => Ok(()),
            Ok(Output { status, stderr, .. }) => {
                let said = String::from_utf8_lossy(&stderr);
                let said = said.lines().next().unwrap_or("nothing");
                Err(Trouble::Unsupported(format!("{line} ended with {status} and said: {said}")))
            }
            Err(error) => Err(Trouble::Broken(format!("{program} can't be started: {error}"))),
        }
    }
}

fn own(topology: &Topology, address: u8) -> Option<IpAddr> {
    topology.target.get(usize::from(address)).copied()
}
