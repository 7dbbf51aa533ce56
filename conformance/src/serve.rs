//! The reference endpoint, or one of the mutants, as a host on a real link.

use std::io::{self, BufRead, Write};
use std::net::IpAddr;
use std::sync::mpsc;
use std::time::Duration;

use crate::app::READY;
use crate::clock::Stopwatch;
use crate::link::{Link, Wiring};
use crate::orders::{self, Line};
use crate::plan::{Family, Plan};
use crate::policy::Policy;
use crate::reference::Reference;
use crate::testbed::{Peer, Ports, Topology};

/// How long it takes at most until an order is heard, or a wish to stop.
const ATTENTION: Duration = Duration::from_millis(5);

/// What is served.
pub struct Service {
    /// How it decides.
    pub policy: Policy,
    /// What the drafts leave open.
    pub plan: Plan,
    /// Its interfaces and addresses.
    pub wiring: Wiring,
    /// Where its applications listen.
    pub ports: Ports,
}

impl Service {
    /// A host of one version of IP.
    fn host(&self, plan: Plan) -> Option<Reference> {
        let own = |address: &&IpAddr| plan.family.has(address);
        let addresses = self.wiring.paths.iter().flat_map(|path| &path.addresses);
        let target: Vec<IpAddr> = addresses.filter(own).copied().collect();
        if target.is_empty() {
            return None;
        }
        let topology = Topology {
            tester: Vec::new(),
            tester_ports: 0..=0,
            target,
            ports: self.ports,
            request: None,
            whole_segments: true,
            clean_path: true,
        };
        // A peer on a network must not find the keys of the last play again.
        Some(Reference::new(self.policy, Plan { seed: fastrand::u64(..), ..plan }, topology))
    }

    /// Serves until `input` ends, or `stop` says so where nobody gives orders.
    ///
    /// # Errors
    ///
    /// When the link can't be had or breaks, or `output` takes no more lines.
    pub fn run(
        &self,
        input: Option<impl BufRead + Send + 'static>,
        output: &mut impl Write,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), String> {
        let link = Link::open(self.wiring.clone()).map_err(|error| error.to_string())?;
        let seat = link.whole().map_err(|error| error.to_string())?;
        let gone = |error: io::Error| format!("nobody takes the answers: {error}");
        writeln!(output, "{READY}").and_then(|()| output.flush()).map_err(gone)?;
        let lines = input.map(read);
        let hosts = |plan: Plan| Family::BOTH.map(|family| self.host(Plan { family, ..plan }));
        let mut hosts_now = hosts(self.plan);
        let mut family = self.plan.family;
        let clock = Stopwatch::start();
        let mut out = Vec::new();
        while !stop() {
            match lines.as_ref().map(mpsc::Receiver::try_recv) {
                Some(Ok(line)) => {
                    let done = match line.parse() {
                        Ok(Line::Play { role, family: version, layout, .. }) => {
                            family = version;
                            hosts_now = hosts(Plan { role, layout, ..self.plan });
                            Ok(())
                        }
                        Ok(Line::Order(order)) => match &mut hosts_now[family as usize] {
                            Some(host) => host
                                .order(clock.elapsed(), &order, &mut out)
                                .map_err(|trouble| trouble.to_string()),
                            None => Err(format!("there is no address of {family}")),
                        },
                        Err(why) => Err(why),
                    };
                    writeln!(output, "{}", orders::answer(done))
                        .and_then(|()| output.flush())
                        .map_err(gone)?;
                }
                Some(Err(mpsc::TryRecvError::Disconnected)) => return Ok(()),
                Some(Err(mpsc::TryRecvError::Empty)) | None => {
                    let now = clock.elapsed();
                    let wakes = hosts_now.iter().flatten().filter_map(Peer::next_wake);
                    let rest = wakes.min().map_or(ATTENTION, |wake| wake.saturating_sub(now));
                    let packet =
                        seat.receive(rest.min(ATTENTION)).map_err(|error| error.to_string())?;
                    if let Some(packet) = packet {
                        let version = packet.first().map(|first| first >> 4);
                        let index = usize::from(version == Some(6));
                        if let Some(host) = &mut hosts_now[index] {
                            host.receive(clock.elapsed(), &packet, &mut out);
                        }
                    }
                }
            }
            let now = clock.elapsed();
            for host in hosts_now.iter_mut().flatten() {
                if host.next_wake().is_some_and(|wake| wake <= now) {
                    host.wake(now, &mut out);
                }
            }
            for packet in out.drain(..) {
                // Whom it may not be sent to doesn't get it.
                drop(seat.send(&packet));
            }
        }
        Ok(())
    }
}

/// Reads orders on a thread of its own.
fn read(input: impl BufRead + Send + 'static) -> mpsc::Receiver<String> {
    let (send, orders) = mpsc::channel();
    std::thread::spawn(move || {
        for line in input.lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    orders
}
