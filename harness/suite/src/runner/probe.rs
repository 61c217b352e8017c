//! How scenarios are kept apart: asked for, or found out by a request that carries a correlation.

use std::time::{Duration, Instant};

use dryrun_mocks::{View, ViewOwner};
use dryrun_record::Isolation;
use dryrun_target::TargetSpec;

use crate::options::{IsolationChoice, RunOptions};
use crate::runner::plan::ServicePlan;
use crate::runner::watch::PROBE;
use crate::values::duration;
use crate::world::Station;

/// The longest that an answer to the probe is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The choice and the sentence that gives its reason, and says what can't be told apart then.
pub(crate) async fn choose(
    station: &Station,
    spec: &TargetSpec,
    services: &[ServicePlan],
    options: &RunOptions,
    http: &reqwest::Client,
) -> (Isolation, String) {
    let (isolation, reason) = found(station, spec, services, options, http).await;
    if isolation == Isolation::Correlation || station.mocks.is_empty() {
        return (isolation, reason);
    }
    let mut limits = format!(
        "a call that comes later than {} after its scenario can be taken for one of the next",
        duration::show(options.settle_for(isolation))
    );
    if matches!(spec, TargetSpec::Attach { .. }) {
        limits.push_str(", and so can what others make the service do meanwhile");
    }
    (isolation, format!("{reason}; {limits}"))
}

async fn found(
    station: &Station,
    spec: &TargetSpec,
    services: &[ServicePlan],
    options: &RunOptions,
    http: &reqwest::Client,
) -> (Isolation, String) {
    if let IsolationChoice::Forced(isolation) = options.isolation {
        let reason = match obstacle(spec, services, options) {
            Some(obstacle) if isolation == Isolation::Workers => {
                return (Isolation::Serial, format!("the configuration asks for workers, but {obstacle}"));
            }
            _ => "the configuration asks for it".to_owned(),
        };
        return (isolation, reason);
    }
    if station.mocks.is_empty() {
        return (Isolation::Correlation, "no service is mocked: there is nothing to keep apart".to_owned());
    }
    let mut found = Vec::new();
    let ready = match spec {
        TargetSpec::Attach { ready, .. } | TargetSpec::Command { ready, .. } => ready.path.clone(),
    };
    for path in std::iter::once(ready).chain(options.probe.clone()) {
        match probe(station, &path, options, http).await {
            Finding::PassedOn(call) => {
                return (
                    Isolation::Correlation,
                    format!(
                        "the service passes on the correlation of a request: GET {path} made it call {call} with it"
                    ),
                );
            }
            Finding::Lost(call) => {
                found.push(format!("GET {path} made it call {call} without the correlation"))
            }
            Finding::NoCall => found.push(format!("GET {path} made it call no mock")),
        }
    }
    let found = found.join(", ");
    match obstacle(spec, services, options) {
        None => (
            Isolation::Workers,
            format!(
                "{found}: each of {} workers has its own copy of the service and its own mocks",
                options.workers
            ),
        ),
        Some(obstacle) => (Isolation::Serial, format!("{found}, and {obstacle}: one scenario after another")),
    }
}

/// Why there can't be several copies of the service.
fn obstacle(spec: &TargetSpec, services: &[ServicePlan], options: &RunOptions) -> Option<String> {
    match spec {
        TargetSpec::Attach { .. } => {
            return Some("the service is attached to, so there is one copy of it".to_owned());
        }
        TargetSpec::Command { port: Some(port), .. } => {
            return Some(format!("the service has the fixed port {port}"));
        }
        TargetSpec::Command { .. } => {}
    }
    if options.workers < 2 {
        return Some("`workers` is 1".to_owned());
    }
    let fixed = services.iter().find_map(|service| service.port.map(|port| (service, port)));
    fixed.map(|(service, port)| format!("{} has the fixed port {port}", service.spec.title))
}

enum Finding {
    PassedOn(String),
    Lost(String),
    NoCall,
}

async fn probe(station: &Station, path: &str, options: &RunOptions, http: &reqwest::Client) -> Finding {
    let correlation = format!("{:032x}", rand::random::<u128>().max(1));
    let owner = || ViewOwner {
        scenario: PROBE.to_owned(),
        attempt: 1,
        correlation: correlation.clone(),
        alone: false,
    };
    let views: Vec<View> = station.mocks.iter().map(|mock| mock.open_view(owner())).collect();
    let before: Vec<usize> = station.mocks.iter().map(|mock| mock.default_view().calls().len()).collect();
    let mut request = http
        .get(format!("{}{path}", station.target_url))
        .timeout(PATIENCE)
        .header("traceparent", format!("00-{correlation}-0000000000000001-01"))
        .header("x-correlation-id", &correlation);
    for (name, value) in &options.headers {
        request = request.header(name, value);
    }
    // Whatever it answers: only what it does at the mocks counts here.
    let _ = request.send().await;
    let last = Instant::now() + PATIENCE;
    let mut finding = Finding::NoCall;
    for ((view, mock), before) in views.iter().zip(&station.mocks).zip(before) {
        view.settled(last).await;
        if let Some(call) = view.calls().first() {
            finding = Finding::PassedOn(format!("{} at {}", call.request.line(), mock.title()));
        } else if matches!(finding, Finding::NoCall)
            && let Some(call) = mock.default_view().calls().get(before)
        {
            finding = Finding::Lost(format!("{} at {}", call.request.line(), mock.title()));
        }
    }
    views.into_iter().for_each(View::close);
    finding
}
