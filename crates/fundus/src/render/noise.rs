//! Smooth random fields on the plane (Perlin's gradient noise).

use super::math::floor_index;

/// A gradient-noise field; different seeds give unrelated fields.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noise {
    seed: u32,
}

fn hash(x: i32, y: i32, seed: u32) -> u32 {
    let mut h = (x as u32).wrapping_mul(0x85eb_ca6b) ^ (y as u32).wrapping_mul(0xc2b2_ae35) ^ seed;
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    h ^ (h >> 15)
}

/// A cheaper hash: only its highest bits are used.
fn corner(x: i32, y: i32, seed: u32) -> u32 {
    let h = (x as u32).wrapping_mul(0x85eb_ca6b) ^ (y as u32).wrapping_mul(0xc2b2_ae35) ^ seed;
    (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d)
}

/// One of eight directions, dotted with the offset from a lattice point.
fn gradient(h: u32, x: f32, y: f32) -> f32 {
    const DIAGONAL: f32 = std::f32::consts::FRAC_1_SQRT_2;
    match h >> 29 {
        0 => x,
        1 => -x,
        2 => y,
        3 => -y,
        4 => (x + y) * DIAGONAL,
        5 => (x - y) * DIAGONAL,
        6 => (y - x) * DIAGONAL,
        _ => -(x + y) * DIAGONAL,
    }
}

fn fade(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

impl Noise {
    pub(super) fn new(seed: u64, purpose: u32) -> Self {
        Noise { seed: hash(seed as i32, (seed >> 32) as i32, purpose.wrapping_mul(0x9e37_79b9)) }
    }

    /// The field at (x, y), about −1…1 with a standard deviation near 0.35; features are about one
    /// unit wide.
    pub(super) fn at(&self, x: f32, y: f32) -> f32 {
        self.periodic(x, y, i32::MAX)
    }

    /// The same, repeating every `period` units along x: for fields that go round an angle.
    pub(super) fn periodic(&self, x: f32, y: f32, period: i32) -> f32 {
        let (ix, iy) = (floor_index(x), floor_index(y));
        let (dx, dy) = (x - ix as f32, y - iy as f32);
        let (x0, x1) = if period == i32::MAX {
            (ix, ix.wrapping_add(1))
        } else {
            (ix.rem_euclid(period), (ix + 1).rem_euclid(period))
        };
        let y1 = iy.wrapping_add(1);
        let a = gradient(corner(x0, iy, self.seed), dx, dy);
        let b = gradient(corner(x1, iy, self.seed), dx - 1.0, dy);
        let c = gradient(corner(x0, y1, self.seed), dx, dy - 1.0);
        let d = gradient(corner(x1, y1, self.seed), dx - 1.0, dy - 1.0);
        let (u, v) = (fade(dx), fade(dy));
        let top = a + (b - a) * u;
        1.4 * (top + ((c + (d - c) * u) - top) * v)
    }

    /// Octaves of the field, each twice as fine and half as strong.
    pub(super) fn octaves(&self, x: f32, y: f32, count: u32) -> f32 {
        let (mut sum, mut amplitude, mut scale) = (0.0, 1.0, 1.0);
        for octave in 0..count {
            let field = Noise { seed: self.seed.wrapping_add(octave.wrapping_mul(0x632b_e59b)) };
            sum += amplitude * field.at(x * scale, y * scale);
            amplitude *= 0.5;
            scale *= 2.03;
        }
        sum
    }

    /// White noise of a pixel, uniform in [−1, 1).
    pub(super) fn white(&self, x: u32, y: u32) -> f32 {
        hash(x as i32, y as i32, self.seed) as f32 * (1.0 / 2_147_483_648.0) - 1.0
    }

    /// A pixel's white noise with a bell-like distribution and standard deviation 1.
    pub(super) fn grain(&self, x: u32, y: u32) -> f32 {
        let h = hash(x as i32, y as i32, self.seed);
        let g = hash(x as i32, y as i32, self.seed ^ 0x5bd1_e995);
        let sum = (h & 0xffff) + (h >> 16) + (g & 0xffff) + (g >> 16);
        (sum as f32 * (1.0 / 65_536.0) - 2.0) * 1.732
    }
}

/// A smooth field sampled coarsely over the picture and read back bilinearly: slow variations need
/// no noise a pixel.
pub(super) struct SlowField<T> {
    cells: usize,
    scale: f32,
    values: Vec<T>,
}

impl<T> SlowField<T> {
    /// Samples `f(x, y)` (pixel coordinates) on a grid over a picture of `size` pixels.
    pub(super) fn new(size: usize, cells: usize, f: impl Fn(f32, f32) -> T) -> Self {
        let spacing = size as f32 / cells as f32;
        let values = (0..(cells + 2) * (cells + 2))
            .map(|i| f((i % (cells + 2)) as f32 * spacing, (i / (cells + 2)) as f32 * spacing))
            .collect();
        SlowField { cells, scale: 1.0 / spacing, values }
    }

    /// Index of the upper left corner of the cell that holds a pixel position, and the place within
    /// the cell.
    fn cell(&self, x: f32, y: f32) -> (usize, f32, f32) {
        let (gx, gy) = (x * self.scale, y * self.scale);
        let (ix, iy) = ((gx as usize).min(self.cells), (gy as usize).min(self.cells));
        (iy * (self.cells + 2) + ix, gx - ix as f32, gy - iy as f32)
    }
}

fn between(a: f32, b: f32, c: f32, d: f32, tx: f32, ty: f32) -> f32 {
    let top = a + (b - a) * tx;
    top + ((c + (d - c) * tx) - top) * ty
}

impl<const N: usize> SlowField<[f32; N]> {
    /// The field at a pixel position inside the picture.
    pub(super) fn at(&self, x: f32, y: f32) -> [f32; N] {
        let (i, tx, ty) = self.cell(x, y);
        let v = &self.values[i..i + self.cells + 4];
        let (a, b, c, d) = (&v[0], &v[1], &v[self.cells + 2], &v[self.cells + 3]);
        std::array::from_fn(|k| between(a[k], b[k], c[k], d[k], tx, ty))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smooth_bounded_and_periodic() {
        let noise = Noise::new(11, 2);
        for i in 0..2000 {
            let (x, y) = (i as f32 * 0.173 - 90.0, i as f32 * 0.091);
            let here = noise.at(x, y);
            assert!(here.abs() < 1.5);
            assert!((noise.at(x + 1e-3, y) - here).abs() < 0.01);
            let turn = noise.periodic(x.rem_euclid(12.0), y, 12);
            assert!((noise.periodic(x.rem_euclid(12.0) + 12.0, y, 12) - turn).abs() < 1e-3);
        }
    }

    #[test]
    fn slow_field_returns_its_samples() {
        let field = SlowField::new(100, 10, |x, y| [2.0 * x - y]);
        assert!((field.at(33.0, 71.5)[0] - (66.0 - 71.5)).abs() < 1e-3);
        assert!((field.at(100.0, 100.0)[0] - 100.0).abs() < 1e-3);
    }
}
