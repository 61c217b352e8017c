//! A [`Pairing`]: one call in two documents.

use crate::change::Party;
use crate::diff::emit::Scope;
use crate::schema::compare::Memo;
use crate::source::Source;

/// The two documents, and who calls.
pub(crate) struct Pairing<'o, 'n> {
    pub(crate) old: Source<'o>,
    pub(crate) new: Source<'n>,
    /// Who sends the request: the consumer, but for webhooks and callbacks.
    pub(crate) caller: Party,
    pub(crate) operation: String,
    /// What other calls have shown already.
    pub(crate) memo: Memo<'o, 'n>,
}

impl Pairing<'_, '_> {
    pub(crate) fn scope(&self, sender: Party, prefix: Option<&'static str>, subject: &str) -> Scope {
        Scope { operation: self.operation.clone(), sender, prefix, subject: subject.to_owned() }
    }
}
