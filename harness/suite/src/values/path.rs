//! Paths of fields: [`FieldPath`]. `title`, `items[0].id`, `items[*].channel`, `["a key"]`, or a JSONPath from `$`.

use serde_json::{Map, Value};
use serde_json_path::JsonPath;

use crate::values::error::ValueError;
use crate::values::nearest;

/// What a path looks like, for the `{field}` parameter type.
pub const FIELD: &str = concat!(
    r#"(?:\$(?:\.[^\s\[]*|\[(?:[^\[\]"']|"[^"]*"|'[^']*'|\[[^\]]*\])*\])*"#,
    r#"|(?:[A-Za-z_][\w-]*|\[(?:-?[0-9]+|\*|"(?:[^"\\]|\\.)*")\])"#,
    r#"(?:\.[A-Za-z_][\w-]*|\[(?:-?[0-9]+|\*|"(?:[^"\\]|\\.)*")\])*)"#
);

/// Where a field is.
#[derive(Debug, Clone)]
pub struct FieldPath {
    text: String,
    way: Way,
}

#[derive(Debug, Clone)]
enum Way {
    Plain(Vec<Segment>),
    Json(JsonPath),
}

/// One step of a plain path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// A field of an object.
    Key(String),
    /// An item of a list; negative from the end.
    Index(i64),
    /// Every item of a list.
    Every,
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Found<'a> {
    /// A single field.
    One(&'a Value),
    /// A single field that is not there, and the sentence that says where the way ended.
    Missing(String),
    /// What a path with `[*]`, or a JSONPath, names: each with its own path. `None` where an item lacks the field.
    Many(Vec<(String, Option<&'a Value>)>),
}

impl FieldPath {
    /// Reads a path.
    ///
    /// # Errors
    /// Says where it can't be understood.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let text = text.trim();
        let way = if text.starts_with('$') {
            Way::Json(JsonPath::parse(text).map_err(|error| {
                ValueError::new(format!("`{text}` is no JSONPath (RFC 9535): {}", error.message()))
                    .hint(format!("look at column {}", error.position() + 1))
            })?)
        } else {
            Way::Plain(parse_plain(text)?)
        };
        Ok(Self { text: text.to_owned(), way })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it leads to.
    pub fn find<'a>(&self, root: &'a Value) -> Found<'a> {
        match &self.way {
            Way::Plain(segments) if segments.contains(&Segment::Every) => {
                let mut found = Vec::new();
                collect(root, segments, String::new(), &mut found);
                Found::Many(found)
            }
            Way::Plain(segments) => match walk(root, segments) {
                Ok(value) => Found::One(value),
                Err(why) => Found::Missing(why),
            },
            Way::Json(path) => {
                let nodes = path.query_located(root);
                Found::Many(
                    nodes.into_iter().map(|node| (node.location().to_string(), Some(node.node()))).collect(),
                )
            }
        }
    }

    /// The single value that it leads to; what a path with `[*]` or a JSONPath names counts as a list, except that a
    /// JSONPath that names exactly one thing means that thing.
    pub fn get(&self, root: &Value) -> Option<Value> {
        match self.find(root) {
            Found::One(value) => Some(value.clone()),
            Found::Missing(_) => None,
            Found::Many(found) => many(&self.text, &found),
        }
    }

    /// Puts a value there, making objects and list items on the way.
    ///
    /// # Errors
    /// A way through a text or number, an index behind the list's end, or a JSONPath that names nothing.
    pub fn set(&self, root: &mut Value, value: &Value) -> Result<(), ValueError> {
        match &self.way {
            Way::Plain(segments) => set(root, segments, value, &self.text),
            Way::Json(_) => {
                for pointer in self.pointers(root)? {
                    if let Some(place) = root.pointer_mut(&pointer) {
                        *place = value.clone();
                    }
                }
                Ok(())
            }
        }
    }

    /// Takes what is there away.
    ///
    /// # Errors
    /// When there is nothing to take away.
    pub fn remove(&self, root: &mut Value) -> Result<(), ValueError> {
        let mut pointers = match &self.way {
            Way::Json(_) => self.pointers(root)?,
            Way::Plain(segments) => {
                let mut found = Vec::new();
                pointers_of(root, segments, String::new(), &mut found);
                if found.is_empty() {
                    let why = walk(root, segments).err().unwrap_or_else(|| "the list is empty".to_owned());
                    return Err(ValueError::new(format!("`{}` can't be removed: {why}", self.text)));
                }
                found
            }
        };
        // From the back, so that removing an item does not move the next one.
        pointers.reverse();
        for pointer in pointers {
            let (parent, last) = pointer.rsplit_once('/').unwrap_or(("", &pointer));
            match root.pointer_mut(parent) {
                Some(Value::Object(fields)) => {
                    fields.shift_remove(&last.replace("~1", "/").replace("~0", "~"));
                }
                Some(Value::Array(items)) => {
                    if let Ok(index) = last.parse::<usize>()
                        && index < items.len()
                    {
                        items.remove(index);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn pointers(&self, root: &Value) -> Result<Vec<String>, ValueError> {
        let Way::Json(path) = &self.way else { return Ok(Vec::new()) };
        let found: Vec<String> =
            path.query_located(root).into_iter().map(|node| node.location().to_json_pointer()).collect();
        if found.is_empty() {
            return Err(ValueError::new(format!("`{}` names nothing in the body", self.text))
                .hint("a JSONPath changes what is there; a plain path such as `a.b` also makes new fields"));
        }
        Ok(found)
    }
}

/// The list that a path to many stands for.
fn many(text: &str, found: &[(String, Option<&Value>)]) -> Option<Value> {
    match found {
        [] => None,
        [(_, Some(only))] if text.starts_with('$') && !text.contains('*') && !text.contains('?') => {
            Some((*only).clone())
        }
        all => Some(Value::Array(all.iter().filter_map(|(_, value)| value.cloned()).collect())),
    }
}

fn parse_plain(text: &str) -> Result<Vec<Segment>, ValueError> {
    let wrong = |why: &str| {
        ValueError::new(format!("`{text}` is no path of a field: {why}"))
            .hint("write `title`, `results.email.status`, `items[0].id`, `items[*].channel` or `[\"a key\"]`")
    };
    let mut segments = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            if let Some(quoted) = inside.strip_prefix('"') {
                let end = closing_quote(quoted).ok_or_else(|| wrong("a quote is not closed"))?;
                segments.push(Segment::Key(quoted[..end].replace("\\\"", "\"").replace("\\\\", "\\")));
                rest = quoted[end + 1..].strip_prefix(']').ok_or_else(|| wrong("`]` is missing"))?;
                continue;
            }
            let end = inside.find(']').ok_or_else(|| wrong("`]` is missing"))?;
            segments.push(match &inside[..end] {
                "*" => Segment::Every,
                index => Segment::Index(
                    index
                        .parse()
                        .map_err(|_| wrong("between brackets stands a number, `*` or a quoted key"))?,
                ),
            });
            rest = &inside[end + 1..];
            continue;
        }
        let name = if segments.is_empty() {
            rest
        } else {
            rest.strip_prefix('.').ok_or_else(|| wrong("`.` is missing"))?
        };
        let end = name.find(['.', '[']).unwrap_or(name.len());
        if end == 0 {
            return Err(wrong("a name is missing"));
        }
        segments.push(Segment::Key(name[..end].to_owned()));
        rest = &name[end..];
    }
    if segments.is_empty() { Err(wrong("it is empty")) } else { Ok(segments) }
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at)
    })
}

/// The path of `key` below `parent`.
pub fn join(parent: &str, key: &str) -> String {
    let plain = key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') && !key.is_empty();
    match (plain, parent.is_empty()) {
        (true, true) => key.to_owned(),
        (true, false) => format!("{parent}.{key}"),
        (false, _) => format!("{parent}[{}]", Value::from(key)),
    }
}

fn index_in(items: &[Value], index: i64) -> Option<usize> {
    let length = i64::try_from(items.len()).ok()?;
    let at = if index < 0 { length + index } else { index };
    usize::try_from(at).ok().filter(|at| *at < items.len())
}

fn step<'a>(value: &'a Value, segment: &Segment) -> Option<&'a Value> {
    match (value, segment) {
        (Value::Object(fields), Segment::Key(key)) => fields.get(key),
        (Value::Array(items), Segment::Index(index)) => items.get(index_in(items, *index)?),
        _ => None,
    }
}

fn walk<'a>(root: &'a Value, segments: &[Segment]) -> Result<&'a Value, String> {
    let mut here = root;
    let mut path = String::new();
    for segment in segments {
        here = step(here, segment).ok_or_else(|| missing(here, segment, &path))?;
        path = shown(&path, segment);
    }
    Ok(here)
}

fn shown(path: &str, segment: &Segment) -> String {
    match segment {
        Segment::Key(key) => join(path, key),
        Segment::Index(index) => format!("{path}[{index}]"),
        Segment::Every => format!("{path}[*]"),
    }
}

/// Says where the way ended, and what would have been there.
fn missing(here: &Value, segment: &Segment, path: &str) -> String {
    let place = if path.is_empty() { "the body".to_owned() } else { format!("`{path}`") };
    match (here, segment) {
        (Value::Object(fields), Segment::Key(key)) if fields.is_empty() => {
            format!("{place} is empty and has no `{key}`")
        }
        (Value::Object(fields), Segment::Key(key)) => {
            let names = fields.keys().map(String::as_str);
            let near = nearest::nearest(key, names.clone());
            let meant = near.map_or("; it".to_owned(), |near| format!("; did you mean `{near}`? It"));
            format!("{place} has no field `{key}`{meant} has {}", nearest::listed(names, 12))
        }
        (Value::Array(items), Segment::Key(key)) => format!(
            "{place} is a list of {}; write `{path}[0].{key}` for its first item or `{path}[*].{key}` for all",
            items.len()
        ),
        (Value::Array(items), Segment::Index(index)) => {
            format!("{place} has no item {index}; it has {}", items.len())
        }
        (other, Segment::Key(key)) => format!("{place} is {} and has no field `{key}`", kind(other)),
        (other, _) => format!("{place} is {}, not a list", kind(other)),
    }
}

/// What sort of value it is, with its article.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn collect<'a>(
    here: &'a Value,
    segments: &[Segment],
    path: String,
    found: &mut Vec<(String, Option<&'a Value>)>,
) {
    match segments.split_first() {
        None => found.push((path, Some(here))),
        Some((Segment::Every, rest)) => {
            for (index, item) in here.as_array().into_iter().flatten().enumerate() {
                collect(item, rest, format!("{path}[{index}]"), found);
            }
        }
        Some((segment, rest)) => {
            let path = shown(&path, segment);
            match step(here, segment) {
                Some(next) => collect(next, rest, path, found),
                None => found.push((path, None)),
            }
        }
    }
}

fn pointers_of(here: &Value, segments: &[Segment], pointer: String, found: &mut Vec<String>) {
    match segments.split_first() {
        None => found.push(pointer),
        Some((Segment::Every, rest)) => {
            for (index, item) in here.as_array().into_iter().flatten().enumerate() {
                pointers_of(item, rest, format!("{pointer}/{index}"), found);
            }
        }
        Some((segment, rest)) => {
            let token = match (segment, here) {
                (Segment::Key(key), _) => key.replace('~', "~0").replace('/', "~1"),
                (Segment::Index(index), Value::Array(items)) => {
                    index_in(items, *index).map_or_else(|| index.to_string(), |at| at.to_string())
                }
                _ => return,
            };
            if let Some(next) = step(here, segment) {
                pointers_of(next, rest, format!("{pointer}/{token}"), found);
            }
        }
    }
}

fn set(here: &mut Value, segments: &[Segment], value: &Value, text: &str) -> Result<(), ValueError> {
    let Some((segment, rest)) = segments.split_first() else {
        *here = value.clone();
        return Ok(());
    };
    if here.is_null() {
        *here = if matches!(segment, Segment::Key(_)) {
            Value::Object(Map::new())
        } else {
            Value::Array(Vec::new())
        };
    }
    let kind = kind(here);
    match (here, segment) {
        (Value::Object(fields), Segment::Key(key)) => {
            set(fields.entry(key.clone()).or_insert(Value::Null), rest, value, text)
        }
        (Value::Array(items), Segment::Every) => {
            items.iter_mut().try_for_each(|item| set(item, rest, value, text))
        }
        (Value::Array(items), Segment::Index(index)) => {
            let length = items.len();
            if i64::try_from(length) == Ok(*index) {
                items.push(Value::Null);
            }
            let at = index_in(items, *index).ok_or_else(|| {
                ValueError::new(format!(
                    "`{text}` can't be set: there is no item {index}, the list has {length}"
                ))
                .hint(format!("the next new item would be [{length}]"))
            })?;
            set(&mut items[at], rest, value, text)
        }
        _ => Err(ValueError::new(format!("`{text}` can't be set: the way leads through {kind}"))),
    }
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod tests;
