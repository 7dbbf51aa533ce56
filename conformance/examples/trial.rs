//! Trial runs.
use mpconform::{
    cases, mutants,
    plan::*,
    policy::Policy,
    reference::Reference,
    run::play,
    testbed::{Peer, Topology, impair::*, memory::Memory, peers::Broken},
    verdict::Verdict,
};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
fn run_all(
    run: &Plan,
    imp: &Impairments,
    make: &(dyn Fn(Plan, Topology) -> Box<dyn Peer + Send> + Sync),
    only: &str,
    out: &Mutex<Vec<(String, Verdict)>>,
) {
    for case in cases::all() {
        for variant in case.variants() {
            if !case.id.starts_with(only) {
                continue;
            }
            if let mpconform::case::Axes::Only(n) = case.axes {
                if n != run.negotiation {
                    continue;
                }
            }
            let plan = case.plan(variant, run);
            let topo = Memory::topology(plan.family);
            let mut tb = Memory::new(
                make(plan, topo.clone()),
                topo,
                Impairments { seed: plan.seed, ..imp.clone() },
            );
            let o = play(case, &plan, &mut tb);
            out.lock().unwrap().push((format!("{}:{}", case.id, variant), o.verdict));
        }
    }
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let only = a.get(4).cloned().unwrap_or_default();
    match a[1].as_str() {
        "loss" => {
            let (from, to): (u64, u64) = (a[2].parse().unwrap(), a[3].parse().unwrap());
            let ts: u32 = a.get(5).map_or(10, |x| x.parse().unwrap());
            let next = std::sync::atomic::AtomicU64::new(from);
            let tally = Mutex::new(BTreeMap::<&'static str, u64>::new());
            let incon = Mutex::new(BTreeMap::<String, u64>::new());
            std::thread::scope(|s| {
                for _ in 0..2 {
                    s.spawn(|| {
                        loop {
                            let seed = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                            if seed >= to {
                                break;
                            }
                            let imp = Impairments {
                                jitter: Duration::from_millis(30),
                                loss: (seed % 5 * 50) as u16,
                                duplication: (seed / 5 % 5 * 50) as u16,
                                reordering: (seed / 25 % 5 * 50) as u16,
                                ..Impairments::default()
                            };
                            let run = Plan { seed, time_scale: ts, ..Plan::default() };
                            let out = Mutex::new(vec![]);
                            run_all(
                                &run,
                                &imp,
                                &|p, t| Box::new(Reference::new(Policy::CONFORMANT, p, t)),
                                &only,
                                &out,
                            );
                            for (id, v) in out.into_inner().unwrap() {
                                *tally.lock().unwrap().entry(v.name()).or_default() += 1;
                                match &v {
                                    Verdict::Fail(_) | Verdict::Error { .. } => {
                                        println!("seed {seed} loss {} {id} {v:?}", imp.loss)
                                    }
                                    Verdict::Inconclusive { .. } => {
                                        let k = id.split(':').take(2).collect::<Vec<_>>().join(":");
                                        *incon.lock().unwrap().entry(k).or_default() += 1
                                    }
                                    _ => {}
                                }
                            }
                        }
                    });
                }
            });
            println!("{:?}", tally.into_inner().unwrap());
            let mut inc: Vec<_> = incon.into_inner().unwrap().into_iter().collect();
            inc.sort_by_key(|x| std::cmp::Reverse(x.1));
            for (k, n) in inc.iter().take(15) {
                println!("{n} {k}")
            }
        }
        "mutants" => {
            for m in mutants::all() {
                if !m.name.starts_with(&a[2]) {
                    continue;
                }
                let mut failed = std::collections::BTreeSet::new();
                let mut others = BTreeMap::new();
                for n in [Negotiation::ExpOption00, Negotiation::Rfc6824bis] {
                    let out = Mutex::new(vec![]);
                    run_all(
                        &Plan { negotiation: n, ..Plan::default() },
                        &Impairments::default(),
                        &|p, t| Box::new(Reference::new(m.policy, p, t)),
                        "",
                        &out,
                    );
                    for (id, v) in out.into_inner().unwrap() {
                        let id = id.split(':').next().unwrap().to_string();
                        match v {
                            Verdict::Fail(_) => {
                                failed.insert(id);
                            }
                            Verdict::Pass | Verdict::Skipped { .. } => {}
                            v => {
                                others.insert(id, format!("{v:?}"));
                            }
                        }
                    }
                }
                let named: std::collections::BTreeSet<String> =
                    m.fails.iter().map(|s| s.to_string()).collect();
                let missing: Vec<_> = named.difference(&failed).collect();
                let extra: Vec<_> = failed.difference(&named).collect();
                if !missing.is_empty() || !extra.is_empty() {
                    println!("{}: MISSING {missing:?} EXTRA {extra:?}", m.name);
                    for x in &missing {
                        if let Some(o) = others.get(*x) {
                            println!("    {x}: {o}")
                        }
                    }
                }
            }
        }
        "broken" => {
            for b in Broken::ALL {
                let out = Mutex::new(vec![]);
                run_all(&Plan::default(), &Impairments::default(), &|_, _| Box::new(b), "", &out);
                let mut t = BTreeMap::<&str, u64>::new();
                for (id, v) in out.into_inner().unwrap() {
                    *t.entry(v.name()).or_default() += 1;
                    if matches!(v, Verdict::Pass | Verdict::Error { .. }) {
                        println!("{b:?} {id} {v:?}")
                    }
                }
                println!("{b:?} {t:?}");
            }
        }
        "boxes" => {
            use mpdissect::wire::mptcp::Subtype as S;
            for place in [
                Place::Any,
                Place::Syn,
                Place::SynAck,
                Place::ThirdAck,
                Place::FirstData,
                Place::LaterData,
            ] {
                for subtype in
                    [None, Some(S::MpCapable), Some(S::MpJoin), Some(S::Dss), Some(S::AddAddr)]
                {
                    for subflow in [None, Some(0), Some(1)] {
                        for way in [None, Some(Way::ToTarget), Some(Way::ToTester)] {
                            let imp = Impairments {
                                rules: vec![Rule {
                                    way,
                                    subflow,
                                    place,
                                    subtype,
                                    deed: Deed::Strip,
                                }],
                                ..Impairments::default()
                            };
                            let out = Mutex::new(vec![]);
                            run_all(
                                &Plan::default(),
                                &imp,
                                &|p, t| Box::new(Reference::new(Policy::CONFORMANT, p, t)),
                                &a.get(2).cloned().unwrap_or_default(),
                                &out,
                            );
                            let mut fails = vec![];
                            for (id, v) in out.into_inner().unwrap() {
                                if let Verdict::Fail(f) = &v {
                                    fails.push(format!("{id} {} | {}", f.expected, f.seen))
                                } else if let Verdict::Error { reason } = &v {
                                    fails.push(format!("{id} ERROR {reason}"))
                                }
                            }
                            if !fails.is_empty() {
                                println!(
                                    "{place:?} {subtype:?} {subflow:?} {way:?}: {} fails, e.g. {}",
                                    fails.len(),
                                    fails[0]
                                )
                            }
                        }
                    }
                }
            }
        }
        _ => {
            let start = std::time::Instant::now();
            for n in [Negotiation::ExpOption00, Negotiation::Rfc6824bis] {
                let out = Mutex::new(vec![]);
                run_all(
                    &Plan { negotiation: n, ..Plan::default() },
                    &Impairments::default(),
                    &|p, t| Box::new(Reference::new(Policy::CONFORMANT, p, t)),
                    &a.get(2).cloned().unwrap_or_default(),
                    &out,
                );
                let mut t = BTreeMap::<&str, u64>::new();
                for (id, v) in out.into_inner().unwrap() {
                    *t.entry(v.name()).or_default() += 1;
                    if !matches!(v, Verdict::Pass) {
                        println!("{id} {v:?}")
                    }
                }
                println!("{t:?} {:?}", start.elapsed());
            }
        }
    }
}
