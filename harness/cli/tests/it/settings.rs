//! Where a setting comes from: flag, then `DRYRUN_…`, then profile, then file, then default.

use serde_json::Value;

use crate::support::{Done, Project, READY, Service, nowhere, passing, root};

const NAMES: [&str; 3] = ["one", "two", "three"];

/// A project whose file and profile both say something, and what the head of the record says in the end.
fn settled(setting: &str, levels: [&str; 2], variable: Option<(&str, &str)>, words: &[&str]) -> Value {
    let service = Service::start();
    let project = Project::attached(&service).with("features/a.feature", &passing(&NAMES));
    let [file, profile] = levels;
    let project = project.and(&format!(
        "[run]\n{}\n[profiles.staging.run]\n{}\n",
        if file.is_empty() { String::new() } else { format!("{setting} = {file}") },
        if profile.is_empty() { String::new() } else { format!("{setting} = {profile}") },
    ));
    let mut command = project.command(&[&["run"], words].concat());
    command.envs(variable);
    Done::of(&mut command).code(0);
    project.record().event("run_started").clone()
}

#[test]
fn each_level_wins_over_the_next() {
    let staging = &["--profile", "staging"][..];
    let flag = &["--profile", "staging", "--seed", "5"][..];
    let seed = |levels, variable, words| settled("seed", levels, variable, words)["seed"].clone();
    assert_eq!(seed(["2", "3"], Some(("DRYRUN_SEED", "4")), flag), 5, "flag");
    assert_eq!(seed(["2", "3"], Some(("DRYRUN_SEED", "4")), staging), 4, "variable");
    assert_eq!(seed(["2", "3"], None, staging), 3, "profile");
    assert_eq!(seed(["2", "3"], None, &[]), 2, "file");
    assert_eq!(seed(["2", ""], None, staging), 2, "a profile that says nothing of it");
    let jobs = |levels, variable, words| settled("isolation", levels, variable, words)["isolation"].clone();
    let serial = ["\"correlation\"", "\"serial\""];
    assert_eq!(jobs(serial, None, &[]), "correlation");
    assert_eq!(jobs(serial, None, staging), "serial");
    assert_eq!(jobs(serial, Some(("DRYRUN_ISOLATION", "correlation")), staging), "correlation");
    let words = &["--profile", "staging", "--isolation", "serial"][..];
    assert_eq!(jobs(serial, Some(("DRYRUN_ISOLATION", "correlation")), words), "serial");
}

#[test]
fn every_option_of_a_run_has_its_variable_and_the_flag_wins() {
    let service = Service::start();
    let other = Service::start();
    let project = Project::attached(&service)
        .with("features/a.feature", &passing(&NAMES))
        .with("rerun.txt", "features/a.feature:3\n")
        .and("[profiles.away.run]\nseed = 99\n")
        .with("other.toml", &format!("[target]\nurl = \"{}\"\n{READY}[run]\nseed = 77\n", service.url));
    let head = |variable: (&str, &str), words: &[&str]| {
        let mut command = project.command(&[&["run", "--out", "reports/out"], words].concat());
        command.env(variable.0, variable.1);
        Done::of(&mut command).code(0);
        let record = project.record();
        let mut head = record.event("run_started").clone();
        head["names"] = record.began().into();
        head
    };
    // Variable, its value, the same flag with another value, what of the record shows it, and what it then is.
    let table = [
        ("DRYRUN_TAGS", "@none", "--tags=not @none", "/selected", None, "3"),
        ("DRYRUN_NAME", "^one$", "--name=^two$", "/names", Some(r#"["one"]"#), r#"["two"]"#),
        ("DRYRUN_SHARD", "1/3", "--shard=1/1", "/selected", Some("1"), "3"),
        ("DRYRUN_RERUN", "rerun.txt", "--rerun=rerun.txt", "/names", Some(r#"["one"]"#), r#"["one"]"#),
        ("DRYRUN_SEED", "8", "--seed=9", "/seed", Some("8"), "9"),
        ("DRYRUN_PROFILE", "away", "--profile=away", "/seed", Some("99"), "99"),
        ("DRYRUN_CONFIG", "other.toml", "--config=other.toml", "/seed", Some("77"), "77"),
        (
            "DRYRUN_ISOLATION",
            "serial",
            "--isolation=correlation",
            "/isolation",
            Some("\"serial\""),
            "\"correlation\"",
        ),
    ];
    for (name, value, flag, pointer, with_variable, with_flag) in table {
        let shown = |words: &[&str]| head((name, value), words).pointer(pointer).unwrap().to_string();
        match with_variable {
            Some(wanted) => assert_eq!(shown(&[]), wanted, "{name}"),
            None => {
                let mut command = project.command(&["run"]);
                command.env(name, value);
                Done::of(&mut command).code(3);
            }
        }
        assert_eq!(shown(&[flag]), with_flag, "{flag} over {name}");
    }
    let jobs = |words: &[&str]| {
        head(("DRYRUN_JOBS", "2"), &[&["--isolation", "correlation"], words].concat())["jobs"].clone()
    };
    assert_eq!((jobs(&[]), jobs(&["--jobs", "3"])), (2.into(), 3.into()));
    let url = head(("DRYRUN_TARGET_URL", &other.url), &[])["target"]["url"].clone();
    assert_eq!(url, Value::from(other.url.clone()));
    let url = head(("DRYRUN_TARGET_URL", &nowhere()), &["--target-url", &other.url])["target"]["url"].clone();
    assert_eq!(url, Value::from(other.url));
    let order = |words: &[&str]| {
        head(("DRYRUN_ORDER", "random:3"), &[&["--jobs", "1"], words].concat())["names"].clone()
    };
    assert_eq!(order(&["--order", "defined"]), Value::from(NAMES.to_vec()));
    assert_eq!(order(&[]), order(&["--order", "random:3"]));
}

#[test]
fn folders_limits_and_switches_have_their_variables_too() {
    let service = Service::start();
    let slow = "Feature: f\n\n  Scenario: slow\n    When I wait up to 20 seconds until GET \"/health\" says status is \"x\"\n";
    let bad = "Feature: f\n\n  Scenario: bad\n    When I GET \"/gone\"\n    Then the status is 200\n";
    let project = Project::attached(&service).with("slow.feature", slow).with("features/1.feature", bad);
    let project =
        project.with("features/2.feature", &passing(&NAMES)).and("[run]\nfail_fast = true\njobs = 1\n");
    let run = |words: &[&str], variable: (&str, &str)| {
        let mut command = project.command(&[&["run"], words].concat());
        command.env(variable.0, variable.1);
        Done::of(&mut command)
    };
    run(&["slow.feature"], ("DRYRUN_TIMEOUT", "300 ms")).code(1).printed("300 ms");
    run(&["slow.feature", "--timeout", "200 ms"], ("DRYRUN_TIMEOUT", "30 s")).code(1).printed("200 ms");
    run(&["features/2.feature"], ("DRYRUN_OUT", "elsewhere")).code(0);
    assert!(project.path("elsewhere/record.jsonl").exists());
    run(&["features/2.feature", "--out", "here"], ("DRYRUN_OUT", "nowhere")).code(0);
    assert!(project.path("here/record.jsonl").exists() && !project.path("nowhere").exists());
    // A switch of the file can be switched off above it.
    run(&[], ("DRYRUN_COLOR", "never")).code(1).printed("4 selected: 0 passed · 1 failed");
    run(&[], ("DRYRUN_FAIL_FAST", "0")).code(1).printed("4 selected: 3 passed · 1 failed");
    run(&["--fail-fast"], ("DRYRUN_FAIL_FAST", "no")).code(1).printed("4 selected: 0 passed");
    run(&["--fail-fast=false"], ("DRYRUN_FAIL_FAST", "1")).code(1).printed("4 selected: 3 passed");
    // An empty variable is none.
    run(&["features/2.feature"], ("DRYRUN_PROFILE", "")).code(0);
    run(&["features/2.feature"], ("DRYRUN_SHARD", "")).code(0);
}

#[test]
fn contracts_and_snapshots_have_their_variables_too() {
    let service = Service::start();
    let contract = "openapi: 3.1.0\ninfo: { title: t, version: '1' }\npaths:\n  /health:\n    get:\n      responses:\n        '200':\n          \
                    description: d\n          content: { application/json: { schema: { type: object, required: [version] } } }\n";
    let toml = format!("[target]\nurl = \"{}\"\n{READY}contract = \"own.yaml\"\n", service.url);
    let project = Project::new()
        .with("dryrun.toml", &toml)
        .with("own.yaml", contract)
        .with("features/a.feature", &passing(&["one"]));
    let run = |words: &[&str], variable: (&str, &str)| {
        let mut command = project.command(&[&["run"], words].concat());
        command.env(variable.0, variable.1);
        Done::of(&mut command)
    };
    run(&[], ("DRYRUN_COLOR", "never")).code(1).printed("version");
    run(&[], ("DRYRUN_CONTRACTS", "off")).code(0);
    run(&["--contracts", "strict"], ("DRYRUN_CONTRACTS", "off")).code(1);
    let project = Project::attached(&service).with(
        "features/a.feature",
        "Feature: f\n  Scenario: s\n    When I GET \"/health\"\n    Then the answer is the snapshot \"health\"\n",
    );
    project.dryrun(&["run"]).code(1).printed("run once with `--update-snapshots` to write it");
    let mut command = project.command(&["run"]);
    command.env("DRYRUN_UPDATE_SNAPSHOTS", "yes");
    Done::of(&mut command).code(0);
    assert!(project.read("features/snapshots/health.json").contains("healthy"));
    project.dryrun(&["run"]).code(0);
}

#[test]
fn secrets_are_masked_everywhere() {
    let service = Service::start();
    let feature = "Feature: f\n  Scenario: s\n    Given secret \"PARTNER_KEY\"\n    When I GET \"/echo/${PARTNER_KEY}\"\n    Then the status is 404\n";
    let project = Project::attached(&service)
        .with("features/a.feature", feature)
        .and("[run]\nsecrets = [\"PARTNER_KEY\"]\n");
    let mut command = project.command(&["run"]);
    command.env("PARTNER_KEY", "hush-hush-7351");
    let done = Done::of(&mut command).code(1).printed("«masked»");
    assert!(
        service.seen().iter().any(|call| call.contains("hush-hush-7351")),
        "the service got the real one"
    );
    silent(&project, &done, "hush-hush-7351");

    // What goes to the service under a name that sounds like a secret is one.
    let toml = "[target]\ncommand = [\"sh\", \"-c\", \"echo $STRIPE_API_KEY $SESSION_TOKEN $COLOUR; exit 1\"]\ninherit = [\"SESSION_TOKEN\"]\n";
    let project = project.with("dryrun.toml", toml).with("features/a.feature", &passing(&["one"]));
    let mut command =
        project.command(&["run", "--env", "STRIPE_API_KEY=sk-live-9042", "--env", "COLOUR=turquoise"]);
    command.env("SESSION_TOKEN", "tok-5511-abc");
    let done = Done::of(&mut command).code(4).told("turquoise");
    silent(&project, &done, "sk-live-9042");
    silent(&project, &done, "tok-5511-abc");
}

#[track_caller]
fn silent(project: &Project, done: &Done, secret: &str) {
    for (place, text) in [("stdout", &done.out), ("stderr", &done.err)] {
        assert!(!text.contains(secret), "{place} tells the secret:\n{text}");
    }
    for entry in std::fs::read_dir(project.path("reports/out")).unwrap().flatten() {
        let bytes = std::fs::read(entry.path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(secret), "{} tells the secret", entry.path().display());
    }
}

#[test]
fn the_reference_names_every_key_and_every_variable() {
    let reference = std::fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let project = Project::new().with("features/a.feature", &passing(&["one"]));
    let mut keys = 0;
    for table in [
        "",
        "[target]",
        "[target]\nready = { within = \"1 s\", zzz = 1 }",
        "[services.a]",
        "[run]",
        "[preview]\nrequest = \"GET /\"\nwith = {}\nlive = {}",
        "[[claims]]",
        "[live]",
        "[verify.a]",
        "[profiles.a]",
    ] {
        let project = Project::new().with("dryrun.toml", &format!("{table}\nzzz = 1\n"));
        let told = project.dryrun(&["check"]).code(2).told("unknown field").err;
        // The parser itself lists what it knows: `expected one of …`.
        for key in told.split('`').skip(3).step_by(2).take_while(|key| *key != "zzz") {
            assert!(
                reference.contains(&format!("`{key}`")),
                "docs/configuration.md does not name `{key}` of {table}"
            );
            keys += 1;
        }
    }
    assert!(keys > 45, "only {keys} keys were looked at");
    for command in ["run", "mock", "check", "load"] {
        let help = project.dryrun(&[command, "--help"]).code(0).out;
        for name in help.split("[env: ").skip(1).filter_map(|rest| rest.split([']', '=']).next()) {
            assert!(reference.contains(&format!("`{name}`")), "docs/configuration.md does not name {name}");
        }
    }
}
