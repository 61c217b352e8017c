//! Business names for fields: `the newsletter subject` stands for `newsletter.subject`.

use std::collections::BTreeMap;

/// Names and what they stand for; the longest name is tried first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aliases(Vec<(String, String)>);

impl Aliases {
    pub(crate) fn new(aliases: &BTreeMap<String, String>) -> Self {
        let mut list: Vec<_> = aliases
            .iter()
            .map(|(name, path)| (name.trim().to_owned(), path.clone()))
            .filter(|(name, _)| !name.is_empty())
            .collect();
        list.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self(list)
    }

    /// Puts the paths in place of the names, as whole words and outside of quotes. What was put in is not looked at again.
    pub(crate) fn apply(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        let mut quoted = false;
        let mut escaped = false;
        let mut rest = text;
        let mut before: Option<char> = None;
        while let Some(c) = rest.chars().next() {
            if !quoted
                && before.is_none_or(|c| !c.is_alphanumeric())
                && let Some((name, path)) = self.0.iter().find(|(name, _)| whole_word(rest, name))
            {
                out.push_str(path);
                rest = &rest[name.len()..];
                before = name.chars().last();
                continue;
            }
            quoted ^= c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            out.push(c);
            before = Some(c);
            rest = &rest[c.len_utf8()..];
        }
        out
    }
}

fn whole_word(text: &str, name: &str) -> bool {
    text.strip_prefix(name).is_some_and(|rest| rest.chars().next().is_none_or(|c| !c.is_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_as_whole_words_outside_of_quotes() {
        let aliases = Aliases::new(&BTreeMap::from([
            ("the newsletter".to_owned(), "newsletter".to_owned()),
            ("the newsletter subject".to_owned(), "newsletter.subject".to_owned()),
        ]));
        assert_eq!(
            aliases.apply(r#"the newsletter subject is "the newsletter""#),
            r#"newsletter.subject is "the newsletter""#
        );
        assert_eq!(aliases.apply("the newsletters are many"), "the newsletters are many");
        assert_eq!(
            aliases.apply(r#""a \" the newsletter" the newsletter"#),
            r#""a \" the newsletter" newsletter"#
        );
    }
}
