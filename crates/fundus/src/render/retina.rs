//! The retina behind the vessels: colour, macula, choroid and nerve fibre layer.

use super::eye::Eye;
use super::math::{TURN, absorb, atan2, bell, brighten, exp, sin, step, turn_between};
use super::noise::{Noise, SlowField};
use super::vessels::Raphe;

/// Stripes of choroidal vessels around a full turn near the macula.
const STRIPES: i32 = 26;

/// The colour of the bare retina at any place.
pub(super) struct Ground<'a> {
    eye: &'a Eye,
    raphe: Raphe,
    choroid: Noise,
    fibres: Noise,
    mottle: Noise,
    /// Brightness, hue, patches of choroid, and two displacements.
    slow: SlowField<[f32; 5]>,
}

/// A place on the picture and in the eye.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Pixel coordinates.
    pub(super) x: f32,
    pub(super) y: f32,
    /// Temporal and superior, DD from the disc centre.
    pub(super) p: [f32; 2],
}

impl<'a> Ground<'a> {
    /// `to_eye` maps pixel coordinates of a picture of `size` pixels to the eye.
    pub(super) fn new(eye: &'a Eye, size: usize, to_eye: impl Fn(f32, f32) -> [f32; 2]) -> Self {
        let noises: [Noise; 5] = std::array::from_fn(|i| Noise::new(eye.seed, 33 + i as u32));
        let slow = SlowField::new(size, 48, |x, y| {
            let p = to_eye(x, y);
            let at = |i: usize, scale: f32, octaves: u32| noises[i].octaves(p[0] * scale, p[1] * scale, octaves);
            [at(0, 0.45, 3), at(1, 0.35, 2), at(2, 0.3, 2), at(3, 1.3, 2), at(4, 1.3, 2)]
        });
        Ground {
            eye,
            raphe: Raphe::new(eye),
            choroid: Noise::new(eye.seed, 30),
            fibres: Noise::new(eye.seed, 31),
            mottle: Noise::new(eye.seed, 32),
            slow,
        }
    }

    /// RGB in about 0…1.
    pub(super) fn colour(&self, place: Place) -> [f32; 3] {
        let Place { x, y, p } = place;
        let [tone, hue, patch, wu, wv] = self.slow.at(x, y);
        let retina = &self.eye.retina;
        let r = (p[0] * p[0] + p[1] * p[1]).sqrt();
        let fovea = self.raphe.fovea();
        let to_fovea = ((p[0] - fovea[0]) * (p[0] - fovea[0]) + (p[1] - fovea[1]) * (p[1] - fovea[1])).sqrt();
        let fine = self.mottle.at(p[0] * 7.0, p[1] * 7.0) * 0.6 + self.mottle.at(p[1] * 19.0, p[0] * 19.0) * 0.4;
        let tone = 1.0 + retina.mottling * (0.16 * tone + 0.05 * fine);
        let hue = retina.mottling * 0.10 * hue;
        let mut colour = [
            retina.colour[0] * tone * (1.0 - 0.3 * hue),
            retina.colour[1] * tone * (1.0 + hue),
            retina.colour[2] * tone * (1.0 + hue),
        ];
        if retina.choroid > 0.0 {
            colour = self.tessellated(p, colour, to_fovea, patch, [wu, wv]);
        }
        // The thick fibre layer around the disc scatters light.
        colour =
            brighten(colour, [0.075, 0.075, 0.055], exp(-(r - 0.5).max(0.0) / 0.55) * (0.45 + 0.55 * retina.sheen));
        colour = self.nerve_fibres(p, r, colour);
        colour = absorb(
            colour,
            [0.55, 1.0, 1.05],
            retina.macula * (0.22 * bell(to_fovea, 1.05) + 0.36 * bell(to_fovea, 0.33)),
        );
        brighten(colour, [0.30, 0.26, 0.20], retina.foveal_reflex * bell(to_fovea, 0.045))
    }

    /// Choroidal vessels: orange bands with darker pigment between, radiating from the posterior
    /// pole.
    fn tessellated(&self, p: [f32; 2], colour: [f32; 3], to_fovea: f32, patch: f32, [wu, wv]: [f32; 2]) -> [f32; 3] {
        let patches = (0.55 + 1.1 * patch).clamp(0.0, 1.0);
        let strength = self.eye.retina.choroid * patches * (1.0 - 0.85 * bell(to_fovea, 1.5));
        if strength < 0.02 {
            return colour;
        }
        let fovea = self.raphe.fovea();
        let (u, v) = (p[0] - fovea[0] + 0.22 * wu, p[1] - fovea[1] + 0.22 * wv);
        let distance = (u * u + v * v).sqrt();
        let turn = atan2(v, u) / TURN;
        // Farther out twice as many stripes keep about the same width.
        let stripes = |count: i32| {
            let wide = self.choroid.periodic(turn * count as f32, distance * 0.75, count);
            wide + 0.7 * self.choroid.periodic(turn * (2 * count) as f32, distance * 1.5 + 50.0, 2 * count)
        };
        let far = step(1.6, 2.6, distance);
        let soft = (if far < 1.0 { stripes(STRIPES) * (1.0 - far) } else { 0.0 })
            + if far > 0.0 { stripes(2 * STRIPES) * far } else { 0.0 };
        let mesh = self.choroid.at(u * 4.1 + 40.0, v * 4.1);
        let band = (0.5 + 0.62 * soft + 0.35 * mesh).clamp(0.0, 1.0);
        let bright = brighten(colour, [0.10, 0.045, 0.005], strength * band);
        absorb(bright, [0.15, 0.18, 0.16], strength * (1.0 - band))
    }

    /// Sheen and striation of the fibre layer, and the wedge where it is missing.
    fn nerve_fibres(&self, p: [f32; 2], r: f32, colour: [f32; 3]) -> [f32; 3] {
        if r > 4.2 {
            return colour;
        }
        let leaving = self.raphe.leaving_angle(p);
        let thick = bell(leaving.abs() - 1.4, 0.75);
        let fading = exp(-(r - 0.5).max(0.0) / 1.3) * step(0.35, 0.55, r);
        let missing = self.missing(leaving, r);
        let mut amount = self.eye.retina.sheen * thick * fading * (1.0 - missing);
        if amount > 0.01 {
            let lines = self.fibres.at(leaving * 46.0, r * 0.8) + 0.6 * self.fibres.at(leaving * 90.0, r * 1.5 + 9.0);
            amount *= 1.0 + 0.75 * lines;
        }
        let lit = brighten(colour, [0.085, 0.115, 0.085], amount);
        absorb(lit, [0.09, 0.165, 0.16], missing * step(4.0, 0.6, r))
    }

    /// How much of the fibre layer is gone, 0…1.
    fn missing(&self, leaving: f32, r: f32) -> f32 {
        let Some(defect) = &self.eye.defect else { return 0.0 };
        let half = defect.width.to_radians();
        let off = turn_between(leaving, defect.angle.to_radians()).abs();
        if off > half * 1.6 {
            return 0.0;
        }
        let edge = 0.35 * half + 0.01 * sin(r * 5.0);
        defect.depth * step(half + edge, half - edge, off) * step(0.42, 0.62, r)
    }
}
