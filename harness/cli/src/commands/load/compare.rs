//! `dryrun load --baseline`, `--against-command` and `--save-baseline`: several runs, compared, kept.

mod told;

use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;
use dryrun_load::baseline::{
    About, Baseline, METRICS, StoredRun, calibrate, comparison, differences, enough, machine, profile_hash,
    side,
};
use dryrun_load::profile::Profile;
use dryrun_record::load::{ComparisonVerdict, LoadResult, LoadVerdict, Origin};
use dryrun_stats::{Decision, Design, Measured, Next, Procedure, Rules, Which};

use super::session::{Attack, Session};
use super::{Job, Outcome};
use crate::args::load::LoadRunArgs;
use crate::commands::baseline::{Shelf, moment};
use crate::exit::Stop;

/// Runs that a baseline is made of, unless somebody says otherwise.
const KEPT: u16 = 10;

/// Whatever can be wrong with names and files of baselines, before anything is sent.
pub(super) fn check(args: &LoadRunArgs, home: &Path) -> Result<(), Stop> {
    let shelf = Shelf::below(home);
    if let Some(name) = &args.compare.save_baseline {
        shelf.path(name)?;
    }
    old(args, &shelf).map(|_| ())
}

/// What new is to be compared with, if anything.
fn old(args: &LoadRunArgs, shelf: &Shelf) -> Result<Option<Old>, Stop> {
    let asked = &args.compare;
    let Some(name) = &asked.baseline else { return Ok(asked.against_command.clone().map(Old::Command)) };
    let baseline = shelf.read(name)?;
    let least = rules(args).least;
    if baseline.runs.len() < least {
        return Err(Stop::usage(anyhow!(
            "the baseline `{name}` has {} and a comparison needs {least} of each side: make it anew with `dryrun load {} \
             --save-baseline {name}`",
            told::counted(baseline.runs.len(), "run"),
            args.name
        )));
    }
    Ok(Some(Old::Stored(name.clone(), Box::new(baseline))))
}

/// Runs old and new, and compares; or only runs new, and keeps that.
pub(crate) async fn compare(job: &Job<'_>) -> Result<Outcome, Stop> {
    let shelf = Shelf::below(&job.home);
    let Some(old) = old(job.args, &shelf)? else { return keep(job, &shelf).await };
    let mut about = About {
        against: old.name(),
        interleaved: matches!(old, Old::Command(_)),
        rules: rules(job.args),
        judged: judged(job),
        differences: Vec::new(),
    };
    if let Old::Stored(_, baseline) = &old {
        about.differences.extend(differences(&baseline.machine, &machine()));
    }
    let mut runs = Runs::new(job);
    let decision = runs.play(&old, &mut about).await?;
    runs.outcome(&old, about, decision, &shelf)
}

/// Makes runs and keeps them.
async fn keep(job: &Job<'_>, shelf: &Shelf) -> Result<Outcome, Stop> {
    let count = usize::from(job.args.compare.runs.unwrap_or(KEPT));
    let mut runs = Runs::new(job);
    let session = Session::start(job.setup, None).await?;
    for number in 1..=count {
        let made = runs.make(&session, Which::New, &format!("run {number} of {count}")).await;
        match made {
            Ok(true) => {}
            Ok(false) => break,
            Err(stop) => {
                session.stop().await;
                return Err(stop);
            }
        }
    }
    session.stop().await;
    let mut result = runs.shown();
    let mut text = told::runs(&runs.made);
    if runs.ended.is_none() {
        text += &save(job, shelf, &runs.made)?;
    }
    runs.judge(&mut result);
    Ok(Outcome { result, text, files: vec![("load-runs.csv", told::csv(&runs.made))] })
}

/// Keeps the runs of new, when it was asked for; says where.
fn save(job: &Job<'_>, shelf: &Shelf, made: &[Made]) -> Result<String, Stop> {
    let Some(name) = &job.args.compare.save_baseline else { return Ok(String::new()) };
    let runs: Vec<(&LoadResult, String)> = made
        .iter()
        .filter(|made| made.which == Which::New)
        .map(|made| (&made.result, moment(made.result.started_unix_us)))
        .collect();
    let path = shelf.save(name, &runs)?;
    Ok(told::saved(&path, &made.iter().map(|made| &made.stored).collect::<Vec<_>>()))
}

/// What a run says of where it comes from; the machine is timed for it.
pub(super) async fn origin(profile: &Profile, side: &str) -> Origin {
    let time = tokio::task::spawn_blocking(calibrate).await.ok();
    let us = time.map(|time| time.as_secs_f64() * 1e6);
    dryrun_load::baseline::origin(profile, side, us)
}

fn rules(args: &LoadRunArgs) -> Rules {
    let asked = &args.compare;
    let usual = Rules::default();
    let least = asked.runs.map_or(usual.least, usize::from);
    let most = asked.most_runs.map_or(usual.most, usize::from).max(least);
    Rules {
        tolerance: asked.tolerance.unwrap_or(usual.tolerance),
        least,
        most,
        seed: args.seed.unwrap_or(usual.seed),
        ..usual
    }
}

/// Which of [`METRICS`] are to decide.
fn judged(job: &Job<'_>) -> Vec<bool> {
    let asked = &job.args.compare.decide_by;
    let wanted =
        |name: &str| if asked.is_empty() { name != "p99" } else { asked.iter().any(|one| one == name) };
    METRICS.iter().map(|(name, _)| wanted(name)).collect()
}

/// What new is compared with.
#[derive(Debug)]
enum Old {
    /// A baseline by its name.
    Stored(String, Box<Baseline>),
    /// A service that this command starts.
    Command(String),
}

impl Old {
    fn name(&self) -> String {
        match self {
            Self::Stored(name, _) => name.clone(),
            Self::Command(command) => format!("`{command}`"),
        }
    }

    fn design(&self) -> Design {
        match self {
            Self::Stored(_, baseline) => Design::Stored(side(&baseline.runs)),
            Self::Command(_) => Design::Interleaved,
        }
    }
}

/// A run that was made.
#[derive(Debug)]
struct Made {
    which: Which,
    label: String,
    result: LoadResult,
    stored: StoredRun,
}

/// The runs of a comparison.
struct Runs<'a> {
    job: &'a Job<'a>,
    made: Vec<Made>,
    /// Why no more are made, and how bad that is, when something else than the statistics ended them.
    ended: Option<String>,
    procedure: Option<Procedure>,
}

impl<'a> Runs<'a> {
    fn new(job: &'a Job<'a>) -> Self {
        Self { job, made: Vec::new(), ended: None, procedure: None }
    }

    /// Makes runs until it is decided; `None` when something else ended it.
    async fn play(&mut self, old: &Old, about: &mut About) -> Result<Option<Decision>, Stop> {
        // The new one first: it is the one that the head of the record names.
        let session = Session::start(self.job.setup, None).await?;
        let old_session = match old {
            Old::Stored(..) => None,
            Old::Command(command) => match Session::start(self.job.setup, Some(command)).await {
                Ok(old) => Some(old),
                Err(stop) => {
                    session.stop().await;
                    return Err(stop);
                }
            },
        };
        let decided = self.turns(old, about, &session, old_session.as_ref()).await;
        session.stop().await;
        if let Some(old) = old_session {
            old.stop().await;
        }
        decided
    }

    async fn turns(
        &mut self,
        old: &Old,
        about: &mut About,
        session: &Session<'_>,
        old_session: Option<&Session<'_>>,
    ) -> Result<Option<Decision>, Stop> {
        let mut procedure = Procedure::new(about.rules, old.design(), about.judged.clone());
        let decision = loop {
            let (which, block, number) = match procedure.next() {
                Next::Done(decision) => break Some(*decision),
                Next::Run { which, block, number, .. } => (which, block, number),
            };
            let at = match (which, old_session) {
                (Which::Old, Some(old)) => old,
                _ => session,
            };
            let label = told::label(which, block, number);
            if !self.make(at, which, &label).await? {
                break None;
            }
            let Some(made) = self.made.last() else { break None };
            if self.made.len() == 1 {
                let least = least_requests(old, made);
                procedure.rely_on(rely_on(about, least));
                if let Some(reason) = other_profile(old, &self.job.profile) {
                    self.ended = Some(reason);
                    break None;
                }
            }
            let measured =
                Measured { metrics: made.stored.metrics(), calibration: made.stored.calibration_us };
            procedure.push(which, measured);
        };
        self.procedure = Some(procedure);
        Ok(decision)
    }

    /// Makes one run. Says whether there is any use in going on.
    async fn make(&mut self, session: &Session<'_>, which: Which, label: &str) -> Result<bool, Stop> {
        let side = if which == Which::Old { "old" } else { "new" };
        let origin = Some(origin(&self.job.profile, side).await);
        // The first run of new is the one that the reports show; the others stand beside it.
        let first = which == Which::New && !self.made.iter().any(|made| made.which == Which::New);
        let attack = Attack {
            exploring: !first,
            label: if first { String::new() } else { label.to_owned() },
            origin,
            ..Attack::whole(self.job.stop.clone())
        };
        let result = session.attack(Arc::clone(&self.job.profile), attack).await?;
        let stored = StoredRun::of(&result, moment(result.started_unix_us));
        if let Some(live) = &self.job.setup.live {
            live.say(&told::progress(label, &stored));
        }
        if let Some(reason) = &result.stopped {
            self.ended = Some(format!("the run was ended early: {reason}"));
        } else if result.verdict == LoadVerdict::Failed && which == Which::Old {
            let reason = result.reasons.first().map_or("see its run", String::as_str);
            self.ended = Some(format!("the old service failed ({reason}), so its times are worth nothing"));
        } else if result.verdict == LoadVerdict::Failed {
            self.ended = Some("the service failed under load, so its times are worth nothing".to_owned());
        }
        self.made.push(Made { which, label: label.to_owned(), result, stored });
        Ok(self.ended.is_none())
    }

    /// The run that the reports show.
    fn shown(&self) -> LoadResult {
        let new = self.made.iter().find(|made| made.which == Which::New);
        new.or(self.made.first()).map(|made| made.result.clone()).unwrap_or_default()
    }

    /// Lays over the run that is shown what the other runs of new were found guilty of.
    fn judge(&self, result: &mut LoadResult) {
        let mut first = true;
        for made in self.made.iter().filter(|made| made.which == Which::New) {
            if std::mem::take(&mut first) {
                continue;
            }
            let Made { label, result: other, .. } = made;
            result.verdict = result.verdict.max(other.verdict);
            result.reasons.extend(other.reasons.iter().map(|reason| format!("{label}: {reason}")));
            if other.verdict == LoadVerdict::Failed {
                result.failures.extend(other.failures.iter().cloned());
            }
        }
    }

    fn outcome(
        self,
        old: &Old,
        mut about: About,
        decision: Option<Decision>,
        shelf: &Shelf,
    ) -> Result<Outcome, Stop> {
        let mut result = self.shown();
        about.differences.extend(told::bottlenecks(&self.made));
        let mut told = match (&decision, &self.procedure) {
            (Some(decision), Some(procedure)) => comparison(&about, decision, procedure.blocks()),
            _ => about.not_made(self.ended.clone().unwrap_or_else(|| "it was ended early".to_owned())),
        };
        if decision.is_none() {
            let count = |which| self.made.iter().filter(|made| made.which == which).count();
            let stored = if let Old::Stored(_, baseline) = old { baseline.runs.len() } else { 0 };
            told.old_runs = u32::try_from(stored + count(Which::Old)).unwrap_or(u32::MAX);
            told.new_runs = u32::try_from(count(Which::New)).unwrap_or(u32::MAX);
        }
        self.judge(&mut result);
        let verdict = match told.verdict {
            ComparisonVerdict::Passed => LoadVerdict::Passed,
            ComparisonVerdict::Inconclusive => LoadVerdict::Inconclusive,
            ComparisonVerdict::Slower => LoadVerdict::ThresholdMissed,
        };
        if verdict != LoadVerdict::Passed {
            result.reasons.push(told::against(&told));
        }
        result.verdict = result.verdict.max(verdict);
        let mut text = told::runs(&self.made);
        if decision.is_some() && !self.job.args.compare.no_history {
            text += &shelf.remember(
                &self.job.profile,
                &told,
                self.made.iter().filter(|made| made.which == Which::New).map(|made| &made.stored),
            )?;
        }
        if self.ended.is_none() {
            text += &save(self.job, shelf, &self.made)?;
        }
        result.comparison = Some(told);
        Ok(Outcome { result, text, files: vec![("load-runs.csv", told::csv(&self.made))] })
    }
}

/// How many requests the shortest run has, as far as is known.
fn least_requests(old: &Old, made: &Made) -> u64 {
    let stored = match old {
        Old::Stored(_, baseline) => baseline.runs.iter().map(|run| run.requests).min(),
        Old::Command(_) => None,
    };
    stored.map_or(made.stored.requests, |stored| stored.min(made.stored.requests))
}

/// Takes away the quantiles that runs of so many requests say nothing of, and tells so.
fn rely_on(about: &mut About, requests: u64) -> Vec<bool> {
    for ((name, share), judged) in METRICS.iter().zip(&mut about.judged) {
        if *judged && !enough(*share, requests) {
            *judged = false;
            about.differences.push(format!(
                "{name} does not decide: of {requests} requests of a run too few lie beyond it; longer runs have more"
            ));
        }
    }
    about.judged.clone()
}

/// Why runs of this profile can't be held against those of the baseline.
fn other_profile(old: &Old, profile: &Profile) -> Option<String> {
    let Old::Stored(name, baseline) = old else { return None };
    if baseline.profile.hash == profile_hash(profile) {
        return None;
    }
    let which = if baseline.profile.name == profile.name {
        format!(
            "the profile `{}`, or what the command line changes in it, is not what it was then",
            profile.name
        )
    } else {
        format!("the baseline is of the profile `{}`, this is `{}`", baseline.profile.name, profile.name)
    };
    Some(format!("{which}: make `{name}` anew with --save-baseline {name}"))
}
