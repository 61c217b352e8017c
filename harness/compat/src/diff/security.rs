//! Compares how a call may be allowed: alternatives, each of schemes with scopes. A scheme is what it asks, not its name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::change::Effect;
use crate::diff::calls::{Call, place};
use crate::diff::emit::Emitter;
use crate::diff::pairing::Pairing;
use crate::schema::finding::Finding;
use crate::source::{Source, join};

/// One scheme as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Need {
    name: String,
    scopes: BTreeSet<String>,
}

/// Needs by what their scheme asks; empty: anybody may.
type Alternative = BTreeMap<String, Need>;

fn alternatives(source: &Source<'_>, call: &Call<'_>) -> Vec<Alternative> {
    let list = call.security.as_ref().and_then(|part| part.value.as_array()).cloned().unwrap_or_default();
    let mut found: Vec<Alternative> = list
        .iter()
        .filter_map(Value::as_object)
        .map(|needs| {
            let of = |(name, scopes): (&String, &Value)| {
                let scopes = scopes.as_array().into_iter().flatten().filter_map(Value::as_str);
                let need = Need { name: name.clone(), scopes: scopes.map(str::to_owned).collect() };
                (scheme(source, name), need)
            };
            needs.iter().map(of).collect()
        })
        .collect();
    if found.is_empty() {
        found.push(Alternative::new());
    }
    found
}

/// What a scheme asks, whatever it is called.
fn scheme(source: &Source<'_>, name: &str) -> String {
    let Some(part) = source.at(&join("/components/securitySchemes", name)) else {
        return format!("undefined {name}");
    };
    let text = |key: &str| part.value.get(key).and_then(Value::as_str).unwrap_or_default();
    match text("type") {
        "apiKey" => format!("the key {} in {}", text("name").to_lowercase(), text("in")),
        "http" => format!("HTTP {}", text("scheme").to_lowercase()),
        "openIdConnect" => format!("OpenID Connect {}", text("openIdConnectUrl")),
        "mutualTLS" => "mutual TLS".to_owned(),
        "oauth2" => "OAuth 2".to_owned(),
        other => format!("{other} {name}"),
    }
}

/// Whether whoever fulfils `given` fulfils `asked`.
fn enough(given: &Alternative, asked: &Alternative) -> bool {
    asked
        .iter()
        .all(|(scheme, need)| given.get(scheme).is_some_and(|have| need.scopes.is_subset(&have.scopes)))
}

fn words(alternative: &Alternative) -> String {
    let one = |(scheme, need): (&String, &Need)| {
        let scopes: Vec<&str> = need.scopes.iter().map(String::as_str).collect();
        if scopes.is_empty() { scheme.clone() } else { format!("{scheme} with {}", scopes.join(", ")) }
    };
    let all: Vec<String> = alternative.iter().map(one).collect();
    if all.is_empty() { "no credentials".to_owned() } else { all.join(" and ") }
}

/// Compares how a call may be allowed.
pub(crate) fn compare<'o, 'n>(pairing: &Pairing<'o, 'n>, old: &Call<'o>, new: &Call<'n>, out: &mut Emitter) {
    let (was, is) = (alternatives(&pairing.old, old), alternatives(&pairing.new, new));
    let scope = pairing.scope(pairing.caller, None, "security");
    let at = |call: &Call<'_>| {
        call.security.as_ref().map_or_else(|| place(&call.part, "security"), |part| part.at.clone())
    };
    let (old_at, new_at) = (at(old), at(new));
    let mut emit = |finding: Finding| out.emit(&scope, finding.at(Some(&old_at), Some(&new_at)));
    let same_schemes = |one: &Alternative, other: &Alternative| one.keys().eq(other.keys());
    let same_names = |one: &Alternative, other: &Alternative| {
        let names = |side: &Alternative| -> BTreeSet<String> {
            side.values().map(|need| need.name.clone()).collect()
        };
        !one.is_empty() && names(one) == names(other)
    };
    let mut replaced = Vec::new();
    for one in was.iter().filter(|one| !is.iter().any(|asked| enough(one, asked))) {
        let instead = format!("keep allowing {}", words(one));
        if one.is_empty() {
            let now: Vec<String> = is.iter().map(words).collect();
            let message = format!("nobody needed credentials; now {} is asked", now.join(", or "));
            emit(Finding::new("security-required", Effect::Narrows, message, instead));
        } else if let Some(other) = is.iter().find(|other| same_schemes(one, other)) {
            let message = format!("was {}, is {}", words(one), words(other));
            emit(Finding::new("security-scope-added", Effect::Narrows, message, instead));
        } else if let Some(other) =
            is.iter().find(|other| same_names(one, other) && !same_schemes(one, other))
        {
            let message = format!("was {}, is {}", words(one), words(other));
            emit(Finding::new("security-scheme-changed", Effect::Both, message, instead));
            replaced.push(other.clone());
        } else {
            let message = format!("{} is not enough any more", words(one));
            emit(Finding::new("security-alternative-removed", Effect::Narrows, message, instead));
        }
    }
    for one in is.iter().filter(|one| !was.iter().any(|asked| enough(one, asked)) && !replaced.contains(one))
    {
        let instead = "nothing to do for those who call; who serves the API must follow".to_owned();
        if one.is_empty() {
            emit(Finding::new(
                "security-lifted",
                Effect::Widens,
                "no credentials are asked any more".to_owned(),
                instead,
            ));
        } else if let Some(other) = was.iter().find(|other| same_schemes(one, other)) {
            let message = format!("was {}, is {}", words(other), words(one));
            emit(Finding::new("security-scope-removed", Effect::Widens, message, instead));
        } else {
            let message = format!("{} is enough now", words(one));
            emit(Finding::new("security-alternative-added", Effect::Widens, message, instead));
        }
    }
    urls(pairing, &was, &is, &scope, out);
}

/// Where tokens come from: clients have these addresses in their configuration.
fn urls(
    pairing: &Pairing<'_, '_>,
    was: &[Alternative],
    is: &[Alternative],
    scope: &crate::diff::emit::Scope,
    out: &mut Emitter,
) {
    let flows = |source: &Source<'_>, name: &str| -> BTreeMap<String, String> {
        let Some(part) = source.at(&join("/components/securitySchemes", name)) else {
            return BTreeMap::new();
        };
        let mut found = BTreeMap::new();
        for (flow, inner) in part.value.get("flows").and_then(Value::as_object).into_iter().flatten() {
            for key in ["authorizationUrl", "tokenUrl", "refreshUrl"] {
                if let Some(url) = inner.get(key).and_then(Value::as_str) {
                    found.insert(format!("{flow}.{key}"), url.to_owned());
                }
            }
        }
        found
    };
    for one in was.iter().flatten().filter(|(scheme, _)| *scheme == "OAuth 2") {
        let Some(other) = is.iter().flatten().find(|(scheme, _)| scheme == &one.0) else {
            continue;
        };
        let (before, after) = (flows(&pairing.old, &one.1.name), flows(&pairing.new, &other.1.name));
        if before != after {
            let message = "the addresses or flows of OAuth 2 differ".to_owned();
            let instead = "keep the addresses, or tell everybody to configure the new ones".to_owned();
            let finding = Finding::new("security-flows-changed", Effect::Unknown, message, instead);
            let (old, new) = (
                join("/components/securitySchemes", &one.1.name),
                join("/components/securitySchemes", &other.1.name),
            );
            out.emit(scope, finding.at(Some(&old), Some(&new)));
        }
    }
}
