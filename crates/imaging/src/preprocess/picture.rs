//! Back from a tensor to something to look at.

use super::{Colour, Layout, Preprocess};
use crate::Picture;

impl Preprocess {
    /// What a preprocessed tensor of one image shows: normalisation, range and colour order undone.
    /// The geometry stays the network's.
    ///
    /// For tensors that come without their photograph. Values that this preprocessing could not
    /// have made are clamped. A tensor of another number of channels is shown as their mean, from
    /// black for the least to white for the most.
    pub fn picture(&self, tensor: &[f32], [height, width]: [usize; 2]) -> Picture {
        let (channels, cells) = (self.channels(), height * width);
        if tensor.len() != channels * cells {
            return self.mean_of_channels(tensor, [height, width]);
        }
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

    /// The mean of whatever channels there are, stretched to grey levels.
    fn mean_of_channels(&self, tensor: &[f32], [height, width]: [usize; 2]) -> Picture {
        let cells = height * width;
        let channels = tensor.len() / cells.max(1);
        let sum = |cell: usize| -> f32 {
            let of = |channel: usize| match self.layout {
                Layout::Nchw => tensor[channel * cells + cell],
                Layout::Nhwc => tensor[cell * channels + channel],
            };
            (0..channels).map(of).sum()
        };
        let sums: Vec<f32> = (0..cells).map(sum).collect();
        let least = sums.iter().copied().fold(f32::INFINITY, f32::min);
        let most = sums.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let stretch = if most > least { 255.0 / (most - least) } else { 0.0 };
        let rgb = sums.iter().flat_map(|sum| [((sum - least) * stretch) as u8; 3]).collect();
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

    #[test]
    fn other_channels_are_shown_as_their_mean() {
        let preprocess = Preprocess::imagenet_exact();
        let five = preprocess.picture(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], [1, 2]);
        assert_eq!((five.width, five.height, five.rgb), (2, 1, vec![0, 0, 0, 255, 255, 255]));
        assert_eq!(preprocess.picture(&[0.5], [1, 2]).rgb, [0; 6], "too few values");
    }
}
