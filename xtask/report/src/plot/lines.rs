//! Curves: small panels beside each other, with one pair of axes for all of them.

use super::Figure;
use super::axis::Axis;
use super::canvas::{At, Canvas, Ink, between};
use super::short;
use super::style::{Hue, Shape};

/// One curve.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// What the legend adds: the fitted slope.
    pub(crate) note: String,
    pub(crate) hue: Hue,
    pub(crate) shape: Shape,
    pub(crate) points: Vec<(f64, f64)>,
}

/// One panel of curves.
#[derive(Clone, Debug)]
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) series: Vec<Series>,
}

/// Width of a panel beside another one, and of a panel alone.
const HALF_WIDTH: i32 = 430;
const FULL_WIDTH: i32 = 720;
const PLOT_HEIGHT: i32 = 220;
const LEFT: i32 = 64;
const RIGHT: i32 = 28;
const ABOVE: i32 = 30;
const BELOW: i32 = 42;
const LEGEND_ROW: i32 = 18;

/// Draws the panels in rows of two. The description lists every point.
pub(crate) fn lines(name: &str, title: &str, x: &Axis, y: &Axis, panels: &[Panel]) -> Figure {
    let (across, width) = if panels.len() < 2 { (1, FULL_WIDTH) } else { (2, HALF_WIDTH) };
    let legend = panels.iter().map(|panel| panel.series.len()).max().unwrap_or(0);
    let legend = i32::try_from(legend).unwrap_or(0) * LEGEND_ROW;
    let high = ABOVE + PLOT_HEIGHT + BELOW + legend + 10;
    let rows = panels.len().div_ceil(across).max(1);
    let size = (
        u32::try_from(width).unwrap_or(0) * u32::try_from(across).unwrap_or(1),
        u32::try_from(high).unwrap_or(0) * u32::try_from(rows).unwrap_or(1),
    );
    Figure::draw(name, title, numbers(panels), |theme| {
        let mut out = String::new();
        let mut canvas = Canvas::new(&mut out, size, theme);
        for (at, panel) in panels.iter().enumerate() {
            let (column, row) = (at % across, at / across);
            let corner = (
                width * i32::try_from(column).unwrap_or(0),
                high * i32::try_from(row).unwrap_or(0),
            );
            let frame = Frame::new(corner, width);
            draw_panel(&mut canvas, &frame, x, y, panel);
        }
        canvas.finish();
        out
    })
}

/// `poll: join_all slope 1.98: 10 → 55, 100 → 5050.`
fn numbers(panels: &[Panel]) -> String {
    let mut sentences = Vec::new();
    for panel in panels {
        for series in &panel.series {
            let points: Vec<String> = series
                .points
                .iter()
                .map(|(x, y)| format!("{} → {}", short(*x), short(*y)))
                .collect();
            let note =
                if series.note.is_empty() { String::new() } else { format!(" ({})", series.note) };
            let owner = if panel.title.is_empty() { "" } else { ", " };
            let owner = format!("{}{owner}{}", panel.title, series.name);
            sentences.push(format!("{owner}{note}: {}.", points.join(", ")));
        }
    }
    sentences.join(" ")
}

fn draw_panel(canvas: &mut Canvas<'_>, frame: &Frame, x: &Axis, y: &Axis, panel: &Panel) {
    canvas.text(&panel.title, (frame.x0, frame.y1 - 15), At::Left, 15, Ink::Text);
    frame.axes(canvas, x, y);
    for series in &panel.series {
        frame.curve(canvas, x, y, series);
    }
    let mut row = frame.y0 + BELOW + LEGEND_ROW / 2;
    for series in &panel.series {
        let color = canvas.theme.series(series.hue);
        canvas.line(&[(frame.x0, row), (frame.x0 + 28, row)], color, 2);
        canvas.marker(series.shape, (frame.x0 + 14, row), color);
        let text = match series.note.as_str() {
            "" => series.name.clone(),
            note => format!("{}: {note}", series.name),
        };
        canvas.text(&text, (frame.x0 + 36, row), At::Left, 13, Ink::Text);
        row += LEGEND_ROW;
    }
}

struct Frame {
    x0: i32,
    x1: i32,
    y0: i32,
    y1: i32,
}

impl Frame {
    fn new((left, top): (i32, i32), width: i32) -> Frame {
        Frame {
            x0: left + LEFT,
            x1: left + width - RIGHT,
            y0: top + ABOVE + PLOT_HEIGHT,
            y1: top + ABOVE,
        }
    }

    fn axes(&self, canvas: &mut Canvas<'_>, x: &Axis, y: &Axis) {
        let grid = canvas.theme.grid();
        for tick in x.ticks() {
            let at = between(self.x0, self.x1, x.share(tick));
            canvas.line(&[(at, self.y0), (at, self.y1)], grid, 1);
            canvas.text(&short(tick), (at, self.y0 + 12), At::Middle, 12, Ink::Faint);
        }
        for tick in y.ticks() {
            let at = between(self.y0, self.y1, y.share(tick));
            canvas.line(&[(self.x0, at), (self.x1, at)], grid, 1);
            canvas.text(&short(tick), (self.x0 - 6, at), At::Right, 12, Ink::Faint);
        }
        let color = canvas.theme.faint();
        canvas.line(&[(self.x0, self.y1), (self.x0, self.y0), (self.x1, self.y0)], color, 1);
        canvas.text(&x.label, (self.x1, self.y0 + 29), At::Right, 12, Ink::Faint);
        canvas.text(&y.label, (self.x1, self.y1 - 15), At::Right, 12, Ink::Faint);
    }

    fn curve(&self, canvas: &mut Canvas<'_>, x: &Axis, y: &Axis, series: &Series) {
        let color = canvas.theme.series(series.hue);
        let spots: Vec<(i32, i32)> = series
            .points
            .iter()
            .map(|(px, py)| {
                (between(self.x0, self.x1, x.share(*px)), between(self.y0, self.y1, y.share(*py)))
            })
            .collect();
        if spots.len() > 1 {
            canvas.line(&spots, color, 2);
        }
        for spot in spots {
            canvas.marker(series.shape, spot, color);
        }
    }
}
