//! The option area: its end, its size, and where options start in it.

use super::{exactly, opens, quiet, ready, roomy, unknown};
use crate::case::{Axes, Case};
use crate::cases::setup::own_address;
use crate::plan::Role;
use crate::script::{
    App, Opt, S0, Script, ack, add_addr_echo, data, delivered, fell_back, open, seen,
};

pub(super) static EOL_ON_SYN: Case = Case {
    id: "rfc9293/3.1/eol-on-syn",
    requirements: &["9293-3.1-03"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "An MP_CAPABLE behind the end of the option list isn't there: plain TCP.",
    fails_when: "The target takes up an MP_CAPABLE that stands behind EOL.",
    script: |_| {
        let ended = exactly(&[Opt::Mss(536), Opt::Eol, Opt::Nop, Opt::Nop, Opt::Nop, Opt::Own]);
        Script::new().act(open().app(App::Echo).handshake(ended)).expect(fell_back(0)).unharmed(S0)
    },
};

pub(super) static EOL_ON_ACK: Case = Case {
    id: "rfc9293/3.1/eol-on-ack",
    requirements: &["9293-3.1-03"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "An ADD_ADDR behind the end of the option list isn't there.",
    fails_when: "The target echoes an ADD_ADDR that stands behind EOL.",
    script: |_| {
        quiet()
            .act(ack(S0).only([own_address(3), Opt::Eol]))
            .given(seen(add_addr_echo(3)))
            .act(ack(S0).only([Opt::Eol, own_address(4)]))
            .never(seen(add_addr_echo(4)))
            .alive(S0)
    },
};

pub(super) static FULL: Case = Case {
    id: "rfc9293/3.1/full-area",
    requirements: &["9293-3.1-20"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "An option area of 40 octets is processed as a whole, in whatever order.",
    fails_when: "Data isn't acknowledged because its DSS is the first or last of 40 octets.",
    script: |_| {
        ready(open().app(App::Sink))
            .act(ack(S0).only([Opt::Fill]))
            .act(data(S0, 1).only([Opt::Timestamps, Opt::Fill, Opt::Dss]))
            .act(data(S0, 1).only([Opt::Dss, Opt::Fill, Opt::Timestamps]))
            .act(data(S0, 1).only([Opt::Fill, Opt::Timestamps, Opt::Dss]))
            .act(data(S0, 1).only([Opt::Fill, Opt::Dss]))
            .expect(delivered(S0))
    },
};

pub(super) static UNALIGNED_DSS: Case = Case {
    id: "rfc9293/3.2/unaligned-dss",
    requirements: &["9293-3.2-01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "A DSS is processed wherever it starts.",
    fails_when: "Data isn't acknowledged because its DSS doesn't start on a word boundary.",
    script: |_| {
        let nops = (1..=3).map(|count| vec![Opt::Nop; count]);
        let odd = [3, 5, 7].into_iter().map(|length| vec![unknown(length)]);
        nops.chain(odd)
            .fold(quiet(), |script, mut options| {
                options.push(Opt::Dss);
                script.act(data(S0, 1).only(options))
            })
            .expect(delivered(S0))
    },
};

pub(super) static UNALIGNED_ADD_ADDR: Case = Case {
    id: "rfc9293/3.2/unaligned-add-addr",
    requirements: &["9293-3.2-01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "An ADD_ADDR is processed wherever it starts.",
    fails_when: "An ADD_ADDR isn't echoed because it doesn't start on a word boundary.",
    script: |_| {
        quiet()
            .act(ack(S0).only([own_address(2)]))
            .given(seen(add_addr_echo(2)))
            .act(ack(S0).only([Opt::Nop, own_address(3)]))
            .expect(seen(add_addr_echo(3)))
            .act(ack(S0).only([Opt::Nop, Opt::Nop, own_address(4)]))
            .expect(seen(add_addr_echo(4)))
            .act(ack(S0).only([unknown(3), own_address(5)]))
            .expect(seen(add_addr_echo(5)))
    },
};

pub(super) static UNALIGNED_CAPABLE: Case = Case {
    id: "rfc9293/3.2/unaligned-capable",
    requirements: &["9293-3.2-01"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "An MP_CAPABLE is processed wherever it starts.",
    fails_when: "There is no MPTCP because MP_CAPABLE doesn't start on a word boundary.",
    script: |_| {
        let shifts = [
            vec![Opt::Nop],
            vec![Opt::Nop, Opt::Nop],
            vec![Opt::Nop, Opt::Nop, Opt::Nop],
            vec![Opt::WindowScale(0)],
        ];
        (0..).zip(shifts).fold(Script::new(), |script, (conn, shift)| {
            let mut options = vec![Opt::Mss(536)];
            options.extend(shift);
            options.push(Opt::Own);
            script.and(opens(roomy(conn).handshake(exactly(&options))))
        })
    },
};
