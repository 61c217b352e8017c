//! The rules about calls, paths and components.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::diff::calls::{Call, calls, identity, place};
use crate::lint::notice::Notice;
use crate::lint::rules::notice;
use crate::source::{Source, join, target};

/// Everything to say about calls, paths and components.
pub(crate) fn check(source: &Source<'_>, out: &mut Vec<Notice>) {
    let all = calls(source);
    let mut ids: HashMap<&str, String> = HashMap::new();
    for call in &all {
        match call.part.value.get("operationId").and_then(Value::as_str) {
            None => out.push(notice(
                "missing-operation-id",
                &call.part.at,
                format!("{} has no `operationId`", call.line()),
            )),
            Some(id) => {
                if let Some(other) = ids.insert(id, call.line()) {
                    let message = format!("{} and {other} are both called {id:?}", call.line());
                    out.push(notice("duplicate-operation-id", &place(&call.part, "operationId"), message));
                }
            }
        }
        one(source, call, out);
    }
    paths(&all, out);
    components(source, out);
    schemes(source, &all, out);
}

fn one(source: &Source<'_>, call: &Call<'_>, out: &mut Vec<Notice>) {
    let line = call.line();
    let names = call.path_names();
    let declared: Vec<_> = call.parameters.iter().filter(|part| identity(part).0 == "path").collect();
    for name in &names {
        if !declared.iter().any(|part| identity(part).1 == *name) {
            let message = format!("{line}: `{name}` in the path is not described");
            out.push(notice("path-parameter-undescribed", &call.part.at, message));
        }
    }
    for part in declared {
        let name = identity(part).1;
        if !names.contains(&name.as_str()) {
            out.push(notice(
                "path-parameter-unused",
                &part.at,
                format!("{line}: the path has no `{{{name}}}`"),
            ));
        }
    }
    if call.security.is_none() {
        out.push(notice("no-security", &call.part.at, format!("{line}: `security` is not said")));
    }
    if let Some(body) = source.child(&call.part, "requestBody") {
        media(source, &body, &format!("{line}: request body"), out);
    }
    let answers = source.child(&call.part, "responses").map(|all| source.children(&all)).unwrap_or_default();
    let at = place(&call.part, "responses");
    let any = |fits: &dyn Fn(&str) -> bool| answers.iter().any(|(status, _)| fits(status));
    if !any(&|status| status.starts_with(['1', '2', '3']) || status == "default") {
        out.push(notice("no-success-answer", &at, format!("{line} documents no success")));
    }
    // Where nothing can be sent, nothing can be wrong.
    let asks = !call.parameters.is_empty() || call.part.value.get("requestBody").is_some();
    if asks && !any(&|status| status.starts_with('4') || status == "default") {
        out.push(notice("no-error-answer", &at, format!("{line} documents no 4xx answer")));
    }
    for (status, answer) in &answers {
        media(source, answer, &format!("{line}: answer {status}"), out);
        let content = source.child(answer, "content").map(|all| source.children(&all)).unwrap_or_default();
        for (name, part) in content {
            let exemplary = |value: &Value| value.get("example").is_some() || value.get("examples").is_some();
            let schema = source.child(&part, "schema");
            let shown = exemplary(part.value) || schema.is_some_and(|schema| exemplary(schema.value));
            if status.starts_with('2') && !shown {
                let message = format!("{line}: answer {status} ({name}) has no example");
                out.push(notice("no-example", &part.at, message));
            }
        }
    }
}

fn media(source: &Source<'_>, holder: &crate::source::At<'_>, what: &str, out: &mut Vec<Notice>) {
    let content = source.child(holder, "content").map(|all| source.children(&all)).unwrap_or_default();
    for (name, part) in content {
        // Of mere bytes 3.1 has nothing to say: the media type says it all.
        if part.value.get("schema").is_none() && (source.v30 || !bytes(name)) {
            out.push(notice(
                "media-without-schema",
                &part.at,
                format!("{what} ({name}): nothing is said of it"),
            ));
        }
    }
}

/// Whether bodies of a media type are bytes whose inside no schema describes.
fn bytes(name: &str) -> bool {
    let name = name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (kind, rest) = name.split_once('/').unwrap_or((&name, ""));
    let known = ["octet-stream", "pdf", "zip", "gzip", "x-tar", "x-7z-compressed", "wasm", "zstd"];
    match kind {
        "image" | "audio" | "video" | "font" | "model" => !rest.ends_with("+xml") && !rest.ends_with("+json"),
        "application" => known.contains(&rest) || rest.ends_with("+zip"),
        _ => false,
    }
}

/// Paths that can't be told apart.
fn paths(all: &[Call<'_>], out: &mut Vec<Notice>) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for call in all {
        if !seen.iter().any(|(path, _)| *path == call.path) {
            seen.push((&call.path, &call.part.at));
        }
    }
    let methods = |path: &str| -> BTreeSet<&str> {
        all.iter().filter(|call| call.path == path).map(|call| call.method.as_str()).collect()
    };
    for (index, (one, _)) in seen.iter().enumerate() {
        for (other, at) in &seen[index + 1..] {
            let (a, b): (Vec<&str>, Vec<&str>) = (one.split('/').collect(), other.split('/').collect());
            let free = |segment: &str| segment.starts_with('{') && segment.ends_with('}');
            let both = a.iter().zip(&b);
            let fits = |(x, y): (&&str, &&str)| x == y || free(x) || free(y);
            if a.len() != b.len() || !both.clone().all(fits) || methods(one).is_disjoint(&methods(other)) {
                continue;
            }
            let left = both.clone().any(|(x, y)| !free(x) && free(y));
            let right = both.clone().any(|(x, y)| free(x) && !free(y));
            let parent = at.rsplit_once('/').map_or(*at, |(parent, _)| parent);
            match (left, right) {
                (false, false) => {
                    out.push(notice("same-path", parent, format!("{other} is the same as {one}")))
                }
                (true, true) => {
                    let message = format!("{other} and {one} can both be meant by one call");
                    out.push(notice("ambiguous-paths", parent, message));
                }
                _ => {}
            }
        }
    }
}

/// Components that nothing refers to.
fn components(source: &Source<'_>, out: &mut Vec<Notice>) {
    let mut used = BTreeSet::new();
    references(source.root, &mut used);
    let Some(sections) = source.root.get("components").and_then(Value::as_object) else {
        return;
    };
    for (section, parts) in
        sections.iter().filter(|(name, _)| *name != "securitySchemes" && !name.starts_with("x-"))
    {
        for name in parts.as_object().into_iter().flatten().map(|(name, _)| name) {
            let pointer = join(&join("/components", section), name);
            let within = format!("{pointer}/");
            if !used.iter().any(|used| *used == pointer || used.starts_with(&within)) {
                out.push(notice(
                    "unused-component",
                    &pointer,
                    format!("nothing refers to the {section} entry `{name}`"),
                ));
            }
        }
    }
}

fn references(value: &Value, used: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, used)),
        Value::Object(map) => {
            used.extend(target(value));
            if let Some(mapping) = map.get("mapping").and_then(Value::as_object) {
                for text in mapping.values().filter_map(Value::as_str) {
                    let pointer = target(&serde_json::json!({ "$ref": text }));
                    used.insert(pointer.unwrap_or_else(|| join("/components/schemas", text)));
                }
            }
            map.values().for_each(|inner| references(inner, used));
        }
        _ => {}
    }
}

/// Schemes that are asked for and not defined.
fn schemes(source: &Source<'_>, all: &[Call<'_>], out: &mut Vec<Notice>) {
    let mut told = BTreeSet::new();
    for part in all.iter().filter_map(|call| call.security.as_ref()) {
        for name in part
            .value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .flat_map(|map| map.keys())
        {
            let defined = source.root.pointer(&join("/components/securitySchemes", name)).is_some();
            if !defined && told.insert((part.at.clone(), name.clone())) {
                out.push(notice(
                    "undefined-security",
                    &part.at,
                    format!("`{name}` is asked for and not defined"),
                ));
            }
        }
    }
}
