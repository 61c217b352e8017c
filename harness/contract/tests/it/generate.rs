//! Generated values: always valid, for schemas of every kind.

use dryrun_contract::generate::Generator;
use dryrun_contract::{Contract, SchemaRef, Side};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::shop::shop;

/// A contract whose only answer has this schema.
pub(crate) fn contract_of(schemas: &Value) -> Contract {
    let document = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"post": {
            "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}},
            "responses": {"200": {"description": "ok", "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}}}},
        "components": {"schemas": schemas}});
    Contract::parse("t", &document.to_string()).unwrap_or_else(|error| panic!("{error}\n{schemas}"))
}

fn of_one(schema: &Value) -> Contract {
    contract_of(&json!({"A": schema}))
}

/// Judged on the way that an answer goes, not by the shortcut that the generator itself uses.
fn honours(contract: &Contract, value: &Value) -> bool {
    let headers = [("Content-Type".to_owned(), "application/json".to_owned())];
    contract.check_response(&contract.operations()[0], 200, &headers, value.to_string().as_bytes()).is_empty()
}

fn place() -> SchemaRef {
    SchemaRef::new("/components/schemas/A")
}

/// Schemas that ask for one thing each, and some that ask for several at once.
fn hand_made() -> Vec<Value> {
    vec![
        json!(true),
        json!({}),
        json!({"type": "null"}),
        json!({"type": "integer", "minimum": 3, "maximum": 3}),
        json!({"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5}),
        json!({"type": "integer", "multipleOf": 7, "minimum": 100, "maximum": 110}),
        json!({"type": "integer", "format": "int32", "minimum": 2_147_483_000}),
        json!({"type": "integer", "minimum": 9_223_372_036_854_775_806_u64}),
        json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001}),
        json!({"type": "number", "multipleOf": 0.01, "minimum": 1.005, "maximum": 1.015}),
        json!({"type": "number", "minimum": -1e300, "maximum": 1e300}),
        json!({"type": "string", "minLength": 40, "maxLength": 40}),
        json!({"type": "string", "maxLength": 0}),
        json!({"type": "string", "pattern": "^[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]{4}){3}$"}),
        json!({"type": "string", "pattern": "^(?!admin)[a-z]{3,8}$", "minLength": 5}),
        json!({"type": "string", "pattern": "^\\+[1-9]\\d{1,14}$"}),
        json!({"type": "string", "format": "uuid"}),
        json!({"not": {"type": "string"}}),
        json!({"not": {"type": ["string", "null", "integer"]}}),
        json!({"type": ["string", "integer", "null"], "not": {"type": ["string", "null"]}}),
        json!({"type": "object", "patternProperties": {"^s_": {"type": "string"}}, "additionalProperties": false, "minProperties": 2}),
        json!({"type": "object", "patternProperties": {"^s_": {}, "^t$": {}}, "additionalProperties": false, "minProperties": 4}),
        json!({"allOf": [{"type": "string", "pattern": "^[a-z]+"}, {"pattern": "[0-9]+$"}]}),
        json!({"allOf": [{"type": "string", "pattern": "^AB"}, {"pattern": "\\.pdf$"}], "maxLength": 12}),
        json!({"type": "string", "format": "date", "pattern": "^2024-"}),
        json!({"type": "string", "format": "email", "pattern": "@example\\.com$"}),
        json!({"type": "string", "format": "uuid", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-4"}),
        json!({"type": "string", "format": "uuid", "pattern": "^c0ffee00-"}),
        json!({"type": "string", "format": "uri", "pattern": "^https://api\\."}),
        json!({"type": "string", "format": "date-time"}),
        json!({"type": "string", "format": "email", "maxLength": 30}),
        json!({"type": "string", "format": "byte"}),
        json!({"enum": [1, "two", null, {"three": 3}]}),
        json!({"type": "string", "enum": ["a", 1, "b"]}),
        json!({"const": [1, 2]}),
        json!({"type": "array", "items": {"type": "boolean"}, "uniqueItems": true, "minItems": 2, "maxItems": 2}),
        json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": false, "minItems": 2}),
        json!({"type": "array", "contains": {"const": 7}, "items": {"type": "integer"}, "minItems": 3}),
        json!({"type": "array", "contains": {"type": "string"}, "minContains": 2, "maxItems": 2}),
        json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}, "additionalProperties": false}),
        json!({"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}}),
        json!({"type": "object", "minProperties": 2, "propertyNames": {"pattern": "^[a-z]{2}$"}}),
        json!({"type": "object", "patternProperties": {"^x-": {"type": "integer"}}, "additionalProperties": false, "minProperties": 1}),
        json!({"type": "object", "properties": {"a": {}, "b": {"type": "string"}, "c": {}}, "required": ["a"],
            "dependentRequired": {"a": ["b"], "b": ["c"]}}),
        json!({"type": "object", "properties": {"card": {"type": "string"}}, "required": ["card"],
            "dependentSchemas": {"card": {"required": ["address"], "properties": {"address": {"type": "string", "minLength": 9}}}}}),
        json!({"type": "object", "maxProperties": 1, "properties": {"a": {}, "b": {}, "c": {}}}),
        json!({"allOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "number", "minimum": 1}}},
            {"required": ["b"], "properties": {"a": {"type": "integer", "maximum": 2}, "b": {"const": "x"}}}]}),
        json!({"oneOf": [{"type": "integer", "multipleOf": 3}, {"type": "integer", "multipleOf": 5}]}),
        json!({"oneOf": [{"required": ["a"]}, {"required": ["b"]}], "type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}),
        json!({"anyOf": [{"type": "string", "maxLength": 3}, {"type": "array", "items": {"type": "string"}}]}),
        json!({"type": "object", "properties": {"kind": {"enum": ["a", "b"]}}, "required": ["kind"],
            "if": {"properties": {"kind": {"const": "a"}}}, "then": {"required": ["x"]}, "else": {"required": ["y"]}}),
        json!({"type": "integer", "not": {"enum": [0, 1, 2]}, "minimum": 0, "maximum": 4}),
        json!({"type": ["string", "null"], "minLength": 2}),
        json!({"allOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}], "properties": {"b": {"type": "integer"}},
            "unevaluatedProperties": false, "type": "object"}),
        json!({"type": "object", "required": ["children"], "properties": {"name": {"type": "string"},
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/A"}}}}),
        json!({"type": "object", "required": ["next"], "properties": {"next": {"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]}}}),
        json!({"type": "object", "required": ["value", "left"], "properties": {"value": {"type": "integer"},
            "left": {"oneOf": [{"$ref": "#/components/schemas/A"}, {"type": "string", "const": "leaf"}]}}}),
    ]
}

#[test]
fn hand_made_schemas_of_every_kind_are_honoured() {
    for schema in hand_made() {
        let contract = of_one(&schema);
        let mut generator = Generator::new(11);
        for round in 0..40 {
            for (name, made) in [
                ("usual", generator.instance(&contract, &place(), Side::Response)),
                ("full", generator.full_instance(&contract, &place(), Side::Response)),
                ("small", generator.smallest_instance(&contract, &place(), Side::Response)),
            ] {
                let made = made.unwrap_or_else(|| panic!("round {round}, {name}: nothing for {schema}"));
                assert!(honours(&contract, &made), "{name}: {made} for {schema}");
            }
        }
    }
}

#[test]
fn what_nothing_can_honour_is_nothing() {
    for schema in [
        json!(false),
        json!({"type": "string", "minLength": 3, "maxLength": 2}),
        json!({"allOf": [{"type": "string"}, {"type": "object"}]}),
        json!({"type": "integer", "minimum": 4, "maximum": 4, "multipleOf": 3}),
        json!({"type": "object", "required": ["self"], "properties": {"self": {"$ref": "#/components/schemas/A"}}}),
        json!({"type": "array", "items": {"type": "boolean"}, "uniqueItems": true, "minItems": 3}),
        json!({"type": "object", "required": ["a"], "properties": {"a": false}}),
    ] {
        let made = Generator::new(1).instance(&of_one(&schema), &place(), Side::Request);
        assert_eq!(made, None, "{schema}");
    }
}

#[test]
fn the_same_seed_makes_the_same() {
    let contract = shop();
    let at = SchemaRef::new("/components/schemas/Email");
    let made = |seed: u64| -> Vec<Value> {
        let mut generator = Generator::new(seed);
        (0..10).filter_map(|_| generator.instance(&contract, &at, Side::Request)).collect()
    };
    assert_eq!(made(1), made(1));
    assert_ne!(made(1), made(2));
    assert_eq!(made(1).len(), 10);
}

#[test]
fn a_request_leaves_out_what_only_answers_have() {
    let schema = json!({"type": "object", "required": ["id", "name"], "properties": {
        "id": {"type": "string", "readOnly": true}, "name": {"type": "string"}, "secret": {"type": "string", "writeOnly": true}}});
    let contract = of_one(&schema);
    let mut generator = Generator::new(1);
    let request = generator.full_instance(&contract, &place(), Side::Request).unwrap();
    let answer = generator.full_instance(&contract, &place(), Side::Response).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&request), ["name", "secret"]);
    assert_eq!(names(&answer), ["id", "name"]);
}

#[test]
fn a_discriminator_is_what_its_branch_is_called() {
    let contract = contract_of(&json!({
        "A": {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
            "discriminator": {"propertyName": "pet", "mapping": {"wuff": "#/components/schemas/Dog"}}},
        "Cat": {"type": "object", "required": ["pet", "lives"], "properties": {"pet": {"type": "string"}, "lives": {"type": "integer"}}},
        "Dog": {"type": "object", "required": ["pet", "bark"], "properties": {"pet": {"type": "string"}, "bark": {"type": "string"}}},
    }));
    let mut generator = Generator::new(1);
    for _ in 0..20 {
        let made = generator.instance(&contract, &place(), Side::Request).unwrap();
        let wanted = if made.get("lives").is_some() { "Cat" } else { "wuff" };
        assert_eq!(made["pet"], wanted, "{made}");
    }
}

#[test]
fn everything_that_the_shipped_contracts_speak_of_can_be_made() {
    let mut count = 0;
    for contract in crate::shipped::shipped().into_iter().chain([shop()]) {
        for op in contract.operations() {
            let mut generator = Generator::new(4);
            for _ in 0..10 {
                let line = op.line();
                let request =
                    generator.request(&contract, op).unwrap_or_else(|| panic!("no request for {line}"));
                assert_eq!(request.breaches(&contract, op), Some(vec![]), "{line}: {request:?}");
                count += 1;
            }
            for answer in contract.responses(op) {
                for media in answer.content.iter().filter(|media| media.schema.is_some()) {
                    let (media_type, body) = generator.body(&contract, media, Side::Response).unwrap();
                    let headers: Vec<_> = answer
                        .headers
                        .iter()
                        .filter_map(|header| {
                            let value = generator.parameter(&contract, header, Side::Response)?;
                            Some((header.name.clone(), Generator::parameter_text(header, &value)))
                        })
                        .chain([("Content-Type".to_owned(), media_type)])
                        .collect();
                    let status = answer.status.parse().unwrap_or(499);
                    let breaches = contract.check_response(op, status, &headers, &body);
                    assert!(breaches.is_empty(), "{} {status}: {breaches:#?}", op.line());
                    count += 1;
                }
            }
        }
    }
    assert!(count > 200, "only {count}");
}

/// Schemas made at random; not all of them can be honoured.
pub(crate) fn schemas() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({"type": "boolean"})),
        Just(json!({"type": ["integer", "null"], "format": "int32"})),
        Just(json!({"type": "string", "format": "date-time"})),
        Just(json!({"type": "string", "pattern": "^[a-f]{2,4}-\\d+$"})),
        Just(json!({"enum": ["red", "green", 3]})),
        (-50_i64..50, 0_i64..60, 1_i64..4).prop_map(|(least, room, step)| {
            json!({"type": "integer", "minimum": least, "maximum": least + room, "multipleOf": step})
        }),
        (0_usize..6, 0_usize..20).prop_map(|(least, room)| {
            json!({"type": "string", "minLength": least, "maxLength": least + room})
        }),
        (-9.0_f64..9.0).prop_map(|least| json!({"type": "number", "exclusiveMinimum": least})),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            (prop::collection::vec(inner.clone(), 1..4), 0_usize..4, any::<bool>()).prop_map(|(fields, required, open)| {
                let properties: Map<String, Value> =
                    fields.into_iter().enumerate().map(|(i, schema)| (format!("f/{i}~"), schema)).collect();
                let required: Vec<String> = properties.keys().take(required).cloned().collect();
                json!({"type": "object", "properties": properties, "required": required, "additionalProperties": open})
            }),
            (inner.clone(), 0_usize..3, any::<bool>()).prop_map(|(items, least, unique)| {
                json!({"type": "array", "items": items, "minItems": least, "maxItems": least + 2, "uniqueItems": unique})
            }),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|branches| json!({"anyOf": branches})),
            prop::collection::vec(inner.clone(), 2..3).prop_map(|branches| json!({"oneOf": branches})),
            prop::collection::vec(inner, 1..3).prop_map(|parts| json!({"allOf": parts})),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_made_is_valid(schema in schemas(), seed in 0_u64..1000) {
        let contract = of_one(&schema);
        let mut generator = Generator::new(seed);
        for _ in 0..5 {
            if let Some(value) = generator.instance(&contract, &place(), Side::Response) {
                prop_assert!(honours(&contract, &value), "{} for {}", value, schema);
            }
        }
    }
}
