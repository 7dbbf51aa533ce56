use super::mutants;

mutants! { paths: PathPolicy;
    /// Takes an ADD_ADDR whose HMAC is wrong.
    "base-unproven-add-addr" = TakesAnyAddAddr fails [
        "rfc9293/3.1/contradictions",
    ] {
        fn checks_add_addr_hmac(&self) -> bool { false }
    }
    /// Takes a join whose HMAC is wrong.
    "base-unproven-join" = TakesAnyJoin fails [
        "maxsf/3/wrong-hmac-takes-no-place",
        "rfc8684/3.2/rewrite-on-join-syn-ack",
        "rfc8684/3.2/rewrite-on-join-third-ack",
        "rfc8684/3.2/strip-on-join-third-ack",
    ] {
        fn checks_join_hmac(&self) -> bool { false }
    }
    /// Doesn't leave addresses that were taken back.
    "base-ignores-remove-addr" = IgnoresRemoveAddr fails [
        "nav/4.1/withdrawn-id-is-ignored",
    ] {
        fn honours_remove_addr(&self, _: usize) -> bool { false }
    }
}
