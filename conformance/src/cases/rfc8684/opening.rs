//! Opening a connection (RFC 8684 §3.1), falling back while it is opened (§3.7), and all that middleboxes do meanwhile.

mod answers;
mod early;
mod fallback;
mod flags;
mod joins;
mod keys;
mod lost;
mod numbers;
mod repeated;
mod rewritten;
mod stripped;
mod versions;

use mpdissect::wire::mptcp::{KIND, MptcpOption};
use mpdissect::wire::tcp::Flags;

use crate::case::{Axes, Case};
use crate::plan::Role;
use crate::script::{
    Act, Expectation, Handshake, HandshakeSegment, Judgement, On, Opening, Opt, OptPattern,
    Pattern, Script, Sf, delivered, seen, sf, stream, that,
};
use crate::tester::{Seen, Tester};

pub(super) static CASES: &[&Case] = &[
    &numbers::ISN,
    &versions::NEWEST_FIRST,
    &versions::NOT_ABOVE,
    &keys::UNIQUE,
    &answers::THIRD_ACK,
    &answers::FIRST_DATA,
    &answers::COMPROMISED,
    &answers::NO_EARLY_JOIN,
    &flags::EXTENSIBILITY_SENT,
    &flags::EXTENSIBILITY_RECEIVED,
    &flags::NO_MORE_SUBFLOWS,
    &flags::ALGORITHM_SENT,
    &flags::NO_ALGORITHM,
    &flags::UNKNOWN_ALGORITHM,
    &flags::ONE_OF_SEVERAL,
    &flags::CHECKSUMS,
    &flags::CHECKSUMS_CONFIRMED,
    &numbers::TOKEN,
    &numbers::IDSN,
    &versions::LENGTHS,
    &fallback::PLAIN_ANSWER,
    &fallback::UNASKED,
    &fallback::PLAIN_THIRD_ACK,
    &fallback::REORDERED_SYNS,
    &repeated::FIRST_MAPPING,
    &repeated::HANDSHAKE,
    &repeated::COPIES,
    &stripped::JOIN_SYN_ACK,
    &stripped::JOIN_THIRD_ACK,
    &rewritten::JOIN_SYN,
    &rewritten::JOIN_SYN_ACK,
    &rewritten::JOIN_THIRD_ACK,
    &joins::SYN_TWICE,
    &joins::SYN_ACK_TWICE,
    &joins::THIRD_ACK_TWICE,
    &joins::OPTION_TWICE,
    &joins::DATA_BEFORE_THIRD_ACK,
    &joins::DATA_BEFORE_CONFIRMATION,
    &joins::DATA,
    &stripped::SYN,
    &stripped::SYN_ACK,
    &stripped::THIRD_ACK,
    &stripped::FIRST_DATA,
    &rewritten::SYN,
    &rewritten::SYN_ACK,
    &rewritten::THIRD_ACK,
    &rewritten::FIRST_DATA,
    &repeated::THIRD_BEHIND_DATA,
    &repeated::FIRST_BEHIND_LATER,
    &fallback::STAYS_TCP,
    &lost::SYN,
    &stripped::COVERED_DATA,
    &stripped::SOME_ACKS,
    &repeated::HALVES,
    &repeated::LATER_DATA,
    &stripped::JOIN_SYN,
    &lost::JOIN,
    &early::UNMAPPED,
];

/// So many connections are opened where each has a key and numbers of its own.
const MANY: u8 = 10;

/// The mapping of a payload, whether the connection is one of MPTCP for the tester or not.
const MAPPING: Opt = Opt::DssWithout { data_ack: false, mapping: true };
/// A data acknowledgment, likewise.
const DATA_ACK: Opt = Opt::DssWithout { data_ack: true, mapping: false };

/// A case that needs nothing of the target.
const fn case(
    id: &'static str,
    requirements: &'static [&'static str],
    roles: &'static [Role],
    [summary, fails_when]: [&'static str; 2],
    script: fn(&crate::plan::Plan) -> Script,
) -> Case {
    Case { id, requirements, roles, needs: &[], axes: Axes::Plain, summary, fails_when, script }
}

/// MP_CAPABLE left out, or replaced, on the segment with which the tester opens a connection or
/// agrees to it: its SYN, or its SYN/ACK.
fn on_syn(segment: &HandshakeSegment) -> Handshake {
    Handshake { syn: segment.clone(), syn_ack: segment.clone(), ..Handshake::default() }
}

/// The same on its third ACK.
fn on_third(third: HandshakeSegment) -> Handshake {
    Handshake { third, ..Handshake::default() }
}

/// Something stands in the place of MP_CAPABLE or MP_JOIN.
fn instead(option: Opt) -> HandshakeSegment {
    HandshakeSegment::instead(option)
}

/// Any option of MPTCP on any segment of a connection other than a SYN.
fn signal(conn: u8) -> Pattern {
    let pattern = Pattern { on: On::Conn(conn), ..Pattern::default() };
    pattern.clear(Flags::SYN).with(OptPattern::Kind(KIND))
}

/// An option of MPTCP, other than the infinite mapping that tells of a fallback (RFC 8684 §3.7), on
/// a segment of a first subflow that acknowledges everything: what was under way may have some.
fn goes_on() -> Expectation {
    that("an option but an infinite mapping, where everything is acknowledged", |tester, mark| {
        let first = |seen: &&Seen| seen.sf.is_some_and(|sf| sf.index == 0);
        let goes_on = tester.since(mark).iter().filter(first).find(|seen| {
            tester.acknowledges_all(seen)
                && seen.well_formed().any(|option| match option {
                    MptcpOption::Dss(dss) => dss.mapping.is_none_or(|mapping| mapping.length > 0),
                    _ => true,
                })
        });
        goes_on.map_or(Judgement::NotYet, |seen| Judgement::Yes(seen.packet))
    })
}

/// Any option of MPTCP on a SYN/ACK.
fn agreement(conn: u8) -> Pattern {
    let pattern = Pattern { on: On::Conn(conn), ..Pattern::default() };
    pattern.set(Flags::SYN | Flags::ACK).with(OptPattern::Kind(KIND))
}

/// A join of the target.
fn join_of(conn: On) -> Pattern {
    let join = OptPattern::Subtype(mpdissect::wire::mptcp::Subtype::MpJoin);
    Pattern { on: conn, ..Pattern::default() }.set(Flags::SYN).with(join)
}

/// Connections that are opened like this, and have to be ones of TCP, in either direction.
fn plain(openings: impl IntoIterator<Item = Opening>) -> Script {
    let openings: Vec<Opening> = openings.into_iter().collect();
    let firsts: Vec<Sf> = openings.iter().map(|opening| sf(opening.conn, 0)).collect();
    let opened = openings.into_iter().fold(Script::new(), Script::act);
    let script = firsts.iter().fold(opened, |script, &on| script.and(carries(on, 4)));
    let script = firsts.iter().fold(script, |script, on| {
        script
            .never(seen(agreement(on.conn)).from_start().within_ms(10))
            .never(seen(signal(on.conn)).from_start().within_ms(10))
    });
    firsts.iter().fold(script, |script, &on| script.unharmed(on))
}

/// So many octets have to arrive at the target's application, and to come back.
fn carries(on: Sf, octets: u32) -> Script {
    Script::new()
        .act(Act::Write { on, octets })
        .expect(delivered(on))
        .expect(stream(on.conn, octets.into()))
}

/// What a judgement that nothing can change any more says about the last packet that came.
fn ruled_out(tester: &Tester, seen: impl Into<String>) -> Judgement {
    let packet = tester.seen().last().map_or(0, |seen| seen.packet);
    Judgement::Impossible { packet, seen: seen.into() }
}

/// The same about something that came about.
fn came(tester: &Tester) -> Judgement {
    Judgement::Yes(tester.seen().last().map_or(0, |seen| seen.packet))
}
