//! Load runs in every ink: what is said, and that it is escaped.

mod common;

use common::Story;
use dryrun_record::load::{LoadResult, LoadVerdict, WorkflowResult};
use dryrun_reports::load::{csv, prometheus};
use dryrun_reports::terminal::{Style, load_summary, summary};
use dryrun_reports::{html, json, junit, markdown};

fn page(story: &Story) -> String {
    html(&story.record()).expect("a page")
}

/// What is drawn, without blocks of data.
fn drawn(page: &str) -> &str {
    page.split("<script type=\"application/json\"").next().expect("a page")
}

#[test]
fn nothing_of_a_load_becomes_markup_or_loads_anything() {
    for (name, story) in common::loads() {
        let page = page(&story);
        let blocks = page.matches("<script type=\"application/json\" id=\"d-").count();
        assert_eq!(page.matches("<script").count(), blocks + 1, "{name}: no other script begins");
        assert_eq!(page.matches("</script").count(), blocks + 1, "{name}: no other script ends");
        for wrong in [
            "<img",
            "\u{1b}",
            "\u{202e}",
            "src=\"http",
            "href=\"http",
            "url(",
            "@import",
            " style=\"",
            " onclick=",
        ] {
            assert!(!page.contains(wrong), "{name}: {wrong:?}");
        }
        assert!(!page.contains("{{") && !page.contains("NaN") && !page.contains("inf%"), "{name}");
    }
    assert!(page(&common::load_bad()).contains("document.title=&#39;owned&#39;"), "it is there as text");
}

#[test]
fn the_page_says_the_verdict_and_why() {
    let good = page(&common::load_good());
    assert!(good.contains(">GO</h1>") && good.contains("every arrival is accounted for"));
    let bad = page(&common::load_bad());
    assert!(bad.contains(">NO-GO</h1>") && bad.contains("found 612 ms") && bad.contains("2 lost, 3 doubled"));
    let unclear = page(&common::load_unclear());
    assert!(unclear.contains(">INCONCLUSIVE</h1>") && unclear.contains("This counts as a NO-GO"));
    assert!(unclear.contains("INCONCLUSIVE: shard 2 of 3 is missing"));
    assert!(unclear.contains("<title>INCONCLUSIVE · load on the generator</title>"));
}

#[test]
fn the_page_tells_all_there_is() {
    let bad = page(&common::load_bad());
    let bad = drawn(&bad);
    for said in [
        "<b>36,000</b> asked for",
        "<b>120</b> dropped",
        "<b>9</b> abandoned",
        "limit of p95: 500 ms",
        "aria-label=\"Latency. Bands from",
        "<b>Rate</b>",
        "<b>Errors</b>",
        "<b>Workflows in flight</b>",
        "<b>CPU</b>",
        "<b>Memory of service and harness</b>",
        "<b>How long requests took</b>",
        "<b>Quantiles by workflow</b>",
        "class=\"warm\"",
        "the CRM takes 3 seconds",
        "<td class=\"apdex\">0.94</td>",
        "to the first byte",
        "POST /api/v2/generate-content HTTP/1.1",
        "a threshold judges how many are too many",
        "status 503 ×187, timeout ×22",
        "sample 10%",
        "3.10 µs",
        "0.11 cores (11% of its core), 9.40 µs a request",
        "0.24 cores (6% of the machine)",
        "1.270 (1.180 to 1.410, 99%)",
        "beyond the 10% that are tolerated",
        "the baseline was measured on 8 cores",
        "the mocks used 1.9 of 4 cores",
    ] {
        assert!(bad.contains(said), "{said}");
    }
    assert_eq!(bad.matches("role=\"img\"").count(), 10, "each chart is a picture with a name");
    let unclear = page(&common::load_unclear());
    for said in [
        "it began 2.3 s after the agreed moment",
        "<b>Users and workflows in flight</b>",
        "nobody saw what it sent",
    ] {
        assert!(unclear.contains(said), "{said}");
    }
}

#[test]
fn a_search_is_told_as_a_table_and_a_curve() {
    let record = common::load_capacity().record();
    let page = html(&record).expect("a page");
    let page = drawn(&page);
    for said in [
        "<caption class=\"sr\">All load runs</caption>",
        "Latency against rate",
        "1,048/s (1,004/s to 1,093/s, 95%)",
        "the knee",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert_eq!(page.matches("<circle class=\"dot ").count(), 7, "a sign for each rate");
    assert_eq!(page.matches("<details class=\"card fold run\"").count(), 8, "each run can be opened");
    assert!(page.contains(">GO</h1>"), "a step of a search that broke decides nothing");
}

/// Beyond the knee a service does less the more it is asked for: over what was achieved, the curve would run backwards.
#[test]
fn the_curve_is_drawn_over_the_rates_that_were_asked_for() {
    let mut record = common::load_capacity().record();
    let result = record.loads[7].result.as_mut().expect("a result");
    let points = &mut result.capacity.as_mut().expect("a capacity").points;
    points.last_mut().expect("a point").achieved = 167.0;
    let page = html(&record).expect("a page");
    let page = drawn(&page);
    assert!(page.contains("7 rates, up to 1,200/s;") && page.contains("1,200/s asked, 167/s achieved"));
    let places: Vec<usize> = ["100/s asked,", "400/s asked,", "1,100/s asked,", "1,200/s asked,"]
        .map(|said| page.find(said).expect(said))
        .into();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn a_drift_says_which_way_and_whether_it_may_be_noise() {
    let mut story = common::load_bad().record();
    let comparison = |record: &mut dryrun_record::Record, drift, interval| {
        let result = record.loads[0].result.as_mut().expect("a result");
        let one = result.comparison.as_mut().expect("a comparison");
        (one.drift, one.drift_interval) = (Some(drift), Some(interval));
        html(record).expect("a page")
    };
    let page = comparison(&mut story, 0.021, (0.012, 0.03));
    assert!(page.contains("<dt>the machine became</dt><dd>2.1% slower</dd>"));
    let page = comparison(&mut story, -0.109, (-0.21, 0.02));
    assert!(page.contains("<dd>10.9% faster, which may be the calibration's own noise</dd>"));
}

#[test]
fn runs_of_a_comparison_are_no_curve_and_not_called_inconclusive() {
    let mut record = common::load_capacity().record();
    for run in record.loads.iter_mut().filter(|run| run.started.exploring) {
        let result = run.result.as_mut().expect("a result");
        (result.search, result.verdict) = (None, LoadVerdict::Inconclusive);
        (result.account.asked_rate, result.account.achieved_rate) = (1_000.0, 999.0);
    }
    record.loads[7].result.as_mut().expect("a result").capacity = None;
    let page = html(&record).expect("a page");
    assert!(!page.contains("Latency against rate"), "one rate is no curve");
    assert_eq!(
        drawn(&page).matches("– measured</span>").count(),
        14,
        "in the table and where each is opened"
    );
    assert!(!drawn(&page).contains("? inconclusive"));
}

#[test]
fn the_load_of_a_step_stands_behind_its_scenario() {
    let page = page(&common::load_step());
    let (scenarios, load) =
        (page.find("id=\"list\"").expect("a list"), page.find("id=\"load\"").expect("a load"));
    assert!(
        scenarios < load
            && page.contains("made by a step of <a href=\"#\" data-open=\"features/load.feature:4\"")
    );
    assert!(page.contains(">GO</h1>"));
}

#[test]
fn a_soak_of_hours_is_drawn_with_six_hundred_points_that_keep_the_worst() {
    let record = common::load_soak().record();
    let page = html(&record).expect("a page");
    assert!(page.len() < 700_000, "{}", page.len());
    assert!(page.contains("each point is the slowest second of 24 s"), "it says so");
    assert!(page.contains("line: mean, band: least and most of each 24 s"));
    let block = page
        .split("id=\"d-load-0\">")
        .nth(1)
        .and_then(|rest| rest.split("</script>").next())
        .expect("a block");
    let data: serde_json::Value = serde_json::from_str(block).expect("JSON");
    let slowest = |name: &str| {
        let values = data["columns"][name][3].as_array().expect("a column");
        assert_eq!(values.len(), 600);
        values.iter().filter_map(serde_json::Value::as_f64).fold(0.0, f64::max)
    };
    let worst = record.loads[0].ticks.iter().map(|tick| tick.max_us).max().expect("ticks");
    assert_eq!(slowest("max"), worst as f64, "one slow second of 14,400 is not smoothed away");
    assert_eq!(csv(&record).lines().count(), 14_401, "the CSV has every second");
}

#[test]
fn a_killed_load_is_drawn_as_far_as_it_came() {
    let mut story = common::load_good();
    story.entries.truncate(40);
    let record = story.record();
    let page = html(&record).expect("a page");
    assert!(page.contains(">NO-GO</h1>") && page.contains("the load run did not come to an end"));
    assert!(page.contains("<b>Latency</b>") && page.contains("never judged: the run did not come to an end"));
    assert!(prometheus(&record).contains("dryrun_load_live_in_flight{load=\"mixed\"}"));
    assert!(summary(&record, Style::default()).contains("it did not come to an end"));
}

#[test]
fn odd_numbers_break_no_chart() {
    let mut story = common::load_bad();
    for entry in &mut story.entries {
        match &mut entry.event {
            dryrun_record::Event::LoadTick(tick) => {
                (tick.host_cpu, tick.own_cpu) = (Some(f64::NAN), Some(f64::INFINITY));
                (tick.p50_us, tick.max_us) = (u64::MAX, 0);
            }
            dryrun_record::Event::LoadMark(mark) => mark.at_s = f64::NAN,
            dryrun_record::Event::LoadFinished(result) => {
                result.requests.histogram = "no histogram".into();
                result.account.asked_rate = f64::NEG_INFINITY;
                result.thresholds[0].found = Some(f64::NAN);
            }
            _ => {}
        }
    }
    let page = page(&story);
    let svg: Vec<&str> = page.split("<svg").skip(1).filter_map(|rest| rest.split("</svg>").next()).collect();
    for wrong in ["NaN", "inf"] {
        assert!(svg.iter().all(|svg| !svg.contains(&format!("=\"{wrong}"))), "{wrong}");
        assert!(svg.iter().all(|svg| !svg.contains(&format!("M{wrong}"))), "{wrong}");
    }
    let _ = (markdown(&story.record()), csv(&story.record()), prometheus(&story.record()));
}

#[test]
fn a_share_that_never_finished_is_told_as_such_and_as_no_figure() {
    let mut story = common::load_bad();
    for entry in &mut story.entries {
        if let dryrun_record::Event::LoadFinished(result) = &mut entry.event {
            let one = &mut result.thresholds[0];
            (one.found, one.held, one.beyond) = (None, false, Some("30 of 300 cut off, 5 failed".to_owned()));
        }
    }
    let (record, never) = (story.record(), "never (30 of 300 cut off, 5 failed)");
    let junit = dryrun_reports::junit(&record).expect("a report");
    for told in [page(&story), summary(&record, Style::default()), markdown(&record), junit] {
        assert!(told.contains(never), "{told}");
    }
    let prometheus = prometheus(&record);
    let lines = prometheus.lines().filter(|line| line.starts_with("dryrun_load_threshold_found{"));
    assert!(lines.into_iter().any(|line| line.ends_with(" +Inf")), "{prometheus}");
}

#[test]
fn what_asked_for_nothing_met_no_rate() {
    let told = summary(&common::load_unclear().record(), Style::default());
    assert!(told.contains("/s") && !told.contains("asked for ("), "{told}");
    assert!(!prometheus(&common::load_unclear().record()).contains("which=\"asked\""));
}

#[test]
fn the_terminal_and_markdown_tell_the_same() {
    insta::assert_snapshot!("summary_load_bad", summary(&common::load_bad().record(), Style::default()));
    insta::assert_snapshot!("summary_load_good", summary(&common::load_good().record(), Style::default()));
    insta::assert_snapshot!(
        "summary_load_unclear",
        summary(&common::load_unclear().record(), Style::default())
    );
    insta::assert_snapshot!(
        "summary_load_capacity",
        summary(&common::load_capacity().record(), Style::default())
    );
    insta::assert_snapshot!("markdown_load_bad", markdown(&common::load_bad().record()));
    insta::assert_snapshot!("markdown_load_capacity", markdown(&common::load_capacity().record()));
    for (name, story) in common::loads() {
        let record = story.record();
        for text in [summary(&record, Style::default()), markdown(&record)] {
            let steering =
                text.chars().find(|c| c.is_control() && *c != '\n' || ('\u{202a}'..='\u{202e}').contains(c));
            assert_eq!(steering, None, "{name}: {text}");
        }
    }
}

#[test]
fn figures_fit_into_the_window() {
    let record = common::load_bad().record();
    let told = load_summary(&record.loads[0], Style { width: 100, ..Style::default() });
    let rows: Vec<_> = told
        .lines()
        .skip_while(|line| !line.contains("workflow, step"))
        .take_while(|line| !line.is_empty())
        .collect();
    assert_eq!(rows.len(), 10);
    assert!(rows.iter().all(|line| line.chars().count() <= 100), "{told}");
    assert!(!rows[0].contains("p90"), "what has no room is left out");
    // With colours the columns stay beneath each other.
    let bare = |text: &str| {
        let mut parts = text.split('\u{1b}');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |out, part| out + part.split_once('m').map_or("", |(_, text)| text))
    };
    let coloured = load_summary(&record.loads[0], Style { width: 100, color: true, ..Style::default() });
    assert_eq!(bare(&coloured), told);
}

#[test]
fn nothing_is_wider_than_a_window_of_80_columns() {
    for (name, story) in common::loads() {
        let told = summary(&story.record(), Style { tty: true, width: 80, ..Style::default() });
        // A single word, such as a path, may be longer.
        let wide = told.lines().find(|line| line.chars().count() > 80 && line.trim().contains(' '));
        assert_eq!(wide, None, "{name}");
    }
    let record = common::load_bad().record();
    let told = load_summary(&record.loads[0], Style { width: 80, ..Style::default() });
    let head = told.lines().find(|line| line.contains("workflow, step")).unwrap_or_default();
    assert!(head.contains("p99") && head.contains("max"), "{head}");
}

#[test]
fn a_load_has_a_time_in_junit_and_its_own_profile_on_the_page() {
    let record = common::load_good().record();
    let text = junit(&record).expect("XML");
    let lasted = record.loads[0].result.as_ref().expect("a result").measured_us as f64 / 1e6;
    assert!(text.contains(&format!("time=\"{lasted:.0}")), "{lasted}: {text}");
    let page = html(&record).expect("a page");
    let name = &record.loads[0].started.load;
    assert!(page.contains(&format!("<dt>load profile</dt><dd>{name}</dd>")), "{name}");
    assert!(!page.contains("<dt>profile</dt><dd>none</dd>"));
}

#[test]
fn json_holds_the_whole_results() {
    let record = common::load_bad().record();
    let value: serde_json::Value = serde_json::from_str(&json(&record).expect("JSON")).expect("JSON");
    let load = &value["loads"][0];
    assert_eq!(
        (&load["outcome"], &load["decides"], &load["seconds"]),
        (&"failed".into(), &true.into(), &90.into())
    );
    let read: LoadResult = serde_json::from_value(load["result"].clone()).expect("a result");
    let own = record.loads[0].result.as_ref().expect("a result");
    assert_eq!((&read.account, &read.sends), (&own.account, &own.sends));
    assert_eq!((&read.thresholds, &read.failures), (&own.thresholds, &own.failures));
    assert_eq!(read.comparison, own.comparison);
    let histograms = |result: &LoadResult| {
        let of = |one: &WorkflowResult| {
            one.steps.iter().map(|step| step.series.histogram.clone()).collect::<Vec<_>>()
        };
        result.workflows.iter().flat_map(of).collect::<Vec<_>>()
    };
    assert!(histograms(&read) == histograms(own), "with every histogram");
    assert_eq!(load["marks"].as_array().map(Vec::len), Some(4));
    let unclear: serde_json::Value =
        serde_json::from_str(&json(&common::load_unclear().record()).expect("JSON")).expect("JSON");
    assert_eq!((&unclear["verdict"], &unclear["shown"]), (&"NO-GO".into(), &"INCONCLUSIVE".into()));
    let good: serde_json::Value =
        serde_json::from_str(&json(&common::good().record()).expect("JSON")).expect("JSON");
    assert_eq!(good.get("loads"), None, "a run without load has none");
}

#[test]
fn every_verdict_has_its_word() {
    let word = |verdict: LoadVerdict| {
        let mut record = common::load_good().record();
        record.loads[0].result.as_mut().expect("a result").verdict = verdict;
        let text = load_summary(&record.loads[0], Style::default());
        text.trim_end().rsplit("  ").next().unwrap_or_default().to_owned()
    };
    let all =
        [LoadVerdict::Passed, LoadVerdict::Inconclusive, LoadVerdict::ThresholdMissed, LoadVerdict::Failed];
    assert_eq!(all.map(word), ["passed", "INCONCLUSIVE", "threshold missed", "failed"]);
}
