use super::mutants;

mutants! { data: DataPolicy;
    /// Never sends on another subflow what got lost with one.
    "base-loses-data-with-subflow" = SendsNothingElsewhere fails [
        "nav/2/nothing-is-lost-with-the-target",
    ] {
        fn sends_elsewhere(&self) -> bool { false }
    }
    /// Takes duplicate acknowledgments with options for signs of congestion.
    "base-options-are-congestion" = CountsOptions fails [
        "nav/4/duplicate-acks-are-no-congestion",
    ] {
        fn counts_signals_as_congestion(&self) -> bool { true }
    }
    /// Sends rows of duplicate acknowledgments for the sake of options.
    "base-duplicate-acks" = SendsDuplicates fails [
        "exp/2/no-duplicate-ack-run",
        "nav/4/echoes-in-a-row",
        "nav/4/requests-in-a-row",
    ] {
        fn avoids_duplicates(&self) -> bool { false }
    }
}
