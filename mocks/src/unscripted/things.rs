//! What a call does to the things of a collection, and what it is answered for that.

use std::sync::Arc;

use dryrun_contract::{Contract, Operation, Side};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::json::text;
use crate::resources::Raw;
use crate::unscripted::asks::Query;
use crate::unscripted::changes::{apply, merge};
use crate::unscripted::documented::{Wish, response};
use crate::unscripted::fields::{plain, properties, singular};
use crate::unscripted::listing::list;
use crate::unscripted::made;
use crate::unscripted::present::{Place, Shown, Thing, as_sent, id_alone, one, shown_id};
use crate::unscripted::request::{raw, sent, unwrapped};
use crate::unscripted::roles::{Deed, Kind, Role, filled, named, one_segment};
use crate::unscripted::sheet::{Kept, Sheet, Sheets, Things};
use crate::unscripted::window::Page;
use crate::world::State;

/// What stands in a path as it is (RFC 3986, 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// So many ids are tried for a new thing: a contract may know but a few.
const TRIES: usize = 64;

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
    /// As it was called, for `Location` and for links.
    pub(crate) path: &'a str,
    pub(crate) search: &'a str,
    pub(crate) host: Option<&'a str>,
    pub(crate) query: &'a Query,
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
    /// There was one, and it was removed: the same in one sentence.
    Removed(String),
    /// There is one already, or it can't be changed so, in one sentence.
    Conflict(String),
    /// The documented answer as it is.
    Plain,
}

impl From<Option<Shown>> for Outcome {
    fn from(shown: Option<Shown>) -> Self {
        shown.map_or(Self::Plain, |shown| Self::Answered(shown.answer))
    }
}

impl<'a> Visit<'a> {
    fn kept(&self) -> &'a Kept {
        &self.sheets.kept[self.role.shelf]
    }

    /// Applies the call and answers it.
    pub(crate) fn go(&self) -> Outcome {
        let kept = self.kept();
        let key = self.opened(kept);
        if let Some(what) = self.orphan(kept).filter(|_| self.documents(404)) {
            return Outcome::Missing(what);
        }
        match self.role.deed {
            Deed::Create => self.create(kept, &key),
            Deed::List => {
                let things = self.state.store().things.list(&key);
                let page = Page {
                    kept,
                    key: &key,
                    query: self.query,
                    path: self.path,
                    search: self.search,
                    host: self.host,
                };
                let listed = self.place().and_then(|place| list(place, page, things, self.wish));
                listed.map_or(Outcome::Plain, Outcome::Answered)
            }
            _ => self.about(kept, &key),
        }
    }

    fn documents(&self, status: u16) -> bool {
        response(&self.sheet.responses, status).is_some()
    }

    /// The documented answer of success.
    fn place(&self) -> Option<Place<'a>> {
        self.place_of(self.operation, self.sheet, self.sheet.success?)
    }

    fn place_of(&self, operation: &'a Operation, sheet: &'a Sheet, status: u16) -> Option<Place<'a>> {
        let response = response(&sheet.responses, status)?;
        Some(Place { contract: self.contract, operation, response, status })
    }

    /// Opens the collection that the call means, and gives its path.
    fn opened(&self, kept: &Kept) -> String {
        let key = filled(&self.operation.path, kept.shelf.depth, self.parameters);
        if !self.state.store().things.is_open(&key) {
            let start = self.start(kept, &key);
            self.state.store().things.open(&key, start);
        }
        key
    }

    /// What a collection holds from the start.
    fn start(&self, kept: &Kept, key: &str) -> Things {
        if !kept.start.is_empty() {
            return kept.start.clone();
        }
        let seed = self.wish.seed;
        match kept.shelf.kind {
            Kind::Many => Things::new(),
            Kind::Catalogue => made::catalogue(self.contract, self.sheets, kept, seed, key),
            Kind::Sole => {
                let place = self.read_place(kept);
                let made = place.and_then(|place| {
                    one(
                        place,
                        kept,
                        Thing { key, id: "", value: &Value::Object(Map::new()) },
                        self.wish,
                        None,
                    )
                });
                made.map(|shown| vec![(String::new(), Arc::new(shown.thing))]).unwrap_or_default()
            }
        }
    }

    /// The id by which the path names a thing of a collection.
    fn id_of(&self, kept: &Kept) -> &'a str {
        if kept.shelf.kind == Kind::Sole {
            return "";
        }
        named(&self.operation.path, kept.shelf.depth, self.parameters)
    }

    /// The sentence that says which thing on the way to the collection is not there.
    fn orphan(&self, kept: &Kept) -> Option<String> {
        let mut above = kept.parent;
        while let Some(place) = above {
            let parent = &self.sheets.kept[place];
            let key = self.opened(parent);
            let id = self.id_of(parent);
            if self.state.store().things.get(&key, id).is_none() {
                return Some(made::missing(parent, id));
            }
            above = parent.parent;
        }
        None
    }

    /// The fields that were sent; `None` when the body is JSON, but no object.
    fn sent(&self, kept: &Kept) -> Option<Map<String, Value>> {
        let fields = sent(self.contract, &self.sheet.request, self.content_type, self.body)?;
        let known: Vec<&str> = kept.fields.iter().map(|(name, _)| name.as_str()).collect();
        Some(unwrapped(fields, &kept.shelf.name, &known))
    }

    fn create(&self, kept: &Kept, key: &str) -> Outcome {
        let Some(mut fields) = self.sent(kept) else {
            return Outcome::Plain;
        };
        let field = kept.ids.field.as_ref().map(|(field, _)| field.clone());
        let given = field.as_ref().and_then(|field| fields.get(field)).cloned();
        let given = given.filter(|id| id.is_string() || id.is_number()).or_else(|| self.asked_id(kept));
        let there = |id: &Value| self.state.store().things.get(key, &text(id)).is_some();
        let id_value = match given {
            Some(id) if there(&id) && self.documents(409) => {
                let what = singular(&kept.shelf.name);
                return Outcome::Conflict(format!("there is a {what} {} already", text(&id)));
            }
            Some(id) => id,
            None => {
                let mut new = (0..TRIES).map(|_| {
                    let number = self.state.store().things.number(key);
                    kept.ids.make(self.contract, &kept.shelf.name, self.wish.seed, key, number)
                });
                match new.find(|id| !there(id)) {
                    Some(id) => id,
                    None => {
                        return Outcome::Conflict("every id that the contract allows is taken".to_owned());
                    }
                }
            }
        };
        let id = text(&id_value);
        if let Some(field) = &field {
            fields.shift_remove(field);
            fields.shift_insert(0, field.clone(), id_value);
        }
        self.keep(kept, key, &id, fields, true)
    }

    /// The id that the query asks for: `?book_id=b7`.
    fn asked_id(&self, kept: &Kept) -> Option<Value> {
        let one = plain(&singular(&kept.shelf.name));
        let names = [plain(&kept.shelf.param), format!("{one}id")];
        let asked = self.query.filters.iter().find(|(field, _)| names.contains(&plain(field)));
        asked.map(|(_, value)| kept.ids.typed(self.contract, &text(value)))
    }

    /// What the path says of a thing within another: `project_id`.
    fn inherit(&self, kept: &Kept, fields: &mut Map<String, Value>) {
        let mut above = kept.parent;
        while let Some(place) = above {
            let parent = &self.sheets.kept[place];
            let value = self.id_of(parent);
            let names = [plain(&parent.shelf.param), format!("{}id", plain(&singular(&parent.shelf.name)))];
            let id = kept.ids.field.as_ref().map(|(field, _)| field);
            let field = kept
                .fields
                .iter()
                .find(|(name, _)| plain(name) != "id" && Some(name) != id && names.contains(&plain(name)));
            if let Some((name, at)) = field
                && !fields.contains_key(name)
            {
                fields.insert(name.clone(), crate::unscripted::ids::typed(self.contract, at, value));
            }
            above = parent.parent;
        }
    }

    /// Answers with a thing that was made or changed, and keeps it as it was answered, with all that was sent.
    fn keep(&self, kept: &Kept, key: &str, id: &str, mut fields: Map<String, Value>, new: bool) -> Outcome {
        let create = self.role.deed == Deed::Create;
        let location = new.then(|| {
            let path = self.path.trim_end_matches('/');
            if create { format!("{path}/{}", utf8_percent_encode(id, SEGMENT)) } else { path.to_owned() }
        });
        if new && kept.shelf.kind != Kind::Sole {
            self.inherit(kept, &mut fields);
            let seed = made::seed(self.wish.seed, key, id);
            made::complete(self.contract, kept, &self.sendable(), seed, &mut fields);
        }
        let mut whole = Value::Object(fields);
        let raw = raw(self.content_type, self.body).filter(|_| self.role.deed != Deed::Merge);
        let status = match self.role.deed {
            Deed::Replace if new && self.operation.statuses.iter().any(|status| status == "201") => Some(201),
            _ => self.sheet.success,
        };
        let place = status.and_then(|status| self.place_of(self.operation, self.sheet, status));
        let shown = place.and_then(|place| {
            let thing = Thing { key, id, value: &whole };
            let same = raw.as_ref().and_then(|raw| as_sent(place, raw, self.wish));
            let alone =
                || if create { id_alone(place, kept, id, self.wish, location.as_deref()) } else { None };
            same.or_else(alone)
                .map(|answer| Shown { answer, thing: whole.clone() })
                .or_else(|| one(place, kept, thing, self.wish, location.as_deref()))
        });
        // What the answer made up beside is part of the thing from now on, here and where it is read.
        let mut mine = true;
        if let Some(shown) = &shown {
            made::fill(&mut whole, &shown.thing);
            // An answer that could not but show another id is no answer about this thing.
            mine = shown_id(kept, &shown.thing).is_none_or(|shown| shown == id);
        }
        if new && let Some(read) = self.read_place(kept) {
            let thing = Thing { key, id, value: &whole };
            if let Some(Shown { thing, .. }) = one(read, kept, thing, self.wish, None) {
                made::fill(&mut whole, &thing);
            }
        }
        self.state.store().things.put(key, id, Arc::new(whole), raw);
        Outcome::from(shown.filter(|_| mine))
    }

    fn read_place(&self, kept: &Kept) -> Option<Place<'a>> {
        let operation = self.contract.operations().get(kept.shelf.read?)?;
        let sheet = self.sheets.of(operation)?;
        self.place_of(operation, sheet, sheet.success?)
    }

    /// The names of the fields that a client can send here.
    fn sendable(&self) -> Vec<String> {
        let bodies = self.sheet.request.iter().filter_map(|info| info.schema.as_ref());
        let fields = bodies.flat_map(|at| properties(self.contract, at, Side::Request));
        fields.map(|(name, _)| name).collect()
    }

    /// A call about one thing.
    fn about(&self, kept: &Kept, key: &str) -> Outcome {
        let id = self.id_of(kept);
        let old = self.state.store().things.get(key, id);
        let Some(old) = old else { return self.absent(kept, key, id) };
        let shown = |value: &Value| {
            self.place().and_then(|place| one(place, kept, Thing { key, id, value }, self.wish, None))
        };
        match self.role.deed {
            Deed::Replace => self.replace(kept, key, id, Some(&old)),
            Deed::Merge => match self.merged(kept, id, &old) {
                Some(Value::Object(fields)) => self.keep(kept, key, id, fields, false),
                _ => Outcome::Conflict("the patch can't be applied".to_owned()),
            },
            Deed::Remove => {
                let answer = shown(&old);
                self.state.store().things.remove(key, id, &format!("{key}/{}", one_segment(id)));
                Outcome::from(answer)
            }
            Deed::Read => {
                let raw = self.state.store().things.raw(key, id);
                let same = raw.and_then(|raw: Arc<Raw>| as_sent(self.place()?, &raw, self.wish));
                same.map_or_else(|| Outcome::from(shown(&old)), Outcome::Answered)
            }
            // What is done to it is not known, but where it is answered, it is this one.
            Deed::About => match self.place().filter(|place| place.is_about(kept, self.wish)) {
                Some(_) => Outcome::from(shown(&old)),
                None => Outcome::Plain,
            },
            Deed::Create | Deed::List => Outcome::Plain,
        }
    }

    /// A call about a thing that is not there.
    fn absent(&self, kept: &Kept, key: &str, id: &str) -> Outcome {
        let makes = kept.shelf.kind == Kind::Sole
            || kept.shelf.create.is_none()
            || self.operation.statuses.iter().any(|status| status == "201");
        if self.role.deed == Deed::Replace && makes {
            return self.replace(kept, key, id, None);
        }
        if self.role.deed == Deed::Merge && kept.shelf.kind == Kind::Sole {
            let empty = Value::Object(Map::new());
            return match self.merged(kept, id, &empty) {
                Some(Value::Object(fields)) => self.keep(kept, key, id, fields, true),
                _ => Outcome::Conflict("the patch can't be applied".to_owned()),
            };
        }
        let what = made::missing(kept, id);
        if self.documents(404) || matches!(self.role.deed, Deed::Remove | Deed::About) {
            return Outcome::Missing(what);
        }
        if self.state.store().things.was_removed(key, id) {
            return Outcome::Removed(what);
        }
        // The contract documents nothing but success: then it is one of this id, which nobody keeps.
        let value = Value::Object(self.sent(kept).unwrap_or_default());
        let place = self.place();
        Outcome::from(
            place.and_then(|place| one(place, kept, Thing { key, id, value: &value }, self.wish, None)),
        )
    }

    /// What was sent is the thing now; what a client can't send stays as it was.
    fn replace(&self, kept: &Kept, key: &str, id: &str, old: Option<&Arc<Value>>) -> Outcome {
        let mut fields = match self.sent(kept) {
            Some(fields) => fields,
            None if raw(self.content_type, self.body).is_some() => Map::new(),
            None => return Outcome::Plain,
        };
        if let Some((field, _)) = &kept.ids.field {
            fields.shift_remove(field);
            fields.shift_insert(0, field.clone(), kept.ids.typed(self.contract, id));
        }
        let sendable = self.sendable();
        for (name, value) in old.and_then(|old| old.as_object()).into_iter().flatten() {
            if !sendable.contains(name) && !fields.contains_key(name) {
                fields.insert(name.clone(), value.clone());
            }
        }
        self.keep(kept, key, id, fields, old.is_none())
    }

    fn merged(&self, kept: &Kept, id: &str, old: &Value) -> Option<Value> {
        let listed = self.content_type.is_some_and(|text| text.contains("json-patch"));
        let mut new = old.clone();
        if listed && let Ok(Value::Array(operations)) = serde_json::from_slice(self.body) {
            new = apply(old, &operations)?;
        } else if let Some(fields) = self.sent(kept) {
            merge(&mut new, &Value::Object(fields));
        }
        if let (Some((field, _)), Value::Object(map)) = (&kept.ids.field, &mut new) {
            map.insert(field.clone(), kept.ids.typed(self.contract, id));
        }
        Some(new)
    }
}
