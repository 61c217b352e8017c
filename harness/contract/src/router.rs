//! The [`Router`]: from a path to an operation, by a trie of segments. The time taken depends on the length of the path,
//! not on the number of operations.

use std::borrow::Cow;
use std::collections::HashMap;

use percent_encoding::{AsciiSet, percent_decode_str, utf8_percent_encode};

/// Stands for every method: of a path that can't be read nobody knows which it has.
pub(crate) const ANY_METHOD: &str = "*";

/// Leaves all of ASCII as it is.
const NON_ASCII: &AsciiSet = &AsciiSet::EMPTY;

/// One segment of a path template.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Piece {
    /// `email`
    Literal(String),
    /// `{id}`
    Variable(String),
    /// `{name}.{format}` or `{id}:cancel`: literal texts and names in turn, beginning with a text (perhaps empty).
    Mixed(Vec<String>),
}

impl Piece {
    /// How a template reads; `Err` says what is wrong with it.
    pub(crate) fn parse(template: &str) -> Result<Vec<Self>, String> {
        let path = template.strip_prefix('/').ok_or("a path begins with `/`")?;
        let names = path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
        if let Some(name) = names.into_iter().find(|name| name.contains("/*")) {
            return Err(format!(
                "`{{{name}}}` goes over several segments, and a parameter has one; write them one by one, such as \
                 `/shelves/{{shelf}}`"
            ));
        }
        path.split('/').map(Self::parse_one).collect()
    }

    fn parse_one(segment: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = segment;
        while let Some((text, after)) = rest.split_once('{') {
            let (name, end) =
                after.split_once('}').ok_or_else(|| format!("`{segment}` lacks a closing brace"))?;
            if name.is_empty() {
                return Err(format!("`{segment}` has a parameter without a name"));
            }
            parts.extend([text.to_owned(), name.to_owned()]);
            rest = end;
        }
        Ok(match parts.len() {
            // Some write it as it stands on the wire.
            0 => Self::Literal(decode(segment).into_owned()),
            2 if parts[0].is_empty() && rest.is_empty() => Self::Variable(parts.swap_remove(1)),
            _ => {
                parts.push(rest.to_owned());
                Self::Mixed(parts)
            }
        })
    }

    /// The names of the parameters in it.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Literal(_) => Vec::new(),
            Self::Variable(name) => vec![name],
            Self::Mixed(parts) => parts.iter().skip(1).step_by(2).map(String::as_str).collect(),
        }
    }

    /// The same without the names, which do not tell two templates apart.
    fn shape(&self) -> Self {
        match self {
            Self::Literal(text) => Self::Literal(text.clone()),
            Self::Variable(_) => Self::Variable(String::new()),
            Self::Mixed(parts) => {
                let nameless = parts
                    .iter()
                    .enumerate()
                    .map(|(i, part)| if i % 2 == 0 { part.clone() } else { String::new() });
                Self::Mixed(nameless.collect())
            }
        }
    }

    /// The raw values of the parameters if the raw segment fits; a parameter is never empty.
    pub(crate) fn capture<'p>(&self, segment: &'p str) -> Option<Vec<&'p str>> {
        match self {
            Self::Literal(text) => (decode(segment) == text.as_str()).then(Vec::new),
            Self::Variable(_) => (!segment.is_empty()).then(|| vec![segment]),
            Self::Mixed(parts) => Self::between(parts, segment).or_else(|| {
                // On the wire a text that is not plain ASCII is encoded, and so has to be what it is looked up by.
                let coded = |text: &String| utf8_percent_encode(text, NON_ASCII).to_string();
                let odd = segment.contains('%') && parts.iter().step_by(2).any(|text| !text.is_ascii());
                let parts = || {
                    parts
                        .iter()
                        .enumerate()
                        .map(|(i, part)| if i % 2 == 0 { coded(part) } else { part.clone() })
                };
                odd.then(|| Self::between(&parts().collect::<Vec<_>>(), segment)).flatten()
            }),
        }
    }

    /// What stands between the texts of a mixed segment.
    fn between<'p>(parts: &[String], segment: &'p str) -> Option<Vec<&'p str>> {
        let mut values = Vec::with_capacity(parts.len() / 2);
        let mut rest = segment.strip_prefix(parts[0].as_str())?;
        for (i, text) in parts.iter().enumerate().skip(2).step_by(2) {
            let last = i + 1 == parts.len();
            // The last text stands at the end; the others are met as early as a value of one character allows.
            let end = if last {
                rest.len()
                    .checked_sub(text.len())
                    .filter(|end| rest.is_char_boundary(*end) && rest[*end..] == **text)?
            } else {
                let first = rest.chars().next()?.len_utf8();
                first + rest[first..].find(text.as_str())?
            };
            if end == 0 {
                return None;
            }
            values.push(&rest[..end]);
            rest = &rest[end + text.len()..];
        }
        Some(values)
    }
}

/// Percent-decoded; bytes that are no UTF-8 are replaced.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if text.contains('%') { percent_decode_str(text).decode_utf8_lossy() } else { Cow::Borrowed(text) }
}

/// The segments of a path, still encoded.
pub(crate) fn segments(path: &str) -> Vec<&str> {
    path.strip_prefix('/').unwrap_or(path).split('/').collect()
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<Box<str>, usize>,
    mixed: Vec<(Piece, usize)>,
    variable: Option<usize>,
    /// Method and operation, in order of insertion.
    leaves: Vec<(String, usize)>,
}

/// All templates of a contract.
#[derive(Debug)]
pub(crate) struct Router {
    nodes: Vec<Node>,
}

/// What the trie knows about a call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Match {
    Operation(usize),
    /// The operations of this path with other methods.
    Others(Vec<usize>),
    Nothing,
}

impl Router {
    pub(crate) fn new() -> Self {
        Self { nodes: vec![Node::default()] }
    }

    /// Adds an operation; gives back the one that has the same method and the same shape of path already.
    pub(crate) fn insert(&mut self, method: &str, pieces: &[Piece], operation: usize) -> Option<usize> {
        let mut at = 0;
        for piece in pieces {
            at = self.child(at, piece);
        }
        let leaves = &mut self.nodes[at].leaves;
        if let Some((_, other)) = leaves.iter().find(|(known, _)| known == method) {
            return Some(*other);
        }
        leaves.push((method.to_owned(), operation));
        None
    }

    fn child(&mut self, at: usize, piece: &Piece) -> usize {
        let fresh = self.nodes.len();
        let node = &mut self.nodes[at];
        let child = match piece {
            Piece::Literal(text) => *node.literals.entry(text.as_str().into()).or_insert(fresh),
            Piece::Variable(_) => *node.variable.get_or_insert(fresh),
            Piece::Mixed(_) => {
                let shape = piece.shape();
                match node.mixed.iter().find(|(known, _)| *known == shape) {
                    Some((_, child)) => *child,
                    None => {
                        node.mixed.push((shape, fresh));
                        fresh
                    }
                }
            }
        };
        if child == fresh {
            self.nodes.push(Node::default());
        }
        child
    }

    /// The most concrete operation that fits; a less concrete path is taken if only it has the method.
    pub(crate) fn find(&self, method: &str, path: &str) -> Match {
        let segments = segments(path);
        let mut others = Vec::new();
        match self.search(0, &segments, method, &mut others) {
            Some(operation) => Match::Operation(operation),
            None if others.is_empty() => Match::Nothing,
            None => Match::Others(others),
        }
    }

    fn search(&self, at: usize, rest: &[&str], method: &str, others: &mut Vec<usize>) -> Option<usize> {
        let node = &self.nodes[at];
        let Some((first, rest)) = rest.split_first() else {
            let found = node
                .leaves
                .iter()
                .find(|(known, _)| known == method || known == ANY_METHOD)
                .map(|(_, operation)| *operation);
            if found.is_none() {
                others.extend(node.leaves.iter().map(|(_, operation)| *operation));
            }
            return found;
        };
        if let Some(child) = node.literals.get(&*decode(first))
            && let Some(found) = self.search(*child, rest, method, others)
        {
            return Some(found);
        }
        for (piece, child) in &node.mixed {
            if piece.capture(first).is_some()
                && let Some(found) = self.search(*child, rest, method, others)
            {
                return Some(found);
            }
        }
        match node.variable {
            Some(child) if !first.is_empty() => self.search(child, rest, method, others),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(calls: &[(&str, &str)]) -> Router {
        let mut router = Router::new();
        for (i, (method, path)) in calls.iter().enumerate() {
            assert_eq!(router.insert(method, &Piece::parse(path).unwrap(), i), None, "{path}");
        }
        router
    }

    #[test]
    fn concrete_before_mixed_before_templated() {
        let router = router(&[
            ("GET", "/a/{id}"),
            ("GET", "/a/count"),
            ("GET", "/a/{id}.json"),
            ("DELETE", "/a/{id}"),
            ("GET", "/a/{id}/b"),
            ("GET", "/{any}/count/c"),
            ("GET", "/"),
            ("POST", "/a/{id}:cancel"),
        ]);
        for (method, path, wanted) in [
            ("GET", "/a/count", Match::Operation(1)),
            ("GET", "/a/7", Match::Operation(0)),
            ("GET", "/a/7.json", Match::Operation(2)),
            ("GET", "/a/.json", Match::Operation(0)),
            ("GET", "/a/count/b", Match::Operation(4)),
            ("GET", "/a/count/c", Match::Operation(5)),
            ("GET", "/a/co%75nt", Match::Operation(1)),
            ("DELETE", "/a/count", Match::Operation(3)),
            ("POST", "/a/7:cancel", Match::Operation(7)),
            ("GET", "/", Match::Operation(6)),
            ("GET", "/a/", Match::Nothing),
            ("GET", "/a", Match::Nothing),
            ("PUT", "/a/x", Match::Others(vec![0, 3])),
        ] {
            assert_eq!(router.find(method, path), wanted, "{method} {path}");
        }
    }

    #[test]
    fn templates_that_differ_only_in_names_are_one() {
        let mut router = router(&[("GET", "/a/{id}"), ("GET", "/b/{x}.{y}")]);
        assert_eq!(router.insert("GET", &Piece::parse("/a/{other}").unwrap(), 9), Some(0));
        assert_eq!(router.insert("GET", &Piece::parse("/b/{p}.{q}").unwrap(), 9), Some(1));
    }

    #[test]
    fn broken_templates_are_refused_and_values_captured() {
        assert!(Piece::parse("a").is_err());
        assert!(Piece::parse("/a/{b").is_err());
        assert!(Piece::parse("/a/{}").is_err());
        assert!(Piece::parse("/v1/{name=a/*}:do").unwrap_err().contains("several segments"));
        let piece = &Piece::parse("/{name}.{ext}").unwrap()[0];
        assert_eq!(piece.capture("a.tar.gz"), Some(vec!["a", "tar.gz"]));
        assert_eq!(piece.capture("a."), None);
        assert_eq!(piece.names(), ["name", "ext"]);
        let piece = &Piece::parse("/größe.{ext}").unwrap()[0];
        assert_eq!(piece.capture("gr%C3%B6%C3%9Fe.json"), Some(vec!["json"]));
        assert_eq!(piece.capture("größe.json"), Some(vec!["json"]));
        assert_eq!(Piece::parse("/a%7Eb").unwrap(), Piece::parse("/a~b").unwrap());
    }

    #[test]
    fn a_thousand_operations_are_told_apart() {
        let paths: Vec<String> =
            (0..1000).map(|i| format!("/api/v{}/things{i}/{{id}}/part", i % 3)).collect();
        let calls: Vec<_> = paths.iter().map(|path| ("GET", path.as_str())).collect();
        let router = router(&calls);
        for i in 0..1000 {
            assert_eq!(
                router.find("GET", &format!("/api/v{}/things{i}/x%2Fy/part", i % 3)),
                Match::Operation(i)
            );
        }
    }
}
