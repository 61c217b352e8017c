//! New against a baseline, with the intervals drawn: [`comparison`].

use std::fmt::Write as _;

use dryrun_record::load::{Comparison, ComparisonVerdict, RatioInterval};

use crate::html::markup::escape;
use crate::load::scale::Axis;
use crate::load::{facts, units};
use crate::text;

/// Pixels for each interval.
const ROW: f64 = 30.0;

/// The verdict, what was compared, and each ratio with its interval.
pub(crate) fn comparison(one: &Comparison) -> String {
    let (class, word) = match one.verdict {
        ComparisonVerdict::Passed => ("passed", "✓ no slower than tolerated"),
        ComparisonVerdict::Inconclusive => ("flaky", "? inconclusive"),
        ComparisonVerdict::Slower => ("failed", "✗ slower"),
    };
    let mut rows = vec![
        (
            "design",
            format!(
                "{}: {} and {} new",
                escape(&text::one_line(&one.design, 40)),
                units::counted(u64::from(one.old_runs), "old run"),
                one.new_runs
            ),
        ),
        ("tolerated", format!("{} slower", units::share(one.tolerance))),
    ];
    rows.extend(facts::drift(one).map(|drift| ("the machine became", drift)));
    let rows: String =
        rows.iter().map(|(name, value)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>")).collect();
    let differences: String = one
        .differences
        .iter()
        .map(|difference| {
            format!("<li class=\"warning\"><b>differs</b> <span>{}</span></li>", escape(difference))
        })
        .collect();
    let differences = if differences.is_empty() {
        differences
    } else {
        format!("<div class=\"notices\"><ul>{differences}</ul></div>")
    };
    format!(
        "<h3>Against {} <span class=\"pill {class}\">{word}</span></h3><div class=\"card comparison\"><p>{}</p><dl class=\"pairs\">{rows}\
         </dl>{}{differences}</div>",
        escape(&text::one_line(&one.against, 160)),
        escape(&text::one_line(&one.reason, 600)),
        intervals(one)
    )
}

fn intervals(one: &Comparison) -> String {
    let known: Vec<&RatioInterval> = one
        .ratios
        .iter()
        .filter(|ratio| [ratio.low, ratio.ratio, ratio.high].iter().all(|end| end.is_finite()))
        .collect();
    if known.is_empty() {
        return String::new();
    }
    let limit = 1.0 + one.tolerance;
    let least = known.iter().map(|ratio| ratio.low).fold(1.0, f64::min);
    let most = known.iter().map(|ratio| ratio.high).fold(limit, f64::max);
    let margin = (most - least).max(0.01) * 0.08;
    let x = Axis::between(least - margin, most + margin, 6, |at| format!("{at:.2}"));
    let place = |at: f64| x.place(at) * 100.0;
    let tall = known.len() as f64 * ROW;
    let mut svg = format!(
        "<rect class=\"beyond\" x=\"{0:.2}%\" y=\"0\" width=\"{1:.2}%\" height=\"{tall}\"/>",
        place(limit),
        100.0 - place(limit)
    );
    for (at, text) in &x.ticks {
        let at = place(*at);
        let _ = write!(svg, "<line class=\"grid\" x1=\"{at:.2}%\" x2=\"{at:.2}%\" y1=\"0\" y2=\"{tall}\"/>");
        let _ = write!(svg, "<text class=\"x\" x=\"{at:.2}%\" y=\"{}\">{text}</text>", tall + 17.0);
    }
    let one_at = place(1.0);
    let _ =
        write!(svg, "<line class=\"even\" x1=\"{one_at:.2}%\" x2=\"{one_at:.2}%\" y1=\"0\" y2=\"{tall}\"/>");
    let limit_at = place(limit);
    let _ = write!(
        svg,
        "<line class=\"rule\" x1=\"{limit_at:.2}%\" x2=\"{limit_at:.2}%\" y1=\"0\" y2=\"{tall}\"/>"
    );
    for (index, ratio) in known.iter().enumerate() {
        let y = (index as f64 + 0.5) * ROW;
        let class = if !ratio.judged {
            "spare"
        } else if ratio.low > limit {
            "failed"
        } else if ratio.high <= limit {
            "passed"
        } else {
            "flaky"
        };
        let _ = write!(
            svg,
            "<g class=\"interval {class}\"><title>{}</title><line x1=\"{:.2}%\" x2=\"{:.2}%\" y1=\"{y}\" y2=\"{y}\"/>\
             <circle cx=\"{:.2}%\" cy=\"{y}\" r=\"5\"/></g><text class=\"y\" x=\"-8\" y=\"{}\">{}</text>",
            escape(&facts::ratio(ratio)),
            place(ratio.low),
            place(ratio.high),
            place(ratio.ratio),
            y + 4.0,
            escape(&text::one_line(&ratio.metric, 12))
        );
    }
    let said: Vec<String> = known
        .iter()
        .map(|ratio| format!("{} {}", text::one_line(&ratio.metric, 12), facts::ratio(ratio)))
        .collect();
    let rows: String = known
        .iter()
        .map(|ratio| {
            format!(
                "<tr><th scope=\"row\">{}</th><td>{:.3}</td><td>{:.3}</td><td>{:.3}</td><td>{}</td><td>{}</td></tr>",
                escape(&text::one_line(&ratio.metric, 40)),
                ratio.ratio,
                ratio.low,
                ratio.high,
                units::share(ratio.confidence),
                if ratio.judged { "judged" } else { "shown only" }
            )
        })
        .collect();
    format!(
        "<figure class=\"chart ratios\"><figcaption><b>new ÷ old</b> <span class=\"faint\">1 is no change, beyond the dashed line it is slower \
         than tolerated; the bar is the confidence interval</span></figcaption><div class=\"plot\"><svg class=\"draw\" width=\"100%\" height=\"{tall}\" \
         role=\"img\" aria-label=\"Ratios new to old: {}\">{svg}</svg></div></figure><div class=\"scroll\"><table class=\"figures\"><thead><tr><th>quantile</th><th>new ÷ old</th>\
         <th>from</th><th>to</th><th>confidence</th><th></th></tr></thead><tbody>{rows}</tbody></table></div>",
        escape(&said.join("; "))
    )
}
