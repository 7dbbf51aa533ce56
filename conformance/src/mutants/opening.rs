use fastrand::Rng;
use mpdissect::crypto::{Algorithm, Derived};
use mpdissect::wire::mptcp::CapableFlags;

use super::mutants;

/// The connection with which some mutants are wrong, counted from 0: the last of ten.
const TENTH: usize = 9;

fn right(key: u64) -> Derived {
    Algorithm::Sha256.derive(key)
}

mutants! { opening: OpeningPolicy;
    /// Counts its keys up.
    "base-counts-keys" = CountsKeys fails ["rfc8684/3.1/keys-are-unique-and-random"] {
        fn key(&self, nth: usize, _: &mut Rng, _: &dyn Fn(u64) -> bool) -> u64 {
            0x0123_4567_89ab_0000 + nth as u64
        }
    }
    /// Has one key for its ninth and its tenth connection.
    "base-repeats-key" = RepeatsKey fails ["rfc8684/3.1/keys-are-unique-and-random"] {
        fn key(&self, nth: usize, random: &mut Rng, _: &dyn Fn(u64) -> bool) -> u64 {
            if nth / 2 == TENTH / 2 { 0x6e1f_0b8c_52a7_94d3 } else { random.u64(..) }
        }
    }
    /// Takes other bits of the hash for the token of its tenth connection.
    "base-token-of-low-bits" = LowToken fails ["rfc8684/3.1/token-of-key"] {
        fn derive(&self, nth: usize, key: u64) -> Derived {
            let right = right(key);
            if nth == TENTH { Derived { token: right.idsn as u32, ..right } } else { right }
        }
    }
    /// Takes other bits of the hash for the initial data sequence number of its tenth connection.
    "base-idsn-of-high-bits" = HighIdsn fails [
        "rfc8684/3.1/initial-data-sequence-numbers",
        "rfc8684/3.1/token-of-key",
    ] {
        fn derive(&self, nth: usize, key: u64) -> Derived {
            let right = right(key);
            if nth == TENTH { Derived { idsn: u64::from(right.token) << 32, ..right } } else { right }
        }
    }
    /// Hashes the keys of its tenth connection with their octets swapped.
    "base-swapped-key" = SwapsKey fails [
        "rfc8684/3.1/initial-data-sequence-numbers",
        "rfc8684/3.1/token-of-key",
    ] {
        fn derive(&self, nth: usize, key: u64) -> Derived {
            right(if nth == TENTH { key.swap_bytes() } else { key })
        }
    }
    /// Counts its initial sequence numbers up.
    "base-counts-sequence-numbers" = CountsIsn fails ["rfc8684/3/initial-sequence-numbers"] {
        fn initial_sequence_number(&self, nth: u32, _: u32) -> u32 {
            0x1000_0000 + nth * 64_000
        }
    }
    /// Compares only the two middle octets of a token.
    "base-half-a-token" = HalfAToken fails ["rfc8684/3.2/rewrite-on-join-syn"] {
        fn is_token(&self, received: u32, own: u32) -> bool { (received ^ own) & 0x00ff_ff00 == 0 }
    }
    /// Begins every subflow with one sequence number.
    "base-one-sequence-number" = OneIsn fails ["rfc8684/3/initial-sequence-numbers"] {
        fn initial_sequence_number(&self, _: u32, _: u32) -> u32 {
            0x1000_0000
        }
    }
    /// Offers version 0 with its tenth connection.
    "base-offers-old-version" = OffersOld fails ["rfc8684/3.1/newest-version-first"] {
        fn version(&self, nth: usize) -> u8 { u8::from(nth != TENTH) }
    }
    /// Sends flag B.
    "base-sends-flag-b" = SendsB fails ["rfc8684/3.1/flag-b-is-zero"] {
        fn capable_flags(&self) -> u8 { CapableFlags::EXTENSIBILITY | CapableFlags::HMAC }
    }
    /// Sends flag G beside H.
    "base-sends-flag-g" = SendsG fails [
        "rfc8684/3.1/algorithm-is-sha256",
        "rfc8684/3.1/one-algorithm-of-several",
    ] {
        fn capable_flags(&self) -> u8 { 0x02 | CapableFlags::HMAC }
    }
    /// Names no algorithm.
    "base-names-no-algorithm" = NamesNone fails [
        "rfc8684/3.1/algorithm-is-sha256",
        "rfc8684/3.1/one-algorithm-of-several",
    ] {
        fn capable_flags(&self) -> u8 { 0 }
    }
    /// Repeats all flags that were proposed.
    "base-repeats-flags" = RepeatsFlags fails [
        "rfc8684/3.1/algorithm-is-sha256",
        "rfc8684/3.1/one-algorithm-of-several",
    ] {
        fn answer_flags(&self, own: u8, proposed: u8) -> u8 { own | proposed }
    }
    /// Returns another key with the third ACK than it got.
    "base-returns-wrong-key" = ReturnsWrongKey fails ["rfc8684/3.1/third-ack-has-both-keys"] {
        fn returned_key(&self, received: u64) -> u64 { received ^ 1 }
    }
    /// Maps its first data with a DSS, before it has heard one.
    "base-first-data-with-dss" = FirstDataWithDss fails ["rfc8684/3.1/first-data-has-both-keys"] {
        fn maps_first_data_with_keys(&self) -> bool { false }
    }
    /// Answers an MP_CAPABLE of any version with version 1.
    "base-any-version" = TakesAnyVersion fails [
        "rfc8684/3.1/compromised-handshake",
        "rfc8684/3.1/version-not-above-offer",
    ] {
        fn ignores_version(&self) -> bool { true }
    }
    /// Takes up an MP_CAPABLE with flag B.
    "base-ignores-flag-b" = IgnoresB fails ["rfc8684/3.1/flag-b-falls-back"] {
        fn ignores_extensibility(&self) -> bool { true }
    }
    /// Takes up an MP_CAPABLE without an algorithm that it knows.
    "base-any-algorithm" = TakesAnyAlgorithm fails [
        "rfc8684/3.1/no-algorithm-falls-back",
        "rfc8684/3.1/unknown-algorithms-fall-back",
    ] {
        fn ignores_algorithms(&self) -> bool { true }
    }
    /// Takes up no MP_CAPABLE that proposes further algorithms.
    "base-minds-further-algorithms" = MindsFurther fails ["rfc8684/3.1/one-algorithm-of-several"] {
        fn takes_further_algorithms(&self) -> bool { false }
    }
    /// Takes up an MP_CAPABLE of any length that there is.
    "base-any-length-of-capable" = TakesAnyLength fails ["rfc8684/3.1/lengths-of-capable"] {
        fn insists_on_lengths(&self) -> bool { false }
    }
    /// Doesn't look at the key that the third ACK returns.
    "base-any-returned-key" = TakesAnyReturnedKey fails ["rfc8684/3.1/compromised-handshake"] {
        fn checks_returned_key(&self) -> bool { false }
    }
    /// Doesn't use checksums when the other end asks for them.
    "base-ignores-flag-a" = IgnoresA fails [
        "rfc8684/3.1/flag-a-is-confirmed",
        "rfc8684/3.1/flag-a-means-checksums",
        "rfc8684/3.3.1/32-bits-from-the-start",
        "rfc8684/3.3/checksum-missing-at-once",
    ] {
        fn honours_flag_a(&self) -> bool { false }
    }
    /// Doesn't confirm checksums with the third ACK.
    "base-confirms-no-flag-a" = ConfirmsNoA fails ["rfc8684/3.1/flag-a-is-confirmed"] {
        fn confirms_flag_a(&self) -> bool { false }
    }
    /// Joins the address of the first subflow in spite of flag C.
    "base-ignores-flag-c" = IgnoresC fails ["rfc8684/3.1/flag-c-keeps-joins-away"] {
        fn honours_flag_c(&self) -> bool { false }
    }
    /// Resets the subflow when a mapping comes with an MP_CAPABLE once more.
    "base-first-mapping-once" = FirstMappingOnce fails [
        "nav/4/unknown-options-are-ignored",
        "rfc8684/3.1/first-mapping-repeated",
        "rfc8684/3.7/reorder-first-data",
    ] {
        fn takes_repeated_mappings(&self) -> bool { false }
    }
    /// Resets a connection whose first data overtakes the third ACK.
    "base-insists-on-order" = InsistsOnOrder fails ["rfc8684/3.7/reorder-third-ack"] {
        fn takes_first_data_for_third_ack(&self) -> bool { false }
    }
    /// Takes joins, and joins, before a DSS came.
    "base-joins-early" = JoinsEarly fails ["rfc8684/3.1/no-join-before-dss"] {
        fn joins_before_dss(&self) -> bool { true }
    }
    /// Counts data of the SYN at the data level.
    "base-numbers-early-data" = NumbersEarlyData fails ["rfc8684/b.2/fast-open-data-is-unmapped"] {
        fn numbers_early_data(&self) -> bool { true }
    }
    /// Answers a SYN without MP_CAPABLE with one.
    "base-answers-unasked" = AnswersUnasked fails [
        "rfc8684/3.1/lengths-of-capable",
        "rfc8684/3.1/nothing-unasked",
        "rfc8684/3.7/rewrite-on-syn",
        "rfc8684/3.7/strip-on-syn",
        "rfc8684/6/strip-on-join-syn",
        "rfc9293/3.1/eol-on-syn",
        "rfc9293/3.1/wrong-length-of-capable",
    ] {
        fn answers_unasked(&self) -> bool { true }
    }
    /// Resets connections without MP_CAPABLE.
    "base-insists-on-mptcp" = InsistsOnMptcp fails [
        "rfc8684/3.1/algorithm-is-sha256",
        "rfc8684/3.1/compromised-handshake",
        "rfc8684/3.1/flag-b-falls-back",
        "rfc8684/3.1/flag-b-is-zero",
        "rfc8684/3.1/lengths-of-capable",
        "rfc8684/3.1/no-algorithm-falls-back",
        "rfc8684/3.1/nothing-unasked",
        "rfc8684/3.1/plain-answer-means-tcp",
        "rfc8684/3.7/rewrite-on-syn",
        "rfc8684/3.7/rewrite-on-syn-ack",
        "rfc8684/3.7/strip-on-syn",
        "rfc8684/3.7/strip-on-syn-ack",
        "rfc9293/3.1/eol-on-syn",
        "rfc9293/3.1/wrong-length-of-capable",
    ] {
        fn speaks_tcp(&self) -> bool { false }
    }
    /// Resets a connection whose third ACK has no MP_CAPABLE.
    "base-insists-on-third-ack" = InsistsOnThirdAck fails [
        "rfc8684/3.1/compromised-handshake",
        "rfc8684/3.1/plain-syn-behind",
        "rfc8684/3.1/plain-third-ack-means-tcp",
        "rfc8684/3.7/rewrite-on-third-ack",
        "rfc8684/3.7/strip-on-third-ack",
    ] {
        fn takes_plain_third_ack(&self) -> bool { false }
    }
    /// Waits for ever for the mapping of first data.
    "base-insists-on-first-mapping" = InsistsOnFirstMapping fails [
        "rfc8684/3.7/never-again-mptcp",
        "rfc8684/3.7/rewrite-on-first-data",
        "rfc8684/3.7/strip-on-first-data",
    ] {
        fn takes_plain_first_data(&self) -> bool { false }
    }
    /// Puts MP_CAPABLE on every SYN, however many go unanswered.
    "base-never-tries-tcp" = NeverTriesTcp fails ["rfc8684/3.9.3/drop-syns"] {
        fn syns_before_tcp(&self) -> u32 { u32::MAX }
    }
    /// Heeds options after a fallback to TCP.
    "base-heeds-options-after-fallback" = HeedsAfterFallback fails [
        "rfc8684/3.7/never-again-mptcp",
    ] {
        fn heeds_options_after_fallback(&self) -> bool { true }
    }
    /// Takes joins after a fallback to TCP.
    "base-joinable-after-fallback" = JoinableAfterFallback fails [
        "rfc8684/3.1/plain-third-ack-means-tcp",
        "rfc8684/3.7/never-again-mptcp",
    ] {
        fn can_be_joined_after_fallback(&self) -> bool { true }
    }
    /// Takes a mapping for that of its own segment alone.
    "base-maps-one-segment" = MapsOneSegment fails [
        "rfc8684/6/copy-on-halves",
        "rfc8684/6/strip-on-covered-data",
        "rfc8684/3.3.1/unmapped-is-acknowledged",
    ] {
        fn maps_beyond_segment(&self) -> bool { false }
    }
    /// Resets a subflow on which the same mapping comes twice in a row.
    "base-minds-copied-mappings" = MindsCopies fails [
        "rfc8684/6/reorder-later-data",
        "rfc8684/3.2/reorder-join-data",
        "rfc8684/6/copy-on-halves",
        "rfc9293/3.1/equal-options",
    ] {
        fn takes_copied_mappings(&self) -> bool { false }
    }
    /// Falls back as soon as any data is acknowledged without a DSS.
    "base-falls-back-late" = FallsBackLate fails [
        "rfc8684/6/strip-on-some-acks",
        "rfc8684/3.3.2/window-without-data-acknowledgment",
    ] {
        fn outlives_bare_acks(&self) -> bool { false }
    }
    /// Resets the connections with a host that sends a SYN without an option of MPTCP.
    "base-minds-plain-syns" = MindsPlainSyns fails [
        "rfc8684/3.1/lengths-of-capable",
        "rfc8684/6/strip-on-join-syn",
    ] {
        fn outlives_plain_syns(&self) -> bool { false }
    }
    /// Resets what a SYN or SYN/ACK has opened when it comes once more.
    "base-minds-repeated-syns" = MindsRepeatedSyns fails [
        "rfc8684/3.1/duplicate-handshake",
        "rfc8684/3.1/plain-syn-behind",
        "rfc8684/3.2/duplicate-join-syn",
        "rfc8684/3.2/duplicate-join-syn-ack",
    ] {
        fn outlives_repeated_syns(&self) -> bool { false }
    }
    /// Says nothing to a SYN/ACK that has lost its MP_JOIN.
    "base-overlooks-stripped-joins" = OverlooksStripped fails [
        "rfc8684/3.2/strip-on-join-syn-ack",
        "rfc8684/3.2/syn-ack-without-join",
        "rfc8684/3.2/syn-ack-of-something-else",
    ] {
        fn minds_stripped_joins(&self) -> bool { false }
    }
    /// Sends nothing while a join goes unanswered.
    "base-waits-for-joins" = WaitsForJoins fails [
        "nav/2/announced-but-not-joined",
        "rfc8684/6/drop-joins",
    ] {
        fn sends_while_joining(&self) -> bool { false }
    }
}
