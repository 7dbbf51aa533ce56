use super::mutants;

mutants! { base: BasePolicy; }
