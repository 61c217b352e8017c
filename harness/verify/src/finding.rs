//! What a comparison finds: [`Drift`], and what it knows of the call: [`Context`].

use std::collections::{BTreeMap, BTreeSet};

use dryrun_contract::{Breach, Contract, Operation};

use crate::place::Place;

/// In what the two answers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DriftKind {
    /// The status.
    Status,
    /// The media type, or whether there is a body.
    MediaType,
    /// A header is there in one only.
    Header,
    /// A field is there in one only.
    Presence,
    /// The type of a field.
    Type,
    /// A value of an enumeration that our mock never answers.
    Enumeration,
    /// A value that was asked to be the same.
    Value,
}

/// One difference that a client could notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// In what.
    pub kind: DriftKind,
    /// Where: `status`, `header/retry-after`, `body/contacts/*/email`.
    pub at: String,
    /// What our mock answered there.
    pub mock: String,
    /// What the provider answered there.
    pub provider: String,
    /// What to change.
    pub advice: String,
}

/// What the comparison of one call knows beside the two answers.
pub(crate) struct Context<'c> {
    pub(crate) contract: &'c Contract,
    pub(crate) operation: &'c Operation,
    /// Where the provider's answer breaks the contract.
    pub(crate) breaches: &'c [Breach],
    pub(crate) contract_path: &'c str,
    /// The behaviour file, when there is one.
    pub(crate) behaviour_path: Option<&'c str>,
    /// Whether the behaviour file says what our mock does here. Without it a mock claims no more than the contract, so
    /// what the contract leaves open is no drift.
    pub(crate) scripted: bool,
    /// Places whose values have to be the same.
    pub(crate) same: &'c [Place],
    /// Everything that our mock may say, by place: what it said so far.
    pub(crate) said: &'c mut Said,
}

/// The strings that our mock is known to answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    /// Words of the behaviour file, whatever their place.
    pub(crate) words: BTreeSet<String>,
    pub(crate) by_place: BTreeMap<(String, String), BTreeSet<String>>,
}

/// What a comparison found.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) drift: Vec<Drift>,
    /// What could not be compared, and why.
    pub(crate) notes: Vec<String>,
}

impl Context<'_> {
    /// The place to change in what our mock does.
    pub(crate) fn behaviour(&self) -> String {
        self.behaviour_path.map_or_else(
            || "a behaviour file (there is none yet)".to_owned(),
            |path| format!("`{}` in {path}", self.operation.line()),
        )
    }

    /// A value that was asked to be the same and is not.
    pub(crate) fn value(&self, at: &str, mock: &str, provider: &str) -> Drift {
        Drift {
            kind: DriftKind::Value,
            at: at.to_owned(),
            mock: mock.to_owned(),
            provider: provider.to_owned(),
            advice: format!("its value was asked to be the same: let {} answer {provider}", self.behaviour()),
        }
    }
}
