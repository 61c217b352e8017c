//! The one stream that every activity appends to: [`EventStream`].

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::event::{Entry, Event};
use crate::mask::Masker;
use crate::record::Record;

/// Something that wants to see every entry as it happens: a progress line, a file.
pub trait Sink: Send {
    /// Takes one entry. Secrets are masked already.
    fn take(&mut self, entry: &Entry);
    /// Called once, after the last entry. An error is told to whoever closes the stream.
    fn close(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A clonable handle on the stream of a run.
#[derive(Clone)]
pub struct EventStream(Arc<Inner>);

struct Inner {
    started: Instant,
    masker: Masker,
    state: Mutex<State>,
}

struct State {
    record: Record,
    sinks: Vec<Box<dyn Sink>>,
}

impl std::fmt::Debug for EventStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventStream").finish_non_exhaustive()
    }
}

impl EventStream {
    /// A new stream whose clock starts at `started`.
    pub fn new(started: Instant, masker: Masker, sinks: Vec<Box<dyn Sink>>) -> Self {
        Self(Arc::new(Inner {
            started,
            masker,
            state: Mutex::new(State { record: Record::default(), sinks }),
        }))
    }

    /// Microseconds since the run started.
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.0.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// The moment from which the stream counts.
    pub fn started(&self) -> Instant {
        self.0.started
    }

    /// The masking room of this run; secrets learnt later are added to it.
    pub fn masker(&self) -> &Masker {
        &self.0.masker
    }

    /// Masks the event, puts the time to it, folds it into the record and shows it to every sink.
    pub fn append(&self, event: Event) {
        let entry = self.0.masker.entry(Entry { at_us: self.now_us(), event });
        let mut state = self.lock();
        let State { record, sinks } = &mut *state;
        for sink in sinks.iter_mut() {
            sink.take(&entry);
        }
        record.apply(entry);
    }

    /// The record as it stands now.
    pub fn record(&self) -> Record {
        self.lock().record.clone()
    }

    /// Looks at the record without copying it.
    pub fn with_record<T>(&self, look: impl FnOnce(&Record) -> T) -> T {
        look(&self.lock().record)
    }

    /// Closes every sink and hands the record over. The first sink that could not be written is the error.
    pub fn close(&self) -> (Record, std::io::Result<()>) {
        let mut state = self.lock();
        let mut result = Ok(());
        for sink in &mut state.sinks {
            let closed = sink.close();
            if result.is_ok() {
                result = closed;
            }
        }
        (state.record.clone(), result)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A sink that panicked must not take the record with it.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sink that writes JSON lines, flushed line by line so that a killed run leaves a readable record.
#[derive(Debug)]
pub struct JsonLines<W: Write + Send> {
    out: W,
    failed: Option<std::io::Error>,
}

impl<W: Write + Send> JsonLines<W> {
    /// Writes to `out`; give it a `BufWriter`, it is flushed after each line.
    pub fn new(out: W) -> Self {
        Self { out, failed: None }
    }
}

impl<W: Write + Send> Sink for JsonLines<W> {
    fn take(&mut self, entry: &Entry) {
        if self.failed.is_some() {
            return;
        }
        let written = serde_json::to_writer(&mut self.out, entry)
            .map_err(std::io::Error::from)
            .and_then(|()| self.out.write_all(b"\n"))
            .and_then(|()| self.out.flush());
        self.failed = written.err();
    }

    fn close(&mut self) -> std::io::Result<()> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.out.flush(),
        }
    }
}
