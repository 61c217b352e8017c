//! What a contract documents, and who met it: [`Matrix`].

use std::fmt;

use serde_json::Value;

use crate::breach::Location;
use crate::unusable::Unusable;

/// How many scenarios an item names before it only counts them.
pub(crate) const NAMED: usize = 20;

/// Every operation of a contract with what it documents.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Matrix {
    /// In the order of the document.
    pub operations: Vec<Row>,
    /// What can't be used, and is in no row.
    pub unusable: Vec<Unusable>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// `POST /api/v1/email/send`
    pub operation: String,
    /// How many exchanges were a call of it.
    pub calls: usize,
    /// The document says that it is on its way out: nothing of it counts.
    pub deprecated: bool,
    /// It documents more than is listed: the schemas of its request are too large.
    pub cut: bool,
    /// A body that such a request may have: a documented example, or one made up. For suggestions.
    pub sample: Option<Value>,
    /// What it documents; the operation itself first.
    pub items: Vec<Item>,
}

/// One thing that a contract documents, and an exchange can meet.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Item {
    /// What it is.
    pub what: What,
    /// Its name within the operation: `201`, `query/limit`, `body/subject`, `body/status = "sent"`.
    pub name: String,
    /// Whether it is part of the percentage.
    pub counts: bool,
    /// A value that may stand there, for suggestions.
    pub sample: Option<Value>,
    /// How many exchanges met it.
    pub hits: usize,
    /// The scenarios that met it, in the order in which they came, at most twenty.
    pub scenarios: Vec<String>,
}

/// The kinds of documented things.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The operation: a call of it.
    Operation,
    /// An answer with this status: `201`, `4XX`, `default`.
    Status(String),
    /// A parameter that was sent.
    Parameter(Place),
    /// A property that was sent, in the body or within a parameter.
    Property(Place),
    /// A value of an enumeration that was sent.
    Value(Place, Value),
    /// A documented example, of the request (no status) or of an answer.
    Example {
        /// Of which answer.
        status: Option<String>,
        /// Its name, if it has one.
        name: Option<String>,
    },
}

/// Where in a request something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Path, query, header, cookie or body.
    pub location: Location,
    /// The way into it; for a parameter its name comes first.
    pub steps: Vec<Step>,
}

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The property, or parameter, of this name.
    Key(String),
    /// Any item of an array.
    Item,
    /// Any value of an object whose names the schema leaves open.
    Any,
}

impl Place {
    /// One step further.
    pub(crate) fn then(&self, step: Step) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { location: self.location, steps }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.location)?;
        self.steps.iter().try_for_each(|step| match step {
            Step::Key(name) => write!(f, "/{name}"),
            Step::Item | Step::Any => f.write_str("/*"),
        })
    }
}

impl Item {
    /// Something that nobody has met yet.
    pub(crate) fn new(what: What, counts: bool) -> Self {
        let name = match &what {
            What::Operation => "called".to_owned(),
            What::Status(status) => status.clone(),
            What::Parameter(place) | What::Property(place) => place.to_string(),
            What::Value(place, value) => format!("{place} = {value}"),
            What::Example { status, name } => {
                let whose = status.as_ref().map(|status| format!("{status} ")).unwrap_or_default();
                let name = name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
                format!("{whose}example{name}")
            }
        };
        Self { what, name, counts, sample: None, hits: 0, scenarios: Vec::new() }
    }
}

impl Matrix {
    /// How many items were met, and how many there are; only those that count.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let items = || self.operations.iter().flat_map(|row| &row.items).filter(|item| item.counts);
        (items().filter(|item| item.hits > 0).count(), items().count())
    }
}
