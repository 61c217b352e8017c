//! The command line as a user sees it: transcripts under `tests/transcripts/`, each a Markdown file of commands and what
//! they print. `TRYCMD=overwrite cargo test -p dryrun --test transcripts` writes them anew; look at the difference.

/// Everything that changes from run to run or from machine to machine is made out here, and nowhere else.
#[test]
fn transcripts() {
    let cases = trycmd::TestCases::new();
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        // The scripts' own; the program does not read it.
        let means_something = name.starts_with("DRYRUN_") && name != "DRYRUN_CACHE";
        assert!(!means_something, "{name} would change what the transcripts show: unset it");
    }
    cases
        .default_bin_name("dryrun")
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .env("RUST_BACKTRACE", "0")
        .insert_var("[VERSION]", env!("CARGO_PKG_VERSION"))
        .expect("the name is sound");
    cases.case("tests/transcripts/*.trycmd");
}
