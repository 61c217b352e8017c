//! What every phrase needs: its captures as values, and failures that say what was wanted and found.

use std::time::Duration;

use dryrun_record::Failure;
use serde_json::Value;

use crate::answer::Answer;
use crate::phrase::{Call, DocString, StepFailure};
use crate::values::criterion::{Criterion, Mismatch};
use crate::values::document::{self, Language};
use crate::values::duration;
use crate::values::expand;
use crate::values::kinds::cut;
use crate::values::path::FieldPath;
use crate::values::predicate::Predicate;
use crate::values::template::Difference;
use crate::world::World;

/// One line of the vocabulary: subject, keyword, argument, pattern, function, meaning, example.
macro_rules! phrase {
    ($subject:ident $keyword:ident $argument:ident, $pattern:literal, $run:path, $meaning:literal, $example:literal) => {
        $crate::phrase::Phrase {
            subject: $crate::phrase::Subject::$subject,
            keyword: $crate::phrase::Keyword::$keyword,
            pattern: $pattern,
            meaning: $meaning,
            example: $example,
            argument: $crate::phrase::Argument::$argument,
            run: |world, call| Box::pin($run(world, call)),
        }
    };
}
pub(crate) use phrase;

/// How long a check of what the mocks received waits for calls that are under way; then it fails.
pub(crate) const SETTLE: Duration = Duration::from_secs(10);

/// How long a check of a live session waits when its phrase names no limit.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// So much of a body is shown when a check fails.
const SHOWN: usize = 500;

/// So many differences are told one by one.
const TOLD: usize = 20;

/// The text of a parameter as it was written.
pub(crate) fn raw(call: &Call, at: usize) -> &str {
    call.captures.get(at).map_or("", |captured| captured.text.as_str())
}

/// The text of a parameter, placeholders filled.
pub(crate) fn text(world: &mut World, call: &Call, at: usize) -> Result<String, StepFailure> {
    world.expand(raw(call, at))
}

/// The value of a parameter: quoted text, a number, or `${name}`.
pub(crate) fn value(world: &mut World, call: &Call, at: usize) -> Result<Value, StepFailure> {
    let written = raw(call, at);
    let quoted = call.captures.get(at).is_some_and(|captured| captured.quoted);
    match serde_json::from_str(written) {
        Ok(value) if !quoted => Ok(value),
        _ => world.expand_value(written),
    }
}

/// A whole number that fits where it is wanted.
pub(crate) fn number<T: std::str::FromStr>(call: &Call, at: usize) -> Result<T, StepFailure> {
    raw(call, at)
        .parse()
        .map_err(|_| StepFailure::check(format!("`{}` is no number that can stand here", raw(call, at))))
}

/// A condition of dryrun.toml, `published_to contains "email"`: the field, and what is said of it.
pub(crate) fn condition(
    world: &mut World,
    says: &str,
    place: &str,
) -> Result<(FieldPath, Criterion), StepFailure> {
    let (path, rest) = says.trim().split_once(' ').ok_or_else(|| {
        StepFailure::environment(format!("`{says}` under {place} is no check"))
            .hint("write a field and what is said of it: `published_to contains \"email\"`")
    })?;
    Ok((FieldPath::parse(path)?, Predicate::parse(rest)?.fill(&mut world.scope())?))
}

/// A duration.
pub(crate) fn time(call: &Call, at: usize) -> Result<Duration, StepFailure> {
    Ok(duration::parse(raw(call, at))?)
}

/// A field's path.
pub(crate) fn field(call: &Call, at: usize) -> Result<FieldPath, StepFailure> {
    Ok(FieldPath::parse(raw(call, at))?)
}

/// What is said of a field, placeholders filled.
pub(crate) fn criterion(world: &mut World, call: &Call, at: usize) -> Result<Criterion, StepFailure> {
    Ok(Predicate::parse(raw(call, at))?.fill(&mut world.scope())?)
}

/// The table of a step.
pub(crate) fn table(call: &Call) -> Result<&[Vec<String>], StepFailure> {
    call.table.as_deref().ok_or_else(|| StepFailure::check("this step needs a table below it"))
}

/// The doc string of a step.
pub(crate) fn doc(call: &Call) -> Result<&DocString, StepFailure> {
    call.doc_string.as_ref().ok_or_else(|| {
        StepFailure::check("this step needs a doc string below it")
            .hint("put the text between lines of three quotes")
    })
}

/// A doc string as a body: its value with placeholders filled, or its text, and the media type to send it with.
pub(crate) fn body(world: &mut World, doc: &DocString) -> Result<(String, Vec<u8>), StepFailure> {
    let language = document::language(doc.media_type.as_deref(), &doc.text);
    if language == Language::Text {
        let media_type = match doc.media_type.as_deref() {
            Some("text") | None => "text/plain; charset=utf-8".to_owned(),
            Some("xml") => "application/xml".to_owned(),
            Some(other) => other.to_owned(),
        };
        return Ok((media_type, world.expand(&doc.text)?.into_bytes()));
    }
    let value = document::read(&doc.text, language)?;
    let value = expand::json(&value, &mut world.scope())?;
    let media_type = match doc.media_type.as_deref() {
        Some(whole) if whole.contains("json") && whole.contains('/') => whole.to_owned(),
        _ => "application/json".to_owned(),
    };
    Ok((media_type, value.to_string().into_bytes()))
}

/// A doc string that must be JSON or YAML, placeholders filled.
pub(crate) fn json_doc(world: &mut World, doc: &DocString) -> Result<Value, StepFailure> {
    let language = match document::language(doc.media_type.as_deref(), &doc.text) {
        Language::Text => return Err(StepFailure::check("this step needs JSON or YAML in its doc string")),
        other => other,
    };
    let value = document::read(&doc.text, language)?;
    Ok(expand::json(&value, &mut world.scope())?)
}

/// The answer's body as JSON.
pub(crate) fn json(answer: &Answer) -> Result<&Value, StepFailure> {
    answer.json.as_ref().ok_or_else(|| {
        StepFailure::check(format!("the answer to {} (status {}) is no JSON", answer.request, answer.status))
            .compare("a JSON body", body_start(answer))
            .exchanges([answer.exchange.clone()])
    })
}

/// The beginning of an answer's body.
pub(crate) fn body_start(answer: &Answer) -> String {
    if answer.body.is_empty() {
        return "an empty body".to_owned();
    }
    cut(&answer.text(), SHOWN)
}

/// `METHOD PATH -> STATUS`, for messages.
pub(crate) fn told(answer: &Answer) -> String {
    format!("{} answered {}", answer.request, answer.status)
}

/// A check that a value did not pass.
pub(crate) fn unmet(said: &str, place: &str, mismatch: Mismatch) -> StepFailure {
    let failure = StepFailure::check(format!("`{said}` does not hold"))
        .compare(mismatch.expected, mismatch.found)
        .at(place);
    match mismatch.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// One failure for each difference, the first with `message`.
pub(crate) fn unlike(message: &str, differences: Vec<Difference>, exchanges: &[String]) -> StepFailure {
    let count = differences.len();
    let mut failures: Vec<Failure> = differences
        .into_iter()
        .take(TOLD)
        .map(|difference| Failure {
            message: format!(
                "{message}: {}",
                if difference.path.is_empty() { "it differs" } else { difference.path.as_str() }
            ),
            at: (!difference.path.is_empty()).then_some(difference.path),
            expected: Some(difference.expected),
            found: Some(difference.found),
            hint: difference.hint,
            exchanges: exchanges.to_vec(),
            ..Failure::default()
        })
        .collect();
    if count > TOLD {
        failures.push(Failure {
            message: format!("{message}: and {} more differences", count - TOLD),
            ..Failure::default()
        });
    }
    StepFailure(failures)
}

/// Differences in one text: a line each.
pub(crate) fn lines(differences: &[Difference]) -> String {
    let line = |difference: &Difference| {
        format!("{}: wanted {}, found {}", difference.path, difference.expected, cut(&difference.found, 200))
    };
    differences.iter().take(TOLD).map(line).collect::<Vec<_>>().join("\n")
}

/// Percent-encodes one part of a path or query.
pub(crate) fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Adds query parameters to a path.
pub(crate) fn with_query(path: &str, pairs: &[(String, String)]) -> String {
    let mut out = path.to_owned();
    for (name, value) in pairs {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(&format!("{}={}", encode(name), encode(value)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_encoded_and_appended() {
        let pairs = [("a b".to_owned(), "x&y".to_owned()), ("c".to_owned(), "1".to_owned())];
        assert_eq!(with_query("/p", &pairs), "/p?a%20b=x%26y&c=1");
        assert_eq!(with_query("/p?z=1", &pairs[1..]), "/p?z=1&c=1");
    }
}
