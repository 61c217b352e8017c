//! An [`Operation`]: one call of a contract, as its readers see it.

/// One method on one path of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The `operationId`.
    pub id: Option<String>,
    /// In upper case: `POST`.
    pub method: String,
    /// The template as the document has it: `/api/v1/email/{message_id}/status`.
    pub path: String,
    /// The `summary`, or nothing.
    pub summary: String,
    /// The documented answers, as written: `"200"`, `"4XX"`, `"default"`; exact ones first.
    pub statuses: Vec<String>,
    /// The `tags`.
    pub tags: Vec<String>,
    /// Whether the document says that it is on its way out.
    pub deprecated: bool,
    /// Its position in `Contract::operations`.
    pub index: usize,
}

impl Operation {
    /// Method and template: `POST /api/v1/email/send`.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether the document has an answer for this status: exactly, as a range (`4XX`) or as `default`.
    #[must_use]
    pub fn documents(&self, status: u16) -> bool {
        self.statuses.iter().any(|key| {
            key == "default"
                || key.parse() == Ok(status)
                || (key.len() == 3 && key.ends_with("XX") && key.starts_with(&(status / 100).to_string()))
        })
    }
}
