//! Ratios with their intervals, one row each, around the line at one.

use super::axis::Axis;
use super::canvas::{At, Canvas, Ink, between, pixels};
use super::style::{Hue, Shape};
use super::{Figure, short};

/// One ratio, or the reason why there is none.
#[derive(Clone, Debug)]
pub(crate) struct ForestRow {
    pub(crate) name: String,
    pub(crate) hue: Hue,
    pub(crate) shape: Shape,
    /// Estimate, low and high end; absent when refused.
    pub(crate) ratio: Option<(f64, f64, f64)>,
    /// Shown at the end of the row.
    pub(crate) text: String,
}

/// What the horizontal axis is, and what the whole figure is worth.
#[derive(Clone, Debug)]
pub(crate) struct Caption {
    pub(crate) axis: String,
    pub(crate) status: String,
}

const WIDTH: u32 = 900;
const LEFT: i32 = 290;
const RIGHT: i32 = 300;
/// Labels closer than this would run into each other.
const APART: i32 = 34;
const ROW: i32 = 20;
const TOP: i32 = 34;

/// Draws the rows; the shaded band is the zone in which two results count as equal.
pub(crate) fn forest(
    name: &str,
    title: &str,
    caption: &Caption,
    zone: f64,
    rows: &[ForestRow],
) -> Figure {
    let all = rows.iter().filter_map(|row| row.ratio).flat_map(|(mid, low, high)| [mid, low, high]);
    let axis = Axis::ratios("", all);
    let height = u32::try_from(rows.len()).unwrap_or(0) * u32::try_from(ROW).unwrap_or(0) + 100;
    let zone_words = format!("zone of indifference ±{} %", short(zone * 100.0));
    let status = format!("{}; {zone_words}", caption.status);
    let alt: Vec<String> = std::iter::once(format!("{}; {status}.", caption.axis))
        .chain(rows.iter().map(|row| format!("{}: {}.", row.name, row.text)))
        .collect();
    Figure::draw(name, title, alt.join(" "), |theme| {
        let mut out = String::new();
        let mut canvas = Canvas::new(&mut out, (WIDTH, height), theme);
        let bottom = pixels(height) - 66;
        draw_frame(&mut canvas, &axis, zone, bottom);
        canvas.text(&caption.axis, (LEFT, bottom + 30), At::Left, 12, Ink::Faint);
        canvas.text(&status, (LEFT, bottom + 46), At::Left, 12, Ink::Faint);
        for (at, row) in rows.iter().enumerate() {
            draw_row(&mut canvas, &axis, TOP + ROW * i32::try_from(at).unwrap_or(0) + ROW / 2, row);
        }
        canvas.finish();
        out
    })
}

fn draw_frame(canvas: &mut Canvas<'_>, axis: &Axis, zone: f64, bottom: i32) {
    let right = pixels(WIDTH) - RIGHT;
    let at = |ratio: f64| between(LEFT, right, axis.share(ratio));
    let (band, grid, faint) = (canvas.theme.band(), canvas.theme.grid(), canvas.theme.faint());
    canvas.fill((at(1.0 - zone), TOP), (at(1.0 + zone), bottom), band);
    let mut taken = vec![at(1.0)];
    canvas.text("1", (at(1.0), bottom + 12), At::Middle, 12, Ink::Faint);
    for tick in axis.ticks() {
        let x = at(tick);
        if taken.iter().all(|other| (x - other).abs() >= APART) {
            canvas.line(&[(x, TOP), (x, bottom)], grid, 1);
            canvas.text(&short(tick), (x, bottom + 12), At::Middle, 12, Ink::Faint);
            taken.push(x);
        }
    }
    canvas.line(&[(at(1.0), TOP), (at(1.0), bottom)], faint, 2);
    canvas.text("← faster than the reference", (at(1.0) - 10, 16), At::Right, 12, Ink::Faint);
    canvas.text("slower →", (at(1.0) + 10, 16), At::Left, 12, Ink::Faint);
}

fn draw_row(canvas: &mut Canvas<'_>, axis: &Axis, y: i32, row: &ForestRow) {
    let right = pixels(WIDTH) - RIGHT;
    let at = |ratio: f64| between(LEFT, right, axis.share(ratio));
    canvas.text(&row.name, (LEFT - 10, y), At::Right, 12, Ink::Text);
    let ink = if row.ratio.is_some() { Ink::Text } else { Ink::Faint };
    canvas.text(&row.text, (right + 10, y), At::Left, 12, ink);
    if let Some((mid, low, high)) = row.ratio {
        let color = canvas.theme.series(row.hue);
        canvas.line(&[(at(low), y), (at(high), y)], color, 2);
        for end in [at(low), at(high)] {
            canvas.line(&[(end, y - 4), (end, y + 4)], color, 2);
        }
        canvas.marker(row.shape, (at(mid), y), color);
    }
}
