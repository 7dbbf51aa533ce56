//! Whom a run is against.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use mpdissect::wire::mptcp::{Dialect, MaxSubflowsLayout};

use super::{Config, Known, Play};
use crate::case::Need;
use crate::catalogue::{self, Gating};
use crate::plan::Plan;
use crate::policy::Policy;
use crate::reference::Reference;
use crate::testbed::impair::Impairments;
use crate::testbed::memory::Memory;
use crate::testbed::{Testbed, Trouble};

/// Something that can be played against.
pub trait Target: Sync {
    /// Its name in reports.
    fn name(&self) -> String;

    /// The arguments that choose it on the command line.
    fn arguments(&self) -> Vec<String>;

    /// A fresh one, on a link of its own, for one play.
    ///
    /// # Errors
    ///
    /// When it can't be had.
    fn testbed(&self, plan: &Plan) -> Result<Box<dyn Testbed>, Trouble>;

    /// What a run against it goes by, unless somebody says otherwise.
    fn terms(&self) -> Terms {
        Terms::default()
    }
}

/// What a run against a target goes by.
#[derive(Clone, Debug)]
pub struct Terms {
    /// How many plays go on at the same time.
    pub jobs: NonZeroUsize,
    /// What the target implements, if that is known.
    pub supports: Option<Vec<Need>>,
    /// What cases can count on beside that: somebody who gives orders, and time.
    pub granted: Vec<Need>,
    /// What every window of time is multiplied with.
    pub time_scale: u32,
    /// The file of its known failures.
    pub expected: Option<PathBuf>,
    /// Whether what one play does to it is still there in the next.
    pub lasts: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            jobs: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            supports: Some(Vec::new()),
            granted: vec![Need::Operator],
            time_scale: 1,
            expected: None,
            lasts: false,
        }
    }
}

/// The reference endpoint in memory, or one that decides in other ways.
#[derive(Clone, Debug)]
pub struct Builtin {
    /// Its decisions.
    pub policy: Policy,
    /// Its name.
    pub name: String,
    /// The arguments that choose it.
    pub arguments: Vec<String>,
    /// Whether it is said to know the drafts.
    pub knows_drafts: bool,
    /// What happens to packets on the link; their seed is that of the play.
    pub impairments: Impairments,
}

impl Builtin {
    /// The conformant one.
    pub fn conformant() -> Self {
        Self {
            policy: Policy::CONFORMANT,
            name: "builtin".to_owned(),
            arguments: Vec::new(),
            knows_drafts: true,
            impairments: Impairments::default(),
        }
    }

    /// One that knows none of the drafts.
    pub fn unknowing() -> Self {
        Self {
            policy: Policy::UNKNOWING,
            name: "builtin:unknowing".to_owned(),
            knows_drafts: false,
            arguments: vec!["--target".to_owned(), "builtin:unknowing".to_owned()],
            ..Self::conformant()
        }
    }

    /// One that is wrong in one way.
    pub fn mutant(mutant: &crate::mutants::Mutant) -> Self {
        Self {
            policy: mutant.policy,
            name: mutant.name.to_owned(),
            arguments: vec!["--mutant".to_owned(), mutant.name.to_owned()],
            ..Self::conformant()
        }
    }
}

impl Target for Builtin {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn arguments(&self) -> Vec<String> {
        self.arguments.clone()
    }

    fn testbed(&self, plan: &Plan) -> Result<Box<dyn Testbed>, Trouble> {
        let topology = Memory::topology(plan.family);
        let host = Reference::new(self.policy, *plan, topology.clone());
        let impairments = Impairments { seed: plan.seed, ..self.impairments.clone() };
        Ok(Box::new(Memory::new(Box::new(host), topology, impairments)))
    }

    fn terms(&self) -> Terms {
        Terms {
            supports: Some(if self.knows_drafts { Need::ALL.to_vec() } else { Vec::new() }),
            // In memory time costs nothing.
            granted: vec![Need::Operator, Need::Time],
            ..Terms::default()
        }
    }
}

/// The arguments of `mpconform` that play one play again, and nothing else.
pub(super) fn again(target: &dyn Target, play: Play, config: &Config, seed: u64) -> Vec<String> {
    let (plan, usual) = (&config.plan, Plan::default());
    let mut arguments = vec!["run".to_owned(), play.to_string()];
    arguments.extend(target.arguments());
    let mut differs = |is: bool, option: &str, value: String| {
        if is {
            arguments.extend([option.to_owned(), value]);
        }
    };
    let subtype = plan.dialect.navigation_subtype();
    differs(subtype != Dialect::NAVIGATION_SUBTYPE, "--nav-subtype", format!("{subtype:#x}"));
    let exid = plan.dialect.max_subflows_exid();
    differs(exid != Dialect::MAX_SUBFLOWS_EXID, "--exid", format!("{exid:#06x}"));
    let layout = play.variant.layout.is_none() && plan.layout != MaxSubflowsLayout::A;
    differs(layout, "--maxsf-layout", plan.layout.letter().to_string());
    let negotiation = plan.negotiation;
    differs(negotiation != usual.negotiation, "--exp-negotiation", negotiation.to_string());
    differs(plan.target_max != usual.target_max, "--target-max", plan.target_max.to_string());
    differs(plan.time_scale != usual.time_scale, "--time-scale", plan.time_scale.to_string());
    differs(seed != usual.seed, "--seed", seed.to_string());
    let terms = target.terms();
    if let Some(usual) = &terms.supports {
        // What it takes beyond what is known of such a target.
        let more = config.support.iter().filter(|support| {
            let need = support.need;
            support.supported
                && support.known != Known::Default
                && play.case.needs.contains(&need)
                && !usual.contains(&need)
        });
        let names: Vec<&str> = more.map(|support| support.need.name()).collect();
        if !names.is_empty() {
            arguments.extend(["--supports".to_owned(), names.join(",")]);
        }
    }
    if play.case.needs.contains(&Need::Time) && !terms.granted.contains(&Need::Time) {
        arguments.push("--slow".to_owned());
    }
    if config.strict && catalogue::first_of(play.case).level.gating() == Gating::Strict {
        arguments.push("--strict".to_owned());
    }
    arguments
}
