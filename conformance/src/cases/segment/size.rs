//! The largest segment.

use mpdissect::wire::mptcp::Subtype;
use mpdissect::wire::tcp::Flags;

use super::super::setup::joined;
use crate::case::{Axes, Case};
use crate::plan::Role;
use crate::script::{
    Act, App, On, OptPattern, Pattern, S0, S1, Script, Sf, established, open, seen, stream,
};

/// What the tester takes at most in one segment, in octets.
const MSS: u16 = 600;

/// The target's SYN or SYN/ACK on a subflow has an MSS option and one of this subtype.
fn announces(on: Sf, subtype: Subtype) -> Pattern {
    let pattern = Pattern::default().on(on).set(Flags::SYN);
    pattern.with(OptPattern::Kind(2)).with(OptPattern::Subtype(subtype))
}

/// Data that is sent back by the target: enough for several segments of the largest size.
fn echoed(script: Script, on: Sf) -> Script {
    script
        .act(Act::Write { on, octets: 1800 })
        .given(stream(0, 1800))
        .never(seen(Pattern { on: On::Conn(0), ..Pattern::default() }.exceeding(MSS)).within_ms(50))
        .alive(on)
}

pub(super) static WITH_CAPABLE: Case = Case {
    id: "rfc9293/3.7.1/mss-with-capable",
    requirements: &["9293-3.7.1-01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "The target sends an MSS beside MP_CAPABLE, and keeps to the one that it is given.",
    fails_when: "Its SYN or SYN/ACK has no MSS, or it sends more than the tester's in one segment.",
    script: |_| {
        let opened = Script::new().act(open().app(App::Echo).mss(MSS));
        let announced =
            opened.given(established(S0)).expect(seen(announces(S0, Subtype::MpCapable)));
        echoed(announced, S0)
    },
};

pub(super) static WITH_JOIN: Case = Case {
    id: "rfc9293/3.7.1/mss-with-join",
    requirements: &["9293-3.7.1-01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "The target sends an MSS beside MP_JOIN, and keeps to the one that it is given.",
    fails_when: "Its SYN or SYN/ACK has no MSS, or it sends more than the tester's in one segment.",
    script: |plan| {
        let opened = Script::new().act(open().app(App::Echo).mss(MSS)).given(established(S0));
        let announced = opened.and(joined(plan, S1)).expect(seen(announces(S1, Subtype::MpJoin)));
        echoed(announced, S1)
    },
};
