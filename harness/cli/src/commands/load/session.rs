//! Mocks and service for one load or several in a row: [`Session`], made from a [`Setup`].

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use dryrun_load::{LoadPlan, OnEvent, Profile, Slice};
use dryrun_mocks::ServiceSpec;
use dryrun_record::Event;
use dryrun_record::load::{LoadResult, Origin};
use dryrun_suite::load::{LoadSetup, LoadWorld};
use dryrun_suite::{ServicePlan, TargetPlan};
use dryrun_target::TargetSpec;
use tokio::sync::watch;

use super::setup::Setup;
use crate::commands::ending;
use crate::exit::Stop;

/// A start that takes longer is explained.
const PATIENCE: Duration = Duration::from_secs(2);

/// How one load is made within a session.
#[derive(Debug, Clone)]
pub(crate) struct Attack {
    /// Which part of the whole load.
    pub(crate) slice: Slice,
    /// When the schedule begins; `None` for at once.
    pub(crate) start_at: Option<SystemTime>,
    /// Whether thresholds are judged.
    pub(crate) judge: bool,
    /// Nothing of it goes into the record; the live view shows it all the same.
    pub(crate) quiet: bool,
    /// It is one of many runs of a search or of a comparison: it goes into the record, result and all, under its label,
    /// and its verdict decides nothing.
    pub(crate) exploring: bool,
    /// What it is called: `run 3 of 10, old`. Empty for the profile's name.
    pub(crate) label: String,
    /// What the result says of where it comes from.
    pub(crate) origin: Option<Origin>,
    /// Ends it early, in order.
    pub(crate) stop: watch::Receiver<Option<String>>,
}

impl Attack {
    /// The whole load, at once, judged and recorded.
    pub(crate) fn whole(stop: watch::Receiver<Option<String>>) -> Self {
        let (slice, label) = (Slice::WHOLE, String::new());
        Self { slice, start_at: None, judge: true, quiet: false, exploring: false, label, origin: None, stop }
    }
}

/// Mocks and service, running.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    setup: &'a Setup,
    world: LoadWorld,
}

impl<'a> Session<'a> {
    /// Starts the mocks, then the service that talks to them; or attaches to one that runs.
    ///
    /// `command` starts another build of the service in place of the configured one.
    pub(crate) async fn start(setup: &'a Setup, command: Option<&str>) -> Result<Self, Stop> {
        let spec = match command {
            Some(command) => setup.target_by(command)?,
            None => setup.target.clone(),
        };
        let service = |(spec, port): &(ServiceSpec, u16)| ServicePlan {
            spec: spec.clone(),
            port: (*port != 0).then_some(*port),
        };
        let waits_for = waits_for(&spec);
        let world = LoadSetup {
            target: TargetPlan { spec, contract: setup.rest.target_contract.clone() },
            services: setup.rest.services.iter().map(service).collect(),
            options: setup.options.clone(),
            about: ending::about(setup.repeat_with.clone()),
        };
        let mut starting = pin!(LoadWorld::start(world, &setup.events));
        let started = match tokio::time::timeout(PATIENCE, &mut starting).await {
            Ok(started) => started,
            Err(_) => {
                if let Some(live) = &setup.live {
                    live.say(&setup.events.masker().text(&waits_for));
                }
                starting.await
            }
        };
        Ok(Self { setup, world: started.map_err(Stop::environment)? })
    }

    /// Where the service is.
    pub(crate) fn url(&self) -> &str {
        self.world.target_url()
    }

    /// Makes one load. The result is returned, and recorded only if it is one of an exploring run: what comes of several
    /// is for the caller to say.
    pub(crate) async fn attack(&self, profile: Arc<Profile>, attack: Attack) -> Result<LoadResult, Stop> {
        let script = self.setup.script(&profile)?;
        let on_event = self.told(&attack);
        let Attack { slice, start_at, judge, quiet, exploring, label, origin, stop } = attack;
        let staged = self.world.stage(&profile, &script, slice);
        let (parts, muster) = staged.map_err(|refused| self.setup.refused(&refused))?;
        let plan = LoadPlan {
            profile,
            parts,
            muster,
            slice,
            start_at,
            judge,
            scenario: None,
            on_event,
            gauges: self.world.gauges().await,
            stop,
            seed: self.setup.options.seed,
        };
        let mut result = dryrun_load::run(plan).await.map_err(Stop::environment)?;
        result.origin = origin;
        // It goes to files that no record's masking sees: a shard's result, a baseline.
        self.setup.events.masker().load(&mut result);
        if let Some(live) = &self.setup.live {
            live.over();
        }
        if exploring && !quiet {
            let mut event = Event::LoadFinished(Box::new(result.clone()));
            rename(&mut event, &label);
            self.setup.events.append(event);
            if !label.is_empty() {
                result.load = label;
            }
        }
        Ok(result)
    }

    /// Who hears what of a load.
    fn told(&self, attack: &Attack) -> OnEvent {
        let Setup { events, live, abort, .. } = self.setup;
        let (events, live) = (events.clone(), live.clone());
        let abort = abort.clone().filter(|_| !attack.quiet && !attack.exploring);
        let (quiet, exploring, label) = (attack.quiet, attack.exploring, attack.label.clone());
        Arc::new(move |mut event| {
            if exploring {
                rename(&mut event, &label);
            }
            if let (Some(abort), Event::LoadTick(tick)) = (&abort, &event) {
                abort.look(tick);
            }
            match (&live, quiet) {
                (_, false) => events.append(event),
                (Some(live), true) => live.show(&event, &label),
                (None, true) => {}
            }
        })
    }

    /// Ends the service and the mocks.
    pub(crate) async fn stop(self) {
        self.world.stop().await;
    }
}

/// What is waited for until a service is ready.
fn waits_for(spec: &TargetSpec) -> String {
    let (at, ready) = match spec {
        TargetSpec::Attach { url, ready } => (format!("{}/", url.trim_end_matches('/')), ready),
        TargetSpec::Command { ready, .. } => ("/".to_owned(), ready),
    };
    let path = ready.path.trim_start_matches('/');
    format!("waiting for the service: GET {at}{path} must answer 2xx within {}", whole(ready.within))
}

/// `30 s`, `2 min`.
fn whole(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        seconds if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

/// The name that a load of the record goes by.
fn rename(event: &mut Event, name: &str) {
    let load = match event {
        Event::LoadStarted(started) => {
            started.exploring = true;
            &mut started.load
        }
        Event::LoadTick(tick) => &mut tick.load,
        Event::LoadMark(mark) => &mut mark.load,
        Event::LoadFinished(result) => &mut result.load,
        _ => return,
    };
    if !name.is_empty() {
        name.clone_into(load);
    }
}
