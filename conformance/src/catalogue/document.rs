//! The catalogue as a document: every requirement with the cases that decide it and the mutants
//! that prove that these can fail, or the reason why there is none.

use std::fmt::Write as _;

use super::{Document, Observable, Requirement, all};
use crate::case::Case;
use crate::mutants::Mutant;
use crate::{cases, mutants};

/// The cases that decide a requirement, in order.
pub fn cases_of(requirement: &Requirement) -> impl Iterator<Item = &'static Case> {
    cases::all().filter(|case| case.requirements.contains(&requirement.id.as_str()))
}

/// The mutants that fail a case, in order.
pub fn mutants_of(case: &Case) -> impl Iterator<Item = &'static Mutant> {
    mutants::all().filter(|mutant| mutant.fails.contains(&case.id))
}

/// For a terminal: those requirements whose ids begin with one of these, or all.
pub fn text(ids: &[String]) -> String {
    let mut text = String::new();
    let wanted = |one: &&Requirement| ids.is_empty() || ids.iter().any(|id| one.id.starts_with(id));
    for requirement in all().iter().filter(wanted) {
        let _ = writeln!(
            text,
            "{}  {}  {}\n    {}",
            requirement.id,
            requirement.level,
            requirement.place(),
            requirement.statement
        );
        for line in decisions(requirement, str::to_owned) {
            let _ = writeln!(text, "    {line}");
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// As Markdown: all of it.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Requirements and the cases that decide them\n\n\
         `mpconform requirements --format markdown` prints this document, and a test keeps it fresh.\n\
         Behind each case stand the broken endpoints (`mpconform mutants`) that fail it.\n\n\
         MUST, MUST NOT and STATED (said as a fact, without a key word) fail a run; SHOULD and SHOULD \
         NOT do with\n`--strict`; MAY and INFERRED (by analogy) only when their case is selected by its \
         name.\n\n",
    );
    let documents = documents();
    summary(&documents, &mut text);
    for document in documents {
        chapter(document, &mut text);
    }
    text
}

/// The documents, in the order of their requirements.
fn documents() -> Vec<&'static Document> {
    let mut documents: Vec<&Document> = Vec::new();
    for document in all().iter().map(Requirement::document) {
        if !documents.iter().any(|other| other.name == document.name) {
            documents.push(document);
        }
    }
    documents
}

fn requirements_of(document: &Document) -> impl Iterator<Item = &'static Requirement> {
    all().iter().filter(move |requirement| requirement.document().name == document.name)
}

fn chapter(document: &Document, text: &mut String) {
    let _ = writeln!(text, "\n## [{}]({})", document.name, document.url);
    let mut section = "";
    for requirement in requirements_of(document) {
        if requirement.section != section {
            section = &requirement.section;
            let _ = writeln!(text, "\n### [§{section}]({})\n", requirement.url());
        }
        let statement = escaped(&requirement.statement);
        let _ = writeln!(text, "- **{}** {}: {statement}", requirement.id, requirement.level);
        for line in decisions(requirement, |name| format!("`{name}`")) {
            let _ = writeln!(text, "  - {line}");
        }
    }
}

/// A line for each case, or the one for the reason why there is none.
fn decisions(requirement: &Requirement, name: impl Fn(&str) -> String) -> Vec<String> {
    let cases: Vec<String> = cases_of(requirement)
        .map(|case| {
            let mutants: Vec<String> = mutants_of(case).map(|mutant| name(mutant.name)).collect();
            if mutants.is_empty() {
                name(case.id)
            } else {
                format!("{}: {}", name(case.id), mutants.join(", "))
            }
        })
        .collect();
    if !cases.is_empty() {
        return cases;
    }
    vec![format!("no case: {}", requirement.why_not().unwrap_or("not written yet"))]
}

fn summary(documents: &[&Document], text: &mut String) {
    text.push_str(
        "| document | requirements | with a case | can't be decided from outside | left out, with a reason |\n\
         |---|--:|--:|--:|--:|\n",
    );
    for document in documents {
        let (decided, open): (Vec<_>, Vec<_>) =
            requirements_of(document).partition(|one| cases_of(one).next().is_some());
        let hidden = open.iter().filter(|one| one.observable == Observable::No).count();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {hidden} | {} |",
            document.name,
            decided.len() + open.len(),
            decided.len(),
            open.len() - hidden
        );
    }
}

/// What Markdown would take for markup, as it stands.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '_' | '<' | '>' | '[' | ']' | '`' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_document_is_fresh() {
        let committed = include_str!("../../../docs/requirements.md");
        let fresh = markdown();
        let differs = fresh.lines().zip(committed.lines()).find(|(new, old)| new != old);
        assert!(
            fresh == committed,
            "docs/requirements.md is out of date, `make docs` writes it anew: {differs:?}"
        );
    }

    #[test]
    fn every_requirement_and_case_is_in_the_document() {
        let text = markdown();
        for requirement in all() {
            assert!(text.contains(&format!("**{}** ", requirement.id)), "{}", requirement.id);
        }
        for case in cases::all() {
            assert!(text.contains(&format!("`{}`", case.id)), "{}", case.id);
        }
        assert_eq!(self::text(&["nav-6".to_owned()]).lines().count(), 3);
    }
}
