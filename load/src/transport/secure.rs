//! https, by way of reqwest: [`Secure`]. It does not tell when its connections were made.

use std::time::Instant;

use bytes::BytesMut;
use hyper::header::AUTHORIZATION;
use hyper::header::HeaderValue;

use super::address::{Address, AddressError};
use super::fault::Fault;
use super::marks::Marks;
use super::sent::{Call, Reply};
use crate::profile::Connections;

/// A client for https.
#[derive(Debug)]
pub(super) struct Secure {
    client: reqwest::Client,
    /// Makes the client of an iteration of its own.
    again: Recipe,
    credentials: Option<HeaderValue>,
}

/// What a client is made from.
#[derive(Debug, Clone)]
struct Recipe {
    name: String,
    sockets: Vec<std::net::SocketAddr>,
    keep: bool,
}

impl Recipe {
    fn client(&self) -> reqwest::Result<reqwest::Client> {
        let builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .http1_only()
            .resolve_to_addrs(&self.name, &self.sockets);
        let builder = if self.keep { builder } else { builder.pool_max_idle_per_host(0) };
        builder.build()
    }
}

impl Secure {
    pub(super) fn new(address: &Address, connections: Connections) -> Result<Self, AddressError> {
        let again = Recipe {
            name: address.name().to_owned(),
            sockets: address.sockets.clone(),
            keep: connections != Connections::Request,
        };
        let client = again.client().map_err(|error| AddressError {
            base: address.name().to_owned(),
            message: format!("no client for https: {error}"),
        })?;
        Ok(Self { client, again, credentials: address.credentials.clone() })
    }

    /// A client with connections of its own.
    pub(super) fn apart(&self) -> Self {
        // The same was built before; should it fail this time, the connections are shared rather than the request lost.
        let client = self.again.client().unwrap_or_else(|_| self.client.clone());
        Self { client, again: self.again.clone(), credentials: self.credentials.clone() }
    }

    pub(super) async fn send(&self, call: Call, limit: usize, marks: &mut Marks) -> Result<Reply, Fault> {
        let Call { method, target, mut headers, body } = call;
        let Some(url) = target.url else {
            return Err(Fault::new("request not sendable", "its target was made for another service"));
        };
        if let Some(credentials) = &self.credentials {
            headers.entry(AUTHORIZATION).or_insert_with(|| credentials.clone());
        }
        let mut request = reqwest::Request::new(method, *url);
        *request.headers_mut() = headers;
        if !body.is_empty() {
            *request.body_mut() = Some(body.into());
        }
        let fault = |error: reqwest::Error| Fault::of_reqwest(&error);
        let mut answer = self.client.execute(request).await.map_err(fault)?;
        marks.head = Some(Instant::now());
        let mut whole = BytesMut::new();
        while let Some(part) = answer.chunk().await.map_err(fault)? {
            marks.bytes += part.len();
            if marks.bytes > limit {
                return Err(Fault::too_long(limit));
            }
            whole.extend_from_slice(&part);
        }
        let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
        Ok(Reply { status, headers, body: whole.freeze() })
    }
}
