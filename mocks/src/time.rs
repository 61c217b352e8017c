//! Lengths of time as people write them, and date-times as they go over the wire.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

/// `500ms`, `2s`, `1.5 s`, `3m`, `12h`, `2d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit.trim() {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => {
            return Err(format!(
                "{text:?} is no length of time; write a number and ms, s, m, h or d, such as \"2s\""
            ));
        }
    };
    let number: f64 =
        number.parse().map_err(|_| format!("{text:?} is no length of time; write it like \"2s\""))?;
    Duration::try_from_secs_f64(number * factor).map_err(|_| format!("{text:?} is too long a time"))
}

/// RFC 3339 with the offset `Z`, fractions only where there are any, microseconds at most.
pub(crate) fn stamp(time: DateTime<Utc>) -> String {
    let micros = DateTime::from_timestamp_micros(time.timestamp_micros()).unwrap_or(time);
    micros.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Reads an RFC 3339 date-time; one without an offset is UTC.
pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.with_timezone(&Utc))
        .ok()
        .or_else(|| text.parse::<chrono::NaiveDateTime>().ok().map(|time| time.and_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_times_are_read_and_written() {
        assert_eq!(duration("1.5 s").unwrap(), Duration::from_millis(1500));
        assert_eq!(duration("500ms").unwrap(), Duration::from_millis(500));
        assert_eq!(duration("2d").unwrap(), Duration::from_secs(172_800));
        assert!(duration("soon").unwrap_err().contains("such as"));
        let time = parse("2026-01-24T11:00:00+01:00").unwrap();
        assert_eq!(stamp(time), "2026-01-24T10:00:00Z");
        assert_eq!(stamp(parse("2026-01-24T10:00:00.250000").unwrap()), "2026-01-24T10:00:00.250Z");
        assert_eq!(parse("yesterday"), None);
    }
}
