//! Mappings (RFC 8684 §3.3.1): what was declared holds, and what came first counts.

use mpdissect::wire::tcp::Flags;

use super::with;
use crate::case::{Axes, Case};
use crate::cases::setup::flowing;
use crate::plan::Role;
use crate::script::{
    Act, App, Judgement, Pattern, S0, Setting, acknowledged, data, delivered, gone, retransmits,
    seen, stream, that,
};
use crate::tester::Tester;

pub(super) static STAYS: Case = Case {
    id: "rfc8684/3.3.1/mapping-stays",
    requirements: &["8684-3.3.1-01", "8684-3.3.1-18"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Retransmitted data keeps its mapping, and each mapping covers data of its segment.",
    fails_when: "An octet of the subflow is mapped anew, or a mapping covers none of its segment.",
    script: |plan| {
        flowing(plan, 1)
            .act(Setting::Acks { on: S0, acks: false })
            .given(retransmits(S0))
            .act(Setting::Acks { on: S0, acks: true })
            .expect(stream(0, 2000))
            .never(
                that("a mapping covers nothing of its segment", covers_nothing)
                    .from_start()
                    .within_ms(50)
                    .cites("8684-3.3.1-18"),
            )
            .unharmed(S0)
    },
};

/// A segment with payload whose mapping lies before or behind it.
fn covers_nothing(tester: &Tester, mark: u64) -> Judgement {
    for seen in tester.since(mark).iter().filter(|seen| seen.payload_len > 0) {
        let Some(on) = seen.sf else { continue };
        let mapping = super::dss_of(seen).and_then(|dss| Some((dss.mapping?, dss.data_fin)));
        let Some((mapping, fin)) = mapping else { continue };
        let Some(from) = tester.place_behind_syn(on, seen.seq) else { continue };
        let length = u32::from(mapping.length).saturating_sub(fin.into());
        let ends_before = mapping.ssn.wrapping_add(length).wrapping_sub(from).cast_signed() <= 0;
        let begins_behind =
            mapping.ssn.wrapping_sub(from.wrapping_add(seen.payload_len)).cast_signed() >= 0;
        if length > 0 && (ends_before || begins_behind) {
            return Judgement::Yes(seen.packet);
        }
    }
    Judgement::NotYet
}

pub(super) static FIRST_COPY: Case = Case {
    id: "rfc8684/3.3.1/first-copy-counts",
    requirements: &["8684-3.3.1-02", "8684-3.3.1-03"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Other octets for data that was received are not handed up.",
    fails_when: "The echo has octets of the second copy.",
    script: |_| {
        with(App::Echo)
            .act(data(S0, 4))
            .given(acknowledged(0, 5))
            .act(data(S0, 4).place(-4).foreign())
            .act(Act::Write { on: S0, octets: 4 })
            .expect(stream(0, 9).from_start())
            .unharmed(S0)
    },
};

pub(super) static FIRST_COPY_OF_QUEUED: Case = Case {
    id: "rfc8684/3.3.1/first-of-two-copies-that-wait",
    requirements: &["8684-3.3.1-02"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Of two copies that both wait for what is missing, the first one is handed up.",
    fails_when: "The echo has octets of the second copy.",
    script: |_| {
        with(App::Echo)
            .act(data(S0, 4).place(4))
            .act(data(S0, 4).place(4).foreign())
            .act(data(S0, 4))
            .expect(stream(0, 9).from_start())
            .act(Act::Write { on: S0, octets: 5 })
            .expect(stream(0, 10).from_start())
    },
};

pub(super) static OLD_RANGE: Case = Case {
    id: "rfc8684/3.3.1/old-data-is-ignored",
    requirements: &["8684-3.3.1-03"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Data that was received comes again on new octets of the subflow: nothing happens.",
    fails_when: "It isn't acknowledged on the subflow, or the subflow is reset.",
    script: |_| {
        with(App::Sink)
            .act(data(S0, 8))
            .given(acknowledged(0, 9))
            .act(data(S0, 8).place(-8))
            .act(data(S0, 4).place(-9))
            .expect(delivered(S0))
            .never(gone(S0).within_ms(100))
            .never(acknowledged(0, 10).within_ms(50))
            .unharmed(S0)
    },
};

pub(super) static OVERLAPPING: Case = Case {
    id: "rfc8684/3.3.1/overlapping-ranges",
    requirements: &["8684-3.3.1-03"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Of a range that overlaps what was received, only the new part counts.",
    fails_when: "The new part isn't acknowledged, or the old part is handed up once more.",
    script: |_| {
        with(App::Echo)
            .act(data(S0, 8))
            .given(stream(0, 9).from_start())
            .act(data(S0, 8).place(-4))
            .expect(acknowledged(0, 13))
            .expect(stream(0, 13).from_start())
            .act(Act::Write { on: S0, octets: 8 })
            .expect(stream(0, 17).from_start())
    },
};

pub(super) static NO_URGENT_DATA: Case = Case {
    id: "rfc8684/3.3.1/no-urgent-data",
    requirements: &["8684-3.3.1-05"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "No segment of mapped data is urgent, also in answer to urgent data.",
    fails_when: "A segment with payload has URG.",
    script: |_| {
        with(App::Echo)
            .act(urgent())
            .act(data(S0, 8))
            .given(delivered(S0))
            .never(
                seen(Pattern::default().set(Flags::URG).payload(true)).from_start().within_ms(100),
            )
            .act(Act::Write { on: S0, octets: 4 })
            .alive(S0)
    },
};

/// Four octets, the last of which is urgent.
fn urgent() -> crate::script::Segment {
    let mut urgent = data(S0, 4).flags(Flags::ACK | Flags::PSH | Flags::URG);
    urgent.urgent = 4;
    urgent
}

pub(super) static URGENT_IS_DATA: Case = Case {
    id: "rfc8684/3.3.1/urgent-data-is-mapped",
    requirements: &["8684-3.3.1-06"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Urgent data is acknowledged at the data level, and handed up like any other.",
    fails_when: "Urgent data isn't acknowledged, or missing in the echo.",
    script: |_| {
        with(App::Echo)
            .act(urgent())
            .expect(acknowledged(0, 5))
            .act(data(S0, 4))
            .expect(stream(0, 9).from_start())
            .unharmed(S0)
    },
};
