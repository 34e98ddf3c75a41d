//! The course of the arcuate nerve fibre bundles.
//!
//! N. M. Jansonius et al., "A mathematical description of nerve fiber bundle trajectories and their
//! variability in the human retina", Vision Research 49 (2009) 2157. A bundle that leaves the disc
//! at φ₀, r₀ = 4° from its centre, runs along φ = φ₀ + b(r − r₀)^c, in degrees, where φ = 0 is
//! nasal and ±180 towards the fovea. The authors' coordinates straighten the line from the disc to
//! the fovea.

use super::frame::DEGREES_PER_DISC;

/// Distance from the disc's centre at which a bundle has its φ₀, degrees.
const R0: f64 = 4.0;
/// φ₀ of the bundles that count as arcuate: those that leave through the Garway-Heath sectors TS (θ
/// 41–80°) and TI (θ 271–310°).
const SUPERIOR: [f64; 2] = [100.0, 139.0];
const INFERIOR: [f64; 2] = [-91.0, -130.0];
/// The table of trajectories: this many degrees a step, up to this distance.
const STEP: f64 = 0.05;
const REACH: f64 = 60.0;

/// φ at distance `r` ≥ 4° of the bundle with `phi0`, both in degrees; none where |φ₀| < 60°, where
/// the description does not hold.
pub fn trajectory(phi0: f64, r: f64) -> Option<f64> {
    if !(60.0..=180.0).contains(&phi0.abs()) || r < R0 {
        return None;
    }
    let (b, c) = if phi0 > 0.0 {
        let t = ((phi0 - 121.0) / 14.0).tanh();
        ((-1.9 - 3.9 * t).exp(), 1.9 + 1.4 * t)
    } else {
        let t = ((-phi0 - 90.0) / 25.0).tanh();
        (-(0.5 - 1.5 * t).exp(), 1.0 + 0.5 * t)
    };
    Some(phi0 + b * (r - R0).powf(c))
}

/// Which arcuate region a place belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arcuate {
    /// Above the line from the disc to the fovea.
    SuperiorTemporal,
    /// Below it.
    InferiorTemporal,
}

/// The arcuate regions of an eye: between the first and the last arcuate bundle, on either side of
/// the raphe.
#[derive(Clone, Debug, PartialEq)]
pub struct ArcuateBundles {
    fovea: [f64; 2],
    /// φ of the outer and inner bundle at each distance; superior, then inferior with its sign
    /// turned.
    limits: Vec<[[f64; 2]; 2]>,
}

impl ArcuateBundles {
    /// For an eye whose fovea lies at `fovea`: temporal and superior distance from the disc's
    /// centre, DD.
    pub fn new(fovea: [f64; 2]) -> ArcuateBundles {
        let at = |phi0: f64, r: f64| trajectory(phi0, r).map_or(f64::NAN, |phi| phi.abs().min(180.0));
        let limits = (0..(REACH / STEP) as usize).map(|i| {
            let r = (i as f64 * STEP).max(R0);
            [SUPERIOR.map(|phi0| at(phi0, r)), INFERIOR.map(|phi0| at(phi0, r))]
        });
        ArcuateBundles { fovea, limits: limits.collect() }
    }

    /// r and φ of Jansonius, degrees, of the place at `[temporal, superior]` DD.
    pub fn polar(&self, [u, v]: [f64; 2]) -> [f64; 2] {
        let disc = [self.fovea[0] * DEGREES_PER_DISC, -self.fovea[1] * DEGREES_PER_DISC];
        let x = (self.fovea[0] - u) * DEGREES_PER_DISC;
        let y = (v - self.fovea[1]) * DEGREES_PER_DISC;
        // The authors' disc lies at (15, 2): y′ = y − 2 (x / 15)² nasally of the fovea.
        let y = if x > 0.0 { y - disc[1] * (x / disc[0]).powi(2) } else { y };
        let x = x - disc[0];
        [f64::hypot(x, y), y.atan2(x).to_degrees()]
    }

    /// The arcuate region at `[temporal, superior]` DD from the disc's centre, whatever the
    /// distance from the disc.
    pub fn at(&self, place: [f64; 2]) -> Option<Arcuate> {
        let [r, phi] = self.polar(place);
        if r < R0 {
            return None;
        }
        let step = r / STEP;
        let [below, above] = [self.limits.get(step as usize)?, self.limits.get(step as usize + 1)?];
        let limit =
            |half: usize, side: usize| below[half][side] + step.fract() * (above[half][side] - below[half][side]);
        let between = |half: usize, phi: f64| (limit(half, 0)..=limit(half, 1)).contains(&phi);
        match phi > 0.0 {
            true => between(0, phi).then_some(Arcuate::SuperiorTemporal),
            false => between(1, -phi).then_some(Arcuate::InferiorTemporal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anatomy::DiscFrame;

    #[test]
    fn trajectories_by_hand() {
        // φ₀ = 121: tanh 0, so φ = 121 + e^−1.9 · 10^1.9; φ₀ = −90: φ = −90 − e^0.5 · 10.
        assert!((trajectory(121.0, 14.0).unwrap() - (121.0 + (-1.9f64).exp() * 10f64.powf(1.9))).abs() < 1e-12);
        assert!((trajectory(-90.0, 14.0).unwrap() + 90.0 + 0.5f64.exp() * 10.0).abs() < 1e-12);
        assert_eq!((trajectory(59.0, 10.0), trajectory(100.0, 3.9), trajectory(121.0, 4.0)), (None, None, Some(121.0)));
    }

    #[test]
    fn bundles_arch_around_the_macula() {
        let bundles = ArcuateBundles::new(DiscFrame::usual_fovea());
        let [u, v] = DiscFrame::usual_fovea();
        assert_eq!(bundles.at([u, v]), None, "the fovea");
        assert_eq!(bundles.at([u / 2.0, v / 2.0]), None, "the papillomacular bundle");
        assert_eq!(bundles.at([-1.5, 0.0]), None, "nasally");
        assert_eq!(bundles.at([0.9, 1.3]), Some(Arcuate::SuperiorTemporal));
        assert_eq!(bundles.at([0.8, -1.5]), Some(Arcuate::InferiorTemporal));
        let [r, phi] = bundles.polar([0.0, 1.0]);
        assert!((80.0..100.0).contains(&phi) && (5.0..7.0).contains(&r), "{r} {phi}");
    }
}
