//! [`lint`]: all rules on one contract.

use std::path::Path;

use dryrun_contract::{Contract, ContractError};

use crate::lint::notice::Notice;
use crate::lint::rules::notice;
use crate::lint::{calls, examples, schemas, walk};
use crate::locate::Locator;
use crate::report::origin;
use crate::source::Source;

/// Everything to say about the contract in a file, in the order of the file.
///
/// # Errors
/// The file can't be read. One that is no contract is a notice.
pub fn lint(path: &Path) -> Result<Vec<Notice>, ContractError> {
    let file = path.display().to_string();
    let contract = match Contract::load(path) {
        Ok(contract) => contract,
        Err(error @ ContractError::Io { .. }) => return Err(error),
        Err(error) => {
            let mut found = notice("unusable-document", "", error.to_string());
            found.place.location = Some(file);
            return Ok(vec![found]);
        }
    };
    let mut found = notices(&contract);
    let mut locator = Locator::new();
    for one in &mut found {
        let (file, pointer) = origin(&contract, &one.place.pointer);
        one.place.location = Some(locator.find(&file, &pointer));
    }
    let order = |one: &Notice| -> (String, u64, u64) {
        let location = one.place.location.clone().unwrap_or_default();
        let mut parts = location.rsplitn(3, ':');
        let mut number = || parts.next().and_then(|text| text.parse().ok()).unwrap_or_default();
        let (column, line) = (number(), number());
        (parts.next().unwrap_or_default().to_owned(), line, column)
    };
    found.sort_by_key(order);
    Ok(found)
}

/// Everything to say about a contract, without lines.
#[must_use]
pub fn notices(contract: &Contract) -> Vec<Notice> {
    let source = Source::new(contract.document());
    let mut out = Vec::new();
    for one in contract.unusable() {
        // "file: pointer"
        let pointer = one.at.rsplit_once(": ").map_or(one.at.as_str(), |(_, pointer)| pointer);
        let pointer = if pointer.starts_with('/') { pointer } else { "" };
        out.push(notice("unusable-operation", pointer, format!("{}: {}", one.operation, one.reason)));
    }
    let file = format!("{}: ", contract.name());
    for note in contract.notes() {
        // "file: pointer: what", or "pointer: what".
        let note = note.strip_prefix(&file).unwrap_or(note);
        let start = if note.starts_with('/') { Some(0) } else { note.find(": /").map(|found| found + 2) };
        let (pointer, told) = start.and_then(|start| note[start..].split_once(": ")).unwrap_or(("", note));
        let rule =
            if told.contains("nothing checks the format") { "unchecked-format" } else { "unusable-part" };
        out.push(notice(rule, pointer, told));
    }
    calls::check(&source, &mut out);
    examples::bodies(contract, &source, &mut out);
    walk::schemas(source.root, &mut |schema| {
        schemas::check(&source, schema, &mut out);
        examples::inside(contract, schema, &mut out);
        let top = schema.at.starts_with("/components/schemas/") && schema.at.matches('/').count() == 3;
        if top || (schema.at.ends_with("/schema") && !schema.map.contains_key("$ref")) {
            examples::satisfiable(contract, &source, schema, &mut out);
        }
    });
    // What several calls share is told once.
    let mut once: Vec<Notice> = Vec::new();
    for one in out {
        let known = |other: &Notice| {
            other.rule == one.rule
                && other.place.pointer == one.place.pointer
                && (other.message == one.message
                    || one.rule == "example-invalid"
                    || one.rule == "media-without-schema"
                    || one.rule == "no-example")
        };
        if !once.iter().any(known) {
            once.push(one);
        }
    }
    once
}
