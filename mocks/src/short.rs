//! [`Short`]: forms of expressions that are so frequent, and so simple, that they are read off without an evaluation.

use serde_json::{Map, Value};

use crate::scope::Scope;
use crate::time;

/// An expression of a simple form. Where it says `None`, only an evaluation can tell.
#[derive(Debug)]
pub(crate) enum Short {
    /// `request.subject`
    Path(Vec<String>),
    /// `request.tags or []`
    Or(Vec<String>, Value),
    /// `now()`
    Now,
    /// `contains(request.subject, "word")`, with the word in lower case.
    Contains(Vec<String>, String),
}

impl Short {
    pub(crate) fn of(source: &str) -> Option<Self> {
        let source = source.trim();
        if let Some(inside) = source.strip_prefix("contains(").and_then(|rest| rest.strip_suffix(')')) {
            let (path, word) = inside.split_once(',')?;
            let word = word.trim().strip_prefix('"')?.strip_suffix('"')?;
            let plain = !word.contains(['"', '\\']);
            return plain.then_some(Self::Contains(keys(path.trim())?, word.to_lowercase()));
        }
        if source == "now()" {
            return Some(Self::Now);
        }
        if let Some((path, other)) = source.split_once(" or ") {
            return Some(Self::Or(keys(path.trim())?, literal(other.trim())?));
        }
        keys(source).map(Self::Path)
    }

    /// The value of the expression.
    pub(crate) fn value(&self, scope: &Scope) -> Option<Value> {
        match self {
            Self::Path(path) => scope.look(path),
            Self::Or(path, other) => {
                let value = scope.look_at(path)?;
                Some(if counts(value) { value } else { other }.clone())
            }
            Self::Now => scope.now().map(|now| Value::String(time::stamp(now))),
            Self::Contains(..) => self.holds(scope).map(Value::Bool),
        }
    }

    /// Whether its value counts as true.
    pub(crate) fn holds(&self, scope: &Scope) -> Option<bool> {
        match self {
            Self::Contains(path, word) => {
                let text = scope.look_at(path)?.as_str()?;
                Some(if text.is_ascii() && word.is_ascii() {
                    let mut places = text.as_bytes().windows(word.len().max(1));
                    word.is_empty() || places.any(|place| place.eq_ignore_ascii_case(word.as_bytes()))
                } else {
                    text.to_lowercase().contains(word)
                })
            }
            Self::Path(_) | Self::Or(..) | Self::Now => None,
        }
    }
}

/// The simplest literals of expressions.
fn literal(text: &str) -> Option<Value> {
    match text {
        "[]" => return Some(Value::Array(Vec::new())),
        "{}" => return Some(Value::Object(Map::new())),
        _ => {}
    }
    let inside = text.strip_prefix('\'')?.strip_suffix('\'')?;
    (!inside.contains(['\'', '\\'])).then(|| Value::String(inside.to_owned()))
}

/// Whether a value counts as true.
fn counts(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// The keys of a path, if the text is one.
fn keys(text: &str) -> Option<Vec<String>> {
    let name = |key: &str| {
        key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    text.split('.').map(|key| name(key).then(|| key.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::json::to_mini;
    use crate::plan::Compiled;
    use crate::template::{Expr, Template};
    use crate::world::State;
    use serde_json::json;

    fn scope() -> Scope {
        let state = State::new(Arc::new(Compiled::default()), "it", "mock-it", 7);
        state.store().set_clock(time::parse("2026-01-24T10:00:00.250Z"));
        let request = json!({"name": "Ana", "tags": ["x", "y"], "none": null, "deep": {"z": 1, "a": 2},
            "wide": "ÄRGER", "empty": {}, "zero": 0, "now": false});
        state.scope(vec![("request".into(), to_mini(&request))])
    }

    fn eval(source: &str) -> Result<Value, String> {
        let text = json!(format!("${{{source}}}"));
        Template::compile("answer", &text, &["request", "service"])
            .map_err(|fault| fault.what)?
            .eval(&scope())
    }

    /// Each expression as it is, and in parentheses, so that it has to be evaluated.
    fn both(source: &str) -> (Result<Value, String>, Result<Value, String>) {
        let long = format!("({source})");
        assert!(Short::of(source).is_some() && Short::of(&long).is_none(), "{source}");
        (eval(source), eval(&long))
    }

    #[test]
    fn what_is_read_off_is_what_an_evaluation_gives() {
        let paths =
            "request request.name request.deep request.deep.z request.tags request.none service now()";
        let others =
            "name or 'x';none or 'x';nothing or [];tags or [];empty or {};zero or '';now or 'x';deep.q or {}";
        let others = others.split(';').map(|other| format!("request.{other}"));
        for source in paths.split(' ').map(str::to_owned).chain(others) {
            let (short, long) = both(&source);
            assert!(short.is_ok(), "{source}: {short:?}");
            assert_eq!(short, long, "{source}");
        }
        let lost = "request.nothing request.nothing.deeper request.name.length request.tags.first";
        for source in lost.split(' ').chain(["request.nothing.deeper or 'x'"]) {
            let (short, long) = both(source);
            assert!(short.is_err() && long.is_err(), "{source}: {short:?} {long:?}");
        }
    }

    #[test]
    fn a_text_contains_a_word_in_any_case() {
        for pair in "name AN,name x,none a,tags x,nothing a,wide ä,name Anabel,name ".split(',') {
            let (field, word) = pair.split_once(' ').unwrap();
            let source = format!("contains(request.{field}, \"{word}\")");
            assert!(matches!(Short::of(&source), Some(Short::Contains(..))), "{source}");
            let holds = |source: &str| Expr::compile("if", source, &["request"]).unwrap().holds(&scope());
            assert_eq!(holds(&source), holds(&format!("({source})")), "{source}");
        }
    }

    #[test]
    fn what_is_not_simple_is_evaluated() {
        let long = "request.tags[0];a or b;a or 'b' or 'c';today();request. name;contains(a, b);contains(a, \"\\\"\");1.5;";
        for source in long.split(';') {
            assert!(Short::of(source).is_none(), "{source}");
        }
    }
}
