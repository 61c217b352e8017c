//! A load run as it goes on: [`Live`]. On a terminal a block of lines that is redrawn in place, elsewhere plain lines;
//! never both.

mod block;
mod ink;
mod plain;

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dryrun_record::load::{LoadMark, LoadStarted, LoadTick};
use dryrun_record::{Entry, Event, Sink};
use tokio::task::JoinHandle;

use self::plain::Plain;

/// So often the block is redrawn between two seconds, so that the clock moves.
const REDRAW: Duration = Duration::from_millis(250);
/// So many seconds are kept for the sparklines.
const KEPT: usize = 120;

/// How the live view is drawn.
pub(crate) struct Canvas {
    /// Where to; standard error, but for tests.
    pub(crate) out: Box<dyn Write + Send>,
    /// Redrawn in place, or plain lines.
    pub(crate) block: bool,
    /// ANSI colours.
    pub(crate) color: bool,
    /// Columns and lines, asked anew with each drawing: windows change.
    pub(crate) size: Box<dyn Fn() -> (usize, usize) + Send>,
}

/// Shows load runs while they go on. A handle; its clones are one view.
#[derive(Clone)]
pub(crate) struct Live(Arc<Mutex<View>>);

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}

/// What is shown, and how far it is drawn.
struct View {
    canvas: Canvas,
    units: Vec<&'static str>,
    going: Option<Going>,
    plain: Plain,
    /// Lines of the block that stand on the screen.
    drawn: usize,
    failed: Option<std::io::Error>,
}

/// The load that goes on.
#[derive(Debug)]
struct Going {
    started: LoadStarted,
    /// What it is called here.
    label: String,
    /// It is one of several, and only the whole is recorded.
    quiet: bool,
    since: Instant,
    totals: Totals,
    recent: VecDeque<LoadTick>,
}

/// Sums over all seconds so far, the warm-up included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Totals {
    ended: u64,
    failed: u64,
    late: u64,
    dropped: u64,
}

impl Totals {
    fn add(&mut self, tick: &LoadTick) {
        self.ended += tick.ended;
        self.failed += tick.failed;
        self.late += tick.late;
        self.dropped += tick.dropped;
    }
}

impl Live {
    /// `units`: of the profile's thresholds, in their order.
    pub(crate) fn new(canvas: Canvas, units: Vec<&'static str>) -> Self {
        let view = View { canvas, units, going: None, plain: Plain::default(), drawn: 0, failed: None };
        Self(Arc::new(Mutex::new(view)))
    }

    /// Lets the clock move, until the handle is aborted.
    pub(crate) fn tick(&self) -> JoinHandle<()> {
        let live = self.clone();
        tokio::spawn(async move {
            let mut every = tokio::time::interval(REDRAW);
            every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
            loop {
                every.tick().await;
                live.view().redraw();
            }
        })
    }

    /// Shows an event of a load that is not recorded, under a name of its own.
    pub(crate) fn show(&self, event: &Event, label: &str) {
        self.view().take(event, label, true);
    }

    /// What only the live view knows of is over.
    pub(crate) fn over(&self) {
        self.view().end();
    }

    /// Says a line for people, above the block.
    pub(crate) fn say(&self, text: &str) {
        let mut view = self.view();
        view.line(text);
        view.redraw();
    }

    fn view(&self) -> MutexGuard<'_, View> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Live {
    fn take(&mut self, entry: &Entry) {
        self.view().take(&entry.event, "", false);
    }

    fn close(&mut self) -> std::io::Result<()> {
        let mut view = self.view();
        view.end();
        view.failed.take().map_or(Ok(()), Err)
    }
}

impl View {
    fn take(&mut self, event: &Event, label: &str, quiet: bool) {
        match event {
            Event::RunStarted(run) => {
                let at =
                    if run.target.url.is_empty() { "a service that did not start" } else { &run.target.url };
                let line = format!("dryrun {}  load on {} at {at}", run.tool_version, run.target.name);
                self.line(&ink::cut(&line, self.columns()));
                self.flush();
            }
            Event::LoadStarted(started) => self.started(started, label, quiet),
            Event::LoadTick(tick) => self.second(tick),
            Event::LoadMark(mark) => self.mark(mark),
            Event::LoadFinished(_) | Event::RunFinished(_) => self.end(),
            _ => {}
        }
    }

    fn started(&mut self, started: &LoadStarted, label: &str, quiet: bool) {
        let label = if label.is_empty() { started.load.clone() } else { label.to_owned() };
        let line = format!("{label}  {}: {}", started.model, started.shape);
        self.line(&ink::cut(&line, self.columns()));
        self.plain = Plain::default();
        self.going = Some(Going {
            started: started.clone(),
            label,
            quiet,
            since: Instant::now(),
            totals: Totals::default(),
            recent: VecDeque::new(),
        });
        self.redraw();
    }

    fn second(&mut self, tick: &LoadTick) {
        let Some(going) = &mut self.going else { return };
        going.totals.add(tick);
        if going.recent.len() == KEPT {
            going.recent.pop_front();
        }
        going.recent.push_back(tick.clone());
        if self.canvas.block {
            self.redraw();
        } else {
            let lines = self.plain.second(going, tick, &self.units);
            lines.iter().for_each(|line| self.line(line));
            self.flush();
        }
    }

    fn mark(&mut self, mark: &LoadMark) {
        // A quiet load is one of many; its stages are not news.
        if self.going.as_ref().is_some_and(|going| going.quiet && mark.kind == "stage") {
            return;
        }
        let line = format!("{}  {}: {}", plain::at(mark.at_s), mark.kind, ink::visible(&mark.text));
        self.line(&line);
        self.redraw();
    }

    fn end(&mut self) {
        self.wipe();
        self.flush();
        self.going = None;
    }

    /// Writes a lasting line above the block.
    fn line(&mut self, line: &str) {
        self.wipe();
        self.write(&format!("{line}\n"));
    }

    fn redraw(&mut self) {
        if !self.canvas.block {
            return self.flush();
        }
        let Some(going) = &self.going else { return };
        let (columns, rows) = (self.canvas.size)();
        // One column stays free: a terminal wraps after a line that fills it. One line stays free for the cursor.
        let lines = block::lines(going, going.since.elapsed(), &self.units, columns.max(20) - 1);
        let lines: Vec<String> =
            lines.iter().take(rows.max(4) - 1).map(|line| line.drawn(self.canvas.color)).collect();
        // One write, so that nothing flickers: to the block's start, each line anew, what is left below away.
        let mut text = match self.drawn {
            0 => "\r".to_owned(),
            drawn => format!("\r\x1b[{drawn}A"),
        };
        for line in &lines {
            text.push_str(&format!("{line}\x1b[K\n"));
        }
        text.push_str("\x1b[J");
        self.drawn = lines.len();
        self.write(&text);
        self.flush();
    }

    fn wipe(&mut self) {
        if self.drawn > 0 {
            self.write(&format!("\r\x1b[{}A\x1b[J", self.drawn));
            self.drawn = 0;
        }
    }

    /// Columns of a lasting line: in a log a line may be as long as it is.
    fn columns(&self) -> usize {
        if self.canvas.block { (self.canvas.size)().0.max(20) - 1 } else { 400 }
    }

    fn write(&mut self, what: &str) {
        if self.failed.is_none() {
            self.failed = self.canvas.out.write_all(what.as_bytes()).err();
        }
    }

    fn flush(&mut self) {
        if self.failed.is_none() {
            self.failed = self.canvas.out.flush().err();
        }
    }
}

#[cfg(test)]
mod tests;
