//! Figures by workflow and step: [`figures`], and where the time of a request went, [`parts`].

use dryrun_record::load::{Figures, LoadResult, Series};

use crate::html::markup::escape;
use crate::load::{facts, units};
use crate::text;

/// Causes of failures that one row names.
const CAUSES: usize = 5;

/// All requests, each workflow, each step of it.
pub(crate) fn figures(result: &LoadResult) -> String {
    let mut rows = row("all", "all requests", "", &result.requests);
    for workflow in &result.workflows {
        let weight = format!("weight\u{a0}{}", workflow.weight);
        rows += &row("workflow", &workflow.name, &weight, &workflow.iterations);
        for step in &workflow.steps {
            rows += &row("step", &step.name, "", &step.series);
        }
    }
    let apdex = if with_apdex(result) {
        "<th title=\"satisfied within T, tolerating within 4 T\">apdex</th>"
    } else {
        ""
    };
    let rows = if with_apdex(result) { rows } else { rows.replace("<td class=\"apdex\">–</td>", "") };
    let limit =
        result.requests.apdex.map(|apdex| format!("; apdex with T = {}", units::micros(apdex.limit_us)));
    format!(
        "<h3>By workflow and step <span class=\"faint\">from the intended start to the end of the body, failures included{}</span></h3>\
         <div class=\"card scroll\"><table class=\"figures dense\"><thead><tr><th>workflow, step</th><th>count</th><th>rate</th><th>failed</th>\
         <th>min</th><th>mean</th><th>p50</th><th>p90</th><th>p95</th><th>p99</th><th>p99.9</th><th>max</th>{apdex}</tr></thead>\
         <tbody>{rows}</tbody></table></div>",
        limit.unwrap_or_default()
    )
}

fn with_apdex(result: &LoadResult) -> bool {
    let steps = result.workflows.iter().flat_map(|one| &one.steps).map(|step| &step.series);
    let all = result.workflows.iter().map(|one| &one.iterations).chain(steps);
    all.chain(std::iter::once(&result.requests)).any(|series| series.apdex.is_some())
}

fn row(class: &str, name: &str, sub: &str, series: &Series) -> String {
    let sub =
        if sub.is_empty() { String::new() } else { format!(" <span class=\"faint\">{}</span>", escape(sub)) };
    let time = &series.time;
    let times = [
        time.min_us as f64,
        time.mean_us,
        time.p50_us as f64,
        time.p90_us as f64,
        time.p95_us as f64,
        time.p99_us as f64,
        time.p999_us as f64,
        time.max_us as f64,
    ];
    let times: String = times
        .map(|us| {
            if time.count == 0 { "<td>–</td>".to_owned() } else { format!("<td>{}</td>", units::time(us)) }
        })
        .concat();
    let failed = if series.failures > 0 { " class=\"bad\"" } else { "" };
    let apdex = series.apdex.map_or_else(|| "–".to_owned(), |apdex| format!("{:.2}", apdex.score));
    let causes = facts::causes(&series.causes);
    let causes = if causes.is_empty() {
        String::new()
    } else {
        let listed = crate::facts::listed(&causes, CAUSES);
        format!("<tr class=\"causes {class}\"><td colspan=\"13\">{}</td></tr>", escape(&listed))
    };
    format!(
        "<tr class=\"{class}\"><th scope=\"row\">{}{sub}</th><td>{}</td><td>{}</td><td{failed}>{}</td>{times}\
         <td class=\"apdex\">{apdex}</td></tr>{causes}",
        escape(&text::one_line(name, 200)),
        units::count(series.count),
        units::rate(series.rate),
        failed_cell(series)
    )
}

fn failed_cell(series: &Series) -> String {
    match series.failures {
        0 => "0".to_owned(),
        many => {
            let share = units::part(many, series.count);
            format!("{}<span class=\"sub bad\">{share}</span>", units::count(many))
        }
    }
}

/// Connect, time to first byte and body apart, where the client could tell.
pub(crate) fn parts(result: &LoadResult) -> String {
    let known = |series: &Series| series.connect.is_some() || series.ttfb.is_some() || series.body.is_some();
    let mut rows = String::new();
    if known(&result.requests) {
        rows += &parts_row("all", "all requests", &result.requests);
    }
    for workflow in &result.workflows {
        let steps: String = workflow
            .steps
            .iter()
            .filter(|step| known(&step.series))
            .map(|step| parts_row("step", &step.name, &step.series))
            .collect();
        if !steps.is_empty() {
            rows += &format!(
                "<tr class=\"workflow\"><th scope=\"rowgroup\" colspan=\"9\">{}</th></tr>{steps}",
                escape(&text::one_line(&workflow.name, 200))
            );
        }
    }
    if rows.is_empty() {
        return rows;
    }
    format!(
        "<h3>Where the time went <span class=\"faint\">of a request, as the client saw it</span></h3><div class=\"card scroll\">\
         <table class=\"figures dense\"><thead><tr class=\"group\"><th></th><th colspan=\"3\">connecting</th><th colspan=\"3\">to the \
         first byte</th><th colspan=\"2\">body</th></tr><tr><th>step</th><th>made</th><th>p50</th><th>p99</th><th>p50</th><th>p95</th>\
         <th>p99</th><th>p50</th><th>p99</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

fn parts_row(class: &str, name: &str, series: &Series) -> String {
    let cell = |figures: Option<Figures>, us: fn(&Figures) -> u64| match figures.filter(|one| one.count > 0) {
        Some(figures) => format!("<td>{}</td>", units::micros(us(&figures))),
        None => "<td>–</td>".to_owned(),
    };
    let made = series.connect.map_or_else(|| "–".to_owned(), |connect| units::count(connect.count));
    format!(
        "<tr class=\"{class}\"><th scope=\"row\">{}</th><td>{made}</td>{}{}{}{}{}{}{}</tr>",
        escape(&text::one_line(name, 200)),
        cell(series.connect, |one| one.p50_us),
        cell(series.connect, |one| one.p99_us),
        cell(series.ttfb, |one| one.p50_us),
        cell(series.ttfb, |one| one.p95_us),
        cell(series.ttfb, |one| one.p99_us),
        cell(series.body, |one| one.p50_us),
        cell(series.body, |one| one.p99_us)
    )
}
