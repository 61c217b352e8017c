//! An answer as the contract documents it: its examples first, otherwise a made-up one. Never one out of contract.

use dryrun_contract::generate::Generator;
use dryrun_contract::{Contract, Operation, ParameterInfo, ResponseInfo, Side};
use serde_json::Value;

use crate::answer::{Answer, bodiless};
use crate::chance;
use crate::json::text;
use crate::media::Accept;
use crate::nearest::listed;
use crate::unscripted::bodies::{Form, body, by_example, forms, hopeless, made_up};
use crate::unscripted::facts::{Fact, told};

/// So many made-up bodies are tried for one answer.
const TRIES: u64 = 8;

/// What is wanted of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    /// Only the documented example of this name.
    pub(crate) example: Option<&'a str>,
    /// Made up, whatever examples there are.
    pub(crate) dynamic: bool,
    pub(crate) accept: &'a Accept,
    /// Of everything that is made up.
    pub(crate) seed: u64,
    /// What the call says: a made-up body has it, too, where it has such fields.
    pub(crate) facts: &'a [Fact],
}

/// Why there is no such answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unable {
    /// Nothing that is documented is acceptable: these types are offered.
    Unacceptable(Vec<String>),
    /// There is no such example: these there are.
    NoExample(Vec<String>),
    /// Neither an example nor a made-up body honours the contract.
    Impossible(String),
}

/// The documented answer for a status: the exact one, else its range, else `default`.
pub(crate) fn response(responses: &[ResponseInfo], status: u16) -> Option<&ResponseInfo> {
    let exact = status.to_string();
    let range = format!("{}XX", status / 100);
    let by = |wanted: &str| responses.iter().find(|response| response.status.eq_ignore_ascii_case(wanted));
    by(&exact).or_else(|| by(&range)).or_else(|| by("default"))
}

/// The documented answer of a status.
pub(crate) fn answer(
    contract: &Contract,
    operation: &Operation,
    response: &ResponseInfo,
    status: u16,
    wish: Wish<'_>,
) -> Result<Answer, Unable> {
    let headers = headers(contract, response, wish.seed);
    if response.content.is_empty() || bodiless(status) {
        let known: Vec<String> = names(response);
        if wish.example.is_some() {
            return Err(Unable::NoExample(known));
        }
        let empty = Answer { status, ..Answer::default() };
        return checked(contract, operation, empty, &headers).map_err(|what| {
            Unable::Impossible(format!("the documented answer {status} can't be made: {what}"))
        });
    }
    let forms = forms(response, wish.accept);
    if forms.is_empty() {
        let offered = response.content.iter().map(|info| info.media_type.clone());
        return Err(Unable::Unacceptable(offered.collect()));
    }
    if let Some(name) = wish.example
        && !names(response).iter().any(|known| known == name)
    {
        return Err(Unable::NoExample(names(response)));
    }
    let mut why = String::new();
    for form in &forms {
        for value in values(contract, form, wish) {
            match checked(contract, operation, body(form, status, &value), &headers) {
                Ok(answer) => return Ok(answer),
                Err(what) => why = what,
            }
        }
    }
    let types: Vec<String> = forms.iter().map(|form| form.media.text()).collect();
    let what = if !why.is_empty() {
        why
    } else if let Some(part) = forms.iter().find_map(|form| hopeless(contract, form)) {
        format!("nothing could be made up that the schema of {part} accepts")
    } else {
        "nothing could be made up that its schema accepts".to_owned()
    };
    Err(Unable::Impossible(format!("no answer {status} as {} could be made: {what}", listed(&types))))
}

/// The names of the documented examples of an answer.
pub(crate) fn names(response: &ResponseInfo) -> Vec<String> {
    let examples = response.content.iter().flat_map(|info| &info.examples);
    examples.filter_map(|example| example.name.clone()).collect()
}

/// What may stand in the body: each documented example, then made-up ones with the examples of their properties.
fn values<'a>(
    contract: &'a Contract,
    form: &'a Form<'_>,
    wish: Wish<'a>,
) -> impl Iterator<Item = Value> + 'a {
    let wanted = move |name: Option<&str>| match wish.example {
        Some(wanted) => name == Some(wanted),
        None => !wish.dynamic,
    };
    let examples = form.info.examples.iter();
    let documented =
        examples.filter(move |example| wanted(example.name.as_deref())).map(|example| example.value.clone());
    let tries = if wish.example.is_some() { 0 } else { TRIES };
    let made = (0..tries).map_while(move |attempt| {
        let seed = wish.seed.wrapping_add(attempt);
        // The last ones do without the examples of properties: something may be wrong with them.
        let plain = wish.dynamic || attempt >= TRIES / 2;
        if plain { made_up(contract, form, seed) } else { by_example(contract, form, seed) }
    });
    documented.chain(
        made.flat_map(move |value| told(contract, form, &value, wish.facts).into_iter().chain([value])),
    )
}

/// The documented headers: their examples, otherwise made up.
pub(crate) fn headers(
    contract: &Contract,
    response: &ResponseInfo,
    seed: u64,
) -> Vec<(String, String, bool)> {
    let value = |header: &ParameterInfo| {
        let example =
            header.example.clone().filter(|value| contract.accepts(&header.schema, Side::Response, value));
        example.or_else(|| {
            let seed = chance::hash(seed, &["header", &header.name]);
            Generator::new(seed).instance(contract, &header.schema, Side::Response)
        })
    };
    let made = response.headers.iter().filter_map(|header| {
        let value = simple(&value(header)?, header.explode);
        let sendable = !value.is_empty() && value.chars().all(|c| matches!(c, ' '..='~'));
        sendable.then(|| (header.name.to_ascii_lowercase(), value, header.required))
    });
    made.collect()
}

/// A value in the style `simple`.
fn simple(value: &Value, explode: bool) -> String {
    match value {
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Value::Object(map) => {
            let between = if explode { "=" } else { "," };
            let pairs = map.iter().map(|(key, value)| format!("{key}{between}{}", text(value)));
            pairs.collect::<Vec<_>>().join(",")
        }
        other => text(other),
    }
}

/// The answer with the documented headers that it does not have, if the contract has nothing against it. Headers that
/// need not be there stay away when they are what is wrong.
pub(crate) fn checked(
    contract: &Contract,
    operation: &Operation,
    answer: Answer,
    headers: &[(String, String, bool)],
) -> Result<Answer, String> {
    let mut why = String::new();
    for all in [true, false] {
        let mut answer = answer.clone();
        for (name, value, required) in headers {
            let there = answer.headers.iter().any(|(known, _)| known == name);
            // Whether the caller may come in is not made up.
            let special =
                matches!(name.as_str(), "content-length" | "transfer-encoding" | "connection" | "set-cookie");
            if !there && (*required || (all && !special)) {
                answer.headers.push((name.clone(), value.clone()));
            }
        }
        let breaches = contract.check_response(operation, answer.status, &answer.headers, &answer.body);
        let Some(first) = breaches.first() else {
            return Ok(Answer { checked: true, ..answer });
        };
        why = format!("{}: found {}, wanted {}", first.instance_path, first.found, first.wanted);
    }
    Err(why)
}
