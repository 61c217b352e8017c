//! Contracts as frameworks and styles write them: what a client does first with each.

use serde_json::{Value, json};

use crate::bare;
use crate::common::{Caller, assert_clean};

async fn send(caller: &Caller, line: &str, kind: &str, body: &str) -> (u16, String) {
    let (method, path) = line.split_once(' ').unwrap();
    let request = caller.http.request(method.parse().unwrap(), format!("{}{path}", caller.base));
    let response = request.header("content-type", kind).body(body.to_owned()).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn fastapi_without_a_documented_404() {
    let (server, api) = bare("fastapi.json").await;
    let ana = json!({"email": "a@b.co", "password": "x"});
    let made = api.post("/users/", ana.clone()).await;
    assert_eq!(
        made,
        json!({"id": 1, "email": "a@b.co", "is_active": true, "items": []}),
        "with the defaults"
    );
    assert_eq!(api.get("/users/1").await, made);
    let item = api.post("/users/1/items/", json!({"title": "t"})).await;
    assert_eq!(item["title"], "t", "what was sent comes back, also where nothing is kept");
    let other = api.get("/users/99").await;
    assert_eq!(other["id"], 99, "there may be nothing but a success: then it is this one");
    assert_eq!(api.get("/users/").await, json!([made]), "and nobody keeps it");
    let (status, removed) = api.call("DELETE /users/1", None).await;
    assert_eq!((status, removed.get("password")), (200, None), "what only the request has is not given away");
    assert_eq!(api.call("POST /token", None).await.0, 422);
    assert_eq!(
        send(&api, "POST /token", "application/x-www-form-urlencoded", "username=a&password=b").await.0,
        200
    );
    let parts =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nx\r\n--b--\r\n";
    assert_eq!(send(&api, "POST /uploadfile/", "multipart/form-data; boundary=b", parts).await.0, 200);
    let calls = server.default_view().calls();
    assert!(calls.iter().all(|call| call.unexpected.is_none()));
    let (status, gone) = api.call("GET /users/1", None).await;
    assert_eq!((status, &gone["detail"]), (404, &json!("there is no user 1")));
    let last = server.default_view().calls().pop().unwrap();
    assert!(
        last.unexpected.as_ref().unwrap().contains("documents no answer 404"),
        "the hole is told: {last:?}"
    );
    assert!(last.breaches.is_empty());
}

#[tokio::test]
async fn springdoc_with_pages_from_zero() {
    let (server, api) = bare("spring.yaml").await;
    let mut ids = Vec::new();
    for name in ["Ana", "Bo", "Cy"] {
        ids.push(api.post("/shop/api/v1/orders", json!({"customer": name})).await["id"].clone());
    }
    let page = api.get("/shop/api/v1/orders?page=1&size=2").await;
    assert_eq!(page["content"].as_array().unwrap().len(), 1);
    assert_eq!(page["content"][0]["customer"], "Cy");
    for (field, wanted) in [
        ("totalElements", json!(3)),
        ("totalPages", json!(2)),
        ("number", json!(1)),
        ("size", json!(2)),
        ("numberOfElements", json!(1)),
        ("first", json!(false)),
        ("last", json!(true)),
        ("empty", json!(false)),
    ] {
        assert_eq!(page[field], wanted, "{field}: {page}");
    }
    let one = format!("/shop/api/v1/orders/{}", ids[0].as_str().unwrap());
    let (_, cancelled) = api.call(&format!("POST {one}/cancel"), None).await;
    assert_eq!(cancelled["id"], ids[0], "what is done to a thing is answered with that thing");
    assert_eq!(api.call(&format!("DELETE {one}"), None).await.0, 200);
    assert_eq!(api.call(&format!("GET {one}"), None).await.0, 404);
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn nswag_answers_the_id_alone() {
    let (server, api) = bare("nswag.json").await;
    let id = api.post("/api/TodoItems", json!({"listId": 3, "title": "buy"})).await;
    let one = api.get(&format!("/api/TodoItems/{id}")).await;
    assert_eq!((&one["id"], &one["title"], &one["listId"]), (&id, &json!("buy"), &json!(3)));
    let (status, problem) = api.call("GET /api/TodoItems/77", None).await;
    let wanted = json!({"type": "about:blank", "title": "Not Found", "status": 404, "detail": "there is no TodoItem 77"});
    assert_eq!((status, problem), (404, wanted), "and nothing made up beside");
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn a_gateway_with_names_tokens_and_verbs() {
    let (server, api) = bare("grpc.yaml").await;
    let books = "/v1/publishers/p1/books";
    let made = api.post(&format!("{books}?book_id=b7"), json!({"title": "T"})).await;
    assert_eq!(made["name"], "b7", "the query may name it");
    api.post(books, json!({"title": "U"})).await;
    let mut titles = Vec::new();
    let mut token = String::new();
    for _ in 0..5 {
        let page = api.get(&format!("{books}?page_size=1&page_token={token}")).await;
        titles.push(page["books"][0]["title"].as_str().unwrap().to_owned());
        token = page["next_page_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(titles, ["T", "U"], "the tokens come to an end");
    assert_eq!(api.call(&format!("POST {books}/b7:archive"), None).await.1["title"], "T");
    let (status, error) = api.call(&format!("GET {books}/none"), None).await;
    assert_eq!(
        (status, &error["message"], &error["code"]),
        (404, &json!("there is no book none"), &json!(404))
    );
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn rails_wraps_what_is_sent_and_ends_its_paths() {
    let (server, api) = bare("rails.yaml").await;
    let (status, post) =
        api.call("POST /posts.json", Some(&json!({"post": {"title": "Hi", "body": "b"}}))).await;
    assert_eq!((status, &post["title"], &post["id"]), (201, &json!("Hi"), &json!(1)));
    assert!(post["created_at"].is_string(), "what the service puts there: {post}");
    let (_, changed) = api.call("PATCH /posts/1.json", Some(&json!({"post": {"title": "Ho"}}))).await;
    assert_eq!(
        (&changed["title"], &changed["body"], &changed["created_at"]),
        (&json!("Ho"), &json!("b"), &post["created_at"])
    );
    assert_eq!(api.get("/posts.json").await, json!([changed]));
    let (_, comment) =
        api.call("POST /posts/1/comments.json", Some(&json!({"comment": {"text": "x"}}))).await;
    assert_eq!(comment, json!({"id": 1, "text": "x", "post_id": 1}), "it knows what it belongs to");
    assert_eq!(api.get("/posts/1/comments/1.json").await, comment);
    assert_eq!(api.call("DELETE /posts/1.json", None).await.0, 204);
    assert_eq!(api.call("GET /posts/1/comments/1.json", None).await.0, 404);
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn json_api_keeps_attributes() {
    let (server, api) = bare("jsonapi.yaml").await;
    let kind = "application/vnd.api+json";
    let article =
        |title: &str| json!({"data": {"type": "articles", "attributes": {"title": title}}}).to_string();
    let (status, made) = send(&api, "POST /articles", kind, &article("A")).await;
    let made: Value = serde_json::from_str(&made).unwrap();
    assert_eq!((status, &made["data"]["attributes"]["title"]), (201, &json!("A")));
    let id = made["data"]["id"].as_str().unwrap();
    let patch = json!({"data": {"type": "articles", "id": id, "attributes": {"body": "B"}}}).to_string();
    assert_eq!(send(&api, &format!("PATCH /articles/{id}"), kind, &patch).await.0, 200);
    let read = api.get(&format!("/articles/{id}")).await;
    assert_eq!(read["data"]["attributes"], json!({"title": "A", "body": "B"}));
    send(&api, "POST /articles", kind, &article("C")).await;
    let found = api.get("/articles?filter[title]=C").await;
    assert_eq!((&found["meta"]["total"], &found["links"]["next"]), (&json!(1), &Value::Null));
    let page = api.get("/articles?page[size]=1").await;
    let next = page["links"]["next"].as_str().unwrap().strip_prefix(&api.base).unwrap().to_owned();
    assert_eq!(api.get(&next).await["data"][0]["attributes"]["title"], "C", "{next}");
    let (status, error) = api.call("GET /articles/zz", None).await;
    let wanted =
        json!({"errors": [{"status": "404", "title": "Not Found", "detail": "there is no article zz"}]});
    assert_eq!((status, error), (404, wanted));
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn lists_within_embedded_and_envelopes() {
    let (server, api) = bare("hal.yaml").await;
    let response =
        api.send("POST /v2/customers", Some(&json!({"name": "Ana", "password": "p"}))).await.unwrap();
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(api.get(&location).await, json!({"name": "Ana", "_links": {}}), "no password");
    let page = api.get("/v2/customers?page=1&size=2").await;
    assert_eq!(page["_embedded"]["customers"], json!([{"name": "Ana", "_links": {}}]));
    assert_eq!(page["page"], json!({"size": 2, "totalElements": 1, "totalPages": 1, "number": 1}));
    assert_clean(&server.default_view());

    let (server, api) = bare("envelope.yaml").await;
    let made = api.call("POST /api/projects", Some(&json!({"name": "Neu"}))).await.1;
    assert_eq!((&made["success"], &made["data"]["archived"]), (&json!(true), &Value::Null));
    let all = api.get("/api/projects?per_page=10").await;
    let names: Vec<_> =
        all["data"]["items"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["Example", "Two", "Neu"], "those of the examples first");
    assert_eq!((&all["data"]["total"], &all["data"]["next_cursor"]), (&json!(3), &Value::Null));
    assert_eq!(api.get("/api/projects").await["data"]["items"].as_array().unwrap().len(), 2, "the default");
    let (status, error) = api.call("GET /api/projects/zz", None).await;
    let wanted =
        json!({"success": false, "error": {"code": "not_found", "message": "there is no project zz"}});
    assert_eq!((status, error), (404, wanted));
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn values_that_are_put_come_back_as_they_were() {
    let (server, api) = bare("kv.yaml").await;
    let (status, bucket) = api.call("PUT /buckets/logs", Some(&json!({"region": "eu"}))).await;
    assert_eq!((status, &bucket["name"], &bucket["region"]), (201, &json!("logs"), &json!("eu")));
    assert_eq!(api.call("PUT /buckets/logs", Some(&json!({"region": "us"}))).await.0, 200);
    let object = "/buckets/logs/objects/a%2Fb";
    assert_eq!(send(&api, &format!("PUT {object}"), "application/octet-stream", "\u{1}bytes").await.0, 204);
    assert_eq!(send(&api, &format!("GET {object}"), "text/plain", "").await, (200, "\u{1}bytes".to_owned()));
    assert_eq!(send(&api, "PUT /notes/1", "text/plain", "my note").await, (200, "my note".to_owned()));
    assert_eq!(api.call("GET /notes/1", None).await.1, json!("my note"));
    let before = api.get("/settings").await;
    assert_eq!(api.get("/settings").await, before);
    let dark = json!({"theme": "dark", "size": 3});
    assert_eq!(api.call("PUT /settings", Some(&dark)).await, (200, dark.clone()), "one thing alone");
    assert_eq!(api.get("/settings").await, dark);
    assert_eq!(api.call("DELETE /buckets/logs", None).await.0, 204);
    assert_eq!(send(&api, &format!("GET {object}"), "text/plain", "").await.0, 404);
    assert_eq!(api.call("GET /buckets/logs", None).await.0, 404);
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn kinds_circles_and_what_is_only_sent() {
    let (server, api) = bare("poly.yaml").await;
    let cat = json!({"kind": "cat", "name": "Tom", "lives": 9, "pin": "1234"});
    let (status, made) = api.call("POST /api/v3/animals?api_key=k", Some(&cat)).await;
    assert_eq!((status, made.get("pin"), &made["lives"]), (201, None, &json!(9)), "`writeOnly`: {made}");
    assert!(!api.get("/api/v3/animals?api_key=k&kind=cat,dog").await[0].to_string().contains("1234"));
    let tree = json!({"label": "root", "children": [{"label": "kid"}]});
    let (_, made) = api.call("POST /api/v3/nodes", Some(&tree)).await;
    assert_eq!(made["children"][0]["label"], "kid", "what is within gets the ids that it lacks: {made}");
    assert!(made["children"][0]["id"].is_number());
    assert_eq!(api.get("/api/v3/nodes/1").await, made);
    assert_eq!(api.call("GET /api/v3/remote", None).await.0, 501);
    let calls = server.default_view().calls();
    assert!(calls.iter().all(|call| call.breaches.is_empty()), "{calls:?}");
}
