//! How a field of an answer and a parameter of a path belong together: [`kinship`] of a [`Field`].

/// A field of an answer that may hold an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// The path template of the call that was answered, or of the collection that an address names.
    pub(crate) template: String,
    /// The thing that it belongs to, unless that is the answer itself: `customer` in `{"customer": {"id": 7}}`.
    pub(crate) owner: Option<String>,
    pub(crate) name: String,
}

impl Field {
    pub(crate) fn new(template: &str, owner: Option<&str>, name: &str) -> Self {
        Self { template: template.to_owned(), owner: owner.map(str::to_owned), name: name.to_owned() }
    }
}

/// How close they are; the greater the closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kinship {
    score: u8,
    /// Whether the answer is that of the collection in which the parameter names one thing. What a write answered there
    /// was made there; a field of any other answer may name what others made.
    pub(crate) same_collection: bool,
}

/// How close a field of an answer is to a parameter of a path; `None` if they have nothing to do with each other.
///
/// A field that is called like the parameter is an id, whatever its name: the `{ref}` of `/shipments/{ref}` is the `ref`
/// that a call of `/shipments` answered, rather than its `id`. `{post_id}` is any `post_id`; the `{id}` of
/// `/campaigns/{id}/analytics` is the `campaign_id` of any answer, or the `id` that a call of `/campaigns` answered.
pub(crate) fn kinship(template: &str, parameter: &str, field: &Field) -> Option<Kinship> {
    let (key, name) = (plain(&field.name), plain(parameter));
    let prefix = prefix(template, &name).unwrap_or(template);
    let noun = plain(&singular(prefix.rsplit('/').find(|part| !part.contains('{')).unwrap_or_default()));
    let other = field.template.as_str();
    let here = other == prefix;
    let below = other.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/') && !rest.contains('{'));
    let nouns_id = !noun.is_empty() && key == format!("{noun}id");
    // The name of a receiver is no name of a shipment.
    let its_own = field.owner.as_ref().is_none_or(|owner| plain(&singular(owner)).ends_with(&noun));
    let named = key == name;
    // A parameter that is called like an id, or like the thing, means whatever is called the thing's id.
    let specific = names_id(parameter) || name == noun;
    let score = match () {
        () if here && named && its_own => 7,
        () if here && (nouns_id || key == "id" && its_own) => 6,
        () if below && (nouns_id || named && its_own) => 5,
        () if specific && key != "id" && (nouns_id || named) => 4,
        () if below && key == "id" && its_own => 3,
        () if named && key != "id" => 2,
        () if nouns_id || here && key == "id" => 1,
        () => return None,
    };
    Some(Kinship { score, same_collection: matches!(score, 3 | 5 | 6 | 7) })
}

/// What stands before `/{name}`, whatever case and underscores it is written in.
pub(crate) fn prefix<'t>(template: &'t str, name: &str) -> Option<&'t str> {
    let name = plain(name);
    let at = template.match_indices("/{").map(|(at, _)| at).find(|at| {
        let inner = template[at + 2..].split('}').next().unwrap_or_default();
        plain(inner) == name
    })?;
    Some(&template[..at])
}

/// What the fields below this one belong to: itself, unless it only wraps the answer.
pub(crate) fn owner_below<'o>(owner: Option<&'o str>, name: &'o str) -> Option<&'o str> {
    const WRAPPERS: [&str; 16] = [
        "data", "item", "items", "result", "results", "content", "contents", "record", "records", "entry",
        "entries", "list", "value", "values", "embedded", "payload",
    ];
    if WRAPPERS.contains(&plain(name).as_str()) { owner } else { Some(name) }
}

/// Whether a field's name says by itself that it holds an id.
pub(crate) fn names_id(key: &str) -> bool {
    let lower = key.to_lowercase();
    matches!(lower.as_str(), "id" | "uuid" | "guid" | "key" | "slug")
        || ["_id", "-id", "_uuid", "_key"].iter().any(|end| lower.ends_with(end))
        || key.ends_with("Id")
        || key.ends_with("ID")
        || key.ends_with("Uuid")
}

/// `messageId`, `message_id` and `Message-ID` are one word.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for end in ["sses", "xes", "ches", "shes"] {
        if word.ends_with(end) {
            return word[..word.len() - 2].to_owned();
        }
    }
    match word.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') => stem.to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(template: &str, name: &str, other: &str, owner: Option<&str>, key: &str) -> Option<Kinship> {
        kinship(template, name, &Field::new(other, owner, key))
    }

    #[test]
    fn names_of_fields_and_parameters_are_kin() {
        for (template, name, other, key) in [
            ("/email/{message_id}/status", "message_id", "/email/send", "message_id"),
            ("/email/{messageId}/status", "messageId", "/email/send", "message_id"),
            ("/campaigns/{id}/analytics", "id", "/campaigns", "campaign_id"),
            ("/content/{id}", "id", "/content/publish", "content_id"),
            ("/companies/{id}", "id", "/companies", "id"),
            ("/boxes/{box}", "box", "/boxes", "id"),
        ] {
            let kin = of(template, name, other, None, key);
            assert!(kin.is_some_and(|kin| kin.same_collection), "{template} {other} {key}");
        }
        for (template, name, other, key) in [
            ("/campaigns/{id}", "id", "/contacts", "id"),
            ("/campaigns/{id}", "id", "/contacts", "contact_id"),
            ("/social/{post_id}", "post_id", "/content", "content_id"),
            ("/note/{id}", "id", "/notebooks", "id"),
        ] {
            assert!(of(template, name, other, None, key).is_none(), "{template} {other} {key}");
        }
    }

    #[test]
    fn a_field_called_like_the_parameter_is_an_id_and_goes_before_one_called_id() {
        for name in ["ref", "sku", "code", "number", "email", "name", "handle", "type"] {
            let template = format!("/shipments/{{{name}}}");
            let named = of(&template, name, "/shipments", Some("shipments"), name).unwrap();
            assert!(named.same_collection, "{name}");
            assert!(named > of(&template, name, "/shipments", None, "id").unwrap(), "{name}");
            assert!(named > of(&template, name, "/bookings", None, name).unwrap(), "{name}");
        }
        assert!(of("/shipments/{ref}", "ref", "/shipments", None, "receiver").is_none());
    }

    #[test]
    fn what_another_answer_names_was_not_made_here() {
        for (other, owner, key) in [
            ("/orders", None, "customer_id"),
            ("/orders", Some("customer"), "email"),
            ("/customers", Some("manager"), "email"),
            ("/customers", Some("manager"), "id"),
        ] {
            let template = if key == "email" { "/customers/{email}" } else { "/customers/{id}" };
            let name = if key == "email" { "email" } else { "id" };
            let kin = of(template, name, other, owner, key).unwrap();
            assert!(!kin.same_collection, "{other} {owner:?} {key}");
        }
        for owner in
            [None, Some("customer"), Some("customers"), Some("newCustomer"), owner_below(None, "data")]
        {
            assert!(
                of("/customers/{id}", "id", "/customers", owner, "id").unwrap().same_collection,
                "{owner:?}"
            );
        }
    }
}
