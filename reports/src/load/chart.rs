//! Charts as SVG in HTML: [`Chart`]. The plot is as wide as its place and its texts keep their size, on a telephone as on
//! a screen: positions along the page are percentages, the lines sit in a picture within that is stretched.

use std::fmt::Write as _;

use crate::html::markup::escape;
use crate::load::scale::Axis;

/// A chart of one figure: axes, layers, what they mean, and what happened meanwhile.
#[derive(Debug)]
pub(crate) struct Chart {
    /// Its heading.
    pub(crate) title: String,
    /// What must be known to read it: `logarithmic`.
    pub(crate) note: String,
    /// What it shows, in one sentence for those who can't see it.
    pub(crate) said: String,
    /// Classes of the figure besides `chart`.
    pub(crate) class: &'static str,
    /// Pixels.
    pub(crate) height: u32,
    /// From left to right.
    pub(crate) x: Axis,
    /// From below.
    pub(crate) y: Axis,
    /// What is drawn, the lowest first.
    pub(crate) layers: Vec<Layer>,
    /// What the colours mean: class, words.
    pub(crate) keys: Vec<(&'static str, String)>,
    /// A part of the time line that counts apart: from, to, word.
    pub(crate) shade: Option<(f64, f64, &'static str)>,
    /// Events: where, number, words (empty for none beside the line), whole sentence.
    pub(crate) flags: Vec<Flag>,
    /// Limits: height, words.
    pub(crate) rules: Vec<(f64, String)>,
    /// The block of data that a pointer reads from, and its columns.
    pub(crate) data: Option<(usize, &'static str)>,
    /// What stands instead of layers when there is nothing to draw.
    pub(crate) nothing: Option<&'static str>,
}

/// An event on the time line.
#[derive(Debug, Clone)]
pub(crate) struct Flag {
    pub(crate) at: f64,
    pub(crate) number: usize,
    pub(crate) kind: &'static str,
    /// A few words, where there is room for them.
    pub(crate) short: String,
    /// The whole sentence.
    pub(crate) text: String,
}

/// One thing that is drawn. A point without a height is a gap.
#[derive(Debug)]
pub(crate) enum Layer {
    /// A line.
    Line { class: &'static str, points: Vec<(f64, Option<f64>)> },
    /// The space between two heights.
    Band { class: &'static str, points: Vec<(f64, Option<(f64, f64)>)> },
    /// A bar from the ground: from, to, height.
    Bars { class: &'static str, bars: Vec<(f64, f64, f64)> },
    /// A sign at a place, with words.
    Dots { dots: Vec<Dot> },
}

/// A sign at a place.
#[derive(Debug)]
pub(crate) struct Dot {
    pub(crate) class: &'static str,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) text: String,
}

/// Width of the picture that is stretched.
const WIDE: f64 = 1000.0;

impl Chart {
    /// As an HTML figure.
    pub(crate) fn draw(&self) -> String {
        let keys: String = self
            .keys
            .iter()
            .map(|(class, words)| format!("<li><i class=\"key {class}\"></i>{}</li>", escape(words)))
            .collect();
        let keys = if keys.is_empty() { keys } else { format!("<ul class=\"keys\">{keys}</ul>") };
        let note = if self.note.is_empty() {
            String::new()
        } else {
            format!(" <span class=\"faint\">{}</span>", escape(&self.note))
        };
        let data = self.data.map(|(index, columns)| {
            format!(" data-load=\"{index}\" data-columns=\"{columns}\" tabindex=\"0\"")
        });
        format!(
            "<figure class=\"chart {class}\"><figcaption><b>{title}</b>{note}{keys}</figcaption><div class=\"plot\"{data}>\
             <svg class=\"draw\" width=\"100%\" height=\"{height}\" role=\"img\" aria-label=\"{said}\">{inner}</svg></div></figure>\n",
            class = self.class,
            title = escape(&self.title),
            data = data.unwrap_or_default(),
            height = self.height,
            said = escape(&format!("{}. {}", self.title, self.said)),
            inner = self.inner()
        )
    }

    fn inner(&self) -> String {
        let mut out = String::new();
        let height = f64::from(self.height);
        if let Some((from, to, word)) = self.shade {
            let (from, to) = (self.x.place(from) * 100.0, self.x.place(to) * 100.0);
            let _ = write!(
                out,
                "<rect class=\"warm\" x=\"{from:.2}%\" y=\"0\" width=\"{:.2}%\" height=\"{}\"/>",
                to - from,
                self.height
            );
            if to - from > 6.0 && self.class == "wide" {
                let _ =
                    write!(out, "<text class=\"warm-word\" x=\"{from:.2}%\" dx=\"5\" y=\"12\">{word}</text>");
            }
        }
        for (at, text) in &self.y.ticks {
            let y = self.y(*at);
            let _ = write!(out, "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
            let _ = write!(out, "<text class=\"y\" x=\"-8\" y=\"{:.1}\">{}</text>", y + 3.5, escape(text));
        }
        for (index, (at, text)) in self.x.ticks.iter().enumerate() {
            let x = self.x.place(*at) * 100.0;
            // Every other word may go where there is little room; the last one stays within the card.
            let class = match ((self.x.ticks.len() - 1 - index) % 2, x > 97.0) {
                (_, true) => "x end",
                (0, _) => "x",
                _ => "x odd",
            };
            let _ = write!(
                out,
                "<line class=\"tick\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"{height}\" y2=\"{}\"/>\
                 <text class=\"{class}\" x=\"{x:.2}%\" y=\"{}\">{}</text>",
                height + 4.0,
                height + 17.0,
                escape(text)
            );
        }
        if let Some(nothing) = self.nothing {
            let _ = write!(
                out,
                "<text class=\"nothing\" x=\"50%\" y=\"{}\">{nothing}</text>",
                height / 2.0 + 4.0
            );
        } else {
            let _ = write!(
                out,
                "<svg width=\"100%\" height=\"{0}\" viewBox=\"0 0 {WIDE} {0}\" preserveAspectRatio=\"none\">",
                self.height
            );
            self.layers.iter().for_each(|layer| self.layer(&mut out, layer));
            out.push_str("</svg>");
        }
        for (at, text) in &self.rules {
            let y = self.y(*at);
            let _ = write!(out, "<line class=\"rule\" x1=\"0\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
            let _ = write!(
                out,
                "<text class=\"rule-word\" x=\"100%\" dx=\"-4\" y=\"{:.1}\">{}</text>",
                y - 4.0,
                escape(text)
            );
        }
        for flag in &self.flags {
            self.flag(&mut out, flag);
        }
        for layer in &self.layers {
            if let Layer::Dots { dots } = layer {
                dots.iter().for_each(|dot| self.dot(&mut out, dot));
            }
        }
        out
    }

    fn layer(&self, out: &mut String, layer: &Layer) {
        match layer {
            Layer::Line { class, points } => {
                let points: Vec<_> = points.iter().map(|(x, y)| (*x, y.map(|y| (y, y)))).collect();
                for run in runs(&points) {
                    let mut line = self.path(run.iter().map(|(x, (y, _))| (*x, *y)));
                    if run.len() == 1 {
                        // A single point between gaps is a short dash, not nothing.
                        line.push_str("h2");
                    }
                    let _ = write!(out, "<path class=\"ln {class}\" d=\"{line}\"/>");
                }
            }
            Layer::Band { class, points } => {
                for run in runs(points) {
                    let over = self.path(run.iter().map(|(x, (_, high))| (*x, *high)));
                    let back = self.path(run.iter().rev().map(|(x, (low, _))| (*x, *low)));
                    let _ = write!(
                        out,
                        "<path class=\"area {class}\" d=\"{over}{}z\"/>",
                        back.replacen('M', "L", 1)
                    );
                }
            }
            Layer::Bars { class, bars } => {
                for (from, to, high) in bars.iter().filter(|bar| bar.2 > 0.0) {
                    let (x, y) = (self.x(*from), self.y(*high));
                    let wide = (self.x(*to) - x).max(0.8);
                    let tall = f64::from(self.height) - y;
                    let _ = write!(
                        out,
                        "<rect class=\"area solid {class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\"/>"
                    );
                }
            }
            Layer::Dots { .. } => {}
        }
    }

    /// Coordinates with one decimal: a tenth of a pixel.
    fn path(&self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let mut out = String::new();
        for (index, (x, y)) in points.enumerate() {
            let _ = write!(out, "{}{:.1} {:.1}", if index == 0 { 'M' } else { 'L' }, self.x(x), self.y(y));
        }
        out
    }

    fn flag(&self, out: &mut String, flag: &Flag) {
        let x = self.x.place(flag.at) * 100.0;
        let number = if flag.number == 0 { String::new() } else { flag.number.to_string() };
        let _ = write!(
            out,
            "<g class=\"flag {}\"><title>{}</title><line x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"-3\" y2=\"{}\"/>\
             <circle cx=\"{x:.2}%\" cy=\"-10\" r=\"7.5\"/><text class=\"number\" x=\"{x:.2}%\" y=\"-6.5\">{number}</text>",
            flag.kind,
            escape(&flag.text),
            self.height
        );
        if !flag.short.is_empty() {
            let _ = write!(
                out,
                "<text class=\"short\" x=\"{x:.2}%\" dx=\"11\" y=\"-6\">{}</text>",
                escape(&flag.short)
            );
        }
        out.push_str("</g>");
    }

    fn dot(&self, out: &mut String, dot: &Dot) {
        let (x, y) = (self.x.place(dot.x) * 100.0, self.y(dot.y));
        let _ = write!(
            out,
            "<circle class=\"dot {}\" cx=\"{x:.2}%\" cy=\"{y:.1}\" r=\"4.5\"><title>{}</title></circle>",
            dot.class,
            escape(&dot.text)
        );
    }

    fn x(&self, value: f64) -> f64 {
        self.x.place(value) * WIDE
    }

    fn y(&self, value: f64) -> f64 {
        f64::from(self.height) * (1.0 - self.y.place(value))
    }
}

/// The stretches between gaps.
fn runs(points: &[(f64, Option<(f64, f64)>)]) -> Vec<Vec<(f64, (f64, f64))>> {
    let mut all = vec![Vec::new()];
    for (x, y) in points {
        match (y, all.last_mut()) {
            (Some(y), Some(run)) => run.push((*x, *y)),
            (None, Some(run)) if run.is_empty() => {}
            _ => all.push(Vec::new()),
        }
    }
    all.retain(|run| !run.is_empty());
    all
}
