//! Targets across a link: the reference endpoint served in another namespace, applications on the
//! kernel's own sockets there, and a target of which nothing is known but its port.

use std::io::Write;

use super::lab::{Lab, MPCONFORM, text};

/// A profile of the reference endpoint, or a broken one, in the other namespace.
fn profile(lab: &Lab, more: &[&str]) -> tempfile::NamedTempFile {
    let own = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2", "2001:db8::3"];
    let tester: Vec<String> = (11..17)
        .flat_map(|host| [format!("192.0.2.{host}"), format!("2001:db8::{host}")])
        .collect();
    let mut orders = vec!["ip", "netns", "exec", &lab.target, MPCONFORM, "serve", "--orders"];
    orders.extend(["--interface", "there"]);
    orders.extend(own.iter().flat_map(|address| ["--address", address]));
    orders.extend(more);
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile().expect("a file");
    writeln!(
        file,
        "name = 'served'\naddresses = {own:?}\nsupports = ['nav', 'maxsf', 'exp']\n\
         whole-segments = true\nrate = 50000\norders = {orders:?}\n\
         [ports]\necho = 7\nsink = 9\nsource = 19\n\
         [[path]]\ninterface = 'here'\naddresses = {tester:?}"
    )
    .expect("written");
    file
}

#[test]
fn the_reference_passes_over_a_link() {
    let Some(lab) = Lab::make() else { return };
    let profile = profile(&lab, &[]);
    let file = profile.path().to_str().expect("a path");
    let selectors = [
        "nav/4/",
        "nav/3",
        "acceptor-keeps-testers-maximum",
        "opener-keeps-testers-maximum",
        "zero-never-announced",
        "probe-answered",
    ];
    let args = [&["run", "--target", file, "--maxsf-layout", "B"][..], &selectors].concat();
    let output = lab.mpconform(&args);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}{}", text(&output.stderr));
    for line in said.lines() {
        assert!(!line.starts_with("fail") && !line.starts_with("inconclusive"), "{said}");
    }
}

#[test]
fn a_broken_endpoint_fails_over_a_link() {
    let Some(lab) = Lab::make() else { return };
    let profile = profile(&lab, &["--mutant", "nav-stays"]);
    let file = profile.path().to_str().expect("a path");
    let play = "nav/4/switch-moves-traffic:initiator:ipv6";
    let output = lab.mpconform(&["run", "--target", file, play]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}{}", text(&output.stderr));
    assert!(said.contains("FAIL"), "{said}");
}

#[test]
fn a_target_is_looked_at() {
    let Some(lab) = Lab::make() else { return };
    let profile = profile(&lab, &[]);
    let file = profile.path().to_str().expect("a path");
    let output = lab.mpconform(&["target", "check", file]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    insta::assert_snapshot!("wire-target-check", text(&output.stdout));
}

#[test]
fn a_port_is_enough_to_be_tested() {
    let Some(lab) = Lab::make() else { return };
    lab.address("192.0.2.1/24");
    lab.address("2001:db8::1/64");
    let _applications = lab.serve(&["app", "--sink", "5000"]);
    for (target, address) in
        [("192.0.2.1:5000", "192.0.2.20"), ("[2001:db8::1]:5000", "2001:db8::20")]
    {
        let connect = ["--target", target, "--interface", "here", "--address", address];
        let selector = "rfc9293/3.1/unknown-kinds-on-data";
        let args = [&["run", selector, "--supports", "none"][..], &connect].concat();
        let output = lab.mpconform(&args);
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{said}{}", text(&output.stderr));
        assert!(said.contains("pass"), "{said}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a target goes away in its own time")]
fn a_target_that_goes_away_is_said_to_be_gone() {
    let Some(lab) = Lab::make() else { return };
    lab.address("192.0.2.1/24");
    let applications = lab.serve(&["app", "--sink", "5000"]);
    let connect = ["--target", "192.0.2.1:5000", "--interface", "here", "--address", "192.0.2.20"];
    let play = ["run", "rfc8684", "--supports", "none", "--family", "ipv4", "--jobs", "1"];
    let output = std::thread::scope(|scope| {
        let run = scope.spawn(|| lab.mpconform(&[&play[..], &connect].concat()));
        std::thread::sleep(std::time::Duration::from_secs(3));
        drop(applications);
        run.join().expect("the run ends")
    });
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}{}", text(&output.stderr));
    assert!(said.contains("the target answers no more since rfc8684/"), "{said}");
    assert!(!said.contains("broke the tester"), "{said}");
}
