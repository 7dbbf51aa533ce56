//! Subflows and addresses: joining (RFC 8684 §3.2), priorities (§3.3.8), ADD_ADDR and REMOVE_ADDR (§3.4), fast close and
//! resets (§3.5, §3.6), heuristics (§3.9).

mod accepting;
mod again;
mod announced;
mod announcing;
mod fastclose;
mod joining;
mod priority;
mod removing;
mod resets;
mod signals;
mod withdrawing;

use mpdissect::wire::field::Octets;
use mpdissect::wire::mptcp::{MpJoin, MptcpOption, RemoveAddr};
use mpdissect::wire::tcp::Flags;

use super::super::setup::{announcement, connection, joined};
use crate::case::Case;
use crate::plan::{Plan, Role};
use crate::script::{
    App, Handshake, HandshakeSegment, Judgement, Opt, OptPattern, Pattern, S0, Script, Segment,
    Setting, Sf, What, ack, data, join, refused, seen, sf,
};
use crate::tester::{Seen, Tester};

/// By the subject of the cases.
pub(super) static CASES: [&[&Case]; 11] = [
    accepting::CASES,
    joining::CASES,
    priority::CASES,
    announcing::CASES,
    announced::CASES,
    removing::CASES,
    withdrawing::CASES,
    fastclose::CASES,
    resets::CASES,
    again::CASES,
    signals::CASES,
];

/// A SYN that joins.
const JOIN: OptPattern = OptPattern::Where {
    name: "MP_JOIN on a SYN",
    check: |option| matches!(option, MptcpOption::MpJoin(MpJoin::Syn(_))),
};

/// A third ACK that joins.
const PROOF: OptPattern = OptPattern::Where {
    name: "MP_JOIN on a third ACK",
    check: |option| matches!(option, MptcpOption::MpJoin(MpJoin::Ack(_))),
};

/// Any echo of ADD_ADDR.
const ECHO: OptPattern = OptPattern::AddAddr { echo: true, id: None };

/// An ADD_ADDR that is no echo.
const ANNOUNCEMENT: OptPattern = OptPattern::AddAddr { echo: false, id: None };

/// So many joins come to nothing, so that one RST that gets lost decides nothing.
const FAILURES: u8 = 5;

/// Connection 0 to an application that says nothing, with so many subflows.
fn quiet(plan: &Plan, subflows: u8) -> Script {
    (1..subflows)
        .fold(connection(App::Sink), |script, index| script.and(joined(plan, sf(0, index))))
}

/// REMOVE_ADDR for these IDs.
fn removal(ids: &[u8]) -> MptcpOption {
    let address_ids = Octets::new(ids).unwrap_or(Octets::EMPTY);
    MptcpOption::RemoveAddr(RemoveAddr { reserved: 0, address_ids })
}

/// A segment that brings REMOVE_ADDR for these IDs for certain.
fn removes(ids: &[u8]) -> Segment {
    data(S0, 1).with(removal(ids))
}

/// A RST of the tester with these options.
fn reset(on: Sf, options: impl IntoIterator<Item = Opt>) -> Segment {
    ack(on).flags(Flags::RST | Flags::ACK).only(options)
}

/// The setting that joins of the target are answered with this in the place of MP_JOIN.
fn answered_with(option: Opt) -> Setting {
    let syn_ack = HandshakeSegment::instead(option);
    Setting::JoinHandshake(Box::new(Handshake { syn_ack, ..Handshake::default() }))
}

/// Joins that fail for a wrong HMAC, refused by the target one after the other: by its listening
/// end for that of the third ACK, by the other for that of the SYN/ACK.
fn failures(plan: &Plan) -> Script {
    let begun = match plan.role {
        Role::Listener => Script::new(),
        Role::Initiator => Script::new().act(answered_with(Opt::Own.rewritten(4, 0x01))),
    };
    (1..=FAILURES).fold(begun, |script, index| {
        let on = sf(0, index);
        let script = match plan.role {
            Role::Listener => script.act(join(on).wrong_hmac()).given(seen(answer_on(on))),
            Role::Initiator => script.act(announcement(0, index, index)).given(seen(join_on(on))),
        };
        script.given(refused(on))
    })
}

/// The target answers a join: what is wrong with it comes to light only later.
fn answer_on(on: Sf) -> Pattern {
    Pattern::default().on(on).set(Flags::SYN | Flags::ACK)
}

/// The target joins, as this subflow.
fn join_on(on: Sf) -> Pattern {
    Pattern::from(JOIN).on(on)
}

/// A RST of the target with such an option.
fn reset_with(option: OptPattern) -> Pattern {
    Pattern::from(option).set(Flags::RST)
}

/// Whether one of these subflows was ended by the target.
fn ends(tester: &Tester, mark: u64, among: &[Sf]) -> Judgement {
    let whats = among.iter().flat_map(|&on| [What::Gone(on), What::Closed(on)]);
    let mut judged = whats.map(|what| tester.judge(&what, mark));
    judged.find(|it| matches!(it, Judgement::Yes(_))).unwrap_or(Judgement::NotYet)
}

/// The question on a subflow whether anybody is still there: a segment that begins one octet before
/// the end of all that came on it (RFC 9293 §3.8.4).
fn question(tester: &Tester, mark: u64, on: Sf) -> Option<&Seen> {
    let mut end = None;
    tester.seen().iter().filter(|seen| seen.sf == Some(on)).find(|seen| {
        let ends = [Flags::SYN, Flags::FIN];
        let control = ends.into_iter().filter(|flag| seen.flags.contains(*flag)).count() as u32;
        let bare = control == 0 && !seen.flags.contains(Flags::RST) && seen.payload_len <= 1;
        if bare && seen.packet > mark && end == Some(seen.seq.wrapping_add(1)) {
            return true;
        }
        let next = seen.seq.wrapping_add(seen.payload_len).wrapping_add(control);
        if end.is_none_or(|end: u32| next.wrapping_sub(end).cast_signed() > 0) {
            end = Some(next);
        }
        false
    })
}

/// Whether something was done about a path: it was asked on, or ended.
fn touched(tester: &Tester, mark: u64, on: Sf) -> Judgement {
    match question(tester, mark, on) {
        Some(seen) => Judgement::Yes(seen.packet),
        None => ends(tester, mark, &[on]),
    }
}

/// Whether the target has begun a join that it hadn't begun before the mark.
fn begins_join(tester: &Tester, mark: u64) -> Judgement {
    let is_join = |seen: &&Seen| seen.has(&JOIN);
    let fresh = tester.since(mark).iter().filter(is_join).find(|late| {
        let is_same =
            |early: &Seen| (early.src, early.dst, early.seq) == (late.src, late.dst, late.seq);
        !tester.seen().iter().any(|early| early.packet <= mark && is_same(early))
    });
    fresh.map_or(Judgement::NotYet, |seen| Judgement::Yes(seen.packet))
}
