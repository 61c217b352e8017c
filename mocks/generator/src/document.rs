//! The living document: Markdown sections `## [Category] Heading` with items `### Title`. Main type: [`Document`].

use chrono::NaiveDate;

/// The categories that a section may have.
pub(crate) const CATEGORIES: &[&str] = &["breathscape", "hardware", "tips", "vision"];

/// A parsed living document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    /// The text of the first `# ` heading.
    pub(crate) title: String,
    /// All items, in the order of the document.
    pub(crate) items: Vec<Item>,
}

/// One item of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// One of [`CATEGORIES`].
    pub(crate) category: &'static str,
    pub(crate) title: String,
    pub(crate) date: NaiveDate,
    /// Paragraphs separated by one line feed.
    pub(crate) content: String,
    pub(crate) tags: Vec<String>,
}

/// What is wrong with a living document, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub(crate) struct DocumentError {
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Document {
    /// The items of a category, newest first; items of one day in the order of the document.
    pub(crate) fn newest(&self, category: &str) -> Vec<&Item> {
        let mut items: Vec<&Item> = self.items.iter().filter(|item| item.category == category).collect();
        items.sort_by_key(|item| std::cmp::Reverse(item.date));
        items
    }

    /// Reads a document.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub(crate) fn parse(text: &str) -> Result<Document, DocumentError> {
        let mut reader = Reader::default();
        for (index, line) in text.lines().enumerate() {
            reader.line(index + 1, line.trim_end())?;
        }
        reader.close_item()?;
        if reader.document.items.is_empty() {
            let what = "no items: write sections '## [Category] Heading' with items '### Title'";
            return Err(DocumentError { line: text.lines().count().max(1), what: what.to_owned() });
        }
        Ok(reader.document)
    }
}

#[derive(Debug)]
struct OpenItem {
    line: usize,
    title: String,
    date: Option<NaiveDate>,
    content: Option<String>,
    tags: Vec<String>,
}

#[derive(Debug)]
struct Reader {
    document: Document,
    category: Option<&'static str>,
    item: Option<OpenItem>,
}

impl Default for Reader {
    fn default() -> Reader {
        let document = Document { title: String::new(), items: Vec::new() };
        Reader { document, category: None, item: None }
    }
}

fn fail<T>(line: usize, what: impl Into<String>) -> Result<T, DocumentError> {
    Err(DocumentError { line, what: what.into() })
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), DocumentError> {
        if let Some(title) = line.strip_prefix("### ") {
            self.close_item()?;
            if self.category.is_none() {
                return fail(
                    number,
                    format!("item '{title}' stands before any section '## [Category] Heading'"),
                );
            }
            self.item = Some(OpenItem {
                line: number,
                title: title.trim().to_owned(),
                date: None,
                content: None,
                tags: Vec::new(),
            });
        } else if let Some(heading) = line.strip_prefix("## ") {
            self.close_item()?;
            self.category = Some(category(number, heading)?);
        } else if let Some(title) = line.strip_prefix("# ") {
            self.close_item()?;
            self.document.title = title.trim().to_owned();
        } else if let Some(field) = line.strip_prefix("- **") {
            self.field(number, field)?;
        } else if let Some(OpenItem { content: Some(content), .. }) = &mut self.item {
            // A paragraph that follows `- **Content:**` belongs to it; a blank line starts a new one.
            let line = line.trim();
            if line.is_empty() {
                if !content.is_empty() && !content.ends_with('\n') {
                    content.push('\n');
                }
            } else {
                if !content.is_empty() && !content.ends_with('\n') {
                    content.push(' ');
                }
                content.push_str(line);
            }
        }
        Ok(())
    }

    fn field(&mut self, number: usize, field: &str) -> Result<(), DocumentError> {
        let Some((name, value)) = field.split_once(":**") else {
            return fail(number, "a field must read '- **Name:** value'");
        };
        let value = value.trim();
        let Some(item) = &mut self.item else {
            return fail(number, format!("field '{name}' stands outside an item '### Title'"));
        };
        match name {
            "Date" if item.date.is_some() => fail(number, "a second Date in one item"),
            "Date" => {
                item.date = Some(date(number, value)?);
                Ok(())
            }
            "Content" if item.content.is_some() => fail(number, "a second Content in one item"),
            "Content" => {
                item.content = Some(value.to_owned());
                Ok(())
            }
            "Tags" => {
                item.tags = value
                    .split(',')
                    .map(|tag| tag.trim().to_lowercase())
                    .filter(|tag| !tag.is_empty())
                    .collect();
                Ok(())
            }
            _ => fail(number, format!("unknown field '{name}': write Date, Content or Tags")),
        }
    }

    fn close_item(&mut self) -> Result<(), DocumentError> {
        let Some(item) = self.item.take() else { return Ok(()) };
        let OpenItem { line, title, date, content, tags } = item;
        if title.is_empty() {
            return fail(line, "an item without a title");
        }
        let Some(date) = date else {
            return fail(line, format!("item '{title}' has no '- **Date:** 2026-01-24' line"));
        };
        let content = content.unwrap_or_default().trim().to_owned();
        if content.is_empty() {
            return fail(line, format!("item '{title}' has no '- **Content:** …' line"));
        }
        let category = self.category.expect("an item opens only within a section");
        self.document.items.push(Item { category, title, date, content, tags });
        Ok(())
    }
}

fn category(number: usize, heading: &str) -> Result<&'static str, DocumentError> {
    let name =
        heading.trim().strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name.trim());
    let Some(name) = name else {
        return fail(number, format!("section '{heading}' must read '[Category] Heading'"));
    };
    match CATEGORIES.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        Some(known) => Ok(known),
        None => fail(number, format!("unknown category '{name}': write one of {}", CATEGORIES.join(", "))),
    }
}

fn date(number: usize, value: &str) -> Result<NaiveDate, DocumentError> {
    ["%Y-%m-%d", "%B %d, %Y"]
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(value, format).ok())
        .map_or_else(|| fail(number, format!("'{value}' is not a date: write it as 2026-01-24")), Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# Log\n\nAn introduction.\n\n## [Breathscape] Updates\n### One\n- **Date:** 2026-01-02\n\
        - **Tags:** App, iOS\n- **Content:** First line\n  goes on.\n\n  Second paragraph.\n### Two\n\
        - **Date:** January 5, 2026\n- **Content:** Text.\n## [tips] Tips\n### Three\n- **Date:** 2026-01-01\n\
        - **Content:** <b>Tip</b>\n";

    #[test]
    fn items_keep_category_date_paragraphs_and_tags() {
        let document = Document::parse(GOOD).unwrap();
        assert_eq!(document.title, "Log");
        assert_eq!(document.items.len(), 3);
        let one = &document.items[0];
        assert_eq!(one.content, "First line goes on.\nSecond paragraph.");
        assert_eq!(one.tags, ["app", "ios"]);
        let newest: Vec<&str> =
            document.newest("breathscape").iter().map(|item| item.title.as_str()).collect();
        assert_eq!(newest, ["Two", "One"]);
        assert_eq!(document.newest("tips")[0].category, "tips");
    }

    #[test]
    fn each_mistake_is_told_with_its_line() {
        for (text, line, part) in [
            ("", 1, "no items"),
            ("### A\n", 1, "before any section"),
            ("## Updates\n", 1, "[Category]"),
            ("\n## [Sports] X\n", 2, "unknown category 'Sports'"),
            ("## [Tips] X\n- **Date:** 2026-01-01\n", 2, "outside an item"),
            ("## [Tips] X\n### A\n- **Date:** soon\n", 3, "'soon' is not a date"),
            ("## [Tips] X\n### A\n- **Content:** x\n### B\n", 2, "has no '- **Date:**"),
            ("## [Tips] X\n### A\n- **Date:** 2026-01-01\n", 2, "has no '- **Content:**"),
            ("## [Tips] X\n### A\n- **Date:** 2026-01-01\n- **Date:** 2026-01-01\n", 4, "second Date"),
            ("## [Tips] X\n### A\n- **Colour:** red\n", 3, "unknown field 'Colour'"),
            ("## [Tips] X\n### A\n- **Date 2026\n", 3, "must read"),
        ] {
            let error = Document::parse(text).unwrap_err();
            assert_eq!(error.line, line, "{text:?}: {error}");
            assert!(error.what.contains(part), "{text:?}: {error}");
        }
    }
}
