//! A feature file as it will be run: [`SourceFile`], [`Scenario`], [`Step`].

use std::sync::Arc;

use dryrun_record::ScenarioRef;

use crate::phrase::DocString;

/// A file and its text.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// As it was selected, with `/` between folders.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl SourceFile {
    /// Wraps a text.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { path: path.into(), text: text.into() })
    }

    /// A line, from 1, without its end; empty beyond the last.
    pub fn line(&self, line: usize) -> &str {
        self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default()
    }
}

/// One scenario to run: an outline has become one for each row of its examples.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Who it is.
    pub reference: ScenarioRef,
    /// Where it stands.
    pub source: Arc<SourceFile>,
    /// Its steps, those of backgrounds first.
    pub steps: Vec<Step>,
    /// First and last line of the scenario (of the whole outline), tags included.
    pub lines: (usize, usize),
    /// First and last line of the examples that the row stands in.
    pub examples: Option<(usize, usize)>,
    /// First and last line of the rule around it.
    pub rule: Option<(usize, usize)>,
    /// Line of each tag of [`ScenarioRef::tags`], in the same order.
    pub tag_lines: Vec<usize>,
    /// The names in the header of the examples.
    pub placeholders: Vec<String>,
}

impl Scenario {
    /// Whether it, its rule or its feature carries this tag (without `@`).
    pub fn has_tag(&self, tag: &str) -> bool {
        self.reference.tags.iter().any(|own| own == tag)
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// As written, without space: `Given`, `And`, `Angenommen`.
    pub keyword: String,
    /// As written, placeholders of the outline filled.
    pub text: String,
    /// From 1.
    pub line: usize,
    /// Stands in a background.
    pub background: bool,
    /// What follows the line.
    pub doc_string: Option<DocString>,
    /// Line of the doc string's first line of text.
    pub doc_line: usize,
    /// The table, its first row included.
    pub table: Option<Vec<Vec<String>>>,
    /// Lines of the table's rows.
    pub table_lines: Vec<usize>,
    /// What the keyword says, `And` and `But` resolved.
    pub kind: gherkin::StepType,
}
