//! The page: nothing of a record can run in it, nothing is loaded from anywhere, and every scenario has its block.

mod common;

use dryrun_reports::html;

#[test]
fn nothing_of_a_record_becomes_markup() {
    for record in [common::rich().record(), common::contracts().record()] {
        nothing_becomes_markup(&html(&record).expect("a page"));
    }
}

fn nothing_becomes_markup(page: &str) {
    // Our own: the JSON blocks and one script.
    let blocks = page.matches("<script type=\"application/json\" id=\"d-").count();
    assert_eq!(page.matches("<script").count(), blocks + 1, "no other script begins");
    assert_eq!(page.matches("</script").count(), blocks + 1, "no other script ends");
    assert!(!page.contains("<img"), "no image");
    assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}'), "no raw control characters");
    assert!(page.contains("document.title=&#39;owned&#39;"), "it is there as text");
}

#[test]
fn the_page_allows_itself_only_its_own_style_and_script() {
    let page = html(&common::good().record()).expect("a page");
    let policy = page
        .split("Content-Security-Policy\" content=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"),
        "{policy}"
    );
    for outside in ["src=\"http", "href=\"http", "url(", "@import", " style=\"", " onclick=", "innerHTML"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(!page.contains("{{"), "every place of the template is filled");
}

#[test]
fn each_scenario_has_a_row_and_a_block_that_parses() {
    let record = common::rich().record();
    let page = html(&record).expect("a page");
    assert_eq!(page.matches("<details class=\"s ").count(), record.scenarios.len());
    for (index, scenario) in record.scenarios.iter().enumerate() {
        let start = format!("<script type=\"application/json\" id=\"d-{index}\">");
        let block =
            page.split(&start).nth(1).and_then(|rest| rest.split("</script>").next()).expect("a block");
        let value: serde_json::Value = serde_json::from_str(block).expect("JSON");
        assert_eq!(value["id"], scenario.scenario.id.as_str());
        assert_eq!(value["attempts"].as_array().map(Vec::len), Some(scenario.attempts.len()));
    }
    let failed = page.split("id=\"d-1\">").nth(1).expect("the second");
    assert!(
        failed.contains(r#""diff":[{"mark":" ","text":"{"},{"mark":"-","text":"  \"status\": \"partial\",""#)
    );
}

#[test]
fn the_head_tells_what_decides() {
    let page = html(&common::rich().record()).expect("a page");
    for said in [
        ">NO-GO</h1>",
        "2 of 7 scenarios failed: features/publish.feature:21, features/hostile.feature:3",
        "1 call that no contract knows: platform POST /api/v1/content/publsh",
        "1 of 4 operations called",
        "<td><code>POST /api/v1/contacts</code></td><td>never</td>",
        // It was called, but by no scenario: the coverage of its contract does not count such a call either.
        "<td><code>GET /api/v1/stats</code></td><td>never</td>",
        "1 selected scenario never began",
        "1 call of no known scenario",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(html(&common::good().record()).expect("a page").contains(">GO</h1>"));
}

#[test]
fn a_run_that_was_killed_or_never_began_is_drawn_too() {
    let mut killed = common::rich();
    killed.entries.truncate(9);
    assert!(html(&killed.record()).expect("a page").contains("the record has no end"));
    assert!(html(&dryrun_record::Record::default()).expect("a page").contains("the record holds no run"));
}

#[test]
fn contracts_have_a_section_and_a_block_each() {
    let record = common::contracts().record();
    let page = html(&record).expect("a page");
    for said in [
        "<h2 id=\"contracts\"",
        "58.3% of its contract (7 of 12), wanted 90%",
        "nobody calls</span> <code>POST /api/v1/contacts</code>, <code>GET /api/v1/stats (deprecated)</code></span>",
        "1 operation can&#39;t be used",
        "16 breaches, told as 4",
        "<code class=\"place\">body/recipients/*</code>",
        "✗ fails</span>",
        "! tolerated</span>",
        "· on purpose</span>",
        "tolerated until 2026-12-31: CRM-123: the provider sends null there",
        "data-open=\"features/email.feature:82\"",
    ] {
        assert!(page.contains(said) || page.contains(&said.replace("&#39;", "'")), "{said}");
    }
    assert_eq!(page.matches("<tr class=\"b ").count(), 4, "equal breaches are one row");
    for (index, coverage) in record.coverage.iter().enumerate() {
        let start = format!("<script type=\"application/json\" id=\"d-cov-{index}\">");
        let block =
            page.split(&start).nth(1).and_then(|rest| rest.split("</script>").next()).expect("a block");
        let value: serde_json::Value = serde_json::from_str(block).expect("JSON");
        assert_eq!(value["operations"].as_array().map(Vec::len), Some(coverage.operations.len()));
        let item = &value["operations"][0][3][1];
        let place = item[3][0].as_u64().map(|place| value["ids"][place as usize].clone());
        assert_eq!(place, coverage.operations[0].items[1].scenarios.first().map(|id| id.as_str().into()));
    }
    let good = html(&common::good().record()).expect("a page");
    assert!(!good.contains("id=\"contracts\""), "nothing to tell");
}

#[test]
fn a_large_contract_adds_no_row_before_it_is_opened() {
    let page = html(&common::wide(1_000).record()).expect("a page");
    let body = page.split("<script type=\"application/json\"").next().expect("what is drawn at once");
    assert!(!body.contains("/things-999/"), "operations are drawn when the contract is opened");
    assert!(body.contains("and 327 more"), "but it says that there are more");
}
