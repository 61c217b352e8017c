//! Live sessions: clients that join, send, see messages in time and in order, lose their connection and come back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::SecondsFormat;
use dryrun_record::{Body, Event, FailureKind, Frame};

use crate::answer::SentRequest;
use crate::joining::Late;
use crate::live::{Client, Closed, Opening, Received, Recorder, Refused};
use crate::phrase::{Call, Phrase, StepFailure, StepResult};
use crate::values::criterion::Criterion;
use crate::values::kinds::cut;
use crate::values::nearest::{listed, nearest};
use crate::values::path::FieldPath;
use crate::vocabulary::support::{PATIENCE, body, condition, doc, encode, number, phrase, raw, text};
use crate::world::World;

pub(crate) const PHRASES: &[Phrase] = &[
    phrase!(Live When None, "{string} connects to {string}", connects,
        "Opens a WebSocket to this path of the service; from here on everything that comes is kept for this client.",
        "When \"ana\" connects to \"/ws/live-updates?session_id=s1\""),
    phrase!(Live When None, "{string} joins the session {string} as {role}", joins,
        "Opens a WebSocket to a session under the client's name and role: `[live] join` in dryrun.toml says where, `welcome` by which message the client is in.",
        "When \"ana\" joins the session \"s1\" as instructor"),
    phrase!(Live When DocString, "{string} sends:", sends,
        "Sends the doc string: JSON, YAML (sent as JSON), or text.",
        "When \"ana\" sends:\n  \"\"\"json\n  {\"type\": \"chat\", \"data\": {\"text\": \"breathe in\"}}\n  \"\"\""),
    phrase!(Live When None, "{string} sends the text {string}", sends_text,
        "Sends a text as it stands, valid or not.",
        "When \"ana\" sends the text \"{not json\""),
    phrase!(Live When None, "{string} leaves", leaves,
        "Closes the connection as one should (1000) and waits for the service's goodbye.",
        "When \"ana\" leaves"),
    phrase!(Live When None, "{string} loses the connection", loses,
        "Cuts the connection without a word, as a lost network does.",
        "When \"ben\" loses the connection"),
    phrase!(Live When None, "{string} reconnects", reconnects,
        "Opens the same connection again; what came before is forgotten.",
        "When \"ben\" reconnects"),
    phrase!(Live When None, "{string} reconnects and asks for what was missed", asks,
        "Opens the same connection again, then GETs what was sent since it was lost: `[live] replay` in dryrun.toml says where. The reply is the answer.",
        "When \"ben\" reconnects and asks for what was missed"),
    phrase!(Live Then None, "the connection of {string} is closed with {int}", closed_with,
        "The service closes the connection with this code (RFC 6455, section 7.4) within 5 seconds.",
        "Then the connection of \"ben\" is closed with 1008"),
    phrase!(Live Then None, "the connection of {string} is open", open,
        "The connection has not ended.",
        "Then the connection of \"ana\" is open"),
    phrase!(Live Then None, "the connection of {string} to {string} is refused with {int}", refused_with,
        "Tries to open a WebSocket to this path; the service must refuse the handshake with this HTTP status.",
        "Then the connection of \"eve\" to \"/ws/live-updates?session_id=none\" is refused with 403"),
];

async fn connects(world: &mut World, call: Call) -> StepResult {
    let (name, path) = (text(world, &call, 0)?, text(world, &call, 1)?);
    connect(world, &name, &path, None).await
}

async fn joins(world: &mut World, call: Call) -> StepResult {
    let (name, session, role) = (text(world, &call, 0)?, text(world, &call, 1)?, raw(&call, 2));
    let template = world.shared.options.conventions.live.join.clone().ok_or_else(|| {
        StepFailure::environment("nothing says where the sessions of this service are")
            .hint("write into dryrun.toml: [live] join = \"/ws/live?session_id={session}&client_id={name}&role={role}\"")
    })?;
    let path = template
        .replace("{session}", &encode(&session))
        .replace("{name}", &encode(&name))
        .replace("{role}", &encode(role));
    connect(world, &name, &path, Some(session)).await
}

async fn connect(world: &mut World, name: &str, path: &str, session: Option<String>) -> StepResult {
    if world.clients.get(name).is_some_and(|client| client.closed().is_none()) {
        return Err(StepFailure::check(format!("\"{name}\" is connected already"))
            .hint("give the other client another name, or let this one leave first"));
    }
    let opening = opening(world, name, path, session)?;
    open_as(world, name, opening).await
}

async fn open_as(world: &mut World, name: &str, opening: Opening) -> StepResult {
    let url = opening.url.clone();
    match world.shake(opening, PATIENCE).await {
        Ok(Ok(client)) => {
            let joined = client.opening().session.is_some();
            world.clients.insert(name.to_owned(), client);
            if joined { welcomed(world, name).await } else { Ok(()) }
        }
        Ok(Err(Refused { status: Some(status), .. })) => {
            Err(StepFailure::check(format!("the service refused the connection of \"{name}\" to {url}"))
                .compare("an open connection", format!("HTTP {status}"))
                .hint("if it should: `Then the connection of \"…\" to \"…\" is refused with …`"))
        }
        Ok(Err(Refused { reason, .. })) => {
            Err(StepFailure::environment(format!("\"{name}\" could not connect to {url}: {reason}")))
        }
        Err(Late) => Err(StepFailure::of(
            FailureKind::Timeout,
            format!("\"{name}\" could not connect to {url} within 5 seconds"),
        )),
    }
}

/// Waits until the service has greeted a client that joined, or has sent it away: which of the two, later steps say.
async fn welcomed(world: &mut World, name: &str) -> StepResult {
    let Some(says) = world.shared.options.conventions.live.welcome.clone() else { return Ok(()) };
    let (path, criterion) = condition(world, &says, "[live] welcome")?;
    let client = client(world, name)?;
    let greeted = |all: &[Received], closed: Option<&Closed>| {
        (closed.is_some() || all.iter().any(|message| fits(message, &path, &criterion))).then_some(())
    };
    client.wait_for(Instant::now() + PATIENCE, greeted).await.ok_or_else(|| {
        StepFailure::of(
            FailureKind::Timeout,
            format!("the service did not greet \"{name}\" within 5 seconds"),
        )
        .compare(format!("a message where {says}"), seen(&client.messages()))
        .hint("`[live] welcome` in dryrun.toml says what a client that joins is sent first")
    })
}

/// Whether a message fulfils a condition; a text that is no JSON fulfils none.
pub(crate) fn fits(message: &Received, path: &FieldPath, criterion: &Criterion) -> bool {
    message.json.as_ref().is_some_and(|json| criterion.check_found(&path.find(json)).is_ok())
}

fn opening(world: &World, name: &str, path: &str, session: Option<String>) -> Result<Opening, StepFailure> {
    if !path.starts_with('/') {
        return Err(StepFailure::check(format!("`{path}` is no path of the service"))
            .hint(format!("a path begins with a slash: `/{path}`")));
    }
    // `http` becomes `ws` and `https` becomes `wss`.
    let url = format!("ws{}{path}", world.target_url.strip_prefix("http").unwrap_or(&world.target_url));
    let mut headers = world.headers.clone();
    headers.push((
        "traceparent".to_owned(),
        format!("00-{}-{:016x}-01", world.correlation, world.shared.number() + 1),
    ));
    headers.push(("x-correlation-id".to_owned(), world.correlation.clone()));
    let (shared, scenario, attempt) = (Arc::clone(&world.shared), world.scenario.id.clone(), world.attempt);
    let (client, path) = (name.to_owned(), path.to_owned());
    if world.carrier.is_some() {
        return Ok(Opening { url, headers, session, recorder: Arc::new(|_, _| {}) });
    }
    let recorder: Recorder = Arc::new(move |way, text| {
        shared.events.append(Event::Frame(Box::new(Frame {
            scenario: scenario.clone(),
            attempt,
            client: client.clone(),
            way,
            at_us: shared.events.now_us(),
            path: path.clone(),
            body: Body::keep(text.as_bytes(), shared.options.body_limit),
        })));
    });
    Ok(Opening { url, headers, session, recorder })
}

/// The client of this name.
pub(crate) fn client<'a>(world: &'a World, name: &str) -> Result<&'a Client, StepFailure> {
    world.clients.get(name).ok_or_else(|| {
        let names = || world.clients.keys().map(String::as_str);
        let failure = StepFailure::environment(format!("nobody called \"{name}\" has connected"));
        match nearest(name, names()) {
            Some(near) => failure.hint(format!("did you mean \"{near}\"?")),
            None if world.clients.is_empty() => {
                failure.hint("put a step such as `When \"ana\" connects to \"/ws\"` before this one")
            }
            None => failure.hint(format!("connected: {}", listed(names(), 10))),
        }
    })
}

async fn sends(world: &mut World, call: Call) -> StepResult {
    let name = text(world, &call, 0)?;
    let (_, bytes) = body(world, doc(&call)?)?;
    send(world, &name, String::from_utf8_lossy(&bytes).into_owned())
}

async fn sends_text(world: &mut World, call: Call) -> StepResult {
    let (name, content) = (text(world, &call, 0)?, text(world, &call, 1)?);
    send(world, &name, content)
}

fn send(world: &World, name: &str, content: String) -> StepResult {
    world.called();
    client(world, name)?.send(content).map_err(|closed| gone(name, &closed))
}

fn gone(name: &str, closed: &Closed) -> StepFailure {
    StepFailure::check(format!("the connection of \"{name}\" has ended"))
        .compare("an open connection", ending(Some(closed)))
}

/// How a connection stands, in words.
pub(crate) fn ending(closed: Option<&Closed>) -> String {
    let Some(closed) = closed else { return "open".to_owned() };
    let by = if closed.by_us { "by the scenario" } else { "by the service" };
    match closed.code {
        Some(code) => format!("closed {by} with {code} {}", closed.reason).trim_end().to_owned(),
        None if closed.reason.is_empty() => format!("closed {by} without a code"),
        None => format!("ended {by}: {}", closed.reason),
    }
}

/// The messages that a client has, a line each.
pub(crate) fn seen(messages: &[Received]) -> String {
    if messages.is_empty() {
        return "no message".to_owned();
    }
    let from = messages.len().saturating_sub(20);
    let mut lines: Vec<String> = messages[from..].iter().map(|message| cut(&message.text, 300)).collect();
    if from > 0 {
        lines.insert(0, format!("({from} earlier messages)"));
    }
    lines.join("\n")
}

async fn leaves(world: &mut World, call: Call) -> StepResult {
    let name = text(world, &call, 0)?;
    let client = client(world, &name)?;
    client.leave().map_err(|closed| gone(&name, &closed))?;
    ended(client, &name).await
}

async fn loses(world: &mut World, call: Call) -> StepResult {
    let name = text(world, &call, 0)?;
    let client = client(world, &name)?;
    client.cut().map_err(|closed| gone(&name, &closed))?;
    ended(client, &name).await
}

async fn ended(client: &Client, name: &str) -> StepResult {
    let closed = client.wait_for(Instant::now() + PATIENCE, |_, closed| closed.map(|_| ())).await;
    closed.ok_or_else(|| {
        StepFailure::of(
            FailureKind::Timeout,
            format!("the service did not answer the close of \"{name}\" within 5 seconds"),
        )
    })
}

async fn reconnects(world: &mut World, call: Call) -> StepResult {
    let name = text(world, &call, 0)?;
    again(world, &name).await.map(drop)
}

/// Opens a client's connection again; tells how the old one ended.
async fn again(world: &mut World, name: &str) -> Result<Closed, StepFailure> {
    let old = client(world, name)?;
    let Some(closed) = old.closed() else {
        return Err(StepFailure::check(format!("\"{name}\" is still connected"))
            .hint(format!("put `When \"{name}\" loses the connection` before this step")));
    };
    let opening = old.opening().clone();
    open_as(world, name, opening).await?;
    Ok(closed)
}

async fn asks(world: &mut World, call: Call) -> StepResult {
    let name = text(world, &call, 0)?;
    let template = world.shared.options.conventions.live.replay.clone().ok_or_else(|| {
        StepFailure::environment("nothing says where this service tells what was missed")
            .hint("write into dryrun.toml: [live] replay = \"/ws/sessions/{session}/replay?since={since}\"")
    })?;
    let session = client(world, &name)?.opening().session.clone();
    let Some(session) = session else {
        return Err(StepFailure::check(format!("\"{name}\" joined no session by its name"))
            .hint(format!("open the connection with `When \"{name}\" joins the session \"…\" as …`")));
    };
    let closed = again(world, &name).await?;
    let since = closed.at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let path = template
        .replace("{session}", &encode(&session))
        .replace("{name}", &encode(&name))
        .replace("{since}", &encode(&since));
    world.send(SentRequest::new("GET", path)).await
}

async fn closed_with(world: &mut World, call: Call) -> StepResult {
    let (name, code): (_, u16) = (text(world, &call, 0)?, number(&call, 1)?);
    let client = client(world, &name)?;
    let closed = client.wait_for(Instant::now() + PATIENCE, |_, closed| closed.cloned()).await;
    match &closed {
        Some(closed) if closed.code == Some(code) && !closed.by_us => Ok(()),
        other => Err(StepFailure::check(format!("the connection of \"{name}\" was not closed with {code}"))
            .compare(format!("closed by the service with {code}"), ending(other.as_ref()))
            .hint(format!("it saw:\n{}", seen(&client.messages())))),
    }
}

async fn open(world: &mut World, call: Call) -> StepResult {
    let name = text(world, &call, 0)?;
    match client(world, &name)?.closed() {
        None => Ok(()),
        Some(closed) => Err(gone(&name, &closed)),
    }
}

async fn refused_with(world: &mut World, call: Call) -> StepResult {
    let (name, path, status): (_, _, u16) =
        (text(world, &call, 0)?, text(world, &call, 1)?, number(&call, 2)?);
    let opening = opening(world, &name, &path, None)?;
    let found = match world.shake(opening, PATIENCE).await {
        Ok(Err(Refused { status: Some(found), .. })) if found == status => return Ok(()),
        Ok(Err(Refused { status: Some(found), .. })) => format!("refused with {found}"),
        Ok(Err(Refused { reason, .. })) => {
            return Err(StepFailure::environment(format!(
                "\"{name}\" could not connect to {path}: {reason}"
            )));
        }
        // Some services accept first and close at once: that is told, so that the feature can say so.
        Ok(Ok(client)) => {
            let soon = Instant::now() + Duration::from_millis(500);
            let closed = client.wait_for(soon, |_, closed| closed.cloned()).await;
            format!("accepted, then {}", ending(closed.as_ref()))
        }
        Err(Late) => "no answer within 5 seconds".to_owned(),
    };
    Err(StepFailure::check(format!("the connection of \"{name}\" to {path} was not refused with {status}"))
        .compare(format!("refused with {status}"), found))
}
