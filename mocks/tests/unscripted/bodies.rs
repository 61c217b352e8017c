//! Kinds of bodies, and which of them a client gets.

use serde_json::json;

use crate::bare;
use crate::common::{Caller, assert_clean};

async fn got(caller: &Caller, path: &str, accept: &str) -> (u16, String, String) {
    let request = caller.http.get(format!("{}{path}", caller.base)).header("accept", accept);
    let response = request.send().await.unwrap();
    let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    (response.status().as_u16(), kind.unwrap_or_default(), response.text().await.unwrap())
}

#[tokio::test]
async fn a_client_gets_the_documented_type_that_it_wants_most() {
    let (server, kinds) = bare("kinds.yaml").await;
    for (accept, wanted) in [
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("text/*, application/json;q=0.3", "text/csv"),
        ("application/xml;q=0.9, application/json;q=0.8", "application/xml"),
        ("application/json;q=0, application/*;q=0.5, text/csv;q=0.1", "application/xml"),
    ] {
        let (status, kind, body) = got(&kinds, "/letters", accept).await;
        assert_eq!((status, kind.as_str()), (200, wanted), "{accept}: {body}");
    }
    assert_eq!(got(&kinds, "/letters", "text/csv").await.2, "slug,title\nspring,Spring\n");
    assert!(got(&kinds, "/letters", "application/xml").await.2.starts_with("<?xml"));
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn what_nothing_documented_fulfils_is_406_and_no_call_of_the_contract() {
    let (server, kinds) = bare("kinds.yaml").await;
    let (status, _, body) = got(&kinds, "/letters", "image/png, text/html;q=0.2").await;
    assert_eq!(status, 406);
    assert!(body.contains("text/csv"), "it says what is offered: {body}");
    let call = &server.default_view().calls()[0];
    assert!(
        call.unexpected.as_ref().unwrap().contains("nothing that is documented is acceptable"),
        "{call:?}"
    );
    assert!(call.breaches.is_empty(), "{call:?}");
}

#[tokio::test]
async fn text_pictures_forms_and_redirects_honour_the_contract() {
    let (server, kinds) = bare("kinds.yaml").await;
    let (status, kind, words) = got(&kinds, "/hello", "*/*").await;
    assert_eq!((status, kind.as_str()), (200, "text/plain"));
    assert!(words.chars().count() >= 3, "{words:?}");
    assert_eq!(got(&kinds, "/image", "image/*").await.1, "image/png");
    let (_, kind, form) = got(&kinds, "/form", "*/*").await;
    assert_eq!(kind, "application/x-www-form-urlencoded");
    assert!(form.contains("n=") && form.contains("a="), "{form}");
    let plain =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let moved = plain.get(format!("{}/old", kinds.base)).send().await.unwrap();
    assert_eq!(moved.status().as_u16(), 301);
    assert!(moved.headers().contains_key("location"));
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let (server, kinds) = bare("kinds.yaml").await;
    let response = kinds.send("HEAD /letters", None).await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.text().await.unwrap(), "");
    assert_eq!(kinds.send("OPTIONS /letters", None).await.unwrap().status().as_u16(), 405);
    let calls = server.default_view().calls();
    assert_eq!(calls[0].operation.as_deref(), Some("GET /letters"));
    assert_eq!(calls[0].response.as_ref().unwrap().body.bytes, 0);
    assert!(calls[0].unexpected.is_none() && calls[1].unexpected.is_some());
}

#[tokio::test]
async fn what_can_not_be_answered_is_501_with_the_reason_and_never_a_silent_200() {
    let (server, kinds) = bare("kinds.yaml").await;
    for (path, reason) in
        [("/never", "no answer 200 as application/json could be made"), ("/failing", "documents no success")]
    {
        let (status, body) = kinds.call(&format!("GET {path}"), None).await;
        assert_eq!(status, 501, "{path}: {body}");
        assert!(body["detail"].as_str().unwrap().contains(reason), "{path}: {body}");
        assert_eq!(body["nearest"], json!(format!("GET {path}")));
    }
    let calls = server.default_view().calls();
    assert!(calls.iter().all(|call| call.unexpected.is_some() && call.breaches.is_empty()), "{calls:?}");
}
