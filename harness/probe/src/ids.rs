//! The [`Ids`] of things that exist, learnt from the answers of collections.

use std::collections::BTreeMap;

use dryrun_contract::Operation;
use dryrun_contract::generate::Hints;
use serde_json::Value;

use crate::answer::Reply;

/// Ids by the path before the parameter and its name.
#[derive(Debug, Default)]
pub(crate) struct Ids(BTreeMap<(String, String), Value>);

/// The path before a parameter that is a segment by itself, and the parameter's name.
fn parents(path: &str) -> Vec<(String, String)> {
    let segments: Vec<&str> = path.split('/').collect();
    let named = segments.iter().enumerate().filter_map(|(i, segment)| {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        Some((segments[..i].join("/"), name.to_owned()))
    });
    named.collect()
}

impl Ids {
    /// Looks an answer of a collection through for the ids of its members; `wanted` are the paths of the contract.
    pub(crate) fn learn<'p>(
        &mut self,
        op: &Operation,
        reply: &Reply,
        wanted: impl IntoIterator<Item = &'p str>,
    ) {
        if !(200..300).contains(&reply.status) {
            return;
        }
        let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else {
            return;
        };
        for (parent, name) in wanted.into_iter().flat_map(parents) {
            if parent == op.path
                && let Some(id) = find(&body, &name, &parent)
            {
                self.0.entry((parent, name)).or_insert(id);
            }
        }
    }

    /// What is known for an operation.
    pub(crate) fn hints(&self, op: &Operation) -> Hints {
        let known = parents(&op.path).into_iter().filter_map(|key| {
            let id = self.0.get(&key)?.clone();
            Some((key.1, id))
        });
        let mut hints = Hints::default();
        hints.parameters.extend(known);
        hints
    }
}

/// The id in a member, in the first of a list, or in what wraps either.
fn find(body: &Value, name: &str, parent: &str) -> Option<Value> {
    match body {
        Value::Array(items) => find(items.first()?, name, parent),
        Value::Object(fields) => {
            let noun = parent.rsplit('/').next().unwrap_or_default().trim_end_matches('s');
            let names = [
                name.to_owned(),
                "id".to_owned(),
                format!("{noun}_id"),
                format!("{noun}Id"),
                "uuid".to_owned(),
            ];
            let plain = |value: &&Value| value.is_string() || value.is_number();
            let direct = names.iter().find_map(|name| fields.get(name).filter(plain)).cloned();
            direct.or_else(|| {
                fields.values().filter(|value| value.is_array()).find_map(|value| find(value, name, parent))
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_stand_in_members_and_lists() {
        for body in [
            json!({"id": "i1"}),
            json!([{"id": "i1"}, {"id": "i2"}]),
            json!({"total": 1, "items": [{"item_id": "i1"}]}),
            json!({"itemId": "i1", "owner": "x"}),
        ] {
            assert_eq!(find(&body, "itemId", "/items"), Some(json!("i1")), "{body}");
        }
        assert_eq!(find(&json!({"name": "x"}), "id", "/items"), None);
        assert_eq!(
            parents("/a/{b}/c/{d}"),
            [("/a".to_owned(), "b".to_owned()), ("/a/{b}/c".to_owned(), "d".to_owned())]
        );
    }
}
