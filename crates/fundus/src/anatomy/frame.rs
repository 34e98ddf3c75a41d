//! Disc-centred coordinates and the sectors of the disc.

use super::{Disc, Side};
use crate::side::temporal_sign;

/// Degrees of visual angle that a disc diameter spans.
pub const DEGREES_PER_DISC: f64 = 5.9;
/// The fovea's distance from the disc's centre, DD.
pub const FOVEA_DISTANCE: f64 = 2.65;
/// The fovea's angle below the horizontal through the disc, degrees.
pub const FOVEA_BELOW: f64 = 5.6;
/// Radius of the macula, DD.
pub const MACULA_RADIUS: f64 = 1.67;

/// Coordinates about the centre of a disc, in disc diameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DiscFrame {
    /// Centre of the disc in the photograph's pixels.
    pub centre: [f64; 2],
    /// Pixels a disc diameter.
    pub diameter: f64,
    /// Right or left; none where unknown.
    pub side: Option<Side>,
}

/// A place seen from the centre of the disc.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Distance from the disc's *centre* in DD: the margin is at 0.5.
    pub r: f64,
    /// 0° temporal, 90° superior, 180° nasal, 270° inferior, in [0, 360). Without a known side it
    /// is counted from the picture's right, and only superior and inferior may be told apart.
    pub theta: f64,
    /// Whether the side of the eye is known.
    pub sided: bool,
}

impl Place {
    /// The quadrant; none where it takes a side that is unknown.
    pub fn quadrant(&self) -> Option<Quadrant> {
        let quadrant = Quadrant::of(self.theta);
        (self.sided || matches!(quadrant, Quadrant::Superior | Quadrant::Inferior)).then_some(quadrant)
    }

    /// The Garway-Heath sector; none where the side is unknown.
    pub fn sector(&self) -> Option<Sector> {
        self.sided.then(|| Sector::of(self.theta))
    }
}

impl DiscFrame {
    /// The frame of a disc.
    pub fn new(disc: &Disc, side: Option<Side>) -> DiscFrame {
        DiscFrame { centre: disc.outline.centre, diameter: disc.diameter(), side }
    }

    /// The frame moved by `shift` DD, right and down in the picture.
    pub fn shifted(&self, shift: [f64; 2]) -> DiscFrame {
        DiscFrame { centre: [0, 1].map(|i| self.centre[i] + shift[i] * self.diameter), ..*self }
    }

    /// s = −1 for a right eye, +1 for a left one (and where unknown).
    fn sign(&self) -> f64 {
        self.side.map_or(1.0, |side| f64::from(temporal_sign(side)))
    }

    /// Temporal and superior distance in DD. Without a known side the first is the distance to the
    /// picture's right.
    pub fn to_disc(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.sign() * (x - self.centre[0]) / self.diameter, -(y - self.centre[1]) / self.diameter]
    }

    /// The way back.
    pub fn to_photograph(&self, [u, v]: [f64; 2]) -> [f64; 2] {
        [self.centre[0] + self.sign() * u * self.diameter, self.centre[1] - v * self.diameter]
    }

    /// θ = atan2(−(y − cy), s·(x − cx)) and r.
    pub fn place(&self, point: [f64; 2]) -> Place {
        let [u, v] = self.to_disc(point);
        let theta = v.atan2(u).to_degrees().rem_euclid(360.0);
        // A tiny negative angle rounds to 360 itself.
        Place { r: f64::hypot(u, v), theta: if theta == 360.0 { 0.0 } else { theta }, sided: self.side.is_some() }
    }

    /// Where the fovea lies in most eyes, temporal and superior, DD.
    pub fn usual_fovea() -> [f64; 2] {
        let (sin, cos) = FOVEA_BELOW.to_radians().sin_cos();
        [FOVEA_DISTANCE * cos, -FOVEA_DISTANCE * sin]
    }
}

/// A quadrant of the disc, ±45° about its axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Quadrant {
    Inferior,
    Superior,
    Nasal,
    Temporal,
}

impl Quadrant {
    /// In the order of the ISNT rule.
    pub const ALL: [Quadrant; 4] = [Quadrant::Inferior, Quadrant::Superior, Quadrant::Nasal, Quadrant::Temporal];

    /// The quadrant at θ degrees; a diagonal belongs to the quadrant that it opens.
    pub fn of(theta: f64) -> Quadrant {
        match (theta + 45.0).rem_euclid(360.0) {
            t if t < 90.0 => Quadrant::Temporal,
            t if t < 180.0 => Quadrant::Superior,
            t if t < 270.0 => Quadrant::Nasal,
            _ => Quadrant::Inferior,
        }
    }

    /// As written in tables.
    pub fn name(self) -> &'static str {
        match self {
            Quadrant::Inferior => "inferior",
            Quadrant::Superior => "superior",
            Quadrant::Nasal => "nasal",
            Quadrant::Temporal => "temporal",
        }
    }
}

/// A sector of the disc after Garway-Heath et al. 2000 (Ophthalmology 107:1809).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Sector {
    Temporal,
    TemporalSuperior,
    NasalSuperior,
    Nasal,
    NasalInferior,
    TemporalInferior,
}

impl Sector {
    /// Counter-clockwise in a left eye, from temporal.
    pub const ALL: [Sector; 6] = [
        Sector::Temporal,
        Sector::TemporalSuperior,
        Sector::NasalSuperior,
        Sector::Nasal,
        Sector::NasalInferior,
        Sector::TemporalInferior,
    ];

    /// T 311–40°, TS 41–80°, NS 81–120°, N 121–230°, NI 231–270°, TI 271–310°; whole degrees belong
    /// to the sector that they end.
    pub fn of(theta: f64) -> Sector {
        match theta.rem_euclid(360.0) {
            t if t <= 40.0 || t > 310.0 => Sector::Temporal,
            t if t <= 80.0 => Sector::TemporalSuperior,
            t if t <= 120.0 => Sector::NasalSuperior,
            t if t <= 230.0 => Sector::Nasal,
            t if t <= 270.0 => Sector::NasalInferior,
            _ => Sector::TemporalInferior,
        }
    }

    /// As written in tables.
    pub fn name(self) -> &'static str {
        match self {
            Sector::Temporal => "temporal",
            Sector::TemporalSuperior => "temporal_superior",
            Sector::NasalSuperior => "nasal_superior",
            Sector::Nasal => "nasal",
            Sector::NasalInferior => "nasal_inferior",
            Sector::TemporalInferior => "temporal_inferior",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(side: Option<Side>) -> DiscFrame {
        DiscFrame { centre: [100.0, 80.0], diameter: 40.0, side }
    }

    #[test]
    fn directions_in_both_eyes() {
        let (right, left) = (frame(Some(Side::Right)), frame(Some(Side::Left)));
        for (point, in_right, in_left) in [
            ([60.0, 80.0], 0.0, 180.0),
            ([140.0, 80.0], 180.0, 0.0),
            ([100.0, 40.0], 90.0, 90.0),
            ([100.0, 120.0], 270.0, 270.0),
        ] {
            assert!(
                (right.place(point).theta - in_right).abs() < 1e-9 && (left.place(point).theta - in_left).abs() < 1e-9
            );
            assert!((right.place(point).r - 1.0).abs() < 1e-12);
        }
        let point = [71.5, 99.0];
        let back = right.to_photograph(right.to_disc(point));
        assert!((back[0] - point[0]).abs() < 1e-12 && (back[1] - point[1]).abs() < 1e-12);
        assert_eq!(right.shifted([0.1, -0.1]).centre, [104.0, 76.0]);
    }

    #[test]
    fn an_unknown_side_tells_above_from_below_only() {
        let unknown = frame(None);
        assert_eq!(unknown.place([100.0, 10.0]).quadrant(), Some(Quadrant::Superior));
        assert_eq!(unknown.place([10.0, 80.0]).quadrant(), None);
        assert_eq!(unknown.place([100.0, 10.0]).sector(), None);
    }

    #[test]
    fn sectors_cover_the_circle() {
        let mut widths = [0usize; 6];
        let mut quadrants = [0usize; 4];
        for tenth in 0..3600 {
            let theta = f64::from(tenth) / 10.0 + 0.05;
            widths[Sector::of(theta) as usize] += 1;
            quadrants[Quadrant::of(theta) as usize] += 1;
        }
        assert_eq!(widths, [900, 400, 400, 1100, 400, 400]);
        assert_eq!(quadrants, [900; 4]);
        assert_eq!((Sector::of(300.0), Sector::of(41.0)), (Sector::TemporalInferior, Sector::TemporalSuperior));
        assert_eq!(Quadrant::of(-0.1), Quadrant::Temporal);
    }
}
