//! Results in logs and files: found whatever stands around them, and never taken for whole when they are not.

use dryrun_record::load::LoadFailure;

use super::tests::{inconclusive, shard, three};
use super::{Limits, PREFIX, Reading, Shard, merge, read, write};

#[test]
fn results_are_found_in_logs() {
    let shards = three(2_000.0);
    let lines: Vec<String> = shards.iter().map(write).collect();
    let plain = format!("warming up\n{}done\n", lines[0]);
    let stamped: String = lines[1]
        .lines()
        .map(|line| format!("[pod/load-1/dryrun] 2026-11-23T15:00:00.000000000Z {line}\r\n"))
        .collect();
    let json: String =
        lines[2].lines().map(|line| format!("{{\"log\":\"{line}\\n\",\"stream\":\"stdout\"}}\n")).collect();
    let text = format!("{plain}{stamped}{json}");
    let reading = read([("all.log", text.as_str())]);
    assert_eq!(reading, Reading { shards: shards.clone(), problems: Vec::new() });
    // Lines of several results among each other, and the same file twice.
    let mut mixed: Vec<&str> = lines.iter().flat_map(|text| text.lines()).collect();
    mixed.sort_by_key(|line| line.len());
    let mixed = mixed.join("\n");
    assert_eq!(read([("a", mixed.as_str()), ("b", mixed.as_str())]).shards, shards);
}

/// A result of several lines: a long one.
fn long() -> (Shard, String) {
    let mut shard = shard(1, 3, 2_000.0);
    shard.result.failures = (0..4_000_u64)
        .map(|k| {
            let message = format!("{:x}", k.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            LoadFailure { cause: "check".to_owned(), message, count: 1, ..LoadFailure::default() }
        })
        .collect();
    let text = write(&shard);
    (shard, text)
}

#[test]
fn long_results_are_cut_into_lines_that_logs_keep_whole() {
    let (shard, text) = long();
    assert!(
        text.lines().count() > 3 && text.lines().all(|line| line.len() < 8_000 && line.starts_with(PREFIX))
    );
    assert_eq!(read([("log", text.as_str())]).shards, [shard]);
}

#[test]
fn what_is_cut_or_damaged_is_said_with_its_place() {
    let (_, text) = long();
    let lines: Vec<&str> = text.lines().collect();
    let parts = lines.len();
    let problems = |lines: &[&str]| {
        let text = lines.join("\n");
        let reading = read([("pod.log", text.as_str())]);
        assert_eq!(reading.shards, []);
        reading.problems.join("\n")
    };
    let gone = problems(&[&lines[..1], &lines[2..]].concat());
    assert!(
        gone.starts_with("pod.log:1: the result of shard 1/3@")
            && gone.contains(&format!("line 2 of {parts} is missing")),
        "{gone}"
    );
    let mut cut = lines.clone();
    cut[1] = &lines[1][..2_000];
    let said = problems(&cut);
    assert!(said.contains(&format!("line 2 of {parts} (pod.log:2) is cut")), "{said}");
    let swapped = format!("{}A{}", &lines[2][..3_000], &lines[2][3_001..]);
    let mut damaged = lines.clone();
    damaged[2] = &swapped;
    let said = problems(&damaged);
    assert!(said.contains("its checksum is not right"), "{said}");
    let said = problems(&[&lines[0][..20]]);
    assert!(said.starts_with("pod.log:1: the line is cut"), "{said}");
    let newer = lines[0].replacen("v1", "v2", 1);
    let said = problems(&[&newer]);
    assert!(said.contains("the format v2; this dryrun reads v1"), "{said}");
    assert!(problems(&["nothing here"]).contains("pod.log holds no result"));
    // A whole one beside the cut one: nothing is missing.
    let text = format!("{}\n{}", lines[0], text);
    assert_eq!(read([("pod.log", text.as_str())]).problems, [] as [String; 0]);
}

#[test]
fn a_cut_result_leaves_its_shard_missing_and_says_why() {
    let mut text: String = [0, 2].map(|index| write(&shard(index, 3, 2_000.0))).concat();
    let cut = write(&shard(1, 3, 2_000.0));
    text.push_str(&cut[..cut.len() / 2]);
    let merged = merge(read([("all.log", text.as_str())]), &Limits::default()).unwrap();
    inconclusive(&merged, "shard 1 of 3 is missing");
    inconclusive(&merged, "the result of shard 1/3@");
}
