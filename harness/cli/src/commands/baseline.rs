//! `dryrun baseline`: baselines of load runs, kept, listed, shown, promoted; and the history of comparisons.

mod shelf;
mod told;

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use dryrun_load::baseline::{History, changes};
use dryrun_record::Record;
use dryrun_record::load::LoadResult;

use crate::args::Global;
use crate::args::baseline::{BaselineArgs, BaselineCommand};
use crate::commands::print;
use crate::config::Config;
use crate::exit::{Exit, Stop};

pub(crate) use shelf::{Shelf, moment};

/// The record that `dryrun load` writes.
const RECORD: &str = "reports/out/record.jsonl";

/// Does what was asked for with baselines.
pub(crate) async fn baseline(args: BaselineArgs, global: Global) -> Result<Exit, Stop> {
    let config = Config::load(global.config.as_deref(), global.profile.as_deref()).map_err(Stop::usage)?;
    let shelf = Shelf::below(&config.folder);
    match args.command {
        BaselineCommand::Save { name, from } => {
            let from = if from.is_empty() { vec![config.path(RECORD)] } else { from };
            save(&shelf, &name, &from)?;
        }
        BaselineCommand::List => print(&told::list(&shelf.all(), shelf.folder())),
        BaselineCommand::Show { name } => print(&told::show(&name, &shelf.read(&name)?)),
        BaselineCommand::Promote { from, to } => {
            let promoted = shelf.read(&from)?;
            let before = shelf.holds(&to).then(|| shelf.read(&to)).transpose()?;
            let path = shelf.path(&to)?;
            promoted.write(&path).map_err(Stop::environment)?;
            print(&told::promoted(&from, &promoted, &path, before.as_ref()));
        }
        BaselineCommand::History { profile, last } => {
            let (profile, path) = shelf.history(profile.as_deref())?;
            let history = History::read(&path).map_err(Stop::usage)?;
            let entries = history.last(last);
            print(&told::history(&profile, entries, &changes(entries), history.0.len()));
        }
    }
    Ok(Exit::Passed)
}

/// Keeps the runs of records.
fn save(shelf: &Shelf, name: &str, from: &[PathBuf]) -> Result<(), Stop> {
    shelf.path(name)?;
    let mut runs: Vec<LoadResult> = Vec::new();
    for path in from {
        let file = File::open(path).map_err(|error| {
            Stop::usage(anyhow!(
                "the record {} could not be opened: {error}; `dryrun load` writes record.jsonl into its --out folder",
                path.display()
            ))
        })?;
        let record = Record::read(BufReader::new(file))
            .with_context(|| path.display().to_string())
            .map_err(Stop::usage)?;
        let before = runs.len();
        for load in record.loads {
            let name = load.started.load.clone();
            let Some(result) = load.result else {
                return Err(Stop::usage(anyhow!(
                    "{}: `{name}` has no end: the run was killed, load again",
                    path.display()
                )));
            };
            // Of a comparison what is new is kept; steps of a search are no runs of the profile.
            let side = result.origin.as_ref().map(|origin| origin.side.as_str());
            let kept = if load.started.exploring { side == Some("new") } else { side != Some("old") };
            runs.extend((kept && load.started.scenario.is_none()).then_some(result));
        }
        if runs.len() == before {
            return Err(Stop::usage(anyhow!(
                "in {} there is no load run: give a record of `dryrun load`",
                path.display()
            )));
        }
    }
    let runs: Vec<(&LoadResult, String)> =
        runs.iter().map(|run| (run, moment(run.started_unix_us))).collect();
    let path = shelf.save(name, &runs)?;
    print(&told::saved(&path, runs.len()));
    Ok(())
}
