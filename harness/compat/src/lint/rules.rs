//! The rules of the lint, as docs/contracts.md lists them.

use crate::change::Place;
use crate::lint::notice::{Level, LintRule, Notice};

const fn rule(id: &'static str, level: Level, meaning: &'static str, instead: &'static str) -> LintRule {
    LintRule { id, level, meaning, instead }
}

use Level::{Error, Hint, Warning};

/// Every rule, gravest first.
pub const RULES: [LintRule; 42] = [
    rule(
        "unusable-document",
        Error,
        "the document can't be used at all",
        "a whole OpenAPI 3.0 or 3.1 document, in YAML or JSON",
    ),
    rule(
        "unusable-operation",
        Error,
        "a call that can't be judged: mocks answer it with 501",
        "a call that OpenAPI 3.0 and 3.1 can describe, or take it out",
    ),
    rule("unusable-part", Error, "a broken part that no call needs yet", "mend it, or take it out"),
    rule(
        "duplicate-operation-id",
        Error,
        "two calls have one `operationId`",
        "give each call a name of its own",
    ),
    rule(
        "same-path",
        Error,
        "two paths are the same but for the names of their parameters",
        "keep one of them",
    ),
    rule(
        "path-parameter-unused",
        Error,
        "a path parameter that is not in the path",
        "name it in the path, or take it out",
    ),
    rule(
        "undefined-security",
        Error,
        "a security scheme that is not defined",
        "define it under `components.securitySchemes`",
    ),
    rule(
        "example-invalid",
        Error,
        "an example that its own schema refuses",
        "write an example that honours the schema, or mend the schema",
    ),
    rule(
        "default-invalid",
        Error,
        "a default that its own schema refuses",
        "write a default that honours the schema",
    ),
    rule(
        "empty-range",
        Error,
        "a lower bound above the upper one: nothing satisfies it",
        "swap or mend the bounds",
    ),
    rule(
        "value-of-another-type",
        Error,
        "a value of `enum` or `const` that the type refuses",
        "take the value out, or allow its type",
    ),
    rule(
        "nothing-satisfies",
        Error,
        "no value at all satisfies the schema",
        "take out what contradicts itself",
    ),
    rule("pattern-never-matches", Error, "a pattern that no text matches", "mend the pattern"),
    rule(
        "required-and-refused",
        Error,
        "a required property that the schema refuses",
        "define it under `properties`",
    ),
    rule(
        "read-and-write-only",
        Error,
        "a property is `readOnly` and `writeOnly`: it never travels",
        "keep one of the two",
    ),
    rule(
        "keyword-of-3.0",
        Error,
        "a word of OpenAPI 3.0 that means nothing in 3.1",
        "write what 3.1 has for it: `type: [string, \"null\"]`, `exclusiveMinimum: 1`",
    ),
    rule(
        "keyword-of-3.1",
        Error,
        "a word of OpenAPI 3.1 that means nothing in 3.0",
        "write what 3.0 has for it, or `openapi: 3.1.0`",
    ),
    rule(
        "beside-ref",
        Warning,
        "in 3.0, what stands beside a `$ref` is not read",
        "write `allOf: [{$ref: …}]` with the rest beside it",
    ),
    rule(
        "unchecked-format",
        Warning,
        "a format that nothing checks",
        "add a `pattern`, or use a known format",
    ),
    rule(
        "path-parameter-undescribed",
        Warning,
        "a parameter of the path that is not described",
        "describe it under `parameters`",
    ),
    rule(
        "ambiguous-paths",
        Warning,
        "two paths that can mean the same call",
        "let one of them begin differently",
    ),
    rule("no-success-answer", Warning, "a call without a documented success", "document its 2xx answer"),
    rule(
        "no-error-answer",
        Warning,
        "a call that takes something, without a documented 4xx answer",
        "document what it answers to a wrong request",
    ),
    rule("media-without-schema", Warning, "a body of which nothing is said", "give the media type a schema"),
    rule(
        "accepts-anything",
        Warning,
        "a schema that accepts anything",
        "say what it is; `true` if anything is really meant",
    ),
    rule(
        "no-type",
        Warning,
        "keywords of one type, and the type is not said: other types pass unchecked",
        "write the `type`",
    ),
    rule("array-without-items", Warning, "an array whose items can be anything", "write `items`"),
    rule(
        "required-undefined",
        Warning,
        "a required property that is not described",
        "describe it under `properties`",
    ),
    rule(
        "closed-in-all-of",
        Warning,
        "`additionalProperties: false` inside `allOf` refuses what the other members describe",
        "write `unevaluatedProperties: false` beside the `allOf`",
    ),
    rule(
        "discriminator-undefined",
        Warning,
        "a discriminator by a property that the schema does not require",
        "require the property in every branch",
    ),
    rule("duplicate-value", Warning, "a value that stands twice in `enum`", "keep one of them"),
    rule(
        "mapping-nowhere",
        Warning,
        "a discriminator maps to a schema that is not there",
        "name a schema of `components.schemas`",
    ),
    rule(
        "read-only-required",
        Hint,
        "a `readOnly` property is required: of answers only, never of requests",
        "nothing, if that is meant",
    ),
    rule("missing-operation-id", Hint, "a call without `operationId`", "give it a name"),
    rule("unused-component", Hint, "a component that nothing refers to", "take it out"),
    rule(
        "unbounded-string",
        Hint,
        "a string without bound, format, pattern or enum",
        "write `maxLength`, `format`, `pattern` or `enum`",
    ),
    rule("unbounded-array", Hint, "an array without `maxItems`", "write `maxItems`"),
    rule(
        "unbounded-number",
        Hint,
        "a number without bounds, format or enum",
        "write `minimum` and `maximum`, or a `format`",
    ),
    rule(
        "free-form-object",
        Hint,
        "an object of which nothing is described",
        "describe its properties, or what its values are",
    ),
    rule("no-example", Hint, "a success with a body and no example: mocks make one up", "write an `example`"),
    rule(
        "no-security",
        Hint,
        "nothing says whether a call needs credentials",
        "write `security` (`security: []` if none are needed)",
    ),
    rule(
        "nothing-generated",
        Hint,
        "no value could be generated: mocks and probes can't use the schema",
        "write an `example`, or a simpler schema",
    ),
];

/// A notice of a rule.
///
/// Invariant: every id in this crate is one of [`RULES`]; the tests of the lint meet each.
pub(crate) fn notice(id: &str, pointer: &str, message: impl Into<String>) -> Notice {
    let rule = RULES.iter().find(|rule| rule.id == id).unwrap_or(&RULES[0]);
    Notice {
        rule: rule.id,
        level: rule.level,
        place: Place { pointer: pointer.to_owned(), location: None },
        message: message.into(),
        instead: rule.instead,
    }
}
