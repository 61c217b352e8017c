//! The file of a baseline: [`Baseline`].

use std::path::Path;

use dryrun_record::load::{LoadResult, LoadVerdict, Machine};
use serde::{Deserialize, Serialize};

use super::error::BaselineError;
use super::runs::StoredRun;
use crate::histogram::Histogram;

/// The version of the file's format that is written, and the only one that is read.
pub const FORMAT: u32 = 1;

/// Opens every file.
const HEAD: &str = "# A baseline: what `dryrun load --baseline` compares with. Written by dryrun; keep it under version control.
# All requests of a run together, from the intended start to the end of the body; times in microseconds.
# The histogram holds all runs: HdrHistogram V2, deflated, base64; 1 us to 1 h, 3 digits.
";

/// What a service took when it was last found good.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// [`FORMAT`].
    pub format: u32,
    /// When it was saved, RFC 3339, UTC.
    pub saved: String,
    /// The git revision of the folder it was made in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<String>,
    /// What was asked for.
    pub profile: ProfileOf,
    /// Where it was made.
    pub machine: Machine,
    /// All runs together.
    pub all: All,
    /// Each run.
    #[serde(rename = "run", default)]
    pub runs: Vec<StoredRun>,
}

/// Which profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileOf {
    /// Its name.
    pub name: String,
    /// [`super::profile_hash`].
    pub hash: String,
}

/// All runs together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct All {
    /// Requests that ended.
    pub requests: u64,
    /// Half took no longer.
    pub p50_us: u64,
    /// 90%.
    pub p90_us: u64,
    /// 95%.
    pub p95_us: u64,
    /// 99%.
    pub p99_us: u64,
    /// 99.9%.
    pub p999_us: u64,
    /// The longest.
    pub max_us: u64,
    /// Their distribution.
    pub histogram: String,
}

impl Baseline {
    /// Makes a baseline of runs of one profile on one machine. Each comes with the moment of its beginning in words.
    ///
    /// # Errors
    /// [`BaselineError::Runs`] when one can't be part of a baseline: it failed, was ended early, or is of another profile.
    pub fn of(
        runs: &[(&LoadResult, String)],
        saved: String,
        git: Option<String>,
    ) -> Result<Self, BaselineError> {
        let refuse = |text: String| Err(BaselineError::Runs(text));
        let Some((first, _)) = runs.first() else {
            return refuse("there are no runs to make a baseline of".to_owned());
        };
        let Some(origin) = &first.origin else {
            return refuse(format!(
                "`{}` does not say which profile and machine it is of: load again with this dryrun",
                first.load
            ));
        };
        let mut whole = Histogram::new();
        for (run, _) in runs {
            if let Some(reason) = &run.stopped {
                return refuse(format!("`{}` was ended early ({reason}): it makes no baseline", run.load));
            }
            if run.verdict == LoadVerdict::Failed {
                let reason = run.reasons.first().map_or("see its report", String::as_str);
                return refuse(format!(
                    "`{}` failed ({reason}): what does not work makes no baseline",
                    run.load
                ));
            }
            let other = run.origin.as_ref().is_none_or(|other| other.profile_hash != origin.profile_hash);
            if other {
                return refuse(format!(
                    "`{}` and `{}` are not runs of the same profile: a baseline is of one",
                    first.load, run.load
                ));
            }
            match Histogram::decode(&run.requests.histogram) {
                Ok(histogram) if !histogram.is_empty() => whole.merge(&histogram),
                _ => return refuse(format!("in `{}` not one request ended: it makes no baseline", run.load)),
            }
        }
        let figures = whole.figures();
        Ok(Self {
            format: FORMAT,
            saved,
            git,
            profile: ProfileOf { name: origin.profile.clone(), hash: origin.profile_hash.clone() },
            machine: origin.machine.clone(),
            all: All {
                requests: figures.count,
                p50_us: figures.p50_us,
                p90_us: figures.p90_us,
                p95_us: figures.p95_us,
                p99_us: figures.p99_us,
                p999_us: figures.p999_us,
                max_us: figures.max_us,
                histogram: whole.encode(),
            },
            runs: runs.iter().map(|(run, started)| StoredRun::of(run, started.clone())).collect(),
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`BaselineError::Read`], or [`BaselineError::Content`] with the line that is wrong.
    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| BaselineError::Read { path: path.display().to_string(), source })?;
        Self::parse(path, &text)
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// [`BaselineError::Content`] with the line that is wrong.
    pub fn parse(path: &Path, text: &str) -> Result<Self, BaselineError> {
        let wrong = |line: usize, message: String| BaselineError::Content {
            path: path.display().to_string(),
            line,
            message,
        };
        let read: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text[..at.min(text.len())].matches('\n').count() + 1;
            wrong(line, format!("{}; save the baseline anew with `dryrun baseline save`", error.message()))
        })?;
        let line_of = |start: &str, nth: usize| {
            let mut found = text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with(start));
            found.nth(nth).map_or(1, |(index, _)| index + 1)
        };
        if read.format != FORMAT {
            let message = format!(
                "format {} is not known here, only {FORMAT}: read it with the dryrun that wrote it, or save it anew",
                read.format
            );
            return Err(wrong(line_of("format", 0), message));
        }
        if let Err(error) = Histogram::decode(&read.all.histogram) {
            return Err(wrong(line_of("histogram", 0), format!("the histogram can't be read: {error}")));
        }
        if read.runs.is_empty() {
            return Err(wrong(
                1,
                "there is no [[run]] in it: save it anew with `dryrun baseline save`".to_owned(),
            ));
        }
        if let Some(nth) = read.runs.iter().position(|run| run.metrics().contains(&0.0)) {
            return Err(wrong(
                line_of("[[run]]", nth),
                "this run has a time of 0: it was not measured".to_owned(),
            ));
        }
        Ok(read)
    }

    /// The file's text. The same baseline gives the same text.
    pub fn text(&self) -> String {
        let body = toml::to_string(self).expect("numbers, text and tables are TOML");
        format!("{HEAD}{body}")
    }

    /// Writes the file; its folder is made when it is missing. It is there whole or as it was before.
    ///
    /// # Errors
    /// [`BaselineError::Write`].
    pub fn write(&self, path: &Path) -> Result<(), BaselineError> {
        let failed = |source| BaselineError::Write { path: path.display().to_string(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let beside = path.with_extension("toml.part");
        std::fs::write(&beside, self.text()).and_then(|()| std::fs::rename(&beside, path)).map_err(failed)
    }
}

/// Whether a baseline can have this name; it becomes a file's.
///
/// # Errors
/// [`BaselineError::Name`].
pub fn check_name(name: &str) -> Result<(), BaselineError> {
    let fine = name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.chars().all(|one| one.is_ascii_alphanumeric() || "-_.".contains(one));
    if fine { Ok(()) } else { Err(BaselineError::Name { name: name.to_owned() }) }
}
