//! The larger vessels, by a line detector.
//!
//! After E. Ricci and R. Perfetti, "Retinal blood vessel segmentation using line operators and
//! support vector classification", IEEE TMI 26 (2007) 1357: the mean of the green channel along a
//! line, at the best of several angles, against the mean of a square around it. Without their
//! classifier: good enough to ask whether a map follows vessels, no measure of calibre.

use heatlens_imaging::Photograph;

use super::FieldOfView;
use super::bits::Bits;

/// Longer side of the field at which vessels are looked for.
const WORKING: f64 = 400.0;
/// Half the length of the line and of the side of the square, in cells.
const REACH: i32 = 7;
const ANGLES: usize = 12;
/// Standard deviations of the response above its mean that make a vessel.
const STRONG: f64 = 1.15;
/// Pieces with fewer cells are specks.
const SPECK: usize = 60;

/// A mask of the vessels in the photograph's pixels, row by row.
pub fn vessels(photograph: &Photograph, field: &FieldOfView) -> Vec<bool> {
    let extent = (field.bounds[2] - field.bounds[0]).max(field.bounds[3] - field.bounds[1]);
    let step = (extent / WORKING).max(1.0);
    let cells = |n: usize| ((n as f64 / step).ceil() as usize).max(1);
    let (width, height) = (cells(photograph.width), cells(photograph.height));
    let darkness = darkness(photograph, step, width, height);
    let inside = (0..width * height).map(|i| {
        let at = [(i % width) as f64 + 0.5, (i / width) as f64 + 0.5].map(|v| v * step);
        field.contains(at) && !field.is_edge(at)
    });
    let inside = Bits::new(width, height, inside.collect());
    let found = threshold(&response(&darkness, &inside), &inside);
    let pixels = (0..photograph.width * photograph.height).map(|i| {
        let [x, y] = [i % photograph.width, i / photograph.width].map(|v| ((v as f64 + 0.5) / step) as usize);
        found.at(x.min(width - 1), y.min(height - 1))
    });
    pixels.collect()
}

/// 255 − green, averaged over cells.
fn darkness(photograph: &Photograph, step: f64, width: usize, height: usize) -> Vec<f32> {
    let (mut sum, mut count) = (vec![0.0f32; width * height], vec![0.0f32; width * height]);
    for (i, pixel) in photograph.rgb.chunks_exact(3).enumerate() {
        let [x, y] = [i % photograph.width, i / photograph.width].map(|v| (v as f64 / step) as usize);
        let cell = y.min(height - 1) * width + x.min(width - 1);
        sum[cell] += 255.0 - f32::from(pixel[1]);
        count[cell] += 1.0;
    }
    sum.iter().zip(&count).map(|(s, n)| s / n.max(1.0)).collect()
}

/// How much darker the darkest line through a cell is than its surroundings; 0 where these reach
/// beyond the field.
fn response(darkness: &[f32], inside: &Bits) -> Vec<f32> {
    let (width, height) = (inside.width as i32, inside.height as i32);
    let lines: Vec<Vec<i32>> = (0..ANGLES)
        .map(|k| {
            let (sin, cos) = (std::f64::consts::PI * k as f64 / ANGLES as f64).sin_cos();
            (-REACH..=REACH)
                .map(|t| (f64::from(t) * sin).round() as i32 * width + (f64::from(t) * cos).round() as i32)
                .collect()
        })
        .collect();
    let n = (2 * REACH + 1) as f32;
    let mut out = vec![0.0; darkness.len()];
    for y in REACH..height - REACH {
        for x in REACH..width - REACH {
            let i = y * width + x;
            let corners = [-1, 1].map(|dy| [-1, 1].map(|dx| inside.set[(i + REACH * (dy * width + dx)) as usize]));
            if !inside.set[i as usize] || corners != [[true; 2]; 2] {
                continue;
            }
            let along = |line: &Vec<i32>| line.iter().map(|offset| darkness[(i + offset) as usize]).sum::<f32>() / n;
            let darkest = lines.iter().map(along).fold(f32::MIN, f32::max);
            let rows = (-REACH..=REACH)
                .map(|dy| &darkness[(i + dy * width - REACH) as usize..=(i + dy * width + REACH) as usize]);
            out[i as usize] = darkest - rows.map(|row| row.iter().sum::<f32>()).sum::<f32>() / (n * n);
        }
    }
    out
}

/// What stands out of the responses, without specks.
fn threshold(response: &[f32], inside: &Bits) -> Bits {
    let seen: Vec<f64> =
        response.iter().zip(&inside.set).filter(|(_, inside)| **inside).map(|(r, _)| f64::from(*r)).collect();
    let n = seen.len().max(1) as f64;
    let mean = seen.iter().sum::<f64>() / n;
    let deviation = (seen.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / n).sqrt();
    let limit = (mean + STRONG * deviation).max(1.0) as f32;
    Bits { set: response.iter().map(|&r| r > limit).collect(), ..*inside }.without_specks(SPECK)
}
