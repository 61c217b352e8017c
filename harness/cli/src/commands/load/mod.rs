//! `dryrun load`: a load profile against the service, which is started for it unless an address is given.

mod abort;
mod capacity;
mod compare;
mod live;
mod metrics;
pub(crate) mod profiles;
pub(crate) mod session;
pub(crate) mod setup;
mod shard;
mod shipped;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::anyhow;
use dryrun_load::Profile;
use dryrun_load::shard::ClockWatch;
use dryrun_record::load::LoadResult;
use dryrun_record::{Event, EventStream, Masker, NoticeLevel, Record, Sink};
use dryrun_reports as reports;
use tokio::sync::watch;

use self::abort::Abort;
use self::live::{Canvas, Live};
use self::metrics::Metrics;
use self::session::{Attack, Session};
use self::setup::Setup;
use self::shard::Share;
use self::shipped::Shipped;
use crate::args::Global;
use crate::args::load::LoadRunArgs;
use crate::commands::{ending, print};
use crate::config::Config;
use crate::exit::{Exit, Stop};
use crate::interrupts::Interrupts;
use crate::plan;
use crate::style::{size, style};

/// Where the reports go unless somebody says otherwise.
const OUT: &str = "reports/out";

/// What every way of loading is given: once, against a baseline, in search of the capacity.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    /// The command line.
    pub(crate) args: &'a LoadRunArgs,
    /// What sessions are made from.
    pub(crate) setup: &'a Setup,
    /// The profile, with the command line laid over it.
    pub(crate) profile: Arc<Profile>,
    /// Ends what goes on, in order, with the reason that is put in.
    pub(crate) stop: watch::Receiver<Option<String>>,
    /// The folder that baselines stand below: that of the configuration, or the current one.
    pub(crate) home: PathBuf,
}

/// What came of it. Exactly one attack must have been neither quiet nor exploring; `result` is its result, with what was
/// found beyond it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The end of the load run in the record.
    pub(crate) result: LoadResult,
    /// What is printed above the summary.
    pub(crate) text: String,
    /// Files beside the reports: names and texts.
    pub(crate) files: Vec<(&'static str, String)>,
}

/// Loads, writes the reports, prints the summary.
pub(crate) async fn load(args: LoadRunArgs, global: Global) -> Result<Exit, Stop> {
    let started = Instant::now();
    let interrupts = Interrupts::listen().map_err(Stop::environment)?;
    let shipped = Shipped::instead_of_nothing(&global, &args)?;
    let at = shipped.as_ref().map(Shipped::config);
    let at = at.as_deref().or(global.config.as_deref());
    let mut config = Config::load(at, global.profile.as_deref()).map_err(Stop::usage)?;
    if let Some(url) = plan::given(&args.target_url) {
        config.attach(url);
    }
    let out = out(&config, &args, shipped.is_some());
    let hide = |stop: Stop| match &shipped {
        Some(shipped) => shipped.hide(stop),
        None => stop,
    };
    let profile = Arc::new(profiles::profile(&config, &args).map_err(hide)?);
    let (stop, stopped) = watch::channel(None);
    let abort = Abort::new(&args.abort_on, &profile, stop.clone())?;
    let masker = Masker::new();
    // Everything that can be wrong is told before the old reports go and before anything is sent.
    let mut setup = Setup::new(config, &args.env, args.seed, &global, &profile)?;
    setup.hidden = shipped.as_ref().map(Shipped::folder);
    setup.script(&profile)?;
    for secret in setup.confidential() {
        masker.learn(&secret);
    }
    let share = Share::of(&args.shard)?;
    if [share.asked(), args.compare.asked(), args.capacity.find_capacity]
        .iter()
        .filter(|asked| **asked)
        .count()
        > 1
    {
        return Err(Stop::usage(anyhow!(
            "--shard, --find-capacity and a comparison (--baseline, --against-command, --save-baseline) exclude each other: keep one"
        )));
    }
    let listener = match args.metrics_listen {
        Some(address) => Some(metrics::listen(address).await?),
        None => None,
    };

    let home = if shipped.is_some() { PathBuf::new() } else { setup.config.folder.clone() };
    compare::check(&args, &home)?;

    ending::forget(&out)?;
    let live = view(&args, &global, &profile);
    let sinks: Vec<Box<dyn Sink>> = vec![ending::open(&out)?, Box::new(live.clone())];
    let events = EventStream::new(started, masker, sinks);
    setup.tell(events.clone(), live.clone(), abort);
    let metrics = listener.map(|listener| Metrics::serve(listener, events.clone())).transpose()?;
    if let Some(metrics) = &metrics {
        live.say(&format!("figures as Prometheus text at {}", metrics.url()));
    }
    if shipped.is_some() {
        live.say("no dryrun.toml here: the service and the mocks that ship with dryrun");
    }
    let redrawn = live.tick();
    let mut clock = ClockWatch::begin();
    let job = Job { args: &args, setup: &setup, profile: Arc::clone(&profile), stop: stopped, home };
    let once = async {
        let session = Session::start(&setup, None).await?;
        if share.asked() {
            clock.before(session.url(), share.start_at).await;
        }
        let (slice, start_at) = (share.slice, share.start_at);
        // What a part finds says nothing on the whole: that is judged by the merge.
        let origin = Some(compare::origin(&job.profile, "").await);
        let attack =
            Attack { slice, start_at, judge: !share.asked(), origin, ..Attack::whole(job.stop.clone()) };
        let result = session.attack(Arc::clone(&job.profile), attack).await;
        if share.asked() {
            clock.after(session.url()).await;
        }
        session.stop().await;
        let mut result = result?;
        if share.asked() {
            result.reasons.insert(0, shard::ONLY_A_PART.to_owned());
        }
        Ok(Outcome { result, ..Outcome::default() })
    };
    let work = async {
        match (args.compare.asked(), args.capacity.find_capacity) {
            (true, _) => compare::compare(&job).await,
            (_, true) => capacity::capacity(&job).await,
            _ => once.await,
        }
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = cut_short(&interrupts, &stop, &live) => Err(Stop::environment(anyhow!("interrupted: the run was ended at once"))),
    };
    redrawn.abort();
    live.over();

    // A run that failed to start leaves its reports as well: that is where somebody will look for the reason.
    let outcome = match outcome {
        Ok(outcome) => {
            events.append(Event::LoadFinished(Box::new(outcome.result.clone())));
            Ok(outcome)
        }
        Err(stop) => {
            let text = events.masker().text(&format!("{:#}", stop.error));
            setup.begin_without_service();
            let code = "not-loaded".to_owned();
            // A service that did not start has been told of already.
            let told = events.with_record(|record| record.notices.iter().any(|notice| notice.text == text));
            if !told {
                events.append(Event::Notice { level: NoticeLevel::Error, code, text: text.clone() });
            }
            Err(Stop { exit: stop.exit, error: anyhow!("{text}") })
        }
    };
    ending::finish(&events);
    let (record, written) = events.close();
    drop(metrics);
    written.map_err(Stop::environment)?;
    let mut files = files(&record);
    if let Ok(outcome) = &outcome {
        print(&outcome.text);
        files.extend(outcome.files.iter().cloned());
    }
    ending::draw(&record, &out, &global, &files)?;
    outcome?;
    let exit = if share.asked() {
        share.keep(&profile, clock, &record)?;
        // The part is whole; what it is worth is for the merge to say.
        Exit::Passed
    } else {
        ending::exit(&record)
    };
    Ok(if interrupts.count() > 0 { exit.worst(Exit::Environment) } else { exit })
}

/// Where the reports go.
fn out(config: &Config, args: &LoadRunArgs, shipped: bool) -> PathBuf {
    let configured = config.file.run.out.as_deref().filter(|_| !shipped);
    let usual = match configured {
        Some(configured) => config.path(configured),
        None if shipped => PathBuf::from(OUT),
        None => config.path(OUT),
    };
    args.out.clone().unwrap_or(usual)
}

/// What a load run leaves beside the reports of every run.
pub(crate) fn files(record: &Record) -> Vec<(&'static str, String)> {
    vec![
        ("load.csv", reports::load::csv(record)),
        ("load-steps.csv", reports::load::csv_steps(record)),
        ("load.prom", reports::load::prometheus(record)),
    ]
}

/// A block on a terminal that can redraw it, plain lines anywhere else.
fn view(args: &LoadRunArgs, global: &Global, profile: &Profile) -> Live {
    let style = style(global.color, &std::io::stderr());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let canvas = Canvas {
        out: Box::new(std::io::stderr()),
        block: style.tty && !dumb && !args.no_live,
        color: style.color,
        size: Box::new(|| size(&std::io::stderr())),
    };
    Live::new(canvas, profile.thresholds.iter().map(abort::unit).collect())
}

/// The first signal asks for an orderly end; this ends at the second.
async fn cut_short(interrupts: &Interrupts, stop: &watch::Sender<Option<String>>, live: &Live) {
    interrupts.reached(1).await;
    live.say("ending the run in order; Ctrl-C once more ends it at once");
    stop.send_replace(Some("interrupted".to_owned()));
    interrupts.reached(2).await;
}
