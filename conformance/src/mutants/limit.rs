use super::mutants;

mutants! { limit: LimitPolicy; }
