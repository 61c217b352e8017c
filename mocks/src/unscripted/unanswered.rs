//! Operations that nothing but 501 can be answered to: told when the mock starts, not found out call by call.

use dryrun_contract::Contract;

use crate::media::Accept;
use crate::unscripted::documented::{Unable, Wish, answer, response};
use crate::unscripted::sheet::{Sheet, Sheets};

/// So many operations are tried at the start; in a larger contract the rest is told with the call.
const TRIED: usize = 300;

/// One sentence for each operation without a behaviour whose answer can't be made.
pub(crate) fn unanswered(
    contract: &Contract,
    sheets: &Sheets,
    seed: u64,
    scripted: impl Fn(&str) -> bool,
) -> Vec<String> {
    let broken = |line: &str| contract.unusable().iter().any(|part| part.operation == line);
    let all = contract.operations().iter().filter_map(|operation| Some((operation, sheets.of(operation)?)));
    all.filter(|(_, sheet)| !scripted(&sheet.line) && !broken(&sheet.line))
        .take(TRIED)
        .filter_map(|(operation, sheet)| {
            let Some(status) = sheet.success else {
                return (!switches(sheet)).then(|| {
                    let known = operation.statuses.join(", ");
                    format!(
                        "{} answers 501: the contract documents no success of it, only {known}",
                        sheet.line
                    )
                });
            };
            // What is sent to a collection may well be what could not be made up.
            if sheet.role.is_some() {
                return None;
            }
            let found = response(&sheet.responses, status)?;
            let accept = Accept::default();
            let wish = Wish { example: None, dynamic: false, accept: &accept, seed, facts: &[] };
            match answer(contract, operation, found, status, wish) {
                Err(Unable::Impossible(what)) => Some(format!("{} answers 501: {what}", sheet.line)),
                _ => None,
            }
        })
        .collect()
}

/// Whether it is there to switch protocols, and documents what others are answered.
fn switches(sheet: &Sheet) -> bool {
    let has = |status: &str| sheet.responses.iter().any(|response| response.status == status);
    has("101") && response(&sheet.responses, 426).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn told(paths: Value) -> Vec<String> {
        let document = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths});
        let contract = Contract::parse("t.json", &document.to_string()).unwrap();
        let scripted = |line: &str| line == "GET /scripted";
        let sheets = Sheets::new(&contract, scripted);
        unanswered(&contract, &sheets, 1, scripted)
    }

    fn get(responses: Value) -> Value {
        json!({"get": {"responses": responses}})
    }

    fn ok(schema: Value) -> Value {
        let content = json!({"application/json": {"schema": schema}});
        get(json!({"200": {"description": "d", "content": content}}))
    }

    #[test]
    fn what_can_only_be_501_is_told_with_the_property() {
        let price = json!({"type": "integer", "minimum": 5, "maximum": 3});
        let line = json!({"type": "object", "required": ["price"], "properties": {"price": price}});
        let order = json!({"type": "object", "required": ["line"], "properties": {"line": line}});
        let failure = json!({"5XX": {"description": "d"}});
        let told = told(json!({
            "/fine": ok(json!({"type": "integer"})),
            "/order": ok(order.clone()),
            "/scripted": ok(order),
            "/down": get(failure),
        }));
        assert_eq!(told.len(), 2, "{told:#?}");
        assert!(told[0].starts_with("GET /order answers 501: no answer 200"), "{told:#?}");
        assert!(told[0].contains("`line.price` (/paths/~1order/get/"), "{told:#?}");
        assert_eq!(told[1], "GET /down answers 501: the contract documents no success of it, only 5XX");
    }
}
