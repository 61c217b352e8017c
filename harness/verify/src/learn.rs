//! What an address in an answer says of what was made: [`address`].

use dryrun_contract::{Contract, Found};
use percent_encoding::percent_decode_str;
use reqwest::Url;

use crate::answer::Answer;
use crate::call::Call;
use crate::kin::{Field, prefix};

/// The field and the id that the header `Location` of an answer stands for: what was made is often only named by its
/// address (RFC 9110, 10.2.2). `base` is where the one listens that answered.
pub(crate) fn address(
    contract: &Contract,
    call: &Call,
    base: &str,
    answer: &Answer,
) -> Option<(Field, String)> {
    let base: Url = base.parse().ok()?;
    let own = base.path().trim_end_matches('/');
    let asked = format!("{own}{}", call.render(|value| value.value.clone()));
    let to = base.join(&asked).ok()?.join(answer.header("location")?).ok()?;
    let path = to.path().trim_end_matches('/');
    let inner = path.strip_prefix(own).filter(|rest| rest.starts_with('/'));
    let known = inner.into_iter().chain([path]).find_map(|path| thing(contract, path));
    known.or_else(|| {
        let last = path.rsplit('/').next().filter(|last| !last.is_empty())?;
        let id = percent_decode_str(last).decode_utf8_lossy().into_owned();
        Some((Field::new(&call.operation.path, None, "id"), id))
    })
}

/// The thing at a path, by the last parameter of its template.
fn thing(contract: &Contract, path: &str) -> Option<(Field, String)> {
    let methods = ["GET", "HEAD", "DELETE", "PUT", "PATCH", "POST"];
    let found = methods.iter().find_map(|method| match contract.find(method, path) {
        Found::Operation { operation, parameters } => Some((operation, parameters)),
        _ => None,
    });
    let (operation, parameters) = found?;
    let (name, id) = parameters.into_iter().next_back()?;
    Some((Field::new(prefix(&operation.path, &name)?, None, &name), id))
}

#[cfg(test)]
mod tests {
    use crate::call::Source;

    use super::*;

    fn contract() -> Contract {
        let text = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\nservers: [{ url: 'https://x.example/v2' }]\npaths:\n  /bookings:\n    post:\n      responses: { '201': { description: y } }\n  /shops/{shop}/orders/{ref}:\n    parameters: [{ name: shop, in: path, required: true, schema: { type: string } }, { name: ref, in: path, required: true, schema: { type: string } }]\n    delete:\n      responses: { '204': { description: y } }\n";
        Contract::parse("a.yaml", text).unwrap()
    }

    fn learnt(location: &str) -> Option<(String, String, String)> {
        let contract = contract();
        let operation = contract.operations().iter().find(|one| one.method == "POST").unwrap().clone();
        let call = Call {
            number: 1,
            operation,
            source: Source::Parameters { optional: false },
            write: true,
            path: Vec::new(),
            query: String::new(),
            headers: Vec::new(),
            body: Vec::new(),
            known: Vec::new(),
            own_only: false,
        };
        let answer =
            Answer { status: 201, headers: vec![("location".into(), location.into())], ..Answer::default() };
        let (field, id) = address(&contract, &call, "http://127.0.0.1:9/v2", &answer)?;
        Some((field.template, field.name, id))
    }

    #[test]
    fn an_address_names_what_was_made_wherever_it_leads() {
        let thing = Some(("/shops/{shop}/orders".to_owned(), "ref".to_owned(), "R 1".to_owned()));
        for location in [
            "/v2/shops/7/orders/R%201",
            "/shops/7/orders/R%201",
            "http://127.0.0.1:9/v2/shops/7/orders/R%201?x=1#y",
            "https://x.example/v2/shops/7/orders/R%201/",
            "shops/7/orders/R%201",
        ] {
            assert_eq!(learnt(location), thing, "{location}");
        }
    }

    #[test]
    fn one_that_the_contract_does_not_know_ends_in_an_id() {
        let wanted = Some(("/bookings".to_owned(), "id".to_owned(), "b-1".to_owned()));
        assert_eq!(learnt("/elsewhere/bookings/b-1"), wanted);
        assert_eq!(learnt("http://127.0.0.1:9"), None);
    }
}
