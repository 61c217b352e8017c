//! Set-up: the service, the profile, secrets, the clock, what is remembered, what every request carries.

use std::collections::BTreeMap;
use std::time::Instant;

use base64::Engine;
use chrono::{DateTime, Utc};
use dryrun_target::TargetSpec;
use serde_json::Value;

use crate::answer::SentRequest;
use crate::phrase::{Call, Phrase, StepFailure, StepResult};
use crate::values::document::{self, Language};
use crate::values::duration;
use crate::values::expand;
use crate::values::kinds::moment;
use crate::values::table;
use crate::vocabulary::support::{body_start, doc, phrase, raw, table as rows, text, value};
use crate::world::World;

pub(crate) const PHRASES: &[Phrase] = &[
    phrase!(SetUp Given None, "the service is ready", ready,
        "The service under test answers its readiness check with a success, or does so within the time that the check allows.",
        "Given the service is ready"),
    phrase!(SetUp Given None, "a freshly started service", fresh,
        "Starts a copy of the service for this scenario alone, with the configured environment; it ends with the scenario.",
        "Given a freshly started service"),
    phrase!(SetUp Given Table, "a freshly started service with the environment:", fresh,
        "Starts a copy of the service for this scenario alone, with these variables on top of its configured environment.",
        "Given a freshly started service with the environment:\n  | MAX_RETRIES  | 1    |\n  | DRY_RUN_MODE | true |"),
    phrase!(SetUp Given None, "the profile {string}", profile,
        "The run uses this profile; in another one the scenario fails. To leave it out instead, tag it `@only-profile:staging`.",
        "Given the profile \"staging\""),
    phrase!(SetUp Given None, "secret {string}", secret,
        "Remembers a secret, from the secrets of the configuration or else the environment, under its own name. Its value is masked in everything that is written.",
        "Given secret \"CRM_API_KEY\""),
    phrase!(SetUp Given None, "I remember {value} as {string}", remember,
        "Remembers a value: `${campaign}` stands for it in later steps.",
        "Given I remember \"spring\" as \"campaign\""),
    phrase!(SetUp Given Table, "I remember:", remember_table,
        "Remembers several values, a name and a value a row. Numbers, booleans and lists keep their type.",
        "Given I remember:\n  | campaign | spring |\n  | limit    | 25     |"),
    phrase!(SetUp Given DocString, "I remember as {string}:", remember_doc,
        "Remembers a doc string: JSON and YAML as a value with fields, anything else as a text.",
        "Given I remember as \"reader\":\n  \"\"\"json\n  {\"email\": \"ana@example.com\", \"tags\": [\"beta\"]}\n  \"\"\""),
    phrase!(SetUp Given None, "a unique email as {string}", unique_email,
        "Remembers an email address that no other scenario of the run uses.",
        "Given a unique email as \"reader\""),
    phrase!(SetUp Given None, "the clock stands at {string}", clock,
        "Stops the clock of the mocks, and of `${now}` and `${today}`, at this moment.",
        "Given the clock stands at \"2026-01-24T10:00:00Z\""),
    phrase!(SetUp Given Table, "every request carries the headers:", headers,
        "Headers that go with each request of this scenario from here on; `<absent>` takes one away that was set before.",
        "Given every request carries the headers:\n  | Accept-Language | en    |\n  | X-API-Key       | ${key} |"),
    phrase!(SetUp Given None, "the bearer token {string}", bearer,
        "Each request of this scenario carries `Authorization: Bearer …` from here on.",
        "Given the bearer token \"${CRM_API_KEY}\""),
    phrase!(SetUp Given None, "basic auth as {string} with the password {string}", basic,
        "Each request of this scenario carries `Authorization: Basic …` (RFC 7617) from here on.",
        "Given basic auth as \"ana\" with the password \"${PASSWORD}\""),
    phrase!(SetUp Given None, "the cookie {string} is {string}", cookie,
        "Each request of this scenario carries this cookie from here on, beside those set before.",
        "Given the cookie \"session\" is \"abc\""),
];

async fn ready(world: &mut World, _call: Call) -> StepResult {
    let ready = match &world.shared.target_spec {
        TargetSpec::Attach { ready, .. } | TargetSpec::Command { ready, .. } => ready.clone(),
    };
    let deadline = Instant::now() + ready.within;
    let request = SentRequest::new("GET", ready.path.clone());
    loop {
        let answer = world.call(&request).await?;
        if answer.error.is_none() && (200..300).contains(&answer.status) {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let found = answer
                .error
                .clone()
                .unwrap_or_else(|| format!("status {}: {}", answer.status, body_start(&answer)));
            let failure = StepFailure::environment(format!(
                "the service is not ready after {}",
                duration::show(ready.within)
            ))
            .compare(format!("a success at GET {}", ready.path), found)
            .exchanges([answer.exchange]);
            return Err(match world.target_gone().await {
                Some(gone) => failure.hint(gone),
                None => failure,
            });
        }
        tokio::time::sleep(std::time::Duration::from_millis(100).min(deadline - Instant::now())).await;
    }
}

async fn fresh(world: &mut World, call: Call) -> StepResult {
    let mut environment = BTreeMap::new();
    if let Some(table) = &call.table {
        for (name, value) in table::pairs(table)? {
            environment.insert(name.to_owned(), table::text_cell(value, &mut world.scope())?);
        }
    }
    world.fresh_service(environment).await
}

async fn profile(world: &mut World, call: Call) -> StepResult {
    let wanted = text(world, &call, 0)?;
    let found = world.shared.options.profile.as_deref();
    if found == Some(wanted.as_str()) {
        return Ok(());
    }
    Err(StepFailure::environment(format!("this scenario is for the profile `{wanted}`"))
        .compare(wanted.clone(), found.unwrap_or("no profile"))
        .hint(format!("run with `--profile {wanted}`, or tag the scenario `@only-profile:{wanted}` to leave it out of other runs")))
}

async fn secret(world: &mut World, call: Call) -> StepResult {
    let name = text(world, &call, 0)?;
    let options = &world.shared.options;
    let found = options.secrets.get(&name).or_else(|| options.env.get(&name)).cloned();
    let Some(found) = found.filter(|found| !found.is_empty()) else {
        return Err(StepFailure::environment(format!("there is no secret `{name}`"))
            .hint(format!("set the environment variable {name} before the run")));
    };
    world.shared.events.masker().learn(&found);
    Ok(world.vars.remember_secret(&name, Value::String(found))?)
}

async fn remember(world: &mut World, call: Call) -> StepResult {
    let value = value(world, &call, 0)?;
    Ok(world.vars.set_up(raw(&call, 1), value)?)
}

async fn remember_table(world: &mut World, call: Call) -> StepResult {
    for (name, written) in table::pairs(rows(&call)?)? {
        let value = table::cell(written, &mut world.scope())?;
        world.vars.set_up(name, value)?;
    }
    Ok(())
}

async fn remember_doc(world: &mut World, call: Call) -> StepResult {
    let doc = doc(&call)?;
    // Without a media type only what begins like JSON is taken apart: a plain text is YAML too, and meant as a text.
    let language = match document::language(doc.media_type.as_deref(), &doc.text) {
        Language::Yaml if doc.media_type.is_none() => Language::Text,
        other => other,
    };
    let value = expand::json(&document::read(&doc.text, language)?, &mut world.scope())?;
    Ok(world.vars.set_up(raw(&call, 0), value)?)
}

async fn unique_email(world: &mut World, call: Call) -> StepResult {
    let email = world.expand_value("${unique email}")?;
    Ok(world.vars.set_up(raw(&call, 0), email)?)
}

async fn clock(world: &mut World, call: Call) -> StepResult {
    let written = text(world, &call, 0)?;
    let now: DateTime<Utc> = moment(&written).ok_or_else(|| {
        StepFailure::check(format!("`{written}` is no date-time"))
            .hint("write one as \"2026-01-24T10:00:00Z\"")
    })?;
    for view in world.views.values() {
        view.set_clock(now);
    }
    world.now = Some(now);
    Ok(())
}

async fn headers(world: &mut World, call: Call) -> StepResult {
    for (name, written) in table::pairs(rows(&call)?)? {
        if written == "<absent>" {
            world.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        } else {
            let value = table::text_cell(written, &mut world.scope())?;
            set_header(world, name, value);
        }
    }
    Ok(())
}

async fn bearer(world: &mut World, call: Call) -> StepResult {
    let token = text(world, &call, 0)?;
    world.shared.events.masker().learn(&token);
    set_header(world, "authorization", format!("Bearer {token}"));
    Ok(())
}

async fn basic(world: &mut World, call: Call) -> StepResult {
    let (user, password) = (text(world, &call, 0)?, text(world, &call, 1)?);
    world.shared.events.masker().learn(&password);
    let credentials = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    set_header(world, "authorization", format!("Basic {credentials}"));
    Ok(())
}

async fn cookie(world: &mut World, call: Call) -> StepResult {
    let (name, value) = (text(world, &call, 0)?, text(world, &call, 1)?);
    let before = world
        .headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case("cookie"))
        .map(|(_, value)| value.clone());
    let mut cookies: Vec<String> = before
        .iter()
        .flat_map(|line| line.split("; "))
        .filter(|pair| pair.split_once('=').is_none_or(|(known, _)| known != name))
        .map(str::to_owned)
        .collect();
    cookies.push(format!("{name}={value}"));
    set_header(world, "cookie", cookies.join("; "));
    Ok(())
}

fn set_header(world: &mut World, name: &str, value: String) {
    world.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    world.headers.push((name.to_owned(), value));
}
