//! The end of a connection at once (RFC 8684 §3.5).

use std::time::Duration;

use mpdissect::wire::mptcp::{MpFastclose, MptcpOption, Subtype};
use mpdissect::wire::tcp::Flags;

use super::super::super::setup::{confirmed, connection};
use super::{quiet, reset};
use crate::case::{Axes, Case, Need};
use crate::plan::{Plan, Role};
use crate::script::{
    App, Expectation, Judgement, Key, Opt, OptPattern, Order, Pattern, S0, S1, S2, Script, Setting,
    ack, established, gone, join, open, refused, seen, sf, that,
};
use crate::tester::Tester;

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "rfc8684/3.5/on-ack",
        requirements: &["8684-3.5-s01"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "MP_FASTCLOSE with the target's key on an ACK makes it reset both subflows and forget \
                  the connection.",
        fails_when: "A subflow stays, or the connection can still be joined.",
        script: |plan| {
            quiet(plan, 2)
                .and(confirmed(S0))
                .act(ack(S1))
                .act(ack(S0).with(Opt::Fastclose(Key::Targets)))
                .expect(gone(S0))
                .expect(gone(S1))
                .and(forgotten(plan))
                .reachable(1)
        },
    },
    &Case {
        id: "rfc8684/3.5/on-reset",
        requirements: &["8684-3.5-s02"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "MP_FASTCLOSE with the target's key on a RST makes it reset the other subflow too and \
                  forget the connection.",
        fails_when: "The other subflow stays, or the connection can still be joined.",
        script: |plan| {
            quiet(plan, 2)
                .and(confirmed(S0))
                .act(reset(S0, [Opt::Fastclose(Key::Targets)]))
                .act(ack(S1))
                .expect(gone(S1))
                .and(forgotten(plan))
                .reachable(1)
        },
    },
    &Case {
        id: "rfc8684/3.5/wrong-key",
        requirements: &["8684-3.5-s03"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "MP_FASTCLOSE with another key, changed in a bit, the tester's own or zero, closes no \
                  connection, and on a RST only its subflow.",
        fails_when: "It resets a subflow for MP_FASTCLOSE with a wrong key.",
        script: |plan| {
            let zero = MptcpOption::MpFastclose(MpFastclose { reserved: 0, key: 0 });
            quiet(plan, 2)
                .act(ack(S0).with(Opt::Fastclose(Key::Wrong)))
                .act(ack(S0).with(Opt::Fastclose(Key::Testers)))
                .act(ack(S0).with(zero))
                .never(that("a subflow is ended", |tester, mark| {
                    super::ends(tester, mark, &[S0, S1])
                }))
                .unharmed(S0)
                .act(reset(S1, [Opt::Fastclose(Key::Wrong)]))
                .act(ack(S1))
                .given(seen(Pattern::default().on(S1).set(Flags::RST)))
                .unharmed(S0)
        },
    },
    &Case {
        id: "rfc8684/3.5/plain-reset",
        requirements: &["8684-3.5-s04"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "A plain RST on the first subflow leaves the second one in use.",
        fails_when: "It ends the whole connection.",
        script: |plan| {
            quiet(plan, 2)
                .act(reset(S0, []))
                .act(ack(S0))
                .given(seen(Pattern::default().on(S0).set(Flags::RST)))
                .unharmed(S1)
        },
    },
    &Case {
        id: "rfc8684/3.5/repeated-on-ack",
        requirements: &["8684-3.5-01"],
        roles: Role::BOTH,
        needs: &[Need::Operator],
        axes: Axes::Plain,
        summary: "MP_FASTCLOSE that the target sends on an ACK and that isn't answered is repeated.",
        fails_when: "It sends it only once.",
        script: |_| {
            aborted(0)
                .and(aborted(1))
                .and(aborted(2))
                .expect(that("MP_FASTCLOSE on an ACK comes again", repetition).from_start())
                .reachable(3)
        },
    },
    &Case {
        id: "rfc8684/3.5/three-repetitions",
        requirements: &["8684-3.5-02", "8684-3.5-03"],
        roles: Role::BOTH,
        needs: &[Need::Operator, Need::Time],
        axes: Axes::Plain,
        summary: "MP_FASTCLOSE on an ACK isn't repeated more than three times.",
        fails_when: "It goes on repeating it.",
        script: |_| {
            aborted(0)
                .never(
                    that("a fourth repetition of MP_FASTCLOSE", fourth_repetition).within_ms(LONG),
                )
                .reachable(1)
        },
    },
    &Case {
        id: "rfc8684/3.5/gives-up-with-reset",
        requirements: &["8684-3.5-04"],
        roles: Role::BOTH,
        needs: &[Need::Operator, Need::Time],
        axes: Axes::Plain,
        summary: "When nobody answers its MP_FASTCLOSE on ACKs, the target sends a RST with it in the \
                  end.",
        fails_when: "It falls silent, or its RST has no MP_FASTCLOSE with the tester's key.",
        script: |_| {
            // Several, so that one RST that gets lost decides nothing.
            let begun = aborted(0).and(aborted(1)).and(aborted(2)).and(aborted(3));
            begun.and(aborted(4)).expect(last_word().within_ms(LONG).from_start()).reachable(5)
        },
    },
];

/// As long as a host may go on with this, in milliseconds.
const LONG: u64 = 60_000;
/// What comes sooner than this is the same one, sent once.
const APART: Duration = Duration::from_millis(120);

const FASTCLOSE: OptPattern = OptPattern::Subtype(Subtype::MpFastclose);

/// The target's MP_FASTCLOSE on an ACK.
fn on_ack() -> Pattern {
    Pattern::from(FASTCLOSE).clear(Flags::RST)
}

/// The token of connection 0 joins nothing any more, at a target that can be joined.
fn forgotten(plan: &Plan) -> Script {
    match plan.role {
        Role::Listener => Script::new().act(join(S2)).expect(refused(S2)),
        Role::Initiator => Script::new(),
    }
}

/// A connection that the target's operator aborts, with MP_FASTCLOSE on an ACK that the tester
/// doesn't answer.
fn aborted(conn: u8) -> Script {
    let first = sf(conn, 0);
    let begun = match conn {
        0 => connection(App::Sink),
        _ => Script::new().act(open().conn(conn).app(App::Sink)).given(established(first)),
    };
    begun
        .and(confirmed(first))
        .act(Setting::AnswersFastclose(false))
        .act(Order::Abort(conn))
        .given(seen(on_ack().on(first)))
}

fn repetition(tester: &Tester, _: u64) -> Judgement {
    let found = (0..3).find_map(|conn| times(tester, conn, 2));
    found.map_or(Judgement::NotYet, Judgement::Yes)
}

fn fourth_repetition(tester: &Tester, _: u64) -> Judgement {
    times(tester, 0, 5).map_or(Judgement::NotYet, Judgement::Yes)
}

/// The packet with which MP_FASTCLOSE came on an ACK for this time.
fn times(tester: &Tester, conn: u8, goal: u32) -> Option<u64> {
    let pattern = on_ack().on(sf(conn, 0));
    let (mut last, mut count) = (None, 0);
    tester.seen().iter().filter(|seen| seen.matches(&pattern)).find_map(|seen| {
        if last.is_none_or(|last| seen.time.saturating_sub(last) >= APART) {
            count += 1;
        }
        last = Some(seen.time);
        (count == goal).then_some(seen.packet)
    })
}

fn last_word() -> Expectation {
    that("a RST with MP_FASTCLOSE and the tester's key", |tester, _| {
        let resets = tester.seen().iter().filter(|seen| seen.flags.contains(Flags::RST));
        let found = resets.into_iter().find(|seen| {
            let own = seen.sf.and_then(|sf| tester.keys(sf.conn)).map(|(own, _)| own);
            let is_right = |option: &MptcpOption| {
                matches!(option, MptcpOption::MpFastclose(it) if Some(it.key) == own)
            };
            seen.well_formed().any(is_right)
        });
        found.map_or(Judgement::NotYet, |seen| Judgement::Yes(seen.packet))
    })
}
