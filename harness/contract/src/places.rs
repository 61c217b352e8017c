//! [`Places`]: how the compiled form of a document differs from the document itself, for whoever reports what was broken.

use std::collections::BTreeMap;

use crate::pointer::ancestors;

/// Where the contents of rewritten schemas stand in the document, and which schemas are told apart by a field.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// From a place of the compiled form to that of the document, for whatever stands below it, too.
    pub(crate) moved: BTreeMap<String, String>,
    /// The schemas that have a `discriminator`, by their place in the document: the name of its property.
    pub(crate) tags: BTreeMap<String, String>,
    /// Where there are several files: their addresses, and what they are called.
    pub(crate) files: BTreeMap<String, String>,
}

impl Places {
    /// The place in the document of a place in the compiled form.
    pub(crate) fn original(&self, place: &str) -> String {
        if self.moved.is_empty() {
            return place.to_owned();
        }
        let found = ancestors(place).find_map(|above| self.moved.get_key_value(above));
        match found {
            // What was moved may have been moved before, but what stands below it was not.
            Some((from, to)) => format!("{}{}", self.original(to), &place[from.len()..]),
            None => place.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_led_back() {
        let moved = [("/a/base", "/a"), ("/a/base/anyOf/0", "/a/base"), ("/b/anyOf/0", "/b")];
        let moved = moved.map(|(from, to)| (from.to_owned(), to.to_owned()));
        let places = Places { moved: moved.into(), ..Places::default() };
        assert_eq!(places.original("/a/base/anyOf/0/type"), "/a/type");
        assert_eq!(places.original("/b/anyOf/0/anyOf/0"), "/b/anyOf/0");
        assert_eq!(places.original("/c/type"), "/c/type");
    }
}
