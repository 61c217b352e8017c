//! The views of a load run: [`Crowds`]. Thousands come and go a second, so that each is found by a number in place of a
//! text, leaves nothing behind when it is forgotten, and is told to nobody on the way.
//!
//! The correlations of a crowd share their first 16 hexadecimal digits; the last 16 are the number of the member. So a
//! call of a member that was forgotten is still known for one of the crowd's: it goes to the crowd's listener.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use dryrun_record::{Attribution, Request};

use crate::options::OnExchange;
use crate::viewstate::ViewState;

/// What a crowd is.
#[derive(Clone)]
pub struct CrowdSpec {
    /// What the load is called: calls that come when it is over are told by this name, as of attempt 0.
    pub name: String,
    /// The first 16 hexadecimal digits of its correlations, as a number.
    pub prefix: u64,
    /// No scenario runs beside it, so that calls without a correlation are its own. A crowd of a service that passes no
    /// correlation on has no members: all calls go to the listener.
    pub alone: bool,
    /// Takes the calls that belong to the crowd and to no member of it, complete and unmasked.
    pub strays: OnExchange,
}

impl std::fmt::Debug for CrowdSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CrowdSpec").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// Prefix and number of the correlation that a call carries, if one of its correlations has 32 hexadecimal digits.
pub fn member_of(request: &Request) -> Option<(u64, u64)> {
    correlations(&request.headers).find_map(halves)
}

/// The correlations of a call: the trace id of its `traceparent` (W3C Trace Context, 3.2), its `X-Correlation-ID`.
pub(crate) fn correlations(headers: &[(String, String)]) -> impl Iterator<Item = &str> {
    headers.iter().filter_map(|(name, value)| match name.as_str() {
        "traceparent" => value.trim().split('-').nth(1),
        "x-correlation-id" => Some(value.trim()),
        _ => None,
    })
}

/// A correlation as two numbers.
fn halves(correlation: &str) -> Option<(u64, u64)> {
    let digits = correlation.len() == 32 && correlation.bytes().all(|byte| byte.is_ascii_hexdigit());
    let half = |text: &str| u64::from_str_radix(text, 16).ok();
    if digits { half(&correlation[..16]).zip(half(&correlation[16..])) } else { None }
}

/// So many loads that are over are remembered: a call of theirs is late, and nobody else's.
const KEPT_CLOSED: usize = 32;

/// The crowds of a mock: mostly none, or one.
#[derive(Debug, Default)]
pub(crate) struct Crowds {
    open: Vec<Open>,
    closed: VecDeque<(u64, Arc<ViewState>)>,
}

#[derive(Debug)]
struct Open {
    prefix: u64,
    alone: bool,
    rest: Arc<ViewState>,
    members: HashMap<u64, Arc<ViewState>>,
}

impl Crowds {
    pub(crate) fn open(&mut self, prefix: u64, alone: bool, rest: Arc<ViewState>) {
        self.open.push(Open { prefix, alone, rest, members: HashMap::new() });
    }

    pub(crate) fn close(&mut self, prefix: u64) {
        let Some(at) = self.open.iter().position(|open| open.prefix == prefix) else { return };
        let gone = self.open.swap_remove(at);
        gone.rest.closed.store(true, Ordering::SeqCst);
        self.closed.push_back((prefix, gone.rest));
        if self.closed.len() > KEPT_CLOSED {
            self.closed.pop_front();
        }
    }

    pub(crate) fn of(&mut self, prefix: u64) -> Option<&mut HashMap<u64, Arc<ViewState>>> {
        self.open.iter_mut().find(|open| open.prefix == prefix).map(|open| &mut open.members)
    }

    /// Whose call this is by its correlation.
    pub(crate) fn find(&self, headers: &[(String, String)]) -> Option<Arc<ViewState>> {
        if self.open.is_empty() && self.closed.is_empty() {
            return None;
        }
        correlations(headers).filter_map(halves).find_map(|(prefix, number)| {
            if let Some(open) = self.open.iter().find(|open| open.prefix == prefix) {
                return Some(Arc::clone(open.members.get(&number).unwrap_or(&open.rest)));
            }
            self.closed.iter().find(|(known, _)| *known == prefix).map(|(_, rest)| Arc::clone(rest))
        })
    }

    /// Whose a call without a correlation is, when a load has the mock for itself.
    pub(crate) fn alone(&self) -> Option<(Arc<ViewState>, Attribution)> {
        match self.open.as_slice() {
            [only] if only.alone => Some((Arc::clone(&only.rest), Attribution::Alone)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correlation_is_two_numbers_or_none() {
        assert_eq!(halves("00000000000000ff000000000000000A"), Some((255, 10)));
        for wrong in ["", "ff", "+0000000000000ff000000000000000a", "zz000000000000ff000000000000000a"] {
            assert_eq!(halves(wrong), None, "{wrong}");
        }
    }
}
