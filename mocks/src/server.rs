//! [`MockServer`]: one mocked service, listening.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use bytes::Bytes;
use dryrun_contract::Contract;
use dryrun_record::Exchange;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::crowd::CrowdSpec;
use crate::engine::Engine;
use crate::error::MockError;
use crate::front;
use crate::gauge::{Gauge, Timings};
use crate::hub::Hub;
use crate::members::Crowd;
use crate::options::{MockOptions, ServiceSpec};
use crate::relay::Relay;
use crate::shared::Shared;
use crate::unscripted::roles::Kind;
use crate::view::View;
use crate::viewstate::ViewOwner;
use crate::world::State;

/// One mocked service, listening. Dropping it stops it; [`Self::stop`] waits for the end.
pub struct MockServer {
    shared: Arc<Shared>,
    url: String,
    addresses: Vec<SocketAddr>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl std::fmt::Debug for MockServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MockServer")
            .field("key", &self.shared.key)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl MockServer {
    /// Starts a mock; it answers when this returns.
    ///
    /// # Errors
    /// When contract and behaviour do not fit together, or the port is taken.
    pub async fn start(spec: ServiceSpec, options: MockOptions) -> Result<Self, MockError> {
        let plan = Arc::clone(&spec.behaviour.0);
        let (secure, keys) = (options.security, options.keys.clone());
        let engine = Arc::new(Engine::new(spec.contract.clone(), Arc::clone(&plan), secure, keys)?);
        let service = spec.behaviour.service().map_or_else(|| format!("mock-{}", spec.key), str::to_owned);
        let listeners = front::listen(&spec.title, options.host, options.port).await?;
        let addresses: Vec<SocketAddr> =
            listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
        let port = addresses.first().map_or(options.port, SocketAddr::port);
        let state = State::new(plan, &spec.title, &service, options.seed);
        let (stop, stopping) = watch::channel(false);
        let shared = Arc::new(Shared {
            hub: Arc::new(Hub::new(state, options.seed, options.journal_limit)),
            relay: Relay::new().await?,
            document: document(&spec.contract),
            collections: spec.behaviour.collections().into(),
            key: spec.key,
            title: spec.title,
            service,
            engine,
            options,
            arrivals: AtomicU64::new(0),
            gauge: Gauge::new(),
            stop: stopping.clone(),
        });
        let reachable = match shared.options.host {
            host if !host.is_unspecified() => host,
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        };
        let url = format!("http://{}", SocketAddr::new(reachable, port));
        let serving = shared.relay.runtime()?.spawn(front::serve(Arc::clone(&shared), listeners, stopping));
        Ok(Self { shared, url, addresses, stop, serving })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Every address that it listens on.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Its key in the configuration: `crm`.
    pub fn key(&self) -> &str {
        &self.shared.key
    }

    /// What people call it: `the CRM`.
    pub fn title(&self) -> &str {
        &self.shared.title
    }

    /// What it promises.
    pub fn contract(&self) -> &Contract {
        &self.shared.engine.contract
    }

    /// What this mock can't do, one sentence each: operations of the contract that can't be used or answered, proofs
    /// of who is calling that can't be seen. To be shown at the start.
    pub fn notes(&self) -> Vec<String> {
        let engine = &self.shared.engine;
        let unusable = engine
            .contract
            .unusable()
            .iter()
            .map(|part| format!("{} answers 501, because {}: {}", part.operation, part.at, part.reason));
        unusable
            .chain(engine.unseen())
            .chain(engine.unanswered(self.shared.hub.fallback.state.store().seed))
            .collect()
    }

    /// The paths of the collections that are kept without a behaviour file: what is sent there can be read again.
    pub fn kept(&self) -> Vec<String> {
        let kept = self.shared.engine.sheets.kept.iter().map(|kept| &kept.shelf);
        kept.filter(|shelf| shelf.kind != Kind::Catalogue).map(|shelf| shelf.shown.clone()).collect()
    }

    /// Opens a view of its own for a scenario. The seed is the mock's, the clock the real one.
    pub fn open_view(&self, owner: ViewOwner) -> View {
        self.view(self.shared.hub.open(owner))
    }

    /// The view of calls that belong to no scenario.
    pub fn default_view(&self) -> View {
        self.view(Arc::clone(&self.shared.hub.fallback))
    }

    /// Opens a crowd of views, for a load run.
    pub fn open_crowd(&self, spec: CrowdSpec) -> Crowd {
        Crowd::new(Arc::clone(&self.shared.hub), Arc::clone(&self.shared.collections), spec)
    }

    /// How long the answers of these mocks took so far, from the arrival of a call to its end inside of the mock,
    /// asked-for delays included.
    pub fn timings<'a>(mocks: impl IntoIterator<Item = &'a Self>) -> Timings {
        let mut sums = Timings::default();
        mocks.into_iter().for_each(|mock| mock.shared.gauge.add_to(&mut sums));
        sums
    }

    /// CPU time of the threads that serve these mocks so far, in microseconds; mocks of a process share threads, and
    /// each counts once. `None` where the system does not tell.
    pub fn cpu_us<'a>(mocks: impl IntoIterator<Item = &'a Self>) -> Option<u64> {
        let threads: std::collections::BTreeSet<u64> =
            mocks.into_iter().map(|mock| mock.shared.relay.thread()).collect::<Option<_>>()?;
        threads.into_iter().map(crate::gauge::cpu_us).sum()
    }

    /// The calls that came when the view of their scenario was closed already, in order of arrival, unmasked.
    pub fn late_calls(&self) -> Vec<Arc<Exchange>> {
        self.shared.hub.late()
    }

    /// Stops listening, lets calls that are under way end for at most a second, and cuts the rest.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // An error is a panic of the serving task: there is nothing left to stop.
        let _ = (&mut self.serving).await;
    }

    fn view(&self, inner: Arc<crate::viewstate::ViewState>) -> View {
        View { inner, hub: Arc::clone(&self.shared.hub), collections: Arc::clone(&self.shared.collections) }
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// The contract as its page wants it: with this mock as the server to try it on.
fn document(contract: &Contract) -> Bytes {
    let mut document = contract.document().clone();
    if let Some(map) = document.as_object_mut() {
        map.insert("servers".to_owned(), json!([{"url": "/", "description": "This mock."}]));
    }
    Bytes::from(document.to_string())
}
