//! `dryrun run`: the main job.

use std::collections::HashSet;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, anyhow};
use dryrun_record::{
    Event, EventStream, JsonLines, Masker, NoticeLevel, Outcome, Record, RunFinished, Sink, Verdict,
};
use dryrun_reports::{self as reports, terminal};
use dryrun_suite::{Plan, ServicePlan, TargetPlan};

use crate::args::{Global, RunArgs};
use crate::commands::check::{Checked, checked};
use crate::commands::report::write;
use crate::commands::{print, tell};
use crate::config::Config;
use crate::exit::{Exit, Stop};
use crate::interrupts::Interrupts;
use crate::plan;
use crate::style::style;

/// Rehearses, writes the reports, prints the summary.
pub(crate) async fn run(args: RunArgs, global: Global) -> Result<Exit, Stop> {
    let started = Instant::now();
    let interrupts = Interrupts::listen().map_err(Stop::environment)?;
    let mut config =
        Config::load(global.config.as_deref(), global.profile.as_deref()).map_err(Stop::usage)?;
    if let Some(url) = plan::given(&args.target_url) {
        config.attach(url);
    }
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| config.path(config.file.run.out.as_deref().unwrap_or("reports/out")));
    forget(&out)?;
    let target = plan::target(&config, &args.env)?;
    let mut options = plan::options(&config, &args);
    let Checked { scenarios, registry, services, target_contract, left_out, part, schemas, .. } =
        checked(&config, &args.select, &global)?;
    options.gate.unjudged = part;
    options.schemas = schemas;

    std::fs::create_dir_all(&out)
        .with_context(|| format!("the folder {} could not be made", out.display()))
        .map_err(Stop::environment)?;
    let record_path = out.join("record.jsonl");
    let record = File::create(&record_path)
        .with_context(|| format!("the record {} could not be written", record_path.display()))
        .map_err(Stop::environment)?;

    let masker = Masker::new();
    for secret in plan::confidential(&target, &options, &args.env) {
        masker.learn(&secret);
    }
    let progress =
        terminal::Progress::new(Box::new(std::io::stderr()), style(global.color, &std::io::stderr()));
    let sinks: Vec<Box<dyn Sink>> =
        vec![Box::new(JsonLines::new(BufWriter::new(record))), Box::new(progress)];
    let events = EventStream::new(started, masker, sinks);

    let selected: Vec<String> = scenarios.iter().map(|scenario| scenario.reference.id.clone()).collect();
    let plan = Plan {
        scenarios,
        registry,
        target: TargetPlan { spec: target, contract: target_contract },
        services: services
            .into_iter()
            .map(|(spec, port)| ServicePlan { spec, port: (port != 0).then_some(port) })
            .collect(),
        options,
        command: std::env::args().skip(1).collect(),
        repeat_with: repeat_with(&args, &global),
        run_id: run_id(),
        started_at: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        interrupt: Some(Box::pin({
            let interrupts = interrupts.clone();
            async move { interrupts.reached(1).await }
        })),
    };
    // Whichever it is, the other is dropped, and the service with it.
    let result = tokio::select! {
        result = dryrun_suite::rehearse(plan, events.clone()) => result.map_err(|error| {
            anyhow!("{}", events.masker().text(&error.to_string()))
        }),
        () = cut_short(&interrupts, &events) => Err(anyhow!("interrupted: the run was ended at once")),
    };

    // A run that failed to start leaves its reports as well: that is where somebody will look for the reason.
    if let Some(text) = left_out {
        events.append(Event::Notice { level: NoticeLevel::Info, code: "left-out".to_owned(), text });
    }
    finish(&events);
    let (record, written) = events.close();
    written
        .with_context(|| format!("the record {} could not be written", record_path.display()))
        .map_err(Stop::environment)?;
    if record.run.is_some() {
        draw(&record, &rerun(&record, &selected), &out, &global)?;
    }
    let summary = result.map_err(Stop::environment)?;
    let exit = match record.finished.as_ref().map(|finished| finished.verdict) {
        Some(Verdict::Go) => Exit::Passed,
        _ => Exit::CheckFailed,
    };
    Ok(if summary.interrupted { exit.worst(Exit::Environment) } else { exit })
}

/// Takes away the reports of an earlier run: whatever becomes of this one, yesterday's GO must not stand beside it.
/// The rerun list stays until there is a new one, because it may be what this run was asked to read.
fn forget(out: &Path) -> Result<(), Stop> {
    for name in ["record.jsonl", "junit.xml", "report.html", "summary.json", "summary.md"] {
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

/// Ends at the signal that says "now": the second one, or the first while nothing has begun yet.
async fn cut_short(interrupts: &Interrupts, events: &EventStream) {
    interrupts.reached(1).await;
    if events.with_record(|record| record.run.is_some()) {
        tell("ending the run in order; Ctrl-C once more ends it at once");
        interrupts.reached(2).await;
    }
}

/// Says the verdict, as the last event.
fn finish(events: &EventStream) {
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

/// What `--rerun` takes up: what was selected and did not pass, whether it failed, was cut short or was never begun.
fn rerun(record: &Record, selected: &[String]) -> String {
    let passed: HashSet<&str> = record
        .scenarios
        .iter()
        .filter(|scenario| matches!(scenario.outcome, Some(Outcome::Passed | Outcome::Flaky)))
        .map(|scenario| scenario.scenario.id.as_str())
        .collect();
    selected.iter().filter(|id| !passed.contains(id.as_str())).map(|id| format!("{id}\n")).collect()
}

/// Prints what a person wants to see first, and writes every report; one that can't be written does not stop the others.
fn draw(record: &Record, rerun: &str, out: &Path, global: &Global) -> Result<(), Stop> {
    let style = style(global.color, &std::io::stdout());
    print(&terminal::failures(record, style));
    print(&terminal::summary(record, style));
    let drawn = [
        ("junit.xml", reports::junit(record)),
        ("report.html", reports::html(record)),
        ("summary.json", reports::json(record)),
        ("summary.md", Ok(reports::markdown(record))),
        ("failed.txt", Ok(rerun.to_owned())),
    ];
    let mut trouble = Vec::new();
    for (name, text) in drawn {
        let written = text.map_err(Stop::environment).and_then(|text| write(&out.join(name), &text));
        trouble.extend(written.err().map(|stop| format!("{:#}", stop.error)));
    }
    if !trouble.is_empty() {
        return Err(Stop::environment(anyhow!("{}", trouble.join("\nerror: "))));
    }
    let page = out.join("report.html");
    tell(&format!(
        "reports: {} (and junit.xml, summary.json, summary.md, failed.txt, record.jsonl)",
        page.display()
    ));
    Ok(())
}

/// What was given on the command line (or by `DRYRUN_CONFIG`) and a repetition needs too. Profile and seed are in the
/// record by themselves.
fn repeat_with(args: &RunArgs, global: &Global) -> Vec<String> {
    let option = |name: &str, value: String| [name.to_owned(), value];
    let config = global.config.iter().map(|path| option("--config", path.display().to_string()));
    let target = args.target_url.iter().map(|url| option("--target-url", url.clone()));
    let env = args.env.iter().map(|pair| option("--env", pair.clone()));
    config.chain(target).chain(env).flatten().collect()
}

/// Unique for whoever collects records: the time and the process.
fn run_id() -> String {
    format!("{}-{}", chrono::Utc::now().format("%Y%m%dT%H%M%S%3f"), std::process::id())
}

/// Peak resident memory of this process in KiB; Linux tells it in /proc, elsewhere it stays unknown.
fn peak_memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string(PathBuf::from("/proc/self/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
