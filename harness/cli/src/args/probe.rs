//! The words of `dryrun probe`: [`ProbeArgs`].

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueHint;
use clap::builder::BoolishValueParser;

use crate::config::parse_duration;

const WHERE: &str = "Where";
const WHAT: &str = "What is sent";
const OUT: &str = "What is told";

/// `dryrun probe`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  dryrun probe                                     the service of dryrun.toml, started with its mocks
  dryrun probe crm                                 the mock of a service
  dryrun probe --operation 'POST /api/v1/orders'   one operation
  dryrun probe --header \"X-API-Key: $API_KEY\"      with a key
  dryrun probe --url https://test.example.com --contract openapi.yaml --allow-writes --rate 20
  dryrun probe --seed 7 --keep features/probed.feature

Requests at and beyond every bound of the contract are sent, each proved to be valid or not before it goes out. Found are
5xx, accepted rubbish, undocumented answers, slow answers, dropped connections and, as a warning, valid requests that are
refused. Each finding is shrunk and told as a curl line and as a scenario to keep. The reports stand in
reports/out/probe-SERVICE. A service that was not started here is only read, unless --allow-writes is given.

Exit codes: 0 nothing found · 1 a finding, or an operation that could not be probed · 2 usage or configuration · 4 the
service could not be started or reached.")]
pub(crate) struct ProbeArgs {
    /// A key of `[services]` for its mock, or `target` for the service under test
    #[arg(default_value = "target")]
    pub(crate) service: String,
    /// Probe whatever runs at this address instead of starting anything
    #[arg(long, value_name = "URL", help_heading = WHERE, env = "DRYRUN_PROBE_URL", hide_env_values = true, value_hint = ValueHint::Url)]
    pub(crate) url: Option<String>,
    /// The contract of the service at --url [default: that of the configured service]
    #[arg(long, value_name = "FILE", help_heading = WHERE, requires = "url", value_hint = ValueHint::FilePath)]
    pub(crate) contract: Option<PathBuf>,
    /// Variable for the service, beside those of `[target] env`; may be given several times
    #[arg(long = "env", value_name = "NAME=VALUE", help_heading = WHERE, conflicts_with = "url")]
    pub(crate) env: Vec<String>,
    /// A header for every request; may be given several times
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE", help_heading = WHERE, value_parser = header)]
    pub(crate) headers: Vec<(String, String)>,
    /// Send what may change something also to a service that was not started here
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
        value_parser = BoolishValueParser::new(), hide_possible_values = true, help_heading = WHAT,
        env = "DRYRUN_ALLOW_WRITES", hide_env_values = true)]
    pub(crate) allow_writes: Option<bool>,
    /// Only this operation, as 'POST /x' or by its id; may be given several times
    #[arg(long = "operation", value_name = "OPERATION", help_heading = WHAT)]
    pub(crate) operations: Vec<String>,
    /// Seed of every request: the same seed sends the same in the same order
    #[arg(long, value_name = "NUMBER", default_value_t = 1, help_heading = WHAT, env = "DRYRUN_SEED", hide_env_values = true)]
    pub(crate) seed: u64,
    /// At most so many requests for an operation, shrinking not counted
    #[arg(long, value_name = "N", default_value_t = 250, help_heading = WHAT)]
    pub(crate) max_cases: usize,
    /// At most so many requests a second
    #[arg(long, value_name = "N", help_heading = WHAT, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: Option<u32>,
    /// From this long on an answer is slow
    #[arg(long, value_name = "DURATION", default_value = "2 s", help_heading = OUT, value_parser = parse_duration)]
    pub(crate) slow: Duration,
    /// How long an answer is waited for
    #[arg(long, value_name = "DURATION", default_value = "15 s", help_heading = OUT, value_parser = parse_duration)]
    pub(crate) timeout: Duration,
    /// A valid request that is refused is a failure, too
    #[arg(long, help_heading = OUT)]
    pub(crate) strict: bool,
    /// Write the findings as scenarios into this file
    #[arg(long, value_name = "FILE.feature", help_heading = OUT, value_hint = ValueHint::FilePath)]
    pub(crate) keep: Option<PathBuf>,
    /// Folder of the reports [default: probe-SERVICE in the folder of the other reports]
    #[arg(long, value_name = "FOLDER", help_heading = OUT, env = "DRYRUN_OUT", hide_env_values = true, value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it as 'X-API-Key: VALUE'")?;
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(format!("`{name}` is no name of a header"));
    }
    if value.bytes().any(|b| b < 0x20 || b == 0x7f) {
        return Err(format!("the value of `{name}` has characters that no header may have"));
    }
    Ok((name.to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::header;

    #[test]
    fn a_header_is_a_name_and_a_value() {
        assert_eq!(header("X-Key: a:b"), Ok(("X-Key".to_owned(), "a:b".to_owned())));
        assert!(header("X-Key").is_err() && header("X Key: a").is_err() && header("X: a\nb").is_err());
    }
}
