//! The life of a contract: what a new version breaks and for whom, importing, linting.

mod change;
mod diff;
mod error;
mod import;
mod lint;
mod locate;
mod report;
mod schema;
mod source;

pub use change::{Change, Effect, Impact, Party, Place, Severity};
pub use error::CompatError;
pub use import::run::{Imported, import, open_list};
pub use lint::notice::{Level, LintRule, Notice};
pub use lint::report::{
    json as lint_json, markdown as lint_markdown, tally as lint_tally, text as lint_text,
};
pub use lint::rules::RULES as LINT_RULES;
pub use lint::run::{lint, notices};
pub use locate::Locator;
pub use report::{Diff, Version};

/// Every change from one OpenAPI document to another, by their values. `today` decides whether a date is over.
#[must_use]
pub fn changes(old: &serde_json::Value, new: &serde_json::Value, today: chrono::NaiveDate) -> Vec<Change> {
    diff::operations::documents(old, new, today)
}
