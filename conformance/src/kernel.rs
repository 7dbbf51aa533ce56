//! The MPTCP stack of this machine's kernel as a target: hosts in network namespaces that are made
//! for it, one for each play that goes on at the same time, and gone with the process, however that
//! ends.
//!
//! Namespaces have no names: that of a target belongs to the process of its applications, which ends
//! when its orders do, and the tester's own one to the sockets in it.

mod namespace;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::plan::Plan;
use crate::script::Order;
use crate::suite::target::{Target, Terms};
use crate::testbed::wire::{Control, Wire};
use crate::testbed::{Testbed, Topology, Trouble};
use namespace::Host;

pub use namespace::addresses;

/// This machine's kernel.
#[derive(Debug)]
pub struct Kernel {
    release: String,
    program: PathBuf,
    /// Hosts that nobody plays against.
    idle: Idle,
}

/// Plays mostly wait, and each has a host of its own.
const JOBS: NonZeroUsize = NonZeroUsize::new(16).expect("it isn't 0");

type Idle = Arc<Mutex<Vec<Host>>>;

impl Kernel {
    /// The kernel of this machine; `program` is mpconform, which is the applications, too.
    ///
    /// # Errors
    ///
    /// When it has no MPTCP, or namespaces can't be made; one sentence says what to do.
    pub fn new(program: PathBuf) -> Result<Self, String> {
        let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let release = release.trim().to_owned();
        match std::fs::read_to_string("/proc/sys/net/mptcp/enabled") {
            Ok(enabled) if enabled.trim() == "1" => {}
            Ok(_) => {
                return Err(
                    "MPTCP is switched off here; `sysctl net.mptcp.enabled=1` changes that"
                        .to_owned(),
                );
            }
            Err(_) => return Err(format!("the kernel of this machine ({release}) has no MPTCP")),
        }
        let first = Host::make(&program)?;
        Ok(Self { release, program, idle: Arc::new(Mutex::new(vec![first])) })
    }
}

impl Target for Kernel {
    fn name(&self) -> String {
        format!("kernel (Linux {})", self.release)
    }

    fn arguments(&self) -> Vec<String> {
        vec!["--target".to_owned(), "kernel".to_owned()]
    }

    fn testbed(&self, plan: &Plan) -> Result<Box<dyn Testbed>, Trouble> {
        let idle = lock(&self.idle).pop();
        let mut host = match idle {
            Some(host) => host,
            None => Host::make(&self.program).map_err(Trouble::Broken)?,
        };
        let seat = host.link.seat().map_err(|error| Trouble::Broken(error.to_string()))?;
        let topology = addresses(plan.family);
        host.controls.begin(plan, seat.ports())?;
        let lease = Lease { host: Some(host), idle: Arc::clone(&self.idle) };
        Ok(Box::new(Wire::new(seat, topology, Box::new(lease))))
    }

    fn terms(&self) -> Terms {
        Terms { jobs: JOBS, ..Terms::default() }
    }
}

fn lock(idle: &Idle) -> MutexGuard<'_, Vec<Host>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A host that somebody plays against.
struct Lease {
    host: Option<Host>,
    idle: Idle,
}

impl Control for Lease {
    fn order(&mut self, order: &Order, topology: &Topology) -> Result<(), Trouble> {
        match &mut self.host {
            Some(host) => host.controls.order(order, topology),
            None => Err(Trouble::Broken("the namespace is gone".into())),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        lock(&self.idle).extend(self.host.take());
    }
}
