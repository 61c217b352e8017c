//! Tests of `values/table.rs`.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;

use super::*;
use crate::values::variables::Variables;

fn with<T>(run: impl FnOnce(&mut Scope<'_>) -> T) -> T {
    let mut variables = Variables::new();
    variables.remember("n", json!(3)).unwrap();
    variables.remember("name", json!("Ana")).unwrap();
    let mut rng = StdRng::seed_from_u64(1);
    let env = BTreeMap::new();
    run(&mut Scope { variables: &variables, rng: &mut rng, now: chrono::DateTime::UNIX_EPOCH, env: &env })
}

fn table(text: &str) -> Vec<Vec<String>> {
    let line =
        |line: &str| line.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    text.trim().lines().map(line).collect()
}

#[test]
fn cells_have_the_type_that_they_read_as() {
    for (text, value) in [
        ("5", json!(5)),
        ("\"5\"", json!("5")),
        ("true", json!(true)),
        ("null", json!(null)),
        ("01234", json!("01234")),
        ("two words", json!("two words")),
        ("[1, \"a\"]", json!([1, "a"])),
        ("[\"${name}\", ${n}]", json!(["Ana", 3])),
        ("${n}", json!(3)),
        ("${n} of 5", json!("3 of 5")),
        ("\"\"", json!("")),
        ("\"", json!("\"")),
        ("{not json", json!("{not json")),
    ] {
        assert_eq!(with(|scope| cell(text, scope)).unwrap(), value, "{text}");
    }
    assert_eq!(with(|scope| text_cell("5", scope)).unwrap(), "5");
    assert_eq!(with(|scope| text_cell("\" ${name} \"", scope)).unwrap(), " Ana ");
}

#[test]
fn pairs_have_two_columns_and_may_have_a_heading() {
    let rows = table("| field | value |\n| a | 1 |");
    assert_eq!(pairs(&rows).unwrap(), [("a", "1")]);
    assert_eq!(pairs(&table("| field | value |")).unwrap(), [("field", "value")]);
    assert!(pairs(&table("| a | b | c |")).unwrap_err().message.contains("has 3 cells"));
    assert!(pairs(&table("|  | b |")).unwrap_err().message.contains("no name"));
    assert!(pairs(&[]).is_err());
}

#[test]
fn changes_set_and_take_away() {
    let mut body = json!({"title": "T", "tags": ["a"], "old": 1, "x": {"y": 1}});
    let rows =
        table("| title | ${name} |\n| old | <absent> |\n| x.y | <null> |\n| tags[1] | b |\n| new.deep | 2 |");
    with(|scope| change(&mut body, &rows, scope)).unwrap();
    assert_eq!(body, json!({"title": "Ana", "tags": ["a", "b"], "x": {"y": null}, "new": {"deep": 2}}));
    for (row, why) in [
        ("| title | |", "empty cell"),
        ("| title | <uuid> |", "is a marker"),
        ("| nope | <absent> |", "no field"),
    ] {
        let error = with(|scope| change(&mut body, &table(row), scope)).unwrap_err();
        assert!(error.message.contains(why), "{row}: {error}");
    }
}

#[test]
fn rows_become_objects() {
    let rows =
        table("| email | name.first | age |\n| a@example.com | ${name} | 3 |\n| b@example.com | | \"3\" |");
    assert_eq!(
        with(|scope| objects(&rows, scope)).unwrap(),
        [
            json!({"email": "a@example.com", "name": {"first": "Ana"}, "age": 3}),
            json!({"email": "b@example.com", "age": "3"})
        ]
    );
    assert!(with(|scope| objects(&table("| a | b |"), scope)).is_err());
    assert!(with(|scope| objects(&table("| a | b |\n| 1 |"), scope)).is_err());
}

#[test]
fn like_looks_at_the_named_fields_only() {
    let rows = table(
        "| subject | </^Spring/> |\n| recipients | [\"a\", <email>] |\n| meta.n | ${n} |\n| gone | <absent> |",
    );
    let like = with(|scope| Like::read(&rows, scope)).unwrap();
    let good =
        json!({"subject": "Spring!", "recipients": ["a", "b@example.com"], "meta": {"n": 3}, "more": 1});
    assert_eq!(like.differences(&good), []);
    let bad = json!({"subject": "Fall", "recipients": ["a", "b"], "meta": {"m": "3"}, "gone": 1});
    let told: Vec<String> =
        like.differences(&bad).iter().map(|d| format!("{}: {} / {}", d.path, d.expected, d.found)).collect();
    assert_eq!(
        told,
        [
            "subject: a text that matches /^Spring/ / \"Fall\"",
            "recipients[1]: an email / \"b\"",
            "meta.n: 3 / absent: `meta` has no field `n`; it has m",
            "gone: absent / 1",
        ]
    );
    assert_eq!((like.len(), like.is_empty()), (4, false));
}

#[test]
fn rows_of_likes_leave_empty_cells_out() {
    let rows = table("| type | data.n |\n| welcome | |\n| update | 1 |");
    let likes = with(|scope| Like::rows(&rows, scope)).unwrap();
    assert_eq!(likes[0].differences(&json!({"type": "welcome"})), []);
    assert_eq!(likes[1].differences(&json!({"type": "update", "data": {"n": 2}})).len(), 1);
}

#[test]
fn checks_are_read() {
    assert_eq!(checks(&table("| field | check |\n| a.b | is 1 |\n| c | is absent |")).unwrap().len(), 2);
    assert!(checks(&table("| a | equals 1 |")).is_err());
}
