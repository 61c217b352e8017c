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

pub(crate) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The declared properties of an object that travel in this direction, those of its parts included, in the order of the
/// document: what is `writeOnly` is in no answer, what is `readOnly` in no request.
pub(crate) fn properties(contract: &Contract, at: &SchemaRef, side: Side) -> Vec<(String, SchemaRef)> {
    let mut found = Vec::new();
    collect(contract, at, side, DEEP, &mut found);
    found.into_iter().filter(|(_, _, marked)| !marked).map(|(name, at, _)| (name, at)).collect()
}

/// The names of the declared properties that do not travel in this direction.
pub(crate) fn marked(contract: &Contract, at: &SchemaRef, side: Side) -> Vec<String> {
    let mut found = Vec::new();
    collect(contract, at, side, DEEP, &mut found);
    found.into_iter().filter(|(_, _, marked)| *marked).map(|(name, _, _)| name).collect()
}

fn collect(
    contract: &Contract,
    at: &SchemaRef,
    side: Side,
    deep: usize,
    found: &mut Vec<(String, SchemaRef, bool)>,
) {
    let at = place(contract, at, side);
    let schema = contract.schema(&at, side);
    let mark = match side {
        Side::Request => "readOnly",
        Side::Response => "writeOnly",
    };
    for key in schema.get("properties").and_then(Value::as_object).into_iter().flat_map(|map| map.keys()) {
        if found.iter().any(|(known, _, _)| known == key) {
            continue;
        }
        let property = SchemaRef::new(format!("{}/properties/{}", at.pointer(), escaped(key)));
        let meant = place(contract, &property, side);
        let says = |at: &SchemaRef| contract.schema(at, side).get(mark) == Some(&Value::Bool(true));
        found.push((key.clone(), meant.clone(), says(&property) || says(&meant)));
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

/// The names of the fields that must be there, in a schema and in the parts that it is all of.
pub(crate) fn required(contract: &Contract, at: &SchemaRef, side: Side) -> Vec<String> {
    fn collect(contract: &Contract, at: &SchemaRef, side: Side, deep: usize, found: &mut Vec<String>) {
        let at = place(contract, at, side);
        let schema = contract.schema(&at, side);
        let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        found.extend(names.filter_map(Value::as_str).map(str::to_owned));
        let parts = schema.get("allOf").and_then(Value::as_array).map_or(0, Vec::len);
        for index in (0..parts).filter(|_| deep > 0) {
            collect(
                contract,
                &SchemaRef::new(format!("{}/allOf/{index}", at.pointer())),
                side,
                deep - 1,
                found,
            );
        }
    }
    let mut found = Vec::new();
    collect(contract, at, side, DEEP, &mut found);
    found
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
    names: impl Iterator<Item = &'a str> + Clone,
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
    wanted.iter().find_map(|wanted| names.clone().find(|name| plain(name) == *wanted)).or_else(|| {
        // `{name}` may be a `username`, but no more than the only field that ends so.
        let ends = plain(param);
        let mut ending = names.clone().filter(|name| ends.len() > 2 && plain(name).ends_with(&ends));
        let first = ending.next();
        if ending.next().is_none() { first } else { None }
    })
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
