//! Arguments about how much and from how many machines: [`CapacityArgs`], [`ShardArgs`], [`MergeArgs`].

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueHint;

use crate::config::parse_duration;

/// The heading of the options of a search.
const CAPACITY: &str = "How much can it take";

/// `dryrun load --find-capacity …`.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct CapacityArgs {
    /// Search the highest arrival rate that keeps the thresholds: ramp up until one breaks, bisect, repeat both ends
    #[arg(long, help_heading = CAPACITY, conflicts_with_all = ["shard", "baseline", "against_command", "rate", "duration"])]
    pub(crate) find_capacity: bool,
    /// Rate of the first step [default: the lowest rate of the profile, at least 1]
    #[arg(long, value_name = "PER SECOND", help_heading = CAPACITY, requires = "find_capacity", value_parser = rate)]
    pub(crate) from_rate: Option<f64>,
    /// Try nothing above this rate
    #[arg(long, value_name = "PER SECOND", help_heading = CAPACITY, requires = "find_capacity", value_parser = rate)]
    pub(crate) up_to_rate: Option<f64>,
    /// Shortest step; a step is longer where its rate gives too few requests for the tightest quantile [default: 10 s]
    #[arg(long, value_name = "DURATION", help_heading = CAPACITY, requires = "find_capacity", value_parser = parse_duration)]
    pub(crate) step: Option<Duration>,
    /// Stop when the rate that held and the one that broke are so near, in percent [default: 5]
    #[arg(long, value_name = "PERCENT", help_heading = CAPACITY, requires = "find_capacity", value_parser = percent)]
    pub(crate) precision: Option<f64>,
    /// Steps at either end before the knee is believed, odd [default: 3]
    #[arg(long, value_name = "NUMBER", help_heading = CAPACITY, requires = "find_capacity", value_parser = odd)]
    pub(crate) repeats: Option<u32>,
    /// Miss the run (exit code 5) when the service takes less than this
    #[arg(long, value_name = "PER SECOND", help_heading = CAPACITY, requires = "find_capacity", value_parser = rate)]
    pub(crate) at_least: Option<f64>,
}

/// `dryrun load --shard …`.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ShardArgs {
    /// Make only part I of N of the load, I from 0: 0/4. `auto/4` takes I from JOB_COMPLETION_INDEX
    #[arg(
        long,
        value_name = "I/N",
        help_heading = "On many machines",
        env = "DRYRUN_LOAD_SHARD",
        hide_env_values = true
    )]
    pub(crate) shard: Option<String>,
    /// Begin at this moment, the same for all shards: 2026-12-01T12:00:00Z. `+30s` is from now, for one process alone
    #[arg(
        long,
        value_name = "TIME",
        help_heading = "On many machines",
        env = "DRYRUN_START_AT",
        hide_env_values = true
    )]
    pub(crate) start_at: Option<String>,
    /// Write the compact result for `dryrun load merge` into this file
    #[arg(long, value_name = "FILE", help_heading = "On many machines", env = "DRYRUN_RESULT", hide_env_values = true, value_hint = ValueHint::FilePath)]
    pub(crate) result: Option<PathBuf>,
}

/// `dryrun load merge`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  dryrun load merge part-0.txt part-1.txt part-2.txt
  dryrun load merge logs/*.log --out reports/out
  kubectl logs -l job-name=dryrun-load --tail=-1 | dryrun load merge -

Thresholds are judged on the merge alone. Results are found in logs behind time stamps and among other lines. A shard that
is missing, that ran twice, or that was ended early, a start that is late, or a clock that is off, beyond the limits, makes
the verdict inconclusive: it is never counted as passed. docs/scale.md is the guide.

Exit codes: 0 passed · 1 something did not work under load · 2 usage · 4 environment · 5 a threshold was missed · 6
inconclusive.")]
pub(crate) struct MergeArgs {
    /// Results of all shards: files that --result wrote, or logs with results in them; `-` for standard input
    #[arg(required = true, value_name = "RESULTS", value_hint = ValueHint::FilePath)]
    pub(crate) results: Vec<PathBuf>,
    /// Folder of the reports [default: reports/out]
    #[arg(long, value_name = "FOLDER", env = "DRYRUN_OUT", hide_env_values = true, value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// How much later than agreed a shard may begin
    #[arg(long, value_name = "DURATION", default_value = "500ms", value_parser = parse_duration)]
    pub(crate) max_late: Duration,
    /// How far a shard's clock may be from the others'
    #[arg(long, value_name = "DURATION", default_value = "500ms", value_parser = parse_duration)]
    pub(crate) max_skew: Duration,
    /// How many shards there must be [default: as many as they say themselves]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) expect: Option<u32>,
}

/// Arrivals a second, with or without `/s`.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches("/s").trim_end();
    match number.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(rate),
        _ => Err("write arrivals a second above 0, such as 50 or 0.5".to_owned()),
    }
}

fn percent(text: &str) -> Result<f64, String> {
    match text.trim().trim_end_matches('%').trim_end().parse::<f64>() {
        Ok(percent) if (0.5..=100.0).contains(&percent) => Ok(percent),
        _ => Err("write percent from 0.5 to 100, such as 5".to_owned()),
    }
}

fn odd(text: &str) -> Result<u32, String> {
    match text.trim().parse::<u32>() {
        Ok(number) if number % 2 == 1 && number < 100 => Ok(number),
        _ => Err("write an odd number below 100, such as 3: an even one can end undecided".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{odd, percent};

    #[test]
    fn repeats_are_odd_and_a_precision_can_be_met() {
        assert_eq!((odd("1"), odd("5")), (Ok(1), Ok(5)));
        for wrong in ["0", "2", "-1", "101", "three"] {
            assert!(odd(wrong).is_err(), "{wrong}");
        }
        assert_eq!((percent("5"), percent("2.5%")), (Ok(5.0), Ok(2.5)));
        for wrong in ["0", "0.1", "101", "wide"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }
}
