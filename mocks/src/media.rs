//! Media types, and which of those that are offered a client wants most (RFC 9110, 12.5.1).

/// A media type or range, with its parameters as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaType {
    kind: String,
    subtype: String,
    parameters: Vec<(String, String)>,
}

impl MediaType {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';');
        let (kind, subtype) = parts.next()?.trim().split_once('/')?;
        if kind.is_empty() || subtype.is_empty() {
            return None;
        }
        let parameters = parts.filter_map(|part| part.trim().split_once('='));
        Some(Self {
            kind: kind.to_ascii_lowercase(),
            subtype: subtype.to_ascii_lowercase(),
            parameters: parameters
                .map(|(name, value)| {
                    (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned())
                })
                .collect(),
        })
    }

    pub(crate) fn is_json(&self) -> bool {
        self.subtype == "json" || self.subtype.ends_with("+json")
    }

    pub(crate) fn is_json_lines(&self) -> bool {
        matches!(self.subtype.as_str(), "x-ndjson" | "ndjson" | "jsonl" | "x-jsonlines" | "json-seq")
    }

    pub(crate) fn is_form(&self) -> bool {
        self.kind == "application" && self.subtype == "x-www-form-urlencoded"
    }

    pub(crate) fn is_multipart(&self) -> bool {
        self.kind == "multipart"
    }

    pub(crate) fn is_xml(&self) -> bool {
        self.subtype == "xml" || self.subtype.ends_with("+xml")
    }

    pub(crate) fn is_events(&self) -> bool {
        self.kind == "text" && self.subtype == "event-stream"
    }

    pub(crate) fn is_text(&self) -> bool {
        self.kind == "text" || self.is_json() || self.is_xml()
    }

    fn is_range(&self) -> bool {
        self.kind == "*" || self.subtype == "*" || self.subtype.starts_with("*+")
    }

    /// `application/*+json`: every type with that ending (RFC 6838, 4.2.8).
    fn suffix(&self) -> Option<&str> {
        self.subtype.strip_prefix('*').filter(|suffix| suffix.starts_with('+'))
    }

    /// As it stands in a header.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{}/{}", self.kind, self.subtype);
        for (name, value) in &self.parameters {
            let quoted = !value.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
            let value = if quoted { format!("\"{value}\"") } else { value.clone() };
            text.push_str(&format!("; {name}={value}"));
        }
        text
    }

    /// The value of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether this type or range speaks of another type.
    pub(crate) fn is(&self, actual: &Self) -> bool {
        self.covers(actual).is_some()
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.parameters.retain(|(known, _)| known != name);
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    /// How specifically this range speaks of a type; `None` if it doesn't.
    fn covers(&self, actual: &Self) -> Option<usize> {
        let level = match (self.kind.as_str(), self.subtype.as_str()) {
            ("*", _) => 0,
            (kind, _) if kind != actual.kind => return None,
            (_, "*") => 1,
            _ if self.suffix().is_some_and(|suffix| actual.subtype.ends_with(suffix)) => 1,
            (_, subtype) if subtype != actual.subtype => return None,
            _ => 2,
        };
        // A type is not refused for the sake of `charset`: we always write UTF-8.
        let mut asked = self.parameters.iter().filter(|(name, _)| name != "charset");
        let all = asked.all(|(name, value)| {
            actual.parameters.iter().any(|(known, other)| known == name && other.eq_ignore_ascii_case(value))
        });
        all.then_some(level + 2 * usize::from(level == 2) * self.parameters.len().min(8))
    }
}

/// What a client accepts: ranges with their weights, in thousandths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Accept(Vec<(MediaType, u16)>);

impl Accept {
    /// Reads every `Accept` header. None at all means anything; what can't be read is passed over.
    pub(crate) fn of(headers: &[(String, String)]) -> Self {
        let lines = headers.iter().filter(|(name, _)| name == "accept");
        Self(lines.flat_map(|(_, line)| line.split(',')).filter_map(range).collect())
    }

    /// The weight of a type, by the range that speaks of it most specifically.
    fn weight(&self, actual: &MediaType) -> u16 {
        if self.0.is_empty() {
            return 1000;
        }
        let fits = self.0.iter().filter_map(|(range, weight)| Some((range.covers(actual)?, *weight)));
        fits.max().map_or(0, |(_, weight)| weight)
    }

    /// The documented types or ranges that are acceptable, as positions with what would be sent, the most wanted first;
    /// among equals JSON, then as documented.
    pub(crate) fn choose<'a>(&self, offered: impl Iterator<Item = &'a str>) -> Vec<(usize, MediaType)> {
        let mut chosen: Vec<(u16, usize, MediaType)> = offered
            .enumerate()
            .filter_map(|(position, text)| {
                let documented = MediaType::parse(text)?;
                let (weight, actual) = self.concrete(documented)?;
                (weight > 0).then_some((weight, position, actual))
            })
            .collect();
        chosen.sort_by_key(|(weight, position, actual)| (1000 - *weight, !actual.is_json(), *position));
        chosen.into_iter().map(|(_, position, actual)| (position, actual)).collect()
    }

    /// What is sent for a documented type: itself, or for a range the most wanted type within it.
    fn concrete(&self, documented: MediaType) -> Option<(u16, MediaType)> {
        if !documented.is_range() {
            return Some((self.weight(&documented), documented));
        }
        let wanted =
            self.0.iter().filter(|(range, _)| !range.is_range() && documented.covers(range).is_some());
        let usual = match documented.kind.as_str() {
            kind if documented.suffix().is_some() => format!("{kind}/vnd.mock{}", &documented.subtype[1..]),
            "*" | "application" => "application/json".to_owned(),
            "text" => "text/plain".to_owned(),
            "image" => "image/png".to_owned(),
            kind => format!("{kind}/octet-stream"),
        };
        let usual = MediaType::parse(&usual).map(|usual| (self.weight(&usual), usual));
        let wanted = wanted.map(|(range, weight)| (*weight, range.clone()));
        usual.into_iter().chain(wanted).max_by_key(|(weight, actual)| (*weight, actual.is_json()))
    }
}

fn range(text: &str) -> Option<(MediaType, u16)> {
    let mut range = MediaType::parse(text)?;
    let place = range.parameters.iter().position(|(name, _)| name == "q");
    // What stands behind the weight are extensions of Accept, not parameters of the type.
    let weight = match place {
        Some(place) => {
            let weight = range.parameters[place].1.parse::<f64>().ok()?.clamp(0.0, 1.0);
            range.parameters.truncate(place);
            (weight * 1000.0).round() as u16
        }
        None => 1000,
    };
    Some((range, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(accept: &str, offered: &[&str]) -> Vec<String> {
        let headers = if accept.is_empty() { vec![] } else { vec![("accept".to_owned(), accept.to_owned())] };
        let chosen = Accept::of(&headers).choose(offered.iter().copied());
        chosen.into_iter().map(|(_, actual)| actual.text()).collect()
    }

    #[test]
    fn the_most_wanted_comes_first_and_what_is_refused_not_at_all() {
        let both = ["application/xml", "application/json", "text/csv"];
        assert_eq!(choose("", &both), ["application/json", "application/xml", "text/csv"]);
        assert_eq!(choose("*/*", &both)[0], "application/json");
        assert_eq!(choose("text/*;q=0.5, application/xml", &both), ["application/xml", "text/csv"]);
        assert_eq!(choose("application/json;q=0, */*", &both), ["application/xml", "text/csv"]);
        assert_eq!(choose("image/png", &both), [""; 0]);
        assert_eq!(choose("nonsense", &both).len(), 3);
    }

    #[test]
    fn ranges_in_the_document_become_types() {
        assert_eq!(choose("", &["*/*"]), ["application/json"]);
        assert_eq!(choose("image/webp", &["image/*"]), ["image/webp"]);
        assert_eq!(choose("text/html, */*;q=0.1", &["text/*"]), ["text/html"]);
        assert_eq!(choose("application/pdf", &["image/*"]), [""; 0]);
        assert_eq!(choose("", &["application/*+json"]), ["application/vnd.mock+json"]);
        assert_eq!(choose("application/hal+json", &["application/*+json"]), ["application/hal+json"]);
        assert_eq!(choose("application/json", &["application/*+json"]), [""; 0]);
    }

    #[test]
    fn parameters_count_but_charset_does_not() {
        assert_eq!(choose("application/json; charset=utf-8", &["application/json"]).len(), 1);
        assert_eq!(choose("application/json; version=2", &["application/json"]).len(), 0);
        assert_eq!(
            choose(
                "application/json; version=2, application/json;q=0.1",
                &["application/json", "application/json; version=2"]
            ),
            ["application/json; version=2", "application/json"]
        );
        assert_eq!(MediaType::parse("a/b").unwrap().with("boundary", "x y").text(), "a/b; boundary=\"x y\"");
    }
}
