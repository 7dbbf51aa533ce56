//! Several options of one subtype in one segment.

use mpdissect::wire::mptcp::KIND;

use super::{exactly, quiet, ready, roomy};
use crate::case::{Axes, Case};
use crate::cases::setup::own_address;
use crate::plan::{Family, Role};
use crate::script::{Address, Opt, Proof, S0, ack, add_addr_echo, data, delivered, seen, sf};

/// The mapping of a segment, without the data acknowledgment: two of them fit.
const MAPPING: Opt = Opt::DssWithout { data_ack: false, mapping: true };

/// The data acknowledgment alone.
const DATA_ACK: Opt = Opt::DssWithout { data_ack: true, mapping: false };

pub(super) static EQUAL_MAPPINGS: Case = Case {
    id: "rfc9293/3.1/equal-options",
    requirements: &["9293-3.1-17"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A DSS that a segment has twice says what it says once.",
    fails_when: "Data isn't acknowledged because its DSS is there twice.",
    script: |_| {
        quiet()
            .act(data(S0, 1).only([MAPPING, MAPPING]))
            .act(ack(S0).only([DATA_ACK, DATA_ACK]))
            .act(data(S0, 1))
            .expect(delivered(S0))
    },
};

pub(super) static CONTRADICTIONS: Case = Case {
    id: "rfc9293/3.1/contradictions",
    requirements: &["9293-3.1-17"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Options of one segment that contradict one another are survived, and none of them \
              gets around its authentication.",
    fails_when: "An ADD_ADDR with a wrong HMAC is echoed beside one with a right one, or the host \
                 is dead.",
    script: |plan| {
        let elsewhere = vec![KIND, 14, 0x20, 0x04, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 1, 0, 1];
        let truncated = vec![KIND, 6, 0x20, 0x04, 0, 0];
        // MP_JOIN as on a SYN, beside MP_CAPABLE.
        let join = vec![KIND, 12, 0x10, 1, 1, 2, 3, 4, 5, 6, 7, 8];
        let forged =
            Opt::AddAddr { id: 4, address: Address::Tester(4), port: None, hmac: Proof::Wrong };
        // Two announcements of IPv6 don't fit.
        let announced = match plan.family {
            Family::V4 => vec![own_address(3), forged],
            Family::V6 => vec![forged, Opt::Raw(vec![KIND, 4, 0x40, 4])],
        };
        quiet()
            .and(ready(roomy(1)))
            .act(ack(S0).only(announced))
            .act(data(S0, 1).with(Opt::Raw(truncated)))
            .act(data(sf(1, 0), 1).only([MAPPING, Opt::Raw(elsewhere)]))
            .act(roomy(2).handshake(exactly(&[Opt::Mss(536), Opt::Own, Opt::Raw(join)])))
            .never(seen(add_addr_echo(4)))
            .reachable(3)
    },
};
