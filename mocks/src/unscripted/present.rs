//! How one thing is shown in the documented answer of an operation.

use std::cell::OnceCell;

use dryrun_contract::generate::Generator;
use dryrun_contract::{Breach, Contract, Location, Operation, ResponseInfo, SchemaRef, Segment, Side};
use serde_json::{Map, Value};

use crate::answer::{Answer, bodiless};
use crate::chance;
use crate::json::text;
use crate::media::MediaType;
use crate::resources::Raw;
use crate::unscripted::bodies::{Form, body, forms};
use crate::unscripted::documented::{Wish, checked, headers};
use crate::unscripted::exampled::exampled;
use crate::unscripted::facts::made_fit;
use crate::unscripted::fields::{open, properties, types};
use crate::unscripted::ids::typed;
use crate::unscripted::mend::{at, beside, mend};
use crate::unscripted::roles::Kind;
use crate::unscripted::sheet::Kept;
use crate::unscripted::spots::{Way, spot, within, wrap};

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

/// Documented headers: name, value, whether they must be there.
pub(crate) type Headers = Vec<(String, String, bool)>;

impl Place<'_> {
    /// The breaches of this body. Headers are looked at when the answer is complete.
    pub(crate) fn judge(&self, form: &Form<'_>, headers: &Headers, value: &Value) -> Vec<Breach> {
        let answer = body(form, self.status, value);
        let mut sent = answer.headers;
        sent.extend(headers.iter().map(|(name, value, _)| (name.clone(), value.clone())));
        let mut breaches = self.contract.check_response(self.operation, self.status, &sent, &answer.body);
        breaches.retain(|breach| breach.location != Location::Header);
        breaches
    }

    /// Whether the answer is about a thing of the collection: of the same schema as reading.
    pub(crate) fn is_about(&self, kept: &Kept, wish: Wish<'_>) -> bool {
        let form = forms(self.response, wish.accept).into_iter().next();
        let schema = form.and_then(|form| form.info.schema.clone());
        let Some((_, inner)) = schema.and_then(|at| spot(self.contract, &at, kept.sought(), &[])) else {
            return false;
        };
        let declared = properties(self.contract, &inner, Side::Response);
        !declared.is_empty() && declared == kept.fields
    }
}

/// The fields of a thing that a schema declares, with its id. If it declares none: those that reading shows.
pub(crate) fn shaped(contract: &Contract, schema: &SchemaRef, kept: &Kept, thing: Thing<'_>) -> Value {
    let side = Side::Response;
    let declared = properties(contract, schema, side);
    let Value::Object(all) = thing.value else { return thing.value.clone() };
    let mut out = Map::new();
    if kept.shelf.kind != Kind::Sole {
        let names = declared.iter().map(|(name, _)| name.as_str());
        if let Some(field) = kept.sought().id_in(names)
            && let Some((_, place)) = declared.iter().find(|(name, _)| name == field)
        {
            out.insert(field.to_owned(), typed(contract, place, thing.id));
        }
    }
    let has = |fields: &[(String, SchemaRef)], name: &str| fields.iter().any(|(known, _)| known == name);
    let wanted = |name: &String| {
        has(&declared, name)
            || (declared.is_empty() && (kept.fields.is_empty() || has(&kept.fields, name)))
            || (!declared.is_empty() && open(contract, schema, side))
    };
    for (name, value) in all.iter().filter(|(name, _)| wanted(name) && !kept.hidden.contains(name)) {
        out.entry(name.clone()).or_insert_with(|| value.clone());
    }
    Value::Object(out)
}

/// The seed of what is made up about a thing: it stays the same as long as the thing is there.
pub(crate) fn thing_seed(seed: u64, key: &str, id: &str, schema: &str) -> u64 {
    chance::hash(seed, &["thing field", key, id, schema])
}

/// The documented headers of an answer, with this `Location`.
fn located(place: Place<'_>, wish: Wish<'_>, location: Option<&str>) -> Headers {
    let mut headers = headers(place.contract, place.response, wish.seed);
    if let Some(location) = location {
        // Sent where it is documented; one that the contract would refuse stays away.
        headers.retain(|(name, _, _)| name != "location");
        headers.push(("location".to_owned(), location.to_owned(), false));
    }
    headers
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
    let headers = located(place, wish, location);
    if response.content.is_empty() || bodiless(status) {
        let empty = Answer { status, ..Answer::default() };
        let answer = checked(contract, operation, empty, &headers).ok()?;
        return Some(Shown { answer, thing: thing.value.clone() });
    }
    let form = forms(response, wish.accept).into_iter().next()?;
    let Some(schema) = &form.info.schema else {
        let shown = shaped(contract, &SchemaRef::new("/nowhere"), kept, thing);
        let answer = checked(contract, operation, body(&form, status, &shown), &headers).ok()?;
        return Some(Shown { answer, thing: shown });
    };
    let fields: Vec<String> =
        thing.value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let (way, inner) = match kept.shelf.kind {
        Kind::Sole => (Way::new(), schema.clone()),
        _ => spot(contract, schema, kept.sought(), &fields)?,
    };
    let kinds = types(contract, &inner, Side::Response);
    if !kinds.is_empty() && !kinds.contains(&"object") {
        return None;
    }
    let whole = wrap(shaped(contract, &inner, kept, thing), &way, Map::new());
    let seed = thing_seed(wish.seed, thing.key, thing.id, schema.pointer());
    let made: OnceCell<Option<Value>> = OnceCell::new();
    let donor = || made.get_or_init(|| made_fit(contract, &form, seed)).as_ref();
    let judge = |value: &Value| place.judge(&form, &headers, value);
    let give = |way: &[Segment], breach: &Breach| {
        donor().and_then(|made| at(made, way).cloned()).or_else(|| beside(contract, breach, way, seed))
    };
    let mended =
        mend(whole.clone(), give, judge).or_else(|| overlaid(donor()?.clone(), &way, &whole, judge))?;
    let answer = checked(contract, operation, body(&form, status, &mended), &headers).ok()?;
    let thing = within(&mended, &way).cloned().unwrap_or_default();
    Some(Shown { answer, thing })
}

/// The answer that is nothing but the id of what was made; `None` where the contract's answer is something else.
pub(crate) fn id_alone(
    place: Place<'_>,
    kept: &Kept,
    id: &str,
    wish: Wish<'_>,
    location: Option<&str>,
) -> Option<Answer> {
    let form = forms(place.response, wish.accept).into_iter().next()?;
    let schema = form.info.schema.as_ref()?;
    let kinds = types(place.contract, schema, Side::Response);
    let single = kinds.iter().all(|kind| matches!(*kind, "string" | "integer" | "number"));
    if kinds.is_empty() || !single || kept.shelf.param.is_empty() {
        return None;
    }
    let value = typed(place.contract, schema, id);
    let headers = located(place, wish, location);
    checked(place.contract, place.operation, body(&form, place.status, &value), &headers).ok()
}

/// The answer that is a body just as it was sent; `None` where the contract documents none of its type.
pub(crate) fn as_sent(place: Place<'_>, raw: &Raw, wish: Wish<'_>) -> Option<Answer> {
    let media = MediaType::parse(&raw.media_type)?;
    let mut offered = forms(place.response, wish.accept).into_iter();
    offered.find(|form| MediaType::parse(&form.info.media_type).is_some_and(|known| known.is(&media)))?;
    let headers = headers(place.contract, place.response, wish.seed);
    let answer = Answer::of(place.status, &raw.media_type, raw.body.clone());
    checked(place.contract, place.operation, answer, &headers).ok()
}

/// The made-up answer with each field of the thing that the contract allows in it.
fn overlaid(
    mut base: Value,
    way: &[String],
    whole: &Value,
    judge: impl Fn(&Value) -> Vec<Breach>,
) -> Option<Value> {
    if !judge(&base).is_empty() {
        return None;
    }
    for (name, value) in within(whole, way)?.as_object()? {
        let mut tried = base.clone();
        let target = way.iter().try_fold(&mut tried, |value, field| value.get_mut(field));
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
    Some(exampled(contract, schema, Generator::new(seed).instance(contract, schema, Side::Response)?))
}

/// The id that an answer shows for a thing, if it shows one.
pub(crate) fn shown_id(kept: &Kept, thing: &Value) -> Option<String> {
    let names = thing.as_object()?.keys().map(String::as_str);
    if kept.shelf.kind == Kind::Sole {
        return None;
    }
    let field = kept.sought().id_in(names)?;
    thing.get(field).filter(|id| id.is_string() || id.is_number()).map(text)
}
