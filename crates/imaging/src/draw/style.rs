//! How maps are drawn: the choices.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Colormap;
use super::colormap::Palette;

/// How a map is laid over a photograph.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blend {
    /// The photograph keeps its brightness; the colour's opacity follows the map, and fine detail
    /// shows through where it is strongest.
    #[default]
    Veil,
    /// `show_cam_on_image` of pytorch-grad-cam: a constant mixture, divided by its brightest value.
    Classic,
}

impl Blend {
    /// All blends.
    pub const ALL: [Self; 2] = [Self::Veil, Self::Classic];

    /// Its name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Veil => "veil",
            Self::Classic => "classic",
        }
    }

    const fn default_alpha(self) -> f32 {
        match self {
            Self::Veil => 0.6,
            Self::Classic => 0.5,
        }
    }
}

impl fmt::Display for Blend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Blend {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|blend| blend.name() == name)
            .ok_or_else(|| format!("no blend {name:?}; there are veil and classic"))
    }
}

/// How maps are drawn.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct DrawStyle {
    /// The colours.
    pub colormap: Colormap,
    /// The mixture.
    pub blend: Blend,
    /// The share of the colour, 0 to 1: everywhere in the classic blend, at the map's maximum in
    /// the veil. The blend's own if `None`.
    pub alpha: Option<f32>,
    /// Whether maps hold values from −1 to 1, which are drawn in blue and red whatever the colour
    /// map.
    #[serde(default)]
    pub signed: bool,
}

impl DrawStyle {
    pub(super) fn alpha(&self) -> f32 {
        self.alpha.unwrap_or(self.blend.default_alpha()).clamp(0.0, 1.0)
    }

    pub(super) fn palette(&self) -> Palette {
        if self.signed { Palette::signed() } else { Palette::of(self.colormap) }
    }
}
