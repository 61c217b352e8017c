//! The folder of the baselines: [`Shelf`].

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use dryrun_load::Profile;
use dryrun_load::baseline::{
    Baseline, Entry, History, StoredRun, check_name, machine, profile_hash, revision,
};
use dryrun_record::load::{Comparison, ComparisonVerdict, LoadResult};
use dryrun_suite::values::nearest::{listed, nearest};

use crate::exit::Stop;

/// Where baselines stand, seen from the configuration.
const FOLDER: &str = "load/baselines";
/// The ending of a history's file.
const LINES: &str = ".jsonl";

/// The folder of the baselines, and of the histories in it.
#[derive(Debug, Clone)]
pub(crate) struct Shelf(PathBuf);

impl Shelf {
    /// The one below this folder.
    pub(crate) fn below(home: &Path) -> Self {
        Self(home.join(FOLDER))
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// The file of a baseline, which need not be there.
    pub(crate) fn path(&self, name: &str) -> Result<PathBuf, Stop> {
        check_name(name).map_err(Stop::usage)?;
        Ok(self.0.join(format!("{name}.toml")))
    }

    /// Whether there is one of this name.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.path(name).is_ok_and(|path| path.is_file())
    }

    /// Reads a baseline.
    pub(crate) fn read(&self, name: &str) -> Result<Baseline, Stop> {
        let path = self.path(name)?;
        if !path.is_file() {
            let known = names(&self.0, ".toml");
            let names = || known.iter().map(String::as_str);
            let hint = match nearest(name, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => {
                    format!("there are none yet; `dryrun load PROFILE --save-baseline {name}` makes one")
                }
                None => format!("there are {}", listed(names(), 12)),
            };
            return Err(Stop::usage(anyhow!("there is no baseline {}: {hint}", path.display())));
        }
        Baseline::read(&path).map_err(Stop::usage)
    }

    /// All baselines with their names, sorted; what can't be read comes with the reason.
    pub(crate) fn all(&self) -> Vec<(String, Result<Baseline, String>)> {
        let read = |name: String| {
            let read =
                Baseline::read(&self.0.join(format!("{name}.toml"))).map_err(|error| error.to_string());
            (name, read)
        };
        names(&self.0, ".toml").into_iter().map(read).collect()
    }

    /// Makes a baseline of runs and writes it.
    pub(crate) fn save(&self, name: &str, runs: &[(&LoadResult, String)]) -> Result<PathBuf, Stop> {
        let path = self.path(name)?;
        let baseline = Baseline::of(runs, now(), revision(&self.place())).map_err(Stop::usage)?;
        baseline.write(&path).map_err(Stop::environment)?;
        Ok(path)
    }

    /// Adds a comparison to the history of its profile; says where.
    pub(crate) fn remember<'a>(
        &self,
        profile: &Profile,
        told: &Comparison,
        runs: impl Iterator<Item = &'a StoredRun>,
    ) -> Result<String, Stop> {
        let runs: Vec<&StoredRun> = runs.collect();
        let middle = |of: fn(&StoredRun) -> u64| {
            let mut values: Vec<u64> = runs.iter().map(|run| of(run)).collect();
            values.sort_unstable();
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        let calibration = middle(|run| run.calibration_us.unwrap_or_default().round() as u64);
        let entry = Entry {
            at: now(),
            git: revision(&self.place()),
            profile_hash: profile_hash(profile),
            against: told.against.clone(),
            verdict: match told.verdict {
                ComparisonVerdict::Passed => "passed",
                ComparisonVerdict::Inconclusive => "inconclusive",
                ComparisonVerdict::Slower => "slower",
            }
            .to_owned(),
            runs: told.new_runs,
            p50_us: middle(|run| run.p50_us),
            p95_us: middle(|run| run.p95_us),
            p99_us: middle(|run| run.p99_us),
            calibration_us: (calibration > 0).then_some(calibration as f64),
            cpu: machine().cpu,
        };
        let path = self.lines(&profile.name);
        History::append(&path, &entry).map_err(Stop::environment)?;
        Ok(format!("history: {} (--no-history adds nothing)\n", path.display()))
    }

    /// The history of a profile, or of the only one that has one: its name and file.
    pub(crate) fn history(&self, profile: Option<&str>) -> Result<(String, PathBuf), Stop> {
        let folder = self.0.join("history");
        let known = names(&folder, LINES);
        let name = match (profile, known.as_slice()) {
            (Some(profile), _) => profile.to_owned(),
            (None, [only]) => only.clone(),
            (None, []) => return Err(Stop::usage(none(&folder))),
            (None, several) => {
                let names = listed(several.iter().map(String::as_str), 12);
                return Err(Stop::usage(anyhow!("say of which profile: {names}")));
            }
        };
        let path = self.lines(&name);
        if path.is_file() {
            return Ok((name, path));
        }
        let names = || known.iter().map(String::as_str);
        Err(Stop::usage(match nearest(&name, names()) {
            Some(near) => anyhow!("there is no history {}: did you mean `{near}`?", path.display()),
            None if known.is_empty() => none(&folder),
            None => anyhow!("there is no history {}: there are {}", path.display(), listed(names(), 12)),
        }))
    }

    fn lines(&self, profile: &str) -> PathBuf {
        let fine = |one: char| if one.is_ascii_alphanumeric() || "-_.".contains(one) { one } else { '-' };
        let name: String = profile.chars().map(fine).collect();
        self.0.join("history").join(format!("{name}{LINES}"))
    }

    /// A folder that is there, to look for git from.
    fn place(&self) -> PathBuf {
        let above = self.0.ancestors().find(|above| above.is_dir());
        above.map_or_else(|| PathBuf::from("."), Path::to_owned)
    }
}

fn none(folder: &Path) -> anyhow::Error {
    anyhow!(
        "there is no history in {} yet: `dryrun load PROFILE --baseline NAME` adds a line each time",
        folder.display()
    )
}

/// The names of the files with this ending, sorted.
fn names(folder: &Path, ending: &str) -> Vec<String> {
    let mut known: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(ending)?.to_owned()))
        .collect();
    known.sort();
    known
}

fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A moment since 1970 in words.
pub(crate) fn moment(unix_us: u64) -> String {
    let micros = i64::try_from(unix_us).unwrap_or_default();
    let time = chrono::DateTime::from_timestamp_micros(micros).unwrap_or_default();
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
