//! Who carries out an arrival: [`Crew`]. The load's own thread plays it, so nothing here needs to be sent across threads.

use std::rc::Rc;

use dryrun_record::load::Sends;
use futures::future::LocalBoxFuture;

use crate::error::LoadError;
use crate::meter::Meter;
use crate::turn::Turn;

/// Plays workflows. Made and used on the load's own thread, within a [`tokio::runtime::LocalRuntime`]:
/// `tokio::task::spawn_local` works everywhere in it, a `LocalSet` does not.
pub trait Crew {
    /// Plays one iteration to its end and tells the meter of each request and, once, of the iteration.
    ///
    /// Dropped before its end, the iteration counts as abandoned: a crew cleans up in `Drop`.
    fn play(self: Rc<Self>, turn: Turn, meter: Meter) -> LocalBoxFuture<'static, ()>;

    /// Called once when nothing is under way any more: waits for what the service still sends, then says what the
    /// mocks received.
    fn finish(self: Rc<Self>, meter: Meter) -> LocalBoxFuture<'static, Sends>;
}

/// Makes the crew on the load's own thread.
pub type Muster = Box<dyn FnOnce() -> Result<Rc<dyn Crew>, LoadError> + Send>;
