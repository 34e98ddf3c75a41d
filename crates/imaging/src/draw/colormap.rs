//! Colour maps of 256 entries.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A colour map for values from 0 to 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colormap {
    /// OpenCV's `COLORMAP_JET`: the rainbow of the literature, with steps where the data has none.
    Jet,
    /// A rainbow without jet's false edges.
    #[default]
    Turbo,
    /// Blue, green, yellow; equal steps look equal, also to the colour-blind.
    Viridis,
    /// Black, red, yellow; equal steps look equal.
    Inferno,
    /// Black, purple, cream; equal steps look equal.
    Magma,
    /// Black to white.
    Grey,
}

impl Colormap {
    /// All colour maps.
    pub const ALL: [Self; 6] = [Self::Jet, Self::Turbo, Self::Viridis, Self::Inferno, Self::Magma, Self::Grey];

    /// Its name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jet => "jet",
            Self::Turbo => "turbo",
            Self::Viridis => "viridis",
            Self::Inferno => "inferno",
            Self::Magma => "magma",
            Self::Grey => "grey",
        }
    }

    /// The colour of a value: entry `floor(255 * value)`, as in pytorch-grad-cam. Values outside
    /// 0–1 take the colour of the end.
    pub fn colour(self, value: f32) -> [u8; 3] {
        self.table()[Self::entry(value)]
    }

    /// The entry of the table that a value takes.
    pub(crate) fn entry(value: f32) -> usize {
        usize::from((value.clamp(0.0, 1.0) * 255.0) as u8)
    }

    /// All its colours.
    pub(crate) fn table(self) -> &'static [[u8; 3]; 256] {
        const GREY: &[[u8; 3]; 256] = &grey();
        let table: &'static [u8; 768] = match self {
            Self::Jet => include_bytes!("../../assets/colormaps/jet.rgb"),
            Self::Turbo => include_bytes!("../../assets/colormaps/turbo.rgb"),
            Self::Viridis => include_bytes!("../../assets/colormaps/viridis.rgb"),
            Self::Inferno => include_bytes!("../../assets/colormaps/inferno.rgb"),
            Self::Magma => include_bytes!("../../assets/colormaps/magma.rgb"),
            Self::Grey => return GREY,
        };
        table.as_chunks().0.try_into().expect("256 colours")
    }
}

/// Blue, white, red: what speaks against, neither, for. Equal steps look equal, and the two ends
/// are told apart with every kind of colour vision.
static BLUE_RED: &[u8; 768] = include_bytes!("../../assets/colormaps/blue_red.rgb");

/// How values become colours: those of a [`Colormap`] for 0 to 1, or blue to red for −1 to 1.
#[derive(Clone, Copy)]
pub(crate) struct Palette {
    pub(crate) table: &'static [[u8; 3]; 256],
    signed: bool,
}

impl Palette {
    /// For maps from 0 to 1.
    pub(crate) fn of(colormap: Colormap) -> Palette {
        Palette { table: colormap.table(), signed: false }
    }

    /// For maps from −1 to 1.
    pub(crate) fn signed() -> Palette {
        Palette { table: BLUE_RED.as_chunks().0.try_into().expect("256 colours"), signed: true }
    }

    /// The entry of the table that a value takes.
    pub(crate) fn entry(self, value: f32) -> usize {
        Colormap::entry(if self.signed { 0.5 + 0.5 * value } else { value })
    }

    /// How much a value says, 0 to 1; NaN says nothing.
    pub(crate) fn strength(self, value: f32) -> f32 {
        let size = if self.signed { value.abs() } else { value };
        if size > 0.0 { size.min(1.0) } else { 0.0 }
    }

    /// The values at the top, the middle and the bottom of a colour bar, in words.
    pub(crate) fn labels(self) -> [&'static str; 3] {
        if self.signed { ["1 for", "0", "−1 against"] } else { ["1.00", "0.50", "0"] }
    }

    /// The colour at a height of the bar, 0 at the bottom.
    pub(crate) fn at_height(self, share: f32) -> [u8; 3] {
        self.table[Colormap::entry(share)]
    }
}

const fn grey() -> [[u8; 3]; 256] {
    let mut table = [[0; 3]; 256];
    let mut level = 0;
    while level < 256 {
        table[level] = [level as u8; 3];
        level += 1;
    }
    table
}

impl fmt::Display for Colormap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Colormap {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|map| map.name() == name)
            .ok_or_else(|| format!("no colour map {name:?}; there are {}", names()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_the_published_ones() {
        // OpenCV's table, and matplotlib's in bytes.
        assert_eq!((Colormap::Jet.colour(0.0), Colormap::Jet.colour(1.0)), ([0, 0, 128], [128, 0, 0]));
        assert_eq!((Colormap::Viridis.colour(0.0), Colormap::Viridis.colour(1.0)), ([68, 1, 84], [253, 231, 36]));
        assert_eq!((Colormap::Inferno.colour(-3.0), Colormap::Inferno.colour(9.0)), ([0, 0, 3], [252, 254, 164]));
        assert_eq!(Colormap::Grey.colour(0.5), [127; 3]);
        assert_eq!(Colormap::Turbo.colour(f32::NAN), Colormap::Turbo.colour(0.0));
    }

    #[test]
    fn signed_values_have_a_colourless_middle_and_equal_strength_on_both_sides() {
        let palette = Palette::signed();
        let [red, _, blue] = palette.table[palette.entry(1.0)];
        assert!(red > 2 * blue);
        let [red, _, blue] = palette.table[palette.entry(-1.0)];
        assert!(blue > 2 * red);
        assert!(palette.table[palette.entry(0.0)].iter().all(|&level| level > 240));
        assert_eq!(palette.strength(-0.5), palette.strength(0.5));
        assert_eq!(palette.strength(f32::NAN), 0.0);
    }

    #[test]
    fn names_come_back() {
        for map in Colormap::ALL {
            assert_eq!(map.name().parse(), Ok(map));
        }
        assert!("hot".parse::<Colormap>().unwrap_err().contains("viridis"));
    }
}
