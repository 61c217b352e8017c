//! Tables: pairs, rows, changes, `like` tables and soft checks. A cell that reads as JSON has that type; quotes make
//! it a text.

use serde_json::{Map, Value};

use crate::values::document::{self, Language};
use crate::values::error::ValueError;
use crate::values::expand::{self, Scope};
use crate::values::marker::{self, Marker, Sort};
use crate::values::path::{FieldPath, Found};
use crate::values::predicate::{Predicate, unquoted};
use crate::values::template::{Difference, Template};

/// A table as it stands in the feature, its first row included.
pub type Rows = [Vec<String>];

/// First rows of two columns that only name them.
const HEADINGS: [(&str, &str); 8] = [
    ("field", "value"),
    ("field", "check"),
    ("path", "value"),
    ("name", "value"),
    ("header", "value"),
    ("parameter", "value"),
    ("variable", "value"),
    ("status", "count"),
];

/// Rows of two cells; a first row such as `| field | value |` is left out.
///
/// # Errors
/// A row of another width; an empty name; no row at all.
pub fn pairs(rows: &Rows) -> Result<Vec<(&str, &str)>, ValueError> {
    let mut out = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let [name, value] = row.as_slice() else {
            return Err(ValueError::new(format!("row {} of the table has {} cells", index + 1, row.len()))
                .hint("this table has two columns: a name and a value"));
        };
        let (name, value) = (name.trim(), value.trim());
        if index == 0 && rows.len() > 1 && HEADINGS.contains(&(name, value)) {
            continue;
        }
        if name.is_empty() {
            return Err(ValueError::new(format!("row {} of the table has no name", index + 1)));
        }
        out.push((name, value));
    }
    if out.is_empty() { Err(ValueError::new("the table is empty")) } else { Ok(out) }
}

/// What a cell stands for: a quoted text, a lone `${name}` with its type, JSON where it reads as such, else a text.
///
/// # Errors
/// An unknown name.
pub fn cell(text: &str, scope: &mut Scope<'_>) -> Result<Value, ValueError> {
    let text = text.trim();
    if let Some(quoted) = unquoted(text).filter(|_| text.len() >= 2) {
        return expand::value(&quoted, scope);
    }
    let filled = text.contains("${");
    if !filled && let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    if filled
        && text.starts_with(['{', '['])
        && let Ok(value) = document::read(text, Language::Json)
    {
        return expand::json(&value, scope);
    }
    expand::value(text, scope)
}

/// As [`cell`], for a place where only a text may stand: headers, queries, forms.
///
/// # Errors
/// An unknown name.
pub fn text_cell(text: &str, scope: &mut Scope<'_>) -> Result<String, ValueError> {
    let text = text.trim();
    match unquoted(text).filter(|_| text.len() >= 2) {
        Some(quoted) => expand::text(&quoted, scope),
        None => expand::text(text, scope),
    }
}

/// Changes a body by a table of paths and values; `<absent>` takes a field away, `<null>` sets null.
///
/// # Errors
/// A path that leads nowhere; an empty cell.
pub fn change(body: &mut Value, rows: &Rows, scope: &mut Scope<'_>) -> Result<(), ValueError> {
    for (path, written) in pairs(rows)? {
        let path = FieldPath::parse(path)?;
        if written.is_empty() {
            return Err(ValueError::new(format!("`{}` has an empty cell", path.as_str()))
                .hint("write \"\" for the empty text, <null> for null, <absent> to take the field away"));
        }
        match marker::parse(written)? {
            Some(Marker { sort: Sort::Absent, .. }) => path.remove(body)?,
            Some(Marker { sort: Sort::Null, .. }) => path.set(body, &Value::Null)?,
            Some(_) => {
                return Err(ValueError::new(format!(
                    "`{written}` is a marker: it says what something looks like, not what it is"
                ))
                .hint("a value stands here, or <absent> or <null>"));
            }
            None => path.set(body, &cell(written, scope)?)?,
        }
    }
    Ok(())
}

/// Objects from a table whose first row names the fields; an empty cell leaves its field out.
///
/// # Errors
/// No rows below the first; a path that can't be set.
pub fn objects(rows: &Rows, scope: &mut Scope<'_>) -> Result<Vec<Value>, ValueError> {
    let (paths, rest) = headed(rows)?;
    let mut out = Vec::new();
    for row in rest {
        let mut object = Value::Object(Map::new());
        for (path, written) in paths.iter().zip(row) {
            if !written.trim().is_empty() {
                path.set(&mut object, &cell(written, scope)?)?;
            }
        }
        out.push(object);
    }
    Ok(out)
}

/// The first row as paths, and the other rows, all of one width.
fn headed(rows: &Rows) -> Result<(Vec<FieldPath>, &Rows), ValueError> {
    let (first, rest) = rows.split_first().ok_or_else(|| ValueError::new("the table is empty"))?;
    let paths = first.iter().map(|name| FieldPath::parse(name)).collect::<Result<Vec<_>, _>>()?;
    if rest.is_empty() {
        return Err(ValueError::new("the table has no rows below its first, which names the fields"));
    }
    if let Some(row) = rest.iter().find(|row| row.len() != paths.len()) {
        return Err(ValueError::new(format!(
            "a row has {} cells where the first row names {}",
            row.len(),
            paths.len()
        )));
    }
    Ok((paths, rest))
}

/// What an object must look like, field by field: the fields that are not named may be anything.
#[derive(Debug, Clone)]
pub struct Like(Vec<(FieldPath, Template)>);

impl Like {
    /// From a table of fields and values; markers may stand for values.
    ///
    /// # Errors
    /// An unknown marker, name or path; an empty cell.
    pub fn read(rows: &Rows, scope: &mut Scope<'_>) -> Result<Self, ValueError> {
        let mut fields = Vec::new();
        for (path, written) in pairs(rows)? {
            if written.is_empty() {
                return Err(ValueError::new(format!("`{path}` has an empty cell"))
                    .hint("write \"\" for the empty text, <absent> for no such field, <any> for anything"));
            }
            fields.push((FieldPath::parse(path)?, expectation(written, scope)?));
        }
        Ok(Self(fields))
    }

    /// One for each row below the first, which names the fields; an empty cell says nothing of its field.
    ///
    /// # Errors
    /// As [`Like::read`].
    pub fn rows(rows: &Rows, scope: &mut Scope<'_>) -> Result<Vec<Self>, ValueError> {
        let (paths, rest) = headed(rows)?;
        let mut out = Vec::new();
        for row in rest {
            let mut fields = Vec::new();
            for (path, written) in paths.iter().zip(row).filter(|(_, written)| !written.trim().is_empty()) {
                fields.push((path.clone(), expectation(written, scope)?));
            }
            out.push(Self(fields));
        }
        Ok(out)
    }

    /// Where a value differs; nothing when it is like this.
    pub fn differences(&self, value: &Value) -> Vec<Difference> {
        let mut out = Vec::new();
        for (path, template) in &self.0 {
            let (found, why) = match path.find(value) {
                Found::Missing(why) => (None, Some(why)),
                Found::One(found) => (Some(found.clone()), None),
                Found::Many(_) => (path.get(value), None),
            };
            for mut difference in template.differences(found.as_ref()) {
                difference.path = if difference.path.starts_with('[') || difference.path.is_empty() {
                    format!("{}{}", path.as_str(), difference.path)
                } else {
                    format!("{}.{}", path.as_str(), difference.path)
                };
                if let (Some(why), "absent") = (&why, difference.found.as_str()) {
                    difference.found = format!("absent: {why}");
                }
                out.push(difference);
            }
        }
        out
    }

    /// How many fields it names.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it names none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What a cell says that something must be: a marker, or a value.
///
/// # Errors
/// An unknown marker or name.
pub fn expectation(written: &str, scope: &mut Scope<'_>) -> Result<Template, ValueError> {
    let written = written.trim();
    if marker::parse(written)?.is_some() {
        return Template::from_text(written, scope);
    }
    if written.starts_with(['{', '['])
        && let Ok(value) = document::read(written, Language::Json)
    {
        return Template::from_value(&value, scope);
    }
    cell(written, scope).map(Template::Exact)
}

/// The rows of a soft-check table: a field and what is said of it.
///
/// # Errors
/// A path or predicate that can't be read.
pub fn checks(rows: &Rows) -> Result<Vec<(FieldPath, Predicate)>, ValueError> {
    pairs(rows)?
        .into_iter()
        .map(|(path, said)| Ok((FieldPath::parse(path)?, Predicate::parse(said)?)))
        .collect()
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
