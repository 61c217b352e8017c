//! `--shard`: this process makes a part of a load. [`Share`].

use std::time::SystemTime;

use anyhow::anyhow;
use chrono::DateTime;
use dryrun_load::shard::{ClockWatch, Shard, write};
use dryrun_load::{Profile, Slice};
use dryrun_record::Record;

use crate::args::scale::ShardArgs;
use crate::commands::{ending, print};
use crate::config::parse_duration;
use crate::exit::Stop;

/// Where Kubernetes tells a pod of an Indexed Job which one it is.
const INDEX: &str = "JOB_COMPLETION_INDEX";

/// Why a part has no verdict of its own.
pub(crate) const ONLY_A_PART: &str =
    "this is a part of a load: `dryrun load merge` judges all parts together";

/// Which part, from when on.
#[derive(Debug)]
pub(crate) struct Share {
    pub(crate) slice: Slice,
    pub(crate) start_at: Option<SystemTime>,
    args: ShardArgs,
}

impl Share {
    /// As the command line and the environment say.
    pub(crate) fn of(args: &ShardArgs) -> Result<Self, Stop> {
        let index = std::env::var(INDEX).ok();
        let slice = match args.shard.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => {
                slice(text, index.as_deref()).map_err(|why| Stop::usage(anyhow!("--shard {text}: {why}")))?
            }
            None => Slice::WHOLE,
        };
        let start_at = match args.start_at.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => Some(
                moment(text, SystemTime::now())
                    .map_err(|why| Stop::usage(anyhow!("--start-at {text}: {why}")))?,
            ),
            None => None,
        };
        if args.result.is_some() && args.shard.is_none() {
            return Err(Stop::usage(anyhow!(
                "--result writes the result of a shard: give --shard I/N as well"
            )));
        }
        Ok(Self { slice, start_at, args: args.clone() })
    }

    /// Whether a part was asked for: 0/1 is one, too.
    pub(crate) fn asked(&self) -> bool {
        self.args.shard.as_deref().is_some_and(|text| !text.is_empty())
    }

    /// Prints the result for `dryrun load merge`, and writes it where it was asked for.
    pub(crate) fn keep(&self, profile: &Profile, clock: ClockWatch, record: &Record) -> Result<(), Stop> {
        // From the record, where everything is masked: a log is read by many.
        let Some(run) = record.loads.last() else { return Ok(()) };
        let Some(result) = run.result.clone() else { return Ok(()) };
        let head = (run.started.clone(), run.ticks.clone());
        let mut shard = Shard::new(profile, self.slice, self.start_at, clock.end(), head, result);
        shard.target = record.run.as_ref().map(|run| run.target.clone());
        let text = write(&shard);
        print(&text);
        match &self.args.result {
            Some(path) => ending::write(path, &text),
            None => Ok(()),
        }
    }
}

/// `0/4`, or `auto/4` with the index from the environment.
fn slice(text: &str, from_environment: Option<&str>) -> Result<Slice, String> {
    let (index, count) = text.split_once('/').ok_or("write it as 0/4: the first of four parts")?;
    let count: u32 =
        count.trim().parse().map_err(|_| "write the number of parts behind the `/`, as in 0/4")?;
    let index = match index.trim() {
        "auto" => from_environment.ok_or_else(|| {
            format!("{INDEX} is not set; Kubernetes sets it for each pod of an Indexed Job, elsewhere write 0/{count}")
        })?,
        index => index,
    };
    let index: u32 =
        index.trim().parse().map_err(|_| format!("`{index}` is no index: write a number from 0 on"))?;
    if index >= count {
        return Err(format!(
            "there is no part {index} of {count}: parts are counted from 0 to {}",
            count.max(1) - 1
        ));
    }
    Ok(Slice { index, count })
}

/// A moment (RFC 3339), or `+30s` from now.
fn moment(text: &str, now: SystemTime) -> Result<SystemTime, String> {
    if let Some(later) = text.strip_prefix('+') {
        return parse_duration(later).map(|later| now + later);
    }
    DateTime::parse_from_rfc3339(text).map(SystemTime::from).map_err(|_| {
        "write a moment with its zone, such as 2026-12-01T12:00:00Z, or +30s from now".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_part_is_named_or_comes_from_the_environment() {
        assert_eq!(slice("0/4", None), Ok(Slice { index: 0, count: 4 }));
        assert_eq!(slice("auto/4", Some("3")), Ok(Slice { index: 3, count: 4 }));
        assert_eq!(slice("0/1", Some("7")), Ok(Slice::WHOLE), "what is written wins");
        for (text, environment, why) in [
            ("auto/4", None, "JOB_COMPLETION_INDEX is not set"),
            ("auto/4", Some("4"), "counted from 0 to 3"),
            ("4/4", None, "there is no part 4 of 4"),
            ("0/0", None, "there is no part 0 of 0"),
            ("1", None, "write it as 0/4"),
            ("a/4", None, "is no index"),
            ("0/many", None, "number of parts"),
        ] {
            let error = slice(text, environment).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_moment_is_absolute_or_from_now_on() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        assert_eq!(moment("+30s", now), Ok(now + Duration::from_secs(30)));
        assert_eq!(moment("1970-01-01T01:00:00+01:00", now), Ok(UNIX_EPOCH));
        for wrong in ["soon", "2026-12-01T12:00:00", "+30", "12:00"] {
            assert!(moment(wrong, now).is_err(), "{wrong}");
        }
    }
}
