//! Suggestions for unknown words, with all that are known.

use dryrun_contract::suggest::nearest;

/// `; did you mean "x"? Known: a, b` for an unknown word.
pub(crate) fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean {near:?}? Known: {}", listed(&known)),
        None => format!("known: {}", listed(&known)),
    }
}

/// `a, b and c`; `none` for nothing.
pub(crate) fn listed<T: AsRef<str>>(words: &[T]) -> String {
    match words {
        [] => "none".to_owned(),
        [one] => one.as_ref().to_owned(),
        [head @ .., last] => {
            format!("{} and {}", head.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_a_stranger_is_not() {
        assert!(hint("opertions", ["operations", "collections"]).starts_with("did you mean \"operations\"?"));
        assert_eq!(hint("xyz", ["operations", "collections"]), "known: operations and collections");
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
        assert_eq!(listed::<&str>(&[]), "none");
    }
}
