//! A load run when it is over: [`load_summary`].

use dryrun_record::Record;
use dryrun_record::load::{Account, LoadResult, LoadRun, LoadVerdict, Series};

use crate::load::{capacity, facts, units};
use crate::terminal::style::{Style, shown};
use crate::text;

/// Kinds of failure that are told unless more is asked for.
const FAILURES: usize = 12;
/// Columns of the figures: their heads, and whether they stand in a narrow window, too.
const HEADS: [(&str, bool); 12] = [
    ("count", true),
    ("rate", true),
    ("failed", true),
    ("min", false),
    ("mean", false),
    ("p50", true),
    ("p90", false),
    ("p95", true),
    ("p99", true),
    ("p99.9", false),
    ("max", true),
    (APDEX, false),
];
/// The column that is there when the profile says what satisfies.
const APDEX: &str = "apdex";
/// Columns of a window in which all figures have room.
const ROOMY: usize = 150;
/// Columns that a name has at least.
const LEAST: usize = 16;
/// Columns of the longest name where the window's width is unknown, as in a log.
const NAME: usize = 60;

/// All load runs: those of a search or comparison a line each, every other as [`load_summary`] tells it.
pub(crate) fn loads(record: &Record, style: Style) -> String {
    let mut out = String::new();
    let exploring: Vec<_> = record.loads.iter().filter(|run| run.started.exploring).collect();
    if !exploring.is_empty() {
        out += &format!("  {}\n", style.strong("Load runs of a search or comparison"));
        let head =
            ["asked/s", "achieved/s", "requests", "failed", "p50", "p99", ""].map(str::to_owned).into();
        let rows = exploring.iter().map(|run| (facts::title(run), explored(run, style))).collect();
        out += &table(("run".to_owned(), head), rows, style);
        out.push('\n');
    }
    for run in record.loads.iter().filter(|run| !run.started.exploring) {
        out += &load_summary(run, style);
    }
    out
}

fn explored(run: &LoadRun, style: Style) -> Vec<String> {
    let outcome = match facts::class(run) {
        "passed" => style.good(facts::outcome(run)),
        "failed" => style.bad(facts::outcome(run)),
        _ => style.doubtful(facts::outcome(run)),
    };
    let Some(result) = &run.result else { return vec![outcome] };
    vec![
        units::rate_or_dash(result.account.asked_rate),
        units::digits(result.account.achieved_rate),
        units::count(result.requests.count),
        facts::failed(&result.requests),
        units::micros(result.requests.time.p50_us),
        units::micros(result.requests.time.p99_us),
        outcome,
    ]
}

/// One load run: its account, its figures by workflow and step, thresholds, failures, sends, contracts, resources,
/// warnings. The verdict on the record is the last word of [`crate::terminal::summary`].
pub fn load_summary(run: &LoadRun, style: Style) -> String {
    let shape = text::one_line(&run.started.shape, 120);
    let of = run.started.scenario.as_ref().map(|_| " (a step of this scenario)").unwrap_or_default();
    let head = format!("{}{of}  {}", style.strong(&facts::title(run)), style.faint(&shape));
    let mut out = format!("  {}\n", style.wrapped(&head, 2));
    let Some(result) = &run.result else {
        out += &format!("    {}\n\n", style.bad("it did not come to an end"));
        return out;
    };
    out += &rows(result, style);
    out += "\n";
    out += &figures(result, style);
    out += "\n";
    out += &thresholds(result, style);
    out += &failures(result, style);
    out += &outlook(result, style);
    let word = facts::verdict(result.verdict);
    let word = match result.verdict {
        LoadVerdict::Passed => style.good(word),
        LoadVerdict::Inconclusive => style.doubtful(&word.to_uppercase()),
        LoadVerdict::ThresholdMissed | LoadVerdict::Failed => style.bad(word),
    };
    out + &format!("    {}  {word}\n\n", style.faint("load"))
}

fn line(name: &str, value: &str, style: Style) -> String {
    format!("    {} {}\n", style.faint(&format!("{name:<10}")), style.wrapped(value, 15))
}

fn rows(result: &LoadResult, style: Style) -> String {
    let mut out = line("arrivals", &account(&result.account, style), style);
    out += &line("rate", &facts::achieved(&result.account), style);
    if !facts::adds_up(&result.account) {
        let told = format!("does not add up: {}", facts::account(&result.account));
        out += &line("account", &style.bad(&told), style);
    }
    let resources: Vec<String> =
        facts::resources(&result.resources).iter().map(|(name, value)| format!("{name} {value}")).collect();
    for pair in resources.chunks(3) {
        out += &line("used", &pair.join(" · "), style);
    }
    let sends = facts::sends(&result.sends);
    let sends = match (&result.sends.unjudged, facts::sends_hold(&result.sends)) {
        (_, false) => style.bad(&sends),
        (Some(_), true) => style.doubtful(&sends),
        (None, true) => sends,
    };
    out += &line("sends", &sends, style);
    let contracts = facts::contracts(&result.contracts);
    let contracts = if result.contracts.breaches > 0 { style.bad(&contracts) } else { contracts };
    out + &line("contracts", &contracts, style)
}

/// `24,000 asked, 24,000 sent, 0 dropped, 0 late (10.0 ms or more), 24,000 ended, 0 abandoned, 2,000 in the warm-up`.
fn account(one: &Account, style: Style) -> String {
    let alarm = |many: u64, word: &str, bad: bool| {
        let told = format!("{} {word}", units::count(many));
        match (many, bad) {
            (0, _) => told,
            (_, true) => style.bad(&told),
            (_, false) => style.doubtful(&told),
        }
    };
    let late = format!("late ({} or more)", units::micros(one.late_after_us));
    [
        format!("{} asked", units::count(one.asked)),
        format!("{} sent", units::count(one.sent)),
        alarm(one.dropped, "dropped", true),
        alarm(one.late, &late, false),
        format!("{} ended", units::count(one.ended)),
        alarm(one.abandoned, "abandoned", true),
        format!("{} in the warm-up", units::count(one.warm_up)),
    ]
    .join(", ")
}

fn figures(result: &LoadResult, style: Style) -> String {
    let mut rows = vec![("all requests".to_owned(), cells(&result.requests, style))];
    for workflow in &result.workflows {
        rows.push((text::one_line(&workflow.name, 200), cells(&workflow.iterations, style)));
        for step in &workflow.steps {
            rows.push((format!("  {}", text::one_line(&step.name, 200)), cells(&step.series, style)));
        }
    }
    let wide = style.width == 0 || style.columns() >= ROOMY;
    let satisfied = result.requests.apdex.is_some();
    let kept = |index: usize| HEADS[index].1 || (wide && (HEADS[index].0 != APDEX || satisfied));
    for (_, cells) in &mut rows {
        *cells = cells.drain(..).enumerate().filter(|(index, _)| kept(*index)).map(|one| one.1).collect();
    }
    let heads = HEADS.iter().enumerate().filter(|(index, _)| kept(*index)).map(|one| one.1.0.to_owned());
    let heads = heads.collect();
    table(("workflow, step".to_owned(), heads), rows, style)
}

fn cells(series: &Series, style: Style) -> Vec<String> {
    let time = &series.time;
    let failed = facts::failed(series);
    let failed = if series.failures > 0 { style.bad(&failed) } else { failed };
    let mut cells = vec![units::count(series.count), units::rate(series.rate), failed];
    let mean = time.mean_us.round() as u64;
    let times =
        [time.min_us, mean, time.p50_us, time.p90_us, time.p95_us, time.p99_us, time.p999_us, time.max_us];
    cells.extend(times.map(|us| if time.count == 0 { "–".to_owned() } else { units::micros(us) }));
    cells.push(series.apdex.map_or_else(|| "–".to_owned(), |apdex| format!("{:.3}", apdex.score)));
    cells
}

/// Columns of each cell, so that all rows have room.
fn widths(head: &[String], rows: &[(String, Vec<String>)]) -> Vec<usize> {
    let wide = |place: usize| {
        let all = std::iter::once(head).chain(rows.iter().map(|row| row.1.as_slice()));
        all.filter_map(|cells| cells.get(place)).map(|cell| shown(cell)).max().unwrap_or(0)
    };
    (0..head.len()).map(wide).collect()
}

/// Names to the left, numbers to the right; names are cut so that a row fits into the window.
fn table(mut head: (String, Vec<String>), mut rows: Vec<(String, Vec<String>)>, style: Style) -> String {
    // What stands above for the whole goes first where names have no room.
    for spare in ["rate", "count", "requests", "p50"] {
        let numbers: usize = widths(&head.1, &rows).iter().map(|wide| wide + 2).sum();
        let place = head.1.iter().position(|head| head == spare);
        if let Some(place) = place.filter(|_| style.width > 0 && numbers + 4 + LEAST > style.columns()) {
            head.1.remove(place);
            // A row of what did not end is shorter.
            let longer = rows.iter_mut().filter(|row| row.1.len() > place);
            longer.for_each(|row| drop(row.1.remove(place)));
        }
    }
    let widths = widths(&head.1, &rows);
    let numbers: usize = widths.iter().map(|wide| wide + 2).sum();
    let longest =
        rows.iter().map(|row| text::columns(&row.0)).chain([text::columns(&head.0)]).max().unwrap_or(0);
    let most = if style.width == 0 { NAME } else { style.columns().saturating_sub(numbers + 4).max(LEAST) };
    let room = longest.min(most);
    let row = |name: &str, cells: &[String]| {
        let name = text::fit(name, room);
        let mut out = format!("    {name}{}", " ".repeat(room.saturating_sub(text::columns(&name))));
        for (cell, wide) in cells.iter().zip(&widths) {
            out += &" ".repeat(2 + wide.saturating_sub(shown(cell)));
            out += cell;
        }
        out.trim_end().to_owned()
    };
    let mut out = format!("{}\n", style.faint(&row(&head.0, &head.1)));
    for (name, cells) in &rows {
        out += &row(name, cells);
        out.push('\n');
    }
    out
}

fn thresholds(result: &LoadResult, style: Style) -> String {
    let mut out = String::new();
    for one in &result.thresholds {
        let told = facts::threshold(one);
        out += &if one.held {
            format!("    {} {}\n", style.good("✓"), style.wrapped(&told, 6))
        } else {
            format!("    {} {}\n", style.bad("✗"), style.wrapped(&style.bad(&told), 6))
        };
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

fn failures(result: &LoadResult, style: Style) -> String {
    let most = if style.verbose > 0 { usize::MAX } else { FAILURES };
    let mut out = String::new();
    for one in result.failures.iter().take(most) {
        let (many, message) = (units::count(one.count), text::one_line(&one.message, 300));
        let told = format!("{many}× {}: {message}", text::one_line(&one.cause, 40));
        let degree = facts::by_degree(result, one);
        let (mark, told) = if degree {
            (style.doubtful("!"), style.doubtful(&told))
        } else {
            (style.bad("✗"), style.bad(&told))
        };
        out += &format!("    {mark} {}\n", style.wrapped(&told, 6));
        let of: Vec<String> = [&one.workflow, &one.step]
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(|part| text::one_line(part, 120))
            .collect();
        if !of.is_empty() {
            out += &format!("      {}\n", style.wrapped(&style.faint(&of.join(" › ")), 6));
        }
        if !one.example.is_empty() {
            let lines = if style.verbose > 0 { 40 } else { 6 };
            let example = text::clip(&text::visible(&one.example), lines, 200);
            for line in example.lines() {
                let lines = style.wrapped(line, 8).replace(&format!("\n{}", " ".repeat(8)), "\n      │ ");
                out.extend(
                    format!("│ {lines}")
                        .lines()
                        .map(|line| format!("      {}\n", style.faint(line.trim_start()))),
                );
            }
        }
    }
    if result.failures.len() > most {
        let line = format!("and {} more kinds; the HTML report lists them", result.failures.len() - most);
        out += &format!("    {}\n", style.faint(&line));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// What was compared, searched and merged, and what weakens the figures.
fn outlook(result: &LoadResult, style: Style) -> String {
    let mut out = String::new();
    if let Some(one) = &result.comparison {
        out += &line("baseline", &facts::comparison(one), style);
        for ratio in &one.ratios {
            let judged = if ratio.judged { "" } else { ", shown only" };
            let told =
                format!("{} new ÷ old {}{judged}", text::one_line(&ratio.metric, 20), facts::ratio(ratio));
            out += &line("", &told, style);
        }
        out += &line("", &text::one_line(&one.reason, 400), style);
    }
    if let Some(one) = &result.capacity {
        out += &line("capacity", &style.strong(&text::one_line(&one.text, 400)), style);
        for (name, value) in capacity::facts(one) {
            out += &line("", &format!("{name}: {value}"), style);
        }
    }
    for shard in result.shards.iter().filter(|shard| !shard.problems.is_empty()) {
        let problems = text::one_line(&shard.problems.join("; "), 400);
        let told = format!("shard {} of {}: {problems}", shard.index, shard.count);
        out += &line("shards", &style.doubtful(&told), style);
    }
    if let Some(why) = &result.stopped {
        out += &line("ended", &style.doubtful(&format!("early: {}", text::one_line(why, 300))), style);
    }
    for warning in &result.warnings {
        out += &line("warning", &style.doubtful(&text::one_line(warning, 400)), style);
    }
    out
}
