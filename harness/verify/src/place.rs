//! A [`Place`]: where a rule of the user's applies, `GET /contacts body/contacts/*/phone`.

use crate::error::VerifyError;

/// A place in the answers of one operation, or of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    operation: Option<String>,
    at: String,
}

impl Place {
    /// Reads `body/status` or `POST /api/v1/orders body/status`. `*` stands for every index.
    ///
    /// # Errors
    /// When it names no part of an answer.
    pub fn parse(text: &str) -> Result<Self, VerifyError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (operation, at) = match words.as_slice() {
            [at] => (None, *at),
            [method, path, at] => (Some(format!("{} {path}", method.to_ascii_uppercase())), *at),
            _ => (None, ""),
        };
        let part = at.split('/').next().unwrap_or_default();
        if !matches!(part, "body" | "header" | "status") {
            return Err(VerifyError::Option {
                given: text.to_owned(),
                reason:
                    "is no place in an answer: write body/status, header/retry-after or status, with the \
                         operation before it where it is meant for one only: 'GET /orders body/*/status'"
                        .to_owned(),
            });
        }
        // Names of headers have no case.
        let at = if part == "header" { at.to_ascii_lowercase() } else { at.to_owned() };
        Ok(Self { operation, at })
    }

    /// Whether it is meant for this place of this operation.
    pub(crate) fn covers(&self, operation: &str, at: &str) -> bool {
        self.operation.as_ref().is_none_or(|own| own == operation)
            && self.at.split('/').count() == at.split('/').count()
            && self.at.split('/').zip(at.split('/')).all(|(own, other)| own == "*" || own == other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_cover_what_they_say() {
        let place = Place::parse("get /orders body/items/*/state").unwrap();
        assert!(place.covers("GET /orders", "body/items/*/state"));
        assert!(!place.covers("GET /others", "body/items/*/state"));
        assert!(!place.covers("GET /orders", "body/items/*"));
        assert!(Place::parse("header/Retry-After").unwrap().covers("GET /any", "header/retry-after"));
        assert!(Place::parse("status").unwrap().covers("GET /any", "status"));
        for wrong in ["", "items/0", "GET body/x", "GET /a /b body/x"] {
            assert!(Place::parse(wrong).is_err(), "{wrong}");
        }
    }
}
