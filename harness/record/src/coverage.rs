//! How much of a contract a run met: [`Coverage`], operation by operation.

use serde::{Deserialize, Serialize};

/// How much of one contract was met by the exchanges of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Key of the service whose contract it is: `crm`, or `target` for the service under test.
    pub service: String,
    /// What people call it: `the CRM`.
    pub title: String,
    /// The contract's path, as configured.
    pub contract: String,
    /// Items met, of those that count.
    pub covered: usize,
    /// Items that count, see [`OperationCoverage::counts`].
    pub total: usize,
    /// The percentage that the configuration asks for; less makes the run a NO-GO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<f64>,
    /// Every operation of the contract, in its order.
    pub operations: Vec<OperationCoverage>,
    /// Operations that can't be used, each with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unusable: Vec<(String, String)>,
}

/// How much of one operation was met.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OperationCoverage {
    /// `POST /api/v1/email/send`.
    pub operation: String,
    /// Calls that reached it.
    pub calls: usize,
    /// The contract calls it deprecated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// What can be met of it.
    pub items: Vec<CoverageItem>,
}

/// One thing of an operation that a scenario can meet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoverageItem {
    /// What sort of thing.
    pub kind: CoverageKind,
    /// Its name: `201`, `query/limit`, `body/subject`, `body/status = "sent"`, `example spring`.
    pub name: String,
    /// Ids of scenarios that met it, at most twenty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<String>,
    /// How many exchanges met it.
    pub hits: usize,
    /// A scenario that one could write, as Gherkin, when nothing met it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// The sorts of things that a contract documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoverageKind {
    /// The operation itself: it was called.
    Operation,
    /// A documented status of its answers.
    Status,
    /// A parameter in path, query, header or cookie.
    Parameter,
    /// A property of the request's body.
    Property,
    /// A value of an enumeration.
    Enum,
    /// A documented example.
    Example,
}

impl OperationCoverage {
    /// Whether an item is among those that [`Coverage::total`] counts. Examples are not, since few scenarios send exactly
    /// the documented values, and nothing of an operation is that is on its way out.
    pub fn counts(&self, item: &CoverageItem) -> bool {
        !self.deprecated && item.kind != CoverageKind::Example
    }
}

impl Coverage {
    /// Items met, in percent of all; a contract that documents nothing is met whole.
    pub fn percent(&self) -> f64 {
        if self.total == 0 { 100.0 } else { self.covered as f64 * 100.0 / self.total as f64 }
    }

    /// Whether it falls short of what the configuration asks for.
    pub fn falls_short(&self) -> bool {
        self.required.is_some_and(|required| self.percent() < required)
    }

    /// Operations that nobody called.
    pub fn never_called(&self) -> impl Iterator<Item = &OperationCoverage> {
        self.operations.iter().filter(|operation| operation.calls == 0)
    }
}
