//! Curves on one pair of axes, each with its name at its end.

use super::axis::Axis;
use super::canvas::{At, Canvas, Ink, between};
use super::style::{Hue, Shape};
use super::{Figure, short};

/// One curve.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) hue: Hue,
    pub(crate) shape: Shape,
    pub(crate) points: Vec<(f64, f64)>,
}

const WIDTH: i32 = 860;
const PLOT_HEIGHT: i32 = 360;
const LEFT: i32 = 64;
/// Room for the names.
const RIGHT: i32 = 230;
const ABOVE: i32 = 30;
const BELOW: i32 = 46;
/// Names closer than this would run into each other.
const NAME_ROW: i32 = 17;

/// Draws the curves. The description names each with its ends; a table has all points.
pub(crate) fn lines(name: &str, title: &str, x: &Axis, y: &Axis, series: &[Series]) -> Figure {
    let size = (
        u32::try_from(WIDTH).unwrap_or(0),
        u32::try_from(ABOVE + PLOT_HEIGHT + BELOW).unwrap_or(0),
    );
    let alt = super::fitting(title, series.iter().map(ends));
    Figure::draw(name, title, alt, |theme| {
        let mut out = String::new();
        let mut canvas = Canvas::new(&mut out, size, theme);
        draw(&mut canvas, x, y, series);
        canvas.finish();
        out
    })
}

/// `poll, own: 10 at 8 to 5,050 at 1k`.
fn ends(series: &Series) -> String {
    let point = |(x, y): &(f64, f64)| format!("{} at {}", short(*y), short(*x));
    match (series.points.first(), series.points.last()) {
        (Some(first), Some(last)) => {
            format!("{}: {} to {}", series.name, point(first), point(last))
        }
        _ => series.name.clone(),
    }
}

const X0: i32 = LEFT;
const X1: i32 = WIDTH - RIGHT;
const Y0: i32 = ABOVE + PLOT_HEIGHT;
const Y1: i32 = ABOVE;

fn draw(canvas: &mut Canvas<'_>, x: &Axis, y: &Axis, series: &[Series]) {
    axes(canvas, x, y);
    let spots = |one: &Series| -> Vec<(i32, i32)> {
        let spot =
            |(px, py): &(f64, f64)| (between(X0, X1, x.share(*px)), between(Y0, Y1, y.share(*py)));
        one.points.iter().map(spot).collect()
    };
    for one in series {
        let color = canvas.theme.series(one.hue);
        let spots = spots(one);
        if spots.len() > 1 {
            canvas.line(&spots, color, 2);
        }
        for spot in spots {
            canvas.marker(one.shape, spot, color);
        }
    }
    let ends: Vec<(i32, i32)> =
        series.iter().map(|one| spots(one).last().copied().unwrap_or((X1, Y0))).collect();
    for (at, row) in rows(&ends) {
        let one = &series[at];
        let color = canvas.theme.series(one.hue);
        canvas.line(&[ends[at], (X1 + 10, row)], canvas.theme.grid(), 1);
        canvas.marker(one.shape, (X1 + 16, row), color);
        canvas.text(&one.name, (X1 + 26, row), At::Left, 13, Ink::Text);
    }
}

/// Where each name stands: at the end of its curve, or as near as others let it.
fn rows(ends: &[(i32, i32)]) -> Vec<(usize, i32)> {
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by_key(|at| (ends[*at].1, *at));
    let mut placed: Vec<(usize, i32)> = Vec::new();
    for at in order {
        let above = placed.last().map_or(Y1 - NAME_ROW, |(_, row)| *row);
        placed.push((at, ends[at].1.max(above + NAME_ROW)));
    }
    let mut below = Y0 + NAME_ROW;
    for (_, row) in placed.iter_mut().rev() {
        *row = (*row).min(below - NAME_ROW);
        below = *row;
    }
    placed
}

fn axes(canvas: &mut Canvas<'_>, x: &Axis, y: &Axis) {
    let grid = canvas.theme.grid();
    for tick in x.ticks() {
        let at = between(X0, X1, x.share(tick));
        canvas.line(&[(at, Y0), (at, Y1)], grid, 1);
        canvas.text(&short(tick), (at, Y0 + 12), At::Middle, 12, Ink::Faint);
    }
    for tick in y.ticks() {
        let at = between(Y0, Y1, y.share(tick));
        canvas.line(&[(X0, at), (X1, at)], grid, 1);
        canvas.text(&short(tick), (X0 - 6, at), At::Right, 12, Ink::Faint);
    }
    let color = canvas.theme.faint();
    canvas.line(&[(X0, Y1), (X0, Y0), (X1, Y0)], color, 1);
    canvas.text(&x.label, (X1, Y0 + 32), At::Right, 12, Ink::Faint);
    canvas.text(&y.label, (X0, Y1 - 15), At::Left, 12, Ink::Faint);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_apart_and_inside() {
        let placed = rows(&[(0, 100), (0, 100), (0, 101), (0, 385), (0, 388)]);
        let mut last = i32::MIN;
        for (_, row) in &placed {
            assert!(last == i32::MIN || row - last >= NAME_ROW, "{placed:?}");
            assert!((Y1..=Y0).contains(row), "{placed:?}");
            last = *row;
        }
    }
}
