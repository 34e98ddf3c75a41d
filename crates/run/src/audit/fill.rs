//! Taking a region out of a picture: what is put in its place.

/// How a region is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// From its surroundings, smoothly.
    Inpaint,
    /// With the picture strongly blurred.
    Blur,
}

/// Sizes of the picture by which a blur's standard deviation is divided.
const BLUR: usize = 12;

/// One image, channels first, with what its regions are filled from.
pub struct Canvas<'a> {
    pixels: &'a [f32],
    height: usize,
    width: usize,
    blurred: Vec<f32>,
}

impl<'a> Canvas<'a> {
    /// A canvas over an image of channels × `height` × `width` values.
    pub fn new(pixels: &'a [f32], [height, width]: [usize; 2]) -> Canvas<'a> {
        let radius = height.max(width) / BLUR;
        let blurred =
            pixels.chunks_exact(height * width).flat_map(|channel| blur(channel, height, width, radius)).collect();
        Canvas { pixels, height, width, blurred }
    }

    /// The image with the region filled.
    ///
    /// # Panics
    /// If the region is of another size.
    pub fn without(&self, region: &[bool], fill: Fill) -> Vec<f32> {
        let cells = self.height * self.width;
        assert_eq!(region.len(), cells);
        let mut filled = self.pixels.to_vec();
        for (channel, blurred) in filled.chunks_exact_mut(cells).zip(self.blurred.chunks_exact(cells)) {
            let content = match fill {
                Fill::Blur => blurred.to_vec(),
                Fill::Inpaint => inpaint(channel, region, self.height, self.width),
            };
            channel
                .iter_mut()
                .zip(region)
                .zip(content)
                .filter(|((_, inside), _)| **inside)
                .for_each(|((v, _), new)| *v = new);
        }
        filled
    }
}

/// Three box blurs in a row, which come near a Gaussian; edges are extended.
fn blur(channel: &[f32], height: usize, width: usize, radius: usize) -> Vec<f32> {
    let mut values = channel.to_vec();
    for _ in 0..3 {
        values = transposed(&box_rows(&values, width, radius), height, width);
        values = transposed(&box_rows(&values, height, radius), width, height);
    }
    values
}

/// The running mean of each row over `2 radius + 1` cells.
fn box_rows(values: &[f32], width: usize, radius: usize) -> Vec<f32> {
    let mut means = Vec::with_capacity(values.len());
    for row in values.chunks_exact(width) {
        let at = |i: isize| f64::from(row[i.clamp(0, width as isize - 1) as usize]);
        let reach = radius as isize;
        let mut sum: f64 = (-reach..=reach).map(at).sum();
        for i in 0..width as isize {
            means.push((sum / (2.0 * radius as f64 + 1.0)) as f32);
            sum += at(i + reach + 1) - at(i - reach);
        }
    }
    means
}

fn transposed(values: &[f32], height: usize, width: usize) -> Vec<f32> {
    (0..height * width).map(|i| values[(i % height) * width + i / height]).collect()
}

/// Fills a region by the push–pull pyramid (Gortler et al. 1996): known pixels are averaged into
/// ever coarser grids, and holes are filled from the finest grid that knows something, smoothly.
fn inpaint(channel: &[f32], region: &[bool], height: usize, width: usize) -> Vec<f32> {
    let weights = region.iter().map(|&inside| if inside { 0.0 } else { 1.0 }).collect();
    pull(Level { height, width, values: channel.to_vec(), weights }).values
}

/// One grid of the pyramid; a weight of 0 is a hole.
struct Level {
    height: usize,
    width: usize,
    values: Vec<f32>,
    weights: Vec<f32>,
}

fn pull(mut level: Level) -> Level {
    if level.weights.iter().all(|&weight| weight >= 1.0) || (level.height == 1 && level.width == 1) {
        return level;
    }
    let coarse = pull(pushed(&level));
    let size = [coarse.height, coarse.width];
    let smooth = heatlens_imaging::upsample(&coarse.values, size, [level.height, level.width]);
    for ((value, &weight), &from_coarse) in level.values.iter_mut().zip(&level.weights).zip(&smooth) {
        *value = weight * *value + (1.0 - weight) * from_coarse;
    }
    level
}

/// The next coarser grid: weighted means of 2×2 cells, known to the full where half of their weight
/// is.
fn pushed(level: &Level) -> Level {
    let (height, width) = (level.height.div_ceil(2), level.width.div_ceil(2));
    let (mut values, mut weights) = (vec![0.0; height * width], vec![0.0; height * width]);
    for (i, (&value, &weight)) in level.values.iter().zip(&level.weights).enumerate() {
        let j = (i / level.width / 2) * width + i % level.width / 2;
        values[j] += weight * value;
        weights[j] += weight;
    }
    for (value, weight) in values.iter_mut().zip(&mut weights) {
        if *weight > 0.0 {
            *value /= *weight;
        }
        *weight = (*weight / 2.0).min(1.0);
    }
    Level { height, width, values, weights }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ramp along x with a bright square in its middle.
    fn picture() -> (Vec<f32>, Vec<bool>) {
        let inside = |i: usize| (12..20).contains(&(i / 32)) && (12..20).contains(&(i % 32));
        let pixels = (0..32 * 32).map(|i| if inside(i) { 9.0 } else { (i % 32) as f32 / 32.0 }).collect();
        (pixels, (0..32 * 32).map(inside).collect())
    }

    #[test]
    fn an_inpainted_square_continues_the_ramp() {
        let (pixels, region) = picture();
        let filled = Canvas::new(&pixels, [32, 32]).without(&region, Fill::Inpaint);
        for (i, &value) in filled.iter().enumerate() {
            let ramp = (i % 32) as f32 / 32.0;
            let most = if region[i] { 0.12 } else { 0.0 };
            assert!((value - ramp).abs() <= most, "{i}: {value} for {ramp}");
        }
    }

    #[test]
    fn a_blur_changes_the_region_alone_and_keeps_a_flat_picture() {
        let (pixels, region) = picture();
        let filled = Canvas::new(&pixels, [32, 32]).without(&region, Fill::Blur);
        assert!(filled.iter().zip(&pixels).zip(&region).all(|((a, b), inside)| *inside || a == b));
        assert!(filled[16 * 32 + 16] < 8.0);
        let flat = vec![0.5; 32 * 32];
        let filled = Canvas::new(&flat, [32, 32]).without(&region, Fill::Blur);
        assert!(filled.iter().all(|v| (v - 0.5).abs() < 1e-5));
    }

    #[test]
    fn a_region_that_is_everything_is_filled_with_something_finite() {
        let pixels = vec![0.3; 9 * 7];
        let filled = Canvas::new(&pixels, [9, 7]).without(&[true; 63], Fill::Inpaint);
        assert!(filled.iter().all(|v| v.is_finite()));
    }
}
