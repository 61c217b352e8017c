//! Tests of `values/predicate.rs` and `values/criterion.rs`.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;

use super::*;
use crate::values::criterion::Mismatch;
use crate::values::path::FieldPath;
use crate::values::variables::Variables;

fn criterion(text: &str) -> Result<Criterion, ValueError> {
    let mut variables = Variables::new();
    variables.remember("other", json!("Hello")).unwrap();
    variables.remember("three", json!(3)).unwrap();
    let mut rng = StdRng::seed_from_u64(1);
    let now = "2026-01-24T10:00:00Z".parse().unwrap();
    let env = BTreeMap::new();
    Predicate::parse(text)?.fill(&mut Scope { variables: &variables, rng: &mut rng, now, env: &env })
}

fn check(text: &str, found: Option<&Value>) -> Result<(), Mismatch> {
    criterion(text).unwrap().check(found)
}

#[test]
fn every_form_holds_and_refuses() {
    for (text, yes, no) in [
        (r#"is "Hello""#, json!("Hello"), json!("hello")),
        ("is 3", json!(3.0), json!("3")),
        ("is true", json!(true), json!(1)),
        ("is null", json!(null), json!("null")),
        ("is ${other}", json!("Hello"), json!("x")),
        (r#"is "${three}""#, json!(3), json!("3")),
        (r#"is "${three} items""#, json!("3 items"), json!(3)),
        (r#"is "say \"hi\"""#, json!("say \"hi\""), json!("say hi")),
        (r#"is not "x""#, json!("y"), json!("x")),
        ("is not null", json!(0), json!(null)),
        (r#"contains "ell""#, json!("Hello"), json!("help")),
        (r#"contains "email""#, json!(["email", "web"]), json!(["emails"])),
        ("contains 3", json!([1, 3]), json!({"3": 3})),
        (r#"does not contain "x""#, json!("abc"), json!("axc")),
        (r#"does not contain "x""#, json!(["a"]), json!(5)),
        (r#"starts with "He""#, json!("Hello"), json!("he")),
        (r#"ends with "lo""#, json!("Hello"), json!("Hellos")),
        (r#"matches "^msg_\d+$""#, json!("msg_12"), json!("xmsg_12")),
        ("is empty", json!([]), json!(null)),
        ("is empty", json!(""), json!("x")),
        ("is not empty", json!({"a": 1}), json!({})),
        ("is present", json!(null), json!(null)),
        ("is a uuid", json!("0190a6b4-5c7e-7c1a-9f00-1234567890ab"), json!("x")),
        ("is an integer", json!(1), json!(1.5)),
        ("is a date-time", json!("2026-01-24T10:00:00"), json!("soon")),
        ("is a date", json!("2026-01-24"), json!("2026-01-24T10:00:00Z")),
        (
            "is a date-time within 1 minute of now",
            json!("2026-01-24T10:00:59Z"),
            json!("2026-01-24T10:02:00Z"),
        ),
        ("is greater than 3", json!(3.1), json!(3)),
        ("is greater than ${three}", json!(4), json!(3)),
        ("is at least 3", json!(3), json!("3")),
        ("is less than 3", json!(2), json!(3)),
        ("is at most 3", json!(3), json!(3.5)),
        ("is between 0 and 1", json!(1), json!(1.1)),
        ("has 2 items", json!([1, 2]), json!([1])),
        ("has 1 item", json!({"a": 1}), json!("x")),
        ("has at least 1 item", json!([1]), json!([])),
        ("has at most 1 item", json!([]), json!([1, 2])),
        ("has 2 characters", json!("éé"), json!("é")),
        ("has at least 2 characters", json!("ab"), json!("a")),
        ("has at most 2 characters", json!("ab"), json!("abc")),
        (r#"is one of "a", 2, null"#, json!(2), json!("2")),
        (r#"is one of "a, b", "c""#, json!("a, b"), json!("a")),
        (r#"is not one of "a", "b""#, json!("c"), json!("b")),
        (r#"is before "2026-01-24T10:00:00Z""#, json!("2026-01-24T09:59:59"), json!("2026-01-24T10:00:00Z")),
        (r#"is after "${now + 1 day}""#, json!("2026-01-26T00:00:00Z"), json!("2026-01-24T12:00:00Z")),
    ] {
        assert_eq!(check(text, Some(&yes)), Ok(()), "{text} / {yes}");
        if text != "is present" {
            assert!(check(text, Some(&no)).is_err(), "{text} / {no}");
        }
        assert!(check(text, None).is_err(), "{text} holds of an absent field");
    }
    assert_eq!(check("is absent", None), Ok(()));
    assert!(check("is absent", Some(&Value::Null)).is_err());
}

#[test]
fn each_documented_example_is_read_by_its_own_form() {
    let all = Regex::new(&format!("^(?:{}) {}$", path::FIELD, pattern())).unwrap();
    for form in documentation() {
        assert!(all.is_match(form.example), "{}", form.example);
        let said = form.example.split_once(' ').unwrap().1;
        assert_eq!(Predicate::parse(said).unwrap().form.form, form.form, "{said}");
    }
}

#[test]
fn what_fails_says_what_was_wanted_and_found() {
    let told = |text: &str, found: Value| {
        let Mismatch { expected, found, hint } = check(text, Some(&found)).unwrap_err();
        format!("{expected} | {found} | {}", hint.unwrap_or_default())
    };
    assert_eq!(
        told(r#"is "3""#, json!(3)),
        r#""3" | 3 | found a number and not a text: write 3 without quotes"#
    );
    assert_eq!(told("is 3", json!("3")), r#"3 | "3" | found a text: write "3" in quotes"#);
    assert_eq!(told(r#"is "a""#, json!("A ")), r#""a" | "A " | "#);
    assert_eq!(told(r#"is "a""#, json!("A")), r#""a" | "A" | they differ in upper and lower case only"#);
    assert_eq!(told("has 2 items", json!([1])), "2 items | [1] | it has 1");
    assert_eq!(
        told("is empty", json!(0)),
        "something empty | 0 | only a text, a list or an object can be empty; this is a number"
    );
    assert_eq!(
        told("is a date-time within 5 seconds of now", json!("2026-01-24T09:59:00Z")),
        r#"a date-time within 5 seconds of 2026-01-24T10:00:00Z | "2026-01-24T09:59:00Z" | that is 60 seconds before now"#
    );
    let missing = FieldPath::parse("titel").unwrap();
    let body = json!({"title": 1});
    let mismatch = criterion("is 1").unwrap().check_found(&missing.find(&body)).unwrap_err();
    assert_eq!(mismatch.found, "absent: the body has no field `titel`; did you mean `title`? It has title");
}

#[test]
fn paths_to_many_count_as_lists() {
    let body = json!({"items": [{"c": "a"}, {"c": "b"}], "none": []});
    let holds = |path: &str, text: &str| {
        criterion(text).unwrap().check_found(&FieldPath::parse(path).unwrap().find(&body))
    };
    assert_eq!(holds("items[*].c", "has 2 items"), Ok(()));
    assert_eq!(holds("items[*].c", r#"contains "b""#), Ok(()));
    assert_eq!(holds("$..password", "is absent"), Ok(()));
    assert_eq!(holds("none[*].x", "is empty"), Ok(()));
    assert!(holds("items[*].c", r#"is "a""#).unwrap_err().hint.unwrap().contains("every PATH"));
    assert!(holds("items[*].c", "is absent").is_err());
}

#[test]
fn mistakes_are_found_when_read() {
    for (text, message, hint) in [
        ("is Hello", "can't be said", "a text stands in quotes"),
        ("is gretaer than 3", "can't be said", "is greater than NUMBER"),
        (r#"matches "[""#, "no regular expression", ""),
        (r#"is greater than "3""#, "no bound for a number", "without quotes"),
        (r#"is before "soon""#, "no date-time", "2026"),
        ("equals 3", "can't be said", "nearest"),
    ] {
        let error = Predicate::parse(text).unwrap_err();
        assert!(error.message.contains(message), "{text}: {error}");
        assert!(error.hint.unwrap_or_default().contains(hint), "{text}");
    }
    let error = criterion("is greater than ${other}").unwrap_err();
    assert!(error.message.contains("is a text"), "{error}");
    assert!(criterion("is ${nope}").is_err());
}
