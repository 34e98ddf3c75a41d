//! Lines on a picture: where a map crosses a level, and words written over it.

use super::WarpedMap;
use super::canvas::{Canvas, Rgb};
use super::text::Face;
use crate::Picture;

/// Light on dark, so that lines are seen on any ground.
const CASING: Rgb = [12, 14, 18];
const CASING_STRENGTH: f32 = 0.45;

/// Draws the lines along which a map takes a level, smooth and `width` pixels wide, over a picture of
/// the same size.
///
/// # Panics
/// If the map was warped for another size.
pub fn draw_contours(picture: &mut Picture, map: &WarpedMap, levels: &[f32], colour: [u8; 3], width: f32) {
    assert_eq!(picture.size(), [map.height, map.width], "the map is that of another picture");
    let mut values = vec![0.0; map.width * map.height];
    values.chunks_exact_mut(map.width).enumerate().for_each(|(y, row)| map.row(y, row));
    let mut canvas = Canvas { picture: std::mem::replace(picture, Picture { width: 0, height: 0, rgb: Vec::new() }) };
    for (ink, reach, strength) in [(CASING, width / 2.0 + 1.0, CASING_STRENGTH), (colour, width / 2.0, 1.0)] {
        for y in 0..map.height {
            for x in 0..map.width {
                let distance =
                    levels.iter().map(|level| distance(&values, map, [x, y], *level)).fold(f32::MAX, f32::min);
                canvas.paint(x as i64, y as i64, ink, strength * (reach + 0.5 - distance).clamp(0.0, 1.0));
            }
        }
    }
    *picture = canvas.picture;
}

/// How far a pixel lies from where the map takes a level, by its slope there; more than a picture is
/// wide where it has none.
fn distance(values: &[f32], map: &WarpedMap, [x, y]: [usize; 2], level: f32) -> f32 {
    let at = |x: usize, y: usize| values[y * map.width + x];
    let (left, right) = (x.saturating_sub(1), (x + 1).min(map.width - 1));
    let (above, below) = (y.saturating_sub(1), (y + 1).min(map.height - 1));
    let slope = |from: f32, to: f32, steps: usize| (to - from) / steps.max(1) as f32;
    let across = slope(at(left, y), at(right, y), right - left);
    let down = slope(at(x, above), at(x, below), below - above);
    let steepness = across.hypot(down);
    if steepness > 1e-6 { (at(x, y) - level).abs() / steepness } else { f32::MAX }
}

/// Writes a word or two over the middle of a picture, on a dark ground.
pub fn inscribe(picture: &mut Picture, words: &str) {
    let size = (picture.width as f32 / 9.0).clamp(11.0, 34.0);
    let face = Face::semi_bold(size);
    let words = face.elided(words, picture.width as f32 - 1.6 * size);
    let (width, height) = (face.width(&words), 1.7 * size);
    let (left, top) = ((picture.width as f32 - width) / 2.0, (picture.height as f32 - height) / 2.0);
    let mut canvas = Canvas { picture: std::mem::replace(picture, Picture { width: 0, height: 0, rgb: Vec::new() }) };
    canvas.rounded([left - 0.7 * size, top, width + 1.4 * size, height], 0.4 * size, CASING);
    face.draw(&mut canvas, &words, left, top + 1.2 * size, [255, 255, 255]);
    *picture = canvas.picture;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Affine, warp};

    #[test]
    fn a_line_lies_where_the_map_takes_the_level_and_nowhere_else() {
        // Rises from left to right, one half at x = 32.
        let map: Vec<f32> = (0..64 * 64).map(|i| ((i % 64) as f32 + 0.5) / 64.0).collect();
        let warped = warp(&map, [64, 64], &Affine::IDENTITY, [64, 64]);
        let mut picture = Picture::filled(64, 64, [128; 3]);
        draw_contours(&mut picture, &warped, &[0.5], [255; 3], 2.0);
        for y in [0, 30, 63] {
            assert_eq!((picture.at(31, y), picture.at(32, y)), ([255; 3], [255; 3]));
            assert!(picture.at(30, y)[0] < 128, "the casing is dark");
            assert_eq!((picture.at(20, y), picture.at(50, y)), ([128; 3], [128; 3]));
        }
        let flat = warp(&[0.5; 4], [2, 2], &Affine::scaling([2, 2], [64, 64]), [64, 64]);
        let before = picture.clone();
        draw_contours(&mut picture, &flat, &[0.5], [255; 3], 2.0);
        assert_eq!(picture, before, "a plain has no contour");
    }

    #[test]
    fn words_stand_in_the_middle_of_any_picture() {
        for (width, height) in [(1, 1), (40, 9), (400, 300)] {
            let mut picture = Picture::filled(width, height, [255, 0, 0]);
            inscribe(&mut picture, "empty");
            assert_eq!((picture.width, picture.height), (width, height));
        }
        let mut picture = Picture::filled(400, 300, [255, 0, 0]);
        inscribe(&mut picture, "empty");
        assert!(picture.at(200, 130) == CASING && picture.at(5, 5) == [255, 0, 0]);
    }
}
