//! Whose doing a call is: [`Correlation`]. An iteration's 32 hex digits: 16 for the load run, 16 for the turn's number.

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

/// Carries the digits as its trace id.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Carries the digits as they are.
pub const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// Both digits of each byte.
const HEX: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut table = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    table
};

/// The correlation of one iteration. It goes with each of its requests, and the service is to pass it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Correlation {
    digits: [u8; 32],
}

impl Correlation {
    /// Of turn `number` of load run `run`. A run is a number made up at its start; 0 is not one, because a trace id of
    /// nothing but zeros is invalid.
    #[must_use]
    pub fn new(run: u64, number: u64) -> Self {
        let mut digits = [0; 32];
        write(&mut digits[..16], run);
        write(&mut digits[16..], number);
        Self { digits }
    }

    /// The 32 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits).expect("hex digits are ASCII")
    }

    /// The number of the turn that these digits belong to; `None` if they are not of this run.
    #[must_use]
    pub fn turn(run: u64, digits: &str) -> Option<u64> {
        let (first, rest) = digits.split_at_checked(16)?;
        let hex = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        (hex && u64::from_str_radix(first, 16).ok()? == run).then(|| u64::from_str_radix(rest, 16).ok())?
    }

    /// The value of `traceparent` for a request of the iteration; `request` counts from 0 and becomes the parent id.
    #[must_use]
    pub fn traceparent(&self, request: u64) -> HeaderValue {
        let mut value = *b"00-00000000000000000000000000000000-0000000000000000-01";
        value[3..35].copy_from_slice(&self.digits);
        // A parent id of nothing but zeros is invalid as well.
        write(&mut value[36..52], request.wrapping_add(1).max(1));
        HeaderValue::from_bytes(&value).expect("hex digits and dashes")
    }

    /// The value of `X-Correlation-ID`.
    #[must_use]
    pub fn value(&self) -> HeaderValue {
        HeaderValue::from_bytes(&self.digits).expect("hex digits")
    }

    /// Adds both headers where they are not written already.
    pub fn add_to(&self, headers: &mut HeaderMap, request: u64) {
        headers.entry(TRACEPARENT).or_insert_with(|| self.traceparent(request));
        headers.entry(CORRELATION_ID).or_insert_with(|| self.value());
    }
}

/// Sixteen digits, written without a formatter.
fn write(place: &mut [u8], number: u64) {
    for (pair, byte) in place.chunks_exact_mut(2).zip(number.to_be_bytes()) {
        pair.copy_from_slice(&HEX[usize::from(byte)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_are_those_of_the_run_and_of_the_turn() {
        let correlation = Correlation::new(0xfeed_0000_0000_0001, 0x0000_0000_00ab_cdef);
        assert_eq!(correlation.as_str(), "feed0000000000010000000000abcdef");
        assert_eq!(correlation.value(), "feed0000000000010000000000abcdef");
        assert_eq!(correlation.traceparent(0), "00-feed0000000000010000000000abcdef-0000000000000001-01");
        assert_eq!(correlation.traceparent(u64::MAX).to_str().expect("text")[36..52], *"0000000000000001");
    }

    #[test]
    fn the_turn_is_read_back_from_digits_of_this_run_only() {
        for number in [0, 1, 255, u64::MAX] {
            let digits = Correlation::new(7, number);
            assert_eq!(Correlation::turn(7, digits.as_str()), Some(number));
            assert_eq!(Correlation::turn(8, digits.as_str()), None);
        }
        for broken in [
            "",
            "7",
            "000000000000000700000000000000",
            "00000000000000070000000000000+01",
            "ü".repeat(16).as_str(),
        ] {
            assert_eq!(Correlation::turn(7, broken), None, "{broken}");
        }
    }

    #[test]
    fn a_header_that_is_written_already_stays() {
        let mut headers = HeaderMap::new();
        headers.insert(CORRELATION_ID, HeaderValue::from_static("mine"));
        Correlation::new(1, 2).add_to(&mut headers, 4);
        assert_eq!(headers[CORRELATION_ID], "mine");
        assert_eq!(headers[TRACEPARENT], "00-00000000000000010000000000000002-0000000000000005-01");
    }
}
