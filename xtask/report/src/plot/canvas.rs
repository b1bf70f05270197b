//! Drawing with whole pixels on plotters' SVG backend.
//!
//! Scales, ticks and labels are placed here rather than by plotters' charts, because a
//! committed figure must be byte-equal wherever it is made: logarithms come from `libm`,
//! positions are rounded, and no font is measured.

use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{RGBColor, ShapeStyle, TextStyle};

use super::style::{Shape, Theme};

/// Where a text hangs on its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Left,
    Middle,
    Right,
}

/// One figure under construction.
pub(crate) struct Canvas<'a> {
    backend: SVGBackend<'a>,
    pub(crate) theme: Theme,
}

const DRAWN: &str = "drawing into a string cannot fail";

impl<'a> Canvas<'a> {
    pub(crate) fn new(out: &'a mut String, size: (u32, u32), theme: Theme) -> Canvas<'a> {
        let mut canvas = Canvas { backend: SVGBackend::with_string(out, size), theme };
        let corner = (pixels(size.0), pixels(size.1));
        canvas.fill((0, 0), corner, theme.background());
        canvas
    }

    pub(crate) fn finish(mut self) {
        self.backend.present().expect(DRAWN);
    }

    pub(crate) fn fill(&mut self, from: (i32, i32), to: (i32, i32), color: RGBColor) {
        self.backend.draw_rect(from, to, &ShapeStyle::from(color), true).expect(DRAWN);
    }

    pub(crate) fn line(&mut self, points: &[(i32, i32)], color: RGBColor, width: u32) {
        let style = ShapeStyle::from(color).stroke_width(width);
        self.backend.draw_path(points.iter().copied(), &style).expect(DRAWN);
    }

    pub(crate) fn text(&mut self, text: &str, at: (i32, i32), anchor: At, size: u32, ink: Ink) {
        let color = match ink {
            Ink::Text => self.theme.text(),
            Ink::Faint => self.theme.faint(),
        };
        let h = match anchor {
            At::Left => HPos::Left,
            At::Middle => HPos::Center,
            At::Right => HPos::Right,
        };
        // plotters writes the size divided by this factor.
        let style = TextStyle::from(("sans-serif", f64::from(size) * 1.24))
            .color(&color)
            .pos(Pos::new(h, VPos::Center));
        self.backend.draw_text(text, &style, at).expect(DRAWN);
    }

    pub(crate) fn marker(&mut self, shape: Shape, (x, y): (i32, i32), color: RGBColor) {
        let fill = ShapeStyle::from(color).filled();
        let stroke = ShapeStyle::from(color).stroke_width(2);
        let mut polygon = |corners: &[(i32, i32)]| {
            let corners = corners.iter().map(|(dx, dy)| (x + dx, y + dy));
            self.backend.fill_polygon(corners, &fill).expect(DRAWN);
        };
        match shape {
            Shape::Circle => self.backend.draw_circle((x, y), 4, &fill, true).expect(DRAWN),
            Shape::Ring => self.backend.draw_circle((x, y), 4, &stroke, false).expect(DRAWN),
            Shape::Square => polygon(&[(-4, -4), (4, -4), (4, 4), (-4, 4)]),
            Shape::Triangle => polygon(&[(0, -5), (5, 4), (-5, 4)]),
            Shape::Wedge => polygon(&[(0, 5), (5, -4), (-5, -4)]),
            Shape::Diamond => polygon(&[(0, -6), (5, 0), (0, 6), (-5, 0)]),
            Shape::Cross => {
                self.line(&[(x - 4, y - 4), (x + 4, y + 4)], color, 2);
                self.line(&[(x - 4, y + 4), (x + 4, y - 4)], color, 2);
            }
            Shape::Plus => {
                self.line(&[(x - 5, y), (x + 5, y)], color, 2);
                self.line(&[(x, y - 5), (x, y + 5)], color, 2);
            }
        }
    }
}

/// How loud a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Text,
    Faint,
}

/// A pixel length as a coordinate.
pub(crate) fn pixels(length: u32) -> i32 {
    i32::try_from(length).expect("figures are a few thousand pixels wide")
}

/// A position between two pixels, `share` of the way.
pub(crate) fn between(from: i32, to: i32, share: f64) -> i32 {
    let exact = f64::from(from) + f64::from(to - from) * share.clamp(-0.02, 1.02);
    #[expect(clippy::cast_possible_truncation, reason = "pixels, clamped just above")]
    let whole = (exact + 0.5).floor() as i32;
    whole
}

/// The SVG with a title and description that a screen reader finds, and without the
/// digits that only some machines would print.
pub(crate) fn describe(svg: &str, title: &str, description: &str) -> String {
    let (open, rest) = svg.split_once(">\n").expect("plotters opens an svg element");
    format!(
        "{open} role=\"img\">\n<title>{}</title>\n<desc>{}</desc>\n{rest}",
        xml(title),
        xml(description)
    )
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
