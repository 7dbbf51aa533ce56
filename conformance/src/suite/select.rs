//! Which plays a run is about.
//!
//! A selector is the beginning of `id:role:family[:layout-x]`, up to the end, a `/` or a `:`; or
//! the same from the last part of the id on; or the name of a mutant, for the cases that it fails.

use std::collections::BTreeSet;
use std::fmt;

use mpdissect::wire::mptcp::MaxSubflowsLayout;

use super::Play;
use crate::plan::{Family, Role};
use crate::{cases, mutants};

/// A play of a run.
#[derive(Clone, Copy, Debug)]
pub struct Selected {
    /// Which.
    pub play: Play,
    /// It was asked for by the name of its case, so that its failures fail the run whatever their
    /// level.
    pub named: bool,
}

/// The plays of a run, in order, each of them once.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The plays.
    pub plays: Vec<Selected>,
}

/// What the variants of a selection have to be; empty lists and none leave all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The roles of the target.
    pub roles: Vec<Role>,
    /// The versions of IP.
    pub families: Vec<Family>,
    /// The layout of Maximum Subflows, for cases that have one variant for each.
    pub layout: Option<MaxSubflowsLayout>,
}

impl Filter {
    fn lets(&self, play: &Play) -> bool {
        let variant = &play.variant;
        (self.roles.is_empty() || self.roles.contains(&variant.role))
            && (self.families.is_empty() || self.families.contains(&variant.family))
            && (self.layout.is_none() || variant.layout.is_none() || variant.layout == self.layout)
    }
}

/// Why there is no selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectError {
    /// Nothing has such a name.
    Unknown {
        /// What was asked for.
        selector: String,
        /// What there is that looks like it, nearest first.
        near: Vec<String>,
    },
    /// All of it is filtered out.
    Nothing,
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { selector, near } if near.is_empty() => {
                write!(f, "nothing is called {selector}; `mpconform list` shows all cases")
            }
            Self::Unknown { selector, near } => {
                write!(f, "nothing is called {selector}; did you mean {}?", near.join(" or "))
            }
            Self::Nothing => f.write_str(
                "no variant of what is selected has this role, IP version and layout; \
                 `mpconform list` shows those there are",
            ),
        }
    }
}

impl Selection {
    /// Everything.
    pub fn all() -> Self {
        Self { plays: Play::all().map(|play| Selected { play, named: false }).collect() }
    }

    /// What the selectors name, or everything if there are none, as far as the filter lets it.
    ///
    /// # Errors
    ///
    /// When a selector names nothing, or nothing is left.
    pub fn new(selectors: &[impl AsRef<str>], filter: &Filter) -> Result<Self, SelectError> {
        let selectors: Vec<&str> = selectors.iter().map(AsRef::as_ref).collect();
        if let Some(unknown) =
            selectors.iter().find(|one| !Play::all().any(|play| names(one, &play)))
        {
            let near = near(unknown);
            return Err(SelectError::Unknown { selector: (*unknown).to_owned(), near });
        }
        let plays: Vec<Selected> = Play::all()
            .filter(|play| selectors.is_empty() || selectors.iter().any(|one| names(one, play)))
            .filter(|play| filter.lets(play))
            .map(|play| {
                let named = selectors.iter().any(|one| names(one, &play) && !is_broad(one));
                Selected { play, named }
            })
            .collect();
        if plays.is_empty() { Err(SelectError::Nothing) } else { Ok(Self { plays }) }
    }
}

/// Whether a selector names a play.
pub fn names(selector: &str, play: &Play) -> bool {
    let whole = play.to_string();
    let begins = |text: &str| {
        let rest = text.strip_prefix(selector.trim_end_matches('/'));
        !selector.is_empty()
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
    };
    let short = whole.rsplit('/').next().unwrap_or_default();
    begins(&whole)
        || begins(short)
        || mutants::find(selector).is_some_and(|mutant| mutant.fails.contains(&play.case.id))
}

/// Whether a selector is about a whole suite or section, by the beginning of ids.
fn is_broad(selector: &str) -> bool {
    let id = selector.split(':').next().unwrap_or_default();
    let is_name = |case: &crate::case::Case| case.id.rsplit('/').next() == Some(id);
    !cases::all().any(|case| case.id == id || is_name(case)) && mutants::find(selector).is_none()
}

/// What there is that looks like a selector that names nothing, nearest first.
fn near(selector: &str) -> Vec<String> {
    const MOST: usize = 3;
    const LEAST: f64 = 0.8;
    let mut known = BTreeSet::new();
    for play in Play::all() {
        let whole = play.to_string();
        let ends = whole.match_indices(['/', ':']).map(|(at, _)| at).chain([whole.len()]);
        // Only as long a name as the one that was asked for.
        let depth = |text: &str| text.matches(['/', ':']).count();
        let wanted = depth(selector);
        known.extend(
            ends.filter_map(|end| whole.get(..end))
                .filter(|text| depth(text) == wanted)
                .map(ToOwned::to_owned),
        );
        let short = whole.rsplit('/').next().and_then(|short| short.split(':').next());
        known.extend(short.map(ToOwned::to_owned));
    }
    known.extend(mutants::all().map(|mutant| mutant.name.to_owned()));
    nearest(selector, known, LEAST, MOST)
}

/// Those of some names that look most like one, nearest first.
pub fn nearest(
    name: &str,
    known: impl IntoIterator<Item = String>,
    least: f64,
    most: usize,
) -> Vec<String> {
    let mut found: Vec<(f64, String)> = known
        .into_iter()
        .map(|other| (strsim::jaro_winkler(name, &other), other))
        .filter(|(likeness, _)| *likeness >= least)
        .collect();
    found.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    found.into_iter().take(most).map(|(_, name)| name).collect()
}
