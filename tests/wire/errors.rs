//! What can't be had is said in one sentence.

use std::process::{Command, Stdio};

use super::lab::{Lab, MPCONFORM, is_possible, text};

/// The one sentence on stderr, and that the program ended as it should.
fn sentence(output: &std::process::Output) -> String {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

#[test]
fn what_is_wrong_with_a_link_is_said() {
    let Some(lab) = Lab::make() else { return };
    let run = |more: &[&str]| {
        let usual = ["run", "rfc9293", "--supports", "none"];
        sentence(&lab.mpconform(&[&usual[..], more].concat()))
    };
    let host = ["--target", "192.0.2.1:80"];
    for (more, says) in [
        (&[][..], "--interface"),
        (&["--interface", "here"], "--address is missing"),
        (&["--interface", "nowhere", "--address", "192.0.2.9"], "there is no interface nowhere"),
        (&["--interface", "here", "--address", "224.0.0.1"], "can't be an address of the tester"),
        (&["--interface", "here", "--address", "192.0.2.1"], "both the tester's and the target's"),
        (&["--interface", "here", "--address", "8.8.8.8"], "--allow-public"),
        (
            &["--interface", "here", "--address", "192.0.2.9"],
            "192.0.2.1 doesn't answer ARP on here",
        ),
    ] {
        let said = run(&[&host[..], more].concat());
        assert!(said.contains(says), "{said}");
    }
    let public = ["--target", "8.8.8.8:80", "--interface", "here", "--address", "192.0.2.9"];
    assert!(run(&public).contains("--allow-public"));
    let group = ["--target", "224.0.0.1:80", "--interface", "here", "--address", "192.0.2.9"];
    assert!(run(&group).contains("isn't the address of one host"));
    for (target, says) in [
        ("[2001:db8::1]:80", "no version of IP in common"),
        ("127.0.0.1:80", "127.0.0.1 is this machine itself"),
    ] {
        let said = run(&["--target", target, "--interface", "here", "--address", "192.0.2.9"]);
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn addresses_of_everybody_and_of_this_machine_are_refused() {
    let Some(lab) = Lab::make() else { return };
    lab.testers_address("192.0.2.200/24");
    for (target, address, says) in [
        ("192.0.2.255:80", "192.0.2.9", "192.0.2.255 is everybody on 192.0.2.200/24"),
        ("192.0.2.1:80", "192.0.2.255", "192.0.2.255 is everybody on 192.0.2.200/24"),
        ("192.0.2.200:80", "192.0.2.9", "192.0.2.200 is this machine's own address on here"),
    ] {
        let connect = ["--target", target, "--interface", "here", "--address", address];
        let said = sentence(&lab.mpconform(&[&["run", "rfc9293"][..], &connect].concat()));
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn a_port_on_which_nothing_listens_is_said() {
    let Some(lab) = Lab::make() else { return };
    lab.address("192.0.2.1/24");
    let connect = ["--target", "192.0.2.1:5000", "--interface", "here", "--address", "192.0.2.20"];
    let said = sentence(&lab.mpconform(&[&["run", "rfc8684/3.1"][..], &connect].concat()));
    assert!(said.contains("nothing listens on port 5000 of 192.0.2.1"), "{said}");
}

#[test]
fn missing_privilege_is_said() {
    if !is_possible() {
        return;
    }
    for target in
        [&["kernel"][..], &["192.0.2.1:80", "--interface", "lo", "--address", "192.0.2.9"]]
    {
        let output = Command::new("setpriv")
            .args(["--inh-caps=-all", "--bounding-set=-all", MPCONFORM, "run", "rfc9293"])
            .args(["--supports", "none", "--target"])
            .args(target)
            .stdin(Stdio::null())
            .output()
            .expect("setpriv starts");
        let said = sentence(&output);
        assert!(said.contains("root"), "{said}");
    }
}
