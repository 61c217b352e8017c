//! Other versions of OpenAPI, and documents that cannot be used.

use dryrun_contract::{Contract, ContractError, RequestView};
use serde_json::{Value, json};

use crate::shop::{headers, told};

#[test]
fn openapi_30_is_read_as_it_is_meant() {
    let contract = Contract::parse(
        "old.json",
        &json!({"openapi": "3.0.3", "info": {"title": "Old", "version": "1"}, "paths": {"/a": {"post": {
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}},
            "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}
        }}}, "components": {"schemas": {"A": {"type": "object", "required": ["id", "note", "pin"], "properties": {
            "id": {"type": "string", "readOnly": true}, "note": {"type": "string", "nullable": true},
            "pin": {"type": "string", "writeOnly": true},
            "n": {"type": "number", "minimum": 0, "exclusiveMinimum": true}}}}}})
        .to_string(),
    )
    .unwrap();
    let operation = &contract.operations()[0];
    let json = headers(&[("content-type", "application/json")]);
    let request = |body: &Value| {
        let body = body.to_string();
        let view =
            RequestView { method: "POST", path: "/a", query: "", headers: &json, body: body.as_bytes() };
        told(&contract.check_request(operation, &view))
    };
    let response =
        |body: &Value| told(&contract.check_response(operation, 200, &json, body.to_string().as_bytes()));
    assert_eq!(request(&json!({"note": null, "pin": "1", "n": 0.1})), [""; 0]);
    assert_eq!(response(&json!({"note": null, "id": "1"})), [""; 0]);
    assert_eq!(
        request(&json!({"note": 1, "pin": "1", "n": 0})),
        [
            "body/n exclusiveMinimum: the number 0 / more than 0",
            "body/note type: the number 1 / a string or null",
        ]
    );
    assert_eq!(
        response(&json!({"note": "x"})),
        ["body required: an object with \"note\" / the field \"id\""]
    );
}

#[test]
fn documents_that_cannot_be_used_say_why() {
    let with = |paths: Value| {
        let text =
            json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}).to_string();
        Contract::parse("t.json", &text).unwrap_err()
    };
    let ok = json!({"200": {"description": "ok"}});
    let error = with(json!({"/a/{x}": {"get": {"responses": ok}}, "/a/{y}": {"get": {"responses": ok}}}));
    assert!(error.to_string().contains("GET /a/{x} is the same call as GET /a/{y}"), "{error}");
    let error = with(json!({"/a": {"get": {"parameters": [{"name": "id", "in": "path"}], "responses": ok}}}));
    assert!(
        error.to_string().contains("t.json: /paths/~1a/get/parameters/0: the path /a has no {id}"),
        "{error}"
    );
    let error = with(json!({"/a": {"get": {"responses": {"2000": {"description": "ok"}}}}}));
    assert!(error.to_string().contains("\"2000\" is no status"), "{error}");
    let remote = json!({"$ref": "https://example.com/a.json#/A"});
    let error = with(
        json!({"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema": remote}}}}}}}),
    );
    assert!(matches!(error, ContractError::NothingUsable { .. }), "{error}");
    assert!(error.to_string().contains("nothing is fetched"), "{error}");
    let error = Contract::load("/nowhere/openapi.yaml".as_ref()).unwrap_err();
    assert!(matches!(error, ContractError::Io { .. }));
}

#[test]
fn a_part_of_a_fetched_document_says_from_where_and_to_where_to_save_it() {
    let text = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {"responses": {
        "200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "../parts/shelf.yaml#/Shelf"}}}}}}}}})
    .to_string();
    let said = |name: &str| Contract::parse(name, &text).unwrap_err().to_string();
    let error = said("https://lib.example:81/api/v1/openapi.json");
    assert!(
        error.contains("save https://lib.example:81/api/parts/shelf.yaml as ../parts/shelf.yaml"),
        "{error}"
    );
    assert!(error.contains("beside a copy of https://lib.example:81/api/v1/openapi.json"), "{error}");
    assert!(said("a.json").contains("has no folder"));
}

#[test]
fn a_circle_of_names_is_told_by_its_names() {
    let text = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {"responses": {
        "200": {"$ref": "#/components/responses/One"}}}}},
        "components": {"responses": {"One": {"$ref": "#/components/responses/Two"}, "Two": {"$ref": "#/components/responses/One"}}}})
    .to_string();
    let error = Contract::parse("t.json", &text).unwrap_err().to_string();
    assert!(
        error.contains("the reference \"#/components/responses/One\" leads round in a circle"),
        "{error}"
    );
    assert!(error.contains("#/components/responses/Two"), "{error}");
}
