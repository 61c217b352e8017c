//! What a schema says about the fields of its objects: which there are, which of them is the id, where in an answer the
//! thing itself stands.

use dryrun_contract::{Contract, SchemaRef, Side};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// How many schemas deep `allOf`, `oneOf` and `anyOf` are followed.
const DEEP: usize = 6;

/// Follows the `$ref`s of a schema by place.
pub(crate) fn place(contract: &Contract, at: &SchemaRef, side: Side) -> SchemaRef {
    let mut at = at.clone();
    for _ in 0..32 {
        let schema = contract.schema(&at, side);
        let Some(fragment) =
            schema.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'))
        else {
            return at;
        };
        at = SchemaRef::new(percent_decode_str(fragment).decode_utf8_lossy().into_owned());
    }
    at
}

/// The place of a keyword below a schema, if it has it.
pub(crate) fn below(contract: &Contract, at: &SchemaRef, key: &str, side: Side) -> Option<SchemaRef> {
    let at = place(contract, at, side);
    contract.schema(&at, side).get(key)?;
    Some(place(contract, &SchemaRef::new(format!("{}/{}", at.pointer(), escaped(key))), side))
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The declared properties of an object, those of its parts included, in the order of the document.
pub(crate) fn properties(contract: &Contract, at: &SchemaRef, side: Side) -> Vec<(String, SchemaRef)> {
    let mut found = Vec::new();
    collect(contract, at, side, DEEP, &mut found);
    found
}

fn collect(
    contract: &Contract,
    at: &SchemaRef,
    side: Side,
    deep: usize,
    found: &mut Vec<(String, SchemaRef)>,
) {
    let at = place(contract, at, side);
    let schema = contract.schema(&at, side);
    for key in schema.get("properties").and_then(Value::as_object).into_iter().flat_map(|map| map.keys()) {
        if !found.iter().any(|(known, _)| known == key) {
            let property = SchemaRef::new(format!("{}/properties/{}", at.pointer(), escaped(key)));
            found.push((key.clone(), place(contract, &property, side)));
        }
    }
    if deep == 0 {
        return;
    }
    for word in ["allOf", "oneOf", "anyOf"] {
        let count = schema.get(word).and_then(Value::as_array).map_or(0, Vec::len);
        for index in 0..count {
            let part = SchemaRef::new(format!("{}/{word}/{index}", at.pointer()));
            collect(contract, &part, side, deep - 1, found);
        }
    }
}

/// Whether an object may have fields beside the declared ones, and the document says so.
pub(crate) fn open(contract: &Contract, at: &SchemaRef, side: Side) -> bool {
    let schema = contract.schema(&place(contract, at, side), side);
    matches!(schema.get("additionalProperties"), Some(Value::Bool(true) | Value::Object(_)))
}

/// The names of the types that a schema allows; empty if it does not say.
pub(crate) fn types<'a>(contract: &'a Contract, at: &SchemaRef, side: Side) -> Vec<&'a str> {
    match contract.schema(&place(contract, at, side), side).get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A name without case and signs: `pet_id`, `petId` and `PetID` are one.
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// One of many: `orders` -> `order`, `categories` -> `category`.
pub(crate) fn singular(name: &str) -> String {
    for (many, one) in [("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")] {
        if let Some(stem) = name.strip_suffix(many) {
            return format!("{stem}{one}");
        }
    }
    match name.strip_suffix('s') {
        Some(stem) if !stem.is_empty() && !stem.ends_with('s') => stem.to_owned(),
        _ => name.to_owned(),
    }
}

/// Which of these fields is the id of a thing of the collection `many`, whose items are at `{param}`.
pub(crate) fn id_field<'a>(
    mut names: impl Iterator<Item = &'a str> + Clone,
    many: &str,
    param: &str,
) -> Option<&'a str> {
    let one = plain(&singular(many));
    let wanted = [
        plain(param),
        "id".to_owned(),
        format!("{one}id"),
        format!("{one}uuid"),
        "uuid".to_owned(),
        "guid".to_owned(),
        format!("{one}key"),
        format!("{one}number"),
        format!("{one}code"),
        "slug".to_owned(),
        "key".to_owned(),
    ];
    wanted
        .iter()
        .find_map(|wanted| names.clone().find(|name| plain(name) == *wanted))
        .or_else(|| {
            // `{name}` may be a `username`, but no more than the only field that ends so.
            let ends = plain(param);
            let mut ending = names.clone().filter(|name| ends.len() > 2 && plain(name).ends_with(&ends));
            let first = ending.next();
            if ending.next().is_none() { first } else { None }
        })
        .or_else(|| names.find(|_| false))
}

/// Where in an answer the thing itself stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spot {
    /// It is the whole body.
    Top,
    /// It is in this field.
    Field(String),
}

/// Where the thing stands in an answer of this schema, and the place of its own schema.
pub(crate) fn spot(
    contract: &Contract,
    at: &SchemaRef,
    many: &str,
    param: &str,
    fields: &[String],
) -> Option<(Spot, SchemaRef)> {
    let side = Side::Response;
    let declared = properties(contract, at, side);
    let names = || declared.iter().map(|(name, _)| name.as_str());
    let kinds = types(contract, at, side);
    if !(kinds.is_empty() || kinds.contains(&"object")) {
        return None;
    }
    if id_field(names(), many, param).is_some() || declared.is_empty() {
        return Some((Spot::Top, place(contract, at, side)));
    }
    for (name, inner) in &declared {
        let within = properties(contract, inner, side);
        if id_field(within.iter().map(|(name, _)| name.as_str()), many, param).is_some() {
            return Some((Spot::Field(name.clone()), inner.clone()));
        }
    }
    // No id anywhere: what was sent is still the thing if the answer has fields of it.
    fields
        .iter()
        .any(|field| names().any(|name| name == field))
        .then(|| (Spot::Top, place(contract, at, side)))
}

/// Where in an answer the list stands, and the place of the schema of its items.
pub(crate) fn list_spot(contract: &Contract, at: &SchemaRef) -> Option<(Spot, SchemaRef)> {
    let side = Side::Response;
    let items = |at: &SchemaRef| {
        let array = types(contract, at, side).contains(&"array");
        array.then(|| below(contract, at, "items", side).unwrap_or_else(|| SchemaRef::new("/nowhere")))
    };
    if let Some(items) = items(at) {
        return Some((Spot::Top, items));
    }
    let mut lists =
        properties(contract, at, side).into_iter().filter_map(|(name, inner)| Some((name, items(&inner)?)));
    let mut all: Vec<(String, SchemaRef)> = lists.by_ref().collect();
    if all.len() > 1 {
        // Of several lists the one of objects.
        all.retain(|(_, items)| !properties(contract, items, side).is_empty());
    }
    match all.len() {
        1 => all.pop().map(|(name, items)| (Spot::Field(name), items)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_found_by_its_usual_names() {
        let id =
            |names: &[&'static str], many: &str, param: &str| id_field(names.iter().copied(), many, param);
        assert_eq!(id(&["name", "id"], "pets", "petId"), Some("id"));
        assert_eq!(id(&["id", "pet_id"], "pets", "petId"), Some("pet_id"));
        assert_eq!(id(&["name", "orderId"], "orders", "id"), Some("orderId"));
        assert_eq!(id(&["username", "email"], "users", "username"), Some("username"));
        assert_eq!(id(&["username", "email"], "users", "name"), Some("username"));
        assert_eq!(id(&["first_name", "last_name"], "users", "name"), None);
        assert_eq!(id(&["title"], "pets", "petId"), None);
        for (many, one) in
            [("orders", "order"), ("categories", "category"), ("boxes", "box"), ("glass", "glass")]
        {
            assert_eq!(singular(many), one);
        }
    }
}
