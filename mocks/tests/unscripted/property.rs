//! Over many made-up contracts: whatever is called, in whatever order, each answer honours its contract, and the same calls give
//! the same bytes.

use dryrun_contract::Contract;
use dryrun_contract::generate::Generator;
use dryrun_mocks::{Behaviour, MockOptions, MockServer, ServiceSpec};
use serde_json::{Map, Value, json};

/// So many contracts are made up.
const CONTRACTS: u64 = 24;
/// So many calls are sent to each operation.
const CALLS: u64 = 3;

/// Numbers that only look like chance (a linear congruence, Knuth's constants).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.roll(all.len() as u64) as usize]
    }

    /// A schema of a field.
    fn field(&mut self, deep: u64) -> Value {
        match self.roll(12) {
            0 => json!({"type": "integer", "minimum": 1, "maximum": 9}),
            1 => json!({"type": ["string", "null"], "maxLength": 12}),
            2 => json!({"type": "string", "format": "date-time", "readOnly": true}),
            3 => json!({"type": "string", "writeOnly": true, "minLength": 2}),
            4 => json!({"type": "string", "enum": ["red", "green", "blue"]}),
            5 => json!({"type": "boolean", "default": true}),
            6 => json!({"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5}),
            7 => {
                json!({"type": "array", "items": {"type": "string", "format": "email"}, "uniqueItems": true, "maxItems": 3})
            }
            8 if deep > 0 => self.object(deep - 1),
            9 if deep > 0 => json!({"type": "array", "items": self.object(deep - 1), "minItems": 1}),
            10 if deep > 0 => {
                json!({"oneOf": [{"type": "integer"}, {"type": "string", "pattern": "^[A-Z]{2}[0-9]+$"}]})
            }
            _ => json!({"type": "string", "minLength": 1, "maxLength": 20}),
        }
    }

    fn object(&mut self, deep: u64) -> Value {
        let names =
            ["name", "title", "size", "state", "note", "owner", "created_at", "secret", "tags", "parts"];
        let mut fields = Map::new();
        for _ in 0..=self.roll(5) {
            let name = *self.one_of(&names);
            fields.insert(name.to_owned(), self.field(deep));
        }
        let required: Vec<String> = fields.keys().filter(|_| self.roll(2) == 0).cloned().collect();
        let mut object = json!({"type": "object", "properties": fields, "required": required});
        if self.roll(3) == 0 {
            object["additionalProperties"] = json!(false);
        }
        object
    }

    /// A document with a few collections, each in a style of its own.
    fn document(&mut self) -> Value {
        let mut paths = Map::new();
        let mut schemas = Map::new();
        for name in ["things", "boxes"] {
            let ids = [
                json!({"type": "integer", "minimum": 1}),
                json!({"type": "string", "format": "uuid"}),
                json!({"type": "string", "pattern": "^[a-z]{3}_[0-9a-f]{6}$"}),
                json!({"type": "string"}),
            ];
            let id = self.one_of(&ids);
            let mut thing = self.object(2);
            let field = *self.one_of(&["id", "uuid", "thing_id", "key"]);
            if self.roll(5) > 0 {
                thing["properties"][field] = id.clone();
                thing["required"].as_array_mut().unwrap().push(json!(field));
            }
            let schema = json!({"$ref": format!("#/components/schemas/{name}")});
            schemas.insert(name.to_owned(), thing.clone());
            let wrap = self.roll(3);
            let one = match wrap {
                0 => {
                    json!({"type": "object", "required": ["data"], "properties": {"data": schema, "success": {"type": "boolean"}}})
                }
                _ => schema.clone(),
            };
            let list = json!({"type": "array", "items": schema});
            let list = match wrap {
                0 => {
                    json!({"type": "object", "required": ["data"], "properties": {"data": {"type": "object", "required": ["items"], "properties": {"items": list, "next_cursor": {"type": ["string", "null"]}}}}})
                }
                1 => {
                    json!({"type": "object", "required": ["total", name], "properties": {"total": {"type": "integer"}, name: list, "next": {"type": "string"}}})
                }
                _ => list,
            };
            let body = |schema: &Value| json!({"content": {"application/json": {"schema": schema}}});
            let answer = |schema: &Value| json!({"description": "ok", "content": {"application/json": {"schema": schema}}});
            let mut sent = if self.roll(2) == 0 { thing } else { self.object(1) };
            if let Some(fields) = sent["properties"].as_object_mut() {
                fields.shift_remove(field);
            }
            sent["required"] = json!([]);
            let none = || json!({"description": "no", "content": {"application/problem+json": {"schema": {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}, "status": {"type": "integer"}}}}}});
            let query = json!([{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}}, {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": self.roll(2)}}, {"name": "state", "in": "query", "schema": {"type": "string"}}]);
            let created = *self.one_of(&["200", "201", "204"]);
            let made = if created == "204" { json!({"description": "ok"}) } else { answer(&one) };
            paths.insert(
                format!("/{name}"),
                json!({
                    "get": {"parameters": query, "responses": {"200": answer(&list)}},
                    "post": {"requestBody": body(&sent), "responses": {created: made}},
                }),
            );
            let mut item = json!({
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": id}],
                "get": {"responses": {"200": answer(&one)}},
                "put": {"requestBody": body(&sent), "responses": {"200": answer(&one)}},
                "patch": {"requestBody": body(&sent), "responses": {"200": answer(&one)}},
                "delete": {"responses": {"200": answer(&json!({}))}},
            });
            for method in ["get", "put", "patch", "delete"] {
                if self.roll(3) > 0 {
                    item[method]["responses"]["404"] = none();
                }
            }
            paths.insert(format!("/{name}/{{id}}"), item);
            paths.insert(format!("/{name}/settings"), json!({
                "get": {"responses": {"200": answer(&self.object(1))}},
                "put": {"requestBody": body(&self.object(1)), "responses": {"200": answer(&self.object(1))}},
            }));
            paths.insert(format!("/{name}/{{id}}/check"), json!({
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
                "post": {"requestBody": body(&self.object(1)), "responses": {"200": answer(&self.object(2)), "default": none()}},
            }));
        }
        json!({"openapi": "3.1.0", "info": {"title": "made up", "version": "1"}, "paths": paths, "components": {"schemas": schemas}})
    }
}

/// Sends the same calls each time; gives the bodies of the answers, and what was wrong with them.
async fn played(document: &Value, seed: u64) -> (Vec<String>, Vec<String>) {
    let contract = Contract::parse("made.json", &document.to_string()).unwrap();
    let spec = ServiceSpec {
        key: "made".into(),
        title: "made".into(),
        contract: contract.clone(),
        contract_path: "made.json".into(),
        behaviour: Behaviour::empty(),
    };
    let server = MockServer::start(spec, MockOptions { seed, ..MockOptions::default() }).await.unwrap();
    let client = crate::common::client();
    let mut bodies = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    for round in 0..CALLS {
        for operation in contract.operations() {
            let seed = seed.wrapping_mul(1000) + round * 100 + operation.index as u64;
            let Some(request) = Generator::new(seed).request(&contract, operation) else { continue };
            // Half of the calls go to what there is.
            let mut path = request.path.clone();
            if let (Some(id), true) = (ids.last().filter(|_| round % 2 == 1), operation.path.contains("{id}"))
            {
                path = operation.path.replace("{id}", id);
            }
            let url = format!("{}{path}?{}", server.url(), request.query);
            let mut call = client.request(request.method.parse().unwrap(), url).body(request.body.clone());
            for (name, value) in &request.headers {
                call = call.header(name, value);
            }
            if let Some(kind) = &request.media_type {
                call = call.header("content-type", kind);
            }
            let answer = call.send().await.unwrap();
            let status = answer.status().as_u16();
            let text = answer.text().await.unwrap();
            if let Ok(body) = serde_json::from_str::<Value>(&text) {
                let thing = body.get("data").unwrap_or(&body);
                let id = ["id", "uuid", "thing_id", "key"].iter().find_map(|name| thing.get(*name));
                ids.extend(
                    id.filter(|_| operation.method == "POST")
                        .map(|id| id.to_string().trim_matches('"').to_owned()),
                );
            }
            bodies.push(format!("{} {status} {text}", operation.line()));
        }
    }
    let mut wrong = Vec::new();
    for call in server.default_view().calls() {
        let status = call.response.as_ref().map_or(0, |response| response.status);
        wrong.extend(
            call.breaches
                .iter()
                .filter(|breach| breach.side == "response")
                .map(|breach| format!("{} {status}: {breach:?}", call.request.line())),
        );
        let told = call.unexpected.is_some();
        if status >= 500 || (status >= 300 && !told && !matches!(status, 400 | 404 | 422)) {
            wrong.push(format!("{} {status}: {:?}", call.request.line(), call.unexpected));
        }
    }
    (bodies, wrong)
}

#[tokio::test]
async fn every_answer_of_many_contracts_honours_its_contract_and_comes_again() {
    let mut count = 0;
    for number in 0..CONTRACTS {
        let document = Dice(number).document();
        let (bodies, wrong) = played(&document, number).await;
        assert!(wrong.is_empty(), "contract {number}: {wrong:#?}\n{document}");
        assert!(bodies.iter().any(|body| body.contains("POST /things 20")), "contract {number}: {bodies:#?}");
        count += bodies.len();
        if number.is_multiple_of(6) {
            assert_eq!(
                played(&document, number).await.0,
                bodies,
                "contract {number}: the same calls, the same bytes"
            );
        }
    }
    assert!(count as u64 > CONTRACTS * CALLS * 10, "{count} calls");
}
