//! One target in a namespace of its own, joined to the tester by several paths.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sched::{CloneFlags, unshare};

use crate::control::{Controls, Operator, Process};
use crate::link::{self, Link, Recipients, Wiring};
use crate::plan::Family;
use crate::testbed::{Ports, Topology};

/// How many paths there are; the target has an address on each.
const PATHS: u8 = 3;
/// How many addresses the tester has, on the paths in turn.
const TESTER: u8 = 6;
/// The target's ports.
const PORTS: Ports = Ports::all(7, 9, 19);
/// More than anybody sends who isn't stuck.
const RATE: u32 = 50_000;

/// A target and the link to it.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) link: Link,
    pub(super) controls: Controls,
}

/// Who is where, of one version of IP.
pub fn addresses(family: Family) -> Topology {
    Topology {
        tester: (0..TESTER).map(|number| tester(family, number)).collect(),
        // Seats have their own.
        tester_ports: 0..=0,
        target: (0..PATHS).map(|path| target(family, path)).collect(),
        ports: PORTS,
        request: None,
        whole_segments: true,
        clean_path: true,
    }
}

/// The target's address on a path, in the ranges for documentation (RFC 5737, RFC 3849).
fn target(family: Family, path: u8) -> IpAddr {
    host(family, path, 1)
}

fn tester(family: Family, number: u8) -> IpAddr {
    host(family, number % PATHS, 11 + number)
}

fn host(family: Family, path: u8, host: u8) -> IpAddr {
    match family {
        Family::V4 => match path {
            0 => Ipv4Addr::new(192, 0, 2, host).into(),
            1 => Ipv4Addr::new(198, 51, 100, host).into(),
            _ => Ipv4Addr::new(203, 0, 113, host).into(),
        },
        Family::V6 => Ipv6Addr::new(0x2001, 0xdb8, 0, path.into(), 0, 0, 0, host.into()).into(),
    }
}

impl Host {
    /// Makes one.
    pub(super) fn make(program: &Path) -> Result<Self, String> {
        // A thread of its own, because it moves to another namespace for good.
        let program = program.display().to_string();
        let made = std::thread::spawn(move || make(program)).join();
        made.unwrap_or_else(|_| Err("the namespaces can't be made".to_owned()))
    }
}

fn make(program: String) -> Result<Host, String> {
    unshare(CloneFlags::CLONE_NEWNET).map_err(|error| {
        format!(
            "network namespaces can't be made ({error}): run as root, or as \
             `unshare --user --map-root-user mpconform …`"
        )
    })?;
    // The tester answers for its addresses itself: the kernel on its side is to keep still.
    setting("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1")?;
    let command = ["unshare", "--net", "--", "sh", "-c", APPLICATIONS].map(str::to_owned);
    let command: Vec<String> = command.into_iter().chain([program]).collect();
    let applications = Process::start(&command).map_err(|trouble| trouble.to_string())?;
    let process = applications.id();
    let mut here = String::new();
    let mut there = String::from("link set lo up\n");
    for path in 0..PATHS {
        let _ =
            writeln!(here, "link add path{path} type veth peer name path{path} netns {process}");
        let _ = writeln!(here, "link set path{path} up");
        for family in Family::BOTH {
            let (address, length) = (target(family, path), prefix(family));
            let nodad = if family == Family::V6 { " nodad" } else { "" };
            let _ = writeln!(there, "address add {address}/{length} dev path{path}{nodad}");
        }
        // One segment, one frame: so that what the target sends is what would be on a wire.
        let _ = writeln!(there, "link set path{path} gso_max_segs 1 up");
    }
    let shell = ["nsenter", "--net", "--target", &process.to_string(), "--", "sh", "-c"];
    let operator = Operator {
        shell: shell.map(str::to_owned).into(),
        join: Some(format!("{JOIN}{{ {FORGET}; {JOIN}false; }}")),
        announce: Some("ip mptcp endpoint add {address} signal".to_owned()),
        withdraw: Some(FORGET.to_owned()),
        restore: Some("ip mptcp endpoint flush".to_owned()),
        ..Operator::default()
    };
    feed(&["ip", "-batch", "-"], &here)?;
    let inside = format!("nsenter --net --target {process} -- ip -batch -");
    feed(&inside.split(' ').collect::<Vec<_>>(), &there)?;
    operator.run(SETTINGS).map_err(|trouble| trouble.to_string())?;
    let paths = (0..PATHS).map(|path| link::Path {
        interface: format!("path{path}"),
        addresses: Family::BOTH
            .into_iter()
            .flat_map(|family| {
                let there = (0..TESTER).filter(move |number| number % PATHS == path);
                there.map(move |number| tester(family, number))
            })
            .collect(),
        gateways: Family::BOTH.map(|family| target(family, path)).to_vec(),
    });
    let wiring = Wiring {
        paths: paths.collect(),
        recipients: Recipients::Only(
            Family::BOTH
                .into_iter()
                .flat_map(|family| (0..PATHS).map(move |path| target(family, path)))
                .collect(),
        ),
        allow_public: false,
        rate: RATE,
        own_mac: false,
    };
    let link = Link::open(wiring).map_err(|error| error.to_string())?;
    for family in Family::BOTH {
        for path in 0..PATHS {
            link.reach(tester(family, path), target(family, path))
                .map_err(|error| error.to_string())?;
        }
    }
    Ok(Host { link, controls: Controls::new(Some(applications), operator) })
}

/// What a target needs beside the defaults of its kernel: as many subflows and addresses as the
/// cases use, and no memory of connections on which MPTCP failed, because cases make it fail.
const SETTINGS: &str = "ip mptcp limits set subflow 8 add_addr_accepted 8 && \
    { echo 0 > /proc/sys/net/mptcp/blackhole_timeout || true; } 2>&-";
/// Runs the applications, which is the argument, where every listener takes data with SYNs (TCP
/// Fast Open): that has to be set before they listen.
const APPLICATIONS: &str =
    "{ echo 0x403 > /proc/sys/net/ipv4/tcp_fastopen || true; } 2>&-; exec \"$0\" app --orders";

/// Takes back an address, whose ID is the kernel's choice.
const FORGET: &str = "ip mptcp endpoint show | sed -n 's/^{address} id \\([0-9]*\\) .*/\\1/p' | \
    xargs -n 1 ip mptcp endpoint delete id";

/// Joins from an address, again if that was ordered before. One that the kernel has used by itself
/// is in its list already, and is taken over where no ID is named.
const JOIN: &str = "ip mptcp endpoint add {address} subflow 2>&- || ";

fn prefix(family: Family) -> u8 {
    match family {
        Family::V4 => 24,
        Family::V6 => 64,
    }
}

fn setting(path: &str, value: &str) -> Result<(), String> {
    std::fs::write(path, value).map_err(|error| format!("{path} can't be set: {error}"))
}

/// Runs a command that reads its work from standard input.
fn feed(command: &[&str], input: &str) -> Result<(), String> {
    let [program, arguments @ ..] = command else { return Ok(()) };
    let failed = |error: std::io::Error| {
        format!(
            "{program} can't be run: {error}; it comes with the packages iproute2 and util-linux"
        )
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).map_err(failed)?;
    }
    let output = child.wait_with_output().map_err(failed)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} failed: {}", command.join(" "), said.lines().next().unwrap_or_default()))
}
