//! What can keep a report from being drawn: [`ReportError`].

/// A report that could not be drawn. A failed run is no error: it is what a report is for.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A part of the record could not be written as JSON.
    #[error("the {report} report could not be written: a part of the record is no JSON: {source}")]
    Json {
        /// Which report.
        report: &'static str,
        /// What serde says of it.
        source: serde_json::Error,
    },
    /// The XML writer refused.
    #[error("the JUnit report could not be written: {0}")]
    Xml(junit_report::Error),
    /// The XML writer wrote something that is no text.
    #[error("the JUnit report is not UTF-8: {0}")]
    Encoding(#[from] std::string::FromUtf8Error),
}
