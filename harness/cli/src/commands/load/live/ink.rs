//! Lines of a bounded width with colours: [`Line`]; numbers and sparklines as people read them.

/// How a part of a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Strong,
    Faint,
    Good,
    Bad,
    Doubtful,
}

impl Ink {
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Strong => Some("1"),
            Self::Faint => Some("2"),
            Self::Good => Some("32"),
            Self::Bad => Some("31"),
            Self::Doubtful => Some("33"),
        }
    }
}

/// A line that never grows beyond its width: what no longer fits is left out whole, so that no number is cut in two.
#[derive(Debug, Clone)]
pub(super) struct Line {
    parts: Vec<(Ink, String)>,
    room: usize,
}

impl Line {
    pub(super) fn new(width: usize) -> Self {
        Self { parts: Vec::new(), room: width }
    }

    /// Adds a part if it fits whole.
    pub(super) fn put(&mut self, ink: Ink, text: &str) -> &mut Self {
        let wide = columns(text);
        if wide <= self.room {
            self.room -= wide;
            self.parts.push((ink, text.to_owned()));
        } else {
            // What comes after would stand as if this had been there.
            self.room = 0;
        }
        self
    }

    /// Columns that are left.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    pub(super) fn drawn(&self, color: bool) -> String {
        let painted = self.parts.iter().map(|(ink, text)| match ink.code() {
            Some(code) if color => format!("\x1b[{code}m{text}\x1b[0m"),
            _ => text.clone(),
        });
        painted.collect::<String>()
    }
}

/// Makes what could steer a terminal visible.
pub(super) fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// As many characters as fit, with `…` for what was left out.
pub(super) fn cut(text: &str, most: usize) -> String {
    let text = visible(text);
    if columns(&text) <= most {
        return text;
    }
    let mut used = 1;
    let kept = text.chars().take_while(|c| {
        used += wide(*c);
        used <= most
    });
    let kept: String = kept.collect();
    if most == 0 { kept } else { kept + "…" }
}

fn columns(text: &str) -> usize {
    text.chars().map(wide).sum()
}

/// East Asian wide characters and emoji take two columns.
fn wide(c: char) -> usize {
    match c as u32 {
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f => 2,
        0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// The last so many values, each as a bar of eight heights; the highest is the tallest.
pub(super) fn spark(values: impl ExactSizeIterator<Item = f64> + Clone, most: usize) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let skipped = values.len().saturating_sub(most);
    let top = values.clone().skip(skipped).fold(0.0, f64::max);
    let bar = |value: f64| match value {
        _ if top <= 0.0 || value <= 0.0 => BARS[0],
        // Rounded up, so that anything above nothing can be told from nothing where there is room for it.
        value => BARS[((value / top * 7.0).ceil() as usize).min(7)],
    };
    values.skip(skipped).map(bar).collect()
}

/// `1,234,567`.
pub(super) fn count(many: u64) -> String {
    let digits = many.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Three digits that matter: `0.42 ms`, `9.87 ms`, `23.1 ms`, `412 ms`, `1.90 s`.
pub(super) fn time(us: u64) -> String {
    let ms = us as f64 / 1e3;
    match ms {
        ms if ms < 9.995 => format!("{ms:.2} ms"),
        ms if ms < 99.95 => format!("{ms:.1} ms"),
        ms if ms < 999.5 => format!("{ms:.0} ms"),
        ms if ms < 99_950.0 => format!("{:.2} s", ms / 1e3),
        ms => format!("{:.0} s", ms / 1e3),
    }
}

/// `00:42`, `1:02:03`.
pub(super) fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

/// A value of a threshold with its unit.
pub(super) fn measured(value: f64, unit: &str) -> String {
    let text = match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    match unit {
        "" => text,
        "%" => format!("{text}%"),
        unit => format!("{text} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well_at_every_size() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        let times = [420, 9_870, 23_140, 412_300, 1_900_000, 120_000_000].map(time);
        assert_eq!(times, ["0.42 ms", "9.87 ms", "23.1 ms", "412 ms", "1.90 s", "120 s"]);
        assert_eq!([9_999, 99_960, 999_600].map(time), ["10.0 ms", "100 ms", "1.00 s"]);
        assert_eq!([42, 3_723].map(clock), ["00:42", "1:02:03"]);
        assert_eq!(
            (measured(0.5, "%"), measured(412.3, "ms"), measured(0.97, "")),
            ("0.50%".to_owned(), "412 ms".to_owned(), "0.97".to_owned())
        );
    }

    #[test]
    fn a_sparkline_shows_the_last_values_against_their_highest() {
        let drawn = |values: &[f64], most| spark(values.iter().copied(), most);
        assert_eq!(drawn(&[0.0, 7.0, 3.5], 9), "▁█▅");
        assert_eq!(drawn(&[900.0, 1.0, 7.0], 2), "▂█", "what is out of sight sets no scale");
        assert_eq!(drawn(&[0.0, 0.0], 9), "▁▁");
        assert_eq!(drawn(&[], 9), "");
    }

    #[test]
    fn a_line_keeps_to_its_width_and_cuts_no_number() {
        let mut line = Line::new(10);
        line.put(Ink::Plain, "p95 4 ms").put(Ink::Bad, " p99 9 ms").put(Ink::Plain, " x");
        assert_eq!(line.drawn(false), "p95 4 ms");
        let mut line = Line::new(8);
        let room = line.put(Ink::Good, "ok ").room();
        line.put(Ink::Plain, &cut("全部の要求", room));
        assert_eq!(line.drawn(false), "ok 全部…");
        assert_eq!(line.drawn(true), "\x1b[32mok \x1b[0m全部…");
        assert_eq!(cut("a\x1b[2Jb", 99), "a\u{fffd}[2Jb", "nothing steers the terminal");
    }
}
