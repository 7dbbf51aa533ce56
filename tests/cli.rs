//! The command from outside: arguments, pipes, damage, and what it says.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use support::privilege::{is_root, skip};
use support::{mpdissect, root, run, stdout, text};

/// Exit code and the only line on stderr.
fn complaint(args: &[&str]) -> (i32, String, String) {
    let output = run(args);
    let stderr = text(&output.stderr);
    assert_eq!(stderr.trim_end().lines().count(), 1, "one sentence: {stderr}");
    (output.status.code().expect("no signal"), stderr, text(&output.stdout))
}

/// A file to read from.
fn open(path: impl AsRef<std::path::Path>) -> Stdio {
    std::fs::File::open(path).expect("the file is there").into()
}

#[test]
fn says_in_one_sentence_what_is_wrong_with_an_input() {
    for (file, code, words) in [
        ("captures/nowhere.pcap", 3, "captures/nowhere.pcap"),
        ("captures", 3, "directory"),
        ("captures/broken/empty.pcap", 3, "empty"),
        ("captures/broken/text.pcap", 3, "text"),
        ("captures/broken/cut-in-record.pcap", 1, "record 6 at octet 642"),
        ("captures/broken/record-of-4-gigabytes.pcap", 1, "4294967295 octets"),
        ("captures/broken/cut-in-block.pcapng", 1, "block 8 at octet 756"),
        ("captures/broken/cut.pcap.gz", 1, "gzip"),
    ] {
        let (found, stderr, _) = complaint(&[file]);
        assert_eq!(found, code, "{file}: {stderr}");
        assert!(stderr.contains(words) && stderr.starts_with("mpdissect: "), "{file}: {stderr}");
    }
}

#[test]
fn shows_what_was_good_before_the_damage() {
    let (code, _, shown) = complaint(&["captures/broken/cut-in-record.pcap"]);
    assert_eq!((code, shown.lines().count()), (1, 5));
    let whole = stdout(&["captures/maxsubflows.pcap"]);
    assert!(whole.lines().nth(5).is_some());
}

#[test]
fn goes_on_with_the_other_files_after_damage() {
    let output = run(&["captures/broken/cut-in-record.pcap", "captures/basic_v4.pcap"]);
    assert_eq!(output.status.code(), Some(1));
    let alone = stdout(&["captures/basic_v4.pcap"]);
    assert_eq!(text(&output.stdout).lines().count(), 5 + alone.lines().count());
}

#[test]
fn refuses_a_wrong_command_line() {
    for (args, words) in [
        (&["--only", "mp_nothing", "captures/basic_v4.pcap"][..], "mp_capable"),
        (&["--nav-subtype", "3", "captures/basic_v4.pcap"], "0x9 to 0xf"),
        (&["-f", "tcp portt 80", "captures/basic_v4.pcap"], "tcp portt 80"),
        (&["--frmat", "json"], "--format"),
        (&["-i", "lo", "captures/basic_v4.pcap"], "cannot be used with"),
        (&["-c", "0", "captures/basic_v4.pcap"], "0"),
        (&["-e", "frame.number", "captures/basic_v4.pcap"], "--format fields"),
        (&["-v", "--format", "json", "captures/basic_v4.pcap"], "--format text"),
        (&["-s", "96", "captures/basic_v4.pcap"], "--interface"),
        (&["-", "-"], "only once"),
        (&["--follow", "captures/basic_v4.pcap", "captures/prio.pcap"], "takes one"),
        (
            &["--format", "fields", "-e", "tcp.options.mptcp.sendkye", "captures/basic_v4.pcap"],
            "tcp.options.mptcp.sendkey",
        ),
    ] {
        let output = run(args);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains(words), "{args:?}: {stderr}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn reads_packed_files_like_plain_ones() {
    let plain = stdout(&["captures/maxsubflows.pcap"]);
    for packing in ["gz", "zst", "lz4", "xz"] {
        let file = format!("captures/maxsubflows.pcap.{packing}");
        assert_eq!(stdout(&[&file]), plain, "{packing}");
    }
}

#[test]
fn reads_standard_input() {
    let plain = stdout(&["captures/basic_v4.pcap"]);
    for args in [&["-"][..], &[], &["-r", "-"]] {
        let output = mpdissect(args)
            .stdin(open(root("captures/basic_v4.pcap")))
            .output()
            .expect("mpdissect starts");
        assert_eq!(text(&output.stdout), plain, "{args:?}");
    }
}

#[test]
fn shows_a_packet_of_a_pipe_as_soon_as_it_comes() {
    let capture = std::fs::read(root("captures/basic_v4.pcap")).expect("the sample is there");
    let length = u32::from_le_bytes(capture[32..36].try_into().expect("four octets")) as usize;
    let mut child = piped(&["-"]);
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(&capture[..40 + length]).expect("the pipe takes it");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let first = lines.next().expect("a line before the pipe is closed").expect("readable");
    assert!(first.contains("mpcapable v1"), "{first}");
    drop(stdin);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn ends_cleanly_at_an_interrupt_while_it_waits_for_a_pipe() {
    let capture = std::fs::read(root("captures/basic_v4.pcap")).expect("the sample is there");
    let mut child = piped(&["--connections", "-"]);
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(&capture).expect("the pipe takes it");
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    drop(stdin);
}

fn piped(args: &[&str]) -> Child {
    mpdissect(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("mpdissect starts")
}

fn interrupt(child: &Child) {
    let pid = Pid::from_child(child);
    kill_process(pid, Signal::INT).expect("the signal is sent");
}

#[test]
fn stops_quietly_when_nobody_reads_on() {
    let files = vec!["captures/dss-widths.pcap"; 40];
    let mut child = piped(&files);
    let mut line = [0; 10];
    child.stdout.take().expect("piped").read_exact(&mut line).expect("some output");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
}

#[test]
fn says_that_the_disk_is_full() {
    let full = || std::fs::File::create("/dev/full").expect("Linux has it");
    let output = mpdissect(&["captures/basic_v4.pcap"]).stdout(full()).output().expect("starts");
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("No space left"), "{}", text(&output.stderr));

    let output = run(&["-w", "/dev/full", "captures/basic_v4.pcap"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("/dev/full"), "{}", text(&output.stderr));
}

#[test]
fn shows_what_came_before_a_write_that_fails() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join("copy.pcap").display().to_string();
    let output = run(&["-w", &copy, "captures/any_sll2.pcap", "captures/basic_v4.pcap"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let alone = stdout(&["captures/any_sll2.pcap"]);
    assert!(text(&output.stdout).starts_with(&alone));
}

#[test]
fn shows_the_end_once_if_a_write_fails() {
    // At the end, where the last octets are written, and before it.
    for files in [&["captures/navigation.pcap"][..], &["captures/dss-widths.pcap"; 40]] {
        let table = [&["--connections"], files].concat();
        let json = [&["--connections", "--format", "json"], files].concat();
        for args in [&table, &json] {
            let failing = [&["-w", "/dev/full"], args.as_slice()].concat();
            let output = run(&failing);
            assert_eq!(output.status.code(), Some(3));
            assert!(text(&output.stderr).contains("/dev/full"), "{}", text(&output.stderr));
            let shown = text(&output.stdout);
            let end = if args.len() == table.len() { " TCP segments, " } else { r#""type":"end""# };
            assert_eq!(shown.lines().filter(|line| line.contains(end)).count(), 1, "{shown}");
            if files.len() == 1 {
                assert_eq!(shown, stdout(args));
            }
        }
    }
}

/// A pipe that takes the written packets may close, which leaves the rest as it is.
#[test]
fn shows_connections_though_nobody_reads_the_written_packets() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pipe = folder.path().join("packets");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).expect("a pipe");
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || drop(std::fs::File::open(pipe).expect("the writer's end opens, too"))
    });
    let pipe = pipe.display().to_string();
    let files = vec!["captures/dss-widths.pcap"; 200];
    let output = run(&[&["--connections", "-w", &pipe], files.as_slice()].concat());
    reader.join().expect("it closes");
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
    assert!(text(&output.stdout).contains(" TCP segments, "), "{}", text(&output.stdout));
}

#[test]
fn says_that_it_was_stopped_before_the_end_of_a_file() {
    let capture = std::fs::read(root("captures/dss-widths.pcap")).expect("the sample is there");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let long = folder.path().join("long.pcap");
    let mut file = std::fs::File::create(&long).expect("created");
    file.write_all(&capture[..24]).expect("written");
    for _ in 0..500 {
        file.write_all(&capture[24..]).expect("written");
    }
    // Nobody reads its output, so it can't come to the end before the signal.
    let mut child = piped(&[long.to_str().expect("a plain path")]);
    let mut stdout = child.stdout.take().expect("piped");
    stdout.read_exact(&mut [0; 10]).expect("some output");
    interrupt(&child);
    stdout.read_to_end(&mut Vec::new()).expect("readable");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("before the end"), "{}", text(&output.stderr));
}

#[test]
fn says_that_the_selection_holds_nothing() {
    let output = run(&["--only", "mp_fail", "captures/basic_v4.pcap"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
    assert!(text(&output.stderr).contains("none of 90 packets"), "{}", text(&output.stderr));
}

#[test]
fn follows_a_file_that_grows_until_interrupted() {
    let capture = std::fs::read(root("captures/basic_v4.pcap")).expect("the sample is there");
    let length = u32::from_le_bytes(capture[32..36].try_into().expect("four octets")) as usize;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let growing = folder.path().join("growing.pcap");
    std::fs::write(&growing, &capture[..40 + length]).expect("written");
    let mut child = piped(&["--follow", growing.to_str().expect("a plain path")]);
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    assert!(lines.next().expect("the first packet").expect("readable").contains("nokey"));
    let mut file = std::fs::File::options().append(true).open(&growing).expect("still there");
    file.write_all(&capture[40 + length..]).expect("written");
    assert!(lines.next().expect("the second packet").expect("readable").contains("key["));
    interrupt(&child);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn never_writes_over_the_file_that_it_reads() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("own.pcap");
    let octets = std::fs::read(root("captures/basic_v4.pcap")).expect("the sample is there");
    std::fs::write(&path, &octets).expect("a copy");
    let name = path.to_str().expect("a name");
    for (input, args) in [(Stdio::null(), ["-w", name, name]), (open(name), ["-w", name, "-"])] {
        let output = mpdissect(&args).stdin(input).output().expect("mpdissect starts");
        let stderr = text(&output.stderr);
        assert!(stderr.contains("would be overwritten while it is read"), "{stderr}");
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(std::fs::read(&path).expect("it is still there"), octets);
    }
}

#[test]
fn writes_the_selected_packets_in_both_formats() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, filter) in [("all.pcap", &[][..]), ("joins.pcapng", &["--only", "mp_join"])] {
        let copy = folder.path().join(name).display().to_string();
        let source = "captures/join_v4.pcap";
        let shown = stdout(&[filter, &["-w", &copy, source]].concat());
        let again = stdout(&[&["-t", "epoch", "--no-track"], filter, &[&copy]].concat());
        let first = stdout(&[&["-t", "epoch", "--no-track"], filter, &[source]].concat());
        assert_eq!(shown.lines().count(), first.lines().count());
        // Numbers count anew in the copy, and times may have more digits.
        let rest = |text: &str| -> Vec<(f64, String)> {
            let lines = text.lines().map(|line| {
                let mut words = line.split_whitespace().skip(1);
                let time = words.next().and_then(|time| time.parse().ok()).expect("a time");
                (time, words.collect::<Vec<_>>().join(" "))
            });
            lines.collect()
        };
        assert_eq!(rest(&again), rest(&first), "{name}");
    }
}

#[test]
fn writes_a_capture_to_standard_output() {
    let output = run(&["-w", "-", "captures/basic_v4.pcap"]);
    let original = std::fs::read(root("captures/basic_v4.pcap")).expect("the sample is there");
    assert_eq!(output.stdout.len(), original.len());
    assert_eq!(output.stdout.get(24..), original.get(24..));
}

#[test]
fn filters_and_counts() {
    let all = stdout(&["captures/join_v4.pcap"]);
    let filtered = stdout(&["-f", "src host 10.0.0.1", "captures/join_v4.pcap"]);
    assert!(!filtered.is_empty() && filtered.lines().count() < all.lines().count());
    assert!(filtered.lines().all(|line| line.contains("10.0.0.1:47762 >")));
    assert_eq!(stdout(&["-c", "3", "captures/join_v4.pcap"]).lines().count(), 3);
    let joins = stdout(&["--only", "mp-join", "captures/join_v4.pcap"]);
    assert!(joins.lines().all(|line| line.contains("mp_join_")), "{joins}");
    assert_eq!(
        stdout(&["--count-only", "captures/join_v4.pcap"]),
        "158 packets, 158 with TCP, 158 with MPTCP\n"
    );
    let selected = stdout(&["--count-only", "--only", "navigation", "captures/navigation.pcap"]);
    assert_eq!(selected, "96 packets, 96 with TCP, 93 with MPTCP, 7 selected\n");
}

#[test]
fn a_filter_leaves_out_link_types_that_it_makes_no_sense_on() {
    use mpdissect::source::{Frame, Input, Interface, LinkType, Resolution, Source, Writer};
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("mixed.pcapng");
    let mut input = Input::open(&root("captures/basic_v4.pcap")).expect("a capture");
    let mut writer = Writer::create(&path).expect("room");
    let usb = LinkType(220);
    let interfaces =
        [LinkType::ETHERNET, usb].map(|link| Interface::new(link, 0, Resolution::NANO));
    while input.advance().expect("a whole capture") {
        let frame = input.frame();
        let other = Frame { link: usb, interface: 1, ..frame };
        for frame in [frame, other] {
            writer.write(&frame, &interfaces, &[]).expect("room");
        }
    }
    writer.finish(&interfaces).expect("room");
    let (code, stderr, shown) = complaint(&["-f", "tcp", &path.display().to_string()]);
    let alone = stdout(&["captures/basic_v4.pcap"]);
    assert_eq!((code, shown.lines().count()), (0, alone.lines().count()));
    assert!(stderr.contains("90 packets") && stderr.contains("link type 220"), "{stderr}");
}

#[test]
fn selects_one_connection() {
    let one = stdout(&["--stream", "1", "captures/maxsubflows-layouts.pcap"]);
    let lines = one.lines().filter(|line| !line.starts_with("        "));
    let numbers: Vec<_> = lines.filter_map(|line| line.split_whitespace().nth(2)).collect();
    assert!(!numbers.is_empty() && numbers.iter().all(|n| n.starts_with("1.")), "{one}");
}

#[test]
fn reads_several_files_in_the_order_of_time_on_request() {
    let files = ["captures/navigation.pcap", "captures/basic_v4.pcap"];
    let seconds = |text: &str| -> Vec<f64> {
        let lines = text.lines().filter(|line| !line.starts_with("        "));
        lines.filter_map(|line| line.split_whitespace().nth(1)?.parse().ok()).collect()
    };
    let merged = seconds(&stdout(&[&["-m", "-t", "epoch"], &files[..]].concat()));
    let other_way = [files[1], files[0]];
    let swapped = seconds(&stdout(&[&["-m", "-t", "epoch"], &other_way[..]].concat()));
    assert!(merged.is_sorted() && merged == swapped);
    assert!(!seconds(&stdout(&[&["-t", "epoch"], &other_way[..]].concat())).is_sorted());
}

#[test]
fn colours_only_on_request_or_a_terminal() {
    let file = "captures/basic_v4.pcap";
    assert!(!stdout(&[file]).contains('\u{1b}'));
    let coloured = stdout(&["--color", "always", file]);
    assert!(coloured.contains('\u{1b}'));
    let output = mpdissect(&[file]).env("NO_COLOR", "1").output().expect("starts");
    assert!(!text(&output.stdout).contains('\u{1b}'));
}

#[test]
fn dates_are_utc() {
    let shown = stdout(&["-t", "utc", "-c", "1", "captures/basic_v4.pcap"]);
    let date = shown.split_whitespace().nth(1).expect("a date");
    assert!(date.starts_with("2026-") && date.ends_with('Z'), "{date}");
}

#[test]
fn lists_what_there_is() {
    let notices = stdout(&["notices"]);
    assert!(notices.contains("max-subflows-zero") && notices.contains("navigation-from-client"));
    assert!(stdout(&["fields"]).contains("tcp.options.mptcp.sendkey"));
    assert!(stdout(&["completions", "bash"]).contains("--nav-subtype"));
    assert!(stdout(&["man"]).contains(".TH mpdissect"));
}

#[test]
fn other_numbers_for_the_drafts() {
    let file = "captures/navigation-odd.pcap";
    assert!(stdout(&[file]).contains("mptcp_subtype=0xa"));
    assert!(!stdout(&["--nav-subtype", "0xa", file]).contains("mptcp_subtype=0xa"));
    let file = "captures/experimental.pcap";
    assert!(
        stdout(&["--exid", "0x1234", "captures/maxsubflows-layouts.pcap"])
            .contains("exid=0x1234 layout A")
    );
    assert!(stdout(&[file]).contains("mp_experimental"));
}

#[test]
fn captures_from_an_interface() {
    if !is_root() {
        return skip("live capture needs root");
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let port = listener.local_addr().expect("bound").port();
    let filter = format!("tcp port {port}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join("live.pcapng");
    let copy = copy.to_str().expect("a plain path");
    let mut child = piped(&["-i", "lo", "-f", &filter, "-w", copy, "--all", "--tcp-options"]);
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    stderr.read_line(&mut line).expect("it says when it starts");
    assert!(line.contains("capturing on lo"), "{line}");

    let stream = mptcp_connect(port);
    let Some(stream) = stream else {
        interrupt(&child);
        child.wait().expect("it ends");
        return skip("this kernel has no MPTCP");
    };
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let first = lines.next().expect("a packet").expect("readable");
    assert!(first.contains("mpcapable v1 flags[flag_h] nokey"), "{first}");
    drop(stream);
    interrupt(&child);
    let mut statistics = String::new();
    stderr.read_to_string(&mut statistics).expect("readable");
    assert!(child.wait().expect("it ends").success());
    assert!(statistics.contains("dropped by the kernel"), "{statistics}");
    assert!(stdout(&[copy]).contains("mpcapable v1"));
    // pcapng §4.6: its last block, of 64 octets, has the statistics.
    let octets = std::fs::read(copy).expect("it was written");
    let last = octets.last_chunk::<64>().and_then(|block| block.first_chunk());
    assert_eq!(last, Some(&[5, 0, 0, 0, 64, 0, 0, 0]));
}

/// An MPTCP socket of this kernel, connected over loopback.
fn mptcp_connect(port: u16) -> Option<std::os::fd::OwnedFd> {
    use rustix::net::{AddressFamily, SocketType, connect, ipproto, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, Some(ipproto::MPTCP)).ok()?;
    let address = std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, port);
    connect(&socket, &address).ok()?;
    Some(socket)
}

#[test]
fn names_interfaces_that_are_near() {
    if !is_root() {
        return skip("live capture needs root");
    }
    let (code, stderr, _) = complaint(&["-i", "loo", "-c", "1"]);
    assert_eq!(code, 3);
    assert!(stderr.contains("loo") && stderr.contains("lo"), "{stderr}");
}

#[test]
fn says_what_privilege_is_missing() {
    if !is_root() {
        return skip("only root can drop its privilege");
    }
    // Root without the two capabilities that capturing takes.
    let mut command = std::process::Command::new("setpriv");
    command.args(["--bounding-set", "-net_raw,-net_admin", env!("CARGO_BIN_EXE_mpdissect")]);
    let output = command.args(["-i", "lo"]).output().expect("setpriv is part of util-linux");
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("root"), "{}", text(&output.stderr));
}
