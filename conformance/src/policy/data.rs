//! How data is mapped, acknowledged and closed (RFC 8684 §3.3), and what happens when it can't be (§3.7).

use std::fmt::Debug;
use std::time::Duration;

use mpdissect::wire::tcp::Flags;

use super::Conformant;

/// How data is mapped, acknowledged and closed (RFC 8684 §3.3), and what happens when it can't be (§3.7).
pub trait DataPolicy: Debug + Sync {
    /// Whether data is acknowledged at the data level (§3.3.2).
    fn acknowledges_data(&self) -> bool {
        true
    }

    /// Whether data sequence numbers and acknowledgments are sent with eight octets.
    fn writes_long_numbers(&self) -> bool {
        true
    }

    /// Whether a wrong checksum of a mapping counts (§3.3.1, §3.7).
    fn verifies_checksums(&self) -> bool {
        true
    }

    /// Whether a mapping has to have a checksum exactly where they were negotiated (§3.3.1).
    fn insists_on_checksums(&self) -> bool {
        true
    }

    /// Whether the peer's windows are respected (§3.3.5, RFC 9293 §3.8.6).
    fn honours_windows(&self) -> bool {
        true
    }

    /// Whether the own window shrinks when the application doesn't keep up (§3.3.5).
    fn shrinks_window(&self) -> bool {
        true
    }

    /// Whether segments are sent again that nobody acknowledged (RFC 9293 §3.8.1).
    fn retransmits(&self) -> bool {
        true
    }

    /// After how many timeouts in a row a subflow counts as stalled.
    fn stalls_after(&self) -> u32 {
        2
    }

    /// Whether new data goes on over the subflow that carried the latest, instead of the next one
    /// (§3.3.7 leaves that to the host).
    fn goes_on(&self, burst: &Burst) -> bool {
        let _ = burst;
        false
    }

    /// Whether what a subflow didn't bring home is sent on another (§3.3.6).
    fn sends_elsewhere(&self) -> bool {
        true
    }

    /// Whether a duplicate acknowledgment with other options than DSS counts as a sign of
    /// congestion (§3: it doesn't).
    fn counts_signals_as_congestion(&self) -> bool {
        false
    }

    /// Whether an acknowledgment that is sent for the sake of an option advertises another window
    /// than the one before: then it is no duplicate acknowledgment (RFC 5681 §2), of which there
    /// may be two in a row (§3).
    fn avoids_duplicates(&self) -> bool {
        true
    }

    /// Whether the end of the own stream is told with a DATA_FIN (§3.3.3).
    fn sends_data_fin(&self) -> bool {
        true
    }

    /// Whether a DATA_FIN is taken (§3.3.3).
    fn honours_data_fin(&self) -> bool {
        true
    }

    /// Whether MP_FAIL on the only subflow makes the connection one of TCP (§3.7).
    fn honours_fail(&self) -> bool {
        true
    }

    /// Whether it is answered with MP_FAIL (§3.7).
    fn answers_fail(&self) -> bool {
        true
    }

    /// The reserved bits of a DSS (§3.3).
    fn reserved_bits(&self) -> u8 {
        0
    }

    /// Whether a DSS with a width flag for what it doesn't have is left unread (§3.3).
    fn minds_idle_width_flags(&self) -> bool {
        false
    }

    /// The reason for the reset over a checksum that is or isn't there against what was negotiated
    /// (§3.3).
    fn reason_for_disagreement(&self) -> u8 {
        0x01
    }

    /// The data sequence number of a mapping that is sent once more (§3.3.1).
    fn mapped_again(&self, dsn: u64) -> u64 {
        dsn
    }

    /// Whether a segment that is sent once more has a mapping (§3.7).
    fn maps_retransmissions(&self) -> bool {
        true
    }

    /// Whether that is its own, and not that of the latest segment (§3.3.1).
    fn maps_what_it_carries(&self) -> bool {
        true
    }

    /// Control bits of data, beside ACK and PSH (§3.3.1: URG isn't one).
    fn flags_of_data(&self) -> Flags {
        Flags(0)
    }

    /// Whether mappings of urgent data are read (§3.3.1).
    fn reads_urgent(&self) -> bool {
        true
    }

    /// Whether data that came before is handed up once more (§3.3.1).
    fn hands_up_twice(&self) -> bool {
        false
    }

    /// Whether data that came before is a reason to reset the subflow (§3.3.1).
    fn minds_old_data(&self) -> bool {
        false
    }

    /// Whether of two copies that wait for what is missing the first one holds (§3.3.1).
    fn keeps_first_copy(&self) -> bool {
        true
    }

    /// Whether a mapping may come behind its data (§3.3.1).
    fn waits_for_mapping(&self) -> bool {
        true
    }

    /// Whether a subflow is reset once a window of data came without a mapping (§3.3.1).
    fn breaks_off_unmapped(&self) -> bool {
        true
    }

    /// The reason for that (§3.7).
    fn reason_for_unmapped(&self) -> u8 {
        0x06
    }

    /// Whether what came without a mapping is dropped with its subflow (§3.3.1).
    fn drops_unmapped(&self) -> bool {
        true
    }

    /// The data sequence number expected next, which was `before` and is `after` (§3.3.1: all 64
    /// bits of it count).
    fn advanced(&self, before: u64, after: u64) -> u64 {
        let _ = before;
        after
    }

    /// The number with these low 32 bits, where `near` is expected, and `latest` is the furthest that
    /// there was (§3.3.1).
    fn promoted(&self, low: u32, near: u64, latest: u64) -> u64 {
        let _ = latest;
        let ahead = low.wrapping_sub(near as u32).cast_signed();
        near.wrapping_add_signed(i64::from(ahead))
    }

    /// Whether data sequence numbers of 32 bits are taken (§3.3.1).
    fn takes_short_numbers(&self) -> bool {
        true
    }

    /// Whether data acknowledgments of 32 bits are taken (§3.3.2).
    fn takes_short_acks(&self) -> bool {
        true
    }

    /// The data sequence number that a checksum is over, of a mapping with 32 bits of it (§3.3.1).
    fn summed(&self, dsn: u64) -> u64 {
        dsn
    }

    /// The checksum of an own mapping (§3.3.1).
    fn own_checksum(&self, right: u16) -> u16 {
        right
    }

    /// Whether windows count for the connection that come without a data acknowledgment (§3.3.2).
    fn takes_window_without_data_ack(&self) -> bool {
        false
    }

    /// Whether data is kept until it is acknowledged at the data level (§3.3.2, §3.3.6).
    fn keeps_until_data_ack(&self) -> bool {
        true
    }

    /// Whether a mapping counts that comes without a data acknowledgment (§3.3.2).
    fn reads_without_data_ack(&self) -> bool {
        true
    }

    /// The subflow sequence number of a DATA_FIN without data, where its segment has this one
    /// (§3.3.3).
    fn ssn_of_data_fin(&self, ssn: u32) -> u32 {
        let _ = ssn;
        0
    }

    /// Whether the subflows are closed only once everything was acknowledged (§3.3.3).
    fn waits_to_close(&self) -> bool {
        true
    }

    /// Whether they are closed with FIN (§3.3.3).
    fn closes_with_fin(&self) -> bool {
        true
    }

    /// Whether those are closed too that don't answer (§3.3.3).
    fn closes_stalled(&self) -> bool {
        true
    }

    /// Whether a DATA_FIN waits for all data before it (§3.3.3).
    fn orders_data_fin(&self) -> bool {
        true
    }

    /// Whether a DATA_FIN counts that comes with data (§3.3.3).
    fn takes_fin_with_data(&self) -> bool {
        true
    }

    /// Whether a connection outlives its last subflow (§3.3.3).
    fn outlives_subflows(&self) -> bool {
        true
    }

    /// The window where so many octets wait to be read and so many are buffered at most (§3.3.4).
    fn window(&self, unread: u32, most: u32) -> u32 {
        most.saturating_sub(unread)
    }

    /// Whether data is handed up in the order of its subflow (§3.3.4).
    fn orders_subflow(&self) -> bool {
        true
    }

    /// Whether the window counts that comes on the first subflow, or on another (§3.3.5).
    fn takes_window_of(&self, first: bool) -> bool {
        let _ = first;
        true
    }

    /// Whether a subflow goes on sending again what has arrived on another (§3.3.6).
    fn retransmits_delivered(&self) -> bool {
        true
    }

    /// Whether data beyond the window of the connection is dropped (§3.8).
    fn minds_data_window(&self) -> bool {
        true
    }

    /// Whether an additional subflow is reset when data on it is acknowledged without a data
    /// acknowledgment (§3.7).
    fn minds_missing_data_acks(&self) -> bool {
        true
    }

    /// The reason for that (§3.7).
    fn reason_for_missing_data_acks(&self) -> u8 {
        0x06
    }

    /// Whether that makes the first subflow one of TCP (§3.7).
    fn falls_back_without_data_acks(&self) -> bool {
        true
    }

    /// The data sequence number that an MP_FAIL names, of the mapping that begins there (§3.7).
    fn failed(&self, dsn: u64) -> u64 {
        dsn
    }

    /// Whether a wrong checksum with data missing before it ends the subflow (§3.7).
    fn resets_with_gap(&self) -> bool {
        true
    }

    /// Whether what had the wrong checksum is discarded with its subflow (§3.7).
    fn discards_failed(&self) -> bool {
        true
    }

    /// Whether subflow acknowledgments alone free what was sent after a fallback, `late` when MPTCP
    /// was in use before (§3.7).
    fn frees_by_subflow(&self, late: bool) -> bool {
        let _ = late;
        true
    }

    /// Whether data acknowledgments go on behind an infinite mapping (§3.7).
    fn acknowledges_behind_infinite(&self) -> bool {
        false
    }
}

/// New data that went over one subflow in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Burst {
    /// How many others the connection has had before.
    pub number: u64,
    /// Its octets so far.
    pub octets: u64,
    /// The time since its first one.
    pub lasted: Duration,
}

impl DataPolicy for Conformant {}
