//! The commands that list or explain something.

use std::fmt::Write as _;
use std::path::PathBuf;

use mpconform::case::{Axes, Case};
use mpconform::catalogue;
use mpconform::catalogue::document::{self, mutants_of};
use mpconform::plan::Plan;
use mpconform::report::{json, markdown};
use mpconform::suite::Play;
use mpconform::suite::select::{Filter, SelectError, Selection};

use crate::cli::{DocumentFormat, List, Requirements, Show};
use crate::{Outcome, complain, print};

/// The cases, or their plays.
pub(crate) fn list(args: &List) -> Outcome {
    let variants = &args.variants;
    let filter = Filter {
        roles: variants.role.into_iter().collect(),
        families: variants.family.into_iter().collect(),
        layout: None,
    };
    let selection = match Selection::new(&args.selectors, &filter) {
        Ok(selection) => selection,
        Err(error) => return complain(Outcome::Usage, error),
    };
    let plays: Vec<Play> = selection.plays.iter().map(|selected| selected.play).collect();
    let mut text = String::new();
    if args.plays {
        for play in &plays {
            let _ = writeln!(text, "{play}");
        }
        return print(text.as_bytes());
    }
    let groups: Vec<&[Play]> =
        plays.chunk_by(|one, other| std::ptr::eq(one.case, other.case)).collect();
    let width = plays.iter().map(|play| play.case.id.len()).max().unwrap_or(0);
    for group in &groups {
        let Some(Play { case, .. }) = group.first() else { continue };
        let level = catalogue::first_of(case).level;
        let count = group.len();
        let _ = writeln!(text, "{:width$}  {level:10}  {count:2}  {}", case.id, case.summary);
    }
    print(text.as_bytes())
}

/// One case, with its script for one of its plays.
pub(crate) fn show(args: &Show) -> Outcome {
    let selection = match Selection::new(&[&args.id], &Filter::default()) {
        Ok(selection) => selection,
        Err(error @ (SelectError::Unknown { .. } | SelectError::Nothing)) => {
            return complain(Outcome::Usage, error);
        }
    };
    let Some(first) = selection.plays.first().map(|selected| selected.play) else {
        return complain(Outcome::Usage, SelectError::Nothing);
    };
    let others = selection.plays.iter().find(|one| !std::ptr::eq(one.play.case, first.case));
    if let Some(other) = others {
        let sentence = format!(
            "{} is more than one case; choose one of them, such as {} or {}",
            args.id, first.case.id, other.play.case.id
        );
        return complain(Outcome::Usage, sentence);
    }
    let parameters = &args.parameters;
    let usual = Plan::default();
    let run = Plan {
        layout: parameters.maxsf_layout.unwrap_or(usual.layout),
        dialect: parameters.dialect(),
        negotiation: parameters.exp_negotiation,
        target_max: parameters.target_max,
        ..usual
    };
    print(explained(first, &run).as_bytes())
}

fn explained(play: Play, run: &Plan) -> String {
    let case = play.case;
    let mut text = format!("{}\n  {}\n", case.id, case.summary);
    for id in case.requirements {
        if let Some(one) = catalogue::find(id) {
            let _ = writeln!(
                text,
                "\n{} ({}, {})\n  {}\n  {}",
                one.id,
                one.level,
                one.place(),
                one.statement,
                one.url()
            );
        }
    }
    let _ = writeln!(text, "\nFails when\n  {}", case.fails_when);
    let broken: Vec<_> = mutants_of(case).collect();
    if !broken.is_empty() {
        text.push_str("\nMutants that fail it\n");
        let width = broken.iter().map(|mutant| mutant.name.len()).max().unwrap_or(0);
        for mutant in broken {
            let _ = writeln!(text, "  {:width$}  {}", mutant.name, mutant.summary);
        }
    }
    let _ = writeln!(text, "\nPlays\n  {}", plays(case));
    if !case.needs.is_empty() {
        let needs: Vec<&str> = case.needs.iter().map(|need| need.title()).collect();
        let _ = writeln!(text, "\nNeeds\n  {}", needs.join(", "));
    }
    let negotiation = match case.axes {
        Axes::Only(negotiation) => negotiation,
        Axes::Plain | Axes::Layouts(_) => run.negotiation,
    };
    let script = (case.script)(&case.plan(play.variant, &Plan { negotiation, ..*run }));
    let _ = write!(text, "\nScript for {}\n{script}", play.variant);
    text
}

/// The variants of a case in short.
fn plays(case: &Case) -> String {
    let roles: Vec<&str> = case.roles.iter().map(|role| role.name()).collect();
    let mut text = format!("{} over ipv4 and ipv6", roles.join(" and "));
    match case.axes {
        Axes::Plain => {}
        Axes::Layouts(layouts) => {
            let letters: Vec<String> =
                layouts.iter().map(|layout| layout.letter().to_string()).collect();
            let _ = write!(text, ", Maximum Subflows in layout {}", letters.join(", "));
        }
        Axes::Only(negotiation) => {
            let _ = write!(text, ", with --exp-negotiation {negotiation}");
        }
    }
    text
}

/// The catalogue of requirements.
pub(crate) fn requirements(args: &Requirements) -> Outcome {
    let known = |id: &&String| {
        !catalogue::all().iter().any(|requirement| requirement.id.starts_with(id.as_str()))
    };
    if let Some(unknown) = args.ids.iter().find(known) {
        return complain(
            Outcome::Usage,
            format_args!(
                "no requirement's id begins with {unknown}; try 8684, 9293, exp, maxsf or nav"
            ),
        );
    }
    match args.format {
        DocumentFormat::Text => print(document::text(&args.ids).as_bytes()),
        DocumentFormat::Markdown if args.ids.is_empty() => print(document::markdown().as_bytes()),
        DocumentFormat::Markdown => complain(
            Outcome::Usage,
            "the Markdown document is about all requirements; leave the ids out",
        ),
    }
}

/// The broken endpoints.
pub(crate) fn mutants() -> Outcome {
    let mut text = String::new();
    for mutant in mpconform::mutants::all() {
        let _ = writeln!(text, "{}\n  {}", mutant.name, mutant.summary);
        for case in mutant.fails {
            let _ = writeln!(text, "  fails {case}");
        }
    }
    print(text.as_bytes())
}

/// Reports side by side.
pub(crate) fn matrix(files: &[PathBuf]) -> Outcome {
    let mut reports = Vec::new();
    for file in files {
        let name = file.display();
        let text = match std::fs::read(file) {
            Ok(text) => text,
            Err(error) => {
                return complain(Outcome::Usage, format_args!("{name} can't be read: {error}"));
            }
        };
        match json::read(&text) {
            Ok(report) => reports.push(report),
            Err(error) => {
                return complain(Outcome::Usage, format_args!("{name} can't be shown: {error}"));
            }
        }
    }
    let mut text = Vec::new();
    match markdown::matrix(&reports, &mut text) {
        Ok(()) => print(&text),
        Err(error) => complain(Outcome::Failed, error),
    }
}
