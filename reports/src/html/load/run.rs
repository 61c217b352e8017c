//! One load run from top to bottom: [`body`].

use dryrun_record::load::{LoadResult, LoadRun};

use crate::html::load::{account, compare, tables, truth};
use crate::html::markup::escape;
use crate::load::{curves, facts, sample, shapes, units};
use crate::text;

/// Rows of the table of seconds; the CSV has every second.
const SECONDS: u64 = 60;

/// Everything of one run. Its reasons are told here unless the head of the page tells them.
pub(crate) fn body(index: usize, run: &LoadRun, with_reasons: bool) -> String {
    let mut out = about(run);
    if with_reasons {
        let reasons: String =
            facts::own_reasons(run).iter().map(|reason| format!("<li>{}</li>", escape(reason))).collect();
        if !reasons.is_empty() {
            out += &format!("<ul class=\"reasons\">{reasons}</ul>");
        }
    }
    let result = run.result.as_ref();
    if let Some(why) = result.and_then(|result| result.stopped.as_ref()) {
        let why = escape(&text::one_line(why, 400));
        out += &format!("<p class=\"stopped\"><span class=\"pill flaky\">ended early</span> {why}</p>");
    }
    out += &result.map(warnings).unwrap_or_default();
    out += &result.map(account::account).unwrap_or_default();
    out += &truth::thresholds(run);
    out += &result.and_then(|result| result.comparison.as_ref()).map(compare::comparison).unwrap_or_default();
    out += &charts(index, run);
    if let Some(result) = result {
        out += &tables::figures(result);
        out += &tables::parts(result);
        out += &truth::failures(result);
        out += &truth::cards(result);
        out += &truth::shards(result);
    }
    out
}

fn about(run: &LoadRun) -> String {
    let started = &run.started;
    let mut parts = Vec::new();
    for part in [&started.model, &started.shape] {
        if !part.is_empty() {
            parts.push(escape(&text::one_line(part, 200)));
        }
    }
    if started.warm_up_s > 0.0 {
        parts.push(format!("the first {} are warm-up", units::lasting(started.warm_up_s)));
    }
    parts.extend(
        run.result
            .as_ref()
            .map(|result| format!("measured {}", units::lasting(result.measured_us as f64 / 1e6))),
    );
    let description = escape(&text::one_line(&started.description, 600));
    let description =
        if description.is_empty() { description } else { format!("<p class=\"lead\">{description}</p>") };
    format!("{description}<p class=\"about faint\">{}</p>", parts.join(" · "))
}

fn warnings(result: &LoadResult) -> String {
    let items: String = result
        .warnings
        .iter()
        .map(|warning| format!("<li class=\"warning\"><b>warning</b> <span>{}</span></li>", escape(warning)))
        .collect();
    if items.is_empty() {
        items
    } else {
        format!("<section class=\"notices\" aria-label=\"Warnings\"><ul>{items}</ul></section>")
    }
}

fn charts(index: usize, run: &LoadRun) -> String {
    let mut charts: String = curves::over_time(index, run).iter().map(|chart| chart.draw()).collect();
    if let Some(result) = &run.result {
        charts.extend(shapes::spread(result).map(|chart| chart.draw()));
        charts.extend(shapes::quantiles(result).map(|chart| chart.draw()));
    }
    if charts.is_empty() {
        return charts;
    }
    let seconds = if run.ticks.is_empty() { String::new() } else { seconds(run) };
    format!("<h3>Charts</h3><div class=\"charts\">{charts}</div>{}{seconds}", events(run))
}

/// The events that the flags stand for.
fn events(run: &LoadRun) -> String {
    let mut marks: Vec<_> = run.marks.iter().collect();
    marks.sort_by(|one, other| one.at_s.total_cmp(&other.at_s));
    let items: String = marks
        .iter()
        .take(curves::FLAGS)
        .enumerate()
        .map(|(index, mark)| {
            format!(
                "<li><span class=\"badge {}\">{}</span> <span class=\"at\">{}</span> <b>{}</b> <span>{}</span></li>",
                curves::kind(&mark.kind),
                index + 1,
                units::moment(mark.at_s),
                escape(&text::one_line(&mark.kind, 12)),
                escape(&text::one_line(&mark.text, 300))
            )
        })
        .collect();
    if items.is_empty() {
        return items;
    }
    let left = marks.len().saturating_sub(curves::FLAGS);
    let left = if left > 0 {
        format!("<li class=\"faint\">and {left} more in the record</li>")
    } else {
        String::new()
    };
    format!("<ol class=\"events card\" aria-label=\"Events\">{items}{left}</ol>")
}

/// The charts as a table, for those who can't see them.
fn seconds(run: &LoadRun) -> String {
    let sampled = sample::folded(&run.ticks, SECONDS);
    let rows: String = sampled
        .points
        .iter()
        .map(|point| {
            let time = |us: fn(&dryrun_record::load::LoadTick) -> u64| {
                point.most(sample::timed(us)).map_or_else(|| "–".to_owned(), units::time)
            };
            let sums = [
                point.sum(|tick| tick.asked),
                point.sum(|tick| tick.begun),
                point.sum(|tick| tick.ended),
                point.sum(|tick| tick.failed),
                point.sum(|tick| tick.dropped),
                point.sum(|tick| tick.late),
            ];
            let sums: String = sums.map(|many| format!("<td>{}</td>", units::count(many))).concat();
            let flight = point.most(|tick| Some(tick.in_flight as f64)).map_or_else(String::new, units::plain);
            let from = units::moment(point.first().saturating_sub(1) as f64);
            let warm = if point.sum(|tick| u64::from(tick.warm_up)) > 0 { " class=\"warm\"" } else { "" };
            format!(
                "<tr{warm}><th scope=\"row\">{from}</th>{sums}<td>{flight}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                time(|tick| tick.p50_us),
                time(|tick| tick.p99_us),
                time(|tick| tick.max_us)
            )
        })
        .collect();
    let per = units::lasting(sampled.per as f64);
    format!(
        "<details class=\"card fold\"><summary>The same as a table <span class=\"faint\">{per} a row; times are those of the \
         slowest second in it; load.csv has every second</span></summary><div class=\"scroll\"><table class=\"figures\"><thead><tr>\
         <th>from</th><th>asked</th><th>begun</th><th>ended</th><th>failed</th><th>dropped</th><th>late</th><th>in flight</th>\
         <th>p50</th><th>p99</th><th>max</th></tr></thead><tbody>{rows}</tbody></table></div></details>"
    )
}
