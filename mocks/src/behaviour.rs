//! A behaviour file: [`Behaviour`].

use std::path::Path;
use std::sync::Arc;

use crate::compile::compile;
use crate::error::MockError;
use crate::plan::Compiled;

/// What a mock does with each call. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Behaviour(pub(crate) Arc<Compiled>);

impl Behaviour {
    /// Reads and compiles a behaviour file.
    ///
    /// # Errors
    /// When it cannot be read, or something in it does not hold: with file, line and key path.
    pub fn load(path: &Path) -> Result<Self, MockError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| MockError::Read { path: path.to_owned(), source })?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Compiles the text of a behaviour file; `name` stands for the file in errors.
    ///
    /// # Errors
    /// When something in it does not hold: with line and key path.
    pub fn parse(name: &str, text: &str) -> Result<Self, MockError> {
        compile(name, text).map(|compiled| Self(Arc::new(compiled)))
    }

    /// No behaviour at all: every call is answered with the contract's example.
    pub fn empty() -> Self {
        Self(Arc::new(Compiled { file: "no behaviour file".to_owned(), ..Compiled::default() }))
    }

    /// What people call the service: `the CRM`.
    pub fn title(&self) -> Option<&str> {
        self.0.title.as_deref()
    }

    /// The port that its clients expect.
    pub fn port(&self) -> Option<u16> {
        self.0.port
    }

    /// Its name in answers and in `X-Mock-Service`: `mock-crm`.
    pub fn service(&self) -> Option<&str> {
        self.0.service.as_deref()
    }

    /// The names of its collections, in alphabetical order.
    pub fn collections(&self) -> Vec<String> {
        self.0.collections.keys().cloned().collect()
    }

    /// The operations that it describes, as `METHOD /path/template`.
    pub fn operations(&self) -> Vec<String> {
        self.0.operations.keys().cloned().collect()
    }
}
