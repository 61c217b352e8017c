//! The JSON types that a schema allows, as a set: [`Types`]. An integer is a number without a fraction.

use serde_json::Value;

/// A set of types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Types(u8);

const NAMES: [(&str, u8); 7] = [
    ("null", 1),
    ("boolean", 2),
    ("string", 4),
    ("integer", 8),
    ("number", 8 | 16),
    ("array", 32),
    ("object", 64),
];

impl Types {
    pub(crate) const ALL: Self = Self(127);
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const NULL: Self = Self(1);
    pub(crate) const NUMBER: Self = Self(8 | 16);
    pub(crate) const INTEGER: Self = Self(8);
    pub(crate) const STRING: Self = Self(4);
    pub(crate) const ARRAY: Self = Self(32);
    pub(crate) const OBJECT: Self = Self(64);

    /// Reads the keyword `type`.
    pub(crate) fn read(value: &Value) -> Self {
        match value {
            Value::String(name) => Self::named(name),
            Value::Array(names) => {
                Self(names.iter().filter_map(Value::as_str).fold(0, |set, name| set | Self::named(name).0))
            }
            _ => Self::ALL,
        }
    }

    /// The type of a value.
    pub(crate) fn of(value: &Value) -> Self {
        Self::named(match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::String(_) => "string",
            Value::Number(number) if number.as_f64().is_some_and(|float| float.fract() == 0.0) => "integer",
            // A fraction is a number only, and as a set that is all numbers.
            Value::Number(_) => "number",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        })
    }

    fn named(name: &str) -> Self {
        Self(NAMES.iter().find(|(known, _)| *known == name).map_or(0, |(_, bits)| *bits))
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// `string or null`; `anything`.
    pub(crate) fn words(self) -> String {
        if self == Self::ALL {
            return "anything".to_owned();
        }
        if self.is_empty() {
            return "nothing".to_owned();
        }
        let number = self.has(Self::NUMBER);
        let named = NAMES.iter().filter(|(name, bits)| match *name {
            "integer" => self.has(Self::INTEGER) && !number,
            _ => self.0 & bits == *bits,
        });
        let mut names: Vec<&str> = named.map(|(name, _)| *name).collect();
        // `null` last: "string or null".
        if names.first() == Some(&"null") {
            names.rotate_left(1);
        }
        names.join(" or ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn integers_are_numbers() {
        let (integer, number) = (Types::read(&json!("integer")), Types::read(&json!("number")));
        assert!(number.has(integer) && !integer.has(number));
        assert_eq!(Types::read(&json!(["string", "null"])).words(), "string or null");
        assert_eq!((number.words(), integer.words()), ("number".to_owned(), "integer".to_owned()));
        assert_eq!(Types::read(&json!(["integer", "number"])).words(), "number");
        assert_eq!(
            (Types::ALL.words(), integer.and(Types::NULL).words()),
            ("anything".into(), "nothing".into())
        );
    }
}
