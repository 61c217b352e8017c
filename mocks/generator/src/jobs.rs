//! Jobs: what was asked, where each channel stands, and what may be tried again. Main types: [`Job`], [`Jobs`].

use crate::channels::Outcome;
use crate::content::Newsletter;
use crate::stamp;
use crate::trace::Trace;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The channels of a job.
pub(crate) const CHANNELS: &[&str] = &["email", "website", "twitter", "linkedin", "facebook"];
/// The states of a job.
pub(crate) const STATES: &[&str] = &["pending", "in_progress", "completed", "partial", "failed"];
/// How many jobs are kept; the oldest finished ones go first.
const CAPACITY: usize = 10_000;

/// What a job sends.
#[derive(Clone, Debug)]
pub(crate) enum Task {
    /// The living document to the job's channels.
    Sync,
    /// A finished newsletter.
    Newsletter { newsletter: Newsletter, metadata: Map<String, Value> },
}

/// One job.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) task: Task,
    /// Out of [`STATES`].
    pub(crate) status: &'static str,
    pub(crate) document_id: Option<String>,
    pub(crate) channels: Vec<&'static str>,
    pub(crate) results: BTreeMap<&'static str, Outcome>,
    pub(crate) correlation_id: Option<String>,
    pub(crate) schedule_time: Option<DateTime<Utc>>,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) completed_at: Option<String>,
    pub(crate) runs: u32,
    pub(crate) trace: Trace,
}

impl Job {
    /// A job that waits to be run.
    pub(crate) fn new(id: String, task: Task, channels: Vec<&'static str>, trace: Trace) -> Job {
        let now = stamp::now();
        Job {
            id,
            task,
            status: "pending",
            document_id: None,
            channels,
            results: BTreeMap::new(),
            correlation_id: trace.correlation_id.clone(),
            schedule_time: None,
            created_at: now.clone(),
            updated_at: now,
            completed_at: None,
            runs: 0,
            trace,
        }
    }

    /// The channels that still have to be sent to: not tried yet, or failed; with `unknown`, also those of which
    /// nobody knows whether they arrived.
    pub(crate) fn open_channels(&self, unknown: bool) -> Vec<&'static str> {
        let open = |channel: &&'static str| match self.results.get(channel) {
            None => true,
            Some(outcome) => outcome.status == "failed" && (unknown || !outcome.delivery_unknown),
        };
        self.channels.iter().filter(|channel| open(channel)).copied().collect()
    }

    /// The state that follows from the channels once all have been tried.
    fn settled(&self) -> &'static str {
        let failed = self.results.values().filter(|outcome| outcome.status == "failed").count();
        match failed {
            0 => "completed",
            _ if failed == self.results.len() => "failed",
            _ => "partial",
        }
    }

    /// The wire form.
    pub(crate) fn to_json(&self) -> Value {
        let errors: Vec<String> = self
            .results
            .iter()
            .filter_map(|(channel, outcome)| Some(format!("{channel}: {}", outcome.error.as_ref()?)))
            .collect();
        json!({
            "job_id": self.id,
            "status": self.status,
            "document_id": self.document_id,
            "channels": self.channels,
            "results": self.results,
            "errors": errors,
            "correlation_id": self.correlation_id,
            "schedule_time": self.schedule_time.map(stamp::text),
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "completed_at": self.completed_at,
            "runs": self.runs,
        })
    }
}

#[derive(Debug, Default)]
struct Table {
    jobs: HashMap<String, Job>,
    order: Vec<String>,
}

/// Why a job can't be tried again.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unretryable {
    Unknown,
    Because(String),
}

/// All jobs of this process.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    table: Mutex<Table>,
}

impl Jobs {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a new job.
    pub(crate) fn add(&self, job: Job) {
        let mut table = self.table();
        if table.order.len() >= CAPACITY {
            let done = |id: &String| table.jobs.get(id).is_none_or(|job| job.completed_at.is_some());
            if let Some(index) = table.order.iter().position(done) {
                let id = table.order.remove(index);
                table.jobs.remove(&id);
            }
        }
        if table.jobs.insert(job.id.clone(), job.clone()).is_none() {
            table.order.push(job.id);
        }
    }

    /// A job by its id.
    pub(crate) fn get(&self, id: &str) -> Option<Job> {
        self.table().jobs.get(id).cloned()
    }

    /// The jobs, newest first, that have this status: one page of them, and how many there are.
    pub(crate) fn page(&self, status: Option<&str>, limit: usize, offset: usize) -> (Vec<Value>, usize) {
        let table = self.table();
        let fits: Vec<&Job> = table
            .order
            .iter()
            .rev()
            .filter_map(|id| table.jobs.get(id))
            .filter(|job| status.is_none_or(|status| job.status == status))
            .collect();
        (fits.iter().skip(offset).take(limit).map(|job| job.to_json()).collect(), fits.len())
    }

    /// Takes a pending job into work; `None` when somebody else has, so no job runs twice at once.
    pub(crate) fn start(&self, id: &str) -> Option<Job> {
        let mut table = self.table();
        let job = table.jobs.get_mut(id).filter(|job| job.status == "pending")?;
        job.status = "in_progress";
        job.runs += 1;
        job.updated_at = stamp::now();
        Some(job.clone())
    }

    /// Notes what came of one channel.
    pub(crate) fn note(&self, id: &str, channel: &'static str, outcome: Outcome) {
        if let Some(job) = self.table().jobs.get_mut(id) {
            job.results.insert(channel, outcome);
            job.updated_at = stamp::now();
        }
    }

    /// Ends a run: the state follows from the channels.
    pub(crate) fn finish(&self, id: &str) -> Option<Job> {
        let mut table = self.table();
        let job = table.jobs.get_mut(id)?;
        job.status = job.settled();
        job.updated_at = stamp::now();
        job.completed_at = Some(job.updated_at.clone());
        Some(job.clone())
    }

    /// Puts a failed or partial job back to pending. Channels of which nobody knows whether they arrived are
    /// tried again only when `unknown` is set; the others keep their results.
    pub(crate) fn reopen(&self, id: &str, unknown: bool, trace: Trace) -> Result<Job, Unretryable> {
        let mut table = self.table();
        let job = table.jobs.get_mut(id).ok_or(Unretryable::Unknown)?;
        if !matches!(job.status, "failed" | "partial") {
            let why = format!("Job {id} cannot be retried: it is {}", job.status);
            return Err(Unretryable::Because(why));
        }
        let open = job.open_channels(unknown);
        if open.is_empty() {
            let why = format!(
                "Job {id} cannot be retried: it is not known whether {} arrived; look there, then retry with ?force=true",
                job.open_channels(true).join(", ")
            );
            return Err(Unretryable::Because(why));
        }
        for channel in open {
            job.results.remove(channel);
        }
        job.status = "pending";
        job.completed_at = None;
        job.updated_at = stamp::now();
        job.trace = trace;
        Ok(job.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace() -> Trace {
        Trace { traceparent: None, correlation_id: Some("c".into()) }
    }

    fn outcome(status: &'static str, delivery_unknown: bool) -> Outcome {
        Outcome { status, delivery_unknown, ..Outcome::default() }
    }

    fn ran(results: &[(&'static str, &'static str, bool)]) -> Jobs {
        let jobs = Jobs::default();
        let channels = results.iter().map(|(channel, ..)| *channel).collect();
        jobs.add(Job::new("j".into(), Task::Sync, channels, trace()));
        assert!(jobs.start("j").is_some() && jobs.start("j").is_none());
        for (channel, status, unknown) in results {
            jobs.note("j", channel, outcome(status, *unknown));
        }
        jobs.finish("j");
        jobs
    }

    #[test]
    fn the_state_follows_from_the_channels() {
        for (results, wanted) in [
            (vec![("email", "success", false), ("website", "success", false)], "completed"),
            (vec![("email", "failed", false), ("website", "success", false)], "partial"),
            (vec![("email", "failed", false), ("website", "failed", true)], "failed"),
        ] {
            assert_eq!(ran(&results).get("j").unwrap().status, wanted);
        }
    }

    #[test]
    fn a_retry_opens_only_what_failed_for_certain() {
        let jobs =
            ran(&[("email", "failed", true), ("website", "failed", false), ("twitter", "success", false)]);
        let job = jobs.reopen("j", false, trace()).unwrap();
        assert_eq!(job.open_channels(false), ["website"]);
        assert!(
            matches!(jobs.reopen("j", false, trace()), Err(Unretryable::Because(_))),
            "it is pending now"
        );
        let unknown = ran(&[("email", "failed", true)]);
        assert!(matches!(unknown.reopen("j", false, trace()), Err(Unretryable::Because(_))));
        assert_eq!(unknown.reopen("j", true, trace()).unwrap().open_channels(false), ["email"]);
        assert!(matches!(jobs.reopen("x", false, trace()), Err(Unretryable::Unknown)));
        assert!(matches!(
            ran(&[("email", "success", false)]).reopen("j", true, trace()),
            Err(Unretryable::Because(_))
        ));
    }
}
