//! Back from a tensor to something to look at.

use super::{Colour, Layout, Preprocess};
use crate::Picture;

impl Preprocess {
    /// What a preprocessed tensor of one image shows: normalisation, range and colour order undone.
    /// The geometry stays the network's.
    ///
    /// For tensors that come without their photograph. Values that this preprocessing could not
    /// have made are clamped.
    ///
    /// # Panics
    /// If the tensor does not hold `height × width` pixels of this preprocessing's channels.
    pub fn picture(&self, tensor: &[f32], [height, width]: [usize; 2]) -> Picture {
        let (channels, cells) = (self.channels(), height * width);
        assert_eq!(tensor.len(), channels * cells, "values of a {height}×{width} image of {channels} channels");
        let (slope, intercept) = self.range.line();
        let level = |channel: usize, value: f32| {
            let std = self.std.get(channel).copied().unwrap_or(1.0);
            let mean = self.mean.get(channel).copied().unwrap_or(0.0);
            (((f64::from(value * std + mean) - intercept) / slope).round().clamp(0.0, 255.0)) as u8
        };
        let at = |cell: usize, channel: usize| match self.layout {
            Layout::Nchw => level(channel, tensor[channel * cells + cell]),
            Layout::Nhwc => level(channel, tensor[cell * channels + channel]),
        };
        let order = match self.colour {
            Colour::Rgb => [0, 1, 2],
            Colour::Bgr => [2, 1, 0],
            Colour::Grey => [0, 0, 0],
        };
        let rgb = (0..cells).flat_map(|cell| order.map(|channel| at(cell, channel))).collect();
        Picture { width, height, rgb }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prepared_photograph_comes_back() {
        let photograph = Picture { width: 3, height: 2, rgb: (0..18).map(|i| i * 14).collect() };
        for preprocess in [Preprocess::imagenet_exact(), Preprocess::keras_caffe(), Preprocess::keras_tf()] {
            let prepared = preprocess.prepare(&photograph, [2, 3]).unwrap();
            assert_eq!(preprocess.picture(&prepared.tensor, [2, 3]).rgb, photograph.rgb, "{preprocess}");
        }
    }
}
