//! `dryrun verify`: exit codes, reports, and our own mock as the "real" provider.

use std::io::BufRead;

use crate::support::{Going, Project, Service, files, nowhere};

const CONTRACT: &str = r##"openapi: 3.1.0
info: { title: Notes, version: 1.0.0 }
paths:
  /health:
    get:
      responses:
        "200":
          description: Alive.
          content: { application/json: { schema: { type: object, required: [status], properties: { status: { type: string } } } } }
  /notes:
    post:
      requestBody:
        required: true
        content: { application/json: { schema: { type: object, required: [title], properties: { title: { type: string } } }, example: { title: Milk } } }
      responses:
        "201":
          description: Made.
          content: { application/json: { schema: { $ref: "#/components/schemas/Note" } } }
  /notes/{id}:
    get:
      parameters: [{ name: id, in: path, required: true, schema: { type: string }, example: note_1 }]
      responses:
        "200": { description: It., content: { application/json: { schema: { $ref: "#/components/schemas/Note" } } } }
        "404": { description: None., content: { application/json: { schema: { type: object } } } }
components:
  schemas:
    Note:
      type: object
      required: [id, title]
      properties: { id: { type: string }, title: { type: string }, pinned: { type: boolean } }
"##;

const BEHAVIOUR: &str = r#"title: the Notes
collections: { notes: { prefix: note_ } }
operations:
  GET /health: { answer: { status: fine } }
  POST /notes:
    create: { in: notes, item: { title: "${request.title}" } }
    answer: { id: "${item.id}", title: "${item.title}" }
  GET /notes/{id}:
    get: { in: notes }
    answer: { id: "${item.id}", title: "${item.title}" }
"#;

const CONFIG: &str = "[target]\nurl = \"http://127.0.0.1:1\"\n[services.notes]\ncontract = \"contract.yaml\"\nbehaviour = \"behaviour.yaml\"\n";

fn project() -> Project {
    Project::new()
        .with("dryrun.toml", CONFIG)
        .with("contract.yaml", CONTRACT)
        .with("behaviour.yaml", BEHAVIOUR)
        .with("other.toml", &CONFIG.replace("behaviour.yaml", "other.yaml"))
        .with(
            "other.yaml",
            &BEHAVIOUR.replace(
                "title: \"${item.title}\" }\n  GET",
                "title: \"${item.title}\", pinned: false }\n  GET",
            ),
        )
}

/// `dryrun mock` as a provider, and where it listens.
fn mock(project: &Project, config: &str) -> (Going, String) {
    let mut going = Going::start(project.command(&["mock", "--port", "0", "--config", config]));
    let mut line = String::new();
    going.out.read_line(&mut line).unwrap();
    let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
    (going, url)
}

fn stop(going: Going) {
    going.signal(rustix::process::Signal::TERM);
    going.end().code(0);
}

#[test]
fn our_own_mock_as_provider_has_no_drift_and_another_behaviour_has() {
    let project = project();
    let (provider, url) = mock(&project, "dryrun.toml");
    let words = ["verify", "notes", "--url", &url, "--allow-writes", "--rate", "1000/s"];
    let done = project.dryrun(&words).code(0).printed(" GO ").printed("no recorded calls are played");
    assert!(!done.out.contains("drift in"), "{}", done.out);
    stop(provider);

    let (provider, url) = mock(&project, "other.toml");
    let words = ["verify", "notes", "--url", &url, "--allow-writes", "--rate", "1000/s"];
    let drift = "drift in POST /notes at body/pinned: our mock missing, the provider there";
    project
        .dryrun(&words)
        .code(1)
        .printed("NO-GO")
        .printed(drift)
        .printed("let `POST /notes` in behaviour.yaml answer body/pinned: the contract has it")
        .printed(&format!("curl -sS -i -X POST '{url}/notes'"));
    for name in ["record.jsonl", "junit.xml", "report.html", "summary.json", "summary.md"] {
        let text = project.read(&format!("reports/out/verify-notes/{name}"));
        assert!(text.contains("body/pinned"), "{name}");
    }
    stop(provider);
}

#[test]
fn a_list_sends_nothing_and_names_everything() {
    let service = Service::start();
    let project = project();
    let done = project.dryrun(&["verify", "notes", "--url", &service.url, "--list"]).code(0);
    assert_eq!(service.seen().len(), 0);
    for line in [
        "2 calls to play:",
        "read   GET /health  (with what is required)",
        "read   GET /notes/note_1  (with what is required)",
        "1 call not played:",
        "POST /notes (the documented example): it writes: --allow-writes plays it",
    ] {
        assert!(done.out.contains(line), "{line}\n{}", done.out);
    }
    assert!(!project.path("reports").exists(), "nothing is written either");
    project.dryrun(&["verify", "notes", "--dry-run"]).code(0).printed("2 calls to play:");
}

#[test]
fn wrong_words_are_usage_and_say_what_to_write() {
    let service = Service::start();
    let project = project();
    let url = service.url.as_str();
    for (words, told) in [
        (
            vec!["verify", "note", "--url", url],
            "there is no service `note`: did you mean `notes`? (known: notes)",
        ),
        (vec!["verify", "notes"], "--url https://api.example.com"),
        (vec!["verify", "notes", "--url", "https://ana:pw@example.com"], "it holds a credential"),
        (
            vec!["verify", "notes", "--url", url, "--bearer-env", "NO_SUCH_TOKEN"],
            "the environment variable NO_SUCH_TOKEN, which is not set",
        ),
        (
            vec!["verify", "notes", "--url", url, "--record", "gone.jsonl"],
            "--record gone.jsonl: No such file",
        ),
        (vec!["verify", "notes", "--url", url, "--operation", "GET /note"], "did you mean"),
        (vec!["verify", "notes", "--url", url, "--rate", "fast"], "such as 5/s"),
        (vec!["verify", "notes", "--url", url, "--same", "items"], "is no place in an answer"),
    ] {
        let done = project.dryrun(&words).code(2).told(told);
        assert!(!done.err.contains("pw"), "{}", done.err);
    }
    assert_eq!(service.seen().len(), 0, "nothing was called");
    assert!(!project.path("reports").exists());
}

#[test]
fn a_provider_that_is_not_there_is_four_and_leaves_a_no_go() {
    let project = project();
    let url = nowhere();
    project
        .dryrun(&["verify", "notes", "--url", &url])
        .code(4)
        .told(&format!("the provider at {url} could not be reached"));
    project.dryrun(&["report", "reports/out/verify-notes/record.jsonl"]).code(1).printed("NO-GO");
}

#[test]
fn nothing_played_is_no_pass() {
    let project = project();
    project
        .dryrun(&["verify", "notes", "--url", "http://127.0.0.1:1", "--operation", "POST /notes"])
        .code(1)
        .printed("NO-GO")
        .printed("nothing was played");
}

#[test]
fn a_secret_of_the_environment_stands_in_no_file_and_no_output() {
    let service = Service::start();
    let project = project();
    // The service breaks the contract, so every part of the reports is drawn.
    let project =
        project.with("contract.yaml", &CONTRACT.replace("required: [status]", "required: [status, region]"));
    let words =
        ["verify", "notes", "--url", &service.url, "--auth-header", "X-Team=TEAM_KEY", "--rate", "1000/s"];
    let mut command = project.command(&words);
    command.env("TEAM_KEY", "hush-7f31a9");
    let done = crate::support::Done::of(&mut command).code(1);
    assert!(!done.out.contains("hush-7f31a9") && !done.err.contains("hush-7f31a9"));
    assert!(done.out.contains("X-Team: $TEAM_KEY"), "{}", done.out);
    let folder = project.path("reports/out/verify-notes");
    let names = files(&folder);
    assert_eq!(names.len(), 5, "{names:?}");
    for name in names.keys() {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(!text.contains("hush-7f31a9"), "{name}");
    }
}

#[test]
fn recorded_calls_are_taken_from_the_last_run_which_stays_as_it_was() {
    let call = r#"{"recorded_us":2,"event":"exchange","id":"notes-1","direction":"to_mock","service":"notes","scenario":"features/a.feature:3","attempt":1,"attribution":"alone","operation":"GET /notes/{id}","at_us":1,"duration_us":1,"request":{"method":"GET","path":"/notes/note_77","headers":[["authorization","Bearer «masked»"]],"body":{"bytes":0}},"response":{"status":404,"headers":[],"body":{"bytes":0}}}"#;
    let head = r#"{"recorded_us":1,"event":"run_started","format":1,"run_id":"x","started_at":"2026-01-24T10:00:00Z","tool_version":"0.1.0","command":["run"],"seed":1,"profile":null,"target":{"name":"s","url":"http://x","command":null},"services":[],"isolation":"serial","isolation_reason":"","jobs":1,"selected":0}"#;
    let text = format!("{head}\n{call}\n");
    let project = project().with("reports/out/record.jsonl", &text);
    let (provider, url) = mock(&project, "dryrun.toml");
    let done = project.dryrun(&["verify", "notes", "--url", &url, "--rate", "1000/s"]).code(0);
    assert!(done.err.contains("the recorded call notes-1 of features/a.feature:3"), "{}", done.err);
    assert_eq!(project.read("reports/out/record.jsonl"), text);
    // The record of a verification is none to take calls from.
    project
        .dryrun(&["verify", "notes", "--url", &url, "--record", "reports/out/verify-notes/record.jsonl"])
        .code(2)
        .told("it is the record of no rehearsal");
    stop(provider);
}

#[test]
fn an_exception_of_the_configuration_bears_a_breach_until_its_day() {
    let service = Service::start();
    let contract = CONTRACT.replace("required: [status]", "required: [status, region]");
    let exception = |until: &str| {
        format!(
            "{CONFIG}[[contracts]]\nservice = \"notes\"\noperation = \"GET /health\"\nmode = \"warn\"\nreason = \"NOTES-7\"\nuntil = \"{until}\"\n"
        )
    };
    // What the contract asks for, our mock answers as well: its own behaviour is not the point here.
    let behaviour = BEHAVIOUR.replace("status: fine", "status: fine, region: eu");
    let project = project().with("contract.yaml", &contract).with("behaviour.yaml", &behaviour);
    let words =
        ["verify", "notes", "--url", &service.url, "--rate", "1000/s", "--allow-drift", "body/region"];
    let project = project.with("dryrun.toml", &exception("2099-12-31"));
    project.dryrun(&words).code(0).printed("NOTES-7");
    let project = project.with("dryrun.toml", &exception("2020-01-01"));
    project.dryrun(&words).code(1).printed("ended on 2020-01-01");
}

#[test]
fn the_reports_stand_below_those_of_the_runs_wherever_these_are() {
    let service = Service::start();
    let project = project();
    let mut command = project.command(&["verify", "notes", "--url", &service.url, "--rate", "1000/s"]);
    command.env("DRYRUN_OUT", "elsewhere");
    crate::support::Done::of(&mut command).code(0).printed("elsewhere/record.jsonl: No such file");
    assert!(project.path("elsewhere/verify-notes/junit.xml").exists());
    assert!(!project.path("elsewhere/junit.xml").exists(), "the run's own reports are left alone");
}

#[test]
fn an_interrupted_verification_is_four_and_leaves_a_no_go() {
    // Takes connections and never answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let project = project();
    let mut going = Going::start(project.command(&["verify", "notes", "--url", &url]));
    going.until("verification of the real provider");
    going.signal(rustix::process::Signal::INT);
    going.end().code(4).told("interrupted: the rest was not played").printed("NO-GO");
    drop(listener);
}

/// Whose contract the service breaks: it never says where it runs.
fn breaking() -> (Service, Project) {
    let contract = CONTRACT.replace("required: [status]", "required: [status, region]");
    let behaviour = BEHAVIOUR.replace("status: fine", "status: fine, region: eu");
    (Service::start(), project().with("contract.yaml", &contract).with("behaviour.yaml", &behaviour))
}

#[test]
fn the_setting_of_the_run_says_what_a_breach_means_and_an_option_goes_before_it() {
    let (service, project) = breaking();
    let words =
        ["verify", "notes", "--url", &service.url, "--rate", "1000/s", "--allow-drift", "body/region"];
    let with = |more: &[&'static str]| words.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>();
    project.dryrun(&words).code(1).printed("the provider breaks the contract");
    project.dryrun(&with(&["--contracts", "warn"])).code(0).printed("--contracts strict makes it count");

    let project = project.and("[run]\ncontracts = \"warn\"\n");
    project
        .dryrun(&words)
        .code(0)
        .printed("contracts = \"warn\": where the provider breaks the contract, that fails nothing");
    assert!(project.read("reports/out/verify-notes/record.jsonl").contains("for the whole run"));
    let strict = project.dryrun(&with(&["--contracts", "strict"])).code(1);
    assert!(!strict.out.contains("makes it count"), "{}", strict.out);

    // An exception goes before the setting, in both directions.
    let exception = "[[contracts]]\nservice = \"notes\"\noperation = \"GET /health\"\nmode = \"strict\"\n";
    project.and(exception).dryrun(&words).code(1).printed("the provider breaks the contract");
}

#[test]
fn a_table_of_the_service_stands_for_options_and_an_option_goes_before_it() {
    let (service, project) = breaking();
    let table = format!(
        "[verify.notes]\nurl = \"{}\"\nauth_header = [\"X-Team=TEAM_KEY\"]\nrate = \"1000/s\"\ntimeout = \"20 s\"\nwait_at_most = \"20 s\"\nallow_writes = true\nwrite = [\"POST /notes\"]\nread = [\"GET /notes/{{id}}\"]\nsame = [\"body/none\"]\nallow_drift = [\"GET /health body/region\"]\ncontracts = \"warn\"\n",
        service.url
    );
    let project = project.and(&table);
    let verify = |words: &[&str]| {
        let mut command = project.command(&[&["verify", "notes"], words].concat());
        command.env("TEAM_KEY", "hush-7f31a9");
        crate::support::Done::of(&mut command)
    };
    verify(&["--list"]).code(0).printed("write  POST /notes");
    verify(&["--operation", "/health"]).code(0).printed("1 of 1 planned calls were played");
    verify(&["--operation", "/health", "--contracts", "strict"]).code(1).printed("X-Team: $TEAM_KEY");
    let other =
        verify(&["--operation", "/health", "--contracts", "strict", "--auth-header", "X-Other=TEAM_KEY"]);
    assert!(other.out.contains("X-Other: $TEAM_KEY") && !other.out.contains("X-Team"), "{}", other.out);
    verify(&["--operation", "/health", "--url", &nowhere()]).code(4);
    verify(&["--list", "--allow-writes=false", "--write", "POST /notes"])
        .code(2)
        .told("--write 'POST /notes' plays nothing without --allow-writes");

    let project =
        project.with("dryrun.toml", &format!("{CONFIG}[verify.note]\nurl = \"http://127.0.0.1:1\"\n"));
    project
        .dryrun(&["verify", "notes", "--list"])
        .code(2)
        .told("[verify.note]: there is no service `note`: did you mean [verify.notes]?");
}

#[test]
fn a_go_says_how_much_it_stands_on_and_none_stands_on_nothing() {
    let service = Service::start();
    let project = project();
    project
        .dryrun(&["verify", "notes", "--url", &service.url, "--rate", "1000/s", "--operation", "/health"])
        .code(0)
        .printed("1 of 1 planned calls were played, and 1 of them compared with our mock");

    // The mock plays trouble, so there is nothing to compare with.
    let behaviour =
        BEHAVIOUR.replace("{ answer: { status: fine } }", "{ status: 503, answer: { status: ill } }");
    let contract = CONTRACT.replace(
        "\"200\":\n          description: Alive.",
        "\"503\": { description: Ill. }\n        \"200\":\n          description: Alive.",
    );
    let project = project.with("behaviour.yaml", &behaviour).with("contract.yaml", &contract);
    project
        .dryrun(&["verify", "notes", "--url", &service.url, "--rate", "1000/s", "--operation", "/health"])
        .code(1)
        .printed("NO-GO")
        .printed("no answer could be compared with our mock, so nothing is known of drift. Mostly: our mock plays trouble");
}

#[test]
fn the_command_that_repeats_a_verification_can_be_copied() {
    let service = Service::start();
    let project = project();
    let words = [
        "verify",
        "notes",
        "--url",
        &service.url,
        "--auth-header",
        "X-Api-Key=TEAM_KEY",
        "--auth-query",
        "api_key=TEAM_KEY",
        "--rate",
        "1000/s",
    ];
    let mut command = project.command(&words);
    command.env("TEAM_KEY", "hush-7f31a9");
    crate::support::Done::of(&mut command);
    let record: serde_json::Value =
        serde_json::from_str(project.read("reports/out/verify-notes/record.jsonl").lines().next().unwrap())
            .unwrap();
    let again: Vec<&str> =
        record["repeat_with"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    assert_eq!(again, words);
}
