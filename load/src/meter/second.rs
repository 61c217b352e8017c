//! [`Second`]: what happened within one second.

use std::time::Duration;

use dryrun_record::load::LoadTick;

use crate::histogram::Histogram;

/// What happened to requests within one second.
#[derive(Debug, Default)]
pub(crate) struct Second {
    times: Histogram,
    failed: u64,
    bytes: u64,
}

impl Second {
    pub(super) fn ended(&mut self, time: Duration, failed: bool, bytes: u64) {
        self.times.record(time);
        self.failed += u64::from(failed);
        self.bytes += bytes;
    }

    /// What it was, and nothing is left.
    pub(super) fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// Writes it down.
    pub(crate) fn tell(&self, tick: &mut LoadTick) {
        let Self { times, failed, bytes } = self;
        tick.ended = times.count();
        tick.failed = *failed;
        tick.bytes = *bytes;
        tick.min_us = times.min();
        tick.p50_us = times.quantile(0.50);
        tick.p90_us = times.quantile(0.90);
        tick.p95_us = times.quantile(0.95);
        tick.p99_us = times.quantile(0.99);
        tick.max_us = times.max();
    }
}
