//! The forms in which an answer can be sent, and made-up bodies for them.

use std::collections::BTreeSet;

use dryrun_contract::generate::Generator;
use dryrun_contract::{Contract, MediaInfo, ResponseInfo, SchemaRef, Side};
use serde_json::Value;

use crate::answer::Answer;
use crate::encode::encode;
use crate::media::{Accept, MediaType};
use crate::unscripted::exampled::exampled;
use crate::unscripted::fields::{below, place, properties, required};

/// How many properties within properties are looked at for one that can't be made up.
const DEEP: usize = 6;

/// One form in which an answer could be sent.
pub(crate) struct Form<'a> {
    pub(crate) media: MediaType,
    pub(crate) info: &'a MediaInfo,
}

/// The acceptable forms, the most wanted first.
pub(crate) fn forms<'a>(response: &'a ResponseInfo, accept: &Accept) -> Vec<Form<'a>> {
    let offered = response.content.iter().map(|info| info.media_type.as_str());
    let chosen = accept.choose(offered);
    chosen.into_iter().map(|(place, media)| Form { media, info: &response.content[place] }).collect()
}

/// An answer with this value as its body.
pub(crate) fn body(form: &Form<'_>, status: u16, value: &Value) -> Answer {
    let root = form.info.schema.as_ref().and_then(|at| at.pointer().rsplit('/').next()).unwrap_or("answer");
    let root = if root == "schema" { "answer" } else { root };
    let (media_type, body) = encode(&form.media, value, root);
    Answer::of(status, &media_type, body)
}

/// A made-up body.
pub(crate) fn made_up(contract: &Contract, form: &Form<'_>, seed: u64) -> Option<Value> {
    match &form.info.schema {
        // A schema that says nothing is usually that of an object that nobody described.
        Some(at) if form.media.is_json() && silent(contract, at) => {
            Some(Value::Object(serde_json::Map::new()))
        }
        Some(at) => Generator::new(seed).instance(contract, at, Side::Response),
        None if form.media.is_json() => Some(Value::Object(serde_json::Map::new())),
        None => Some(Value::String(format!("made up {:06}", seed % 1_000_000))),
    }
}

/// A made-up body with the examples that the schemas of its properties give.
pub(crate) fn by_example(contract: &Contract, form: &Form<'_>, seed: u64) -> Option<Value> {
    let made = made_up(contract, form, seed)?;
    Some(match &form.info.schema {
        Some(at) => exampled(contract, at, made),
        None => made,
    })
}

/// Which part of a body can't be made up: the innermost property that must be there, with its place in the contract.
pub(crate) fn hopeless(contract: &Contract, form: &Form<'_>) -> Option<String> {
    let mut at = place(contract, form.info.schema.as_ref()?, Side::Response);
    let mut way = Vec::new();
    let mut seen = BTreeSet::from([at.pointer().to_owned()]);
    let side = Side::Response;
    let makes = |at: &SchemaRef| Generator::new(0).smallest_instance(contract, at, side).is_some();
    for _ in 0..DEEP {
        let needed = required(contract, &at, side);
        let declared = properties(contract, &at, side).into_iter();
        let mut needed = declared.filter(|(name, _)| needed.contains(name));
        let inner = needed.find(|(_, at)| !makes(at)).or_else(|| {
            let items = below(contract, &at, "items", side)?;
            (!makes(&items)).then(|| ("[]".to_owned(), items))
        });
        let Some((name, inner)) = inner else { break };
        way.push(name);
        // Its like within its like, without an end: once is enough to see that.
        at = inner;
        if !seen.insert(at.pointer().to_owned()) {
            break;
        }
    }
    (!way.is_empty()).then(|| format!("`{}` ({})", way.join(".").replace(".[]", "[]"), at.pointer()))
}

/// Whether a schema accepts anything.
fn silent(contract: &Contract, at: &SchemaRef) -> bool {
    const WORDS: [&str; 5] = ["title", "description", "example", "examples", "deprecated"];
    let schema = contract.schema(&place(contract, at, Side::Response), Side::Response);
    match schema {
        Value::Bool(all) => *all,
        Value::Object(map) => map.keys().all(|key| WORDS.contains(&key.as_str()) || key.starts_with("x-")),
        _ => false,
    }
}
