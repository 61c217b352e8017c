//! How far clocks are apart: [`Clock`], [`ClockWatch`].
//!
//! Shards that are to begin at the same moment need clocks that agree. None of them can know by itself whether its clock is
//! right, but all of them speak with one target, and its answers carry the target's clock in `Date` (RFC 9110, 6.6.1), in
//! whole seconds. An answer dated D that was asked for at `s` and had arrived at `r` was dated between the two, so the
//! target's clock is ahead of ours by at least D - r and by less than D + 1 s - s. A few dozen answers around a change of
//! the second narrow this to some milliseconds more than a round trip.
//!
//! Limits: it compares shards with each other by way of the target and says nothing about true time. It needs a target
//! that sends `Date`. A server that renews its `Date` at odd moments, once a second, shifts the answer for all shards that
//! ask at the same time alike; several servers with clocks that differ contradict each other, and then nothing is known.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// How many answers a comparison takes.
const SAMPLES: u32 = 30;
/// How long it takes: a little more than a second, so that a change of the second lies within it.
const SPAN: Duration = Duration::from_millis(1_150);
/// A single answer may take so long.
const PATIENCE: Duration = Duration::from_secs(1);
/// Narrower than this need it not be, microseconds.
const NARROW: i64 = 25_000;

/// What is known of a clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The target's clock is ahead of ours by at least so many microseconds; with `high_us` `None` when nothing is known.
    pub low_us: Option<i64>,
    /// And by at most so many.
    pub high_us: Option<i64>,
    /// How many answers this was taken from.
    pub samples: u32,
    /// How much further the wall clock went during the run than the steady one, microseconds: it was set.
    pub drift_us: i64,
}

impl Clock {
    /// The middle of what is possible, and half its width; `None` when nothing is known, or answers contradict each other.
    pub fn ahead(&self) -> Option<(i64, i64)> {
        let (low, high) = (self.low_us?, self.high_us?);
        (low <= high).then(|| (low + (high - low) / 2, (high - low) / 2))
    }
}

/// Watches a clock over a run.
#[derive(Debug)]
pub struct ClockWatch {
    wall: SystemTime,
    steady: Instant,
    clock: Clock,
}

impl ClockWatch {
    /// From now on.
    #[must_use]
    pub fn begin() -> Self {
        Self { wall: SystemTime::now(), steady: Instant::now(), clock: Clock::default() }
    }

    /// Takes in an answer dated `date` that was asked for at `sent` and had arrived at `received`.
    pub fn answer(&mut self, date: SystemTime, sent: SystemTime, received: SystemTime) {
        let low = unix_us(date) - unix_us(received);
        let high = unix_us(date) + 1_000_000 - unix_us(sent);
        let clock = &mut self.clock;
        clock.low_us = Some(clock.low_us.map_or(low, |known| known.max(low)));
        clock.high_us = Some(clock.high_us.map_or(high, |known| known.min(high)));
        clock.samples += 1;
    }

    /// Before the load: compares with the target's clock, unless the load is to begin too soon for that.
    pub async fn before(&mut self, url: &str, start_at: Option<SystemTime>) {
        let left = start_at.map(|at| at.duration_since(SystemTime::now()).unwrap_or_default());
        if left.is_none_or(|left| left >= SPAN + PATIENCE) {
            self.compare(url).await;
        }
    }

    /// After the load: compares with the target's clock, unless that was done before.
    pub async fn after(&mut self, url: &str) {
        if self.clock.samples == 0 {
            self.compare(url).await;
        }
    }

    /// Asks the target for its time, some dozen times in a bit more than a second: `HEAD url`. Any answer will do; one
    /// without `Date` ends it, and so does a target that can't be reached.
    async fn compare(&mut self, url: &str) {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build();
        let Ok(client) = client else { return };
        // The first makes the connection, which is not to be counted into the round trip.
        if client.head(url).send().await.is_err() {
            return;
        }
        let began = Instant::now();
        for sample in 0..SAMPLES {
            tokio::time::sleep_until((began + SPAN / SAMPLES * sample).into()).await;
            let sent = SystemTime::now();
            let Ok(answer) = client.head(url).send().await else { return };
            let received = SystemTime::now();
            let date = answer.headers().get(reqwest::header::DATE).and_then(|date| date.to_str().ok());
            let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else { return };
            self.answer(date, sent, received);
            let clock = &self.clock;
            if clock.low_us.zip(clock.high_us).is_some_and(|(low, high)| (0..NARROW).contains(&(high - low)))
            {
                return;
            }
        }
    }

    /// At the run's end: what is known.
    #[must_use]
    pub fn end(self) -> Clock {
        self.end_at(SystemTime::now(), Instant::now())
    }

    fn end_at(mut self, wall: SystemTime, steady: Instant) -> Clock {
        let steady = i64::try_from((steady - self.steady).as_micros()).unwrap_or(i64::MAX);
        self.clock.drift_us = unix_us(wall) - unix_us(self.wall) - steady;
        self.clock
    }
}

/// Microseconds since 1970; before that, below 0.
fn unix_us(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A target whose clock is `ahead_us` ahead, asked every 40 ms with a round trip of 10 ms.
    fn watched(ahead_us: i64) -> ClockWatch {
        let mut watch = ClockWatch::begin();
        let start = UNIX_EPOCH + Duration::from_micros(1_800_000_000_123_456);
        for sample in 0..29 {
            let sent = start + Duration::from_millis(40 * sample);
            let dated = unix_us(sent) + 4_000 + ahead_us;
            let date = UNIX_EPOCH + Duration::from_secs(u64::try_from(dated / 1_000_000).unwrap());
            watch.answer(date, sent, sent + Duration::from_millis(10));
        }
        watch
    }

    #[test]
    fn whole_seconds_tell_milliseconds() {
        for ahead_us in [0, 300_000, -700_000, 12_345_678, 999_999] {
            let clock = watched(ahead_us).end();
            let (middle, half) = clock.ahead().unwrap();
            assert!((middle - ahead_us).abs() <= half, "{ahead_us}: {clock:?}");
            assert!(half <= 26_000, "{ahead_us}: {clock:?}");
        }
    }

    #[test]
    fn answers_that_contradict_each_other_tell_nothing() {
        let mut watch = watched(0);
        let now = UNIX_EPOCH + Duration::from_secs(1_800_000_010);
        watch.answer(now + Duration::from_secs(5), now, now);
        assert_eq!(watch.end().ahead(), None);
        assert_eq!(Clock::default().ahead(), None);
    }

    #[test]
    fn a_wall_clock_that_was_set_shows() {
        let watch = ClockWatch::begin();
        let (wall, steady) = (watch.wall, watch.steady);
        let clock = watch.end_at(wall + Duration::from_secs(13), steady + Duration::from_secs(10));
        assert_eq!(clock.drift_us, 3_000_000);
        let watch = ClockWatch { wall, steady, clock: Clock::default() };
        let clock = watch.end_at(wall + Duration::from_secs(7), steady + Duration::from_secs(10));
        assert_eq!(clock.drift_us, -3_000_000);
    }
}
