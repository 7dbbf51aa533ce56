use super::mutants;

mutants! { experiment: ExperimentPolicy; }
