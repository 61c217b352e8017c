//! Checking the answer: snapshots, whole bodies kept in files.

use serde_json::Value;

use crate::phrase::{Call, Phrase, StepFailure, StepResult};
use crate::values::document::Language;
use crate::values::kinds::{Kind, pretty};
use crate::values::template::Template;
use crate::vocabulary::data::place;
use crate::vocabulary::support::{json, phrase, text, unlike};
use crate::world::World;

pub(crate) const PHRASES: &[Phrase] = &[
    phrase!(Answer Then None, "the answer is the snapshot {string}", snapshot,
    "The whole body looks like the file of this name in the snapshots folder, which may hold markers. `--update-snapshots` writes those that are missing or differ, with markers for ids and times.",
    "Then the answer is the snapshot \"weekly-newsletter\""),
];

async fn snapshot(world: &mut World, call: Call) -> StepResult {
    let name = text(world, &call, 0)?;
    let path = place(&world.shared.options.snapshots, &format!("{name}.json"))?;
    let answer = world.answer()?.clone();
    let body = json(&answer)?;
    let differences = match std::fs::read_to_string(&path) {
        Ok(kept) => Template::read(&kept, Language::Json, &mut world.scope())?.differences(Some(body)),
        Err(_) if world.shared.options.update_snapshots => return write(&path, body),
        Err(error) => {
            return Err(StepFailure::environment(format!(
                "the snapshot `{}` can't be read: {error}",
                path.display()
            ))
            .hint("run once with `--update-snapshots` to write it, and look at what was written"));
        }
    };
    if differences.is_empty() {
        return Ok(());
    }
    if world.shared.options.update_snapshots {
        return write(&path, body);
    }
    let mut failure = unlike(
        &format!("the answer is not the snapshot \"{name}\""),
        differences,
        std::slice::from_ref(&answer.exchange),
    );
    if let Some(first) = failure.0.first_mut() {
        first.hint.get_or_insert_with(|| {
            "if the change is meant, run with `--update-snapshots` and look at the difference".to_owned()
        });
    }
    Err(failure)
}

fn write(path: &std::path::Path, body: &Value) -> StepResult {
    let failed = |error: std::io::Error| {
        StepFailure::environment(format!("the snapshot `{}` can't be written: {error}", path.display()))
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, format!("{}\n", pretty(&marked(body)))).map_err(failed)
}

/// The body with markers for what differs from run to run.
fn marked(body: &Value) -> Value {
    let kinds = [Kind::Uuid, Kind::DateTime];
    match body {
        Value::String(text) => {
            let kind = kinds.into_iter().find(|kind| kind.holds(body));
            // A `${` of the answer is no placeholder when it is read again.
            Value::String(
                kind.map_or_else(|| text.replace("${", "\\${"), |kind| format!("<{}>", kind.name())),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(marked).collect()),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), marked(value))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_marked() {
        let body = json!({"id": "0190a6b4-5c7e-7c1a-9f00-1234567890ab", "at": ["2026-01-24T10:00:00Z"], "n": 1, "t": "cost ${x}"});
        assert_eq!(marked(&body), json!({"id": "<uuid>", "at": ["<date-time>"], "n": 1, "t": "cost \\${x}"}));
    }
}
