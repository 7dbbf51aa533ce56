//! How MP_Navigation is handled (draft-kang-tcpm-accurate-data-scheduling-by-server).

use std::fmt::Debug;

use mpdissect::wire::mptcp::{Dialect, MptcpOption, Navigation};

use super::Conformant;
use crate::reference::navigation::{Arrival, Candidate, Diversion};

/// How MP_Navigation is handled (draft-kang-tcpm-accurate-data-scheduling-by-server).
pub trait NavigationPolicy: Debug + Sync {
    /// What an MPTCP option that is malformed or of an unknown subtype is taken for.
    fn salvages(&self, option: &[u8], dialect: Dialect) -> Option<Navigation> {
        let _ = (option, dialect);
        None
    }

    /// What a well-formed option is understood as.
    fn reads(&self, option: Navigation) -> Navigation {
        option
    }

    /// Whether an option is looked at where it stands. It has no place before a session is set up,
    /// on a subflow that ends, after a fallback, and in segments that TCP rejects.
    fn heeds(&self, option: Navigation, arrival: &Arrival) -> bool {
        let _ = option;
        let Arrival { syn, third, closing, fallen_back, acceptable, .. } = *arrival;
        acceptable && !(syn || third || closing || fallen_back)
    }

    /// Whether a server does what a client asks it for.
    fn heeds_as_server(&self) -> bool {
        false
    }

    /// Whether what confirms a request is taken for one.
    fn executes_echo(&self) -> bool {
        false
    }

    /// Whether what confirms a request is confirmed.
    fn echoes_echo(&self) -> bool {
        false
    }

    /// Whether a request asks to cancel.
    fn means_cancel(&self, option: Navigation) -> bool {
        option.cancel
    }

    /// Whether a subflow ends at the interface that a request names.
    fn ends_at(&self, candidate: &Candidate, address_id: u8) -> bool {
        candidate.remote_id == address_id
    }

    /// Which of the subflows that end at the interface gets the traffic: the local strategy of
    /// §4.1.
    fn picks(&self, found: &[Candidate]) -> Option<Candidate> {
        found.iter().copied().min_by_key(|candidate| (candidate.backup, candidate.subflow))
    }

    /// Whether the traffic of a subflow that carried a request moves.
    fn moves(&self, carrier: &Candidate, target: &Candidate) -> bool {
        let _ = (carrier, target);
        true
    }

    /// Whether the traffic of all subflows moves, whichever carried the request.
    fn moves_all(&self) -> bool {
        false
    }

    /// Whether traffic stays where it is when the interface of its own subflow is named.
    fn stays_for_own_interface(&self) -> bool {
        true
    }

    /// Whether traffic waits for a subflow to an interface that none ends at; `withdrawn` says
    /// that there once was one, whose address was taken back.
    fn waits_for_target(&self, withdrawn: bool) -> bool {
        let _ = withdrawn;
        false
    }

    /// Whether a request replaces what an earlier one asked for.
    fn replaces(&self, earlier: &Diversion, address_id: u8) -> bool {
        let _ = (earlier, address_id);
        true
    }

    /// Whether a cancel ends this diversion.
    fn cancels(&self, diversion: &Diversion, option: Navigation, arrival: &Arrival) -> bool {
        let _ = arrival;
        diversion.address_id == option.address_id
    }

    /// How a diversion ends when it was cancelled.
    fn release(&self) -> Release {
        Release::Lingering
    }

    /// What is sent back for a request, on the subflow that carried it.
    fn echo(&self, option: Navigation) -> Option<Navigation> {
        Some(Navigation { reserved: false, echo: true, ..option })
    }

    /// How often it is sent again.
    fn repeats_echo(&self) -> u32 {
        0
    }

    /// Whether a diversion ends with the subflow that it leads to.
    fn forgets_with_target(&self) -> bool {
        true
    }

    /// Whether it comes to life again with a new subflow to the same interface.
    fn revives(&self) -> bool {
        false
    }

    /// Whether B makes the subflow that carried it a backup.
    fn adopts_priority(&self) -> bool {
        false
    }

    /// What happens to subflows besides, on an occasion.
    fn reaction(&self, occasion: Occasion) -> Reaction {
        let _ = occasion;
        Reaction::Nothing
    }

    /// Whether what is in flight on a subflow that the traffic has left is given up.
    fn abandons_in_flight(&self) -> bool {
        false
    }

    /// Whether a duplicate ACK counts as a sign of congestion although it carries the option.
    fn counts_as_duplicate_ack(&self) -> bool {
        false
    }

    /// Whether the MPTCP options behind it in a segment go unseen; also behind those of a subtype
    /// that nothing was assigned to.
    fn hides_other_options(&self) -> bool {
        false
    }

    /// Whether the data of its segment is dropped.
    fn drops_data(&self) -> bool {
        false
    }

    /// The option on the wire.
    fn writes(&self, option: Navigation, dialect: Dialect) -> Vec<u8> {
        MptcpOption::Navigation(option).emit(dialect).as_slice().to_vec()
    }

    /// The subflows on which a request is sent, given those that may carry it, first the one
    /// whose traffic it is about, and all that there are.
    fn asks_on(&self, fitting: &[Candidate], all: &[Candidate]) -> Vec<Candidate> {
        let _ = all;
        fitting.first().copied().into_iter().collect()
    }

    /// Whether a subflow may carry a request about the interface of an address ID. A switch is sent
    /// where the traffic is and not yet where it shall go; a cancel where it was diverted to.
    fn may_carry(&self, candidate: &Candidate, address_id: u8, cancel: bool) -> bool {
        (candidate.local_id == address_id) == cancel
    }

    /// Whether a switch waits until there is a subflow to its interface.
    fn waits_for_join(&self) -> bool {
        true
    }

    /// B of a request.
    fn tells_backup(&self, carrier: &Candidate) -> bool {
        carrier.backup
    }

    /// A request as it is sent for the time of this number, counted from 0.
    fn asks(&self, option: Navigation, time: u32) -> Navigation {
        let _ = time;
        option
    }

    /// Whether a request without an echo is sent again, after so many times.
    fn asks_again(&self, times: u32) -> bool {
        times < 5
    }

    /// Whether an echo ends the repetition.
    fn stops_on_echo(&self) -> bool {
        true
    }
}

/// How a diversion ends when it was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// The traffic goes on where it was diverted to, until the scheduler freely chooses.
    Lingering,
    /// All traffic moves back, that of the subflow that it was diverted to included.
    AtOnce,
    /// Never.
    Pinned,
}

/// What MP_Navigation gives occasion to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// It stands in a handshake.
    Handshake,
    /// It stands on a FIN.
    Closing,
    /// A RST carried it.
    Resetting,
    /// A request names an interface at which no subflow ends.
    UnknownInterface,
    /// Nothing is there to be cancelled.
    IdleCancel,
    /// A second one stands in the same segment.
    Pair,
    /// That many requests came in on the connection.
    Requests(u32),
    /// A diversion has begun: the subflow is the one that the traffic left.
    Left,
    /// A request was never confirmed.
    Unanswered,
}

/// What happens to subflows on account of MP_Navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Nothing.
    Nothing,
    /// The subflow that it is about is reset.
    Reset,
    /// All are.
    ResetAll,
}

impl NavigationPolicy for Conformant {}
