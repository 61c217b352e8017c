//! Writes every report of the fixture records into a folder: what a browser and the readers in CI are shown.
//!
//! `cargo run -p dryrun-reports --example fixture -- FOLDER [SCENARIOS]`

#[path = "../tests/common/mod.rs"]
mod common;

use dryrun_record::RunKind;
use dryrun_reports::terminal::{Style, failures, summary};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let folder = std::path::PathBuf::from(words.next().ok_or("say into which folder")?);
    let many = words.next().map_or(Ok(2_000), |word| word.parse())?;
    std::fs::create_dir_all(&folder)?;
    let stories = [
        ("rich", common::rich()),
        ("good", common::good()),
        ("contracts", common::contracts()),
        ("verify", common::other(RunKind::Verify)),
        ("probe", common::other(RunKind::Probe)),
        ("wide", common::wide(1_000)),
        ("large", common::large(many)),
        ("load-good", common::load_good()),
        ("load-bad", common::load_bad()),
        ("load-unclear", common::load_unclear()),
        ("load-capacity", common::load_capacity()),
        ("load-soak", common::load_soak()),
        ("load-step", common::load_step()),
    ];
    for (name, story) in stories {
        let record = story.record();
        std::fs::write(folder.join(format!("{name}.html")), dryrun_reports::html(&record)?)?;
        std::fs::write(folder.join(format!("{name}.xml")), dryrun_reports::junit(&record)?)?;
        std::fs::write(folder.join(format!("{name}.json")), dryrun_reports::json(&record)?)?;
        std::fs::write(folder.join(format!("{name}.md")), dryrun_reports::markdown(&record))?;
        std::fs::write(folder.join(format!("{name}.prom")), dryrun_reports::load::prometheus(&record))?;
        std::fs::write(folder.join(format!("{name}.csv")), dryrun_reports::load::csv(&record))?;
        std::fs::write(folder.join(format!("{name}-steps.csv")), dryrun_reports::load::csv_steps(&record))?;
        let (style, file) = (Style { color: true, ..Style::default() }, format!("{name}.txt"));
        std::fs::write(folder.join(file), failures(&record, style) + &summary(&record, style))?;
    }
    Ok(())
}
