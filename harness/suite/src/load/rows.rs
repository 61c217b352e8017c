//! Test data of a workflow: [`Rows`]. Each iteration takes the next one, from the start again at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use dryrun_record::sounds_secret;
use serde_json::Value;

use crate::values::variables::check_name;
use crate::vocabulary::rows_of;

/// A table of test data: CSV with names in its first line, or a JSON or YAML list of objects.
#[derive(Debug)]
pub(crate) struct Rows {
    /// The names of its columns.
    pub(crate) names: Arc<BTreeSet<String>>,
    rows: Vec<Vec<(String, Value)>>,
}

impl Rows {
    /// Reads a file, as its path says or below the folder of test data.
    ///
    /// # Errors
    /// Why it is no table, in a sentence.
    pub(crate) fn read(path: &Path, folder: &Path) -> Result<Self, String> {
        let place = if path.exists() { path.to_path_buf() } else { folder.join(path) };
        let shown = place.display();
        let text = std::fs::read_to_string(&place)
            .map_err(|error| format!("the test data `{shown}` can't be read: {error}"))?;
        let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let table = rows_of(&name, &text).map_err(|error| format!("the test data `{shown}`: {error}"))?;
        let (mut names, mut rows) = (BTreeSet::new(), Vec::new());
        for (index, row) in table.into_iter().enumerate() {
            let Value::Object(fields) = row else {
                return Err(format!(
                    "item {} of the test data `{shown}` is no object with fields",
                    index + 1
                ));
            };
            for name in fields.keys() {
                if !names.contains(name) {
                    check_name(name).map_err(|error| {
                        format!(
                            "a column of `{shown}`: {}; {}",
                            error.message,
                            error.hint.unwrap_or_default()
                        )
                    })?;
                    names.insert(name.clone());
                }
            }
            rows.push(fields.into_iter().collect());
        }
        if rows.is_empty() {
            return Err(format!("the test data `{shown}` has no row"));
        }
        Ok(Self { names: Arc::new(names), rows })
    }

    /// Values of columns of secret names.
    pub(crate) fn private(&self) -> impl Iterator<Item = String> {
        let secret = self.rows.iter().flatten().filter(|(name, _)| sounds_secret(name));
        secret.filter_map(|(_, value)| value.as_str().map(str::to_owned))
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row of this number, counted from 0 and round again.
    pub(crate) fn row(&self, number: usize) -> &[(String, Value)] {
        &self.rows[number % self.rows.len()]
    }

    /// All rows as texts.
    pub(crate) fn texts(&self) -> Vec<BTreeMap<String, String>> {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let all = self.rows.iter();
        all.map(|row| row.iter().map(|(name, value)| (name.clone(), text(value))).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(name: &str, text: &str) -> Result<Rows, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), text).unwrap();
        Rows::read(Path::new(name), folder.path())
    }

    #[test]
    fn rows_come_round_again() {
        let rows = read("users.csv", "email,age\nana@example.com,3\nben@example.com,4\n").unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows.row(3), rows.row(1));
        assert_eq!(
            rows.row(0),
            [("email".to_owned(), json!("ana@example.com")), ("age".to_owned(), json!(3))]
        );
        assert_eq!(rows.texts()[1]["age"], "4");
        let rows = read("users.yaml", "- email: ana@example.com\n  tags: [a]\n").unwrap();
        assert_eq!(rows.row(0)[1], ("tags".to_owned(), json!(["a"])));
    }

    #[test]
    fn what_is_no_table_says_why() {
        let why = |name: &str, text: &str| read(name, text).unwrap_err();
        assert!(why("a.csv", "email\n").contains("has no row"));
        assert!(why("a.csv", "first name\nana\n").contains("`first name` can't be the name"));
        assert!(why("a.json", "{\"a\": 1}").contains("list"), "{}", why("a.json", "{\"a\": 1}"));
        assert!(why("a.json", "[1]").contains("item 1"));
        assert!(why("a.txt", "x").contains("CSV"));
        assert!(
            Rows::read(Path::new("none.csv"), Path::new("nowhere")).unwrap_err().contains("nowhere/none.csv")
        );
    }
}
