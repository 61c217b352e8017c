//! Ids learnt from the answers of this verification: [`Ids`].
//!
//! The provider and our mock give different ids to the same thing. Each is told its own.

use std::collections::HashMap;

use serde_json::Value;

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
    /// The path template of the call whose answer had it.
    template: String,
    /// The name of the field.
    key: String,
    pair: Pair,
}

/// What was learnt so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ids {
    /// By the id that a recorded or documented answer had at the same place.
    exact: HashMap<String, Pair>,
    pool: Vec<Learnt>,
}

/// The shortest id that is replaced wherever it stands: `1` could be anything.
const SHORTEST: usize = 4;

impl Ids {
    /// Learns from the answers of both to one call, and from those known before.
    pub(crate) fn learn(
        &mut self,
        template: &str,
        own: bool,
        provider: &Value,
        mock: &Value,
        known: &[Value],
    ) {
        let (theirs, ours) = (ids_of(provider), ids_of(mock));
        let known: Vec<HashMap<String, String>> =
            known.iter().map(|value| ids_of(value).into_iter().collect()).collect();
        let ours: HashMap<String, String> = ours.into_iter().collect();
        for (place, theirs) in theirs {
            let ours = ours.get(&place);
            let pair =
                Pair { mock: ours.unwrap_or(&theirs).clone(), shared: ours.is_some(), provider: theirs, own };
            // The third of a list is another thing today: only what stands outside lists is known to be the same.
            if pair.shared && !place.contains("/#") {
                for known in known.iter().filter_map(|known| known.get(&place)) {
                    self.exact.entry(known.clone()).or_insert_with(|| pair.clone());
                }
            }
            let key = place.rsplit('/').next().unwrap_or_default().to_owned();
            self.pool.push(Learnt { template: template.to_owned(), key, pair });
        }
    }

    /// The id for a parameter of a path: the same thing if it is known, else the last thing of its kind.
    pub(crate) fn find(
        &self,
        template: &str,
        name: &str,
        value: Option<&str>,
        own_only: bool,
    ) -> Option<&Pair> {
        let fits = |pair: &&Pair| !own_only || pair.own;
        if let Some(pair) = value.and_then(|value| self.exact.get(value)).filter(fits) {
            return Some(pair);
        }
        let scored = self.pool.iter().filter(|learnt| fits(&&learnt.pair)).filter_map(|learnt| {
            let score = kinship(template, name, &learnt.template, &learnt.key)?;
            Some(((score, learnt.pair.own, learnt.pair.shared), learnt))
        });
        // Of equals the last: it was made or listed most recently.
        scored.max_by_key(|(score, _)| *score).map(|(_, learnt)| &learnt.pair)
    }

    /// What a value of a query or a body should be.
    pub(crate) fn same(&self, value: &str) -> Option<&Pair> {
        self.exact.get(value).filter(|_| value.len() >= SHORTEST)
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

/// How close a field of an answer is to a parameter of a path; `None` if they have nothing to do with each other.
///
/// `{post_id}` is any `post_id`; the `{id}` of `/campaigns/{id}/analytics` is the `campaign_id` of any answer, or the
/// `id` that a call of `/campaigns` answered.
pub(crate) fn kinship(template: &str, name: &str, other: &str, key: &str) -> Option<u8> {
    let (key, name) = (plain(key), plain(name));
    let prefix = prefix(template, &name).unwrap_or(template);
    let noun = plain(&singular(prefix.rsplit('/').find(|part| !part.contains('{')).unwrap_or_default()));
    let own_name = key == name || key == format!("{noun}id");
    match () {
        () if other == prefix && (key == "id" || own_name) => Some(4),
        () if name != "id" && key == name => Some(3),
        () if !noun.is_empty() && key == format!("{noun}id") => Some(3),
        () if key == "id" && other.starts_with(prefix) && !other.contains('{') => Some(2),
        () => None,
    }
}

/// What stands before `/{name}`, whatever case and underscores it is written in.
fn prefix<'t>(template: &'t str, name: &str) -> Option<&'t str> {
    let at = template.match_indices("/{").map(|(at, _)| at).find(|at| {
        let inner = template[at + 2..].split('}').next().unwrap_or_default();
        plain(inner) == name
    })?;
    Some(&template[..at])
}

/// `messageId`, `message_id` and `Message-ID` are one word.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for end in ["sses", "xes", "ches", "shes"] {
        if word.ends_with(end) {
            return word[..word.len() - 2].to_owned();
        }
    }
    match word.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// Whether a field's name says that it holds an id.
pub(crate) fn names_id(key: &str) -> bool {
    let lower = key.to_lowercase();
    matches!(lower.as_str(), "id" | "uuid" | "guid" | "key" | "slug")
        || ["_id", "-id", "_uuid", "_key"].iter().any(|end| lower.ends_with(end))
        || key.ends_with("Id")
        || key.ends_with("ID")
        || key.ends_with("Uuid")
}

/// Every id of a body with its place; elements of lists are `#0`, `#1`…
fn ids_of(body: &Value) -> Vec<(String, String)> {
    let mut all = Vec::new();
    walk("", body, &mut all);
    all
}

fn walk(place: &str, value: &Value, all: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let at = format!("{place}/{name}");
                match inner {
                    Value::String(text) if names_id(name) && !text.is_empty() => all.push((at, text.clone())),
                    Value::Number(number) if names_id(name) => all.push((at, number.to_string())),
                    inner => walk(&at, inner, all),
                }
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                walk(&format!("{place}/#{index}"), inner, all);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
    fn names_of_fields_and_parameters_are_kin() {
        for (template, name, other, key) in [
            ("/email/{message_id}/status", "message_id", "/email/send", "message_id"),
            ("/email/{messageId}/status", "messageId", "/email/send", "message_id"),
            ("/campaigns/{id}/analytics", "id", "/campaigns", "campaign_id"),
            ("/content/{id}", "id", "/content/publish", "content_id"),
            ("/companies/{id}", "id", "/companies", "id"),
            ("/boxes/{box}", "box", "/boxes", "id"),
        ] {
            assert!(kinship(template, name, other, key).is_some(), "{template} {other} {key}");
        }
        for (template, name, other, key) in [
            ("/campaigns/{id}", "id", "/contacts", "id"),
            ("/campaigns/{id}", "id", "/contacts", "contact_id"),
            ("/social/{post_id}", "post_id", "/content", "content_id"),
        ] {
            assert!(kinship(template, name, other, key).is_none(), "{template} {other} {key}");
        }
    }
}
