//! [`ContractError`]: why a document can't be used as a contract.

/// A document that can't be used. Each message says what is wrong, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContractError {
    /// The file could not be read.
    #[error("{file}: the contract can't be read: {reason}; check the path and that the file may be read")]
    Io {
        /// The file as it was named.
        file: String,
        /// What the operating system says.
        reason: String,
    },
    /// The text is neither YAML nor JSON.
    #[error("{file}:{line}:{column}: {message}; a contract is an OpenAPI document in YAML or JSON")]
    Syntax {
        /// The file or name of the document.
        file: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// The document is no OpenAPI 3.0 or 3.1 document.
    #[error("{file}: {message}")]
    NotOpenApi {
        /// The file or name of the document.
        file: String,
        /// What is missing, and what to write.
        message: String,
    },
    /// The document has operations, and none of them can be used.
    #[error("{file}: no operation can be used (of {count}); the first: {first}")]
    NothingUsable {
        /// The file or name of the document.
        file: String,
        /// How many operations there are.
        count: usize,
        /// The first of them: operation, place, reason.
        first: String,
    },
    /// No plain schema has that name.
    #[error("there is no schema {name:?} to choose: {message}")]
    UnknownSchema {
        /// The name that was asked for.
        name: String,
        /// What may be meant.
        message: String,
    },
    /// A `$ref` leads nowhere.
    #[error("{file}: {at}: the reference {reference:?} {message}")]
    UnresolvedRef {
        /// The file or name of the document.
        file: String,
        /// JSON pointer to the object that holds the `$ref`.
        at: String,
        /// The reference as written.
        reference: String,
        /// Why, and what to write instead.
        message: String,
    },
    /// A schema that is no valid JSON Schema, or that can't be compiled.
    #[error("{file}: {at}: {message}")]
    Schema {
        /// The file or name of the document.
        file: String,
        /// JSON pointer to the schema.
        at: String,
        /// What is wrong with it, and what to write instead.
        message: String,
    },
    /// A part of the OpenAPI document that breaks OpenAPI's own rules.
    #[error("{file}: {at}: {message}")]
    Document {
        /// The file or name of the document.
        file: String,
        /// JSON pointer to the part.
        at: String,
        /// What is wrong with it, and what to write instead.
        message: String,
    },
}

impl ContractError {
    /// Where it is (file and pointer) and what is wrong there, apart from each other.
    pub(crate) fn place_and_reason(&self) -> (String, String) {
        match self {
            Self::UnresolvedRef { file, at, reference, message } => {
                (format!("{file}: {at}"), format!("the reference {reference:?} {message}"))
            }
            Self::Schema { file, at, message } | Self::Document { file, at, message } => {
                (format!("{file}: {at}"), message.clone())
            }
            Self::Syntax { file, line, column, message } => {
                (format!("{file}:{line}:{column}"), message.clone())
            }
            Self::NotOpenApi { file, message } => (file.clone(), message.clone()),
            Self::UnknownSchema { name, message } => (name.clone(), message.clone()),
            Self::NothingUsable { file, first, .. } => (file.clone(), first.clone()),
            Self::Io { file, reason } => (file.clone(), format!("the file can't be read: {reason}")),
        }
    }
}
