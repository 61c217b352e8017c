//! The request to a call as the provider and as our mock are to see it: [`twin`].

use std::collections::BTreeMap;

use serde_json::Value;

use crate::answer::{Wire, essence, is_json};
use crate::call::{Call, encoded};
use crate::ids::{Ids, Pair};

/// One request in its two spellings.
pub(crate) struct Twin {
    pub(crate) provider: Wire,
    pub(crate) mock: Wire,
    /// What was replaced, in words.
    pub(crate) learnt: Vec<String>,
    /// Whether the path names something by an id of ours.
    pub(crate) foreign: bool,
}

/// The request as the provider and as our mock are to see it.
pub(crate) fn twin(ids: &Ids, call: &Call) -> Result<Twin, String> {
    let mut learnt = Vec::new();
    let mut foreign = false;
    let mut found: BTreeMap<&str, &Pair> = BTreeMap::new();
    for part in &call.path {
        let pair = ids.find(&call.operation.path, &part.name, part.value.as_deref(), call.own_only);
        match (pair, &part.value) {
            (Some(pair), _) => {
                let ours = if pair.shared { &pair.mock } else { "has none" };
                learnt.push(format!("{{{}}} is {} (our mock's: {ours})", part.name, pair.provider));
                foreign |= !pair.shared;
                found.insert(&part.name, pair);
            }
            (None, Some(_)) if !call.own_only => foreign = true,
            _ => {
                let others = if call.own_only {
                    ", and without one the call could touch what others made"
                } else {
                    ""
                };
                return Err(format!("no earlier answer gave an id for {{{}}}{others}", part.name));
            }
        }
    }
    let side = |pick: fn(&Pair) -> &str| {
        let path = call.render(|part| {
            found.get(part.name.as_str()).map(|pair| pick(pair).to_owned()).or_else(|| part.value.clone())
        });
        Wire {
            method: call.operation.method.clone(),
            path,
            query: replaced_query(ids, &call.query, pick),
            headers: call.headers.clone(),
            body: replaced_body(ids, call, pick),
        }
    };
    Ok(Twin { provider: side(|pair| &pair.provider), mock: side(|pair| &pair.mock), learnt, foreign })
}

fn replaced_query(ids: &Ids, query: &str, side: fn(&Pair) -> &str) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) => {
            let value = ids.same(value).map_or_else(|| value.to_owned(), |pair| encoded(side(pair)));
            format!("{name}={value}")
        }
        None => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn replaced_body(ids: &Ids, call: &Call, side: fn(&Pair) -> &str) -> Vec<u8> {
    let json = call.headers.iter().any(|(name, value)| name == "content-type" && is_json(&essence(value)));
    let parsed = json.then(|| serde_json::from_slice::<Value>(&call.body).ok()).flatten();
    let Some(body) = parsed else { return call.body.clone() };
    let replaced = ids.replaced(&body, side);
    // Untouched bodies stay as they were written, byte for byte.
    if replaced == body { call.body.clone() } else { replaced.to_string().into_bytes() }
}
