//! Endpoints that are wrong in exactly one way: the proof that a case can fail.

use crate::policy::Policy;

mod data;
mod experiment;
mod limit;
mod navigation;
mod opening;
mod paths;
mod segment;

/// An endpoint with one wrong decision.
#[derive(Debug)]
pub struct Mutant {
    /// Its name: the subject first, then what it does (`nav-ignores-switch`).
    pub name: &'static str,
    /// What it does wrong, in one sentence.
    pub summary: &'static str,
    /// Its decisions.
    pub policy: Policy,
    /// The ids of the cases that it fails, and no others.
    pub fails: &'static [&'static str],
}

/// All of them, by subject.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    let drafts = [experiment::MUTANTS, limit::MUTANTS, navigation::MUTANTS];
    [segment::MUTANTS, opening::MUTANTS]
        .into_iter()
        .chain(paths::MUTANTS)
        .chain([data::MUTANTS])
        .chain(drafts)
        .flatten()
        .copied()
}

/// The one of this name.
pub fn find(name: &str) -> Option<&'static Mutant> {
    all().find(|mutant| mutant.name == name)
}

/// Declares mutants: a name, what is wrong, the cases that fail, and the one method that overrides
/// a decision of the policy in the field that is named.
///
/// ```text
/// mutants! { navigation: NavigationPolicy;
///     /// Goes on sending on the subflow that it was asked to leave.
///     "nav-ignores-switch" = IgnoresSwitch fails ["nav/4/switch-moves-traffic"] {
///         fn honours_switch(&self) -> bool { false }
///     }
/// }
/// ```
macro_rules! mutants {
    ($field:ident: $policy:ident; $(
        #[doc = $summary:literal]
        $name:literal = $type:ident fails [$($case:literal),* $(,)?] { $decision:item }
    )*) => {
        pub(super) static MUTANTS: &[&$crate::mutants::Mutant] = &[$({
            #[derive(Debug)]
            struct $type;
            impl $crate::policy::$field::$policy for $type { $decision }
            &$crate::mutants::Mutant {
                name: $name,
                summary: $summary.trim_ascii(),
                policy: $crate::policy::Policy {
                    $field: &$type,
                    ..$crate::policy::Policy::CONFORMANT
                },
                fails: &[$($case),*],
            }
        }),*];
    };
}
use mutants;
