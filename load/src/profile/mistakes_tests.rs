//! Tests of what is no profile: each mistake is told with its place and what to write instead.

use super::super::Profile;
use crate::error::LoadError;

const REQUEST: &str = "[[request]]\npath = \"/health\"\n";

/// The mistakes of a text, one each.
fn wrong(text: &str) -> Vec<String> {
    let error = Profile::parse("p.toml", text).expect_err("it must be refused").to_string();
    error.lines().map(|line| line.strip_prefix("p.toml:").unwrap_or(line).to_owned()).collect()
}

#[test]
fn all_mistakes_of_a_file_are_told_in_order() {
    let text = r#"descripton = "x"
warm_up = "soon"
timeout = 30

[open]
rate = 0
durations = "1 min"

[thresholds]
p95ms = 3
max_fail_percent = 101

[[request]]
name = "a"
path = "health"
weight = 0

[[request]]
name = "a"
path = "/b"
status = 99
"#;
    assert_eq!(
        wrong(text),
        [
            "1:1: unknown key `descripton`: did you mean `description`?",
            "2:11: warm_up: \"soon\" is no time: write a number with its unit between quotes: \"500 ms\", \"10 s\", \"2 min\", \"1 h 30 min\"",
            "3:11: timeout has no unit: write timeout = \"30 s\" or \"30 min\"",
            "6:1: a constant rate needs its end: duration = \"2 min\"",
            "6:8: rate is 0: write arrivals a second: a number above 0, at most 1000000",
            "7:1: unknown key `durations` in [open]: did you mean `duration`?",
            "10:1: unknown key `p95ms` in [thresholds]: did you mean `p95_ms`?",
            "11:20: max_fail_percent is 101: write percent, from 0 to 100",
            "15:8: path: \"health\" must start with /; the target's address is put before it",
            "16:10: weight must be at least 1; leave the request \"a\" out to play none",
            "21:10: status is the number 99: write 200, or [200, 404] for any of these",
        ]
    );
    let error = Profile::parse("p.toml", text).unwrap_err();
    let LoadError::Profile { path, line, column, message } = error else { panic!("{error}") };
    assert_eq!((path.as_str(), line, column), ("p.toml", 1, 1));
    assert!(message.starts_with("unknown key `descripton`"), "{message}");
}

/// Each text has this one mistake.
#[test]
fn each_mistake_has_its_sentence() {
    let open = "[open]\nrate = 1\nduration = \"1 s\"\n";
    let closed = "[closed]\nusers = 1\nduration = \"1 s\"\n";
    let cases: &[(String, &str)] = &[
        (
            format!("[closed]\nusers = 100001\niterations = 1\n{REQUEST}"),
            "2:9: users is 100001: write a whole number from 1 to 100000",
        ),
        (
            format!("[closed]\nusers = 1\niterations = 0\n{REQUEST}"),
            "3:14: iterations is 0: write a whole number, at least 1",
        ),
        (
            format!("[open]\nrate = 2e6\nduration = \"1 s\"\n{REQUEST}"),
            "2:8: rate is 2000000: write arrivals a second: a number above 0, at most 1000000",
        ),
        (
            format!("[open]\nrate = 2\nduration = \"400 d\"\n{REQUEST}"),
            "3:12: duration is longer than a year",
        ),
        (
            format!("{open}{REQUEST}name = \"a\"\n{REQUEST}name = \"a: b\"\n"),
            "7:1: the name \"a: b\" looks like a scenario of \"a\"",
        ),
        ("a = \n".to_owned(), "1:5: this is no TOML: "),
        (REQUEST.to_owned(), "1:1: who comes when? Add [open] with rate = 50"),
        (open.to_owned(), "1:1: nothing to play: add a [[request]]"),
        (format!("{open}{closed}{REQUEST}"), "1:2: [closed] and [open] exclude each other"),
        (
            format!("users = 4\n{open}{REQUEST}"),
            "1:1: unknown key `users`: users belong below [closed]: write [closed] and",
        ),
        (
            format!("duration_s = 4\n{open}{REQUEST}"),
            "1:1: unknown key `duration_s`: write duration = \"10 s\"",
        ),
        (
            format!("p95_ms = 4\n{open}{REQUEST}"),
            "1:1: unknown key `p95_ms`: p95_ms belongs below [thresholds]",
        ),
        (format!("zzz = 4\n{open}{REQUEST}"), "1:1: unknown key `zzz`: known are description, warm_up,"),
        (
            format!("warm_up = \"1 s\"\n{open}{REQUEST}"),
            "1:11: warm_up leaves nothing to measure: the load lasts 1 s",
        ),
        (format!("timeout = \"0 s\"\n{open}{REQUEST}"), "1:11: timeout must be longer than nothing"),
        (
            format!("connections = \"both\"\n{open}{REQUEST}"),
            "1:15: connections: \"both\" is unknown: write \"shared\"",
        ),
        (
            format!("contracts = \"some\"\n{open}{REQUEST}"),
            "1:13: contracts: \"some\" is unknown: write \"full\", \"sample 10%\" or \"off\"",
        ),
        (format!("contracts = \"sample 0%\"\n{open}{REQUEST}"), "1:13: contracts: \"sample 0%\" is unknown"),
        (
            format!("description = 4\n{open}{REQUEST}"),
            "1:15: description is the number 4: write a text between quotes",
        ),
        (format!("open = 4\n{REQUEST}"), "1:8: open is the number 4: write open = { … } or [open]"),
        (
            format!("[open]\n{REQUEST}"),
            "1:2: [open] needs one of rate = 50 (with duration), stages, steps, ramp, spike or file",
        ),
        (format!("[open]\nrate = 5\n{REQUEST}"), "2:1: a constant rate needs its end"),
        (
            format!("[open]\nrate = nan\nduration = \"1 s\"\n{REQUEST}"),
            "2:8: rate is the number nan: write arrivals a second",
        ),
        (
            format!("{open}ramp = {{ to = 3, over = \"1 s\" }}\n{REQUEST}"),
            "4:1: rate and ramp exclude each other",
        ),
        (
            format!("[open]\nramp = {{ to = 3, over = \"1 s\" }}\nduration = \"1 s\"\n{REQUEST}"),
            "3:12: duration goes with rate; ramp says itself",
        ),
        (
            format!("[open]\nramp = {{ to = 0, over = \"1 s\" }}\n{REQUEST}"),
            "2:1: no arrival ever comes: write a rate above 0",
        ),
        (format!("[open]\nramp = {{ over = \"1 s\" }}\n{REQUEST}"), "2:1: ramp needs to = 100"),
        (
            format!("[open]\nstages = [{{ from = 1, lasts = \"1 s\" }}]\n{REQUEST}"),
            "2:11: stages 1 needs to = 100, or rate = 100",
        ),
        (format!("[open]\nstages = [{{ to = 1 }}]\n{REQUEST}"), "2:11: stages 1 needs lasts = \"30 s\""),
        (
            format!("[open]\nstages = [{{ rate = 1, to = 2, lasts = \"1 s\" }}]\n{REQUEST}"),
            "2:13: rate stands for from and to at once",
        ),
        (format!("[open]\nstages = [1]\n{REQUEST}"), "2:11: stages 1 is the number 1: write { … }"),
        (
            format!("[open]\nsteps = {{ from = 9, by = 1, every = \"1 s\", up_to = 5 }}\n{REQUEST}"),
            "2:52: up_to is below from; steps go up: write at least 9",
        ),
        (
            format!("[open]\nsteps = {{ from = 9, by = 0.0001, every = \"1 s\", up_to = 50 }}\n{REQUEST}"),
            "2:26: that makes 410000 steps",
        ),
        (
            format!(
                "[open]\nspike = {{ base = 9, peak = 9, at = \"1 s\", lasts = \"1 s\", duration = \"9 s\" }}\n{REQUEST}"
            ),
            "2:28: peak must be above base, which is 9",
        ),
        (
            format!(
                "[open]\nspike = {{ base = 1, peak = 9, at = \"5 s\", lasts = \"5 s\", duration = \"9 s\" }}\n{REQUEST}"
            ),
            "2:69: duration ends before the spike does",
        ),
        (format!("[open]\nfile = \"gone.csv\"\n{REQUEST}"), "2:8: cannot read the arrivals gone.csv"),
        (
            format!("{open}max_in_flight = 0\n{REQUEST}"),
            "4:17: max_in_flight is 0: write a whole number from 1 to 100000",
        ),
        (format!("{open}think = \"1 s\"\n{REQUEST}"), "4:1: unknown key `think` in [open]"),
        (format!("{open}{REQUEST}think = \"1 s\"\n"), "6:1: think belongs to users ([closed])"),
        (format!("[closed]\nusers = 1\n{REQUEST}"), "1:2: [closed] needs its end"),
        (format!("[closed]\nduration = \"1 s\"\n{REQUEST}"), "1:2: [closed] needs users = 20"),
        (
            format!("[closed]\nusers = 1.5\niterations = 1\n{REQUEST}"),
            "2:9: users is 1.5: write a whole number from 1 to",
        ),
        (format!("{closed}iterations = 4\n{REQUEST}"), "4:1: duration and iterations exclude each other"),
        (format!("{closed}ramp = \"1 s\"\n{REQUEST}"), "4:8: ramp must be shorter than duration"),
        (
            format!("{closed}rate = 3\n{REQUEST}"),
            "4:1: unknown key `rate` in [closed]: users come at no rate",
        ),
        (
            format!("[closed]\nusers = 1\nstages = [{{ users = 1, hold = \"1 s\" }}]\n{REQUEST}"),
            "2:1: users and stages exclude each other",
        ),
        (format!("[closed]\nstages = [{{ users = 1 }}]\n{REQUEST}"), "2:11: stages 1 takes no time"),
        (
            format!("[closed]\nstages = [{{ users = 0, hold = \"1 s\" }}]\n{REQUEST}"),
            "2:1: no stage has users",
        ),
        (format!("{closed}{REQUEST}think = 3\n"), "6:9: think is the number 3: write \"1 s\" or { least"),
        (
            format!("{closed}{REQUEST}think = {{ least = \"3 s\", most = \"1 s\" }}\n"),
            "6:33: most is shorter than least",
        ),
        (
            format!("{open}[thresholds]\nmin_apdex = 0.5\n{REQUEST}"),
            "5:1: min_apdex needs to know what satisfies",
        ),
        (
            format!("{open}[thresholds]\np95_ms = \"fast\"\n{REQUEST}"),
            "5:10: p95_ms is the text \"fast\": write milliseconds",
        ),
        (
            format!("{open}[thresholds]\nrate = 5\n{REQUEST}"),
            "5:1: unknown key `rate` in [thresholds]: write min_rate",
        ),
        (
            format!("{open}[thresholds.steps]\n\"I wait\" = {{ p95 = 5 }}\n{REQUEST}"),
            "5:14: unknown key `p95` in the thresholds of step \"I wait\": did you mean `p95_ms`?",
        ),
        (
            format!("{open}[thresholds.steps]\n\"I wait\" = 5\n{REQUEST}"),
            "5:12: \"I wait\" is the number 5: write \"the step's text\" = { p95_ms = 200 }",
        ),
        (
            format!("{open}{REQUEST}thresholds = {{ max_late_percent = 5 }}\n"),
            "6:16: max_late_percent is about all arrivals: write it in [thresholds]",
        ),
        (
            format!("{open}[request]\npath = \"/\"\n"),
            "4:2: request is a table: write [[request]], once for each",
        ),
        (format!("{open}[[request]]\nname = \"a\"\n"), "4:1: request \"a\" needs path = \"/…\""),
        (
            format!("{open}[[request]]\npath = \"/a b\"\n"),
            "5:8: path: \"/a b\" holds ' ', which no address can: write it as %20",
        ),
        (format!("{open}[[request]]\npath = \"/a\"\nname = \"\"\n"), "6:8: name is empty"),
        (format!("{open}{REQUEST}method = \"get\"\n"), "6:10: method: \"get\" is no HTTP method: write GET"),
        (format!("{open}{REQUEST}headers = {{ \"a b\" = \"x\" }}\n"), "6:13: \"a b\" is no name of a header"),
        (
            format!("{open}{REQUEST}headers = {{ a = 1 }}\n"),
            "6:17: header a is the number 1: write its value between quotes",
        ),
        (
            format!("{open}{REQUEST}headers = {{ a = \"\\n\" }}\n"),
            "6:17: header a holds characters that no header can",
        ),
        (
            format!("{open}{REQUEST}body = {{ at = 2026-01-24 }}\n"),
            "6:15: JSON has no dates: write \"2026-01-24\" between quotes",
        ),
        (format!("{open}{REQUEST}body = [inf]\n"), "6:9: JSON has no inf"),
        (format!("{open}{REQUEST}url = \"/\"\n"), "6:1: unknown key `url` in request 1: write path"),
        (format!("{open}{REQUEST}{REQUEST}"), "6:1: the name \"GET /health\" is taken by the one in line 4"),
        (
            format!("{open}[[workflow]]\nname = \"w\"\n"),
            "4:1: workflow \"w\" needs file = \"features/….feature\", scenario",
        ),
        (format!("{open}[[workflow]]\ntags = \"\"\n"), "5:8: tags: it is empty"),
        (format!("{open}{REQUEST}data = \" \"\n"), "6:8: data is empty: write the name of a file"),
        (
            format!("{open}[[workflow]]\ntags = \"@a\"\nthresholds = {{ p95_ms = 1 }}\n"),
            "6:1: thresholds need a workflow that has a name",
        ),
        (
            format!("{open}[[workflow]]\ntags = \"@a\"\npath = \"/\"\n"),
            "6:1: unknown key `path` in workflow 1: a single request is a [[request]]",
        ),
    ];
    let mut odd = String::new();
    for (text, wanted) in cases {
        let found = wrong(text);
        if found.len() != 1 || !found[0].starts_with(wanted) {
            odd.push_str(&format!("{text}\nwanted {wanted}\nfound  {found:#?}\n\n"));
        }
    }
    assert!(odd.is_empty(), "{odd}");
}

#[test]
fn a_place_counts_characters_and_lines() {
    let text = "description = \"ä\"; x\n";
    let LoadError::Profile { line, column, .. } = Profile::parse("p.toml", text).unwrap_err() else {
        panic!()
    };
    assert_eq!((line, column), (1, 18));
}
