//! `dryrun load`: a load profile against the service, which is started for it unless an address is given.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;
use dryrun_load::{Figures, Profile};
use dryrun_mocks::MockServer;
use dryrun_suite::values::nearest::{listed, nearest};
use dryrun_target::Target;

use crate::args::{Global, LoadArgs};
use crate::commands::{print, tell};
use crate::config::Config;
use crate::exit::{Exit, Stop};
use crate::interrupts::Interrupts;
use crate::plan;

/// Loads, prints the figures, and says which thresholds were missed.
pub(crate) async fn load(args: LoadArgs, global: Global) -> Result<Exit, Stop> {
    let mut config =
        Config::load(global.config.as_deref(), global.profile.as_deref()).map_err(Stop::usage)?;
    let interrupts = Interrupts::listen().map_err(Stop::environment)?;
    if let Some(url) = plan::given(&args.target_url) {
        config.attach(url);
    }
    let path = match args.name.ends_with(".toml") {
        true => PathBuf::from(&args.name),
        false => config.path(format!("load/profiles/{}.toml", args.name)),
    };
    if !path.exists() {
        return Err(Stop::usage(missing(&args.name, &path)));
    }
    let profile = Profile::load(&path).map_err(Stop::usage)?;

    let mut mocks = Vec::new();
    for (spec, port) in plan::services(&config)? {
        let options = dryrun_mocks::MockOptions { port, ..dryrun_mocks::MockOptions::default() };
        mocks.push(MockServer::start(spec, options).await.map_err(Stop::environment)?);
    }
    let spec = plan::target(&config, &[])?;
    let substitutions = dryrun_suite::substitutions(&mocks, &spec);
    let quiet: dryrun_target::LogSink = Arc::new(|_, _| {});
    let target = Target::start(&spec, &substitutions, quiet).await.map_err(Stop::environment)?;

    tell(&format!("{}: {} on {}", profile.name, profile.description, target.url()));
    let result = tokio::select! {
        result = dryrun_load::run(&profile, target.url()) => Some(result),
        () = interrupts.reached(1) => None,
    };
    target.stop().await;
    for mock in mocks {
        mock.stop().await;
    }
    // goose ends early and calls it done when it sees Ctrl-C; a run cut short proves nothing.
    let Some(result) = result else {
        return Err(Stop::environment(anyhow!("interrupted: the load run says nothing")));
    };
    let result = result.map_err(Stop::environment)?;

    let mut text = String::from(
        "request                       count  failed    rate/s    p50 ms    p95 ms    p99 ms    max ms\n",
    );
    for figures in result.per_request.iter().chain([&result.total]) {
        row(&mut text, figures);
    }
    let missed = result.missed(&profile);
    for threshold in &missed {
        let _ = writeln!(text, "missed: {threshold}");
    }
    let _ = writeln!(
        text,
        "{}",
        if missed.is_empty() { "every threshold was kept" } else { "NO-GO: a threshold was missed" }
    );
    print(&text);
    Ok(if missed.is_empty() { Exit::Passed } else { Exit::Threshold })
}

/// What to write in place of a profile that is not there.
fn missing(name: &str, path: &Path) -> anyhow::Error {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut known: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".toml")?.to_owned()))
        .collect();
    known.sort();
    let names = || known.iter().map(String::as_str);
    let hint = match nearest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => {
            "there are none in that folder; name one by its path, ending in .toml".to_owned()
        }
        None => format!("there are {}", listed(names(), 8)),
    };
    anyhow!("there is no load profile {}: {hint}", path.display())
}

fn row(text: &mut String, figures: &Figures) {
    let Figures { name, count, failures, rate, p50_ms, p95_ms, p99_ms, max_ms } = figures;
    let _ = writeln!(
        text,
        "{name:<28}{count:>7}{failures:>8}{rate:>10.1}{p50_ms:>10.1}{p95_ms:>10.1}{p99_ms:>10.1}{max_ms:>10.1}"
    );
}
