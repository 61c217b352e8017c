//! The tables of docs/openapi-support.md, made from the corpus of the contract crate: what is checked, mocked and
//! generated for each kind of document. `UPDATE_DOCS=1` writes them anew; look at the difference.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dryrun_contract::generate::Generator;
use dryrun_contract::{Contract, SchemaRef, Side, USUAL_HEADERS, USUAL_PREFIXES};
use serde_json::Value;

use crate::common::root;
use crate::corpus::{corpus, documents};

/// What is told about a document, beside it.
fn sheet(document: &Path) -> Value {
    let owner = if document.parent() == Some(&corpus()) { document } else { document.parent().unwrap() };
    let name = owner.file_stem().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(corpus().join(format!("{name}.calls.yaml"))).unwrap();
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(&text, options).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The schemas that the calls of a contract speak of, each with its side.
fn schemas(contract: &Contract) -> BTreeSet<(SchemaRef, Side)> {
    let mut all = BTreeSet::new();
    for operation in contract.operations() {
        let request = contract.request_media(operation).into_iter().filter_map(|media| media.schema);
        let parameters = contract.parameters(operation).into_iter().map(|parameter| parameter.schema);
        all.extend(request.chain(parameters).map(|schema| (schema, Side::Request)));
        for response in contract.responses(operation) {
            let bodies = response.content.into_iter().filter_map(|media| media.schema);
            let headers = response.headers.into_iter().map(|header| header.schema);
            all.extend(bodies.chain(headers).map(|schema| (schema, Side::Response)));
        }
    }
    all
}

fn of(done: usize, all: usize) -> String {
    if done == all { "yes".to_owned() } else { format!("{done} of {all}") }
}

/// One row of the table.
fn row(document: &Path) -> String {
    let sheet = sheet(document);
    let count = |key: &str| sheet[key].as_array().map_or(0, Vec::len);
    let text = |key: &str| sheet[key].as_str().unwrap_or_default();
    let shown = document.strip_prefix(corpus()).unwrap().to_string_lossy().replace('\\', "/");
    let link = format!("[{shown}](../harness/contract/tests/corpus/{shown})");
    let Ok(contract) = Contract::load(document) else {
        return format!("| {} | {link} | no | - | - | {} |", text("feature"), text("limits"));
    };
    let mut generator = Generator::new(1);
    let all = schemas(&contract);
    let made = all.iter().filter(|(at, side)| generator.instance(&contract, at, *side).is_some()).count();
    let operations = contract.operations().len();
    let broken = contract.unusable().len();
    let checks = format!("{} accepted, {} refused", count("accepts"), count("refuses"));
    // That each of them answers by its contract is what the tests of the corpus hold.
    let mocks =
        if broken > 0 { format!("{operations}; {broken} answer 501") } else { operations.to_string() };
    let limits = text("limits");
    format!("| {} | {link} | {checks} | {mocks} | {} | {limits} |", text("feature"), of(made, all.len()))
}

fn kinds() -> String {
    let documents: Vec<PathBuf> = documents(&corpus());
    let mut out = format!("{} documents.\n\n", documents.len());
    out.push_str("| Kind | Document | Checked: calls | Mocked: operations | Generated: schemas | Limits |\n");
    out.push_str("|---|---|---|---|---|---|\n");
    for document in documents {
        out.push_str(&row(&document));
        out.push('\n');
    }
    out
}

/// The headers that need not be documented.
fn headers() -> String {
    let quoted = |names: &[&str], end: &str| -> String {
        names.iter().map(|name| format!("`{name}{end}`")).collect::<Vec<_>>().join(", ")
    };
    format!("{}.\n\nAnd whatever begins so: {}.\n", quoted(&USUAL_HEADERS, ""), quoted(&USUAL_PREFIXES, "…"))
}

#[test]
fn the_tables_of_the_docs_are_what_the_corpus_shows() {
    let path = root().join("docs/openapi-support.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut wanted = text.clone();
    for (name, table) in [("kinds", kinds()), ("usual headers", headers())] {
        let (open, close) = (format!("<!-- {name}: generated -->\n"), format!("<!-- end of {name} -->"));
        let start = wanted.find(&open).unwrap_or_else(|| panic!("{name} has no place in {}", path.display()));
        let end = wanted.find(&close).unwrap_or_else(|| panic!("{name} does not end in {}", path.display()));
        wanted.replace_range(start + open.len()..end, &format!("\n{table}\n"));
    }
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    if update {
        std::fs::write(&path, &wanted).unwrap();
    }
    assert!(
        text == wanted || update,
        "docs/openapi-support.md is old: UPDATE_DOCS=1 cargo test -p dryrun-mocks --test unscripted support_table"
    );
}
