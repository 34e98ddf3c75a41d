//! What camera, site and file make of a whole photograph, whatever it shows.

use std::collections::BTreeMap;

use heatlens_imaging::{Photograph, jpeg_quality};

use super::quality::{LIT, Quality};

/// Pixels are sampled on a grid of at most so many rows.
const ROWS: usize = 200;
/// The target structure and what lies within this many of its diameters from its centre is left out:
/// disease changes it.
const TARGET_REACH: f64 = 1.0;
/// The inner and the outer part of the field that vignetting compares, as shares of half its extent.
const INNER: f64 = 0.4;
const OUTER: [f64; 2] = [0.6, 0.85];
/// What a file that is no JPEG counts as.
const NOT_COMPRESSED: f64 = 100.0;

/// The properties of [`CUES`](heatlens_record::cues::CUES) that can be measured, by name. `bytes` is the
/// file, `quality` what was measured of the photograph, `target` the centre and diameter of the
/// structure that disease changes, in pixels.
pub fn cues(
    photograph: &Photograph,
    bytes: &[u8],
    quality: Option<&Quality>,
    target: Option<[f64; 3]>,
) -> BTreeMap<&'static str, f64> {
    let (width, height) = (photograph.width, photograph.height);
    let mut cues = BTreeMap::from([
        ("width", (width as f64).ln()),
        ("height", (height as f64).ln()),
        ("jpeg_quality", compression(bytes)),
        ("bytes_a_pixel", (bytes.len() as f64 / (width * height) as f64).ln()),
    ]);
    if let Some(quality) = quality {
        cues.extend([("sharpness", (1.0 + quality.sharpness).ln()), ("clipped", quality.clipped)]);
    }
    let sampled = Sampled::of(photograph, target);
    cues.extend(sampled.field());
    cues.extend(sampled.light());
    cues.extend(texture(photograph, &sampled));
    cues.retain(|_, value| value.is_finite());
    cues
}

/// The JPEG quality of a file, 1 to 100; the best where it is none.
pub fn compression(bytes: &[u8]) -> f64 {
    jpeg_quality(bytes).unwrap_or(NOT_COMPRESSED)
}

/// A pixel of the grid.
struct Pixel {
    x: f64,
    y: f64,
    rgb: [f64; 3],
    grey: f64,
    /// Whether it lies on the target or beside it.
    on_target: bool,
}

/// The pixels of the grid that are lit.
struct Sampled {
    lit: Vec<Pixel>,
    /// Pixels of the grid in all.
    all: usize,
    /// The least and the largest x, then y, that are lit.
    extent: [[f64; 2]; 2],
    size: [f64; 2],
}

fn grey([r, g, b]: [f64; 3]) -> f64 {
    0.299 * r + 0.587 * g + 0.114 * b
}

impl Sampled {
    fn of(photograph: &Photograph, target: Option<[f64; 3]>) -> Sampled {
        let (width, height) = (photograph.width, photograph.height);
        let step = (height / ROWS).max(1);
        let (mut lit, mut all) = (Vec::new(), 0);
        for y in (step / 2..height).step_by(step) {
            for x in (step / 2..width).step_by(step) {
                all += 1;
                let at = 3 * (y * width + x);
                let rgb = [0, 1, 2].map(|channel| f64::from(photograph.rgb[at + channel]));
                let (grey, x, y) = (grey(rgb), x as f64, y as f64);
                if grey >= f64::from(LIT) {
                    let on_target = target.is_some_and(|[centre_x, centre_y, diameter]| {
                        (x - centre_x).hypot(y - centre_y) < TARGET_REACH * diameter
                    });
                    lit.push(Pixel { x, y, rgb, grey, on_target });
                }
            }
        }
        let ends = |of: fn(&Pixel) -> f64| {
            let fold = |[low, high]: [f64; 2], pixel: &Pixel| [low.min(of(pixel)), high.max(of(pixel))];
            lit.iter().fold([f64::INFINITY, f64::NEG_INFINITY], fold)
        };
        let extent = [ends(|pixel| pixel.x), ends(|pixel| pixel.y)];
        Sampled { lit, all, extent, size: [width as f64, height as f64] }
    }

    /// How the field of view lies in the picture.
    fn field(&self) -> [(&'static str, f64); 5] {
        let [[left, right], [top, bottom]] = self.extent;
        let [width, height] = self.size;
        [
            ("lit", self.lit.len() as f64 / self.all.max(1) as f64),
            ("lit_width", (right - left) / width),
            ("lit_height", (bottom - top) / height),
            ("lit_left", left / width),
            ("lit_top", top / height),
        ]
    }

    /// Colours and light off the target.
    fn light(&self) -> Vec<(&'static str, f64)> {
        let off: Vec<&Pixel> = self.lit.iter().filter(|pixel| !pixel.on_target).collect();
        let colour = |channel: usize| mean_and_spread(off.iter().map(|pixel| pixel.rgb[channel]));
        let [red, green, blue] = [0, 1, 2].map(colour);
        let [brightness, spread] = mean_and_spread(off.iter().map(|pixel| pixel.grey));
        let [centre, half] = [
            self.extent.map(|[low, high]| (low + high) / 2.0),
            self.extent.map(|[low, high]| ((high - low) / 2.0).max(1.0)),
        ];
        let radius = |pixel: &Pixel| ((pixel.x - centre[0]) / half[0]).hypot((pixel.y - centre[1]) / half[1]);
        let ring = |[from, to]: [f64; 2]| {
            let inside = off.iter().filter(|pixel| (from..to).contains(&radius(pixel))).map(|pixel| pixel.grey);
            mean_and_spread(inside)[0]
        };
        vec![
            ("red", red[0]),
            ("green", green[0]),
            ("blue", blue[0]),
            ("red_spread", red[1]),
            ("green_spread", green[1]),
            ("blue_spread", blue[1]),
            ("brightness", brightness),
            ("contrast", spread / brightness),
            ("vignetting", (ring([0.0, INNER]) / ring(OUTER)).ln()),
        ]
    }
}

/// NaN of nothing.
pub fn mean_and_spread(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let (mut count, mut sum, mut squares) = (0.0f64, 0.0, 0.0);
    for value in values {
        (count, sum, squares) = (count + 1.0, sum + value, squares + value * value);
    }
    let mean = sum / count;
    [mean, (squares / count - mean * mean).max(0.0).sqrt()]
}

/// Noise (Immerkær 1996) and the steps at the borders of a JPEG's blocks, at the photograph's own
/// resolution, around lit pixels off the target.
fn texture(photograph: &Photograph, sampled: &Sampled) -> Vec<(&'static str, f64)> {
    let width = photograph.width;
    let at = |x: usize, y: usize| {
        let pixel = &photograph.rgb[3 * (y * width + x)..][..3];
        grey([pixel[0].into(), pixel[1].into(), pixel[2].into()])
    };
    let (mut noise, mut count) = (0.0, 0.0f64);
    // The mean step to the pixel on the right, within blocks and between them.
    let mut steps = [[0.0f64; 2]; 2];
    for pixel in sampled.lit.iter().filter(|pixel| !pixel.on_target) {
        let (x, y) = (pixel.x as usize, pixel.y as usize);
        if x == 0 || y == 0 || x + 9 >= width || y + 1 >= photograph.height {
            continue;
        }
        let rows = [y - 1, y, y + 1].map(|y| at(x - 1, y) - 2.0 * at(x, y) + at(x + 1, y));
        noise += (rows[0] - 2.0 * rows[1] + rows[2]).abs();
        count += 1.0;
        for x in x..x + 8 {
            let [sum, number] = &mut steps[usize::from(x % 8 == 7)];
            *sum += (at(x + 1, y) - at(x, y)).abs();
            *number += 1.0;
        }
    }
    let [within, between] = steps.map(|[sum, number]| sum / number);
    let noise = (std::f64::consts::PI / 2.0).sqrt() / 6.0 * noise / count;
    vec![("noise", (0.1 + noise).ln()), ("blockiness", ((0.1 + between) / (0.1 + within)).ln())]
}

#[cfg(test)]
mod tests {
    use heatlens_fundus::demo::demo_eye;
    use heatlens_imaging::{Picture, encode_jpeg, encode_png};
    use heatlens_record::cues::CUES;

    use super::super::quality::quality;
    use super::*;

    fn measured(eye: &Picture, file: &[u8], target: Option<[f64; 3]>) -> BTreeMap<&'static str, f64> {
        cues(eye, file, quality(eye).as_ref(), target)
    }

    fn eye() -> (Picture, [f64; 3]) {
        let eye = demo_eye(0, 400).unwrap().photograph;
        let disc = eye.truth.geometry;
        let [x, y] = disc.disc_centre.map(f64::from);
        (Picture { width: eye.size, height: eye.size, rgb: eye.rgb }, [x, y, f64::from(disc.disc_diameters[0])])
    }

    #[test]
    fn every_property_that_is_named_is_measured() {
        let (eye, target) = eye();
        let found = measured(&eye, &encode_png(&eye).unwrap(), Some(target));
        let mut names: Vec<&str> = CUES.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), names);
        assert_eq!(found["jpeg_quality"], 100.0);
    }

    #[test]
    fn a_property_that_is_changed_is_the_one_that_moves() {
        let (eye, target) = eye();
        let of = |eye: &Picture| measured(eye, &encode_png(eye).unwrap(), Some(target));
        let before = of(&eye);
        let changed = |change: &dyn Fn(usize, u8) -> f64| {
            let rgb = eye.rgb.iter().enumerate().map(|(i, &v)| change(i, v).round().clamp(0.0, 255.0) as u8).collect();
            of(&Picture { rgb, ..eye })
        };
        let redder = changed(&|i, v| f64::from(v) * if i % 3 == 0 { 1.1 } else { 1.0 });
        assert!(redder["red"] > 1.05 * before["red"] && (redder["green"] - before["green"]).abs() < 1.0);
        // The disc is left out: what disease does to it is no property of the camera.
        let [x, y, diameter] = target;
        let on_disc = |i: usize| ((i / 3 % 400) as f64 - x).hypot((i / 3 / 400) as f64 - y) < diameter / 2.0;
        let paler = changed(&|i, v| if on_disc(i) { 255.0 } else { f64::from(v) });
        assert!(["red", "green", "blue", "brightness", "contrast"].iter().all(|name| paler[name] == before[name]));
        let coarse = of(&heatlens_imaging::decode(&encode_jpeg(&eye, 20).unwrap(), &Default::default()).unwrap());
        assert!(coarse["blockiness"] > before["blockiness"] + 0.2, "{before:?} {coarse:?}");
        let file = encode_jpeg(&eye, 30).unwrap();
        assert!((measured(&eye, &file, None)["jpeg_quality"] - 30.0).abs() < 1.5);
    }

    #[test]
    fn of_a_black_picture_little_is_known() {
        let black = Picture::filled(40, 30, [0; 3]);
        let found = measured(&black, b"", None);
        assert!(!found.contains_key("red") && found["lit"] == 0.0);
    }
}
