//! Colouring a map and laying it over the photograph.

use super::colormap::Palette;
use super::{Blend, DrawStyle, Region, WarpedMap};
use crate::resize::{Resized, shrink, upsampled};
use crate::simd::wide;
use crate::{Photograph, Picture};

/// What the network did not see in a heatmap: no colour of any map.
const NOTHING: [u8; 3] = [226, 229, 233];

/// The map alone, at the photograph's size; plain grey where the network saw nothing.
pub fn draw_heatmap(map: &WarpedMap, style: &DrawStyle) -> Picture {
    painted([map.height, map.width], heatmap_rows(map, style))
}

/// The rows of [`draw_heatmap`]: what is returned writes the pixels of row `y`, three bytes each.
pub fn heatmap_rows(map: &WarpedMap, style: &DrawStyle) -> impl FnMut(usize, &mut [u8]) {
    let palette = style.palette();
    let mut values = vec![0.0; map.width];
    move |y, row| {
        map.row(y, &mut values);
        for (pixel, &value) in pixels_mut(row).zip(&values) {
            *pixel = palette.table[palette.entry(value)];
        }
        if !map.sees_all() {
            unseen(map, y, row, |_, pixel| *pixel = NOTHING);
        }
    }
}

/// The photograph under the map, in the photograph's own pixels; dimmed and framed where the
/// network saw only a part.
///
/// # Panics
/// If the map was warped for another size.
pub fn draw_overlay(photograph: &Photograph, map: &WarpedMap, style: &DrawStyle) -> Picture {
    painted(photograph.size(), overlay_rows(photograph, map, style))
}

/// Writes the pixels of a row, three bytes each.
pub type Rows<'a> = Box<dyn FnMut(usize, &mut [u8]) + 'a>;

/// The rows of [`draw_overlay`]: what is returned writes the pixels of row `y`, three bytes each.
///
/// # Panics
/// If the map was warped for another size.
pub fn overlay_rows<'a>(photograph: &'a Photograph, map: &'a WarpedMap, style: &DrawStyle) -> Rows<'a> {
    assert_eq!(photograph.size(), [map.height, map.width], "the map is that of another photograph");
    match style.blend {
        Blend::Veil => Box::new(veil(photograph, map, style)),
        Blend::Classic => Box::new(classic(photograph, map, style)),
    }
}

/// The photograph with the part that the network saw marked; an unchanged copy where it saw all.
///
/// # Panics
/// If the map was warped for another size.
pub fn draw_seen(photograph: &Photograph, map: &WarpedMap) -> Picture {
    assert_eq!(photograph.size(), [map.height, map.width], "the map is that of another photograph");
    let mut picture = photograph.clone();
    picture.rgb.chunks_exact_mut(3 * map.width).enumerate().for_each(|(y, row)| mark_seen(row, y, map));
    picture
}

fn painted([height, width]: [usize; 2], mut rows: impl FnMut(usize, &mut [u8])) -> Picture {
    let mut rgb = vec![0; 3 * width * height];
    rgb.chunks_exact_mut(3 * width).enumerate().for_each(|(y, row)| rows(y, row));
    Picture { width, height, rgb }
}

fn pixels_mut(row: &mut [u8]) -> impl Iterator<Item = &mut [u8; 3]> {
    row.as_chunks_mut().0.iter_mut()
}

fn row_of(photograph: &Photograph, y: usize) -> &[u8] {
    &photograph.rgb[3 * photograph.width * y..][..3 * photograph.width]
}

/// `c = (1 - alpha) image + alpha colour`, `c / max c`, in the arithmetic of the original. Rows are
/// mixed twice, as the brightest value of all comes before the first.
fn classic<'a>(photograph: &'a Photograph, map: &'a WarpedMap, style: &DrawStyle) -> impl FnMut(usize, &mut [u8]) + 'a {
    let (alpha, palette) = (style.alpha(), style.palette());
    let (mut values, mut mixed) = (vec![0.0; map.width], vec![0.0; 3 * map.width]);
    let mut mix = move |y: usize, mixed: &mut [f32]| {
        map.row(y, &mut values);
        let pixels = row_of(photograph, y).chunks_exact(3).zip(&values);
        for (mixed, (pixel, &value)) in mixed.chunks_exact_mut(3).zip(pixels) {
            let colour = palette.table[palette.entry(value)];
            for c in 0..3 {
                mixed[c] = alpha * (f32::from(colour[c]) / 255.0) + (1.0 - alpha) * (f32::from(pixel[c]) / 255.0);
            }
        }
    };
    let mut brightest = 0.0;
    for y in 0..map.height {
        mix(y, &mut mixed);
        brightest = mixed.iter().copied().fold(brightest, f32::max);
    }
    let brightest = if brightest > 0.0 { brightest } else { 1.0 };
    move |y, row| {
        mix(y, &mut mixed);
        row.iter_mut().zip(&mixed).for_each(|(level, v)| *level = (255.0 * (v / brightest)) as u8);
        if !map.sees_all() {
            let plain = row_of(photograph, y);
            unseen(map, y, row, |x, pixel| pixel.copy_from_slice(&plain[3 * x..3 * x + 3]));
        }
        mark_seen(row, y, map);
    }
}

/// Opacity rises with the map. Over dark pixels colours mix as light does, so that a dark retina
/// does not muddy them; over bright ones as stored values do, so that a bright radiograph does not
/// wash them out. The fine detail that the colour would cover (vessels, the rim of the disc) is
/// laid on top again in proportion.
fn veil<'a>(photograph: &'a Photograph, map: &'a WarpedMap, style: &DrawStyle) -> impl FnMut(usize, &mut [u8]) + 'a {
    let (alpha, palette, width) = (style.alpha(), style.palette(), map.width);
    let surroundings = surroundings(photograph);
    let (mut values, mut around) = (vec![0.0; width], vec![0.0; width]);
    let mut veil = VeilRow { opacity: vec![0.0; 3 * width], colour: vec![0.0; 3 * width], lift: vec![0.0; 3 * width] };
    move |y, row| {
        row.copy_from_slice(row_of(photograph, y));
        map.row(y, &mut values);
        // Half of a usual map is nothing.
        if let Some(first) = values.iter().position(|&value| palette.strength(value) > 0.0) {
            let end = values.iter().rposition(|&value| palette.strength(value) > 0.0).map_or(first, |last| last + 1);
            let pixels = &mut row[3 * first..3 * end];
            surroundings.row(y, &mut around);
            let detail = &mut around[first..end];
            detail_of(pixels, detail);
            veil.spread(&values[first..end], detail, alpha, palette);
            wide(
                #[inline(always)]
                || veil.lay_over(pixels),
            );
        }
        mark_seen(row, y, map);
    }
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

/// The brightness around each pixel, over about a thirtieth of the picture.
fn surroundings(photograph: &Photograph) -> Resized {
    let size = photograph.size();
    let cell = (size[0].max(size[1]) as f64 / 32.0).max(1.0);
    let cells = size.map(|side| ((side as f64 / cell).round() as usize).max(1));
    let low = shrink(size, cells, |y, row| {
        row.iter_mut().zip(row_of(photograph, y).chunks_exact(3)).for_each(|(to, pixel)| *to = luma(pixel));
    });
    upsampled(&low, cells, size)
}

/// How much lighter each pixel is than its surroundings, in levels, somewhat enlarged; in the place
/// of the surroundings.
fn detail_of(pixels: &[u8], around: &mut [f32]) {
    for (around, pixel) in around.iter_mut().zip(pixels.chunks_exact(3)) {
        *around = (1.2 * (luma(pixel) - *around)).clamp(-64.0, 64.0);
    }
}

fn luma(pixel: &[u8]) -> f32 {
    0.299 * f32::from(pixel[0]) + 0.587 * f32::from(pixel[1]) + 0.114 * f32::from(pixel[2])
}

/// Calls for the column of every pixel of row `y` outside what was seen.
fn unseen(map: &WarpedMap, y: usize, row: &mut [u8], mut each: impl FnMut(usize, &mut [u8; 3])) {
    for (x, pixel) in pixels_mut(row).enumerate() {
        if !map.seen.contains(x, y) {
            each(x, pixel);
        }
    }
}

/// Dims what was not seen of row `y` and draws a thin frame around what was.
fn mark_seen(row: &mut [u8], y: usize, map: &WarpedMap) {
    if map.sees_all() {
        return;
    }
    unseen(map, y, row, |_, pixel| pixel.iter_mut().for_each(|v| *v = (f32::from(*v) * 0.45) as u8));
    let Region { left, top, right, bottom } = map.seen;
    if !(top..bottom).contains(&y) {
        return;
    }
    let thickness = (map.width.min(map.height) as f64 / 300.0).round().max(1.0) as usize;
    for (x, pixel) in pixels_mut(row).enumerate().take(right).skip(left) {
        let to_edge = (x - left).min(right - 1 - x).min(y - top).min(bottom - 1 - y);
        if to_edge < thickness {
            pixel.iter_mut().for_each(|v| *v = (f32::from(*v) * 0.3 + 255.0 * 0.7) as u8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Affine, Colormap, warp};

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
        let mut values = [0.0; 24];
        values[0] = 1.0;
        let map = warp(&values, [4, 6], &Affine::IDENTITY, [4, 6]);
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

    #[test]
    fn rows_may_be_drawn_one_at_a_time() {
        let to_photograph = Affine::scaling([1, 2], [3, 4]).then(&Affine::shift(1.0, 0.0));
        let map = warp(&[1.0, 0.2], [1, 2], &to_photograph, [4, 6]);
        let photograph = photograph();
        let drawn = |rows: &mut dyn FnMut(usize, &mut [u8])| {
            let mut rgb = vec![7; 72];
            (0..4).for_each(|y| rows(y, &mut rgb[18 * y..18 * y + 18]));
            rgb
        };
        for blend in Blend::ALL {
            let style = DrawStyle { blend, ..DrawStyle::default() };
            let whole = draw_overlay(&photograph, &map, &style);
            assert_eq!(drawn(&mut *overlay_rows(&photograph, &map, &style)), whole.rgb, "{blend}");
        }
        let style = DrawStyle::default();
        assert_eq!(drawn(&mut heatmap_rows(&map, &style)), draw_heatmap(&map, &style).rgb);
    }
}
