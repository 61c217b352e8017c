//! What was wanted and what was found, line by line: [`lines`].

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use crate::text;

/// Lines kept around a change.
const AROUND: usize = 3;

/// One line of a diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    /// `-` wanted but not found, `+` found but not wanted, ` ` in both, `~` equal lines were left out.
    pub(crate) mark: char,
    /// The line without its end.
    pub(crate) text: String,
}

/// The diff of two texts; JSON is indented first, so that one field is one line. Control characters are made visible.
/// When only one of the two is there, all its lines carry its mark.
pub(crate) fn lines(expected: Option<&str>, found: Option<&str>) -> Vec<Line> {
    let (expected, found) = match (expected, found) {
        (None, None) => return Vec::new(),
        (Some(expected), None) => return marked('-', expected),
        (None, Some(found)) => return marked('+', found),
        (Some(expected), Some(found)) => (text::indented(expected), text::indented(found)),
    };
    let (expected, found) = (text::visible(&expected), text::visible(&found));
    let diff = TextDiff::from_lines(expected.as_str(), found.as_str());
    let mut out = Vec::new();
    let mut seen = 0;
    for group in diff.grouped_ops(AROUND) {
        let start = group.first().map_or(0, |op| op.old_range().start);
        gap(&mut out, start.saturating_sub(seen));
        seen = group.last().map_or(seen, |op| op.old_range().end);
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let mark = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            out.push(Line { mark, text: change.value().trim_end_matches('\n').to_owned() });
        }
    }
    if out.is_empty() {
        // Equal texts: the difference lies elsewhere (a type, a missing field), so show what there is.
        return marked(' ', &found);
    }
    gap(&mut out, diff.old_len().saturating_sub(seen));
    out
}

fn marked(mark: char, text: &str) -> Vec<Line> {
    let text = text::visible(&text::indented(text));
    if text.is_empty() {
        return vec![Line { mark, text }];
    }
    text.lines().map(|line| Line { mark, text: line.to_owned() }).collect()
}

fn gap(out: &mut Vec<Line>, left_out: usize) {
    if left_out > 0 {
        out.push(Line { mark: '~', text: format!("… {}", text::count(left_out, "equal line")) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(expected: Option<&str>, found: Option<&str>) -> String {
        lines(expected, found).iter().map(|line| format!("{} {}\n", line.mark, line.text)).collect()
    }

    #[test]
    fn json_is_compared_field_by_field() {
        insta::assert_snapshot!(
            drawn(Some(r#"{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}"#), Some(r#"{"a":1,"b":2,"c":3,"d":4,"e":5,"f":7}"#)),
            @r#"
        ~ … 3 equal lines
            "c": 3,
            "d": 4,
            "e": 5,
        -   "f": 6
        +   "f": 7
          }
        "#
        );
    }

    #[test]
    fn one_side_alone_and_equal_sides_are_shown_too() {
        assert_eq!(drawn(Some("x"), None), "- x\n");
        assert_eq!(drawn(None, Some("x\ny")), "+ x\n+ y\n");
        assert_eq!(drawn(Some("x"), Some("x")), "  x\n");
        assert_eq!(drawn(Some("x"), Some("")), "- x\n");
        assert_eq!(drawn(Some(""), None), "- \n");
        assert_eq!(drawn(None, None), "");
    }
}
