//! The one place where numbers of a load run become text: microseconds of the record as milliseconds or seconds, three
//! significant digits, thousands apart.

/// `12,345`.
pub(crate) fn count(many: u64) -> String {
    grouped(&many.to_string())
}

/// `1 request`, `12,345 requests`.
pub(crate) fn counted(many: u64, what: &str) -> String {
    if many == 1 { format!("1 {what}") } else { format!("{} {what}s", count(many)) }
}

/// Three significant digits; whole numbers from 1,000 on are written out.
pub(crate) fn digits(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let size = value.abs();
    // What rounds up into the next size is written as that size.
    let places = match size {
        0.0 => 0,
        _ if size < 0.9995 => 3,
        _ if size < 9.995 => 2,
        _ if size < 99.95 => 1,
        _ => 0,
    };
    grouped(&format!("{value:.places$}"))
}

/// A rate in a table; a dash where nothing was asked for.
pub(crate) fn rate_or_dash(rate: f64) -> String {
    if rate > 0.0 { digits(rate) } else { "–".to_owned() }
}

/// As [`digits`], without what stands behind the point and says nothing: `2`, `2.5`.
pub(crate) fn plain(value: f64) -> String {
    let text = digits(value);
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `0.087 ms`, `12.3 ms`, `1.90 s`, `3,600 s`.
pub(crate) fn time(us: f64) -> String {
    let ms = us / 1e3;
    if ms.abs() < 999.5 { format!("{} ms", digits(ms)) } else { format!("{} s", digits(ms / 1e3)) }
}

/// A time beside an axis: `0.5 ms`, `20 ms`, `1 s`.
pub(crate) fn tick(us: f64) -> String {
    let ms = us / 1e3;
    if ms.abs() < 999.5 { format!("{} ms", plain(ms)) } else { format!("{} s", plain(ms / 1e3)) }
}

/// [`time`] of whole microseconds.
pub(crate) fn micros(us: u64) -> String {
    time(us as f64)
}

/// `998.7/s`, `1,000/s`: four significant digits, since half a percent of a rate counts.
pub(crate) fn rate(a_second: f64) -> String {
    let size = a_second.abs();
    if !(0.9995..999.95).contains(&size) {
        return format!("{}/s", plain(a_second));
    }
    let places = if size < 9.9995 {
        3
    } else if size < 99.995 {
        2
    } else {
        1
    };
    let text = format!("{a_second:.places$}");
    format!("{}/s", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A share (0 to 1) as percent. What is not nothing is never shown as 0%, what is not all never as 100%.
pub(crate) fn share(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.001 {
        return "<0.001%".to_owned();
    }
    if percent < 100.0 && percent > 99.9 {
        let cut = format!("{:.3}", (percent * 1e3).floor() / 1e3);
        return format!("{}%", cut.trim_end_matches('0'));
    }
    format!("{}%", plain(percent))
}

/// `many` of `all` as percent; `–` of nothing.
pub(crate) fn part(many: u64, all: u64) -> String {
    if all == 0 { "–".to_owned() } else { share(many as f64 / all as f64) }
}

/// `0.42 cores`.
pub(crate) fn cores(cores: f64) -> String {
    format!("{cores:.2} cores")
}

/// `812 KiB`, `37.0 MiB`, `1.50 GiB`.
pub(crate) fn kib(kib: u64) -> String {
    let size = kib as f64;
    if size < 1023.5 {
        format!("{kib} KiB")
    } else if size < 1023.5 * 1024.0 {
        format!("{} MiB", digits(size / 1024.0))
    } else {
        format!("{} GiB", digits(size / 1_048_576.0))
    }
}

/// A place on the time line of a run: `0:35`, `1:02:03`.
pub(crate) fn moment(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest:02}") } else { format!("{minutes}:{rest:02}") }
}

/// How long: `10 s`, `2 min`, `1 h 30 min`.
pub(crate) fn lasting(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{} s", plain(seconds));
    }
    let whole = seconds.round() as u64;
    let parts = [(whole / 3600, "h"), (whole / 60 % 60, "min"), (whole % 60, "s")];
    let parts: Vec<String> =
        parts.iter().filter(|part| part.0 > 0).map(|(many, unit)| format!("{many} {unit}")).collect();
    parts.join(" ")
}

/// A value in the unit of a threshold's metric: `p95_ms`, `max_fail_percent`, `min_rate`, `min_apdex`.
pub(crate) fn of_metric(metric: &str, value: f64) -> String {
    if metric.ends_with("_ms") {
        time(value * 1e3)
    } else if metric.ends_with("_percent") {
        share(value / 100.0)
    } else if metric.ends_with("rate") {
        rate(value)
    } else {
        digits(value)
    }
}

/// Commas between thousands of a decimal number.
fn grouped(number: &str) -> String {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, rest) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    rest.map_or(out.clone(), |rest| format!("{out}.{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_significant_digits() {
        let all = [
            0,
            87,
            999,
            1_234,
            9_994,
            9_996,
            12_345,
            99_960,
            123_456,
            999_600,
            1_904_000,
            59_990_000,
            3_600_000_000,
        ];
        assert_eq!(
            all.map(micros),
            [
                "0 ms", "0.087 ms", "0.999 ms", "1.23 ms", "9.99 ms", "10.0 ms", "12.3 ms", "100 ms",
                "123 ms", "1.00 s", "1.90 s", "60.0 s", "3,600 s"
            ]
        );
    }

    #[test]
    fn a_share_is_never_rounded_to_all_or_nothing() {
        assert_eq!(
            [0.0, 0.000_001, 0.004_2, 0.5, 0.999_8, 0.999_999, 1.0].map(share),
            ["0%", "<0.001%", "0.42%", "50%", "99.98%", "99.999%", "100%"]
        );
        assert_eq!(part(1, 3), "33.3%");
        assert_eq!(part(0, 0), "–");
    }

    #[test]
    fn numbers_are_grouped_and_sizes_have_units() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(digits(-12_345.6), "-12,346");
        assert_eq!(digits(f64::NAN), "–");
        assert_eq!(
            [0.5, 48.123, 398.7, 999.97, 2_999.6].map(rate),
            ["0.5/s", "48.12/s", "398.7/s", "1,000/s", "3,000/s"]
        );
        assert_eq!([812, 37_888, 1_572_864].map(kib), ["812 KiB", "37.0 MiB", "1.50 GiB"]);
        assert_eq!([35.2, 754.0, 3_723.0].map(moment), ["0:35", "12:34", "1:02:03"]);
        assert_eq!([10.0, 2.5, 120.0, 5_400.0].map(lasting), ["10 s", "2.5 s", "2 min", "1 h 30 min"]);
    }

    #[test]
    fn a_threshold_speaks_in_its_own_unit() {
        assert_eq!(of_metric("p95_ms", 500.0), "500 ms");
        assert_eq!(of_metric("p99.9_ms", 1_900.0), "1.90 s");
        assert_eq!(of_metric("max_fail_percent", 1.0), "1%");
        assert_eq!(of_metric("min_rate", 1_000.0), "1,000/s");
        assert_eq!(of_metric("min_apdex", 0.94), "0.940");
    }
}
