//! Figures: SVG text, one file for light and one for dark pages.
//!
//! Every figure is a pure function of its numbers. Its alternative text names the most telling
//! of them, and the page that shows it has all in a table.

mod axis;
mod bars;
mod canvas;
mod lines;
mod style;

use std::collections::BTreeMap;

pub(crate) use axis::{Axis, Scale};
pub(crate) use bars::{Bar, BarGroup, bars};
pub(crate) use lines::{Series, lines};
pub(crate) use style::{Hue, Shape, Theme};

/// A finished figure.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    name: String,
    title: String,
    alt: String,
    light: String,
    dark: String,
}

impl Figure {
    /// Draws a figure in both themes.
    fn draw(name: &str, title: &str, alt: String, draw: impl Fn(Theme) -> String) -> Figure {
        let [light, dark] = Theme::BOTH.map(|theme| canvas::describe(&draw(theme), title, &alt));
        Figure { name: name.to_owned(), title: title.to_owned(), alt, light, dark }
    }

    /// How a page shows it.
    pub(crate) fn markdown(&self) -> String {
        let alt = attribute(&format!("{}. {}", self.title, self.alt));
        let path = |theme: Theme| format!("page:plots/{}-{}.svg", self.name, theme.suffix());
        format!(
            "<picture>\n\
             <source media=\"(prefers-color-scheme: dark)\" srcset=\"{}\">\n\
             <img alt=\"{alt}\" src=\"{}\">\n\
             </picture>\n",
            path(Theme::Dark),
            path(Theme::Light)
        )
    }

    /// Adds both files, by path relative to the page.
    pub(crate) fn files(&self, into: &mut BTreeMap<String, String>) {
        for (theme, svg) in [(Theme::Light, &self.light), (Theme::Dark, &self.dark)] {
            into.insert(format!("plots/{}-{}.svg", self.name, theme.suffix()), svg.clone());
        }
    }
}

fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('\n', " ")
}

/// As many parts as an alternative text holds beside its title; a table has the rest.
fn fitting(title: &str, parts: impl Iterator<Item = String>) -> String {
    const REST: &str = "The table has the rest.";
    let mut text = String::new();
    for part in parts {
        let whole = format!("{title}. {text}{part}. {REST}");
        if whole.chars().count() > crate::limits::ALT {
            text.push_str(REST);
            return text;
        }
        text.push_str(&part);
        text.push_str(". ");
    }
    text.trim_end().to_owned()
}

/// A number as an axis or an alternative text shows it: at most four significant digits,
/// thousands as `k`, millions as `M`.
pub(crate) fn short(value: f64) -> String {
    let size = value.abs();
    let (scaled, unit) = match size {
        _ if size >= 1e9 => (value / 1e9, "G"),
        _ if size >= 1e6 => (value / 1e6, "M"),
        _ if size >= 1e4 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let digits = match scaled.abs() {
        s if s >= 100.0 => 0,
        s if s >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{scaled:.digits$}");
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers() {
        let shown =
            [0.0, 0.14, 1.0, 1.5, 12.34, 999.6, 9999.0, 10_000.0, 123_456.0, 2.5e6, 3e9].map(short);
        assert_eq!(
            shown,
            ["0", "0.14", "1", "1.5", "12.3", "1000", "9999", "10k", "123k", "2.5M", "3G"]
        );
    }

    #[test]
    fn alternative_text_cannot_end_its_attribute() {
        let figure = Figure::draw("f", "a \"b\" & <c>", "x".to_owned(), |_| {
            "<svg a=\"1\">\n</svg>".to_owned()
        });
        assert!(figure.markdown().contains("alt=\"a &quot;b&quot; &amp; &lt;c>. x\""));
        assert!(figure.light.contains("<title>a \"b\" &amp; &lt;c&gt;</title>"));
    }
}
