//! Requests that are refused: of the wrong shape, of the wrong type, without proof of who is calling.

use dryrun_contract::Contract;
use dryrun_mocks::{Behaviour, MockOptions, MockServer, ServiceSpec};
use serde_json::{Value, json};

use crate::bare;
use crate::common::{Caller, made, start};

#[tokio::test]
async fn a_wrong_shape_is_refused_in_the_documented_shape() {
    let (server, store) = bare("store.yaml").await;
    let (status, problem) = store.call("POST /pets", Some(&json!({"name": ""}))).await;
    assert_eq!((status, &problem["status"], &problem["title"]), (400, &json!(400), &json!("Bad Request")));
    assert!(problem["detail"].as_str().unwrap().contains("status"), "{problem}");
    let (_kinds, kinds) = bare("kinds.yaml").await;
    let (status, error) = kinds.call("POST /letters", Some(&json!({"slug": "UP", "title": "x"}))).await;
    assert_eq!(status, 422);
    assert!(error["error"]["message"].as_str().unwrap().contains("body/slug"), "{error}");
    let calls = server.default_view().calls();
    assert!(calls[0].breaches.iter().all(|breach| breach.side == "request"), "{:?}", calls[0].breaches);
    assert!(!calls[0].breaches.is_empty());
}

#[tokio::test]
async fn a_wrong_type_is_415_where_that_is_documented_and_a_wrong_id_404() {
    let (server, store) = bare("store.yaml").await;
    let request = store.http.post(format!("{}/pets", store.base)).header("content-type", "text/plain");
    let response = request.body("Rex").send().await.unwrap();
    assert_eq!(response.status().as_u16(), 415);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(store.call("GET /pets/rex", None).await.0, 404);
    for call in server.default_view().calls() {
        assert!(call.breaches.iter().all(|breach| breach.side == "request"), "{:?}", call.breaches);
    }
}

#[tokio::test]
async fn where_nothing_is_documented_the_refusal_is_the_mocks_own() {
    let contract = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths:\n  /a:\n    get:\n      parameters: [{ name: n, in: query, required: true, schema: { type: integer } }]\n      responses: { '200': { description: ok } }\n";
    let server = start(made("bare", contract, "")).await;
    let (status, body) = Caller::new(&server).call("GET /a?n=x", None).await;
    assert_eq!(status, 422, "{body}");
    let call = &server.default_view().calls()[0];
    assert!(
        call.breaches.iter().all(|breach| breach.side == "request") && call.breaches.len() == 1,
        "{call:?}"
    );
}

#[tokio::test]
async fn a_wrong_method_is_405_with_the_right_ones() {
    let (server, store) = bare("store.yaml").await;
    let response = store.send("DELETE /pets", None).await.unwrap();
    assert_eq!(response.status().as_u16(), 405);
    assert_eq!(response.headers()["allow"], "GET, POST");
    assert!(server.default_view().calls()[0].unexpected.is_some());
}

async fn secured(behaviour: &str, security: bool) -> (MockServer, Caller) {
    let contract = include_str!("../contracts/kinds.yaml");
    let spec = ServiceSpec {
        key: "kinds".into(),
        title: "kinds".into(),
        contract: Contract::parse("kinds.yaml", contract).unwrap(),
        contract_path: "kinds.yaml".into(),
        behaviour: Behaviour::parse("behaviour.yaml", behaviour).unwrap(),
    };
    let server = MockServer::start(spec, MockOptions { security, ..MockOptions::default() }).await.unwrap();
    let caller = Caller::new(&server);
    (server, caller)
}

async fn with(caller: &Caller, path: &str, headers: &[(&str, &str)]) -> (u16, Option<String>) {
    let mut request = caller.http.get(format!("{}{path}", caller.base));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let challenge =
        response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
    (response.status().as_u16(), challenge)
}

#[tokio::test]
async fn security_is_checked_when_asked_for() {
    let (lax, open) = secured("", false).await;
    assert_eq!(with(&open, "/secret", &[]).await.0, 200, "nobody asked");
    let breach = &lax.default_view().calls()[0].breaches[0];
    assert_eq!((breach.keyword.as_str(), breach.schema_path.as_str()), ("security", "/security"));
    assert_eq!(
        breach.wanted,
        "`Authorization: Bearer …` (token), or a key in the header \"X-Key\" (key) together with a key in the header \"X-User\" (user)"
    );
    for (behaviour, option) in [("security: true", false), ("", true)] {
        let (server, caller) = secured(behaviour, option).await;
        let (status, challenge) = with(&caller, "/secret", &[]).await;
        assert_eq!(status, 401);
        assert_eq!(
            challenge.as_deref(),
            Some(
                "Bearer realm=\"mock\", ApiKey realm=\"mock\", name=\"X-Key\", ApiKey realm=\"mock\", name=\"X-User\""
            )
        );
        for (headers, wanted) in [
            (&[("authorization", "Bearer abc")][..], 200),
            (&[("authorization", "bearer abc")], 200),
            (&[("authorization", "Basic YTpi")], 401),
            (&[("authorization", "Bearer ")], 401),
            (&[("x-key", "k")], 401),
            (&[("x-key", "k"), ("x-user", "u")], 200),
        ] {
            assert_eq!(with(&caller, "/secret", headers).await.0, wanted, "{headers:?}");
        }
        assert_eq!(with(&caller, "/letters", &[]).await.0, 200, "`security: []`");
        assert_eq!(with(&caller, "/secret/optional", &[]).await.0, 200, "`{{}}` is one of the alternatives");
        assert_eq!(with(&caller, "/secret/query?api_key=k", &[]).await.0, 200);
        assert_eq!(with(&caller, "/secret/query", &[("cookie", "a=b; session=s")]).await.0, 200);
        assert_eq!(with(&caller, "/secret/query", &[("authorization", "Bearer t")]).await.0, 200);
        assert_eq!(with(&caller, "/secret/query?api_key=", &[("cookie", "a=b")]).await.0, 401);
        let calls = server.default_view().calls();
        for call in calls {
            let refused = call.response.as_ref().unwrap().status == 401;
            let kinds: Vec<&str> = call.breaches.iter().map(|breach| breach.keyword.as_str()).collect();
            assert_eq!(kinds, if refused { vec!["security"] } else { vec![] }, "{}", call.request.path);
            assert_eq!(call.unexpected, None);
        }
    }
}

#[tokio::test]
async fn a_401_that_is_not_documented_is_the_callers_breach() {
    let (server, caller) = secured("security: true", false).await;
    let (status, challenge) = with(&caller, "/secret/silent", &[]).await;
    assert_eq!((status, challenge.as_deref()), (401, Some("Basic realm=\"mock\"")));
    let call = &server.default_view().calls()[0];
    assert_eq!((call.unexpected.as_deref(), call.breaches.len()), (None, 1));
    assert_eq!(call.breaches[0].keyword, "security");
    assert_eq!(with(&caller, "/secret/silent", &[("authorization", "Basic YTpi")]).await.0, 200);
}

#[tokio::test]
async fn a_part_that_can_not_be_used_is_501_and_the_rest_works() {
    let contract = json!({
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {
            "/good": {"get": {"responses": {"200": {"description": "ok", "content": {"application/json": {"example": {"ok": true}}}}}}},
            "/bad": {"get": {"responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Gone"}}}}}}},
        },
    });
    let server = start(made("bare", &contract.to_string(), "")).await;
    let caller = Caller::new(&server);
    assert_eq!(caller.get("/good").await, json!({"ok": true}));
    let (status, body): (u16, Value) = caller.call("GET /bad", None).await;
    assert_eq!(status, 501, "{body}");
    let said = body["detail"].as_str().unwrap();
    assert!(said.contains("GET /bad") && said.contains("Gone"), "operation and reason: {said}");
    assert_eq!(server.contract().unusable().len(), 1);
    assert!(server.default_view().calls()[1].unexpected.is_some());
}
