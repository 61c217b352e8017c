//! What a call does to the state of its view, and what it sees of it.

use std::cmp::Ordering;
use std::sync::Arc;

use minijinja::value::Value as Mini;
use serde_json::{Map, Value};

use crate::error::MockError;
use crate::json::{at, into_mini, text};
use crate::plan::{Effect, Find, Listing};
use crate::scope::{Scope, World as _};
use crate::template::Template;
use crate::world::{Refused, State};

/// Why a call came to no good end.
#[derive(Debug)]
pub(crate) enum Stop {
    Refused { status: u16, detail: String },
    Broken(String),
}

impl From<String> for Stop {
    fn from(what: String) -> Self {
        Self::Broken(what)
    }
}

impl From<MockError> for Stop {
    fn from(error: MockError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// What came of it: the scope with the names that the effects add, and the item as it is stored.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) scope: Scope,
    pub(crate) item: Option<Arc<Value>>,
}

/// Applies the effects one after another. A refusal stops before anything is changed by that effect.
pub(crate) fn apply(
    state: &State,
    scope: &Scope,
    effects: &[Effect],
    parameters: &[(String, String)],
) -> Result<Done, Stop> {
    let mut done = Done { scope: scope.clone(), item: None };
    for (position, effect) in effects.iter().enumerate() {
        let last = position + 1 == effects.len();
        match effect {
            Effect::Reset => state.store().reset(false),
            Effect::Create { collection, each: None, item, main } => {
                let item = create(state, &done.scope, collection, item)?;
                if *main {
                    done.show(state, collection, item, last)?;
                }
            }
            Effect::Create { collection, each: Some((name, list)), item, .. } => {
                let Value::Array(list) = list.eval(&done.scope)? else {
                    return Err(Stop::Broken(format!("the `each` of a create in {collection:?} is no list")));
                };
                for value in list {
                    create(
                        state,
                        &done.scope.with(vec![(name.clone().into(), into_mini(value))]),
                        collection,
                        item,
                    )?;
                }
            }
            Effect::Get(find) => {
                let item = found(state, &done.scope, find, parameters)?.1;
                done.show(state, &find.collection, item, last)?;
            }
            Effect::Update { find, set } => {
                let (_, item) = found(state, &done.scope, find, parameters)?;
                let item = update(state, &done.scope, &find.collection, &item, set.as_ref())?;
                done.show(state, &find.collection, item, last)?;
            }
            Effect::Delete(find) => {
                let (id, item) = found(state, &done.scope, find, parameters)?;
                done.show(state, &find.collection, item, false)?;
                state.remove(&find.collection, &id)?;
                done.item = None;
            }
            Effect::List(listing) => list(state, &mut done, listing)?,
        }
    }
    Ok(done)
}

impl Done {
    /// Lets the answer see an item, its computed fields included. Where more effects follow they are worked out now:
    /// what follows may change what they depend on.
    fn show(&mut self, state: &State, collection: &str, item: Arc<Value>, last: bool) -> Result<(), Stop> {
        let seen =
            if last { state.seen(collection, &item)? } else { into_mini(state.full(collection, &item)?) };
        self.scope = self.scope.with(vec![("item".into(), seen)]);
        self.item = Some(item);
        Ok(())
    }
}

fn create(state: &State, scope: &Scope, name: &str, template: &Template) -> Result<Arc<Value>, Stop> {
    let collection = state.collection(name)?;
    let id = state.next_id(&collection.prefix);
    let scope = scope.with(vec![("id".into(), Mini::from(id.as_str()))]);
    let Value::Object(fields) = template.eval(&scope)? else {
        return Err(Stop::Broken(format!("the `item` of a create in {name:?} is no object")));
    };
    let mut item = Map::new();
    item.insert(collection.id.clone(), Value::String(id));
    item.extend(fields);
    let item = Arc::new(Value::Object(item));
    put(state, name, &item, true)?;
    Ok(item)
}

fn put(state: &State, name: &str, item: &Arc<Value>, created: bool) -> Result<(), Stop> {
    state.put(name, item, created).map_err(|refused| match refused {
        Refused::Conflict(rule) => Stop::Refused { status: rule.status, detail: rule.detail },
        Refused::Broken(what) => Stop::Broken(what),
    })
}

/// The item that a call means, and its id.
fn found(
    state: &State,
    scope: &Scope,
    find: &Find,
    parameters: &[(String, String)],
) -> Result<(String, Arc<Value>), Stop> {
    let id = match (&find.id, parameters.last()) {
        (Some(template), _) => text(&template.eval(scope)?),
        (None, Some((_, value))) => value.clone(),
        (None, None) => {
            let what = "this call has no parameter in its path; say with `id` which item it means";
            return Err(Stop::Broken(what.to_owned()));
        }
    };
    match state.current(&find.collection)?.get(&id) {
        Some(item) => Ok((id, Arc::clone(item))),
        None => Err(Stop::Refused { status: 404, detail: text(&find.missing.eval(scope)?) }),
    }
}

/// Without `set`, every field of the request that is not null.
fn update(
    state: &State,
    scope: &Scope,
    name: &str,
    item: &Arc<Value>,
    set: Option<&Template>,
) -> Result<Arc<Value>, Stop> {
    let scope = scope.with(vec![("item".into(), state.seen(name, item)?)]);
    let changes = match set {
        Some(set) => set.eval(&scope)?,
        None => scope.look(&["request".to_owned()]).unwrap_or_default(),
    };
    let Value::Object(changes) = changes else {
        return Err(Stop::Broken(format!("the `set` of an update in {name:?} is no object")));
    };
    let id_field = &state.collection(name)?.id;
    let mut new = Value::clone(item);
    if let Value::Object(map) = &mut new {
        let wanted =
            changes.into_iter().filter(|(key, value)| key != id_field && (set.is_some() || !value.is_null()));
        map.extend(wanted);
    }
    let new = Arc::new(new);
    put(state, name, &new, false)?;
    Ok(new)
}

fn list(state: &State, done: &mut Done, listing: &Listing) -> Result<(), Stop> {
    let mut wanted = Vec::new();
    for (field, template) in &listing.filters {
        if let Some(value) = template.eval_optional(&done.scope)?.filter(|value| !value.is_null()) {
            wanted.push((field.as_str(), text(&value)));
        }
    }
    let computed = |field: &str| state.computes(&listing.collection, field);
    let needs_all = wanted.iter().any(|(field, _)| computed(field))
        || listing.sort.as_ref().is_some_and(|(field, _)| computed(field));
    let mut chosen: Vec<(Arc<Value>, Option<Value>)> = Vec::new();
    for item in state.current(&listing.collection)?.iter() {
        let full = if needs_all { Some(state.full(&listing.collection, item)?) } else { None };
        let seen = full.as_ref().unwrap_or(item);
        if wanted.iter().all(|(field, wanted)| at(seen, field).map(text).as_ref() == Some(wanted)) {
            chosen.push((Arc::clone(item), full));
        }
    }
    if let Some((field, largest_first)) = &listing.sort {
        chosen.sort_by(|(a, full_a), (b, full_b)| {
            let key = |item: &Value| at(item, field).cloned();
            let order = compare(key(full_a.as_ref().unwrap_or(a)), key(full_b.as_ref().unwrap_or(b)));
            if *largest_first { order.reverse() } else { order }
        });
    }
    let total = chosen.len();
    let limit = bound(listing.limit.as_ref(), "limit", &done.scope)?;
    let offset = bound(listing.offset.as_ref(), "offset", &done.scope)?.unwrap_or(0);
    let mut page = Vec::new();
    for (item, full) in chosen.into_iter().skip(offset).take(limit.unwrap_or(total)) {
        let Some(each) = &listing.each else {
            page.push((*item).clone());
            continue;
        };
        let seen = match full {
            Some(full) => into_mini(full),
            None => state.seen(&listing.collection, &item)?,
        };
        page.push(each.eval(&done.scope.with(vec![("item".into(), seen)]))?);
    }
    done.scope = done.scope.with(vec![
        ("page".into(), into_mini(Value::Array(page))),
        ("total".into(), Mini::from(total)),
        ("limit".into(), Mini::from(limit.unwrap_or(total))),
        ("offset".into(), Mini::from(offset)),
    ]);
    Ok(())
}

/// A bound of a page: what the behaviour says, else the query parameter of this name.
fn bound(template: Option<&Template>, name: &str, scope: &Scope) -> Result<Option<usize>, Stop> {
    let value = match template {
        Some(template) => template.eval_optional(scope)?,
        None => {
            let query = scope.context().get_attr("query").map_err(|error| Stop::Broken(error.to_string()))?;
            query.get_attr(name).ok().and_then(|value| crate::json::from_mini(&value))
        }
    };
    Ok(value.and_then(|value| value.as_u64()).and_then(|value| usize::try_from(value).ok()))
}

fn compare(a: Option<Value>, b: Option<Value>) -> Ordering {
    match (a, b) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => {
            a.as_f64().unwrap_or_default().total_cmp(&b.as_f64().unwrap_or_default())
        }
        (Some(a), Some(b)) => text(&a).cmp(&text(&b)),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}
