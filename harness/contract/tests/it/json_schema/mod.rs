//! The JSON-Schema-Test-Suite: a small one of our own, in its form. `scripts/check-json-schema.sh` plays the real one.

mod suite;

use std::path::Path;

use suite::{DRAFTS, Listed, Outcome, compare, listed_of, play};

fn sample() -> Vec<Outcome> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/json-schema/sample");
    DRAFTS.into_iter().map(|draft| play(&folder, draft).unwrap()).collect()
}

/// The one case of the sample that is decided otherwise here, as the real suite has some.
const FORMAT: &str = "draft2020-12\tdynamic.json\ta format\tno address is only told";

fn wrong(list: &str) -> Vec<String> {
    compare(&sample(), &Listed::read(list).unwrap())
}

#[test]
fn every_case_of_every_draft_is_decided_as_the_suite_has_it() {
    let outcomes = sample();
    let listed = Listed::read(&format!("{FORMAT}\tformats are checked here")).unwrap();
    assert_eq!(compare(&outcomes, &listed), [""; 0]);
    let counts: Vec<_> =
        outcomes.iter().map(|outcome| (outcome.passed.len(), listed_of(outcome, &listed))).collect();
    assert_eq!(counts, [(4, 0), (4, 0), (6, 0), (2, 0), (5, 1)]);
}

#[test]
fn what_is_not_listed_fails_and_what_is_listed_must_fail() {
    let unlisted = wrong("");
    assert!(unlisted.len() == 1 && unlisted[0].starts_with(FORMAT), "{unlisted:?}");
    assert!(unlisted[0].contains("it is refused") && unlisted[0].contains("an IPv4 address"), "{unlisted:?}");

    let any_draft = FORMAT.replace("draft2020-12", "*");
    let passes = "draft4\tbounds.json\ta flag beside the bound\tabove";
    let gone = "draft4\tbounds.json\ta flag beside the bound\tnever heard of";
    let told = wrong(&format!("# a remark\n{any_draft}\twhy\n{passes}\twhy\n{gone}\twhy\n"));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with(passes) && told[0].contains("is listed and passes"), "{told:?}");
    assert!(told[1].starts_with(gone) && told[1].contains("is listed and not there"), "{told:?}");
    assert!(Listed::read("draft4\ta.json\tb\tc\t").is_err_and(|error| error.contains("five parts")));
}

#[test]
fn the_list_that_ships_gives_a_reason_for_each_case() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/json-schema/otherwise.tsv");
    assert!(Listed::read(&std::fs::read_to_string(path).unwrap()).is_ok());
}
