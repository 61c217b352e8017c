//! What a load run says of itself: [`LoadStarted`], a [`LoadTick`] each second, a [`LoadMark`] for an event, and the
//! [`LoadResult`] at its end. Plain data; times are microseconds unless a name says otherwise.

mod capacity;
mod figures;
mod judged;
mod origin;
mod result;
mod tick;

pub use capacity::{Capacity, CapacityKind, CapacityPoint, StepFinding};
pub use figures::{Apdex, Figures, Series, Splits};
pub use judged::{Comparison, ComparisonVerdict, LoadVerdict, RatioInterval, ThresholdResult};
pub use origin::{Machine, Origin};
pub use result::{
    Account, ContractsChecked, LoadFailure, LoadResult, Resources, Sends, ShardReport, StepResult,
    WorkflowResult,
};
pub use tick::{LoadMark, LoadStarted, LoadTick, Standing};

use serde::Serialize;

/// One load run as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LoadRun {
    /// Its head.
    pub started: LoadStarted,
    /// One a second, in order.
    pub ticks: Vec<LoadTick>,
    /// Events on its time line.
    pub marks: Vec<LoadMark>,
    /// Its end; `None` for a run that was killed.
    pub result: Option<LoadResult>,
}
