//! What convolutions and poolings are tried on.

use heatlens_graph::ops::{AveragePool, MaxPool, Padding};

/// One channel of 4 × 4 cells, 0 to 15.
pub const MAP: [usize; 4] = [1, 1, 4, 4];

/// Numbers of either sign without a pattern.
pub fn mixed(len: usize) -> Vec<f64> {
    (0..len).map(|i| ((i * 37 + 11) % 16) as f64 / 4.0 - 2.0).collect()
}

/// A convolution of one image by its definition; `pads` are those at the top and the left.
pub struct Convolution {
    /// Channels, rows, columns.
    pub x: [usize; 3],
    pub y: [usize; 3],
    pub kernel: [usize; 2],
    pub strides: [usize; 2],
    pub dilations: [usize; 2],
    pub pads: [usize; 2],
    pub group: usize,
}

impl Convolution {
    /// Two groups, strides and dilations that differ, and one column of padding.
    pub const GROUPED: Convolution = Convolution {
        x: [4, 5, 4],
        y: [2, 2, 4],
        kernel: [2, 2],
        strides: [2, 1],
        dilations: [2, 1],
        pads: [0, 1],
        group: 2,
    };

    /// Calls `f(x, weight, y)` with the positions of each product: of weights (filter, channel of
    /// the group, row, column).
    fn products(&self, mut f: impl FnMut(usize, usize, usize)) {
        let [channels, height, width] = self.x;
        let ([filters, rows, columns], [kh, kw]) = (self.y, self.kernel);
        let of_group = channels / self.group;
        for filter in 0..filters {
            for channel in 0..of_group {
                for (oy, ox) in (0..rows).flat_map(|oy| (0..columns).map(move |ox| (oy, ox))) {
                    for (ky, kx) in (0..kh).flat_map(|ky| (0..kw).map(move |kx| (ky, kx))) {
                        let iy = (oy * self.strides[0] + ky * self.dilations[0]).wrapping_sub(self.pads[0]);
                        let ix = (ox * self.strides[1] + kx * self.dilations[1]).wrapping_sub(self.pads[1]);
                        if iy < height && ix < width {
                            let from = filter / (filters / self.group) * of_group + channel;
                            let weight = ((filter * of_group + channel) * kh + ky) * kw + kx;
                            f((from * height + iy) * width + ix, weight, (filter * rows + oy) * columns + ox);
                        }
                    }
                }
            }
        }
    }

    pub fn forward(&self, x: &[f64], weight: &[f64], bias: &[f64]) -> Vec<f64> {
        let cells = self.y[1] * self.y[2];
        let mut y: Vec<f64> = (0..self.y[0] * cells).map(|i| bias[i / cells]).collect();
        self.products(|i, w, o| y[o] += x[i] * weight[w]);
        y
    }

    /// The transpose: what each of this convolution's outputs adds to its inputs.
    pub fn transpose(&self, y: &[f64], weight: &[f64]) -> Vec<f64> {
        let mut x = vec![0.0; self.x.iter().product()];
        self.products(|i, w, o| x[i] += y[o] * weight[w]);
        x
    }
}

/// Windows of 2 × 2 that do not overlap.
pub fn disjoint_max() -> MaxPool {
    MaxPool { kernel: [2; 2], strides: [2; 2], dilations: [1; 2], padding: Padding::NONE, ceil_mode: false }
}

/// Windows of 2 × 2 that do not overlap.
pub fn disjoint_average() -> AveragePool {
    AveragePool { kernel: [2; 2], strides: [2; 2], padding: Padding::NONE, ceil_mode: false, count_include_pad: false }
}

/// Overlapping windows that hang over the edge.
pub fn overlapping_max(ceil_mode: bool) -> MaxPool {
    MaxPool { kernel: [3, 2], strides: [2, 2], dilations: [1, 2], padding: Padding::symmetric([1, 0]), ceil_mode }
}

/// Overlapping windows that hang over the edge.
pub fn overlapping_average(ceil_mode: bool, count_include_pad: bool) -> AveragePool {
    AveragePool {
        kernel: [3, 2],
        strides: [2, 3],
        padding: Padding::Explicit([1, 0, 0, 1]),
        ceil_mode,
        count_include_pad,
    }
}
