//! The TCP header: checksum, reserved bits, data offset.

use mpdissect::wire::tcp::Flags;

use super::{quiet, ready};
use crate::case::{Axes, Case};
use crate::cases::setup::own_address;
use crate::plan::Role;
use crate::script::{
    App, Key, Opt, Pattern, S0, Seq, ack, add_addr_echo, data, delivered, gone, open, seen, stream,
};

pub(super) static CHECKSUM: Case = Case {
    id: "rfc9293/3.1/checksum",
    requirements: &["9293-3.1-01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A segment with a wrong checksum has no effect, whatever options it has.",
    fails_when: "Its payload is taken in, its ADD_ADDR echoed or its MP_FASTCLOSE heeded.",
    script: |_| {
        // Once, and out of the tester's own account of what it sent.
        let once = |segment: crate::script::Segment| segment.seq(Seq::Offset(0)).wrong_checksum();
        ready(open().app(App::Echo).without_timestamps())
            .given(stream(0, 1).from_start())
            .act(once(data(S0, 400)))
            .act(once(ack(S0).only([own_address(3)])))
            .act(once(ack(S0).with(Opt::Fastclose(Key::Targets))))
            // The echo of a single octet may still be on its way.
            .never(seen(Pattern::default().on(S0).exceeding(300)))
            .never(seen(add_addr_echo(3)))
            .never(gone(S0))
            .alive(S0)
    },
};

pub(super) static RESERVED_BITS: Case = Case {
    id: "rfc9293/3.1/reserved-bits",
    requirements: &["9293-3.1-18"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "The reserved bits of the header are ignored.",
    fails_when: "Data isn't acknowledged because a reserved bit is set.",
    script: |_| {
        [0x200, 0x400, 0x800, 0xe00]
            .into_iter()
            .fold(quiet(), |script, bits| script.act(data(S0, 1).reserved(Flags(bits))))
            .expect(delivered(S0))
    },
};

pub(super) static DATA_OFFSET: Case = Case {
    id: "rfc9293/3.1/data-offset",
    requirements: &["9293-3.1-19"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Segments whose data offset is inside of the header or beyond their end do no harm.",
    fails_when: "The connection, or the host, is no longer usable after such a segment.",
    script: |_| {
        let short = || ack(S0).only([Opt::Nop, Opt::Nop, Opt::Nop, Opt::Nop]);
        [0, 4, 15]
            .into_iter()
            .fold(quiet(), |script, words| {
                script
                    .act(short().data_offset(words))
                    .act(data(S0, 4).seq(Seq::Offset(0)).data_offset(words).only([]))
            })
            .unharmed(S0)
            .reachable(1)
    },
};
