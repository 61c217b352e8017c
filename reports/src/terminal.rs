//! The terminal: [`Progress`] while a run goes on, [`failures`] and [`summary`] when it is over.

mod contracts;
mod exchange;
mod failures;
mod progress;
mod style;
mod summary;

pub use failures::failures;
pub use progress::Progress;
pub use style::Style;
pub use summary::summary;
