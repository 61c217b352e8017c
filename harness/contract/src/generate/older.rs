//! What older drafts of JSON Schema write otherwise, for documents with such a `jsonSchemaDialect`.

use serde_json::{Map, Value};

use super::merge::Flat;

/// The keywords of drafts 4 to 2019-09 as 2020-12 has them. What is of 2020-12 stays as it is.
pub(super) fn modern(mut schema: Flat) -> Flat {
    if let Some(Value::Array(list)) =
        schema.get_mut("items").filter(|items| items.is_array()).map(Value::take)
    {
        schema.insert("prefixItems".to_owned(), Value::Array(list));
        match schema.remove("additionalItems") {
            Some(rest) => drop(schema.insert("items".to_owned(), rest)),
            None => drop(schema.remove("items")),
        }
    }
    for (flag, limit) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if let Some(Value::Bool(exclusive)) = schema.get(flag) {
            let bound = if *exclusive { schema.remove(limit) } else { None };
            match bound {
                Some(bound) => drop(schema.insert(flag.to_owned(), bound)),
                None => drop(schema.remove(flag)),
            }
        }
    }
    if let Some(Value::Object(all)) = schema.remove("dependencies") {
        let (names, schemas): (Map<String, Value>, Map<String, Value>) =
            all.into_iter().partition(|(_, needs)| needs.is_array());
        for (key, more) in [("dependentRequired", names), ("dependentSchemas", schemas)] {
            if !more.is_empty() {
                schema.insert(key.to_owned(), Value::Object(more));
            }
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn older_keywords_become_those_of_today() {
        for (old, new) in [
            (
                json!({"items": [{}, {}], "additionalItems": false}),
                json!({"prefixItems": [{}, {}], "items": false}),
            ),
            (json!({"items": [{}]}), json!({"prefixItems": [{}]})),
            (json!({"items": {}, "additionalItems": false}), json!({"items": {}, "additionalItems": false})),
            (json!({"minimum": 1, "exclusiveMinimum": true}), json!({"exclusiveMinimum": 1})),
            (json!({"minimum": 1, "exclusiveMinimum": false}), json!({"minimum": 1})),
            (json!({"exclusiveMinimum": 1}), json!({"exclusiveMinimum": 1})),
            (
                json!({"dependencies": {"a": ["b"], "c": {"required": ["d"]}}}),
                json!({"dependentRequired": {"a": ["b"]}, "dependentSchemas": {"c": {"required": ["d"]}}}),
            ),
        ] {
            assert_eq!(Value::Object(modern(old.as_object().unwrap().clone())), new);
        }
    }
}
