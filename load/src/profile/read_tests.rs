//! Tests of reading profiles: what is right is read whole, and each mistake is told with its place.

use super::super::{
    Arrivals, Connections, Contracts, End, Metric, Plays, RateStage, Request, Scope, Selector, Shape, Think,
    Threshold, UserStage, Workflow,
};
use super::*;

const REQUEST: &str = "[[request]]\npath = \"/health\"\n";

fn parse(text: &str) -> Profile {
    Profile::parse("load/profiles/p.toml", text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The stages below `[open]`.
fn open(lines: &str) -> Vec<RateStage> {
    match parse(&format!("[open]\n{lines}\n{REQUEST}")).shape {
        Shape::Open { arrivals: Arrivals::Stages(stages), .. } => stages,
        other => panic!("{other:?}"),
    }
}

fn stage(from: f64, to: f64, seconds: u64) -> RateStage {
    RateStage { from, to, lasts: secs(seconds) }
}

#[test]
fn every_key_is_read() {
    let profile = parse(
        r#"
        description = "All of it."
        warm_up = "5 s"
        timeout = "20 s"
        linger = "5 s"
        grace = "3 s"
        connections = "iteration"
        contracts = "sample 10%"
        late_after = "2 ms"
        apdex = "500 ms"

        [thresholds]
        p50_ms = 50
        p99_9_ms = 900.5
        max_ms = 2_000
        mean_ms = 60
        max_fail_percent = 1
        min_rate = 45
        min_apdex = 0.9
        max_dropped_percent = 0
        max_late_percent = 1.5

        [thresholds.steps]
        'I GET "/health"' = { p95_ms = 20 }

        [open]
        rate = 50
        duration = "2 min"
        max_in_flight = 300

        [[workflow]]
        name = "publishing"
        weight = 3
        data = "users.csv"
        file = "features/publishing.feature:12"
        scenario = "A newsletter"
        tags = "@smoke and not @slow"
        thresholds = { p95_ms = 400 }

        [[request]]
        name = "validate"
        weight = 2
        method = "POST"
        path = "/validate?deep=1"
        headers = { X-API-Key = "k", Accept = "application/json" }
        body = { z = 1, a = [true, 1.5, "x"], m = { k = 0x10 } }
        status = [200, 422]
        thresholds = { max_fail_percent = 0 }
        "#,
    );
    let limit = |scope: Scope, metric, limit| Threshold { scope, metric, limit };
    let all = |metric, value| limit(Scope::Requests, metric, value);
    let wanted = Profile {
        name: "p".to_owned(),
        description: "All of it.".to_owned(),
        shape: Shape::Open { arrivals: Arrivals::Stages(vec![stage(50.0, 50.0, 120)]), max_in_flight: 300 },
        warm_up: secs(5),
        timeout: secs(20),
        grace: secs(3),
        linger: secs(5),
        connections: Connections::Iteration,
        contracts: Contracts::Sample(0.1),
        late_after: Duration::from_millis(2),
        apdex: Some(Duration::from_millis(500)),
        thresholds: vec![
            all(Metric::Quantile(0.5), 50.0),
            all(Metric::Quantile(0.999), 900.5),
            all(Metric::Max, 2_000.0),
            all(Metric::Mean, 60.0),
            all(Metric::FailPercent, 1.0),
            all(Metric::Rate, 45.0),
            all(Metric::Apdex, 0.9),
            all(Metric::DroppedPercent, 0.0),
            all(Metric::LatePercent, 1.5),
            limit(Scope::Step("I GET \"/health\"".to_owned()), Metric::Quantile(0.95), 20.0),
            limit(Scope::Workflow("publishing".to_owned()), Metric::Quantile(0.95), 400.0),
            limit(Scope::Step("validate".to_owned()), Metric::FailPercent, 0.0),
        ],
        workflows: vec![
            Workflow {
                name: "publishing".to_owned(),
                weight: 3,
                think: Think::default(),
                data: Some("users.csv".into()),
                plays: Plays::Scenarios(Selector {
                    file: Some("features/publishing.feature:12".to_owned()),
                    scenario: Some("A newsletter".to_owned()),
                    tags: Some("@smoke and not @slow".to_owned()),
                    at: "load/profiles/p.toml:31".to_owned(),
                }),
            },
            Workflow {
                name: "validate".to_owned(),
                weight: 2,
                think: Think::default(),
                data: None,
                plays: Plays::Request(Request {
                    method: "POST".to_owned(),
                    path: "/validate?deep=1".to_owned(),
                    headers: [("X-API-Key", "k"), ("Accept", "application/json")]
                        .map(|(name, value)| (name.to_owned(), value.to_owned()))
                        .to_vec(),
                    body: Some(serde_json::json!({"z": 1, "a": [true, 1.5, "x"], "m": {"k": 16}})),
                    status: vec![200, 422],
                }),
            },
        ],
    };
    assert_eq!(profile, wanted);
    let Plays::Request(request) = &profile.workflows[1].plays else { panic!() };
    let body = request.body.as_ref().unwrap().to_string();
    assert_eq!(body, r#"{"z":1,"a":[true,1.5,"x"],"m":{"k":16}}"#, "members keep their order");
}

#[test]
fn what_is_left_out_is_as_usual() {
    let profile = parse(&format!("[closed]\nusers = 2\nduration = \"1 s\"\n{REQUEST}"));
    let usual = Profile::new("p", Shape::users(2, secs(1)));
    assert_eq!(Profile { workflows: Vec::new(), ..profile.clone() }, usual);
    let [only] = profile.workflows.as_slice() else { panic!("{profile:?}") };
    assert_eq!((only.name.as_str(), only.weight), ("GET /health", 1));
    let in_flight =
        |rate: u64| match parse(&format!("[open]\nrate = {rate}\nduration = \"1 s\"\n{REQUEST}")).shape {
            Shape::Open { max_in_flight, .. } => max_in_flight,
            closed @ Shape::Closed { .. } => panic!("{closed:?}"),
        };
    assert_eq!([1, 32, 33, 100, 9_000].map(in_flight), [64, 64, 66, 200, 4_096]);
    for (text, share) in [("sample 10%", 0.1), ("sample 0.5 %", 0.005), ("25%", 0.25)] {
        assert_eq!(contracts(text), Ok(Contracts::Sample(share)), "{text}");
    }
}

#[test]
fn open_shapes() {
    assert_eq!(
        open(
            "stages = [{ to = 10, lasts = \"5 s\" }, { to = 30, lasts = \"5 s\" }, { rate = 30, lasts = \"1 min\" }, { from = 5, to = 0, lasts = \"1 s\" }]"
        ),
        [stage(10.0, 10.0, 5), stage(10.0, 30.0, 5), stage(30.0, 30.0, 60), stage(5.0, 0.0, 1)]
    );
    assert_eq!(
        open("steps = { from = 10, by = 10, every = \"3 s\", up_to = 35 }"),
        [10.0, 20.0, 30.0, 35.0].map(|rate| stage(rate, rate, 3))
    );
    assert_eq!(
        open("steps = { from = 0.1, by = 0.1, every = \"3 s\", up_to = 0.3 }").len(),
        3,
        "0.1 three times is 0.3, whatever floats say"
    );
    assert_eq!(open("ramp = { to = 9, over = \"9 s\" }"), [stage(0.0, 9.0, 9)]);
    assert_eq!(
        open("ramp = { from = 3, to = 9, over = \"9 s\", hold = \"1 s\" }"),
        [stage(3.0, 9.0, 9), stage(9.0, 9.0, 1)]
    );
    assert_eq!(
        open("spike = { base = 5, peak = 50, at = \"10 s\", lasts = \"2 s\", duration = \"20 s\" }"),
        [stage(5.0, 5.0, 10), stage(50.0, 50.0, 2), stage(5.0, 5.0, 8)]
    );
    assert_eq!(
        open("spike = { base = 0, peak = 50, at = \"0 s\", lasts = \"2 s\", duration = \"2 s\" }"),
        [stage(50.0, 50.0, 2)]
    );
}

#[test]
fn arrivals_of_a_file_are_looked_for_beside_the_profile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recorded.toml");
    std::fs::write(folder.path().join("a.csv"), "0\n0.5\n").unwrap();
    std::fs::write(folder.path().join("users.csv"), "name\nana\n").unwrap();
    let text = "[open]\nfile = \"a.csv\"\n[[workflow]]\ntags = \"@smoke\"\ndata = \"users.csv\"\n\
                [[request]]\npath = \"/${name}\"\ndata = \"elsewhere.csv\"\n";
    std::fs::write(&path, text).unwrap();
    let profile = Profile::load(&path).unwrap();
    let arrivals = Arrivals::Times(vec![secs(0), Duration::from_millis(500)]);
    assert_eq!(profile.shape, Shape::Open { arrivals, max_in_flight: 64 });
    assert_eq!(profile.name, "recorded");
    assert_eq!(profile.workflows[0].data, Some(folder.path().join("users.csv")));
    assert_eq!(profile.workflows[1].data, Some("elsewhere.csv".into()), "who plays it knows where that is");

    std::fs::write(folder.path().join("a.csv"), "0\nnever\n").unwrap();
    let error = Profile::load(&path).unwrap_err().to_string();
    assert!(
        error.contains("recorded.toml:2:8: ") && error.contains("a.csv:2: \"never\" is no offset"),
        "{error}"
    );
    let gone = Profile::load(&folder.path().join("none.toml")).unwrap_err().to_string();
    assert!(gone.starts_with("cannot read the load profile"), "{gone}");
}

#[test]
fn closed_shapes() {
    let closed = |lines: &str| match parse(&format!("[closed]\n{lines}\n{REQUEST}")).shape {
        Shape::Closed { stages, end } => (stages, end),
        open @ Shape::Open { .. } => panic!("{open:?}"),
    };
    let users = |users, ramp, hold| UserStage { users, ramp: secs(ramp), hold: secs(hold) };
    assert_eq!(
        closed("users = 20\nramp = \"10 s\"\nduration = \"1 min\""),
        (vec![users(20, 10, 50)], End::After(secs(60)))
    );
    assert_eq!(closed("users = 3\niterations = 70"), (vec![users(3, 0, 0)], End::Iterations(70)));
    let stages = "stages = [{ users = 5, ramp = \"5 s\", hold = \"20 s\" }, { users = 9, ramp = \"1 s\" }]";
    assert_eq!(closed(stages), (vec![users(5, 5, 20), users(9, 1, 0)], End::After(secs(26))));
    let ended = "stages = [{ users = 5, hold = \"20 s\" }, { users = 9 }]\niterations = 4";
    assert_eq!(closed(ended), (vec![users(5, 0, 20), users(9, 0, 0)], End::Iterations(4)));
    let think = |line: &str| {
        parse(&format!("[closed]\nusers = 1\niterations = 1\n{REQUEST}think = {line}\n")).workflows[0].think
    };
    assert_eq!(think("\"1 s\""), Think { least: secs(1), most: secs(1) });
    assert_eq!(think("{ least = \"1 s\", most = \"5 s\" }"), Think { least: secs(1), most: secs(5) });
    assert_eq!(think("{ most = \"5 s\" }"), Think { least: secs(0), most: secs(5) });
}
