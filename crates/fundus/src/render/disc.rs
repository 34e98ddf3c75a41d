//! The optic disc: its outline, the cup's outline, and their colours.

use super::eye::Eye;
use super::math::{TURN, absorb, atan2, bell, brighten, cos, floor, mix, sin, step, turn_between};
use super::noise::Noise;
use super::random::Random;

/// Directions in which an outline is tabulated.
const DIRECTIONS: usize = 512;
/// The rim keeps at least this width, DD.
const LEAST_RIM: f32 = 0.012;

/// A closed curve that is star-shaped about its centre, as a table of radii over the angle.
#[derive(Clone, Debug)]
pub(super) struct Outline {
    pub(super) centre: [f32; 2],
    radii: Vec<f32>,
}

impl Outline {
    fn new(centre: [f32; 2], radius: impl Fn(f32) -> f32) -> Self {
        Outline { centre, radii: (0..DIRECTIONS).map(|i| radius(i as f32 * TURN / DIRECTIONS as f32)).collect() }
    }

    /// Radius in the direction `angle`, radians.
    pub(super) fn radius(&self, angle: f32) -> f32 {
        let position = (angle / TURN - floor(angle / TURN)) * DIRECTIONS as f32;
        let index = position as usize % DIRECTIONS;
        let t = (position - index as f32).clamp(0.0, 1.0);
        let (a, b) = (self.radii[index], self.radii[(index + 1) % DIRECTIONS]);
        a + (b - a) * t
    }

    /// Distance from the centre / radius in that direction: below 1 inside.
    pub(super) fn depth(&self, p: [f32; 2]) -> f32 {
        let (u, v) = (p[0] - self.centre[0], p[1] - self.centre[1]);
        (u * u + v * v).sqrt() / self.radius(atan2(v, u)).max(1e-4)
    }

    /// The extents along u and v.
    pub(super) fn extents(&self) -> [[f32; 2]; 2] {
        let mut extents = [[f32::MAX, f32::MIN]; 2];
        for (i, &r) in self.radii.iter().enumerate() {
            let angle = i as f32 * TURN / DIRECTIONS as f32;
            for (axis, value) in
                [self.centre[0] + r * cos(angle), self.centre[1] + r * sin(angle)].into_iter().enumerate()
            {
                extents[axis][0] = extents[axis][0].min(value);
                extents[axis][1] = extents[axis][1].max(value);
            }
        }
        extents
    }

    /// Width (u) and height (v).
    pub(super) fn diameters(&self) -> [f32; 2] {
        self.extents().map(|[low, high]| high - low)
    }
}

/// The disc and cup of an eye.
pub(super) struct DiscHead<'a> {
    eye: &'a Eye,
    pub(super) disc: Outline,
    pub(super) cup: Outline,
    texture: Noise,
    pores: Noise,
}

fn ellipse_radius(along: f32, across: f32, angle: f32) -> f32 {
    let (c, s) = (cos(angle) / along, sin(angle) / across);
    1.0 / (c * c + s * s).sqrt()
}

fn disc_outline(eye: &Eye) -> Outline {
    let mut random = Random::new(eye.seed, 1);
    let waves: Vec<(f32, f32)> = (2..7)
        .map(|n| (random.normal() * 0.012 * eye.disc.irregularity / (n as f32 * 0.5), random.range(0.0, TURN)))
        .collect();
    let vertical = (90.0 + eye.disc.tilt).to_radians();
    Outline::new([0.0, 0.0], |angle| {
        let wobble: f32 =
            waves.iter().enumerate().map(|(i, &(size, phase))| size * cos((i + 2) as f32 * angle + phase)).sum();
        ellipse_radius(0.5, 0.5 * eye.disc.aspect, angle - vertical) * (1.0 + wobble)
    })
}

/// The cup for a scale factor, with its notch, kept inside the disc.
fn cup_of_scale(eye: &Eye, disc: &Outline, centre: [f32; 2], scale: f32) -> Outline {
    let notch = eye.notch.as_ref().map(|n| (n.angle.to_radians(), n.depth, n.width.to_radians()));
    let aspect = eye.disc.aspect * eye.cup.aspect;
    Outline::new(centre, |angle| {
        let (c, s) = (cos(angle), sin(angle));
        let room = distance_to(disc, centre, c, s) - LEAST_RIM;
        let mut radius = ellipse_radius(scale, scale * aspect, angle - TURN / 4.0);
        if let Some((direction, depth, width)) = notch {
            radius += (room - radius).max(0.0) * depth * bell(turn_between(angle, direction), width);
        }
        radius.min(room).max(0.01)
    })
}

/// How far the disc's margin is from `from` in the direction (c, s), by bisection.
fn distance_to(disc: &Outline, from: [f32; 2], c: f32, s: f32) -> f32 {
    let (mut low, mut high) = (0.0, 1.5);
    for _ in 0..14 {
        let middle = 0.5 * (low + high);
        if disc.depth([from[0] + middle * c, from[1] + middle * s]) < 1.0 { low = middle } else { high = middle }
    }
    low
}

fn cup_outline(eye: &Eye, disc: &Outline) -> Outline {
    let ratio = eye.cup.vertical_ratio;
    let [width, height] = disc.diameters();
    let [across, along] = disc.extents();
    let horizontal = (ratio * eye.cup.aspect).min(0.97);
    let centre = [
        0.5 * (across[0] + across[1]) + 0.5 * width * (1.0 - horizontal) * 0.7 * eye.cup.temporal_shift,
        0.5 * (along[0] + along[1]) + 0.5 * height * (1.0 - ratio) * 0.7 * eye.cup.superior_shift,
    ];
    // The notch and the margin change the extent, so the scale that gives the wanted ratio is
    // searched.
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..14 {
        let middle = 0.5 * (low + high);
        let extent = cup_of_scale(eye, disc, centre, middle).diameters()[1];
        if extent < ratio * height { low = middle } else { high = middle }
    }
    cup_of_scale(eye, disc, centre, high)
}

impl<'a> DiscHead<'a> {
    pub(super) fn new(eye: &'a Eye) -> Self {
        let disc = disc_outline(eye);
        let cup = cup_outline(eye, &disc);
        DiscHead { eye, disc, cup, texture: Noise::new(eye.seed, 20), pores: Noise::new(eye.seed, 21) }
    }

    /// Vertical extent of the cup / of the disc.
    pub(super) fn vertical_ratio(&self) -> f32 {
        self.cup.diameters()[1] / self.disc.diameters()[1]
    }

    /// Farthest distance from the centre, in DD, at which the disc or its surroundings change the
    /// retina's colour.
    pub(super) fn reach(&self) -> f32 {
        0.85 + 1.4 * self.eye.atrophy.width
    }

    /// The colour at `p`, given that of the bare retina there. The second value says how much of
    /// the disc it is.
    pub(super) fn shade(&self, p: [f32; 2], retina: [f32; 3]) -> ([f32; 3], f32) {
        let angle = atan2(p[1], p[0]);
        let r = (p[0] * p[0] + p[1] * p[1]).sqrt();
        let margin = self.disc.radius(angle);
        let surroundings = self.atrophy(p, angle, r - margin, retina);
        let softness = 0.018 + 0.05 * self.eye.disc.softness * (1.0 - 0.35 * cos(angle));
        let inside = step(margin + softness, margin - softness, r);
        if inside == 0.0 {
            return (surroundings, 0.0);
        }
        let rim = self.rim(p, angle, r / margin);
        (mix(surroundings, self.cupped(p, rim), inside), inside)
    }

    /// Beta and alpha zone beside the disc, and the dark line that often borders a disc.
    fn atrophy(&self, p: [f32; 2], angle: f32, beyond: f32, retina: [f32; 3]) -> [f32; 3] {
        let atrophy = &self.eye.atrophy;
        let facing = 0.5 + 0.5 * cos(turn_between(angle, atrophy.angle.to_radians()));
        let ragged = 1.0 + 0.25 * self.texture.octaves(p[0] * 5.0, p[1] * 5.0, 2);
        let width = atrophy.width * facing * facing * ragged;
        let mut colour = retina;
        if width > 0.015 && beyond < 2.0 * width + 0.2 {
            let beta = step(width + 0.05, width - 0.05, beyond);
            let grain = self.texture.octaves(p[0] * 11.0, p[1] * 11.0, 2);
            let pale = brighten(mix(retina, [0.90, 0.70, 0.47], 0.50), [0.08, 0.06, 0.04], grain);
            colour = mix(colour, pale, 0.8 * beta);
            let alpha = bell(beyond - width - 0.035, 0.05) * atrophy.pigment * (0.5 + 0.9 * grain).clamp(0.0, 1.0);
            colour = absorb(colour, [0.30, 0.34, 0.34], alpha);
        }
        absorb(colour, [0.14, 0.18, 0.2], bell(beyond - 0.045, 0.05) * atrophy.pigment * 0.7)
    }

    fn rim(&self, p: [f32; 2], angle: f32, depth: f32) -> [f32; 3] {
        let disc = &self.eye.disc;
        let temporal = cos(angle);
        let pink = mix(self.eye.retina.colour, [0.93, 0.52, 0.34], 0.72);
        let pale = mix(self.eye.retina.colour, [0.99, 0.76, 0.50], 0.85);
        let paleness = (disc.pallor * 0.75 + 0.14 + 0.16 * temporal).clamp(0.0, 1.0);
        let fibres = self.texture.at(angle * 11.0, depth * 2.5) * 0.6 + self.texture.at(p[0] * 7.0, p[1] * 7.0);
        let colour = brighten(mix(pink, pale, paleness), [0.02, 0.022, 0.018], fibres);
        // Thick nasal, superior and inferior fibres redden the rim; the margin itself glows a
        // little.
        let colour = absorb(colour, [0.02, 0.12, 0.14], (-temporal).max(0.0) * step(0.4, 0.9, depth));
        brighten(colour, [0.03, 0.032, 0.02], bell(depth - 0.95, 0.06) * (0.4 + 0.6 * disc.pallor))
    }

    fn cupped(&self, p: [f32; 2], rim: [f32; 3]) -> [f32; 3] {
        let cup = &self.eye.cup;
        let depth = self.cup.depth(p);
        if depth > 1.6 {
            return rim;
        }
        let wall = 0.10 + 0.26 * cup.slope;
        let inside = step(1.0 + wall, 1.0 - wall, depth);
        let size = step(0.1, 0.6, cup.vertical_ratio);
        let floor =
            mix(mix(rim, [1.0, 0.84, 0.56], 0.75), [1.0, 0.95, 0.76], step(1.0, 0.1, depth) * (0.45 + 0.35 * size));
        let mut colour = mix(rim, floor, inside * (0.72 + 0.28 * size));
        // Pores of the lamina: grey dots on the floor of a deep cup.
        let dots = self.pores.at(p[0] * 21.0, p[1] * 26.0) + 0.4 * self.pores.at(p[1] * 43.0, p[0] * 43.0);
        colour = absorb(colour, [0.10, 0.13, 0.16], cup.lamina * step(0.85, 0.45, depth) * step(0.05, 0.55, dots));
        // The nasal wall is overhung and lies in shade.
        let towards = (p[0] - self.cup.centre[0]) / (0.5 * cup.vertical_ratio).max(0.05);
        absorb(
            colour,
            [0.05, 0.12, 0.16],
            bell(depth - 0.92, 0.16) * (0.35 - 0.5 * towards).clamp(0.0, 1.0) * (1.0 - 0.6 * cup.slope),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::eye::{Diagnosis, Notch};
    use super::*;

    #[test]
    fn the_ratio_is_met_with_and_without_a_notch() {
        for seed in 0..40 {
            let mut eye = Eye::sample(seed, if seed % 2 == 0 { Diagnosis::Normal } else { Diagnosis::Glaucoma });
            if seed % 3 == 0 {
                eye.notch = Some(Notch { angle: 290.0, depth: 0.7, width: 20.0 });
            }
            let head = DiscHead::new(&eye);
            let (got, wanted) = (head.vertical_ratio(), eye.cup.vertical_ratio);
            assert!((got - wanted).abs() < 0.01, "seed {seed}: {got} for {wanted}");
        }
    }

    #[test]
    fn the_cup_stays_inside_the_disc() {
        for ratio in [0.05, 0.5, 0.95] {
            for shift in [-1.0, 1.0] {
                let mut eye = Eye::sample(5, Diagnosis::Glaucoma);
                eye.cup.vertical_ratio = ratio;
                eye.cup.temporal_shift = shift;
                eye.cup.aspect = 1.5;
                let head = DiscHead::new(&eye);
                for i in 0..360 {
                    let angle = (i as f32).to_radians();
                    let r = head.cup.radius(angle);
                    let p = [head.cup.centre[0] + r * cos(angle), head.cup.centre[1] + r * sin(angle)];
                    assert!(head.disc.depth(p) < 1.0, "{ratio} {shift} {i}");
                }
            }
        }
    }
}
