//! How to draw on the terminal: decided once, from flags, environment and where the output goes.

use std::io::IsTerminal;
use std::os::fd::AsFd;

use dryrun_reports::terminal::Style;

use crate::args::Color;

/// What is drawn for where nobody tells how wide it is.
const COLUMNS: usize = 110;
/// The same for lines.
const ROWS: usize = 24;

/// The style of a stream.
pub(crate) fn style(color: Color, stream: &(impl IsTerminal + AsFd)) -> Style {
    let tty = stream.is_terminal();
    let color = match color {
        Color::Always => true,
        Color::Never => false,
        // https://no-color.org: present and not empty, whatever its value.
        Color::Auto => tty && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    Style { color, tty, width: size(stream).0.max(40), ..Style::default() }
}

/// Columns and lines of a terminal as they are now; COLUMNS, when it is set, wins over what the terminal says.
pub(crate) fn size(stream: &impl AsFd) -> (usize, usize) {
    let window = rustix::termios::tcgetwinsize(stream).ok();
    let own = |what: u16| (what > 0).then_some(usize::from(what));
    let set =
        std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).filter(|columns| *columns >= 20);
    let columns = set.or_else(|| own(window?.ws_col)).unwrap_or(COLUMNS);
    (columns, window.and_then(|window| own(window.ws_row)).unwrap_or(ROWS))
}
