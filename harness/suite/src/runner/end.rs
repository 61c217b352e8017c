//! What is looked at once when all scenarios have ended, and no scenario could have seen.

use std::sync::{Arc, PoisonError};

use dryrun_record::{Direction, Event, EventStream, NoticeLevel};

use crate::runner::panics::Told;
use crate::runner::watch::Watch;
use crate::world::Station;

/// Looks whether each copy of the service still runs, and whether it has ever called a mock.
pub(crate) async fn look(stations: &[Arc<Station>], events: &EventStream, watch: &Watch) {
    alive(stations, watch).await;
    let mocked = stations.iter().any(|station| !station.mocks.is_empty());
    let called = events.with_record(|record| {
        let mut all = record.exchanges().chain(&record.loose);
        all.any(|exchange| exchange.direction == Direction::ToMock)
    });
    if mocked && !called {
        let text = "the service called no mock in the whole run, not even when it was probed: that nothing was received \
                    proves nothing unless it knows the addresses of the mocks"
            .to_owned();
        tell(watch, NoticeLevel::Warning, "silent-mocks", text);
    }
}

/// Looks whether each copy of the service still runs.
pub(crate) async fn alive(stations: &[Arc<Station>], watch: &Watch) {
    for station in stations {
        let mut target = station.target.lock().await;
        let gone = match target.as_mut() {
            Some(target) => target.alive().await.err(),
            None => None,
        };
        if let Some(gone) = gone {
            // The last scenario may have had all its answers by then.
            let text = format!("the service under test ended before the run did: {gone}");
            tell(watch, NoticeLevel::Error, "service-ended", text);
        }
    }
}

/// Tells panics outside of steps: what the task would have done has not happened.
pub(crate) fn panics(told: &Told, watch: &Watch) {
    for words in told.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        let text = format!("a task of the harness panicked at {words}; please report it");
        tell(watch, NoticeLevel::Error, "panic", text);
    }
}

fn tell(watch: &Watch, level: NoticeLevel, code: &str, text: String) {
    watch.append(Event::Notice { level, code: code.to_owned(), text });
}
