//! The terminal: [`Progress`] while a run goes on, [`failures`] and [`summary`] when it is over; [`load_summary`] of one
//! load run.

mod contracts;
mod exchange;
mod failures;
mod load;
mod progress;
mod style;
mod summary;

pub use failures::failures;
pub use load::load_summary;
pub use progress::Progress;
pub use style::Style;
pub use summary::summary;
