//! DATA_FIN and the end of a connection (RFC 8684 §3.3.3).

use mpdissect::wire::mptcp::MptcpOption;
use mpdissect::wire::tcp::Flags;

use super::{dss_of, no_more_than, shaped, with};
use crate::case::{Axes, Case};
use crate::cases::setup::{flowing, joined};
use crate::plan::Role;
use crate::script::{
    Act, App, Expectation, Judgement, On, OptPattern, Order, Pattern, S0, S1, Script, Segment,
    Setting, Sf, ack, acknowledged, carried, closed, data, delivered, dss, established, gone, join,
    seen, stream, that,
};
use crate::tester::Tester;

/// A DATA_FIN without data, so many octets behind what was written.
fn data_fin(on: Sf, place: i32) -> Segment {
    ack(on).shaped(dss().fin()).place(place)
}

/// The target's DATA_FIN.
fn its_data_fin() -> Expectation {
    seen(OptPattern::Where {
        name: "dss with DATA_FIN",
        check: |option| matches!(option, MptcpOption::Dss(dss) if dss.data_fin),
    })
    .within_ms(8000)
}

/// A subflow ends with FIN, some time after the host and its application had their say.
fn ends(on: Sf) -> Expectation {
    closed(on).within_ms(8000)
}

/// No RST ends a subflow that should end with FIN.
fn no_reset() -> Expectation {
    let pattern = Pattern { on: On::Conn(0), ..Pattern::default() };
    seen(pattern.set(Flags::RST)).from_start().within_ms(50)
}

/// A connection on which 20 octets came back.
fn exchanged() -> Script {
    with(App::Echo).act(data(S0, 20)).given(stream(0, 21).from_start())
}

pub(super) static ALONE: Case = Case {
    id: "rfc8684/3.3.3/data-fin-without-data",
    requirements: &["8684-3.3.3-01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A DATA_FIN without data maps one octet, the next of the data, to place 0.",
    fails_when: "Such a DATA_FIN has another length, subflow sequence number or data sequence number.",
    script: |_| {
        exchanged()
            .act(Act::DataFin(S0))
            .given(its_data_fin())
            .never(
                that("a DATA_FIN without data is mapped otherwise", fin_is_wrong)
                    .from_start()
                    .within_ms(50),
            )
            .expect(ends(S0))
            .reachable(1)
    },
};

fn fin_is_wrong(tester: &Tester, mark: u64) -> Judgement {
    for seen in tester.since(mark).iter().filter(|seen| seen.payload_len == 0) {
        let Some(dss) = dss_of(seen).filter(|dss| dss.data_fin) else { continue };
        let right = dss.mapping.is_some_and(|mapping| {
            let place = tester.place(0, mapping.dsn);
            mapping.ssn == 0 && mapping.length == 1 && place == Some(tester.in_order(0))
        });
        if !right {
            return Judgement::Yes(seen.packet);
        }
    }
    Judgement::NotYet
}

pub(super) static WAITS: Case = Case {
    id: "rfc8684/3.3.3/no-end-before-everything-is-acknowledged",
    requirements: &["8684-3.3.3-02"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "The last subflow stays as long as data lacks its data acknowledgment.",
    fails_when: "The last subflow ends while data isn't acknowledged at the data level.",
    script: |_| {
        let moves = |moves| Setting::DataAcks { conn: 0, moves };
        with(App::Echo)
            .given(stream(0, 1).from_start())
            .act(moves(false))
            .act(data(S0, 20))
            .given(stream(0, 20))
            .act(Act::DataFin(S0))
            .given(its_data_fin())
            .never(closed(S0).within_ms(300))
            .never(gone(S0).within_ms(50))
            .act(moves(true))
            .expect(ends(S0))
            .reachable(1)
    },
};

pub(super) static ORDERLY: Case = Case {
    id: "rfc8684/3.3.3/orderly-close",
    requirements: &["8684-3.3.3-03"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Once both DATA_FINs are acknowledged, the subflow ends with FIN.",
    fails_when: "The DATA_FIN isn't acknowledged or answered, or no FIN follows, or a RST does.",
    script: |_| {
        exchanged()
            .act(Act::DataFin(S0))
            .expect(acknowledged(0, 22))
            .expect(its_data_fin())
            .expect(ends(S0))
            .never(no_reset())
            .reachable(1)
    },
};

pub(super) static TARGET_FIRST: Case = Case {
    id: "rfc8684/3.3.3/target-closes-first",
    requirements: &["8684-3.3.3-03"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A target whose application closes says so with a DATA_FIN, and then with FIN.",
    fails_when: "There is no DATA_FIN, or no FIN once it was acknowledged and answered.",
    script: |_| {
        exchanged()
            .act(Order::Close(0))
            .expect(its_data_fin())
            .act(Act::DataFin(S0))
            .expect(ends(S0))
            .never(no_reset())
            .reachable(1)
    },
};

pub(super) static SIMULTANEOUS: Case = Case {
    id: "rfc8684/3.3.3/simultaneous-close",
    requirements: &["8684-3.3.3-03"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "DATA_FINs that cross are both acknowledged, and FINs follow.",
    fails_when: "A DATA_FIN isn't acknowledged, or no FIN follows, or a RST does.",
    script: |_| {
        exchanged()
            .act(Order::Close(0))
            .act(Act::DataFin(S0))
            .expect(acknowledged(0, 22))
            .expect(its_data_fin())
            .expect(ends(S0))
            .never(no_reset())
            .reachable(1)
    },
};

pub(super) static ALL_SUBFLOWS: Case = Case {
    id: "rfc8684/3.3.3/every-subflow-ends-with-fin",
    requirements: &["8684-3.3.3-03"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "When the connection has ended, each of its subflows ends with FIN.",
    fails_when: "A subflow doesn't end, or ends with RST.",
    script: |plan| {
        with(App::Echo)
            .and(joined(plan, S1))
            .act(Act::Write { on: S1, octets: 4 })
            .given(delivered(S1))
            .act(Act::DataFin(S1))
            .expect(ends(S0))
            .expect(ends(S1))
            .never(no_reset())
            .reachable(1)
    },
};

pub(super) static STALLED_SUBFLOW: Case = Case {
    id: "rfc8684/3.3.3/fin-on-a-stalled-subflow",
    requirements: &["8684-3.3.3-04"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A subflow that doesn't answer any more is closed with FIN like the others.",
    fails_when: "There is no FIN on it.",
    script: |plan| {
        flowing(plan, 2)
            .act(Setting::Acks { on: S1, acks: false })
            .given(carried(&[S0], 4000))
            .act(Act::DataFin(S0))
            .given(ends(S0))
            .act(Setting::Acks { on: S1, acks: true })
            .expect(ends(S1).from_start())
            .reachable(1)
    },
};

pub(super) static BEFORE_DATA: Case = Case {
    id: "rfc8684/3.3.3/data-fin-before-its-data",
    requirements: &["8684-3.3.3-s01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A DATA_FIN is acknowledged only once all data before it is there.",
    fails_when: "The DATA_FIN is acknowledged while data is missing, or not when it is there.",
    script: |_| {
        with(App::Sink)
            .act(data_fin(S0, 4))
            .never(no_more_than(1))
            .act(data(S0, 4))
            .act(data_fin(S0, 0))
            .expect(acknowledged(0, 6))
            .expect(ends(S0))
            .reachable(1)
    },
};

pub(super) static WITH_DATA: Case = Case {
    id: "rfc8684/3.3.3/data-fin-with-data",
    requirements: &["8684-3.3.3-s01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A DATA_FIN behind the payload of its segment is acknowledged as one octet more.",
    fails_when: "The data or the DATA_FIN isn't acknowledged.",
    script: |_| {
        with(App::Echo)
            .act(shaped(S0, 10, dss().fin()))
            .expect(acknowledged(0, 12))
            .expect(stream(0, 11).from_start())
            .expect(ends(S0))
            .reachable(1)
    },
};

pub(super) static ACROSS_SUBFLOWS: Case = Case {
    id: "rfc8684/3.3.3/data-fin-overtakes-on-another-subflow",
    requirements: &["8684-3.3.3-s01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A DATA_FIN that comes on one subflow before the data of another one waits for it.",
    fails_when: "The DATA_FIN is acknowledged while data is missing, or the end doesn't come.",
    script: |plan| {
        let before = match plan.role {
            Role::Listener => 2,
            Role::Initiator => 1,
        };
        with(App::Sink)
            .and(joined(plan, S1))
            .act(shaped(S1, 4, dss().fin()).place(4))
            .never(no_more_than(before))
            .act(data(S0, 4))
            .expect(acknowledged(0, before + 9))
            .expect(ends(S0))
            .expect(ends(S1))
            .reachable(1)
    },
};

pub(super) static REPEATED: Case = Case {
    id: "rfc8684/3.3.3/data-fin-once-more",
    requirements: &["8684-3.3.3-s01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A DATA_FIN that comes several times, alone and with data, takes one place.",
    fails_when: "More is acknowledged than there is, or the end doesn't come.",
    script: |_| {
        with(App::Echo)
            .act(shaped(S0, 4, dss().fin()))
            .act(data_fin(S0, 0))
            .act(data_fin(S0, 0))
            .expect(acknowledged(0, 6))
            .never(
                that("something that wasn't sent is acknowledged", |tester, _| {
                    tester.overacked(0).map_or(Judgement::NotYet, Judgement::Yes)
                })
                .within_ms(100),
            )
            .expect(ends(S0))
            .reachable(1)
    },
};

pub(super) static WITHOUT_DATA_FIN: Case = Case {
    id: "rfc8684/3.3.3/fin-without-data-fin",
    requirements: &["8684-3.3.3-s02"],
    roles: Role::LISTENER,
    needs: &[],
    axes: Axes::Plain,
    summary: "A FIN on the only subflow without a DATA_FIN doesn't end the connection.",
    fails_when: "The connection can't be joined any more, or data isn't acknowledged then.",
    script: |_| {
        with(App::Echo)
            .given(stream(0, 1).from_start())
            .act(Act::Fin(S0))
            .given(delivered(S0))
            .act(join(S1))
            .expect(established(S1))
            .act(Act::Write { on: S1, octets: 8 })
            .expect(stream(0, 9).from_start())
            .unharmed(S1)
    },
};
