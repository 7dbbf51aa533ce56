use fastrand::Rng;
use mpdissect::crypto::{Algorithm, Derived};
use mpdissect::wire::mptcp::CapableFlags;

use super::mutants;

/// From this connection on some mutants are wrong: their host is busy.
const BUSY: usize = 8;

fn right(key: u64) -> Derived {
    Algorithm::Sha256.derive(key)
}

mutants! { opening: OpeningPolicy;
    /// Counts its keys up.
    "base-counts-keys" = CountsKeys fails [] {
        fn key(&self, nth: usize, _: &mut Rng, _: &dyn Fn(u64) -> bool) -> u64 {
            0x0123_4567_89ab_0000 + nth as u64
        }
    }
    /// Has one key for all connections when it is busy.
    "base-repeats-key" = RepeatsKey fails [] {
        fn key(&self, nth: usize, random: &mut Rng, _: &dyn Fn(u64) -> bool) -> u64 {
            if nth < BUSY { random.u64(..) } else { 0x6e1f_0b8c_52a7_94d3 }
        }
    }
    /// Takes other bits of the hash for the token.
    "base-token-of-low-bits" = LowToken fails [] {
        fn derive(&self, nth: usize, key: u64) -> Derived {
            let right = right(key);
            if nth < BUSY { right } else { Derived { token: right.idsn as u32, ..right } }
        }
    }
    /// Takes other bits of the hash for the initial data sequence number.
    "base-idsn-of-high-bits" = HighIdsn fails [] {
        fn derive(&self, nth: usize, key: u64) -> Derived {
            let right = right(key);
            if nth < BUSY { right } else { Derived { idsn: u64::from(right.token) << 32, ..right } }
        }
    }
    /// Hashes keys with their octets swapped.
    "base-swapped-key" = SwapsKey fails [] {
        fn derive(&self, nth: usize, key: u64) -> Derived {
            right(if nth < BUSY { key } else { key.swap_bytes() })
        }
    }
    /// Counts its initial sequence numbers up.
    "base-counts-sequence-numbers" = CountsIsn fails [] {
        fn initial_sequence_number(&self, nth: u32, _: u32) -> u32 {
            0x1000_0000 + nth * 64_000
        }
    }
    /// Begins every subflow with one sequence number.
    "base-one-sequence-number" = OneIsn fails [] {
        fn initial_sequence_number(&self, _: u32, _: u32) -> u32 {
            0x1000_0000
        }
    }
    /// Offers version 0 when it is busy.
    "base-offers-old-version" = OffersOld fails [] {
        fn version(&self, nth: usize) -> u8 { u8::from(nth < BUSY) }
    }
    /// Sends flag B.
    "base-sends-flag-b" = SendsB fails [] {
        fn capable_flags(&self) -> u8 { CapableFlags::EXTENSIBILITY | CapableFlags::HMAC }
    }
    /// Sends flag G beside H.
    "base-sends-flag-g" = SendsG fails [] {
        fn capable_flags(&self) -> u8 { 0x02 | CapableFlags::HMAC }
    }
    /// Names no algorithm.
    "base-names-no-algorithm" = NamesNone fails [] {
        fn capable_flags(&self) -> u8 { 0 }
    }
    /// Repeats all flags that were proposed.
    "base-repeats-flags" = RepeatsFlags fails [] {
        fn answer_flags(&self, own: u8, proposed: u8) -> u8 { own | proposed }
    }
    /// Returns another key with the third ACK than it got.
    "base-returns-wrong-key" = ReturnsWrongKey fails [] {
        fn returned_key(&self, received: u64) -> u64 { received ^ 1 }
    }
    /// Maps its first data with a DSS, before it has heard one.
    "base-first-data-with-dss" = FirstDataWithDss fails [] {
        fn maps_first_data_with_keys(&self) -> bool { false }
    }
    /// Answers an MP_CAPABLE of any version with version 1.
    "base-any-version" = TakesAnyVersion fails [] {
        fn ignores_version(&self) -> bool { true }
    }
    /// Takes up an MP_CAPABLE with flag B.
    "base-ignores-flag-b" = IgnoresB fails [] {
        fn ignores_extensibility(&self) -> bool { true }
    }
    /// Takes up an MP_CAPABLE without an algorithm that it knows.
    "base-any-algorithm" = TakesAnyAlgorithm fails [] {
        fn ignores_algorithms(&self) -> bool { true }
    }
    /// Takes up no MP_CAPABLE that proposes further algorithms.
    "base-minds-further-algorithms" = MindsFurther fails [] {
        fn takes_further_algorithms(&self) -> bool { false }
    }
    /// Takes up an MP_CAPABLE of any length that there is.
    "base-any-length-of-capable" = TakesAnyLength fails [] {
        fn insists_on_lengths(&self) -> bool { false }
    }
    /// Doesn't look at the key that the third ACK returns.
    "base-any-returned-key" = TakesAnyReturnedKey fails [] {
        fn checks_returned_key(&self) -> bool { false }
    }
    /// Doesn't use checksums when the other end asks for them.
    "base-ignores-flag-a" = IgnoresA fails [] {
        fn honours_flag_a(&self) -> bool { false }
    }
    /// Doesn't confirm checksums with the third ACK.
    "base-confirms-no-flag-a" = ConfirmsNoA fails [] {
        fn confirms_flag_a(&self) -> bool { false }
    }
    /// Joins the address of the first subflow in spite of flag C.
    "base-ignores-flag-c" = IgnoresC fails [] {
        fn honours_flag_c(&self) -> bool { false }
    }
    /// Resets the subflow when a mapping comes with an MP_CAPABLE once more.
    "base-first-mapping-once" = FirstMappingOnce fails [] {
        fn takes_repeated_mappings(&self) -> bool { false }
    }
    /// Takes joins, and joins, before a DSS came.
    "base-joins-early" = JoinsEarly fails [] {
        fn joins_before_dss(&self) -> bool { true }
    }
    /// Answers a SYN without MP_CAPABLE with one.
    "base-answers-unasked" = AnswersUnasked fails [] {
        fn answers_unasked(&self) -> bool { true }
    }
    /// Resets connections without MP_CAPABLE.
    "base-insists-on-mptcp" = InsistsOnMptcp fails [] {
        fn speaks_tcp(&self) -> bool { false }
    }
    /// Resets a connection whose third ACK has no MP_CAPABLE.
    "base-insists-on-third-ack" = InsistsOnThirdAck fails [] {
        fn takes_plain_third_ack(&self) -> bool { false }
    }
    /// Waits for ever for the mapping of first data.
    "base-insists-on-first-mapping" = InsistsOnFirstMapping fails [] {
        fn takes_plain_first_data(&self) -> bool { false }
    }
    /// Puts MP_CAPABLE on every SYN, however many go unanswered.
    "base-never-tries-tcp" = NeverTriesTcp fails [] {
        fn syns_before_tcp(&self) -> u32 { u32::MAX }
    }
    /// Heeds options after a fallback to TCP.
    "base-heeds-options-after-fallback" = HeedsAfterFallback fails [] {
        fn heeds_options_after_fallback(&self) -> bool { true }
    }
    /// Takes joins after a fallback to TCP.
    "base-joinable-after-fallback" = JoinableAfterFallback fails [] {
        fn can_be_joined_after_fallback(&self) -> bool { true }
    }
    /// Takes a mapping for that of its own segment alone.
    "base-maps-one-segment" = MapsOneSegment fails [] {
        fn maps_beyond_segment(&self) -> bool { false }
    }
    /// Resets a subflow on which the same mapping comes twice in a row.
    "base-minds-copied-mappings" = MindsCopies fails [] {
        fn takes_copied_mappings(&self) -> bool { false }
    }
    /// Falls back as soon as any data is acknowledged without a DSS.
    "base-falls-back-late" = FallsBackLate fails [] {
        fn outlives_bare_acks(&self) -> bool { false }
    }
    /// Resets the connections with a host that sends a SYN without an option of MPTCP.
    "base-minds-plain-syns" = MindsPlainSyns fails [] {
        fn outlives_plain_syns(&self) -> bool { false }
    }
    /// Sends nothing while a join goes unanswered.
    "base-waits-for-joins" = WaitsForJoins fails [] {
        fn sends_while_joining(&self) -> bool { false }
    }
}
