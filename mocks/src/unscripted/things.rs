//! What a call does to the things of a collection, and what it is answered for that.

use std::sync::Arc;

use dryrun_contract::{Contract, Operation};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::json::text;
use crate::unscripted::documented::{Wish, response};
use crate::unscripted::fields::{properties, singular};
use crate::unscripted::listing::list;
use crate::unscripted::present::{Place, Shown, Thing, one, shown_id};
use crate::unscripted::request::{apply, merge, sent};
use crate::unscripted::roles::{Deed, Role, filled};
use crate::unscripted::sheet::{Kept, Sheet, Sheets};
use crate::world::State;

/// What stands in a path as it is (RFC 3986, 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One call to an operation of a collection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visit<'a> {
    pub(crate) contract: &'a Contract,
    pub(crate) sheets: &'a Sheets,
    pub(crate) state: &'a State,
    pub(crate) operation: &'a Operation,
    pub(crate) sheet: &'a Sheet,
    pub(crate) role: Role,
    pub(crate) parameters: &'a [(String, String)],
    /// As it was called, for `Location`.
    pub(crate) path: &'a str,
    pub(crate) query: &'a Map<String, Value>,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) body: &'a [u8],
    pub(crate) wish: Wish<'a>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Outcome {
    Answered(crate::answer::Answer),
    /// There is no such thing, in one sentence.
    Missing(String),
    /// There is one already, in one sentence.
    Conflict(String),
    /// The documented answer as it is.
    Plain,
}

impl<'a> Visit<'a> {
    fn kept(&self) -> &'a Kept {
        &self.sheets.kept[self.role.shelf]
    }

    /// Applies the call and answers it.
    pub(crate) fn go(&self) -> Outcome {
        let kept = self.kept();
        let key = self.opened(kept);
        if let Some(what) = self.orphan(kept) {
            return Outcome::Missing(what);
        }
        match self.role.deed {
            Deed::Create => self.create(kept, &key),
            Deed::List => {
                let things = self.state.store().things.list(&key);
                let listed =
                    self.place().and_then(|place| list(place, kept, &key, things, self.query, self.wish));
                listed.map_or(Outcome::Plain, Outcome::Answered)
            }
            _ => self.about(kept, &key),
        }
    }

    /// The documented answer of success.
    fn place(&self) -> Option<Place<'a>> {
        let status = self.sheet.success?;
        self.place_of(self.operation, self.sheet, status)
    }

    fn place_of(&self, operation: &'a Operation, sheet: &'a Sheet, status: u16) -> Option<Place<'a>> {
        let response = response(&sheet.responses, status)?;
        Some(Place { contract: self.contract, operation, response, status })
    }

    /// Opens the collection that the call means, and gives its path.
    fn opened(&self, kept: &Kept) -> String {
        let key = filled(&kept.shelf.path, self.parameters);
        self.state.store().things.open(&key, || kept.start.clone());
        key
    }

    fn value_of(&self, parameter: &str) -> &'a str {
        self.parameters.iter().find(|(name, _)| name == parameter).map_or("", |(_, value)| value)
    }

    /// The sentence that says which thing on the way to the collection is not there.
    fn orphan(&self, kept: &Kept) -> Option<String> {
        let mut above = kept.parent;
        while let Some(place) = above {
            let parent = &self.sheets.kept[place];
            let key = self.opened(parent);
            let id = self.value_of(&parent.shelf.param);
            if self.state.store().things.get(&key, id).is_none() {
                return Some(missing(parent, id));
            }
            above = parent.parent;
        }
        None
    }

    fn create(&self, kept: &Kept, key: &str) -> Outcome {
        let Some(mut fields) = sent(self.contract, &self.sheet.request, self.content_type, self.body) else {
            return Outcome::Plain;
        };
        let seed = self.wish.seed;
        let field = kept.ids.field.as_ref().map(|(field, _)| field.clone());
        let given =
            field.as_ref().and_then(|field| fields.get(field)).filter(|id| id.is_string() || id.is_number());
        let id_value = match given {
            Some(id) => {
                let id = id.clone();
                if self.state.store().things.get(key, &text(&id)).is_some() {
                    return Outcome::Conflict(format!(
                        "there is a {} {} already",
                        singular(&kept.shelf.name),
                        text(&id)
                    ));
                }
                id
            }
            None => loop {
                let number = self.state.store().things.number(key);
                let id = kept.ids.make(self.contract, &kept.shelf.name, seed, key, number);
                if self.state.store().things.get(key, &text(&id)).is_none() {
                    break id;
                }
            },
        };
        if let Some(field) = &field {
            fields.shift_remove(field);
            fields.shift_insert(0, field.clone(), id_value.clone());
        }
        let id = text(&id_value);
        self.keep(kept, key, &id, Value::Object(fields), true)
    }

    /// Answers with a thing that was made or changed, and keeps it as it was answered, with all that was sent.
    fn keep(&self, kept: &Kept, key: &str, id: &str, value: Value, new: bool) -> Outcome {
        let location = new.then(|| {
            let path = self.path.trim_end_matches('/');
            if self.role.deed == Deed::Create {
                format!("{path}/{}", utf8_percent_encode(id, SEGMENT))
            } else {
                path.to_owned()
            }
        });
        let status = match self.role.deed {
            Deed::Replace if new && self.operation.statuses.iter().any(|status| status == "201") => Some(201),
            _ => self.sheet.success,
        };
        let place = status.and_then(|status| self.place_of(self.operation, self.sheet, status));
        let mut whole = value;
        let shown = place.and_then(|place| {
            one(place, kept, Thing { key, id, value: &whole }, self.wish, location.as_deref())
        });
        // What the answer made up beside is part of the thing from now on, here and where it is read.
        let mut mine = true;
        if let Some(shown) = &shown {
            fill(&mut whole, &shown.thing);
            // An answer that could not but show another id is no answer about this thing.
            mine = shown_id(kept, &shown.thing).is_none_or(|shown| shown == id);
        }
        if new && let Some(read) = self.read_place(kept) {
            let wish = Wish { seed: self.wish.seed, ..self.wish };
            if let Some(Shown { thing, .. }) = one(read, kept, Thing { key, id, value: &whole }, wish, None) {
                fill(&mut whole, &thing);
            }
        }
        self.state.store().things.put(key, id, Arc::new(whole));
        shown.filter(|_| mine).map_or(Outcome::Plain, |shown| Outcome::Answered(shown.answer))
    }

    fn read_place(&self, kept: &Kept) -> Option<Place<'a>> {
        let operation = self.contract.operations().get(kept.shelf.read?)?;
        let sheet = self.sheets.of(operation)?;
        self.place_of(operation, sheet, sheet.success?)
    }

    /// A call about one thing.
    fn about(&self, kept: &Kept, key: &str) -> Outcome {
        let id = self.value_of(&kept.shelf.param);
        let old = self.state.store().things.get(key, id);
        let Some(old) = old else {
            let makes = self.role.deed == Deed::Replace
                && (kept.shelf.create.is_none()
                    || self.operation.statuses.iter().any(|status| status == "201"));
            return match sent(self.contract, &self.sheet.request, self.content_type, self.body) {
                Some(fields) if makes => self.replace(kept, key, id, fields, None),
                _ => Outcome::Missing(missing(kept, id)),
            };
        };
        match self.role.deed {
            Deed::Replace => match sent(self.contract, &self.sheet.request, self.content_type, self.body) {
                Some(fields) => self.replace(kept, key, id, fields, Some(&old)),
                None => Outcome::Plain,
            },
            Deed::Merge => self.merged(kept, key, id, &old),
            Deed::Remove => {
                let shown = self.place().and_then(|place| {
                    one(place, kept, Thing { key, id, value: old.as_ref() }, self.wish, None)
                });
                let below = format!("{key}/{}", id.replace('%', "%25").replace('/', "%2F"));
                self.state.store().things.remove(key, id, &below);
                shown.map_or(Outcome::Plain, |shown| Outcome::Answered(shown.answer))
            }
            Deed::Read => {
                let shown = self.place().and_then(|place| {
                    one(place, kept, Thing { key, id, value: old.as_ref() }, self.wish, None)
                });
                shown.map_or(Outcome::Plain, |shown| Outcome::Answered(shown.answer))
            }
            Deed::Create | Deed::List | Deed::About => Outcome::Plain,
        }
    }

    /// What was sent is the thing now; what a client can't send stays as it was.
    fn replace(
        &self,
        kept: &Kept,
        key: &str,
        id: &str,
        mut fields: Map<String, Value>,
        old: Option<&Arc<Value>>,
    ) -> Outcome {
        if let Some((field, _)) = &kept.ids.field {
            fields.shift_remove(field);
            fields.shift_insert(0, field.clone(), kept.ids.typed(self.contract, id));
        }
        let sendable: Vec<String> = self
            .sheet
            .request
            .iter()
            .filter_map(|info| info.schema.as_ref())
            .flat_map(|at| properties(self.contract, at, dryrun_contract::Side::Request))
            .map(|(name, _)| name)
            .collect();
        for (name, value) in old.and_then(|old| old.as_object()).into_iter().flatten() {
            if !sendable.contains(name) && !fields.contains_key(name) {
                fields.insert(name.clone(), value.clone());
            }
        }
        self.keep(kept, key, id, Value::Object(fields), old.is_none())
    }

    fn merged(&self, kept: &Kept, key: &str, id: &str, old: &Arc<Value>) -> Outcome {
        let listed = self.content_type.is_some_and(|text| text.contains("json-patch"));
        let mut new = (**old).clone();
        if listed && let Ok(Value::Array(operations)) = serde_json::from_slice(self.body) {
            match apply(old, &operations) {
                Some(patched) => new = patched,
                None => return Outcome::Conflict("the patch can't be applied".to_owned()),
            }
        } else if let Some(fields) = sent(self.contract, &self.sheet.request, self.content_type, self.body) {
            merge(&mut new, &Value::Object(fields));
        }
        if let (Some((field, _)), Value::Object(map)) = (&kept.ids.field, &mut new) {
            map.insert(field.clone(), kept.ids.typed(self.contract, id));
        }
        self.keep(kept, key, id, new, false)
    }
}

fn missing(kept: &Kept, id: &str) -> String {
    format!("there is no {} {id}", singular(&kept.shelf.name))
}

/// Takes over what a thing lacks.
fn fill(thing: &mut Value, shown: &Value) {
    if let (Value::Object(map), Value::Object(shown)) = (thing, shown) {
        for (name, value) in shown {
            map.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
}
