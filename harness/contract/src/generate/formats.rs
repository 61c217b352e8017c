//! Texts at the edges of a format: those that are no such text, and unusual ones that are.

/// Texts that look like the format and are not.
pub(super) fn wrong(format: &str) -> &'static [&'static str] {
    match format {
        "date-time" => {
            &["2026-13-45T99:99:99Z", "2026-01-24 10:00", "2026-01-24T10:00:00", "yesterday", "1769248800"]
        }
        "date" => &["2026-02-30", "24.01.2026", "2026-1-4", "20260124"],
        "time" => &["25:61:61Z", "10:00", "noon"],
        "duration" => &["15 minutes", "P", "PT"],
        "email" | "idn-email" => {
            &["no-at-sign", "two@at@signs.example", "@example.com", "a b@example.com", "a@"]
        }
        "hostname" | "idn-hostname" => &["-bad-.example", "a..b", "spa ce.example"],
        "ipv4" => &["256.1.1.1", "1.2.3", "1.2.3.4.5", "0x7f.1"],
        "ipv6" => &[":::", "12345::", "1.2.3.4"],
        "uri" | "iri" | "url" => &["not a uri", "//no-scheme.example", "http://[", "/relative"],
        "uri-reference" | "iri-reference" => &["\\\\server", "http://["],
        "uri-template" => &["/{open", "{}}"],
        "uuid" => {
            &["not-a-uuid", "123e4567-e89b-12d3-a456-42661417400", "123e4567e89b12d3a456426614174000", "{}"]
        }
        "json-pointer" => &["no-slash", "/a~2"],
        "relative-json-pointer" => &["/a", "-1"],
        "regex" => &["(", "[a-", "*"],
        "byte" => &["!!!", "a", "aGVsbG8"],
        "base64url" => &["a+/b", "a"],
        "char" => &["", "ab"],
        "decimal" => &["1.", "1,5", "one", "1e5"],
        "http-date" => &["2026-01-24", "Sat 24 Jan 2026"],
        _ => &[],
    }
}

/// Unusual texts of the format.
pub(super) fn unusual(format: &str) -> &'static [&'static str] {
    match format {
        "date-time" => &[
            "2026-01-24T10:00:00+14:00",
            "2026-01-24T10:00:00.123456789Z",
            "2024-02-29T23:59:59Z",
            "0001-01-01T00:00:00Z",
        ],
        "date" => &["2024-02-29", "0001-01-01", "9999-12-31"],
        "time" => &["23:59:59.999999Z", "10:00:00-12:00"],
        "duration" => &["P1Y2M3DT4H5M6S", "P4W"],
        "email" | "idn-email" => &["first.last+tag@example.com", "x@a.b.c.example"],
        "uri" | "iri" | "url" => &["https://[2001:db8::1]:8443/a?b=c#d", "urn:isbn:0451450523", "data:,x"],
        "uuid" => &["123E4567-E89B-12D3-A456-426614174000", "00000000-0000-0000-0000-000000000000"],
        "ipv6" => &["::", "::ffff:192.0.2.1"],
        _ => &[],
    }
}
