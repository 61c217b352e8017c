//! What a contract says about the places of a body: [`Facts`].

use std::collections::BTreeSet;

use dryrun_contract::{Contract, Operation, SchemaRef, Side};
use serde_json::Value;

use crate::answer::essence;
use crate::kin::owner_below;

/// How deep references and combinations are followed at one place.
const DEPTH: usize = 24;

/// How deep the names of properties are collected.
const LEVELS: usize = 4;

/// The schema of one body, asked by place. Without a schema every question is answered with "unknown".
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'c> {
    contract: &'c Contract,
    side: Side,
    root: Option<&'c Value>,
}

impl<'c> Facts<'c> {
    /// Of the answer with this status and media type.
    pub(crate) fn of_answer(
        contract: &'c Contract,
        operation: &Operation,
        status: u16,
        media: Option<&str>,
    ) -> Self {
        let answers = contract.responses(operation);
        let key = [status.to_string(), format!("{}XX", status / 100), "default".to_owned()];
        let answer = key.iter().find_map(|key| answers.iter().find(|answer| answer.status == *key));
        let media = answer.and_then(|answer| {
            let named =
                answer.content.iter().find(|known| Some(essence(&known.media_type).as_str()) == media);
            named.or_else(|| answer.content.first())
        });
        Self::of(contract, media.and_then(|media| media.schema.as_ref()), Side::Response)
    }

    /// Of the request with this media type.
    pub(crate) fn of_request(contract: &'c Contract, operation: &Operation, media: Option<&str>) -> Self {
        let known = contract.request_media(operation);
        let found = known.iter().find(|known| Some(essence(&known.media_type).as_str()) == media);
        Self::of(contract, found.or(known.first()).and_then(|media| media.schema.as_ref()), Side::Request)
    }

    fn of(contract: &'c Contract, at: Option<&SchemaRef>, side: Side) -> Self {
        Self { contract, side, root: at.map(|at| contract.schema(at, side)) }
    }

    /// Whether the object at this place is a map whose keys are data: none of its properties has a name in the
    /// contract. The body as a whole is one only when the contract says what its values are.
    pub(crate) fn is_map(&self, place: &str) -> bool {
        let here = self.at(place);
        let named = |schema: &&Value| schema["properties"].as_object().is_some_and(|all| !all.is_empty());
        if here.is_empty() || here.iter().any(named) {
            return false;
        }
        let values = here.iter().any(|schema| schema["additionalProperties"].is_object());
        values
            || place.contains('/')
                && here.iter().any(|schema| schema["type"] == "object" || types(schema).contains(&"object"))
    }

    /// The values of an enumeration at this place.
    pub(crate) fn enumeration(&self, place: &str) -> Option<BTreeSet<String>> {
        let values: BTreeSet<String> = self
            .at(place)
            .into_iter()
            .filter_map(|schema| schema["enum"].as_array())
            .flatten()
            .filter_map(|value| value.as_str().map(str::to_owned))
            .collect();
        (!values.is_empty()).then_some(values)
    }

    /// Whether the contract has a name for this place.
    pub(crate) fn knows(&self, place: &str) -> bool {
        !self.at(place).is_empty()
    }

    /// The fields near the root that hold single values: what they belong to, and their names.
    pub(crate) fn fields(&self) -> BTreeSet<(Option<String>, String)> {
        let mut fields = BTreeSet::new();
        if let Some(root) = self.root {
            self.collect(root, None, LEVELS, &mut fields);
        }
        fields
    }

    fn collect(
        &self,
        schema: &'c Value,
        owner: Option<&str>,
        levels: usize,
        fields: &mut BTreeSet<(Option<String>, String)>,
    ) {
        if levels == 0 {
            return;
        }
        for schema in self.spread(schema) {
            for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
                let known = self.spread(inner);
                let whole = |schema: &&Value| schema["properties"].is_object() || schema["items"].is_object();
                if !known.iter().any(whole) {
                    fields.insert((owner.map(str::to_owned), name.clone()));
                }
                self.collect(inner, owner_below(owner, name), levels - 1, fields);
            }
            if schema["items"].is_object() {
                self.collect(&schema["items"], owner, levels - 1, fields);
            }
        }
    }

    /// Every schema that may describe a place: `body/items/*/name`.
    fn at(&self, place: &str) -> Vec<&'c Value> {
        let mut here = self.root.map(|root| self.spread(root)).unwrap_or_default();
        for step in place.split('/').skip(1) {
            let inner = here.iter().filter_map(|schema| child(schema, step));
            here = inner.flat_map(|schema| self.spread(schema)).collect();
        }
        here
    }

    /// A schema and all that it refers to or is combined of.
    fn spread(&self, schema: &'c Value) -> Vec<&'c Value> {
        let mut all = Vec::new();
        self.gather(schema, DEPTH, &mut all);
        all
    }

    fn gather(&self, schema: &'c Value, depth: usize, all: &mut Vec<&'c Value>) {
        if depth == 0 || !schema.is_object() || all.iter().any(|known| std::ptr::eq(*known, schema)) {
            return;
        }
        all.push(schema);
        if schema.get("$ref").is_some() {
            self.gather(self.contract.resolve(schema, self.side), depth - 1, all);
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            for part in schema[key].as_array().into_iter().flatten() {
                self.gather(part, depth - 1, all);
            }
        }
        for key in ["then", "else"] {
            if let Some(part) = schema.get(key) {
                self.gather(part, depth - 1, all);
            }
        }
    }
}

fn types(schema: &Value) -> Vec<&str> {
    schema["type"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn child<'v>(schema: &'v Value, step: &str) -> Option<&'v Value> {
    let name = step.replace("~1", "/");
    let property = schema.get("properties").and_then(|all| all.get(&name));
    let element = || schema.get("items").or_else(|| schema["prefixItems"].get(0)).filter(|_| step == "*");
    let other = || schema.get("additionalProperties").filter(|other| other.is_object());
    property.or_else(element).or_else(other)
}
