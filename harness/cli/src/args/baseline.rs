//! Arguments about baselines: [`BaselineArgs`] of `dryrun baseline`, and [`CompareArgs`] of `dryrun load`.

use std::path::PathBuf;

use clap::{Subcommand, ValueHint};

/// The heading of the options of a comparison.
const COMPARE: &str = "Against a baseline";

/// `dryrun baseline`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  dryrun load mixed --save-baseline main        make 10 runs and keep them as load/baselines/main.toml
  dryrun load mixed --baseline main             is it slower than it was?
  dryrun baseline list                          which there are
  dryrun baseline show main                     its runs, machine and revision
  dryrun baseline save next                     keep the runs of the last record
  dryrun baseline promote next main             what is measured against from now on
  dryrun baseline history mixed                 all comparisons, and where it changed

docs/baselines.md says how it is decided, with figures.")]
pub(crate) struct BaselineArgs {
    /// What to do with baselines.
    #[command(subcommand)]
    pub(crate) command: BaselineCommand,
}

/// What to do with baselines.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum BaselineCommand {
    /// Keep the runs of one or more records as a baseline
    #[command(after_help = "Examples:
  dryrun baseline save main                             the runs of reports/out/record.jsonl
  dryrun baseline save main --from a.jsonl --from b.jsonl
                                                        of several records of the same profile

A comparison needs 5 runs or more; `dryrun load PROFILE --save-baseline NAME` makes 10 and keeps them. Of the record of a
comparison the new runs are kept.")]
    Save {
        /// What to call it
        name: String,
        /// Record with runs; may be given several times [default: reports/out/record.jsonl]
        #[arg(long, value_name = "RECORD", value_hint = ValueHint::FilePath)]
        from: Vec<PathBuf>,
    },
    /// List the baselines
    List,
    /// Show a baseline: its runs, machine and revision
    Show {
        /// Which
        name: String,
    },
    /// Let a baseline take the place of another
    #[command(after_help = "Example:
  dryrun baseline promote next main     load/baselines/main.toml becomes what next.toml is; next stays")]
    Promote {
        /// The one that was found good
        from: String,
        /// The name it is to have
        to: String,
    },
    /// Print the comparisons of a profile, and the places where it changed
    #[command(after_help = "Examples:
  dryrun baseline history               of the only profile that has one
  dryrun baseline history mixed --last 50

A change is told where p50, p95 or p99 moved by more than 2% and chance explains it in less than 1 of 1,000 cases, by the
method of Apache Otava: E-divisive with means, Student's t-test, windows of 50.")]
    History {
        /// Which profile
        #[arg(value_name = "PROFILE", id = "LOAD_PROFILE")]
        profile: Option<String>,
        /// Only so many, the latest
        #[arg(long, value_name = "NUMBER", default_value_t = 200)]
        last: usize,
    },
}

/// `dryrun load --baseline …`.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct CompareArgs {
    /// Compare with this baseline of load/baselines/: 5 runs or more, exit code 5 when it is slower, 6 when it can't be told
    #[arg(long, value_name = "NAME", help_heading = COMPARE, env = "DRYRUN_BASELINE", hide_env_values = true)]
    pub(crate) baseline: Option<String>,
    /// Start the old service with this command and compare with it, run by run in turn: the better way when both can be started
    #[arg(long, value_name = "COMMAND", help_heading = COMPARE, conflicts_with = "baseline")]
    pub(crate) against_command: Option<String>,
    /// Keep the runs as this baseline; without a comparison 10 runs are made for it
    #[arg(long, value_name = "NAME", help_heading = COMPARE)]
    pub(crate) save_baseline: Option<String>,
    /// How much slower is tolerated, in percent [default: 5]
    #[arg(long, value_name = "PERCENT", help_heading = COMPARE, value_parser = tolerance)]
    pub(crate) tolerance: Option<f64>,
    /// Which quantiles decide: p50, p95, p99. The others are shown [default: p50,p95]
    #[arg(long, value_name = "QUANTILES", help_heading = COMPARE, value_delimiter = ',', value_parser = ["p50", "p95", "p99"])]
    pub(crate) decide_by: Vec<String>,
    /// Runs of each side before anything is said, 5 or more [default: 5; 10 for a baseline]
    #[arg(long, value_name = "NUMBER", help_heading = COMPARE, value_parser = clap::value_parser!(u16).range(5..=1000))]
    pub(crate) runs: Option<u16>,
    /// Runs of each side after which it is given up as inconclusive [default: 10, or --runs]
    #[arg(long, value_name = "NUMBER", help_heading = COMPARE, value_parser = clap::value_parser!(u16).range(5..=1000))]
    pub(crate) most_runs: Option<u16>,
    /// Add no line to load/baselines/history/
    #[arg(long, help_heading = COMPARE)]
    pub(crate) no_history: bool,
}

impl CompareArgs {
    /// Whether several runs were asked for.
    pub(crate) fn asked(&self) -> bool {
        self.baseline.is_some() || self.against_command.is_some() || self.save_baseline.is_some()
    }
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.trim().trim_end_matches('%').trim_end().parse::<f64>() {
        Ok(percent) if percent > 0.0 && percent <= 100.0 => Ok(percent / 100.0),
        _ => Err("write percent above 0 and up to 100, such as 5 or 7.5".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tolerance_is_some_percent() {
        assert_eq!((tolerance("5"), tolerance("7.5%")), (Ok(0.05), Ok(0.075)));
        for wrong in ["0", "-1", "101", "little", "NaN", ""] {
            assert!(tolerance(wrong).is_err(), "{wrong}");
        }
    }
}
