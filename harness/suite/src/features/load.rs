//! Files and folders of features: [`load`].

use std::path::Path;
use std::sync::Arc;

use crate::features::diagnostic::{self, Diagnostic, Severity};
use crate::features::error::FeatureError;
use crate::features::model::{Scenario, SourceFile};
use crate::features::parse;

/// Everything that the given paths hold.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The files, sorted by path, each once.
    pub files: Vec<Arc<SourceFile>>,
    /// Their scenarios, in the order of files and lines; outlines expanded.
    pub scenarios: Vec<Arc<Scenario>>,
    /// What is wrong in them, all of it, sorted.
    pub diagnostics: Vec<Diagnostic>,
    /// The lines asked for: path and lines, for paths such as `a.feature:12:30`. A file that was asked for without a
    /// line, or within a folder, does not stand here.
    pub(crate) lines: Vec<(String, Vec<usize>)>,
}

impl Loaded {
    /// Whether anything must be mended before a run.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|found| found.severity == Severity::Error)
    }
}

/// Reads files, folders (all `*.feature` below them, hidden folders left out) and `file.feature:12`.
///
/// # Errors
/// A path that is not there, is no feature, or can't be read; folders without a single feature.
pub fn load(paths: &[String]) -> Result<Loaded, FeatureError> {
    let mut loaded = Loaded::default();
    let mut wanted: Vec<(String, Option<Vec<usize>>)> = Vec::new();
    for path in paths {
        let (bare, lines) = split_lines(path);
        let on_disk = Path::new(bare);
        if on_disk.is_dir() {
            let mut found = Vec::new();
            walk(on_disk, &mut found)?;
            wanted.extend(found.into_iter().map(|file| (file, None)));
        } else if on_disk.is_file() {
            if on_disk.extension().is_none_or(|extension| extension != "feature") {
                return Err(FeatureError::NotAFeature { path: bare.to_owned() });
            }
            wanted.push((tidy(bare), (!lines.is_empty()).then_some(lines)));
        } else {
            return Err(FeatureError::Missing {
                path: path.clone(),
                hint: "write the path of a `.feature` file or of a folder that holds some".to_owned(),
            });
        }
    }
    if wanted.is_empty() {
        let why = format!("there is no `.feature` file in {}", paths.join(", "));
        return Err(FeatureError::NothingSelected { why });
    }
    wanted.sort();
    for (path, lines) in wanted {
        let known = loaded.files.last().is_some_and(|file| file.path == path);
        if !known {
            let text = std::fs::read_to_string(&path).map_err(|error| FeatureError::Unreadable {
                path: path.clone(),
                reason: error.to_string(),
            })?;
            loaded.add(SourceFile::new(path.clone(), text));
        }
        // `None` sorts first: a file that is asked for as a whole stays whole.
        match (lines, loaded.lines.last_mut()) {
            (Some(lines), Some((last, all))) if *last == path => all.extend(lines),
            (Some(lines), _) if !known => loaded.lines.push((path, lines)),
            _ => {}
        }
    }
    diagnostic::sort(&mut loaded.diagnostics);
    Ok(loaded)
}

impl Loaded {
    /// Adds the scenarios of a text, for features that are no files on disk.
    pub fn add(&mut self, source: Arc<SourceFile>) {
        let (scenarios, diagnostics) = parse::parse(&source);
        self.scenarios.extend(scenarios.into_iter().map(Arc::new));
        self.diagnostics.extend(diagnostics);
        self.files.push(source);
    }
}

/// `a.feature:12:30` -> `a.feature`, [12, 30].
pub(crate) fn split_lines(path: &str) -> (&str, Vec<usize>) {
    let mut bare = path;
    let mut lines = Vec::new();
    while let Some((head, tail)) = bare.rsplit_once(':')
        && let Ok(line) = tail.parse()
    {
        lines.insert(0, line);
        bare = head;
    }
    (bare, lines)
}

/// One spelling for one file: `./features//a.feature` -> `features/a.feature`.
pub(crate) fn tidy(path: &str) -> String {
    let root = if path.starts_with('/') { "/" } else { "" };
    let parts: Vec<&str> = path
        .split(['/', std::path::MAIN_SEPARATOR])
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    format!("{root}{}", parts.join("/"))
}

fn walk(folder: &Path, found: &mut Vec<String>) -> Result<(), FeatureError> {
    let unreadable = |error: std::io::Error| FeatureError::Unreadable {
        path: folder.display().to_string(),
        reason: error.to_string(),
    };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "feature") {
            found.push(tidy(&path.to_string_lossy()));
        }
    }
    Ok(())
}
