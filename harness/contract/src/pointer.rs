//! JSON pointers (RFC 6901), as text.

/// Appends one segment to a JSON pointer.
pub(crate) fn join(at: &str, key: &str) -> String {
    if key.contains(['~', '/']) {
        format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
    } else {
        format!("{at}/{key}")
    }
}

/// One segment of a JSON pointer as the key that it stands for.
pub(crate) fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// The last segment of a pointer as a key; empty for the root.
pub(crate) fn last(pointer: &str) -> String {
    unescape(pointer.rsplit_once('/').map_or("", |(_, last)| last))
}

/// The pointer and all that stand above it, the nearest first, down to the root (empty).
pub(crate) fn ancestors(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |at| at.rsplit_once('/').map(|(above, _)| above))
}

/// A pointer as the text of a `$ref` within the same document.
pub(crate) fn fragment(pointer: &str) -> String {
    format!("#{}", pointer.replace('%', "%25"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_escaped_and_back() {
        assert_eq!(join("/paths", "/a~b"), "/paths/~1a~0b");
        assert_eq!(last("/paths/~1a~0b"), "/a~b");
        assert_eq!(last(""), "");
        assert_eq!(ancestors("/a/b").collect::<Vec<_>>(), ["/a/b", "/a", ""]);
    }
}
