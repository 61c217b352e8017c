//! Set-up: test data from files, and what the mocked services hold before the scenario begins.

use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value};

use crate::phrase::{Call, Phrase, StepFailure, StepResult};
use crate::values::document::{self, Language};
use crate::values::expand;
use crate::values::nearest::{listed, nearest};
use crate::values::table;
use crate::vocabulary::nouns;
use crate::vocabulary::support::{number, phrase, raw, table as rows, text};
use crate::world::World;

pub(crate) const PHRASES: &[Phrase] = &[
    phrase!(SetUp Given None, "the test data {string} as {string}", test_data,
        "Remembers a file of the data folder: CSV as a list of rows by the names of its first line, JSON and YAML as they are. `${readers[0].email}` is a field of the first row.",
        "Given the test data \"readers.csv\" as \"readers\""),
    phrase!(SetUp Given None, "{int} {noun} in {service}", populate,
        "The service holds so many made-up items, the same for the same seed.",
        "Given 250 subscribers in the CRM"),
    phrase!(SetUp Given Table, "{service} holds the {noun}:", seed,
        "The service holds these items; the first row names the fields, an empty cell leaves its field out.",
        "Given the Platform holds the content:\n  | content_id | title     | status    |\n  | c-1        | Breathing | published |"),
];

async fn test_data(world: &mut World, call: Call) -> StepResult {
    let name = text(world, &call, 0)?;
    let value = load(world, &name)?;
    Ok(world.vars.remember(raw(&call, 1), value)?)
}

async fn populate(world: &mut World, call: Call) -> StepResult {
    let count = number(&call, 0)?;
    let collection = collection(world, raw(&call, 2), raw(&call, 1))?;
    let view = world.service(raw(&call, 2))?;
    view.populate(&collection, count).map_err(|error| StepFailure::environment(error.to_string()))
}

async fn seed(world: &mut World, call: Call) -> StepResult {
    let items = table::objects(rows(&call)?, &mut world.scope())?;
    let collection = collection(world, raw(&call, 0), raw(&call, 1))?;
    let view = world.service(raw(&call, 0))?;
    view.seed(&collection, items).map_err(|error| StepFailure::environment(error.to_string()))
}

/// The collection that a noun means, in this world.
pub(crate) fn collection(world: &World, service: &str, noun: &str) -> Result<String, StepFailure> {
    Ok(nouns::collection(&world.service(service)?.collections(), service, noun)?)
}

/// Reads a file of the data folder, placeholders in it filled.
pub(crate) fn load(world: &mut World, name: &str) -> Result<Value, StepFailure> {
    let text = read(world, name)?;
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let value = match extension.to_ascii_lowercase().as_str() {
        "csv" => csv_rows(name, &text)?,
        "json" => document::read(&text, Language::Json)?,
        "yaml" | "yml" => document::read(&text, Language::Yaml)?,
        _ => Value::String(text),
    };
    Ok(expand::json(&value, &mut world.scope())?)
}

/// The rows of a table of test data, placeholders as they are written.
pub(crate) fn rows_of(name: &str, text: &str) -> Result<Vec<Value>, String> {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let said = |error: StepFailure| error.0.into_iter().map(|one| one.message).collect::<Vec<_>>().join("; ");
    let value = match extension.to_ascii_lowercase().as_str() {
        "csv" => csv_rows(name, text).map_err(said)?,
        "json" => document::read(text, Language::Json).map_err(|error| error.message)?,
        "yaml" | "yml" => document::read(text, Language::Yaml).map_err(|error| error.message)?,
        _ => return Err("a table is a CSV, JSON or YAML file".to_owned()),
    };
    match value {
        Value::Array(rows) => Ok(rows),
        _ => Err("it must be a list of rows".to_owned()),
    }
}

/// The text of a file of the data folder.
fn read(world: &World, name: &str) -> Result<String, StepFailure> {
    let bytes = read_bytes(world, name)?;
    String::from_utf8(bytes).map_err(|_| StepFailure::environment(format!("`{name}` is no UTF-8 text")))
}

/// The bytes of a file of the data folder.
pub(crate) fn read_bytes(world: &World, name: &str) -> Result<Vec<u8>, StepFailure> {
    let path = place(&world.shared.options.data, name)?;
    std::fs::read(&path).map_err(|error| {
        let failure =
            StepFailure::environment(format!("the file `{}` can't be read: {error}", path.display()));
        let files: Vec<String> = std::fs::read_dir(&world.shared.options.data)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        let names = || files.iter().map(String::as_str);
        match nearest(name, names()) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None if files.is_empty() => failure.hint("the data folder is empty or missing"),
            None => failure.hint(format!("the data folder has {}", listed(names(), 12))),
        }
    })
}

/// A file below a folder, and not beside it.
pub(crate) fn place(folder: &Path, name: &str) -> Result<PathBuf, StepFailure> {
    let inside =
        Path::new(name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if inside && !name.is_empty() {
        return Ok(folder.join(name));
    }
    Err(StepFailure::check(format!("`{name}` is no file below `{}`", folder.display()))
        .hint("write a path from that folder, without `..`"))
}

fn csv_rows(name: &str, text: &str) -> Result<Value, StepFailure> {
    let wrong = |error: csv::Error| StepFailure::environment(format!("`{name}` is no CSV: {error}"));
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let names = reader.headers().map_err(wrong)?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(wrong)?;
        let cells: Map<String, Value> =
            names.iter().zip(record.iter()).map(|(name, cell)| (name.to_owned(), typed(cell))).collect();
        rows.push(Value::Object(cells));
    }
    Ok(Value::Array(rows))
}

/// Numbers and booleans by their look, as in tables; everything else is a text.
fn typed(cell: &str) -> Value {
    match serde_json::from_str(cell) {
        Ok(value @ (Value::Number(_) | Value::Bool(_) | Value::Null)) => value,
        _ => Value::String(cell.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn csv_rows_are_objects_with_types() {
        let rows =
            csv_rows("r.csv", "\u{feff}email, age ,zip\nana@example.com,33,01234\n\"b, c\",,x\n").unwrap();
        assert_eq!(
            rows,
            json!([{"email": "ana@example.com", "age": 33, "zip": "01234"}, {"email": "b, c", "age": "", "zip": "x"}])
        );
        assert!(csv_rows("r.csv", "a,b\n1\n").is_err());
    }

    #[test]
    fn files_stay_inside_their_folder() {
        let folder = Path::new("data");
        assert!(place(folder, "a/b.json").is_ok());
        for name in ["../x", "/etc/passwd", "a/../../x", ""] {
            assert!(place(folder, name).is_err(), "{name}");
        }
    }
}
