//! Kinds of options: those that everybody knows, and those that nobody does.

use std::time::Duration;

use mpdissect::wire::tcp::Flags;

use super::super::setup::joined;
use super::{UNKNOWN_KIND, exactly, filled, opens, quiet, roomy, unknown};
use crate::case::{Axes, Case};
use crate::plan::Role;
use crate::script::{
    Act, App, Handshake, HandshakeSegment, Opt, Pattern, S0, S1, Script, ack, data, delivered,
    seen, sf, stream,
};

/// What the tester takes at most in one segment, in octets.
const MSS: u16 = 500;

pub(super) static BASIC_KINDS: Case = Case {
    id: "rfc9293/3.1/basic-kinds",
    requirements: &["9293-3.1-04"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "EOL, NOP and MSS beside MP_CAPABLE are understood in any order.",
    fails_when: "There is no MPTCP because of them, or the target sends more than the MSS at once.",
    script: |_| {
        let (mss, own) = (Opt::Mss(MSS), Opt::Own);
        let orders = [
            vec![Opt::Nop, mss.clone(), Opt::Nop, Opt::Nop, own.clone(), Opt::Eol],
            vec![own.clone(), Opt::Nop, mss.clone(), Opt::Nop, Opt::Eol],
            vec![Opt::Nop, Opt::Nop, own, mss],
        ];
        (0..)
            .zip(orders)
            .fold(Script::new(), |script, (conn, options)| {
                let on = sf(conn, 0);
                let opening = roomy(conn).app(App::Echo).mss(MSS).handshake(exactly(&options));
                script
                    .and(opens(opening))
                    .act(Act::Write { on, octets: 1200 })
                    .given(stream(conn, 1200))
                    .never(seen(Pattern::default().on(on).exceeding(MSS)).within_ms(50))
            })
            .reachable(3)
    },
};

pub(super) static ANY_SEGMENT: Case = Case {
    id: "rfc9293/3.1/any-segment",
    requirements: &["9293-3.1-05"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Options that mean nothing there leave SYN, ACK, data and urgent data their effect.",
    fails_when: "A handshake isn't completed, or data not acknowledged, because of an option.",
    script: |_| {
        // A DSS with a data acknowledgment, which has no place on a SYN.
        let misplaced = Opt::Raw(vec![30, 8, 0x20, 0x01, 0, 0, 0, 0]);
        let mut urgent = data(S0, 4).with(unknown(4)).flags(Flags::ACK | Flags::PSH | Flags::URG);
        urgent.urgent = 1;
        opens(roomy(0).handshake(beside(&[unknown(4), misplaced])))
            .act(ack(S0).with(unknown(4)))
            .act(data(S0, 4).with(unknown(4)))
            .act(urgent)
            .expect(delivered(S0))
            .reachable(1)
    },
};

/// A handshake in which the tester's SYN, or SYN/ACK as listener, also has these options.
fn beside(options: &[Opt]) -> Handshake {
    let syn = HandshakeSegment { after: options.to_vec(), ..HandshakeSegment::default() };
    Handshake { syn: syn.clone(), syn_ack: syn, ..Handshake::default() }
}

pub(super) static OPTIONS_ON_FIN: Case = Case {
    id: "rfc9293/3.1/options-on-fin",
    requirements: &["9293-3.1-05"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Options leave a FIN its effect.",
    fails_when: "A FIN isn't acknowledged because of an option.",
    script: |plan| {
        let fin = data(S1, 1).with(unknown(4)).flags(Flags::ACK | Flags::PSH | Flags::FIN);
        quiet().and(joined(plan, S1)).act(fin).expect(delivered(S1)).alive(S0)
    },
};

pub(super) static OPTIONS_ON_RST: Case = Case {
    id: "rfc9293/3.1/options-on-rst",
    requirements: &["9293-3.1-05"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Options leave a RST its effect.",
    fails_when: "A subflow is still there after a RST because of an option.",
    script: |plan| {
        let rst = ack(S1).flags(Flags::RST | Flags::ACK).only([unknown(4)]);
        // Nobody acknowledges a RST: often enough that one arrives, with a question behind each.
        let often = Act::Flood { segments: vec![rst, ack(S1)], rounds: 12, over: Duration::ZERO };
        quiet()
            .and(joined(plan, S1))
            .act(often)
            .act(ack(S1))
            .expect(seen(Pattern::default().on(S1).set(Flags::RST)))
            .alive(S0)
    },
};

pub(super) static UNKNOWN_ON_HANDSHAKE: Case = Case {
    id: "rfc9293/3.1/unknown-kinds-on-handshake",
    requirements: &["9293-3.1-06"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Unknown kinds before and behind MP_CAPABLE on the SYN or SYN/ACK are ignored.",
    fails_when: "There is no connection, or no MPTCP, because of an option of an unknown kind.",
    script: |_| {
        let kinds = [UNKNOWN_KIND, 200, 252].map(|kind| filled(&[kind, 4], 4));
        let [first, second, third] = kinds;
        let around = [Opt::Mss(536), first, second.clone(), Opt::Own, third, second];
        opens(roomy(0).handshake(exactly(&around))).reachable(1)
    },
};

pub(super) static UNKNOWN_ON_DATA: Case = Case {
    id: "rfc9293/3.1/unknown-kinds-on-data",
    requirements: &["9293-3.1-07"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Unknown kinds of any length around a DSS are skipped.",
    fails_when: "Data isn't acknowledged because of an option of an unknown kind.",
    script: |_| {
        quiet()
            .act(data(S0, 1).before(unknown(2)).with(unknown(3)))
            .act(data(S0, 1).before(unknown(3)).with(unknown(2)))
            .act(data(S0, 1).before(unknown(11)))
            .act(data(S0, 1).with(unknown(11)))
            .act(ack(S0).only([unknown(38)]))
            .act(data(S0, 1))
            .expect(delivered(S0))
    },
};

pub(super) static EXPERIMENTAL_KINDS: Case = Case {
    id: "rfc9293/3.1/experimental-kinds",
    requirements: &["9293-3.1-08"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Kinds 253 and 254 with an identifier that nobody knows are ignored.",
    fails_when: "There is no MPTCP, or data isn't acknowledged, because of kind 253 or 254.",
    script: |_| {
        let [one, other] = [253, 254].map(|kind| filled(&[kind, 6, 0xff, 0xee], 6));
        opens(roomy(0).handshake(beside(&[one.clone(), other.clone()])))
            .act(data(S0, 1).before(one.clone()).with(other.clone()))
            .act(data(S0, 1).before(other).with(one))
            .expect(delivered(S0))
    },
};
