//! Which calls are played, in which order, and which are not: [`Plan`].

use dryrun_contract::Contract;
use dryrun_record::Record;

use crate::call::{Call, LeftOut};
use crate::facts::Facts;
use crate::kin::{Field, kinship};
use crate::{examples, recorded};

/// What may be played.
#[derive(Debug, Clone, Default)]
pub struct Permissions {
    /// Whether calls that change something may be played.
    pub allow_writes: bool,
    /// Operations that only read, whatever their method says: `POST /search`.
    pub reads: Vec<String>,
    /// Writes that may be played although they touch what this verification did not make: `DELETE /test-data`.
    pub writes: Vec<String>,
    /// Only these operations; all when empty.
    pub operations: Vec<String>,
}

/// The calls in their order, and what is left out.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What is played.
    pub calls: Vec<Call>,
    /// What is not, and why.
    pub left_out: Vec<LeftOut>,
}

/// Where an id of a path comes from at best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Nowhere,
    Listed,
    Made,
}

/// Makes the plan. What makes things comes first, then lists, then single things, then changes, then deletions, so that
/// ids are learnt before they are needed; within each, the documented before the recorded.
#[must_use]
pub fn plan(contract: &Contract, service: &str, record: Option<&Record>, permissions: &Permissions) -> Plan {
    let (mut calls, mut left_out) = examples::calls(contract);
    if let Some(record) = record {
        let (more, left) = recorded::calls(contract, service, record);
        calls.extend(more);
        left_out.extend(left);
    }
    for unusable in contract.unusable() {
        left_out.push(LeftOut {
            operation: unusable.operation.clone(),
            what: "every call".to_owned(),
            reason: format!("the contract can't be used there: {} ({})", unusable.reason, unusable.at),
        });
    }
    let wanted = |line: &str| permissions.operations.is_empty() || named(&permissions.operations, line);
    calls.retain(|call| wanted(&call.operation.line()));
    left_out.retain(|left| wanted(&left.operation));
    for call in &mut calls {
        call.write &= !named(&permissions.reads, &call.operation.line());
    }
    calls.sort_by_key(rank);
    // Numbers are given before anything is left out: they mean the same call with and without writes.
    for (index, call) in calls.iter_mut().enumerate() {
        call.number = index + 1;
    }
    let refused = |call: &Call, reason: String| LeftOut {
        operation: call.operation.line(),
        what: call.source.to_string(),
        reason,
    };
    if !permissions.allow_writes {
        calls.retain(|call| {
            if call.write {
                left_out.push(refused(call, "it writes: --allow-writes plays it".to_owned()));
            }
            !call.write
        });
    }
    let mut played: Vec<Call> = Vec::new();
    for mut call in calls {
        match judge(contract, &call, &played, permissions) {
            Ok(own_only) => {
                call.own_only = own_only;
                played.push(call);
            }
            Err(reason) => left_out.push(refused(&call, reason)),
        }
    }
    Plan { calls: played, left_out }
}

/// Whether a call can be played after these; true when its path may only name what this verification made.
fn judge(
    contract: &Contract,
    call: &Call,
    before: &[Call],
    permissions: &Permissions,
) -> Result<bool, String> {
    let line = call.operation.line();
    let excepted = named(&permissions.writes, &line);
    if call.write && !excepted && call.path.is_empty() && destructive(call) {
        return Err(format!("it would touch what others made there: --write '{line}' plays it"));
    }
    let own_only = call.write && !excepted && !call.path.is_empty();
    for part in &call.path {
        let source = source(contract, call, &part.name, before);
        if own_only && source != Source::Made {
            return Err(format!(
                "no earlier call makes the thing that {{{}}} names, so it would touch one of others: \
                 --write '{line}' plays it all the same",
                part.name
            ));
        }
        if part.value.is_none() && source == Source::Nowhere {
            return Err(format!(
                "the contract has no example of {{{}}}, and no earlier answer gives one",
                part.name
            ));
        }
    }
    Ok(own_only)
}

/// A write without a path of its own that makes nothing: a deletion of everything, a replacement of a whole, a trigger.
fn destructive(call: &Call) -> bool {
    call.operation.method != "POST" || call.body.is_empty()
}

fn source(contract: &Contract, call: &Call, name: &str, before: &[Call]) -> Source {
    let mut best = Source::Nowhere;
    for earlier in before {
        let makes = earlier.write && earlier.operation.method != "DELETE";
        let kin = |field: &Field| kinship(&call.operation.path, name, field);
        let kin: Vec<_> = answer_fields(contract, earlier).iter().filter_map(kin).collect();
        if makes && kin.iter().any(|kin| kin.same_collection) {
            return Source::Made;
        }
        if !kin.is_empty() {
            best = Source::Listed;
        }
    }
    best
}

/// What the documented answers of success may name things by: fields of their bodies, and their address.
fn answer_fields(contract: &Contract, call: &Call) -> Vec<Field> {
    let template = call.operation.path.as_str();
    let answers = contract.responses(&call.operation);
    let success = answers.iter().filter(|one| one.status.starts_with('2') || one.status == "default");
    let mut all: Vec<Field> = Vec::new();
    for answer in success {
        let code = answer.status.replace("XX", "00").parse().unwrap_or(200);
        let fields = Facts::of_answer(contract, &call.operation, code, None).fields();
        all.extend(fields.iter().map(|(owner, name)| Field::new(template, owner.as_deref(), name)));
        if answer.headers.iter().any(|header| header.name.eq_ignore_ascii_case("location")) {
            all.push(Field::new(template, None, "id"));
        }
    }
    all
}

fn rank(call: &Call) -> u8 {
    let by_id = !call.path.is_empty();
    match (call.operation.method.as_str(), by_id) {
        ("DELETE", true) => 6,
        ("DELETE", false) => 7,
        ("POST", false) => 0,
        (_, false) if !call.write => 1,
        (_, true) if !call.write => 3,
        (_, false) => 2,
        ("POST", true) => 4,
        _ => 5,
    }
}

/// Whether a list of operations names this one, in any spacing and case of the method.
fn named(list: &[String], line: &str) -> bool {
    list.iter().any(|given| {
        let mut words = given.split_whitespace();
        let (method, path) = (words.next().unwrap_or_default(), words.next());
        match path {
            Some(path) => format!("{} {path}", method.to_ascii_uppercase()) == line,
            None => line.split(' ').nth(1) == Some(method),
        }
    })
}

/// Those of the given operations that the contract does not have.
#[must_use]
pub fn unknown_operations<'p>(contract: &Contract, given: &'p [String]) -> Vec<&'p str> {
    let known = |text: &&String| {
        contract.operations().iter().any(|operation| named(std::slice::from_ref(*text), &operation.line()))
    };
    given.iter().filter(|text| !known(text)).map(String::as_str).collect()
}
