//! What comes later: repeats, contradictions, other values, the end of MPTCP or of the connection
//! (§2 and §3).

use std::time::Duration;

use mpdissect::wire::mptcp::KIND;
use mpdissect::wire::tcp::Flags;

use super::words::{
    able, absent, announced, answer, asking, attempt, carries, generous, grown, grows, opening,
    sent, session, stands, telling, unharmed,
};
use crate::case::{Axes, Case, Need};
use crate::plan::{Plan, Role};
use crate::script::{
    Act, App, Handshake, HandshakeSegment, Opening, OptPattern, Own, Pattern, S0, S1, S2, Script,
    ack, closed, data, delivered, established, fell_back, seen, sf, stream,
};

pub(super) static REPEAT_CHANGES_NOTHING: Case = Case {
    id: "maxsf/2/repeat-changes-nothing",
    requirements: &["maxsf-2-26"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A maximum of 2 that is announced four times is still 2.",
    fails_when: "It counts repeats of a maximum for more or for less.",
    script: |plan| {
        (0..3)
            .fold(able(plan).and(session(0)).and(announced(plan, S0, 2)), |script, _| {
                script.and(sent(S0, asking(plan, 2)))
            })
            .and(grows(plan, S1))
            .and(stands(plan, S2))
    },
};

pub(super) static CONTRADICTION_WITHIN_BOUNDS: Case = Case {
    id: "maxsf/2/contradiction-within-bounds",
    requirements: &["maxsf-2-26"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "Of the maxima 1 and 2 in one segment one is in force: there is room for one more, not two.",
    fails_when: "Neither of two maxima in one segment is in force.",
    script: |plan| {
        able(plan)
            .and(session(0))
            .and(contradiction(plan))
            .act(attempt(plan, S1))
            // On a bad link the last one must not come first.
            .act(Act::Wait(Duration::from_secs(1)))
            .act(attempt(plan, S2))
            .never(absent(plan, S2))
            .alive(S0)
    },
};

pub(super) static CONTRADICTION_DOES_NO_HARM: Case = Case {
    id: "maxsf/2/contradiction-does-no-harm",
    requirements: &["maxsf-2-26"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "Two different maxima in one segment leave its subflow unharmed.",
    fails_when: "It closes a subflow that carried two different maxima.",
    script: |plan| {
        let both = ack(S0).with(telling(plan, 2)).with(telling(plan, 3));
        let over = Duration::from_millis(60);
        session(0).act(Act::Flood { segments: vec![both], rounds: 6, over }).and(unharmed())
    },
};

fn contradiction(plan: &Plan) -> Script {
    let both = ack(S0).with(asking(plan, 1)).with(asking(plan, 2));
    Script::new().act(both).given(seen(answer(plan)))
}

pub(super) static ON_SECOND_SUBFLOW: Case = Case {
    id: "maxsf/3/on-second-subflow",
    requirements: &["maxsf-3-17"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A maximum of 2 that was announced on the second subflow leaves no room for a third.",
    fails_when: "It ignores a maximum that isn't announced on the first subflow.",
    script: |plan| {
        session(0).and(grown(plan, S1)).and(sent(S1, telling(plan, 2))).and(stands(plan, S2))
    },
};

pub(super) static LOWERED: Case = Case {
    id: "maxsf/3/lowered",
    requirements: &["maxsf-3-18"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A maximum that is lowered to 2 leaves no room for a third subflow.",
    fails_when: "It keeps to the higher maximum that was announced before.",
    script: |plan| {
        session(0)
            .and(announced(plan, S0, generous(plan)))
            .and(grown(plan, S1))
            .and(announced(plan, S0, 2))
            .and(stands(plan, S2))
    },
};

pub(super) static LOWERED_BELOW_OPEN: Case = Case {
    id: "maxsf/3/lowered-below-open",
    requirements: &["maxsf-3-18"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A maximum that is lowered to 1 while two subflows are open leaves the connection alive.",
    fails_when: "It gives up the connection when the maximum falls below what is open.",
    script: |plan| {
        session(0)
            .and(announced(plan, S0, generous(plan)))
            .and(grown(plan, S1))
            .act(data(S0, 8).with(telling(plan, 1)))
            .expect(delivered(S0))
            .and(unharmed())
    },
};

pub(super) static RAISED: Case = Case {
    id: "maxsf/3/raised",
    requirements: &["maxsf-3-19"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A maximum that is raised from 1 to 2 makes room for a subflow.",
    fails_when: "It keeps to the lower maximum that was announced before.",
    script: |plan| {
        // A join that is refused has a number all the same; one that isn't tried has none.
        let (refused, further) = match plan.role {
            Role::Listener => {
                (Script::new().act(attempt(plan, S1)).given(crate::script::refused(S1)), S2)
            }
            Role::Initiator => (Script::new(), S1),
        };
        able(plan)
            .and(session(0))
            .and(announced(plan, S0, 1))
            .and(refused)
            .and(announced(plan, S0, 2))
            .and(grows(plan, further))
            .alive(S0)
    },
};

pub(super) static LATE_FIRST: Case = Case {
    id: "maxsf/3/late-first",
    requirements: &["maxsf-3-20"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A maximum of 1 that comes when two subflows are open loses nothing of their data.",
    fails_when: "It resets subflows that are too many for a maximum that comes late.",
    script: |plan| {
        session(0)
            .and(grown(plan, S1))
            .and(carries(S1))
            .act(data(S0, 8).with(telling(plan, 1)))
            .expect(delivered(S0))
            .act(Act::Write { on: S1, octets: 100 })
            .expect(delivered(S1))
            .alive(S0)
    },
};

pub(super) static OMISSION_REVOKES_NOTHING: Case = Case {
    id: "maxsf/3/omission-revokes-nothing",
    requirements: &["maxsf-3-25"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "A maximum of 2 still holds after seconds and fifty segments without the option.",
    fails_when: "It forgets a maximum that isn't repeated.",
    script: |plan| {
        session(0)
            .and(announced(plan, S0, 2))
            .act(Act::Wait(Duration::from_millis(2500)))
            .act(Act::Write { on: S0, octets: 25 * 536 })
            .given(stream(0, 25 * 536).within_ms(10_000))
            .and(grown(plan, S1))
            .and(stands(plan, S2))
    },
};

pub(super) static IGNORED_AFTER_FALLBACK: Case = Case {
    id: "maxsf/3/ignored-after-fallback",
    requirements: &["maxsf-3-26"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "On a connection that is plain TCP the option isn't answered and does no harm.",
    fails_when: "It sends options of MPTCP on a connection that is plain TCP, or resets it.",
    script: |plan| {
        let plain = || HandshakeSegment { own: Own::Absent, ..HandshakeSegment::default() };
        let handshake = Handshake { syn_ack: plain(), third: plain(), ..Handshake::default() };
        let plainly = Opening { handshake, ..opening(0, App::Echo) };
        Script::new()
            .act(plainly)
            .given(established(S0))
            .act(Act::Write { on: S0, octets: 8 })
            .given(delivered(S0))
            .given(fell_back(0).from_start())
            .act(data(S0, 8).only([asking(plan, 2)]))
            .act(data(S0, 8).only([telling(plan, 1)]))
            .expect(delivered(S0))
            .never(seen(Pattern::from(OptPattern::Kind(KIND)).clear(Flags::SYN)))
            .alive(S0)
    },
};

pub(super) static NOTHING_CARRIES_OVER: Case = Case {
    id: "maxsf/3/nothing-carries-over",
    requirements: &["maxsf-3-26"],
    roles: Role::BOTH,
    needs: &[Need::MaxSubflows],
    axes: Axes::Plain,
    summary: "The maximum of 1 of a connection that was closed doesn't limit the next one.",
    fails_when: "It applies the maximum of an earlier connection to the next one.",
    script: |plan| {
        able(plan)
            .and(session(0))
            .and(announced(plan, S0, 1))
            .act(Act::DataFin(S0))
            .given(closed(S0))
            .act(Act::Fin(S0))
            .and(session(1))
            .and(grows(plan, sf(1, 1)))
            .alive(sf(1, 0))
    },
};
