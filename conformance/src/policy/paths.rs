//! How subflows are joined, named, preferred and ended (RFC 8684 §3.2, §3.3.8, §3.4 to §3.6).

use std::fmt::Debug;

use mpdissect::wire::mptcp::{AddAddr, AddAddrKind, MptcpOption};

use super::Conformant;
use crate::script::Proof;

/// Why a subflow that the host opened has come to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The join was refused with RST.
    Refused,
    /// It was reset for good: MP_TCPRST with T=0, or none.
    Reset,
    /// It was reset after its address was taken back.
    Removed,
}

/// How subflows are joined, named, preferred and ended (RFC 8684 §3.2, §3.3.8, §3.4 to §3.6).
pub trait PathPolicy: Debug + Sync {
    /// Whether a join to an unknown token is refused with RST (§3.2), instead of in silence.
    fn refuses_unknown_tokens(&self) -> bool {
        true
    }

    /// The connection that a join belongs to, by its number, if the token names this one and these
    /// are the ones at the same port (§3.2).
    fn joins(&self, named: usize, at_port: &[usize]) -> usize {
        let _ = at_port;
        named
    }

    /// Whether a SYN with MP_JOIN to another port than that of its connection opens a session of
    /// the application there (§3.2: never).
    fn takes_join_for_session(&self) -> bool {
        false
    }

    /// Whether a join has to prove that it knows both keys (§3.2).
    fn checks_join_hmac(&self) -> bool {
        true
    }

    /// The ways in which the proof of a third ACK may come about (§3.2).
    fn join_proofs(&self) -> &'static [Proof] {
        &[Proof::Right]
    }

    /// How the own proof for a join comes about (§3.2).
    fn own_join_proof(&self) -> Proof {
        Proof::Right
    }

    /// Whether a third ACK has to have an MP_JOIN at all (§3.2).
    fn insists_on_third(&self) -> bool {
        true
    }

    /// Whether a SYN/ACK that is to complete a join has to have MP_JOIN (§3.2).
    fn insists_on_join(&self) -> bool {
        true
    }

    /// Whether a SYN with MP_JOIN of a length that SYNs don't have is nevertheless joined to the
    /// latest connection.
    fn joins_malformed(&self) -> bool {
        false
    }

    /// The reserved bits of MP_JOIN on a SYN or SYN/ACK, given those received, if any (§3.2).
    fn reserved_of_join(&self, received: u8) -> u8 {
        let _ = received;
        0
    }

    /// The reserved bits of MP_JOIN on the third ACK (§3.2).
    fn reserved_of_third(&self) -> u16 {
        0
    }

    /// The reason for the reset of a join without proof (§3.6).
    fn reason_for_bad_join(&self) -> u8 {
        0x01
    }

    /// The reason for the refusal of an unknown token (§3.2).
    fn reason_for_unknown_token(&self) -> u8 {
        0x01
    }

    /// Whether the third ACK of a join is acknowledged (§3.2); `again` if it was before.
    fn confirms_joins(&self, again: bool) -> bool {
        let _ = again;
        true
    }

    /// Whether the third ACK of an own join is sent until it is acknowledged (§3.2).
    fn repeats_third(&self) -> bool {
        true
    }

    /// Whether an own join carries no data before its third ACK is acknowledged (§3.2).
    fn waits_for_confirmation(&self) -> bool {
        true
    }

    /// The random number of a join, given a new one (§3.2).
    fn nonce(&self, fresh: u32) -> u32 {
        fresh
    }

    /// The random number in the answer to a join whose SYN comes once more, given that of the first
    /// answer (§3.2: the proof that is on its way is about that one).
    fn nonce_again(&self, first: u32) -> u32 {
        first
    }

    /// Whether a third ACK that comes once more leaves its subflow alone (§3.2).
    fn outlives_repeated_third(&self) -> bool {
        true
    }

    /// Whether data that overtakes the third ACK of a join waits for the proof (§3.2).
    fn waits_for_proof(&self) -> bool {
        true
    }

    /// Whether data of the peer shows as well as an ACK without any that it has the third ACK of an
    /// own join (§3.2).
    fn takes_data_for_confirmation(&self) -> bool {
        true
    }

    /// Whether own joins start from the port of the first subflow where that is free (§3.9.1).
    fn keeps_own_port(&self) -> bool {
        true
    }

    /// The port to which an address is joined that was announced without one, given that of the
    /// first subflow (§3.4.1, §3.9.1).
    fn port_to_join(&self, first: u16) -> u16 {
        first
    }

    /// Whether the host tries again to join where that has come to nothing, without a new ADD_ADDR
    /// (§3.4.1, §3.4.2, §3.6, §3.9.3: it doesn't).
    fn rejoins(&self, loss: Loss) -> bool {
        let _ = loss;
        false
    }

    /// Whether the peer can make a subflow a backup (§3.3.8).
    fn honours_priority(&self) -> bool {
        true
    }

    /// Whether MP_PRIO concerns a subflow: the one that carried it (§3.3.8).
    fn is_concerned(&self, carried: bool) -> bool {
        carried
    }

    /// Whether backups carry data like any other subflow.
    fn ignores_backups(&self) -> bool {
        false
    }

    /// Whether an option takes effect although TCP doesn't accept its segment (§3: none does).
    fn heeds_unacceptable(&self, option: &MptcpOption) -> bool {
        let _ = option;
        false
    }

    /// Whether ADD_ADDR has to have the right HMAC (§3.4.1).
    fn checks_add_addr_hmac(&self) -> bool {
        true
    }

    /// The ways in which the HMAC of an ADD_ADDR may come about (§3.4.1).
    fn address_proofs(&self) -> &'static [Proof] {
        &[Proof::Right]
    }

    /// Whether an ADD_ADDR is taken in at all, whatever it says.
    fn heeds_add_addr(&self, option: &AddAddr) -> bool {
        let _ = option;
        true
    }

    /// The echo of an ADD_ADDR (§3.4.1): the same without HMAC.
    fn echo(&self, option: &AddAddr) -> Option<AddAddr> {
        Some(AddAddr { kind: AddAddrKind::Echo { reserved: 0 }, ..*option })
    }

    /// The reserved bits of an own ADD_ADDR (§3.4.1).
    fn reserved_of_add_addr(&self) -> u8 {
        0
    }

    /// The ID of an own address other than the first subflow's, by its place among them (§3.4.1).
    fn address_id(&self, place: u8) -> u8 {
        place
    }

    /// Whether an own ADD_ADDR is repeated until it is echoed (§3.4.1).
    fn repeats_add_addr(&self) -> bool {
        true
    }

    /// Whether an echo ends that.
    fn stops_on_echo(&self) -> bool {
        true
    }

    /// Whether a client joins every address that it is told.
    fn joins_announced(&self) -> bool {
        true
    }

    /// Whether it also joins another port of an address that it has joined (§3.4.1).
    fn joins_other_port(&self) -> bool {
        true
    }

    /// Whether the ID at this place of a REMOVE_ADDR counts, from 0 (§3.4.2).
    fn honours_remove_addr(&self, place: usize) -> bool {
        let _ = place;
        true
    }

    /// Whether the removal of an ID concerns a subflow to this one (§3.4.2).
    fn removal_concerns(&self, removed: u8, remote_id: u8) -> bool {
        removed == remote_id
    }

    /// How often it is asked whether a removed path is alive, before it is given up (§3.4.2).
    fn questions(&self) -> u32 {
        8
    }

    /// Whether a removed path that answers is kept (§3.4.2).
    fn keeps_living_paths(&self) -> bool {
        true
    }

    /// Whether a removed path that doesn't answer is reset (§3.4.2).
    fn resets_dead_paths(&self) -> bool {
        true
    }

    /// Whether an own address that was announced is taken back when it isn't valid any more;
    /// `in_use` if subflows end there (§3.4.2).
    fn announces_removal(&self, in_use: bool) -> bool {
        let _ = in_use;
        true
    }

    /// Whether the subflows of an own address that was taken back are reset (§3.4.2).
    fn resets_withdrawn(&self) -> bool {
        true
    }

    /// Whether a subflow that works is ended by an exchange of FINs (§3.4.2), instead of by
    /// REMOVE_ADDR.
    fn leaves_with_fin(&self) -> bool {
        true
    }

    /// Whether a key in MP_FASTCLOSE is the right one: the own one (§3.5).
    fn takes_fastclose(&self, key: u64, own: u64, peers: u64) -> bool {
        let _ = peers;
        key == own
    }

    /// Whether MP_FASTCLOSE ends the connection (§3.5); `reset` if a RST carried it.
    fn honours_fastclose(&self, reset: bool) -> bool {
        let _ = reset;
        true
    }

    /// Whether the token is forgotten after MP_FASTCLOSE, so that nothing can be joined (§3.5).
    fn forgets_after_fastclose(&self) -> bool {
        true
    }

    /// How often an own MP_FASTCLOSE that isn't answered is repeated (§3.5).
    fn repeats_fastclose(&self) -> u32 {
        3
    }

    /// Whether a RST with MP_FASTCLOSE follows when nobody has answered (§3.5).
    fn gives_up_with_fastclose(&self) -> bool {
        true
    }

    /// Whether a RST without MP_FASTCLOSE ends the whole connection (§3.5: its subflow alone).
    fn ends_with_subflow(&self) -> bool {
        false
    }

    /// Whether resets of subflows come with MP_TCPRST (§3.6).
    fn tells_reasons(&self) -> bool {
        true
    }

    /// Whether flags U, V and W of MP_TCPRST are sent as 0 (§3.6).
    fn clears_flags_of_reasons(&self) -> bool {
        true
    }

    /// Whether a RST counts whose MP_TCPRST has one of these flags (§3.6).
    fn ignores_flags_of_reasons(&self) -> bool {
        true
    }
}

impl PathPolicy for Conformant {}
