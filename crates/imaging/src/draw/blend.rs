//! Colouring a map and laying it over the photograph.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::colormap::Palette;
use super::{Colormap, Region, WarpedMap};
use crate::resize::{shrink, upsample};
use crate::simd::wide;
use crate::{Photograph, Picture};

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
    fn alpha(&self) -> f32 {
        self.alpha.unwrap_or(self.blend.default_alpha()).clamp(0.0, 1.0)
    }

    pub(super) fn palette(&self) -> Palette {
        if self.signed { Palette::signed() } else { Palette::of(self.colormap) }
    }
}

/// What the network did not see in a heatmap: no colour of any map.
const NOTHING: [u8; 3] = [226, 229, 233];

/// The map alone, at the photograph's size; plain grey where the network saw nothing.
pub fn draw_heatmap(map: &WarpedMap, style: &DrawStyle) -> Picture {
    let palette = style.palette();
    let mut rgb = vec![0; 3 * map.values.len()];
    for (pixel, &value) in rgb.chunks_exact_mut(3).zip(&map.values) {
        pixel.copy_from_slice(&palette.table[palette.entry(value)]);
    }
    if !map.sees_all() {
        unseen(map, |i| rgb[i * 3..i * 3 + 3].copy_from_slice(&NOTHING));
    }
    Picture { width: map.width, height: map.height, rgb }
}

/// The photograph under the map, in the photograph's own pixels; dimmed and framed where the
/// network saw only a part.
///
/// # Panics
/// If the map was warped for another size.
pub fn draw_overlay(photograph: &Photograph, map: &WarpedMap, style: &DrawStyle) -> Picture {
    assert_eq!(photograph.size(), [map.height, map.width], "the map is that of another photograph");
    let rgb = match style.blend {
        Blend::Veil => veil(photograph, map, style),
        Blend::Classic => classic(photograph, map, style),
    };
    let mut picture = Picture { width: map.width, height: map.height, rgb };
    mark_seen(&mut picture, map);
    picture
}

/// The photograph with the part that the network saw marked; an unchanged copy where it saw all.
///
/// # Panics
/// If the map was warped for another size.
pub fn draw_seen(photograph: &Photograph, map: &WarpedMap) -> Picture {
    assert_eq!(photograph.size(), [map.height, map.width], "the map is that of another photograph");
    let mut picture = photograph.clone();
    mark_seen(&mut picture, map);
    picture
}

/// `c = (1 - alpha) image + alpha colour`, `c / max c`, in the arithmetic of the original.
fn classic(photograph: &Photograph, map: &WarpedMap, style: &DrawStyle) -> Vec<u8> {
    let (alpha, palette) = (style.alpha(), style.palette());
    let mixed: Vec<f32> = photograph
        .rgb
        .chunks_exact(3)
        .zip(&map.values)
        .flat_map(|(pixel, &value)| {
            let colour = palette.table[palette.entry(value)];
            [0, 1, 2].map(|c| alpha * (f32::from(colour[c]) / 255.0) + (1.0 - alpha) * (f32::from(pixel[c]) / 255.0))
        })
        .collect();
    let brightest = mixed.iter().copied().fold(0.0, f32::max);
    let brightest = if brightest > 0.0 { brightest } else { 1.0 };
    let mut rgb: Vec<u8> = mixed.iter().map(|v| (255.0 * (v / brightest)) as u8).collect();
    if !map.sees_all() {
        unseen(map, |i| rgb[i * 3..i * 3 + 3].copy_from_slice(&photograph.rgb[i * 3..i * 3 + 3]));
    }
    rgb
}

/// Opacity rises with the map. Over dark pixels colours mix as light does, so that a dark retina
/// does not muddy them; over bright ones as stored values do, so that a bright radiograph does not
/// wash them out. The fine detail that the colour would cover (vessels, the rim of the disc) is
/// laid on top again in proportion.
fn veil(photograph: &Photograph, map: &WarpedMap, style: &DrawStyle) -> Vec<u8> {
    let alpha = style.alpha();
    let palette = style.palette();
    let detail = detail(photograph);
    let mut rgb = photograph.rgb.clone();
    let width = map.width;
    let mut row = VeilRow { opacity: vec![0.0; 3 * width], colour: vec![0.0; 3 * width], lift: vec![0.0; 3 * width] };
    for ((pixels, values), detail) in
        rgb.chunks_exact_mut(3 * width).zip(map.values.chunks_exact(width)).zip(detail.chunks_exact(width))
    {
        // Half of a usual map is nothing.
        let Some(first) = values.iter().position(|&value| palette.strength(value) > 0.0) else { continue };
        let end = values.iter().rposition(|&value| palette.strength(value) > 0.0).map_or(first, |last| last + 1);
        row.spread(&values[first..end], &detail[first..end], alpha, palette);
        let pixels = &mut pixels[3 * first..3 * end];
        wide(
            #[inline(always)]
            || row.lay_over(pixels),
        );
    }
    rgb
}

/// 2²³.
const ONE_A_BIT: f32 = 8_388_608.0;

/// What is laid over a row of a photograph, three values a pixel.
struct VeilRow {
    opacity: Vec<f32>,
    colour: Vec<f32>,
    /// Levels of fine detail that are added.
    lift: Vec<f32>,
}

impl VeilRow {
    fn spread(&mut self, values: &[f32], detail: &[f32], alpha: f32, palette: Palette) {
        let places =
            self.opacity.chunks_exact_mut(3).zip(self.colour.chunks_exact_mut(3)).zip(self.lift.chunks_exact_mut(3));
        for (((opacity, colour), lift), (&value, &detail)) in places.zip(values.iter().zip(detail)) {
            let share = alpha * rise(palette.strength(value));
            opacity.fill(share);
            lift.fill(share * detail);
            let entry = palette.table[palette.entry(value)];
            colour.iter_mut().zip(entry).for_each(|(to, level)| *to = f32::from(level));
        }
    }

    /// Without branches or calls, so that it becomes vector instructions.
    #[inline(always)]
    fn lay_over(&self, pixels: &mut [u8]) {
        for (((level, &opacity), &colour), &lift) in
            pixels.iter_mut().zip(&self.opacity).zip(&self.colour).zip(&self.lift)
        {
            let under = f32::from(*level);
            let as_values = under + opacity * (colour - under);
            // The stored value is about the square root of the light.
            let as_light = (under * under + opacity * (colour * colour - under * under)).sqrt();
            let bright = under * (1.0 / 255.0);
            let mixed = as_light + bright * bright * (as_values - as_light) + lift;
            // Rounded where the last bit of the sum is worth one: a conversion would be done one by
            // one.
            *level = (mixed.clamp(0.0, 255.0) + ONE_A_BIT).to_bits() as u8;
        }
    }
}

/// From 0 to 1, gently at both ends, full at three quarters of the map's maximum.
fn rise(value: f32) -> f32 {
    let t = (value / 0.75).min(1.0);
    t * t * (3.0 - 2.0 * t)
}

/// How much lighter each pixel is than its surroundings of about a thirtieth of the picture, in
/// levels, somewhat enlarged.
fn detail(photograph: &Photograph) -> Vec<f32> {
    let mut luma = vec![0.0; photograph.width * photograph.height];
    for (luma, pixel) in luma.iter_mut().zip(photograph.rgb.chunks_exact(3)) {
        *luma = 0.299 * f32::from(pixel[0]) + 0.587 * f32::from(pixel[1]) + 0.114 * f32::from(pixel[2]);
    }
    let size = photograph.size();
    let cell = (size[0].max(size[1]) as f64 / 32.0).max(1.0);
    let cells = size.map(|side| ((side as f64 / cell).round() as usize).max(1));
    let surroundings = upsample(&shrink(&luma, size, cells), cells, size);
    luma.iter_mut().zip(&surroundings).for_each(|(here, around)| *here = (1.2 * (*here - around)).clamp(-64.0, 64.0));
    luma
}

/// Calls for the index of every pixel outside what was seen.
fn unseen(map: &WarpedMap, mut each: impl FnMut(usize)) {
    for y in 0..map.height {
        for x in 0..map.width {
            if !map.seen.contains(x, y) {
                each(y * map.width + x);
            }
        }
    }
}

/// Dims what was not seen and draws a thin frame around what was.
fn mark_seen(picture: &mut Picture, map: &WarpedMap) {
    if map.sees_all() {
        return;
    }
    unseen(map, |i| picture.rgb[i * 3..i * 3 + 3].iter_mut().for_each(|v| *v = (f32::from(*v) * 0.45) as u8));
    let Region { left, top, right, bottom } = map.seen;
    let thickness = (picture.width.min(picture.height) as f64 / 300.0).round().max(1.0) as usize;
    for y in top..bottom {
        for x in left..right {
            let to_edge = (x - left).min(right - 1 - x).min(y - top).min(bottom - 1 - y);
            if to_edge < thickness {
                let i = (y * picture.width + x) * 3;
                picture.rgb[i..i + 3].iter_mut().for_each(|v| *v = (f32::from(*v) * 0.3 + 255.0 * 0.7) as u8);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Affine, warp};

    fn photograph() -> Photograph {
        Photograph { width: 6, height: 4, rgb: (0..72).map(|i| (i * 53 % 200) as u8).collect() }
    }

    #[test]
    fn nothing_on_an_empty_map() {
        let empty = warp(&[0.0], [1, 1], &Affine::scaling([1, 1], [4, 6]), [4, 6]);
        assert_eq!(draw_overlay(&photograph(), &empty, &DrawStyle::default()), photograph());
        assert_eq!(draw_seen(&photograph(), &empty), photograph());
    }

    #[test]
    fn brightness_elsewhere_does_not_depend_on_the_hottest_pixel() {
        let mut map = warp(&[0.0; 24], [4, 6], &Affine::IDENTITY, [4, 6]);
        map.values[0] = 1.0;
        let drawn = draw_overlay(&photograph(), &map, &DrawStyle::default());
        assert_eq!(drawn.rgb[3..], photograph().rgb[3..]);
        assert_ne!(drawn.rgb[..3], photograph().rgb[..3]);
    }

    #[test]
    fn the_mixture_lies_between_photograph_and_colour() {
        for level in [0, 40, 128, 255] {
            let plain = Picture::filled(64, 1, [level; 3]);
            let ramp: Vec<f32> = (0..64).map(|x| x as f32 / 63.0).collect();
            let map = warp(&ramp, [1, 64], &Affine::IDENTITY, [1, 64]);
            let drawn = draw_overlay(&plain, &map, &DrawStyle::default());
            for (x, &value) in ramp.iter().enumerate() {
                let colour = Colormap::default().colour(value);
                for (got, colour) in drawn.at(x, 0).into_iter().zip(colour) {
                    assert!((level.min(colour)..=level.max(colour)).contains(&got), "{level} {x}: {got} {colour}");
                }
            }
            let (last, colour) = (drawn.at(63, 0), Colormap::default().colour(1.0));
            assert!(
                (0..3).any(|c| colour[c].abs_diff(last[c]) < level.abs_diff(colour[c])),
                "the maximum is more colour than photograph"
            );
        }
    }

    #[test]
    fn what_speaks_against_is_drawn_as_strongly_as_what_speaks_for() {
        let plain = Picture::filled(3, 1, [100; 3]);
        let map = warp(&[-1.0, 0.0, 1.0], [1, 3], &Affine::IDENTITY, [1, 3]);
        let drawn = draw_overlay(&plain, &map, &DrawStyle { signed: true, ..DrawStyle::default() });
        let ([red, _, blue], middle) = (drawn.at(0, 0), drawn.at(1, 0));
        assert!(blue > red && middle == [100; 3]);
        let [red, _, blue] = drawn.at(2, 0);
        assert!(red > blue);
    }

    #[test]
    fn what_was_not_seen_is_marked_everywhere() {
        let map = warp(&[1.0], [1, 1], &Affine::scaling([1, 1], [4, 4]).then(&Affine::shift(1.0, 0.0)), [4, 6]);
        assert_eq!(draw_heatmap(&map, &DrawStyle::default()).at(0, 2), NOTHING);
        for blend in Blend::ALL {
            let style = DrawStyle { blend, ..DrawStyle::default() };
            assert_eq!(
                draw_overlay(&photograph(), &map, &style).at(5, 3),
                photograph().at(5, 3).map(|v| (f32::from(v) * 0.45) as u8)
            );
        }
    }
}
