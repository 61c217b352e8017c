//! Values as features write them, over plain JSON: placeholders, paths, predicates, templates, tables, durations.

pub mod criterion;
pub mod document;
pub mod duration;
pub mod error;
pub mod expand;
pub mod kinds;
pub mod marker;
pub use dryrun_contract::suggest as nearest;
pub mod parameters;
pub mod path;
pub mod predicate;
pub mod table;
pub mod template;
pub mod variables;
