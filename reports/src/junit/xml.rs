//! What the crate that writes the XML leaves to us: clean texts, times, totals of the whole.

use dryrun_record::Record;
use junit_report::{Duration, OffsetDateTime, Report, TestSuite};

use crate::text;

/// A duration to the millisecond.
pub(crate) fn milliseconds(us: u64) -> Duration {
    Duration::milliseconds(i64::try_from((us + 500) / 1_000).unwrap_or(i64::MAX))
}

/// The moment `after_us` microseconds into the run; the epoch when the record does not say when it began.
pub(crate) fn moment(record: &Record, after_us: u64) -> OffsetDateTime {
    let started =
        record.run.as_ref().and_then(|run| chrono::DateTime::parse_from_rfc3339(&run.started_at).ok());
    let started = started.map_or(0, |started| started.timestamp_micros());
    let micros = i128::from(started) + i128::from(after_us);
    OffsetDateTime::from_unix_timestamp_nanos(micros * 1_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Text with only the characters that XML 1.0 allows (section 2.2), the others made visible.
fn clean(text: &str) -> String {
    text::visible(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// For an attribute: one line, since readers turn line ends into blanks.
pub(crate) fn attribute(text: &str) -> String {
    clean(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// For a CDATA section. `]]>` would end it, so the section is ended between its brackets and begun anew: a reader that
/// joins sections, as XML wants it, sees the text unchanged.
pub(crate) fn cdata(text: &str) -> String {
    clean(text).replace("]]>", "]]]]><![CDATA[>")
}

/// Adds to the root what the crate does not write: tests, failures, errors and time of the whole.
pub(crate) fn with_totals(xml: String, report: &Report, duration_us: u64) -> String {
    let sum = |count: fn(&TestSuite) -> usize| report.testsuites().iter().map(count).sum::<usize>();
    let root = format!(
        "<testsuites name=\"dryrun\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.3}\"",
        sum(TestSuite::tests),
        sum(TestSuite::failures),
        sum(TestSuite::errors),
        duration_us as f64 / 1e6
    );
    // The root is the first element: nothing of the record stands before it.
    xml.replacen("?><testsuites", &format!("?>\n{root}"), 1) + "\n"
}
