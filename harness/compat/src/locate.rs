//! The [`Locator`]: from a JSON pointer to the line and column of the file, so that people find what is meant.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use crate::source::join;

/// Line and column, both from 1.
type Spot = (u64, u64);

/// Knows where the parts of some files stand.
#[derive(Debug, Default)]
pub struct Locator {
    /// By the file as it is named.
    files: HashMap<String, BTreeMap<String, Spot>>,
}

impl Locator {
    /// Knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the text of a file in; one that is no YAML has no places.
    #[must_use]
    pub fn with(mut self, file: &str, text: &str) -> Self {
        self.learn(file, text);
        self
    }

    fn learn(&mut self, file: &str, text: &str) {
        let options = serde_saphyr::options! {
            strict_booleans: true,
            with_snippet: false,
            budget: serde_saphyr::budget! { max_events: 20_000_000, max_nodes: 10_000_000, max_depth: 200 },
        };
        let mut places = BTreeMap::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if let Ok(tree) = serde_saphyr::from_str_with_options::<Tree>(text, options) {
            collect(&tree, "", &mut places);
        }
        self.files.insert(file.to_owned(), places);
    }

    /// `file:line:column` of a place in a file, or of the nearest part above it that is there; the file is read when it
    /// is first asked for.
    pub fn find(&mut self, file: &str, pointer: &str) -> String {
        if !self.files.contains_key(file) {
            let text = std::fs::read_to_string(Path::new(file)).unwrap_or_default();
            self.learn(file, &text);
        }
        let places = &self.files[file];
        let mut above = pointer;
        loop {
            if let Some((line, column)) = places.get(above) {
                return format!("{file}:{line}:{column}");
            }
            match above.rsplit_once('/') {
                Some((parent, _)) => above = parent,
                None => return if places.is_empty() { file.to_owned() } else { format!("{file}:1:1") },
            }
        }
    }
}

/// A document as nothing but its places.
enum Tree {
    Leaf,
    Map(Vec<(Spanned<String>, Tree)>),
    List(Vec<Spanned<Tree>>),
}

fn collect(tree: &Tree, at: &str, places: &mut BTreeMap<String, Spot>) {
    match tree {
        Tree::Leaf => {}
        Tree::Map(entries) => {
            for (key, value) in entries {
                let at = join(at, &key.value);
                collect(value, &at, places);
                places.insert(at, (key.referenced.line(), key.referenced.column()));
            }
        }
        Tree::List(items) => {
            for (index, item) in items.iter().enumerate() {
                let at = join(at, &index.to_string());
                collect(&item.value, &at, places);
                places.insert(at, (item.referenced.line(), item.referenced.column()));
            }
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Tree;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_i128<E>(self, _: i128) -> Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_u128<E>(self, _: u128) -> Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_bytes<E>(self, _: &[u8]) -> Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_none<E>(self) -> Result<Tree, E> {
                Ok(Tree::Leaf)
            }
            fn visit_some<D: serde::Deserializer<'de>>(self, inner: D) -> Result<Tree, D::Error> {
                Tree::deserialize(inner)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry::<Spanned<String>, Tree>()? {
                    entries.push(entry);
                }
                Ok(Tree::Map(entries))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element::<Spanned<Tree>>()? {
                    items.push(item);
                }
                Ok(Tree::List(items))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_in_yaml_and_json() {
        let yaml = "openapi: 3.1.0\npaths:\n  /a/{b}:\n    get:\n      tags: [one, two]\n      responses:\n        200: {description: yes}\n";
        let json = "{\n  \"a\": [\n    {\"b\": 1},\n    null\n  ]\n}";
        let mut locator = Locator::new().with("a.yaml", yaml).with("b.json", json);
        assert_eq!(locator.find("a.yaml", "/paths/~1a~1{b}/get/tags/1"), "a.yaml:5:19");
        assert_eq!(locator.find("a.yaml", "/paths/~1a~1{b}/get/responses/200/description"), "a.yaml:7:15");
        assert_eq!(locator.find("a.yaml", "/paths/~1a~1{b}/get/nothing/here"), "a.yaml:4:5");
        assert_eq!(locator.find("b.json", "/a/0/b"), "b.json:3:6");
        assert_eq!(locator.find("b.json", ""), "b.json:1:1");
        assert_eq!(locator.find("c.json", "/a"), "c.json");
    }
}
