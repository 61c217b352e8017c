//! Tests of `values/path.rs`.

use serde_json::json;

use super::*;

fn path(text: &str) -> FieldPath {
    FieldPath::parse(text).unwrap()
}

fn body() -> Value {
    json!({"title": "T", "results": {"email": {"status": "sent"}, "web": null}, "a b": {"x.y": 1},
           "items": [{"id": 1, "tags": ["x"]}, {"id": 2}], "none": []})
}

#[test]
fn single_fields_are_found() {
    for (text, value) in [
        ("title", json!("T")),
        ("results.email.status", json!("sent")),
        ("results.web", json!(null)),
        ("items[0].id", json!(1)),
        ("items[-1].id", json!(2)),
        ("items[0].tags[0]", json!("x")),
        (r#"["a b"]["x.y"]"#, json!(1)),
        ("items[*].id", json!([1, 2])),
        ("$.results.email.status", json!("sent")),
        ("$.items[?@.id == 2].id", json!([2])),
        ("$..tags[*]", json!(["x"])),
        // The function extensions of RFC 9535, section 2.4.
        ("$.items[?length(@.tags) == 1].id", json!([1])),
        ("$.items[?match(@.tags[0], '[xyz]')].id", json!([1])),
    ] {
        assert_eq!(path(text).get(&body()), Some(value), "{text}");
    }
    assert_eq!(path("[1].a").get(&json!([{}, {"a": true}])), Some(json!(true)));
    assert_eq!(path("$.nowhere").get(&body()), None);
    assert_eq!(path("$").get(&json!({"a": 1})), Some(json!({"a": 1})));
}

#[test]
fn a_missing_field_says_what_is_there() {
    for (text, wanted) in [
        ("titel", "the body has no field `titel`; did you mean `title`?"),
        (
            "results.emial.status",
            "`results` has no field `emial`; did you mean `email`? It has email and web",
        ),
        ("results.zzz", "`results` has no field `zzz`; it has email and web"),
        (
            "items.id",
            "`items` is a list of 2; write `items[0].id` for its first item or `items[*].id` for all",
        ),
        ("items[7].id", "`items` has no item 7; it has 2"),
        ("title.x", "`title` is a text and has no field `x`"),
        ("results[0]", "`results` is an object, not a list"),
    ] {
        let Found::Missing(why) = path(text).find(&body()) else { panic!("{text} was found") };
        assert!(why.starts_with(wanted), "{text}: {why}");
    }
}

#[test]
fn items_that_lack_the_field_are_named() {
    let body = body();
    let Found::Many(found) = path("items[*].tags").find(&body) else { panic!() };
    assert_eq!(found[0].0, "items[0].tags");
    assert_eq!(found[1], ("items[1].tags".to_owned(), None));
    assert_eq!(path("none[*].id").find(&body), Found::Many(Vec::new()));
}

#[test]
fn paths_that_are_none() {
    for text in ["", ".a", "a..b", "a[", "a[x]", "a]b[0]x", "$.[", r#"a["b]"#, "a[0]b"] {
        assert!(FieldPath::parse(text).is_err(), "{text}");
    }
}

#[test]
fn the_parameter_matches_paths_only() {
    let regex = regex::Regex::new(&format!("^{FIELD}$")).unwrap();
    for text in [
        "title",
        "a.b-c",
        "items[0].id",
        "items[*].x",
        r#"["a b"].c"#,
        "$",
        "$..id",
        "$.items[?@.a == 'x y'].b",
        "[0]",
    ] {
        assert!(regex.is_match(text), "{text}");
    }
    for text in ["a b", "", "\"a\"", "a.", "1a", "${x}", "$x"] {
        assert!(!regex.is_match(text), "{text}");
    }
}

#[test]
fn set_makes_what_is_missing() {
    let mut root = json!({"a": {"b": 1}, "list": [1], "rows": [{}, {}]});
    for (text, value) in [
        ("a.b", json!(2)),
        ("a.c.d", json!("new")),
        ("list[1]", json!(2)),
        ("list[-1]", json!(3)),
        ("fresh[0].x", json!(true)),
        ("rows[*].k", json!(0)),
        ("$.a.b", json!(9)),
    ] {
        path(text).set(&mut root, &value).unwrap();
    }
    assert_eq!(
        root,
        json!({"a": {"b": 9, "c": {"d": "new"}}, "list": [1, 3], "rows": [{"k": 0}, {"k": 0}], "fresh": [{"x": true}]})
    );
    for (text, why) in
        [("list[5]", "there is no item 5"), ("a.b.c", "through a number"), ("$.zzz", "names nothing")]
    {
        let error = path(text).set(&mut root, &json!(1)).unwrap_err();
        assert!(error.message.contains(why), "{error}");
    }
}

#[test]
fn remove_takes_away_what_is_there() {
    let mut root = json!({"a": {"b": 1, "c/d": 2}, "list": [1, 2, 3], "rows": [{"k": 1}, {}, {"k": 2}]});
    for text in ["a.b", r#"a["c/d"]"#, "list[0]", "rows[*].k", "$.list[1]"] {
        path(text).remove(&mut root).unwrap();
    }
    assert_eq!(root, json!({"a": {}, "list": [2], "rows": [{}, {}, {}]}));
    let error = path("a.bb").remove(&mut json!({"a": {"b": 1}})).unwrap_err();
    assert!(error.message.contains("did you mean `b`"), "{error}");
    let mut all = json!({"list": [1, 2, 3]});
    path("list[*]").remove(&mut all).unwrap();
    assert_eq!(all, json!({"list": []}));
}
