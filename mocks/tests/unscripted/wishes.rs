//! `Prefer`.

use serde_json::{Value, json};

use crate::bare;
use crate::common::{Caller, assert_clean, crm};

async fn preferring(caller: &Caller, line: &str, prefer: &str) -> (u16, Option<String>, Value) {
    let (method, path) = line.split_once(' ').unwrap();
    let request = caller.http.request(method.parse().unwrap(), format!("{}{path}", caller.base));
    let response = request.header("prefer", prefer).send().await.unwrap();
    let applied =
        response.headers().get("preference-applied").map(|value| value.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, applied, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

#[tokio::test]
async fn a_status_an_example_and_what_is_made_up_can_be_wished() {
    let (server, kinds) = bare("kinds.yaml").await;
    let gone = json!({"error": {"code": "gone", "message": "All gone"}});
    let (status, applied, body) = preferring(&kinds, "GET /letters", "code=404").await;
    assert_eq!((status, applied.as_deref(), &body), (404, Some("code=404"), &gone));
    assert_eq!(preferring(&kinds, "GET /letters", "example=gone").await.0, 404, "wherever the example is");
    let (status, applied, body) = preferring(&kinds, "GET /letters", "example=\"none\", code=200").await;
    assert_eq!((status, applied.as_deref(), body), (200, Some("code=200, example=none"), json!([])));
    let (status, _, body) = preferring(&kinds, "GET /letters", "code=503").await;
    assert_eq!((status, body.is_string()), (503, true), "a range: {body}");
    let (_, applied, one) = preferring(&kinds, "GET /letters/summer", "dynamic=true").await;
    let (_, _, two) = preferring(&kinds, "GET /letters/summer", "dynamic=true").await;
    assert_eq!(applied.as_deref(), Some("dynamic=true"));
    assert_ne!(one, two, "each call anew");
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn a_wish_for_what_there_is_not_says_what_there_is_and_fails_a_run() {
    let (server, kinds) = bare("kinds.yaml").await;
    for (prefer, words) in [
        ("code=418", "it documents 200, 404 and 5XX"),
        ("code=soon", "documents 200, 404 and 5XX"),
        ("example=winter", "it has spring, broken and none"),
    ] {
        let (status, applied, body) = preferring(&kinds, "GET /letters", prefer).await;
        assert_eq!((status, applied), (400, None), "{prefer}");
        assert!(body["detail"].as_str().unwrap().contains(words), "{prefer}: {body}");
    }
    let (status, _, body) = preferring(&kinds, "GET /letters", "example=broken").await;
    assert_eq!(status, 501, "an example out of contract is never given: {body}");
    assert!(server.default_view().calls().iter().all(|call| call.unexpected.is_some()));
}

#[tokio::test]
async fn wishes_go_before_a_behaviour_file_and_change_nothing() {
    let server = crm().await;
    let caller = Caller::new(&server);
    let line = "GET /api/v1/email/msg_000000000000/status";
    assert_eq!(caller.call(line, None).await.0, 404);
    let (status, applied, body) = preferring(&caller, line, "code=200").await;
    assert_eq!((status, applied.as_deref()), (200, Some("code=200")), "{body}");
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn properties_have_their_examples_unless_it_is_wished_otherwise() {
    let (server, props) = bare("props.yaml").await;
    let body = props.get("/b").await;
    assert_eq!((&body["n"], &body["m"], &body["o"]), (&json!(42), &json!("dd"), &json!("oo")), "{body}");
    assert_ne!(body["p"], "too long", "an example out of contract is none");
    assert_ne!(body["q"], 7, "nor is one of another type");
    let (_, _, body) = preferring(&props, "GET /b", "dynamic=true").await;
    assert!(body["n"] != 42 && body["m"] != "dd", "made up: {body}");
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn what_can_only_be_501_is_told_at_the_start() {
    let (server, props) = bare("props.yaml").await;
    let notes = server.notes();
    assert_eq!(notes.len(), 2, "{notes:#?}");
    assert!(notes[0].starts_with("GET /narrow answers 501: ") && notes[0].contains("`price`"), "{notes:#?}");
    assert!(notes[1].starts_with("GET /down answers 501: "), "{notes:#?}");
    for (line, words) in [("GET /narrow", "`price`"), ("GET /down", "documents no success of it")] {
        let (status, body) = props.call(line, None).await;
        assert!(status == 501 && body["detail"].as_str().unwrap().contains(words), "{line}: {body}");
    }
}
