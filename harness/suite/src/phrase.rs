//! The shape of the vocabulary: a [`Phrase`] is one thing that a feature can say, with its meaning, its example and
//! the function that carries it out. Everything printed about steps and everything run comes from these.

use futures::future::LocalBoxFuture;

pub use crate::failure::{StepFailure, StepResult};
use crate::world::World;

/// One thing that a feature can say.
#[derive(Debug, Clone, Copy)]
pub struct Phrase {
    /// What it is about; the vocabulary is printed in this order.
    pub subject: Subject,
    /// The keyword under which it usually stands. It is understood under all of them.
    pub keyword: Keyword,
    /// A Cucumber expression with our parameter types: `the status is {int}`.
    pub pattern: &'static str,
    /// One or two sentences: what it means.
    pub meaning: &'static str,
    /// A whole step as one would write it, with its keyword, doc string or table.
    pub example: &'static str,
    /// What may follow the line.
    pub argument: Argument,
    /// Carries it out.
    pub run: Handler,
}

impl Phrase {
    /// Says what is wrong when a doc string or table is missing, or stands where the phrase has no use for it.
    pub fn wrong_argument(&self, doc_string: bool, table: bool) -> Option<String> {
        let wrong = match self.argument {
            Argument::None if doc_string => "takes no doc string",
            Argument::None if table => "takes no table",
            Argument::DocString if !doc_string => "needs a doc string under it",
            Argument::DocString if table => "takes a doc string, no table",
            Argument::Table if !table => "needs a table under it",
            Argument::Table if doc_string => "takes a table, no doc string",
            _ => return None,
        };
        Some(format!("`{}` {wrong}", self.pattern))
    }
}

/// The function behind a phrase.
pub type Handler = for<'a> fn(&'a mut World, Call) -> LocalBoxFuture<'a, StepResult>;

/// A step as it was matched.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// What stood in the pattern's parameters, in order, quotes taken off, placeholders not yet expanded.
    /// A parameter that was quoted in the feature says so: see [`Captured::quoted`].
    pub captures: Vec<Captured>,
    /// The doc string.
    pub doc_string: Option<DocString>,
    /// The table, its first row included.
    pub table: Option<Vec<Vec<String>>>,
}

/// The text of one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// Without quotes.
    pub text: String,
    /// Whether it stood in quotes: `"1"` is a text, `1` a number.
    pub quoted: bool,
}

/// A doc string with the media type that stood behind its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocString {
    /// `json`, `yaml`, `application/json`… as written; `None` when nothing stood there.
    pub media_type: Option<String>,
    /// The text, indentation taken off.
    pub text: String,
}

/// The usual keyword of a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Keyword {
    /// What is so before.
    Given,
    /// What is done.
    When,
    /// What must hold.
    Then,
}

/// What may follow a step's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// Nothing.
    None,
    /// A doc string, always.
    DocString,
    /// A table, always.
    Table,
}

/// The subjects of the vocabulary, in the order in which it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// What is so before the scenario begins.
    SetUp,
    /// Talking to the service.
    Http,
    /// Checking the answer.
    Answer,
    /// Contracts.
    Contracts,
    /// What the mocks do and what they received.
    Mocks,
    /// The promise of a dry run.
    DryRun,
    /// WebSocket sessions.
    Live,
    /// Many users at once.
    Load,
}
