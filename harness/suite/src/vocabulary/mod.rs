//! Everything that a feature can say, one file a subject: [`phrases`]. Documentation and matching come from here too.

mod answer;
mod calls;
mod contracts;
mod data;
mod dryrun;
#[cfg(test)]
mod exchange_tests;
mod faults;
mod http;
mod lists;
mod live;
mod load;
mod messages;
pub(crate) mod nouns;
mod order;
mod received;
mod repeat;
mod schemas;
mod setup;
mod snapshot;
mod support;

pub(crate) use calls::{applied, ids, list, writes};
pub(crate) use data::rows_of;
pub(crate) use nouns::CallRef;
pub(crate) use order::same_again;
pub(crate) use support::condition;

use crate::phrase::Phrase;

/// All phrases, by subject and in the order in which they are read best.
pub fn phrases() -> Vec<Phrase> {
    let mut all: Vec<Phrase> = [
        setup::PHRASES,
        data::PHRASES,
        http::PHRASES,
        answer::PHRASES,
        lists::PHRASES,
        snapshot::PHRASES,
        repeat::PHRASES,
        contracts::PHRASES,
        schemas::PHRASES,
        faults::PHRASES,
        received::PHRASES,
        order::PHRASES,
        dryrun::PHRASES,
        live::PHRASES,
        messages::PHRASES,
        load::PHRASES,
    ]
    .concat();
    // Stable: within a subject the order above stays.
    all.sort_by_key(|phrase| phrase.subject);
    all
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::phrase::Argument;

    #[test]
    fn each_phrase_is_there_once_and_explains_itself() {
        let all = phrases();
        let patterns: HashSet<&str> = all.iter().map(|phrase| phrase.pattern).collect();
        assert_eq!(patterns.len(), all.len());
        for phrase in &all {
            assert!(phrase.meaning.ends_with('.'), "{}", phrase.pattern);
            let lines = phrase.example.lines().skip(1).map(str::trim_start).collect::<Vec<_>>();
            let has = |start: &str| lines.iter().any(|line| line.starts_with(start));
            match phrase.argument {
                Argument::None => assert!(lines.is_empty(), "{}", phrase.pattern),
                Argument::Table => assert!(has("|") && !has("\"\"\""), "{}", phrase.pattern),
                Argument::DocString => assert!(has("\"\"\"") && !has("| "), "{}", phrase.pattern),
            }
        }
    }
}
