//! Vessels as strokes: polylines of varying width, laid onto the picture with soft edges.

/// A point of a stroke, in picture coordinates and pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct StrokePoint {
    pub(super) x: f32,
    pub(super) y: f32,
    /// Half the vessel's width.
    pub(super) half_width: f32,
    /// How strongly it absorbs there, 0…1.
    pub(super) density: f32,
}

/// What strokes leave on the picture: three layers of `size`² values.
pub(super) struct StrokeLayer {
    size: usize,
    /// How much light is absorbed, 0…1.
    pub(super) density: Vec<f32>,
    /// The light streak along the middle, 0…1.
    pub(super) streak: Vec<f32>,
    /// 1 where a vessel covers more than half of the pixel.
    pub(super) mask: Vec<u8>,
}

impl StrokeLayer {
    pub(super) fn new(size: usize) -> Self {
        StrokeLayer {
            size,
            density: vec![0.0; size * size],
            streak: vec![0.0; size * size],
            mask: vec![0; size * size],
        }
    }

    /// Lays a polyline down. Where strokes meet, the denser one counts.
    pub(super) fn stroke(&mut self, points: &[StrokePoint]) {
        for pair in points.windows(2) {
            self.segment(&pair[0], &pair[1]);
        }
    }

    fn segment(&mut self, a: &StrokePoint, b: &StrokePoint) {
        let reach = a.half_width.max(b.half_width) + 1.5;
        let last = self.size as f32 - 1.0;
        let (left, right) = ((a.x.min(b.x) - reach).max(0.0), (a.x.max(b.x) + reach).min(last));
        let (top, bottom) = ((a.y.min(b.y) - reach).max(0.0), (a.y.max(b.y) + reach).min(last));
        if !(left <= right && top <= bottom) {
            return;
        }
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let scale = 1.0 / (dx * dx + dy * dy).max(1e-9);
        for y in top as usize..=bottom as usize {
            for x in left as usize..=right as usize {
                let (px, py) = (x as f32 + 0.5 - a.x, y as f32 + 0.5 - a.y);
                let t = ((px * dx + py * dy) * scale).clamp(0.0, 1.0);
                let (ex, ey) = (px - t * dx, py - t * dy);
                let distance = (ex * ex + ey * ey).sqrt();
                let half_width = a.half_width + (b.half_width - a.half_width) * t;
                if distance < half_width + 1.0 {
                    self.cover(y * self.size + x, distance, half_width, a.density + (b.density - a.density) * t);
                }
            }
        }
    }

    fn cover(&mut self, pixel: usize, distance: f32, half_width: f32, density: f32) {
        // A vessel thinner than a pixel darkens it in proportion.
        let (half, thin) = if half_width < 0.5 { (0.5, half_width * 2.0) } else { (half_width, 1.0) };
        let coverage = (half + 0.5 - distance).clamp(0.0, 1.0);
        if coverage <= 0.0 {
            return;
        }
        let across = (distance / (half + 0.25)).min(1.0);
        let column = 0.45 + 0.55 * (1.0 - across * across).sqrt();
        let value = coverage * thin * column * density;
        self.density[pixel] = self.density[pixel].max(value);
        let relative = distance / (0.38 * half);
        let light = if half > 0.8 {
            (1.0 - relative * relative).max(0.0) * density * ((half - 0.8) * 0.8).min(1.0)
        } else {
            0.0
        };
        self.streak[pixel] = self.streak[pixel].max(light);
        if coverage * thin > 0.5 {
            self.mask[pixel] = 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(x: f32, y: f32) -> StrokePoint {
        StrokePoint { x, y, half_width: 2.0, density: 1.0 }
    }

    #[test]
    fn a_stroke_covers_its_width_and_no_more() {
        let mut layer = StrokeLayer::new(32);
        layer.stroke(&[point(4.0, 16.0), point(28.0, 16.0)]);
        let column: u32 = (0..32).map(|y| u32::from(layer.mask[y * 32 + 15])).sum();
        assert_eq!(column, 4);
        assert!(layer.density[16 * 32 + 15] > 0.9 && layer.density[20 * 32 + 15] == 0.0);
    }

    #[test]
    fn strokes_outside_the_picture_are_harmless() {
        let mut layer = StrokeLayer::new(16);
        layer.stroke(&[point(-500.0, 3.0), point(-400.0, 9.0), point(900.0, 9.0), point(f32::NAN, 0.0)]);
        assert!(layer.density.iter().all(|d| d.is_finite()));
    }
}
