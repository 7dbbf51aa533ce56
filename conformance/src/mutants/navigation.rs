//! Endpoints that handle MP_Navigation wrongly.

use mpdissect::wire::mptcp::{Dialect, Navigation};

use super::mutants;
use crate::policy::Conformant;
use crate::policy::navigation::{Occasion, Reaction, Release};
use crate::reference::navigation::{Arrival, Candidate, Diversion};

mutants! { navigation: NavigationPolicy;
    /// Confirms requests and leaves the traffic where it is.
    "nav-stays" = Stays fails [
        "nav/2/any-subflow-carries-the-request",
        "nav/2/second-interface-is-found",
        "nav/2/third-interface-is-found",
        "nav/3.1/added-interface",
        "nav/3.2/existing-subflow-serves",
        "nav/3.2/subflows-of-other-interfaces-are-no-target",
        "nav/3/failing-interface",
        "nav/4.1/b-says-nothing-of-the-target",
        "nav/4.1/backup-target-is-honoured",
        "nav/4.1/id-is-of-the-server",
        "nav/4.1/id-zero-is-the-first-address",
        "nav/4.1/later-switch-on-the-same-subflow-replaces",
        "nav/4.1/reserved-bit-is-ignored",
        "nav/4.1/shared-id-is-free-choice",
        "nav/4.1/shared-id-takes-one-of-its-subflows",
        "nav/4/accepted-on-an-ack",
        "nav/4/accepted-on-data",
        "nav/4/only-a-clear-r-diverts",
        "nav/4/switch-moves-traffic",
        "nav/7/no-authentication-is-needed",
    ] {
        fn moves(&self, _: &Candidate, _: &Candidate) -> bool {
            false
        }
    }
    /// Looks at no request.
    "nav-is-deaf" = IsDeaf fails [
        "nav/2/any-subflow-carries-the-request",
        "nav/2/second-interface-is-found",
        "nav/2/third-interface-is-found",
        "nav/3.1/added-interface",
        "nav/3.2/existing-subflow-serves",
        "nav/3.2/subflows-of-other-interfaces-are-no-target",
        "nav/3/failing-interface",
        "nav/4.1/b-is-not-taken-for-e",
        "nav/4.1/b-says-nothing-of-the-target",
        "nav/4.1/backup-target-is-honoured",
        "nav/4.1/cancel-is-echoed",
        "nav/4.1/echo-ends-the-repetition",
        "nav/4.1/echo-repeats-the-flags",
        "nav/4.1/id-is-of-the-server",
        "nav/4.1/id-zero-is-the-first-address",
        "nav/4.1/later-switch-on-the-same-subflow-replaces",
        "nav/4.1/other-subtypes-are-not-it",
        "nav/4.1/own-interface-is-echoed",
        "nav/4.1/reserved-bit-is-ignored",
        "nav/4.1/shared-id-is-free-choice",
        "nav/4.1/shared-id-takes-one-of-its-subflows",
        "nav/4.1/switch-is-echoed",
        "nav/4/accepted-on-an-ack",
        "nav/4/accepted-on-data",
        "nav/4/only-a-clear-r-diverts",
        "nav/4/switch-moves-traffic",
        "nav/7/no-authentication-is-needed",
    ] {
        fn heeds(&self, _: Navigation, _: &Arrival) -> bool {
            false
        }
    }
    /// Knows the first interface of the server, and takes all others for one.
    "nav-tells-two-interfaces-apart" = TellsTwo fails [
        "nav/2/any-subflow-carries-the-request",
        "nav/2/second-interface-is-found",
        "nav/2/third-interface-is-found",
        "nav/3.1/added-interface",
        "nav/4.1/later-switch-on-the-same-subflow-replaces",
        "nav/4.1/later-switch-replaces",
        "nav/4.1/unknown-id-is-ignored",
    ] {
        fn ends_at(&self, candidate: &Candidate, address_id: u8) -> bool {
            (candidate.remote_id == 0) == (address_id == 0)
        }
    }
    /// Takes a subflow from its own address of the ID for one that ends at the server's.
    "nav-looks-among-own-addresses" = OwnAddresses fails [
        "nav/3.2/subflows-of-other-interfaces-are-no-target",
        "nav/4.1/id-is-of-the-server",
    ] {
        fn ends_at(&self, candidate: &Candidate, address_id: u8) -> bool {
            if candidate.local_id == 0 {
                candidate.remote_id == address_id
            } else {
                candidate.local_id == address_id
            }
        }
    }
    /// Takes address ID 0 for none.
    "nav-zero-is-unknown" = ZeroIsUnknown fails [
        "nav/4.1/id-zero-is-the-first-address",
        "nav/4.1/own-interface-is-echoed",
    ] {
        fn ends_at(&self, candidate: &Candidate, address_id: u8) -> bool {
            address_id != 0 && candidate.remote_id == address_id
        }
    }
    /// Heeds requests on the first subflow only.
    "nav-heeds-first-subflow" = FirstSubflow fails [
        "nav/2/any-subflow-carries-the-request",
        "nav/2/cancel-frees-the-scheduler",
        "nav/2/second-interface-is-found",
        "nav/3.1/added-interface",
        "nav/3.2/better-interface-and-release",
        "nav/3.2/subflows-of-other-interfaces-are-no-target",
        "nav/4.1/cancel-ends-the-diversion",
        "nav/4.1/cancel-is-echoed",
        "nav/4.1/id-is-of-the-server",
        "nav/4.1/id-zero-is-the-first-address",
        "nav/4.1/later-switch-replaces",
    ] {
        fn heeds(&self, option: Navigation, arrival: &Arrival) -> bool {
            arrival.on == 0 && Conformant.heeds(option, arrival)
        }
    }
    /// Moves the traffic of all subflows, whichever carried the request.
    "nav-moves-everything" = MovesEverything fails [
        "nav/3.1/added-interface",
        "nav/4/other-subflows-keep-their-traffic",
    ] {
        fn moves_all(&self) -> bool {
            true
        }
    }
    /// Resets the subflow that the traffic leaves.
    "nav-resets-left-subflow" = ResetsLeft fails [
        "nav/2/server-keeps-its-choice",
        "nav/3.1/added-interface",
        "nav/4.1/b-is-not-taken-for-e",
        "nav/4.1/echo-repeats-the-flags",
        "nav/4.1/flood-is-survived",
        "nav/4.1/opposite-switches-do-not-stall",
        "nav/4.1/other-subtypes-are-not-it",
        "nav/4.1/pairs-in-one-segment",
        "nav/4.1/switch-is-echoed",
        "nav/4/every-combination-of-flags-is-harmless",
    ] {
        fn reaction(&self, occasion: Occasion) -> Reaction {
            on(occasion == Occasion::Left, Reaction::Reset)
        }
    }
    /// Moves nothing where more than one subflow ends at the interface.
    "nav-refuses-shared-id" = RefusesShared fails [
        "nav/3.2/existing-subflow-serves",
        "nav/3.2/subflows-of-other-interfaces-are-no-target",
        "nav/4.1/shared-id-is-free-choice",
        "nav/4.1/shared-id-takes-one-of-its-subflows",
    ] {
        fn picks(&self, found: &[Candidate]) -> Option<Candidate> {
            found.first().copied().filter(|_| found.len() == 1)
        }
    }
    /// Moves nothing to a backup subflow.
    "nav-refuses-backup-target" = RefusesBackup fails ["nav/4.1/backup-target-is-honoured"] {
        fn picks(&self, found: &[Candidate]) -> Option<Candidate> {
            found.iter().copied().find(|candidate| !candidate.backup)
        }
    }
    /// Takes another subflow where the request names the interface of the one that carried it.
    "nav-leaves-own-interface" = LeavesOwn fails ["nav/4.1/own-interface-changes-nothing"] {
        fn stays_for_own_interface(&self) -> bool {
            false
        }
    }
    /// Sticks to the first of several requests.
    "nav-first-request-wins" = FirstWins fails [
        "nav/4.1/later-switch-on-the-same-subflow-replaces",
        "nav/4.1/later-switch-replaces",
        "nav/4.1/switch-after-cancel-diverts-again",
    ] {
        fn replaces(&self, _: &Diversion, _: u8) -> bool {
            false
        }
    }
    /// Resets everything at the tenth request.
    "nav-tires-of-requests" = Tires fails [
        "nav/4.1/flood-is-survived",
        "nav/4.1/opposite-switches-do-not-stall",
        "nav/4.1/pairs-in-one-segment",
        "nav/4/every-combination-of-flags-is-harmless",
        "nav/4/unknown-options-are-ignored",
    ] {
        fn reaction(&self, occasion: Occasion) -> Reaction {
            on(occasion == Occasion::Requests(10), Reaction::ResetAll)
        }
    }
    /// Resets everything at the five hundredth request.
    "nav-panics-in-a-flood" = PanicsInFlood fails ["nav/4.1/flood-is-survived"] {
        fn reaction(&self, occasion: Occasion) -> Reaction {
            on(occasion == Occasion::Requests(500), Reaction::ResetAll)
        }
    }
    /// Gives up what was in flight on the subflow that it leaves.
    "nav-abandons-in-flight" = Abandons fails ["nav/5/nothing-is-lost-across-a-switch"] {
        fn abandons_in_flight(&self) -> bool {
            true
        }
    }
    /// Moves all traffic back as soon as a diversion is cancelled.
    "nav-cancel-moves-back" = MovesBack fails ["nav/2/cancel-moves-nothing"] {
        fn release(&self) -> Release {
            Release::AtOnce
        }
    }
    /// Keeps to a diversion that was cancelled.
    "nav-ignores-cancel" = IgnoresCancel fails [
        "nav/2/cancel-frees-the-scheduler",
        "nav/2/cancel-on-another-subflow",
        "nav/3.2/better-interface-and-release",
        "nav/4.1/cancel-ends-the-diversion",
    ] {
        fn release(&self) -> Release {
            Release::Pinned
        }
    }
    /// Heeds a cancel only on the subflow with the diverted traffic.
    "nav-cancels-only-there" = CancelsThere fails ["nav/2/cancel-on-another-subflow"] {
        fn cancels(&self, diversion: &Diversion, option: Navigation, arrival: &Arrival) -> bool {
            diversion.target == Some(arrival.on) && diversion.address_id == option.address_id
        }
    }
    /// Ends every diversion on any cancel.
    "nav-cancels-anything" = CancelsAnything fails ["nav/4.1/cancel-of-another-id-is-none"] {
        fn cancels(&self, _: &Diversion, _: Navigation, _: &Arrival) -> bool {
            true
        }
    }
    /// Resets the subflow where nothing is there to be cancelled.
    "nav-resets-on-idle-cancel" = IdleCancel fails [
        "nav/2/cancel-for-a-lost-target",
        "nav/4.1/idle-cancel-is-ignored",
        "nav/4/unknown-options-are-ignored",
    ] {
        fn reaction(&self, occasion: Occasion) -> Reaction {
            on(occasion == Occasion::IdleCancel, Reaction::Reset)
        }
    }
    /// Reads R=1 as the request to switch, as in §4.
    "nav-reads-r-backwards" = RBackwards fails [
        "nav/2/any-subflow-carries-the-request",
        "nav/2/second-interface-is-found",
        "nav/2/third-interface-is-found",
        "nav/3.1/added-interface",
        "nav/3.2/existing-subflow-serves",
        "nav/3.2/subflows-of-other-interfaces-are-no-target",
        "nav/3/failing-interface",
        "nav/4.1/b-says-nothing-of-the-target",
        "nav/4.1/backup-target-is-honoured",
        "nav/4.1/id-is-of-the-server",
        "nav/4.1/id-zero-is-the-first-address",
        "nav/4.1/later-switch-on-the-same-subflow-replaces",
        "nav/4.1/reserved-bit-is-ignored",
        "nav/4.1/shared-id-is-free-choice",
        "nav/4.1/shared-id-takes-one-of-its-subflows",
        "nav/4/accepted-on-an-ack",
        "nav/4/accepted-on-data",
        "nav/4/only-a-clear-r-diverts",
        "nav/4/set-r-is-no-switch",
        "nav/4/switch-moves-traffic",
        "nav/7/no-authentication-is-needed",
    ] {
        fn means_cancel(&self, option: Navigation) -> bool {
            !option.cancel
        }
    }
    /// Takes a cancel for a switch.
    "nav-ignores-r" = IgnoresR fails [
        "nav/2/cancel-frees-the-scheduler",
        "nav/2/cancel-on-another-subflow",
        "nav/3.2/better-interface-and-release",
        "nav/4.1/cancel-ends-the-diversion",
        "nav/4/only-a-clear-r-diverts",
        "nav/4/set-r-is-no-switch",
    ] {
        fn means_cancel(&self, _: Navigation) -> bool {
            false
        }
    }
    /// Confirms nothing.
    "nav-never-echoes" = NeverEchoes fails [
        "nav/4.1/b-is-not-taken-for-e",
        "nav/4.1/cancel-is-echoed",
        "nav/4.1/echo-repeats-the-flags",
        "nav/4.1/other-subtypes-are-not-it",
        "nav/4.1/own-interface-is-echoed",
        "nav/4.1/switch-is-echoed",
    ] {
        fn echo(&self, _: Navigation) -> Option<Navigation> {
            None
        }
    }
    /// Confirms only switches.
    "nav-echoes-no-cancel" = EchoesNoCancel fails [
        "nav/4.1/cancel-is-echoed",
        "nav/4.1/echo-repeats-the-flags",
    ] {
        fn echo(&self, option: Navigation) -> Option<Navigation> {
            Conformant.echo(option).filter(|echo| !echo.cancel)
        }
    }
    /// Confirms nothing that names address ID 0.
    "nav-echoes-no-zero" = EchoesNoZero fails ["nav/4.1/own-interface-is-echoed"] {
        fn echo(&self, option: Navigation) -> Option<Navigation> {
            Conformant.echo(option).filter(|echo| echo.address_id != 0)
        }
    }
    /// Clears R in what it confirms.
    "nav-echo-loses-r" = EchoLosesR fails [
        "nav/4.1/cancel-is-echoed",
        "nav/4.1/echo-repeats-the-flags",
    ] {
        fn echo(&self, option: Navigation) -> Option<Navigation> {
            Conformant.echo(Navigation { cancel: false, ..option })
        }
    }
    /// Clears B in what it confirms.
    "nav-echo-loses-b" = EchoLosesB fails [
        "nav/4.1/b-is-not-taken-for-e",
        "nav/4.1/echo-repeats-the-flags",
    ] {
        fn echo(&self, option: Navigation) -> Option<Navigation> {
            Conformant.echo(Navigation { backup: false, ..option })
        }
    }
    /// Confirms another address ID than the one it was asked for.
    "nav-echo-names-another-id" = EchoOtherId fails [
        "nav/4.1/b-is-not-taken-for-e",
        "nav/4.1/cancel-is-echoed",
        "nav/4.1/echo-repeats-the-flags",
        "nav/4.1/layout-of-the-echo",
        "nav/4.1/own-interface-is-echoed",
        "nav/4.1/switch-is-echoed",
    ] {
        fn echo(&self, option: Navigation) -> Option<Navigation> {
            Conformant.echo(Navigation { address_id: option.address_id.wrapping_add(1), ..option })
        }
    }
    /// Copies the reserved bit into what it confirms.
    "nav-echo-copies-reserved-bit" = EchoCopiesReserved fails [
        "nav/4.1/reserved-bit-is-clear-in-the-echo",
    ] {
        fn echo(&self, option: Navigation) -> Option<Navigation> {
            Some(Navigation { echo: true, ..option })
        }
    }
    /// Sends a request back as it came, with E=0.
    "nav-answers-with-a-request" = AnswersRequest fails [
        "nav/2/client-asks-for-nothing",
        "nav/4.1/b-is-not-taken-for-e",
        "nav/4.1/cancel-is-echoed",
        "nav/4.1/echo-repeats-the-flags",
        "nav/4.1/layout-of-the-echo",
        "nav/4.1/own-interface-is-echoed",
        "nav/4.1/reserved-bit-is-clear-in-the-echo",
        "nav/4.1/switch-is-echoed",
    ] {
        fn echo(&self, option: Navigation) -> Option<Navigation> {
            Some(option)
        }
    }
    /// Sends every echo eleven times.
    "nav-repeats-echoes" = RepeatsEchoes fails [
        "nav/4.1/every-copy-may-be-echoed",
        "nav/4.1/flood-is-survived",
    ] {
        fn repeats_echo(&self) -> u32 {
            10
        }
    }
    /// Takes an echo for a request.
    "nav-obeys-echo" = ObeysEcho fails [
        "nav/4.1/echo-is-not-echoed",
        "nav/4.1/echo-is-not-obeyed",
    ] {
        fn executes_echo(&self) -> bool {
            true
        }
    }
    /// Knows an echo only by a request's flags with E added: r and B have to be clear.
    "nav-knows-plain-echoes" = PlainEchoes fails ["nav/4.1/echo-is-not-obeyed"] {
        fn reads(&self, option: Navigation) -> Navigation {
            Navigation { echo: option.echo && !(option.reserved || option.backup), ..option }
        }
    }
    /// Confirms what confirms.
    "nav-echoes-echo" = EchoesEcho fails ["nav/4.1/echo-is-not-echoed"] {
        fn echoes_echo(&self) -> bool {
            true
        }
    }
    /// Looks for E where ADD_ADDR has it, which is where B stands.
    "nav-takes-b-for-e" = TakesBForE fails [
        "nav/4.1/b-is-not-taken-for-e",
        "nav/4.1/b-says-nothing-of-the-target",
        "nav/4.1/echo-ends-the-repetition",
        "nav/4.1/echo-is-not-echoed",
        "nav/4.1/echo-is-not-obeyed",
        "nav/4.1/echo-repeats-the-flags",
    ] {
        fn reads(&self, option: Navigation) -> Navigation {
            Navigation { echo: option.backup, backup: option.echo, ..option }
        }
    }
    /// Writes E where ADD_ADDR has it, which is where B stands.
    "nav-writes-e-for-b" = WritesEForB fails [
        "nav/2/client-asks-for-nothing",
        "nav/4.1/cancel-is-echoed",
        "nav/4.1/echo-repeats-the-flags",
        "nav/4.1/layout-of-the-echo",
        "nav/4.1/own-interface-is-echoed",
        "nav/4.1/switch-is-echoed",
    ] {
        fn writes(&self, option: Navigation, dialect: Dialect) -> Vec<u8> {
            Conformant
                .writes(Navigation { echo: option.backup, backup: option.echo, ..option }, dialect)
        }
    }
    /// Writes R=1 for a switch and R=0 for a cancel.
    "nav-writes-r-inverted" = WritesRInverted fails [
        "nav/2/cancel-where-the-traffic-went",
        "nav/4.1/b-is-not-taken-for-e",
        "nav/4.1/cancel-is-echoed",
        "nav/4.1/echo-repeats-the-flags",
        "nav/4.1/layout-of-the-echo",
        "nav/4.1/layout-of-the-request",
        "nav/4.1/own-interface-is-echoed",
        "nav/4.1/switch-is-echoed",
    ] {
        fn writes(&self, option: Navigation, dialect: Dialect) -> Vec<u8> {
            Conformant.writes(Navigation { cancel: !option.cancel, ..option }, dialect)
        }
    }
    /// Writes the option with a length of five octets.
    "nav-writes-five-octets" = WritesFive fails [
        "nav/4.1/b-is-not-taken-for-e",
        "nav/4.1/cancel-is-echoed",
        "nav/4.1/echo-repeats-the-flags",
        "nav/4.1/length-of-the-echo",
        "nav/4.1/length-of-the-request",
        "nav/4.1/own-interface-is-echoed",
        "nav/4.1/switch-is-echoed",
    ] {
        fn writes(&self, option: Navigation, dialect: Dialect) -> Vec<u8> {
            longer(Conformant.writes(option, dialect))
        }
    }
    /// Writes the option under another subtype than the one that it was set to.
    "nav-writes-another-subtype" = WritesAnother fails [
        "nav/2/request-where-the-traffic-is",
        "nav/4.1/b-is-not-taken-for-e",
        "nav/4.1/cancel-is-echoed",
        "nav/4.1/echo-repeats-the-flags",
        "nav/4.1/other-subtypes-are-not-it",
        "nav/4.1/own-interface-is-echoed",
        "nav/4.1/switch-is-echoed",
        "nav/4/unknown-options-are-ignored",
    ] {
        fn writes(&self, option: Navigation, dialect: Dialect) -> Vec<u8> {
            elsewhere(Conformant.writes(option, dialect))
        }
    }
    /// Ignores requests whose reserved bit is set.
    "nav-minds-reserved-bit" = MindsReserved fails ["nav/4.1/reserved-bit-is-ignored"] {
        fn heeds(&self, option: Navigation, arrival: &Arrival) -> bool {
            !option.reserved && Conformant.heeds(option, arrival)
        }
    }
    /// Ignores requests with B=1.
    "nav-minds-b" = MindsB fails [
        "nav/4.1/b-is-not-taken-for-e",
        "nav/4.1/b-says-nothing-of-the-target",
        "nav/4.1/echo-repeats-the-flags",
    ] {
        fn heeds(&self, option: Navigation, arrival: &Arrival) -> bool {
            !option.backup && Conformant.heeds(option, arrival)
        }
    }
    /// Takes B for a change of priority, as in MP_PRIO.
    "nav-takes-b-for-priority" = BForPriority fails ["nav/4.1/b-changes-no-priority"] {
        fn adopts_priority(&self) -> bool {
            true
        }
    }
    /// Keeps traffic back until there is a subflow to the interface.
    "nav-waits-for-unknown-interface" = WaitsUnknown fails [
        "nav/2/announced-but-not-joined",
        "nav/4.1/unknown-id-is-ignored",
    ] {
        fn waits_for_target(&self, withdrawn: bool) -> bool {
            !withdrawn
        }
    }
    /// Keeps traffic back until a withdrawn interface returns.
    "nav-waits-for-withdrawn-interface" = WaitsWithdrawn fails ["nav/4.1/withdrawn-id-is-ignored"] {
        fn waits_for_target(&self, withdrawn: bool) -> bool {
            withdrawn
        }
    }
    /// Resets the subflow when a request names an interface at which none ends.
    "nav-resets-on-unknown-interface" = ResetsUnknown fails [
        "nav/2/announced-but-not-joined",
        "nav/4.1/unknown-id-is-ignored",
        "nav/4.1/withdrawn-id-is-ignored",
        "nav/4/unknown-options-are-ignored",
    ] {
        fn reaction(&self, occasion: Occasion) -> Reaction {
            on(occasion == Occasion::UnknownInterface, Reaction::Reset)
        }
    }
    /// Keeps traffic back when the subflow that it was led to has ended.
    "nav-waits-for-lost-target" = WaitsLost fails [
        "nav/2/lost-target-frees-the-traffic",
        "nav/2/nothing-is-lost-with-the-target",
    ] {
        fn forgets_with_target(&self) -> bool {
            false
        }
    }
    /// Takes a diversion up again with a new subflow to the interface.
    "nav-revives" = Revives fails ["nav/2/rejoin-inherits-nothing"] {
        fn revives(&self) -> bool {
            true
        }
    }
    /// Heeds requests only on segments with data.
    "nav-heeds-data-only" = DataOnly fails [
        "nav/4/accepted-on-an-ack",
        "nav/7/no-authentication-is-needed",
    ] {
        fn heeds(&self, option: Navigation, arrival: &Arrival) -> bool {
            arrival.payload && Conformant.heeds(option, arrival)
        }
    }
    /// Heeds requests only on segments without data.
    "nav-heeds-acks-only" = AcksOnly fails [
        "nav/2/any-subflow-carries-the-request",
        "nav/2/second-interface-is-found",
        "nav/2/third-interface-is-found",
        "nav/3.1/added-interface",
        "nav/3.2/existing-subflow-serves",
        "nav/3.2/subflows-of-other-interfaces-are-no-target",
        "nav/3/failing-interface",
        "nav/4.1/b-is-not-taken-for-e",
        "nav/4.1/b-says-nothing-of-the-target",
        "nav/4.1/backup-target-is-honoured",
        "nav/4.1/cancel-is-echoed",
        "nav/4.1/echo-ends-the-repetition",
        "nav/4.1/echo-repeats-the-flags",
        "nav/4.1/id-is-of-the-server",
        "nav/4.1/id-zero-is-the-first-address",
        "nav/4.1/later-switch-on-the-same-subflow-replaces",
        "nav/4.1/other-subtypes-are-not-it",
        "nav/4.1/own-interface-is-echoed",
        "nav/4.1/reserved-bit-is-ignored",
        "nav/4.1/shared-id-is-free-choice",
        "nav/4.1/shared-id-takes-one-of-its-subflows",
        "nav/4.1/switch-is-echoed",
        "nav/4/accepted-on-data",
        "nav/4/only-a-clear-r-diverts",
        "nav/4/switch-moves-traffic",
    ] {
        fn heeds(&self, option: Navigation, arrival: &Arrival) -> bool {
            !arrival.payload && Conformant.heeds(option, arrival)
        }
    }
    /// Drops the data of a segment that carries the option.
    "nav-drops-data" = DropsData fails ["rfc9293/3.1/unknown-subtypes-on-data", "rfc9293/3.1/short-before-dss",
        "nav/2/announced-but-not-joined",
        "nav/2/server-ignores-requests",
        "nav/2/server-keeps-its-choice",
        "nav/3.1/added-interface",
        "nav/4.1/idle-cancel-is-ignored",
        "nav/4.1/opposite-switches-do-not-stall",
        "nav/4.1/pairs-in-one-segment",
        "nav/4.1/shared-id-is-free-choice",
        "nav/4.1/unknown-id-is-ignored",
        "nav/4.1/withdrawn-id-is-ignored",
        "nav/4/behind-and-before-a-dss",
        "nav/4/data-next-to-it-arrives",
        "nav/4/every-combination-of-flags-is-harmless",
        "nav/4/unknown-options-are-ignored",
        "rfc9293/3.1/short-before-dss",
        "rfc9293/3.1/unknown-subtypes-on-data",
    ] {
        fn drops_data(&self) -> bool {
            true
        }
    }
    /// Doesn't see the MPTCP options behind it.
    "nav-hides-other-options" = HidesOthers fails ["rfc9293/3.1/unknown-subtypes-on-data", "rfc9293/3.1/short-before-dss",
        "nav/4/behind-and-before-a-dss",
        "nav/4/data-next-to-it-arrives",
        "nav/4/other-options-are-seen",
        "rfc9293/3.1/short-before-dss",
        "rfc9293/3.1/unknown-subtypes-on-data",
    ] {
        fn hides_other_options(&self) -> bool {
            true
        }
    }
    /// Heeds requests in segments that TCP rejects.
    "nav-heeds-outside-window" = OutsideWindow fails ["nav/4/out-of-window-is-ignored"] {
        fn heeds(&self, option: Navigation, arrival: &Arrival) -> bool {
            Conformant.heeds(option, &Arrival { acceptable: true, ..*arrival })
        }
    }
    /// Resets a subflow whose handshake carries the option.
    "nav-refuses-handshake" = RefusesHandshake fails ["rfc9293/3.1/unknown-subtypes-on-handshake",
        "nav/4/handshake-of-a-connection",
        "nav/4/handshake-of-a-join",
        "nav/4/third-ack",
        "rfc9293/3.1/unknown-subtypes-on-handshake",
    ] {
        fn reaction(&self, occasion: Occasion) -> Reaction {
            on(occasion == Occasion::Handshake, Reaction::Reset)
        }
    }
    /// Answers requests after a fallback to TCP.
    "nav-answers-after-fallback" = AfterFallback fails ["nav/4/ignored-after-fallback"] {
        fn heeds(&self, option: Navigation, arrival: &Arrival) -> bool {
            Conformant.heeds(option, &Arrival { fallen_back: false, ..*arrival })
        }
    }
    /// Resets all subflows when a RST carries the option.
    "nav-reset-spreads" = ResetSpreads fails ["nav/4/reset-with-it-is-a-reset"] {
        fn reaction(&self, occasion: Occasion) -> Reaction {
            on(occasion == Occasion::Resetting, Reaction::ResetAll)
        }
    }
    /// Answers requests on a FIN.
    "nav-heeds-closing" = HeedsClosing fails ["nav/4/fin-with-it-is-a-fin"] {
        fn heeds(&self, option: Navigation, arrival: &Arrival) -> bool {
            Conformant.heeds(option, &Arrival { closing: false, ..*arrival })
        }
    }
    /// Takes options of its subtype for requests whatever their length.
    "nav-takes-any-length" = AnyLength fails ["nav/4.1/wrong-length-moves-nothing"] {
        fn salvages(&self, option: &[u8], dialect: Dialect) -> Option<Navigation> {
            salvaged(option).filter(|_| subtype(option) == Some(dialect.navigation_subtype()))
        }
    }
    /// Takes options of any unassigned subtype for requests.
    "nav-takes-any-subtype" = AnySubtype fails ["nav/4.1/other-subtypes-are-not-it"] {
        fn salvages(&self, option: &[u8], _: Dialect) -> Option<Navigation> {
            salvaged(option).filter(|_| option.len() == 4)
        }
    }
    /// Takes duplicate ACKs that carry the option for a sign of congestion.
    "nav-counts-duplicate-acks" = CountsDuplicates fails [
        "nav/4/duplicate-acks-are-no-congestion",
        "rfc8684/3/duplicate-acks-are-no-congestion",
    ] {
        fn counts_as_duplicate_ack(&self) -> bool {
            true
        }
    }
    /// Resets the subflow when two of the options stand in one segment.
    "nav-resets-on-pairs" = ResetsOnPairs fails ["nav/4.1/pairs-in-one-segment"] {
        fn reaction(&self, occasion: Occasion) -> Reaction {
            on(occasion == Occasion::Pair, Reaction::Reset)
        }
    }
    /// Lets a client lead the traffic of a server.
    "nav-server-obeys" = ServerObeys fails ["nav/2/server-ignores-requests"] {
        fn heeds_as_server(&self) -> bool {
            true
        }
    }
    /// Sends a request on all subflows.
    "nav-asks-everywhere" = AsksEverywhere fails [
        "nav/2/cancel-where-the-traffic-went",
        "nav/2/request-where-the-traffic-is",
    ] {
        fn asks_on(&self, _: &[Candidate], all: &[Candidate]) -> Vec<Candidate> {
            all.to_vec()
        }
    }
    /// Sends a cancel on the subflow that the traffic has left.
    "nav-cancels-where-it-asked" = CancelsWhereAsked fails ["nav/2/cancel-where-the-traffic-went"] {
        fn may_carry(&self, candidate: &Candidate, address_id: u8, _: bool) -> bool {
            candidate.local_id != address_id
        }
    }
    /// Asks for an interface that no subflow ends at yet.
    "nav-asks-before-join" = AsksBeforeJoin fails ["nav/2/announced-before-the-switch"] {
        fn waits_for_join(&self) -> bool {
            false
        }
    }
    /// Sets B in every request.
    "nav-always-tells-backup" = AlwaysBackup fails ["nav/4.1/b-is-clear-on-a-regular-subflow"] {
        fn tells_backup(&self, _: &Candidate) -> bool {
            true
        }
    }
    /// Sets B in no request.
    "nav-never-tells-backup" = NeverBackup fails ["nav/4.1/b-is-set-on-a-backup-subflow"] {
        fn tells_backup(&self, _: &Candidate) -> bool {
            false
        }
    }
    /// Repeats an unconfirmed request without end.
    "nav-asks-for-ever" = AsksForEver fails ["nav/4.1/repetition-ends"] {
        fn asks_again(&self, _: u32) -> bool {
            true
        }
    }
    /// Changes B when it repeats a request.
    "nav-alters-repetitions" = Alters fails ["nav/4.1/repetition-is-identical"] {
        fn asks(&self, option: Navigation, time: u32) -> Navigation {
            Navigation { backup: option.backup != (time > 0), ..option }
        }
    }
    /// Sets the reserved bit of its requests.
    "nav-sets-reserved-bit" = SetsReserved fails ["nav/4.1/reserved-bit-is-clear-in-the-request"] {
        fn asks(&self, option: Navigation, _: u32) -> Navigation {
            Navigation { reserved: true, ..option }
        }
    }
    /// Repeats a request that was confirmed.
    "nav-ignores-confirmation" = IgnoresConfirmation fails ["nav/4.1/echo-ends-the-repetition"] {
        fn stops_on_echo(&self) -> bool {
            false
        }
    }
    /// Resets the subflow when its request isn't confirmed.
    "nav-gives-up-subflow" = GivesUpSubflow fails ["nav/7/unanswered-request-does-no-harm"] {
        fn reaction(&self, occasion: Occasion) -> Reaction {
            on(occasion == Occasion::Unanswered, Reaction::Reset)
        }
    }
}

/// A reaction on one occasion only.
fn on(occasion: bool, reaction: Reaction) -> Reaction {
    if occasion { reaction } else { Reaction::Nothing }
}

/// The octets with one more at the end, and the length that goes with it.
fn longer(mut octets: Vec<u8>) -> Vec<u8> {
    octets.push(0);
    if let Some(length) = octets.get_mut(1) {
        *length = 5;
    }
    octets
}

/// The octets under another unassigned subtype.
fn elsewhere(mut octets: Vec<u8>) -> Vec<u8> {
    if let Some(octet) = octets.get_mut(2) {
        let other = if *octet >> 4 == 0xe { 0xd } else { 0xe };
        *octet = other << 4 | (*octet & 0x0f);
    }
    octets
}

fn subtype(option: &[u8]) -> Option<u8> {
    option.get(2).map(|octet| octet >> 4)
}

/// Flags and address ID wherever there are as many octets, zero for what is missing.
fn salvaged(option: &[u8]) -> Option<Navigation> {
    let flags = *option.get(2)?;
    Some(Navigation {
        reserved: flags & 0x08 != 0,
        cancel: flags & 0x04 != 0,
        echo: flags & 0x02 != 0,
        backup: flags & 0x01 != 0,
        address_id: option.get(3).copied().unwrap_or_default(),
    })
}
