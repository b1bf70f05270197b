//! The colours of the site, from those of the figures: a design family has one wherever it is
//! seen.

use std::fmt::Write as _;

use crate::plot::{Hue, Theme};

/// The themes of mdBook that are dark.
const DARK: [&str; 3] = ["navy", "coal", "ayu"];
/// The themes of mdBook that are light.
const LIGHT: [&str; 2] = ["light", "rust"];

/// Custom properties: what texts and lines of comparisons are drawn in, by theme.
pub(super) fn css() -> String {
    let mut css = "/* Generated from the palette of the figures. */\n".to_owned();
    for (themes, theme) in [(&LIGHT[..], Theme::Light), (&DARK[..], Theme::Dark)] {
        let selectors: Vec<String> = themes.iter().map(|name| format!("html.{name}")).collect();
        let _ = writeln!(css, "{} {{", selectors.join(", "));
        for hue in Hue::ALL {
            let color = hex(theme.series(hue));
            let _ = writeln!(css, "  --hue-{}: {color};", hue.word());
        }
        css.push_str("}\n");
    }
    // The default themes have the background of the figures, so that these have no edge.
    for (name, theme) in [("light", Theme::Light), ("navy", Theme::Dark)] {
        let _ = writeln!(
            css,
            "html.{name} {{ --bg: {}; --fg: {}; --soft: {}; --line: {}; }}",
            hex(theme.background()),
            hex(theme.text()),
            hex(theme.faint()),
            hex(theme.grid()),
        );
    }
    css
}

fn hex(color: plotters::style::RGBColor) -> String {
    format!("#{:02x}{:02x}{:02x}", color.0, color.1, color.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, as WCAG 2 defines it.
    fn luminance(color: plotters::style::RGBColor) -> f64 {
        let part = |byte: u8| {
            let share = f64::from(byte) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { libm::pow((share + 0.055) / 1.055, 2.4) }
        };
        0.2126 * part(color.0) + 0.7152 * part(color.1) + 0.0722 * part(color.2)
    }

    fn contrast(one: plotters::style::RGBColor, other: plotters::style::RGBColor) -> f64 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    #[test]
    fn texts_reach_aa_and_marks_three_to_one_on_the_background_of_a_figure() {
        for theme in Theme::BOTH {
            let ground = theme.background();
            for text in [theme.text(), theme.faint()] {
                assert!(contrast(text, ground) >= 4.5, "{theme:?} {text:?}");
            }
            for hue in Hue::ALL {
                let color = theme.series(hue);
                assert!(contrast(color, ground) >= 3.0, "{theme:?} {hue:?}");
            }
        }
    }

    #[test]
    fn every_hue_has_a_colour_in_every_theme() {
        let css = css();
        for hue in Hue::ALL {
            let name = format!("--hue-{}:", hue.word());
            assert_eq!(css.matches(&name).count(), 2, "{name}");
        }
    }
}
