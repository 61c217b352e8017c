//! Tag expressions: [`TagExpression`].

use gherkin::tagexpr::TagOperation;

use crate::features::error::FeatureError;
use crate::features::model::Scenario;
use crate::values::nearest::nearest;

/// `@smoke and not @slow`.
#[derive(Debug)]
pub(crate) struct TagExpression(TagOperation);

impl TagExpression {
    pub(crate) fn parse(expression: &str) -> Result<Self, FeatureError> {
        let read = expression.parse().map(Self);
        read.map_err(|error: <TagOperation as std::str::FromStr>::Err| FeatureError::Tags {
            expression: expression.to_owned(),
            reason: format!("something is wrong at character {}", error.location.column),
        })
    }

    pub(crate) fn matches(&self, scenario: &Scenario) -> bool {
        matches(&self.0, scenario)
    }

    pub(crate) fn mentions(&self, tag: &str) -> bool {
        names(&self.0).contains(&tag)
    }

    /// A tag of the expression that no scenario carries, with the nearest that one does.
    pub(crate) fn hint<'a>(&self, all: impl Iterator<Item = &'a Scenario> + Clone) -> String {
        let known = || all.clone().flat_map(|scenario| scenario.reference.tags.iter().map(String::as_str));
        names(&self.0)
            .into_iter()
            .find(|name| !known().any(|tag| tag == *name))
            .map(|name| match nearest(name, known()) {
                Some(near) => format!("; no scenario carries @{name}, did you mean @{near}?"),
                None => format!("; no scenario carries @{name}"),
            })
            .unwrap_or_default()
    }
}

fn matches(tags: &TagOperation, scenario: &Scenario) -> bool {
    match tags {
        TagOperation::And(left, right) => matches(left, scenario) && matches(right, scenario),
        TagOperation::Or(left, right) => matches(left, scenario) || matches(right, scenario),
        TagOperation::Not(inner) => !matches(inner, scenario),
        TagOperation::Tag(tag) => scenario.has_tag(tag),
    }
}

fn names(tags: &TagOperation) -> Vec<&str> {
    match tags {
        TagOperation::And(left, right) | TagOperation::Or(left, right) => {
            let mut all = names(left);
            all.extend(names(right));
            all
        }
        TagOperation::Not(inner) => names(inner),
        TagOperation::Tag(tag) => vec![tag],
    }
}
