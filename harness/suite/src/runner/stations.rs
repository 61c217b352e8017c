//! Mocks and copies of the service: started before the first scenario, stopped after the last.

use std::collections::BTreeMap;
use std::sync::Arc;

use dryrun_mocks::{MockOptions, MockServer};
use dryrun_record::Event;
use dryrun_target::{LogSink, Target, TargetSpec};

use crate::error::SuiteError;
use crate::options::RunOptions;
use crate::runner::plan::{ServicePlan, TargetPlan};
use crate::runner::watch::Watch;
use crate::world::Station;

/// Starts the mocks, then the service that talks to them.
///
/// # Errors
/// When one of them does not start; those that did are stopped.
pub(crate) async fn start(
    index: usize,
    target: &TargetPlan,
    services: &[ServicePlan],
    options: &RunOptions,
    watch: &Arc<Watch>,
    run: &dryrun_record::EventStream,
) -> Result<Station, SuiteError> {
    let mut mocks = Vec::new();
    for service in services {
        match mock(index, service, options, watch, run).await {
            Ok(mock) => mocks.push(mock),
            Err(error) => {
                stop_mocks(mocks).await;
                return Err(error);
            }
        }
    }
    let substitutions = substitutions(&mocks, &target.spec);
    let log = log_sink(index, watch);
    match Target::start(&target.spec, &substitutions, Arc::clone(&log)).await {
        Ok(started) => {
            let target_url = started.url().trim_end_matches('/').to_owned();
            Ok(Station {
                index,
                target_url,
                target: tokio::sync::Mutex::new(Some(started)),
                titles: titles(&mocks),
                mocks,
                substitutions,
                log,
            })
        }
        Err(error) => {
            stop_mocks(mocks).await;
            Err(SuiteError::Target { reason: error.to_string() })
        }
    }
}

fn titles(mocks: &[MockServer]) -> Arc<BTreeMap<String, String>> {
    Arc::new(mocks.iter().map(|mock| (mock.key().to_owned(), mock.title().to_owned())).collect())
}

async fn mock(
    index: usize,
    service: &ServicePlan,
    options: &RunOptions,
    watch: &Arc<Watch>,
    run: &dryrun_record::EventStream,
) -> Result<MockServer, SuiteError> {
    let heard = Arc::clone(watch);
    let mock_options = MockOptions {
        // A fixed port belongs to the first copy; the choice of isolation sees to it that there is no other then.
        port: service.port.filter(|_| index == 0).unwrap_or(0),
        seed: options.seed,
        started: run.started(),
        masker: run.masker().clone(),
        on_exchange: Some(Arc::new(move |exchange| heard.exchange(index, exchange))),
        body_limit: options.body_limit,
        journal_limit: options.journal_limit,
        ..MockOptions::default()
    };
    let title = service.spec.title.clone();
    MockServer::start(service.spec.clone(), mock_options)
        .await
        .map_err(|error| SuiteError::Mock { service: title, reason: error.to_string() })
}

/// Stops the service first, so that it finds its mocks there until its end.
pub(crate) async fn stop(station: Arc<Station>) {
    if let Some(target) = station.target.lock().await.take() {
        target.stop().await;
    }
    if let Ok(station) = Arc::try_unwrap(station) {
        stop_mocks(station.mocks).await;
    }
}

async fn stop_mocks(mocks: Vec<MockServer>) {
    for mock in mocks {
        mock.stop().await;
    }
}

fn log_sink(worker: usize, watch: &Arc<Watch>) -> LogSink {
    let watch = Arc::clone(watch);
    Arc::new(move |stream, line| {
        watch.append(Event::ServiceLog { worker, stream: stream.to_owned(), line: line.to_owned() });
    })
}

/// What `${…}` in the command and environment of a service stands for: `mocks.KEY.url`, `.host` and `.port`, `folder`, and
/// `dryrun` for this program. Port and address of the service itself are known to `dryrun_target` only.
pub fn substitutions(mocks: &[MockServer], spec: &TargetSpec) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for mock in mocks {
        let (key, url) = (mock.key(), mock.url().trim_end_matches('/'));
        let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
        names.insert(format!("mocks.{key}.url"), url.to_owned());
        names.insert(format!("mocks.{key}.host"), host.to_owned());
        names.insert(format!("mocks.{key}.port"), port.to_owned());
    }
    let here = std::env::current_dir().unwrap_or_default();
    let folder = match spec {
        TargetSpec::Command { folder: Some(folder), .. } => here.join(folder),
        _ => here,
    };
    names.insert("folder".to_owned(), folder.display().to_string());
    // A rebuild during a run replaces the file; Linux still hands out the image that runs.
    let own = std::env::current_exe().ok().filter(|path| path.exists());
    names.insert(
        "dryrun".to_owned(),
        own.map_or_else(|| "/proc/self/exe".to_owned(), |path| path.display().to_string()),
    );
    names
}
