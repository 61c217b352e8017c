//! Ctrl-C and SIGTERM, counted: the first asks for an orderly end, the second ends at once. [`Interrupts`].

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Counts the signals from its making on; none is lost between two waits.
#[derive(Debug, Clone)]
pub(crate) struct Interrupts(watch::Receiver<u32>);

impl Interrupts {
    /// Listens from now on. The signals no longer end the process by themselves.
    ///
    /// # Errors
    /// When the system refuses the handlers.
    pub(crate) fn listen() -> std::io::Result<Self> {
        // Before tokio's own handler, or goose's would silence it when a load begins.
        dryrun_load::keep_interrupts();
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let (count, seen) = watch::channel(0);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                count.send_modify(|count| *count += 1);
            }
        });
        Ok(Self(seen))
    }

    /// How many there were so far.
    pub(crate) fn count(&self) -> u32 {
        *self.0.borrow()
    }

    /// Waits until there were so many.
    pub(crate) async fn reached(&self, wanted: u32) {
        let mut seen = self.0.clone();
        if seen.wait_for(|count| *count >= wanted).await.is_err() {
            // The runtime is going down, and nobody counts any more.
            std::future::pending::<()>().await;
        }
    }
}
