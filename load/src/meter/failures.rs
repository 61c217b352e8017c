//! [`Failures`]: what did not work, folded, so that a run in which everything fails stays small.

use dryrun_record::load::LoadFailure;

/// So many kinds are told apart; of those that come later only the number is kept, by cause.
const KINDS: usize = 200;
/// What stands in place of their messages.
const FURTHER: &str = "further kinds of failures, told apart no more";

/// What did not work.
#[derive(Debug, Default)]
pub(super) struct Failures {
    kinds: Vec<LoadFailure>,
    further: Vec<LoadFailure>,
}

impl Failures {
    /// Once more, or as often as it says. The first example stays.
    pub(super) fn add(&mut self, failure: LoadFailure) {
        let count = failure.count.max(1);
        let same = |known: &&mut LoadFailure| {
            known.message == failure.message
                && known.step == failure.step
                && known.workflow == failure.workflow
                && known.cause == failure.cause
        };
        if let Some(known) = self.kinds.iter_mut().find(same) {
            known.count += count;
            if known.example.is_empty() {
                known.example = failure.example;
            }
        } else if self.kinds.len() < KINDS {
            self.kinds.push(LoadFailure { count, ..failure });
        } else if let Some(known) = self.further.iter_mut().find(|known| known.cause == failure.cause) {
            known.count += count;
        } else {
            let LoadFailure { cause, example, .. } = failure;
            let message = FURTHER.to_owned();
            self.further.push(LoadFailure { cause, message, count, example, ..LoadFailure::default() });
        }
    }

    /// The most frequent first.
    pub(super) fn list(&self) -> Vec<LoadFailure> {
        let mut list: Vec<_> = self.kinds.iter().chain(&self.further).cloned().collect();
        list.sort_by_key(|failure| std::cmp::Reverse(failure.count));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(message: &str, example: &str) -> LoadFailure {
        let (cause, message, example) = ("check".to_owned(), message.to_owned(), example.to_owned());
        LoadFailure { cause, message, example, ..LoadFailure::default() }
    }

    #[test]
    fn the_same_is_folded_and_the_first_example_stays() {
        let mut failures = Failures::default();
        failures.add(failure("a", ""));
        failures.add(failure("b", "b1"));
        failures.add(failure("b", "b2"));
        failures.add(LoadFailure { count: 3, ..failure("a", "a4") });
        failures.add(LoadFailure { step: "other step".to_owned(), ..failure("b", "") });
        let list: Vec<_> =
            failures.list().iter().map(|f| (f.message.clone(), f.count, f.example.clone())).collect();
        let wanted = [("a", 4, "a4"), ("b", 2, "b1"), ("b", 1, "")];
        assert_eq!(
            list,
            wanted.map(|(message, count, example)| (message.to_owned(), count, example.to_owned()))
        );
    }

    #[test]
    fn kinds_are_bounded_and_nothing_goes_uncounted() {
        let mut failures = Failures::default();
        for k in 0..10_000 {
            failures.add(failure(&format!("message {k}"), ""));
        }
        let list = failures.list();
        assert_eq!(list.len(), KINDS + 1);
        assert_eq!(list.iter().map(|failure| failure.count).sum::<u64>(), 10_000);
        assert_eq!((list[0].message.as_str(), list[0].count), (FURTHER, 10_000 - KINDS as u64));
    }
}
