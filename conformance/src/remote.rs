//! A target on a network, as a profile describes it.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::case::Need;
use crate::control::{Controls, Process};
use crate::link::Link;
use crate::plan::{Family, Plan};
use crate::profile::Profile;
use crate::script::Order;
use crate::suite::target::{Target, Terms};
use crate::testbed::wire::{Control, Wire};
use crate::testbed::{Testbed, Topology, Trouble};

/// How many plays go on at the same time unless somebody says otherwise: they mostly wait.
const JOBS: NonZeroUsize = NonZeroUsize::new(8).expect("it isn't 0");

/// A target on a network, with the link to it open.
#[derive(Debug)]
pub struct Remote {
    profile: Profile,
    arguments: Vec<String>,
    link: Link,
    controls: Arc<Mutex<Controls>>,
}

impl Remote {
    /// Opens the link, and has the target made ready; `arguments` choose it on the command line.
    ///
    /// # Errors
    ///
    /// When the link can't be had, or nobody answers there: one sentence that says what to do.
    pub fn open(
        profile: Profile,
        arguments: Vec<String>,
        allow_public: bool,
    ) -> Result<Self, String> {
        let meets = |family: &Family| {
            let topology = topology(&profile, *family);
            !topology.tester.is_empty() && !topology.target.is_empty()
        };
        if !Family::BOTH.iter().any(meets) {
            return Err("target and tester have no version of IP in common: give the tester an \
                        address of the target's with --address, or in the profile's [[path]]"
                .to_owned());
        }
        let link = Link::open(profile.wiring(allow_public)).map_err(|error| error.to_string())?;
        if let Some(before) = &profile.operator.before {
            profile.operator.run(before).map_err(|trouble| trouble.to_string())?;
        }
        let process = if profile.orders.is_empty() {
            None
        } else {
            Some(Process::start(&profile.orders).map_err(|trouble| trouble.to_string())?)
        };
        // The process may be what makes the target one.
        for family in Family::BOTH {
            let topology = topology(&profile, family);
            if let (Some(own), Some(target)) = (topology.tester.first(), topology.target.first()) {
                link.reach(*own, *target).map_err(|error| error.to_string())?;
            }
        }
        let controls = Controls::new(process, profile.operator.clone());
        Ok(Self { profile, arguments, link, controls: Arc::new(Mutex::new(controls)) })
    }
}

/// Who is where, of one version of IP; the tester's addresses go round its paths.
fn topology(profile: &Profile, family: Family) -> Topology {
    let of = |address: &&IpAddr| family.has(address);
    let mut tester = Vec::new();
    let most = profile.paths.iter().map(|path| path.addresses.len()).max().unwrap_or_default();
    for round in 0..most {
        for path in &profile.paths {
            tester.extend(path.addresses.iter().filter(of).nth(round));
        }
    }
    Topology {
        tester,
        tester_ports: 0..=0,
        target: profile.addresses.iter().filter(of).copied().collect(),
        ports: profile.ports,
        request: profile.request(),
        whole_segments: profile.whole_segments,
        clean_path: profile.has_clean_path(),
    }
}

impl Target for Remote {
    fn name(&self) -> String {
        let first = self.profile.addresses.first().map(ToString::to_string);
        self.profile.name.clone().or(first).unwrap_or_default()
    }

    fn arguments(&self) -> Vec<String> {
        self.arguments.clone()
    }

    fn testbed(&self, plan: &Plan) -> Result<Box<dyn Testbed>, Trouble> {
        if !self.profile.has(plan.role) {
            let why = format!("the target isn't tested as {}", plan.role);
            return Err(Trouble::Unsupported(why));
        }
        let topology = topology(&self.profile, plan.family);
        for (whose, addresses) in [("target", &topology.target), ("tester", &topology.tester)] {
            if addresses.is_empty() {
                let why = format!("the {whose} has no address of {}", plan.family);
                return Err(Trouble::Unsupported(why));
            }
        }
        let seat = self.link.seat().map_err(|error| Trouble::Broken(error.to_string()))?;
        lock(&self.controls).begin(plan, seat.ports())?;
        let control = Shared(Arc::clone(&self.controls));
        Ok(Box::new(Wire::new(seat, topology, Box::new(control))))
    }

    fn terms(&self) -> Terms {
        // Orders number connections in the order in which they come.
        let alone = self.profile.is_operated();
        let jobs = if alone { NonZeroUsize::MIN } else { self.profile.jobs.unwrap_or(JOBS) };
        Terms {
            jobs,
            supports: self.profile.supports.clone(),
            granted: alone.then_some(Need::Operator).into_iter().collect(),
            time_scale: self.profile.time_scale.get(),
            expected: self.profile.expected.clone(),
            lasts: true,
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        let controls = lock(&self.controls);
        let undone = controls.operator.restore();
        let after = controls.operator.after.as_ref();
        // Nobody is left to tell that it failed.
        drop((undone, after.map(|line| controls.operator.run(line))));
    }
}

fn lock(controls: &Mutex<Controls>) -> MutexGuard<'_, Controls> {
    controls.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The one way to give orders, for the plays in turn.
struct Shared(Arc<Mutex<Controls>>);

impl Control for Shared {
    fn order(&mut self, order: &Order, topology: &Topology) -> Result<(), Trouble> {
        lock(&self.0).order(order, topology)
    }
}
