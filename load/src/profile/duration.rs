//! Times as a profile writes them, `10 s` or `1 min 30 s`: [`parse`] and [`words`].

use std::time::Duration;

/// What the messages offer.
pub(crate) const FORMS: &str =
    "write a number with its unit between quotes: \"500 ms\", \"10 s\", \"2 min\", \"1 h 30 min\"";

/// Reads `10 s`, `1.5 min` or `1 h 30 min`. Units: ms, s, min, h, d, and their English names.
///
/// # Errors
/// Anything else, with what to write instead.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no time: {FORMS}");
    let mut rest = text.trim();
    let mut sum = Duration::ZERO;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let at = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).ok_or_else(wrong)?;
        let (number, after) = rest.split_at(at);
        let after = after.trim_start();
        let unit_ends = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, left) = after.split_at(unit_ends);
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let seconds = match unit {
            "ms" | "millisecond" | "milliseconds" => 0.001,
            "s" | "sec" | "second" | "seconds" => 1.0,
            "m" | "min" | "minute" | "minutes" => 60.0,
            "h" | "hour" | "hours" => 3_600.0,
            "d" | "day" | "days" => 86_400.0,
            _ => return Err(wrong()),
        };
        let part = Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())?;
        sum = sum.checked_add(part).ok_or_else(wrong)?;
        rest = left.trim_start();
    }
    Ok(sum)
}

/// `2 min`, `1 h 30 min`, `1.5 s`, `500 ms`: what [`parse`] reads, to the millisecond.
pub fn words(time: Duration) -> String {
    let ms = time.as_millis();
    if ms == 0 && !time.is_zero() {
        return format!("{} ms", time.as_secs_f64() * 1000.0);
    }
    if ms < 1_000 {
        return if ms == 0 { "0 s".to_owned() } else { format!("{ms} ms") };
    }
    let mut parts = Vec::new();
    let (hours, minutes, rest) = (ms / 3_600_000, ms / 60_000 % 60, ms % 60_000);
    if hours > 0 {
        parts.push(format!("{hours} h"));
    }
    if minutes > 0 {
        parts.push(format!("{minutes} min"));
    }
    if rest > 0 {
        parts.push(format!("{} s", rest as f64 / 1_000.0));
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, ms) in [
            ("10 s", 10_000),
            ("500 ms", 500),
            ("1.5min", 90_000),
            ("1 h 30 min", 5_400_000),
            (" 2 days ", 172_800_000),
            ("1 minute 5 seconds", 65_000),
            ("0 s", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(ms)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused_with_what_to_write() {
        for text in [
            "",
            "10",
            "s",
            "ten s",
            "-1 s",
            "1.2.3 s",
            "1 fortnight",
            "1 s 2",
            "1e400 s",
            "9999999999999999999999 d",
        ] {
            let error = parse(text).unwrap_err();
            assert!(
                error.starts_with(&format!("{text:?} is no time")) && error.contains("\"10 s\""),
                "{error}"
            );
        }
    }

    #[test]
    fn words_are_short_and_can_be_read_again() {
        for (ms, text) in [
            (0, "0 s"),
            (250, "250 ms"),
            (1_000, "1 s"),
            (1_500, "1.5 s"),
            (120_000, "2 min"),
            (5_445_000, "1 h 30 min 45 s"),
        ] {
            assert_eq!(words(Duration::from_millis(ms)), text);
            assert_eq!(parse(text), Ok(Duration::from_millis(ms)));
        }
        assert_eq!(words(Duration::from_micros(200)), "0.2 ms");
    }
}
