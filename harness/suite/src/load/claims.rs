//! What answers claim of calls to the mocks, as `[[claims]]` of the configuration says: [`Claims`], understood once.

use dryrun_record::Exchange;
use serde_json::Value;

use crate::failure::StepFailure;
use crate::values::criterion::Criterion;
use crate::values::path::FieldPath;
use crate::vocabulary::{CallRef, condition};
use crate::world::World;

/// The claims of the configuration.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    all: Vec<Claim>,
    /// The calls that they are about; two claims may be about one.
    pub(crate) calls: Vec<Claimed>,
}

#[derive(Debug)]
struct Claim {
    request: Option<String>,
    path: FieldPath,
    criterion: Criterion,
    count: Option<FieldPath>,
    call: usize,
}

/// A call that claims are about.
#[derive(Debug)]
pub(crate) struct Claimed {
    service: String,
    line: String,
    means: CallRef,
}

impl Claimed {
    /// `POST /api/v1/email/send at crm`, for messages.
    pub(crate) fn said(&self) -> String {
        format!("{} at {}", self.line, self.service)
    }
}

impl Claims {
    /// Understands the claims of the configuration in a world that nothing has happened in yet.
    pub(crate) fn compile(world: &mut World) -> Result<Self, StepFailure> {
        let mut claims = Self::default();
        for claim in world.shared.options.conventions.claims.clone() {
            let (path, criterion) = condition(world, &claim.says, "[[claims]]")?;
            let count = claim.count.as_deref().map(FieldPath::parse).transpose()?;
            let service = world.service_key(&claim.service)?;
            let same = |one: &Claimed| one.service == service && one.line == claim.call;
            let call = match claims.calls.iter().position(same) {
                Some(known) => known,
                None => {
                    let means = CallRef::of(world.contract(&service)?, &claim.service, &claim.call)?;
                    claims.calls.push(Claimed { service, line: claim.call, means });
                    claims.calls.len() - 1
                }
            };
            claims.all.push(Claim { request: claim.request, path, criterion, count, call });
        }
        Ok(claims)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether any claim is about the answers to this request: `POST /api/v2/jobs`, without its query.
    pub(crate) fn about(&self, request: &str) -> bool {
        self.of(request).next().is_some()
    }

    fn of<'a>(&'a self, request: &'a str) -> impl Iterator<Item = &'a Claim> {
        self.all.iter().filter(move |claim| claim.request.as_deref().is_none_or(|line| line == request))
    }

    /// Adds what an answer claims to the counts, one for each of [`Self::calls`].
    pub(crate) fn add(&self, request: &str, body: &Value, counts: &mut Vec<u64>) {
        counts.resize(self.calls.len(), 0);
        for claim in self.of(request) {
            if claim.criterion.check_found(&claim.path.find(body)).is_err() {
                continue;
            }
            counts[claim.call] += match claim.count.as_ref().map(|path| path.get(body)) {
                None => 1,
                Some(None) => 0,
                Some(Some(Value::Array(items))) => items.len() as u64,
                Some(Some(_)) => 1,
            };
        }
    }

    /// Which of [`Self::calls`] this one is.
    pub(crate) fn which(&self, call: &Exchange) -> Option<usize> {
        self.calls.iter().position(|one| one.service == call.service && one.means.means(call))
    }
}
