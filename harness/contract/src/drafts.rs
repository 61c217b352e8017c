//! The drafts of JSON Schema: their names, their metaschemas, and what tells them apart here.

use jsonschema::{Draft, ValidationError};
use serde_json::{Map, Value};

use crate::words::quoted;

/// The dialect that the schemas of a document are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Language(pub(crate) Draft);

/// The names by which drafts are called, without `http(s)://` and a closing `#`.
const NAMES: [(&str, Draft); 5] = [
    ("json-schema.org/draft-04/schema", Draft::Draft4),
    ("json-schema.org/draft-06/schema", Draft::Draft6),
    ("json-schema.org/draft-07/schema", Draft::Draft7),
    ("json-schema.org/draft/2019-09/schema", Draft::Draft201909),
    ("json-schema.org/draft/2020-12/schema", Draft::Draft202012),
];

impl Language {
    /// JSON Schema 2020-12, that of OpenAPI 3.1.
    pub(crate) const LATEST: Self = Self(Draft::Draft202012);

    /// By the value of `$schema` or `jsonSchemaDialect`; the error says which there are.
    pub(crate) fn named(uri: &str) -> Result<Self, String> {
        let bare = uri.trim_end_matches('#');
        let bare = bare.strip_prefix("https://").or_else(|| bare.strip_prefix("http://")).unwrap_or(bare);
        if bare.starts_with("spec.openapis.org/oas/3.") {
            return Ok(Self::LATEST);
        }
        let known = NAMES.into_iter().find(|(name, _)| *name == bare);
        known.map(|(_, draft)| Self(draft)).ok_or_else(|| {
            format!(
                "nobody here knows the dialect {}; write one of draft 4, 6, 7, 2019-09 and 2020-12, such as \
                 https://json-schema.org/draft/2020-12/schema",
                quoted(uri)
            )
        })
    }

    /// Whether something may stand beside a `$ref`.
    pub(crate) fn beside_references(self) -> bool {
        matches!(self.0, Draft::Draft201909 | Draft::Draft202012)
    }

    /// Whether a value is a schema of this draft.
    pub(crate) fn check(self, schema: &Value) -> Result<(), ValidationError<'_>> {
        match self.0 {
            Draft::Draft4 => jsonschema::draft4::meta::validate(schema),
            Draft::Draft6 => jsonschema::draft6::meta::validate(schema),
            Draft::Draft7 => jsonschema::draft7::meta::validate(schema),
            Draft::Draft201909 => jsonschema::draft201909::meta::validate(schema),
            _ => jsonschema::draft202012::meta::validate(schema),
        }
    }
}

/// What no metaschema says: whether a schema of a document can be used in it.
pub(crate) fn usable(dialect: Language, schema: &Map<String, Value>) -> Result<(), String> {
    if let Some(Value::String(own)) = schema.get("$schema") {
        let own = Language::named(own)?;
        if own != dialect {
            return Err(
                "`$schema` names another draft than the document's; write the schema in that one, or set \
                 `jsonSchemaDialect` for all"
                    .to_owned(),
            );
        }
    }
    if schema.contains_key("$dynamicRef") || schema.contains_key("$recursiveRef") {
        return Err(
            "what this dynamic reference means depends on the way to it, and several schemas are possible; \
                    write a `$ref` to the one that is meant"
                .to_owned(),
        );
    }
    let patterns = schema.get("pattern").and_then(Value::as_str).into_iter();
    let names = schema.get("patternProperties").and_then(Value::as_object).into_iter().flatten();
    for pattern in patterns.chain(names.map(|(pattern, _)| pattern.as_str())) {
        if let Err(error) = jsonschema::draft202012::new(&serde_json::json!({ "pattern": pattern })) {
            return Err(format!(
                "the pattern {} can't be used: {error}; write a regular expression as in ECMA-262",
                quoted(pattern)
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn drafts_are_known_by_their_names() {
        for uri in ["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft-07/schema"] {
            assert_eq!(Language::named(uri), Ok(Language(Draft::Draft7)));
        }
        assert_eq!(Language::named("https://spec.openapis.org/oas/3.1/dialect/base"), Ok(Language::LATEST));
        assert!(Language::named("https://example.com/mine").unwrap_err().contains("2019-09"));
    }

    #[test]
    fn what_cannot_be_used_says_so() {
        let usable = |schema: Value| usable(Language::LATEST, schema.as_object().unwrap());
        assert_eq!(usable(json!({"pattern": "^a+$"})), Ok(()));
        assert!(usable(json!({"pattern": "("})).unwrap_err().contains("the pattern \"(\""));
        assert!(usable(json!({"patternProperties": {"[": {}}})).is_err());
        assert!(usable(json!({"$dynamicRef": "#x"})).unwrap_err().contains("depends on the way"));
        assert!(usable(json!({"$schema": "http://json-schema.org/draft-04/schema#"})).is_err());
    }
}
