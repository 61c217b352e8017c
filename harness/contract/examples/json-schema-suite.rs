//! The required cases of the JSON-Schema-Test-Suite through our loader of plain schemas.
//!
//! `cargo run -p dryrun-contract --example json-schema-suite -- SUITE LIST`: SUITE has `tests` and `remotes`; LIST names the
//! cases that are decided otherwise here. Exit code: 0 all as told, 1 a case that is not listed fails or a listed one
//! passes, 2 something can't be read. `scripts/check-json-schema.sh` installs the suite and runs this.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a table for the terminal")]

#[path = "../tests/it/json_schema/suite.rs"]
mod suite;

use std::path::Path;
use std::process::ExitCode;

fn run(folder: &str, list: &str) -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(list).map_err(|error| format!("{list}: {error}"))?;
    let listed = suite::Listed::read(&text).map_err(|error| format!("{list}: {error}"))?;
    let mut outcomes = Vec::new();
    for draft in suite::DRAFTS {
        let outcome = suite::play(Path::new(folder), draft)?;
        let (passed, otherwise) = (outcome.passed.len(), suite::listed_of(&outcome, &listed));
        let failed = outcome.failed.len() - otherwise;
        println!(
            "{:<13} {passed:>5} passed, {failed:>3} failed, {otherwise:>3} decided otherwise, with a reason",
            draft.0
        );
        if passed == 0 {
            return Err(format!("{folder}: {} has no case", draft.0));
        }
        outcomes.push(outcome);
    }
    Ok(suite::compare(&outcomes, &listed))
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, list] = &words[..] else {
        eprintln!(
            "json-schema-suite: write the folder of the suite and the list of what is decided otherwise"
        );
        return ExitCode::from(2);
    };
    match run(folder, list) {
        Ok(wrong) if wrong.is_empty() => ExitCode::SUCCESS,
        Ok(wrong) => {
            for line in &wrong {
                eprintln!("{line}");
            }
            eprintln!("json-schema-suite: {} wrong", wrong.len());
            ExitCode::FAILURE
        }
        Err(message) => {
            eprintln!("json-schema-suite: {message}");
            ExitCode::from(2)
        }
    }
}
