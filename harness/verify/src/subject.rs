//! What is verified and how: [`Subject`], [`Options`], [`Head`].

use std::time::Duration;

use dryrun_contract::Operation;
use dryrun_mocks::ServiceSpec;
use dryrun_record::Allowed;

use crate::auth::Auth;
use crate::client::address;
use crate::error::VerifyError;
use crate::pace::Rate;
use crate::place::Place;

/// The service whose real provider is looked at.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its contract and the behaviour of our mock.
    pub spec: ServiceSpec,
    /// Where the behaviour file stands and its text, when there is one.
    pub behaviour: Option<(String, String)>,
    /// The text of the contract's file, to name lines of it; may be empty.
    pub contract_text: String,
}

impl Subject {
    /// The line of the contract's file in which an operation begins, from 1; 1 when it is not found there.
    pub(crate) fn line_of(&self, operation: &Operation) -> usize {
        let (path, method) = (&operation.path, operation.method.to_lowercase());
        let key = |line: &str, name: &str| {
            let key = line.trim().split_once(':').map_or("", |(key, _)| key);
            key.trim_matches(['"', '\'']) == name
        };
        let mut lines = self.contract_text.lines().enumerate();
        let found = lines.find(|(_, line)| key(line, path)).map(|(at, _)| at);
        let inner = found.and_then(|_| lines.find(|(_, line)| key(line, &method))).map(|(at, _)| at);
        inner.or(found).map_or(1, |at| at + 1)
    }
}

/// How the provider is asked.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it is: `https://api.example.com/crm`.
    pub url: String,
    /// Credentials.
    pub auth: Auth,
    /// How fast.
    pub rate: Rate,
    /// The longest wait for one answer.
    pub timeout: Duration,
    /// The longest wait, all in all, for one call that the provider answers with 429.
    pub patience: Duration,
    /// Places whose values have to be the same, and not only their structure.
    pub same: Vec<Place>,
    /// Places whose drift is told and fails nothing.
    pub allowed: Vec<Place>,
    /// What a breach means, where it is not a failure; of one operation and of all, the first of each counts.
    pub tolerated: Vec<Tolerated>,
    /// Seed of what our mock makes up.
    pub seed: u64,
}

/// What somebody decided about breaches of this service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tolerated {
    /// Of one operation; of all when `None`.
    pub operation: Option<String>,
    /// They are told and fail nothing; why, and until when. `None`: they fail, whatever is so for the rest.
    pub allowed: Option<Allowed>,
}

impl Options {
    /// With the usual rate and time limits, without credentials.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            auth: Auth::default(),
            rate: Rate::default(),
            timeout: Duration::from_secs(30),
            patience: Duration::from_secs(60),
            same: Vec::new(),
            allowed: Vec::new(),
            tolerated: Vec::new(),
            seed: 1,
        }
    }

    /// Who bears the breaches of an operation; one for it goes before one for the whole service.
    pub(crate) fn tolerates(&self, operation: &str) -> Option<&Allowed> {
        let find =
            |wanted: Option<&str>| self.tolerated.iter().find(|one| one.operation.as_deref() == wanted);
        find(Some(operation)).or_else(|| find(None))?.allowed.as_ref()
    }

    /// Whether the address can be used, before anything is written or sent.
    ///
    /// # Errors
    /// When it is no address of a provider.
    pub fn check(&self) -> Result<(), VerifyError> {
        address(&self.url).map(drop)
    }
}

/// What the record's head says of the run around the verification.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// A unique id.
    pub run_id: String,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// The version of `dryrun`.
    pub tool_version: String,
    /// The words after the program's name.
    pub command: Vec<String>,
    /// Options that a repetition needs.
    pub repeat_with: Vec<String>,
    /// The profile in force.
    pub profile: Option<String>,
}

#[cfg(test)]
mod tests {
    use dryrun_contract::Contract;
    use dryrun_mocks::Behaviour;

    use super::*;

    #[test]
    fn operations_have_lines() {
        let text = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths:\n  /a:\n    get: &g\n      responses: { '200': { description: y } }\n  \"/a/{id}\":\n    delete: *g\n    get: *g\n";
        let contract = Contract::parse("a.yaml", text).unwrap();
        let spec = ServiceSpec {
            key: "a".into(),
            title: "the A".into(),
            contract: contract.clone(),
            contract_path: "a.yaml".into(),
            behaviour: Behaviour::empty(),
        };
        let mut subject = Subject { spec, behaviour: None, contract_text: text.into() };
        let lines: Vec<_> =
            contract.operations().iter().map(|one| (one.line(), subject.line_of(one))).collect();
        let wanted = [("GET /a", 5), ("DELETE /a/{id}", 8), ("GET /a/{id}", 9)];
        for (line, at) in wanted {
            assert!(lines.contains(&(line.to_owned(), at)), "{lines:?}");
        }
        subject.contract_text = String::new();
        assert_eq!(subject.line_of(&contract.operations()[0]), 1);
    }
}
