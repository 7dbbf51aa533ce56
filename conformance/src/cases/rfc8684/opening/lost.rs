//! A middlebox drops segments for the sake of their options (RFC 8684 §3.9.3, §6).

use super::{carries, case, join_of};
use crate::case::{Axes, Case, Need};
use crate::cases::setup::{announcement, confirmed, connection};
use crate::plan::Role;
use crate::script::{Answer, App, On, S0, Script, Setting, established, open, seen, stream};

pub(super) static SYN: Case = Case {
    id: "rfc8684/3.9.3/drop-syns",
    requirements: &["8684-3.9.3-01"],
    roles: Role::INITIATOR,
    needs: &[Need::Time],
    axes: Axes::Plain,
    summary: "When SYNs with MP_CAPABLE go unanswered, one without it is tried.",
    fails_when: "No SYN without MP_CAPABLE comes within two minutes, or there is no connection of \
                 TCP.",
    script: |_| {
        Script::new()
            .act(open().losing_capable())
            .expect(established(S0).within_ms(120_000))
            .and(carries(S0, 4))
    },
};

pub(super) static JOIN: Case = case(
    "rfc8684/6/drop-joins",
    &["8684-6-s05"],
    Role::INITIATOR,
    [
        "A join that nobody answers keeps nothing from going on.",
        "Data of either end doesn't arrive while the target tries to join.",
    ],
    |_| {
        connection(App::Echo)
            .and(confirmed(S0))
            .given(stream(0, 1))
            .act(Setting::Joins(Answer::Silence))
            .act(announcement(0, 1, 1))
            .given(seen(join_of(On::Any)))
            .and(carries(S0, 4))
            .and(carries(S0, 600))
    },
);
