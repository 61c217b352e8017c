//! Histograms as the load writes them.

use base64::Engine as _;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};

/// Microseconds as HDR V2, deflated, base64.
pub(crate) fn encoded(values: &[u64]) -> String {
    let mut histogram = Histogram::<u64>::new_with_bounds(1, 3_600_000_000, 3).expect("bounds");
    for value in values {
        histogram.record(*value).expect("within the bounds");
    }
    let mut bytes = Vec::new();
    V2DeflateSerializer::new().serialize(&histogram, &mut bytes).expect("memory takes it");
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
