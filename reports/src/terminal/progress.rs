//! A run as it goes on: [`Progress`], a sink that draws a live line on a terminal and plain lines elsewhere.

use std::collections::{HashMap, HashSet};
use std::io::Write;

use dryrun_record::{
    Direction, Entry, Event, Exchange, Outcome, RunKind, RunStarted, ScenarioRef, Sink, StepFinished,
};

use crate::terminal::exchange::step_line;
use crate::terminal::style::Style;
use crate::{facts, text, words};

/// Microseconds between two drawings of the live line when nothing ended.
const REDRAW_US: u64 = 100_000;

/// Shows a run while it goes on.
///
/// On a terminal: one live line (done of selected, failed, flaky, time, what runs now), redrawn in place and gone at the
/// end; above it a lasting line for each scenario that failed or passed on retry only. Elsewhere: one plain line for each
/// attempt that ended (`PASS`, `FAIL`, `FLAKY`) and one for each retry that begins.
pub struct Progress {
    out: Box<dyn Write + Send>,
    style: Style,
    selected: usize,
    outcomes: HashMap<String, Outcome>,
    running: Vec<ScenarioRef>,
    details: HashMap<(String, u32), Vec<String>>,
    drawn_us: u64,
    live: bool,
    failed: Option<std::io::Error>,
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress").field("selected", &self.selected).finish_non_exhaustive()
    }
}

impl Progress {
    /// Shows the run on `out`. An error of writing is kept and told by [`Sink::close`].
    pub fn new(out: Box<dyn Write + Send>, style: Style) -> Self {
        Self {
            out,
            style,
            selected: 0,
            outcomes: HashMap::new(),
            running: Vec::new(),
            details: HashMap::new(),
            drawn_us: 0,
            live: false,
            failed: None,
        }
    }

    fn started(&mut self, run: &RunStarted) {
        self.selected = run.selected;
        let jobs = if run.jobs > 1 { format!(", {} at once", run.jobs) } else { String::new() };
        let at = if run.target.url.is_empty() { "a service that did not start" } else { &run.target.url };
        let what = match run.kind {
            RunKind::Rehearsal => format!("{} against {at}{jobs}", text::count(run.selected, "scenario")),
            _ => format!("{} at {at}: {}", words::activity(run), text::count(run.selected, "check")),
        };
        let line = format!("dryrun {}  {}", run.tool_version, text::one_line(&what, self.style.columns()));
        self.line(&self.style.faint(&line));
    }

    fn begun(&mut self, scenario: &ScenarioRef, attempt: u32) {
        if attempt > 1 {
            // The attempt before failed, but that is no longer the last word.
            self.outcomes.remove(&scenario.id);
            self.line(&format!(
                "{} {}  {} {}",
                self.style.doubtful("RETRY"),
                text::one_line(&scenario.id, 200),
                text::one_line(&scenario.name, 200),
                self.style.faint(&format!("(attempt {attempt})"))
            ));
        }
        self.running.push(scenario.clone());
    }

    fn ended(&mut self, id: &str, attempt: u32, outcome: Outcome, duration_us: u64) {
        let at = self.running.iter().position(|scenario| scenario.id == id);
        let name = at.map_or_else(String::new, |at| text::one_line(&self.running.remove(at).name, 200));
        self.outcomes.insert(id.to_owned(), outcome);
        let details = self.details.remove(&(id.to_owned(), attempt)).unwrap_or_default();
        let word = match outcome {
            Outcome::Passed if self.style.tty && self.style.verbose == 0 => return,
            Outcome::Passed => self.style.good("PASS"),
            Outcome::Failed => self.style.bad("FAIL"),
            Outcome::Flaky => self.style.doubtful("FLAKY"),
        };
        let time = self.style.faint(&format!("({})", text::duration(duration_us)));
        self.line(&format!("{word} {}  {name}  {time}", text::one_line(id, 200)));
        for detail in details {
            self.line(&detail);
        }
    }

    fn step(&mut self, step: &StepFinished) {
        if self.style.verbose > 0 {
            let line = format!("    {}", step_line(step, self.style));
            self.details.entry((step.scenario.clone(), step.attempt)).or_default().push(line);
        }
    }

    fn exchange(&mut self, exchange: &Exchange) {
        if let Some(id) = &exchange.scenario
            && self.style.verbose > 1
        {
            let arrow = if exchange.direction == Direction::ToMock { "  =>" } else { "->" };
            let line = format!(
                "      {arrow} {} {} {}",
                exchange.service,
                text::one_line(&exchange.request.line(), 160),
                facts::answer(exchange)
            );
            self.details.entry((id.clone(), exchange.attempt)).or_default().push(self.style.faint(&line));
        }
    }

    /// Writes a lasting line above the live one.
    fn line(&mut self, line: &str) {
        self.wipe();
        self.write(&format!("{line}\n"));
    }

    fn wipe(&mut self) {
        if self.live {
            self.write("\r\x1b[2K");
            self.live = false;
        }
    }

    fn draw(&mut self, at_us: u64) {
        let count = |wanted| self.outcomes.values().filter(|outcome| **outcome == wanted).count();
        let (failed, flaky) = (count(Outcome::Failed), count(Outcome::Flaky));
        let mut line = format!(" {}/{}", self.outcomes.len(), self.selected);
        if failed > 0 {
            line.push_str(&format!("  {failed} failed"));
        }
        if flaky > 0 {
            line.push_str(&format!("  {flaky} flaky"));
        }
        line.push_str(&format!("  {}", clock(at_us)));
        let mut seen = HashSet::new();
        let names: Vec<String> = self
            .running
            .iter()
            .filter(|scenario| seen.insert(&scenario.id))
            .map(|scenario| text::one_line(&scenario.name, 60))
            .collect();
        let names = if names.is_empty() { String::new() } else { format!("  {}", names.join(" · ")) };
        // One column stays free: a terminal wraps after a line that fills it.
        let most = self.style.columns() - 1;
        let room = most.saturating_sub(text::columns(&line));
        let head = if failed > 0 { self.style.bad(&line) } else { self.style.strong(&line) };
        let tail = if room > 3 { text::fit(&names, room) } else { String::new() };
        self.write(&format!("\r\x1b[2K{head}{}", self.style.faint(&tail)));
        self.live = true;
        self.drawn_us = at_us;
        self.flush();
    }

    fn write(&mut self, what: &str) {
        if self.failed.is_none() {
            self.failed = self.out.write_all(what.as_bytes()).err();
        }
    }

    fn flush(&mut self) {
        if self.failed.is_none() {
            self.failed = self.out.flush().err();
        }
    }
}

impl Sink for Progress {
    fn take(&mut self, entry: &Entry) {
        let lasting = matches!(
            entry.event,
            Event::RunStarted(_) | Event::ScenarioStarted { .. } | Event::ScenarioFinished { .. }
        );
        match &entry.event {
            Event::RunStarted(run) => self.started(run),
            Event::ScenarioStarted { scenario, attempt } => self.begun(scenario, *attempt),
            Event::StepFinished(step) => self.step(step),
            Event::Exchange(exchange) => self.exchange(exchange),
            Event::ScenarioFinished { id, attempt, outcome, duration_us, .. } => {
                self.ended(id, *attempt, *outcome, *duration_us);
            }
            Event::RunFinished(_) => {
                self.wipe();
                self.flush();
                return;
            }
            Event::Notice { .. }
            | Event::Frame(_)
            | Event::ServiceLog { .. }
            | Event::Coverage(_)
            | Event::LoadStarted(_)
            | Event::LoadTick(_)
            | Event::LoadMark(_)
            | Event::LoadFinished(_) => {}
        }
        if self.style.tty && (lasting || entry.at_us >= self.drawn_us + REDRAW_US) {
            self.draw(entry.at_us);
        } else if lasting {
            self.flush();
        }
    }

    fn close(&mut self) -> std::io::Result<()> {
        self.wipe();
        self.flush();
        self.failed.take().map_or(Ok(()), Err)
    }
}

fn clock(us: u64) -> String {
    let seconds = us / 1_000_000;
    format!("{:02}:{:02}", seconds / 60, seconds % 60)
}
