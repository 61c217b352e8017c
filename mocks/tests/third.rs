//! A third service comes into being by two files, and a mock never hides that it is wrong.

mod common;

use common::{Caller, assert_clean, made, root, shipped, start};
use dryrun_contract::{Contract, Operation};
use dryrun_mocks::{Behaviour, ServiceSpec};
use serde_json::json;

const CONTRACT: &str = r##"
openapi: 3.1.0
info: { title: Document store, version: 2.1.0 }
paths:
  /documents:
    post:
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: "#/components/schemas/New" } } }
      responses:
        "201": { description: Stored, headers: { Location: { schema: { type: string } } }, content: { application/json: { schema: { $ref: "#/components/schemas/Document" } } } }
        "400": { description: Refused, content: { application/json: { schema: { $ref: "#/components/schemas/Error" } } } }
        "401": { description: Who?, content: { application/json: { schema: { $ref: "#/components/schemas/Error" } } } }
        "409": { description: There, content: { application/json: { schema: { $ref: "#/components/schemas/Error" } } } }
    get:
      parameters:
        - { name: tag, in: query, schema: { type: string } }
        - { name: limit, in: query, schema: { type: integer, default: 2, minimum: 1 } }
      responses:
        "200": { description: A page, content: { application/json: { schema: { type: object, required: [documents] } } } }
  /documents/{id}:
    get:
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses:
        "200": { description: It, content: { application/json: { schema: { $ref: "#/components/schemas/Document" } } } }
        "404": { description: None, content: { application/json: { schema: { $ref: "#/components/schemas/Error" } } } }
    delete:
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses:
        "204": { description: Gone }
        "404": { description: None, content: { application/json: { schema: { $ref: "#/components/schemas/Error" } } } }
  /about:
    get:
      responses:
        "200": { description: About, content: { application/json: { schema: { type: object }, example: { made: by example } } } }
  /blank:
    get:
      responses:
        "200": { description: Nobody knows, content: { application/json: { schema: { type: object } } } }
components:
  schemas:
    New:
      type: object
      required: [name]
      properties: { name: { type: string, minLength: 1 }, tags: { type: array, items: { type: string } } }
    Document:
      type: object
      required: [id, name, tags, state]
      properties: { id: { type: string }, name: { type: string }, tags: { type: array }, state: { enum: [new, indexed] } }
    Error:
      type: object
      required: [error]
      properties: { error: { type: object, required: [code, message], properties: { code: { type: integer }, message: { type: string } } } }
"##;

const BEHAVIOUR: &str = r#"
title: the document store
service: mock-docstore
auth: { keys: [open-sesame], except: [GET /about], detail: No entry }
errors:
  form: { error: { code: "${status}", message: "${detail}" } }
collections:
  documents:
    prefix: doc-
    unique: [{ field: name, detail: "There is a ${name} already" }]
    stages: { since: stored_at, steps: [{ name: new }, { name: indexed, after: 1m }] }
operations:
  POST /documents:
    create: { in: documents, item: { name: "${request.name}", tags: "${request.tags or []}", stored_at: "${now()}" } }
    headers: { Location: "/documents/${item.id}" }
    answer: { id: "${item.id}", name: "${item.name}", tags: "${item.tags}", state: "${item.stage}" }
  GET /documents:
    list: { in: documents, where: { tags.0: "${query.tag}" }, sort: -name, each: { name: "${item.name}", state: "${item.stage}" } }
    answer: { documents: "${page}", total: "${total}" }
  GET /documents/{id}:
    get: { in: documents, missing: "no document ${path.id}" }
    answer: { id: "${item.id}", name: "${item.name}", tags: "${item.tags}", state: "${item.stage}" }
  DELETE /documents/{id}:
    delete: { in: documents }
"#;

#[tokio::test]
async fn two_files_make_a_service() {
    let folder = tempfile::tempdir().unwrap();
    let (contract, behaviour) = (folder.path().join("openapi.yaml"), folder.path().join("docstore.yaml"));
    std::fs::write(&contract, CONTRACT).unwrap();
    std::fs::write(&behaviour, BEHAVIOUR).unwrap();
    let spec = ServiceSpec::load("docstore", &contract, Some(&behaviour)).unwrap();
    assert_eq!(spec.title, "the document store");
    let server = start(spec).await;
    let view = server.default_view();
    view.set_clock("2026-01-24T10:00:00Z".parse().unwrap());
    let (status, body) = Caller::new(&server).call("GET /documents", None).await;
    assert_eq!((status, body), (401, json!({"error": {"code": 401, "message": "No entry"}})));
    view.clear_journal();

    let store = Caller::new(&server).with("X-API-Key", "open-sesame");
    let response = store.send("POST /documents", Some(&json!({"name": "a", "tags": ["x"]}))).await.unwrap();
    assert_eq!(response.status().as_u16(), 201);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(store.get(&location).await["state"], "new");
    view.set_clock("2026-01-24T10:02:00Z".parse().unwrap());
    assert_eq!(store.get(&location).await["state"], "indexed");
    assert_eq!(store.call("POST /documents", Some(&json!({"name": "a"}))).await.0, 409);
    for name in ["b", "c"] {
        assert_eq!(store.call("POST /documents", Some(&json!({"name": name}))).await.0, 201);
    }
    let page = store.get("/documents").await;
    assert_eq!(
        page,
        json!({"documents": [{"name": "c", "state": "new"}, {"name": "b", "state": "new"}], "total": 3})
    );
    assert_eq!(store.get("/documents?tag=x").await["total"], 1);
    assert_eq!(store.get("/about").await, json!({"made": "by example"}));
    let response = store.send(&format!("DELETE {location}"), None).await.unwrap();
    assert_eq!((response.status().as_u16(), response.bytes().await.unwrap().len()), (204, 0));
    let (status, body) = store.call(&format!("GET {location}"), None).await;
    assert_eq!(status, 404);
    assert!(body["error"]["message"].as_str().unwrap().starts_with("no document doc-"), "{body}");
    assert_clean(&view);
    let (status, body) = store.call("POST /documents", Some(&json!({"nam": "a"}))).await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!(400)), "no 422 in this contract: {body}");
}

#[tokio::test]
async fn a_contract_alone_answers_its_examples_and_makes_up_what_has_none() {
    let contract = Contract::parse("openapi.yaml", CONTRACT).unwrap();
    let behaviour = Behaviour::empty();
    let spec = ServiceSpec {
        key: "store".into(),
        title: "it".into(),
        contract,
        contract_path: String::new(),
        behaviour,
    };
    let server = start(spec).await;
    let store = Caller::new(&server);
    assert_eq!(store.get("/about").await, json!({"made": "by example"}));
    let (status, made) = store.call("POST /documents", Some(&json!({"name": "a"}))).await;
    assert_eq!((status, &made["name"]), (201, &json!("a")));
    assert_eq!(store.get(&format!("/documents/{}", made["id"].as_str().unwrap())).await, made);
    assert_eq!(store.call("DELETE /documents/1", None).await.0, 404);
    assert!(store.get("/blank").await.is_object());
    assert_clean(&server.default_view());
}

#[tokio::test]
async fn an_answer_out_of_contract_is_a_breach_and_so_is_a_broken_behaviour() {
    let behaviour = |answer: &str| format!("operations:\n  GET /documents:\n    answer: {answer}\n");
    for (answer, status, place) in [
        ("{ documentz: [] }", 200, "body"),
        ("{ documents: \"${request.nothing}\" }", 500, "behaviour"),
        ("{ documents: \"${1 / 'x'}\" }", 500, "behaviour"),
    ] {
        let server = start(made("store", CONTRACT, &behaviour(answer))).await;
        assert_eq!(Caller::new(&server).call("GET /documents", None).await.0, status, "{answer}");
        let breaches = server.default_view().calls()[0].breaches.clone();
        assert_eq!(breaches[0].side, "response", "{answer}: {breaches:?}");
        assert!(
            breaches.iter().any(|breach| breach.instance_path.starts_with(place)),
            "{answer}: {breaches:?}"
        );
    }
}

#[tokio::test]
async fn a_media_type_of_the_behaviour_stands_in_place_of_the_usual_one_and_is_judged() {
    let behaviour = "operations:\n  GET /documents:\n    headers: { Content-Type: text/html }\n    answer: { documents: [], total: 0 }\n";
    let server = start(made("store", CONTRACT, behaviour)).await;
    let store = Caller::new(&server);
    let response = store.http.get(format!("{}/documents", store.base)).send().await.unwrap();
    let kinds: Vec<_> = response.headers().get_all("content-type").iter().collect();
    assert_eq!(kinds, ["text/html"]);
    let breaches = server.default_view().calls()[0].breaches.clone();
    assert_eq!(breaches.iter().map(|one| one.keyword.as_str()).collect::<Vec<_>>(), ["mediaType"]);
}

#[tokio::test]
async fn the_shipped_mocks_honour_their_contracts_for_every_example() {
    for key in ["crm", "platform"] {
        let server = start(shipped(key)).await;
        let (caller, view) = (Caller::new(&server), server.default_view());
        let contract = server.contract().clone();
        for collection in view.collections() {
            // Something to be found, changed and deleted under the ids of the examples.
            let items = match (key, collection.as_str()) {
                ("crm", "emails") => json!([{"message_id": "msg_000001"}]),
                ("crm", "campaigns") => json!([{"campaign_id": "camp_000001"}]),
                ("platform", "content") => json!([{"content_id": "content_000001"}]),
                ("platform", "posts") => json!([{"post_id": "post_000001"}]),
                _ => continue,
            };
            view.seed(&collection, items.as_array().unwrap().clone()).unwrap();
        }
        let known = [("message_id", "msg_000001"), ("post_id", "post_000001"), ("id", "content_000001")];
        let order = |operation: &&Operation| operation.method == "DELETE";
        let mut operations: Vec<&Operation> = contract.operations().iter().collect();
        operations.sort_by_key(order);
        for operation in operations {
            let mut path = operation.path.clone();
            for (name, id) in known {
                path = path.replace(&format!("{{{name}}}"), id);
            }
            let path = path.replace("/campaigns/content_", "/campaigns/camp_");
            let body = contract.request_example(operation);
            let (status, answer) = caller.call(&format!("{} {path}", operation.method), body.as_ref()).await;
            assert_eq!(status, 200, "{}: {answer}", operation.line());
        }
        assert_eq!(view.calls().len(), contract.operations().len());
        assert_clean(&view);
    }
}

#[test]
fn a_wrong_behaviour_file_says_where_and_what_to_write() {
    let said = |text: &str| Behaviour::parse("mine.yaml", text).unwrap_err().to_string();
    let fine = "collections:\n  notes: {}\noperations:\n  GET /a:\n";
    for (text, wanted) in [
        (
            "title: x\nopertions: {}\n".to_owned(),
            "mine.yaml:2: opertions: there is no key \"opertions\" here; did you mean \"operations\"?",
        ),
        (
            format!("{fine}    list: {{ in: note }}\n"),
            "mine.yaml:5: operations.GET /a.list: there is no collection \"note\"; did you mean \"notes\"?",
        ),
        (
            format!("{fine}    answer: {{ a: \"${{requst.x}}\" }}\n"),
            "mine.yaml:5: operations.GET /a.answer.a: the expression `requst.x` uses \"requst\"; did you mean \"request\"?",
        ),
        (format!("{fine}    answer: \"${{1 +}}\"\n"), "the expression `1 +` cannot be read"),
        (format!("{fine}    answer: \"${{now()\"\n"), "is never closed"),
        (
            format!("{fine}    when: [{{ field: a, status: 400 }}]\n"),
            "a rule has either `field` and `contains`, or `if`",
        ),
        (format!("{fine}    when: [{{ if: \"true\", delay: soon }}]\n"), "\"soon\" is no length of time"),
        (format!("{fine}    when: [{{ if: \"true\", status: 99 }}]\n"), "99 is no status"),
        ("collections:\n  notes: { population: 5 }\n".to_owned(), "needs `generate`"),
    ] {
        let said = said(&text);
        assert!(said.contains(wanted), "{said}\nshould contain\n{wanted}");
    }
    let spec = |behaviour: &str| made("store", CONTRACT, behaviour).check().unwrap_err().to_string();
    let said = spec("operations:\n  GET /document:\n    answer: {}\n");
    assert!(said.contains("behaviour.yaml:2") && said.contains("did you mean \"GET /documents\"?"), "{said}");
    let missing = Behaviour::load(&root().join("mocks/services/nothing.yaml")).unwrap_err().to_string();
    assert!(missing.contains("nothing.yaml"), "{missing}");
}
