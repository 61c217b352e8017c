//! Media types: which of the documented ones a `Content-Type` means, and how such a body is read.

/// How a body of a media type is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Json,
    Form,
    Multipart,
    /// One text, judged as such if its schema speaks of one.
    Text,
    /// Binary, streams and whatever else: only its type is judged.
    Opaque,
}

/// A media type or range: `application/json`, `text/*`, `*/*`, with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaType {
    kind: String,
    subtype: String,
    /// Lower-case name and value, sorted.
    parameters: Vec<(String, String)>,
}

impl MediaType {
    /// `None` if it is no media type at all.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';');
        let (kind, subtype) = parts.next()?.trim().split_once('/')?;
        let valid = |part: &str| {
            !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '/' || c == ',')
        };
        if !valid(kind) || !valid(subtype) {
            return None;
        }
        let mut parameters: Vec<_> = parts
            .filter_map(|part| part.trim().split_once('='))
            .map(|(name, value)| {
                (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned())
            })
            .collect();
        parameters.sort();
        Some(Self { kind: kind.to_ascii_lowercase(), subtype: subtype.to_ascii_lowercase(), parameters })
    }

    /// How a body of this type is judged.
    pub(crate) fn body(&self) -> Kind {
        match (self.kind.as_str(), self.subtype.as_str()) {
            (_, "json") => Kind::Json,
            (_, subtype) if subtype.ends_with("+json") => Kind::Json,
            ("application", "x-www-form-urlencoded") => Kind::Form,
            ("multipart", _) => Kind::Multipart,
            // A stream has no end to be judged at.
            ("text", "event-stream") => Kind::Opaque,
            ("text", _) => Kind::Text,
            _ => Kind::Opaque,
        }
    }

    /// A parameter, such as `boundary`.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a `Content-Type` is, letter for letter, this type with no parameters: the usual case, told quickly.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.parameters.is_empty()
            && text.split_once('/').is_some_and(|(kind, subtype)| {
                kind.eq_ignore_ascii_case(&self.kind) && subtype.eq_ignore_ascii_case(&self.subtype)
            })
    }

    /// How well this documented type or range fits an actual type; more is better, `None` not at all.
    pub(crate) fn fit(&self, actual: &Self) -> Option<u8> {
        let base = if self.kind == "*" {
            1
        } else if self.kind != actual.kind {
            return None;
        } else if self.subtype == "*" {
            2
        } else if self.subtype == actual.subtype {
            4
        } else {
            // `application/*+json` is no range of HTTP's, yet frameworks write it.
            let suffix = self.subtype.strip_prefix('*').filter(|suffix| suffix.starts_with('+'))?;
            actual.subtype.strip_suffix(suffix).filter(|bare| !bare.is_empty()).map(|_| 3)?
        };
        // `charset=utf-8` may come with a type that is documented without; what is documented must be there.
        let mut asked = self.parameters.iter().filter(|(name, _)| name != "charset");
        let all = asked
            .all(|(name, value)| actual.parameter(name).is_some_and(|it| it.eq_ignore_ascii_case(value)));
        (base < 4 || all).then(|| base * 10 + u8::from(all && !self.parameters.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(documented: &str, actual: &str) -> Option<u8> {
        MediaType::parse(documented).unwrap().fit(&MediaType::parse(actual).unwrap())
    }

    #[test]
    fn ranges_and_parameters() {
        assert!(fit("application/json", "Application/JSON; charset=utf-8").is_some());
        assert!(fit("application/json; charset=utf-8", "application/json").is_some());
        assert!(fit("application/json; version=2", "application/json").is_none());
        assert!(
            fit("application/json; version=2", "application/json;version=\"2\"")
                > fit("application/json", "application/json;version=2")
        );
        assert!(fit("application/*", "application/json") > fit("*/*", "application/json"));
        assert!(fit("application/json", "application/json") > fit("application/*", "application/json"));
        assert!(fit("application/json", "application/problem+json").is_none());
        assert!(fit("text/*", "application/json").is_none());
        assert!(fit("application/*+json", "application/json").is_none());
        assert!(
            fit("application/*+json", "application/ld+json") > fit("application/*", "application/ld+json")
        );
        assert!(
            fit("application/ld+json", "application/ld+json")
                > fit("application/*+json", "application/ld+json")
        );
    }

    #[test]
    fn kinds_of_bodies() {
        for (text, kind) in [
            ("application/problem+json", Kind::Json),
            ("application/x-www-form-urlencoded", Kind::Form),
            ("multipart/form-data; boundary=x", Kind::Multipart),
            ("text/html", Kind::Text),
            ("text/event-stream", Kind::Opaque),
            ("application/x-ndjson", Kind::Opaque),
            ("application/octet-stream", Kind::Opaque),
        ] {
            assert_eq!(MediaType::parse(text).unwrap().body(), kind);
        }
        assert_eq!(MediaType::parse("json"), None);
        assert_eq!(MediaType::parse("a/b/c"), None);
        assert_eq!(MediaType::parse("a/b; boundary=\"x y\"").unwrap().parameter("boundary"), Some("x y"));
    }
}
