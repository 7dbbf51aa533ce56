//! Orders to a real target: a process beside it takes them line by line, and what that doesn't do is
//! done by commands of its operator.

mod operator;
mod process;

use std::ops::RangeInclusive;

use crate::orders::Line;
use crate::plan::Plan;
use crate::script::Order;
use crate::testbed::wire::Control;
use crate::testbed::{Topology, Trouble};

pub use operator::Operator;
pub use process::Process;

/// All the ways in which a target can be told something.
#[derive(Debug, Default)]
pub struct Controls {
    /// The process that takes orders.
    pub process: Option<Process>,
    /// The commands.
    pub operator: Operator,
    /// Whether a command left something to undo.
    commanded: bool,
}

impl Controls {
    /// Those of a target.
    pub fn new(process: Option<Process>, operator: Operator) -> Self {
        Self { process, operator, commanded: false }
    }

    /// A play begins from these ports of the tester: nothing of the one before is left.
    ///
    /// # Errors
    ///
    /// When the target can't be brought back to where it was.
    pub fn begin(&mut self, plan: &Plan, ports: RangeInclusive<u16>) -> Result<(), Trouble> {
        if std::mem::take(&mut self.commanded) {
            self.operator.restore()?;
        }
        match &mut self.process {
            Some(process) => process.tell(&Line::play(plan, ports)),
            None => Ok(()),
        }
    }
}

impl Control for Controls {
    fn order(&mut self, order: &Order, topology: &Topology) -> Result<(), Trouble> {
        let told = match &mut self.process {
            Some(process) => process.tell(&Line::Order(order.clone())),
            None => Err(Trouble::Unsupported("nobody takes orders at the target".into())),
        };
        match (told, self.operator.command(order, topology)) {
            (Err(Trouble::Unsupported(_)), Some(command)) => {
                self.commanded = true;
                self.operator.run(&command)
            }
            (told, _) => told,
        }
    }
}
