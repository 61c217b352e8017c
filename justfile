# The daily commands. `just` lists them.

_default:
    @just --list

# The main job: everything, for real, with reports under reports/out/.
run *ARGS:
    cargo run --release -- run {{ARGS}}

# All tests.
test *ARGS:
    cargo test --workspace {{ARGS}}

# Format, lints, docs: what CI denies.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# The floor check alone.
floors:
    cargo test -p dryrun --test floors

# Writes docs/steps.md from the vocabulary.
steps:
    cargo run --release -- steps --format markdown > docs/steps.md

# The mocks on 8001 and 8002.
mock *ARGS:
    cargo run --release -- mock {{ARGS}}

# The whole gate, as CI runs it.
ci:
    bash .ci/run
