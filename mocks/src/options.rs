//! What a mock is made of: [`ServiceSpec`], [`MockOptions`].

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use dryrun_contract::Contract;
use dryrun_record::{Exchange, Masker};

use crate::behaviour::Behaviour;
use crate::engine;
use crate::error::MockError;

/// Takes each exchange as soon as it is complete.
pub type OnExchange = Arc<dyn Fn(&Exchange) + Send + Sync>;

/// A service: its contract and its behaviour.
#[derive(Clone)]
pub struct ServiceSpec {
    /// Its key in the configuration: `crm`.
    pub key: String,
    /// What people call it: `the CRM`.
    pub title: String,
    /// What it promises.
    pub contract: Contract,
    /// Where the contract came from, as configured.
    pub contract_path: String,
    /// What it does.
    pub behaviour: Behaviour,
}

impl ServiceSpec {
    /// Loads a service from its two files. The title is the behaviour's, else the contract's.
    ///
    /// # Errors
    /// When a file cannot be read or does not hold, or the behaviour describes calls that the contract does not know.
    pub fn load(key: &str, contract: &Path, behaviour: Option<&Path>) -> Result<Self, MockError> {
        let contract_path = contract.display().to_string();
        let contract = Contract::load(contract)?;
        let behaviour = behaviour.map_or_else(|| Ok(Behaviour::empty()), Behaviour::load)?;
        let title = behaviour.title().unwrap_or_else(|| contract.title()).to_owned();
        let spec = Self { key: key.to_owned(), title, contract, contract_path, behaviour };
        spec.check()?;
        Ok(spec)
    }

    /// Whether contract and behaviour fit together.
    ///
    /// # Errors
    /// When the behaviour describes a call that the contract does not know: with the nearest one.
    pub fn check(&self) -> Result<(), MockError> {
        engine::check(&self.contract, &self.behaviour.0)
    }
}

impl std::fmt::Debug for ServiceSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { key, title, contract_path, .. } = self;
        f.debug_struct("ServiceSpec")
            .field("key", key)
            .field("title", title)
            .field("contract", contract_path)
            .finish_non_exhaustive()
    }
}

/// How a mock is served.
#[derive(Clone)]
pub struct MockOptions {
    /// The address to listen on. With 127.0.0.1 the mock also listens on `[::1]` where the machine has it, because
    /// clients say `localhost`.
    pub host: IpAddr,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// Seed of everything that is made up.
    pub seed: u64,
    /// The moment from which the times of exchanges count.
    pub started: Instant,
    /// Masks secrets in what the admin API shows.
    pub masker: Masker,
    /// Sees every exchange when it is complete, before the answer goes out. Unmasked: an event stream masks by itself.
    pub on_exchange: Option<OnExchange>,
    /// Bodies are kept up to so many bytes.
    pub body_limit: usize,
    /// A view's journal keeps so many exchanges; the oldest go first and are counted.
    pub journal_limit: usize,
    /// Whether calls must carry what the contract's security requirements ask for: a key, a token. A behaviour file
    /// can ask for it, too.
    pub security: bool,
    /// If there are any, only these are let in where the contract asks for a key or token. Implies `security`.
    pub keys: Vec<String>,
    /// Whether `/__dryrun__/` answers. It answers callers on this machine only, in any case.
    pub expose_admin: bool,
}

impl Default for MockOptions {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            seed: 1,
            started: Instant::now(),
            masker: Masker::new(),
            on_exchange: None,
            body_limit: 64 * 1024,
            journal_limit: 10_000,
            security: false,
            keys: Vec::new(),
            expose_admin: true,
        }
    }
}

impl std::fmt::Debug for MockOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { host, port, seed, .. } = self;
        f.debug_struct("MockOptions")
            .field("host", host)
            .field("port", port)
            .field("seed", seed)
            .finish_non_exhaustive()
    }
}
