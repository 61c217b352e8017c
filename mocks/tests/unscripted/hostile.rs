//! Calls that mean no good: none of them may stop the mock, or make it answer out of contract.

use serde_json::{Value, json};

use crate::bare;
use crate::common::{Caller, made, start};

/// Whether the mock is alive, and gave nothing that its contract does not know.
async fn healthy(server: &dryrun_mocks::MockServer, caller: &Caller, path: &str) {
    assert_eq!(caller.call(&format!("GET {path}"), None).await.0, 200);
    let wrong: Vec<_> = server
        .default_view()
        .calls()
        .iter()
        .flat_map(|call| call.breaches.clone())
        .filter(|breach| breach.side == "response")
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[tokio::test]
async fn huge_numbers_in_a_query_are_no_trouble() {
    let (server, api) = bare("fastapi.json").await;
    let most = u64::MAX;
    for query in [format!("skip={most}&limit={most}"), format!("skip={most}"), format!("limit={most}")] {
        assert_eq!(api.call(&format!("GET /users/?{query}"), None).await, (200, json!([])), "{query}");
    }
    let (_spring, spring) = bare("spring.yaml").await;
    for query in ["page=2147483647&size=2147483647", "page=2147483647&size=1"] {
        assert_eq!(spring.get(&format!("/shop/api/v1/orders?{query}")).await["content"], json!([]));
    }
    healthy(&server, &api, "/users/").await;
}

#[tokio::test]
async fn huge_and_strange_ids_are_ids() {
    let (server, api) = bare("kv.yaml").await;
    let long = "x".repeat(8000);
    for id in
        [long.as_str(), "..%2F..%2Fetc", "%00", "%F0%9F%92%A9", "a%25b", "__proto__", "18446744073709551616"]
    {
        let put =
            api.http.put(format!("{}/notes/{id}", api.base)).header("content-type", "text/plain").body("n");
        assert_eq!(put.send().await.unwrap().status().as_u16(), 200, "{id}");
        assert_eq!(api.call(&format!("GET /notes/{id}"), None).await, (200, json!("n")), "{id}");
    }
    let (_nodes, nodes) = bare("poly.yaml").await;
    for id in ["9223372036854775807", "99999999999999999999999999", "1e400", "-0"] {
        let (status, _) = nodes.call(&format!("GET /api/v3/nodes/{id}"), None).await;
        assert!((400..500).contains(&status), "{id}: {status}");
    }
    healthy(&server, &api, "/settings").await;
}

#[tokio::test]
async fn deep_and_doubling_bodies_come_to_an_end() {
    let (server, api) = bare("envelope.yaml").await;
    for deep in [100, 127, 128, 5000] {
        let body = format!("{}1{}", "{\"name\":\"n\",\"x\":[".repeat(deep), "]}".repeat(deep));
        let post =
            api.http.post(format!("{}/api/projects", api.base)).header("content-type", "application/json");
        let status = post.body(body).send().await.unwrap().status().as_u16();
        assert!(status == 201 || status == 400, "{deep}: {status}");
    }
    let doubling: Vec<Value> =
        (0..64).map(|round| json!({"op": "copy", "from": "", "path": format!("/c{round}")})).collect();
    let patch = api.http.patch(format!("{}/api/projects/p1", api.base));
    let patch = patch.header("content-type", "application/json-patch+json").body(json!(doubling).to_string());
    assert_eq!(patch.send().await.unwrap().status().as_u16(), 409);
    healthy(&server, &api, "/api/projects").await;
}

#[tokio::test]
async fn a_collection_with_few_possible_ids_is_full_at_some_time() {
    let contract = json!({
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {
            "/seats": {"post": {
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {"201": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Seat"}}}}, "409": {"description": "full"}},
            }},
            "/seats/{seat}": {"get": {
                "parameters": [{"name": "seat", "in": "path", "required": true, "schema": {"enum": ["a", "b"]}}],
                "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Seat"}}}}, "404": {"description": "no"}},
            }},
        },
        "components": {"schemas": {"Seat": {"type": "object", "required": ["seat"], "properties": {"seat": {"enum": ["a", "b"]}}}}},
    });
    let server = start(made("seats", &contract.to_string(), "")).await;
    let api = Caller::new(&server);
    let mut got = Vec::new();
    for _ in 0..3 {
        got.push(api.call("POST /seats", Some(&json!({}))).await.0);
    }
    assert_eq!(got, [201, 201, 409], "and the mock does not look for a third for ever");
    assert_eq!(api.get("/seats/a").await, json!({"seat": "a"}));
}
