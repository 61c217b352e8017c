//! From the schemas of a request to what they document: [`Grower`].

use serde_json::Value;

use crate::breach::{Location, Side};
use crate::contract::Contract;
use crate::coverage::matrix::{Item, Place, Step, What};
use crate::coverage::sample::sample;
use crate::coverage::tree::Node;
use crate::inspect::SchemaRef;

/// How deep into a schema properties are listed.
const DEPTH: usize = 12;

/// How many things an operation lists before it is cut.
const LISTED: usize = 1_000;

/// Longer enumerations (of time zones, of currencies) are data: each value of theirs is not a case of its own.
const VALUES: usize = 50;

/// Lists what the schemas of one operation's request document.
pub(crate) struct Grower<'c> {
    contract: &'c Contract,
    counts: bool,
    pub(crate) items: Vec<Item>,
    /// There was more than is listed.
    pub(crate) cut: bool,
    /// The schemas on the way to where we are: one that comes again is a circle.
    way: Vec<*const Value>,
}

impl<'c> Grower<'c> {
    pub(crate) fn new(contract: &'c Contract, counts: bool) -> Self {
        Self { contract, counts, items: Vec::new(), cut: false, way: Vec::new() }
    }

    /// Lists one thing; `None` when the list is full.
    pub(crate) fn list(&mut self, what: What) -> Option<usize> {
        if self.items.len() >= LISTED {
            self.cut = true;
            return None;
        }
        let counts = self.counts && !matches!(what, What::Example { .. });
        self.items.push(Item::new(what, counts));
        Some(self.items.len() - 1)
    }

    /// Everything below a schema.
    pub(crate) fn grow(&mut self, node: &mut Node, at: &SchemaRef, place: &Place) {
        let contract = self.contract;
        let schema = contract.schema(at, Side::Request);
        self.show(node.item, schema);
        self.schema(node, schema, place, false);
    }

    /// Keeps with an item what may stand there.
    fn show(&mut self, item: Option<usize>, schema: &Value) {
        if let Some(item) = item {
            let value = sample(self.contract, schema);
            self.items[item].sample = Some(value).filter(|value| !value.is_null());
        }
    }

    /// `branch`: the schema is one of several that a value may follow, so that a `const` in it is one of several values.
    fn schema(&mut self, node: &mut Node, schema: &Value, place: &Place, branch: bool) {
        if self.way.len() >= DEPTH * 4 || place.steps.len() > DEPTH {
            self.cut = true;
            return;
        }
        if self.way.iter().any(|above| std::ptr::eq(*above, schema)) {
            return;
        }
        self.way.push(schema);
        self.parts(node, schema, place, branch);
        self.way.pop();
    }

    fn parts(&mut self, node: &mut Node, schema: &Value, place: &Place, branch: bool) {
        let Some(keywords) = schema.as_object() else { return };
        if keywords.contains_key("$ref") {
            let target = self.contract.resolve(schema, Side::Request);
            self.schema(node, target, place, branch);
        }
        let values = keywords.get("enum").and_then(Value::as_array).filter(|values| values.len() <= VALUES);
        let only = keywords.get("const").filter(|_| branch);
        for value in values.into_iter().flatten().chain(only) {
            self.value(node, value, place);
        }
        for (name, inner) in keywords.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if !self.sent(inner) {
                continue;
            }
            let below = place.then(Step::Key(name.clone()));
            let field = node.field(name);
            if field.item.is_none() {
                field.item = self.list(What::Property(below.clone()));
                self.show(field.item, inner);
            }
            self.schema(field, inner, &below, false);
        }
        for (keyword, below) in
            [("items", Step::Item), ("additionalProperties", Step::Any), ("contains", Step::Item)]
        {
            if let Some(inner) = keywords.get(keyword) {
                self.open(node, inner, place, &below);
            }
        }
        for (keyword, below) in [("prefixItems", Step::Item), ("patternProperties", Step::Any)] {
            for inner in children(keywords.get(keyword)) {
                self.open(node, inner, place, &below);
            }
        }
        for keyword in ["allOf", "anyOf", "oneOf", "dependentSchemas"] {
            for inner in children(keywords.get(keyword)) {
                self.schema(node, inner, place, keyword != "allOf" || branch);
            }
        }
        for keyword in ["then", "else"] {
            if let Some(inner) = keywords.get(keyword) {
                self.schema(node, inner, place, true);
            }
        }
    }

    /// What stands at any place of an array, or under any name of an object.
    fn open(&mut self, node: &mut Node, schema: &Value, place: &Place, step: &Step) {
        if !schema.is_object() {
            return;
        }
        let inner = if *step == Step::Item { &mut node.each } else { &mut node.any };
        let mut inner_node = inner.take().unwrap_or_default();
        self.schema(&mut inner_node, schema, &place.then(step.clone()), false);
        *(if *step == Step::Item { &mut node.each } else { &mut node.any }) = Some(inner_node);
    }

    fn value(&mut self, node: &mut Node, value: &Value, place: &Place) {
        // A record keeps the name of a cookie and masks its value.
        if place.location == Location::Cookie {
            return;
        }
        // That something may be left empty is said as one more value: no case of its own.
        if value.is_null() || node.values.iter().any(|(known, _)| known == value) {
            return;
        }
        if let Some(item) = self.list(What::Value(place.clone(), value.clone())) {
            node.values.push((value.clone(), item));
        }
    }

    /// Whether a request has such a property at all.
    fn sent(&self, schema: &Value) -> bool {
        let target = self.contract.resolve(schema, Side::Request);
        let never = |schema: &Value| *schema == Value::Bool(false) || schema["readOnly"] == true;
        !never(schema) && !never(target)
    }
}

fn children(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(Value::Object(fields)) => fields.values().collect(),
        _ => Vec::new(),
    }
}
