//! The lines of a feature file before they are parsed: [`Scan`].
//!
//! The parser of the `gherkin` crate is forgiving where a test suite must not be: a misspelt keyword becomes part of a
//! description, a row that is too long is cut, the word behind `"""` becomes part of the text. So every line is looked
//! at here first; the parser then gets a text in which doc strings are empty, and theirs are taken from here.

use std::sync::Arc;

use crate::features::diagnostic::Diagnostic;
use crate::features::keywords::Keywords;
use crate::features::model::SourceFile;
use crate::phrase::DocString;
use crate::values::nearest::nearest;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Blank,
    Comment,
    Tags,
    /// A row with this many cells.
    Row(usize),
    /// Inside a doc string, its fences included.
    Doc,
    Header(Header),
    Step,
    Text,
}

/// The keywords with a colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Header {
    Feature,
    Rule,
    Background,
    Scenario,
    Outline,
    Examples,
}

/// A doc string and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Doc {
    /// Line of the opening fence, from 1.
    pub(crate) line: usize,
    pub(crate) doc: DocString,
}

/// A scanned file.
#[derive(Debug)]
pub(crate) struct Scan {
    /// What each line is; the first is line 1.
    pub(crate) lines: Vec<Line>,
    pub(crate) docs: Vec<Doc>,
    /// For the parser.
    pub(crate) text: String,
    /// Code of the language.
    pub(crate) language: String,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Scan {
    /// Looks at every line.
    pub(crate) fn of(source: &Arc<SourceFile>) -> Self {
        let mut scan = Self {
            lines: Vec::new(),
            docs: Vec::new(),
            text: String::new(),
            language: "en".to_owned(),
            diagnostics: Vec::new(),
        };
        let directive = scan.language(source);
        let Some(keywords) = Keywords::of(&scan.language) else { return scan };
        scan.classify(source, keywords, directive);
        scan
    }

    /// What a line is; from 1.
    pub(crate) fn line(&self, line: usize) -> Line {
        self.lines.get(line.wrapping_sub(1)).copied().unwrap_or(Line::Blank)
    }

    /// The rows from `first` on that belong to one table, as line numbers.
    pub(crate) fn rows(&self, first: usize) -> Vec<usize> {
        let from = first.saturating_sub(1).min(self.lines.len());
        let lines = self.lines[from..].iter().enumerate();
        lines
            .take_while(|(_, line)| matches!(line, Line::Row(_) | Line::Blank | Line::Comment))
            .filter(|(_, line)| matches!(line, Line::Row(_)))
            .map(|(index, _)| from + index + 1)
            .collect()
    }

    /// Finds `# language: de` among the comments at the top. Gives its line index.
    fn language(&mut self, source: &Arc<SourceFile>) -> Option<usize> {
        for (index, line) in source.text.lines().enumerate() {
            let line = line.trim_start_matches('\u{feff}').trim();
            if !(line.is_empty() || line.starts_with('#')) {
                return None;
            }
            let Some(code) = line.trim_start_matches('#').trim_start().strip_prefix("language") else {
                continue;
            };
            let Some(code) = code.trim_start().strip_prefix(':').map(str::trim) else { continue };
            self.language = code.to_owned();
            if Keywords::of(code).is_none() {
                let diagnostic = Diagnostic::line(
                    source,
                    "unknown-language",
                    index + 1,
                    format!("there is no language `{code}` in Gherkin"),
                )
                .on(code);
                self.diagnostics.push(match nearest(code, Keywords::languages()) {
                    Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                    None => diagnostic.help("write a code such as `en`, `de`, `fr` or `es`"),
                });
            }
            return Some(index);
        }
        None
    }

    fn classify(&mut self, source: &Arc<SourceFile>, keywords: &Keywords, directive: Option<usize>) {
        let mut in_steps = false;
        let mut lines = source.text.lines().enumerate();
        while let Some((index, raw)) = lines.next() {
            let line = raw.trim_start_matches('\u{feff}').trim();
            let fence = ["\"\"\"", "```"].into_iter().find(|fence| in_steps && line.starts_with(fence));
            if let Some(fence) = fence {
                let indent = raw.chars().take_while(|c| c.is_whitespace()).count();
                let mut text = Vec::new();
                let mut closed = false;
                let mut length = 1;
                for (_, inner) in lines.by_ref() {
                    length += 1;
                    if inner.trim() == fence {
                        closed = true;
                        break;
                    }
                    text.push(
                        dedent(inner, indent).replace("\\\"\\\"\\\"", "\"\"\"").replace("\\`\\`\\`", "```"),
                    );
                }
                if !closed {
                    self.diagnostics.push(
                        Diagnostic::line(
                            source,
                            "open-doc-string",
                            index + 1,
                            "this doc string is never closed",
                        )
                        .help(format!("close it with a line that holds {fence} and nothing else")),
                    );
                }
                let media_type =
                    Some(line[fence.len()..].trim()).filter(|word| !word.is_empty()).map(str::to_owned);
                self.docs.push(Doc { line: index + 1, doc: DocString { media_type, text: text.join("\n") } });
                self.lines.extend(std::iter::repeat_n(Line::Doc, length));
                self.text.push_str(fence);
                self.text.push_str(&"\n".repeat(if closed { length - 1 } else { length }));
                self.text.push_str(fence);
                self.text.push('\n');
                continue;
            }
            let kind = kind(line, keywords);
            match kind {
                Line::Step => in_steps = true,
                Line::Header(_) => in_steps = false,
                _ => {}
            }
            self.lines.push(kind);
            if directive != Some(index) {
                self.text.push_str(raw.trim_start_matches('\u{feff}'));
            }
            self.text.push('\n');
        }
    }
}

fn kind(line: &str, keywords: &Keywords) -> Line {
    if line.is_empty() {
        return Line::Blank;
    }
    if line.starts_with('#') {
        return Line::Comment;
    }
    if line.starts_with('@') {
        return Line::Tags;
    }
    if line.starts_with('|') {
        return Line::Row(cells(line));
    }
    let header = |words: &[String], header| {
        words
            .iter()
            .any(|word| line.strip_prefix(word.as_str()).is_some_and(|rest| rest.starts_with(':')))
            .then_some(Line::Header(header))
    };
    let found = header(&keywords.feature, Header::Feature)
        .or_else(|| header(&keywords.rule, Header::Rule))
        .or_else(|| header(&keywords.background, Header::Background))
        .or_else(|| header(&keywords.outline, Header::Outline))
        .or_else(|| header(&keywords.scenario, Header::Scenario))
        .or_else(|| header(&keywords.examples, Header::Examples));
    if let Some(header) = found {
        return header;
    }
    let step = keywords
        .step
        .iter()
        .any(|word| line.strip_prefix(word.as_str()).is_some_and(|rest| !rest.trim().is_empty()));
    if step { Line::Step } else { Line::Text }
}

fn cells(line: &str) -> usize {
    let mut escaped = false;
    let mut bars = 0;
    for c in line.chars() {
        match c {
            '\\' => escaped = !escaped,
            '|' if !escaped => bars += 1,
            _ => escaped = false,
        }
        if c == '|' {
            escaped = false;
        }
    }
    usize::saturating_sub(bars, 1)
}

/// Takes at most `indent` white space off the front (Gherkin: the fence's indentation).
fn dedent(line: &str, indent: usize) -> String {
    let white = line.chars().take_while(|c| c.is_whitespace()).take(indent).count();
    line.chars().skip(white).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doc_strings_keep_their_type_and_indentation() {
        let text = "Feature: A\n  Scenario: B\n    Given x\n      \"\"\"json\n      {\n        \"a\": 1\n      }\n      \"\"\"\n    Given y\n    ```\n    Givn\n    ```\n";
        let source = SourceFile::new("a.feature", text);
        let scan = Scan::of(&source);
        assert!(scan.diagnostics.is_empty());
        assert_eq!(
            scan.docs[0].doc,
            DocString { media_type: Some("json".to_owned()), text: "{\n  \"a\": 1\n}".to_owned() }
        );
        assert_eq!((scan.docs[1].line, scan.docs[1].doc.text.as_str()), (10, "Givn"));
        assert_eq!(scan.lines.len(), scan.text.lines().count());
        let open = Scan::of(&SourceFile::new(
            "a.feature",
            "Feature: A\n  Scenario: B\n    Given x\n    \"\"\"\n    open\n",
        ));
        assert_eq!((open.diagnostics[0].code, open.diagnostics[0].line), ("open-doc-string", 4));
    }
}
