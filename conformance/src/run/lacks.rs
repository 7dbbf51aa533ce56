//! What a script needs and a testbed doesn't have.

use crate::plan::{Plan, Role};
use crate::script::{Act, Address, Expectation, Opt, Order, Script, Segment, Step, What};
use crate::testbed::Topology;

/// The first thing that is missing, as a clause.
pub(super) fn lacks(script: &Script, plan: &Plan, topology: &Topology) -> Option<String> {
    script.steps.iter().find_map(|step| match step {
        Step::Do(act) => act_lacks(act, plan, topology),
        Step::Until(expectation)
        | Step::Given(expectation)
        | Step::Expect(expectation)
        | Step::Never(expectation)
        | Step::Alive(expectation) => expectation_lacks(expectation, topology),
    })
}

fn act_lacks(act: &Act, plan: &Plan, topology: &Topology) -> Option<String> {
    match act {
        Act::Open(opening) if plan.role == Role::Listener => {
            let app = opening.app;
            let has = topology.ports.of(app).is_some();
            (!has).then(|| format!("the target has no {} application", app.name()))
        }
        Act::Join(joining) => {
            tester_lacks(joining.from, topology).or_else(|| target_lacks(joining.to, topology))
        }
        Act::Send(segment) => segment_lacks(segment, topology),
        Act::Flood { segments, .. } => {
            segments.iter().find_map(|segment| segment_lacks(segment, topology))
        }
        Act::Order(
            Order::Join { from: address, .. }
            | Order::Announce { address, .. }
            | Order::Withdraw { address, .. },
        ) => target_lacks(*address, topology),
        _ => None,
    }
}

fn segment_lacks(segment: &Segment, topology: &Topology) -> Option<String> {
    segment.options.iter().find_map(|option| match option {
        Opt::AddAddr { address: Address::Tester(address), .. } => tester_lacks(*address, topology),
        _ => None,
    })
}

fn expectation_lacks(expectation: &Expectation, topology: &Topology) -> Option<String> {
    let What::Segments { pattern, .. } = &expectation.what else { return None };
    (pattern.exceeds.is_some() && !topology.whole_segments).then(|| {
        "sizes of segments count, and a device may have put some together on the way (GRO); \
         where none does, whole-segments = true in the profile says so"
            .to_owned()
    })
}

fn tester_lacks(address: u8, topology: &Topology) -> Option<String> {
    short("tester", topology.tester.len(), address)
}

fn target_lacks(address: u8, topology: &Topology) -> Option<String> {
    short("target", topology.target.len(), address)
}

fn short(whose: &str, has: usize, address: u8) -> Option<String> {
    let needs = usize::from(address) + 1;
    (needs > has).then(|| format!("the {whose} has {has} of the {needs} addresses that it takes"))
}
