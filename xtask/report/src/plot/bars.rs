//! Horizontal bars: one group per quantity, one bar per design, each with its number.

use super::Figure;
use super::axis::{Axis, Scale};
use super::canvas::{At, Canvas, Ink, between, pixels};
use crate::roster::Family;
use crate::table::{count, signed};

/// One bar.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) family: Family,
    /// Absent values are written as `not measured`.
    pub(crate) value: Option<i128>,
}

/// Bars that share an axis.
#[derive(Clone, Debug)]
pub(crate) struct BarGroup {
    pub(crate) title: String,
    pub(crate) unit: String,
    pub(crate) bars: Vec<Bar>,
}

impl BarGroup {
    fn heading(&self) -> String {
        if self.title == self.unit {
            self.title.clone()
        } else {
            format!("{} ({})", self.title, self.unit)
        }
    }
}

const WIDTH: u32 = 860;
/// Names, and behind them the marker of the family.
const LEFT: i32 = 224;
const RIGHT: i32 = 120;
const ROW: i32 = 22;
const HEAD: i32 = 30;
const GAP: i32 = 14;

/// Draws the groups below each other.
pub(crate) fn bars(name: &str, title: &str, groups: &[BarGroup]) -> Figure {
    let rows: usize = groups.iter().map(|group| group.bars.len()).sum();
    let heads = i32::try_from(groups.len()).unwrap_or(0) * (HEAD + GAP);
    let height = i32::try_from(rows).unwrap_or(0) * ROW + heads + GAP;
    let size = (WIDTH, u32::try_from(height).unwrap_or(100));
    let alt = super::fitting(title, groups.iter().flat_map(numbers));
    Figure::draw(name, title, alt, |theme| {
        let mut out = String::new();
        let mut canvas = Canvas::new(&mut out, size, theme);
        let mut top = GAP / 2;
        for group in groups {
            top = draw_group(&mut canvas, top, group);
        }
        canvas.finish();
        out
    })
}

fn numbers(group: &BarGroup) -> Vec<String> {
    let one =
        |bar: &Bar| format!("{} {}", bar.name, bar.value.map_or("not measured".to_owned(), number));
    group.bars.iter().map(one).collect()
}

fn draw_group(canvas: &mut Canvas<'_>, top: i32, group: &BarGroup) -> i32 {
    #[expect(clippy::cast_precision_loss, reason = "a bar is drawn to the pixel")]
    let as_float = |value: i128| value.max(0) as f64;
    let axis =
        Axis::over("", Scale::Linear, group.bars.iter().filter_map(|b| b.value.map(as_float)));
    let right = pixels(WIDTH) - RIGHT;
    canvas.text(&group.heading(), (12, top + HEAD / 2), At::Left, 15, Ink::Text);
    let mut y = top + HEAD;
    for bar in &group.bars {
        let middle = y + ROW / 2;
        let color = canvas.theme.series(bar.family.hue());
        canvas.text(&bar.name, (LEFT - 22, middle), At::Right, 13, Ink::Text);
        canvas.marker(bar.family.shape(), (LEFT - 12, middle), color);
        match bar.value {
            Some(value) => {
                let end = between(LEFT, right, axis.share(as_float(value))).max(LEFT + 1);
                canvas.fill((LEFT, y + 4), (end, y + ROW - 4), color);
                canvas.text(&number(value), (end + 6, middle), At::Left, 13, Ink::Text);
            }
            None => canvas.text("not measured", (LEFT + 6, middle), At::Left, 13, Ink::Faint),
        }
        y += ROW;
    }
    let line = canvas.theme.faint();
    canvas.line(&[(LEFT, top + HEAD), (LEFT, y)], line, 1);
    y + GAP
}

/// A length has no sign; a figure below the empty image's has one and no bar.
fn number(value: i128) -> String {
    u64::try_from(value).map_or_else(|_| signed(value), count)
}
