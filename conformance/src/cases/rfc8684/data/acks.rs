//! Data acknowledgments (RFC 8684 §3.3.2).

use mpdissect::wire::mptcp::Seq;

use super::{acks, ready, shaped, with};
use crate::case::{Axes, Case};
use crate::plan::Role;
use crate::script::{
    Act, App, Judgement, On, Opt, S0, Script, Setting, Width, ack, acknowledged, data, delivered,
    dss, established, gone, open, overruns, stream, that,
};
use crate::tester::Tester;

pub(super) static LONG_FOR_LONG: Case = Case {
    id: "rfc8684/3.3.2/64-bits-for-64-bits",
    requirements: &["8684-3.3.2-01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Data whose sequence number had 64 bits is acknowledged with 64 bits.",
    fails_when: "No data acknowledgment of 64 bits covers such data.",
    script: |_| {
        with(App::Sink)
            .act(data(S0, 4))
            .expect(that(ALL_LONG, acknowledges_all_long))
            .act(shaped(S0, 4, dss().dsn(Width::Short)))
            .expect(acknowledged(0, 9))
            .act(data(S0, 4))
            .expect(that(ALL_LONG, acknowledges_all_long))
            .unharmed(S0)
    },
};

const ALL_LONG: &str = "a data acknowledgment of 64 bits covers everything";

fn acknowledges_all_long(tester: &Tester, mark: u64) -> Judgement {
    let written = tester.written(0);
    let covers = |ack: Seq| ack.width() == 8 && tester.acknowledged(0, ack) == Some(written);
    let found = tester.since(mark).iter().find(|seen| acks(seen).is_some_and(covers));
    found.map_or(Judgement::NotYet, |seen| Judgement::Yes(seen.packet))
}

pub(super) static EITHER_WIDTH: Case = Case {
    id: "rfc8684/3.3.2/either-width-of-acknowledgment",
    requirements: &["8684-3.3.2-02"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Data acknowledgments of 32 and of 64 bits move the window on.",
    fails_when: "The target stops sending because one kind doesn't count.",
    script: |_| {
        let width = |width| Setting::DataAckWidth { conn: 0, width };
        Script::new()
            .act(open().app(App::Source).window(3000))
            .given(established(S0))
            .given(stream(0, 1000))
            .act(width(Width::Short))
            .expect(stream(0, 8000))
            .act(width(Width::Long))
            .expect(stream(0, 8000))
            .alive(S0)
    },
};

pub(super) static WINDOW_NEEDS_DATA_ACK: Case = Case {
    id: "rfc8684/3.3.2/window-without-data-acknowledgment",
    requirements: &["8684-3.3.2-03"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A window that comes without a data acknowledgment doesn't hold for the connection.",
    fails_when: "The target sends more than the last window with a data acknowledgment allows.",
    script: |_| {
        let signals = |signals| Setting::Signals { on: S0, signals };
        let moves = |moves| Setting::DataAcks { conn: 0, moves };
        ready(open().app(App::Source).window(2000))
            .given(stream(0, 1000).from_start())
            .act(signals(false))
            .act(moves(false))
            .act(Setting::Window { on: S0, octets: 60_000 })
            .never(overruns(On::Conn(0)).within_ms(300))
            .act(signals(true))
            .act(moves(true))
            .expect(stream(0, 4000))
            .alive(S0)
    },
};

pub(super) static WITHOUT_DATA_ACK: Case = Case {
    id: "rfc8684/3.3.2/without-data-acknowledgment",
    requirements: &["8684-3.3.2-07"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Segments whose DSS doesn't acknowledge, and ACKs without any, are as good as others.",
    fails_when: "Data of such a segment isn't acknowledged, or the connection suffers.",
    script: |_| {
        with(App::Sink)
            .act(ack(S0).only([Opt::Timestamps]))
            .act(shaped(S0, 4, dss().data_ack(None)))
            .act(ack(S0).only([Opt::Timestamps]))
            .act(shaped(S0, 4, dss().data_ack(None).dsn(Width::Short)))
            .expect(acknowledged(0, 9))
            .expect(delivered(S0))
            .never(gone(S0).within_ms(100))
            .act(Act::Write { on: S0, octets: 4 })
            .expect(acknowledged(0, 13))
            .unharmed(S0)
    },
};
