//! `[[request]]` and `[[workflow]]`: what is played.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::sheet::{Found, Notes, Sheet, kind, number, place};
use super::{Plays, Request, Scope, Selector, Think, Threshold, Workflow, duration, limits};

/// The highest weight: beyond it the smaller ones would hardly ever come.
const MOST_WEIGHT: u64 = 1_000_000;

/// What reading needs to know of the rest of the profile.
pub(super) struct Around<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    pub(super) folder: &'a Path,
    /// Arrivals come by a schedule: nobody thinks.
    pub(super) open: bool,
    /// The profile says what satisfies.
    pub(super) apdex: bool,
}

/// Workflows in the order of the text, and their thresholds.
pub(super) fn workflows(
    top: &mut Sheet<'_, '_>,
    around: &Around<'_>,
    notes: &mut Notes,
) -> (Vec<Workflow>, Vec<Threshold>) {
    let mut read: Vec<(Range<usize>, Option<Workflow>, Vec<Threshold>)> = Vec::new();
    for sheet in top.tables("request", notes) {
        read.push(request(sheet, around, notes));
    }
    for sheet in top.tables("workflow", notes) {
        read.push(scenarios(sheet, around, notes));
    }
    read.sort_by_key(|(at, ..)| at.start);
    if read.is_empty() && !top.has("request") && !top.has("workflow") {
        let message =
            "nothing to play: add a [[request]] with a path, or a [[workflow]] with file, scenario or tags";
        notes.add(&top.at, message);
    }
    let mut named: BTreeMap<String, Range<usize>> = BTreeMap::new();
    for (at, workflow, _) in &read {
        let Some(name) = workflow.as_ref().map(|workflow| &workflow.name).filter(|name| !name.is_empty())
        else {
            continue;
        };
        if let Some(first) = named.get(name) {
            let (line, _) = place(around.text, first.start);
            let message =
                format!("the name {name:?} is taken by the one in line {line}: give each its own `name`");
            notes.add(at, message);
        } else {
            named.insert(name.clone(), at.clone());
        }
    }
    for (name, at) in &named {
        let of =
            named.keys().find(|other| name.strip_prefix(*other).is_some_and(|rest| rest.starts_with(": ")));
        if let Some(of) = of {
            let message = format!("the name {name:?} looks like a scenario of {of:?}: leave out the `: `");
            notes.add(at, message);
        }
    }
    let mut thresholds = Vec::new();
    let mut workflows = Vec::new();
    for (_, workflow, own) in read {
        thresholds.extend(own);
        workflows.extend(workflow);
    }
    (workflows, thresholds)
}

type Read = (Range<usize>, Option<Workflow>, Vec<Threshold>);

fn request(mut sheet: Sheet<'_, '_>, around: &Around<'_>, notes: &mut Notes) -> Read {
    let at = sheet.at.clone();
    let name = name(&mut sheet, "request", notes);
    let weight = weight(&mut sheet, notes);
    let think = think(&mut sheet, around, notes);
    let data = data(&mut sheet, around, notes);
    let method = sheet.parsed("method", notes, |method| {
        let known =
            method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-') && !method.is_empty();
        let hint =
            || format!("{method:?} is no HTTP method: write GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS");
        if known { Ok(method.to_owned()) } else { Err(hint()) }
    });
    let method = method.map_or_else(|| "GET".to_owned(), |method| method.value);
    let path = sheet.parsed("path", notes, |path| {
        if !path.starts_with('/') {
            return Err(format!("{path:?} must start with /; the target's address is put before it"));
        }
        match path.chars().find(|c| c.is_whitespace() || c.is_control() || *c == '#') {
            Some(c) => {
                Err(format!("{path:?} holds {c:?}, which no address can: write it as %{:02X}", c as u32))
            }
            None => Ok(path.to_owned()),
        }
    });
    if !sheet.has("path") {
        notes.add(&sheet.at, format!("{} needs path = \"/…\"", sheet.name));
    }
    let headers = headers(&mut sheet, notes);
    let body = sheet.value("body").map(|(_, value)| json(value, notes));
    let status = statuses(&mut sheet, notes);
    let path = path.map(|path| path.value);
    let name = name.or_else(|| path.as_ref().map(|path| format!("{method} {path}"))).unwrap_or_default();
    let thresholds = limits::of(&mut sheet, &Scope::Step(name.clone()), around.apdex, notes);
    let hints = [
        ("url", "write path = \"/…\"; the target is said elsewhere"),
        ("file", "scenarios of features belong to a [[workflow]]"),
        ("scenario", "scenarios of features belong to a [[workflow]]"),
        ("tags", "scenarios of features belong to a [[workflow]]"),
    ];
    sheet.close(&hints, notes);
    let plays = path.map(|path| Plays::Request(Request { method, path, headers, body, status }));
    (at, plays.map(|plays| Workflow { name, weight, think, data, plays }), thresholds)
}

fn scenarios(mut sheet: Sheet<'_, '_>, around: &Around<'_>, notes: &mut Notes) -> Read {
    let at = sheet.at.clone();
    let name = name(&mut sheet, "workflow", notes);
    let weight = weight(&mut sheet, notes);
    let think = think(&mut sheet, around, notes);
    let data = data(&mut sheet, around, notes);
    let mut filled = |key: &'static str, notes: &mut Notes| {
        sheet
            .parsed(key, notes, |text| match text.trim() {
                "" => Err("it is empty: say which, or leave it out".to_owned()),
                text => Ok(text.to_owned()),
            })
            .map(|found| found.value)
    };
    let file = filled("file", notes);
    let scenario = filled("scenario", notes);
    let tags = filled("tags", notes);
    if !["file", "scenario", "tags"].iter().any(|key| sheet.has(key)) {
        let message = format!(
            "{} needs file = \"features/….feature\", scenario = \"…\" or tags = \"@…\": which scenarios it plays",
            sheet.name
        );
        notes.add(&sheet.at, message);
    }
    if sheet.has("thresholds") && name.is_none() {
        notes.add(
            &sheet.place_of("thresholds"),
            "thresholds need a workflow that has a name: add name = \"…\"",
        );
    }
    let name = name.unwrap_or_default();
    let thresholds = limits::of(&mut sheet, &Scope::Workflow(name.clone()), around.apdex, notes);
    let hints = [
        ("path", "a single request is a [[request]]"),
        ("feature", "write file = …"),
        ("tag", "write tags = …"),
        ("scenarios", "write scenario = …, once for each [[workflow]]"),
    ];
    sheet.close(&hints, notes);
    let (line, _) = place(around.text, at.start);
    let selector = Selector { file, scenario, tags, at: format!("{}:{line}", around.path) };
    (at, Some(Workflow { name, weight, think, data, plays: Plays::Scenarios(selector) }), thresholds)
}

/// The name, by which messages call the sheet from then on.
fn name(sheet: &mut Sheet<'_, '_>, kind: &str, notes: &mut Notes) -> Option<String> {
    let Found { value, at } = sheet.text("name", notes)?;
    if value.trim().is_empty() {
        notes.add(&at, "name is empty: say how results are to call it, or leave it out");
        return None;
    }
    sheet.name = format!("{kind} {value:?}");
    Some(value)
}

/// A table of test data: beside the profile, or where that of the features is, which who plays it knows.
fn data(sheet: &mut Sheet<'_, '_>, around: &Around<'_>, notes: &mut Notes) -> Option<PathBuf> {
    let Found { value, at } = sheet.text("data", notes)?;
    if value.trim().is_empty() {
        notes.add(&at, "data is empty: write the name of a file, or leave it out");
        return None;
    }
    let beside = around.folder.join(&value);
    Some(if beside.is_file() { beside } else { value.into() })
}

fn weight(sheet: &mut Sheet<'_, '_>, notes: &mut Notes) -> usize {
    let weight = sheet.count("weight", 0..=MOST_WEIGHT, notes);
    if let Some(Found { value: 0, at }) = &weight {
        notes.add(at, format!("weight must be at least 1; leave the {} out to play none", sheet.name));
    }
    weight.and_then(|weight| usize::try_from(weight.value).ok()).unwrap_or(1)
}

fn think(sheet: &mut Sheet<'_, '_>, around: &Around<'_>, notes: &mut Notes) -> Think {
    if around.open && sheet.has("think") {
        let message = "think belongs to users ([closed]); in [open] the schedule alone says when arrivals come: leave it out";
        notes.add(&sheet.place_of("think"), message);
    }
    let (at, value) = match sheet.value("think") {
        Some((at, value)) => (at, value),
        None => return Think::default(),
    };
    match value.get_ref() {
        DeValue::String(text) => match duration::parse(text) {
            Ok(time) => return Think { least: time, most: time },
            Err(message) => notes.add(&value.span(), format!("think: {message}")),
        },
        DeValue::Table(table) => {
            let mut bounds = Sheet::new("think", at, table);
            let least = bounds.time("least", notes).map_or(Duration::ZERO, |time| time.value);
            let most = bounds.time("most", notes);
            if !bounds.has("most") {
                notes.add(&bounds.at, "think needs most = \"5 s\"");
            }
            bounds.close(&[("min", "write least = …"), ("max", "write most = …")], notes);
            if let Some(most) = most {
                if most.value < least {
                    notes.add(&most.at, "most is shorter than least");
                }
                return Think { least, most: most.value };
            }
        }
        other => {
            let message =
                format!("think is {}: write \"1 s\" or {{ least = \"1 s\", most = \"5 s\" }}", kind(other));
            notes.add(&value.span(), message);
        }
    }
    Think::default()
}

fn headers(sheet: &mut Sheet<'_, '_>, notes: &mut Notes) -> Vec<(String, String)> {
    let Some(table) = sheet.table("headers", "headers", notes) else { return Vec::new() };
    let mut headers = Vec::new();
    for (key, value) in table.entries() {
        let name = key.get_ref().as_ref();
        if reqwest::header::HeaderName::from_bytes(name.as_bytes()).is_err() {
            notes.add(&key.span(), format!("{name:?} is no name of a header"));
        }
        match value.get_ref() {
            DeValue::String(text) if reqwest::header::HeaderValue::from_str(text).is_ok() => {
                headers.push((name.to_owned(), text.to_string()));
            }
            DeValue::String(_) => {
                notes.add(&value.span(), format!("header {name} holds characters that no header can"));
            }
            other => {
                let message = format!("header {name} is {}: write its value between quotes", kind(other));
                notes.add(&value.span(), message);
            }
        }
    }
    headers
}

fn statuses(sheet: &mut Sheet<'_, '_>, notes: &mut Notes) -> Vec<u16> {
    let Some((_, value)) = sheet.value("status") else { return Vec::new() };
    let single = std::slice::from_ref(value);
    let items: Vec<&Spanned<DeValue<'_>>> = match value.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        _ => single.iter().collect(),
    };
    let mut statuses = Vec::new();
    for item in items {
        match number(item.get_ref()).filter(|status| status.fract() == 0.0 && (100.0..600.0).contains(status))
        {
            Some(status) => statuses.push(status as u16),
            None => {
                let found = kind(item.get_ref());
                notes.add(
                    &item.span(),
                    format!("status is {found}: write 200, or [200, 404] for any of these"),
                );
            }
        }
    }
    statuses
}

/// TOML as JSON, members in the order of the text.
fn json(value: &Spanned<DeValue<'_>>, notes: &mut Notes) -> serde_json::Value {
    use serde_json::Value;
    match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(yes) => Value::Bool(*yes),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(integer) => integer.into(),
            Err(_) => {
                notes.add(&value.span(), format!("{integer} is larger than a number of a body can be"));
                Value::Null
            }
        },
        DeValue::Float(float) => {
            let number = float.as_str().parse().ok().and_then(serde_json::Number::from_f64);
            number.map_or_else(
                || {
                    notes.add(&value.span(), format!("JSON has no {float}: write a number or a text"));
                    Value::Null
                },
                Value::Number,
            )
        }
        DeValue::Datetime(date) => {
            notes.add(&value.span(), format!("JSON has no dates: write \"{date}\" between quotes"));
            Value::Null
        }
        DeValue::Array(items) => Value::Array(items.iter().map(|item| json(item, notes)).collect()),
        DeValue::Table(table) => {
            let sheet = Sheet::new("body", value.span(), table);
            let members = sheet.entries().into_iter();
            Value::Object(
                members.map(|(key, value)| (key.get_ref().to_string(), json(value, notes))).collect(),
            )
        }
    }
}
