//! `dryrun report`: reports from a record, later.

use std::fs::File;
use std::io::BufReader;

use anyhow::{Context, anyhow};
use dryrun_record::Record;
use dryrun_reports as reports;

use crate::args::{Global, ReportArgs};
use crate::commands::{ending, print};
use crate::exit::{Exit, Stop};

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
    let style = ending::summary_style(&record, global);
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
            ending::write(path, &text.map_err(Stop::environment)?)?;
        }
    }
    Ok(ending::exit(&record))
}
