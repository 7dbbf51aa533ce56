//! A conformance case: what it decides, for whom, and the script that decides it.

use std::fmt;

use mpdissect::wire::mptcp::MaxSubflowsLayout;
use serde::Deserialize;

use crate::plan::{Family, Negotiation, Plan, Role};
use crate::script::Script;

/// One conformance case.
///
/// All requirements of a case gate alike, so that its verdict has one weight: they are all of
/// levels that gate (MUST, MUST NOT, STATED), all SHOULD (NOT), or all of levels that never gate
/// (MAY, INFERRED).
#[derive(Debug)]
pub struct Case {
    /// `suite/section/name`: readable, sortable, and never changed once published.
    pub id: &'static str,
    /// The ids of the requirements that it decides; the first is the one it exists for.
    pub requirements: &'static [&'static str],
    /// The roles of the target in which it is played.
    pub roles: &'static [Role],
    /// What the target has to be able to do; without it the case is skipped.
    pub needs: &'static [Need],
    /// Along which axes, beside role and IP version, its variants go.
    pub axes: Axes,
    /// What is checked, in one sentence.
    pub summary: &'static str,
    /// What a target does that fails it, in one sentence.
    pub fails_when: &'static str,
    /// The steps, for one variant.
    pub script: fn(&Plan) -> Script,
}

/// What a target has to support or to offer for a case to be decidable.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// It implements MP_Navigation.
    #[serde(rename = "nav")]
    Navigation,
    /// It implements Maximum Subflows.
    #[serde(rename = "maxsf")]
    MaxSubflows,
    /// It implements the experimental option: it answers experiments that it doesn't know.
    #[serde(rename = "exp")]
    Experimental,
    /// Its operator can be ordered to do something, see [`Order`](crate::script::Order).
    Operator,
    /// It is given minutes: nobody waits for them unless they are asked for.
    Time,
}

impl Need {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Navigation, Self::MaxSubflows, Self::Experimental, Self::Operator, Self::Time];

    /// The name in a sentence.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Navigation => "MP_Navigation",
            Self::MaxSubflows => "Maximum Subflows",
            Self::Experimental => "the experimental option",
            Self::Operator => "orders of its operator",
            Self::Time => "cases that take minutes",
        }
    }

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Navigation => "nav",
            Self::MaxSubflows => "maxsf",
            Self::Experimental => "exp",
            Self::Operator => "operator",
            Self::Time => "time",
        }
    }
}

/// Which parameters of the drafts make variants of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axes {
    /// None: one variant for each role and IP version.
    Plain,
    /// One for each of these layouts of Maximum Subflows.
    Layouts(&'static [MaxSubflowsLayout]),
    /// Only where experiments are accepted like this; skipped otherwise.
    Only(Negotiation),
}

impl Axes {
    /// One for each layout of Maximum Subflows.
    pub const EVERY_LAYOUT: Self =
        Self::Layouts(&[MaxSubflowsLayout::A, MaxSubflowsLayout::B, MaxSubflowsLayout::C]);
}

/// One of the plays of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Which end the target is.
    pub role: Role,
    /// The version of IP.
    pub family: Family,
    /// The layout of Maximum Subflows, where the case has one variant for each.
    pub layout: Option<MaxSubflowsLayout>,
}

impl fmt::Display for Variant {
    /// `listener:ipv4` or `listener:ipv4:layout-a`, as behind the id of a case in a selector.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.role, self.family)?;
        match self.layout {
            Some(layout) => write!(f, ":layout-{}", layout.letter().to_ascii_lowercase()),
            None => Ok(()),
        }
    }
}

impl Case {
    /// Its variants, in order.
    pub fn variants(&self) -> impl Iterator<Item = Variant> {
        let layouts: Vec<Option<MaxSubflowsLayout>> = match self.axes {
            Axes::Layouts(layouts) => layouts.iter().copied().map(Some).collect(),
            Axes::Plain | Axes::Only(_) => vec![None],
        };
        self.roles.iter().flat_map(move |&role| {
            let layouts = layouts.clone();
            Family::BOTH.into_iter().flat_map(move |family| {
                layouts.clone().into_iter().map(move |layout| Variant { role, family, layout })
            })
        })
    }

    /// The plan of a variant, within the plan of a run.
    pub fn plan(&self, variant: Variant, run: &Plan) -> Plan {
        Plan {
            role: variant.role,
            family: variant.family,
            layout: variant.layout.unwrap_or(run.layout),
            ..*run
        }
    }
}
