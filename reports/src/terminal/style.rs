//! How much a terminal can show: [`Style`]. The caller decides (NO_COLOR, a pipe, the window's width); nothing here asks
//! the system.

/// What the output can show and how much of it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// ANSI colours.
    pub color: bool,
    /// A terminal that can redraw a line.
    pub tty: bool,
    /// Columns; 0 when unknown.
    pub width: usize,
    /// 0 for one line a scenario, 1 adds its steps, 2 its calls and whole bodies.
    pub verbose: u8,
}

impl Default for Style {
    /// No colours, no redrawing, unknown width.
    fn default() -> Self {
        Self { color: false, tty: false, width: 0, verbose: 0 }
    }
}

impl Style {
    /// Columns to draw for: 100 when unknown, and never fewer than 40.
    pub(crate) fn columns(self) -> usize {
        if self.width == 0 { 100 } else { self.width.max(40) }
    }

    /// A text behind so many columns, broken between words where the window ends. In a log, which programs read as well, a line
    /// stays as long as it is.
    pub(crate) fn wrapped(self, text: &str, indent: usize) -> String {
        let room = self.columns().saturating_sub(indent).max(20);
        if !self.tty || self.width == 0 || shown(text) <= room {
            return text.to_owned();
        }
        let (mut out, mut used) = (String::new(), 0);
        for word in text.split(' ') {
            let wide = shown(word);
            if used > 0 && used + 1 + wide > room {
                out += &format!("\n{}", " ".repeat(indent));
                used = 0;
            } else if !out.is_empty() {
                out.push(' ');
                used += 1;
            }
            out += word;
            used += wide;
        }
        out
    }

    /// Green, for what held.
    pub(crate) fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Red, for what did not.
    pub(crate) fn bad(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// Yellow, for what is doubtful.
    pub(crate) fn doubtful(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// Cyan, for what to do.
    pub(crate) fn hint(self, text: &str) -> String {
        self.paint("36", text)
    }

    /// Faint, for what may be skipped.
    pub(crate) fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Bold.
    pub(crate) fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Bold white on red or green: the verdict.
    pub(crate) fn badge(self, go: bool, text: &str) -> String {
        self.paint(if go { "1;97;42" } else { "1;97;41" }, text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.color && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Columns of a cell without its colours.
pub(crate) fn shown(cell: &str) -> usize {
    let mut parts = cell.split('\u{1b}');
    let first = parts.next().map_or(0, crate::text::columns);
    first
        + parts
            .map(|part| part.split_once('m').map_or(0, |(_, text)| crate::text::columns(text)))
            .sum::<usize>()
}
