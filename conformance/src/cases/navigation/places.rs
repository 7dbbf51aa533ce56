//! Where the option has a place, and where it has none.

use super::super::setup::connection;
use super::situations::SERVER;
use super::situations::{
    ANY, CLIENT, ECHO, KNOWS, both, cancel, option, raw, roomy, switch, three, told, traffic, two,
};
use super::switching::still_on_first;
use crate::case::{Axes, Case};
use crate::cases::setup::own_address;
use crate::plan::Role;
use crate::script::{
    Act, App, Handshake, HandshakeSegment, Opt, OptPattern, Own, Pattern, S0, S1, S2, Script, Seq,
    ack, add_addr_echo, carried, data, delivered, established, fell_back, join, leaves, open, seen,
};
use mpdissect::wire::mptcp::KIND;
use mpdissect::wire::tcp::Flags;

/// A segment of a handshake with the option behind its own.
fn loaded() -> HandshakeSegment {
    HandshakeSegment { after: vec![Opt::Mptcp(option(switch(0)))], ..HandshakeSegment::default() }
}

/// A segment of a handshake without MP_CAPABLE.
fn plain() -> HandshakeSegment {
    HandshakeSegment { own: Own::Absent, ..HandshakeSegment::default() }
}

pub(super) static CASES: &[&Case] = &[
    &Case {
        id: "nav/4/accepted-on-an-ack",
        requirements: &["nav-4-05"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A switch on an ACK without data moves the traffic.",
        fails_when: "It looks for requests only where there is data.",
        script: |plan| {
            both(plan).act(ack(S0).with(option(switch(1)))).expect(leaves(S0, &[S1], 4000))
        },
    },
    &Case {
        id: "nav/4/accepted-on-data",
        requirements: &["nav-4-06"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A switch on a segment with data and its DSS moves the traffic.",
        fails_when: "It looks for requests only where there is no data.",
        script: |plan| {
            let request = data(S0, 100).with(option(switch(1)));
            both(plan).act(request).expect(leaves(S0, &[S1], 4000))
        },
    },
    &Case {
        id: "nav/4/data-next-to-it-arrives",
        requirements: &["nav-4-06"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "Data in a segment with the option is acknowledged, be it understood or not.",
        fails_when: "It drops data that comes with the option.",
        script: |_| {
            connection(App::Sink)
                .act(data(S0, 100).with(option(switch(0))))
                .act(data(S0, 100).before(option(switch(0))))
                .expect(delivered(S0))
        },
    },
    &Case {
        id: "nav/4/other-options-are-seen",
        requirements: &["nav-4-09"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "An ADD_ADDR behind the option in one segment is seen, and echoed.",
        fails_when: "It ignores the other MPTCP options of the segment too.",
        script: |_| {
            let request = Opt::Mptcp(option(switch(0)));
            Script::new()
                .act(crate::script::Opening { timestamps: false, ..open().app(App::Sink) })
                .given(established(S0))
                .and(traffic(S0))
                .act(ack(S0).only([own_address(1)]))
                .given(seen(add_addr_echo(1)))
                .act(ack(S0).only([request, own_address(2)]))
                .expect(seen(add_addr_echo(2)))
                .unharmed(S0)
        },
    },
    &Case {
        id: "nav/4/out-of-window-is-ignored",
        requirements: &["nav-4-10"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "A switch in a segment beyond the window does nothing; in the window it moves \
                  the traffic.",
        fails_when: "It heeds options of segments that TCP rejects.",
        script: |plan| {
            let stray = || ack(S0).with(option(switch(1))).seq(Seq::Offset(0x2000_0000));
            both(plan)
                .act(stray())
                .act(stray())
                .never(seen(ECHO).within_ms(100))
                .and(still_on_first(1500))
                .act(told(S0, switch(1)))
                .given(leaves(S0, &[S1], 3000))
        },
    },
    &Case {
        id: "nav/4/handshake-of-a-connection",
        requirements: &["nav-4-11"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "The option on the SYN or SYN/ACK of a connection changes nothing.",
        fails_when: "It refuses the connection, or answers the option.",
        script: |_| {
            let handshake = Handshake { syn: loaded(), syn_ack: loaded(), ..Handshake::default() };
            Script::new()
                .act(open().handshake(handshake))
                .expect(established(S0))
                .never(seen(ANY).within_ms(50))
                .unharmed(S0)
        },
    },
    &Case {
        id: "nav/4/third-ack",
        requirements: &["nav-4-11"],
        roles: SERVER,
        needs: &[],
        axes: Axes::Plain,
        summary: "The option on the third ACK of a connection changes nothing.",
        fails_when: "It refuses the connection, or answers the option.",
        script: |_| {
            let handshake = Handshake { third: loaded(), ..Handshake::default() };
            Script::new()
                .act(open().handshake(handshake))
                .expect(established(S0))
                .never(seen(ANY).within_ms(50))
                .unharmed(S0)
        },
    },
    &Case {
        id: "nav/4/handshake-of-a-join",
        requirements: &["nav-4-11"],
        roles: SERVER,
        needs: &[],
        axes: Axes::Plain,
        summary: "The option on SYN and third ACK of a join changes nothing.",
        fails_when: "It refuses the join, or answers the option.",
        script: |_| {
            let handshake = Handshake { syn: loaded(), third: loaded(), ..Handshake::default() };
            connection(App::Echo)
                .and(traffic(S0))
                .act(join(S1))
                .given(established(S1))
                .act(join(S2).handshake(handshake))
                .expect(established(S2))
                .never(seen(ANY).within_ms(50))
                .unharmed(S2)
        },
    },
    &Case {
        id: "nav/4/ignored-after-fallback",
        requirements: &["nav-4-12"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "After a fallback to TCP neither switch nor cancel is answered.",
        fails_when: "It sends MPTCP options on a connection that has fallen back.",
        script: |_| {
            let handshake = Handshake { syn_ack: plain(), third: plain(), ..Handshake::default() };
            let bare = |asked| data(S0, 1).only([Opt::Timestamps, Opt::Mptcp(option(asked))]);
            Script::new()
                .act(open().app(App::Source).handshake(handshake))
                .given(established(S0))
                .act(Act::Write { on: S0, octets: 10 })
                .given(fell_back(0).from_start())
                .given(delivered(S0))
                .act(bare(switch(0)))
                .act(bare(cancel(0)))
                .never(seen(Pattern::from(OptPattern::Kind(KIND)).clear(Flags::SYN)).within_ms(150))
                .alive(S0)
        },
    },
    &Case {
        id: "nav/4/reset-with-it-is-a-reset",
        requirements: &["nav-4-13"],
        roles: CLIENT,
        needs: &[],
        axes: Axes::Plain,
        summary: "A RST that carries a switch ends its subflow and does nothing else.",
        fails_when: "It affects other subflows too.",
        script: |plan| {
            three(plan)
                .act(ack(S1).flags(Flags::RST | Flags::ACK).with(option(switch(2))))
                .expect(carried(&[S0, S2], 1500))
                .unharmed(S0)
        },
    },
    &Case {
        id: "nav/4/fin-with-it-is-a-fin",
        requirements: &["nav-4-13"],
        roles: CLIENT,
        needs: &[],
        axes: Axes::Plain,
        summary: "A FIN that carries a switch closes its subflow and does nothing else.",
        fails_when: "It answers the option, or affects other subflows too.",
        script: |plan| {
            let fin = data(S1, 1).flags(Flags::FIN | Flags::ACK | Flags::PSH);
            three(plan)
                .act(fin.with(option(switch(2))))
                .given(delivered(S1))
                .expect(carried(&[S0, S2], 1500))
                .never(seen(ANY).within_ms(50))
                .unharmed(S0)
        },
    },
    &Case {
        id: "nav/4.1/wrong-length-moves-nothing",
        requirements: &["nav-4.1-03"],
        roles: Role::BOTH,
        needs: &[],
        axes: Axes::Plain,
        summary: "The option with a length of 2, 3, 5 or 8 octets is neither obeyed nor \
                  answered, and the data behind it is acknowledged.",
        fails_when: "It takes an option of another length than 4 for a request.",
        script: |plan| {
            let subtype = plan.dialect.navigation_subtype();
            let lengths = [2_u8, 3, 5, 8].map(|length| {
                let mut octets = vec![KIND, length, subtype << 4, 1, 0, 0, 0, 0];
                octets.truncate(usize::from(length));
                data(S0, 20).only([Opt::Raw(octets), Opt::Dss])
            });
            lengths
                .into_iter()
                .fold(roomy(plan), Script::act)
                .expect(delivered(S0))
                .never(seen(ANY).within_ms(100))
                .and(still_on_first(1500))
        },
    },
    &Case {
        id: "nav/4.1/other-subtypes-are-not-it",
        requirements: &["nav-4.1-04"],
        roles: CLIENT,
        needs: KNOWS,
        axes: Axes::Plain,
        summary: "Under other subtypes nothing is obeyed or answered; under the configured one \
                  the answer comes under that.",
        fails_when: "It uses another subtype than the one that it was set to.",
        script: |plan| {
            let own = plan.dialect.navigation_subtype();
            (0x9..=0xe)
                .filter(|subtype| *subtype != own)
                .fold(two(plan), |script, subtype| script.act(data(S0, 1).with(raw(subtype, 0, 1))))
                .given(delivered(S0))
                .never(seen(super::tolerance::UNKNOWN).within_ms(100))
                .never(seen(ANY).within_ms(100))
                .and(still_on_first(1500))
                .act(told(S0, switch(1)))
                .expect(seen(ANY))
        },
    },
];
