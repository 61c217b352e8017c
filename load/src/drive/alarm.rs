//! [`Alarm`]: wakes at an instant, to a fraction of a millisecond where the system can.

use std::io;
use std::time::Instant;

#[cfg(target_os = "linux")]
pub(super) use linux::Alarm;

#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::Alarm;

#[cfg(target_os = "linux")]
mod linux {
    //! A timerfd: tokio's own timer counts whole milliseconds.

    use std::os::fd::OwnedFd;

    use rustix::time::{
        ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime,
        timerfd_create, timerfd_settime,
    };
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    use super::{Instant, io};

    /// Wakes at an instant.
    #[derive(Debug)]
    pub(crate) struct Alarm {
        timer: AsyncFd<OwnedFd>,
        /// The same moment by both names of one clock.
        instant: Instant,
        monotonic: Timespec,
    }

    impl Alarm {
        pub(crate) fn new() -> io::Result<Self> {
            let timer =
                timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
            #[expect(
                deprecated,
                reason = "its heir is unsafe, for those who bring a type that is not an OwnedFd"
            )]
            let timer = AsyncFd::with_interest(timer, Interest::READABLE)?;
            Ok(Self { timer, instant: Instant::now(), monotonic: clock_gettime(ClockId::Monotonic) })
        }

        /// Waits for `instant`; not at all when it has passed.
        pub(crate) async fn until(&mut self, instant: Instant) -> io::Result<()> {
            while Instant::now() < instant {
                let after = instant.saturating_duration_since(self.instant);
                let nanos = self.monotonic.tv_nsec + i64::from(after.subsec_nanos());
                let seconds = self.monotonic.tv_sec + i64::try_from(after.as_secs()).unwrap_or(i64::MAX / 2);
                let at = Timespec { tv_sec: seconds + nanos / 1_000_000_000, tv_nsec: nanos % 1_000_000_000 };
                let never = Timespec { tv_sec: 0, tv_nsec: 0 };
                // Setting it anew also forgets an expiry that nobody read.
                timerfd_settime(
                    self.timer.get_ref(),
                    TimerfdTimerFlags::ABSTIME,
                    &Itimerspec { it_interval: never, it_value: at },
                )?;
                self.timer.readable().await?.clear_ready();
            }
            Ok(())
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    //! tokio's timer: to a millisecond.

    use super::{Instant, io};

    /// Wakes at an instant.
    #[derive(Debug)]
    pub(crate) struct Alarm;

    impl Alarm {
        pub(crate) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(crate) async fn until(&mut self, instant: Instant) -> io::Result<()> {
            tokio::time::sleep_until(instant.into()).await;
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn it_never_wakes_too_early_and_needs_no_wait_for_the_past() {
        let mut alarm = Alarm::new().unwrap();
        let start = Instant::now();
        for step in 1..=40 {
            let due = start + Duration::from_micros(700) * step;
            alarm.until(due).await.unwrap();
            assert!(Instant::now() >= due);
        }
        alarm.until(start).await.unwrap();
    }
}
