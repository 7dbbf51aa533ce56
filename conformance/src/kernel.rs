//! The MPTCP stack of this machine's kernel as a target: hosts in network namespaces that are made
//! for it, one for each play that goes on at the same time, and gone with the process, however that
//! ends.
//!
//! Namespaces have no names: that of a target belongs to the process of its applications, which ends
//! when its orders do, and the tester's own one to the sockets in it.

mod namespace;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::app::AppOrder;
use crate::plan::{Family, Plan};
use crate::script::Order;
use crate::suite::target::Target;
use crate::testbed::wire::{Control, Wire};
use crate::testbed::{Testbed, Topology, Trouble};
use namespace::Host;

pub use namespace::addresses;

/// This machine's kernel.
#[derive(Debug)]
pub struct Kernel {
    release: String,
    /// Hosts that nobody plays against.
    idle: Idle,
}

type Idle = Arc<Mutex<Vec<Host>>>;

impl Kernel {
    /// The kernel of this machine.
    ///
    /// # Errors
    ///
    /// When it has no MPTCP, or namespaces can't be made; one sentence says what to do.
    pub fn new() -> Result<Self, String> {
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
        let first = Host::make()?;
        Ok(Self { release, idle: Arc::new(Mutex::new(vec![first])) })
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
        let host = match idle {
            Some(host) => host,
            None => Host::make().map_err(Trouble::Broken)?,
        };
        let seat = host.link.seat().map_err(|error| Trouble::Broken(error.to_string()))?;
        let topology = addresses(plan.family);
        let lease = Lease { host: Some(host), idle: Arc::clone(&self.idle), ordered: false };
        Ok(Box::new(Wire::new(seat, topology, Box::new(lease))))
    }
}

fn lock(idle: &Idle) -> MutexGuard<'_, Vec<Host>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A host that somebody plays against.
struct Lease {
    host: Option<Host>,
    idle: Idle,
    /// Whether its operator was told something.
    ordered: bool,
}

impl Control for Lease {
    fn order(&mut self, order: &Order, topology: &Topology) -> Result<(), Trouble> {
        let Some(host) = &mut self.host else {
            return Err(Trouble::Broken("the namespace is gone".into()));
        };
        match AppOrder::of(order) {
            Some(order) => host.applications.tell(order),
            None => {
                self.ordered = true;
                host.operator.obey(order, topology)
            }
        }
    }
}

impl Drop for Lease {
    /// Leaves the host as it was; one that can't be is given up.
    fn drop(&mut self) {
        let Some(mut host) = self.host.take() else { return };
        let restored = if self.ordered { host.operator.restore() } else { Ok(()) };
        if restored.is_ok() && host.applications.tell(AppOrder::Reset).is_ok() {
            lock(&self.idle).push(host);
        }
    }
}

/// The versions of IP of the addresses in namespaces.
pub(crate) const FAMILIES: [Family; 2] = Family::BOTH;
