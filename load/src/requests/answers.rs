//! Holds answers against their contract: [`Answers`].

use std::cell::RefCell;
use std::time::Duration;

use dryrun_contract::{Breach, Contract, Location, Side};
use hyper::header::HeaderMap;
use rustix::time::{ClockId, clock_gettime};

use super::prepared::Prepared;
use crate::meter::Meter;
use crate::profile::Contracts;
use crate::transport::Reply;

/// Of so many checks one is measured, and stands for those that follow it: asking for CPU time costs a call to the
/// system, which is a tenth of what is measured.
const MEASURED: u64 = 8;

/// The statuses by which a service says that it offers no such call, or not to us.
const NOT_OFFERED: [u16; 5] = [401, 403, 404, 405, 501];

/// Whether a breach of contract is to be let pass.
pub type Tolerates = Box<dyn Fn(&Breach) -> bool>;

/// Holds answers against their contract.
pub(super) struct Answers {
    contract: Option<Contract>,
    mode: Contracts,
    tolerates: Option<Tolerates>,
    /// Names and values of an answer's headers, in strings that are used again.
    headers: RefCell<Vec<(String, String)>>,
}

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answers").field("mode", &self.mode).finish_non_exhaustive()
    }
}

impl Answers {
    pub(super) fn new(contract: Option<Contract>, mode: Contracts, tolerates: Option<Tolerates>) -> Self {
        Self { contract, mode, tolerates, headers: RefCell::default() }
    }

    /// The breaches of an answer that are not let pass. Tells the meter whether it was checked, and what that cost.
    pub(super) fn check(&self, prepared: &Prepared, reply: &Reply, meter: &Meter) -> Vec<Breach> {
        let (Some(contract), Some(operation)) = (&self.contract, &prepared.operation) else {
            return self.undocumented(prepared, reply.status.as_u16(), meter);
        };
        let number = prepared.answers.get();
        prepared.answers.set(number + 1);
        if !self.mode.chosen(number) {
            meter.unchecked();
            return Vec::new();
        }
        let status = reply.status.as_u16();
        let mut scratch = self.headers.borrow_mut();
        let mut check = || {
            let headers = listed(&mut scratch, &reply.headers);
            contract.check_response(operation, status, headers, &reply.body)
        };
        let mut breaches = if number.is_multiple_of(MEASURED) || prepared.cost.get().is_zero() {
            let begun = cpu();
            let breaches = check();
            prepared.cost.set(cpu().saturating_sub(begun));
            breaches
        } else {
            check()
        };
        if let Some(tolerates) = &self.tolerates {
            breaches.retain(|breach| !tolerates(breach));
        }
        meter.checked(prepared.cost.get(), breaches.len() as u64);
        breaches
    }

    /// An answer to a call that the contract does not know, or can't judge: an answer that could not be checked must not
    /// pass for one that was. That the service offers no such call is the contract's own word.
    fn undocumented(&self, prepared: &Prepared, status: u16, meter: &Meter) -> Vec<Breach> {
        let known = match (&prepared.unknown, self.mode) {
            (Some(known), Contracts::Full | Contracts::Sample(_)) if !NOT_OFFERED.contains(&status) => known,
            _ => {
                meter.unchecked();
                return Vec::new();
            }
        };
        let operation = prepared.line();
        let breach = Breach {
            side: Side::Response,
            found: format!("an answer with {status} to {operation}, which the contract does not know"),
            wanted: format!("a documented call, or 404; {known}"),
            operation,
            status: Some(status),
            location: Location::Path,
            segments: Vec::new(),
            instance_path: "path".to_owned(),
            schema_path: "/paths".to_owned(),
            keyword: "operation".to_owned(),
            property: None,
        };
        let breaches = match &self.tolerates {
            Some(tolerates) if tolerates(&breach) => Vec::new(),
            _ => vec![breach],
        };
        meter.checked(Duration::ZERO, breaches.len() as u64);
        breaches
    }
}

/// An answer's headers as the contract's check wants them.
fn listed<'l>(list: &'l mut Vec<(String, String)>, headers: &HeaderMap) -> &'l [(String, String)] {
    let count = headers.len();
    if list.len() < count {
        list.resize_with(count, Default::default);
    }
    for ((name, value), (known, found)) in list.iter_mut().zip(headers) {
        name.clear();
        name.push_str(known.as_str());
        value.clear();
        match found.to_str() {
            Ok(text) => value.push_str(text),
            Err(_) => value.push_str(&String::from_utf8_lossy(found.as_bytes())),
        }
    }
    &list[..count]
}

/// CPU time of this thread: what others do meanwhile is not in it.
fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(now.tv_sec).unwrap_or_default(),
        u32::try_from(now.tv_nsec).unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_of_a_longer_answer_do_not_show_in_a_shorter_one() {
        let mut headers = HeaderMap::new();
        headers.insert("x-one", "1".parse().expect("a value"));
        headers.insert("x-two", "2".parse().expect("a value"));
        let mut list = Vec::new();
        assert_eq!(listed(&mut list, &headers).len(), 2);
        headers.remove("x-one");
        assert_eq!(listed(&mut list, &headers), [("x-two".to_owned(), "2".to_owned())]);
    }
}
