//! What a noun or a line such as `POST /api/v1/email/send` means, told from contract and configuration alone: the check
//! before a run and the run itself ask here, so that the one never lets through what the other refuses.

use std::collections::BTreeMap;

use dryrun_contract::{Contract, Found, Operation};
use dryrun_record::Exchange;

use crate::values::error::ValueError;
use crate::values::nearest::{listed, nearest};

/// A mocked service, as far as names go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Service<'a> {
    /// Its key in the configuration: `crm`.
    pub(crate) key: &'a str,
    /// What the step calls it: `the CRM`.
    pub(crate) title: &'a str,
    pub(crate) contract: &'a Contract,
    /// `[calls.KEY]` of the configuration: nouns and the calls that they mean.
    pub(crate) calls: Option<&'a BTreeMap<String, String>>,
}

/// Which calls are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallRef {
    /// As it was written, for messages.
    pub(crate) said: String,
    way: Way,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    /// Any call of these operations: `POST /api/v1/email/send`.
    Operations(Vec<String>),
    /// One method and path, no placeholders.
    Exact { method: String, path: String },
    /// All.
    Any,
}

impl CallRef {
    /// Every call.
    pub(crate) fn any() -> Self {
        Self { said: "any call".to_owned(), way: Way::Any }
    }

    /// A call as `POST /api/v1/email/send`: an operation of the contract, or a path that one of them covers.
    ///
    /// # Errors
    /// A call that the contract does not know: a check of it could never fail, or never hold.
    pub(crate) fn of(contract: &Contract, service: &str, line: &str) -> Result<Self, ValueError> {
        let (method, path) = method_and_path(line)?;
        let wanted = format!("{method} {path}");
        let unknown = |diagnosis: String| {
            Err(ValueError::new(format!("the contract of {service} knows no `{wanted}`")).hint(diagnosis))
        };
        if path.contains('{') {
            // A template names an operation, whatever the contract calls the parts that differ. Taken for a path, it
            // would mean a call that nobody ever makes.
            let same = |one: &&Operation| one.method == method && shape(&one.path) == shape(&path);
            return match contract.operations().iter().find(same) {
                Some(operation) => Ok(Self { said: wanted, way: Way::Operations(vec![operation.line()]) }),
                None => unknown(templates(contract, &wanted)),
            };
        }
        if contract.operations().iter().any(|operation| operation.line() == wanted) {
            return Ok(Self { said: wanted.clone(), way: Way::Operations(vec![wanted]) });
        }
        match contract.find(&method, &path) {
            Found::Operation { .. } => Ok(Self { said: wanted, way: Way::Exact { method, path } }),
            Found::WrongMethod { diagnosis, .. } | Found::Unknown { diagnosis } => unknown(diagnosis),
            Found::Unusable { operation, reason } => unknown(format!("{operation} can't be used: {reason}")),
        }
    }

    /// The calls that a noun means: its name under `[calls.KEY]`, or else the POST and PUT operations whose path has
    /// its words as parts: `email` is `POST /api/v1/email/send`.
    ///
    /// # Errors
    /// A noun that means none.
    pub(crate) fn noun(service: Service<'_>, noun: &str) -> Result<Self, ValueError> {
        if same_noun(noun, "call") {
            return Ok(Self::any());
        }
        let Service { key, title, contract, calls } = service;
        let wanted = noun.replace(' ', "_");
        let named = |name: &String| same_noun(&name.replace(' ', "_"), &wanted);
        if let Some((_, line)) = calls.into_iter().flatten().find(|(name, _)| named(name)) {
            let mut found = Self::of(contract, title, line)?;
            found.said = noun.to_owned();
            return Ok(found);
        }
        let operations = by_path(contract, noun);
        if !operations.is_empty() {
            return Ok(Self { said: noun.to_owned(), way: Way::Operations(operations) });
        }
        let makers = || contract.operations().iter().filter(|one| makes(one));
        let parts = makers().flat_map(|one| one.path.split('/')).filter(|part| is_word(part));
        let names = calls.into_iter().flatten().map(|(name, _)| name.as_str());
        let error = ValueError::new(format!("`{noun}` means no call of {title}"));
        Err(match nearest(noun, names.chain(parts).chain(["call"])) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!(
                "write `received 1 call to \"POST /…\" like:` or `received exactly 1 call to \"POST /…\"`, or name the call in dryrun.toml: [calls.{key}] {wanted} = \"POST /…\"; its calls are {}",
                listed(makers().map(|one| one.path.as_str()), 8)
            )),
        })
    }

    /// Whether a call is meant.
    pub(crate) fn means(&self, exchange: &Exchange) -> bool {
        match &self.way {
            Way::Any => true,
            Way::Operations(lines) => exchange.operation.as_ref().is_some_and(|line| lines.contains(line)),
            Way::Exact { method, path } => {
                exchange.request.method == *method && exchange.request.path == *path
            }
        }
    }
}

/// Splits `POST /api/v2/jobs` into method and path.
pub(crate) fn method_and_path(line: &str) -> Result<(String, String), ValueError> {
    let (method, path) = line.trim().split_once(' ').unwrap_or(("", ""));
    let upper = !method.is_empty() && method.chars().all(|c| c.is_ascii_uppercase());
    if !upper || !path.trim().starts_with('/') {
        return Err(ValueError::new(format!("`{line}` is no call"))
            .hint("write method and path: `POST /api/v1/email/send`, with `{id}` for a part that differs"));
    }
    Ok((method.to_owned(), path.trim().to_owned()))
}

/// A path with the names of its parts that differ left out: `/jobs/{id}` is `/jobs/{}`.
fn shape(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut inside = false;
    for c in path.chars() {
        inside &= c != '}';
        if !inside {
            out.push(c);
        }
        inside |= c == '{';
    }
    out
}

fn templates(contract: &Contract, wanted: &str) -> String {
    let lines: Vec<String> = contract.operations().iter().map(Operation::line).collect();
    match nearest(wanted, lines.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its calls are {}", listed(lines.iter().map(String::as_str), 8)),
    }
}

fn makes(operation: &Operation) -> bool {
    matches!(operation.method.as_str(), "POST" | "PUT")
}

/// Whether a part of a path may be a noun: no parameter, no version.
fn is_word(part: &str) -> bool {
    part.len() > 2 && part != "api" && part.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_'))
}

fn by_path(contract: &Contract, noun: &str) -> Vec<String> {
    let words: Vec<&str> = noun.split([' ', '_', '-']).collect();
    let covers = |path: &str| {
        let parts: Vec<&str> = path.split('/').collect();
        words.iter().all(|word| parts.iter().any(|part| same_noun(part, word)))
    };
    let operations = contract.operations().iter().filter(|one| makes(one) && covers(&one.path));
    operations.map(Operation::line).collect()
}

/// The collection that a noun means: its name, in the singular or plural.
///
/// # Errors
/// A noun that means none, with the nearest or all.
pub(crate) fn collection(known: &[String], service: &str, noun: &str) -> Result<String, ValueError> {
    let wanted = noun.replace(' ', "_");
    if let Some(found) = known.iter().find(|name| same_noun(name, &wanted)) {
        return Ok(found.clone());
    }
    let names = || known.iter().map(String::as_str);
    let error = ValueError::new(format!("{service} keeps no `{noun}`"));
    Err(match nearest(&wanted, names()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if known.is_empty() => {
            error.hint("its behaviour file has no `collections`: write what it keeps there")
        }
        None => error.hint(format!("it keeps {}", listed(names(), 12))),
    })
}

/// Whether two nouns differ in number at most: `contact` and `contacts`, `reply` and `replies`.
pub(crate) fn same_noun(a: &str, b: &str) -> bool {
    singular(a) == singular(b)
}

fn singular(noun: &str) -> String {
    let noun = noun.to_lowercase();
    match (noun.strip_suffix("ies"), noun.strip_suffix("sses"), noun.strip_suffix('s')) {
        (Some(stem), ..) => format!("{stem}y"),
        (_, Some(stem), _) => format!("{stem}ss"),
        (.., Some(stem)) if !stem.ends_with('s') && !stem.is_empty() => stem.to_owned(),
        _ => noun,
    }
}

#[cfg(test)]
#[path = "nouns_tests.rs"]
mod tests;
