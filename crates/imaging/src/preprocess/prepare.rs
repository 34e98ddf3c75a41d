//! Carrying a preprocessing out.

use std::borrow::Cow;

use super::steps::luma;
use super::{Colour, DiscAt, Layout, Preprocess, carry_out};
use crate::resize::{Image, Samples};
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

/// A photograph after the steps of a preprocessing, before levels become values.
#[derive(Clone, Debug)]
pub struct Stepped {
    image: Image<'static>,
    to_photograph: Affine,
}

impl Stepped {
    /// Levels of 0 to 255, channels interleaved, rows from the top.
    pub fn levels(&self) -> Cow<'_, [f32]> {
        self.image.floats()
    }

    /// Channels.
    pub fn channels(&self) -> usize {
        self.image.channels
    }

    /// `[height, width]`.
    pub fn size(&self) -> [usize; 2] {
        [self.image.height, self.image.width]
    }

    /// Another picture in the place of this one. Panics if it has another number of levels.
    pub fn with_levels(&self, levels: Vec<f32>) -> Stepped {
        let Image { height, width, channels, .. } = self.image;
        assert_eq!(levels.len(), height * width * channels, "levels of a picture of the same size");
        Stepped { image: Image { samples: Samples::Floats(levels), height, width, channels }, ..*self }
    }
}

impl Preprocess {
    /// The tensor that a network with an input of `[height, width]` gets for a photograph.
    ///
    /// # Errors
    /// [`ImageError::Preprocess`] if the steps do not end at the input, or passes through an
    /// image that is too large.
    pub fn prepare(&self, photograph: &Photograph, input: [usize; 2]) -> Result<Prepared, ImageError> {
        Ok(self.values_of(&self.stepped(photograph, input)?))
    }

    /// Where the steps end whatever photograph they begin with, if that is another size than the
    /// network's input of `[height, width]`.
    pub fn other_end(&self, input: [usize; 2]) -> Option<[usize; 2]> {
        let end = |[height, width]: [usize; 2]| {
            let photograph = Photograph { width, height, rgb: vec![128; height * width * 3] };
            let disc = DiscAt { centre: [30.0; 2], diameter: width as f64 / 5.0 };
            let steps = self.around(disc).steps;
            let (image, _) = carry_out(&to_image(&photograph, self.colour), &steps, self.colour, input).ok()?;
            Some([image.height, image.width])
        };
        // Neither of the same shape nor of the same size.
        let [first, second] = [end([60, 80])?, end([70, 50])?];
        (first == second && first != input).then_some(first)
    }

    /// The first half of [`prepare`](Self::prepare): what colour order and steps make of a
    /// photograph, which preprocessings that differ in their values share.
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare).
    pub fn stepped(&self, photograph: &Photograph, input: [usize; 2]) -> Result<Stepped, ImageError> {
        self.check().map_err(ImageError::Preprocess)?;
        let image = to_image(photograph, self.colour);
        let (image, to_photograph) = carry_out(&image, &self.steps, self.colour, input)?;
        if [image.height, image.width] != input {
            let [h, w] = input;
            return Err(ImageError::Preprocess(format!(
                "its steps end at {}×{}, but the network takes {h}×{w}; end them with a resize or crop `to = \"input\"`",
                image.height, image.width
            )));
        }
        Ok(Stepped { image, to_photograph })
    }

    /// The second half of [`prepare`](Self::prepare): range, mean, standard deviation and layout,
    /// for a picture in this colour order.
    pub fn values_of(&self, stepped: &Stepped) -> Prepared {
        let Stepped { image, to_photograph } = stepped;
        let (channels, [h, w]) = (image.channels, [image.height, image.width]);
        let shape = match self.layout {
            Layout::Nchw => [1, channels, h, w],
            Layout::Nhwc => [1, h, w, channels],
        };
        Prepared { tensor: self.normalised(image), shape, to_photograph: *to_photograph }
    }

    /// The values after range, mean and standard deviation, with the divisions of PyTorch, in the
    /// layout of the network.
    fn normalised(&self, image: &Image<'_>) -> Vec<f32> {
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
pub(crate) fn to_image(photograph: &Photograph, colour: Colour) -> Image<'_> {
    let pixels = photograph.rgb.chunks_exact(3);
    let samples = match colour {
        Colour::Rgb => Cow::Borrowed(&photograph.rgb[..]),
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
        let open = Preprocess { steps: vec![], ..Preprocess::imagenet() };
        let error = open.prepare(&photograph(5, 4), [224, 224]).unwrap_err().to_string();
        assert!(error.contains("end at 4×5"), "{error}");
    }
}
