use super::super::text::{self, Style};
use super::super::words;
use super::super::{json, markdown};
use super::{report, runs, sample};
use crate::report::Format;
use crate::suite::result::Run;

fn set(run: &Run, style: &Style) -> String {
    let mut out = Vec::new();
    text::write(run, style, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("text is UTF-8")
}

#[test]
fn text_fits_a_terminal() {
    for width in [80, 140] {
        let text = set(&sample::run(), &Style::new(false, Some(width)));
        for line in text.lines() {
            let copied = line.starts_with("  again ") || line.starts_with("  evidence ");
            assert!(line.chars().count() <= width || copied, "{width}: {line}");
        }
        insta::assert_snapshot!(format!("text-{width}"), text);
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    for run in runs() {
        for width in [None, Some(40), Some(100)] {
            let coloured = set(&run, &Style::new(true, width));
            assert!(coloured.contains("\u{1b}["));
            let mut plain = String::new();
            let mut pieces = coloured.split('\u{1b}');
            plain.push_str(pieces.next().unwrap_or_default());
            for piece in pieces {
                plain.push_str(piece.split_once('m').expect("each sequence sets colours").1);
            }
            assert_eq!(plain, set(&run, &Style::new(false, width)));
        }
    }
}

#[test]
fn the_gate_is_told_in_words() {
    let told: Vec<String> = runs().iter().map(words::gate).collect();
    insta::assert_snapshot!("gates", told.join("\n"));
}

#[test]
fn a_good_run_is_short() {
    insta::assert_snapshot!("text-good", report(Format::Text, &sample::good()));
    insta::assert_snapshot!("text-empty", report(Format::Text, &sample::empty()));
}

#[test]
fn several_targets_stand_side_by_side() {
    let runs = [sample::run(), sample::good()];
    let reports: Vec<json::Report> = runs
        .iter()
        .map(|run| json::read(report(Format::Json, run).as_bytes()).expect("what was written"))
        .collect();
    let mut out = Vec::new();
    markdown::matrix(&reports, &mut out).expect("a vector takes everything");
    let text = String::from_utf8(out).expect("Markdown is UTF-8");
    insta::assert_snapshot!("matrix", text);
    // Every row of a table has as many cells as its heading.
    let mut columns = None;
    for line in text.lines() {
        let bars = line.replace("\\|", "").matches('|').count();
        if bars == 0 {
            columns = None;
        } else {
            assert_eq!(*columns.get_or_insert(bars), bars, "{line}");
        }
    }
}

#[test]
fn variants_are_named_by_what_tells_them_apart() {
    let run = sample::run();
    let layouts = run.cases().find(|result| result.plays.len() == 12).expect("one has layouts");
    let named = |choose: &dyn Fn(&str) -> bool| {
        let some: Vec<_> = layouts
            .plays
            .iter()
            .filter(|played| choose(&played.play.variant.to_string()))
            .collect();
        words::variants(&some, layouts.plays)
    };
    assert_eq!(named(&|_| true), None);
    assert_eq!(named(&|_| false), None);
    assert_eq!(named(&|name| name.starts_with("initiator")).as_deref(), Some("initiator"));
    assert_eq!(named(&|name| name.contains("ipv6")).as_deref(), Some("ipv6"));
    assert_eq!(named(&|name| name.ends_with("layout-b")).as_deref(), Some("layout-b"));
    let name = "listener:ipv6";
    assert_eq!(named(&|each| each.starts_with(name)).as_deref(), Some(name));
    let name = "listener:ipv6:layout-c";
    assert_eq!(named(&|each| each == name).as_deref(), Some(name));
    let two = ["listener:ipv4:layout-a", "initiator:ipv6:layout-c"];
    assert_eq!(named(&|each| two.contains(&each)), Some(two.join(", ")));
}

#[test]
fn commands_can_be_pasted_into_a_shell() {
    let arguments = ["run", "a/b:c", "it's", "", "$HOME `x`", "--seed=1"].map(str::to_owned);
    let command = words::command(&arguments);
    assert_eq!(command, r"mpconform run a/b:c 'it'\''s' '' '$HOME `x`' --seed=1");
    let script = command.replacen("mpconform", r"printf '<%s>'", 1);
    let output = std::process::Command::new("sh").args(["-c", &script]).output();
    let output = output.expect("every system has a shell");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "<run><a/b:c><it's><><$HOME `x`><--seed=1>"
    );
}
