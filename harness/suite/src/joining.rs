//! The handshake of a WebSocket as a call of the service: recorded, and judged by its contract, like every other:
//! [`World::shake`].

use std::time::{Duration, Instant};

use dryrun_record::{Attribution, Body, Direction, Event, Exchange, Request, Response};
use reqwest::Url;

use crate::answer::{Answer, SentRequest};
use crate::live::{Client, Handshake, Opening, Refused};
use crate::world::World;

/// No answer came in time.
#[derive(Debug)]
pub(crate) struct Late;

impl World {
    /// Opens a connection, and records the request that did and its answer.
    pub(crate) async fn shake(
        &self,
        opening: Opening,
        patience: Duration,
    ) -> Result<Result<Client, Refused>, Late> {
        self.called();
        let (at_us, started) = (self.shared.events.now_us(), Instant::now());
        let url = opening.url.clone();
        let headers = opening.headers.clone();
        let outcome = tokio::time::timeout(patience, Client::open(opening)).await;
        let handshake = match &outcome {
            Ok(Ok(client)) => Some(client.handshake().clone()),
            Ok(Err(refused)) => refused.handshake.clone(),
            Err(_) => {
                let error = Some(format!("no answer within {} seconds", patience.as_secs()));
                Some(Handshake { sent: headers, error, ..Handshake::default() })
            }
        };
        if let (Some(handshake), Ok(url)) = (handshake, Url::parse(&url)) {
            self.tell(&url, handshake, at_us, started);
        }
        outcome.map_err(|_| Late)
    }

    fn tell(&self, url: &Url, handshake: Handshake, at_us: u64, started: Instant) {
        let mut request = SentRequest::new("GET", url.path());
        request.headers = handshake.sent;
        let mut answer = Answer {
            status: handshake.status,
            headers: handshake.headers,
            body: handshake.body.into(),
            elapsed: started.elapsed(),
            exchange: format!("service-{}", self.shared.number()),
            error: handshake.error,
            ..Answer::default()
        };
        // `ws` and `http` are one service, as are `wss` and `https`.
        let mut own = url.clone();
        let _ = own.set_scheme(if url.scheme() == "wss" { "https" } else { "http" });
        self.judge(&request, &own, &mut answer);
        if let Some(carrier) = &self.carrier {
            return carrier.shaken(self, answer);
        }
        let limit = self.shared.options.body_limit;
        let response = (answer.status != 0).then(|| Response {
            status: answer.status,
            headers: answer.headers,
            body: Body::keep(&answer.body, limit),
        });
        self.shared.events.append(Event::Exchange(Box::new(Exchange {
            id: answer.exchange,
            direction: Direction::ToService,
            service: "service".to_owned(),
            scenario: Some(self.scenario.id.clone()),
            attempt: self.attempt,
            attribution: Attribution::Own,
            operation: answer.operation,
            at_us,
            duration_us: u64::try_from(answer.elapsed.as_micros()).unwrap_or(u64::MAX),
            request: Request {
                method: request.method,
                path: url.path().to_owned(),
                query: url.query().unwrap_or_default().to_owned(),
                headers: request.headers,
                body: Body::default(),
            },
            response,
            error: answer.error,
            fault: None,
            unexpected: None,
            breaches: answer.breaches,
        })));
    }
}
