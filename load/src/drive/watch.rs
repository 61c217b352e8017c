//! [`Watch`]: a thread that looks at the machine, the mocks and the service once a second, and tells events. Files, locks
//! and slow listeners must not hold up an arrival.

use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use dryrun_record::Event;
use dryrun_record::load::{LoadMark, LoadTick, Resources};

use crate::plan::{Gauges, OnEvent, ReadGauges};
use crate::resources::{HostCpu, cores, host_cpu, host_memory_kib, own_memory_kib};

/// What the load's own thread knows of itself at a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Own {
    pub(super) at: Instant,
    /// Its CPU time so far.
    pub(super) cpu: Option<Duration>,
    /// Requests that ended so far.
    pub(super) requests: u64,
}

enum Note {
    Tell(Box<Event>),
    /// The schedule begins.
    Begin(Own),
    /// The measured time begins, or ends.
    Bound(Own),
    Tick(Box<LoadTick>, Own),
}

/// The thread that watches. What it is told it does in order.
#[derive(Debug)]
pub(super) struct Watch {
    notes: mpsc::Sender<Note>,
    thread: JoinHandle<Resources>,
}

impl Watch {
    /// Begins.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(gauges: ReadGauges, on_event: OnEvent) -> std::io::Result<Self> {
        let (notes, taken) = mpsc::channel();
        let watching = move || Watching::new(gauges, on_event).watch(&taken);
        let thread = std::thread::Builder::new().name("load watch".to_owned()).spawn(watching)?;
        Ok(Self { notes, thread })
    }

    /// Tells an event.
    pub(super) fn tell(&self, event: Event) {
        self.send(Note::Tell(Box::new(event)));
    }

    /// The schedule begins.
    pub(super) fn begin(&self, own: Own) {
        self.send(Note::Begin(own));
    }

    /// The measured time begins, or ends.
    pub(super) fn bound(&self, own: Own) {
        self.send(Note::Bound(own));
    }

    /// A second is over: the tick is told with what the machine did in it.
    pub(super) fn tick(&self, tick: LoadTick, own: Own) {
        self.send(Note::Tick(Box::new(tick), own));
    }

    /// Ends. Gives what was used between the first and the last bound.
    pub(super) fn finish(self) -> Resources {
        drop(self.notes);
        self.thread.join().unwrap_or_default()
    }

    fn send(&self, note: Note) {
        // A thread that a listener's panic ended can't hear; the run itself goes on.
        drop(self.notes.send(note));
    }
}

/// What is known at a moment.
#[derive(Debug, Clone, Copy)]
struct Sample {
    own: Own,
    host: Option<HostCpu>,
    gauges: Gauges,
}

struct Watching {
    gauges: ReadGauges,
    on_event: OnEvent,
    /// The second before.
    last: Option<Sample>,
    /// The bounds of the measured time.
    first_bound: Option<Sample>,
    last_bound: Option<Sample>,
    own_memory_kib: Option<u64>,
    service_memory_kib: Option<u64>,
    mocks_p99_us: Option<u64>,
    /// The second that the service did not see the end of.
    service_gone: Option<u64>,
}

impl Watching {
    fn new(gauges: ReadGauges, on_event: OnEvent) -> Self {
        Self {
            gauges,
            on_event,
            last: None,
            first_bound: None,
            last_bound: None,
            own_memory_kib: None,
            service_memory_kib: None,
            mocks_p99_us: None,
            service_gone: None,
        }
    }

    fn watch(mut self, notes: &mpsc::Receiver<Note>) -> Resources {
        while let Ok(note) = notes.recv() {
            match note {
                Note::Tell(event) => (self.on_event)(*event),
                Note::Bound(own) => {
                    let sample = self.sample(own);
                    self.first_bound.get_or_insert(sample);
                    self.last_bound = Some(sample);
                }
                Note::Begin(own) => self.last = Some(self.sample(own)),
                Note::Tick(tick, own) => self.tick(tick, own),
            }
        }
        self.resources()
    }

    fn sample(&mut self, own: Own) -> Sample {
        let gauges = (self.gauges)();
        self.own_memory_kib = self.own_memory_kib.max(own_memory_kib());
        self.service_memory_kib = self.service_memory_kib.max(gauges.service_memory_kib);
        self.mocks_p99_us = gauges.mocks_p99_us.or(self.mocks_p99_us);
        Sample { own, host: host_cpu(), gauges }
    }

    fn tick(&mut self, mut tick: Box<LoadTick>, own: Own) {
        let sample = self.sample(own);
        if let Some(last) = self.last.replace(sample) {
            let used = Used::between(&last, &sample);
            if last.gauges.service_cpu_us.is_some() && sample.gauges.service_cpu_us.is_none() {
                self.service_gone.get_or_insert(tick.second);
            }
            tick.own_cpu = used.own;
            tick.mocks_cpu = used.mocks;
            tick.service_cpu = used.service;
            tick.host_cpu = used.host;
        }
        if self.service_gone == Some(tick.second) {
            let (load, kind) = (tick.load.clone(), "fault".to_owned());
            let text = "the service under test ended".to_owned();
            (self.on_event)(Event::LoadMark(LoadMark { load, at_s: tick.second as f64, kind, text }));
        }
        tick.service_memory_kib = sample.gauges.service_memory_kib;
        tick.own_memory_kib = own_memory_kib();
        tick.host_memory_kib = host_memory_kib();
        (self.on_event)(Event::LoadTick(tick));
    }

    fn resources(self) -> Resources {
        let mut resources = Resources {
            mocks_p99_us: self.mocks_p99_us,
            service_memory_kib: self.service_memory_kib,
            own_memory_kib: self.own_memory_kib,
            cores: cores(),
            service_gone_s: self.service_gone.map(|second| second as f64),
            ..Resources::default()
        };
        if let (Some(first), Some(last)) = (self.first_bound, self.last_bound) {
            let used = Used::between(&first, &last);
            resources.own_cpu = used.own;
            resources.mocks_cpu = used.mocks;
            resources.service_cpu = used.service;
            resources.host_cpu = used.host;
            let requests = last.own.requests - first.own.requests;
            let cpu = last.own.cpu.zip(first.own.cpu).map(|(last, first)| last.saturating_sub(first));
            resources.own_cpu_per_request_us =
                cpu.filter(|_| requests > 0).map(|cpu| cpu.as_secs_f64() * 1e6 / requests as f64);
        }
        resources
    }
}

/// CPU between two moments, in cores; of the machine as a share.
#[derive(Debug, PartialEq)]
struct Used {
    own: Option<f64>,
    mocks: Option<f64>,
    service: Option<f64>,
    host: Option<f64>,
}

impl Used {
    fn between(before: &Sample, after: &Sample) -> Self {
        let seconds = after.own.at.saturating_duration_since(before.own.at).as_secs_f64();
        let cores = |used_us: f64| (seconds > 0.0).then(|| used_us / 1e6 / seconds);
        let gauge = |read: fn(&Gauges) -> Option<u64>| {
            let (before, after) = (read(&before.gauges)?, read(&after.gauges)?);
            // A service that was started anew counts from nothing.
            cores(after.checked_sub(before)? as f64)
        };
        let own = after.own.cpu.zip(before.own.cpu);
        let host = after.host.zip(before.host).map(|(after, before)| {
            (after.busy.saturating_sub(before.busy), after.all.saturating_sub(before.all))
        });
        Self {
            own: own.and_then(|(after, before)| cores(after.saturating_sub(before).as_secs_f64() * 1e6)),
            mocks: gauge(|gauges| gauges.mocks_cpu_us),
            service: gauge(|gauges| gauges.service_cpu_us),
            host: host.filter(|(_, all)| *all > 0).map(|(busy, all)| busy as f64 / all as f64),
        }
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
