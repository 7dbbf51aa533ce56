//! The requirements that the cases decide, as `requirements.toml` lists them: what the documents
//! ask for, one clause an entry, and why some can't be decided from outside.

pub mod document;

use std::sync::LazyLock;

use serde::Deserialize;

use crate::case::Case;

/// One clause of a document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// `document-section-number`, never used again for another clause.
    pub id: String,
    /// The section of the document.
    pub section: String,
    /// How strongly it is asked for.
    pub level: Level,
    /// What is asked for, in our own words.
    pub statement: String,
    /// Whom it is asked of: `receiver`, `sender`, `either`, `listener`, `initiator`, …
    pub applies_to: String,
    /// What it takes to decide it from outside.
    pub observable: Observable,
    /// How it can be provoked and seen; none where it can't.
    pub probe: Option<String>,
    /// What Linux is expected to do.
    pub linux: String,
    /// Why there is no case for it.
    why_not: Option<String>,
}

impl Requirement {
    /// The document that it stands in.
    ///
    /// # Panics
    ///
    /// When the catalogue doesn't say which one that is, which the tests rule out.
    pub fn document(&self) -> &'static Document {
        let prefix = self.id.split('-').next().unwrap_or_default();
        let fits = |document: &&Document| {
            document.prefix == prefix
                && document.sections.as_ref().is_none_or(|all| all.contains(&self.section))
        };
        DATA.documents.iter().find(fits).expect("every requirement has a document: tested")
    }

    /// Where to read it: the document's name and the section.
    pub fn place(&self) -> String {
        format!("{} §{}", self.document().name, self.section)
    }

    /// The section's address on the web.
    pub fn url(&self) -> String {
        let kind = if self.section.starts_with(|first: char| first.is_ascii_digit()) {
            "section"
        } else {
            "appendix"
        };
        format!("{}#{kind}-{}", self.document().url, self.section)
    }

    /// Why there is no case for it.
    pub fn why_not(&self) -> Option<&str> {
        self.why_not.as_deref()
    }
}

/// A document that asks for something.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// What the ids of its requirements begin with.
    pub prefix: String,
    sections: Option<Vec<String>>,
    /// Its name: the number of an RFC, or the name of a draft without its version.
    pub name: String,
    /// Where it can be read, in the version that the sections are numbered by.
    pub url: String,
}

/// How strongly something is asked for.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// An absolute demand (RFC 2119).
    #[serde(rename = "MUST")]
    Must,
    /// An absolute prohibition (RFC 2119).
    #[serde(rename = "MUST NOT")]
    MustNot,
    /// Said as a fact, without a key word.
    #[serde(rename = "STATED")]
    Stated,
    /// A demand with exceptions (RFC 2119).
    #[serde(rename = "SHOULD")]
    Should,
    /// A prohibition with exceptions (RFC 2119).
    #[serde(rename = "SHOULD NOT")]
    ShouldNot,
    /// A permission (RFC 2119).
    #[serde(rename = "MAY")]
    May,
    /// What follows by analogy from elsewhere.
    #[serde(rename = "INFERRED")]
    Inferred,
}

impl Level {
    /// All of them, strongest first.
    pub const ALL: [Self; 7] = [
        Self::Must,
        Self::MustNot,
        Self::Stated,
        Self::Should,
        Self::ShouldNot,
        Self::May,
        Self::Inferred,
    ];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::MustNot => "MUST NOT",
            Self::Stated => "STATED",
            Self::Should => "SHOULD",
            Self::ShouldNot => "SHOULD NOT",
            Self::May => "MAY",
            Self::Inferred => "INFERRED",
        }
    }

    /// When a failure fails the run.
    pub const fn gating(self) -> Gating {
        match self {
            Self::Must | Self::MustNot | Self::Stated => Gating::Always,
            Self::Should | Self::ShouldNot => Gating::Strict,
            Self::May | Self::Inferred => Gating::Named,
        }
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// When a failure fails the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gating {
    /// In every run.
    Always,
    /// In a strict run.
    Strict,
    /// Only where the case was asked for by its name.
    Named,
}

/// What it takes to decide a requirement from outside.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Observable {
    /// A tester and a target that listens.
    Wire,
    /// Two subflows at once, a second address, or a target that opens a subflow.
    WireNeedsSecondPath,
    /// An application of the target that connects, sends or closes.
    WireNeedsApp,
    /// Minutes.
    WireSlow,
    /// It can't be decided.
    No,
}

/// The requirements in the order of the catalogue.
pub fn all() -> &'static [Requirement] {
    &DATA.requirements
}

/// The one with this id.
pub fn find(id: &str) -> Option<&'static Requirement> {
    all().iter().find(|requirement| requirement.id == id)
}

/// The requirement that a case exists for.
///
/// # Panics
///
/// When the case cites one that isn't in the catalogue, which the tests rule out.
pub fn first_of(case: &Case) -> &'static Requirement {
    let id = case.requirements.first().expect("every case cites a requirement: tested");
    find(id).expect("every requirement that a case cites is in the catalogue: tested")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    #[serde(rename = "document")]
    documents: Vec<Document>,
    #[serde(rename = "requirement")]
    requirements: Vec<Requirement>,
}

static DATA: LazyLock<Data> = LazyLock::new(|| {
    toml::from_str(include_str!("../requirements.toml")).expect("the catalogue is valid: tested")
});

#[cfg(test)]
mod tests;
