//! What is masked, and what is not.

use super::*;
use crate::event::{Entry, Event};
use crate::exchange::Breach;

#[test]
fn a_named_secret_is_gone_in_every_spelling() {
    let masker = Masker::new();
    masker.learn("s3cr3t/\"key+");
    for text in ["x s3cr3t/\"key+ y", "s3cr3t%2F%22key%2B", "czNjcjN0LyJrZXkr", r#"{"a":"s3cr3t/\"key+"}"#] {
        let masked = masker.text(text);
        assert!(
            masked.contains(MASK) && !masked.contains("s3cr3t") && !masked.contains("czNjcjN0"),
            "{masked}"
        );
    }
}

#[test]
fn credentials_are_masked_by_their_place() {
    let masker = Masker::new();
    assert_eq!(masker.header("Authorization", "Bearer abcdefgh"), format!("Bearer {MASK}"));
    assert_eq!(masker.header("x-api-key", "abc"), MASK);
    assert_eq!(masker.header("accept", "text/html"), "text/html");
    assert_eq!(
        masker.text(r#"{"db_password": "hunter2", "a": "b"}"#),
        format!(r#"{{"db_password": "{MASK}", "a": "b"}}"#)
    );
    assert_eq!(masker.text("api_key=xyz&limit=3"), format!("api_key={MASK}&limit=3"));
    assert_eq!(masker.text("postgres://joe:pw@db/x"), format!("postgres://joe:{MASK}@db/x"));
    assert_eq!(masker.text("sent Bearer abcdefg1"), format!("sent Bearer {MASK}"));
}

#[test]
fn secrets_on_the_command_line_are_masked_by_their_names() {
    assert_eq!(assignment("MY_API_KEY=topsecret99"), format!("MY_API_KEY={MASK}"));
    assert_eq!(assignment("MODE=crash"), "MODE=crash");
    assert_eq!(assignment("--seed"), "--seed");
    for name in ["DB_PASSWORD", "apiKeys", "SENTRY_DSN", "key_id", "BASIC_AUTH", "MY_TOKEN_2"] {
        assert!(sounds_secret(name), "{name}");
    }
    for name in ["MODE", "KEYBOARD", "AUTHOR", "BYPASS"] {
        assert!(!sounds_secret(name), "{name}");
    }
}

#[test]
fn a_breach_at_a_secret_place_keeps_its_value_to_itself() {
    let mut exchange: Exchange = serde_json::from_value(serde_json::json!({
        "id": "crm-1", "direction": "to_mock", "service": "crm", "scenario": null, "attribution": "none",
        "operation": null, "at_us": 7, "duration_us": 5, "response": null,
        "request": {"method": "GET", "path": "/", "headers": [], "body": {"bytes": 0}},
    }))
    .unwrap();
    let places = ["body/user/password", "header/authorization", "body/pin_token", "body/name"];
    let found = [
        "the string \"hunter2\" (7 characters)",
        "the string \"Basic x\"",
        "the number 1234",
        "the number 7",
    ];
    exchange.breaches = places
        .iter()
        .zip(found)
        .map(|(place, found)| Breach {
            instance_path: (*place).to_owned(),
            found: found.to_owned(),
            ..Breach::default()
        })
        .collect();
    Masker::new().exchange(&mut exchange);
    let found: Vec<&str> = exchange.breaches.iter().map(|breach| breach.found.as_str()).collect();
    let whole = format!("the string \"{MASK}\"");
    assert_eq!(found, [&format!("{whole} (7 characters)"), &whole, MASK, "the number 7"]);
}

#[test]
fn plain_text_is_left_alone() {
    let masker = Masker::new();
    masker.learn("abc");
    let text = "a tokenless basic sentence: abc = \"secretary\" at http://localhost:8001/x?limit=3";
    assert_eq!(masker.text(text), text);
}

fn exchange(request: &str, response: &str) -> Exchange {
    let message = |text: &str| serde_json::json!({"bytes": text.len(), "text": text});
    serde_json::from_value(serde_json::json!({
        "id": "crm-1", "direction": "to_mock", "service": "crm", "scenario": null, "attribution": "none",
        "operation": null, "at_us": 7, "duration_us": 5,
        "request": {"method": "POST", "path": "/", "headers": [], "body": message(request)},
        "response": {"status": 422, "headers": [], "body": message(response)},
    }))
    .unwrap()
}

#[test]
fn a_secret_in_a_body_is_masked_in_every_shape_and_wherever_the_exchange_quotes_it() {
    let mut one = exchange(
        r#"{"api_token":"SUPERSECRET-12345","apiToken": "x","access_token": ["LEAKED-TOKEN-9876"],"pin_token":4711,
            "credentials": {"user": "ana", "keys": [1, {"a": "b"}]}, "token_count": 3, "nextPageToken": "abc-123-def",
            "tokens_used": 12, "tokens": 12, "key": "colour", "api_key": null, "has": true}"#,
        r#"{"detail": "found \"SUPERSECRET-12345\", and the array [\"LEAKED-TOKEN-9876\"]"}"#,
    );
    one.breaches = vec![Breach {
        instance_path: "body".to_owned(),
        found: r#"the object {"api_token":"SUPERSECRET-12345","access_token":["LEAKED-TOK"#.to_owned(),
        ..Breach::default()
    }];
    let masker = Masker::new();
    masker.exchange(&mut one);
    let request = one.request.body.text.clone().unwrap();
    let json: serde_json::Value = serde_json::from_str(&request).expect("masked JSON is JSON");
    assert_eq!(
        json,
        serde_json::json!({
            "api_token": MASK, "apiToken": MASK, "access_token": [MASK], "pin_token": MASK,
            "credentials": {"user": MASK, "keys": [MASK, {"a": MASK}]}, "token_count": 3,
            "nextPageToken": "abc-123-def", "tokens_used": 12, "tokens": 12, "key": "colour", "api_key": null, "has": true
        })
    );
    let whole = serde_json::to_string(&one).unwrap();
    assert!(!whole.contains("SUPERSECRET") && !whole.contains("LEAKED"), "{whole}");
    // What is said about it later knows the value, too.
    let log = Event::ServiceLog { worker: 0, stream: "stdout".into(), line: "bad SUPERSECRET-12345".into() };
    let Event::ServiceLog { line, .. } = masker.entry(Entry { at_us: 0, event: log }).event else { panic!() };
    assert_eq!(line, format!("bad {MASK}"));
}

#[test]
fn an_ordinary_word_at_a_secret_place_is_left_in_sentences() {
    let mut one = exchange(r#"{"password": "string"}"#, r#"{"detail": "a string is too short"}"#);
    Masker::new().exchange(&mut one);
    assert_eq!(one.request.body.text.as_deref(), Some(&*format!(r#"{{"password": "{MASK}"}}"#)));
    assert_eq!(one.response.unwrap().body.text.as_deref(), Some(r#"{"detail": "a string is too short"}"#));
}

#[test]
fn a_secret_behind_its_name_is_masked_in_every_kind_of_text() {
    let masker = Masker::new();
    for (text, wanted) in [
        (
            r#"{"a":"{\"api_token\": \"x\\\"y-1\", \"b\": 1}"}"#,
            r#"{"a":"{\"api_token\": \"«masked»\", \"b\": 1}"}"#,
        ),
        ("{'api_token': 'abc', 'n': None}", "{'api_token': '«masked»', 'n': None}"),
        (r#"cut: {"apiToken": "SUPERSEC"#, r#"cut: {"apiToken": "«masked»""#),
        (r#"it's 3" wide {"token": "abc"}"#, r#"it's 3" wide {"token": "«masked»"}"#),
        ("a=1&apiToken=abc&b=2", "a=1&apiToken=«masked»&b=2"),
        ("https://h/x?client_secret=abc#top", "https://h/x?client_secret=«masked»#top"),
        ("X(password=abc, n=1)", "X(password=«masked» n=1)"),
        ("max_tokens=12&page_token=abc", "max_tokens=12&page_token=abc"),
        (
            "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--b--",
            "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n«masked»\r\n--b--",
        ),
        (
            r#"{"pagination_token": "abc", "signature": "Ana"}"#,
            r#"{"pagination_token": "abc", "signature": "Ana"}"#,
        ),
    ] {
        assert_eq!(masker.text(text), wanted);
    }
}

#[test]
fn cookies_keep_their_names_and_attributes() {
    let masker = Masker::new();
    assert_eq!(masker.header("Cookie", "sid=abc; theme=dark"), "sid=«masked»; theme=«masked»");
    assert_eq!(masker.header("set-cookie", "sid=a=b; Path=/; HttpOnly"), "sid=«masked»; Path=/; HttpOnly");
    assert_eq!(masker.header("cookie", "abc"), MASK);
    assert_eq!(masker.header("x-secret-sauce", "abc"), MASK);
}

#[test]
fn a_name_at_a_secret_place_is_no_secret_and_a_cookie_is() {
    let name = "the header \"X-Secret-Sauce\"";
    assert_eq!(at_place("header/x-secret-sauce", name), name);
    assert_eq!(at_place("header/x-secret-sauce", "the string \"mustard\""), format!("the string \"{MASK}\""));
    assert_eq!(at_place("cookie/theme", "the string \"dark\""), format!("the string \"{MASK}\""));
    assert_eq!(at_place("body/key", "the string \"dark\""), "the string \"dark\"");
    assert_eq!(at_place("body/tokens", "the number 12"), "the number 12");
}

#[test]
fn the_name_of_a_variable_on_a_command_line_can_be_copied() {
    let masker = Masker::new();
    let masked = |words: &str| {
        let mut words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        masker.command(&mut words);
        words.join(" ")
    };
    for command in ["verify crm --auth-header X-Api-Key=CK --url x", "verify --auth-query=token=CRM_TOKEN"] {
        assert_eq!(masked(command), command);
    }
    assert_eq!(masked("--auth-header X-Api-Key=a-real-key"), format!("--auth-header X-Api-Key={MASK}"));
    assert_eq!(masked("--env API_KEY=abc"), format!("--env API_KEY={MASK}"));
}
