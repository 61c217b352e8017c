//! A load run, ready to start: [`LoadPlan`].

use std::sync::Arc;
use std::time::SystemTime;

use dryrun_record::Event;

use crate::crew::Muster;
use crate::profile::Profile;
use crate::turn::Part;

/// Takes the events of a load run: its start, its seconds, its marks. The result is returned, not told. Called from the
/// thread for watching, in order.
pub type OnEvent = Arc<dyn Fn(Event) + Send + Sync>;

/// Reads gauges of what is outside the load's own thread. Called once a second, from a thread for watching: it may read
/// files and take locks without holding up an arrival.
pub type ReadGauges = Box<dyn FnMut() -> Gauges + Send>;

/// What is known of others at a moment. Counters since their start; `None` where the system does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Gauges {
    /// CPU time of the mocks so far, microseconds.
    pub mocks_cpu_us: Option<u64>,
    /// CPU time of the service and its children so far, microseconds.
    pub service_cpu_us: Option<u64>,
    /// Resident memory of the service and its children, KiB.
    pub service_memory_kib: Option<u64>,
    /// 99% of the mocks' answers so far took no longer inside the mock, microseconds.
    pub mocks_p99_us: Option<u64>,
}

/// A load run, ready to start.
pub struct LoadPlan {
    /// The profile.
    pub profile: Arc<Profile>,
    /// The workflows, as the crew numbers them.
    pub parts: Vec<Part>,
    /// Who plays them.
    pub muster: Muster,
    /// Which part of the whole load this process makes.
    pub slice: Slice,
    /// When the schedule begins; `None` for at once.
    pub start_at: Option<SystemTime>,
    /// Whether thresholds are judged here. Not in a shard: only the merge can.
    pub judge: bool,
    /// The id of the scenario whose step makes the load.
    pub scenario: Option<String>,
    /// Who hears of it.
    pub on_event: OnEvent,
    /// Gauges of mocks and service.
    pub gauges: ReadGauges,
    /// Ends the run early, in order, with the reason that is put in. The result then says so and is inconclusive, unless
    /// something failed.
    pub stop: tokio::sync::watch::Receiver<Option<String>>,
    /// Seeds the choice of workflows and think times.
    pub seed: u64,
}

impl std::fmt::Debug for LoadPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { profile, slice, .. } = self;
        f.debug_struct("LoadPlan")
            .field("profile", &profile.name)
            .field("slice", slice)
            .finish_non_exhaustive()
    }
}

/// Part `index` of `count` of a load. Arrivals I, I + N, I + 2 N… of the whole schedule belong to shard I of N: its rate
/// is a part of the whole, and its phase is offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// From 0.
    pub index: u32,
    /// At least 1.
    pub count: u32,
}

impl Slice {
    /// The whole load.
    pub const WHOLE: Self = Self { index: 0, count: 1 };
}
