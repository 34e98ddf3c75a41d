//! The field of view: the lit part of a photograph, and the circle it belongs to.

use heatlens_imaging::Photograph;

use super::AnatomyError;
use super::bits::Bits;

/// Longest side at which the field is looked for.
const WORKING_SIDE: usize = 384;
/// Blurred max(R, G, B) above this, of 255, is lit.
const THRESHOLD: u8 = 10;
/// Beyond this residual the edge is no circle: the photograph was squashed, or is dark on one side.
const ROUND: f64 = 0.1;
/// Outer share of the radius that counts as the field's edge.
pub const EDGE: f64 = 0.05;

/// The field of view of a photograph. Lengths are in the photograph's pixels, points in edge
/// coordinates: the upper left pixel's centre is (0.5, 0.5).
#[derive(Clone, PartialEq)]
pub struct FieldOfView {
    /// Width and height of the photograph.
    pub size: [usize; 2],
    /// Centre of the fitted circle; the middle of the lit part where no circle could be fitted.
    pub centre: [f64; 2],
    /// Radius of the fitted circle; half the longer side of the lit part where none could be
    /// fitted.
    pub radius: f64,
    /// Whether a circle fits: a crop of the retina has no edge to fit one to, and squashed
    /// photographs are not round.
    pub circular: bool,
    /// Root mean square distance of the edge from the best circle / its radius; 0 where there is no
    /// edge.
    pub residual: f64,
    /// Share of the edge that was left out of the fit because it lies off the circle (tabs,
    /// straight cuts).
    pub off_circle: f64,
    /// Share of the circle's area that the photograph does not show, cut by its border or by the
    /// camera's mask.
    pub truncation: f64,
    /// Share of the photograph that is lit.
    pub share: f64,
    /// Left, top, right and bottom of the lit part.
    pub bounds: [f64; 4],
    inside: Bits,
    /// Distance to the nearest unlit place in working pixels; the photograph's border is no such
    /// place.
    depth: Vec<f32>,
}

impl FieldOfView {
    /// Finds the field of view: blurred max(R, G, B) above a threshold, the largest component,
    /// holes filled, a circle fitted to its edge.
    ///
    /// # Errors
    /// [`AnatomyError::NoField`] where less than 2 % of the photograph is lit.
    pub fn find(photograph: &Photograph) -> Result<FieldOfView, AnatomyError> {
        let (width, height) = (photograph.width, photograph.height);
        let shrink = width.max(height).div_ceil(WORKING_SIDE).max(1);
        let lit = lit(photograph, shrink);
        let inside = lit.largest_component().with_holes_filled();
        let share = inside.count() as f64 / inside.set.len() as f64;
        if share < 0.02 {
            return Err(AnatomyError::NoField { lit: 100.0 * share, threshold: THRESHOLD });
        }
        // Working pixels cover `shrink` pixels each, the last ones perhaps fewer.
        let step = shrink as f64;
        let bounds = bounds(&inside).map(|b| b as f64 * step);
        let bounds = [bounds[0], bounds[1], bounds[2].min(width as f64), bounds[3].min(height as f64)];
        let fit = fit(&edge_points(&inside));
        let residual = fit.as_ref().map_or(0.0, |fit| fit.residual);
        let fit = fit.filter(|fit| fit.residual < ROUND);
        let (centre, radius) = match &fit {
            Some(fit) => (fit.centre.map(|c| c * step), fit.radius * step),
            None => (
                [(bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0],
                (bounds[2] - bounds[0]).max(bounds[3] - bounds[1]) / 2.0,
            ),
        };
        Ok(FieldOfView {
            size: [width, height],
            centre,
            radius,
            circular: fit.is_some(),
            residual,
            off_circle: fit.as_ref().map_or(0.0, |f| f.off_circle),
            truncation: fit.as_ref().map_or(0.0, |f| truncation(&inside, f)),
            share,
            bounds,
            depth: depth(&inside),
            inside,
        })
    }

    /// Whether the point lies in the field.
    pub fn contains(&self, point: [f64; 2]) -> bool {
        self.working(point).is_some_and(|i| self.inside.set[i])
    }

    /// Whether the point lies in the outer 5 % of the radius. Where the photograph's own border
    /// cuts the field there is no edge.
    pub fn is_edge(&self, point: [f64; 2]) -> bool {
        let step = self.step();
        self.working(point).is_some_and(|i| self.inside.set[i] && f64::from(self.depth[i]) * step < EDGE * self.radius)
    }

    /// Why the field should not be trusted, in words; none for a good one.
    pub fn doubt(&self) -> Option<String> {
        if self.residual > 0.03 {
            return Some(format!("the edge of the field is {:.1} % of its radius off a circle", 100.0 * self.residual));
        }
        (self.share < 0.15).then(|| format!("only {:.0} % of the photograph is lit", 100.0 * self.share))
    }

    fn step(&self) -> f64 {
        self.size[0].max(self.size[1]).div_ceil(WORKING_SIDE).max(1) as f64
    }

    fn working(&self, [x, y]: [f64; 2]) -> Option<usize> {
        if !(0.0..self.size[0] as f64).contains(&x) || !(0.0..self.size[1] as f64).contains(&y) {
            return None;
        }
        let step = self.step();
        Some((y / step) as usize * self.inside.width + (x / step) as usize)
    }
}

impl std::fmt::Debug for FieldOfView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("FieldOfView");
        shown
            .field("size", &self.size)
            .field("centre", &self.centre)
            .field("radius", &self.radius)
            .field("circular", &self.circular);
        shown
            .field("residual", &self.residual)
            .field("truncation", &self.truncation)
            .field("share", &self.share)
            .finish_non_exhaustive()
    }
}

/// max(R, G, B), averaged over blocks of `shrink` pixels above the threshold, both by itself and
/// blurred over 3×3 blocks.
fn lit(photograph: &Photograph, shrink: usize) -> Bits {
    let (w, h) = (photograph.width.div_ceil(shrink), photograph.height.div_ceil(shrink));
    let (mut sum, mut count) = (vec![0u32; w * h], vec![0u32; w * h]);
    for (y, row) in photograph.rgb.chunks_exact(photograph.width * 3).enumerate() {
        for (x, pixel) in row.chunks_exact(3).enumerate() {
            let i = y / shrink * w + x / shrink;
            sum[i] += u32::from(pixel[0].max(pixel[1]).max(pixel[2]));
            count[i] += 1;
        }
    }
    let mean: Vec<f32> = sum.iter().zip(&count).map(|(&s, &n)| s as f32 / n as f32).collect();
    let set = (0..w * h).map(|i| {
        let (x, y) = (i % w, i / w);
        let (rows, columns) = (y.saturating_sub(1)..(y + 2).min(h), x.saturating_sub(1)..(x + 2).min(w));
        let n = rows.len() * columns.len();
        let total: f32 = rows.map(|r| mean[r * w + columns.start..r * w + columns.end].iter().sum::<f32>()).sum();
        // The blur alone would carry a bright field's edge a pixel outwards.
        total / n as f32 > f32::from(THRESHOLD) && mean[i] > f32::from(THRESHOLD)
    });
    Bits::new(w, h, set.collect())
}

/// Left, top, right and bottom in working pixels.
fn bounds(inside: &Bits) -> [usize; 4] {
    let mut b = [usize::MAX, usize::MAX, 0, 0];
    for (i, _) in inside.set.iter().enumerate().filter(|(_, set)| **set) {
        let (x, y) = (i % inside.width, i / inside.width);
        b = [b[0].min(x), b[1].min(y), b[2].max(x + 1), b[3].max(y + 1)];
    }
    b
}

/// The middles of the sides between lit and unlit pixels; the photograph's border gives none.
fn edge_points(inside: &Bits) -> Vec<[f64; 2]> {
    let mut points = Vec::new();
    for y in 0..inside.height {
        for x in 0..inside.width {
            let here = inside.at(x, y);
            if x + 1 < inside.width && here != inside.at(x + 1, y) {
                points.push([x as f64 + 1.0, y as f64 + 0.5]);
            }
            if y + 1 < inside.height && here != inside.at(x, y + 1) {
                points.push([x as f64 + 0.5, y as f64 + 1.0]);
            }
        }
    }
    points
}

struct Fit {
    centre: [f64; 2],
    radius: f64,
    residual: f64,
    off_circle: f64,
}

/// A circle through most of the points: least squares, refitted without those that lie far off.
fn fit(points: &[[f64; 2]]) -> Option<Fit> {
    if points.len() < 40 {
        return None;
    }
    let mut kept = points.to_vec();
    let mut circle = least_squares(&kept)?;
    for _ in 0..8 {
        let distance = |p: &[f64; 2]| (f64::hypot(p[0] - circle.0[0], p[1] - circle.0[1]) - circle.1).abs();
        let mut all: Vec<f64> = points.iter().map(distance).collect();
        all.sort_by(f64::total_cmp);
        let limit = (2.5 * 1.4826 * all[all.len() / 2]).max(1.0);
        let inliers: Vec<_> = points.iter().copied().filter(|p| distance(p) <= limit).collect();
        if inliers.len() == kept.len() || inliers.len() < 40 {
            break;
        }
        kept = inliers;
        circle = least_squares(&kept)?;
    }
    let ([x, y], radius) = circle;
    let square = |p: &[f64; 2]| (f64::hypot(p[0] - x, p[1] - y) - radius).powi(2);
    let residual = (kept.iter().map(square).sum::<f64>() / kept.len() as f64).sqrt() / radius;
    let off_circle = 1.0 - kept.len() as f64 / points.len() as f64;
    radius.is_finite().then_some(Fit { centre: [x, y], radius, residual, off_circle })
}

/// Kåsa's fit: x² + y² = 2ax + 2by + c in the least-squares sense.
fn least_squares(points: &[[f64; 2]]) -> Option<([f64; 2], f64)> {
    let n = points.len() as f64;
    let mean = [0, 1].map(|i| points.iter().map(|p| p[i]).sum::<f64>() / n);
    let (mut uu, mut uv, mut vv, mut ur, mut vr, mut rr) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for p in points {
        let (u, v) = (p[0] - mean[0], p[1] - mean[1]);
        let r = u * u + v * v;
        (uu, uv, vv, ur, vr, rr) = (uu + u * u, uv + u * v, vv + v * v, ur + u * r, vr + v * r, rr + r);
    }
    let determinant = uu * vv - uv * uv;
    if determinant.abs() < 1e-9 * (uu + vv).powi(2) {
        return None;
    }
    let a = (ur * vv - vr * uv) / (2.0 * determinant);
    let b = (vr * uu - ur * uv) / (2.0 * determinant);
    Some(([mean[0] + a, mean[1] + b], (rr / n + a * a + b * b).sqrt()))
}

/// Share of the circle that is not lit or lies beyond the picture.
fn truncation(inside: &Bits, fit: &Fit) -> f64 {
    let ([cx, cy], r) = (fit.centre, fit.radius);
    let within = |i: usize| f64::hypot((i % inside.width) as f64 + 0.5 - cx, (i / inside.width) as f64 + 0.5 - cy) < r;
    let seen = (0..inside.set.len()).filter(|&i| inside.set[i] && within(i)).count();
    (1.0 - seen as f64 / (std::f64::consts::PI * r * r)).clamp(0.0, 1.0)
}

/// Chamfer distance (1, √2) to the nearest unlit pixel's edge; infinite where there is none.
fn depth(inside: &Bits) -> Vec<f32> {
    let (w, h) = (inside.width, inside.height);
    let mut d: Vec<f32> = inside.set.iter().map(|&b| if b { f32::INFINITY } else { -0.5 }).collect();
    let relax = |d: &mut [f32], x: usize, y: usize, offsets: [(isize, isize, f32); 4]| {
        for (dx, dy, cost) in offsets {
            if let (Some(nx), Some(ny)) = (x.checked_add_signed(dx), y.checked_add_signed(dy))
                && nx < w
                && ny < h
            {
                d[y * w + x] = d[y * w + x].min(d[ny * w + nx] + cost);
            }
        }
    };
    const DIAGONAL: f32 = std::f32::consts::SQRT_2;
    for i in 0..w * h {
        relax(&mut d, i % w, i / w, [(-1, 0, 1.0), (0, -1, 1.0), (-1, -1, DIAGONAL), (1, -1, DIAGONAL)]);
    }
    for i in (0..w * h).rev() {
        relax(&mut d, i % w, i / w, [(1, 0, 1.0), (0, 1, 1.0), (1, 1, DIAGONAL), (-1, 1, DIAGONAL)]);
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disc(width: usize, height: usize, centre: [f64; 2], radius: f64) -> Photograph {
        let mut rgb = vec![2; width * height * 3];
        for (i, pixel) in rgb.chunks_exact_mut(3).enumerate() {
            if f64::hypot((i % width) as f64 + 0.5 - centre[0], (i / width) as f64 + 0.5 - centre[1]) < radius {
                pixel.copy_from_slice(&[120, 60, 20]);
            }
        }
        Photograph { width, height, rgb }
    }

    #[test]
    fn a_whole_circle() {
        for (width, height, centre, radius) in [(300, 260, [150.0, 131.0], 120.0), (1200, 1000, [590.0, 505.0], 470.0)]
        {
            let field = FieldOfView::find(&disc(width, height, centre, radius)).unwrap();
            let step = width.div_ceil(WORKING_SIDE) as f64;
            assert!(f64::hypot(field.centre[0] - centre[0], field.centre[1] - centre[1]) < step, "{:?}", field.centre);
            assert!((field.radius - radius).abs() < 1.6 * step, "{}", field.radius);
            assert!(field.circular && field.residual < 0.01 && field.truncation < 0.01 && field.doubt().is_none());
            assert!(field.contains(centre) && !field.is_edge(centre) && !field.contains([3.0, 3.0]));
            assert!(
                field.is_edge([centre[0] + 0.97 * radius, centre[1]])
                    && !field.is_edge([centre[0] + 0.9 * radius, centre[1]])
            );
        }
    }

    #[test]
    fn a_circle_cut_by_the_picture() {
        // The caps above and below 0.8 R hold 2 (acos 0.8 − 0.8·0.6) / π of the area.
        let field = FieldOfView::find(&disc(300, 160, [150.0, 80.0], 100.0)).unwrap();
        let expected = 2.0 * (0.8f64.acos() - 0.48) / std::f64::consts::PI;
        assert!((field.truncation - expected).abs() < 0.02, "{} {expected}", field.truncation);
        assert!((field.radius - 100.0).abs() < 1.6, "{}", field.radius);
        assert!(!field.is_edge([150.0, 1.0]), "the picture's border is no edge of the field");
    }

    #[test]
    fn a_tag_in_the_corner_is_not_the_field() {
        let mut photograph = disc(300, 300, [150.0, 150.0], 130.0);
        for y in 280..295 {
            photograph.rgb[(y * 300 + 5) * 3..(y * 300 + 40) * 3].fill(250);
        }
        let field = FieldOfView::find(&photograph).unwrap();
        assert!(!field.contains([20.0, 287.0]) && (field.radius - 130.0).abs() < 1.6);
    }

    #[test]
    fn crops_have_no_circle_and_black_pictures_no_field() {
        let crop = FieldOfView::find(&Photograph { width: 80, height: 60, rgb: vec![90; 80 * 60 * 3] }).unwrap();
        assert!(!crop.circular && crop.share == 1.0 && !crop.is_edge([1.0, 1.0]) && crop.contains([79.9, 59.9]));
        let black = Photograph { width: 80, height: 60, rgb: vec![3; 80 * 60 * 3] };
        assert!(matches!(FieldOfView::find(&black), Err(AnatomyError::NoField { .. })));
    }
}
