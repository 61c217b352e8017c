//! What can be wrong with a configuration, drawn with its line and a suggestion: [`ConfigError`].

use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use dryrun_suite::values::nearest::nearest;

/// Why the configuration can't be used.
#[derive(Debug)]
pub(crate) enum ConfigError {
    /// The file could not be read.
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The text is wrong at a place.
    Syntax {
        /// The drawn message.
        text: String,
    },
    /// No such profile.
    Profile {
        /// The message.
        text: String,
    },
    /// Two settings that exclude each other.
    Contradiction {
        /// Where.
        place: String,
        /// What to do.
        text: String,
    },
}

impl ConfigError {
    /// Draws TOML's error with the line, a caret and the nearest known key.
    pub(crate) fn syntax(path: &Path, source: &str, error: &toml::de::Error) -> Self {
        let message = error.message();
        let help = suggestion(message).map(|near| format!("did you mean `{near}`?"));
        Self::Syntax { text: draw(path, source, error.span(), message, help.as_deref()) }
    }

    /// There is no profile of that name.
    pub(crate) fn unknown_profile(name: &str, known: &[String]) -> Self {
        let mut text = format!("there is no profile `{name}`");
        if known.is_empty() {
            text.push_str(": the configuration has no [profiles.NAME]");
        } else {
            if let Some(near) = nearest(name, known.iter().map(String::as_str)) {
                let _ = write!(text, ": did you mean `{near}`?");
            }
            let _ = write!(text, " (known: {})", known.join(", "));
        }
        Self::Profile { text }
    }
}

/// A message with its place: file, line and column, the line itself, a caret under what is meant.
pub(crate) fn draw(
    path: &Path,
    source: &str,
    span: Option<Range<usize>>,
    message: &str,
    help: Option<&str>,
) -> String {
    let mut text = String::new();
    match span {
        Some(span) => {
            let before = &source[..span.start.min(source.len())];
            let line = before.matches('\n').count() + 1;
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            let column = before[start..].chars().count() + 1;
            let shown = source[start..].lines().next().unwrap_or_default();
            let meant = source.get(span).and_then(|meant| meant.lines().next()).unwrap_or_default();
            let gutter = line.to_string();
            let _ = write!(
                text,
                "{}:{line}:{column}: {message}\n  {gutter} | {shown}\n  {} | {}{}",
                path.display(),
                " ".repeat(gutter.len()),
                " ".repeat(column - 1),
                "^".repeat(meant.chars().count().max(1)),
            );
        }
        None => {
            let _ = write!(text, "{}: {message}", path.display());
        }
    }
    if let Some(help) = help {
        let _ = write!(text, "\n  help: {help}");
    }
    text
}

/// Serde lists what it expected: the nearest of those to what it found.
fn suggestion(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let found = quoted.next()?;
    let known: Vec<&str> = quoted.collect();
    message.starts_with("unknown").then(|| nearest(found, known.iter().copied()).map(str::to_owned))?
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io { path, source } => write!(
                f,
                "the configuration {} could not be read: {source}; `dryrun init` writes one",
                path.display()
            ),
            Self::Syntax { text } | Self::Profile { text } => f.write_str(text),
            Self::Contradiction { place, text } => write!(f, "{place}: {text}"),
        }
    }
}

impl std::error::Error for ConfigError {}
