//! `discriminator` as JSON Schema: the value of one field says which schema must hold.
//!
//! With `oneOf` or `anyOf` each branch asks for its own name in that field. With inheritance (`allOf` a schema that has a
//! discriminator) the schema becomes the choice of all that inherit from it, and those inherit from its contents.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::places::Places;
use crate::pointer::{fragment, last};
use crate::reference::Target;
use crate::walk;

/// Where the contents of a schema go that others inherit from, below the schema.
const BASE: &str = "x-dryrun-base";

struct Tag {
    property: String,
    /// Names by the place of their schema.
    names: BTreeMap<String, Vec<String>>,
}

impl Tag {
    /// The names of the schema at a place: those of the mapping, or else its own.
    fn names(&self, at: &str) -> Vec<String> {
        self.names.get(at).cloned().unwrap_or_else(|| vec![last(at)])
    }

    /// The schema at a place, if the field says so. Before 2019-09 nothing counts beside a `$ref`.
    fn branch(&self, at: &str, beside: bool, names: Vec<String>) -> Value {
        let mut branch = json!({
            "required": [self.property],
            "properties": { self.property.as_str(): { "enum": names } },
        });
        if beside {
            branch["$ref"] = Value::String(fragment(at));
        } else {
            branch["allOf"] = json!([{ "$ref": fragment(at) }]);
        }
        branch
    }
}

/// Rewrites all discriminators of a form; gives back the places of those that can't be, with the reason.
pub(crate) fn rewrite(form: &mut Value, places: &mut Places, beside: bool) -> Vec<(String, String)> {
    let (mut tags, mut wrong) = (Vec::new(), Vec::new());
    each(form, &mut |schema, at| {
        if let Some(said) = schema.get("discriminator") {
            match said.get("propertyName").and_then(Value::as_str) {
                Some(property) => tags.push((at.to_owned(), property.to_owned(), said["mapping"].clone())),
                None => wrong.push((
                    at.to_owned(),
                    "the discriminator has no `propertyName`; write `discriminator: {propertyName: kind}`"
                        .to_owned(),
                )),
            }
        }
    });
    if tags.is_empty() {
        return wrong;
    }
    let heirs = heirs(form);
    let mut plans = Vec::new();
    for (at, property, mapping) in tags {
        match names(form, &mapping) {
            Ok(names) => plans.push((at, Tag { property, names })),
            Err(reason) => wrong.push((at, reason)),
        }
    }
    let mut parents = BTreeSet::new();
    for (at, tag) in &plans {
        let below = descendants(&heirs, at);
        let component = at.strip_prefix("/components/schemas/").is_some_and(|name| !name.contains('/'));
        let choice = form.pointer(at).is_some_and(|schema| choice(schema).is_some());
        if component && (!below.is_empty() || !choice && tag.names.keys().any(|one| one != at)) {
            parents.insert(at.clone());
        }
    }
    let unions = unions(form);
    inherit_from_contents(form, &parents);
    // Inner ones first, as they were met: an outer one takes them along.
    for (at, tag) in plans {
        places.tags.insert(at.clone(), tag.property.clone());
        let Some(schema) = form.pointer_mut(&at).and_then(Value::as_object_mut) else {
            continue;
        };
        if parents.contains(&at) {
            let mut members = descendants(&heirs, &at);
            members.extend(tag.names.keys().filter(|one| **one != at).cloned());
            split(schema, &at, &tag, &members, beside);
            places.moved.insert(format!("{at}/$defs/{BASE}"), at);
        } else {
            mark(schema, &tag, beside, &unions);
        }
    }
    wrong
}

fn each(form: &mut Value, visit: &mut dyn FnMut(&Map<String, Value>, &str)) {
    let done: Result<(), std::convert::Infallible> = walk::schemas(form, &mut |schema, at, _| {
        visit(schema, at);
        Ok(())
    });
    let Ok(()) = done;
}

/// The place that a reference within the form means.
fn target(value: &Value) -> Option<String> {
    match Target::of(value.get("$ref")?.as_str()?) {
        Target::Here(pointer) => Some(pointer),
        _ => None,
    }
}

/// Name and place of each entry of a mapping, by place.
fn names(form: &Value, mapping: &Value) -> Result<BTreeMap<String, Vec<String>>, String> {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, meant) in mapping.as_object().into_iter().flatten() {
        let text = meant.as_str().unwrap_or_default();
        let direct = format!("/components/schemas/{}", text.replace('~', "~0").replace('/', "~1"));
        let pointer = match Target::of(text) {
            Target::Here(pointer) if text.starts_with('#') => pointer,
            _ => direct,
        };
        if form.pointer(&pointer).is_none() {
            return Err(format!(
                "the discriminator maps {name:?} to {text:?}, which is no schema here; write the name of one under \
                 `components.schemas`"
            ));
        }
        names.entry(pointer).or_default().push(name.clone());
    }
    Ok(names)
}

/// The key of the choice between references, if the schema is one.
fn choice(schema: &Value) -> Option<&'static str> {
    let refers =
        |key: &str| schema[key].as_array().is_some_and(|all| all.iter().any(|one| target(one).is_some()));
    ["oneOf", "anyOf"].into_iter().find(|key| refers(key))
}

/// By the place of a schema under `components`: those there that name it in their `allOf`.
fn heirs(form: &Value) -> BTreeMap<String, Vec<String>> {
    let mut heirs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, schema) in form["components"]["schemas"].as_object().into_iter().flatten() {
        let at = crate::pointer::join("/components/schemas", name);
        for parent in schema["allOf"].as_array().into_iter().flatten().filter_map(target) {
            heirs.entry(parent).or_default().push(at.clone());
        }
    }
    heirs
}

fn descendants(heirs: &BTreeMap<String, Vec<String>>, at: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![at.to_owned()];
    while let Some(one) = open.pop() {
        for heir in heirs.get(&one).into_iter().flatten() {
            if heir != at && found.insert(heir.clone()) {
                open.push(heir.clone());
            }
        }
    }
    found
}

/// Schemas under `components` that are themselves nothing but a choice: the names of their branches are not theirs.
fn unions(form: &Value) -> BTreeSet<String> {
    let all = form["components"]["schemas"].as_object().into_iter().flatten();
    let only = all.filter(|(_, schema)| choice(schema).is_some() && schema.get("properties").is_none());
    only.map(|(name, _)| crate::pointer::join("/components/schemas", name)).collect()
}

/// Lets the heirs of the given schemas inherit from their contents, not from the choice that they become.
fn inherit_from_contents(form: &mut Value, parents: &BTreeSet<String>) {
    let all = form.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for schema in all.into_iter().flat_map(Map::values_mut) {
        for part in schema.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(parent) = target(part).filter(|parent| parents.contains(parent)) {
                part["$ref"] = Value::String(fragment(&format!("{parent}/$defs/{BASE}")));
            }
        }
    }
}

/// A schema that others inherit from: a choice between all of them and itself.
fn split(schema: &mut Map<String, Value>, at: &str, tag: &Tag, members: &BTreeSet<String>, beside: bool) {
    let mut contents = std::mem::take(schema);
    let nullable = contents.remove("nullable");
    if choice(&Value::Object(contents.clone())).is_some() {
        contents.remove("oneOf");
        contents.remove("anyOf");
    }
    let base = format!("{at}/$defs/{BASE}");
    let mut branches: Vec<Value> =
        members.iter().map(|member| tag.branch(member, beside, tag.names(member))).collect();
    branches.push(tag.branch(&base, beside, tag.names(at)));
    schema.insert("$defs".to_owned(), json!({ BASE: contents }));
    schema.insert("oneOf".to_owned(), Value::Array(branches));
    schema.extend(nullable.map(|nullable| ("nullable".to_owned(), nullable)));
}

/// A choice: each branch that is a reference asks for its name.
fn mark(schema: &mut Map<String, Value>, tag: &Tag, beside: bool, unions: &BTreeSet<String>) {
    for key in ["oneOf", "anyOf"] {
        for branch in schema.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(at) = target(branch) else {
                continue;
            };
            if !unions.contains(&at) || tag.names.contains_key(&at) {
                *branch = tag.branch(&at, beside, tag.names(&at));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(schemas: Value) -> (Value, Places, Vec<(String, String)>) {
        let mut form = json!({"components": {"schemas": schemas}});
        let mut places = Places::default();
        let wrong = rewrite(&mut form, &mut places, true);
        (form["components"]["schemas"].take(), places, wrong)
    }

    #[test]
    fn each_branch_of_a_choice_asks_for_its_name() {
        let (schemas, places, wrong) = rewritten(json!({
            "Pet": {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
                "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat", "tom": "Cat"}}},
            "Cat": {}, "Dog": {}}));
        let names = |i: usize| schemas["Pet"]["oneOf"][i]["properties"]["kind"]["enum"].clone();
        assert_eq!((names(0), names(1)), (json!(["cat", "tom"]), json!(["Dog"])));
        assert_eq!(places.tags["/components/schemas/Pet"], "kind");
        assert_eq!(wrong, []);
    }

    #[test]
    fn what_others_inherit_from_becomes_a_choice() {
        let (schemas, places, _) = rewritten(json!({
            "Pet": {"type": "object", "discriminator": {"propertyName": "kind"}, "nullable": true},
            "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"required": ["lives"]}]},
            "Lion": {"allOf": [{"$ref": "#/components/schemas/Cat"}]}}));
        let pet = &schemas["Pet"];
        let targets: Vec<_> =
            pet["oneOf"].as_array().unwrap().iter().map(|one| one["$ref"].clone()).collect();
        assert_eq!(
            targets,
            [
                "#/components/schemas/Cat",
                "#/components/schemas/Lion",
                "#/components/schemas/Pet/$defs/x-dryrun-base"
            ]
        );
        assert_eq!((&pet["nullable"], &pet["$defs"][BASE]["type"]), (&json!(true), &json!("object")));
        assert_eq!(schemas["Cat"]["allOf"][0]["$ref"], "#/components/schemas/Pet/$defs/x-dryrun-base");
        assert_eq!(schemas["Lion"]["allOf"][0]["$ref"], "#/components/schemas/Cat");
        let place = "/components/schemas/Pet/$defs/x-dryrun-base/required";
        assert_eq!(places.original(place), "/components/schemas/Pet/required");
    }

    #[test]
    fn what_cannot_be_told_apart_is_named() {
        let (_, _, wrong) = rewritten(json!({
            "A": {"discriminator": "kind"}, "B": {"discriminator": {"propertyName": "kind", "mapping": {"x": "Lost"}}}}));
        assert!(
            wrong[0].1.contains("no `propertyName`") && wrong[1].1.contains("maps \"x\" to \"Lost\""),
            "{wrong:?}"
        );
    }
}
