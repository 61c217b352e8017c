//! A small contract with one of everything, and short ways to judge against it.

use dryrun_contract::{Breach, Contract, Operation, RequestView};
use serde_json::Value;

pub(crate) const SHOP: &str = r##"
openapi: 3.1.0
info: {title: The shop, version: 1.2.3}
servers: [{url: "https://shop.example.com/v9"}, {url: "http://localhost:8001"}]
paths:
  /api/v1/email/send:
    post:
      operationId: send
      summary: Send an email
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Email"}
            examples: {one: {value: {subject: Hi there, to: [{email: a@example.com}]}}}
      responses:
        200:
          description: Sent
          headers: {X-Request-ID: {required: true, schema: {type: string, minLength: 3}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Sent"}, example: {id: m1}}}
        4XX: {$ref: "#/components/responses/Error"}
        default: {description: Anything else}
  /api/v1/email/{id}/status:
    parameters: [{name: id, in: path, required: true, schema: {type: string, pattern: "^m[0-9]+$"}}]
    get:
      responses: {"200": {description: Status}}
  /api/v1/users:
    get:
      parameters:
        - {name: limit, in: query, required: true, schema: {type: integer, minimum: 1, maximum: 100}}
        - {name: active, in: query, schema: {type: boolean}}
        - {name: tags, in: query, schema: {type: array, items: {enum: [a, b, c]}}}
        - {name: ids, in: query, explode: false, schema: {type: array, items: {type: integer}}}
        - {name: filter, in: query, style: deepObject, schema: {type: object, properties: {age: {type: integer}}}}
        - {name: X-Trace, in: header, required: true, schema: {type: string, format: uuid}}
        - {name: session, in: cookie, schema: {type: integer}}
        - {name: where, in: query, content: {application/json: {schema: {type: object, required: [q]}}}}
      responses: {"200": {description: Users, content: {application/json: {schema: {type: array}}}}}
    head:
      responses: {"200": {description: Users, content: {application/json: {schema: {type: array}}}}}
    delete:
      responses: {"204": {description: Gone}}
  /api/v1/users/count:
    get: {responses: {"200": {description: Count, content: {text/plain: {schema: {type: string}}}}}}
  /api/v1/users/{id}:
    get: {responses: {"200": {description: User}}}
  /api/v1/form:
    post:
      requestBody:
        content:
          application/x-www-form-urlencoded: {schema: {$ref: "#/components/schemas/Form"}}
          multipart/form-data: {schema: {$ref: "#/components/schemas/Form"}}
          text/*: {}
      responses: {"204": {description: Taken}}
components:
  responses:
    Error: {description: Refused, content: {application/json: {schema: {type: object, required: [detail], properties: {detail: {type: string}}}}}}
  schemas:
    Email:
      type: object
      required: [subject, to]
      additionalProperties: false
      properties:
        subject: {type: string, minLength: 3}
        to: {type: array, minItems: 1, items: {$ref: "#/components/schemas/Person"}}
        kind: {enum: [news, alert]}
        at: {anyOf: [{type: string, format: date-time}, {type: "null"}]}
        "1": {type: boolean}
        reply: {$ref: "#/components/schemas/Email"}
        attachment:
          oneOf:
            - {type: object, required: [kind, url], properties: {kind: {const: link}, url: {type: string, format: uri}}}
            - {type: object, required: [kind, data], properties: {kind: {const: file}, data: {type: string, format: byte}}}
    Person: {type: object, required: [email], properties: {email: {type: string, format: email}, age: {type: integer, format: int32}}}
    Sent: {type: object, required: [id], properties: {id: {type: string}}}
    Form: {type: object, required: [name, n], properties: {name: {type: string, minLength: 2}, n: {type: integer}, file: {type: string, format: binary}}}
"##;

pub(crate) fn shop() -> Contract {
    Contract::parse("shop.yaml", SHOP).unwrap()
}

pub(crate) fn operation<'c>(contract: &'c Contract, line: &str) -> &'c Operation {
    contract.operations().iter().find(|operation| operation.line() == line).unwrap()
}

pub(crate) fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn send(body: &Value) -> Vec<Breach> {
    send_raw(Some("application/json"), body.to_string().as_bytes())
}

pub(crate) fn send_raw(media: Option<&str>, body: &[u8]) -> Vec<Breach> {
    post("/api/v1/email/send", media, body)
}

pub(crate) fn post(path: &str, media: Option<&str>, body: &[u8]) -> Vec<Breach> {
    let contract = shop();
    let headers: Vec<_> =
        media.map(|media| ("content-type".to_owned(), media.to_owned())).into_iter().collect();
    let view = RequestView { method: "POST", path, query: "", headers: &headers, body };
    contract.check_request(operation(&contract, &format!("POST {path}")), &view)
}

pub(crate) fn users(query: &str, sent: &[(&str, &str)]) -> Vec<Breach> {
    let contract = shop();
    let headers = headers(sent);
    let view = RequestView { method: "GET", path: "/api/v1/users", query, headers: &headers, body: b"" };
    contract.check_request(operation(&contract, "GET /api/v1/users"), &view)
}

pub(crate) fn answer(line: &str, status: u16, sent: &[(&str, &str)], body: &str) -> Vec<Breach> {
    let contract = shop();
    contract.check_response(operation(&contract, line), status, &headers(sent), body.as_bytes())
}

/// Path, keyword, what was found and wanted, as lines.
pub(crate) fn told(breaches: &[Breach]) -> Vec<String> {
    breaches
        .iter()
        .map(|b| format!("{} {}: {} / {}", b.instance_path, b.keyword, b.found, b.wanted))
        .collect()
}
