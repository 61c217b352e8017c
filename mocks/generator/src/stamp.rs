//! Times and ids as they stand on the wire. Main type: [`Ids`].

use crate::faults::{Fault, Faults};
use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use std::fmt::Write as _;

/// Now, as an RFC 3339 date-time in UTC with microseconds.
pub(crate) fn now() -> String {
    text(Utc::now())
}

/// A moment as an RFC 3339 date-time in UTC with microseconds.
pub(crate) fn text(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Reads an RFC 3339 date-time; one without an offset, as existing servers print it, is taken as UTC.
pub(crate) fn parse(value: &str) -> Option<DateTime<Utc>> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(value) {
        return Some(moment.with_timezone(&Utc));
    }
    NaiveDateTime::parse_from_str(value, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|moment| moment.and_utc())
}

/// Makes ids that are unique however many are made within one second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ids {
    faults: Faults,
}

impl Ids {
    /// Ids for a service with these faults.
    pub(crate) fn new(faults: Faults) -> Ids {
        Ids { faults }
    }

    /// A random UUID (RFC 9562, version 4), such as a `content_id`.
    pub(crate) fn uuid(self) -> String {
        let bytes: [u8; 16] = if self.faults.has(Fault::CollidingIds) {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&Utc::now().timestamp().to_be_bytes());
            bytes
        } else {
            rand::random()
        };
        uuid_v4(bytes)
    }

    /// A prefixed id, such as `batch-20260124-…`.
    pub(crate) fn prefixed(self, prefix: &str) -> String {
        let random = if self.faults.has(Fault::CollidingIds) {
            String::new()
        } else {
            format!("-{}", &self.uuid()[..13])
        };
        format!("{prefix}-{}{random}", Utc::now().format("%Y%m%d-%H%M%S"))
    }

    /// An id for a request or correlation, which the faults leave alone: the harness attributes by it.
    pub(crate) fn request() -> String {
        uuid_v4(rand::random())
    }
}

fn uuid_v4(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_of_one_second_differ_unless_seeded_to_collide() {
        let honest = Ids::new(Faults::default());
        let made: HashSet<String> =
            (0..1000).flat_map(|_| [honest.uuid(), honest.prefixed("batch")]).collect();
        assert_eq!(made.len(), 2000);
        let lying = Ids::new(Faults::parse("colliding_ids").unwrap());
        let made: HashSet<String> = (0..1000).map(|_| lying.uuid()).collect();
        assert!(made.len() < 1000);
    }

    #[test]
    fn date_times_with_and_without_offset_are_read() {
        let wanted = "2026-01-24T10:00:00.000000Z";
        for given in ["2026-01-24T10:00:00Z", "2026-01-24T12:00:00+02:00", "2026-01-24T10:00:00"] {
            assert_eq!(parse(given).map(text).as_deref(), Some(wanted), "{given}");
        }
        assert_eq!(parse("tomorrow"), None);
    }
}
