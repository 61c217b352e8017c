//! [`Profile::load`] and [`Profile::parse`]: a profile from its file, checked before any traffic.

use std::path::Path;
use std::time::Duration;

use toml::de::DeTable;

use super::sheet::{Notes, Sheet};
use super::workflows::Around;
use super::{Connections, Contracts, Profile, Scope, Shape, duration, limits, shape, workflows};
use crate::error::LoadError;

/// Keys that stand elsewhere, or stood here once.
const HINTS: [(&str, &str); 13] = [
    ("users", "users belong below [closed]: write [closed] and, below it, users = … and duration = \"…\""),
    ("ramp", "ramp belongs below [closed] or [open]"),
    ("stages", "stages belong below [closed] or [open]"),
    ("iterations", "iterations belong below [closed]"),
    ("requests", "write iterations = … below [closed]"),
    ("duration", "duration belongs below [closed] or [open]"),
    ("duration_s", "write duration = \"10 s\" below [closed] or [open]"),
    ("rate", "rate belongs below [open]: write [open] and, below it, rate = … and duration = \"…\""),
    ("spike", "spike belongs below [open]"),
    ("steps", "steps belong below [open]"),
    ("max_in_flight", "max_in_flight belongs below [open]"),
    ("p95_ms", "p95_ms belongs below [thresholds]"),
    ("max_fail_percent", "max_fail_percent belongs below [thresholds]"),
];

impl Profile {
    /// Reads and checks a profile. Its name is the file's, without the ending.
    ///
    /// # Errors
    /// [`LoadError::Read`], and [`LoadError::Profile`] with every mistake of the file.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| LoadError::Read { path: shown.clone(), source })?;
        Self::parse(&shown, &text)
    }

    /// Checks the text of a profile; `path` names it in errors, gives its name, and is where the files that it names are
    /// looked for.
    ///
    /// # Errors
    /// [`LoadError::Profile`] with every mistake of the text.
    pub fn parse(path: &str, text: &str) -> Result<Self, LoadError> {
        let mut notes = Notes::default();
        let (table, broken) = DeTable::parse_recoverable(text);
        if !broken.is_empty() {
            for error in broken {
                let at = error.span().unwrap_or(0..0);
                notes.add(&at, format!("this is no TOML: {}", error.message().trim_end()));
            }
            return Err(notes.error(path, text));
        }
        let file = Path::new(path);
        let folder = file.parent().unwrap_or(Path::new(""));
        let mut top = Sheet::new("", 0..0, table.get_ref());
        let profile = read(&mut top, (path, text, folder), &mut notes);
        top.close(&HINTS, &mut notes);
        let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        match profile {
            Some(profile) if notes.is_empty() => Ok(Self { name: name.unwrap_or_default(), ..profile }),
            _ => Err(notes.error(path, text)),
        }
    }
}

fn read(
    top: &mut Sheet<'_, '_>,
    (path, text, folder): (&str, &str, &Path),
    notes: &mut Notes,
) -> Option<Profile> {
    let usual = Profile::new("", Shape::users(1, Duration::from_secs(1)));
    let description = top.text("description", notes).map(|text| text.value).unwrap_or_default();
    let warm_up = top.time("warm_up", notes);
    let timeout = top.time_above_zero("timeout", notes).map_or(usual.timeout, |time| time.value);
    let grace = top.time("grace", notes).map_or(usual.grace, |time| time.value);
    let linger = top.time("linger", notes).map_or(usual.linger, |time| time.value);
    let late_after = top.time("late_after", notes).map_or(usual.late_after, |time| time.value);
    let apdex = top.time_above_zero("apdex", notes).map(|time| time.value);
    let connections =
        top.parsed("connections", notes, connections).map(|found| found.value).unwrap_or_default();
    let contracts = top.parsed("contracts", notes, contracts).map(|found| found.value).unwrap_or_default();
    let around = Around { path, text, folder, open: top.has("open"), apdex: top.has("apdex") };
    let mut thresholds = limits::of(top, &Scope::Requests, around.apdex, notes);
    let shape = shape::shape(top, folder, notes);
    let (workflows, own) = workflows::workflows(top, &around, notes);
    thresholds.extend(own);
    let shape = shape?;
    let warm_up_at = warm_up.as_ref().map(|time| time.at.clone());
    let warm_up = warm_up.map_or(Duration::ZERO, |time| time.value);
    let profile = Profile {
        description,
        warm_up,
        timeout,
        grace,
        linger,
        connections,
        contracts,
        late_after,
        apdex,
        thresholds,
        workflows,
        ..Profile::new("", shape)
    };
    if let (Some(at), Some(planned)) = (warm_up_at, profile.planned())
        && warm_up >= planned
    {
        let message = format!(
            "warm_up leaves nothing to measure: the load lasts {}; write less, or let it last longer",
            duration::words(planned)
        );
        notes.add(&at, message);
    }
    Some(profile)
}

fn connections(text: &str) -> Result<Connections, String> {
    match text {
        "shared" => Ok(Connections::Shared),
        "iteration" => Ok(Connections::Iteration),
        "request" => Ok(Connections::Request),
        other => Err(format!(
            "{other:?} is unknown: write \"shared\" (kept and used again by whoever comes next), \"iteration\" (one for \
             each iteration) or \"request\" (one for each request)"
        )),
    }
}

fn contracts(text: &str) -> Result<Contracts, String> {
    let share = text.strip_prefix("sample").unwrap_or(text).trim().strip_suffix('%').map(str::trim_end);
    match (text, share.and_then(|share| share.parse::<f64>().ok())) {
        ("full", _) => Ok(Contracts::Full),
        ("off", _) => Ok(Contracts::Off),
        (_, Some(share)) if share > 0.0 && share <= 100.0 => Ok(Contracts::Sample(share / 100.0)),
        (other, _) => Err(format!("{other:?} is unknown: write \"full\", \"sample 10%\" or \"off\"")),
    }
}

#[cfg(test)]
#[path = "mistakes_tests.rs"]
mod mistakes;
#[cfg(test)]
#[path = "shipped_tests.rs"]
mod shipped;
#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
