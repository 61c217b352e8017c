//! Editorial rules for content that somebody wrote, by type. Main function: [`judge`].

use crate::render::slug;
use crate::stamp;
use serde_json::{Map, Value, json};

/// The types of content.
pub(crate) const TYPES: &[&str] = &["update", "blog", "announcement", "session"];

/// What the rules found.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    /// Reasons not to publish.
    pub(crate) issues: Vec<String>,
    /// What could be better.
    pub(crate) warnings: Vec<String>,
    pub(crate) metadata: Map<String, Value>,
}

struct Reader<'a> {
    map: &'a Map<String, Value>,
    found: Judgement,
}

impl Reader<'_> {
    fn issue(&mut self, text: impl Into<String>) {
        self.found.issues.push(text.into());
    }

    fn warn(&mut self, text: impl Into<String>) {
        self.found.warnings.push(text.into());
    }

    fn text(&mut self, name: &str, longest: usize) -> Option<String> {
        match self.map.get(name).filter(|value| !value.is_null())? {
            Value::String(text) if text.chars().count() > longest => {
                self.issue(format!("{name} is longer than {longest} characters"));
                Some(text.clone())
            }
            Value::String(text) if text.trim().is_empty() => {
                self.issue(format!("{name} is empty"));
                None
            }
            Value::String(text) => Some(text.clone()),
            _ => {
                self.issue(format!("{name} must be a text"));
                None
            }
        }
    }

    fn list(&mut self, name: &str, most: usize, longest: usize) -> Option<Vec<String>> {
        let Value::Array(items) = self.map.get(name).filter(|value| !value.is_null())? else {
            self.issue(format!("{name} must be a list"));
            return None;
        };
        let texts: Vec<String> =
            items.iter().filter_map(Value::as_str).map(|text| text.trim().to_lowercase()).collect();
        if texts.len() != items.len() {
            self.issue(format!("{name} must hold texts only"));
        }
        if items.len() > most {
            self.issue(format!("{name} has more than {most} entries"));
        }
        if texts.iter().any(|text| text.is_empty() || text.chars().count() > longest) {
            self.issue(format!("every entry of {name} must have 1 to {longest} characters"));
        }
        if (1..texts.len()).any(|index| texts[..index].contains(&texts[index])) {
            self.warn(format!("{name} holds an entry twice"));
        }
        Some(texts)
    }

    fn number(&mut self, name: &str, min: f64, max: f64) -> Option<f64> {
        let number = self.map.get(name).filter(|value| !value.is_null())?.as_f64();
        if number.is_none_or(|number| !(min..=max).contains(&number)) {
            self.issue(format!("{name} must be a number from {min} to {max}"));
        }
        number
    }

    fn moment(&mut self, name: &str) -> Option<chrono::DateTime<chrono::Utc>> {
        let value = self.map.get(name).filter(|value| !value.is_null())?;
        let moment = value.as_str().and_then(stamp::parse);
        if moment.is_none() {
            self.issue(format!("{name} must be a date-time"));
        }
        moment
    }

    fn common(&mut self, kind: &str, title: &str, content: &str) {
        let words = content.split_whitespace().count();
        let length = title.chars().count();
        if title.trim().is_empty() {
            self.issue("The title is empty");
        } else if length > 200 {
            self.issue("The title is longer than 200 characters");
        } else if length < 10 {
            self.warn("The title is shorter than 10 characters");
        } else if length > 60 {
            self.warn("Search engines cut titles after 60 characters");
        }
        if content.trim().chars().count() < 10 {
            self.issue("The content has fewer than 10 characters");
        } else if words < 3 {
            self.issue("The content has fewer than 3 words");
        }
        let lower = format!("{title} {content}").to_lowercase();
        for word in ["click now", "limited time", "act now", "!!!"] {
            if lower.contains(word) {
                self.warn(format!("Mail filters dislike \"{word}\""));
            }
        }
        if lower.contains("<script") {
            self.issue("The content holds a script");
        }
        if lower.contains("lorem ipsum") {
            self.issue("The content holds placeholder text");
        }
        let minutes = words.div_ceil(200).max(1);
        let metadata = json!({
            "word_count": words,
            "character_count": content.chars().count(),
            "reading_time_minutes": minutes,
            "slug": slug(title),
            "content_type": kind,
        });
        if let Value::Object(metadata) = metadata {
            self.found.metadata.extend(metadata);
        }
    }

    fn update(&mut self, words: usize) {
        if self.list("tags", 10, 50).is_none_or(|tags| tags.is_empty()) {
            self.warn("An update without tags is hard to find");
        }
        self.text("excerpt", 300);
        if words < 20 {
            self.warn("The text is short for an update: fewer than 20 words");
        }
    }

    fn blog(&mut self, words: usize) {
        if self.text("category", 100).is_none() {
            self.warn("A blog post should have a category");
        }
        self.list("tags", 15, 50);
        self.list("target_keywords", 5, 100);
        self.number("reading_time", 1.0, 120.0);
        match self.text("seo_description", 160) {
            None => self.warn("A blog post should have an seo_description of 50 to 160 characters"),
            Some(text) if text.chars().count() < 50 => {
                self.issue("seo_description is shorter than 50 characters");
            }
            Some(_) => {}
        }
        if words < 100 {
            self.warn("The text is short for a blog post: fewer than 100 words");
        }
    }

    fn announcement(&mut self) {
        let urgency = self.text("urgency", 20);
        match urgency.as_deref() {
            None | Some("low" | "medium") => {}
            Some("high" | "critical") => {
                self.found.metadata.insert("featured".to_owned(), json!(true));
            }
            Some(other) => {
                let text = format!("urgency '{other}' is not one of low, medium, high, critical");
                self.issue(text);
            }
        }
        if self.text("call_to_action", 200).is_none() {
            self.warn("An announcement should say what to do: call_to_action is missing");
        }
        if self.moment("expires_at").is_some_and(|moment| moment < chrono::Utc::now()) {
            self.issue("expires_at is in the past");
        }
    }

    fn session(&mut self) {
        for name in
            ["session_id", "session_duration", "participant_count", "breathing_techniques", "session_date"]
        {
            if self.map.get(name).is_none_or(Value::is_null) {
                self.issue(format!("A session needs {name}"));
            }
        }
        self.text("session_id", 128);
        self.number("session_duration", 1.0, 86_400.0);
        let people = self.number("participant_count", 0.0, 1_000_000.0);
        self.list("breathing_techniques", 50, 200);
        self.moment("session_date");
        let kind = self.text("session_type", 20);
        match kind.as_deref() {
            Some("live") if self.text("instructor_name", 100).is_none() => {
                self.issue("A live session needs an instructor_name");
            }
            Some("workshop") if people.is_some_and(|people| people < 5.0) => {
                self.issue("A workshop has at least 5 participants");
            }
            _ => {}
        }
        match self.number("average_hrv_improvement", -100.0, 200.0) {
            None => self.warn("Without average_hrv_improvement there is no quality score"),
            Some(improvement) => {
                let score = match improvement {
                    above if above > 10.0 => 5,
                    above if above > 5.0 => 4,
                    above if above > 0.0 => 3,
                    _ => 0,
                };
                self.found.metadata.insert("quality_score".to_owned(), json!(score));
            }
        }
    }
}

/// Judges content whose type, title and content are known to have the right shape.
pub(crate) fn judge(kind: &str, title: &str, content: &str, map: &Map<String, Value>) -> Judgement {
    let mut reader = Reader { map, found: Judgement::default() };
    let words = content.split_whitespace().count();
    reader.common(kind, title, content);
    match kind {
        "update" => reader.update(words),
        "blog" => reader.blog(words),
        "announcement" => reader.announcement(),
        _ => reader.session(),
    }
    reader.found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(value: Value) -> Judgement {
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        judge(&text("type"), &text("title"), &text("content"), value.as_object().unwrap())
    }

    const TEXT: &str = "Three breathing techniques for spring, each of them done within five minutes.";

    #[test]
    fn each_type_has_its_own_rules() {
        for (content, wanted) in [
            (json!({"type": "update", "title": "Breathe easier", "content": TEXT}), None),
            (
                json!({"type": "update", "title": "Breathe easier", "content": "Short"}),
                Some("fewer than 10 characters"),
            ),
            (json!({"type": "update", "title": "x".repeat(201), "content": TEXT}), Some("longer than 200")),
            (
                json!({"type": "update", "title": "Breathe", "content": TEXT, "tags": "spring"}),
                Some("tags must be a list"),
            ),
            (
                json!({"type": "blog", "title": "Breathe", "content": TEXT, "seo_description": "short"}),
                Some("shorter than 50"),
            ),
            (
                json!({"type": "announcement", "title": "Breathe", "content": TEXT, "urgency": "huge"}),
                Some("'huge'"),
            ),
            (
                json!({"type": "announcement", "title": "Breathe", "content": TEXT, "expires_at": "2001-01-01T00:00:00Z"}),
                Some("in the past"),
            ),
            (json!({"type": "session", "title": "Breathe", "content": TEXT}), Some("needs session_id")),
            (
                json!({"type": "update", "title": "Breathe", "content": format!("{TEXT}<script>")}),
                Some("script"),
            ),
        ] {
            let found = judged(content.clone());
            match wanted {
                None => assert_eq!(found.issues, Vec::<String>::new()),
                Some(part) => {
                    assert!(found.issues.iter().any(|issue| issue.contains(part)), "{content}: {found:?}")
                }
            }
        }
    }

    #[test]
    fn a_complete_session_is_scored() {
        let found = judged(json!({
            "type": "session", "title": "Morning calm", "content": TEXT, "session_id": "s", "session_duration": 900,
            "participant_count": 8, "breathing_techniques": ["box breathing"], "session_date": "2026-01-24T09:00:00Z",
            "average_hrv_improvement": 12.5,
        }));
        assert_eq!(found.issues, Vec::<String>::new());
        assert_eq!(found.metadata["quality_score"], 5);
        assert_eq!(found.metadata["slug"], "morning-calm");
    }
}
