//! A crew for profiles of requests only: [`RequestCrew`].

use std::rc::Rc;

use dryrun_record::load::Sends;
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;

use super::play::Requests;
use crate::crew::Crew;
use crate::meter::Meter;
use crate::turn::Turn;

/// Plays workflows of one request, and no others.
#[derive(Debug)]
pub struct RequestCrew {
    requests: Requests,
}

impl RequestCrew {
    /// All parts of the load must have been added.
    #[must_use]
    pub fn new(requests: Requests) -> Self {
        Self { requests }
    }
}

impl Crew for RequestCrew {
    fn play(self: Rc<Self>, turn: Turn, meter: Meter) -> LocalBoxFuture<'static, ()> {
        async move { drop(self.requests.play(turn, &meter).await) }.boxed_local()
    }

    fn finish(self: Rc<Self>, _meter: Meter) -> LocalBoxFuture<'static, Sends> {
        let unjudged =
            Some("the load is of single requests, which say nothing of what is to be sent".to_owned());
        async move { Sends { unjudged, ..Sends::default() } }.boxed_local()
    }
}
