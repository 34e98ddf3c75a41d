//! Carrying a preprocessing out.

use std::borrow::Cow;

use super::{Colour, CropRounding, Layout, Length, MAX_SIDE, Preprocess, Size, Step};
use crate::resize::{Image, Resample, Samples, resize};
use crate::{Affine, ImageError, Photograph};

/// A network's input, and the way back from it.
#[derive(Clone, PartialEq, Debug)]
pub struct Prepared {
    /// The values in the layout of the preprocessing.
    pub tensor: Vec<f32>,
    /// `[1, channels, height, width]` or `[1, height, width, channels]`.
    pub shape: [usize; 4],
    /// From pixels of the input to pixels of the photograph.
    pub to_photograph: Affine,
}

/// The most pixels an image may have on its way to the input.
const MAX_PIXELS: usize = 64_000_000;

impl Preprocess {
    /// The tensor that a network with an input of `[height, width]` gets for a photograph.
    ///
    /// # Errors
    /// [`ImageError::Preprocess`] if the geometry does not end at the input, or passes through an
    /// image that is too large.
    pub fn prepare(&self, photograph: &Photograph, input: [usize; 2]) -> Result<Prepared, ImageError> {
        self.check().map_err(ImageError::Preprocess)?;
        let image = to_image(photograph, self.colour);
        let (image, to_photograph) = geometry(&image, &self.geometry, self.colour, input)?;
        if [image.height, image.width] != input {
            let [h, w] = input;
            return Err(ImageError::Preprocess(format!(
                "its geometry ends at {}×{}, but the network takes {h}×{w}; end it with a resize or crop to \"input\"",
                image.height, image.width
            )));
        }
        let tensor = self.normalised(&image);
        let channels = image.channels;
        let [h, w] = input;
        let shape = match self.layout {
            Layout::Nchw => [1, channels, h, w],
            Layout::Nhwc => [1, h, w, channels],
        };
        Ok(Prepared { tensor, shape, to_photograph })
    }

    /// The values after range, mean and standard deviation, with the divisions of PyTorch, in the
    /// layout of the network.
    fn normalised(&self, image: &Image) -> Vec<f32> {
        let value = |c: usize, level: f32| {
            let scaled = match self.range {
                super::Range::Unit => level / 255.0,
                super::Range::Levels => level,
                super::Range::Signed => level / 127.5 - 1.0,
            };
            (scaled - self.mean.get(c).copied().unwrap_or(0.0)) / self.std.get(c).copied().unwrap_or(1.0)
        };
        match &image.samples {
            Samples::Bytes(bytes) => {
                let table: Vec<[f32; 256]> =
                    (0..image.channels).map(|c| std::array::from_fn(|level| value(c, level as f32))).collect();
                self.laid_out(bytes, image.channels, |c, level| table[c][usize::from(level)])
            }
            Samples::Floats(floats) => self.laid_out(floats, image.channels, value),
        }
    }

    /// The value of every interleaved sample, where the layout has it.
    fn laid_out<T: Copy>(&self, samples: &[T], channels: usize, value: impl Fn(usize, T) -> f32) -> Vec<f32> {
        let mut tensor = vec![0.0; samples.len()];
        for c in 0..channels {
            let of_channel = samples[c..].iter().step_by(channels);
            match self.layout {
                Layout::Nchw => {
                    let plane = samples.len() / channels;
                    tensor[c * plane..][..plane]
                        .iter_mut()
                        .zip(of_channel)
                        .for_each(|(to, &sample)| *to = value(c, sample));
                }
                Layout::Nhwc => {
                    tensor[c..]
                        .iter_mut()
                        .step_by(channels)
                        .zip(of_channel)
                        .for_each(|(to, &sample)| *to = value(c, sample));
                }
            }
        }
        tensor
    }
}

/// The photograph in the channels of the network.
pub(crate) fn to_image(photograph: &Photograph, colour: Colour) -> Image {
    let pixels = photograph.rgb.chunks_exact(3);
    let samples = match colour {
        Colour::Rgb => photograph.rgb.clone(),
        Colour::Bgr => pixels.flat_map(|p| [p[2], p[1], p[0]]).collect(),
        Colour::Grey => pixels.map(|p| luma([p[0], p[1], p[2]])).collect(),
    };
    Image {
        height: photograph.height,
        width: photograph.width,
        channels: colour.channels(),
        samples: Samples::Bytes(samples),
    }
}

/// Pillow's `convert("L")`.
fn luma([r, g, b]: [u8; 3]) -> u8 {
    ((u32::from(r) * 19_595 + u32::from(g) * 38_470 + u32::from(b) * 7_471 + 0x8000) >> 16) as u8
}

/// Carries the steps out; returns the image and the map from its pixels to those of the one it
/// started from.
pub(crate) fn geometry(
    image: &Image,
    steps: &[Step],
    colour: Colour,
    input: [usize; 2],
) -> Result<(Image, Affine), ImageError> {
    let mut image = Cow::Borrowed(image);
    let mut back = Affine::IDENTITY;
    for step in steps {
        let (next, to_previous) = match *step {
            Step::Resize { to, resample } => scaled(&image, to.resolve(input), resample)?,
            Step::ShorterSide { to, resample } => scaled(&image, shorter_side(&image, to, input), resample)?,
            Step::Fit { to, resample } => scaled(&image, fitting(&image, to.resolve(input)), resample)?,
            Step::CentreCrop { to, rounding, fill } => {
                centre_crop(&image, to.resolve(input), rounding, &paint(fill, colour))?
            }
        };
        back = to_previous.then(&back);
        image = Cow::Owned(next);
    }
    Ok((image.into_owned(), back))
}

fn paint(fill: [u8; 3], colour: Colour) -> Vec<u8> {
    match colour {
        Colour::Rgb => fill.to_vec(),
        Colour::Bgr => vec![fill[2], fill[1], fill[0]],
        Colour::Grey => vec![luma(fill)],
    }
}

impl Size {
    fn resolve(self, input: [usize; 2]) -> [usize; 2] {
        match self {
            Self::Input => input,
            Self::InputOver(fraction) => input.map(|side| over(side, fraction)),
            Self::Pixels(size) => size,
        }
    }
}

fn over(side: usize, fraction: f64) -> usize {
    ((side as f64 / fraction).floor() as usize).max(1)
}

fn shorter_side(image: &Image, to: Length, input: [usize; 2]) -> [usize; 2] {
    let target = match to {
        Length::Pixels(pixels) => [pixels; 2],
        Length::Input => input,
        Length::InputOver(fraction) => input.map(|side| over(side, fraction)),
    };
    let (h, w) = (image.height, image.width);
    if target[0] == target[1] {
        // torchvision: int(size * long / short).
        let long = |long: usize, short: usize| (target[0] as f64 * long as f64 / short as f64) as usize;
        return if h <= w { [target[0], long(w, h)] } else { [long(h, w), target[0]] };
    }
    // timm's ResizeKeepRatio.
    let ratio = (h as f64 / target[0] as f64).min(w as f64 / target[1] as f64);
    [h, w].map(|side| (side as f64 / ratio).round_ties_even() as usize)
}

fn scaled(image: &Image, to: [usize; 2], resample: Resample) -> Result<(Image, Affine), ImageError> {
    allowed(to)?;
    // The second size is where the first, which a filter passes through, is largest.
    allowed([image.height, to[1]])?;
    Ok((resize(image, to, resample), Affine::scaling(to, [image.height, image.width])))
}

fn allowed([h, w]: [usize; 2]) -> Result<(), ImageError> {
    match h.checked_mul(w) {
        Some(1..=MAX_PIXELS) => Ok(()),
        _ => Err(ImageError::Preprocess(format!(
            "it passes through an image of {h}×{w} pixels; the photograph's shape is too extreme for it"
        ))),
    }
}

/// As large as fits inside `most`.
fn fitting(image: &Image, most: [usize; 2]) -> [usize; 2] {
    let ratio = (most[0] as f64 / image.height as f64).min(most[1] as f64 / image.width as f64);
    let side = |side: usize, most: usize| ((side as f64 * ratio).round_ties_even() as usize).clamp(1, most);
    [side(image.height, most[0]), side(image.width, most[1])]
}

fn centre_crop(
    image: &Image,
    to: [usize; 2],
    rounding: CropRounding,
    fill: &[u8],
) -> Result<(Image, Affine), ImageError> {
    allowed(to)?;
    let corner = [(image.height, to[0]), (image.width, to[1])].map(|(has, wants)| {
        let surplus = has as isize - wants as isize;
        match rounding {
            // torchvision pads first, the smaller half above and left, and then cuts exactly.
            _ if surplus < 0 && rounding == CropRounding::HalfEven => -(-surplus / 2),
            CropRounding::HalfEven => (surplus as f64 / 2.0).round_ties_even() as isize,
            CropRounding::Down => surplus.div_euclid(2),
        }
    });
    Ok((window(image, corner, to, fill), Affine::shift(corner[1] as f64, corner[0] as f64)))
}

/// The part of an image whose upper left corner is at `[row, column]`, filled where it reaches
/// outside.
fn window(image: &Image, corner: [isize; 2], to: [usize; 2], fill: &[u8]) -> Image {
    let samples = match &image.samples {
        Samples::Bytes(bytes) => Samples::Bytes(cut(bytes, image, corner, to, fill)),
        Samples::Floats(floats) => {
            let fill: Vec<f32> = fill.iter().map(|&b| f32::from(b)).collect();
            Samples::Floats(cut(floats, image, corner, to, &fill))
        }
    };
    Image { height: to[0], width: to[1], channels: image.channels, samples }
}

fn cut<T: Copy>(
    values: &[T],
    image: &Image,
    [top, left]: [isize; 2],
    [height, width]: [usize; 2],
    fill: &[T],
) -> Vec<T> {
    let channels = image.channels;
    let mut out = fill.repeat(height * width);
    let from = left.clamp(0, image.width as isize);
    let end = (left + width as isize).clamp(0, image.width as isize);
    for y in 0..height {
        let row = top + y as isize;
        if from < end && (0..image.height as isize).contains(&row) {
            let source =
                &values[(row as usize * image.width + from as usize) * channels..][..(end - from) as usize * channels];
            out[(y * width + (from - left) as usize) * channels..][..source.len()].copy_from_slice(source);
        }
    }
    out
}

const _: () = assert!(MAX_SIDE * MAX_SIDE > MAX_PIXELS, "the check of pixels is not implied by that of sides");

#[cfg(test)]
mod tests {
    use super::*;

    fn photograph(width: usize, height: usize) -> Photograph {
        Photograph { width, height, rgb: (0..width * height * 3).map(|i| (i * 71 % 256) as u8).collect() }
    }

    #[test]
    fn a_tensor_shows_what_it_was_made_from() {
        let photograph = photograph(5, 4);
        for (spec, _) in crate::PRESETS.iter().filter(|p| p.0 != "imagenet") {
            let preprocess = Preprocess::from_spec(spec, |_| unreachable!()).unwrap();
            let prepared = preprocess.prepare(&photograph, [4, 5]).unwrap();
            assert_eq!(preprocess.picture(&prepared.tensor, [4, 5]), photograph, "{spec}");
            assert_eq!(prepared.to_photograph, Affine::IDENTITY);
        }
    }

    #[test]
    fn the_way_back_is_that_of_the_geometry() {
        // 300×200 → shorter side 32 gives 48×32 → the middle 28×28.
        let prepared = Preprocess::imagenet().prepare(&photograph(300, 200), [28, 28]).unwrap();
        assert_eq!(prepared.shape, [1, 3, 28, 28]);
        let corner = prepared.to_photograph.apply([0.0, 0.0]);
        assert!(
            (corner[0] - 10.0 * 300.0 / 48.0).abs() < 1e-9 && (corner[1] - 2.0 * 200.0 / 32.0).abs() < 1e-9,
            "{corner:?}"
        );
        let centre = prepared.to_photograph.apply([14.0, 14.0]);
        assert!((centre[0] - 150.0).abs() < 1e-9 && (centre[1] - 100.0).abs() < 1e-9, "{centre:?}");
    }

    #[test]
    fn grey_is_the_luma_of_pillow() {
        assert_eq!(
            [[255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 200, 90]].map(luma),
            [255, 76, 150, 29, 131]
        );
    }

    #[test]
    fn extreme_shapes_and_open_ends_are_errors() {
        let line = photograph(60_000, 1);
        let error = Preprocess::imagenet().prepare(&line, [224, 224]).unwrap_err().to_string();
        assert!(error.contains("too extreme"), "{error}");
        let open = Preprocess { geometry: vec![], ..Preprocess::imagenet() };
        let error = open.prepare(&photograph(5, 4), [224, 224]).unwrap_err().to_string();
        assert!(error.contains("ends at 4×5"), "{error}");
    }
}
