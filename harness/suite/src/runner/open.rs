//! The begin of every run that needs the service: [`open`] starts mocks and service, finds out how scenarios can be kept
//! apart, and has the head of the record ready.

use std::sync::Arc;

use dryrun_record::{
    Event, EventStream, Isolation, NoticeLevel, RunKind, RunStarted, ServiceInfo, TargetInfo,
};
use dryrun_target::TargetSpec;

use crate::error::SuiteError;
use crate::options::RunOptions;
use crate::policy::Policy;
use crate::runner::outside::Watched;
use crate::runner::plan::{About, ServicePlan, TargetPlan};
use crate::runner::probe;
use crate::runner::stations;
use crate::runner::watch::Watch;
use crate::station::Station;

/// Mocks and service at work.
pub(crate) struct Opened {
    pub(crate) http: reqwest::Client,
    pub(crate) policy: Arc<Policy>,
    pub(crate) watch: Arc<Watch>,
    pub(crate) outside: Watched,
    pub(crate) station: Arc<Station>,
    pub(crate) isolation: Isolation,
    pub(crate) reason: String,
    pub(crate) head: Head,
}

/// Starts them. When they don't start, the record has its head and says why.
///
/// # Errors
/// A mock or the service did not start; nothing is left running.
pub(crate) async fn open(
    head: Head,
    target: &mut TargetPlan,
    services: &[ServicePlan],
    options: &RunOptions,
    events: &EventStream,
) -> Result<Opened, SuiteError> {
    let http = reqwest::Client::builder()
        .no_proxy()
        // A kept connection that the service closes just then would look like a failure of the service.
        .pool_max_idle_per_host(0)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| SuiteError::Engine(format!("the HTTP client could not be made: {error}")))?;
    for secret in options.secrets.values() {
        events.masker().learn(secret);
    }
    let policy = Arc::new(Policy::new(options.contracts, options.exceptions.clone(), options.today));
    let watch = Arc::new(Watch::new(events.clone(), Arc::clone(&policy)));
    let outside = Watched::of(&mut target.spec).await;
    let station = match stations::start(0, target, services, options, &watch, events).await {
        Ok(station) => Arc::new(station),
        Err(error) => {
            watch.begin(head.event(None, Isolation::Serial, "the run did not start".to_owned(), 0));
            no_start(&watch, &error);
            return Err(error);
        }
    };
    let (isolation, reason) = probe::choose(&station, &target.spec, services, options, &http).await;
    Ok(Opened { http, policy, watch, outside, station, isolation, reason, head })
}

/// Tells why there is no run.
pub(crate) fn no_start(watch: &Watch, error: &SuiteError) {
    watch.append(Event::Notice {
        level: NoticeLevel::Error,
        code: "no-start".to_owned(),
        text: error.to_string(),
    });
}

/// What the head of the record says, apart from what turns out at the start.
pub(crate) struct Head(RunStarted);

impl Head {
    pub(crate) fn new(
        kind: RunKind,
        about: About,
        target: &TargetPlan,
        services: &[ServicePlan],
        options: &RunOptions,
        selected: usize,
    ) -> Self {
        let command = match &target.spec {
            TargetSpec::Command { command, .. } => Some(command.join(" ")),
            TargetSpec::Attach { .. } => None,
        };
        let url = match &target.spec {
            TargetSpec::Attach { url, .. } => url.clone(),
            TargetSpec::Command { .. } => String::new(),
        };
        let service = |service: &ServicePlan| ServiceInfo {
            key: service.spec.key.clone(),
            title: service.spec.title.clone(),
            url: String::new(),
            contract: service.spec.contract_path.clone(),
            operations: service
                .spec
                .contract
                .operations()
                .iter()
                .map(dryrun_contract::Operation::line)
                .collect(),
        };
        Self(RunStarted {
            format: dryrun_record::FORMAT,
            kind,
            run_id: about.run_id,
            started_at: about.started_at,
            tool_version: about.tool_version,
            command: about.command,
            seed: options.seed,
            profile: options.profile.clone(),
            target: TargetInfo { name: options.target_name.clone(), url, command },
            services: services.iter().map(service).collect(),
            isolation: Isolation::Serial,
            isolation_reason: String::new(),
            jobs: 0,
            selected,
            repeat_with: about.repeat_with,
        })
    }

    pub(crate) fn event(
        &self,
        station: Option<&Arc<Station>>,
        isolation: Isolation,
        reason: String,
        jobs: usize,
    ) -> Event {
        let mut head = self.0.clone();
        (head.isolation, head.isolation_reason, head.jobs) = (isolation, reason, jobs);
        if let Some(station) = station {
            head.target.url.clone_from(&station.target_url);
            for service in &mut head.services {
                service.url =
                    station.mock(&service.key).map(|mock| mock.url().to_owned()).unwrap_or_default();
            }
        }
        Event::RunStarted(Box::new(head))
    }
}
