use std::collections::BTreeSet;

use super::*;
use crate::cases;

#[test]
fn the_catalogue_is_complete_and_its_ids_are_unique() {
    let ids: BTreeSet<_> = all().iter().map(|requirement| &requirement.id).collect();
    assert_eq!(ids.len(), all().len());
    assert!(all().len() > 300);
    for requirement in all() {
        let number = requirement.id.strip_prefix(&requirement.document().prefix);
        let start = format!("-{}-", requirement.section);
        assert!(number.is_some_and(|rest| rest.starts_with(&start)), "{}", requirement.id);
        assert!(!requirement.statement.is_empty() && !requirement.linux.is_empty());
        let decidable = requirement.observable != Observable::No;
        assert_eq!(requirement.probe.is_some(), decidable, "{}", requirement.id);
    }
}

#[test]
fn sections_have_addresses() {
    let url = |id: &str| find(id).expect("it is there").url();
    assert_eq!(
        url("nav-4.1-01"),
        "https://datatracker.ietf.org/doc/html/\
         draft-kang-tcpm-accurate-data-scheduling-by-server-02#section-4.1"
    );
    assert!(url("8684-B.2-s01").ends_with("rfc8684.html#appendix-B.2"));
    assert!(url("exp-2-01").contains("exp-option") && url("exp-3.7-01").contains("rfc6824bis"));
}

#[test]
fn every_case_cites_requirements_that_exist_and_gate_alike() {
    for case in cases::all() {
        assert!(!case.requirements.is_empty(), "{} is for nothing", case.id);
        let cited: Vec<_> = case
            .requirements
            .iter()
            .map(|id| find(id).unwrap_or_else(|| panic!("{} cites {id}", case.id)))
            .collect();
        let gating: BTreeSet<_> = cited.iter().map(|one| one.level.gating()).collect();
        assert_eq!(gating.len(), 1, "{} has several weights: {gating:?}", case.id);
        let unique: BTreeSet<_> = case.requirements.iter().collect();
        assert_eq!(unique.len(), case.requirements.len(), "{} cites one twice", case.id);
    }
}

#[test]
fn every_requirement_has_a_case_or_a_reason() {
    let cited: BTreeSet<&str> = cases::all().flat_map(|case| case.requirements).copied().collect();
    let neither: Vec<_> = all()
        .iter()
        .filter(|one| !cited.contains(one.id.as_str()) && one.why_not().is_none())
        .map(|one| &one.id)
        .collect();
    assert!(neither.is_empty(), "neither case nor reason: {neither:?}");
    let both: Vec<_> = all()
        .iter()
        .filter(|one| cited.contains(one.id.as_str()) && one.why_not.is_some())
        .map(|one| &one.id)
        .collect();
    assert!(both.is_empty(), "both case and reason: {both:?}");
}

#[test]
fn ids_of_cases_are_unique_and_well_formed() {
    let mut ids = BTreeSet::new();
    for case in cases::all() {
        let id = case.id;
        assert!(ids.insert(id), "{id} twice");
        let parts: Vec<_> = id.split('/').collect();
        assert_eq!(parts.len(), 3, "{id} isn't suite/section/name");
        assert!(parts.iter().all(|part| !part.is_empty()), "{id}");
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/.-".contains(c);
        assert!(id.chars().all(plain), "{id}");
        let sentence = |text: &str| text.len() > 10 && text.ends_with('.');
        assert!(sentence(case.summary) && sentence(case.fails_when), "{id} has no sentences");
        assert!(!case.roles.is_empty(), "{id} is never played");
    }
}
