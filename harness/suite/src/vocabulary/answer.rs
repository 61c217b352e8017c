//! Checking the answer: status, time, headers, fields, the body as a whole; and remembering what it says.

use dryrun_record::Failure;
use serde_json::Value;

use crate::answer::Answer;
use crate::phrase::{Call, Phrase, StepFailure, StepResult};
use crate::values::document;
use crate::values::duration;
use crate::values::nearest::{listed, nearest};
use crate::values::path::Found;
use crate::values::table;
use crate::values::template::Template;
use crate::vocabulary::support::{
    body_start, criterion, doc, field, json, number, phrase, raw, table as rows, text, time, told, unlike,
    unmet,
};
use crate::world::World;

pub(crate) const PHRASES: &[Phrase] = &[
    phrase!(Answer Then None, "the status is {int}", status,
        "The answer has this HTTP status.",
        "Then the status is 201"),
    phrase!(Answer Then None, "the status is one of {numbers}", status_one_of,
        "The answer has one of these HTTP statuses.",
        "Then the status is one of 200, 202"),
    phrase!(Answer Then None, "the status is a {class}", status_class,
        "The answer's HTTP status is a success (2xx), a redirect (3xx), a client error (4xx) or a server error (5xx).",
        "Then the status is a client error"),
    phrase!(Answer Then None, "it answers within {duration}", within,
        "From the request's first byte until the answer was complete it took no longer than this.",
        "Then it answers within 2 seconds"),
    phrase!(Answer Then None, "header {string} {predicate}", header,
        "Says something of the first header of this name, in any case. A header's value is a text.",
        "Then header \"Retry-After\" is \"5\""),
    phrase!(Answer Then None, "{field} {predicate}", check_field,
        "Says something of a field of the answer: see the list of checks. A path with `[*]` stands for the list of what it names.",
        "Then newsletter.subject starts with \"Spring\""),
    phrase!(Answer Then None, "the body {predicate}", body,
        "Says something of the answer's body as a text, whatever its media type.",
        "Then the body contains \"http_requests_total\""),
    phrase!(Answer Then DocString, "the answer looks like:", looks_like,
        "The whole body, with markers where values differ: `<uuid>`, `<date-time>`, `<string?>`, `<1..100>`, `</regex/>`, `<now ± 5 s>`, `<each …>`, `<any>`, `<absent>`; a field or item `...` lets more be. Every difference is told.",
        "Then the answer looks like:\n  \"\"\"json\n  {\"content_id\": <uuid>, \"status\": \"success\", \"errors\": [], ...}\n  \"\"\""),
    phrase!(Answer Then DocString, "{field} looks like:", field_looks_like,
        "One field of the answer, with markers as in `the answer looks like:`.",
        "Then newsletter looks like:\n  \"\"\"yaml\n  subject: <string>\n  html: </^<html/>\n  ...\n  \"\"\""),
    phrase!(Answer Then Table, "all of these hold:", all_hold,
        "Several checks, all of them made and all that fail told: a field and what is said of it a row.",
        "Then all of these hold:\n  | status               | is \"success\"      |\n  | published_to         | contains \"email\" |\n  | errors               | is empty         |"),
    phrase!(Answer Then None, "I remember {field} as {string}", remember_field,
        "Remembers a field of the answer: `${id}` stands for it in later steps.",
        "Then I remember content_id as \"id\""),
    phrase!(Answer Then None, "I remember header {string} as {string}", remember_header,
        "Remembers a header of the answer.",
        "Then I remember header \"Location\" as \"place\""),
    phrase!(Answer Then None, "I remember the answer as {string}", remember_answer,
        "Remembers the whole body of the answer: `${before.items[0].id}` is a field of it.",
        "Then I remember the answer as \"before\""),
];

async fn status(world: &mut World, call: Call) -> StepResult {
    let wanted: u16 = number(&call, 0)?;
    judge_status(world.answer()?, &wanted.to_string(), |found| found == wanted)
}

async fn status_one_of(world: &mut World, call: Call) -> StepResult {
    let wanted: Vec<&str> = raw(&call, 0).split(',').map(str::trim).collect();
    judge_status(world.answer()?, &format!("one of {}", raw(&call, 0)), |found| {
        wanted.contains(&found.to_string().as_str())
    })
}

async fn status_class(world: &mut World, call: Call) -> StepResult {
    let first = match raw(&call, 0) {
        "success" => 2,
        "redirect" => 3,
        "client error" => 4,
        _ => 5,
    };
    judge_status(world.answer()?, &format!("a {} ({first}xx)", raw(&call, 0)), |found| found / 100 == first)
}

fn judge_status(answer: &Answer, wanted: &str, holds: impl Fn(u16) -> bool) -> StepResult {
    if holds(answer.status) {
        return Ok(());
    }
    Err(StepFailure::check(format!("{}, not {wanted}", told(answer)))
        .compare(wanted, format!("{}\n{}", answer.status, body_start(answer)))
        .at("status")
        .exchanges([answer.exchange.clone()]))
}

async fn within(world: &mut World, call: Call) -> StepResult {
    let limit = time(&call, 0)?;
    let answer = world.answer()?;
    if answer.elapsed <= limit {
        return Ok(());
    }
    Err(StepFailure::check(format!(
        "the answer to {} took {}",
        answer.request,
        duration::show(answer.elapsed)
    ))
    .compare(format!("at most {}", duration::show(limit)), duration::show(answer.elapsed))
    .exchanges([answer.exchange.clone()]))
}

async fn header(world: &mut World, call: Call) -> StepResult {
    let name = text(world, &call, 0)?;
    let criterion = criterion(world, &call, 1)?;
    let answer = world.answer()?;
    let value = answer.header(&name).map(Value::from);
    let Err(mut mismatch) = criterion.check(value.as_ref()) else { return Ok(()) };
    if value.is_none() {
        mismatch.found = absent_header(answer, &name);
    }
    let said = format!("header \"{name}\" {}", raw(&call, 1));
    Err(unmet(&said, &format!("header {name}"), mismatch).exchanges([answer.exchange.clone()]))
}

fn absent_header(answer: &Answer, name: &str) -> String {
    let names = || answer.headers.iter().map(|(name, _)| name.as_str());
    match nearest(name, names()) {
        Some(near) => format!("absent; there is `{near}`"),
        None => format!("absent; there are {}", listed(names(), 20)),
    }
}

async fn check_field(world: &mut World, call: Call) -> StepResult {
    let path = field(&call, 0)?;
    let criterion = criterion(world, &call, 1)?;
    let answer = world.answer()?;
    criterion.check_found(&path.find(json(answer)?)).map_err(|mismatch| {
        let said = format!("{} {}", path.as_str(), raw(&call, 1));
        unmet(&said, path.as_str(), mismatch).exchanges([answer.exchange.clone()])
    })
}

async fn body(world: &mut World, call: Call) -> StepResult {
    let criterion = criterion(world, &call, 0)?;
    let answer = world.answer()?;
    criterion.check(Some(&Value::String(answer.text()))).map_err(|mismatch| {
        unmet(&format!("the body {}", raw(&call, 0)), "body", mismatch).exchanges([answer.exchange.clone()])
    })
}

async fn looks_like(world: &mut World, call: Call) -> StepResult {
    let template = template(world, &call)?;
    let answer = world.answer()?;
    let differences = template.differences(Some(json(answer)?));
    if differences.is_empty() {
        Ok(())
    } else {
        Err(unlike("the answer looks different", differences, std::slice::from_ref(&answer.exchange)))
    }
}

async fn field_looks_like(world: &mut World, call: Call) -> StepResult {
    let path = field(&call, 0)?;
    let template = template(world, &call)?;
    let answer = world.answer()?;
    let body = json(answer)?;
    if let Found::Missing(why) = path.find(body) {
        return Err(StepFailure::check(format!("there is no `{}`: {why}", path.as_str()))
            .compare(template.to_string(), "absent")
            .at(path.as_str())
            .exchanges([answer.exchange.clone()]));
    }
    let mut differences = template.differences(path.get(body).as_ref());
    for difference in &mut differences {
        let dot = if difference.path.is_empty() || difference.path.starts_with('[') { "" } else { "." };
        difference.path = format!("{}{dot}{}", path.as_str(), difference.path);
    }
    if differences.is_empty() {
        Ok(())
    } else {
        Err(unlike("it looks different", differences, std::slice::from_ref(&answer.exchange)))
    }
}

fn template(world: &mut World, call: &Call) -> Result<Template, StepFailure> {
    let doc = doc(call)?;
    let language = document::language(doc.media_type.as_deref(), &doc.text);
    Ok(Template::read(&doc.text, language, &mut world.scope())?)
}

async fn all_hold(world: &mut World, call: Call) -> StepResult {
    let mut checks = Vec::new();
    for ((path, predicate), row) in table::checks(rows(&call)?)?.into_iter().zip(table::pairs(rows(&call)?)?)
    {
        checks.push((path, predicate.fill(&mut world.scope())?, row.1.to_owned()));
    }
    let answer = world.answer()?;
    let body = json(answer)?;
    let mut failures: Vec<Failure> = Vec::new();
    for (path, criterion, said) in checks {
        if let Err(mismatch) = criterion.check_found(&path.find(body)) {
            failures.extend(
                unmet(&format!("{} {said}", path.as_str()), path.as_str(), mismatch)
                    .exchanges([answer.exchange.clone()])
                    .0,
            );
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(StepFailure(failures)) }
}

async fn remember_field(world: &mut World, call: Call) -> StepResult {
    let path = field(&call, 0)?;
    let answer = world.answer()?;
    let body = json(answer)?;
    let found = match (path.find(body), path.get(body)) {
        (_, Some(value)) => Ok(value),
        (Found::Missing(why), None) => Err(why),
        (_, None) => Err("the path names nothing".to_owned()),
    };
    let value = found.map_err(|why| {
        StepFailure::check(format!("`{}` can't be remembered: {why}", path.as_str()))
            .compare("present", body_start(answer))
            .at(path.as_str())
            .exchanges([answer.exchange.clone()])
    })?;
    Ok(world.vars.remember(raw(&call, 1), value)?)
}

async fn remember_header(world: &mut World, call: Call) -> StepResult {
    let name = text(world, &call, 0)?;
    let answer = world.answer()?;
    let value = answer.header(&name).map(Value::from).ok_or_else(|| {
        StepFailure::check(format!("header `{name}` can't be remembered"))
            .compare("present", absent_header(answer, &name))
            .exchanges([answer.exchange.clone()])
    })?;
    Ok(world.vars.remember(raw(&call, 1), value)?)
}

async fn remember_answer(world: &mut World, call: Call) -> StepResult {
    let answer = world.answer()?;
    let value = answer.json.clone().unwrap_or_else(|| Value::String(answer.text()));
    Ok(world.vars.remember(raw(&call, 0), value)?)
}
