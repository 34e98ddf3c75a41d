//! OpenCV's conversion between sRGB and CIE L*a*b* on bytes: L* is scaled to 0–255, a* and b* are
//! moved by 128. It computes in integers with rounded tables; a conversion in floating point is
//! another one by several levels after the way back.

use std::sync::LazyLock;

/// sRGB → XYZ and back (ITU-R BT.709 primaries, D65), as rows.
const TO_XYZ: [[f64; 3]; 3] =
    [[0.412_453, 0.357_580, 0.180_423], [0.212_671, 0.715_160, 0.072_169], [0.019_334, 0.119_193, 0.950_227]];
const FROM_XYZ: [[f64; 3]; 3] =
    [[3.240_479, -1.537_15, -0.498_535], [-0.969_256, 1.875_991, 0.041_556], [0.055_648, -0.204_043, 1.057_311]];
const WHITE: [f64; 3] = [0.950_456, 1.0, 1.088_754];

/// Fractional bits of matrix entries, of f (the cube root of L*a*b*), and of XYZ on the way back.
const MATRIX_BITS: u32 = 12;
const ROOT_BITS: u32 = 15;
const BASE_BITS: u32 = 14;
/// Linear levels are eighths of a level on the way there, of 4096 on the way back.
const EIGHTHS: i32 = 8;
const INVERSE_LEVELS: i32 = 4096;
/// Linear light above white, which a sum of three rounded entries may reach.
const ROOTS: i32 = 256 * 3 / 2 * EIGHTHS;
/// The least f of x or z on the way back.
const LEAST: i32 = -8145;

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::new);

struct Tables {
    to_xyz: [[i32; 3]; 3],
    from_xyz: [[i32; 3]; 3],
    /// Levels of sRGB → eighths of linear levels.
    linear: Vec<i32>,
    /// Eighths of linear levels → f.
    root: Vec<i32>,
    /// Linear light → levels of sRGB.
    level: Vec<u8>,
    /// L* → Y and f(Y).
    lightness: Vec<[i32; 2]>,
    /// f of X or Z, from [`LEAST`] on → X or Z.
    cube: Vec<i32>,
}

impl Tables {
    fn new() -> Self {
        let round = |v: f64| v.round_ties_even() as i32;
        let matrix = |of: &dyn Fn(usize, usize) -> f64| {
            std::array::from_fn(|i| std::array::from_fn(|j| round(f64::from(1 << MATRIX_BITS) * of(i, j))))
        };
        let base = 1 << BASE_BITS;
        let lightness = |level: i32| {
            let (y, f) = if level <= 20 {
                // Below 8 % of L*, where the curve is a line.
                (f64::from(level * 180) / (17.0 * 24_389.0), 16.0 / 116.0 + f64::from(level * 5) / 1479.0)
            } else {
                let f = f64::from(level * 100) / (255.0 * 116.0) + 16.0 / 116.0;
                (f * f * f, f)
            };
            [round(y * f64::from(base)), round(f * f64::from(base))]
        };
        let cube = |f: i32| {
            // 6/29 is 3390.
            if f <= 3390 { f * 108 / 841 - base * 16 / 116 * 108 / 841 } else { f * f / base * f / base }
        };
        Self {
            to_xyz: matrix(&|i, j| TO_XYZ[i][j] / WHITE[i]),
            from_xyz: matrix(&|i, j| FROM_XYZ[i][j] * WHITE[j]),
            linear: (0..256).map(|i| round(f64::from(255 * EIGHTHS) * decoded(f64::from(i) / 255.0))).collect(),
            root: (0..ROOTS)
                .map(|i| round(f64::from(1 << ROOT_BITS) * root(f64::from(i) / f64::from(255 * EIGHTHS))))
                .collect(),
            level: (0..INVERSE_LEVELS)
                .map(|i| round(255.0 * encoded(f64::from(i) / f64::from(INVERSE_LEVELS))) as u8)
                .collect(),
            lightness: (0..256).map(lightness).collect(),
            cube: (LEAST..base * 9 / 4 + LEAST).map(cube).collect(),
        }
    }
}

/// The transfer functions of sRGB (IEC 61966-2-1).
fn decoded(v: f64) -> f64 {
    if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

fn encoded(v: f64) -> f64 {
    if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
}

/// The cube root of CIE L*a*b*, a line near black.
fn root(v: f64) -> f64 {
    if v < 216.0 / 24_389.0 { v * 841.0 / 108.0 + 16.0 / 116.0 } else { v.cbrt() }
}

/// Half up.
fn shifted(v: i32, bits: u32) -> i32 {
    (v + (1 << (bits - 1))) >> bits
}

fn product(row: &[i32; 3], v: [i32; 3]) -> i32 {
    row[0] * v[0] + row[1] * v[1] + row[2] * v[2]
}

/// Interleaved RGB → L*, a*, b*, in place.
pub(super) fn from_rgb(pixels: &mut [u8]) {
    let tables = &*TABLES;
    for pixel in pixels.as_chunks_mut::<3>().0 {
        let linear = pixel.map(|level| tables.linear[usize::from(level)]);
        let [x, y, z] =
            [0, 1, 2].map(|i| tables.root[shifted(product(&tables.to_xyz[i], linear), MATRIX_BITS) as usize]);
        let middle = 128 << ROOT_BITS;
        // 116 f(Y) − 16 of 100, on the scale of 255.
        let lightness = (116 * 255 + 50) / 100 * y - (16 * 255 * (1 << ROOT_BITS) + 50) / 100;
        let lab = [lightness, 500 * (x - y) + middle, 200 * (y - z) + middle];
        *pixel = lab.map(|v| shifted(v, ROOT_BITS).clamp(0, 255) as u8);
    }
}

/// Interleaved L*, a*, b* → RGB, in place.
pub(super) fn to_rgb(pixels: &mut [u8]) {
    let tables = &*TABLES;
    let base = 1 << BASE_BITS;
    for pixel in pixels.as_chunks_mut::<3>().0 {
        let [lightness, a, b] = pixel.map(i32::from);
        let [y, f] = tables.lightness[lightness as usize];
        // a / 500 and b / 200, less what 128 makes, with OpenCV's reciprocals.
        let a = ((5 * a * 53_687 + (1 << 7)) >> 13) - 128 * base / 500;
        let b = ((b * 41_943 + (1 << 4)) >> 9) - 128 * base / 200 + 1;
        let [x, z] = [f + a, f - b].map(|f| tables.cube[(f - LEAST) as usize]);
        // From the base to the 4096 levels of the table.
        let light = [0, 1, 2].map(|i| shifted(product(&tables.from_xyz[i], [x, y, z]), MATRIX_BITS + BASE_BITS - 12));
        *pixel = light.map(|v| tables.level[v.clamp(0, INVERSE_LEVELS - 1) as usize]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours_there_and_back() {
        // cv2.cvtColor(…, cv2.COLOR_RGB2LAB) and back.
        for (rgb, lab, back) in [
            ([0, 0, 0], [0, 128, 128], [0, 0, 0]),
            ([255, 255, 255], [255, 128, 128], [255, 255, 255]),
            ([255, 0, 0], [136, 208, 195], [255, 2, 1]),
            ([0, 255, 0], [224, 42, 211], [7, 255, 3]),
            ([0, 0, 255], [82, 207, 20], [0, 1, 255]),
            ([200, 90, 40], [132, 169, 176], [201, 91, 41]),
        ] {
            let mut pixel = rgb;
            from_rgb(&mut pixel);
            assert_eq!(pixel, lab, "{rgb:?}");
            to_rgb(&mut pixel);
            assert_eq!(pixel, back, "{rgb:?}");
        }
    }

    #[test]
    fn no_bytes_leave_the_tables() {
        for i in 0..1 << 24 {
            if i % 7 == 0 {
                let mut pixel = [(i >> 16) as u8, (i >> 8) as u8, i as u8];
                to_rgb(&mut pixel);
                from_rgb(&mut pixel);
            }
        }
    }
}
