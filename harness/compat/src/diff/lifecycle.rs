//! What is announced before it goes: `deprecated`, and the date until which it holds, `x-sunset`.

use chrono::NaiveDate;
use serde_json::Value;

use crate::change::{Effect, Impact};
use crate::schema::finding::Finding;

/// How something went away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Removal {
    /// Nobody was told.
    Unannounced,
    /// It was deprecated, and its date, if any, is over.
    Announced,
    /// It was deprecated, and should have held until then.
    Early(NaiveDate),
    /// It was deprecated until something that is no date.
    Unreadable(String),
}

/// How this went away.
pub(crate) fn removal(value: &Value, today: NaiveDate) -> Removal {
    if value.get("deprecated") != Some(&Value::Bool(true)) {
        return Removal::Unannounced;
    }
    match sunset(value) {
        None => Removal::Announced,
        Some(Ok(date)) if date > today => Removal::Early(date),
        Some(Ok(_)) => Removal::Announced,
        Some(Err(text)) => Removal::Unreadable(text),
    }
}

/// The date in `x-sunset`: `2026-12-31`, alone or at the head of a date-time.
pub(crate) fn sunset(value: &Value) -> Option<Result<NaiveDate, String>> {
    let text = match value.get("x-sunset")? {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let day = text.get(..10).unwrap_or(&text);
    Some(NaiveDate::parse_from_str(day, "%Y-%m-%d").map_err(|_| text))
}

/// What changed in the announcements: deprecated, taken back, date gone, date earlier.
pub(crate) fn flips(old: &Value, new: &Value, tails: [&'static str; 4]) -> Vec<Finding> {
    let deprecated = |value: &Value| value.get("deprecated") == Some(&Value::Bool(true));
    let mut found = Vec::new();
    match (deprecated(old), deprecated(new)) {
        (false, true) => {
            let until = match sunset(new) {
                Some(Ok(date)) => format!(", until {date}"),
                Some(Err(text)) => format!(", until {text:?}, which is no date"),
                None => String::new(),
            };
            let finding = Finding::new(
                tails[0],
                Effect::None,
                format!("is deprecated{until}"),
                "stop using it".to_owned(),
            );
            // Nobody can plan for a date that is none.
            let unreadable = matches!(sunset(new), Some(Err(_)));
            found.push(if unreadable { finding.hitting(Impact::Warning, Impact::Warning) } else { finding });
        }
        (true, false) => found.push(Finding::new(
            tails[1],
            Effect::None,
            "is not deprecated any more".to_owned(),
            "nothing to do".to_owned(),
        )),
        (true, true) => match (sunset(old), sunset(new)) {
            (Some(was), None) => {
                let was = was.map_or_else(|text| text, |date| date.to_string());
                let message = format!("should hold until {was}, and has no date any more");
                let finding =
                    Finding::new(tails[2], Effect::None, message, format!("keep `x-sunset: {was}`"));
                found.push(finding.hitting(Impact::Break, Impact::None));
            }
            (Some(Ok(was)), Some(Ok(is))) if is < was => {
                let message = format!("should hold until {was}, and holds until {is} only");
                let finding =
                    Finding::new(tails[3], Effect::None, message, format!("keep `x-sunset: {was}`"));
                found.push(finding.hitting(Impact::Break, Impact::None));
            }
            (Some(Ok(was)), Some(Err(text))) => {
                let message = format!("should hold until {was}, and `x-sunset` {text:?} is no date");
                let finding =
                    Finding::new(tails[3], Effect::None, message, format!("keep `x-sunset: {was}`"));
                found.push(finding.hitting(Impact::Break, Impact::None));
            }
            _ => {}
        },
        (false, false) => {}
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_goes_was_announced_or_was_not() {
        let today = NaiveDate::from_ymd_opt(2026, 6, 1).unwrap();
        let early = NaiveDate::from_ymd_opt(2026, 7, 1).unwrap();
        for (value, wanted) in [
            (json!({}), Removal::Unannounced),
            (json!({"deprecated": true}), Removal::Announced),
            (json!({"deprecated": true, "x-sunset": "2026-05-31"}), Removal::Announced),
            (json!({"deprecated": true, "x-sunset": "2026-07-01T00:00:00Z"}), Removal::Early(early)),
            (json!({"deprecated": true, "x-sunset": "soon"}), Removal::Unreadable("soon".to_owned())),
        ] {
            assert_eq!(removal(&value, today), wanted, "{value}");
        }
    }
}
