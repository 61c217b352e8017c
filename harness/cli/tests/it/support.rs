//! A project in a temporary folder, a small service to rehearse, and the program itself with a clean environment.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use assert_cmd::assert::Assert;
use serde_json::Value;
use tempfile::TempDir;

/// The longest that a test waits for another process. Nothing depends on how much of it is used.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The program, with no `DRYRUN_…` of the caller's, and no colours.
pub(crate) fn dryrun() -> std::process::Command {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("dryrun"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("DRYRUN_") {
            command.env_remove(name);
        }
    }
    command.env("NO_COLOR", "1").env_remove("COLUMNS").stdin(Stdio::null());
    command
}

/// The root of the workspace, where the shipped configuration stands.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A folder of its own with whatever the test puts there.
pub(crate) struct Project(TempDir);

impl Project {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// With a `dryrun.toml` that attaches to the service.
    pub(crate) fn attached(service: &Service) -> Self {
        Self::new().with("dryrun.toml", &format!("[target]\nurl = \"{}\"\n{READY}", service.url))
    }

    pub(crate) fn with(self, path: &str, text: &str) -> Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// More of the configuration.
    pub(crate) fn and(self, toml: &str) -> Self {
        let text = self.read("dryrun.toml");
        self.with("dryrun.toml", &format!("{text}{toml}"))
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The program in this folder.
    pub(crate) fn command(&self, words: &[&str]) -> std::process::Command {
        let mut command = dryrun();
        command.current_dir(self.0.path()).args(words);
        command
    }

    pub(crate) fn dryrun(&self, words: &[&str]) -> Done {
        Done::of(&mut self.command(words))
    }

    /// The record of the last run.
    pub(crate) fn record(&self) -> Record {
        Record::read(&self.path("reports/out/record.jsonl"))
    }
}

/// `ready` for services that are there, or not, at once.
pub(crate) const READY: &str = "ready = { path = \"/health\", within = \"1 s\" }\n";

/// A feature with a scenario for each name, all of which pass.
pub(crate) fn passing(names: &[&str]) -> String {
    let scenarios = names.iter().map(|name| {
        format!("\n  Scenario: {name}\n    When I GET \"/health\"\n    Then the status is 200\n")
    });
    format!("Feature: Passing\n{}", scenarios.collect::<String>())
}

/// What a command that ended said.
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    pub(crate) fn of(command: &mut std::process::Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// It ended with this code.
    #[track_caller]
    pub(crate) fn code(self, wanted: i32) -> Self {
        assert_eq!(self.code, Some(wanted), "\n--- stdout\n{}\n--- stderr\n{}", self.out, self.err);
        self
    }

    /// Standard error says it.
    #[track_caller]
    pub(crate) fn told(self, words: &str) -> Self {
        assert!(
            self.err.contains(words),
            "`{words}` is not on stderr:\n{}\n--- stdout\n{}",
            self.err,
            self.out
        );
        self
    }

    /// Standard output says it.
    #[track_caller]
    pub(crate) fn printed(self, words: &str) -> Self {
        assert!(
            self.out.contains(words),
            "`{words}` is not on stdout:\n{}\n--- stderr\n{}",
            self.out,
            self.err
        );
        self
    }
}

/// A run record, entry by entry.
pub(crate) struct Record(pub(crate) Vec<Value>);

impl Record {
    pub(crate) fn read(path: &Path) -> Self {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        // The last line of a killed run may be torn.
        Self(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    pub(crate) fn event(&self, name: &str) -> &Value {
        self.0
            .iter()
            .find(|entry| entry["event"] == name)
            .unwrap_or_else(|| panic!("no {name} in the record"))
    }

    /// The names of the scenarios, in the order in which they began.
    pub(crate) fn began(&self) -> Vec<&str> {
        let started = self.0.iter().filter(|entry| entry["event"] == "scenario_started");
        started.map(|entry| entry["scenario"]["name"].as_str().unwrap()).collect()
    }

    /// Where the service under test listened.
    pub(crate) fn target(&self) -> String {
        self.event("run_started")["target"]["url"].as_str().unwrap().trim_start_matches("http://").to_owned()
    }
}

/// A service: `/health` is 200, `/echo/…` says the path, everything else is 404. It remembers what was asked.
pub(crate) struct Service {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Service {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let heard = Arc::clone(&heard);
                std::thread::spawn(move || answer(stream, &heard));
            }
        });
        Self { url, seen }
    }

    /// The request lines so far: `GET /health`.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn answer(stream: TcpStream, seen: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if header.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    seen.lock().unwrap().push(format!("{method} {path}"));
    let (status, text) = match path.as_str() {
        "/health" => ("200 OK", r#"{"status":"healthy"}"#.to_owned()),
        _ if path.starts_with("/echo/") => ("200 OK", format!(r#"{{"path":"{path}"}}"#)),
        _ => ("404 Not Found", r#"{"detail":"no such page"}"#.to_owned()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    (&stream).write_all((head + &text).as_bytes()).ok()
}

/// An address that nobody listens on.
pub(crate) fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A program that goes on while the test looks.
pub(crate) struct Going {
    child: Child,
    pub(crate) out: BufReader<ChildStdout>,
    err: BufReader<ChildStderr>,
    told: String,
}

impl Going {
    pub(crate) fn start(mut command: std::process::Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let err = BufReader::new(child.stderr.take().unwrap());
        Self { child, out, err, told: String::new() }
    }

    /// Reads standard error up to a line that holds the words.
    #[track_caller]
    pub(crate) fn until(&mut self, words: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.err.read_line(&mut line).unwrap();
            assert!(read > 0, "it ended before it said `{words}`:\n{}", self.told);
            self.told.push_str(&line);
            if line.contains(words) {
                return line;
            }
        }
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Done {
        let (mut out, mut err) = (String::new(), self.told);
        self.err.read_to_string(&mut err).unwrap();
        self.out.read_to_string(&mut out).unwrap();
        Done { code: self.child.wait().unwrap().code(), out, err }
    }
}

/// Asks again and again until it is so: for what another process does, which nobody tells us of.
#[track_caller]
pub(crate) fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let last = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < last, "it never came true that {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whether somebody listens there.
pub(crate) fn listens(address: &str) -> bool {
    TcpStream::connect(address).is_ok()
}

/// The files of a folder and their sizes.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, u64> {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.metadata().unwrap().len()))
        .collect()
}

/// For `assert_cmd`'s own way of telling what went wrong.
pub(crate) fn assert(command: std::process::Command) -> Assert {
    assert_cmd::Command::from_std(command).timeout(PATIENCE).assert()
}
