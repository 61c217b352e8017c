//! What the mocks cost: how long their answers took inside ([`Gauge`]), and how much CPU their threads used ([`cpu_us`]).

use std::sync::atomic::{AtomicU64, Ordering};

/// Values below this many microseconds have a bucket of their own; above, each doubling has half as many.
const FINE: u64 = 128;
const FINE_BITS: u32 = FINE.trailing_zeros();
/// Up to an hour and beyond: 2^40 µs.
const BUCKETS: usize = (FINE as usize) + (40 - FINE_BITS as usize) * (FINE as usize / 2);

/// Times in buckets, at most 1.6% wide. Counts for the whole life of a mock; a call costs one addition.
pub(crate) struct Gauge {
    buckets: Box<[AtomicU64]>,
}

impl Gauge {
    pub(crate) fn new() -> Self {
        Self { buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect() }
    }

    pub(crate) fn record(&self, us: u64) {
        self.buckets[bucket(us)].fetch_add(1, Ordering::Relaxed);
    }

    /// Adds what was counted here.
    pub(crate) fn add_to(&self, sums: &mut Timings) {
        sums.0.resize(BUCKETS, 0);
        for (sum, bucket) in sums.0.iter_mut().zip(&self.buckets) {
            *sum += bucket.load(Ordering::Relaxed);
        }
    }
}

/// How long answers took inside of mocks, at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timings(Vec<u64>);

impl Timings {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    /// This share (0 to 1) took no longer than so many microseconds, to 1.6%; `None` when there are none.
    pub fn quantile_us(&self, share: f64) -> Option<u64> {
        let count = self.count();
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank"
        )]
        let wanted = ((count as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        self.0.iter().enumerate().find_map(|(index, here)| {
            seen += here;
            (*here > 0 && seen >= wanted).then(|| highest(index))
        })
    }

    /// What came since `before`, which must be an earlier state of the same mocks.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let before = before.0.iter().chain(std::iter::repeat(&0));
        Self(self.0.iter().zip(before).map(|(now, then)| now.saturating_sub(*then)).collect())
    }
}

fn bucket(us: u64) -> usize {
    if us < FINE {
        return us as usize;
    }
    let doubling = u64::from(us.ilog2() - FINE_BITS);
    let within = (us >> (doubling + 1)) - FINE / 2;
    usize::try_from(FINE + doubling * (FINE / 2) + within).map_or(BUCKETS - 1, |index| index.min(BUCKETS - 1))
}

/// The highest value of a bucket.
fn highest(index: usize) -> u64 {
    let index = index as u64;
    if index < FINE {
        return index;
    }
    let (doubling, within) = ((index - FINE) / (FINE / 2), (index - FINE) % (FINE / 2));
    ((within + FINE / 2 + 1) << (doubling + 1)) - 1
}

/// The thread that this is called on, as the system numbers it. `None` where it does not tell.
pub(crate) fn this_thread() -> Option<u64> {
    // `PID/task/TID`, proc(5).
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    link.file_name()?.to_str()?.parse().ok()
}

/// CPU time of a thread of this process so far, in microseconds. `None` where the system does not tell.
pub(crate) fn cpu_us(thread: u64) -> Option<u64> {
    // The first number is the time spent on the CPU in nanoseconds (Linux, Documentation/scheduler/sched-stats.rst).
    let text = std::fs::read_to_string(format!("/proc/self/task/{thread}/schedstat")).ok()?;
    Some(text.split_whitespace().next()?.parse::<u64>().ok()? / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_in_a_bucket_that_is_hardly_wider_than_it() {
        let mut last = 0;
        for us in (0..100_000).chain((100_000..5_000_000_000).step_by(9_999_991)) {
            let (index, top) = (bucket(us), highest(bucket(us)));
            assert!(top >= us && (top - us) * 62 <= us.max(62), "{us}: bucket {index} ends at {top}");
            assert!(index >= last, "{us}");
            last = index;
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_those_of_the_values_since() {
        let gauge = Gauge::new();
        let read = || {
            let mut sums = Timings::default();
            gauge.add_to(&mut sums);
            sums
        };
        assert_eq!(read().quantile_us(0.99), None);
        (0..1000).for_each(|_| gauge.record(9_000_000));
        let before = read();
        (1..=100).for_each(|us| gauge.record(us));
        let since = read().since(&before);
        assert_eq!(
            (since.count(), since.quantile_us(0.99), since.quantile_us(0.5)),
            (100, Some(99), Some(50))
        );
        assert_eq!((read().count(), read().since(&read()).count()), (1100, 0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_that_works_uses_cpu() {
        let thread = this_thread().unwrap();
        let before = cpu_us(thread).unwrap();
        let until = std::time::Instant::now() + std::time::Duration::from_millis(30);
        while std::time::Instant::now() < until {
            std::hint::spin_loop();
        }
        assert!(cpu_us(thread).unwrap() > before);
    }
}
