//! What the commands that leave a record have in common: old reports taken away, the verdict, new reports drawn.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, anyhow};
use dryrun_record::load::LoadVerdict;
use dryrun_record::{Event, EventStream, JsonLines, Record, RunFinished, RunKind, Sink, Verdict};
use dryrun_reports::terminal::Style;
use dryrun_reports::{self as reports, terminal};
use dryrun_suite::About;

use crate::args::Global;
use crate::commands::{print, tell};
use crate::exit::{Exit, Stop};
use crate::style::style;

/// The page among the reports.
const PAGE: &str = "report.html";

/// Takes away the reports of an earlier run: whatever becomes of this one, yesterday's GO must not stand beside it.
/// What a later run may be asked to read, such as the rerun list, stays until there is a new one.
pub(crate) fn forget(out: &Path) -> Result<(), Stop> {
    let load = ["load.csv", "load-steps.csv", "load.prom"];
    for name in ["record.jsonl", "junit.xml", PAGE, "summary.json", "summary.md"].into_iter().chain(load) {
        let path = out.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if path.is_file() => {
                let text = format!("the old report {} could not be taken away", path.display());
                return Err(Stop::environment(anyhow::Error::from(error).context(text)));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Makes the folder, and opens the record in it.
pub(crate) fn open(out: &Path) -> Result<Box<dyn Sink>, Stop> {
    std::fs::create_dir_all(out)
        .with_context(|| format!("the folder {} could not be made", out.display()))
        .map_err(Stop::environment)?;
    let path = out.join("record.jsonl");
    let file = File::create(&path)
        .with_context(|| format!("the record {} could not be written", path.display()))
        .map_err(Stop::environment)?;
    Ok(Box::new(JsonLines::new(BufWriter::new(file))))
}

/// Says the verdict, as the last event.
pub(crate) fn finish(events: &EventStream) {
    let (verdict, reasons) = events.with_record(reports::closing_verdict);
    let totals = events.with_record(Record::totals);
    events.append(Event::RunFinished(Box::new(RunFinished {
        verdict,
        reasons,
        totals,
        duration_us: events.now_us(),
        peak_memory_kib: peak_memory_kib(),
    })));
}

/// The exit code of a record: by its verdict, and for a load run by which of its parts it failed.
pub(crate) fn exit(record: &Record) -> Exit {
    let go = record.finished.is_some() && reports::verdict(record).0 == Verdict::Go;
    let kind = record.run.as_ref().map(|run| run.kind);
    let judged = record.loads.iter().filter(|run| run.started.scenario.is_none() && !run.started.exploring);
    let loads = judged.filter(|_| kind == Some(RunKind::Load)).filter_map(|run| run.result.as_ref());
    let exit = loads.fold(Exit::Passed, |exit, result| {
        exit.worst(match result.verdict {
            LoadVerdict::Passed => Exit::Passed,
            LoadVerdict::Inconclusive => Exit::Inconclusive,
            LoadVerdict::ThresholdMissed => Exit::Threshold,
            LoadVerdict::Failed => Exit::CheckFailed,
        })
    });
    // Invariant: what is no GO never exits as passed.
    if exit == Exit::Passed && !go { Exit::CheckFailed } else { exit }
}

/// Prints what a person wants to see first, and writes every report and what else the command leaves (`more`: names and
/// texts); one that can't be written does not stop the others.
pub(crate) fn draw(
    record: &Record,
    out: &Path,
    global: &Global,
    more: &[(&str, String)],
) -> Result<(), Stop> {
    let style = summary_style(record, global);
    print(&terminal::failures(record, style));
    print(&terminal::summary(record, style));
    let drawn = [
        ("junit.xml", reports::junit(record)),
        (PAGE, reports::html(record)),
        ("summary.json", reports::json(record)),
        ("summary.md", Ok(reports::markdown(record))),
    ];
    let more = more.iter().map(|(name, text)| (*name, Ok(text.clone())));
    let mut trouble = Vec::new();
    let mut beside = Vec::new();
    for (name, text) in drawn.into_iter().chain(more) {
        beside.extend((name != PAGE).then_some(name));
        let written = text.map_err(Stop::environment).and_then(|text| write(&out.join(name), &text));
        trouble.extend(written.err().map(|stop| format!("{:#}", stop.error)));
    }
    if !trouble.is_empty() {
        return Err(Stop::environment(anyhow!("{}", trouble.join("\nerror: "))));
    }
    let page = out.join(PAGE);
    tell(&format!("reports: {} (and {}, record.jsonl)", page.display(), beside.join(", ")));
    Ok(())
}

/// Writes a report; one that could not be written is a failure, never silent.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Stop> {
    std::fs::write(path, text)
        .with_context(|| format!("the report {} could not be written", path.display()))
        .map_err(Stop::environment)
}

/// How the summary of a record is drawn on standard output. In a log, where nothing says how wide it is, the table of a load
/// has all its columns.
pub(crate) fn summary_style(record: &Record, global: &Global) -> Style {
    let style = style(global.color, &std::io::stdout());
    let load = record.run.as_ref().is_some_and(|run| run.kind == RunKind::Load);
    let log = !style.tty && std::env::var_os("COLUMNS").is_none();
    Style { width: if load && log { 0 } else { style.width }, ..style }
}

/// What the record says of the run that this command makes.
pub(crate) fn about(repeat_with: Vec<String>) -> About {
    About {
        command: std::env::args().skip(1).collect(),
        repeat_with,
        run_id: run_id(),
        started_at: started_at(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// Unique for whoever collects records: the time and the process.
pub(crate) fn run_id() -> String {
    format!("{}-{}", chrono::Utc::now().format("%Y%m%dT%H%M%S%3f"), std::process::id())
}

/// Now, as the head of a record says it.
pub(crate) fn started_at() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// Peak resident memory of this process in KiB; Linux tells it in /proc, elsewhere it stays unknown.
fn peak_memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use dryrun_record::load::{LoadResult, LoadRun, LoadStarted};
    use dryrun_record::{Isolation, RunStarted, TargetInfo};

    use super::*;

    fn record(loads: &[(LoadVerdict, bool)]) -> Record {
        let run = RunStarted {
            format: dryrun_record::FORMAT,
            kind: RunKind::Load,
            run_id: run_id(),
            started_at: started_at(),
            tool_version: String::new(),
            command: Vec::new(),
            seed: 1,
            profile: None,
            target: TargetInfo { name: "the service".to_owned(), url: String::new(), command: None },
            services: Vec::new(),
            isolation: Isolation::Serial,
            isolation_reason: String::new(),
            jobs: 1,
            selected: 0,
            repeat_with: Vec::new(),
        };
        let mut record = Record::default();
        record.run = Some(run);
        for (verdict, exploring) in loads {
            let started = LoadStarted { exploring: *exploring, ..LoadStarted::default() };
            let result = LoadResult { verdict: *verdict, ..LoadResult::default() };
            record.loads.push(LoadRun { started, result: Some(result), ..LoadRun::default() });
        }
        record
    }

    #[test]
    fn a_load_run_exits_by_the_worst_of_what_was_judged() {
        use LoadVerdict::{Failed, Inconclusive, Passed, ThresholdMissed};
        for (loads, wanted) in [
            (&[(ThresholdMissed, false)][..], Exit::Threshold),
            (&[(Inconclusive, false)], Exit::Inconclusive),
            (&[(Failed, false)], Exit::CheckFailed),
            (&[(Inconclusive, false), (ThresholdMissed, false)], Exit::Threshold),
            (&[(Passed, false), (Failed, true), (Inconclusive, false)], Exit::Inconclusive),
            // A record without its end, or without a load, is no GO.
            (&[(Passed, false)], Exit::CheckFailed),
            (&[], Exit::CheckFailed),
        ] {
            assert_eq!(exit(&record(loads)), wanted, "{loads:?}");
        }
    }
}
