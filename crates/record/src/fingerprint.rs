//! What tells whether two files show the same photograph.

use heatlens_imaging::Photograph;
use sha2::{Digest, Sha256};

/// Cells along each side of the thumbnail.
const SIDE: usize = 32;
/// Half the side of the neighbourhood that is taken off, and of the one that contrast is measured
/// in.
const NEAR: usize = 2;
const AROUND: usize = 5;
/// Only cells within this share of the field's radius are compared: all photographs of a camera
/// share the field's edge.
const INNER: f64 = 0.85;
/// A pixel whose brightest channel is above this is lit; rows and columns with a smaller share of
/// lit pixels are the camera's black margin.
const LIT: u8 = 20;
const LIT_SHARE: f64 = 0.03;

/// The contents' hash and a small picture of the structures inside the field of view.
#[derive(Clone, Debug, PartialEq)]
pub struct Fingerprint {
    sha256: [u8; 32],
    /// The inner cells' structure, of mean 0 and length 1; empty for a picture without any.
    structure: Vec<f32>,
    /// The signs of `structure`, a bit a cell: most pairs are told apart by these alone.
    signs: Vec<u64>,
}

impl Fingerprint {
    /// Of a file's bytes and the photograph decoded from them.
    pub fn of(bytes: &[u8], photograph: &Photograph) -> Fingerprint {
        Fingerprint::from_parts(Sha256::digest(bytes).into(), structure(photograph))
    }

    /// The structure inside the field of view: mean 0 and length 1, empty for a picture without
    /// any.
    pub fn structure(&self) -> &[f32] {
        &self.structure
    }

    /// A fingerprint from what was kept of it: the hash, and the structure of
    /// [`Fingerprint::structure`].
    pub fn from_parts(sha256: [u8; 32], structure: Vec<f32>) -> Fingerprint {
        let mut signs = vec![0u64; structure.len().div_ceil(64)];
        for (i, _) in structure.iter().enumerate().filter(|(_, v)| **v > 0.0) {
            signs[i / 64] |= 1 << (i % 64);
        }
        Fingerprint { sha256, structure, signs }
    }

    /// SHA-256 of the file.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// Cells whose signs differ, as a share.
    pub fn sign_distance(&self, other: &Fingerprint) -> f64 {
        let differing: u32 = self.signs.iter().zip(&other.signs).map(|(a, b)| (a ^ b).count_ones()).sum();
        f64::from(differing) / self.structure.len().max(1) as f64
    }

    /// The correlation of the structures, in [−1, 1]; 0 where one has none.
    pub fn likeness(&self, other: &Fingerprint) -> f64 {
        self.structure.iter().zip(&other.structure).map(|(a, b)| f64::from(a * b)).sum()
    }
}

/// A thumbnail of the lit part, less its local mean, over its local contrast, inside a circle.
/// Size, aspect, brightness and compression hardly change it.
fn structure(photograph: &Photograph) -> Vec<f32> {
    let grey = thumbnail(photograph, lit_box(photograph));
    let mean = blurred(&grey, NEAR);
    let detail: Vec<f64> = grey.iter().zip(&mean).map(|(g, m)| g - m).collect();
    let power = blurred(&detail.iter().map(|d| d * d).collect::<Vec<_>>(), AROUND);
    let centre = (SIDE as f64 - 1.0) / 2.0;
    let inside = |i: usize| ((i % SIDE) as f64 - centre).hypot((i / SIDE) as f64 - centre) < INNER * SIDE as f64 / 2.0;
    // One grey level is noise: flat parts stay flat.
    let even: Vec<f64> =
        (0..SIDE * SIDE).filter(|&i| inside(i)).map(|i| detail[i] / (power[i].max(0.0).sqrt() + 1.0)).collect();
    let mean = even.iter().sum::<f64>() / even.len() as f64;
    let length = even.iter().map(|v| (v - mean).powi(2)).sum::<f64>().sqrt();
    if length < 1e-6 { Vec::new() } else { even.iter().map(|v| ((v - mean) / length) as f32).collect() }
}

/// Rows and columns that hold the picture: `[top, bottom, left, right]`, ends excluded.
fn lit_box(photograph: &Photograph) -> [usize; 4] {
    let (width, height) = (photograph.width, photograph.height);
    let mut rows = vec![0usize; height];
    let mut columns = vec![0usize; width];
    for (y, line) in photograph.rgb.chunks_exact(width * 3).enumerate() {
        for (x, pixel) in line.chunks_exact(3).enumerate() {
            let lit = usize::from(pixel.iter().any(|&v| v > LIT));
            rows[y] += lit;
            columns[x] += lit;
        }
    }
    let ends = |counts: &[usize], across: usize| {
        let enough = |&n: &usize| n as f64 > LIT_SHARE * across as f64;
        let first = counts.iter().position(enough)?;
        let last = counts.iter().rposition(enough)?;
        (last + 1 - first >= 8).then_some([first, last + 1])
    };
    match (ends(&rows, width), ends(&columns, height)) {
        (Some([top, bottom]), Some([left, right])) => [top, bottom, left, right],
        _ => [0, height, 0, width],
    }
}

/// The mean luma of each cell, pixels that lie across a border counted by their share.
fn thumbnail(photograph: &Photograph, [top, bottom, left, right]: [usize; 4]) -> Vec<f64> {
    let across = shares(right - left);
    let down = shares(bottom - top);
    let mut cells = vec![0.0; SIDE * SIDE];
    for (y, row_shares) in down.iter().enumerate() {
        let start = ((top + y) * photograph.width + left) * 3;
        let mut line = [0.0; SIDE];
        for (pixel, column_shares) in photograph.rgb[start..][..(right - left) * 3].chunks_exact(3).zip(&across) {
            let luma = 0.299 * f64::from(pixel[0]) + 0.587 * f64::from(pixel[1]) + 0.114 * f64::from(pixel[2]);
            column_shares.iter().for_each(|&(cell, share)| line[cell] += share * luma);
        }
        for &(cell, share) in row_shares {
            cells[cell * SIDE..][..SIDE].iter_mut().zip(&line).for_each(|(c, l)| *c += share * l);
        }
    }
    cells
}

/// For each of `length` pixels the cells it lies in, with its share of the cell's mean.
fn shares(length: usize) -> Vec<Vec<(usize, f64)>> {
    let cell = length as f64 / SIDE as f64;
    let of = |pixel: usize| {
        let (start, end) = (pixel as f64, pixel as f64 + 1.0);
        let first = (start / cell) as usize;
        let last = ((end / cell).ceil() as usize).min(SIDE);
        let overlap = |c: usize| (end.min((c + 1) as f64 * cell) - start.max(c as f64 * cell)).max(0.0) / cell;
        (first..last).map(|c| (c, overlap(c))).filter(|(_, share)| *share > 0.0).collect()
    };
    (0..length).map(of).collect()
}

/// The mean over a square of `2·half + 1` cells, edges repeated.
fn blurred(cells: &[f64], half: usize) -> Vec<f64> {
    let along = |values: &[f64], step: usize, other: usize| {
        let mut result = vec![0.0; SIDE * SIDE];
        for line in 0..SIDE {
            for i in 0..SIDE {
                let near = (0..=2 * half).map(|k| (i + k).saturating_sub(half).min(SIDE - 1));
                result[line * other + i * step] =
                    near.map(|j| values[line * other + j * step]).sum::<f64>() / (2 * half + 1) as f64;
            }
        }
        result
    };
    along(&along(cells, 1, SIDE), SIDE, 1)
}
