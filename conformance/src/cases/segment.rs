//! TCP options and segments under MPTCP (RFC 9293). None of these cases needs anything of a draft.

mod area;
mod framing;
mod header;
mod kinds;
mod lengths;
mod repeats;
mod sent;
mod size;
mod subtypes;

use mpdissect::wire::mptcp::Subtype;
use mpdissect::wire::tcp::Flags;

use crate::case::Case;
use crate::script::{
    Act, App, Expectation, Handshake, HandshakeSegment, On, Opening, Opt, OptPattern, Pattern,
    Script, delivered, established, open, seen, sf,
};

pub(super) static CASES: &[&Case] = &[
    &header::CHECKSUM,
    &sent::PADDING_ZERO,
    &area::EOL_ON_SYN,
    &area::EOL_ON_ACK,
    &kinds::BASIC_KINDS,
    &kinds::ANY_SEGMENT,
    &kinds::OPTIONS_ON_FIN,
    &kinds::OPTIONS_ON_RST,
    &kinds::UNKNOWN_ON_HANDSHAKE,
    &kinds::UNKNOWN_ON_DATA,
    &kinds::EXPERIMENTAL_KINDS,
    &subtypes::ON_HANDSHAKE,
    &subtypes::ON_DATA,
    &sent::WELL_FRAMED,
    &framing::LENGTH_ZERO,
    &framing::LENGTH_ONE,
    &framing::PAST_THE_END,
    &framing::LONE_KIND,
    &lengths::SHORT_BEFORE_DSS,
    &lengths::ON_HANDSHAKE,
    &lengths::ON_ACK,
    &lengths::PRIORITY,
    &repeats::EQUAL_MAPPINGS,
    &repeats::CONTRADICTIONS,
    &header::RESERVED_BITS,
    &header::DATA_OFFSET,
    &area::FULL,
    &area::UNALIGNED_DSS,
    &area::UNALIGNED_ADD_ADDR,
    &area::UNALIGNED_CAPABLE,
    &sent::MSS_ON_SYN_ONLY,
    &size::WITH_CAPABLE,
    &size::WITH_JOIN,
];

/// A kind of TCP option that nobody has registered.
const UNKNOWN_KIND: u8 = 70;

/// An ordinary connection without timestamps, which leaves room for other options.
fn roomy(conn: u8) -> Opening {
    open().conn(conn).app(App::Sink).without_timestamps()
}

/// A connection that is opened like this, and on which both ends know that it is one of MPTCP.
fn ready(opening: Opening) -> Script {
    let on = sf(opening.conn, 0);
    Script::new()
        .act(opening)
        .given(established(on))
        .act(Act::Write { on, octets: 1 })
        .given(delivered(on))
}

/// [`roomy`] as connection 0, ready.
fn quiet() -> Script {
    ready(roomy(0))
}

/// An option of an unknown kind, of this length.
fn unknown(length: u8) -> Opt {
    filled(&[UNKNOWN_KIND, length], length)
}

/// Octets as an option, brought to a length.
fn filled(start: &[u8], length: u8) -> Opt {
    let mut octets = start.to_vec();
    octets.resize(length.into(), 0x6a);
    Opt::Raw(octets)
}

/// A handshake in which the tester's SYN, or SYN/ACK as listener, has exactly these options.
fn exactly(options: &[Opt]) -> Handshake {
    let syn = HandshakeSegment { only: Some(options.to_vec()), ..HandshakeSegment::default() };
    Handshake { syn: syn.clone(), syn_ack: syn, ..Handshake::default() }
}

/// The target agrees to MPTCP on a connection: MP_CAPABLE on its SYN/ACK or third ACK.
fn agreed(conn: u8) -> Expectation {
    let capable = OptPattern::Subtype(Subtype::MpCapable);
    let pattern = Pattern { on: On::Only(sf(conn, 0)), ..Pattern::default() };
    seen(pattern.set(Flags::ACK).with(capable))
}

/// A connection that is opened like this, and has to be one of MPTCP.
fn opens(opening: Opening) -> Script {
    let first = sf(opening.conn, 0);
    let conn = opening.conn;
    Script::new().act(opening).expect(agreed(conn)).expect(established(first)).unharmed(first)
}

/// The target's echo of any address.
fn echo_of_any() -> Expectation {
    seen(OptPattern::AddAddr { echo: true, id: None })
}
