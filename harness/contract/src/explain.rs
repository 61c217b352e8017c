//! From the errors of the schema validator to short phrases: one [`Leaf`] for each rule that was really broken.

use jsonschema::JsonType;
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

use crate::breach::Segment;
use crate::formats;
use crate::places::Places;
use crate::pointer::unescape;
use crate::words::{count, describe, list, literal, quoted};

/// One broken rule of a schema.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Leaf {
    pub(crate) segments: Vec<Segment>,
    pub(crate) schema_path: String,
    pub(crate) keyword: String,
    pub(crate) property: Option<String>,
    pub(crate) found: String,
    pub(crate) wanted: String,
}

/// Takes one error apart; `root` is the whole value that was checked. Never empty.
pub(crate) fn explain(error: ValidationError<'_>, root: &Value, places: &Places) -> Vec<Leaf> {
    let mut leaves = Vec::with_capacity(1);
    collect(error, root, places, &mut leaves);
    leaves
}

fn collect(error: ValidationError<'_>, root: &Value, places: &Places, leaves: &mut Vec<Leaf>) {
    let keyword = keyword_of(&error);
    let schema_path = places.original(&schema_path(&error, places));
    let parts = error.into_parts();
    let segments = segments(parts.instance_path.as_str(), root);
    let instance = parts.instance.as_ref();
    let leaf = |property: Option<String>, found: String, wanted: String| Leaf {
        segments: segments.clone(),
        schema_path: schema_path.clone(),
        keyword: keyword.clone(),
        property,
        found,
        wanted,
    };
    match parts.kind {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default().to_owned();
            let wanted = format!("the field {}", quoted(&name));
            leaves.push(leaf(Some(name), describe(instance), wanted));
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            for name in unexpected {
                let found = format!("the field {}", quoted(&name));
                leaves.push(leaf(Some(name), found, "no other fields than the documented ones".to_owned()));
            }
        }
        Kind::PropertyNames { error } => {
            let name = error.instance().as_str().unwrap_or_default().to_owned();
            let wanted = explain(*error, &Value::String(name.clone()), places).swap_remove(0).wanted;
            leaves.push(leaf(
                Some(name.clone()),
                format!("the field name {}", quoted(&name)),
                format!("as the name of a field {wanted}"),
            ));
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            let place = schema_path.rsplit_once('/').map_or("", |(place, _)| place);
            let tag = places.tags.get(place).filter(|_| instance.is_object());
            if let Some(mut told) = tag.and_then(|tag| untagged(&context, instance, tag)) {
                told.schema_path = format!("{place}/discriminator");
                told.segments.splice(0..0, segments);
                leaves.push(told);
                return;
            }
            match best(context, parts.instance_path.as_str()) {
                Ok(branch) => branch.into_iter().for_each(|error| collect(error, root, places, leaves)),
                Err(branches) => {
                    let mut options: Vec<String> = Vec::new();
                    for error in branches.into_iter().filter_map(|branch| branch.into_iter().next()) {
                        let wanted = explain(error, root, places).swap_remove(0).wanted;
                        if !options.contains(&wanted) {
                            options.push(wanted);
                        }
                    }
                    leaves.push(leaf(None, describe(instance), list(options, "or")));
                }
            }
        }
        kind => leaves.push(leaf(None, describe(instance), wanted(&kind, instance))),
    }
}

/// What is wrong with the field that a discriminator goes by, if it is that which keeps every branch from holding.
fn untagged(branches: &[Vec<ValidationError<'static>>], instance: &Value, tag: &str) -> Option<Leaf> {
    let leaf = |segments: Vec<Segment>, property, found, wanted| Leaf {
        segments,
        schema_path: String::new(),
        keyword: "discriminator".to_owned(),
        property,
        found,
        wanted,
    };
    let Some(value) = instance.get(tag) else {
        let wanted = format!("the field {}, which says of what kind this is", quoted(tag));
        return Some(leaf(Vec::new(), Some(tag.to_owned()), describe(instance), wanted));
    };
    let mut known: Vec<String> = Vec::new();
    for branch in branches.iter().filter(|branch| !branch.is_empty()) {
        let names = branch.iter().find_map(|error| match error.kind() {
            Kind::Enum { options } if crate::pointer::last(error.instance_path().as_str()) == tag => {
                options.as_array()
            }
            _ => None,
        });
        let wrong_kind = branch.iter().any(|error| matches!(error.kind(), Kind::Type { .. }));
        match names {
            Some(names) => known.extend(names.iter().map(literal)),
            // Null, say: nothing that has a name.
            None if wrong_kind => {}
            None => return None,
        }
    }
    let wanted = format!("one of {}", list(known, "or"));
    Some(leaf(vec![Segment::Key(tag.to_owned())], None, describe(value), wanted))
}

/// The errors of the branch that was clearly meant, or else all branches.
fn best(
    mut branches: Vec<Vec<ValidationError<'static>>>,
    root: &str,
) -> Result<Vec<ValidationError<'static>>, Vec<Vec<ValidationError<'static>>>> {
    branches.retain(|branch| !branch.is_empty());
    // A branch for another kind of value, or for another value of the field that tells the branches apart, was not meant.
    let at_root = |error: &ValidationError<'_>| error.instance_path().as_str() == root;
    let wrong_kind = |branch: &Vec<ValidationError<'static>>| {
        branch
            .iter()
            .any(|error| at_root(error) && matches!(error.kind(), Kind::Type { .. } | Kind::Constant { .. }))
    };
    let wrong_tag = |branch: &Vec<ValidationError<'static>>| {
        branch.iter().any(|error| {
            let below = error.instance_path().as_str().strip_prefix(root).unwrap_or_default();
            below.matches('/').count() == 1
                && matches!(error.kind(), Kind::Constant { .. } | Kind::Enum { .. })
        })
    };
    let meant: Vec<usize> = (0..branches.len()).filter(|i| !wrong_kind(&branches[*i])).collect();
    let tagged: Vec<usize> = meant.iter().copied().filter(|i| !wrong_tag(&branches[*i])).collect();
    match (&meant[..], &tagged[..]) {
        ([only], _) | (_, [only]) => Ok(branches.swap_remove(*only)),
        _ => Err(branches),
    }
}

fn keyword_of(error: &ValidationError<'_>) -> String {
    match error.kind().keyword() {
        formats::NUMBER_KEYWORD => "format".to_owned(),
        keyword => keyword.to_owned(),
    }
}

/// The place of the rule in the document as a JSON pointer.
fn schema_path(error: &ValidationError<'_>, places: &Places) -> String {
    let absolute = error.absolute_keyword_location().and_then(|uri| uri.as_str().split_once('#'));
    let path = match absolute {
        Some((uri, fragment)) => {
            let pointer = percent_encoding::percent_decode_str(fragment).decode_utf8_lossy();
            match places.files.get(uri) {
                Some(file) => format!("{file}: {pointer}"),
                None => pointer.into_owned(),
            }
        }
        None => error.schema_path().as_str().to_owned(),
    };
    match path.strip_suffix(formats::NUMBER_KEYWORD) {
        Some(parent) => format!("{parent}format"),
        None => path,
    }
}

/// A JSON pointer as segments; only the value itself tells an index from a key that looks like a number.
fn segments(pointer: &str, root: &Value) -> Vec<Segment> {
    let mut at = Some(root);
    pointer
        .split('/')
        .skip(1)
        .map(|raw| {
            let key = unescape(raw);
            match at {
                Some(Value::Array(items)) => match key.parse::<usize>() {
                    Ok(index) => {
                        at = items.get(index);
                        Segment::Index(index)
                    }
                    Err(_) => Segment::Key(key),
                },
                _ => {
                    at = at.and_then(|value| value.get(&key));
                    Segment::Key(key)
                }
            }
        })
        .collect()
}

fn kind_name(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Array => "an array",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "an integer",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "a string",
    }
}

fn as_count(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

fn wanted(kind: &Kind, instance: &Value) -> String {
    let at_least = |limit: u64, noun: &str| format!("at least {}", count(as_count(limit), noun));
    let at_most = |limit: u64, noun: &str| format!("at most {}", count(as_count(limit), noun));
    match kind {
        Kind::Type { kind: TypeKind::Single(kind) } => kind_name(*kind).to_owned(),
        Kind::Type { kind: TypeKind::Multiple(kinds) } => {
            let (nulls, others): (Vec<_>, Vec<_>) = kinds.iter().partition(|kind| *kind == JsonType::Null);
            list(others.into_iter().chain(nulls).map(|kind| kind_name(kind).to_owned()), "or")
        }
        Kind::Enum { options } => match options.as_array() {
            Some(options) if options.len() == 1 => literal(&options[0]),
            Some(options) => format!("one of {}", list(options.iter().map(literal), "or")),
            None => literal(options),
        },
        Kind::Constant { expected_value } => literal(expected_value),
        Kind::Format { format } => formats::describe(format),
        Kind::Custom { message, .. } => message.clone(),
        Kind::Pattern { pattern } => format!("a string that matches {pattern}"),
        Kind::MinLength { limit } => at_least(*limit, "character"),
        Kind::MaxLength { limit } => at_most(*limit, "character"),
        Kind::MinItems { limit } => at_least(*limit, "item"),
        Kind::MaxItems { limit } => at_most(*limit, "item"),
        Kind::AdditionalItems { limit } => at_most(*limit as u64, "item"),
        Kind::MinProperties { limit } => at_least(*limit, "field"),
        Kind::MaxProperties { limit } => at_most(*limit, "field"),
        Kind::Minimum { limit } => format!("at least {limit}"),
        Kind::Maximum { limit } => format!("at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("a multiple of {multiple_of}"),
        Kind::UniqueItems => "no item twice".to_owned(),
        Kind::Contains => "an item that fits the contract's `contains`".to_owned(),
        Kind::UnevaluatedItems { .. } => "no other items than the documented ones".to_owned(),
        Kind::OneOfMultipleValid { .. } => "a value that fits exactly one of the documented forms".to_owned(),
        Kind::FalseSchema => "nothing here".to_owned(),
        Kind::Not { .. } => format!("anything but {}", describe(instance)),
        Kind::ContentEncoding { content_encoding } => format!("text in {content_encoding}"),
        Kind::ContentMediaType { content_media_type } => format!("text of the type {content_media_type}"),
        other => format!("what the keyword {} asks for", other.keyword()),
    }
}
