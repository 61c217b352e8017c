//! A [`Case`]: one request made to find out how a service takes it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::request::CaseRequest;

/// Whether a request honours its contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CaseKind {
    /// It does, be it barely.
    Positive,
    /// It does not: a service must refuse it.
    Negative,
}

/// One request at or beyond a bound, proved to be what it claims to be.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Case {
    /// A few words: `one character more than 80`.
    pub name: String,
    /// Whether the request honours the contract.
    pub kind: CaseKind,
    /// What is tried: a keyword such as `maxLength`, or `syntax`, `mediaType`, `method`, `unicode`, `unknownId`…
    pub rule: String,
    /// The place that differs from a usual request: `body/title`, `query/limit`, `method`.
    pub at: String,
    /// A service may well answer otherwise than the contract has it: refuse a valid megabyte of text or an id that nobody
    /// knows, or take `+1` for a number or half of a surrogate pair, as most parsers do.
    pub extreme: bool,
    /// Of a negative case: the keyword of the contract that it breaks.
    pub keyword: Option<String>,
    /// Of a negative case: what the contract says about it, in a sentence.
    pub why: Option<String>,
    /// The request.
    pub request: CaseRequest,
}

impl Case {
    /// The rule of half of a surrogate pair. The grammar of RFC 8259 allows it, and section 8.2 leaves open what becomes
    /// of it: a service may refuse it or take it.
    pub(super) const LONE_SURROGATE: &'static str = "loneSurrogate";

    /// Whether a text has half of a surrogate pair: what a service makes of it is its own affair, as long as it stays up.
    #[must_use]
    pub fn is_lone_surrogate(&self) -> bool {
        self.rule == Self::LONE_SURROGATE
    }
}

/// What the usual request of an operation is, from which all others are changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Usual {
    /// What the document shows, else with every optional part.
    #[default]
    Documented,
    /// Made with every optional part, whatever the document shows.
    Generated,
    /// Made with nothing that may be left out.
    Smallest,
}

/// What is known about an operation beside its contract.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hints {
    /// Values for parameters by name, such as ids of things that exist.
    pub parameters: BTreeMap<String, Value>,
    /// A body that the service is known to take.
    pub body: Option<Value>,
    /// What the usual request is.
    pub usual: Usual,
}

/// A value in place of another one, with what it tries.
#[derive(Debug, Clone)]
pub(super) struct Mutant {
    pub(super) kind: CaseKind,
    pub(super) rule: &'static str,
    pub(super) name: String,
    pub(super) value: Value,
    pub(super) extreme: bool,
}

/// Gathers mutants.
#[derive(Default)]
pub(super) struct Mutants(pub(super) Vec<Mutant>);

impl Mutants {
    pub(super) fn good(&mut self, rule: &'static str, name: impl Into<String>, value: impl Into<Value>) {
        self.push(CaseKind::Positive, rule, name.into(), value.into(), false);
    }

    pub(super) fn extreme(&mut self, rule: &'static str, name: impl Into<String>, value: impl Into<Value>) {
        self.push(CaseKind::Positive, rule, name.into(), value.into(), true);
    }

    pub(super) fn bad(&mut self, rule: &'static str, name: impl Into<String>, value: impl Into<Value>) {
        self.push(CaseKind::Negative, rule, name.into(), value.into(), false);
    }

    fn push(&mut self, kind: CaseKind, rule: &'static str, name: String, value: Value, extreme: bool) {
        self.0.push(Mutant { kind, rule, name, value, extreme });
    }
}
