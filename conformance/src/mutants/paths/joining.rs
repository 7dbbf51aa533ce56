use super::super::mutants;
use crate::policy::paths::Loss;
use crate::script::Proof;

mutants! { paths: PathPolicy;
    /// Takes a join whose HMAC is wrong.
    "base-unproven-join" = TakesAnyJoin fails [
        "maxsf/3/wrong-hmac-takes-no-place",
        "rfc8684/3.2/third-ack-with-wrong-hmac",
        "rfc8684/3.2/hmacs-of-a-join",
        "rfc8684/3.2/third-ack-without-join",
        "rfc8684/3.2/syn-ack-with-wrong-hmac",
        "rfc8684/3.2/strip-on-join-third-ack",
        "rfc8684/3.2/rewrite-on-join-third-ack",
        "rfc8684/3.2/rewrite-on-join-syn-ack",
    ] {
        fn checks_join_hmac(&self) -> bool { false }
    }
    /// Doesn't answer joins to unknown tokens.
    "base-ignores-unknown-tokens" = IgnoresTokens fails [
        "rfc8684/3.2/unknown-token-is-refused",
        "rfc8684/3.2/token-names-the-connection",
        "rfc8684/3.5/on-ack",
        "rfc8684/3.5/on-reset",
        "rfc8684/3.1/plain-third-ack-means-tcp",
        "rfc8684/3.2/rewrite-on-join-syn",
        "rfc8684/3.7/never-again-mptcp",
    ] {
        fn refuses_unknown_tokens(&self) -> bool { false }
    }
    /// Adds every join to the first connection at its port.
    "base-joins-first-connection" = JoinsFirst fails [
        "maxsf/3/per-connection",
        "maxsf/3/nothing-carries-over",
        "exp/2/handshakes",
        "rfc8684/3.2/token-names-the-connection",
        "rfc8684/3.1/token-of-key",
    ] {
        fn joins(&self, named: usize, at_port: &[usize]) -> usize {
            at_port.first().copied().unwrap_or(named)
        }
    }
    /// Opens a session for a join to the port of another application.
    "base-join-opens-session" = JoinOpensSession fails ["rfc8684/3.2/token-names-the-connection"] {
        fn takes_join_for_session(&self) -> bool { true }
    }
    /// Takes the rightmost 160 bits of the HMAC of a join too.
    "base-rightmost-join-hmac" = RightmostJoin fails ["rfc8684/3.2/hmacs-of-a-join"] {
        fn join_proofs(&self) -> &'static [Proof] { &[Proof::Right, Proof::OtherEnd] }
    }
    /// Takes an HMAC of a join with swapped keys too.
    "base-swapped-join-keys" = SwappedJoin fails ["rfc8684/3.2/hmacs-of-a-join"] {
        fn join_proofs(&self) -> &'static [Proof] { &[Proof::Right, Proof::Swapped] }
    }
    /// Doesn't look at the end of the HMAC of a join.
    "base-half-join-hmac" = HalfJoin fails [
        "rfc8684/3.2/third-ack-with-wrong-hmac",
        "rfc8684/3.2/rewrite-on-join-third-ack",
    ] {
        fn join_proofs(&self) -> &'static [Proof] { &[Proof::Right, Proof::WrongEnd] }
    }
    /// Proves itself with the other end of the HMAC.
    "base-proves-with-other-end" = ProvesOtherEnd fails [
        "exp/2/handshakes",
        "rfc8684/3.2/syn-ack-of-a-join",
        "rfc8684/3.2/third-ack-is-acknowledged",
        "rfc8684/3.2/third-ack-with-wrong-hmac",
        "rfc8684/3.2/hmacs-of-a-join",
        "rfc8684/3.2/third-ack-without-join",
        "rfc8684/3.2/token-names-the-connection",
        "rfc8684/3.2/refused-beyond-the-bound",
        "rfc8684/3.2/third-ack-is-repeated",
        "rfc8684/3.1/token-of-key",
        "rfc8684/3.2/strip-on-join-third-ack",
        "rfc8684/3.2/rewrite-on-join-third-ack",
        "rfc8684/3.3.3/fin-without-data-fin",
    ] {
        fn own_join_proof(&self) -> Proof { Proof::OtherEnd }
    }
    /// Takes a third ACK without MP_JOIN.
    "base-takes-bare-third-ack" = TakesBareThird fails [
        "rfc8684/3.2/third-ack-without-join",
        "rfc8684/3.2/strip-on-join-third-ack",
    ] {
        fn insists_on_third(&self) -> bool { false }
    }
    /// Goes on with a join whose SYN/ACK has no MP_JOIN.
    "base-takes-plain-syn-ack" = TakesPlainSynAck fails [
        "rfc8684/3.2/syn-ack-without-join",
        "rfc8684/3.2/syn-ack-of-something-else",
        "rfc8684/3.2/strip-on-join-syn-ack",
    ] {
        fn insists_on_join(&self) -> bool { false }
    }
    /// Joins a SYN whose MP_JOIN has another length to the latest connection.
    "base-joins-malformed" = JoinsMalformed fails ["rfc8684/3.2/malformed-join"] {
        fn joins_malformed(&self) -> bool { true }
    }
    /// Sets the reserved bits of MP_JOIN on SYN and SYN/ACK.
    "base-reserved-bits-of-join" = ReservedJoin fails ["rfc8684/3.2/reserved-bits-are-zero"] {
        fn reserved_of_join(&self, _: u8) -> u8 { 0x7 }
    }
    /// Sends the reserved bits of MP_JOIN back.
    "base-returns-reserved-bits" = ReturnsReserved fails ["rfc8684/3.2/reserved-bits-are-zero"] {
        fn reserved_of_join(&self, received: u8) -> u8 { received }
    }
    /// Sets a reserved bit of MP_JOIN on the third ACK.
    "base-reserved-bits-of-third-ack" = ReservedThird fails ["rfc8684/3.2/reserved-bits-are-zero"] {
        fn reserved_of_third(&self) -> u16 { 0x001 }
    }
    /// Gives another reason for the reset of a wrong join.
    "base-other-reason-for-joins" = OtherReason fails ["rfc8684/3.2/reason-of-failure"] {
        fn reason_for_bad_join(&self) -> u8 { 0x00 }
    }
    /// Gives another reason for the refusal of an unknown token.
    "base-other-reason-for-tokens" = OtherTokenReason fails ["rfc8684/3.2/reason-of-refusal"] {
        fn reason_for_unknown_token(&self) -> u8 { 0x04 }
    }
    /// Doesn't acknowledge the third ACK of a join.
    "base-third-ack-unanswered" = ThirdUnanswered fails [
        "exp/2/handshakes",
        "rfc8684/3.2/syn-ack-of-a-join",
        "rfc8684/3.2/third-ack-is-acknowledged",
        "rfc8684/3.2/hmacs-of-a-join",
        "rfc8684/3.2/token-names-the-connection",
        "rfc8684/3.2/refused-beyond-the-bound",
        "rfc8684/3.1/token-of-key",
        "rfc8684/3.3.3/fin-without-data-fin",
    ] {
        fn confirms_joins(&self, _: bool) -> bool { false }
    }
    /// Doesn't acknowledge the third ACK of a join that comes once more.
    "base-third-ack-answered-once" = ThirdAnsweredOnce fails [
        "rfc8684/3.2/third-ack-is-acknowledged",
    ] {
        fn confirms_joins(&self, again: bool) -> bool { !again }
    }
    /// Sends the third ACK of a join only once.
    "base-third-ack-once" = ThirdOnce fails ["rfc8684/3.2/third-ack-is-repeated"] {
        fn repeats_third(&self) -> bool { false }
    }
    /// Sends data on a join before its third ACK is acknowledged.
    "base-data-before-confirmation" = DataTooSoon fails [
        "rfc8684/3.2/no-data-before-confirmation",
    ] {
        fn waits_for_confirmation(&self) -> bool { false }
    }
    /// Uses one random number for every join.
    "base-same-nonce" = SameNonce fails ["rfc8684/3.2/syn-ack-of-a-join"] {
        fn nonce(&self, _: u32) -> u32 { 7 }
    }
    /// Answers a join whose SYN comes once more with another random number.
    "base-new-nonce-for-repeated-syns" = NewNonceAgain fails [
        "rfc8684/3.2/duplicate-join-syn",
    ] {
        fn nonce_again(&self, first: u32) -> u32 { !first }
    }
    /// Resets a subflow when its third ACK comes once more.
    "base-minds-repeated-third-ack" = MindsRepeatedThird fails [
        "rfc8684/3.2/duplicate-join-syn",
        "rfc8684/3.2/duplicate-join-third-ack",
        "rfc8684/3.2/third-ack-is-acknowledged",
    ] {
        fn outlives_repeated_third(&self) -> bool { false }
    }
    /// Takes data on a join for which there is no proof yet.
    "base-data-before-proof" = DataBeforeProof fails [
        "rfc8684/3.2/reorder-join-third-ack",
    ] {
        fn waits_for_proof(&self) -> bool { false }
    }
    /// Resets a join of its own on which data comes before the ACK of the third ACK.
    "base-confirmed-by-ack-alone" = ConfirmedByAckAlone fails [
        "rfc8684/3.2/reorder-join-confirmation",
    ] {
        fn takes_data_for_confirmation(&self) -> bool { false }
    }
    /// Joins from a new port each time.
    "base-new-source-port" = NewSourcePort fails ["rfc8684/3.9.1/source-port"] {
        fn keeps_own_port(&self) -> bool { false }
    }
    /// Joins addresses at another port than the first subflow's.
    "base-other-destination-port" = OtherDestinationPort fails ["rfc8684/3.9.1/destination-port"] {
        fn port_to_join(&self, first: u16) -> u16 { first ^ 1 }
    }
    /// Tries a join again that was refused.
    "base-repeats-refused-joins" = RepeatsRefused fails [
        "rfc8684/3.9.3/refused-join-is-not-repeated",
        "rfc8684/3.9.3/refused-join-is-never-repeated",
    ] {
        fn rejoins(&self, loss: Loss) -> bool { loss == Loss::Refused }
    }
    /// Joins again over a path that was reset for good.
    "base-returns-after-reset" = ReturnsAfterReset fails [
        "rfc8684/3.6/permanent-reset-is-heeded",
        "rfc8684/3.6/permanent-reset-is-permanent",
    ] {
        fn rejoins(&self, loss: Loss) -> bool { loss == Loss::Reset }
    }
    /// Joins an address again that was taken back.
    "base-returns-to-removed" = ReturnsToRemoved fails ["rfc8684/3.4.2/removed-is-not-joined"] {
        fn rejoins(&self, loss: Loss) -> bool { loss == Loss::Removed }
    }
    /// Doesn't let the peer make a subflow a backup.
    "base-ignores-priority" = IgnoresPriority fails [
        "nav/4.1/b-is-set-on-a-backup-subflow",
        "rfc8684/3.3.8/backup-is-spared",
        "rfc8684/3.3.8/prio-moves-traffic",
    ] {
        fn honours_priority(&self) -> bool { false }
    }
    /// Takes MP_PRIO to be about all other subflows.
    "base-priority-of-others" = PriorityOfOthers fails [
        "rfc8684/3.3.8/prio-moves-traffic",
        "rfc8684/3.3.8/prio-concerns-its-subflow",
    ] {
        fn is_concerned(&self, carried: bool) -> bool { !carried }
    }
    /// Uses backups like any other subflow.
    "base-uses-backups" = UsesBackups fails [
        "rfc8684/3.3.8/backup-is-spared",
        "rfc8684/3.3.8/prio-moves-traffic",
    ] {
        fn ignores_backups(&self) -> bool { true }
    }
}
