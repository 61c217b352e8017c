//! What the configuration knows: [`Known`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use dryrun_contract::Contract;

/// What features may refer to.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The mocked services.
    pub services: Vec<KnownService>,
    /// Business names of fields, and the paths that they stand for.
    pub aliases: BTreeMap<String, String>,
    /// The names of profiles.
    pub profiles: Vec<String>,
    /// The folder of test data.
    pub data: PathBuf,
    /// The names that `secret "…"` may use.
    pub secrets: Vec<String>,
}

/// A mocked service.
#[derive(Debug, Clone)]
pub struct KnownService {
    /// Its key in the configuration.
    pub key: String,
    /// What steps call it.
    pub title: String,
    /// Its contract.
    pub contract: Contract,
}

impl Known {
    /// The service that a step calls `the CRM`.
    pub(crate) fn service(&self, name: &str) -> Option<&KnownService> {
        self.services.iter().find(|service| {
            service.title.eq_ignore_ascii_case(name) || service.key.eq_ignore_ascii_case(name)
        })
    }
}
