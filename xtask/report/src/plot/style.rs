//! Colours, markers and the two themes of every figure.

use plotters::style::RGBColor;

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

    pub(crate) fn band(self) -> RGBColor {
        self.pick(RGBColor(238, 240, 243), RGBColor(28, 33, 40))
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
    Grey,
}

impl Hue {
    /// Families keep their hue on every page; what is not a family is grey.
    pub(crate) fn of_design(id: &str) -> Hue {
        match id {
            "poll" | "poll-progress" | "poll-cancel" => Hue::Blue,
            "completion" | "rent" => Hue::Vermilion,
            "scoped" | "structured" => Hue::Green,
            "owned" => Hue::Ochre,
            "futures" | "tokio" | "smol" | "moro" | "tokio-uring" | "monoio" | "compio" => {
                Hue::Purple
            }
            _ => Hue::Grey,
        }
    }

    /// For series that all belong to one design.
    pub(crate) fn cycle(at: usize) -> Hue {
        const ALL: [Hue; 6] =
            [Hue::Blue, Hue::Vermilion, Hue::Green, Hue::Purple, Hue::Ochre, Hue::Grey];
        ALL[at % ALL.len()]
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

impl Shape {
    /// Shape of the series at a place; eight differ before one repeats.
    pub(crate) fn cycle(at: usize) -> Shape {
        const ALL: [Shape; 8] = [
            Shape::Circle,
            Shape::Square,
            Shape::Triangle,
            Shape::Diamond,
            Shape::Cross,
            Shape::Plus,
            Shape::Ring,
            Shape::Wedge,
        ];
        ALL[at % ALL.len()]
    }
}
