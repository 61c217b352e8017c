//! The corpus: OpenAPI documents that differ in kind, each with calls that must be accepted and calls that must be
//! refused, for the named reason and for no other.
//!
//! A document is a file of `tests/corpus`, or `openapi.yaml` / `openapi.json` of a folder there. What must be so is told by
//! `NAME.calls.yaml` beside it; see [`sheet`].

mod calls;
mod generated;
mod sheet;
mod spoil;

use dryrun_contract::{Contract, ContractError};

use sheet::Sheet;

/// How many documents there are at least.
const LEAST: usize = 30;

fn loaded(sheet: &Sheet) -> Result<Contract, ContractError> {
    Contract::load(&sheet.document)
}

/// Without the folder of this checkout, so that messages can be held against what a sheet says.
fn told(error: &ContractError) -> String {
    let folder = sheet::folder();
    error.to_string().replace(&format!("{}/", folder.display()), "")
}

#[test]
fn there_are_enough_documents_each_with_its_sheet() {
    let sheets = sheet::all();
    assert!(sheets.len() >= LEAST, "{} documents, {LEAST} wanted", sheets.len());
    let mut features: Vec<&str> = sheets.iter().map(|sheet| sheet.feature.as_str()).collect();
    features.sort_unstable();
    features.dedup();
    assert_eq!(features.len(), sheets.len(), "two documents of one kind");
    for sheet in &sheets {
        let enough = sheet.error.is_some() || sheet.accepts.len() >= 2 && sheet.refuses.len() >= 2;
        assert!(enough, "{}: too few calls to say anything", sheet.name);
    }
    // A sheet without a document says nothing, and nobody would notice.
    let named: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    for orphan in sheet::sheets() {
        assert!(named.contains(&orphan.as_str()), "{orphan}.calls.yaml belongs to no document");
    }
}

#[test]
fn each_document_loads_or_not_as_told() {
    let mut wrong = Vec::new();
    for sheet in sheet::all() {
        match (loaded(&sheet), &sheet.error) {
            (Ok(contract), None) => wrong.extend(sheet.differences(&contract)),
            (Err(error), Some(wanted)) => {
                let said = told(&error);
                if !said.contains(wanted.as_str()) {
                    wrong.push(format!("{}: wanted {wanted:?}, it says {said}", sheet.name));
                }
            }
            (Ok(_), Some(wanted)) => wrong.push(format!("{}: it loads; wanted {wanted:?}", sheet.name)),
            (Err(error), None) => wrong.push(format!("{}: {}", sheet.name, told(&error))),
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn calls_are_accepted_and_refused_as_told() {
    let mut wrong = Vec::new();
    for sheet in sheet::all() {
        let Ok(contract) = loaded(&sheet) else {
            continue;
        };
        for call in sheet.accepts.iter().chain(&sheet.refuses) {
            let said = call.said(&contract);
            if said != call.wanted {
                wrong.push(format!(
                    "{}: {}\n    wanted {:?}\n    said   {said:?}",
                    sheet.name, call.line, call.wanted
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
