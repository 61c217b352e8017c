//! A [`Finding`]: one difference between two schemas, before anybody asked whom it breaks.

use serde_json::Value;

use crate::change::{Effect, Impact};
use crate::source::literal;

/// One difference.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    /// The last part of the rule's name: `max-length-decreased`.
    pub(crate) tail: &'static str,
    pub(crate) effect: Effect,
    /// Where the law does not hold: what it does to the sender and to the receiver.
    pub(crate) instead_of_law: Option<(Impact, Impact)>,
    /// Steps into the value: `items[].price`.
    pub(crate) path: String,
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
    pub(crate) message: String,
    pub(crate) instead: String,
}

impl Finding {
    pub(crate) fn new(tail: &'static str, effect: Effect, message: String, instead: String) -> Self {
        Self {
            tail,
            effect,
            instead_of_law: None,
            path: String::new(),
            old: None,
            new: None,
            message,
            instead,
        }
    }

    /// With its places.
    pub(crate) fn at(mut self, old: Option<&str>, new: Option<&str>) -> Self {
        self.old = old.map(str::to_owned);
        self.new = new.map(str::to_owned);
        self
    }

    /// With impacts on sender and receiver that are not the law's.
    pub(crate) fn hitting(mut self, sender: Impact, receiver: Impact) -> Self {
        self.instead_of_law = Some((sender, receiver));
        self
    }

    /// A keyword with another value: the sentence and the advice write themselves.
    pub(crate) fn keyword(
        tail: &'static str,
        effect: Effect,
        keyword: &str,
        old: Option<&Value>,
        new: Option<&Value>,
    ) -> Self {
        let (message, instead) = match (old, new) {
            // Two long texts that begin alike are shown whole: the difference is what matters.
            (Some(old), Some(new)) if literal(old) == literal(new) => {
                (format!("`{keyword}` was {old}, is {new}"), format!("keep `{keyword}: {old}`"))
            }
            (Some(old), Some(new)) => (
                format!("`{keyword}` was {}, is {}", literal(old), literal(new)),
                format!("keep `{keyword}: {}`", literal(old)),
            ),
            (None, Some(new)) => {
                (format!("`{keyword}` was not set, is {}", literal(new)), format!("leave `{keyword}` out"))
            }
            (Some(old), None) => (
                format!("`{keyword}` was {}, is not set any more", literal(old)),
                format!("keep `{keyword}: {}`", literal(old)),
            ),
            (None, None) => (format!("`{keyword}` differs"), format!("keep `{keyword}`")),
        };
        Self::new(tail, effect, message, instead)
    }
}

/// Two schemas for the same part of a value, to be compared next, with the step that leads there.
pub(crate) struct Pair<'o, 'n> {
    pub(crate) step: String,
    pub(crate) old: Vec<crate::source::At<'o>>,
    pub(crate) new: Vec<crate::source::At<'n>>,
    /// What is allowed below is refused here (`not`): effects turn round.
    pub(crate) turned: bool,
}
