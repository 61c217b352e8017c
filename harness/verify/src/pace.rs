//! How fast the provider is asked: [`Rate`], and the [`Pace`] that keeps it and obeys `429` with `Retry-After`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;

use crate::error::VerifyError;

/// The longest wait that is chosen here, when a provider limits the rate and does not say for how long.
const LONGEST_GUESS: Duration = Duration::from_secs(16);

/// The time that a pace is kept by.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Instant;
    /// Returns at that moment.
    fn sleep_until(&self, moment: Instant) -> BoxFuture<'_, ()>;
}

/// The time of tokio.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioClock;

impl Clock for TokioClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn sleep_until(&self, moment: Instant) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep_until(moment.into()))
    }
}

/// So many calls in so much time, evenly spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    interval: Duration,
}

impl Default for Rate {
    /// Five a second: gentle with a service that others use as well.
    fn default() -> Self {
        Self { interval: Duration::from_millis(200) }
    }
}

impl Rate {
    /// Reads `5/s`, `30/min`, `100/h`.
    ///
    /// # Errors
    /// When it is nothing of the kind.
    pub fn parse(text: &str) -> Result<Self, VerifyError> {
        let wrong = || VerifyError::Option {
            given: text.to_owned(),
            reason: "is no rate: write a number of calls and a unit of time, such as 5/s, 30/min or 100/h"
                .to_owned(),
        };
        let (count, unit) = text.split_once('/').ok_or_else(wrong)?;
        let count: f64 = count.trim().parse().map_err(|_| wrong())?;
        let seconds = match unit.trim() {
            "s" | "sec" | "second" => 1.0,
            "m" | "min" | "minute" => 60.0,
            "h" | "hour" => 3600.0,
            _ => return Err(wrong()),
        };
        if !(count > 0.0 && count.is_finite()) {
            return Err(wrong());
        }
        let interval = Duration::try_from_secs_f64(seconds / count).map_err(|_| wrong())?;
        Ok(Self { interval })
    }

    /// The time between two calls.
    #[must_use]
    pub fn interval(self) -> Duration {
        self.interval
    }
}

/// One call at a time, each at its slot.
pub(crate) struct Pace {
    clock: Arc<dyn Clock>,
    interval: Duration,
    next: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(rate: Rate, clock: Arc<dyn Clock>) -> Self {
        Self { clock, interval: rate.interval, next: None }
    }

    /// Returns when the next call may go out.
    pub(crate) async fn turn(&mut self) {
        let now = self.clock.now();
        let slot = self.next.map_or(now, |next| next.max(now));
        if slot > now {
            self.clock.sleep_until(slot).await;
        }
        self.next = Some(slot + self.interval);
    }

    /// Nothing goes out before this has passed.
    pub(crate) async fn rest(&mut self, wait: Duration) {
        let until = self.clock.now() + wait;
        self.clock.sleep_until(until).await;
        self.next = Some(until);
    }
}

/// How long a `429` asks to wait (RFC 9110, 10.2.3: seconds or a date), or a guess that doubles with each try.
pub(crate) fn wait(retry_after: Option<&str>, tries: u32, now: chrono::DateTime<chrono::Utc>) -> Duration {
    let said = retry_after.map(str::trim).and_then(|text| {
        if let Ok(seconds) = text.parse::<u64>() {
            return Some(Duration::from_secs(seconds));
        }
        let date = chrono::DateTime::parse_from_rfc2822(text).ok()?;
        Some((date.to_utc() - now).to_std().unwrap_or_default())
    });
    said.unwrap_or_else(|| Duration::from_secs(1 << tries.min(4)).min(LONGEST_GUESS))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A clock that stands still but for the sleeps, which it writes down in milliseconds from its start.
    struct Still(Instant, Mutex<(Instant, Vec<u128>)>);

    impl Clock for Still {
        fn now(&self) -> Instant {
            self.1.lock().unwrap().0
        }

        fn sleep_until(&self, moment: Instant) -> BoxFuture<'_, ()> {
            let mut state = self.1.lock().unwrap();
            state.0 = moment;
            state.1.push((moment - self.0).as_millis());
            Box::pin(std::future::ready(()))
        }
    }

    #[tokio::test]
    async fn calls_are_evenly_spaced_and_a_rest_moves_the_next_slot() {
        let start = Instant::now();
        let clock = Arc::new(Still(start, Mutex::new((start, Vec::new()))));
        let mut pace = Pace::new(Rate::parse("5/s").unwrap(), clock.clone());
        for _ in 0..4 {
            pace.turn().await;
        }
        pace.rest(Duration::from_secs(3)).await;
        pace.turn().await;
        pace.turn().await;
        assert_eq!(clock.1.lock().unwrap().1, [200, 400, 600, 3600, 3800]);
    }

    #[test]
    fn rates_have_a_unit() {
        for (text, millis) in [("5/s", 200), ("30/min", 2000), ("0.5/s", 2000), ("3600/h", 1000)] {
            assert_eq!(Rate::parse(text).unwrap().interval(), Duration::from_millis(millis), "{text}");
        }
        for wrong in ["5", "0/s", "-1/s", "5/week", "x/s", "inf/s"] {
            assert!(Rate::parse(wrong).unwrap_err().to_string().contains("such as 5/s"), "{wrong}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_or_a_guess() {
        let now = chrono::DateTime::parse_from_rfc3339("2026-01-24T10:00:00Z").unwrap().to_utc();
        assert_eq!(wait(Some("7"), 0, now), Duration::from_secs(7));
        assert_eq!(wait(Some("Sat, 24 Jan 2026 10:00:30 GMT"), 0, now), Duration::from_secs(30));
        assert_eq!(wait(Some("Sat, 24 Jan 2026 09:00:00 GMT"), 0, now), Duration::ZERO);
        let guesses: Vec<u64> = (0..6).map(|tries| wait(None, tries, now).as_secs()).collect();
        assert_eq!(guesses, [1, 2, 4, 8, 16, 16]);
    }
}
