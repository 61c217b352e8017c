//! What the parser would pass over in silence: misspelt keywords, misplaced parts, rows that are too long.

use std::sync::Arc;

use crate::features::diagnostic::Diagnostic;
use crate::features::keywords::Keywords;
use crate::features::model::SourceFile;
use crate::features::scan::{Header, Line, Scan};
use crate::values::nearest::distance;

/// Finds what the parser would pass over.
pub(crate) fn judge(scan: &Scan, source: &Arc<SourceFile>) -> Vec<Diagnostic> {
    let Some(keywords) = Keywords::of(&scan.language) else { return Vec::new() };
    let mut found = Vec::new();
    let mut order = Order::default();
    let mut inside: Option<Header> = None;
    let mut in_steps = false;
    let mut width: Option<usize> = None;
    for (index, line) in scan.lines.iter().enumerate() {
        let number = index + 1;
        let text = source.line(number).trim();
        match line {
            Line::Header(header) => {
                found.extend(order.misplaced(source, number, *header));
                (inside, in_steps) = (Some(*header), false);
            }
            Line::Step => {
                let body = matches!(inside, Some(Header::Background | Header::Scenario | Header::Outline));
                in_steps |= body;
                if inside == Some(Header::Examples) {
                    found.push(
                        Diagnostic::line(
                            source,
                            "misplaced-step",
                            number,
                            "a step can't stand behind the examples",
                        )
                        .help("put it before `Examples:`"),
                    );
                }
            }
            Line::Row(cells) => {
                if !text.ends_with('|') {
                    found.push(
                        Diagnostic::line(source, "table", number, "this row has no end")
                            .help("a row begins and ends with `|`; write `\\|` for a `|` within a cell"),
                    );
                } else if width.is_some_and(|width| width != *cells) {
                    let wanted = width.unwrap_or_default();
                    found.push(
                        Diagnostic::line(
                            source,
                            "table",
                            number,
                            format!("this row has {cells} cells, the first row of its table has {wanted}"),
                        )
                        .help(
                            "give every row as many cells as the first; write `\\|` for a `|` within a cell",
                        ),
                    );
                }
                width = width.or(Some(*cells));
            }
            Line::Text => found.extend(judge_text(scan, source, keywords, number, inside, in_steps)),
            Line::Blank | Line::Comment | Line::Tags | Line::Doc => {}
        }
        if !matches!(line, Line::Row(_) | Line::Blank | Line::Comment) {
            width = None;
        }
    }
    found
}

/// A line that is no keyword: part of a description, or a keyword that is misspelt?
fn judge_text(
    scan: &Scan,
    source: &Arc<SourceFile>,
    keywords: &Keywords,
    number: usize,
    inside: Option<Header>,
    in_steps: bool,
) -> Option<Diagnostic> {
    let text = source.line(number).trim();
    let typo = |word: &str, near: &str| {
        Diagnostic::line(source, "keyword-typo", number, format!("`{word}` is no keyword")).on(word).help(
            format!(
                "did you mean `{near}`? (a description must not begin with a word so much like a keyword)"
            ),
        )
    };
    if let Some((head, _)) = text.split_once(':')
        && let Some(near) = near_keyword(head.trim(), keywords.headers())
    {
        return Some(typo(&format!("{}:", head), &format!("{near}:")));
    }
    let first = text.split_whitespace().next().unwrap_or_default();
    if matches!(inside, Some(Header::Background | Header::Scenario | Header::Outline)) {
        let known = keywords.steps().find(|word| *word == first);
        if let Some(word) = known {
            return Some(
                Diagnostic::line(source, "empty-step", number, format!("`{word}` says nothing"))
                    .help("write what is given, done or expected behind it"),
            );
        }
        if let Some(near) = near_keyword(first, keywords.steps()) {
            return Some(typo(first, near));
        }
    }
    let bare = keywords
        .headers()
        .find(|word| text.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')));
    if let Some(word) = bare
        && (in_steps || steps_follow(scan, number))
    {
        return Some(
            Diagnostic::line(source, "missing-colon", number, format!("`{word}` needs a colon"))
                .on(word)
                .help(format!("write `{word}: {}`", text[word.len()..].trim())),
        );
    }
    in_steps.then(|| {
        let words: Vec<&str> = keywords.steps().take(5).collect();
        Diagnostic::line(source, "no-step", number, "this line is neither a step nor a part of one")
            .help(format!("begin it with a keyword ({}) or with `#` if it is a comment", words.join(", ")))
    })
}

/// Whether a step comes before the next header.
fn steps_follow(scan: &Scan, number: usize) -> bool {
    scan.lines[number..].iter().find(|line| matches!(line, Line::Step | Line::Header(_))) == Some(&Line::Step)
}

/// In which order headers may stand.
#[derive(Debug, Default)]
struct Order {
    feature: bool,
    background: bool,
    scenario: bool,
}

impl Order {
    fn misplaced(&mut self, source: &Arc<SourceFile>, number: usize, header: Header) -> Option<Diagnostic> {
        let told =
            |message: &str, help: &str| Some(Diagnostic::line(source, "order", number, message).help(help));
        if header != Header::Feature && !self.feature {
            return told(
                "nothing may stand before the feature",
                "begin the file with `Feature: ` and a name",
            );
        }
        match header {
            Header::Feature if self.feature => {
                return told("a file holds one feature", "move this one to a file of its own");
            }
            Header::Feature => self.feature = true,
            Header::Rule => (self.background, self.scenario) = (false, false),
            Header::Background if self.scenario => {
                return told(
                    "a background stands before the scenarios",
                    "move it up, before the first scenario",
                );
            }
            Header::Background if self.background => {
                return told("there is one background only", "put these steps into the first one");
            }
            Header::Background => self.background = true,
            Header::Scenario | Header::Outline => self.scenario = true,
            Header::Examples if !self.scenario => {
                return told(
                    "examples belong to an outline",
                    "put `Scenario Outline:` and its steps before them",
                );
            }
            Header::Examples => {}
        }
        None
    }
}

/// Words that are near a keyword and still begin many a description.
const PROSE: [&str; 7] = ["the", "them", "they", "than", "thin", "give", "gives"];

/// The keyword that `word` is a misspelling of: another case, or one or two letters off.
fn near_keyword<'a>(word: &str, keywords: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if !(2..=24).contains(&length) {
        return None;
    }
    let lower = word.to_lowercase();
    if PROSE.contains(&lower.as_str()) {
        return None;
    }
    keywords
        .filter(|keyword| *keyword != word)
        .filter_map(|keyword| {
            let known = keyword.to_lowercase();
            let size = known.chars().count();
            let letters = |text: &str| {
                let mut letters: Vec<char> = text.chars().collect();
                letters.sort_unstable();
                letters
            };
            // Two swapped letters (`Thne`) are one slip of the fingers.
            let swapped = letters(&lower) == letters(&known) && distance(&lower, &known) == 2;
            let far = if swapped { 1 } else { distance(&lower, &known) };
            let limit = match size {
                0..=3 => 0,
                4..=6 => 1,
                _ => 2,
            };
            (far <= limit).then_some((far, keyword))
        })
        .min_by_key(|(far, _)| *far)
        .map(|(_, keyword)| keyword)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<(&'static str, usize)> {
        let source = SourceFile::new("a.feature", text);
        judge(&Scan::of(&source), &source).iter().map(|found| (found.code, found.line)).collect()
    }

    #[test]
    fn misspelt_keywords_are_told() {
        let head = "Feature: A\n  Scenario: B\n";
        assert_eq!(codes(&format!("{head}    Givn x\n")), [("keyword-typo", 3)]);
        assert_eq!(codes(&format!("{head}    given x\n")), [("keyword-typo", 3)]);
        assert_eq!(codes(&format!("{head}    Given x\n    Thne y\n")), [("keyword-typo", 4)]);
        assert_eq!(codes(&format!("{head}    Given x\n    and so on\n")), [("keyword-typo", 4)]);
        assert_eq!(codes(&format!("{head}    Given x\n    so it goes\n")), [("no-step", 4)]);
        assert_eq!(
            codes(&format!("{head}    Given x\n\n  Scenaro: C\n    Given y\n")),
            [("keyword-typo", 5)]
        );
        assert_eq!(
            codes(&format!("{head}    Given x\n\n  Scenario C\n    Given y\n")),
            [("missing-colon", 5)]
        );
        assert_eq!(codes(&format!("{head}    Given x\n    Then\n")), [("empty-step", 4)]);
        assert_eq!(codes("Feature: A\n  Scenario B\n    Given x\n"), [("missing-colon", 2)]);
        assert_eq!(codes("Featrue: A\n"), [("keyword-typo", 1)]);
    }

    #[test]
    fn descriptions_are_left_alone() {
        let text = "Feature: A\n  As a reader: I want news\n  Rule of thumb\n\n  Scenario: B\n    It says: hello\n    The words\n    Given x\n";
        assert_eq!(codes(text), []);
        assert_eq!(
            codes("# language: de\nFunktionalität: A\n  Szenario: B\n    Angenommen x\n    Dan y\n"),
            [("keyword-typo", 5)]
        );
    }

    #[test]
    fn rows_of_unequal_length_are_told() {
        let head = "Feature: A\n  Scenario: B\n    Given x\n";
        assert_eq!(
            codes(&format!("{head}      | a | b |\n      # no\n      | 1 | 2 | 3 |\n")),
            [("table", 6)]
        );
        assert_eq!(codes(&format!("{head}      | a \\| b |\n      | 1 |\n")), []);
        assert_eq!(codes(&format!("{head}      | a\n")), [("table", 4)]);
    }

    #[test]
    fn parts_out_of_order_are_told() {
        let scenario = "  Scenario: B\n    Given x\n";
        for (text, line) in [
            (format!("Feature: A\n{scenario}  Background:\n    Given y\n"), 4),
            (format!("Feature: A\n{scenario}Feature: C\n"), 4),
            (format!("{scenario}Feature: A\n"), 1),
            ("Feature: A\n  Background:\n    Given x\n  Background:\n    Given x\n".to_owned(), 4),
        ] {
            assert_eq!(codes(&text), [("order", line)], "{text}");
        }
        assert_eq!(
            codes(&format!("Feature: A\n{scenario}  Rule: R\n    Background:\n      Given x\n{scenario}")),
            []
        );
    }
}
