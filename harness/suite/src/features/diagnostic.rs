//! What a person must mend in a feature file: [`Diagnostic`], drawn with a caret.

use std::fmt::Write;
use std::sync::Arc;

use crate::features::model::SourceFile;

/// How serious it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing is run before it is mended.
    Error,
    /// Worth a look.
    Warning,
}

/// One thing to mend, with its place.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// How serious it is.
    pub severity: Severity,
    /// A stable name: `undefined-step`.
    pub code: &'static str,
    /// The file and its text.
    pub source: Arc<SourceFile>,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// How many characters are meant; at least 1.
    pub len: usize,
    /// What is wrong, one sentence.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error about a whole line, its indentation left out.
    pub fn line(
        source: &Arc<SourceFile>,
        code: &'static str,
        line: usize,
        message: impl Into<String>,
    ) -> Self {
        let text = source.line(line);
        let indent = text.chars().take_while(|c| c.is_whitespace()).count();
        let len = text.trim().chars().count().max(1);
        let source = Arc::clone(source);
        Self {
            severity: Severity::Error,
            code,
            source,
            line,
            column: indent + 1,
            len,
            message: message.into(),
            help: None,
        }
    }

    /// Narrows it to the first place of `part` within its line, when there is one.
    #[must_use]
    pub fn on(mut self, part: &str) -> Self {
        let text = self.source.line(self.line);
        if let Some(at) = text.find(part).filter(|_| !part.is_empty()) {
            self.column = text[..at].chars().count() + 1;
            self.len = part.chars().count();
        }
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Makes it a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// `features/a.feature:12:5`.
    pub fn place(&self) -> String {
        format!("{}:{}:{}", self.source.path, self.line, self.column)
    }

    /// Draws it: what, where, the line with carets under the place, what to write instead. Ends with a line feed.
    pub fn render(&self, color: bool) -> String {
        let (word, paint) = match self.severity {
            Severity::Error => ("error", "\u{1b}[1;31m"),
            Severity::Warning => ("warning", "\u{1b}[1;33m"),
        };
        let (paint, dim, bold, reset) =
            if color { (paint, "\u{1b}[2m", "\u{1b}[1m", "\u{1b}[0m") } else { ("", "", "", "") };
        // Tabs are drawn as one space, so that the carets stand where they belong.
        let text = self.source.line(self.line).replace('\t', " ");
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        let carets = "^".repeat(self.len);
        let before = " ".repeat(self.column - 1);
        let mut out = String::new();
        let _ = writeln!(out, "{paint}{word}[{}]{reset}{bold}: {}{reset}", self.code, self.message);
        let _ = writeln!(out, "{gutter}{dim}-->{reset} {}", self.place());
        let _ = writeln!(out, "{gutter} {dim}|{reset}");
        let _ = writeln!(out, "{dim}{number} |{reset} {text}");
        let _ = writeln!(out, "{gutter} {dim}|{reset} {before}{paint}{carets}{reset}");
        for (index, line) in self.help.iter().flat_map(|help| help.lines()).enumerate() {
            let lead = if index == 0 { "= help:" } else { "       " };
            let _ = writeln!(out, "{gutter} {dim}{lead}{reset} {line}");
        }
        out
    }
}

/// Sorts by file, line and column.
pub(crate) fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by(|a, b| {
        (&a.source.path, a.line, a.column, a.code).cmp(&(&b.source.path, b.line, b.column, b.code))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_is_drawn_with_a_caret_under_its_place() {
        let source = SourceFile::new("features/a.feature", "Feature: A\n\tGivn é thing\n");
        let drawn = Diagnostic::line(&source, "keyword-typo", 2, "`Givn` is no keyword")
            .on("Givn")
            .help("did you mean `Given`?")
            .render(false);
        let wanted = "error[keyword-typo]: `Givn` is no keyword\n --> features/a.feature:2:2\n  |\n2 |  Givn é thing\n  |  ^^^^\n  = help: did you mean `Given`?\n";
        assert_eq!(drawn, wanted);
        assert!(
            Diagnostic::line(&source, "x", 2, "y")
                .warning()
                .render(true)
                .starts_with("\u{1b}[1;33mwarning[x]")
        );
    }
}
