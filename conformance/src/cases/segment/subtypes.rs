//! Subtypes of kind 30 that no RFC assigns.

use mpdissect::wire::mptcp::KIND;

use super::{filled, opens, quiet, roomy};
use crate::case::{Axes, Case};
use crate::plan::Role;
use crate::script::{Handshake, HandshakeSegment, Opt, S0, Script, ack, data, delivered};

/// The subtypes from the first that isn't assigned on.
const UNASSIGNED: std::ops::RangeInclusive<u8> = 0x9..=0xf;

/// An option of a subtype with a length. Its flags are such that the drafts don't ask for an
/// answer either, if the subtype is theirs: E of MP_Navigation, U of the experimental option.
fn of(subtype: u8, length: u8) -> Opt {
    filled(&[KIND, length, subtype << 4 | 0x6], length)
}

pub(super) static ON_HANDSHAKE: Case = Case {
    id: "rfc9293/3.1/unknown-subtypes-on-handshake",
    requirements: &["9293-3.1-09"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Unassigned subtypes of any length on SYN, SYN/ACK and third ACK are ignored.",
    fails_when: "There is no connection, or no MPTCP, because of an unassigned subtype.",
    script: |_| {
        UNASSIGNED.enumerate().fold(Script::new(), |script, (conn, subtype)| {
            let short = || [of(subtype, 3), of(subtype, 4), of(subtype, 12)];
            // What is left of 40 octets beside MSS and the longer of the two MP_CAPABLE.
            let whole = [Opt::Mss(536), Opt::Own, of(subtype, 24)];
            let behind = |options: Vec<Opt>| HandshakeSegment {
                after: options,
                ..HandshakeSegment::default()
            };
            let syn = if subtype % 2 == 0 {
                HandshakeSegment { only: Some(whole.to_vec()), ..HandshakeSegment::default() }
            } else {
                let [a, b, c] = short();
                let around = vec![Opt::Mss(536), a, b, Opt::Own, c];
                HandshakeSegment { only: Some(around), ..HandshakeSegment::default() }
            };
            let third = behind(short().to_vec());
            let handshake = Handshake { syn: syn.clone(), syn_ack: syn, third };
            script.and(opens(roomy(conn as u8).handshake(handshake)))
        })
    },
};

pub(super) static ON_DATA: Case = Case {
    id: "rfc9293/3.1/unknown-subtypes-on-data",
    requirements: &["9293-3.1-09"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Unassigned subtypes of any length on ACKs and data are ignored.",
    fails_when: "Data isn't acknowledged because of an unassigned subtype.",
    script: |_| {
        UNASSIGNED
            .fold(quiet(), |script, subtype| {
                script
                    .act(ack(S0).only([of(subtype, 40)]))
                    .act(ack(S0).with(of(subtype, 4)))
                    .act(data(S0, 1).before(of(subtype, 3)).with(of(subtype, 4)))
                    .act(data(S0, 1).before(of(subtype, 12)))
            })
            .expect(delivered(S0))
    },
};
