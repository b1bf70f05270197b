//! Colours, markers and the two themes of every figure.

use plotters::style::RGBColor;

use crate::roster::Family;

/// Which background a figure is drawn for. Pages show both through `<picture>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    Light,
    Dark,
}

impl Theme {
    pub(crate) const BOTH: [Theme; 2] = [Theme::Light, Theme::Dark];

    /// Part of the file name.
    pub(crate) fn suffix(self) -> &'static str {
        self.pick("light", "dark")
    }

    fn pick<T>(self, light: T, dark: T) -> T {
        match self {
            Theme::Light => light,
            Theme::Dark => dark,
        }
    }

    pub(crate) fn background(self) -> RGBColor {
        self.pick(RGBColor(255, 255, 255), RGBColor(13, 17, 23))
    }

    pub(crate) fn text(self) -> RGBColor {
        self.pick(RGBColor(31, 35, 40), RGBColor(230, 237, 243))
    }

    pub(crate) fn faint(self) -> RGBColor {
        self.pick(RGBColor(101, 109, 118), RGBColor(155, 164, 173))
    }

    pub(crate) fn grid(self) -> RGBColor {
        self.pick(RGBColor(225, 228, 232), RGBColor(48, 54, 61))
    }

    /// Colour of a series. The hues are those of Okabe and Ito, which stay apart under the
    /// common forms of colour blindness, darkened or lightened to at least 3:1 against the
    /// background. Markers differ as well, so that no reader has to rely on them.
    pub(crate) fn series(self, hue: Hue) -> RGBColor {
        match hue {
            Hue::Blue => self.pick(RGBColor(0, 114, 178), RGBColor(86, 180, 233)),
            Hue::Vermilion => self.pick(RGBColor(201, 84, 0), RGBColor(240, 138, 75)),
            Hue::Green => self.pick(RGBColor(0, 135, 98), RGBColor(45, 199, 150)),
            Hue::Purple => self.pick(RGBColor(163, 74, 128), RGBColor(226, 150, 190)),
            Hue::Ochre => self.pick(RGBColor(138, 112, 0), RGBColor(230, 200, 70)),
            Hue::Teal => self.pick(RGBColor(15, 118, 130), RGBColor(90, 200, 210)),
            Hue::Rose => self.pick(RGBColor(190, 50, 80), RGBColor(255, 130, 150)),
            Hue::Grey => self.faint(),
        }
    }
}

/// A place in the palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hue {
    Blue,
    Vermilion,
    Green,
    Purple,
    Ochre,
    Teal,
    Rose,
    Grey,
}

impl Hue {
    pub(crate) const ALL: [Hue; 8] = [
        Hue::Blue,
        Hue::Vermilion,
        Hue::Green,
        Hue::Purple,
        Hue::Ochre,
        Hue::Teal,
        Hue::Rose,
        Hue::Grey,
    ];

    /// As style sheets name it.
    pub(crate) fn word(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// What families of designs are drawn with, in their order. Those behind the last have no colour
/// of their own.
const FAMILIES: [(Hue, Shape); 6] = [
    (Hue::Blue, Shape::Circle),
    (Hue::Green, Shape::Triangle),
    (Hue::Teal, Shape::Wedge),
    (Hue::Vermilion, Shape::Square),
    (Hue::Ochre, Shape::Diamond),
    (Hue::Rose, Shape::Ring),
];

impl Family {
    /// Families keep their hue in every figure.
    pub(crate) fn hue(self) -> Hue {
        self.drawn().0
    }

    /// And their marker.
    pub(crate) fn shape(self) -> Shape {
        self.drawn().1
    }

    fn drawn(self) -> (Hue, Shape) {
        let none = (Hue::Grey, Shape::Plus);
        match self {
            Family::Of(at) => FAMILIES.get(at).copied().unwrap_or(none),
            Family::Crate => (Hue::Purple, Shape::Cross),
            Family::Other | Family::Hand => none,
        }
    }
}

/// Shape of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
    Cross,
    Plus,
    Ring,
    Wedge,
}
