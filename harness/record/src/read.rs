//! A record read back from its JSON lines: [`Record::read`].

use std::io::BufRead;

use crate::event::{Entry, FORMAT};
use crate::record::Record;

/// A record that could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// The file could not be read.
    Io(std::io::Error),
    /// A line that is not the last is not an entry.
    Line {
        /// From 1.
        line: usize,
        /// What serde says of it.
        source: serde_json::Error,
    },
    /// There is no head.
    Empty,
    /// A newer `dryrun` wrote it.
    Format(u32),
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the record could not be read: {error}"),
            Self::Line { line, source } => write!(f, "line {line} is not an entry of a run record: {source}"),
            Self::Empty => f.write_str("the file holds no run: its first line must be a `run_started` event"),
            Self::Format(format) => write!(
                f,
                "the record has format {format}, this dryrun reads up to {}: use a newer one",
                FORMAT
            ),
        }
    }
}

impl std::error::Error for ReadError {}

impl Record {
    /// Reads JSON lines. A last line that was cut off (a killed run) is passed over; any other bad line is an error.
    pub fn read(input: impl BufRead) -> Result<Self, ReadError> {
        let mut record = Self::default();
        let mut torn: Option<(usize, serde_json::Error)> = None;
        for (index, line) in input.lines().enumerate() {
            let line = line.map_err(ReadError::Io)?;
            if let Some((line, source)) = torn.take() {
                return Err(ReadError::Line { line, source });
            }
            if line.trim().is_empty() {
                continue;
            }
            // Told before a line that only a newer version can read is taken for a damaged one.
            if let Some(run) = record.run.as_ref().filter(|run| run.format > FORMAT) {
                return Err(ReadError::Format(run.format));
            }
            match serde_json::from_str::<Entry>(&line) {
                Ok(entry) => record.apply(entry),
                Err(source) => torn = Some((index + 1, source)),
            }
        }
        match &record.run {
            None => Err(ReadError::Empty),
            Some(run) if run.format > FORMAT => Err(ReadError::Format(run.format)),
            Some(_) => Ok(record),
        }
    }
}
