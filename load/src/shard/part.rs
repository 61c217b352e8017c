//! What a shard has to say: [`Shard`], and what it belongs to: [`RunKey`].

use std::time::{SystemTime, UNIX_EPOCH};

use dryrun_record::TargetInfo;
use dryrun_record::load::{LoadResult, LoadStarted, LoadTick};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::clock::Clock;
use crate::plan::Slice;
use crate::profile::{Profile, Threshold};

/// More seconds than these are not sent along; the totals of a longer run are exact all the same.
const MOST_TICKS: usize = 3_600;

/// What a shard has to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shard {
    /// What makes shards belong together.
    pub run: RunKey,
    /// From 0.
    pub index: u32,
    /// Where it ran.
    pub host: String,
    /// What it loaded, where that is known.
    pub target: Option<TargetInfo>,
    /// What is known of its clock.
    pub clock: Clock,
    /// What must hold on the merge.
    pub thresholds: Vec<Threshold>,
    /// The head of its run.
    pub started: LoadStarted,
    /// Its seconds; empty when there are more than an hour of them.
    pub ticks: Vec<LoadTick>,
    /// Its figures, not judged.
    pub result: LoadResult,
}

/// What makes shards belong together: only those that agree in all of it are merged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunKey {
    /// The profile's name.
    pub profile: String,
    /// Of the profile as it was checked, whatever changed it for this run included: 16 hex digits.
    pub fingerprint: String,
    /// How many shards there are.
    pub count: u32,
    /// The agreed start, microseconds since 1970 (UTC).
    pub start_at_unix_us: Option<u64>,
    /// The version of dryrun.
    pub version: String,
}

impl RunKey {
    /// Of a part of a load that is to begin at this moment.
    pub fn new(profile: &Profile, slice: Slice, start_at: Option<SystemTime>) -> Self {
        let digest = Sha256::digest(format!("{profile:?}").as_bytes());
        let unix_us = |at: SystemTime| {
            let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
            u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
        };
        Self {
            profile: profile.name.clone(),
            fingerprint: digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect(),
            count: slice.count,
            start_at_unix_us: start_at.map(unix_us),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

impl Shard {
    /// The result of this part of the profile's load. `started` and `ticks` are what its record holds.
    pub fn new(
        profile: &Profile,
        slice: Slice,
        start_at: Option<SystemTime>,
        clock: Clock,
        (started, ticks): (LoadStarted, Vec<LoadTick>),
        result: LoadResult,
    ) -> Self {
        let ticks = if ticks.len() > MOST_TICKS { Vec::new() } else { ticks };
        Self {
            run: RunKey::new(profile, slice, start_at),
            index: slice.index,
            host: host(),
            target: None,
            clock,
            thresholds: profile.thresholds.clone(),
            started,
            ticks,
            result,
        }
    }
}

/// The name of this machine; in a container that of the pod.
fn host() -> String {
    let told = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let told = told.or_else(|| std::env::var("HOSTNAME").ok());
    told.map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}
