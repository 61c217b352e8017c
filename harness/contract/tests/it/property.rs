//! Over schemas and values made at random: a value that fits has no breach, a spoilt one has.

use dryrun_contract::{Breach, Contract};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A schema together with a value that fits it.
fn fitting() -> impl Strategy<Value = (Value, Value)> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(|flag| (json!({"type": "boolean"}), json!(flag))),
        (-1000_i64..1000)
            .prop_map(|n| (json!({"type": "integer", "minimum": -1000, "maximum": 1000}), json!(n))),
        "[a-zé]{1,8}".prop_map(|text| {
            let schema = json!({"type": "string", "minLength": 1, "maxLength": 8});
            (schema, json!(text))
        }),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|fields| object(&fields)),
            (inner, 1_usize..4).prop_map(|((schema, value), n)| {
                let schema = json!({"type": "array", "items": schema, "minItems": 1});
                (schema, Value::Array(vec![value; n]))
            }),
        ]
    })
}

fn object(fields: &[(Value, Value)]) -> (Value, Value) {
    let mut properties = Map::new();
    let mut value = Map::new();
    for (i, (schema, field)) in fields.iter().enumerate() {
        properties.insert(format!("f/{i}~"), schema.clone());
        value.insert(format!("f/{i}~"), field.clone());
    }
    let names: Vec<&String> = properties.keys().collect();
    (json!({"type": "object", "required": names, "properties": properties}), Value::Object(value))
}

fn judge(schema: &Value, value: &Value) -> Vec<Breach> {
    let document = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"responses": {"200": {"description": "ok", "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}}}},
        "components": {"schemas": {"A": schema}}});
    let contract = Contract::parse("t", &document.to_string()).unwrap();
    let headers = [("Content-Type".to_owned(), "application/json".to_owned())];
    contract.check_response(&contract.operations()[0], 200, &headers, value.to_string().as_bytes())
}

/// Every value that is spoilt in one place: a field left out, or a type flipped.
fn spoilt(value: &Value) -> Vec<Value> {
    let mut all = vec![match value {
        Value::String(_) => json!(7),
        _ => json!("flipped beyond eight"),
    }];
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let mut without = fields.clone();
                without.remove(name);
                all.push(Value::Object(without));
                for inner in spoilt(field) {
                    let mut with = fields.clone();
                    with.insert(name.clone(), inner);
                    all.push(Value::Object(with));
                }
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                for inner in spoilt(item) {
                    let mut with = items.clone();
                    with[i] = inner;
                    all.push(Value::Array(with));
                }
            }
        }
        _ => {}
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn what_fits_passes_and_what_is_spoilt_is_refused((schema, value) in fitting()) {
        prop_assert_eq!(judge(&schema, &value), vec![]);
        for bad in spoilt(&value).into_iter().take(12) {
            let breaches = judge(&schema, &bad);
            prop_assert_eq!(breaches.len(), 1, "{} against {}", bad, schema);
            let wanted = ["required", "type"].contains(&breaches[0].keyword.as_str());
            prop_assert!(wanted, "{:?}", breaches);
        }
    }
}
