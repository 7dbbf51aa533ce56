//! Every line of every sample against the schema; a few lines in full.

use jsonschema::Validator;
use serde_json::Value;

use super::option::Shape;
use super::{End, SCHEMA, connection, end, packet};
use crate::event::{Config, Counts, Dissector};
use crate::render::samples::{all, read, sample};
use crate::source::{Input, Source, Statistics};
use crate::wire::field::Name;

const DOCUMENT: &str = include_str!("../../../../docs/mpdissect.schema.json");

fn schema() -> Value {
    serde_json::from_str(DOCUMENT).expect("the schema is JSON")
}

fn validator() -> Validator {
    jsonschema::draft202012::options()
        .build(&schema())
        .expect("the schema is one of JSON Schema 2020-12")
}

/// All lines of a sample.
fn lines(path: &std::path::Path) -> String {
    let mut out = Vec::new();
    let mut read = read(path, |event, comments| packet(event, comments, &mut out));
    for each in read.dissector.tracker().connections() {
        connection(each, &mut out);
    }
    let evicted = read.dissector.tracker().evicted();
    let error = read.error.as_deref();
    let counts = read.dissector.counts();
    end(&End { counts, evicted, complete: error.is_none(), error, capture: None }, &mut out);
    String::from_utf8(out).expect("JSON is UTF-8")
}

#[test]
fn every_line_of_every_sample_obeys_the_schema() {
    let validator = validator();
    let mut seen = std::collections::BTreeMap::<String, u32>::new();
    for path in all("").into_iter().chain(all("broken")) {
        for (number, line) in (1..).zip(lines(&path).lines()) {
            let value: Value = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{} line {number}: {error}", path.display()));
            let wrong: Vec<String> = validator
                .iter_errors(&value)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            let name = path.display();
            assert!(wrong.is_empty(), "{name} line {number}: {}\n{line}", wrong.join("\n"));
            *seen.entry(value["type"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    assert_eq!(seen.keys().collect::<Vec<_>>(), ["connection", "end", "packet"]);
}

#[test]
fn the_end_of_a_live_capture_has_what_was_counted() {
    let counted = Statistics { received: 7, dropped_by_kernel: 2, dropped_by_interface: 1 };
    let (counts, mut out) = (Counts::default(), Vec::new());
    let (complete, error, capture) = (true, None, Some(counted));
    end(&End { counts: &counts, evicted: 0, complete, error, capture }, &mut out);
    let line: Value = serde_json::from_slice(&out).expect("a line of JSON");
    assert!(validator().is_valid(&line), "{line}");
    let [received, kernel, interface] =
        ["received", "dropped_by_kernel", "dropped_by_interface"].map(|key| &line["capture"][key]);
    assert_eq!([received, kernel, interface], [7, 2, 1]);
}

/// The packets of a sample.
fn packets(name: &str) -> Vec<Value> {
    let text = lines(&sample(name));
    let lines = text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON"));
    lines.filter(|line: &Value| line["type"] == "packet").collect()
}

fn packet_of(packets: &[Value], frame: u64) -> &Value {
    packets
        .iter()
        .find(|packet| packet["frame"]["number"] == frame)
        .unwrap_or_else(|| panic!("frame {frame} has a line"))
}

#[test]
fn a_field_has_one_type_whatever_its_width() {
    let packets = packets("v0.pcap");
    let name = Name::DataAck.filter();
    let field = |frame| &packet_of(&packets, frame)["mptcp"][0]["fields"];
    // A Data ACK of eight octets and one of four.
    assert_eq!(field(8)["tcp.options.mptcp.dataack8.flag"], true);
    assert_eq!(field(12)["tcp.options.mptcp.dataack8.flag"], false);
    assert!(field(8)[name].is_string() && field(12)[name].is_string());
    // The number in 64 bits stands beside it.
    let whole = packet_of(&packets, 12)["data"]["data_ack"].as_str().expect("known");
    let whole: u64 = whole.parse().expect("a number");
    assert_eq!(field(12)[name], (whole & 0xffff_ffff).to_string());
}

#[test]
fn removed_addresses_are_an_array() {
    let packets = packets("v0.pcap");
    let option = &packet_of(&packets, 31)["mptcp"][0];
    assert_eq!(option["subtype"], "remove_addr");
    assert_eq!(option["fields"][Name::AddressId.filter()], serde_json::json!([4, 5]));
}

#[test]
fn a_malformed_option_says_where_and_keeps_its_octets() {
    let packets = packets("navigation-odd.pcap");
    let option = &packet_of(&packets, 24)["mptcp"][0];
    assert_eq!(option["raw"], "1e0390");
    assert_eq!(option["malformed"]["octet"], 1);
    assert_eq!(option["malformed"]["field"], "Length");
    assert_eq!(option["malformed"]["fault"], "3, but MP_Navigation has 4 octets");
    assert!(option.get("fields").is_none());
}

#[test]
fn an_option_cut_by_the_snap_length_says_so() {
    let packets = packets("snap-crafted.pcap");
    let mut cut = packets
        .iter()
        .flat_map(|packet| packet["mptcp"].as_array().expect("an array"))
        .filter_map(|option| option["fault"].as_str());
    assert!(cut.next().is_some_and(|fault| fault.starts_with("cut by the snap length")));
}

#[test]
fn comments_of_the_file_come_with_their_frame() {
    let packets = packets("blocks.pcapng");
    let comments = |packet: &&Value| packet["frame"].get("comments").is_some();
    let with = packets.iter().filter(comments).count();
    assert!(with > 0 && with < packets.len(), "{with} of {}", packets.len());
}

#[test]
fn without_connections_a_segment_stands_for_itself() {
    let validator = validator();
    let mut input = Input::open(&sample("basic_v4.pcap")).expect("the sample is there");
    let mut dissector = Dissector::new(Config { track: false, ..Config::default() });
    let mut out = Vec::new();
    while input.advance().expect("the sample is whole") {
        if let Some(event) = dissector.dissect(&input.frame(), &mut None) {
            packet(&event, input.comments(), &mut out);
        }
    }
    let text = String::from_utf8(out).expect("JSON is UTF-8");
    assert!(text.lines().count() > 0);
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).expect("a line is JSON");
        assert!(validator.is_valid(&value), "{line}");
        for key in ["connection", "subflow", "from", "relative", "data", "own"] {
            assert_eq!(value[key], Value::Null, "{key}");
        }
    }
}

#[test]
fn a_line_with_a_key_too_many_or_too_few_breaks_the_schema() {
    let validator = validator();
    let text = lines(&sample("navigation.pcap"));
    for line in text.lines() {
        let whole: Value = serde_json::from_str(line).expect("a line is JSON");
        let Value::Object(keys) = &whole else { panic!("a line is an object") };
        for key in keys.keys() {
            let mut less = whole.clone();
            less.as_object_mut().expect("still an object").remove(key);
            assert!(!validator.is_valid(&less), "without {key}: {line}");
        }
        let mut more = whole.clone();
        more["surplus"] = Value::Null;
        assert!(!validator.is_valid(&more), "{line}");
    }
}

#[test]
fn the_schema_has_every_field_with_its_type() {
    let schema = schema();
    let properties = schema["$defs"]["fields"]["properties"].as_object().expect("an object");
    let listed: Vec<&str> = properties.keys().map(String::as_str).collect();
    let mut names: Vec<&str> = Name::ALL.iter().map(|name| name.filter()).collect();
    names.sort_unstable();
    assert_eq!(listed, names);
    for &name in Name::ALL {
        let property = &properties[name.filter()];
        let reference = property["$ref"].as_str().unwrap_or_default();
        let fits = match Shape::of(name) {
            Shape::Flag => property["type"] == "boolean",
            Shape::Number if name == Name::AddressId => property["anyOf"].is_array(),
            Shape::Number => reference == "#/$defs/u32",
            Shape::Decimal => reference == "#/$defs/decimal",
            Shape::Key => reference == "#/$defs/key",
            Shape::Text => matches!(reference, "#/$defs/address" | "#/$defs/octets"),
        };
        assert!(fits, "{} has type {property} in the schema", name.filter());
    }
}

#[test]
fn the_schema_is_of_this_version() {
    let schema = schema();
    for kind in ["packet", "connection", "end"] {
        assert_eq!(schema["$defs"][kind]["properties"]["schema"]["const"], SCHEMA, "{kind}");
    }
}

#[test]
fn lines_of_samples() {
    for name in ["maxsubflows.pcap", "navigation.pcap"] {
        insta::assert_snapshot!(name, lines(&sample(name)));
    }
}
