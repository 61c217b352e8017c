//! `dryrun report`: reports from a record, later.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context, anyhow};
use dryrun_record::{Record, Verdict};
use dryrun_reports as reports;

use crate::args::{Global, ReportArgs};
use crate::commands::print;
use crate::exit::{Exit, Stop};
use crate::style::style;

/// Draws what was asked for, and the summary.
pub(crate) fn report(args: &ReportArgs, global: &Global) -> Result<Exit, Stop> {
    let file = File::open(&args.record).map_err(|error| {
        let path = args.record.display();
        Stop::usage(anyhow!(
            "the record {path} could not be opened: {error}; `dryrun run` writes record.jsonl into its --out folder"
        ))
    })?;
    let record = Record::read(BufReader::new(file))
        .with_context(|| args.record.display().to_string())
        .map_err(Stop::usage)?;
    let style = style(global.color, &std::io::stdout());
    print(&reports::terminal::failures(&record, style));
    print(&reports::terminal::summary(&record, style));
    let drawn = [
        (&args.html, reports::html(&record)),
        (&args.junit, reports::junit(&record)),
        (&args.json, reports::json(&record)),
        (&args.markdown, Ok(reports::markdown(&record))),
    ];
    for (path, text) in drawn {
        if let Some(path) = path {
            write(path, &text.map_err(Stop::environment)?)?;
        }
    }
    Ok(match reports::verdict(&record).0 {
        Verdict::Go => Exit::Passed,
        Verdict::NoGo => Exit::CheckFailed,
    })
}

/// Writes a report; one that could not be written is a failure, never silent.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Stop> {
    std::fs::write(path, text)
        .with_context(|| format!("the report {} could not be written", path.display()))
        .map_err(Stop::environment)
}
