//! Data that goes with the SYN (RFC 8684 §B.2).

use mpdissect::wire::tcp::Flags;

use super::{case, on_syn};
use crate::case::Case;
use crate::plan::Role;
use crate::script::{
    HandshakeSegment, Judgement, Opt, OptPattern, Pattern, Script, data, delivered, established,
    open, seen, sf, stream, that,
};

/// The kind of the option with a cookie (RFC 7413).
const FAST_OPEN: u8 = 34;
/// Octets of the SYN.
const EARLY: u16 = 20;

pub(super) static UNMAPPED: Case = case(
    "rfc8684/b.2/fast-open-data-is-unmapped",
    &["8684-B.2-s01"],
    Role::LISTENER,
    [
        "Data that came with the SYN arrives, but the first octet behind it is the first of the \
         data level and of mappings.",
        "That octet isn't acknowledged as the first, or what came with the SYN doesn't come back.",
    ],
    |_| {
        let asking = HandshakeSegment {
            after: vec![Opt::Raw(vec![FAST_OPEN, 2])],
            ..HandshakeSegment::default()
        };
        let first = sf(1, 0);
        let given = Pattern::default().set(Flags::SYN | Flags::ACK).on(sf(0, 0));
        Script::new()
            .act(open().handshake(on_syn(&asking)))
            .given(seen(given.with(OptPattern::Kind(FAST_OPEN))))
            .act(open().conn(1).early(EARLY))
            .given(established(first))
            .given(that("the target takes what comes with the SYN", |tester, mark| {
                if tester.early(1) > 0 { Judgement::Yes(mark) } else { Judgement::NotYet }
            }))
            .act(data(first, 1))
            .expect(delivered(first))
            .expect(stream(1, u64::from(EARLY) + 1))
            .unharmed(first)
    },
);
