//! The tester as a host on real interfaces: it owns addresses of its own, which the kernel below
//! doesn't know, so that no firewall rule is needed and nobody but the tester answers for them.
//!
//! A [`Link`] answers ARP and neighbour discovery for its addresses, finds out who is at the other
//! end, and hands each packet to the [`Seat`] whose ports it is for, so that many plays can go on at
//! once. It sends to nobody but the target, and not faster than it may.

mod arrivals;
mod ethernet;
mod filter;
mod interface;
mod neighbours;
mod offload;
mod safety;
mod seat;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use pnet::util::MacAddr;
use serde::Deserialize;

use arrivals::Arrivals;
use interface::Interface;
use neighbours::Neighbours;
use safety::Pace;
use seat::Seats;

pub use safety::{Reach, refusal};
pub use seat::Seat;

/// One interface of the tester, and what it is there.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Path {
    /// The interface's name.
    pub interface: String,
    /// The tester's addresses there, which must belong to nobody else.
    pub addresses: Vec<IpAddr>,
    /// Through whom the target is reached from there, one for each version of IP; without one it is
    /// on the link itself.
    #[serde(default)]
    pub gateways: Vec<IpAddr>,
}

/// Whom a link may send to, and nobody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipients {
    /// These.
    Only(Vec<IpAddr>),
    /// Whoever sends to it, unless a public address is one too many.
    Whoever,
}

/// What a link is opened with.
#[derive(Clone, Debug)]
pub struct Wiring {
    /// The tester's interfaces.
    pub paths: Vec<Path>,
    /// Whom it may send to.
    pub recipients: Recipients,
    /// Whether the target may have an address that is reachable from all of the Internet.
    pub allow_public: bool,
    /// How many packets it may send in a second, 1 or more.
    pub rate: u32,
    /// Sends from the interfaces' own link-layer addresses instead of one that the tester made up,
    /// for networks that let only those through.
    pub own_mac: bool,
}

/// Why a link can't be had, or not be used: one sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkError(pub String);

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The tester's interfaces, open.
pub struct Link {
    shared: Arc<Shared>,
    readers: Vec<JoinHandle<()>>,
}

/// What senders and readers share.
struct Shared {
    paths: Vec<Open>,
    /// The path that each of the tester's addresses is on.
    at: BTreeMap<IpAddr, usize>,
    recipients: Recipients,
    allow_public: bool,
    pace: Pace,
    seats: Seats,
    closing: AtomicBool,
}

/// A path with its interface open.
struct Open {
    path: Path,
    interface: Interface,
    neighbours: Mutex<Neighbours>,
}

impl Link {
    /// How long a neighbour is asked for before it counts as not there.
    const ASK: Duration = Duration::from_millis(300);
    /// How often it is asked.
    const ASKS: u32 = 20;

    /// Opens the interfaces.
    ///
    /// # Errors
    ///
    /// When an address may not be used, an interface isn't there, or the right to use it is missing.
    pub fn open(wiring: Wiring) -> Result<Self, LinkError> {
        safety::check(&wiring)?;
        let targets = match &wiring.recipients {
            Recipients::Only(targets) => targets.as_slice(),
            Recipients::Whoever => &[],
        };
        let mut paths = Vec::new();
        let mut receivers = Vec::new();
        let mut at = BTreeMap::new();
        for (number, path) in wiring.paths.into_iter().enumerate() {
            let (interface, receiver) = Interface::open(&path, targets, wiring.own_mac)?;
            for &address in &path.addresses {
                // Who remembers another one from before learns of this.
                if let Some(frame) = neighbours::announcement(interface.mac(), address) {
                    interface.send_frame(&frame)?;
                }
            }
            at.extend(path.addresses.iter().map(|&address| (address, number)));
            paths.push(Open { path, interface, neighbours: Mutex::new(Neighbours::default()) });
            receivers.push(receiver);
        }
        let shared = Arc::new(Shared {
            paths,
            at,
            recipients: wiring.recipients,
            allow_public: wiring.allow_public,
            pace: Pace::new(wiring.rate),
            seats: Seats::default(),
            closing: AtomicBool::new(false),
        });
        let readers = receivers
            .into_iter()
            .enumerate()
            .map(|(number, receiver)| {
                let mut arrivals = Arrivals { shared: Arc::clone(&shared), path: number, receiver };
                std::thread::spawn(move || arrivals.take_all())
            })
            .collect();
        Ok(Self { shared, readers })
    }

    /// A seat at this link: a range of ports of its own.
    ///
    /// # Errors
    ///
    /// When all are taken.
    pub fn seat(&self) -> Result<Seat, LinkError> {
        Seat::take(&self.shared)
    }

    /// A seat that has all ports.
    ///
    /// # Errors
    ///
    /// When the link is broken.
    pub fn whole(&self) -> Result<Seat, LinkError> {
        Seat::take_all(&self.shared)
    }

    /// Finds out whether somebody answers for the target, from the first address on; one of them is
    /// enough.
    ///
    /// # Errors
    ///
    /// When nobody does.
    pub fn reach(&self, from: IpAddr, target: IpAddr) -> Result<MacAddr, LinkError> {
        let open = self.shared.open_at(from)?;
        let hop = open.hop(target);
        for _ in 0..Self::ASKS {
            if let Some(mac) = open.neighbours().find(hop) {
                return Ok(mac);
            }
            open.ask(from, hop)?;
            open.interface.wait_for_answers(Self::ASK, || open.neighbours().find(hop).is_some());
        }
        open.neighbours().find(hop).ok_or_else(|| {
            let (protocol, name) = if hop.is_ipv4() { ("ARP", "IPv4") } else { ("NDP", "IPv6") };
            LinkError(format!(
                "{hop} doesn't answer {protocol} on {}: is the interface connected to it, and is \
                 {from} an {name} address that it takes for its neighbour's? A target behind a router \
                 needs a gateway",
                open.path.interface
            ))
        })
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.shared.paths.iter().map(|open| &open.path.interface);
        f.debug_list().entries(names).finish()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::Relaxed);
        for reader in self.readers.drain(..) {
            // It can't be helped that one panicked.
            drop(reader.join());
        }
    }
}

impl Shared {
    fn open_at(&self, from: IpAddr) -> Result<&Open, LinkError> {
        self.at
            .get(&from)
            .and_then(|&number| self.paths.get(number))
            .ok_or_else(|| LinkError(format!("{from} is none of the tester's addresses")))
    }

    fn may_reach(&self, address: IpAddr) -> bool {
        match &self.recipients {
            Recipients::Only(targets) => targets.contains(&address),
            Recipients::Whoever => refusal(address, self.allow_public).is_none(),
        }
    }

    /// Sends an IP packet of the tester to the target, or keeps it until it is known where that is.
    fn send(&self, packet: &[u8]) -> Result<(), LinkError> {
        let Some((from, to)) = ethernet::addresses(packet) else {
            return Err(LinkError("what the tester sends is no IP packet".to_owned()));
        };
        if !self.may_reach(to) {
            return Err(LinkError(format!(
                "{to} is no address of the target: nothing is sent there"
            )));
        }
        let open = self.open_at(from)?;
        self.pace.wait();
        let hop = open.hop(to);
        let known = {
            let mut neighbours = open.neighbours();
            let known = neighbours.find(hop);
            if known.is_none() {
                neighbours.keep(hop, packet);
            }
            known
        };
        match known {
            Some(mac) => open.interface.send_ip(mac, packet),
            None => open.ask(from, hop),
        }
    }
}

impl Open {
    fn neighbours(&self) -> std::sync::MutexGuard<'_, Neighbours> {
        self.neighbours.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who is sent to, at the link layer, what is for the target.
    fn hop(&self, to: IpAddr) -> IpAddr {
        let gateway = self.path.gateways.iter().find(|hop| hop.is_ipv4() == to.is_ipv4());
        gateway.copied().unwrap_or(to)
    }

    fn ask(&self, from: IpAddr, hop: IpAddr) -> Result<(), LinkError> {
        match neighbours::question(self.interface.mac(), from, hop) {
            Some(frame) => self.interface.send_frame(&frame),
            None => Ok(()),
        }
    }
}
