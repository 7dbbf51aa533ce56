use super::mutants;

mutants! { base: BasePolicy;
    /// Takes an ADD_ADDR whose HMAC is wrong.
    "base-unproven-add-addr" = TakesAnyAddAddr fails [
        "rfc9293/3.1/contradictions",
    ] {
        fn checks_add_addr_hmac(&self) -> bool { false }
    }
    /// Takes a join whose HMAC is wrong.
    "base-unproven-join" = TakesAnyJoin fails [
        "maxsf/3/wrong-hmac-takes-no-place",
    ] {
        fn checks_join_hmac(&self) -> bool { false }
    }
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
    /// Doesn't leave addresses that were taken back.
    "base-ignores-remove-addr" = IgnoresRemoveAddr fails [
        "nav/4.1/withdrawn-id-is-ignored",
    ] {
        fn honours_remove_addr(&self) -> bool { false }
    }
}
