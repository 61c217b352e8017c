//! Texts about messages that stand in no record themselves, as most of a load's do: what such a message holds at its
//! secret places ([`Masker::private`]) must not show in what is said about it ([`Masker::quoting`]).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::{Masker, at_place, longest_first, telling, without};
use crate::outcome::Failure;

impl Masker {
    /// What stands at the secret places of a message: credentials of its headers, values of secret names in its query
    /// and its body; also as whoever reads the message would write them.
    pub fn private<'h>(
        &self,
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
        query: &str,
        body: &[u8],
    ) -> Vec<String> {
        let mut found = Vec::new();
        for (name, value) in headers {
            self.header_value(name, value, &mut found);
        }
        if !query.is_empty() {
            let query = if query.starts_with('?') { query.to_owned() } else { format!("?{query}") };
            self.masked(&query, &mut found);
        }
        if let Ok(text) = std::str::from_utf8(body)
            && !text.is_empty()
        {
            self.masked(text, &mut found);
        }
        read(found)
    }

    /// A text about messages that hold these `private` values, without them. Those that it quoted are remembered for
    /// whatever else is said of them.
    pub fn quoting(&self, text: &str, private: &[String]) -> String {
        let mut out = text.to_owned();
        let mut quoted = Vec::new();
        for value in private.iter().filter(|value| telling(value) && text.contains(value.as_str())) {
            quoted.push(value.clone());
            out = without(out, value);
        }
        self.remember(&quoted);
        self.said(&out)
    }

    /// What was found at a place of a message (`body/password`), without the value if the place is a secret one.
    pub fn at(&self, place: &str, found: &str) -> String {
        at_place(place, found)
    }

    /// Masks a failure.
    pub fn failure(&self, failure: &mut Failure) {
        self.failures(std::slice::from_mut(failure));
    }
}

/// The values, and how they read: without percent-encoding, JSON's escapes; the password of a basic authorization.
fn read(found: Vec<String>) -> Vec<String> {
    let mut all = Vec::with_capacity(found.len());
    for value in found {
        if value.contains('%')
            && let Ok(plain) = percent_decode_str(&value).decode_utf8()
        {
            all.push(plain.into_owned());
        }
        if value.contains('\\')
            && let Ok(plain) = serde_json::from_str::<String>(&format!("\"{value}\""))
        {
            all.push(plain);
        }
        if let Some(json) = serde_json::to_string(&value).ok().filter(|json| json.contains('\\')) {
            all.push(json[1..json.len() - 1].to_owned());
        }
        let basic = STANDARD.decode(&value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some((_, password)) = basic.as_deref().and_then(|pair| pair.split_once(':')) {
            all.push(password.to_owned());
        }
        all.push(value);
    }
    all.retain(|value| telling(value));
    longest_first(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_at_a_secret_place_of_a_message_is_masked_where_it_is_quoted() {
        let masker = Masker::new();
        let headers = [
            ("X-API-Key", "HDR-key987654"),
            ("Cookie", "session=HDR-cookie1; b=HDR-cookie2"),
            ("Authorization", "Basic YW5hOnB3LTk4NzY1"),
            ("Accept", "application/json"),
        ];
        let body = br#"{"user":"ana-miller","password":"in \"body\" 7"}"#;
        let private = masker.private(headers, "page=1&api_key=a%2Fb-4711", body);
        let told = masker.quoting(
            "ana-miller sent HDR-key987654, HDR-cookie1, HDR-cookie2, YW5hOnB3LTk4NzY1, pw-98765, a/b-4711, in \"body\" 7 of application/json",
            &private,
        );
        assert_eq!(
            told,
            "ana-miller sent «masked», «masked», «masked», «masked», «masked», «masked», «masked» of application/json"
        );
        assert_eq!(masker.said("again HDR-key987654"), "again «masked»", "it is remembered");
    }

    #[test]
    fn only_what_was_quoted_takes_room_in_the_memory() {
        let masker = Masker::new();
        let many: Vec<String> = (0..1000).map(|number| format!("key-{number:06}")).collect();
        assert_eq!(masker.quoting("wrong: key-000007", &many), "wrong: «masked»");
        assert_eq!(masker.said("key-000007 and key-000999"), "«masked» and key-000999");
    }
}
