use mpdissect::wire::mptcp::{AddAddr, AddAddrKind, MptcpOption};

use super::super::mutants;
use crate::policy::Conformant;
use crate::script::Proof;

mutants! { paths: PathPolicy;
    /// Takes an ADD_ADDR whose HMAC is wrong.
    "base-unproven-add-addr" = TakesAnyAddAddr fails [
        "rfc9293/3.1/contradictions",
        "rfc8684/3.4.1/hmac-covers-absent-port",
        "rfc8684/3.4.1/wrong-hmac-is-ignored",
    ] {
        fn checks_add_addr_hmac(&self) -> bool { false }
    }
    /// Heeds ADD_ADDR on segments that TCP doesn't accept.
    "base-unacceptable-add-addr" = UnacceptableAddAddr fails ["rfc8684/3.4.1/acceptability"] {
        fn heeds_unacceptable(&self, option: &MptcpOption) -> bool {
            matches!(option, MptcpOption::AddAddr(_))
        }
    }
    /// Heeds REMOVE_ADDR on segments that TCP doesn't accept.
    "base-unacceptable-remove-addr" = UnacceptableRemoveAddr fails ["rfc8684/3.4.2/acceptability"] {
        fn heeds_unacceptable(&self, option: &MptcpOption) -> bool {
            matches!(option, MptcpOption::RemoveAddr(_))
        }
    }
    /// Takes an HMAC of ADD_ADDR without zeros for the port too.
    "base-portless-hmac" = PortlessHmac fails ["rfc8684/3.4.1/hmac-covers-absent-port"] {
        fn address_proofs(&self) -> &'static [Proof] { &[Proof::Right, Proof::Portless] }
    }
    /// Takes the leftmost 64 bits of the HMAC of ADD_ADDR too.
    "base-leftmost-address-hmac" = LeftmostAddress fails ["rfc8684/3.4.1/wrong-hmac-is-ignored"] {
        fn address_proofs(&self) -> &'static [Proof] { &[Proof::Right, Proof::OtherEnd] }
    }
    /// Takes an HMAC of ADD_ADDR with swapped keys too.
    "base-swapped-address-keys" = SwappedAddress fails ["rfc8684/3.4.1/wrong-hmac-is-ignored"] {
        fn address_proofs(&self) -> &'static [Proof] { &[Proof::Right, Proof::Swapped] }
    }
    /// Ignores ADD_ADDR with an unassigned bit.
    "base-minds-unassigned-bits" = MindsUnassigned fails ["rfc8684/3.4.1/reserved-bits"] {
        fn heeds_add_addr(&self, option: &AddAddr) -> bool {
            !matches!(option.kind, AddAddrKind::Fresh { reserved: 1.., .. })
        }
    }
    /// Ignores ADD_ADDR with a port.
    "base-ignores-ports" = IgnoresPorts fails [
        "rfc8684/3.4.1/echo",
        "rfc8684/3.4.1/other-port-is-joined",
    ] {
        fn heeds_add_addr(&self, option: &AddAddr) -> bool { option.port.is_none() }
    }
    /// Doesn't echo ADD_ADDR.
    "base-no-echo" = NoEcho fails ["rfc8684/3.4.1/echo"] {
        fn echo(&self, _: &AddAddr) -> Option<AddAddr> { None }
    }
    /// Echoes ADD_ADDR without its port.
    "base-echo-without-port" = EchoWithoutPort fails ["rfc8684/3.4.1/echo"] {
        fn echo(&self, option: &AddAddr) -> Option<AddAddr> {
            Some(AddAddr { port: None, ..Conformant.echo(option)? })
        }
    }
    /// Echoes ADD_ADDR with the unassigned bits as they came.
    "base-echo-with-unassigned-bits" = EchoUnassigned fails ["rfc8684/3.4.1/reserved-bits"] {
        fn echo(&self, option: &AddAddr) -> Option<AddAddr> {
            let AddAddrKind::Fresh { reserved, .. } = option.kind else { return None };
            Some(AddAddr { kind: AddAddrKind::Echo { reserved }, ..*option })
        }
    }
    /// Sets an unassigned bit of its ADD_ADDR.
    "base-unassigned-bits" = Unassigned fails ["rfc8684/3.4.1/reserved-bits-of-its-own"] {
        fn reserved_of_add_addr(&self) -> u8 { 0x1 }
    }
    /// Gives all of its addresses the ID of the first.
    "base-one-id-for-all" = OneId fails [
        "nav/2/request-where-the-traffic-is",
        "rfc8684/3.4.1/one-address-per-id",
    ] {
        fn address_id(&self, _: u8) -> u8 { 0 }
    }
    /// Goes on repeating ADD_ADDR that was echoed.
    "base-repeats-echoed" = RepeatsEchoed fails ["rfc8684/3.4.1/echo-ends-repetition"] {
        fn stops_on_echo(&self) -> bool { false }
    }
    /// Joins no other port of an address that it knows.
    "base-ignores-other-port" = IgnoresOtherPort fails ["rfc8684/3.4.1/other-port-is-joined"] {
        fn joins_other_port(&self) -> bool { false }
    }
    /// Doesn't leave addresses that were taken back.
    "base-ignores-remove-addr" = IgnoresRemoveAddr fails [
        "nav/4.1/withdrawn-id-is-ignored",
        "rfc8684/3.4.1/table-of-addresses",
        "rfc8684/3.4.2/asks-before-removal",
        "rfc8684/3.4.2/dead-path-is-reset",
    ] {
        fn honours_remove_addr(&self, _: usize) -> bool { false }
    }
    /// Heeds only the first two IDs of REMOVE_ADDR.
    "base-two-removals" = TwoRemovals fails ["rfc8684/3.4.2/unknown-and-listed-ids"] {
        fn honours_remove_addr(&self, place: usize) -> bool { place < 2 }
    }
    /// Takes REMOVE_ADDR to be about all joined addresses.
    "base-removes-every-id" = RemovesEveryId fails [
        "rfc8684/3.2/ids-name-addresses",
        "rfc8684/3.4.2/unknown-and-listed-ids",
    ] {
        fn removal_concerns(&self, _: u8, remote_id: u8) -> bool { remote_id != 0 }
    }
    /// Ends subflows to removed addresses without asking on them.
    "base-removes-unasked" = RemovesUnasked fails [
        "rfc8684/3.4.2/asks-before-removal",
        "rfc8684/3.4.2/living-path-is-kept",
    ] {
        fn questions(&self) -> u32 { 0 }
    }
    /// Ends a removed path although it answers.
    "base-ends-living-paths" = EndsLiving fails ["rfc8684/3.4.2/living-path-is-kept"] {
        fn keeps_living_paths(&self) -> bool { false }
    }
    /// Never ends a removed path that doesn't answer.
    "base-keeps-dead-paths" = KeepsDead fails ["rfc8684/3.4.2/dead-path-is-reset"] {
        fn resets_dead_paths(&self) -> bool { false }
    }
    /// Takes an address in use back without a word.
    "base-silent-removal" = SilentRemoval fails ["rfc8684/3.4.2/removal-is-announced"] {
        fn announces_removal(&self, in_use: bool) -> bool { !in_use }
    }
    /// Takes an unused address back without a word.
    "base-silent-removal-of-unused" = SilentUnused fails ["rfc8684/3.4.2/removal-of-unused"] {
        fn announces_removal(&self, in_use: bool) -> bool { in_use }
    }
    /// Closes the subflows of an address that it takes back with FIN.
    "base-withdraws-with-fin" = WithdrawsWithFin fails ["rfc8684/3.4.2/withdrawn-is-reset"] {
        fn resets_withdrawn(&self) -> bool { false }
    }
    /// Ends a subflow that works with REMOVE_ADDR.
    "base-leaves-with-removal" = LeavesWithRemoval fails ["rfc8684/3.4.2/leaves-with-fin"] {
        fn leaves_with_fin(&self) -> bool { false }
    }
}
