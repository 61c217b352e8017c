//! Durations as people write them: `2 seconds`, `500 ms`, `1 minute`, and lists of them.

use std::time::Duration;

use crate::values::error::ValueError;

/// What a duration looks like, for the `{duration}` parameter type.
pub const DURATION: &str =
    r"[0-9]+(?:\.[0-9]+)? ?(?:ms|milliseconds?|s|seconds?|min|minutes?|h|hours?|days?|weeks?)";

/// `1, 2 and 4 seconds`, for the `{durations}` parameter type: the unit stands once, at the end.
pub const DURATIONS: &str = r"[0-9]+(?:\.[0-9]+)?(?:(?:, | and )[0-9]+(?:\.[0-9]+)?)* ?(?:ms|milliseconds?|s|seconds?|min|minutes?|h|hours?)";

/// Reads `2 seconds`.
///
/// # Errors
/// Anything else, with the units that are known.
pub fn parse(text: &str) -> Result<Duration, ValueError> {
    let trimmed = text.trim();
    let unit_at = trimmed.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(unit_at);
    let wrong = || {
        ValueError::new(format!("`{text}` is no duration"))
            .hint("write `500 ms`, `2 seconds`, `1 minute`, `3 hours` or `2 days`")
    };
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let seconds = seconds_of(unit.trim()).ok_or_else(wrong)?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())
}

/// Reads `1, 2 and 4 seconds`: one duration a number.
///
/// # Errors
/// As [`parse`].
pub fn parse_list(text: &str) -> Result<Vec<Duration>, ValueError> {
    let unit_at = text.rfind(|c: char| c.is_ascii_digit()).map_or(0, |at| at + 1);
    let (numbers, unit) = text.split_at(unit_at);
    numbers
        .replace(" and ", ",")
        .split(',')
        .map(|number| parse(&format!("{}{unit}", number.trim())))
        .collect()
}

fn seconds_of(unit: &str) -> Option<f64> {
    Some(match unit {
        "ms" | "millisecond" | "milliseconds" => 0.001,
        "s" | "second" | "seconds" => 1.0,
        "min" | "minute" | "minutes" => 60.0,
        "h" | "hour" | "hours" => 3_600.0,
        "day" | "days" => 86_400.0,
        "week" | "weeks" => 604_800.0,
        _ => return None,
    })
}

/// `1.2 seconds`, `340 ms`: for messages.
pub fn show(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1_000.0;
    if ms < 10.0 {
        format!("{ms:.1} ms")
    } else if ms < 1_000.0 {
        format!("{ms:.0} ms")
    } else if duration.as_secs() < 120 {
        let text = format!("{:.2}", ms / 1_000.0);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        format!("{text} second{}", if text == "1" { "" } else { "s" })
    } else {
        format!("{:.1} minutes", ms / 60_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, ms) in
            [("2 seconds", 2_000), ("500 ms", 500), ("1 minute", 60_000), ("1.5 s", 1_500), ("3s", 3_000)]
        {
            assert_eq!(parse(text).unwrap(), Duration::from_millis(ms), "{text}");
            assert!(regex::Regex::new(&format!("^(?:{DURATION})$")).unwrap().is_match(text), "{text}");
        }
        for text in ["", "seconds", "2", "2 fortnights", "-1 second", "1.2.3 s"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_list_shares_its_unit() {
        let seconds: Vec<u64> =
            parse_list("1, 2 and 4 seconds").unwrap().iter().map(Duration::as_secs).collect();
        assert_eq!(seconds, [1, 2, 4]);
        assert_eq!(parse_list("500 ms").unwrap(), [Duration::from_millis(500)]);
        assert!(regex::Regex::new(&format!("^(?:{DURATIONS})$")).unwrap().is_match("1, 2 and 4 seconds"));
    }

    #[test]
    fn shown_as_people_say_it() {
        for (ms, text) in [
            (3, "3.0 ms"),
            (340, "340 ms"),
            (1_000, "1 second"),
            (1_200, "1.2 seconds"),
            (300_000, "5.0 minutes"),
        ] {
            assert_eq!(show(Duration::from_millis(ms)), text);
        }
    }
}
