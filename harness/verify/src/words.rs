//! What our mock is able to say: [`said`].

use std::collections::BTreeSet;

use crate::subject::Subject;

/// The words of the behaviour file; none without one.
pub(crate) fn said(subject: &Subject) -> BTreeSet<String> {
    let word = |c: char| !(c.is_alphanumeric() || "_-.".contains(c));
    let text = subject.behaviour.as_ref().map_or("", |(_, text)| text);
    text.split(word).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
