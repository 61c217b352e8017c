//! Where in `dryrun.toml` something stands: [`locate`], for messages about what TOML itself finds good.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// One step into a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// Of a table.
    Key(&'a str),
    /// Of an array, from 0.
    Index(usize),
}

/// The bytes of the value that the steps lead to; of the last one that is there, when the rest is not.
pub(crate) fn locate(text: &str, steps: &[Step<'_>]) -> Option<Range<usize>> {
    let document = DeTable::parse(text).ok()?;
    let mut place = None;
    let mut table = Some(document.get_ref());
    let mut value: Option<&DeValue<'_>> = None;
    for step in steps {
        let next = match step {
            Step::Key(wanted) => {
                let inner = match value {
                    Some(DeValue::Table(inner)) => Some(inner),
                    Some(_) => None,
                    None => table.take(),
                };
                let Some((key, found)) =
                    inner.and_then(|inner| inner.iter().find(|(key, _)| key.get_ref() == wanted))
                else {
                    break;
                };
                // A table has no end that a caret could show: its name stands for it.
                let whole = matches!(found.get_ref(), DeValue::Table(_) | DeValue::Array(_));
                place = Some(if whole { key.span() } else { found.span() });
                found.get_ref()
            }
            Step::Index(index) => {
                let Some(DeValue::Array(items)) = value else { break };
                let Some(found) = items.get(*index) else { break };
                place = Some(found.span());
                found.get_ref()
            }
        };
        value = Some(next);
    }
    place
}

#[cfg(test)]
mod tests {
    use super::Step::{Index, Key};
    use super::*;

    #[test]
    fn values_keys_and_items_are_found() {
        let text = "[calls.crm]\nemail = \"POST /a\"\n[[claims]]\nsays = \"x\"\n[[claims]]\nsays = \"y\"\n";
        let at = |steps: &[Step<'_>]| locate(text, steps).map(|range| &text[range]);
        assert_eq!(at(&[Key("calls"), Key("crm")]), Some("crm"));
        assert_eq!(at(&[Key("calls"), Key("crm"), Key("email")]), Some("\"POST /a\""));
        assert_eq!(at(&[Key("claims"), Index(1), Key("says")]), Some("\"y\""));
        assert_eq!(at(&[Key("calls"), Key("crm"), Key("gone")]), Some("crm"), "the nearest that is there");
        assert_eq!(at(&[Key("gone")]), None);
    }
}
