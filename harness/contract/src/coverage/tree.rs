//! What a schema documents, in the shape of the values that it describes: [`Node`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A place in a value, with the numbers of the items that are met there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Node {
    /// Met by whatever stands here.
    pub(crate) item: Option<usize>,
    /// Met by one value each.
    pub(crate) values: Vec<(Value, usize)>,
    pub(crate) fields: BTreeMap<String, Node>,
    /// Any item of an array.
    pub(crate) each: Option<Box<Node>>,
    /// Any value of an object whose name is not among the fields.
    pub(crate) any: Option<Box<Node>>,
}

impl Node {
    /// Gathers what a value meets.
    pub(crate) fn meet(&self, value: &Value, met: &mut BTreeSet<usize>) {
        met.extend(self.item);
        met.extend(self.values.iter().filter(|(wanted, _)| same(wanted, value)).map(|(_, item)| *item));
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if let Some(node) = self.fields.get(name).or(self.any.as_deref()) {
                        node.meet(value, met);
                    }
                }
            }
            Value::Array(items) => {
                if let Some(each) = &self.each {
                    items.iter().for_each(|item| each.meet(item, met));
                }
            }
            _ => {}
        }
    }

    /// The node of a field, made if need be.
    pub(crate) fn field(&mut self, name: &str) -> &mut Self {
        self.fields.entry(name.to_owned()).or_default()
    }
}

/// Forms and multipart bodies know texts only: `3` is the number there.
fn same(wanted: &Value, found: &Value) -> bool {
    wanted == found
        || match (wanted, found) {
            (Value::String(_), _) => false,
            (_, Value::String(found)) => {
                serde_json::from_str(found).is_ok_and(|found: Value| found == *wanted)
            }
            (Value::Number(wanted), Value::Number(found)) => wanted.as_f64() == found.as_f64(),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_met_where_they_stand() {
        let mut root = Node::default();
        root.field("kind").item = Some(0);
        root.field("kind").values = vec![(json!("a"), 1), (json!(2), 2)];
        let each = root.field("tags").each.insert(Box::default());
        each.values = vec![(json!("x"), 3)];
        root.any = Some(Box::new(Node { item: Some(4), ..Node::default() }));
        let met = |value: Value| {
            let mut met = BTreeSet::new();
            root.meet(&value, &mut met);
            met.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(met(json!({"kind": "a"})), [0, 1]);
        assert_eq!(met(json!({"kind": 2.0})), [0, 2]);
        assert_eq!(met(json!({"kind": "2", "tags": ["y", "x"]})), [0, 2, 3]);
        assert_eq!(met(json!({"kind": {"kind": "a"}, "other": null})), [0, 4]);
        assert!(met(json!({"tags": []})).is_empty());
        assert!(met(json!("a")).is_empty());
    }
}
