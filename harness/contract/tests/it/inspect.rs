//! The view into a compiled contract.

use dryrun_contract::{Contract, Location, SchemaRef, SecurityKind, Side};
use serde_json::json;

use crate::shop::{operation, shop};

const GUARDED: &str = r##"
openapi: 3.0.3
info: {title: Guarded, version: "1"}
security: [{key: []}, {token: [read, write], more: []}, {}]
paths:
  /things/{id}:
    parameters: [{$ref: "#/components/parameters/Id"}, {name: q, in: query, schema: {type: string, example: spring}}]
    get:
      security: []
      parameters: [{name: q, in: query, required: true, examples: {a: {value: autumn}}, schema: {type: string}}]
      responses:
        default: {description: Else}
        "200":
          description: One
          headers: {X-Total: {schema: {type: integer}}, Content-Type: {schema: {type: string}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}, text/plain: {}}
    put:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}, example: {name: a}}}
      responses: {"204": {description: Done}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    token: {type: oauth2, flows: {}}
    more: {type: http, scheme: Bearer}
  parameters:
    Id: {name: id, in: path, required: true, style: matrix, schema: {$ref: "#/components/schemas/Id"}}
  schemas:
    Id: {type: string, nullable: true}
    Thing:
      type: object
      required: [id, name]
      properties:
        id: {type: string, readOnly: true}
        name: {type: string, nullable: true}
        next: {$ref: "#/components/schemas/Thing"}
        only: {$ref: "#/components/schemas/Only"}
    Only: {type: integer, minimum: 0, exclusiveMinimum: true}
"##;

fn guarded() -> Contract {
    Contract::parse("guarded.yaml", GUARDED).unwrap()
}

#[test]
fn parameters_know_their_style_their_schema_and_an_example() {
    let contract = guarded();
    let get = contract.parameters(operation(&contract, "GET /things/{id}"));
    let id = get.iter().find(|parameter| parameter.name == "id").unwrap();
    assert_eq!(
        (id.location, id.required, id.style.as_str(), id.explode),
        (Location::Path, true, "matrix", false)
    );
    assert_eq!(id.schema, SchemaRef::new("/components/schemas/Id"));
    assert_eq!(contract.schema(&id.schema, Side::Request), &json!({"type": ["string", "null"]}));
    let q = get.iter().find(|parameter| parameter.name == "q").unwrap();
    assert!(q.required, "the operation overrides the path");
    assert_eq!(q.example, Some(json!("autumn")));
    let put = contract.parameters(operation(&contract, "PUT /things/{id}"));
    assert_eq!(put.iter().find(|parameter| parameter.name == "q").unwrap().example, Some(json!("spring")));
    let contract = shop();
    let users = contract.parameters(operation(&contract, "GET /api/v1/users"));
    let styles: Vec<_> = users.iter().map(|p| format!("{} {} {}", p.name, p.style, p.explode)).collect();
    assert_eq!(
        styles,
        [
            "limit form true",
            "active form true",
            "tags form true",
            "ids form false",
            "filter deepObject false",
            "X-Trace simple false",
            "session form true",
            "where content false"
        ]
    );
    let place = users.last().unwrap();
    assert_eq!(contract.schema(&place.schema, Side::Request), &json!({"type": "object", "required": ["q"]}));
}

#[test]
fn bodies_and_answers_are_listed_with_their_schemas() {
    let contract = guarded();
    let put = operation(&contract, "PUT /things/{id}");
    assert!(contract.request_body_required(put));
    let body = contract.request_media(put);
    assert_eq!(body.len(), 1);
    assert_eq!(
        (body[0].media_type.as_str(), &body[0].examples[0].value),
        ("application/json", &json!({"name": "a"}))
    );
    assert_eq!(body[0].schema, Some(SchemaRef::new("/components/schemas/Thing")));
    let get = operation(&contract, "GET /things/{id}");
    assert!(contract.request_media(get).is_empty() && !contract.request_body_required(get));
    let answers = contract.responses(get);
    let told: Vec<_> = answers.iter().map(|a| (a.status.as_str(), a.description.as_str())).collect();
    assert_eq!(told, [("200", "One"), ("default", "Else")]);
    let types: Vec<_> =
        answers[0].content.iter().map(|m| (m.media_type.as_str(), m.schema.is_some())).collect();
    assert_eq!(types, [("application/json", true), ("text/plain", false)]);
    let headers: Vec<_> = answers[0].headers.iter().map(|header| header.name.as_str()).collect();
    assert_eq!(headers, ["X-Total"]);
}

#[test]
fn security_is_one_of_several_and_of_that_everything() {
    let contract = guarded();
    assert!(contract.security(operation(&contract, "GET /things/{id}")).is_empty());
    let put = contract.security(operation(&contract, "PUT /things/{id}"));
    assert_eq!(put.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 0]);
    assert_eq!(put[0][0].kind, SecurityKind::ApiKey { location: Location::Header, name: "X-Key".to_owned() });
    assert_eq!((put[1][0].kind.clone(), put[1][0].scopes.len()), (SecurityKind::OAuth2, 2));
    assert_eq!(put[1][1].kind, SecurityKind::Http { scheme: "bearer".to_owned() });
}

#[test]
fn a_schema_is_seen_as_it_is_judged() {
    let contract = guarded();
    let thing = SchemaRef::new("/components/schemas/Thing");
    assert_eq!(contract.schema(&thing, Side::Request)["required"], json!(["name"]));
    assert_eq!(contract.schema(&thing, Side::Response)["required"], json!(["id", "name"]));
    let next = &contract.schema(&thing, Side::Response)["properties"]["next"];
    assert_eq!(contract.resolve(next, Side::Response)["required"], json!(["id", "name"]));
    assert!(contract.accepts(&thing, Side::Request, &json!({"name": null})));
    assert!(!contract.accepts(&thing, Side::Response, &json!({"name": null})));
    // Nobody but a property refers to this one: it is compiled when asked for.
    let only = SchemaRef::new("/components/schemas/Only");
    assert_eq!(contract.schema(&only, Side::Request)["exclusiveMinimum"], 0);
    assert!(
        contract.accepts(&only, Side::Request, &json!(1))
            && !contract.accepts(&only, Side::Request, &json!(0))
    );
    let none = SchemaRef::new("/components/schemas/None");
    assert_eq!(contract.schema(&none, Side::Request), &json!(true));
    assert!(contract.accepts(&none, Side::Request, &json!([])));
}
