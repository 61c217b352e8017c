//! Words, numbers and cut-offs that every ink shares. All lengths are in characters unless they say columns.

use std::fmt::Write as _;

use dryrun_record::Body;

/// `0.4 ms`, `123 ms`, `1.2 s`, `2 min 03 s`.
pub(crate) fn duration(us: u64) -> String {
    let ms = us as f64 / 1e3;
    match us {
        0..1_000 => format!("{ms:.1} ms"),
        1_000..999_500 => format!("{ms:.0} ms"),
        999_500..59_950_000 => format!("{:.1} s", ms / 1e3),
        _ => {
            let seconds = (us + 500_000) / 1_000_000;
            if seconds >= 3_600 {
                return format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60);
            }
            format!("{} min {:02} s", seconds / 60, seconds % 60)
        }
    }
}

/// `features/send.feature:12`; a file alone if nothing has a line in it, as in a contract that was probed.
pub(crate) fn place(file: &str, line: usize) -> String {
    if line == 0 { file.to_owned() } else { format!("{file}:{line}") }
}

/// `1 scenario`, `2 scenarios`.
pub(crate) fn count(many: usize, what: &str) -> String {
    if many == 1 { format!("1 {what}") } else { format!("{many} {what}s") }
}

/// `1 breach`, `2 breaches`.
pub(crate) fn breaches(many: usize) -> String {
    if many == 1 { "1 breach".to_owned() } else { format!("{many} breaches") }
}

/// `812 bytes`, `3.1 KiB`, `2.0 MiB`.
pub(crate) fn bytes(many: u64) -> String {
    match many {
        1 => "1 byte".to_owned(),
        0..1024 => format!("{many} bytes"),
        1024..1_048_576 => format!("{:.1} KiB", many as f64 / 1024.0),
        _ => format!("{:.1} MiB", many as f64 / 1_048_576.0),
    }
}

/// Makes control characters and direction marks visible, so that data of others can't steer a terminal or turn a line
/// around. Line feeds and tabs stay; a carriage return before a line feed goes.
pub(crate) fn visible(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
            '\u{7f}' => '\u{2421}',
            '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                '\u{fffd}'
            }
            _ => c,
        })
        .collect()
}

/// One line of at most `most` characters.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let line = visible(text).split_whitespace().collect::<Vec<_>>().join(" ");
    shorten(&line, most)
}

/// At most `most` characters, with `…` for what was left out.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(std::iter::once('…')).collect()
}

/// Columns that a text takes on a terminal. Wide East Asian characters and emoji count two; combining marks count one,
/// too much rather than too little.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// As many characters as fit into `most` columns.
pub(crate) fn fit(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let mut used = 0;
    let mut out = String::new();
    for c in text.chars() {
        used += width(c);
        if used >= most {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

fn width(c: char) -> usize {
    match c as u32 {
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// A body as people read it: JSON indented, control characters visible, at most `lines` lines of at most `wide`
/// characters. Empty for no body.
pub(crate) fn body(body: &Body, lines: usize, wide: usize) -> String {
    let Some(text) = &body.text else {
        return if body.bytes == 0 {
            String::new()
        } else {
            format!("({} that are no text)", bytes(body.bytes))
        };
    };
    let mut out = clip(&visible(&indented(text)), lines, wide);
    if body.cut {
        let _ = write!(out, "\n… (cut: {} in all)", bytes(body.bytes));
    }
    out
}

/// At most `lines` lines of at most `wide` characters, saying how much was left out.
pub(crate) fn clip(text: &str, lines: usize, wide: usize) -> String {
    let all = text.lines().count();
    let mut out: Vec<String> = text.lines().take(lines).map(|line| shorten(line, wide)).collect();
    if all > lines {
        out.push(format!("… ({} more)", count(all - lines, "line")));
    }
    out.join("\n")
}

/// JSON with two blanks of indentation, every literal as it was written (a parsed and printed number may be another
/// one); any other text unchanged.
pub(crate) fn indented(text: &str) -> String {
    if !text.trim_start().starts_with(['{', '['])
        || serde_json::from_str::<serde::de::IgnoredAny>(text).is_err()
    {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                out.push(c);
                let mut escaped = false;
                for c in chars.by_ref() {
                    out.push(c);
                    match c {
                        _ if escaped => escaped = false,
                        '\\' => escaped = true,
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                out.push(c);
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(close) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    line_break(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line_break(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line_break(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ if c.is_ascii_whitespace() => {}
            _ => out.push(c),
        }
    }
    out
}

fn line_break(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well_at_every_size() {
        let all: Vec<String> =
            [0, 400, 1_000, 123_400, 999_499, 999_500, 59_900_000, 59_970_000, 123_000_000]
                .map(duration)
                .into();
        assert_eq!(
            all,
            ["0.0 ms", "0.4 ms", "1 ms", "123 ms", "999 ms", "1.0 s", "59.9 s", "1 min 00 s", "2 min 03 s"]
        );
    }

    #[test]
    fn json_is_indented_without_touching_a_literal() {
        let text = r#"{"id":12345678901234567890123,"a":[1.0e5,{"q":"x \"{,}[:] \\"}],"e":{ },"n":[]}"#;
        let pretty = indented(text);
        insta::assert_snapshot!(pretty, @r#"
        {
          "id": 12345678901234567890123,
          "a": [
            1.0e5,
            {
              "q": "x \"{,}[:] \\"
            }
          ],
          "e": {},
          "n": []
        }
        "#);
        assert_eq!(indented("{no json"), "{no json");
        assert_eq!(indented("plain"), "plain");
    }

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        assert_eq!(visible("a\u{1b}[31mb\r\nc\td\u{202e}e\u{9b}"), "a␛[31mb\nc\td\u{fffd}e\u{fffd}");
        assert_eq!(one_line("a\n  b\rc", 10), "a b␍c");
    }

    #[test]
    fn cutting_counts_columns_and_says_what_is_missing() {
        assert_eq!(fit("日本語です", 6), "日本…");
        assert!(columns(&fit("日本語です", 7)) <= 7);
        assert_eq!(fit("short", 5), "short");
        assert_eq!(clip("1\n2\n3", 2, 9), "1\n2\n… (1 line more)");
    }
}
