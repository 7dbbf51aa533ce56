//! Two hosts on a cable: network namespaces of this test's own.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::privilege::{is_root, skip};

/// The program.
pub(crate) const MPCONFORM: &str = env!("CARGO_BIN_EXE_mpconform");

/// A path below the repository's root.
pub(crate) fn root(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Output as text.
pub(crate) fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// Runs the program to its end, where the tests run.
pub(crate) fn mpconform(args: &[&str]) -> Output {
    let mut command = Command::new(MPCONFORM);
    command.args(args).current_dir(root(".")).stdin(Stdio::null());
    command.output().expect("mpconform starts")
}

/// Whether the tests may make namespaces.
pub(crate) fn is_possible() -> bool {
    if !is_root() {
        skip("network namespaces need root");
        return false;
    }
    if !std::fs::exists("/proc/sys/net/mptcp/enabled").unwrap_or(false) {
        skip("this kernel has no MPTCP");
        return false;
    }
    true
}

/// The tester's namespace with interface `here`, the target's with `there`.
pub(crate) struct Lab {
    pub(crate) tester: String,
    pub(crate) target: String,
}

impl Lab {
    /// Makes one, unless that isn't possible here.
    pub(crate) fn make() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        if !is_possible() {
            return None;
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = |end| format!("mpconform-test-{}-{number}-{end}", std::process::id());
        let lab = Self { tester: name("tester"), target: name("target") };
        ip(&["netns", "add", &lab.tester]);
        ip(&["netns", "add", &lab.target]);
        let far = ["peer", "name", "there", "netns", &lab.target];
        let near = ["link", "add", "here", "netns", &lab.tester, "type", "veth"];
        ip(&[&near[..], &far].concat());
        ip(&["-n", &lab.tester, "link", "set", "here", "up"]);
        ip(&["-n", &lab.target, "link", "set", "there", "gso_max_segs", "1", "up"]);
        Some(lab)
    }

    /// Gives the kernel of the target's namespace an address.
    pub(crate) fn address(&self, address: &str) {
        let nodad: &[&str] = if address.contains(':') { &["nodad"] } else { &[] };
        let add = ["-n", &self.target, "address", "add", address, "dev", "there"];
        ip(&[&add[..], nodad].concat());
    }

    /// Gives the kernel of the tester's namespace an address of IPv4.
    pub(crate) fn testers_address(&self, address: &str) {
        ip(&["-n", &self.tester, "address", "add", address, "dev", "here"]);
    }

    /// Runs the program in the tester's namespace to its end.
    pub(crate) fn mpconform(&self, args: &[&str]) -> Output {
        let mut command = within(&self.tester);
        command.arg(MPCONFORM).args(args).current_dir(root(".")).stdin(Stdio::null());
        command.output().expect("mpconform starts")
    }

    /// Starts the program in the target's namespace, and waits until it says that it is ready.
    pub(crate) fn serve(&self, args: &[&str]) -> Server {
        use std::io::{BufRead, BufReader};
        let mut command = within(&self.target);
        command.arg(MPCONFORM).args(args).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("mpconform starts");
        let stdout = child.stdout.take().expect("its output");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n");
        Server(child)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for name in [&self.tester, &self.target] {
            drop(Command::new("ip").args(["netns", "delete", name]).status());
        }
    }
}

/// Something that serves until it is dropped.
pub(crate) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn within(namespace: &str) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", namespace]);
    command
}

fn ip(args: &[&str]) {
    let status = Command::new("ip").args(args).status().expect("ip starts");
    assert!(status.success(), "ip {}", args.join(" "));
}
