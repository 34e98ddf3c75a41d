//! A picture as the network is given it, before levels become values, and what makes one like another.

use heatlens_imaging::{Stepped, blur};

use crate::audit::cues::mean_and_spread;
use crate::audit::quality::LIT;

/// Of lit pixels the brightest are left out of colours and light: the disc is among them, which
/// disease changes.
const BRIGHTEST: f64 = 0.1;
/// Means and spreads are changed by at most this factor.
const MOST_GAIN: f32 = 3.0;
/// Widths of the blurs between which the bands of sharpness lie, pixels.
const BANDS: [f64; 2] = [1.0, 2.0];
/// A row or column belongs to the field if so much of it is lit.
const LEAST_LIT: f64 = 0.02;
/// The field is at least so bright, as a share of its mean.
const FIELD_LEAST: f32 = 0.3;
/// Fields whose borders are nearer than this share of the picture lie alike.
const ALIKE: f64 = 0.015;

/// Interleaved channels, rows from the top, levels of 0 to 255.
pub struct Levels {
    values: Vec<f32>,
    channels: usize,
    size: [usize; 2],
    bands: Bands,
    /// What it can lend.
    pub traits: Traits,
}

/// What a picture lends to another; none of a picture in which nothing is lit.
#[derive(Default)]
pub struct Traits {
    tone: Option<Tone>,
    /// Mean squares of the fine structure, an octave each.
    energies: Option<[f64; 2]>,
    /// Where the field of view begins and ends along rows, then columns, as shares of the picture.
    extent: Option<[[f64; 2]; 2]>,
}

/// Mean and spread of the lit pixels but the brightest.
struct Tone {
    channels: Vec<[f32; 2]>,
    grey: [f32; 2],
}

/// The fine structure of a picture in two octaves.
#[derive(Default)]
struct Bands {
    bands: [Vec<f32>; 2],
    /// Pixels of the field away from its border.
    inner: Vec<usize>,
}

impl Levels {
    pub fn of(stepped: &Stepped) -> Levels {
        Levels::new(stepped.levels().into_owned(), stepped.channels(), stepped.size())
    }

    fn new(values: Vec<f32>, channels: usize, size: [usize; 2]) -> Levels {
        let mut levels = Levels { values, channels, size, bands: Bands::default(), traits: Traits::default() };
        let greys: Vec<f32> = levels.values.chunks_exact(channels).map(grey).collect();
        levels.bands = levels.bands(&greys);
        let tone = levels.tone(&greys);
        let extent = tone.as_ref().and_then(|tone| levels.extent(&greys, tone));
        levels.traits = Traits { energies: levels.energies(), tone, extent };
        levels
    }

    fn tone(&self, greys: &[f32]) -> Option<Tone> {
        let mut lit: Vec<f32> = greys.iter().copied().filter(|&grey| grey >= LIT).collect();
        let place = ((1.0 - BRIGHTEST) * lit.len() as f64) as usize;
        if place >= lit.len() {
            return None;
        }
        let brightest = *lit.select_nth_unstable_by(place, f32::total_cmp).1;
        let used = || (0..greys.len()).filter(|&i| (LIT..=brightest).contains(&greys[i]));
        let of = |level: &dyn Fn(usize) -> f32| mean_and_spread(used().map(|i| level(i).into())).map(|v| v as f32);
        let channels = (0..self.channels).map(|c| of(&|i| self.values[i * self.channels + c])).collect();
        Some(Tone { channels, grey: of(&|i| greys[i]) })
    }

    /// The same with every lit pixel changed.
    fn map(&self, change: impl Fn(&mut [f32])) -> Vec<f32> {
        let mut values = self.values.clone();
        values.chunks_exact_mut(self.channels).filter(|pixel| grey(pixel) >= LIT).for_each(|pixel| {
            change(pixel);
            pixel.iter_mut().for_each(|level| *level = level.clamp(0.0, 255.0));
        });
        values
    }

    /// With the colours of another: each channel has the other's mean and spread as far as they differ
    /// from grey; every pixel keeps its brightness.
    pub fn coloured_as(&self, other: &Traits) -> Option<Vec<f32>> {
        if self.channels == 1 {
            return None;
        }
        let (own, other) = (self.traits.tone.as_ref()?, other.tone.as_ref()?);
        let brightness = own.grey[0] / other.grey[0];
        Some(self.map(|pixel| {
            let before = grey(pixel);
            for ((level, own), other) in pixel.iter_mut().zip(&own.channels).zip(&other.channels) {
                let gain = bounded(other[1] * brightness / own[1]);
                *level = ((*level - own[0]) * gain + other[0] * brightness).max(0.0);
            }
            let gain = before / grey(pixel).max(1.0);
            pixel.iter_mut().for_each(|level| *level *= gain);
        }))
    }

    /// With the brightness and contrast of another; every pixel keeps its colour.
    pub fn lit_as(&self, other: &Traits) -> Option<Vec<f32>> {
        let (own, other) = (self.traits.tone.as_ref()?.grey, other.tone.as_ref()?.grey);
        let gain = bounded(other[1] / own[1]);
        Some(self.map(|pixel| {
            let before = grey(pixel);
            let wanted = ((before - own[0]) * gain + other[0]).max(0.0);
            pixel.iter_mut().for_each(|level| *level *= wanted / before);
        }))
    }

    /// As sharp and as noisy as another: the fine structure of the lit part has the other's energy, an
    /// octave each.
    pub fn sharp_as(&self, other: &Traits) -> Option<Vec<f32>> {
        let (own, other) = (self.traits.energies?, other.energies?);
        let gains = [0, 1].map(|band| bounded((other[band] / own[band]).sqrt() as f32));
        let mut values = self.values.clone();
        for &i in &self.bands.inner {
            let first = i * self.channels;
            for (at, value) in values.iter_mut().enumerate().skip(first).take(self.channels) {
                let [fine, coarse] = [0, 1].map(|band| self.bands.bands[band][at] * (gains[band] - 1.0));
                *value = (*value + fine + coarse).clamp(0.0, 255.0);
            }
        }
        Some(values)
    }

    fn bands(&self, greys: &[f32]) -> Bands {
        let [height, width] = self.size;
        let plane = |c: usize| self.values.iter().skip(c).step_by(self.channels).copied().collect::<Vec<f32>>();
        let mut bands = [vec![0.0; self.values.len()], vec![0.0; self.values.len()]];
        for c in 0..self.channels {
            let sharp = plane(c);
            let [soft, softer] = BANDS.map(|sigma| blur(&sharp, self.size, sigma));
            for i in 0..sharp.len() {
                bands[0][i * self.channels + c] = sharp[i] - soft[i];
                bands[1][i * self.channels + c] = soft[i] - softer[i];
            }
        }
        // The border of the field is a sharp edge that the camera makes.
        let lit: Vec<bool> = greys.iter().map(|&grey| grey >= LIT).collect();
        let reach = 3;
        let is_inner = |i: &usize| {
            let (y, x) = (i / width, i % width);
            let inside =
                (reach..height.saturating_sub(reach)).contains(&y) && (reach..width.saturating_sub(reach)).contains(&x);
            inside
                && lit[*i]
                && [i - reach, i + reach, i - reach * width, i + reach * width].iter().all(|&near| lit[near])
        };
        Bands { bands, inner: (0..lit.len()).filter(is_inner).collect() }
    }

    fn energies(&self) -> Option<[f64; 2]> {
        let Bands { bands, inner } = &self.bands;
        let energy = |band: &Vec<f32>| {
            let squares = inner.iter().map(|&i| {
                let grey = grey(&band[i * self.channels..][..self.channels]);
                f64::from(grey * grey)
            });
            squares.sum::<f64>() / inner.len() as f64 + 1e-3
        };
        (!inner.is_empty()).then(|| [energy(&bands[0]), energy(&bands[1])])
    }

    /// With its field of view where another has its own; none where both lie alike.
    pub fn framed_as(&self, other: &Traits) -> Option<Vec<f32>> {
        self.framed(other, |_, other| other)
    }

    /// With its field of view moved as far from where another has its own: moving alone, which blurs, is
    /// compared with that.
    pub fn framed_unlike(&self, other: &Traits) -> Option<Vec<f32>> {
        self.framed(other, |own, other| 2.0 * own - other)
    }

    fn framed(&self, other: &Traits, to: impl Fn(f64, f64) -> f64) -> Option<Vec<f32>> {
        let (own, other) = (self.traits.extent?, other.extent?);
        if own.iter().flatten().zip(other.iter().flatten()).all(|(a, b)| (a - b).abs() < ALIKE) {
            return None;
        }
        let other: [[f64; 2]; 2] =
            std::array::from_fn(|axis| std::array::from_fn(|end| to(own[axis][end], other[axis][end])));
        let [height, width] = self.size;
        // From where a row or column of the result comes, in pixels.
        let source = |i: usize, length: usize, axis: usize| {
            let at = (i as f64 + 0.5) / length as f64;
            let [from, to] = other[axis];
            let share = (at - from) / (to - from).max(1.0 / length as f64);
            (own[axis][0] + share * (own[axis][1] - own[axis][0])) * length as f64 - 0.5
        };
        let columns: Vec<f64> = (0..width).map(|x| source(x, width, 1)).collect();
        let mut values = Vec::with_capacity(self.values.len());
        for y in 0..height {
            let row = source(y, height, 0);
            for &column in &columns {
                values.extend((0..self.channels).map(|c| self.between(row, column, c)));
            }
        }
        Some(values)
    }

    fn extent(&self, greys: &[f32], tone: &Tone) -> Option<[[f64; 2]; 2]> {
        let [height, width] = self.size;
        // What compression leaves beside the field is not as bright as the field.
        let least = tone.grey[0] * FIELD_LEAST;
        let lit: Vec<bool> = greys.iter().map(|&grey| grey >= least).collect();
        let row = |y: &usize| lit[y * width..][..width].iter().filter(|lit| **lit).count() as f64;
        let column = |x: &usize| lit.iter().skip(*x).step_by(width).filter(|lit| **lit).count() as f64;
        let ends = |length: usize, across: usize, of: &dyn Fn(&usize) -> f64| {
            let is_lit = |i: &usize| of(i) >= LEAST_LIT * across as f64;
            let first = (0..length).find(is_lit)?;
            let last = (0..length).rev().find(is_lit)?;
            Some([first as f64 / length as f64, (last + 1) as f64 / length as f64])
        };
        Some([ends(height, width, &row)?, ends(width, height, &column)?])
    }

    /// Between the four nearest pixels; black outside.
    fn between(&self, y: f64, x: f64, c: usize) -> f32 {
        let [height, width] = self.size;
        let at = |y: f64, x: f64| {
            let inside = y >= 0.0 && x >= 0.0 && y < height as f64 && x < width as f64;
            if inside { self.values[(y as usize * width + x as usize) * self.channels + c] } else { 0.0 }
        };
        let (top, left) = (y.floor(), x.floor());
        let (down, right) = ((y - top) as f32, (x - left) as f32);
        let row = |y: f64| at(y, left) * (1.0 - right) + at(y, left + 1.0) * right;
        row(top) * (1.0 - down) + row(top + 1.0) * down
    }
}

/// The mean of the channels, which does not depend on their order.
fn grey(pixel: &[f32]) -> f32 {
    pixel.iter().sum::<f32>() / pixel.len() as f32
}

fn bounded(gain: f32) -> f32 {
    if gain.is_finite() { gain.clamp(1.0 / MOST_GAIN, MOST_GAIN) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lit disc of a third of the picture's area with stripes, of these colours.
    fn field(colour: [f32; 3], stripes: f32, radius: f64) -> Levels {
        let side = 60;
        let pixel = |i: usize| {
            let (y, x) = (i / side, i % side);
            let lit = (y as f64 - 29.5).hypot(x as f64 - 29.5) < radius;
            let stripe = if x % 4 < 2 { stripes } else { -stripes } * if y % 8 < 4 { 1.0 } else { 0.5 };
            colour.map(|level| if lit { level + stripe } else { 0.0 })
        };
        Levels::new((0..side * side).flat_map(pixel).collect(), 3, [side; 2])
    }

    fn again(own: &Levels, values: Option<Vec<f32>>) -> Traits {
        Levels::new(values.unwrap(), own.channels, own.size).traits
    }

    fn tone(of: &Levels) -> &Tone {
        of.traits.tone.as_ref().unwrap()
    }

    fn near(a: f32, b: f32, within: f32) {
        assert!((a - b).abs() <= within, "{a} is not {b}");
    }

    #[test]
    fn a_property_becomes_the_others_and_the_rest_stays() {
        let (own, other) = (field([120.0, 80.0, 40.0], 10.0, 25.0), field([150.0, 60.0, 60.0], 10.0, 25.0));
        let coloured = again(&own, own.coloured_as(&other.traits)).tone.unwrap();
        let (before, wanted) = (tone(&own), tone(&other));
        near(coloured.grey[0], before.grey[0], 0.5);
        let ratio = |tone: &Tone, c: usize| tone.channels[c][0] / tone.grey[0];
        (0..3).for_each(|c| near(ratio(&coloured, c), ratio(wanted, c), 0.02));

        let other = field([60.0, 40.0, 20.0], 8.0, 25.0);
        let lit = again(&own, own.lit_as(&other.traits)).tone.unwrap();
        (0..2).for_each(|i| near(lit.grey[i], tone(&other).grey[i], 1.0));
        (0..3).for_each(|c| near(ratio(&lit, c), ratio(before, c), 0.02));

        let soft = field([120.0, 80.0, 40.0], 5.0, 25.0);
        let [found, wanted] =
            [again(&own, own.sharp_as(&soft.traits)).energies.unwrap(), soft.traits.energies.unwrap()];
        // Pixels at the border stay, and reach into the bands of a small picture.
        assert!((found[0] / wanted[0] - 1.0).abs() < 0.3, "{found:?} {wanted:?}");
        assert!(own.traits.energies.unwrap()[0] > 3.0 * found[0]);

        let small = field([120.0, 80.0, 40.0], 10.0, 15.0).traits;
        let framed = again(&own, own.framed_as(&small)).extent.unwrap();
        for (found, wanted) in framed.iter().flatten().zip(small.extent.unwrap().iter().flatten()) {
            assert!((found - wanted).abs() < 0.03, "{found} {wanted}");
        }
        assert!(own.framed_as(&field([90.0; 3], 3.0, 25.0).traits).is_none());
    }

    #[test]
    fn black_pictures_and_grey_ones_stay() {
        let black = Levels::new(vec![0.0; 1200], 3, [20, 20]);
        let lit = field([120.0, 80.0, 40.0], 10.0, 25.0);
        assert!(black.lit_as(&lit.traits).is_none() && lit.lit_as(&black.traits).is_none());
        assert!(lit.coloured_as(&black.traits).is_none() && lit.sharp_as(&black.traits).is_none());
        assert!(black.framed_as(&lit.traits).is_none());
        let grey = Levels::new(vec![80.0; 400], 1, [20, 20]);
        assert!(grey.coloured_as(&grey.traits).is_none());
        assert_eq!(grey.lit_as(&grey.traits).unwrap(), grey.values);
    }
}
