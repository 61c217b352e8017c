//! [`Template`]: a value of a behaviour file whose strings may hold `${expressions}`, compiled when the file is loaded.

use std::sync::Arc;

use minijinja::{ErrorKind, Expression};
use serde_json::{Map, Value};

use crate::functions::{ENVIRONMENT, FUNCTIONS};
use crate::json::{take, text, to_mini};
use crate::nearest;
use crate::scope::Scope;
use crate::short::Short;

/// A value that may hold expressions. A text that is one lone `${…}` keeps the type of its value; in other texts each
/// `${…}` is put in as text; `\${` is literal. The key `name?` is left out when its value is undefined or null. An
/// object of the keys `$for`, `$in` and `$give` becomes a list.
#[derive(Debug, Clone)]
pub(crate) enum Template {
    Literal(Value),
    Lone(Arc<Expr>),
    Text(Vec<Part>),
    List(Vec<Template>),
    Object(Vec<Field>),
    Loop(Box<Loop>),
}

#[derive(Debug, Clone)]
pub(crate) enum Part {
    Literal(String),
    Expr(Arc<Expr>),
}

#[derive(Debug, Clone)]
pub(crate) struct Field {
    key: String,
    optional: bool,
    value: Template,
}

#[derive(Debug, Clone)]
pub(crate) struct Loop {
    name: String,
    list: Template,
    give: Template,
}

/// One compiled expression, and where it stands.
#[derive(Debug)]
pub(crate) struct Expr {
    source: String,
    place: String,
    compiled: Expression<'static, 'static>,
    short: Option<Short>,
}

/// What is wrong with a template: the path of keys below the template's own place, the faulty text, and why.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) at: String,
    pub(crate) source: String,
    pub(crate) what: String,
}

impl Template {
    /// Compiles a value that stands at `at`, where `names` can be used.
    pub(crate) fn compile(at: &str, value: &Value, names: &[&str]) -> Result<Self, Fault> {
        match value {
            Value::String(text) => compile_text(at, text, names),
            Value::Array(items) => {
                let compiled = items
                    .iter()
                    .enumerate()
                    .map(|(i, item)| Self::compile(&format!("{at}[{i}]"), item, names))
                    .collect::<Result<Vec<_>, _>>()?;
                Ok(Self::List(compiled).folded(value))
            }
            Value::Object(map) if map.contains_key("$for") => compile_loop(at, map, names),
            Value::Object(map) => {
                let compiled = map
                    .iter()
                    .map(|(key, value)| {
                        let (name, optional) = match key.strip_suffix('?') {
                            Some(name) => (name, true),
                            None => (key.as_str(), false),
                        };
                        let value = Self::compile(&format!("{at}.{key}"), value, names)?;
                        Ok(Field { key: name.to_owned(), optional, value })
                    })
                    .collect::<Result<Vec<_>, Fault>>()?;
                Ok(Self::Object(compiled).folded(value))
            }
            other => Ok(Self::Literal(other.clone())),
        }
    }

    /// A template without any expression is its own value.
    fn folded(self, value: &Value) -> Self {
        let plain = match &self {
            Self::List(items) => items.iter().all(|item| matches!(item, Self::Literal(_))),
            Self::Object(fields) => {
                fields.iter().all(|field| !field.optional && matches!(field.value, Self::Literal(_)))
            }
            _ => false,
        };
        match (plain, self) {
            (true, Self::List(items)) => Self::Literal(items.into_iter().filter_map(Self::literal).collect()),
            (true, Self::Object(fields)) => {
                let fields = fields.into_iter().filter_map(|field| Some((field.key, field.value.literal()?)));
                Self::Literal(Value::Object(fields.collect()))
            }
            (_, template) => {
                debug_assert!(value.is_array() || value.is_object());
                template
            }
        }
    }

    fn literal(self) -> Option<Value> {
        match self {
            Self::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// The value, or the sentence that says which expression failed and why.
    pub(crate) fn eval(&self, scope: &Scope) -> Result<Value, String> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Lone(expr) => expr.eval(scope)?.ok_or_else(|| expr.fail("it has no value here")),
            Self::Text(parts) => {
                let mut out = String::new();
                for part in parts {
                    match part {
                        Part::Literal(text) => out.push_str(text),
                        Part::Expr(expr) => {
                            let value = expr.eval(scope)?.ok_or_else(|| expr.fail("it has no value here"))?;
                            out.push_str(&text(&value));
                        }
                    }
                }
                Ok(Value::String(out))
            }
            Self::List(items) => items.iter().map(|item| item.eval(scope)).collect(),
            Self::Object(fields) => {
                let mut map = Map::new();
                for field in fields {
                    if !field.optional {
                        map.insert(field.key.clone(), field.value.eval(scope)?);
                    } else if let Some(value) =
                        field.value.eval_optional(scope)?.filter(|value| !value.is_null())
                    {
                        map.insert(field.key.clone(), value);
                    }
                }
                Ok(Value::Object(map))
            }
            Self::Loop(each) => {
                let Value::Array(items) = each.list.eval(scope)? else {
                    return Err("the `$in` of a `$for` is no list".to_owned());
                };
                items
                    .iter()
                    .map(|item| each.give.eval(&scope.with(vec![(each.name.clone().into(), to_mini(item))])))
                    .collect()
            }
        }
    }

    /// As [`Self::eval`], but a lone expression without a value is `None`.
    pub(crate) fn eval_optional(&self, scope: &Scope) -> Result<Option<Value>, String> {
        match self {
            Self::Lone(expr) => expr.eval(scope),
            other => other.eval(scope).map(Some),
        }
    }
}

impl Expr {
    pub(crate) fn compile(at: &str, source: &str, names: &[&str]) -> Result<Self, Fault> {
        let fault = |what: String| Fault { at: at.to_owned(), source: source.to_owned(), what };
        let compiled = ENVIRONMENT
            .compile_expression_owned(source.trim().to_owned())
            .map_err(|error| fault(format!("the expression `{source}` cannot be read: {error}")))?;
        let mut unknown: Vec<String> = compiled
            .undeclared_variables(false)
            .into_iter()
            .filter(|name| !names.contains(&name.as_str()) && !FUNCTIONS.contains(&name.as_str()))
            .collect();
        unknown.sort();
        if let Some(name) = unknown.first() {
            let known = names.iter().copied().chain(FUNCTIONS);
            return Err(fault(format!(
                "the expression `{source}` uses {name:?}; {}",
                nearest::hint(name, known)
            )));
        }
        Ok(Self { source: source.to_owned(), place: at.to_owned(), compiled, short: Short::of(source) })
    }

    /// The value; `None` when it is undefined.
    pub(crate) fn eval(&self, scope: &Scope) -> Result<Option<Value>, String> {
        if let Some(value) = self.short.as_ref().and_then(|short| short.value(scope)) {
            return Ok(Some(value));
        }
        match self.compiled.eval(scope.context()) {
            Ok(value) if value.is_undefined() => Ok(None),
            Ok(value) => take(value).map(Some).ok_or_else(|| self.fail("its value cannot be said in JSON")),
            Err(error) if error.kind() == ErrorKind::UndefinedError => Ok(None),
            Err(error) => Err(self.fail(&error.to_string())),
        }
    }

    /// Whether the value counts as true; an undefined one does not.
    pub(crate) fn holds(&self, scope: &Scope) -> Result<bool, String> {
        if let Some(holds) = self.short.as_ref().and_then(|short| short.holds(scope)) {
            return Ok(holds);
        }
        match self.compiled.eval(scope.context()) {
            Ok(value) => Ok(value.is_true()),
            Err(error) => Err(self.fail(&error.to_string())),
        }
    }

    fn fail(&self, why: &str) -> String {
        format!("{}: `${{{}}}`: {why}", self.place, self.source)
    }
}

fn compile_loop(at: &str, map: &Map<String, Value>, names: &[&str]) -> Result<Template, Fault> {
    let fault = |what: &str| Fault { at: at.to_owned(), source: "$for".to_owned(), what: what.to_owned() };
    let (Some(Value::String(name)), Some(list), Some(give), 3) =
        (map.get("$for"), map.get("$in"), map.get("$give"), map.len())
    else {
        return Err(fault(
            "a loop has exactly the keys `$for` (a name), `$in` (a list) and `$give` (what each item becomes)",
        ));
    };
    let list = Template::compile(&format!("{at}.$in"), list, names)?;
    let inner: Vec<&str> = names.iter().copied().chain([name.as_str()]).collect();
    let give = Template::compile(&format!("{at}.$give"), give, &inner)?;
    Ok(Template::Loop(Box::new(Loop { name: name.clone(), list, give })))
}

fn compile_text(at: &str, text: &str, names: &[&str]) -> Result<Template, Fault> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        if let Some(before) = rest[..start].strip_suffix('\\') {
            literal.push_str(before);
            literal.push_str("${");
            rest = &rest[start + 2..];
            continue;
        }
        literal.push_str(&rest[..start]);
        let inside = &rest[start + 2..];
        let end = closing(inside).ok_or_else(|| Fault {
            at: at.to_owned(),
            source: text.to_owned(),
            what: format!(
                "the `${{` in {text:?} is never closed; write `}}`, or `\\${{` for the characters themselves"
            ),
        })?;
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(&mut literal)));
        }
        parts.push(Part::Expr(Arc::new(Expr::compile(at, &inside[..end], names)?)));
        rest = &inside[end + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(match parts.as_slice() {
        [] => Template::Literal(Value::String(String::new())),
        [Part::Literal(text)] => Template::Literal(Value::String(text.clone())),
        [Part::Expr(expr)] => Template::Lone(Arc::clone(expr)),
        _ => Template::Text(parts),
    })
}

/// Where the `}` is that closes an expression: outside of texts, after as many `}` as there are `{`.
fn closing(inside: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0_u32, None);
    for (at, c) in inside.char_indices() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Some(at),
            (None, '}') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Compiled;
    use crate::world::State;
    use serde_json::json;

    fn scope() -> Scope {
        let state = State::new(Arc::new(Compiled::default()), "it", "mock-it", 7);
        let request = json!({"name": "Ana", "tags": ["x", "y"], "none": null, "deep": {"z": 1, "a": 2}});
        state.scope(vec![("request".into(), to_mini(&request))])
    }

    fn eval(value: Value) -> Result<Value, String> {
        Template::compile("answer", &value, &["request", "service"])
            .map_err(|fault| fault.what)?
            .eval(&scope())
    }

    #[test]
    fn a_lone_expression_keeps_its_type_and_order_and_others_are_text() {
        assert_eq!(eval(json!("${request.tags}")), Ok(json!(["x", "y"])));
        assert_eq!(eval(json!("${request.deep}")).unwrap().to_string(), r#"{"z":1,"a":2}"#);
        assert_eq!(eval(json!("${request.tags | length}")), Ok(json!(2)));
        assert_eq!(
            eval(json!("Hello ${request.name}, ${1 + 1} from ${service}")),
            Ok(json!("Hello Ana, 2 from mock-it"))
        );
        assert_eq!(eval(json!("costs \\${5}")), Ok(json!("costs ${5}")));
        assert_eq!(eval(json!("${ {'a': '}'}['a'] }")), Ok(json!("}")));
        assert_eq!(eval(json!("${request.name}")), Ok(json!("Ana")));
    }

    #[test]
    fn what_is_missing_is_left_out_only_where_that_is_asked_for() {
        let given = json!({"a?": "${request.nothing}", "b?": "${request.none}", "c?": "${request.name}", "d": "${request.none}"});
        assert_eq!(eval(given), Ok(json!({"c": "Ana", "d": null})));
        let error = eval(json!({"a": {"b": "${request.nothing}"}})).unwrap_err();
        assert_eq!(error, "answer.a.b: `${request.nothing}`: it has no value here");
        assert!(eval(json!("x ${request.nothing}")).is_err());
    }

    #[test]
    fn a_list_is_made_of_a_list() {
        let given = json!({"$for": "tag", "$in": "${request.tags}", "$give": {"tag": "${tag}!"}});
        assert_eq!(eval(given), Ok(json!([{"tag": "x!"}, {"tag": "y!"}])));
        assert!(
            eval(json!({"$for": "tag", "$in": "${request.tags}"})).unwrap_err().contains("exactly the keys")
        );
        assert!(
            eval(json!({"$for": "tag", "$in": "${request.name}", "$give": 1}))
                .unwrap_err()
                .contains("no list")
        );
    }

    #[test]
    fn functions_follow_the_seed() {
        assert_eq!(eval(json!("${between('k', 1, 6)}")), eval(json!("${between('k', 1, 6)}")));
        assert_eq!(eval(json!("${pick('k', ['only'])}")), Ok(json!("only")));
        assert_eq!(eval(json!("${contains('An ERROR', 'error')}")), Ok(json!(true)));
        assert_eq!(eval(json!("${ratio(1, 3)}")), Ok(json!(0.3333)));
        assert_eq!(eval(json!("${ratio(1, 0)}")), Ok(json!(0.0)));
        assert!(eval(json!("${count('nothing')}")).unwrap_err().contains("no collection"));
        assert!(eval(json!("${age('yesterday')}")).unwrap_err().contains("no date-time"));
        assert_eq!(
            eval(json!("${date_between('k', '2024-01-01', '2024-01-01')}")),
            Ok(json!("2024-01-01T00:00:00Z"))
        );
    }
}
