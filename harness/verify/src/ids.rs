//! Ids learnt from the answers of this verification: [`Ids`].
//!
//! The provider and our mock give different ids to the same thing. Each is told its own.

use std::collections::HashMap;

use dryrun_contract::{Contract, Location};
use serde_json::Value;

use crate::kin::{Field, kinship, names_id, owner_below};

/// An id at the provider, and the one that our mock gave to the same thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) provider: String,
    pub(crate) mock: String,
    /// Whether a write of this verification made the thing.
    pub(crate) own: bool,
    /// Whether our mock has the thing as well. One that only the provider listed can be read there all the same.
    pub(crate) shared: bool,
}

#[derive(Debug, Clone)]
struct Learnt {
    field: Field,
    pair: Pair,
}

/// What was learnt so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ids {
    /// By the id that a recorded or documented answer had at the same place.
    exact: HashMap<String, Learnt>,
    pool: Vec<Learnt>,
    /// Path templates and the names of their parameters: what they name is an id, whatever it is called.
    parameters: Vec<(String, String)>,
}

/// The shortest id that is replaced wherever it stands: `1` could be anything.
const SHORTEST: usize = 4;

impl Ids {
    /// Nothing learnt yet; ids are what the paths of the contract name.
    pub(crate) fn of(contract: &Contract) -> Self {
        let of_operation = |operation: &dryrun_contract::Operation| {
            let path = operation.path.clone();
            let names = contract.parameters(operation).into_iter();
            names
                .filter(|one| one.location == Location::Path)
                .map(|one| (path.clone(), one.name))
                .collect::<Vec<_>>()
        };
        let mut parameters: Vec<_> = contract.operations().iter().flat_map(of_operation).collect();
        parameters.sort();
        parameters.dedup();
        Self { parameters, ..Self::default() }
    }

    /// Learns from the answers of both to one call, and from those known before; false when there was nothing to learn.
    pub(crate) fn learn(
        &mut self,
        template: &str,
        own: bool,
        provider: &Value,
        mock: &Value,
        known: &[Value],
    ) -> bool {
        let before = self.pool.len();
        let by_place = |body: &Value| -> HashMap<String, String> {
            leaves(body).into_iter().map(|leaf| (leaf.place, leaf.value)).collect()
        };
        let ours = by_place(mock);
        let known: Vec<HashMap<String, String>> = known.iter().map(by_place).collect();
        // A list repeats its fields.
        let mut judged: HashMap<(Option<String>, String), Option<bool>> = HashMap::new();
        for Leaf { place, owner, name, value } in leaves(provider) {
            let field = Field { template: template.to_owned(), owner, name };
            let key = (field.owner.clone(), field.name.clone());
            let Some(anywhere) = *judged.entry(key).or_insert_with(|| self.holds_id(&field)) else {
                continue;
            };
            let ours = ours.get(&place).cloned();
            // The third of a list is another thing today: only what stands outside lists is known to be the same.
            if let Some(mock) = ours.as_ref().filter(|_| anywhere && !place.contains("/#")) {
                let pair = Pair { provider: value.clone(), mock: mock.clone(), own, shared: true };
                let learnt = Learnt { field: field.clone(), pair };
                for known in known.iter().filter_map(|known| known.get(&place)) {
                    self.exact.entry(known.clone()).or_insert_with(|| learnt.clone());
                }
            }
            self.add(field, own, value, ours);
        }
        self.pool.len() > before
    }

    /// Learns one id: the provider's, and our mock's if that has the thing.
    pub(crate) fn add(&mut self, field: Field, own: bool, provider: String, mock: Option<String>) {
        let shared = mock.is_some();
        let mock = mock.unwrap_or_else(|| provider.clone());
        self.pool.push(Learnt { field, pair: Pair { provider, mock, own, shared } });
    }

    /// Whether a field holds an id, and then whether it may be taken for one wherever its value stands: a name or a
    /// number is one only in the collection whose things it names.
    fn holds_id(&self, field: &Field) -> Option<bool> {
        if names_id(&field.name) {
            return Some(true);
        }
        let kin = self.parameters.iter().filter_map(|(template, name)| kinship(template, name, field));
        kin.map(|kin| kin.same_collection).max()
    }

    /// The id for a parameter of a path: the same thing if it is known, else the last thing of its kind.
    pub(crate) fn find(
        &self,
        template: &str,
        name: &str,
        value: Option<&str>,
        own_only: bool,
    ) -> Option<&Pair> {
        let kin = |learnt: &Learnt| kinship(template, name, &learnt.field);
        // What a write elsewhere answered may name what others made.
        let made = |learnt: &Learnt| learnt.pair.own && kin(learnt).is_some_and(|kin| kin.same_collection);
        let fits = |learnt: &&Learnt| !own_only || made(learnt);
        if let Some(learnt) = value.and_then(|value| self.exact.get(value)).filter(fits) {
            return Some(&learnt.pair);
        }
        let scored = self.pool.iter().filter(fits);
        let scored =
            scored.filter_map(|learnt| Some(((kin(learnt)?, learnt.pair.own, learnt.pair.shared), learnt)));
        // Of equals the last: it was made or listed most recently.
        scored.max_by_key(|(score, _)| *score).map(|(_, learnt)| &learnt.pair)
    }

    /// What a value of a query or a body should be.
    pub(crate) fn same(&self, value: &str) -> Option<&Pair> {
        self.exact.get(value).filter(|_| value.len() >= SHORTEST).map(|learnt| &learnt.pair)
    }

    /// A JSON body with each known id replaced by the one that `side` picks.
    pub(crate) fn replaced(&self, body: &Value, side: fn(&Pair) -> &str) -> Value {
        match body {
            Value::String(text) => {
                self.same(text).map_or_else(|| body.clone(), |pair| Value::String(side(pair).to_owned()))
            }
            Value::Array(items) => items.iter().map(|item| self.replaced(item, side)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(name, value)| (name.clone(), self.replaced(value, side))).collect()
            }
            other => other.clone(),
        }
    }
}

/// A scalar field of a body.
struct Leaf {
    /// Elements of lists are `#0`, `#1`…
    place: String,
    owner: Option<String>,
    name: String,
    value: String,
}

fn leaves(body: &Value) -> Vec<Leaf> {
    let mut all = Vec::new();
    walk("", None, body, &mut all);
    all
}

fn walk(place: &str, owner: Option<&str>, value: &Value, all: &mut Vec<Leaf>) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let at = format!("{place}/{name}");
                let value = match inner {
                    Value::String(text) if !text.is_empty() => text.clone(),
                    Value::Number(number) => number.to_string(),
                    inner => {
                        walk(&at, owner_below(owner, name), inner, all);
                        continue;
                    }
                };
                all.push(Leaf { place: at, owner: owner.map(str::to_owned), name: name.clone(), value });
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                walk(&format!("{place}/#{index}"), owner, inner, all);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with(parameters: &[(&str, &str)]) -> Ids {
        let own = |(template, name): &(&str, &str)| ((*template).to_owned(), (*name).to_owned());
        Ids { parameters: parameters.iter().map(own).collect(), ..Ids::default() }
    }

    #[test]
    fn each_side_is_told_its_own_id() {
        let mut ids = Ids::default();
        ids.learn(
            "/orders",
            true,
            &json!({"id": "o-77", "customer": {"id": 12}}),
            &json!({"id": "ord_1", "customer": {"id": 900}}),
            &[json!({"id": "ord_recorded"})],
        );
        let pair = ids.find("/orders/{id}", "id", Some("ord_recorded"), true).unwrap();
        assert_eq!((pair.provider.as_str(), pair.mock.as_str()), ("o-77", "ord_1"));
        let body = json!({"refers_to": ["ord_recorded"], "n": 1});
        assert_eq!(ids.replaced(&body, |pair| &pair.provider), json!({"refers_to": ["o-77"], "n": 1}));
        assert_eq!(ids.replaced(&body, |pair| &pair.mock), json!({"refers_to": ["ord_1"], "n": 1}));
        assert!(ids.find("/invoices/{id}", "id", Some("inv_1"), false).is_none(), "another thing");
    }

    #[test]
    fn what_was_only_listed_is_not_ours_to_change() {
        let mut ids = Ids::default();
        let (theirs, ours) = (json!({"items": [{"id": "theirs"}]}), json!({"items": [{"id": "ours"}]}));
        ids.learn("/orders", false, &theirs, &ours, &[json!({"items": [{"id": "recorded"}]})]);
        assert_eq!(ids.find("/orders/{id}", "id", None, false).unwrap().provider, "theirs");
        assert!(ids.find("/orders/{id}", "id", None, true).is_none());
        assert!(ids.same("recorded").is_none(), "the first of a list is another one today");
    }

    #[test]
    fn what_only_the_provider_listed_is_a_last_resort() {
        let mut ids = Ids::default();
        ids.learn(
            "/orders",
            false,
            &json!([{"id": "theirs-1"}, {"id": "theirs-2"}]),
            &json!([{"id": "ours-1"}]),
            &[],
        );
        let pair = ids.find("/orders/{id}", "id", Some("recorded"), false).unwrap();
        assert_eq!((pair.provider.as_str(), pair.mock.as_str(), pair.shared), ("theirs-1", "ours-1", true));
        let mut ids = Ids::default();
        ids.learn("/orders", false, &json!([{"id": "theirs-1"}]), &json!([]), &[]);
        let pair = ids.find("/orders/{id}", "id", Some("recorded"), false).unwrap();
        assert_eq!((pair.provider.as_str(), pair.shared), ("theirs-1", false));
    }

    #[test]
    fn a_field_called_like_a_parameter_is_learnt_whatever_its_name() {
        let mut ids = with(&[("/shipments/{ref}", "ref")]);
        let (theirs, ours) = (json!({"ref": "R1", "state": "new"}), json!({"ref": "c-9", "state": "new"}));
        ids.learn("/shipments", true, &theirs, &ours, &[json!({"ref": "c-1", "state": "new"})]);
        let pair = ids.find("/shipments/{ref}", "ref", None, true).unwrap();
        assert_eq!((pair.provider.as_str(), pair.mock.as_str()), ("R1", "c-9"));
        assert_eq!(ids.find("/shipments/{ref}", "ref", Some("c-1"), true).unwrap().provider, "R1");
        assert!(ids.same("new").is_none(), "a state is no id");
    }

    #[test]
    fn what_a_write_elsewhere_names_is_read_and_never_changed() {
        let mut ids = with(&[("/customers/{email}", "email")]);
        let body = json!({"id": "o-1", "customer_id": 12, "customer": {"email": "ana@example.com"}});
        ids.learn("/orders", true, &body, &body, std::slice::from_ref(&body));
        assert_eq!(ids.find("/customers/{email}", "email", None, false).unwrap().provider, "ana@example.com");
        assert_eq!(ids.find("/customers/{id}", "id", None, false).unwrap().provider, "12");
        assert!(ids.find("/customers/{email}", "email", None, true).is_none());
        assert!(ids.find("/customers/{id}", "id", None, true).is_none());
        assert!(ids.find("/customers/{id}", "id", Some("12"), true).is_none(), "not by its old value either");
    }
}
