//! For a call that no contract knows: the documented call that is nearest to it, and what differs, in words.

use crate::operation::Operation;
use crate::router::{Piece, decode};
use crate::suggest::distance;
use crate::words::{list, quoted};

/// What a step in the alignment of two paths costs, in thousandths of a whole segment.
const WHOLE: usize = 1000;
/// What another method costs.
const METHOD: usize = 300;
/// How many differences are spelled out.
const SPELLED: usize = 3;

enum Step {
    Same,
    Other,
    Extra,
    Missing,
}

/// One sentence: `no contract knows GET /x; the nearest is GET /y: segment 1 is "x", wanted "y"`.
pub(crate) fn diagnose<'a>(
    method: &str,
    path: &str,
    calls: impl Iterator<Item = (&'a Operation, &'a [Piece])>,
) -> String {
    let segments: Vec<String> =
        crate::router::segments(path).into_iter().map(|segment| decode(segment).into_owned()).collect();
    let cost = |operation: &Operation, pieces: &[Piece]| {
        let method = if operation.method == method { 0 } else { METHOD };
        table(&segments, pieces)[segments.len()][pieces.len()] + method
    };
    let Some((operation, pieces)) = calls.min_by_key(|(operation, pieces)| cost(operation, pieces)) else {
        return format!("no contract knows {method} {path}; the contract has no calls at all");
    };
    let mut differences = differences(&segments, pieces);
    if operation.method != method {
        differences.insert(0, format!("the method is {method}, wanted {}", operation.method));
    }
    if differences.len() > SPELLED {
        let more = differences.len() - SPELLED;
        differences.truncate(SPELLED);
        differences.push(format!("{more} more differences"));
    }
    format!(
        "no contract knows {method} {path}; the nearest is {}: {}",
        operation.line(),
        list(differences, "and")
    )
}

fn difference(segment: &str, piece: &Piece) -> usize {
    match piece {
        Piece::Literal(text) if text == segment => 0,
        Piece::Literal(text) => {
            let longest = text.chars().count().max(segment.chars().count()).max(1);
            // Never for nothing, never as dear as leaving one out and putting one in.
            (distance(text, segment) * WHOLE / longest).clamp(1, WHOLE * 3 / 2)
        }
        // A value says nothing; a literal that is met is better.
        piece if piece.capture(segment).is_some() => 10,
        _ => WHOLE,
    }
}

/// `table[i][j]`: the cost of the first `i` segments against the first `j` pieces.
fn table(segments: &[String], pieces: &[Piece]) -> Vec<Vec<usize>> {
    let mut table = vec![vec![0; pieces.len() + 1]; segments.len() + 1];
    for i in 0..=segments.len() {
        for j in 0..=pieces.len() {
            table[i][j] = match (i, j) {
                (0, _) => j * WHOLE,
                (_, 0) => i * WHOLE,
                _ => (table[i - 1][j - 1] + difference(&segments[i - 1], &pieces[j - 1]))
                    .min(table[i - 1][j] + WHOLE)
                    .min(table[i][j - 1] + WHOLE),
            };
        }
    }
    table
}

fn differences(segments: &[String], pieces: &[Piece]) -> Vec<String> {
    let table = table(segments, pieces);
    let (mut i, mut j) = (segments.len(), pieces.len());
    let mut words = Vec::new();
    while i > 0 || j > 0 {
        let step = if i > 0
            && j > 0
            && table[i][j] == table[i - 1][j - 1] + difference(&segments[i - 1], &pieces[j - 1])
        {
            if difference(&segments[i - 1], &pieces[j - 1]) <= 10
                && pieces[j - 1].capture(&segments[i - 1]).is_some()
            {
                Step::Same
            } else {
                Step::Other
            }
        } else if i > 0 && table[i][j] == table[i - 1][j] + WHOLE {
            Step::Extra
        } else {
            Step::Missing
        };
        match step {
            Step::Same => (i, j) = (i - 1, j - 1),
            Step::Other => {
                words.push(format!(
                    "segment {i} is {}, wanted {}",
                    quoted(&segments[i - 1]),
                    name(&pieces[j - 1])
                ));
                (i, j) = (i - 1, j - 1);
            }
            Step::Extra if segments[i - 1].is_empty() && i == segments.len() => {
                words.push("the path ends in `/`, wanted none".to_owned());
                i -= 1;
            }
            Step::Extra => {
                words.push(format!("segment {i}, {}, is one too many", quoted(&segments[i - 1])));
                i -= 1;
            }
            Step::Missing => {
                words.push(format!("segment {}, {}, is missing", i + 1, name(&pieces[j - 1])));
                j -= 1;
            }
        }
    }
    words.reverse();
    words
}

fn name(piece: &Piece) -> String {
    match piece {
        Piece::Literal(text) => quoted(text),
        Piece::Variable(name) => format!("a value for {{{name}}}"),
        Piece::Mixed(parts) => {
            let text: String = parts
                .iter()
                .enumerate()
                .map(|(i, part)| if i % 2 == 0 { part.clone() } else { format!("{{{part}}}") })
                .collect();
            format!("`{text}`")
        }
    }
}
