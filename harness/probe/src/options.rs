//! [`ProbeOptions`]: what is probed and how.

use std::time::Duration;

/// What is probed and how.
#[derive(Debug, Clone)]
pub struct ProbeOptions {
    /// The address of the service, with a base path if it has one.
    pub url: String,
    /// Only these operations, as `POST /x` or by their id; empty for all.
    pub operations: Vec<String>,
    /// Seed of every request.
    pub seed: u64,
    /// At most so many requests for one operation, shrinking not counted.
    pub max_cases: usize,
    /// At most so many requests a second.
    pub rate: Option<u32>,
    /// From this long on an answer is slow.
    pub slow: Duration,
    /// How long an answer is waited for.
    pub timeout: Duration,
    /// Headers that go with every request, such as a token.
    pub headers: Vec<(String, String)>,
    /// Whether operations that change something are called, and methods that nobody documents.
    pub writes: bool,
}

impl Default for ProbeOptions {
    fn default() -> Self {
        Self {
            url: String::new(),
            operations: Vec::new(),
            seed: 1,
            max_cases: 250,
            rate: None,
            slow: Duration::from_secs(2),
            timeout: Duration::from_secs(15),
            headers: Vec::new(),
            writes: true,
        }
    }
}
