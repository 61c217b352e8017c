//! Arguments of `dryrun load`: [`LoadArgs`].

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Subcommand, ValueHint};
use dryrun_load::profile::Contracts;

use super::baseline::CompareArgs;
use super::scale::{CapacityArgs, MergeArgs, ShardArgs, rate};
use crate::config::parse_duration;

/// The heading of the options that change a profile for one run.
const PROFILE: &str = "In place of what the profile says";
/// The heading of the options about what is seen and kept.
const WATCH: &str = "Watching it";

/// `dryrun load`.
#[derive(Debug, Clone, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  dryrun load                                   load/profiles/smoke.toml on the configured service
  dryrun load mixed                             another profile that ships with dryrun
  dryrun load load/profiles/evening.toml        a profile by its path
  dryrun load smoke --target-url http://localhost:8000
  dryrun load mixed --rate 200 --duration '2 min' --contracts sample:10
  dryrun load soak --abort-on any               stop as soon as a threshold can't be met any more
  dryrun load soak --metrics-listen 127.0.0.1:9464
                                                Prometheus text at /metrics while it goes on
  dryrun load mixed --baseline main             is it slower than it was?
  dryrun load mixed --find-capacity             how much can it take?
  dryrun load mixed --shard auto/8 --start-at 2026-12-01T12:00:00Z --result part.json
  dryrun load merge part-*.json                 one verdict on all the parts

The profile and every scenario in it are checked before anything is sent. Always told: how many
arrivals were asked for, sent, dropped and late. The reports stand in reports/out: report.html,
junit.xml, summary.json, summary.md, load.csv, load-steps.csv, load.prom and record.jsonl. Where
there is no dryrun.toml, the stand-in service and the mocks in the binary are taken.
docs/load.md is the guide.

Exit codes: 0 passed · 1 something did not work (a check, a contract, a send) · 2 usage,
configuration or profile · 3 features · 4 environment, or interrupted · 5 a threshold was missed, or
it is slower than the baseline · 6 inconclusive: the figures can't tell. The worst wins, in the order
4 2 3 1 5 6."
)]
pub(crate) struct LoadArgs {
    /// What else than a run.
    #[command(subcommand)]
    pub(crate) command: Option<LoadCommand>,
    #[command(flatten)]
    pub(crate) run: LoadRunArgs,
}

/// What belongs to load and is none.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum LoadCommand {
    /// Judge the results of all shards of a load as one
    Merge(MergeArgs),
}

/// A load run.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct LoadRunArgs {
    /// A profile of load/profiles/ by its name, or the path of one
    #[arg(value_name = "PROFILE", default_value = "smoke", value_hint = ValueHint::FilePath)]
    pub(crate) name: String,
    /// Attach to the service at this address instead of starting one
    #[arg(long, value_name = "URL", env = "DRYRUN_TARGET_URL", hide_env_values = true, value_hint = ValueHint::Url)]
    pub(crate) target_url: Option<String>,
    /// Variable for the service, beside those of `[target] env`; may be given several times
    #[arg(long = "env", value_name = "NAME=VALUE")]
    pub(crate) env: Vec<String>,
    /// Folder of the reports [default: reports/out]
    #[arg(long, value_name = "FOLDER", env = "DRYRUN_OUT", hide_env_values = true, value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// Seed of the choice of workflows, think times and generated values [default: 1]
    #[arg(long, value_name = "NUMBER", env = "DRYRUN_SEED", hide_env_values = true)]
    pub(crate) seed: Option<u64>,

    /// How long; the stages of the profile keep their proportions
    #[arg(long, value_name = "DURATION", help_heading = PROFILE, value_parser = parse_duration)]
    pub(crate) duration: Option<Duration>,
    /// Arrivals a second, constant, in place of the shape
    #[arg(long, value_name = "PER SECOND", help_heading = PROFILE, value_parser = rate)]
    pub(crate) rate: Option<f64>,
    /// How many answers are checked against their contract: full, sample:10 (percent) or off
    #[arg(long, value_name = "HOW MANY", help_heading = PROFILE, value_parser = contracts)]
    pub(crate) contracts: Option<Contracts>,

    /// End the run when this threshold can't be met any more: its name (p95_ms, max_fail_percent), or `any`. May be given
    /// several times
    #[arg(long, value_name = "METRIC", help_heading = WATCH)]
    pub(crate) abort_on: Vec<String>,
    /// Serve the figures as Prometheus text at /metrics of this address, or of a port on 127.0.0.1, while the run goes on
    #[arg(long, value_name = "ADDRESS", help_heading = WATCH, value_parser = address)]
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// Plain lines on a terminal, too
    #[arg(long, help_heading = WATCH)]
    pub(crate) no_live: bool,

    #[command(flatten)]
    pub(crate) compare: CompareArgs,
    #[command(flatten)]
    pub(crate) capacity: CapacityArgs,
    #[command(flatten)]
    pub(crate) shard: ShardArgs,
}

fn contracts(text: &str) -> Result<Contracts, String> {
    match text {
        "full" => return Ok(Contracts::Full),
        "off" => return Ok(Contracts::Off),
        _ => {}
    }
    let percent = text.strip_prefix("sample").map(|rest| rest.trim_start_matches([':', ' ', '=']));
    let percent = percent.and_then(|rest| rest.trim_end_matches('%').trim_end().parse::<f64>().ok());
    match percent {
        Some(percent) if percent > 0.0 && percent <= 100.0 => Ok(Contracts::Sample(percent / 100.0)),
        _ => Err("write full, off, or sample:10 for 10 percent (above 0, at most 100)".to_owned()),
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.trim_start_matches(':').parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    let local = text.replacen("localhost:", "127.0.0.1:", 1);
    local
        .parse()
        .map_err(|_| "write a port, such as 9464, or an address with one, such as 0.0.0.0:9464".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contracts_are_full_sampled_or_off() {
        assert_eq!(contracts("full"), Ok(Contracts::Full));
        assert_eq!(contracts("off"), Ok(Contracts::Off));
        for written in ["sample:10", "sample:10%", "sample 10%", "sample=10"] {
            assert_eq!(contracts(written), Ok(Contracts::Sample(0.1)), "{written}");
        }
        for wrong in ["sample", "sample:0", "sample:101", "some", "10", "sample:-1"] {
            assert!(contracts(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_rate_is_above_zero() {
        assert_eq!((rate("50"), rate("0.5/s")), (Ok(50.0), Ok(0.5)));
        for wrong in ["0", "-1", "inf", "fast", ""] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn figures_are_served_on_loopback_unless_told_otherwise() {
        assert_eq!(address("9464"), Ok("127.0.0.1:9464".parse().unwrap()));
        assert_eq!(address(":9464"), Ok("127.0.0.1:9464".parse().unwrap()));
        assert_eq!(address("localhost:0"), Ok("127.0.0.1:0".parse().unwrap()));
        assert_eq!(address("0.0.0.0:9464"), Ok("0.0.0.0:9464".parse().unwrap()));
        assert!(address("example.com:80").is_err() && address("70000").is_err());
    }
}
