//! Falling back behind the handshake (RFC 8684 §3.7).

use std::time::Duration;

use mpdissect::wire::mptcp::{KIND, MptcpOption, Subtype};

use super::{dss_of, middlebox, ready, reset_because, shaped, with};
use crate::case::{Axes, Case};
use crate::cases::setup::{announcement, confirmed};
use crate::plan::{Plan, Role};
use crate::script::{
    Act, App, Judgement, Opt, OptPattern, Pattern, S0, S1, Script, Segment, Setting, ack, count,
    data, delivered, dss, established, gone, join, open, retransmits, seen, stream, that,
};
use crate::tester::Tester;

pub(super) static EVERY_SEGMENT_IS_MAPPED: Case = Case {
    id: "rfc8684/3.7/every-segment-is-mapped",
    requirements: &["8684-3.7-03"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "As long as nothing is acknowledged, each segment with data has a mapping.",
    fails_when: "A segment or a retransmission has data and no mapping.",
    script: |_| {
        Script::new()
            .act(open().app(App::Source))
            .act(Setting::Acks { on: S0, acks: false })
            .given(retransmits(S0))
            .never(that("data without a mapping", is_unmapped).from_start().within_ms(300))
            .act(Setting::Acks { on: S0, acks: true })
            .expect(stream(0, 1000))
            .alive(S0)
    },
};

fn is_unmapped(tester: &Tester, mark: u64) -> Judgement {
    let mapped = |option: &MptcpOption| match option {
        MptcpOption::Dss(dss) => dss.mapping.is_some(),
        MptcpOption::MpCapable(_) => true,
        _ => false,
    };
    let found = tester
        .since(mark)
        .iter()
        .find(|seen| seen.payload_len > 0 && !seen.well_formed().any(mapped));
    found.map_or(Judgement::NotYet, |seen| Judgement::Yes(seen.packet))
}

/// A source and a second subflow, on which the tester never sends a DSS.
fn joined_in_silence(plan: &Plan) -> Script {
    let silent = Setting::Signals { on: S1, signals: false };
    let connected = with(App::Source);
    let script = match plan.role {
        Role::Listener => connected.and(confirmed(S0)).act(join(S1)).act(silent),
        Role::Initiator => connected.act(announcement(0, 1, 1)).act(silent),
    };
    script.given(established(S1))
}

/// An ACK that shows whether the subflow is still there, if its RST was lost.
fn asked() -> Segment {
    ack(S1).only([Opt::Timestamps])
}

pub(super) static JOIN_WITHOUT_DATA_ACK: Case = Case {
    id: "rfc8684/3.7/no-data-acknowledgment-on-a-join",
    requirements: &["8684-3.7-04"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Data on an additional subflow that is acknowledged without DSS resets that subflow.",
    fails_when: "The subflow isn't reset.",
    script: |plan| joined_in_silence(plan).act(asked()).expect(gone(S1).from_start()).unharmed(S0),
};

pub(super) static JOIN_REASON: Case = Case {
    id: "rfc8684/3.7/reason-of-no-data-acknowledgment",
    requirements: &["8684-3.7-05"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "That RST has the reason 0x06.",
    fails_when: "The RST has no MP_TCPRST, or another reason.",
    script: |plan| {
        joined_in_silence(plan)
            .act(asked())
            .given(gone(S1).from_start())
            .expect(reset_because(S1, "mp_tcprst reason=0x06", middlebox).from_start())
            .unharmed(S0)
    },
};

/// What is still on its way arrives meanwhile.
const REST: Act = Act::Wait(Duration::from_millis(50));

/// A segment with payload and no option of MPTCP.
fn plain_data() -> Pattern {
    Pattern::default().on(S0).payload(true).without(OptPattern::Kind(KIND))
}

pub(super) static FIRST_WITHOUT_DATA_ACK: Case = Case {
    id: "rfc8684/3.7/no-data-acknowledgment-on-the-first",
    requirements: &["8684-3.7-06"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "First data on the only subflow that is acknowledged without DSS: back to plain TCP.",
    fails_when: "The target goes on with mappings, or not at all.",
    script: |_| {
        Script::new()
            .act(open().app(App::Source))
            .act(Setting::Signals { on: S0, signals: false })
            .expect(count(3, plain_data()))
            .never(gone(S0).within_ms(50))
            .act(Setting::Plain(0))
            .expect(stream(0, 1000))
            .unharmed(S0)
    },
};

/// A connection whose target was told with MP_FAIL that its data arrives changed.
fn failed(app: App) -> Script {
    with(app).act(ack(S0).with(Opt::Fail))
}

/// The target's MP_FAIL.
fn its_fail() -> OptPattern {
    OptPattern::Subtype(Subtype::MpFail)
}

pub(super) static FAIL_IS_ANSWERED: Case = Case {
    id: "rfc8684/3.7/mp-fail-is-answered",
    requirements: &["8684-3.7-11", "8684-3.7-12"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "MP_FAIL on the only subflow is answered with MP_FAIL; then all is plain TCP.",
    fails_when: "No MP_FAIL comes back, or options of MPTCP go on behind one infinite mapping.",
    script: |_| {
        failed(App::Echo)
            .expect(seen(its_fail()))
            .act(Setting::Plain(0))
            .act(data(S0, 4))
            .expect(delivered(S0))
            .act(data(S0, 4))
            .act(data(S0, 4))
            .expect(seen(plain_data()).cites("8684-3.7-12"))
            .expect(delivered(S0).cites("8684-3.7-12"))
            .expect(stream(0, 13).from_start().cites("8684-3.7-12"))
            .act(REST)
            .act(data(S0, 4))
            .expect(delivered(S0).cites("8684-3.7-12"))
            .never(seen(OptPattern::Kind(KIND)).cites("8684-3.7-12").within_ms(150))
            .unharmed(S0)
    },
};

pub(super) static FREED_BY_SUBFLOW: Case = Case {
    id: "rfc8684/3.7/subflow-acknowledgments-count-after-fallback",
    requirements: &["8684-3.7-17"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "After a fallback data goes on for as long as it is acknowledged on the subflow.",
    fails_when: "The target stops, for want of data acknowledgments.",
    script: |_| {
        ready(open().app(App::Source).window(3000))
            .act(ack(S0).with(Opt::Fail))
            .given(seen(its_fail()))
            .act(Setting::Plain(0))
            .given(count(1, plain_data()))
            .expect(that("9000 further octets on the subflow", goes_on))
            .alive(S0)
    },
};

/// The subflow carries many more octets than the window of the connection was at the fallback.
/// Where they belong in the data can't be told of what is retransmitted without its mapping.
fn goes_on(tester: &Tester, mark: u64) -> Judgement {
    let mut before = 0;
    for seen in tester.seen().iter().filter(|seen| seen.sf == Some(S0) && seen.payload_len > 0) {
        let place = tester.place_behind_syn(S0, seen.seq).unwrap_or_default();
        let end = place.wrapping_add(seen.payload_len);
        if seen.packet <= mark {
            before = before.max(end);
        } else if end >= before.saturating_add(9000) {
            return Judgement::Yes(seen.packet);
        }
    }
    Judgement::NotYet
}

pub(super) static NO_DATA_ACKS: Case = Case {
    id: "rfc8684/3.7/no-data-acknowledgments-behind-an-infinite-mapping",
    requirements: &["8684-3.7-18"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Behind an infinite mapping nothing is acknowledged at the data level any more.",
    fails_when: "Later segments of the target have a data acknowledgment.",
    script: |_| {
        with(App::Sink)
            .act(shaped(S0, 4, dss().length(0)))
            .act(Setting::Plain(0))
            .given(delivered(S0))
            .act(data(S0, 4))
            .given(delivered(S0))
            .act(REST)
            .act(data(S0, 4))
            .given(delivered(S0))
            .never(
                that("a data acknowledgment", |tester, mark| {
                    let found = tester
                        .since(mark)
                        .iter()
                        .find(|seen| dss_of(seen).is_some_and(|dss| dss.data_ack.is_some()));
                    found.map_or(Judgement::NotYet, |seen| Judgement::Yes(seen.packet))
                })
                .within_ms(150),
            )
            .alive(S0)
    },
};
