//! What is kept until it is acknowledged, and sent again (RFC 8684 §3.3.2, §3.3.6, §4).

use mpdissect::wire::tcp::Flags;

use crate::case::{Axes, Case};
use crate::cases::setup::{flowing, joined, prio};
use crate::plan::Role;
use crate::script::{
    Act, App, Opt, S0, S1, Script, Setting, ack, carried, delivered, established, open, resent,
    retransmits, spares, stream,
};

/// A window that is soon full, in octets.
const WINDOW: u32 = 4000;

pub(super) static UNTIL_DATA_ACK: Case = Case {
    id: "rfc8684/3.3.2/kept-until-acknowledged",
    requirements: &["8684-3.3.2-04", "8684-3.3.6-02"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Data that was acknowledged on its subflow alone is sent on another when that one ends.",
    fails_when: "The data never comes again, so that the stream has a gap.",
    script: |plan| {
        let moves = |moves| Setting::DataAcks { conn: 0, moves };
        Script::new()
            .act(open().app(App::Source).window(WINDOW))
            .given(established(S0))
            .and(joined(plan, S1))
            // What comes now comes on the second subflow; with more than a window of it, nothing of
            // the first one is left.
            .act(ack(S0).with(prio(true)))
            .given(spares(S0, &[S1], u64::from(WINDOW) * 2))
            .act(moves(false))
            .given(carried(&[S1], 500))
            .act(ack(S0).with(prio(false)))
            .act(ack(S1).flags(Flags::RST | Flags::ACK).only([Opt::Timestamps]))
            .expect(resent(S1, Some(S0)))
            .act(moves(true))
            .expect(stream(0, 2000))
            .unharmed(S0)
    },
};

pub(super) static NOT_INFERRED: Case = Case {
    id: "rfc8684/4/subflow-acknowledgments-are-no-data-acknowledgments",
    requirements: &["8684-4-01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Data that is acknowledged on its subflow alone is sent once more after a while.",
    fails_when: "The data is taken for delivered.",
    script: |plan| {
        let moves = |moves| Setting::DataAcks { conn: 0, moves };
        flowing(plan, 1)
            .act(moves(false))
            .expect(resent(S0, None))
            .act(moves(true))
            .expect(stream(0, 1000))
            .unharmed(S0)
    },
};

pub(super) static ORIGINAL_GOES_ON: Case = Case {
    id: "rfc8684/3.3.6/original-subflow-goes-on",
    requirements: &["8684-3.3.6-01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Data that arrived on another subflow is still retransmitted on its own.",
    fails_when: "The retransmissions on the first subflow end.",
    script: |plan| {
        flowing(plan, 2)
            // There has to be something that only the second subflow has.
            .act(ack(S0).with(prio(true)))
            .given(spares(S0, &[S1], 1000))
            .act(Setting::Acks { on: S1, acks: false })
            .given(carried(&[S1], 500))
            .act(ack(S0).with(prio(false)))
            .given(resent(S1, Some(S0)))
            .act(Act::Write { on: S0, octets: 1 })
            .given(delivered(S0))
            .expect(retransmits(S1))
            .act(Setting::Acks { on: S1, acks: true })
            .act(ack(S0).with(prio(true)))
            .expect(carried(&[S1], 500))
    },
};
