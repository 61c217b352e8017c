//! How one thing is shown in the documented answer of an operation.

use std::cell::OnceCell;

use dryrun_contract::generate::Generator;
use dryrun_contract::{Contract, Operation, ResponseInfo, SchemaRef, Segment, Side};
use serde_json::{Map, Value};

use crate::answer::{Answer, bodiless};
use crate::chance;
use crate::json::text;
use crate::unscripted::documented::{Wish, body, checked, forms, headers, made_up};
use crate::unscripted::fields::{Spot, id_field, open, properties, spot};
use crate::unscripted::ids::typed;
use crate::unscripted::mend::{at, mend};
use crate::unscripted::sheet::Kept;

/// A thing with its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thing<'a> {
    /// The collection: `/users/7/orders`.
    pub(crate) key: &'a str,
    pub(crate) id: &'a str,
    pub(crate) value: &'a Value,
}

/// The answer, and the thing as it is in it.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) answer: Answer,
    pub(crate) thing: Value,
}

/// What is answered: the operation, and which of its answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) contract: &'a Contract,
    pub(crate) operation: &'a Operation,
    pub(crate) response: &'a ResponseInfo,
    pub(crate) status: u16,
}

/// The fields of a thing that a schema declares, with its id; all of them if it declares none.
pub(crate) fn shaped(contract: &Contract, schema: &SchemaRef, kept: &Kept, thing: Thing<'_>) -> Value {
    let side = Side::Response;
    let declared = properties(contract, schema, side);
    let Value::Object(all) = thing.value else { return thing.value.clone() };
    let names = declared.iter().map(|(name, _)| name.as_str());
    let free = declared.is_empty() || open(contract, schema, side);
    let mut out = Map::new();
    if let Some(field) = id_field(names, &kept.shelf.name, &kept.shelf.param)
        && let Some((_, place)) = declared.iter().find(|(name, _)| name == field)
    {
        out.insert(field.to_owned(), typed(contract, place, thing.id));
    }
    let wanted = |name: &str| free || declared.iter().any(|(known, _)| known == name);
    for (name, value) in all.iter().filter(|(name, _)| wanted(name)) {
        out.entry(name.clone()).or_insert_with(|| value.clone());
    }
    Value::Object(out)
}

/// The seed of what is made up about a thing: it stays the same as long as the thing is there.
pub(crate) fn thing_seed(seed: u64, key: &str, id: &str, schema: &str) -> u64 {
    chance::hash(seed, &["thing field", key, id, schema])
}

/// The documented answer with the thing in it; `None` where the contract's answer has no place for it.
pub(crate) fn one(
    place: Place<'_>,
    kept: &Kept,
    thing: Thing<'_>,
    wish: Wish<'_>,
    location: Option<&str>,
) -> Option<Shown> {
    let Place { contract, operation, response, status } = place;
    let mut headers = headers(contract, response, wish.seed);
    if let Some(location) = location {
        headers.retain(|(name, _, _)| name != "location");
        headers.push(("location".to_owned(), location.to_owned(), false));
    }
    if response.content.is_empty() || bodiless(status) {
        let empty = Answer { status, ..Answer::default() };
        let answer = checked(contract, operation, empty, &headers).ok()?;
        return Some(Shown { answer, thing: thing.value.clone() });
    }
    let form = forms(response, wish.accept).into_iter().next()?;
    let Some(schema) = &form.info.schema else {
        let answer = checked(contract, operation, body(&form, status, thing.value), &headers).ok()?;
        return Some(Shown { answer, thing: thing.value.clone() });
    };
    let fields: Vec<String> =
        thing.value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let (spot, inner) = spot(contract, schema, &kept.shelf.name, &kept.shelf.param, &fields)?;
    let value = shaped(contract, &inner, kept, thing);
    let whole = match &spot {
        Spot::Top => value,
        Spot::Field(field) => Value::Object(Map::from_iter([(field.clone(), value)])),
    };
    let seed = thing_seed(wish.seed, thing.key, thing.id, schema.pointer());
    let made: OnceCell<Option<Value>> = OnceCell::new();
    let donor = || made.get_or_init(|| made_up(contract, &form, seed)).as_ref();
    let judge = |value: &Value| {
        let answer = body(&form, status, value);
        let mut sent = answer.headers;
        sent.extend(headers.iter().map(|(name, value, _)| (name.clone(), value.clone())));
        let mut breaches = contract.check_response(operation, status, &sent, &answer.body);
        // Headers are looked at when the answer is complete.
        breaches.retain(|breach| breach.location != dryrun_contract::Location::Header);
        breaches
    };
    let mended = mend(whole.clone(), |way| at(donor()?, way).cloned(), judge)
        .or_else(|| overlaid(donor()?.clone(), &spot, &whole, judge))?;
    let answer = checked(contract, operation, body(&form, status, &mended), &headers).ok()?;
    let thing = match &spot {
        Spot::Top => mended,
        Spot::Field(field) => mended.get(field).cloned().unwrap_or_default(),
    };
    Some(Shown { answer, thing })
}

/// The made-up answer with each field of the thing that the contract allows in it.
fn overlaid(
    mut base: Value,
    spot: &Spot,
    whole: &Value,
    judge: impl Fn(&Value) -> Vec<dryrun_contract::Breach>,
) -> Option<Value> {
    if !judge(&base).is_empty() {
        return None;
    }
    let way: Vec<Segment> = match spot {
        Spot::Top => Vec::new(),
        Spot::Field(field) => vec![Segment::Key(field.clone())],
    };
    for (name, value) in at(whole, &way)?.as_object()? {
        let mut tried = base.clone();
        let target = match spot {
            Spot::Top => Some(&mut tried),
            Spot::Field(field) => tried.get_mut(field),
        };
        let Some(Value::Object(map)) = target else { return None };
        map.insert(name.clone(), value.clone());
        if judge(&tried).is_empty() {
            base = tried;
        }
    }
    Some(base)
}

/// A made-up thing of this schema, for what a thing lacks.
pub(crate) fn stand_in(
    contract: &Contract,
    schema: &SchemaRef,
    seed: u64,
    key: &str,
    id: &str,
) -> Option<Value> {
    let seed = thing_seed(seed, key, id, schema.pointer());
    Generator::new(seed).instance(contract, schema, Side::Response)
}

/// The id that an answer shows for a thing, if it shows one.
pub(crate) fn shown_id(kept: &Kept, thing: &Value) -> Option<String> {
    let names = thing.as_object()?.keys().map(String::as_str);
    let field = id_field(names, &kept.shelf.name, &kept.shelf.param)?;
    thing.get(field).filter(|id| id.is_string() || id.is_number()).map(text)
}
