//! The [`Call`]s of a document: every operation with what it inherits from its path and its document.

use serde_json::Value;

use crate::source::{At, Source, join};

/// The methods that a path may have.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// One operation.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    /// `POST`
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) part: At<'a>,
    /// Its own and its path's, references followed.
    pub(crate) parameters: Vec<At<'a>>,
    /// Base paths of its servers, without the last slash.
    pub(crate) bases: Vec<String>,
    /// Its own or the document's.
    pub(crate) security: Option<At<'a>>,
}

impl Call<'_> {
    /// `POST /orders/{id}`
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Names of the parameters in the path, in their order.
    pub(crate) fn path_names(&self) -> Vec<&str> {
        let rest = self.path.split('{').skip(1);
        rest.filter_map(|piece| piece.split_once('}').map(|(name, _)| name)).collect()
    }

    /// Method and path, whatever the parameters are called.
    pub(crate) fn key(&self) -> String {
        format!("{} {}", self.method, anonymous(&self.path))
    }

    /// The keys behind each base path.
    pub(crate) fn full_keys(&self) -> Vec<String> {
        self.bases.iter().map(|base| format!("{} {}{}", self.method, base, anonymous(&self.path))).collect()
    }
}

/// A template without the names of its parameters.
fn anonymous(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for letter in path.chars() {
        match letter {
            '{' => {
                inside = true;
                out.push_str("{}");
            }
            '}' => inside = false,
            _ if inside => {}
            other => out.push(other),
        }
    }
    out
}

/// Every operation under `paths`.
pub(crate) fn calls<'a>(source: &Source<'a>) -> Vec<Call<'a>> {
    let Some(paths) = source.at("/paths") else {
        return Vec::new();
    };
    let items = source.children(&paths);
    items.into_iter().flat_map(|(path, item)| of_item(source, path, &item)).collect()
}

/// The operations of one path item.
pub(crate) fn of_item<'a>(source: &Source<'a>, path: &str, item: &At<'a>) -> Vec<Call<'a>> {
    let shared = source.child(item, "parameters").map(|list| source.items(&list)).unwrap_or_default();
    let mut calls = Vec::new();
    for method in METHODS {
        let Some(part) = source.child(item, method).filter(|part| part.value.is_object()) else {
            continue;
        };
        let mut parameters =
            source.child(&part, "parameters").map(|list| source.items(&list)).unwrap_or_default();
        let own: Vec<_> = parameters.iter().map(identity).collect();
        parameters.extend(shared.iter().filter(|one| !own.contains(&identity(one))).cloned());
        let servers = [part.value.get("servers"), item.value.get("servers"), source.root.get("servers")];
        let bases = bases(servers.into_iter().flatten().next());
        let security = source.child(&part, "security").or_else(|| source.at("/security"));
        let (method, path) = (method.to_uppercase(), path.to_owned());
        calls.push(Call { method, path, part, parameters, bases, security });
    }
    calls
}

/// Where a parameter goes, and its name; names of headers in lower case.
pub(crate) fn identity(parameter: &At<'_>) -> (String, String) {
    let text = |key: &str| parameter.value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (location, name) = (text("in"), text("name"));
    let name = if location == "header" { name.to_lowercase() } else { name };
    (location, name)
}

/// The paths of these servers' addresses.
fn bases(servers: Option<&Value>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for server in servers.and_then(Value::as_array).into_iter().flatten() {
        let mut url = server.get("url").and_then(Value::as_str).unwrap_or_default().to_owned();
        for (name, variable) in server.get("variables").and_then(Value::as_object).into_iter().flatten() {
            let default = variable.get("default").and_then(Value::as_str).unwrap_or_default();
            url = url.replace(&format!("{{{name}}}"), default);
        }
        let path = match url.split_once("://") {
            Some((_, rest)) => rest.split_once('/').map(|(_, path)| format!("/{path}")).unwrap_or_default(),
            None => url,
        };
        let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_owned();
        if !found.contains(&path) {
            found.push(path);
        }
    }
    if found.is_empty() {
        found.push(String::new());
    }
    found
}

/// The calls behind a callback or a webhook: name, expression, call.
pub(crate) fn callbacks<'a>(source: &Source<'a>, call: &Call<'a>) -> Vec<(String, Call<'a>)> {
    let Some(all) = source.child(&call.part, "callbacks") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, callback) in source.children(&all) {
        for (expression, item) in source.children(&callback) {
            for inner in of_item(source, expression, &item) {
                found.push((format!("callback {name} {}", inner.line()), inner));
            }
        }
    }
    found
}

/// The calls of the document's webhooks.
pub(crate) fn webhooks<'a>(source: &Source<'a>) -> Vec<(String, Call<'a>)> {
    let Some(all) = source.at("/webhooks") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, item) in source.children(&all) {
        found.extend(
            of_item(source, name, &item)
                .into_iter()
                .map(|inner| (format!("webhook {name} {}", inner.method), inner)),
        );
    }
    found
}

/// The pointer of a child that may not be there: its parent's then.
pub(crate) fn place(part: &At<'_>, key: &str) -> String {
    if part.value.get(key).is_some() { join(&part.at, key) } else { part.at.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bases_are_the_paths_of_addresses() {
        let of = |servers: Value| bases(Some(&servers));
        assert_eq!(
            of(json!([{"url": "https://a.example/v1/"}, {"url": "http://localhost:8001/v1"}])),
            ["/v1"]
        );
        assert_eq!(of(json!([{"url": "/v1"}, {"url": "https://a.example"}])), ["/v1", ""]);
        let variables = json!({"version": {"default": "v3"}});
        assert_eq!(of(json!([{"url": "https://a.example/{version}", "variables": variables}])), ["/v3"]);
        assert_eq!(bases(None), [""]);
    }

    #[test]
    fn a_path_is_the_same_by_any_name_of_its_parameters() {
        assert_eq!(anonymous("/a/{id}/b/{x}.{y}"), "/a/{}/b/{}.{}");
    }
}
