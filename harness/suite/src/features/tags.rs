//! The tags that mean something to `dryrun`: told here once, for the check of features and for the documentation.

/// Form and meaning of each.
pub(crate) const TAGS: [(&str, &str); 5] = [
    ("@serial", "nothing else runs beside the scenario: for what changes the service for everybody"),
    (
        "@retry(2)",
        "tried again up to so many times when it fails, once without a number; a scenario that passes then is reported as flaky, not as passed",
    ),
    ("@retry(2).after(1s)", "the same, with a pause before each new try: `ms`, `s` or `m`"),
    (
        "@wip",
        "work in progress: left out unless it is asked for by `--tags @wip` or by its line; what `dryrun check` finds in it are warnings",
    ),
    (
        "@only-profile:staging",
        "left out unless the run is under this profile; several such tags name several profiles",
    ),
];

/// The words that they begin with: `retry`, `serial`…
pub(crate) fn words() -> impl Iterator<Item = &'static str> {
    TAGS.iter().map(|(form, _)| form.trim_start_matches('@').split(['(', ':']).next().unwrap_or_default())
}
