//! Commands that do what a target's operator can do.

use std::net::IpAddr;
use std::process::{Command, Output, Stdio};

use serde::Deserialize;

use crate::script::Order;
use crate::testbed::{Topology, Trouble};

/// Command lines with places for what an order is about: `{address}`, `{port}`, `{app}`, `{id}`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Operator {
    /// The program and its arguments that run a command line, such as `ssh box`; `sh -c` if empty.
    pub shell: Vec<String>,
    /// Opens a connection of an application to the tester: `{app}`, `{address}`, `{port}`.
    pub connect: Option<String>,
    /// Joins from another address of the target: `{address}`, `{id}`.
    pub join: Option<String>,
    /// Announces another address of the target: `{address}`, `{id}`.
    pub announce: Option<String>,
    /// Takes it back: `{address}`, `{id}`.
    pub withdraw: Option<String>,
    /// Undoes all of this after a play.
    pub restore: Option<String>,
    /// Runs before the first play of a run.
    pub before: Option<String>,
    /// Runs after the last one.
    pub after: Option<String>,
}

impl Operator {
    /// Whether every place in a command line is one that is filled in there.
    ///
    /// # Errors
    ///
    /// Which one isn't.
    pub fn check(&self) -> Result<(), String> {
        let lines = [
            ("connect", &self.connect, &["app", "address", "port"][..]),
            ("join", &self.join, &["address", "id"]),
            ("announce", &self.announce, &["address", "id"]),
            ("withdraw", &self.withdraw, &["address", "id"]),
            ("restore", &self.restore, &[]),
            ("before", &self.before, &[]),
            ("after", &self.after, &[]),
        ];
        for (key, line, known) in lines {
            let places = line.as_deref().map(places).unwrap_or_default();
            if let Some(place) = places.into_iter().find(|place| !known.contains(place)) {
                let known: Vec<String> = known.iter().map(|name| format!("{{{name}}}")).collect();
                let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
                return Err(format!(
                    "operator.{key}: there is no {{{place}}} to fill in, but {known}; a shell's own \
                     braces want a space, as in {{ {place} }}"
                ));
            }
        }
        Ok(())
    }

    /// The command line for an order, if there is one.
    pub fn command(&self, order: &Order, topology: &Topology) -> Option<String> {
        let own = |address: &u8| topology.target.get(usize::from(*address)).copied();
        let filled = |template: &Option<String>, address: IpAddr, port: u16, app: &str, id: u8| {
            let template = template.as_ref()?;
            let filled = template.replace("{app}", app).replace("{address}", &address.to_string());
            Some(filled.replace("{port}", &port.to_string()).replace("{id}", &id.to_string()))
        };
        match order {
            Order::Connect { app, to } => filled(&self.connect, to.addr, to.port, app.name(), 0),
            // Where its subflow goes is for the target to say: to the address of the first one,
            // as long as nothing else was announced.
            Order::Join { from, to: 0, .. } => filled(&self.join, own(from)?, 0, "", *from),
            Order::Announce { address, .. } => {
                filled(&self.announce, own(address)?, 0, "", *address)
            }
            Order::Withdraw { address, .. } => {
                filled(&self.withdraw, own(address)?, 0, "", *address)
            }
            _ => None,
        }
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
    /// When it can't be started, or fails; with the first line of what it says.
    pub fn run(&self, line: &str) -> Result<(), Trouble> {
        let usual = ["sh".to_owned(), "-c".to_owned()];
        let shell = if self.shell.is_empty() { &usual[..] } else { &self.shell };
        let [program, arguments @ ..] = shell else { return Ok(()) };
        let output = Command::new(program).args(arguments).arg(line).stdin(Stdio::null()).output();
        match output {
            Ok(Output { status, .. }) if status.success() => Ok(()),
            Ok(Output { status, stderr, .. }) => {
                let said = String::from_utf8_lossy(&stderr);
                let said = said.lines().next().unwrap_or("nothing");
                Err(Trouble::Unsupported(format!("`{line}` ended with {status} and said: {said}")))
            }
            Err(error) => Err(Trouble::Broken(format!("{program} can't be started: {error}"))),
        }
    }
}

/// The words in braces of a command line. A shell has other uses for braces, with other than small
/// letters in them or behind a dollar.
fn places(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices('{') {
        let (before, behind) = (line.get(..at).unwrap_or_default(), line.get(at + 1..));
        let Some((word, _)) = behind.and_then(|behind| behind.split_once('}')) else { continue };
        let named = !word.is_empty() && word.bytes().all(|octet| octet.is_ascii_lowercase());
        if named && !before.ends_with('$') {
            found.push(word);
        }
    }
    found
}
