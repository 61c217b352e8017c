//! How to draw on the terminal: decided once, from flags, environment and where the output goes.

use std::io::IsTerminal;

use dryrun_reports::terminal::Style;

use crate::args::Color;

/// The style of a stream.
pub(crate) fn style(color: Color, stream: &impl IsTerminal) -> Style {
    let tty = stream.is_terminal();
    let color = match color {
        Color::Always => true,
        Color::Never => false,
        // https://no-color.org: present and not empty, whatever its value.
        Color::Auto => tty && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    let width = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).filter(|width| *width >= 40);
    Style { color, tty, width: width.unwrap_or(110), ..Style::default() }
}
