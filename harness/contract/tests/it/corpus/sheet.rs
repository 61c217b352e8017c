//! A [`Sheet`]: what must be so about one document.
//!
//! ```yaml
//! feature: nullable                # the kind of the document, as docs/openapi-support.md calls it
//! limits: what does not work       # for that table; optional
//! error: part of the message       # the document can't be loaded at all
//! unusable: {GET /a: part of the reason}
//! notes: [part of a note]          # every note of the contract
//! ungenerated: {/paths/…/schema: why no instance can be made}
//! accepts:
//!   - {call: GET /pets?limit=3, operation: GET /pets}
//!   - {call: POST /pets, json: {name: Rex}, headers: {X-A: b}}
//!   - {call: GET /pets, answer: 200, json: []}          # with `answer` it is the answer that is judged
//! refuses:
//!   - {call: GET /pets?limit=x, breach: query/limit type}
//!   - {call: DELETE /pets, breach: method}               # also: unknown, unusable
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use dryrun_contract::Contract;
use serde_json::Value;

use super::calls::Call;

/// What ends the name of a sheet.
const END: &str = ".calls.yaml";

pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) document: PathBuf,
    pub(super) feature: String,
    pub(super) error: Option<String>,
    unusable: BTreeMap<String, String>,
    notes: Vec<String>,
    /// By the place of a schema: why nothing can be made for it.
    pub(super) ungenerated: BTreeMap<String, String>,
    pub(super) accepts: Vec<Call>,
    pub(super) refuses: Vec<Call>,
}

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn entries() -> Vec<PathBuf> {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// The names of all sheets, whether they have a document or not.
pub(super) fn sheets() -> Vec<String> {
    let names = entries();
    names.iter().filter_map(|path| name_of(path).strip_suffix(END).map(str::to_owned)).collect()
}

/// Every document of the corpus with its sheet.
pub(super) fn all() -> Vec<Sheet> {
    let mut all = Vec::new();
    for path in entries() {
        let name = name_of(&path);
        let (name, document) = if path.is_dir() {
            let document = ["openapi.yaml", "openapi.json"]
                .map(|file| path.join(file))
                .into_iter()
                .find(|path| path.is_file());
            (name, document.unwrap_or_else(|| panic!("{} has no openapi.yaml", path.display())))
        } else if name.ends_with(END) {
            continue;
        } else {
            (name.rsplit_once('.').unwrap().0.to_owned(), path)
        };
        all.push(Sheet::read(name, document));
    }
    all
}

impl Sheet {
    fn read(name: String, document: PathBuf) -> Self {
        let path = folder().join(format!("{name}{END}"));
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let options = serde_saphyr::options! { strict_booleans: true };
        let value: Value = serde_saphyr::from_str_with_options(&text, options)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let known = ["feature", "limits", "error", "unusable", "notes", "ungenerated", "accepts", "refuses"];
        for key in value.as_object().unwrap().keys() {
            assert!(known.contains(&key.as_str()), "{}: nobody reads {key:?}", path.display());
        }
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        let map = |key: &str| -> BTreeMap<String, String> {
            let all = value[key].as_object().into_iter().flatten();
            all.map(|(key, text)| (key.clone(), text.as_str().unwrap().to_owned())).collect()
        };
        let calls = |key: &str, good: bool| -> Vec<Call> {
            let all = value[key].as_array().into_iter().flatten();
            all.map(|call| Call::read(call, good, &path)).collect()
        };
        Self {
            document,
            feature: text("feature").unwrap_or_else(|| panic!("{}: no `feature`", path.display())),
            error: text("error"),
            unusable: map("unusable"),
            notes: value["notes"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|note| note.as_str().unwrap().to_owned())
                .collect(),
            ungenerated: map("ungenerated"),
            accepts: calls("accepts", true),
            refuses: calls("refuses", false),
            name,
        }
    }

    /// Where a contract that was loaded is not what the sheet says.
    pub(super) fn differences(&self, contract: &Contract) -> Vec<String> {
        let mut wrong = Vec::new();
        let found: BTreeSet<&str> = contract.unusable().iter().map(|one| one.operation.as_str()).collect();
        let wanted: BTreeSet<&str> = self.unusable.keys().map(String::as_str).collect();
        for one in contract.unusable() {
            let reason = self.unusable.get(&one.operation);
            if !reason.is_some_and(|reason| format!("{}: {}", one.at, one.reason).contains(reason.as_str())) {
                wrong.push(format!("{}: {one}; wanted {reason:?}", self.name));
            }
        }
        wrong.extend(wanted.difference(&found).map(|line| format!("{}: {line} can be used", self.name)));
        let notes = contract.notes();
        for note in notes.iter().filter(|note| !self.notes.iter().any(|part| note.contains(part.as_str()))) {
            wrong.push(format!("{}: an unexpected note: {note}", self.name));
        }
        for part in self.notes.iter().filter(|part| !notes.iter().any(|note| note.contains(part.as_str()))) {
            wrong.push(format!("{}: no note says {part:?}", self.name));
        }
        wrong
    }
}
