//! Whether a request honours the contract before it is sent to anybody: [`first_breach`].

use dryrun_contract::{Breach, Contract, Operation, RequestView};

/// Where a request first breaks the contract, and what is wanted there; not what was found, which may be a secret.
/// `spared` says which breaches do not count.
pub(crate) fn first_breach(
    contract: &Contract,
    operation: &Operation,
    view: &RequestView<'_>,
    spared: impl Fn(&Breach) -> bool,
) -> Option<String> {
    let breaches = contract.check_request(operation, view);
    let mut counted = breaches.iter().filter(|breach| !spared(breach));
    let first = counted.next()?;
    let more = counted.count();
    let more = if more == 0 { String::new() } else { format!(", and at {more} more") };
    Some(format!("{}: wanted {}{more}", first.instance_path, first.wanted))
}
