//! Where in a body a thing or a list of things stands: it may be the whole of it, or be wrapped: `data`, `data.items`,
//! `_embedded.customers`.

use dryrun_contract::{Contract, SchemaRef, Side};
use serde_json::{Map, Value};

use crate::unscripted::fields::{below, id_field, place, plain, properties, singular, types};

/// The fields that lead from a body to what is looked for; none if it is the whole body.
pub(crate) type Way = Vec<String>;

/// What usually wraps one thing.
const WRAPS: [&str; 10] =
    ["data", "result", "item", "payload", "response", "entity", "resource", "record", "value", "body"];
/// What usually wraps a list.
const LISTS: [&str; 12] = [
    "data", "items", "results", "content", "records", "entries", "rows", "list", "value", "values", "hits",
    "elements",
];
/// Lists that go along with the one that was asked for.
const ASIDE: [&str; 8] = ["errors", "warnings", "messages", "links", "sort", "facets", "included", "filters"];

/// What is looked for: a thing of the collection `many`, whose items are at `{param}`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sought<'a> {
    pub(crate) many: &'a str,
    pub(crate) param: &'a str,
    /// The field that holds the ids of this collection, if that is known already.
    pub(crate) id: Option<&'a str>,
}

impl<'a> Sought<'a> {
    /// Which of these fields is the id.
    pub(crate) fn id_in<'n>(&self, names: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str>
    where
        'a: 'n,
    {
        let known = self.id;
        id_field(names.clone(), self.many, self.param)
            .or_else(|| names.clone().find(|name| Some(*name) == known))
    }
}

/// Where the thing stands in an answer of this schema, and the place of its own schema. `fields` are those of the thing.
pub(crate) fn spot(
    contract: &Contract,
    at: &SchemaRef,
    sought: Sought<'_>,
    fields: &[String],
) -> Option<(Way, SchemaRef)> {
    let side = Side::Response;
    let kinds = types(contract, at, side);
    if !(kinds.is_empty() || kinds.contains(&"object")) {
        return None;
    }
    let declared = properties(contract, at, side);
    let names = || declared.iter().map(|(name, _)| name.as_str());
    if sought.id_in(names()).is_some() || declared.is_empty() {
        return Some((Way::new(), place(contract, at, side)));
    }
    let wrapped = wrapped(contract, &declared, sought, 2);
    let usual = wrapped.as_ref().is_some_and(|(way, _)| wraps(&way[0], sought.many));
    let top = || names().any(|name| fields.iter().any(|field| field == name));
    if usual || (wrapped.is_some() && !top() && declared.len() <= 3) {
        return wrapped;
    }
    if top() {
        // No id anywhere: what was sent is still the thing if the answer has fields of it.
        return Some((Way::new(), place(contract, at, side)));
    }
    declared.iter().filter(|(name, _)| wraps(name, sought.many)).find_map(|(name, inner)| {
        let within = properties(contract, inner, side);
        let some = within.iter().any(|(known, _)| fields.contains(known));
        some.then(|| (vec![name.clone()], inner.clone()))
    })
}

/// Where a thing of which nothing is known stands: in what usually wraps one, else it is the whole answer.
pub(crate) fn whole(contract: &Contract, at: &SchemaRef, sought: Sought<'_>) -> Option<(Way, SchemaRef)> {
    let side = Side::Response;
    let object = |at: &SchemaRef| types(contract, at, side).contains(&"object");
    let declared = properties(contract, at, side);
    let wrapper = declared.iter().find(|(name, at)| wraps(name, sought.many) && object(at));
    match wrapper.filter(|_| declared.len() <= 3) {
        Some((name, inner)) => Some((vec![name.clone()], inner.clone())),
        None => object(at).then(|| (Way::new(), place(contract, at, side))),
    }
}

/// Whether a field of this name may be all that an answer is about.
fn wraps(name: &str, many: &str) -> bool {
    let name = plain(name);
    name == plain(&singular(many)) || WRAPS.contains(&name.as_str())
}

/// The first object with an id, some levels deep; those that usually wrap go first.
fn wrapped(
    contract: &Contract,
    declared: &[(String, SchemaRef)],
    sought: Sought<'_>,
    deep: usize,
) -> Option<(Way, SchemaRef)> {
    let side = Side::Response;
    let mut inner: Vec<&(String, SchemaRef)> = declared
        .iter()
        .filter(|(_, at)| {
            let kinds = types(contract, at, side);
            kinds.is_empty() || kinds.contains(&"object")
        })
        .collect();
    inner.sort_by_key(|(name, _)| !wraps(name, sought.many));
    let found = inner.iter().find_map(|(name, at)| {
        let within = properties(contract, at, side);
        let id = sought.id_in(within.iter().map(|(name, _)| name.as_str()));
        id.map(|_| (vec![name.clone()], at.clone()))
    });
    found.or_else(|| {
        let outer = inner.iter().filter(|(name, _)| deep > 1 && wraps(name, sought.many));
        outer.into_iter().find_map(|(name, at)| {
            let within = properties(contract, at, side);
            let (way, at) = wrapped(contract, &within, sought, deep - 1)?;
            Some(([vec![name.clone()], way].concat(), at))
        })
    })
}

/// Where in an answer the list of things stands, and the place of the schema of its items.
pub(crate) fn list_spot(contract: &Contract, at: &SchemaRef, many: &str) -> Option<(Way, SchemaRef)> {
    listed(contract, at, many, 3)
}

fn listed(contract: &Contract, at: &SchemaRef, many: &str, deep: usize) -> Option<(Way, SchemaRef)> {
    let side = Side::Response;
    let items = |at: &SchemaRef| {
        let array = types(contract, at, side).contains(&"array");
        array.then(|| below(contract, at, "items", side).unwrap_or_else(|| SchemaRef::new("/nowhere")))
    };
    if let Some(items) = items(at) {
        return Some((Way::new(), items));
    }
    let declared = properties(contract, at, side);
    let mut lists: Vec<(String, SchemaRef)> =
        declared.iter().filter_map(|(name, inner)| Some((name.clone(), items(inner)?))).collect();
    lists.retain(|(name, _)| plain(name) == plain(many) || !ASIDE.contains(&plain(name).as_str()));
    let rank = |name: &str| match plain(name) {
        name if name == plain(many) => 0,
        name => 1 + LISTS.iter().position(|list| *list == name).unwrap_or(LISTS.len()),
    };
    let usual = lists.iter().filter(|(name, _)| rank(name) <= LISTS.len());
    if let Some((name, items)) = usual.min_by_key(|(name, _)| rank(name)) {
        return Some((vec![name.clone()], items.clone()));
    }
    if lists.len() > 1 {
        // Of several lists the one of objects.
        lists.retain(|(_, items)| !properties(contract, items, side).is_empty());
    }
    match lists.len() {
        1 => lists.pop().map(|(name, items)| (vec![name], items)),
        0 if deep > 1 => {
            let mut within = declared.iter().filter(|(name, inner)| {
                let name = plain(name);
                types(contract, inner, side).contains(&"object")
                    && (WRAPS.contains(&name.as_str()) || name == "embedded" || name == plain(many))
            });
            within.find_map(|(name, inner)| {
                let (way, items) = listed(contract, inner, many, deep - 1)?;
                Some(([vec![name.clone()], way].concat(), items))
            })
        }
        _ => None,
    }
}

/// The value at the end of a way.
pub(crate) fn within<'a>(value: &'a Value, way: &[String]) -> Option<&'a Value> {
    way.iter().try_fold(value, |value, field| value.get(field))
}

/// A value at the end of a way, wrapped in as many objects; `outer` are fields that stand beside the first.
pub(crate) fn wrap(value: Value, way: &[String], mut outer: Map<String, Value>) -> Value {
    let Some((first, rest)) = way.split_first() else { return value };
    let beside = match outer.shift_remove(first) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    outer.insert(first.clone(), wrap(value, rest, beside));
    Value::Object(outer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn contract(schemas: Value) -> Contract {
        let paths = json!({"/a": {"get": {"responses": {"200": {"description": "ok"}}}}});
        let document = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths,
            "components": {"schemas": schemas}});
        Contract::parse("t.json", &document.to_string()).unwrap()
    }

    fn object(fields: Value) -> Value {
        json!({"type": "object", "properties": fields})
    }

    #[test]
    fn a_thing_is_the_body_or_is_wrapped_in_it() {
        let pet = object(json!({"id": {"type": "integer"}, "owner": {"$ref": "#/components/schemas/Owner"}}));
        let contract = contract(json!({
            "Owner": object(json!({"id": {"type": "integer"}})),
            "Pet": pet,
            "Data": object(json!({"data": {"$ref": "#/components/schemas/Pet"}, "success": {"type": "boolean"}})),
            "Named": object(json!({"meta": object(json!({})), "pet": {"$ref": "#/components/schemas/Pet"}})),
            "Deep": object(json!({"data": object(json!({"pet": {"$ref": "#/components/schemas/Pet"}}))})),
            "Order": object(json!({"total": {"type": "number"}, "owner": {"$ref": "#/components/schemas/Owner"},
                "a": {}, "b": {}})),
            "Number": {"type": "integer"},
        }));
        let sought = Sought { many: "pets", param: "petId", id: None };
        for (schema, wanted) in [
            ("Pet", Some("")),
            ("Data", Some("data")),
            ("Named", Some("pet")),
            ("Deep", Some("data.pet")),
            ("Order", Some("")),
            ("Number", None),
        ] {
            let at = SchemaRef::new(format!("/components/schemas/{schema}"));
            let found = spot(&contract, &at, sought, &["total".to_owned()]);
            assert_eq!(found.map(|(way, _)| way.join(".")).as_deref(), wanted, "{schema}");
        }
    }

    #[test]
    fn the_list_is_found_among_others_and_deeper() {
        let pets = json!({"type": "array", "items": object(json!({"id": {"type": "integer"}}))});
        let others = json!({"type": "array", "items": object(json!({"x": {}}))});
        let contract = contract(json!({
            "Bare": pets,
            "Spring": object(json!({"sort": others, "content": pets})),
            "Named": object(json!({"owners": others, "pets": pets})),
            "Hal": object(json!({"_links": object(json!({})), "_embedded": object(json!({"pets": pets}))})),
            "Deep": object(json!({"data": object(json!({"items": pets})), "errors": others})),
            "Two": object(json!({"left": others, "right": others})),
        }));
        for (schema, wanted) in [
            ("Bare", Some("")),
            ("Spring", Some("content")),
            ("Named", Some("pets")),
            ("Hal", Some("_embedded.pets")),
            ("Deep", Some("data.items")),
            ("Two", None),
        ] {
            let at = SchemaRef::new(format!("/components/schemas/{schema}"));
            let found = list_spot(&contract, &at, "pets").map(|(way, _)| way.join("."));
            assert_eq!(found.as_deref(), wanted, "{schema}");
        }
    }

    #[test]
    fn what_is_wrapped_keeps_what_stands_beside() {
        let beside = json!({"total": 1, "data": {"next": null}});
        let Value::Object(beside) = beside else { unreachable!() };
        let whole = wrap(json!([7]), &["data".to_owned(), "items".to_owned()], beside);
        assert_eq!(whole, json!({"total": 1, "data": {"next": null, "items": [7]}}));
        assert_eq!(within(&whole, &["data".to_owned(), "items".to_owned()]), Some(&json!([7])));
    }
}
