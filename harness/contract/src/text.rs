//! Text to values: YAML or JSON, with the place of what can't be read.

use serde_json::Value;

use crate::error::ContractError;

/// Reads YAML or JSON; `name` stands for the text in messages.
pub(crate) fn read(name: &str, text: &str) -> Result<Value, ContractError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // JSON is YAML as well, but its own parser is faster and its messages speak of JSON.
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).or_else(|error| {
            // Flow-style YAML begins with a brace, too.
            from_yaml(name, text).map_err(|_| ContractError::Syntax {
                file: name.to_owned(),
                line: error.line(),
                column: error.column(),
                message: without_position(&error),
            })
        });
    }
    from_yaml(name, text)
}

/// What `serde_json` says, without the position, which is said elsewhere.
pub(crate) fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
}

fn from_yaml(name: &str, text: &str) -> Result<Value, ContractError> {
    // The country code `NO` is a word, as YAML 1.2 has it. The limits are those of a document of several thousand
    // operations; the crate's own would refuse one of a thousand.
    let options = serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
        budget: serde_saphyr::budget! { max_events: 20_000_000, max_nodes: 10_000_000, max_depth: 200 },
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        let message = error.to_string();
        ContractError::Syntax {
            file: name.to_owned(),
            line: usize::try_from(line).unwrap_or(usize::MAX),
            column: usize::try_from(column).unwrap_or(usize::MAX),
            message: message
                .lines()
                .next()
                .unwrap_or_default()
                .split(" at line ")
                .next()
                .unwrap_or_default()
                .to_owned(),
        }
    })
}
