//! Plain JSON Schemas by name: the answer, a field of it, what was sent.

use std::sync::Arc;

use dryrun_contract::{Breach, SchemaSet};
use dryrun_record::{Failure, FailureKind};
use serde_json::Value;

use crate::phrase::{Call, Phrase, StepFailure, StepResult};
use crate::values::path::Found;
use crate::vocabulary::calls::{body_of, received_anywhere};
use crate::vocabulary::support::{field, json, phrase, text};
use crate::world::World;

pub(crate) const PHRASES: &[Phrase] = &[
    phrase!(Contracts Then None, "the answer honours the contract {string}", answer,
        "The answer's body is as the JSON Schema of this name says. Schemas stand in the folder that `[schemas]` in dryrun.toml names; the name is the file's, without its extension.",
        "Then the answer honours the contract \"content-response\""),
    phrase!(Contracts Then None, "{field} honours the contract {string}", one_field,
        "This field of the answer is as the JSON Schema of this name says; with `[*]`, each of them is.",
        "Then results.email honours the contract \"email-result\""),
    phrase!(Contracts Then None, "in every call to {call} the body honours the contract {string}", every_body,
        "What the service sent with each call to this path is as the JSON Schema of this name says; there must be at least one call.",
        "Then in every call to \"POST /api/v1/email/send\" the body honours the contract \"email\""),
];

/// More are only counted.
const TOLD: usize = 20;

async fn answer(world: &mut World, call: Call) -> StepResult {
    let name = text(world, &call, 0)?;
    let schemas = schemas(world)?;
    let answer = world.answer()?;
    let failures = judge(&schemas, &name, json(answer)?, "the answer", &answer.exchange)?;
    if failures.is_empty() { Ok(()) } else { Err(StepFailure(failures)) }
}

async fn one_field(world: &mut World, call: Call) -> StepResult {
    let (path, name) = (field(&call, 0)?, text(world, &call, 1)?);
    let schemas = schemas(world)?;
    let answer = world.answer()?;
    let absent = |what: &str, why: String| {
        StepFailure::check(format!("{what} is not there to honour the contract `{name}`"))
            .compare("a value", why)
            .at(what)
            .exchanges([answer.exchange.clone()])
    };
    let found = match path.find(json(answer)?) {
        Found::One(value) => vec![(path.as_str().to_owned(), Some(value))],
        Found::Missing(why) => return Err(absent(path.as_str(), why)),
        Found::Many(all) if all.is_empty() => return Err(absent(path.as_str(), "no item".to_owned())),
        Found::Many(all) => all,
    };
    let mut failures = Vec::new();
    for (place, value) in found {
        let value = value.ok_or_else(|| absent(&place, "absent".to_owned()))?;
        failures.extend(judge(&schemas, &name, value, &place, &answer.exchange)?);
    }
    failures.truncate(TOLD);
    if failures.is_empty() { Ok(()) } else { Err(StepFailure(failures)) }
}

async fn every_body(world: &mut World, call: Call) -> StepResult {
    let (line, name) = (text(world, &call, 0)?, text(world, &call, 1)?);
    let schemas = schemas(world)?;
    let called = received_anywhere(world, &line).await?;
    if called.calls.is_empty() {
        return Err(StepFailure::check(format!("there was no call to {line}, so nothing was checked"))
            .compare("at least one call", "none"));
    }
    let said = format!("in every call to \"{line}\" the body honours the contract \"{name}\"");
    called.each(world, said, move |one| {
        let failures = judge(&schemas, &name, &body_of(one)?, &format!("the body of {line}"), &one.id)?;
        if failures.is_empty() { Ok(()) } else { Err(StepFailure(failures)) }
    })
}

fn schemas(world: &World) -> Result<Arc<SchemaSet>, StepFailure> {
    world.shared.options.schemas.clone().ok_or_else(|| {
        StepFailure::environment("there are no JSON Schemas")
            .hint("name their folder in dryrun.toml: [schemas] folder = \"schemas/plain\"")
    })
}

/// Where a value departs from a schema.
fn judge(
    schemas: &SchemaSet,
    name: &str,
    value: &Value,
    what: &str,
    exchange: &str,
) -> Result<Vec<Failure>, StepFailure> {
    let breaches = schemas.check(name, value).map_err(|error| StepFailure::environment(error.to_string()))?;
    Ok(breaches.iter().take(TOLD).map(|breach| told(breach, name, what, exchange)).collect())
}

fn told(breach: &Breach, name: &str, what: &str, exchange: &str) -> Failure {
    let place = breach.instance_path.trim_start_matches("body").trim_start_matches('/');
    let at = if place.is_empty() { what.to_owned() } else { format!("{what} at {place}") };
    Failure {
        kind: FailureKind::Contract,
        message: format!("{at} breaks the contract `{name}`"),
        at: Some(breach.instance_path.clone()),
        expected: Some(breach.wanted.clone()),
        found: Some(breach.found.clone()),
        hint: Some(format!("the contract says so at {}", breach.schema_path)),
        exchanges: vec![exchange.to_owned()],
    }
}
