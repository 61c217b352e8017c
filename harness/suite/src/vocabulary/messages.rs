//! Live sessions: what clients see, in time, in order, or not at all.

use std::time::Instant;

use dryrun_record::FailureKind;
use serde_json::Value;

use crate::live::{Client, Received};
use crate::phrase::{Call, Phrase, StepFailure, StepResult};
use crate::values::duration;
use crate::values::table::Like;
use crate::vocabulary::live::{client, ending, fits, seen};
use crate::vocabulary::support::{PATIENCE, criterion, field, lines, phrase, raw, table as rows, text, time};
use crate::world::World;

pub(crate) const PHRASES: &[Phrase] = &[
    phrase!(Live Then None, "within {duration} {string} sees a message where {field} {predicate}", sees,
        "Such a message has come since the client connected, or comes within the time.",
        "Then within 5 seconds \"ben\" sees a message where type is \"participant_joined\""),
    phrase!(Live Then Table, "within {duration} {string} sees a message like:", sees_like,
        "A message with these fields has come since the client connected, or comes within the time.",
        "Then within 5 seconds \"ben\" sees a message like:\n  | type      | chat       |\n  | data.text | breathe in |"),
    phrase!(Live Then Table, "{string} sees, in this order:", in_order,
        "Such messages come one after another within 5 seconds; others may come between them. The first row names the fields, an empty cell says nothing of its field.",
        "Then \"ben\" sees, in this order:\n  | type               | data.name |\n  | welcome            |           |\n  | participant_joined | ana       |"),
    phrase!(Live Then None, "for {duration} {string} sees no message where {field} {predicate}", sees_none,
        "No such message has come since the client connected, and none comes within the time.",
        "Then for 1 second \"eve\" sees no message where type is \"chat\""),
    phrase!(Live Then None, "I remember {field} of the last message to {string} as {string}", remember,
        "Remembers a field of the last message that came.",
        "Then I remember session_id of the last message to \"ana\" as \"session\""),
];

async fn sees(world: &mut World, call: Call) -> StepResult {
    let (limit, name, path) = (time(&call, 0)?, text(world, &call, 1)?, field(&call, 2)?);
    let criterion = criterion(world, &call, 3)?;
    let client = client(world, &name)?;
    let deadline = Instant::now() + limit;
    if client
        .wait_for(deadline, |all, _| all.iter().any(|message| fits(message, &path, &criterion)).then_some(()))
        .await
        .is_some()
    {
        return Ok(());
    }
    let said = format!("{} {}", path.as_str(), raw(&call, 3));
    Err(unseen(
        client,
        &format!("\"{name}\" saw no message where {said} within {}", duration::show(limit)),
        &format!("a message where {said}"),
    )
    .at(path.as_str()))
}

fn unseen(client: &Client, message: &str, wanted: &str) -> StepFailure {
    let failure = StepFailure::of(FailureKind::Timeout, message).compare(wanted, seen(&client.messages()));
    match client.closed() {
        Some(closed) => failure.hint(format!("the connection has ended: {}", ending(Some(&closed)))),
        None => failure,
    }
}

async fn sees_like(world: &mut World, call: Call) -> StepResult {
    let (limit, name) = (time(&call, 0)?, text(world, &call, 1)?);
    let like = Like::read(rows(&call)?, &mut world.scope())?;
    let client = client(world, &name)?;
    let deadline = Instant::now() + limit;
    if client
        .wait_for(deadline, |all, _| all.iter().any(|message| is_like(message, &like)).then_some(()))
        .await
        .is_some()
    {
        return Ok(());
    }
    let failure = unseen(
        client,
        &format!("\"{name}\" saw no message like this within {}", duration::show(limit)),
        "a message like this",
    );
    Err(match nearest(&client.messages(), &like) {
        Some(text) => failure.hint(text),
        None => failure,
    })
}

fn is_like(message: &Received, like: &Like) -> bool {
    like.differences(message.json.as_ref().unwrap_or(&Value::Null)).is_empty()
}

/// The message that differs least, and in what.
fn nearest(messages: &[Received], like: &Like) -> Option<String> {
    let judged =
        messages.iter().filter_map(|message| Some((message, like.differences(message.json.as_ref()?))));
    let (message, differences) = judged.min_by_key(|(_, differences)| differences.len())?;
    Some(format!("the nearest message is {}\n{}", message.text, lines(&differences)))
}

async fn in_order(world: &mut World, call: Call) -> StepResult {
    let name = text(world, &call, 0)?;
    let likes = Like::rows(rows(&call)?, &mut world.scope())?;
    let client = client(world, &name)?;
    let deadline = Instant::now() + PATIENCE;
    let all = |messages: &[Received]| reached(messages, &likes) == likes.len();
    if client.wait_for(deadline, |messages, _| all(messages).then_some(())).await.is_some() {
        return Ok(());
    }
    let messages = client.messages();
    let row = reached(&messages, &likes);
    let wanted = rows(&call)?.get(row + 1).map(|cells| cells.join(" | ")).unwrap_or_default();
    let failure = unseen(
        client,
        &format!("\"{name}\" did not see message {} of the order within 5 seconds", row + 1),
        &wanted,
    );
    let rest = &messages[position(&messages, &likes[..row])..];
    Err(match likes.get(row).and_then(|like| nearest(rest, like)) {
        Some(text) => failure.hint(text),
        None => failure,
    })
}

/// How many of the wanted messages have come, one after another.
fn reached(messages: &[Received], likes: &[Like]) -> usize {
    let mut rest = messages.iter();
    likes.iter().take_while(|like| rest.any(|message| is_like(message, like))).count()
}

/// Behind which message all of these have come.
fn position(messages: &[Received], likes: &[Like]) -> usize {
    let mut at = 0;
    for like in likes {
        at += messages[at..].iter().position(|message| is_like(message, like)).map_or(0, |found| found + 1);
    }
    at
}

async fn sees_none(world: &mut World, call: Call) -> StepResult {
    let (limit, name, path) = (time(&call, 0)?, text(world, &call, 1)?, field(&call, 2)?);
    let criterion = criterion(world, &call, 3)?;
    let client = client(world, &name)?;
    // A connection that has ended sees nothing, which proves nothing.
    if let Some(closed) = client.closed() {
        return Err(StepFailure::check(format!(
            "the connection of \"{name}\" has ended, so that it sees nothing proves nothing"
        ))
        .compare("an open connection", ending(Some(&closed))));
    }
    let deadline = Instant::now() + limit;
    let unwanted = client
        .wait_for(deadline, |all, _| all.iter().find(|message| fits(message, &path, &criterion)).cloned())
        .await;
    let said = format!("{} {}", path.as_str(), raw(&call, 3));
    match (unwanted, client.closed()) {
        (Some(message), _) => Err(StepFailure::check(format!("\"{name}\" saw a message where {said}"))
            .compare(format!("no message where {said}"), message.text)
            .at(path.as_str())),
        (None, Some(closed)) => {
            Err(StepFailure::check(format!("the connection of \"{name}\" ended before the time was up"))
                .compare("an open connection", ending(Some(&closed))))
        }
        (None, None) => Ok(()),
    }
}

async fn remember(world: &mut World, call: Call) -> StepResult {
    let (path, name) = (field(&call, 0)?, text(world, &call, 1)?);
    let messages = client(world, &name)?.messages();
    let last = messages.last().ok_or_else(|| {
        StepFailure::check(format!("\"{name}\" has seen no message yet"))
            .hint("wait for one first: `Then within 5 seconds … sees a message where …`")
    })?;
    let value = last.json.as_ref().and_then(|json| path.get(json)).ok_or_else(|| {
        StepFailure::check(format!("`{}` can't be remembered", path.as_str()))
            .compare("present", last.text.clone())
            .at(path.as_str())
    })?;
    Ok(world.vars.remember(raw(&call, 2), value)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use serde_json::json;

    use super::*;
    use crate::values::expand::Scope;
    use crate::values::variables::Variables;

    fn likes(rows: &[&[&str]]) -> Vec<Like> {
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect();
        let (variables, env, mut rng) = (Variables::new(), BTreeMap::new(), StdRng::seed_from_u64(1));
        let mut scope =
            Scope { variables: &variables, rng: &mut rng, now: chrono::DateTime::UNIX_EPOCH, env: &env };
        Like::rows(&rows, &mut scope).unwrap()
    }

    fn message(json: Value) -> Received {
        Received { at: Instant::now(), text: json.to_string(), json: Some(json) }
    }

    #[test]
    fn order_lets_others_between_but_not_before() {
        let messages: Vec<Received> =
            ["welcome", "noise", "joined", "left"].map(|kind| message(json!({"type": kind}))).into();
        assert_eq!(reached(&messages, &likes(&[&["type"], &["welcome"], &["left"]])), 2);
        let wrong = likes(&[&["type"], &["joined"], &["welcome"]]);
        assert_eq!(reached(&messages, &wrong), 1);
        assert_eq!(position(&messages, &wrong[..1]), 3);
        assert!(nearest(&messages, &wrong[1]).is_none_or(|text| text.contains("nearest message")));
    }
}
