//! Tests of `values/expand.rs`.

use rand::SeedableRng;
use serde_json::json;

use super::*;

fn with<T>(run: impl FnOnce(&mut Scope<'_>) -> T) -> T {
    let mut variables = Variables::new();
    variables.remember("name", json!("Ana")).unwrap();
    variables.remember("count", json!(3)).unwrap();
    variables.remember("job", json!({"id": "j1", "steps": [{"ok": true}, {"ok": false}], "a}b": 1})).unwrap();
    let mut rng = StdRng::seed_from_u64(7);
    let now = "2026-01-24T10:00:00Z".parse().unwrap();
    let env = BTreeMap::from([("HOME".to_owned(), "/home/qa".to_owned())]);
    run(&mut Scope { variables: &variables, rng: &mut rng, now, env: &env })
}

#[test]
fn remembered_values_fill_texts() {
    for (text, wanted) in [
        ("plain", "plain"),
        ("", ""),
        ("hi ${name}!", "hi Ana!"),
        ("${count} of ${ count }", "3 of 3"),
        ("${job.id}-${job.steps[1].ok}", "j1-false"),
        (r#"${job["a}b"]}"#, "1"),
        (r"\${name} and ${name}", "${name} and Ana"),
        ("${env:HOME}/x", "/home/qa/x"),
        ("costs $5 {now}", "costs $5 {now}"),
        ("${job.steps[*].ok}", "[true,false]"),
    ] {
        assert_eq!(with(|e| super::text(text, e)).unwrap(), wanted, "{text}");
    }
}

#[test]
fn a_lone_placeholder_keeps_its_type() {
    assert_eq!(with(|e| super::value("${count}", e)).unwrap(), json!(3));
    assert_eq!(with(|e| super::value("${count} ", e)).unwrap(), json!("3 "));
    assert_eq!(with(|e| super::value("${job.steps[0]}", e)).unwrap(), json!({"ok": true}));
    let filled =
        with(|e| super::json(&json!({"${name}": ["${count}", {"x": "${job.id}"}], "n": 1}), e)).unwrap();
    assert_eq!(filled, json!({"Ana": [3, {"x": "j1"}], "n": 1}));
}

#[test]
fn times_are_shifted() {
    for (text, wanted) in [
        ("${now}", "2026-01-24T10:00:00Z"),
        ("${now + 2 days}", "2026-01-26T10:00:00Z"),
        ("${now - 5 minutes}", "2026-01-24T09:55:00Z"),
        ("${now+500 ms}", "2026-01-24T10:00:00.500Z"),
        ("${today}", "2026-01-24"),
        ("${today + 1 day}", "2026-01-25"),
        ("${today + 1 week}", "2026-01-31"),
    ] {
        assert_eq!(with(|e| super::text(text, e)).unwrap(), wanted, "{text}");
    }
}

#[test]
fn generated_values_are_seeded_and_well_formed() {
    let text = "${uuid} ${unique email} ${unique word} ${random 1..6}";
    let first = with(|e| super::text(text, e)).unwrap();
    assert_eq!(first, with(|e| super::text(text, e)).unwrap(), "the same seed gives the same values");
    let shape = r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12} [a-z]+-[a-z]+-[0-9a-f]{12}@example\.com [a-z]+-[a-z]+-[0-9a-f]{12} [1-6]$";
    assert!(regex::Regex::new(shape).unwrap().is_match(&first), "{first}");
    assert!(with(|e| super::value("${random -2..2}", e)).unwrap().is_i64());
    with(|e| {
        assert_ne!(super::text("${unique email}", e).unwrap(), super::text("${unique email}", e).unwrap())
    });
}

#[test]
fn mistakes_say_what_to_write() {
    for (text, message, hint) in [
        ("${nmae}", "nothing is remembered as `nmae`", "did you mean `${name}`?"),
        ("${uiud}", "nothing is remembered as `uiud`", "did you mean `${uuid}`?"),
        ("${name", "is not closed", "`}` is missing"),
        ("${}", "a name is missing", "write"),
        ("${env:NOPE}", "no variable `NOPE`", "set NOPE"),
        ("${unique emial}", "unknown", "did you mean `${unique email}`?"),
        ("${random 6..1}", "no range", "1..100"),
        ("${now + 2 fortnights}", "`2 fortnights` is no duration", "`2 days`"),
        ("${now 2 days}", "no shift", "now + 2 days"),
        ("${now + 999999999 days}", "no shift", "now"),
        ("${two words}", "can't be understood", "${name}"),
    ] {
        let error = with(|e| super::text(text, e)).unwrap_err();
        let told = error.message.trim_start();
        assert!(told.contains(message), "{text}: {told}");
        let given = error.hint.unwrap_or_default();
        assert!(given.contains(hint), "{text}: {given}");
    }
    let error = with(|e| super::text("${job.idd}", e)).unwrap_err();
    assert_eq!(
        error.message,
        "`${job.idd}`: `job` has no field `idd`; did you mean `id`? It has id, steps and a}b"
    );
}

#[test]
fn references_are_listed_for_the_checker() {
    assert_eq!(
        names("${a.b} ${env:X} ${now + 1 day} \\${no} ${a[0]}"),
        [
            Reference::Remembered("a".into()),
            Reference::Env("X".into()),
            Reference::Generated("now + 1 day".into()),
            Reference::Remembered("a".into()),
        ]
    );
    assert!(matches!(names("${unique x}").as_slice(), [Reference::Wrong(_)]));
    assert!(matches!(names("${open").as_slice(), [Reference::Wrong(_)]));
    assert_eq!(names("nothing here"), []);
}

#[test]
fn every_form_is_documented_and_every_documented_form_is_read() {
    let mut seen = [false; 9];
    for (form, _) in documentation().iter().filter(|(form, _)| form.starts_with('$')) {
        let hole = form.strip_prefix("${").unwrap().strip_suffix('}').unwrap();
        // A new form does not compile until it has a place here, and fails until it is documented.
        let place = match understand(hole).unwrap() {
            Hole::Remembered { path: None, .. } => 0,
            Hole::Remembered { path: Some(_), .. } => 1,
            Hole::Env(_) => 2,
            Hole::Uuid => 3,
            Hole::Now(_) => 4,
            Hole::Today(_) => 5,
            Hole::UniqueEmail => 6,
            Hole::UniqueWord => 7,
            Hole::Random(..) => 8,
        };
        seen[place] = true;
    }
    assert_eq!(seen, [true; 9]);
    let literal = documentation().iter().find(|(form, _)| form.starts_with('\\')).unwrap().0;
    assert_eq!(names(literal), [], "{literal}");
}
