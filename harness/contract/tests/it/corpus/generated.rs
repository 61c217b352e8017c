//! Over the whole corpus: what is generated always validates, and what is spoilt is always refused.

use std::collections::BTreeMap;

use dryrun_contract::generate::{CaseKind, Generator, cases};
use dryrun_contract::{Contract, MediaInfo, Operation, SchemaRef, Side};
use serde_json::Value;

use super::sheet::{self, Sheet};
use super::{loaded, spoil};
use crate::generate_cases::prove;

/// How many values are made for each schema.
const ROUNDS: usize = 8;

/// Every schema that a call speaks of, by place and side.
fn schemas(contract: &Contract) -> BTreeMap<(String, Side), SchemaRef> {
    let mut all = BTreeMap::new();
    let mut add = |schema: &SchemaRef, side: Side| {
        all.insert((schema.pointer().to_owned(), side), schema.clone());
    };
    let of = |media: Vec<MediaInfo>| media.into_iter().filter_map(|media| media.schema).collect::<Vec<_>>();
    for op in contract.operations() {
        of(contract.request_media(op)).iter().for_each(|schema| add(schema, Side::Request));
        contract.parameters(op).iter().for_each(|parameter| add(&parameter.schema, Side::Request));
        for response in contract.responses(op) {
            response.headers.iter().for_each(|header| add(&header.schema, Side::Response));
            of(response.content).iter().for_each(|schema| add(schema, Side::Response));
        }
    }
    all
}

/// Values for a schema, of every ambition.
fn made(generator: &mut Generator, contract: &Contract, at: &SchemaRef, side: Side) -> Vec<Value> {
    let mut all: Vec<Value> = (0..ROUNDS).filter_map(|_| generator.instance(contract, at, side)).collect();
    all.extend(generator.full_instance(contract, at, side));
    all.extend(generator.smallest_instance(contract, at, side));
    all
}

fn contracts() -> impl Iterator<Item = (Sheet, Contract)> {
    sheet::all().into_iter().filter_map(|sheet| loaded(&sheet).ok().map(|contract| (sheet, contract)))
}

#[test]
fn an_instance_of_each_schema_validates_and_a_spoilt_one_never() {
    let (mut good, mut bad, mut wrong) = (0, 0, Vec::new());
    for (sheet, contract) in contracts() {
        let mut generator = Generator::new(2026);
        let mut unmade: Vec<&String> = sheet.ungenerated.keys().filter(|key| key.starts_with('/')).collect();
        for ((place, side), at) in schemas(&contract) {
            let values = made(&mut generator, &contract, &at, side);
            if values.len() < ROUNDS {
                if !sheet.ungenerated.contains_key(&place) {
                    wrong.push(format!("{} {place}: {} values of {ROUNDS}", sheet.name, values.len()));
                }
                unmade.retain(|key| **key != place);
                continue;
            }
            for value in values {
                good += 1;
                if !contract.accepts(&at, side, &value) {
                    wrong.push(format!("{} {place}: {value} is generated and refused", sheet.name));
                }
                for (what, spoilt) in spoil::spoilt(&contract, side, contract.schema(&at, side), &value) {
                    bad += 1;
                    if contract.accepts(&at, side, &spoilt) {
                        wrong
                            .push(format!("{} {place}: {what} is spoilt and accepted: {spoilt}", sheet.name));
                    }
                }
            }
        }
        wrong.extend(unmade.iter().map(|place| format!("{} {place}: can be generated", sheet.name)));
    }
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(good > 1_000 && bad > 10_000, "{good} good, {bad} bad: too few to say anything");
}

/// Judged on the way that an answer goes: by its bytes, with its headers.
#[test]
fn a_generated_answer_has_no_breach() {
    let mut wrong = Vec::new();
    for (sheet, contract) in contracts() {
        let mut generator = Generator::new(7);
        for op in contract.operations() {
            for (status, headers, body) in answers(&mut generator, &contract, op) {
                let breaches = contract.check_response(op, status, &headers, &body);
                if !breaches.is_empty() {
                    wrong.push(format!("{} {} {status} {headers:?}: {breaches:#?}", sheet.name, op.line()));
                }
            }
        }
    }
    wrong.truncate(8);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A status that this key and no closer one speaks of.
fn a_status(key: &str, op: &Operation) -> u16 {
    let others = |status: &u16| {
        let exact = op.statuses.contains(&status.to_string());
        let range = op.statuses.contains(&format!("{}XX", status / 100));
        let closer = exact || key == "default" && range;
        !closer
    };
    let first = key.chars().next().and_then(|digit| digit.to_digit(10)).map(|digit| digit as u16 * 100);
    key.parse().ok().or_else(|| (first.unwrap_or(206)..600).find(others)).unwrap()
}

type Answer = (u16, Vec<(String, String)>, Vec<u8>);

/// One answer for each status and media type; those for which nothing can be made are left out: another test names them.
fn answers(generator: &mut Generator, contract: &Contract, op: &Operation) -> Vec<Answer> {
    let mut all = Vec::new();
    for response in contract.responses(op) {
        let status = a_status(&response.status, op);
        if !(200..600).contains(&status) || [204, 205, 304].contains(&status) || response.content.is_empty() {
            continue;
        }
        let mut headers = Vec::new();
        for header in &response.headers {
            let value = generator.parameter(contract, header, Side::Response);
            let text = value.map(|value| Generator::parameter_text(header, &value));
            headers.extend(text.map(|text| (header.name.clone(), text)));
        }
        for media in &response.content {
            if let Some((kind, body)) = generator.body(contract, media, Side::Response) {
                let mut headers = headers.clone();
                headers.push(("Content-Type".to_owned(), kind));
                all.push((status, headers, body));
            }
        }
    }
    all
}

/// What is wrong with the cases of one contract, and how many negative ones there are.
fn tried(sheet: &Sheet, contract: &Contract) -> (usize, Vec<String>) {
    let (mut negative, mut wrong) = (0, Vec::new());
    for op in contract.operations() {
        let line = op.line();
        let all = cases(contract, op, 3);
        match (all.is_empty(), sheet.ungenerated.contains_key(&line)) {
            (true, false) => wrong.push(format!("{} {line}: no request can be made", sheet.name)),
            (false, true) => wrong.push(format!("{} {line}: can be generated", sheet.name)),
            _ => {}
        }
        prove(contract, &line, &all);
        negative += all.iter().filter(|case| case.kind == CaseKind::Negative).count();
        let made = Generator::new(5).request(contract, op);
        let breaches = made.and_then(|made| made.breaches(contract, op)).unwrap_or_default();
        wrong.extend(breaches.iter().map(|breach| format!("{} {line}: {breach}", sheet.name)));
    }
    (negative, wrong)
}

#[test]
fn requests_at_and_beyond_every_bound_are_what_they_claim() {
    let all: Vec<(Sheet, Contract)> = contracts().collect();
    // The longest test of all: shared among a few threads, each with documents of every kind.
    let hands = 4;
    let (negative, wrong) = std::thread::scope(|scope| {
        let work = |first: usize| {
            all.iter().skip(first).step_by(hands).map(|(sheet, contract)| tried(sheet, contract))
        };
        let threads: Vec<_> =
            (0..hands).map(|first| scope.spawn(move || work(first).collect::<Vec<_>>())).collect();
        let done = threads.into_iter().flat_map(|thread| thread.join().unwrap());
        done.fold((0, Vec::new()), |(count, mut told), (more, wrong)| {
            told.extend(wrong);
            (count + more, told)
        })
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(negative > 5_000, "{negative} negative cases: too few to say anything");
}
