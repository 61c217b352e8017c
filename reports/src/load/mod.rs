//! Load runs: as files for other tools ([`csv`], [`csv_steps`], [`prometheus`]), and what the other inks say and draw of
//! them. Everything comes from [`dryrun_record::Record::loads`].

pub(crate) mod capacity;
pub(crate) mod chart;
pub(crate) mod columns;
mod csv;
pub(crate) mod curves;
pub(crate) mod facts;
mod prometheus;
pub(crate) mod sample;
pub(crate) mod scale;
pub(crate) mod shapes;
pub(crate) mod spread;
pub(crate) mod units;

pub use csv::{csv, csv_steps};
pub use prometheus::prometheus;
