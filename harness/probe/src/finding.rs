//! A [`Finding`]: a request that was answered as it must not be.

use std::fmt;

use dryrun_contract::generate::{CaseKind, CaseRequest};

use crate::answer::Answer;

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// A status of 500 or more.
    ServerError,
    /// The connection ended, or time ran out, before there was an answer.
    Dropped,
    /// A success for a request that the contract forbids.
    AcceptedRubbish,
    /// An answer that the contract does not document.
    UndocumentedAnswer,
    /// An answer that took too long.
    SlowAnswer,
    /// A request that honours the contract was refused. Weaker than the others: a service may know rules that its
    /// contract does not tell.
    RefusedValid,
}

impl FindingKind {
    /// A word for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ServerError => "server-error",
            Self::Dropped => "dropped-connection",
            Self::AcceptedRubbish => "accepted-rubbish",
            Self::UndocumentedAnswer => "undocumented-answer",
            Self::SlowAnswer => "slow-answer",
            Self::RefusedValid => "refused-valid",
        }
    }

    /// Whether it is told without failing the run.
    #[must_use]
    pub fn is_weak(self) -> bool {
        self == Self::RefusedValid
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ServerError => "server error",
            Self::Dropped => "connection dropped",
            Self::AcceptedRubbish => "accepted rubbish",
            Self::UndocumentedAnswer => "undocumented answer",
            Self::SlowAnswer => "slow answer",
            Self::RefusedValid => "valid request refused",
        })
    }
}

/// A request that was answered as it must not be, shrunk.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// `POST /api/v1/email/send`.
    pub operation: String,
    /// What is wrong.
    pub kind: FindingKind,
    /// What was tried: `maxLength`, `syntax`, `unicode`…; for an undocumented answer the keyword that it breaks.
    pub rule: String,
    /// The place of it: `body/title`; for an undocumented answer the place in the answer.
    pub at: String,
    /// What was tried, in a few words.
    pub tried: String,
    /// Whether the request honours the contract.
    pub request_kind: CaseKind,
    /// Whether a service may well refuse the request although it honours the contract.
    pub extreme: bool,
    /// One sentence: what was sent and what came back.
    pub text: String,
    /// The smallest request that shows it.
    pub request: CaseRequest,
    /// What came back for that.
    pub answer: Answer,
    /// The documented statuses below 500 of the operation.
    pub documented: Vec<u16>,
}

impl Finding {
    /// One line: kind, operation, what and where.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}: {}: {} at {}", self.kind, self.operation, self.rule, self.at)
    }
}

/// What became of one operation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Probed {
    /// `POST /api/v1/email/send`.
    pub operation: String,
    /// Requests that honour the contract.
    pub positive: usize,
    /// Requests that don't.
    pub negative: usize,
    /// Requests beside those, to shrink what was found.
    pub shrinking: usize,
    /// What was found, in the order of the requests.
    pub findings: Vec<Finding>,
    /// How many findings were only counted, because there were so many of their kind.
    pub more: usize,
    /// What the reader must know: that nothing but 401 came back, or that no valid request could be made.
    pub notes: Vec<String>,
    /// How long it took.
    pub took_us: u64,
}

/// What a probe found.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Findings {
    /// Each operation, in the order in which they were probed.
    pub operations: Vec<Probed>,
    /// Operations that were left out, with the reason.
    pub left_out: Vec<(String, String)>,
    /// Findings at a header that an earlier operation has shown already: the title, and the operations.
    pub repeated: Vec<(String, Vec<String>)>,
    /// Why the probe ended before its end.
    pub ended_early: Option<String>,
}

impl Findings {
    /// Every finding.
    pub fn all(&self) -> impl Iterator<Item = &Finding> {
        self.operations.iter().flat_map(|probed| &probed.findings)
    }
}
