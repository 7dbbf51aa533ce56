//! Options of kind 30 whose length is possible, but not for their subtype.

use mpdissect::wire::mptcp::KIND;

use super::super::setup::flowing;
use super::{filled, quiet};
use crate::case::{Axes, Case};
use crate::cases::setup::own_address;
use crate::plan::{Family, Role};
use crate::script::{
    Act, App, Handshake, HandshakeSegment, Key, Opt, Own, S0, S1, Script, ack, add_addr_echo,
    carried, data, delivered, fell_back, gone, open, seen, sf,
};

pub(super) static SHORT_BEFORE_DSS: Case = Case {
    id: "rfc9293/3.1/short-before-dss",
    requirements: &["9293-3.1-15"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Options of kind 30 with 2 or 3 octets leave the DSS behind them in force.",
    fails_when: "Data isn't acknowledged because of a very short option before its DSS.",
    script: |_| {
        let none = Opt::Raw(vec![KIND, 2]);
        let short = (0x0..=0xf).map(|subtype: u8| Opt::Raw(vec![KIND, 3, subtype << 4]));
        std::iter::once(none)
            .chain(short)
            .fold(quiet(), |script, option| script.act(data(S0, 1).before(option)))
            .expect(delivered(S0))
    },
};

pub(super) static ON_HANDSHAKE: Case = Case {
    id: "rfc9293/3.1/wrong-length-of-capable",
    requirements: &["9293-3.1-16"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "An MP_CAPABLE of a length that doesn't exist isn't there: plain TCP.",
    fails_when: "The target takes up such an MP_CAPABLE, or doesn't go on with plain TCP.",
    script: |_| {
        let lengths = [3, 5, 11, 13];
        (0..).zip(lengths).fold(Script::new(), |script, (conn, length)| {
            let wrong = HandshakeSegment {
                own: Own::Instead(filled(&[KIND, length, 0x01, 0x01], length)),
                ..HandshakeSegment::default()
            };
            let handshake =
                Handshake { syn: wrong.clone(), syn_ack: wrong, ..Handshake::default() };
            script
                .act(open().conn(conn).app(App::Echo).handshake(handshake))
                .expect(fell_back(conn))
                .unharmed(sf(conn, 0))
        })
    },
};

pub(super) static ON_ACK: Case = Case {
    id: "rfc9293/3.1/wrong-lengths",
    requirements: &["9293-3.1-16"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Options of every length that their subtype doesn't have take no effect.",
    fails_when: "An ADD_ADDR or MP_FASTCLOSE of a wrong length is heeded, or the connection or host \
                 is no longer usable.",
    script: |plan| {
        let (fastclose, announcement) = match plan.family {
            Family::V4 => (13, 17),
            Family::V6 => (13, 29),
        };
        // One octet more than there should be, and a length that says so.
        let longer = |option, length| [Opt::Lying(Box::new(option), length), Opt::Raw(vec![0x6a])];
        wrong_lengths()
            .fold(quiet(), |script, options| script.act(ack(S0).only(options)))
            .act(ack(S0).only(longer(own_address(3), announcement)))
            .act(ack(S0).only(longer(Opt::Fastclose(Key::Targets), fastclose)))
            .never(seen(add_addr_echo(3)))
            .never(gone(S0))
            .unharmed(S0)
            .reachable(1)
    },
};

/// Option areas that hold each assigned subtype in each length from 3 octets on that it doesn't
/// have, two options in each area where two fit.
fn wrong_lengths() -> impl Iterator<Item = Vec<Opt>> {
    SUBTYPES.into_iter().flat_map(|(subtype, flags, legal)| {
        let option = move |length: u8| {
            let wrong = length >= 3 && !legal.contains(&length);
            wrong.then(|| filled(&[KIND, length, subtype << 4, flags], length))
        };
        let pairs = (3..=20).map(move |length| [option(length), option(40 - length)]);
        let alone = [38, 39, 40].into_iter().map(move |length| [option(length), None]);
        pairs
            .chain(alone)
            .map(|pair| pair.into_iter().flatten().collect())
            .filter(|options: &Vec<Opt>| !options.is_empty())
    })
}

/// A subtype, an octet of flags to stand behind it, and the lengths that it has with them.
type Assigned = (u8, u8, &'static [u8]);

/// The assigned subtypes that don't have every length.
const SUBTYPES: [Assigned; 8] = [
    (0x0, 0x01, &[4, 12, 20, 22, 24]),
    (0x1, 0x00, &[12, 16, 24]),
    (0x2, 0x0f, &[26, 28]),
    (0x3, 0x07, &[8, 10, 16, 18, 20, 22, 28, 30]),
    (0x5, 0x00, &[3]),
    (0x6, 0x00, &[12]),
    (0x7, 0x00, &[12]),
    (0x8, 0x00, &[4]),
];

pub(super) static PRIORITY: Case = Case {
    id: "rfc9293/3.1/wrong-length-of-prio",
    requirements: &["9293-3.1-16"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "An MP_PRIO of 4 octets, which only version 0 has, takes no effect.",
    fails_when: "The subflow becomes a backup.",
    script: |plan| {
        flowing(plan, 2)
            .act(data(S1, 1).before(Opt::Raw(vec![KIND, 4, 0x51, 0x01])))
            .given(delivered(S1))
            .act(Act::Wait(std::time::Duration::from_millis(20)))
            .expect(carried(&[S1], 1000))
    },
};
