//! What the tests of the mocks share: the shipped services, a client, a few words.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of this")]
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail loudly")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dryrun_mocks::{MockOptions, MockServer, ServiceSpec, View, ViewOwner};
use dryrun_record::Exchange;
use serde_json::Value;

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A shipped service.
pub fn shipped(key: &str) -> ServiceSpec {
    let contract = root().join(format!("schemas/{key}/openapi.yaml"));
    let behaviour = root().join(format!("mocks/services/{key}.yaml"));
    ServiceSpec::load(key, &contract, Some(&behaviour)).unwrap()
}

/// A service made of two texts.
pub fn made(key: &str, contract: &str, behaviour: &str) -> ServiceSpec {
    let contract = dryrun_contract::Contract::parse("openapi.yaml", contract).unwrap();
    let behaviour = dryrun_mocks::Behaviour::parse("behaviour.yaml", behaviour).unwrap();
    ServiceSpec {
        key: key.into(),
        title: key.into(),
        contract,
        contract_path: "openapi.yaml".into(),
        behaviour,
    }
}

pub async fn start(spec: ServiceSpec) -> MockServer {
    MockServer::start(spec, MockOptions { seed: 7, ..MockOptions::default() }).await.unwrap()
}

pub async fn crm() -> MockServer {
    start(shipped("crm")).await
}

pub async fn platform() -> MockServer {
    start(shipped("platform")).await
}

pub fn client() -> reqwest::Client {
    // The client wants a TLS provider even where it speaks plain HTTP.
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A client and the address of a mock.
pub struct Caller {
    pub http: reqwest::Client,
    pub base: String,
    pub headers: Vec<(String, String)>,
}

impl Caller {
    pub fn new(server: &MockServer) -> Self {
        Self { http: client(), base: server.url().to_owned(), headers: Vec::new() }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub async fn send(&self, line: &str, body: Option<&Value>) -> reqwest::Result<reqwest::Response> {
        let (method, path) = line.split_once(' ').unwrap();
        let mut request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        match body {
            Some(body) => request.json(body).send().await,
            None => request.send().await,
        }
    }

    pub async fn call(&self, line: &str, body: Option<&Value>) -> (u16, Value) {
        let response = self.send(line, body).await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(&format!("GET {path}"), None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(&format!("POST {path}"), Some(&body)).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }
}

pub fn owner(scenario: &str, correlation: char, alone: bool) -> ViewOwner {
    ViewOwner {
        scenario: scenario.into(),
        attempt: 1,
        correlation: correlation.to_string().repeat(32),
        alone,
    }
}

/// A moment that is never reached by a test that passes.
pub fn far() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// Asserts that every call of a view honoured its contract and was expected.
pub fn assert_clean(view: &View) {
    for call in view.calls() {
        assert!(call.breaches.is_empty(), "{}: {:#?}", call.request.line(), call.breaches);
        assert_eq!(call.unexpected, None, "{}", call.request.line());
    }
}

pub fn lines(calls: &[Arc<Exchange>]) -> Vec<String> {
    calls.iter().map(|call| call.request.line()).collect()
}
