//! What goes before the paths of a contract at the service under test: [`base`].

use dryrun_contract::{Contract, Found, Operation};
use serde_json::Value;

/// The base path that the calls of scenarios (`paths`) show, of those that `servers` documents; the first of them when
/// no scenario called anything.
pub(crate) fn base<'p>(
    contract: &Contract,
    operation: &Operation,
    paths: impl Iterator<Item = &'p str> + Clone,
) -> String {
    let document = contract.document();
    let item = &document["paths"][operation.path.as_str()];
    let own = &item[operation.method.to_ascii_lowercase()];
    let servers = [own, item, document]
        .into_iter()
        .find_map(|level| level["servers"].as_array().filter(|servers| !servers.is_empty()));
    // A path that leads elsewhere than to this operation is none of its.
    let leads = |base: &String| {
        matches!(contract.find(&operation.method, &format!("{base}{}", operation.path)),
            Found::Operation { operation: found, .. } if found.line() == operation.line())
    };
    let bases: Vec<String> = servers.into_iter().flatten().filter_map(path_of).filter(leads).collect();
    let called = |base: &&String| paths.clone().any(|path| path.starts_with(&format!("{base}/")));
    let shown = bases.iter().filter(|base| !base.is_empty()).find(called);
    match (shown, paths.clone().next()) {
        (Some(base), _) => base.clone(),
        (None, Some(_)) => String::new(),
        (None, None) => bases.into_iter().next().unwrap_or_default(),
    }
}

/// The path of a server's address, its variables filled with their defaults.
fn path_of(server: &Value) -> Option<String> {
    let mut url = server["url"].as_str()?.to_owned();
    for (name, variable) in server["variables"].as_object().into_iter().flatten() {
        url = url.replace(&format!("{{{name}}}"), variable["default"].as_str().unwrap_or_default());
    }
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => &url,
    };
    let path = path.trim_end_matches('/');
    Some(if path.is_empty() || path.starts_with('/') { path.to_owned() } else { format!("/{path}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(servers: &str, paths: &[&str]) -> String {
        let text = format!(
            "openapi: 3.1.0\ninfo: {{ title: t, version: '1' }}\nservers: {servers}\npaths: {{ '/a/{{id}}': {{ get: \
             {{ parameters: [{{ name: id, in: path, required: true, schema: {{}} }}], responses: {{ '200': {{ description: d }} }} }} }} }}\n"
        );
        let contract = Contract::parse("t.yaml", &text).unwrap();
        base(&contract, &contract.operations()[0], paths.iter().copied())
    }

    #[test]
    fn the_base_path_is_the_one_that_was_called_or_the_first() {
        let two = "[{ url: 'https://h.example/v1/' }, { url: /v2 }]";
        assert_eq!(of(two, &[]), "/v1");
        assert_eq!(of(two, &["/v2/b"]), "/v2");
        assert_eq!(of(two, &["/b", "/v20/b"]), "", "called without one");
        assert_eq!(of("[{ url: 'https://h.example' }]", &[]), "");
        let filled = "[{ url: 'https://{h}/{at}', variables: { h: { default: x }, at: { default: api } } }]";
        assert_eq!(of(filled, &[]), "/api");
    }
}
