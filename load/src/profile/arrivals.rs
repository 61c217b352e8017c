//! Arrivals from a file: offsets in seconds, or a rate for each second.

use std::path::Path;
use std::time::Duration;

use super::{Arrivals, RateStage};

/// Reads a file of arrivals.
///
/// Without a header, each line is an offset from the start in seconds, ascending. With the header `second,rate`, each
/// row's rate holds until the next row's second, and the last one for as long as the one before it (1 s when it stands
/// alone). Empty lines and lines that begin with `#` say nothing.
///
/// # Errors
/// A sentence with the file and the line.
pub(super) fn read(path: &Path) -> Result<Arrivals, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        format!("cannot read the arrivals {shown}: {error}; the path counts from the profile's folder")
    })?;
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .peekable();
    let header =
        lines.next_if(|(_, line)| line.chars().any(|c| c.is_ascii_alphabetic() && c != 'e' && c != 'E'));
    let arrivals = match header {
        Some((_, line)) if columns(line) == ["second", "rate"] => rates(lines),
        Some((at, line)) => Err((
            at,
            format!("{line:?} is no header: write second,rate, or leave it out for offsets in seconds"),
        )),
        None => offsets(lines),
    };
    let arrivals = arrivals.map_err(|(line, message)| format!("{shown}:{line}: {message}"))?;
    match &arrivals {
        Arrivals::Times(times) if times.is_empty() => Err(format!("{shown}:1: no arrival stands in it")),
        Arrivals::Stages(stages) if stages.is_empty() => Err(format!("{shown}:1: no rate stands in it")),
        _ => Ok(arrivals),
    }
}

fn columns(line: &str) -> Vec<String> {
    line.split(',').map(|column| column.trim().trim_matches('"').to_ascii_lowercase()).collect()
}

fn offsets<'t>(lines: impl Iterator<Item = (usize, &'t str)>) -> Result<Arrivals, (usize, String)> {
    let mut times: Vec<Duration> = Vec::new();
    for (at, line) in lines {
        let time = seconds(line).ok_or_else(|| {
            (at, format!("{line:?} is no offset: write seconds from the start, such as 1.25"))
        })?;
        if times.last().is_some_and(|last| *last > time) {
            return Err((at, format!("{line} comes before the line above it: sort the offsets")));
        }
        times.push(time);
    }
    Ok(Arrivals::Times(times))
}

fn rates<'t>(lines: impl Iterator<Item = (usize, &'t str)>) -> Result<Arrivals, (usize, String)> {
    let mut rows: Vec<(Duration, f64)> = Vec::new();
    for (at, line) in lines {
        let row = match columns(line).as_slice() {
            [second, rate] => {
                seconds(second).zip(rate.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate >= 0.0))
            }
            _ => None,
        };
        let row =
            row.ok_or_else(|| (at, format!("{line:?} is no row: write a second and a rate, such as 10,50")))?;
        match rows.last() {
            Some(last) if last.0 >= row.0 => {
                return Err((
                    at,
                    format!("second {} does not come after the line above it", row.0.as_secs_f64()),
                ));
            }
            _ => rows.push(row),
        }
    }
    let mut stages = Vec::with_capacity(rows.len() + 1);
    let mut add = |rate: f64, lasts: Duration| stages.push(RateStage { from: rate, to: rate, lasts });
    if let Some((first, _)) = rows.first().filter(|(first, _)| !first.is_zero()) {
        add(0.0, *first);
    }
    let mut length = Duration::from_secs(1);
    for (index, (from, rate)) in rows.iter().enumerate() {
        if let Some((next, _)) = rows.get(index + 1) {
            length = *next - *from;
        }
        add(*rate, length);
    }
    Ok(Arrivals::Stages(stages))
}

fn seconds(text: &str) -> Option<Duration> {
    text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Arrivals, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, text).unwrap();
        read(&path).map_err(|error| error.replace(&path.display().to_string(), "a.csv"))
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn offsets_are_read_one_a_line() {
        let read = read_text("# since 12:00\n0\n\n0.25\n 0.25\n3e0\n");
        assert_eq!(read, Ok(Arrivals::Times(vec![ms(0), ms(250), ms(250), ms(3_000)])));
    }

    #[test]
    fn rates_hold_until_the_next_row() {
        let Ok(Arrivals::Stages(stages)) = read_text("second,rate\n1, 10\n3,20\n7,0.5\n") else { panic!() };
        let seen: Vec<(f64, f64, u64)> =
            stages.iter().map(|stage| (stage.from, stage.to, stage.lasts.as_secs())).collect();
        assert_eq!(seen, [(0.0, 0.0, 1), (10.0, 10.0, 2), (20.0, 20.0, 4), (0.5, 0.5, 4)]);
        let Ok(Arrivals::Stages(one)) = read_text("\"Second\",\"Rate\"\n0,10\n") else { panic!() };
        assert_eq!(one, [RateStage { from: 10.0, to: 10.0, lasts: ms(1_000) }]);
    }

    #[test]
    fn mistakes_name_file_and_line() {
        for (text, wanted) in [
            ("0\nsoon\n", "a.csv:2: \"soon\" is no offset"),
            ("1\n\n0.5\n", "a.csv:3: 0.5 comes before"),
            ("-1\n", "a.csv:1: \"-1\" is no offset"),
            ("when,what\n1,2\n", "a.csv:1: \"when,what\" is no header: write second,rate"),
            ("second,rate\n1\n", "a.csv:2: \"1\" is no row"),
            ("second,rate\n1,-2\n", "a.csv:2: \"1,-2\" is no row"),
            ("second,rate\n5,2\n5,3\n", "a.csv:3: second 5 does not come after"),
            ("# nothing\n", "a.csv:1: no arrival stands in it"),
            ("second,rate\n", "a.csv:1: no rate stands in it"),
        ] {
            let error = read_text(text).unwrap_err();
            assert!(error.starts_with(wanted), "{text:?}: {error}");
        }
        let gone = read(Path::new("nowhere/a.csv")).unwrap_err();
        assert!(gone.starts_with("cannot read the arrivals nowhere/a.csv"), "{gone}");
    }
}
