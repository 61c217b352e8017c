//! What the commands that leave a record have in common: old reports taken away, the verdict, new reports drawn.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, anyhow};
use dryrun_record::{Event, EventStream, JsonLines, Record, RunFinished, Sink};
use dryrun_reports::{self as reports, terminal};

use crate::args::Global;
use crate::commands::report::write;
use crate::commands::{print, tell};
use crate::exit::Stop;
use crate::style::style;

/// The page among the reports.
const PAGE: &str = "report.html";

/// Takes away the reports of an earlier run: whatever becomes of this one, yesterday's GO must not stand beside it.
/// What a later run may be asked to read, such as the rerun list, stays until there is a new one.
pub(crate) fn forget(out: &Path) -> Result<(), Stop> {
    for name in ["record.jsonl", "junit.xml", PAGE, "summary.json", "summary.md"] {
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

/// Prints what a person wants to see first, and writes every report and what else the command leaves (`more`: names and
/// texts); one that can't be written does not stop the others.
pub(crate) fn draw(
    record: &Record,
    out: &Path,
    global: &Global,
    more: &[(&str, String)],
) -> Result<(), Stop> {
    let style = style(global.color, &std::io::stdout());
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
