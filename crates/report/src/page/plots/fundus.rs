//! A drawn right eye around its optic disc: a ground for mean heatmaps, and the lines that name its
//! parts.

use heatlens_imaging::Picture;

use super::axes::{label, line};
use crate::page::tag::{Short, Tag, classed};

/// Distance and height of the fovea from the disc's centre, in disc diameters: 2.65, some 6° below
/// the horizontal.
const FOVEA: [f64; 2] = [-2.635, -0.277];
/// Degrees of the visual field a disc diameter.
const DEGREES: f64 = 5.9;
/// Where the vertical cup-to-disc ratio of a healthy eye lies.
const CUP: f64 = 0.225;
/// Angles at which the drawn bundles leave the disc; 90 is above it, 180 towards the fovea.
const BUNDLES: [f64; 6] = [82.0, 100.0, 122.0, -82.0, -100.0, -122.0];
/// The angles of the large vessels, with their thickness in disc diameters.
const VESSELS: [(f64, f64); 6] =
    [(94.0, 0.10), (110.0, 0.075), (-92.0, 0.10), (-112.0, 0.075), (66.0, 0.06), (-66.0, 0.06)];

/// The course of a nerve fibre bundle that leaves at `start` degrees, as (temporal is negative,
/// superior is positive) disc diameters out to `reach`: Jansonius et al. 2009, polar about the
/// disc. It ends where it meets the horizontal.
fn bundle(start: f64, reach: f64) -> Vec<[f64; 2]> {
    let upper = start >= 0.0;
    // The formula is made for bundles from 60° on; others run straight.
    let curved = start.abs() >= 60.0;
    let (c, b) = if upper {
        (1.9 + 1.4 * ((start - 121.0) / 14.0).tanh(), (-1.9 + 3.9 * (-(start - 121.0) / 14.0).tanh()).exp())
    } else {
        (1.0 + 0.5 * ((-start - 90.0) / 25.0).tanh(), -(0.5 + 1.5 * (-(-start - 90.0) / 25.0).tanh()).exp())
    };
    let mut course = Vec::new();
    for step in 0..=80 {
        let r = 4.0 + f64::from(step) / 80.0 * (reach * DEGREES * 1.5 - 4.0);
        let phi = if curved { start + b * (r - 4.0).powf(c) } else { start };
        if phi.abs() > 176.0 {
            break;
        }
        let (sin, cos) = phi.to_radians().sin_cos();
        let at = [r / DEGREES * cos, r / DEGREES * sin];
        if at[0].abs() > reach || at[1].abs() > reach {
            break;
        }
        course.push(at);
    }
    course
}

/// The ground: retina, vessels, fovea, disc and cup in a square of `side` pixels that reaches
/// `reach` disc diameters to each side. Where sides are not known, retina and disc alone. Paler and
/// without colour if `grey`.
pub(super) fn ground(reach: f64, sided: bool, grey: bool, side: usize) -> Picture {
    let mut blood = vec![0.0; side * side];
    if sided {
        for (start, width) in VESSELS {
            let mut course = bundle(start, reach);
            course.insert(0, [0.0, 0.0]);
            course.windows(2).for_each(|ends| vessel(&mut blood, side, reach, [ends[0], ends[1]], width));
        }
    }
    let mut rgb = Vec::with_capacity(3 * side * side);
    for (i, blood) in blood.into_iter().enumerate() {
        let at = |i: usize| (i as f64 + 0.5) / side as f64 * 2.0 * reach - reach;
        let colour = mix(tissue([at(i % side), -at(i / side)], reach, sided), [104.0, 24.0, 18.0], 0.72 * blood);
        let luma = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2];
        let painted = if grey { [150.0 + 0.42 * luma; 3] } else { colour };
        rgb.extend(painted.map(|v| v.clamp(0.0, 255.0) as u8));
    }
    Picture { width: side, height: side, rgb }
}

/// Retina, fovea, disc and cup at a point.
fn tissue(p: [f64; 2], reach: f64, sided: bool) -> [f64; 3] {
    let r = p[0].hypot(p[1]);
    let mut colour = mix([192.0, 98.0, 56.0], [142.0, 62.0, 36.0], (r / reach / 1.4).clamp(0.0, 1.0));
    if sided {
        let to_fovea = (p[0] - FOVEA[0]).hypot(p[1] - FOVEA[1]);
        colour = mix(colour, [112.0, 44.0, 28.0], 0.75 * (-(to_fovea / 0.75).powi(2)).exp());
    }
    colour = mix(colour, [250.0, 216.0, 150.0], smooth(0.53 - r, 0.06));
    mix(colour, [255.0, 240.0, 200.0], smooth(CUP - r, 0.08))
}

/// Marks the pixels under a straight piece of a vessel, which is the thinner the farther it is from
/// the disc.
fn vessel(blood: &mut [f64], side: usize, reach: f64, [from, to]: [[f64; 2]; 2], width: f64) {
    let pixel = 2.0 * reach / side as f64;
    // Pixels of one axis that a piece between `a` and `b` can touch; rows count downwards, but the
    // square is symmetrical.
    let span = |a: f64, b: f64| {
        let at = |v: f64| ((v + reach) / pixel).clamp(0.0, side as f64) as usize;
        at(a.min(b) - width)..at(a.max(b) + width).saturating_add(1).min(side)
    };
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    for row in span(-from[1], -to[1]) {
        for column in span(from[0], to[0]) {
            let at = |i: usize| (i as f64 + 0.5) * pixel - reach;
            let p = [at(column), -at(row)];
            let t = (((p[0] - from[0]) * dx + (p[1] - from[1]) * dy) / (dx * dx + dy * dy).max(1e-12)).clamp(0.0, 1.0);
            let foot = [from[0] + t * dx, from[1] + t * dy];
            let half = width * (1.0 - 0.6 * (foot[0].hypot(foot[1]) / reach / 1.4).min(1.0)) / 2.0;
            let inside = smooth(half - (p[0] - foot[0]).hypot(p[1] - foot[1]), 0.04);
            let here = &mut blood[row * side + column];
            *here = inside.max(*here);
        }
    }
}

/// 1 well inside, 0 well outside, a smooth step of this width between.
fn smooth(inside: f64, width: f64) -> f64 {
    let t = (inside / width + 0.5).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

fn mix(from: [f64; 3], to: [f64; 3], share: f64) -> [f64; 3] {
    [0, 1, 2].map(|c| from[c] + share * (to[c] - from[c]))
}

/// The lines over a map: disc, cup, and where sides are known the fovea's cross and the bundles, in
/// a square of `side` units.
pub(super) fn lines(reach: f64, sided: bool, side: f64) -> Vec<Tag> {
    let unit = side / (2.0 * reach);
    let place = |[x, y]: [f64; 2]| [side / 2.0 + x * unit, side / 2.0 - y * unit];
    let circle = |class: &'static str, r: f64| {
        classed("circle", class).at([("cx", side / 2.0), ("cy", side / 2.0), ("r", r * unit)])
    };
    let mut drawn = Vec::new();
    if sided {
        for start in BUNDLES {
            let path: String = bundle(start, reach)
                .into_iter()
                .map(place)
                .enumerate()
                .map(|(i, [x, y])| format!("{}{} {}", if i == 0 { 'M' } else { 'L' }, Short(x), Short(y)))
                .collect();
            drawn.push(classed("path", "anatomy bundle").with("d", path));
        }
        let [x, y] = place(FOVEA);
        drawn.push(line("anatomy", [x - 5.0, y], [x + 5.0, y]));
        drawn.push(line("anatomy", [x, y - 5.0], [x, y + 5.0]));
        drawn.push(label("anatomy-word start", [4.0, side - 6.0], "temporal"));
        drawn.push(label("anatomy-word end", [side - 4.0, side - 6.0], "nasal"));
    }
    drawn.push(circle("anatomy", 0.5));
    drawn.push(circle("anatomy cup", CUP));
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundles_leave_the_disc_and_bend_towards_the_fovea() {
        for start in BUNDLES {
            let course = bundle(start, 4.0);
            let first = course[0];
            assert!((first[0].hypot(first[1]) - 4.0 / DEGREES).abs() < 1e-9);
            assert!(course.last().unwrap()[0] < first[0], "bundle {start} bends to the temporal side");
            assert!(course.iter().all(|p| p[1].signum() == start.signum()), "bundle {start} stays on its half");
        }
    }

    #[test]
    fn the_disc_is_bright_and_the_fovea_dark() {
        let picture = ground(4.0, true, false, 80);
        let at = |x: f64, y: f64| picture.at(((x + 4.0) * 10.0) as usize, ((4.0 - y) * 10.0) as usize)[1];
        assert!(at(0.15, 0.0) > 180 && at(FOVEA[0], FOVEA[1]) < 70, "{} {}", at(0.15, 0.0), at(FOVEA[0], FOVEA[1]));
        assert_eq!(ground(4.0, false, true, 8).rgb.chunks(3).filter(|p| p[0] != p[1] || p[1] != p[2]).count(), 0);
    }
}
