//! `dryrun mock --contract`: any OpenAPI document, and nothing else.

use std::io::BufRead;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Going, Project};

const CONTRACT: &str = r##"{
  "openapi": "3.1.0",
  "info": { "title": "Pet store", "version": "1" },
  "paths": {
    "/pets": { "post": {
      "security": [{ "key": [] }],
      "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Pet" } } } },
      "responses": {
        "201": { "description": "made", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Pet" } } } },
        "401": { "description": "who?" }
      }
    } },
    "/pets/{id}": { "get": {
      "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } }],
      "responses": {
        "200": { "description": "it", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Pet" } } } },
        "404": { "description": "none" }
      }
    } },
    "/broken": { "get": { "responses": { "200": { "$ref": "#/components/responses/Gone" } } } }
  },
  "components": {
    "securitySchemes": { "key": { "type": "apiKey", "in": "header", "name": "X-Key" } },
    "schemas": { "Pet": { "type": "object", "required": ["name"], "properties": { "id": { "type": "integer" }, "name": { "type": "string" } } } }
  }
}"##;

#[tokio::test]
async fn a_contract_is_mocked_without_any_configuration() {
    let project = Project::new().with("dryrun.toml", "this is broken").with("pets/openapi.json", CONTRACT);
    let mut mock = Going::start(project.command(&[
        "mock",
        "--contract",
        "pets/openapi.json",
        "--port",
        "0",
        "--security",
    ]));
    let mut line = String::new();
    mock.out.read_line(&mut line).unwrap();
    assert!(line.starts_with("Pet store: http://127.0.0.1:"), "{line}");
    let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
    mock.until("Pet store: GET /broken answers 501, because");
    mock.until("Pet store: keeps what is sent to /pets");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let rex = json!({"name": "Rex"});
    let post = || client.post(format!("{url}/pets")).json(&rex);
    assert_eq!(post().send().await.unwrap().status(), 401);
    let made: Value = post().header("x-key", "any").send().await.unwrap().json().await.unwrap();
    assert_eq!(made, json!({"id": 1, "name": "Rex"}));
    let got: Value = client.get(format!("{url}/pets/1")).send().await.unwrap().json().await.unwrap();
    assert_eq!(got, made);
    assert_eq!(client.get(format!("{url}/pets/2")).send().await.unwrap().status(), 404);
    assert_eq!(client.get(format!("{url}/broken")).send().await.unwrap().status(), 501);
    mock.until("POST /pets -> 201");
    mock.until("UNEXPECTED: the contract's GET /broken can't be used");
    mock.signal(Signal::INT);
    mock.end().code(0).told("stopped");
}

#[tokio::test]
async fn only_named_keys_are_let_in_and_no_line_shows_one() {
    let project = Project::new().with("pets/openapi.json", CONTRACT);
    let contract = ["mock", "--contract", "pets/openapi.json", "--port", "0"];
    let mut mock = Going::start(
        project.command(&[&contract[..], &["--key", "s3cret-one", "--key", "s3cret-two"]].concat()),
    );
    let mut line = String::new();
    mock.out.read_line(&mut line).unwrap();
    let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for (key, wanted) in [("s3cret-two", 201), ("s3cret-three", 401), ("", 401), ("s3cret-one", 201)] {
        let post = client
            .post(format!("{url}/pets?tag=s3cret-one"))
            .json(&json!({"name": "Rex"}))
            .header("x-key", key);
        assert_eq!(post.send().await.unwrap().status(), wanted, "{key:?}");
    }
    mock.until("POST /pets?tag=«masked» -> 201");
    mock.signal(Signal::INT);
    mock.end().code(0);
    project.dryrun(&[&contract[..], &["--key", ""]].concat()).code(2).told("--key needs a key");
}

#[test]
fn what_can_not_be_mocked_is_a_usage_error() {
    let project = Project::new().with("openapi.json", CONTRACT);
    project.dryrun(&["mock", "--contract", "nothing.yaml"]).code(2).told("nothing.yaml");
    project.dryrun(&["mock", "crm", "--contract", "openapi.json"]).code(2).told("cannot be used with");
    project
        .dryrun(&["mock", "--contract", "openapi.json", "--contract", "openapi.json", "--title", "x"])
        .code(2)
        .told("one title can't name 2 services");
    project.dryrun(&["mock"]).code(2).told("--contract FILE mocks an OpenAPI document");
}
