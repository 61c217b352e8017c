//! What all connections of a mock share.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use bytes::Bytes;
use tokio::sync::watch;

use crate::engine::Engine;
use crate::gauge::Gauge;
use crate::hub::Hub;
use crate::options::MockOptions;
use crate::relay::Relay;

/// One mock at work.
pub(crate) struct Shared {
    pub(crate) key: String,
    pub(crate) title: String,
    /// The value of `X-Mock-Service`.
    pub(crate) service: String,
    pub(crate) collections: Arc<[String]>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) relay: Relay,
    pub(crate) options: MockOptions,
    pub(crate) arrivals: AtomicU64,
    /// How long its answers took.
    pub(crate) gauge: Gauge,
    /// Becomes true when the mock is to stop.
    pub(crate) stop: watch::Receiver<bool>,
    /// The contract as `/openapi.json` gives it.
    pub(crate) document: Bytes,
}

/// Returns when the mock is to stop, or is gone.
pub(crate) async fn stopped(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// The body of every answer.
pub(crate) type Full = http_body_util::Full<Bytes>;

/// The connection is to be cut in place of an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
pub(crate) struct Cut;
