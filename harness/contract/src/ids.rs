//! `$id`, `$anchor` and `$dynamicRef` of JSON Schema, turned into plain references by pointer: a document has one way
//! of referring then, and whoever looks into its schemas needs to know only that.

use std::collections::HashMap;

use serde_json::Value;
use url::Url;

use crate::pointer::{ancestors, fragment};
use crate::reference::Target;
use crate::walk;

/// The address of the whole document, against which a relative `$id` is read.
const BASE: &str = "dryrun://document/";

/// Names and addresses of the schemas of a document.
struct Known {
    /// The address of each schema that has an `$id`, by its place.
    resources: HashMap<String, Url>,
    /// Place of each anchor, by the place of its resource (empty: the document) and its name.
    anchors: HashMap<(String, String), String>,
    /// How many `$dynamicAnchor`s of a name there are.
    dynamic: HashMap<String, usize>,
}

/// What one schema says of itself.
struct Said {
    at: String,
    id: Option<String>,
    anchor: Option<String>,
    dynamic: Option<String>,
}

/// Turns every reference that goes by address or anchor into one by pointer, and takes the addresses out. What can't
/// be settled stays as it is: a dynamic reference with several possible targets, or an address that nobody has.
pub(crate) fn settle(document: &mut Value) {
    let mut said = Vec::new();
    each(document, &mut |schema, at| {
        let text = |key: &str| schema.get(key).and_then(Value::as_str).map(str::to_owned);
        let one = Said {
            at: at.to_owned(),
            id: text("$id"),
            anchor: text("$anchor"),
            dynamic: text("$dynamicAnchor"),
        };
        if one.id.is_some() || one.anchor.is_some() || one.dynamic.is_some() {
            said.push(one);
        }
    });
    if said.is_empty() {
        return;
    }
    let known = Known::of(&said);
    let whole = document.clone();
    each(document, &mut |schema, at| {
        let owner = known.owner(at).to_owned();
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
            && let Some(pointer) = known.pointer(reference, &owner, &whole)
        {
            schema.insert("$ref".to_owned(), Value::String(fragment(&pointer)));
        }
        if let Some(reference) = schema.get("$dynamicRef").and_then(Value::as_str)
            && !schema.contains_key("$ref")
            && let Some(pointer) = known.pointer(reference, &owner, &whole)
        {
            let name = reference.rsplit('#').next().unwrap_or_default();
            if known.dynamic.get(name).is_none_or(|count| *count <= 1) {
                schema.remove("$dynamicRef");
                schema.insert("$ref".to_owned(), Value::String(fragment(&pointer)));
            }
        }
    });
    each(document, &mut |schema, _| {
        for key in ["$id", "$anchor", "$dynamicAnchor"] {
            if schema.get(key).is_some_and(Value::is_string) {
                schema.remove(key);
            }
        }
    });
}

fn each(document: &mut Value, visit: &mut dyn FnMut(&mut serde_json::Map<String, Value>, &str)) {
    let done: Result<(), std::convert::Infallible> = walk::schemas(document, &mut |schema, at, _| {
        visit(schema, at);
        Ok(())
    });
    let Ok(()) = done;
}

impl Known {
    fn of(said: &[Said]) -> Self {
        let mut known = Self { resources: HashMap::new(), anchors: HashMap::new(), dynamic: HashMap::new() };
        // Outer ones first: an inner address is relative to them.
        let mut outer: Vec<&Said> = said.iter().collect();
        outer.sort_by_key(|one| one.at.len());
        for one in &outer {
            if let Some(id) = one.id.as_deref().filter(|id| !id.starts_with('#'))
                && let Some(uri) = known.address(known.owner(&one.at), id)
            {
                known.resources.insert(one.at.clone(), uri);
            }
        }
        for one in outer {
            let owner = known.owner(&one.at).to_owned();
            // Before 2019-09 an `$id` of `#name` was an anchor.
            let old = one.id.as_deref().and_then(|id| id.strip_prefix('#')).map(str::to_owned);
            for name in [&one.anchor, &one.dynamic, &old].into_iter().flatten() {
                known.anchors.entry((owner.clone(), name.clone())).or_insert_with(|| one.at.clone());
            }
            if let Some(name) = &one.dynamic {
                *known.dynamic.entry(name.clone()).or_default() += 1;
            }
        }
        known
    }

    /// The place of the nearest schema around a place that has an address; empty: the document.
    fn owner<'p>(&self, at: &'p str) -> &'p str {
        ancestors(at).find(|above| self.resources.contains_key(*above)).unwrap_or_default()
    }

    fn address(&self, owner: &str, relative: &str) -> Option<Url> {
        let uri = match self.resources.get(owner) {
            Some(base) => base.join(relative),
            None => Url::parse(BASE).and_then(|base| base.join(relative)),
        };
        uri.ok().map(|mut uri| {
            uri.set_fragment(None);
            uri
        })
    }

    /// The place that a reference means; `None` if it is plain already or leads nowhere.
    fn pointer(&self, reference: &str, owner: &str, document: &Value) -> Option<String> {
        let (path, mark) = reference.split_once('#').unwrap_or((reference, ""));
        let resource = if path.is_empty() {
            owner.to_owned()
        } else {
            let uri = self.address(owner, path)?;
            self.resources.iter().find(|(_, known)| **known == uri).map(|(at, _)| at.clone())?
        };
        match Target::of(&format!("#{mark}")) {
            // Plain already.
            Target::Here(_) if path.is_empty() && resource.is_empty() => None,
            Target::Here(pointer) => {
                let inside = format!("{resource}{pointer}");
                document.pointer(&inside).map(|_| inside)
            }
            Target::Anchor(name) => {
                let here = self.anchors.get(&(resource, name.clone()));
                let mut elsewhere = self.anchors.iter().filter(|((_, known), _)| *known == name);
                here.or_else(|| elsewhere.next().map(|(_, at)| at).filter(|_| elsewhere.next().is_none()))
                    .cloned()
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_and_anchors_become_pointers() {
        let mut document = json!({"components": {"schemas": {
            "Tree": {"$id": "https://example.com/tree", "$defs": {"leaf": {"$anchor": "leaf", "type": "string"}},
                "properties": {"a": {"$ref": "#leaf"}, "b": {"$ref": "#/$defs/leaf"}, "c": {"$ref": "node"}, "d": {"$ref": "#/components/schemas/Node"}}},
            "Node": {"$id": "https://example.com/node", "$dynamicAnchor": "node", "items": {"$dynamicRef": "#node"}},
            "User": {"$ref": "https://example.com/tree#leaf"},
            "Lost": {"$ref": "https://example.com/lost"}
        }}});
        settle(&mut document);
        let schemas = &document["components"]["schemas"];
        for (at, wanted) in [
            ("/Tree/properties/a", "#/components/schemas/Tree/$defs/leaf"),
            ("/Tree/properties/b", "#/components/schemas/Tree/$defs/leaf"),
            ("/Tree/properties/c", "#/components/schemas/Node"),
            ("/Tree/properties/d", "#/components/schemas/Node"),
            ("/Node/items", "#/components/schemas/Node"),
            ("/User", "#/components/schemas/Tree/$defs/leaf"),
            ("/Lost", "https://example.com/lost"),
        ] {
            assert_eq!(schemas.pointer(at).unwrap()["$ref"], wanted, "{at}");
        }
        assert!(!document.to_string().contains("$id") && !document.to_string().contains("nchor"));
    }

    #[test]
    fn a_dynamic_reference_with_several_targets_stays() {
        let mut document = json!({"components": {"schemas": {
            "A": {"$dynamicAnchor": "item"}, "B": {"$dynamicAnchor": "item"}, "C": {"$dynamicRef": "#item"}}}});
        settle(&mut document);
        assert_eq!(document["components"]["schemas"]["C"]["$dynamicRef"], "#item");
    }
}
