mod addresses;
mod ending;
mod joining;

/// By subject.
pub(super) static MUTANTS: [&[&super::Mutant]; 3] =
    [joining::MUTANTS, addresses::MUTANTS, ending::MUTANTS];
