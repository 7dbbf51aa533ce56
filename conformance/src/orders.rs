//! Orders as lines of text: how a tester tells the applications of a target on another host, or the
//! reference endpoint there, what to do. Each line is answered by `ok`, or by `no` and a reason.

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;

use mpdissect::wire::mptcp::MaxSubflowsLayout;
use mpdissect::wire::tcp::Endpoint;

use crate::plan::{Family, Plan, Role};
use crate::script::{App, Order, Sf, sf};

/// The line that answers one.
pub fn answer(done: Result<(), String>) -> String {
    done.map_or_else(|why| format!("{NO}{why}"), |()| OK.to_owned())
}

/// What an answer says.
///
/// # Errors
///
/// Why it wasn't done.
pub fn answered(line: &str) -> Result<(), &str> {
    if line == OK { Ok(()) } else { Err(line.strip_prefix(NO).unwrap_or(line)) }
}

const OK: &str = "ok";
const NO: &str = "no ";

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A play begins: all connections are forgotten, and new ones are numbered from 0.
    Play {
        /// Which end the target is.
        role: Role,
        /// The version of IP.
        family: Family,
        /// The layout of Maximum Subflows.
        layout: MaxSubflowsLayout,
        /// The tester's ports: what comes from others is left of an earlier play.
        ports: RangeInclusive<u16>,
    },
    /// An order. Connections have their numbers in the order in which they were opened or accepted.
    Order(Order),
}

impl Line {
    /// The line that begins a play from these ports of the tester.
    pub fn play(plan: &Plan, ports: RangeInclusive<u16>) -> Self {
        Self::Play { role: plan.role, family: plan.family, layout: plan.layout, ports }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match self {
            Self::Play { role, family, layout, ports } => {
                let (letter, first, last) = (layout.letter(), ports.start(), ports.end());
                return write!(f, "play {role} {family} {letter} {first}-{last}");
            }
            Self::Order(order) => order,
        };
        match order {
            Order::Connect { app, to } => {
                write!(f, "connect {} {}", app.name(), SocketAddr::new(to.addr, to.port))
            }
            Order::Write { conn, octets } => write!(f, "write {conn} {octets}"),
            Order::Close(conn) => write!(f, "close {conn}"),
            Order::Abort(conn) => write!(f, "abort {conn}"),
            Order::Join { conn, from, to } => write!(f, "join {conn} {from} {to}"),
            Order::Announce { conn, address } => write!(f, "announce {conn} {address}"),
            Order::Withdraw { conn, address } => write!(f, "withdraw {conn} {address}"),
            Order::Prioritise { on, backup } => {
                let to = if *backup { "backup" } else { "regular" };
                write!(f, "prioritise {}.{} {to}", on.conn, on.index)
            }
            Order::Leave(on) => write!(f, "leave {}.{}", on.conn, on.index),
            Order::Navigate { conn, address_id, cancel } => {
                let what = if *cancel { "cancel" } else { "switch" };
                write!(f, "navigate {conn} {address_id} {what}")
            }
            Order::LimitSubflows { own, announces } => {
                let when = if *announces { "announced" } else { "asked" };
                match own {
                    Some(own) => write!(f, "limit {own} {when}"),
                    None => write!(f, "limit none {when}"),
                }
            }
            Order::Probe { conn, exid } => write!(f, "probe {conn} {exid:#06x}"),
        }
    }
}

impl FromStr for Line {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        parse(&words).ok_or_else(|| format!("this order isn't known: {line}"))
    }
}

fn parse(words: &[&str]) -> Option<Line> {
    let order = match *words {
        ["play", role, family, layout, ports] => {
            use MaxSubflowsLayout::{A, B, C};
            let (first, last) = ports.split_once('-')?;
            return Some(Line::Play {
                role: *Role::BOTH.iter().find(|own| own.name() == role)?,
                family: Family::BOTH.into_iter().find(|own| own.name() == family)?,
                layout: [A, B, C].into_iter().find(|own| own.letter().to_string() == layout)?,
                ports: first.parse().ok()?..=last.parse().ok()?,
            });
        }
        ["connect", app, to] => {
            let to: SocketAddr = to.parse().ok()?;
            let app = App::ALL.into_iter().find(|own| own.name() == app)?;
            Order::Connect { app, to: Endpoint { addr: to.ip().to_canonical(), port: to.port() } }
        }
        ["write", conn, octets] => {
            Order::Write { conn: conn.parse().ok()?, octets: octets.parse().ok()? }
        }
        ["close", conn] => Order::Close(conn.parse().ok()?),
        ["abort", conn] => Order::Abort(conn.parse().ok()?),
        ["join", conn, from, to] => {
            Order::Join { conn: conn.parse().ok()?, from: from.parse().ok()?, to: to.parse().ok()? }
        }
        ["announce", conn, address] => {
            Order::Announce { conn: conn.parse().ok()?, address: address.parse().ok()? }
        }
        ["withdraw", conn, address] => {
            Order::Withdraw { conn: conn.parse().ok()?, address: address.parse().ok()? }
        }
        ["prioritise", on, to @ ("backup" | "regular")] => {
            Order::Prioritise { on: subflow(on)?, backup: to == "backup" }
        }
        ["leave", on] => Order::Leave(subflow(on)?),
        ["navigate", conn, id, what @ ("switch" | "cancel")] => Order::Navigate {
            conn: conn.parse().ok()?,
            address_id: id.parse().ok()?,
            cancel: what == "cancel",
        },
        ["limit", own, when @ ("announced" | "asked")] => Order::LimitSubflows {
            own: if own == "none" { None } else { Some(own.parse().ok()?) },
            announces: when == "announced",
        },
        ["probe", conn, exid] => Order::Probe {
            conn: conn.parse().ok()?,
            exid: u16::from_str_radix(exid.strip_prefix("0x")?, 16).ok()?,
        },
        _ => return None,
    };
    Some(Line::Order(order))
}

fn subflow(text: &str) -> Option<Sf> {
    let (conn, index) = text.split_once('.')?;
    Some(sf(conn.parse().ok()?, index.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use mpdissect::wire::mptcp::MaxSubflowsLayout;
    use mpdissect::wire::tcp::Endpoint;

    use super::Line;
    use crate::plan::{Family, Role};
    use crate::script::{App, Order, sf};

    #[test]
    fn lines_read_back() {
        let to = |addr: &str| Endpoint { addr: addr.parse().expect("an address"), port: 4000 };
        let orders = [
            Order::Connect { app: App::Source, to: to("192.0.2.1") },
            Order::Connect { app: App::Echo, to: to("2001:db8::1") },
            Order::Write { conn: 3, octets: 70_000 },
            Order::Close(0),
            Order::Abort(255),
            Order::Join { conn: 0, from: 1, to: 2 },
            Order::Announce { conn: 0, address: 1 },
            Order::Withdraw { conn: 1, address: 2 },
            Order::Prioritise { on: sf(0, 1), backup: true },
            Order::Prioritise { on: sf(0, 1), backup: false },
            Order::Leave(sf(2, 3)),
            Order::Navigate { conn: 0, address_id: 5, cancel: true },
            Order::Navigate { conn: 0, address_id: 5, cancel: false },
            Order::LimitSubflows { own: None, announces: false },
            Order::LimitSubflows { own: Some(3), announces: true },
            Order::Probe { conn: 0, exid: 0x12fe },
        ];
        let mut lines: Vec<Line> = orders.into_iter().map(Line::Order).collect();
        let (role, family) = (Role::Initiator, Family::V6);
        let ports = 10_240..=10_303;
        lines.push(Line::Play { role, family, layout: MaxSubflowsLayout::B, ports });
        for line in lines {
            assert_eq!(line.to_string().parse(), Ok(line));
        }
        for wrong in ["", "connect echo nowhere", "write 0", "close 256", "open 1", "probe 0 12"] {
            assert!(wrong.parse::<Line>().is_err(), "{wrong}");
        }
    }
}
