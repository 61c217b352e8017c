//! The shape of `dryrun.toml`: [`File`], and the [`Overlay`] that a profile lays over it key by key.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::NaiveDate;
use dryrun_suite::conventions::{Claim, Live, Preview};
use serde::{Deserialize, Deserializer};

/// A whole `dryrun.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// The service under test.
    #[serde(default)]
    pub(crate) target: TargetSettings,
    /// The services it talks to, which we mock.
    #[serde(default)]
    pub(crate) services: BTreeMap<String, ServiceSettings>,
    /// How to run.
    #[serde(default)]
    pub(crate) run: RunSettings,
    /// Business names of fields: `"the newsletter subject" = "newsletter.subject"`.
    #[serde(default)]
    pub(crate) aliases: BTreeMap<String, String>,
    /// What a preview is, for the dry-run phrases.
    pub(crate) preview: Option<Preview>,
    /// What an answer claims, for the dry-run phrases.
    #[serde(default)]
    pub(crate) claims: Vec<Claim>,
    /// Names of calls, for the phrases about what a service received: `[calls.crm] email = "POST /…"`.
    #[serde(default)]
    pub(crate) calls: BTreeMap<String, BTreeMap<String, String>>,
    /// Where live sessions are.
    #[serde(default)]
    pub(crate) live: Live,
    /// Breaches that are tolerated, each with a reason and an end.
    #[serde(default)]
    pub(crate) contracts: Vec<ExceptionSettings>,
    /// What a whole run must come up to.
    #[serde(default)]
    pub(crate) gate: GateSettings,
    /// Plain JSON Schemas, for steps that name them.
    #[serde(default)]
    pub(crate) schemas: SchemasSettings,
    /// How the real providers are verified, by the keys of their services.
    #[serde(default)]
    pub(crate) verify: BTreeMap<String, VerifySettings>,
    /// Overlays, chosen by `--profile`.
    #[serde(default)]
    pub(crate) profiles: BTreeMap<String, Overlay>,
}

/// What a profile may change.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Overlay {
    #[serde(default)]
    pub(crate) target: TargetSettings,
    #[serde(default)]
    pub(crate) services: BTreeMap<String, ServiceSettings>,
    #[serde(default)]
    pub(crate) run: RunSettings,
    #[serde(default)]
    pub(crate) gate: GateSettings,
}

/// `[target]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetSettings {
    pub(crate) name: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) command: Option<Command>,
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) inherit: Option<Vec<String>>,
    pub(crate) port: Option<u16>,
    pub(crate) folder: Option<String>,
    pub(crate) ready: Option<ReadySettings>,
    pub(crate) contract: Option<String>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
}

/// A command as a list of words, or as one line that is split at spaces.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Command {
    Words(Vec<String>),
    Line(String),
}

/// `[target] ready = { path = "/health", within = "30s" }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadySettings {
    pub(crate) path: Option<String>,
    #[serde(default, deserialize_with = "duration")]
    pub(crate) within: Option<Duration>,
}

/// `[services.NAME]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceSettings {
    pub(crate) title: Option<String>,
    pub(crate) contract: Option<String>,
    pub(crate) behaviour: Option<String>,
    pub(crate) port: Option<u16>,
}

/// `[run]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunSettings {
    pub(crate) features: Option<Vec<String>>,
    pub(crate) data: Option<String>,
    pub(crate) snapshots: Option<String>,
    pub(crate) out: Option<String>,
    pub(crate) jobs: Option<usize>,
    pub(crate) workers: Option<usize>,
    pub(crate) seed: Option<u64>,
    pub(crate) isolation: Option<IsolationSetting>,
    pub(crate) contracts: Option<ContractsSetting>,
    pub(crate) unattributed: Option<UnattributedSetting>,
    pub(crate) order: Option<String>,
    pub(crate) fail_fast: Option<bool>,
    #[serde(default, deserialize_with = "duration")]
    pub(crate) timeout: Option<Duration>,
    #[serde(default, deserialize_with = "duration")]
    pub(crate) step_timeout: Option<Duration>,
    #[serde(default, deserialize_with = "duration")]
    pub(crate) settle: Option<Duration>,
    pub(crate) probe: Option<String>,
    pub(crate) secrets: Option<Vec<String>>,
}

/// `[run] isolation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum IsolationSetting {
    /// Probe, and choose.
    Auto,
    /// In parallel, told apart by the correlation that the service passes on.
    Correlation,
    /// In parallel, each worker with its own copy of the service and of the mocks.
    Workers,
    /// One after another.
    Serial,
}

/// `[run] contracts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ContractsSetting {
    /// A breach fails the scenario in which it happened.
    Strict,
    /// A breach is told.
    Warn,
    /// A breach is only recorded and counted.
    Off,
}

/// `[[contracts]]`: an exception from `[run] contracts`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExceptionSettings {
    /// A key under `[services]`, or `target`.
    pub(crate) service: String,
    /// One of its operations; without it, all of them.
    pub(crate) operation: Option<String>,
    pub(crate) mode: ExceptionMode,
    /// Needed by all but `strict`.
    pub(crate) reason: Option<String>,
    /// The last day on which it holds; needed by all but `strict`.
    #[serde(default, deserialize_with = "day")]
    pub(crate) until: Option<NaiveDate>,
}

/// What an exception makes of a breach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ExceptionMode {
    /// It fails, whatever is so for the rest.
    Strict,
    /// It is told.
    Warn,
    /// It is only recorded.
    Off,
}

/// `[gate]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GateSettings {
    /// Percent of a contract that a whole run must meet, by the service's key or `target`.
    #[serde(default)]
    pub(crate) coverage: BTreeMap<String, f64>,
}

/// `[schemas]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SchemasSettings {
    pub(crate) folder: Option<String>,
}

/// `[verify.KEY]`. Credentials are names of variables, as on the command line.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct VerifySettings {
    pub(crate) url: Option<String>,
    pub(crate) bearer_env: Option<String>,
    pub(crate) basic_env: Option<String>,
    pub(crate) auth_header: Vec<String>,
    pub(crate) auth_query: Vec<String>,
    pub(crate) rate: Option<String>,
    #[serde(deserialize_with = "duration")]
    pub(crate) timeout: Option<Duration>,
    #[serde(deserialize_with = "duration")]
    pub(crate) wait_at_most: Option<Duration>,
    pub(crate) allow_writes: Option<bool>,
    pub(crate) read: Vec<String>,
    pub(crate) write: Vec<String>,
    pub(crate) same: Vec<String>,
    pub(crate) allow_drift: Vec<String>,
    pub(crate) contracts: Option<ContractsSetting>,
}

/// `[run] unattributed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum UnattributedSetting {
    /// A call that belongs to no scenario makes the run a NO-GO.
    Error,
    /// It is told.
    Warn,
}

impl File {
    /// Lays a profile over the file, key by key.
    pub(crate) fn overlay(&mut self, over: Overlay) {
        self.target.overlay(over.target);
        self.run.overlay(over.run);
        self.gate.coverage.extend(over.gate.coverage);
        for (key, service) in over.services {
            self.services.entry(key).or_default().overlay(service);
        }
    }
}

/// Takes each named field of `over` that is set.
macro_rules! take {
    ($base:ident, $over:ident: $($field:ident),+) => {
        $(if $over.$field.is_some() { $base.$field = $over.$field; })+
    };
}

impl TargetSettings {
    fn overlay(&mut self, over: Self) {
        // A profile that attaches to a running service replaces the command, and the other way round.
        if over.url.is_some() {
            self.command = None;
        }
        if over.command.is_some() {
            self.url = None;
        }
        take!(self, over: name, url, command, inherit, port, folder, ready, contract);
        self.env.extend(over.env);
        self.headers.extend(over.headers);
    }
}

impl ServiceSettings {
    fn overlay(&mut self, over: Self) {
        take!(self, over: title, contract, behaviour, port);
    }
}

impl RunSettings {
    pub(crate) fn overlay(&mut self, over: Self) {
        take!(self, over: features, data, out, jobs, workers, seed, isolation, contracts, unattributed, order, fail_fast);
        take!(self, over: snapshots, timeout, step_timeout, settle, probe, secrets);
    }
}

/// Reads `250 ms`, `30s`, `2 minutes`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().map_err(|_| wrong_duration(text))?;
    let seconds = match unit.trim() {
        "ms" | "millisecond" | "milliseconds" => number / 1_000.0,
        "s" | "second" | "seconds" => number,
        "m" | "min" | "minute" | "minutes" => number * 60.0,
        _ => return Err(wrong_duration(text)),
    };
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong_duration(text))
}

fn wrong_duration(text: &str) -> String {
    format!(
        "`{text}` is no duration: write a number with its unit, such as \"250 ms\", \"30 s\" or \"2 min\""
    )
}

fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(from)?;
    parse_duration(&text).map(Some).map_err(serde::de::Error::custom)
}

/// Reads `"2026-12-31"`, and TOML's own date without quotes.
fn day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    let text = match toml::Value::deserialize(from)? {
        toml::Value::String(text) => text,
        other => other.to_string(),
    };
    let wrong = |_| {
        serde::de::Error::custom(format!("`{text}` is no day: write year-month-day, such as \"2026-12-31\""))
    };
    NaiveDate::parse_from_str(&text, "%Y-%m-%d").map(Some).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(parse_duration("250 ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse_duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(parse_duration("2 min"), Ok(Duration::from_secs(120)));
        for wrong in ["30", "", "s", "5 parsecs", "-1s"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_exception_ends_on_a_day() {
        let read = |until: &str| {
            let text = format!("service = \"crm\"\nmode = \"warn\"\nreason = \"r\"\nuntil = {until}\n");
            toml::from_str::<ExceptionSettings>(&text).map(|exception| exception.until)
        };
        let day = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();
        assert_eq!((read("\"2026-12-31\"").unwrap(), read("2026-12-31").unwrap()), (Some(day), Some(day)));
        for wrong in ["\"2026-13-31\"", "\"31.12.2026\"", "\"soon\"", "2026-12-31T00:00:00Z", "7"] {
            let error = read(wrong).unwrap_err();
            assert!(error.message().contains("is no day: write year-month-day"), "{wrong}: {error}");
            assert!(error.span().is_some(), "{wrong}");
        }
    }

    #[test]
    fn a_profile_overlays_key_by_key() {
        let mut file: File = toml::from_str(
            "[target]\ncommand = \"serve\"\nenv = { A = \"1\", B = \"2\" }\n[run]\njobs = 4\nseed = 7\n\
             [profiles.staging.target]\nurl = \"http://localhost:1\"\nenv = { B = \"3\" }\n[profiles.staging.run]\njobs = 1\n",
        )
        .unwrap();
        let staging = file.profiles["staging"].clone();
        file.overlay(staging);
        assert!(file.target.command.is_none());
        assert_eq!(file.target.url.as_deref(), Some("http://localhost:1"));
        assert_eq!((file.target.env["A"].as_str(), file.target.env["B"].as_str()), ("1", "3"));
        assert_eq!((file.run.jobs, file.run.seed), (Some(1), Some(7)));
    }
}
