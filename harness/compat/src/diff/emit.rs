//! The [`Emitter`]: findings become changes; the same one in many calls becomes one change.

use std::collections::HashMap;

use crate::change::{Change, Effect, Impact, Party, Place};
use crate::schema::finding::Finding;

/// Where findings come from.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    pub(crate) operation: String,
    /// Who sends the message that the finding is about.
    pub(crate) sender: Party,
    /// First part of the rule's name; none if the finding brings the whole name.
    pub(crate) prefix: Option<&'static str>,
    /// In words: `request body`, `query parameter "limit"`.
    pub(crate) subject: String,
}

/// What makes two changes one: the rule, both places, what is said, and whom it hits.
type Key = (String, Option<String>, Option<String>, String, [Impact; 2]);

/// Collects changes.
#[derive(Default)]
pub(crate) struct Emitter {
    changes: Vec<Change>,
    index: HashMap<Key, usize>,
}

impl Emitter {
    pub(crate) fn emit(&mut self, scope: &Scope, finding: Finding) {
        self.add(scope, finding, false);
    }

    /// A change of words only.
    pub(crate) fn editorial(&mut self, scope: &Scope, finding: Finding) {
        self.add(scope, finding, true);
    }

    fn add(&mut self, scope: &Scope, finding: Finding, editorial: bool) {
        let rule = match scope.prefix {
            Some(prefix) => format!("{prefix}-{}", finding.tail),
            None => finding.tail.to_owned(),
        };
        let impact = |party: Party| match finding.instead_of_law {
            Some((sender, receiver)) => {
                if party == scope.sender {
                    sender
                } else {
                    receiver
                }
            }
            None => finding.effect.on(party, scope.sender),
        };
        let (consumer, provider) = (impact(Party::Consumer), impact(Party::Provider));
        let subject = match (scope.subject.is_empty(), finding.path.is_empty()) {
            (_, true) => scope.subject.clone(),
            (true, _) => format!("`{}`", finding.path),
            _ => format!("{}, `{}`", scope.subject, finding.path),
        };
        let key = (
            rule.clone(),
            finding.old.clone(),
            finding.new.clone(),
            finding.message.clone(),
            [consumer, provider],
        );
        if let Some(known) = self.index.get(&key) {
            let known = &mut self.changes[*known];
            // Calls come one after another: the same one can only be the last.
            let last = known.also.last().unwrap_or(&known.operation);
            if *last != scope.operation {
                known.also.push(scope.operation.clone());
            }
            return;
        }
        self.index.insert(key, self.changes.len());
        let place = |pointer: Option<String>| pointer.map(|pointer| Place { pointer, location: None });
        self.changes.push(Change {
            rule,
            consumer,
            provider,
            editorial: editorial || (finding.effect == Effect::None && finding.tail == "pattern-rewritten"),
            operation: scope.operation.clone(),
            also: Vec::new(),
            subject,
            old: place(finding.old),
            new: place(finding.new),
            message: finding.message,
            instead: finding.instead,
        });
    }

    pub(crate) fn changes(self) -> Vec<Change> {
        self.changes
    }
}
