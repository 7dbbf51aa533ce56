//! In which segments the option may be, and that it does no harm in any of them, whether the target
//! knows it or not (§3).

use mpdissect::wire::mptcp::{JoinAck, MaxSubflowsLayout, MpJoin, MptcpOption};
use mpdissect::wire::tcp::Flags;

use super::words::{
    able, abort, asking, attempt, configured, generous, grows, opening, sent, session, unharmed,
};
use crate::case::{Axes, Case, Need};
use crate::cases::setup::{connection, joined, own_address};
use crate::plan::{Plan, Role};
use crate::script::{
    Answer, App, Handshake, HandshakeSegment, Opening, OptPattern, Pattern, S0, S1, Script,
    Segment, Setting, ack, data, delivered, established, fell_back, seen, sf,
};

pub(super) static ON_ACK: Case = Case {
    id: "maxsf/3/on-ack",
    requirements: &["maxsf-3-21"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::EVERY_LAYOUT,
    summary: "The option on a bare acknowledgment does no harm.",
    fails_when: "It closes a subflow because of the option on an acknowledgment.",
    script: |plan| carried(plan, [ack(S0)]),
};

pub(super) static ON_DUPLICATE_ACK: Case = Case {
    id: "maxsf/3/on-duplicate-ack",
    requirements: &["maxsf-3-21"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::EVERY_LAYOUT,
    summary: "The option on one duplicate acknowledgment after the other does no harm.",
    fails_when: "It closes a subflow because of the option on repeated acknowledgments.",
    script: |plan| carried(plan, [ack(S0), ack(S0), ack(S0), ack(S0)]),
};

pub(super) static ON_DATA: Case = Case {
    id: "maxsf/3/on-data",
    requirements: &["maxsf-3-21"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::EVERY_LAYOUT,
    summary: "Data beside the option is taken in.",
    fails_when: "It doesn't acknowledge data that stands beside the option.",
    script: |plan| {
        let both = data(S0, 100).with(asking(plan, generous(plan)));
        session(0).act(both).expect(delivered(S0)).and(unharmed())
    },
};

pub(super) static BESIDE_ADD_ADDR: Case = Case {
    id: "maxsf/3/beside-add-addr",
    requirements: &["maxsf-3-21"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::EVERY_LAYOUT,
    summary: "The option beside ADD_ADDR does no harm.",
    fails_when: "It closes a subflow because of the option beside ADD_ADDR.",
    script: |plan| {
        let address = own_address(4);
        carried(plan, [ack(S0).only([address])])
    },
};

/// The option on these segments, which nothing follows from that is looked at here.
fn carried(plan: &Plan, segments: impl IntoIterator<Item = Segment>) -> Script {
    let option = asking(plan, generous(plan));
    segments
        .into_iter()
        .fold(session(0), |script, segment| script.act(segment.with(option.clone())))
        .and(unharmed())
}

pub(super) static ON_THIRD_ACK: Case = Case {
    id: "maxsf/3/on-third-ack",
    requirements: &["maxsf-3-21"],
    roles: Role::LISTENER,
    needs: &[],
    axes: Axes::EVERY_LAYOUT,
    summary: "The option beside MP_CAPABLE on the third ACK leaves the handshake whole.",
    fails_when: "The handshake fails because of the option on the third ACK.",
    script: |plan| {
        let handshake = Handshake { third: behind(plan), ..Handshake::default() };
        // The option space is filled up to its end; layout C is an octet too long for that.
        let timestamps = plan.layout != MaxSubflowsLayout::C;
        shaken_by(Opening { handshake, timestamps, ..opening(0, App::Echo) })
    },
};

pub(super) static ON_SYN_BEHIND: Case = Case {
    id: "maxsf/3/on-syn-behind",
    requirements: &["maxsf-3-22"],
    roles: Role::LISTENER,
    needs: &[],
    axes: Axes::EVERY_LAYOUT,
    summary: "The option behind MP_CAPABLE on the SYN leaves the handshake whole.",
    fails_when: "It doesn't accept MP_CAPABLE with the option behind it.",
    script: |plan| {
        let syn = behind(plan);
        shaken(Handshake { syn, ..Handshake::default() }).reachable(1)
    },
};

pub(super) static ON_SYN_BEFORE: Case = Case {
    id: "maxsf/3/on-syn-before",
    requirements: &["maxsf-3-22"],
    roles: Role::LISTENER,
    needs: &[],
    axes: Axes::EVERY_LAYOUT,
    summary: "The option before MP_CAPABLE on the SYN leaves the handshake whole.",
    fails_when: "It doesn't accept MP_CAPABLE with the option before it.",
    script: |plan| {
        let before = vec![asking(plan, generous(plan))];
        let syn = HandshakeSegment { before, ..HandshakeSegment::default() };
        shaken(Handshake { syn, ..Handshake::default() }).reachable(1)
    },
};

pub(super) static ON_SYN_ACK: Case = Case {
    id: "maxsf/3/on-syn-ack",
    requirements: &["maxsf-3-21", "maxsf-3-22"],
    roles: Role::INITIATOR,
    needs: &[],
    axes: Axes::EVERY_LAYOUT,
    summary: "The option beside MP_CAPABLE on the SYN/ACK leaves the handshake whole.",
    fails_when: "It doesn't accept MP_CAPABLE with the option behind it.",
    script: |plan| {
        let syn_ack = behind(plan);
        shaken(Handshake { syn_ack, ..Handshake::default() })
    },
};

/// The option behind MP_CAPABLE.
fn behind(plan: &Plan) -> HandshakeSegment {
    let after = vec![asking(plan, generous(plan))];
    HandshakeSegment { after, ..HandshakeSegment::default() }
}

/// A connection with this handshake is one of MPTCP, and carries data. One without anything odd
/// comes first: it shows that the target can be reached.
fn shaken(handshake: Handshake) -> Script {
    shaken_by(Opening { handshake, ..opening(0, App::Echo) })
}

fn shaken_by(odd: Opening) -> Script {
    session(2).act(odd).expect(established(S0)).and(unharmed()).never(fell_back(0)).alive(S0)
}

pub(super) static JOIN_NOT_DISPLACED: Case = Case {
    id: "maxsf/3/join-not-displaced",
    requirements: &["maxsf-3-23"],
    roles: Role::INITIATOR,
    needs: &[Need::MaxSubflows, Need::Operator],
    axes: Axes::Plain,
    summary: "The third ACK of the target's join has MP_JOIN, also while an announcement waits.",
    fails_when: "It sends its announcement in the place of MP_JOIN.",
    script: |plan| {
        let whole = OptPattern::Where {
            name: "MP_JOIN of 24 octets",
            check: |it| matches!(it, MptcpOption::MpJoin(MpJoin::Ack(JoinAck { .. }))),
        };
        able(plan)
            .and(configured(plan.target_max, true))
            .act(Setting::Experiments(Answer::Silence))
            .and(connection(App::Echo))
            .act(attempt(plan, S1))
            .given(seen(Pattern::default().on(S1).clear(Flags::SYN)))
            .expect(seen(Pattern::from(whole).on(S1)))
            .alive(S0)
    },
};

pub(super) static TOLERATED: Case = Case {
    id: "maxsf/3/tolerated",
    requirements: &["maxsf-3-27"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::EVERY_LAYOUT,
    summary: "Whatever its value, the option on data and on acknowledgments brings about no RST and no fallback.",
    fails_when: "It resets the connection or falls back because of the option.",
    script: |plan| {
        [4, 1, 0, plan.layout.max()]
            .into_iter()
            .fold(session(0), |script, value| {
                let option = asking(plan, value);
                let on_ack = ack(S0).with(option.clone());
                script.act(on_ack).act(data(S0, 8).with(option))
            })
            .expect(delivered(S0))
            .never(fell_back(0))
            .and(unharmed())
    },
};

pub(super) static TOLERATED_BY_JOINS: Case = Case {
    id: "maxsf/3/tolerated-by-joins",
    requirements: &["maxsf-3-27"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::EVERY_LAYOUT,
    summary: "After the option with the largest value a subflow is joined as on a connection without it.",
    fails_when: "It handles joins in another way because of the option.",
    script: |plan| {
        let control = sf(2, 1);
        session(2)
            .and(joined(plan, control))
            .act(abort(2))
            .and(session(0))
            .and(sent(S0, asking(plan, plan.layout.max())))
            .and(grows(plan, S1))
            .alive(S0)
    },
};
