//! What the configuration knows: [`Known`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use dryrun_contract::Contract;

use crate::values::nearest::{listed, nearest};

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
    /// What the plain JSON Schemas can be called; `None` when no folder of them is configured.
    pub schemas: Option<Vec<String>>,
    /// The names that `secret "…"` may use.
    pub secrets: Vec<String>,
    /// What is remembered before a scenario begins: the columns of a load's test data.
    pub given: BTreeSet<String>,
    /// The names that `${env:…}` may use: those that are set.
    pub env: BTreeSet<String>,
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
    /// Names of its calls, from `[calls.KEY]` of the configuration: `email` -> `POST /api/v1/email/send`.
    pub calls: BTreeMap<String, String>,
    /// What it keeps, by its behaviour file.
    pub collections: Vec<String>,
}

impl Known {
    /// The service that a step calls `the CRM`.
    pub(crate) fn service(&self, name: &str) -> Option<&KnownService> {
        self.services.iter().find(|service| {
            service.title.eq_ignore_ascii_case(name) || service.key.eq_ignore_ascii_case(name)
        })
    }

    /// What to write in place of the name of a service that there is not.
    pub(crate) fn service_help(&self, name: &str) -> String {
        let titles = || self.services.iter().map(|service| service.title.as_str());
        match nearest(name, titles()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if self.services.is_empty() => "dryrun.toml configures no `[services.…]`".to_owned(),
            None => format!("the configured services are {}", listed(titles(), 8)),
        }
    }
}
