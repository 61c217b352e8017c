//! What records are made of.

use dryrun_record::{
    Attribution, Body, Breach, Direction, Entry, Event, Exchange, Failure, FailureKind, Frame, FrameWay,
    Isolation, NoticeLevel, Outcome, Record, Request, Response, RunFinished, RunStarted, ScenarioRef,
    ServiceInfo, StepFinished, StepOutcome, TargetInfo, Verdict,
};

/// Text that would run, end a block, ring, colour or turn the line around if it were not escaped.
pub(crate) const HOSTILE: &str = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">]]>\u{1b}[31m\u{7}\u{202e}&amp;<!--";

/// Collects entries into a record.
#[derive(Default)]
pub(crate) struct Story {
    pub(crate) entries: Vec<Entry>,
}

impl Story {
    pub(crate) fn add(&mut self, at_us: u64, mut event: Event) {
        if let Event::StepFinished(step) = &mut event {
            step.started_us = at_us.saturating_sub(step.duration_us);
        }
        self.entries.push(Entry { at_us, event });
    }

    pub(crate) fn record(&self) -> Record {
        let mut record = Record::default();
        self.entries.iter().cloned().for_each(|entry| record.apply(entry));
        record
    }

    pub(crate) fn start(&mut self, selected: usize) {
        self.add(0, Event::RunStarted(Box::new(run(selected))));
    }

    /// Closes the run with the verdict that the reports themselves reach.
    pub(crate) fn finish(&mut self, at_us: u64) {
        let record = self.record();
        let (verdict, reasons) = dryrun_reports::closing_verdict(&record);
        let finished = RunFinished {
            verdict,
            reasons,
            totals: record.totals(),
            duration_us: at_us,
            peak_memory_kib: Some(38_912),
        };
        self.add(at_us, Event::RunFinished(Box::new(finished)));
    }

    pub(crate) fn begin(&mut self, at_us: u64, scenario: &ScenarioRef, attempt: u32) {
        self.add(at_us, Event::ScenarioStarted { scenario: scenario.clone(), attempt });
    }

    pub(crate) fn end(
        &mut self,
        at_us: u64,
        scenario: &ScenarioRef,
        attempt: u32,
        outcome: Outcome,
        duration_us: u64,
    ) {
        let id = scenario.id.clone();
        self.add(at_us, Event::ScenarioFinished { id, attempt, outcome, duration_us, failures: vec![] });
    }
}

pub(crate) fn run(selected: usize) -> RunStarted {
    let service = |key: &str, title: &str, port: u16, operations: &[&str]| ServiceInfo {
        key: key.into(),
        title: title.into(),
        url: format!("http://127.0.0.1:{port}"),
        contract: format!("schemas/{key}/openapi.yaml"),
        operations: operations.iter().map(|line| (*line).to_owned()).collect(),
    };
    RunStarted {
        kind: dryrun_record::RunKind::Rehearsal,
        format: dryrun_record::FORMAT,
        run_id: "01J0-7F3A".into(),
        started_at: "2026-01-24T10:00:00Z".into(),
        tool_version: "0.1.0".into(),
        command: ["run", "features", "--profile", "staging", "--seed", "42"].map(String::from).into(),
        seed: 42,
        profile: Some("staging".into()),
        target: TargetInfo {
            name: "the generator".into(),
            url: "http://127.0.0.1:8000".into(),
            command: Some("content-generator --port 8000".into()),
        },
        services: vec![
            service(
                "crm",
                "the CRM",
                8001,
                &["GET /health", "POST /api/v1/email/send", "POST /api/v1/contacts", "GET /api/v1/stats"],
            ),
            service(
                "platform",
                "the Platform",
                8002,
                &["POST /api/v1/content/publish", "POST /api/v1/social/post"],
            ),
        ],
        isolation: Isolation::Correlation,
        isolation_reason: "the service passes traceparent on, as the probe at the start has shown".into(),
        jobs: 4,
        selected,
        repeat_with: vec!["--config".into(), "my config.toml".into()],
    }
}

pub(crate) fn scenario(file: &str, line: usize, feature: &str, name: &str, tags: &[&str]) -> ScenarioRef {
    ScenarioRef {
        id: format!("{file}:{line}"),
        file: file.into(),
        line,
        feature: feature.into(),
        rule: None,
        name: name.into(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
    }
}

pub(crate) fn step(
    scenario: &ScenarioRef,
    attempt: u32,
    index: usize,
    words: &str,
    outcome: StepOutcome,
) -> StepFinished {
    let (keyword, text) = words.split_once(' ').expect("keyword and text");
    StepFinished {
        scenario: scenario.id.clone(),
        attempt,
        index,
        keyword: keyword.into(),
        text: text.into(),
        line: scenario.line + 1 + index,
        background: false,
        doc_string: None,
        table: None,
        outcome,
        // The story puts the time to it when it is added.
        started_us: 0,
        duration_us: if outcome == StepOutcome::NotRun { 0 } else { 12_000 + 7_000 * index as u64 },
        failures: vec![],
    }
}

pub(crate) fn body(text: &str) -> Body {
    Body::keep(text.as_bytes(), 1 << 20)
}

pub(crate) fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// An exchange of a scenario: `to` is `generator` or a mock's key.
pub(crate) fn exchange(
    id: &str,
    of: Option<(&ScenarioRef, u32)>,
    to: &str,
    line: &str,
    at: (u64, u64),
) -> Exchange {
    let (method, path) = line.split_once(' ').expect("method and path");
    let own = to == "generator";
    Exchange {
        id: id.into(),
        direction: if own { Direction::ToService } else { Direction::ToMock },
        service: to.into(),
        scenario: of.map(|of| of.0.id.clone()),
        attempt: of.map_or(0, |of| of.1),
        attribution: match (own, of) {
            (true, _) => Attribution::Own,
            (false, Some(_)) => Attribution::Correlation,
            (false, None) => Attribution::None,
        },
        operation: Some(line.into()),
        at_us: at.0,
        duration_us: at.1,
        request: Request {
            method: method.into(),
            path: path.into(),
            query: String::new(),
            headers: headers(&[
                ("content-type", "application/json"),
                ("authorization", "Bearer ••••"),
                ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            ]),
            body: body(r#"{"send_email":true,"publish_web":true,"tone":"encouraging"}"#),
        },
        response: Some(Response {
            status: 200,
            headers: headers(&[("content-type", "application/json"), ("x-request-id", "req-7")]),
            body: body(
                r#"{"status":"success","published_to":["email","web"],"results":{"email":{"status":"sent","message_id":12345678901234567890},"web":{"status":"published"}},"errors":[]}"#,
            ),
        }),
        error: None,
        fault: None,
        unexpected: None,
        breaches: vec![],
    }
}

/// The verdict that a record says of itself.
pub(crate) fn said(record: &Record) -> Option<Verdict> {
    record.finished.as_ref().map(|finished| finished.verdict)
}
