//! One line for each comparison: [`History`], and where it changed: [`Change`].

use std::io::Write;
use std::path::Path;

use dryrun_stats::{ChangeRules, change_points};
use serde::{Deserialize, Serialize};

use super::error::BaselineError;
use super::runs::METRICS;

/// So many lines are kept; older ones go.
const KEPT: usize = 1000;
/// A change smaller than this is not worth a look: 2%.
const LEAST_CHANGE: f64 = 0.02;

/// What a comparison measured of the new version: medians over its runs, times in microseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// When, RFC 3339, UTC.
    pub at: String,
    /// The git revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<String>,
    /// The digest of the profile: only entries of the same profile make one history.
    pub profile_hash: String,
    /// What it was compared with.
    pub against: String,
    /// `passed`, `slower`, `inconclusive`.
    pub verdict: String,
    /// How many runs.
    pub runs: u32,
    /// Half of the requests took no longer.
    pub p50_us: u64,
    /// 95%.
    pub p95_us: u64,
    /// 99%.
    pub p99_us: u64,
    /// What the calibration loop took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration_us: Option<f64>,
    /// The CPU's model.
    #[serde(default)]
    pub cpu: String,
}

/// The comparisons of a profile, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History(pub Vec<Entry>);

/// A place where a quantile changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The first entry after the change, from 0.
    pub index: usize,
    /// `p50`, `p95` or `p99`.
    pub metric: &'static str,
    /// Mean before, back to the change before, microseconds.
    pub before_us: f64,
    /// Mean from then on, up to the next change.
    pub after_us: f64,
    /// How probable it is by chance.
    pub p: f64,
    /// How much slower the machine became at the same place, by the calibration loop: 0.1 is 10%.
    pub machine: Option<f64>,
}

impl History {
    /// Reads a history; one that is not there is empty.
    ///
    /// # Errors
    /// [`BaselineError::Read`], or [`BaselineError::Content`] with the line that is wrong.
    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(BaselineError::Read { path: path.display().to_string(), source }),
        };
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let entries = lines.map(|(index, line)| {
            serde_json::from_str(line).map_err(|error| BaselineError::Content {
                path: path.display().to_string(),
                line: index + 1,
                message: format!("{error}; take the line out, or mend it"),
            })
        });
        entries.collect::<Result<_, _>>().map(Self)
    }

    /// Adds a line to the file, which is made when it is missing and never longer than 1,000 lines.
    ///
    /// # Errors
    /// [`BaselineError`]: the file could not be read or written.
    pub fn append(path: &Path, entry: &Entry) -> Result<(), BaselineError> {
        let failed = |source| BaselineError::Write { path: path.display().to_string(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let line = |entry: &Entry| serde_json::to_string(entry).expect("numbers and text are JSON") + "\n";
        let mut known = Self::read(path)?.0;
        if known.len() < KEPT {
            let mut file =
                std::fs::OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
            return file.write_all(line(entry).as_bytes()).map_err(failed);
        }
        known.push(entry.clone());
        let text: String = known[known.len() - KEPT..].iter().map(line).collect();
        let beside = path.with_extension("jsonl.part");
        std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path)).map_err(failed)
    }

    /// The last `count` entries that are of the same profile as the last one; what came before the profile changed is not
    /// comparable.
    pub fn last(&self, count: usize) -> &[Entry] {
        let Some(last) = self.0.last() else { return &[] };
        let same = self.0.iter().rev().take_while(|entry| entry.profile_hash == last.profile_hash).count();
        &self.0[self.0.len() - same.min(count)..]
    }
}

/// Where the quantiles changed, in order of place and quantile.
pub fn changes(entries: &[Entry]) -> Vec<Change> {
    let rules = ChangeRules { least: LEAST_CHANGE, ..ChangeRules::default() };
    let series: [Vec<f64>; 3] = [
        entries.iter().map(|entry| entry.p50_us as f64).collect(),
        entries.iter().map(|entry| entry.p95_us as f64).collect(),
        entries.iter().map(|entry| entry.p99_us as f64).collect(),
    ];
    let mut found = Vec::new();
    for ((metric, _), series) in METRICS.iter().zip(&series) {
        let points = change_points(series, &rules);
        for (nth, point) in points.iter().enumerate() {
            let from = if nth == 0 { 0 } else { points[nth - 1].index };
            let to = points.get(nth + 1).map_or(entries.len(), |next| next.index);
            found.push(Change {
                index: point.index,
                metric,
                before_us: point.before,
                after_us: point.after,
                p: point.p,
                machine: machine_changed(&entries[from..point.index], &entries[point.index..to]),
            });
        }
    }
    found.sort_by_key(|change| change.index);
    found
}

fn machine_changed(before: &[Entry], after: &[Entry]) -> Option<f64> {
    let times = |side: &[Entry]| side.iter().filter_map(|entry| entry.calibration_us).collect::<Vec<_>>();
    let drift = dryrun_stats::drift(&times(before), &times(after), &dryrun_stats::Rules::default())?;
    // What may be the loop's own noise is no change.
    Some(if dryrun_stats::certain(Some(drift)) == 1.0 { 0.0 } else { drift.ratio - 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(p50_us: u64, calibration: f64) -> Entry {
        Entry {
            profile_hash: "a".into(),
            p50_us,
            p95_us: 2 * p50_us,
            p99_us: 4_000,
            calibration_us: Some(calibration),
            ..Entry::default()
        }
    }

    fn steps(after: u64, calibration: f64) -> Vec<Entry> {
        (0..30)
            .map(|i| if i < 18 { entry(1_000 + i % 3, 5.0) } else { entry(after + i % 3, calibration) })
            .collect()
    }

    #[test]
    fn a_change_is_told_with_its_quantile_and_place() {
        let found = changes(&steps(1_150, 5.0));
        let told: Vec<_> = found.iter().map(|change| (change.index, change.metric)).collect();
        assert_eq!(told, [(18, "p50"), (18, "p95")]);
        assert!((found[0].after_us / found[0].before_us - 1.15).abs() < 0.001);
        assert_eq!(found[0].machine, Some(0.0));
    }

    #[test]
    fn a_machine_that_changed_at_the_same_place_is_told() {
        let machine = changes(&steps(1_150, 6.0))[0].machine.unwrap();
        assert!((machine - 0.2).abs() < 1e-9);
    }

    #[test]
    fn a_calibration_that_varies_is_no_change_of_the_machine() {
        let mut entries = steps(1_150, 5.0);
        for (i, entry) in entries.iter_mut().enumerate() {
            entry.calibration_us = Some([5.0, 5.6, 4.7, 5.2, 5.9, 4.9, 5.4][i % 7]);
        }
        assert_eq!(changes(&entries)[0].machine, Some(0.0));
    }

    #[test]
    fn what_is_too_small_or_does_not_change_is_not_told() {
        assert_eq!(changes(&steps(1_010, 5.0)), []);
        assert_eq!(changes(&[]), []);
    }

    #[test]
    fn the_file_takes_line_after_line_and_stays_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history/p.jsonl");
        assert_eq!(History::read(&path).unwrap(), History::default());
        let old: String =
            (0..KEPT as u64).map(|i| serde_json::to_string(&entry(i + 1, 1.0)).unwrap() + "\n").collect();
        History::append(&path, &entry(1, 1.0)).unwrap();
        assert_eq!(History::read(&path).unwrap().0, [entry(1, 1.0)]);
        std::fs::write(&path, old).unwrap();
        History::append(&path, &entry(5_000, 1.0)).unwrap();
        let read = History::read(&path).unwrap().0;
        assert_eq!((read.len(), read[0].p50_us, read[KEPT - 1].p50_us), (KEPT, 2, 5_000));
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.jsonl");
        History::append(&path, &entry(1, 1.0)).unwrap();
        let good = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{good}{{\"at\": 1}}\n")).unwrap();
        let error = History::read(&path).unwrap_err().to_string();
        assert!(error.contains("p.jsonl:2: "), "{error}");
    }

    #[test]
    fn only_what_is_of_the_same_profile_is_one_history() {
        let mut entries = steps(1_000, 5.0);
        entries[4].profile_hash = "b".into();
        let history = History(entries);
        assert_eq!(history.last(100).len(), 25);
        assert_eq!(history.last(10).len(), 10);
    }
}
