//! The [`Judge`]: gathers the breaches of one message.

use serde_json::Value;

use crate::breach::{Breach, Location, Segment, Side};
use crate::explain::Leaf;
use crate::operation::Operation;

/// What was judged by.
enum Said<'a> {
    Operation(&'a Operation),
    Schema(&'a str),
}

/// Gathers the breaches of one request or answer.
pub(crate) struct Judge<'a> {
    pub(crate) side: Side,
    operation: Said<'a>,
    status: Option<u16>,
    breaches: Vec<Breach>,
}

impl<'a> Judge<'a> {
    pub(crate) fn of_request(operation: &'a Operation) -> Self {
        Self {
            side: Side::Request,
            operation: Said::Operation(operation),
            status: None,
            breaches: Vec::new(),
        }
    }

    pub(crate) fn of_response(operation: &'a Operation, status: u16) -> Self {
        let operation = Said::Operation(operation);
        Self { side: Side::Response, operation, status: Some(status), breaches: Vec::new() }
    }

    /// For a value that belongs to no call, judged by a schema of that name.
    pub(crate) fn of_value(side: Side, schema: &'a str) -> Self {
        Self { side, operation: Said::Schema(schema), status: None, breaches: Vec::new() }
    }

    /// Every breach of a schema by a value, in the order of reporting.
    pub(crate) fn all(
        mut self,
        location: Location,
        schema: &crate::schema::Schema,
        value: &Value,
    ) -> Vec<Breach> {
        self.value(location, None, schema, value);
        self.finish()
    }

    /// Everything gathered, in the order of reporting.
    pub(crate) fn finish(mut self) -> Vec<Breach> {
        Breach::sort(&mut self.breaches);
        self.breaches
    }

    /// A breach of a schema; `name` is that of the parameter or header the value belongs to.
    pub(crate) fn schema(&mut self, location: Location, name: Option<&str>, leaf: Leaf) {
        let mut segments: Vec<Segment> = name.map(|name| Segment::Key(name.to_owned())).into_iter().collect();
        segments.extend(leaf.segments);
        self.push(
            location,
            segments,
            leaf.schema_path,
            &leaf.keyword,
            leaf.property,
            leaf.found,
            leaf.wanted,
        );
    }

    /// A parameter or header that is missing.
    pub(crate) fn missing(&mut self, location: Location, name: &str, at: &str, wanted: String) {
        let found = format!("no {}", wanted.strip_prefix("the ").unwrap_or(&wanted));
        let schema_path = format!("{at}/required");
        self.push(location, Vec::new(), schema_path, "required", Some(name.to_owned()), found, wanted);
    }

    /// A breach of anything but a schema, at the top of its part.
    pub(crate) fn plain(
        &mut self,
        location: Location,
        schema_path: &str,
        keyword: &str,
        found: String,
        wanted: String,
    ) {
        self.push(location, Vec::new(), schema_path.to_owned(), keyword, None, found, wanted);
    }

    /// A breach of anything but a schema, at a place within its part.
    pub(crate) fn inside(
        &mut self,
        location: Location,
        segments: Vec<Segment>,
        schema_path: &str,
        keyword: &str,
        found: String,
        wanted: String,
    ) {
        self.push(location, segments, schema_path.to_owned(), keyword, None, found, wanted);
    }

    /// A header of an answer that is not documented.
    pub(crate) fn undocumented(&mut self, name: &str, at: &str, wanted: String) {
        let segments = vec![Segment::Key(name.to_owned())];
        let found = format!("the header {name:?}");
        let property = Some(name.to_owned());
        self.push(Location::Header, segments, at.to_owned(), "header", property, found, wanted);
    }

    #[allow(clippy::too_many_arguments, reason = "the one place where a breach is put together")]
    fn push(
        &mut self,
        location: Location,
        segments: Vec<Segment>,
        schema_path: String,
        keyword: &str,
        property: Option<String>,
        found: String,
        wanted: String,
    ) {
        let mut instance_path = location.word().to_owned();
        for segment in &segments {
            instance_path.push('/');
            instance_path.push_str(&segment.to_string());
        }
        self.breaches.push(Breach {
            side: self.side,
            operation: match self.operation {
                Said::Operation(operation) => operation.line(),
                Said::Schema(name) => name.to_owned(),
            },
            status: self.status,
            location,
            segments,
            instance_path,
            schema_path,
            keyword: keyword.to_owned(),
            property,
            found,
            wanted,
        });
    }

    /// Every breach of a schema by a value.
    pub(crate) fn value(
        &mut self,
        location: Location,
        name: Option<&str>,
        schema: &crate::schema::Schema,
        value: &Value,
    ) {
        for leaf in schema.leaves(value) {
            self.schema(location, name, leaf);
        }
    }
}
