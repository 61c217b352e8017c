//! What happened: one stream of [`Event`]s, folded into a [`Record`]. Plain serde data, no I/O of its own.
//!
//! Producers append to an [`EventStream`]; every report is drawn from the [`Record`] that the stream folds into, live
//! or read back from its JSON lines later. Everything that enters the stream passes through a [`Masker`] first.

mod coverage;
mod event;
mod exchange;
mod fold;
pub mod load;
mod mask;
mod outcome;
mod read;
mod record;
mod stream;

pub use coverage::{Coverage, CoverageItem, CoverageKind, OperationCoverage};
pub use event::{
    Entry, Event, FORMAT, Isolation, NoticeLevel, RunFinished, RunKind, RunStarted, ScenarioRef, ServiceInfo,
    StepFinished, TargetInfo,
};
pub use exchange::{
    Allowed, AllowedMode, Attribution, Body, Breach, Direction, Exchange, Frame, FrameWay, Request, Response,
};
pub use mask::{MASK, Masker, sounds_secret};
pub use outcome::{Failure, FailureKind, Outcome, StepOutcome, Totals, Verdict};
pub use read::ReadError;
pub use record::{Attempt, Notice, Record, ScenarioResult};
pub use stream::{EventStream, JsonLines, Sink};
