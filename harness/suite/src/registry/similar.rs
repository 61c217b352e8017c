//! How much a step's text is like a phrase: words in common, in order.

use crate::values::nearest::distance;

/// From 0 (nothing in common) to 1 (the same words; values and parameters count as equal).
pub(crate) fn similarity(text: &str, pattern: &str) -> f64 {
    let (left, right) = (text_words(text), pattern_words(pattern));
    if left.is_empty() || right.is_empty() {
        return 0.0;
    }
    let mut row = vec![0.0_f64; right.len() + 1];
    for a in &left {
        let mut corner = 0.0;
        for (j, b) in right.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = f64::max(corner + alike(a, b), f64::max(above, row[j]));
            corner = above;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of words in a line")]
    let total = (left.len() + right.len()) as f64;
    2.0 * row[right.len()] / total
}

fn alike(a: &str, b: &str) -> f64 {
    let parameter = |word: &str| word.starts_with('{');
    match (parameter(a), parameter(b)) {
        (true, true) => 0.6,
        // A bare word may be meant for a parameter.
        (false, true) | (true, false) => 0.2,
        (false, false) if a == b => 1.0,
        (false, false) if a.len() >= 4 && distance(a, b) <= a.len() / 3 => 0.7,
        (false, false) => 0.0,
    }
}

/// Words; quoted texts and numbers become `{}`.
fn text_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('"') {
        words.extend(rest[..at].split_whitespace().map(word));
        words.push("{}".to_owned());
        let behind = &rest[at + 1..];
        rest = behind.find('"').map_or("", |end| &behind[end + 1..]);
    }
    words.extend(rest.split_whitespace().map(word));
    words
}

fn word(text: &str) -> String {
    let bare = text.trim_end_matches([':', ',', '.']).to_lowercase();
    if bare.starts_with("${") || bare.chars().next().is_some_and(|c| c.is_ascii_digit()) {
        "{}".to_owned()
    } else {
        bare
    }
}

/// Words of a Cucumber expression; options are left out, of alternatives the first counts.
fn pattern_words(pattern: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut depth = 0_usize;
    for c in pattern.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
        .split_whitespace()
        .map(|part| part.split('/').next().unwrap_or(part))
        .map(|part| if part.starts_with('{') { part.to_owned() } else { word(part) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phrase_that_was_meant_is_nearest() {
        let patterns =
            ["the status is {int}", "I GET {string}", "{service} received nothing", "the answer is empty"];
        let nearest = |text: &str| {
            let best = patterns.iter().max_by(|a, b| similarity(text, a).total_cmp(&similarity(text, b)));
            *best.unwrap()
        };
        assert_eq!(nearest("the status code is 200"), "the status is {int}");
        assert_eq!(nearest("I get \"/health\""), "I GET {string}");
        assert_eq!(nearest("the CRM recieved nothing"), "{service} received nothing");
        assert!(similarity("completely different words", "the status is {int}") < 0.2);
    }
}
