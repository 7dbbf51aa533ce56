//! The tester against itself, and against anything at all.

use std::time::Duration;

use mpdissect::source::LinkType;
use mpdissect::wire::frame;
use proptest::prelude::*;

use super::Tester;
use crate::case::{Axes, Case};
use crate::plan::{Family, Plan, Role};
use crate::policy::Policy;
use crate::reference::Reference;
use crate::run::{Outcome, play};
use crate::script::{
    Act, App, Order, S0, S1, S2, Script, data, delivered, established, gone, join, open, refused,
    sf, stream,
};
use crate::testbed::impair::Impairments;
use crate::testbed::memory::Memory;
use crate::testbed::peers::Broken;
use crate::testbed::{Peer, Topology, Trouble};
use crate::verdict::Verdict;

/// The other end of a connection: a tester that awaits it.
struct Mirror {
    tester: Tester,
    sent: usize,
}

impl Mirror {
    fn new(plan: &Plan, topology: &Topology) -> Self {
        let turned = Topology {
            tester_ports: topology.tester_ports.clone(),
            tester: topology.target.clone(),
            target: topology.tester.clone(),
            ports: topology.ports,
            request: None,
            whole_segments: true,
            clean_path: true,
        };
        let plan = Plan { role: Role::Initiator, seed: plan.seed + 1, ..*plan };
        let mut tester = Tester::new(&plan, &turned);
        let sink = open().app(crate::script::App::Sink);
        tester.perform(Duration::ZERO, &Act::Open(sink)).expect("an act");
        tester.connections[0].port = topology.ports.echo.expect("a port");
        Self { tester, sent: 0 }
    }

    fn drain(&mut self, out: &mut Vec<Vec<u8>>) {
        self.tester.drain(&mut |packet| out.push(packet.to_vec()));
        self.sent += out.len();
    }
}

impl Peer for Mirror {
    fn receive(&mut self, now: Duration, packet: &[u8], out: &mut Vec<Vec<u8>>) {
        self.tester.receive(now, packet.to_vec());
        self.drain(out);
    }

    fn next_wake(&self) -> Option<Duration> {
        self.tester.next_wake()
    }

    fn wake(&mut self, now: Duration, out: &mut Vec<Vec<u8>>) {
        self.tester.wake(now);
        self.drain(out);
    }

    fn order(
        &mut self,
        _now: Duration,
        _order: &Order,
        _out: &mut Vec<Vec<u8>>,
    ) -> Result<(), Trouble> {
        Err(Trouble::Unsupported("a mirror takes no orders".into()))
    }
}

fn conversation(_plan: &Plan) -> Script {
    Script::new()
        .act(open())
        .given(established(S0))
        .act(join(S1))
        .given(established(S1))
        .act(join(S2).wrong_hmac())
        .expect(refused(S2))
        .act(Act::Write { on: S0, octets: 3000 })
        .act(data(S1, 100))
        .act(Act::Write { on: S1, octets: 3000 })
        .expect(delivered(S0))
        .expect(delivered(S1))
        .never(gone(S1))
        .act(Act::Fin(S1))
        .act(Act::Write { on: S0, octets: 1 })
        .alive(S0)
}

static CONVERSATION: Case = Case {
    id: "test/conversation",
    requirements: &["test"],
    roles: Role::BOTH,
    needs: &[],
    axes: Axes::Plain,
    summary: "Two testers talk.",
    fails_when: "They don't.",
    script: conversation,
};

fn against_itself(plan: &Plan, impairments: Impairments) -> Outcome {
    let topology = Memory::topology(plan.family);
    let mirror = Mirror::new(plan, &topology);
    play(&CONVERSATION, plan, &mut Memory::new(Box::new(mirror), topology, impairments))
}

#[test]
fn two_testers_understand_each_other() {
    for family in Family::BOTH {
        let plan = Plan { family, ..Plan::default() };
        let outcome = against_itself(&plan, Impairments::default());
        assert_eq!(outcome.verdict, Verdict::Pass);
    }
}

#[test]
fn two_testers_understand_each_other_on_a_bad_link() {
    for seed in 0..100 {
        let plan = Plan { seed, time_scale: 20, ..Plan::default() };
        let impairments = Impairments {
            seed,
            jitter: Duration::from_millis(30),
            loss: 200,
            duplication: 200,
            reordering: 200,
            ..Impairments::default()
        };
        let outcome = against_itself(&plan, impairments);
        assert_eq!(outcome.verdict, Verdict::Pass, "seed {seed}");
    }
}

#[test]
fn the_same_seed_makes_the_same_transcript() {
    let play = |seed| {
        let impairments = Impairments { seed, loss: 100, ..Impairments::default() };
        against_itself(&Plan { seed, ..Plan::default() }, impairments).transcript
    };
    assert_eq!(play(7), play(7));
    assert_ne!(play(7), play(8));
}

#[test]
fn broken_peers_pass_nothing() {
    for role in Role::BOTH {
        for peer in Broken::ALL {
            let plan = Plan { role: *role, ..Plan::default() };
            let topology = Memory::topology(plan.family);
            let mut testbed = Memory::new(Box::new(peer), topology, Impairments::default());
            let outcome = play(&CONVERSATION, &plan, &mut testbed);
            let is_inconclusive = matches!(outcome.verdict, Verdict::Inconclusive { .. });
            assert!(is_inconclusive, "{peer:?}: {:?}", outcome.verdict);
        }
    }
}

/// What a mirror sends in a conversation.
fn packets(plan: &Plan) -> Vec<Vec<u8>> {
    let transcript = against_itself(plan, Impairments::default()).transcript;
    transcript.packets.into_iter().map(|packet| packet.octets).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Packets of a conversation with octets changed, in any order, bring no tester down.
    #[test]
    fn nothing_that_arrives_brings_it_down(
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 0..200),
        noise in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..20),
    ) {
        let plan = Plan::default();
        let topology = Memory::topology(plan.family);
        let mut tester = Tester::new(&plan, &topology);
        let mut mirror = Mirror::new(&plan, &topology);
        let recorded = packets(&plan);
        let mut now = Duration::ZERO;
        tester.perform(now, &Act::Open(open())).expect("an act");
        let octets = changes.iter().map(|(which, at, xor)| {
            let mut packet = which.get(&recorded).clone();
            let at = at.index(packet.len());
            packet[at] ^= xor;
            packet
        });
        for octets in octets.chain(noise) {
            now += Duration::from_millis(50);
            tester.receive(now, octets.clone());
            tester.wake(now);
            mirror.tester.receive(now, octets);
            mirror.tester.wake(now);
        }
    }
}

/// Waits in vain for something on one connection, while another one goes on.
static IN_VAIN: Case = Case {
    id: "test/in-vain",
    script: |_| {
        Script::new()
            .act(open())
            .given(established(S0))
            .act(open().conn(1).app(App::Source))
            .given(established(sf(1, 0)))
            .given(stream(1, 1000))
            .expect(stream(0, 1))
    },
    ..CONVERSATION
};

#[test]
fn what_is_missed_is_missed_on_its_own_connection() {
    let plan = Plan::default();
    let topology = Memory::topology(plan.family);
    let echo = topology.ports.echo.expect("a port");
    let reference = Reference::new(Policy::CONFORMANT, plan, topology.clone());
    let mut testbed = Memory::new(Box::new(reference), topology, Impairments::default());
    let outcome = play(&IN_VAIN, &plan, &mut testbed);
    let Verdict::Fail(finding) = &outcome.verdict else { panic!("{:?}", outcome.verdict) };
    let packets = &outcome.transcript.packets;
    assert!(finding.packet < packets.len() as u64, "the other connection went on");
    let packet = &packets[finding.packet as usize - 1];
    let length = packet.octets.len() as u32;
    let located = frame::locate(LinkType::RAW, &packet.octets, length).expect("a segment");
    let segment = located.segment();
    assert!([segment.src.port, segment.dst.port].contains(&echo));
    assert!(packet.comments.iter().any(|comment| comment.contains("decides")));
}
