use super::mutants;

mutants! { segment: SegmentPolicy; }
