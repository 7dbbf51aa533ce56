//! What is known of a target on a network, in a file: where it is, what it can do, and how it is
//! told to do something. `docs/target-profile.md` explains each entry.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path as FilePath, PathBuf};

use serde::Deserialize;

use crate::case::Need;
use crate::control::Operator;
use crate::link::{Path, Recipients, Wiring};
use crate::plan::Role;
use crate::testbed::{Ports, Request};

/// A web server that is asked for something large.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Its port.
    port: u16,
    /// What is asked for: a megabyte or more, so that a case doesn't see its end.
    path: String,
}

/// A profile.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    /// What the target is called in reports.
    pub name: Option<String>,
    /// Its addresses of either version of IP; the first of each is the one that is connected to.
    pub addresses: Vec<IpAddr>,
    /// Where its applications listen.
    #[serde(default)]
    pub ports: Ports,
    /// What its web server sends stands for what a source would.
    pub http: Option<Http>,
    /// The tester's interfaces.
    #[serde(rename = "path")]
    pub paths: Vec<Path>,
    /// The roles that it can be tested in; both if none is named.
    #[serde(default)]
    roles: Vec<Role>,
    /// What it implements of the drafts: names of `--supports`; tried out if it doesn't say.
    pub supports: Option<Vec<Need>>,
    /// What every window of time is multiplied with.
    #[serde(default = "one")]
    pub time_scale: NonZeroU32,
    /// The file of expected results, beside the profile.
    pub expected: Option<PathBuf>,
    /// How many plays go on at the same time; one where orders are given.
    pub jobs: Option<NonZeroUsize>,
    /// How many packets are sent in a second at most.
    #[serde(default = "rate")]
    rate: u32,
    /// Sends from the interfaces' own link-layer addresses.
    #[serde(default)]
    own_mac: bool,
    /// Its frames are taken up as they were sent: nothing on the way puts segments together.
    #[serde(default)]
    pub whole_segments: bool,
    /// Nothing between the tester and it changes packets; so it is taken to be where no path has a
    /// gateway.
    clean_path: Option<bool>,
    /// The program that takes orders, and its arguments.
    #[serde(default)]
    pub orders: Vec<String>,
    /// What is done by commands.
    #[serde(default)]
    pub operator: Operator,
}

const fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

/// Slow enough for a target that is a small box.
const fn rate() -> u32 {
    5_000
}

impl Profile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// When it can't be read or isn't a profile: one sentence that says where and why.
    pub fn read(file: &FilePath) -> Result<Self, String> {
        let name = file.display();
        let text = fs::read_to_string(file)
            .map_err(|error| format!("the profile {name} can't be read: {error}"))?;
        let mut profile = Self::parse(&text).map_err(|why| format!("the profile {name}, {why}"))?;
        if let (Some(expected), Some(folder)) = (&mut profile.expected, file.parent()) {
            *expected = folder.join(&*expected);
        }
        Ok(profile)
    }

    /// Reads the text of one.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut profile: Self = toml::from_str(text).map_err(|error| {
            let what = in_words(&error.message().replace('\n', " "));
            match error.span() {
                // What is missing has no place.
                Some(span) if span.start > 0 || !what.starts_with("missing field") => {
                    format!("{}: {what}", place(text, span.start))
                }
                _ => what,
            }
        })?;
        if profile.addresses.is_empty() {
            return Err("addresses: the target needs one".to_owned());
        }
        if profile.paths.is_empty() {
            return Err("path: the tester needs an interface, as in [[path]]".to_owned());
        }
        let drafts = [Need::Navigation, Need::MaxSubflows, Need::Experimental];
        let supports = profile.supports.as_deref().unwrap_or_default();
        if let Some(need) = supports.iter().find(|need| !drafts.contains(need)) {
            return Err(format!("supports: {} is none of nav, maxsf, exp", need.name()));
        }
        if let Some(http) = &profile.http
            && profile.ports.source.replace(http.port).is_some()
        {
            return Err("http: its answers stand for a source; take away ports.source".to_owned());
        }
        profile.check_addresses()?;
        profile.operator.check()?;
        if profile.ports.all_of().contains(&0) {
            return Err("ports: nothing listens on port 0".to_owned());
        }
        if profile.rate == 0 {
            return Err("rate: with 0 packets a second nothing can be tested".to_owned());
        }
        Ok(profile)
    }

    /// No address is in a profile twice: not the target's, not the tester's, and not both.
    fn check_addresses(&self) -> Result<(), String> {
        let testers = self.paths.iter().flat_map(|path| &path.addresses);
        let mut all: Vec<&IpAddr> = self.addresses.iter().chain(testers).collect();
        all.sort_unstable();
        match all.array_windows().find(|[one, other]| one == other) {
            Some([twice, _]) => Err(format!("addresses: {twice} is there twice; take one away")),
            None => Ok(()),
        }
    }

    /// One for a target of which nothing more is known.
    pub fn of_host(address: SocketAddr, app: crate::script::App, path: Path) -> Self {
        Self {
            name: None,
            addresses: vec![address.ip()],
            ports: Ports::only(app, address.port()),
            http: None,
            paths: vec![path],
            roles: vec![Role::Listener],
            supports: None,
            time_scale: one(),
            expected: None,
            jobs: None,
            rate: rate(),
            own_mac: false,
            whole_segments: false,
            clean_path: None,
            orders: Vec::new(),
            operator: Operator::default(),
        }
    }

    /// Whether it can be tested in a role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.is_empty() || self.roles.contains(&role)
    }

    /// What the source has to be asked.
    pub fn request(&self) -> Option<Request> {
        let host = self.addresses.first()?;
        let http = self.http.as_ref()?;
        Some(Request::get(&host.to_string(), &http.path))
    }

    /// Whether what is wrong is the target's doing, and no middlebox's.
    pub fn has_clean_path(&self) -> bool {
        let direct = self.paths.iter().all(|path| path.gateways.is_empty());
        self.clean_path.unwrap_or(direct)
    }

    /// Whether somebody gives orders to it.
    pub fn is_operated(&self) -> bool {
        !self.orders.is_empty() || self.operator != Operator::default()
    }

    /// How the tester is connected to it.
    pub fn wiring(&self, allow_public: bool) -> Wiring {
        Wiring {
            paths: self.paths.clone(),
            recipients: Recipients::Only(self.addresses.clone()),
            allow_public,
            rate: self.rate,
            own_mac: self.own_mac,
        }
    }
}

/// The line of a place in a text of TOML, and the key there, with the table that it is in.
fn place(text: &str, start: usize) -> String {
    let mut end = 0;
    let (mut line, mut table, mut key) = (0, "", "");
    for own in text.split_inclusive('\n') {
        line += 1;
        let own_text = own.trim();
        if own_text.starts_with('[') && own_text.ends_with(']') {
            table = own_text.trim_matches(['[', ']']);
            key = "";
        } else if let Some((own_key, _)) = own_text.split_once('=') {
            key = own_key.trim_end();
        }
        end += own.len();
        if start < end {
            break;
        }
    }
    let dot = if table.is_empty() || key.is_empty() { "" } else { "." };
    let comma = if table.is_empty() && key.is_empty() { "" } else { ", " };
    format!("line {line}{comma}{table}{dot}{key}")
}

/// A message of the parser without names of types.
fn in_words(message: &str) -> String {
    let words = [
        ("a sequence", "a list"),
        ("u16", "a number from 1 to 65535"),
        ("a nonzero u32", "a number of 1 or more"),
        ("a nonzero usize", "a number of 1 or more"),
        ("u32", "a number of 0 or more"),
    ];
    let Some((what, expected)) = message.split_once(", expected ") else {
        return message.to_owned();
    };
    let known = words.iter().find(|(name, _)| *name == expected).map(|(_, word)| *word);
    let table = expected.starts_with("struct ").then_some("a table");
    format!("{what}, expected {}", known.or(table).unwrap_or(expected))
}

#[cfg(test)]
mod tests {
    use super::Profile;
    use crate::plan::Role;

    const LEAST: &str = "addresses = ['192.0.2.1']\n\
        [ports]\necho = 7\n\
        [[path]]\ninterface = 'eth1'\naddresses = ['192.0.2.10']\n";

    #[test]
    fn little_is_enough() {
        let profile = Profile::parse(LEAST).expect("a profile");
        assert_eq!((profile.ports.echo, profile.ports.sink), (Some(7), None));
        assert!(profile.has(Role::Initiator) && !profile.is_operated());
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (more, says) in [
            ("colour = 'red'\n", "line 1, colour: unknown field `colour`"),
            ("roles = ['server']\n", "line 1, roles: unknown variant `server`"),
            ("rate = 0\n", "rate: with 0 packets"),
            (
                "\ntime-scale = 'slow'\n",
                "line 2, time-scale: invalid type: string \"slow\", expected a number of 1 or more",
            ),
            (
                "operator.join = 'ip a add {addres}'\n",
                "operator.join: there is no {addres} to fill in",
            ),
            ("operator.restore = 'reset {id}'\n", "operator.restore: there is no {id} to fill in"),
        ] {
            let why = Profile::parse(&format!("{more}{LEAST}")).expect_err(more);
            assert!(why.starts_with(says), "{why}");
        }
        for (text, says) in [
            ("addresses = []\n".to_owned(), "missing field `path`"),
            (LEAST.replace("= 7", "= 'seven'"), "line 3, ports.echo: invalid type"),
            (LEAST.replace("= 7", "= 0"), "ports: nothing listens on port 0"),
            (LEAST.replace("'192.0.2.10'", "'192.0.2.10', '192.0.2.10'"), "addresses: 192.0.2.10"),
            (
                LEAST.replace("'192.0.2.10'", "\n'192.0.2.10',\n5"),
                "line 8, path.addresses: invalid",
            ),
        ] {
            let why = Profile::parse(&text).expect_err(&text);
            assert!(why.starts_with(says), "{why}");
        }
    }

    #[test]
    fn braces_that_are_none_of_ours_are_left_to_the_shell() {
        let more = "operator.join = 'x=${HOME} {} {a,b} {address} awk {print}'\n";
        let why = Profile::parse(&format!("{more}{LEAST}")).expect_err("awk's own");
        assert!(why.starts_with("operator.join: there is no {print}"), "{why}");
        let more = "operator.join = 'x=${HOME} {} {a,b} {address}'\n";
        assert!(Profile::parse(&format!("{more}{LEAST}")).is_ok());
    }
}
