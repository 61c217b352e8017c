//! Counters of a load run, and what became of each arrival.

use dryrun_record::load::{Account, LoadResult, LoadRun};

use crate::html::markup::escape;
use crate::load::{facts, units};

/// The counters of a run.
pub(crate) fn tiles(run: &LoadRun) -> String {
    let Some(result) = &run.result else { return String::new() };
    let (account, requests) = (&result.account, &result.requests);
    let achieved = if account.asked_rate > 0.0 {
        format!("of {} asked for", units::rate(account.asked_rate))
    } else {
        "arrivals a second".to_owned()
    };
    let of_all = |many: u64, all: u64| if many == 0 { String::new() } else { units::part(many, all) };
    let mut tiles = vec![
        tile("achieved", &units::rate(account.achieved_rate), "", &achieved),
        tile("requests", &units::count(requests.count), "", &units::rate(requests.rate)),
        tile(
            "failed",
            &units::count(requests.failures),
            alarm(requests.failures, "failed"),
            &of_all(requests.failures, requests.count),
        ),
        tile(
            "dropped",
            &units::count(account.dropped),
            alarm(account.dropped, "failed"),
            &of_all(account.dropped, account.asked),
        ),
        tile("late", &units::count(account.late), alarm(account.late, "flaky"), &late(account)),
    ];
    let time = &requests.time;
    for (name, us) in [("p50", time.p50_us), ("p95", time.p95_us), ("p99", time.p99_us), ("max", time.max_us)]
    {
        let value = if time.count == 0 { "–".to_owned() } else { units::micros(us) };
        tiles.push(tile(name, &value, "", ""));
    }
    if let Some(cores) = result.resources.own_cpu {
        let class = if facts::busy(&result.resources) { "flaky" } else { "" };
        tiles.push(tile("own CPU", &format!("{cores:.2}"), class, "cores of the load's thread"));
    }
    format!("<dl class=\"tiles numbers\" aria-label=\"Counters\">{}</dl>", tiles.concat())
}

fn late(account: &Account) -> String {
    let share = if account.late == 0 {
        String::new()
    } else {
        format!("{}, ", units::part(account.late, account.asked))
    };
    format!("{share}by {} or more", units::micros(account.late_after_us))
}

fn alarm(many: u64, class: &'static str) -> &'static str {
    if many == 0 { "zero" } else { class }
}

fn tile(name: &str, value: &str, class: &str, below: &str) -> String {
    format!(
        "<div class=\"tile {class}\"><dt>{name}<span class=\"below\">{}</span></dt><dd>{value}</dd></div>",
        escape(below)
    )
}

/// What became of each arrival, as sums and as a bar.
pub(crate) fn account(result: &LoadResult) -> String {
    let one = &result.account;
    let failed = result.workflows.iter().map(|workflow| workflow.iterations.failures).sum::<u64>();
    let cell = |many: u64, word: &str, class: &str| {
        format!("<span class=\"term {class}\"><b>{}</b> {word}</span>", units::count(many))
    };
    let sign = |holds: bool| {
        if holds {
            "<span class=\"sign\">=</span>"
        } else {
            "<span class=\"sign failed\" title=\"this does not add up\">≠</span>"
        }
    };
    let plus = "<span class=\"sign\">+</span>";
    let first = [
        cell(one.asked, "asked for", ""),
        sign(one.asked == one.sent + one.dropped).to_owned(),
        cell(one.sent, "sent", ""),
        plus.to_owned(),
        cell(one.dropped, "dropped", alarm(one.dropped, "failed")),
    ];
    let second = [
        cell(one.sent, "sent", ""),
        sign(one.sent == one.ended + one.abandoned).to_owned(),
        cell(one.ended, "ended", ""),
        plus.to_owned(),
        cell(one.abandoned, "abandoned", alarm(one.abandoned, "failed")),
    ];
    let parts = [
        ("passed", one.ended.saturating_sub(failed)),
        ("failed", failed.min(one.ended)),
        ("flaky", one.abandoned),
        ("notrun", one.dropped),
    ];
    let verdict = if facts::adds_up(one) {
        "<p class=\"sum passed\">✓ every arrival is accounted for</p>"
    } else {
        "<p class=\"sum failed\">✗ this does not add up: the figures can't be trusted</p>"
    };
    let rows = [
        ("achieved rate", facts::achieved(one)),
        (
            "late",
            format!(
                "{} began {} or more after their intended start",
                units::count(one.late),
                units::micros(one.late_after_us)
            ),
        ),
        ("warm-up", format!("{} of those that ended belong to no figure", units::count(one.warm_up))),
        (
            "at once",
            format!(
                "at most {} under way; room for {}",
                units::count(one.peak_in_flight),
                units::count(one.users)
            ),
        ),
    ];
    let rows: String =
        rows.iter().map(|(name, value)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>")).collect();
    format!(
        "<h3>What became of each arrival</h3><div class=\"card account\"><div class=\"sums\"><p>{}</p><p>{}</p></div>{verdict}{}\
         <dl class=\"pairs\">{rows}</dl></div>",
        first.concat(),
        second.concat(),
        bar(&parts)
    )
}

/// Parts of a whole, side by side.
fn bar(parts: &[(&str, u64)]) -> String {
    let all: u64 = parts.iter().map(|part| part.1).sum();
    let mut x = 0.0;
    let mut rects = String::new();
    for (class, many) in parts.iter().filter(|part| part.1 > 0) {
        // What is rare is still to be seen.
        let wide = (*many as f64 / all as f64 * 1000.0).max(2.0);
        rects += &format!("<rect class=\"{class}\" x=\"{x:.1}\" y=\"0\" width=\"{wide:.1}\" height=\"1\"/>");
        x += wide;
    }
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 {:.1} 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{rects}</svg>",
        f64::max(x, 1.0)
    )
}
