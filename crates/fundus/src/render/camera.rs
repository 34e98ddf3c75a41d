//! The camera: field of view, light, blur, noise.

use super::eye::{Camera, Eye, FieldShape};
use super::math::{bell, cos, exp, sin, step};
use super::noise::{Noise, SlowField};
use crate::side::temporal_sign;

/// From pixels to the eye and back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Projection {
    /// Pixels per DD.
    pub(super) scale: f32,
    /// The disc centre in pixel coordinates (the upper left pixel's centre is (0.5, 0.5)).
    pub(super) disc: [f32; 2],
    temporal: f32,
}

impl Projection {
    pub(super) fn new(eye: &Eye, size: usize) -> Self {
        let (camera, size) = (&eye.camera, size as f32);
        let span = if camera.field == FieldShape::Whole { size } else { 2.0 * camera.field_radius * size };
        let scale = span / camera.view.diameter;
        let below = eye.fovea.below.to_radians();
        let way = eye.fovea.distance * camera.view.towards_fovea;
        let centre = [way * cos(below) + camera.view.shift[0], -way * sin(below) + camera.view.shift[1]];
        let temporal = temporal_sign(eye.laterality);
        Projection {
            scale,
            temporal,
            disc: [0.5 * size - temporal * centre[0] * scale, 0.5 * size + centre[1] * scale],
        }
    }

    pub(super) fn to_eye(self, x: f32, y: f32) -> [f32; 2] {
        [self.temporal * (x - self.disc[0]) / self.scale, (self.disc[1] - y) / self.scale]
    }

    pub(super) fn to_picture(self, p: [f32; 2]) -> [f32; 2] {
        [self.disc[0] + self.temporal * p[0] * self.scale, self.disc[1] - p[1] * self.scale]
    }
}

/// Signed distance to the edge of the field of view in pixels, positive inside.
pub(super) fn inside_field(camera: &Camera, size: usize, x: f32, y: f32) -> f32 {
    let size = size as f32;
    let (dx, dy) = (x - 0.5 * size, y - 0.5 * size);
    let radius = camera.field_radius * size;
    let circle = radius - (dx * dx + dy * dy).sqrt();
    let shape = match camera.field {
        FieldShape::Whole => return f32::MAX,
        FieldShape::Circle => circle,
        FieldShape::Flattened(cut) => circle.min(radius * (1.0 - cut) - dy.abs()),
        FieldShape::Narrowed(cut) => circle.min(radius * (1.0 - cut) - dx.abs()),
    };
    if !camera.tab {
        return shape;
    }
    // The tab is a square rotated by 45°, on the diagonal.
    let (along, across) = ((dx - dy) * std::f32::consts::FRAC_1_SQRT_2, (dx + dy) * std::f32::consts::FRAC_1_SQRT_2);
    let half = 0.055 * radius;
    shape.max((half - across.abs()).min(radius + 0.05 * radius - along).min(along))
}

/// The light that falls on each place of the field.
pub(super) struct Light {
    /// Brightness and stray light.
    light: SlowField<[f32; 2]>,
}

impl Light {
    pub(super) fn new(eye: &Eye, size: usize) -> Self {
        let camera = &eye.camera;
        let half = 0.5 * size as f32;
        let radius = if camera.field == FieldShape::Whole { half * 1.4 } else { camera.field_radius * size as f32 };
        let angle = camera.gradient_angle.to_radians();
        let (c, s) = (cos(angle), -sin(angle));
        let patches = Noise::new(eye.seed, 40);
        let light = SlowField::new(size, 64, |x, y| {
            let (u, v) = ((x - half) / radius, (y - half) / radius);
            let r2 = (u * u + v * v).min(2.0);
            let uneven = 1.0 + 0.18 * camera.gradient * patches.octaves(u * 1.1, v * 1.1, 2);
            let darkening = (1.0 - camera.vignette * 0.55 * r2 * (0.4 + 0.6 * r2)).max(0.05);
            let factor = camera.exposure * darkening * (1.0 + 0.5 * camera.gradient * (u * c + v * s)) * uneven;
            let r = r2.sqrt();
            let crescent = exp((r - 1.0).min(0.0) / 0.17) * step(-0.3, 1.0, (u * c + v * s) / r.max(1e-3));
            [factor, (camera.haze * crescent * (1.0 + 0.3 * patches.at(u * 2.0 + 7.0, v * 2.0))).clamp(0.0, 0.95)]
        });
        Light { light }
    }

    /// The colour as lit at a pixel position.
    pub(super) fn shine(&self, x: f32, y: f32, colour: [f32; 3]) -> [f32; 3] {
        const STRAY: [f32; 3] = [0.62, 0.60, 0.46];
        let [factor, stray] = self.light.at(x, y);
        std::array::from_fn(|c| colour[c] * factor * (1.0 - 0.5 * stray) + STRAY[c] * stray)
    }
}

/// Separable Gaussian blur of an interleaved RGB picture; edges are repeated.
pub(super) fn blur(rgb: &mut [f32], size: usize, deviation: f32) {
    if deviation < 0.2 {
        return;
    }
    let reach = ((deviation * 2.6).ceil() as usize).clamp(1, size - 1);
    let mut kernel: Vec<f32> = (0..=reach).map(|i| bell(i as f32, deviation * std::f32::consts::SQRT_2)).collect();
    let total = kernel[0] + 2.0 * kernel[1..].iter().sum::<f32>();
    kernel.iter_mut().for_each(|k| *k /= total);
    let row = size * 3;
    let mut padded = vec![0.0; row + 6 * reach];
    for line in rgb.chunks_exact_mut(row) {
        padded[3 * reach..3 * reach + row].copy_from_slice(line);
        for i in 0..reach {
            padded.copy_within(3 * reach..3 * reach + 3, 3 * i);
            padded.copy_within(3 * reach + row - 3..3 * reach + row, 3 * reach + row + 3 * i);
        }
        let middle = &padded[3 * reach..3 * reach + row];
        line.iter_mut().zip(middle).for_each(|(o, m)| *o = m * kernel[0]);
        for (i, k) in kernel.iter().enumerate().skip(1) {
            let (left, right) = (&padded[3 * (reach - i)..][..row], &padded[3 * (reach + i)..][..row]);
            line.iter_mut().zip(left.iter().zip(right)).for_each(|(o, (a, b))| *o += (a + b) * k);
        }
    }
    let source = rgb.to_vec();
    for (y, line) in rgb.chunks_exact_mut(row).enumerate() {
        let middle = &source[y * row..][..row];
        line.iter_mut().zip(middle).for_each(|(o, m)| *o = m * kernel[0]);
        for (i, k) in kernel.iter().enumerate().skip(1) {
            let (above, below) =
                (&source[y.saturating_sub(i) * row..][..row], &source[(y + i).min(size - 1) * row..][..row]);
            line.iter_mut().zip(above.iter().zip(below)).for_each(|(o, (a, b))| *o += (a + b) * k);
        }
    }
}

/// Sensor noise: fine grain with a little colour, stronger in the dark.
pub(super) struct Grain {
    amount: f32,
    fine: Noise,
    colour: [Noise; 2],
}

impl Grain {
    pub(super) fn new(eye: &Eye) -> Self {
        Grain {
            amount: eye.camera.noise,
            fine: Noise::new(eye.seed, 50),
            colour: [Noise::new(eye.seed, 51), Noise::new(eye.seed, 52)],
        }
    }

    /// Adds the noise of pixel (x, y).
    pub(super) fn add(&self, x: u32, y: u32, colour: [f32; 3]) -> [f32; 3] {
        let light = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2];
        let amount = self.amount * (1.15 - 0.5 * light);
        let fine = self.fine.grain(x, y);
        [
            colour[0] + amount * (0.8 * fine + 0.35 * self.colour[0].white(x, y)),
            colour[1] + amount * (0.8 * fine),
            colour[2] + amount * (0.8 * fine + 0.6 * self.colour[1].white(x, y)),
        ]
    }
}

/// A film-like shoulder: bright discs keep their shades instead of clipping.
pub(super) fn shoulder(x: f32) -> f32 {
    if x < 0.72 { x.max(0.0) } else { 0.72 + 0.28 * (1.0 - exp(-(x - 0.72) / 0.28)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blur_keeps_a_flat_picture_and_the_sum_of_a_point() {
        let mut flat = vec![0.4f32; 20 * 20 * 3];
        blur(&mut flat, 20, 1.5);
        assert!(flat.iter().all(|v| (v - 0.4).abs() < 1e-5));
        let mut point = vec![0.0f32; 21 * 21 * 3];
        point[(10 * 21 + 10) * 3 + 1] = 1.0;
        blur(&mut point, 21, 1.2);
        assert!((point.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        assert!(point.iter().enumerate().all(|(i, v)| i % 3 == 1 || *v == 0.0));
        let mut tiny = vec![0.5f32; 2 * 2 * 3];
        blur(&mut tiny, 2, 40.0);
        assert!(tiny.iter().all(|v| (v - 0.5).abs() < 1e-5));
    }
}
