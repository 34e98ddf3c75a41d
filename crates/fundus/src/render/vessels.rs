//! The vascular tree: arteries and veins that leave the disc, arch around the macula and branch.

use super::disc::DiscHead;
use super::eye::Eye;
use super::math::{atan2, cos, sin, step, turn_between};
use super::random::Random;

/// Length of a step of growth, DD.
const STEP: f32 = 0.035;
/// Vessels thinner than this (half width, DD) end.
const THINNEST: f32 = 0.0045;
/// No tree has more points than this.
const MOST_POINTS: usize = 12_000;
/// Vessels end this far from the disc, DD.
const FARTHEST: f32 = 9.0;
/// Cells a side of the grid that keeps vessels of a kind from crossing, and the width of a cell in
/// DD.
const CELLS: usize = 200;
const CELL: f32 = 2.0 * FARTHEST / CELLS as f32;
/// Where the arcuate bundles and the temporal arcades run together again: distance from the disc /
/// from the fovea.
const RAPHE: f32 = 1.95;

/// A point of a vessel in DD.
#[derive(Clone, Copy, Debug)]
pub(super) struct VesselPoint {
    pub(super) at: [f32; 2],
    pub(super) half_width: f32,
    /// 1 on the retina, less where the vessel dips into the cup or is thin.
    pub(super) density: f32,
}

/// One vessel from its origin to its end.
pub(super) struct Vessel {
    pub(super) artery: bool,
    pub(super) points: Vec<VesselPoint>,
}

/// The temporal raphe about which arcades and nerve fibres arch.
#[derive(Clone, Copy)]
pub(super) struct Raphe {
    sink: [f32; 2],
    fovea: [f32; 2],
}

impl Raphe {
    pub(super) fn new(eye: &Eye) -> Self {
        let below = eye.fovea.below.to_radians();
        let fovea = [eye.fovea.distance * cos(below), -eye.fovea.distance * sin(below)];
        Raphe { sink: fovea.map(|x| x * RAPHE), fovea }
    }

    pub(super) fn fovea(&self) -> [f32; 2] {
        self.fovea
    }

    /// Angle at which the arc through `p` leaves the disc (radians, 0 towards the fovea). The arcs
    /// are the circles through the disc and the far end of the raphe, the field lines of a source
    /// and a sink: by the tangent–chord theorem the angle is the sum of those seen from both ends.
    pub(super) fn leaving_angle(&self, p: [f32; 2]) -> f32 {
        let axis = atan2(self.sink[1], self.sink[0]);
        let here = turn_between(atan2(p[1], p[0]), axis);
        let back = turn_between(axis, atan2(self.sink[1] - p[1], self.sink[0] - p[0]));
        let sum = here + back;
        // Behind the disc the arcs turn back; there only the direction from the disc counts.
        let behind = step(1.75, 2.5, here.abs());
        sum + (here - sum) * behind
    }

    /// Direction of the arc through `p`, away from the disc.
    fn along(&self, p: [f32; 2]) -> f32 {
        let q = [p[0] - self.sink[0], p[1] - self.sink[1]];
        let (a, b) = ((p[0] * p[0] + p[1] * p[1]).max(1e-3), (q[0] * q[0] + q[1] * q[1]).max(1e-3));
        atan2(p[1] / a - q[1] / b, p[0] / a - q[0] / b)
    }
}

/// Where a growing vessel wants to go.
#[derive(Clone, Copy, PartialEq)]
enum Guide {
    /// Along the arcuate field lines.
    Arcade,
    /// Away from the disc.
    Outward,
    /// Towards the fovea, ending before it.
    Macular,
}

/// The growing end of a vessel.
#[derive(Clone, Copy)]
struct Tip {
    at: [f32; 2],
    heading: f32,
    half_width: f32,
    guide: Guide,
    artery: bool,
    /// 0 for the vessels of the disc, one more for each branching.
    order: u32,
}

struct Sprout {
    tip: Tip,
    /// What has been laid before growth starts: the course inside the disc.
    before: Vec<VesselPoint>,
}

struct Grower<'a> {
    eye: &'a Eye,
    head: &'a DiscHead<'a>,
    raphe: Raphe,
    random: Random,
    taken: [Vec<u16>; 2],
    points: usize,
    vessels: Vec<Vessel>,
    waiting: Vec<Sprout>,
}

/// Grows the vessels of an eye.
pub(super) fn grow(eye: &Eye, head: &DiscHead<'_>) -> Vec<Vessel> {
    let mut grower = Grower {
        eye,
        head,
        raphe: Raphe::new(eye),
        random: Random::new(eye.seed, 2),
        taken: [vec![0; CELLS * CELLS], vec![0; CELLS * CELLS]],
        points: 0,
        vessels: Vec::new(),
        waiting: Vec::new(),
    };
    grower.sow();
    let mut next = 0;
    // First come, first served: the great vessels are laid before their branches, which then give
    // way.
    while next < grower.waiting.len() && grower.points < MOST_POINTS {
        grower.follow(next);
        next += 1;
    }
    grower.vessels
}

impl Grower<'_> {
    fn sow(&mut self) {
        let eye = self.eye;
        let nasal = -0.07 - 0.16 * (eye.cup.vertical_ratio - 0.35).max(0.0);
        for half in [1.0f32, -1.0] {
            // Which of the pair lies more temporal differs from eye to eye.
            let swap = self.random.sign();
            for artery in [false, true] {
                let side = if artery { swap } else { -swap };
                let ratio = if artery { eye.vessels.artery_ratio } else { 1.0 };
                let calibre = 0.5 * eye.vessels.calibre * ratio * self.random.range(0.92, 1.08);
                let hub = [nasal + if artery { -0.035 } else { 0.035 }, half * self.random.range(-0.03, 0.06)];
                let fork = [
                    nasal + side * 0.055 + self.random.normal() * 0.03,
                    half * if self.random.chance(0.6) {
                        self.random.range(0.14, 0.34)
                    } else {
                        self.random.range(0.34, 0.43)
                    },
                ];
                let temporal = self.random.range(72.0, 86.0) - side * self.random.range(5.0, 9.0);
                self.limb(hub, fork, half * temporal, calibre, Guide::Arcade, artery);
                let nasal_angle = self.random.range(116.0, 142.0) - side * self.random.range(5.0, 9.0);
                let slender = calibre * self.random.range(0.62, 0.8);
                self.limb(hub, fork, half * nasal_angle, slender, Guide::Outward, artery);
            }
        }
        for artery in [true, false] {
            let angle = 180.0 + self.random.normal() * 14.0;
            let fork = [nasal - 0.12, self.random.normal() * 0.05];
            self.limb([nasal, 0.0], fork, angle, 0.011, Guide::Outward, artery);
        }
        let twigs = 1 + (self.random.unit() * 3.0) as u32;
        for _ in 0..twigs {
            // Macular twigs come up at the wall of the cup.
            let angle = self.random.normal() * 32.0;
            let origin = (angle + self.random.normal() * 45.0).to_radians();
            let wall = self.head.cup.radius(origin) * self.random.range(0.7, 1.0);
            let start = [self.head.cup.centre[0] + wall * cos(origin), self.head.cup.centre[1] + wall * sin(origin)];
            let bend = [
                0.5 * (start[0] + 0.45),
                0.5 * (start[1] + 0.45 * sin(angle.to_radians())) + self.random.normal() * 0.05,
            ];
            let artery = self.random.chance(0.5);
            let width = self.random.range(0.0065, 0.0095);
            self.limb(start, bend, angle, width, Guide::Macular, artery);
            if let Some(sprout) = self.waiting.last_mut() {
                sprout
                    .before
                    .iter_mut()
                    .enumerate()
                    .for_each(|(i, point)| point.density *= (0.1 + 0.05 * i as f32).min(0.8));
            }
        }
    }

    /// A vessel that runs from `hub` over `fork` to the margin at `angle` (degrees) and grows on
    /// from there.
    fn limb(&mut self, hub: [f32; 2], fork: [f32; 2], angle: f32, half_width: f32, guide: Guide, artery: bool) {
        let direction = angle.to_radians();
        let margin = self.head.disc.radius(direction) * 1.04;
        let exit = [margin * cos(direction), margin * sin(direction)];
        let lean = direction + self.random.normal() * 0.12;
        let beyond = [exit[0] + 0.2 * cos(lean), exit[1] + 0.2 * sin(lean)];
        let course = spline(&[hub, fork, exit, beyond]);
        let before = course.iter().map(|&p| self.in_the_disc(p, half_width)).collect();
        self.waiting
            .push(Sprout { tip: Tip { at: beyond, heading: lean, half_width, guide, artery, order: 0 }, before });
    }

    /// Inside the cup a vessel lies deeper: it is pushed to the wall, looks thinner and paler.
    fn in_the_disc(&self, p: [f32; 2], half_width: f32) -> VesselPoint {
        let cup = &self.head.cup;
        let depth = cup.depth(p);
        let sunk = step(1.04, 0.7, depth);
        let push = 1.0 + 0.22 * sunk * step(0.0, 0.35, depth) * (1.0 - depth).max(0.0) * (1.0 - self.eye.cup.slope);
        let at = [cup.centre[0] + (p[0] - cup.centre[0]) * push, cup.centre[1] + (p[1] - cup.centre[1]) * push];
        VesselPoint { at, half_width: half_width * (1.0 - 0.18 * sunk), density: 1.0 - 0.42 * sunk }
    }

    /// Grows one vessel to its end and sows its branches.
    fn follow(&mut self, index: usize) {
        let sprout = &mut self.waiting[index];
        let (mut tip, mut points) = (sprout.tip, std::mem::take(&mut sprout.before));
        let label = index as u16 + 1;
        let great = tip.order == 0;
        let (mut swing, mut course) = (0.0f32, tip.heading);
        let mut to_branch = self.spacing(tip.order) * self.random.range(0.4, 1.0);
        let mut side = self.random.sign();
        let winding = (0.25 + self.eye.vessels.tortuosity) * 0.05 * if great { 1.0 } else { 1.5 };
        for walked in 0.. {
            let spent = tip.half_width < THINNEST || self.points >= MOST_POINTS || self.ends(&tip);
            if spent || !(self.claim(&tip, label, walked) || great) {
                break;
            }
            points.push(VesselPoint {
                at: tip.at,
                half_width: tip.half_width,
                density: (0.45 + tip.half_width * 26.0).min(1.0),
            });
            self.points += 1;
            // Waves about a course: what swings out swings back.
            swing = swing * 0.86 + self.random.normal() * winding - 0.10 * turn_between(tip.heading, course);
            let pull = self.pull(&tip) * STEP;
            tip.heading += swing * 0.5 + pull;
            course += pull + turn_between(tip.heading, course) * 0.05;
            tip.at = [tip.at[0] + STEP * cos(tip.heading), tip.at[1] + STEP * sin(tip.heading)];
            tip.half_width *= 1.0 - STEP * if great { 0.055 } else { 0.16 };
            to_branch -= STEP;
            if to_branch < 0.0 && tip.order < 4 {
                self.branch(&mut tip, side);
                side = if self.random.chance(0.75) { -side } else { side };
                to_branch = self.spacing(tip.order) * self.random.range(0.6, 1.5);
            }
        }
        taper(&mut points);
        if points.len() > 3 {
            self.vessels.push(Vessel { artery: tip.artery, points });
        }
    }

    fn spacing(&self, order: u32) -> f32 {
        (0.62 - 0.3 * self.eye.vessels.branching) * if order == 0 { 1.0 } else { 0.85 }
    }

    /// Sows a branch on one side; the vessel itself grows thinner and turns a little to the other.
    fn branch(&mut self, tip: &mut Tip, side: f32) {
        let share = self.random.range(0.42, 0.78) * if tip.guide == Guide::Macular { 0.85 } else { 1.0 };
        let heading = tip.heading + side * self.random.range(0.5, 1.0);
        let fovea = self.raphe.fovea();
        let to_fovea = atan2(fovea[1] - tip.at[1], fovea[0] - tip.at[0]);
        let inward = turn_between(heading, to_fovea).abs() < 1.2;
        let guide = if tip.guide != Guide::Outward && inward { Guide::Macular } else { Guide::Outward };
        let branch = Tip { heading, guide, half_width: tip.half_width * share, order: tip.order + 1, ..*tip };
        self.waiting.push(Sprout { tip: branch, before: Vec::new() });
        // Murray's law, softened: the cubes of the widths add up.
        tip.half_width *= 1.0 - share * share * share / 5.0;
        tip.heading -= side * 0.10 * share;
    }

    /// Turning per DD towards where the vessel wants to go.
    fn pull(&self, tip: &Tip) -> f32 {
        let fovea = self.raphe.fovea();
        let at = tip.at;
        let (wanted, strength) = match tip.guide {
            // Beyond the fovea the arcades break up instead of closing the ring.
            Guide::Arcade => (self.raphe.along(at), 2.2 * step(1.5, 0.9, at[0] / fovea[0].max(0.5))),
            Guide::Outward => (atan2(at[1], at[0]), 0.45),
            Guide::Macular => (atan2(fovea[1] - at[1], fovea[0] - at[0]), 0.45),
        };
        strength * turn_between(wanted, tip.heading)
    }

    /// Vessels end before the fovea (macular ones do not go round it) and far from the disc.
    fn ends(&self, tip: &Tip) -> bool {
        let fovea = self.raphe.fovea();
        let (dx, dy) = (tip.at[0] - fovea[0], tip.at[1] - fovea[1]);
        let macular = tip.guide == Guide::Macular;
        if macular && dx * dx + dy * dy < 1.3 && dx * cos(tip.heading) + dy * sin(tip.heading) > 0.0 {
            return true;
        }
        let free = if macular { 0.38 } else { 0.6 };
        dx * dx + dy * dy < free * free || tip.at[0].abs() > FARTHEST - 0.5 || tip.at[1].abs() > FARTHEST - 0.5
    }

    /// Takes the cell at the tip; false when another vessel of the kind holds it.
    fn claim(&mut self, tip: &Tip, label: u16, walked: usize) -> bool {
        let cell = |x: f32| (((x + FARTHEST) / CELL) as usize).min(CELLS - 1);
        let holder = &mut self.taken[usize::from(tip.artery)][cell(tip.at[1]) * CELLS + cell(tip.at[0])];
        // Near its origin a branch still shares the cells of its parent.
        if *holder != 0 && *holder != label {
            return walked < 5;
        }
        *holder = label;
        true
    }
}

/// The last points of a vessel grow thin and pale instead of ending bluntly.
fn taper(points: &mut [VesselPoint]) {
    let count = points.len().min(10);
    let start = points.len() - count;
    for (i, point) in points[start..].iter_mut().enumerate() {
        let left = (count - i) as f32 / count as f32;
        point.half_width *= 0.4 + 0.6 * left;
        point.density *= left;
    }
}

/// A Catmull–Rom curve through the points.
fn spline(knots: &[[f32; 2]; 4]) -> Vec<[f32; 2]> {
    const PIECES: usize = 14;
    let knot = |i: isize| knots[i.clamp(0, 3) as usize];
    let mut curve = Vec::with_capacity(3 * PIECES);
    for i in 0..3isize {
        let (a, b, c, d) = (knot(i - 1), knot(i), knot(i + 1), knot(i + 2));
        for piece in 0..PIECES {
            let t = piece as f32 / PIECES as f32;
            curve.push(std::array::from_fn(|k| {
                let (m, n) = (0.5 * (c[k] - a[k]), 0.5 * (d[k] - b[k]));
                let (t2, t3) = (t * t, t * t * t);
                b[k] * (2.0 * t3 - 3.0 * t2 + 1.0)
                    + m * (t3 - 2.0 * t2 + t)
                    + c[k] * (3.0 * t2 - 2.0 * t3)
                    + n * (t3 - t2)
            }));
        }
    }
    curve
}

#[cfg(test)]
mod tests {
    use super::super::eye::Diagnosis;
    use super::*;

    #[test]
    fn arcades_arch_around_the_macula() {
        for seed in 0..12 {
            let eye = Eye::sample(seed, Diagnosis::Normal);
            let head = DiscHead::new(&eye);
            let vessels = grow(&eye, &head);
            assert!(vessels.len() > 20 && vessels.iter().any(|v| v.artery) && vessels.iter().any(|v| !v.artery));
            let fovea = Raphe::new(&eye).fovea();
            for vessel in &vessels {
                for p in &vessel.points {
                    let (dx, dy) = (p.at[0] - fovea[0], p.at[1] - fovea[1]);
                    assert!(dx * dx + dy * dy > 0.3 * 0.3, "seed {seed}: a vessel crosses the fovea");
                    assert!(p.half_width > 0.0 && p.half_width < 0.1 && p.at[0].is_finite());
                }
            }
            let above = vessels.iter().flat_map(|v| &v.points).filter(|p| p.half_width > 0.015 && p.at[0] > 1.5);
            assert!(
                above.clone().any(|p| p.at[1] > 1.0) && above.clone().any(|p| p.at[1] < -1.0),
                "seed {seed}: both arcades"
            );
        }
    }

    #[test]
    fn leaving_angles_follow_the_arcs() {
        let eye = Eye::sample(1, Diagnosis::Normal);
        let raphe = Raphe::new(&eye);
        let mut at = [0.5 * cos(1.3), 0.5 * sin(1.3)];
        let start = raphe.leaving_angle(at);
        for _ in 0..60 {
            let heading = raphe.along(at);
            at = [at[0] + 0.02 * cos(heading), at[1] + 0.02 * sin(heading)];
            assert!((raphe.leaving_angle(at) - start).abs() < 0.03);
        }
        assert!(atan2(at[1], at[0]) < 1.2);
    }
}
