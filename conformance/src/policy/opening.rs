//! How connections of MPTCP are opened (RFC 8684 §3.1), and when they aren't (§3.7).

use std::fmt::Debug;

use fastrand::Rng;
use mpdissect::crypto::{Algorithm, Derived};
use mpdissect::wire::mptcp::CapableFlags;

use super::Conformant;

/// How connections of MPTCP are opened (RFC 8684 §3.1), and when they aren't (§3.7). Where a
/// connection is numbered, it is the place among all of the host's, counted from 0.
pub trait OpeningPolicy: Debug + Sync {
    // Keys and numbers.

    /// The key of a connection: any but those in use, and nothing that others can guess (§3.1).
    fn key(&self, nth: usize, random: &mut Rng, in_use: &dyn Fn(u64) -> bool) -> u64 {
        let _ = nth;
        loop {
            let key = random.u64(..);
            if !in_use(key) {
                return key;
            }
        }
    }

    /// The token and the initial data sequence number of a key (§3.1).
    fn derive(&self, nth: usize, key: u64) -> Derived {
        let _ = nth;
        Algorithm::Sha256.derive(key)
    }

    /// Whether a token that came names the connection with this one (§3.2).
    fn is_token(&self, received: u32, own: u32) -> bool {
        received == own
    }

    /// The initial sequence number of the host's nth subflow: not to be guessed (§3).
    fn initial_sequence_number(&self, nth: u32, random: u32) -> u32 {
        let _ = nth;
        random
    }

    // The own MP_CAPABLE.

    /// The version that is offered first (§3.1).
    fn version(&self, nth: usize) -> u8 {
        let _ = nth;
        1
    }

    /// Flags A to H of the own MP_CAPABLE (§3.1).
    fn capable_flags(&self) -> u8 {
        CapableFlags::HMAC
    }

    /// Flags B to H of the answer to these: of D to H, one that was proposed (§3.1).
    fn answer_flags(&self, own: u8, proposed: u8) -> u8 {
        let _ = proposed;
        own
    }

    /// The key that the third ACK returns to its owner (§3.1).
    fn returned_key(&self, received: u64) -> u64 {
        received
    }

    /// Whether the first data of whoever opens a connection carries the keys once more (§3.1).
    fn maps_first_data_with_keys(&self) -> bool {
        true
    }

    // The other end's MP_CAPABLE.

    /// Whether an MP_CAPABLE of another version is taken for one of version 1 (§3.1).
    fn ignores_version(&self) -> bool {
        false
    }

    /// Whether an MP_CAPABLE with flag B is taken up (§3.1: it must be ignored).
    fn ignores_extensibility(&self) -> bool {
        false
    }

    /// Whether an MP_CAPABLE without a known algorithm is taken up (§3.1: it must be ignored).
    fn ignores_algorithms(&self) -> bool {
        false
    }

    /// Whether a proposal of algorithms of which the host knows only some is taken up (§3.1).
    fn takes_further_algorithms(&self) -> bool {
        true
    }

    /// Whether an MP_CAPABLE whose length isn't that of its segment is passed over (§3.1).
    fn insists_on_lengths(&self) -> bool {
        true
    }

    /// Whether the key that comes back with the third ACK has to be the own one (§3.1).
    fn checks_returned_key(&self) -> bool {
        true
    }

    /// Whether flag A of the other end makes the host use checksums (§3.1).
    fn honours_flag_a(&self) -> bool {
        true
    }

    /// Whether flag A of an answer is confirmed with the third ACK (§3.1).
    fn confirms_flag_a(&self) -> bool {
        true
    }

    /// Whether flag C keeps the host from joining the address of the first subflow (§3.1).
    fn honours_flag_c(&self) -> bool {
        true
    }

    /// Whether a mapping that comes in an MP_CAPABLE may repeat what was mapped before (§3.1).
    fn takes_repeated_mappings(&self) -> bool {
        true
    }

    /// Whether first data with both keys stands for a third ACK that has not come (§3.1).
    fn takes_first_data_for_third_ack(&self) -> bool {
        true
    }

    /// Whether subflows may be added before a DSS has come (§3.1: they may not).
    fn joins_before_dss(&self) -> bool {
        false
    }

    /// Whether data that comes with the SYN takes data sequence numbers (§B.2: it doesn't).
    fn numbers_early_data(&self) -> bool {
        false
    }

    // Without MPTCP.

    /// Whether a SYN without MP_CAPABLE is answered with one.
    fn answers_unasked(&self) -> bool {
        false
    }

    /// Whether a SYN or SYN/ACK without MP_CAPABLE makes a connection of TCP (§3.7).
    fn speaks_tcp(&self) -> bool {
        true
    }

    /// Whether a third ACK without MP_CAPABLE makes the connection one of TCP (§3.1).
    fn takes_plain_third_ack(&self) -> bool {
        true
    }

    /// Whether first data without a mapping makes the connection one of TCP (§3.7).
    fn takes_plain_first_data(&self) -> bool {
        true
    }

    /// How many SYNs go unanswered before one without MP_CAPABLE is tried (§3.9.3).
    fn syns_before_tcp(&self) -> u32 {
        10
    }

    /// Whether options are heeded although the connection has become one of TCP (§3.7).
    fn heeds_options_after_fallback(&self) -> bool {
        false
    }

    /// Whether a connection that has become one of TCP can be joined (§3.7).
    fn can_be_joined_after_fallback(&self) -> bool {
        false
    }

    // Middleboxes.

    /// Whether a mapping holds for segments behind the one that it came with (§6).
    fn maps_beyond_segment(&self) -> bool {
        true
    }

    /// Whether a mapping may come once more with the next segment (§6).
    fn takes_copied_mappings(&self) -> bool {
        true
    }

    /// Whether the connection stays one of MPTCP when data is acknowledged without a DSS after
    /// there were some (§6).
    fn outlives_bare_acks(&self) -> bool {
        true
    }

    /// Whether a SYN without an option of MPTCP leaves connections with the same host alone (§6).
    fn outlives_plain_syns(&self) -> bool {
        true
    }

    /// Whether a SYN or a SYN/ACK that comes once more leaves alone what it has opened (RFC 9293
    /// §3.10.7.4).
    fn outlives_repeated_syns(&self) -> bool {
        true
    }

    /// Whether anything is said to a SYN/ACK that has lost its MP_JOIN (§3.2).
    fn minds_stripped_joins(&self) -> bool {
        true
    }

    /// Whether data is sent while a join goes unanswered (§6).
    fn sends_while_joining(&self) -> bool {
        true
    }
}

impl OpeningPolicy for Conformant {}
