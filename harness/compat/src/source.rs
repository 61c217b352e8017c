//! A [`Source`]: one contract's document, its references followed; and [`At`], a part of it with its place.

use serde_json::Value;

/// How far a chain of references may lead.
const MAX_HOPS: usize = 64;

/// One document.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) root: &'a Value,
    /// Whether it speaks OpenAPI 3.0's own schema language.
    pub(crate) v30: bool,
}

/// A part of a document together with its JSON pointer.
#[derive(Debug, Clone)]
pub(crate) struct At<'a> {
    pub(crate) value: &'a Value,
    pub(crate) at: String,
}

impl<'a> Source<'a> {
    pub(crate) fn new(root: &'a Value) -> Self {
        let v30 = match &root["openapi"] {
            Value::String(version) => version.starts_with("3.0"),
            other => other.to_string().starts_with("3.0"),
        };
        Self { root, v30 }
    }

    /// The part at a place, references followed.
    pub(crate) fn at(&self, pointer: &str) -> Option<At<'a>> {
        let value = self.root.pointer(pointer)?;
        Some(self.follow(At { value, at: pointer.to_owned() }))
    }

    /// The child of a part, references followed.
    pub(crate) fn child(&self, parent: &At<'a>, key: &str) -> Option<At<'a>> {
        let value = parent.value.get(key)?;
        Some(self.follow(At { value, at: join(&parent.at, key) }))
    }

    /// Every child of an object, references followed; `x-…` extensions are left out.
    pub(crate) fn children(&self, parent: &At<'a>) -> Vec<(&'a str, At<'a>)> {
        self.entries(parent).into_iter().filter(|(key, _)| !key.starts_with("x-")).collect()
    }

    /// Every entry of an object whose keys are names that somebody chose: headers are called `x-…`, too.
    pub(crate) fn entries(&self, parent: &At<'a>) -> Vec<(&'a str, At<'a>)> {
        let Some(map) = parent.value.as_object() else {
            return Vec::new();
        };
        map.iter()
            .map(|(key, value)| (key.as_str(), self.follow(At { value, at: join(&parent.at, key) })))
            .collect()
    }

    /// Every element of an array, references followed.
    pub(crate) fn items(&self, parent: &At<'a>) -> Vec<At<'a>> {
        let items = parent.value.as_array().map(Vec::as_slice).unwrap_or_default();
        items
            .iter()
            .enumerate()
            .map(|(i, value)| self.follow(At { value, at: join(&parent.at, &i.to_string()) }))
            .collect()
    }

    /// Follows references, as far as they lead somewhere in this document. What leads nowhere stays as it is.
    pub(crate) fn follow(&self, mut part: At<'a>) -> At<'a> {
        for _ in 0..MAX_HOPS {
            let Some(pointer) = target(part.value) else {
                return part;
            };
            let Some(value) = self.root.pointer(&pointer) else {
                return part;
            };
            part = At { value, at: pointer };
        }
        part
    }
}

/// The pointer that a reference of this document means.
pub(crate) fn target(value: &Value) -> Option<String> {
    let reference = value.get("$ref")?.as_str()?;
    let fragment = reference.strip_prefix('#')?;
    if !fragment.is_empty() && !fragment.starts_with('/') {
        return None;
    }
    Some(percent_encoding::percent_decode_str(fragment).decode_utf8_lossy().into_owned())
}

/// Appends one segment to a JSON pointer.
pub(crate) fn join(at: &str, key: &str) -> String {
    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// A value as it would be written in JSON, shortened.
pub(crate) fn literal(value: &Value) -> String {
    shorten(&value.to_string())
}

/// At most 80 characters of a text.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_are_followed_to_where_they_lead() {
        let root = json!({"openapi": "3.0.3", "a": {"$ref": "#/b/x~1y"}, "b": {"x/y": {"type": "string"}},
            "loop": {"$ref": "#/loop"}, "far": {"$ref": "other.yaml#/a"}});
        let source = Source::new(&root);
        assert!(source.v30);
        assert_eq!(source.at("/a").unwrap().at, "/b/x~1y");
        assert_eq!(source.at("/far").unwrap().at, "/far");
        assert_eq!(source.at("/loop").unwrap().at, "/loop");
        assert!(source.at("/none").is_none());
    }
}
