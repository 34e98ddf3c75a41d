//! Convolutions as their formulas say, one loop a dimension.

/// `y[n][m][oy][ox] = bias[m] + Σ x[n][c][oy·s + ky·d − p][ox·s + kx·d − p] · w[m][c][ky][kx]`.
#[derive(Clone, Debug)]
pub(crate) struct Convolution {
    pub(crate) x: [usize; 4],
    pub(crate) weight: [usize; 4],
    pub(crate) y: [usize; 4],
    pub(crate) strides: [usize; 2],
    pub(crate) dilations: [usize; 2],
    pub(crate) pads: [usize; 2],
    pub(crate) group: usize,
}

impl Convolution {
    /// Calls `f(input, weight, output)` with the flat positions of every product.
    fn products(&self, mut f: impl FnMut(usize, usize, usize)) {
        let ([n, c, h, w], [m, cg, kh, kw], [_, _, oh, ow]) = (self.x, self.weight, self.y);
        for image in 0..n {
            for filter in 0..m {
                for channel in 0..cg {
                    for (oy, ox, ky, kx) in
                        (0..oh * ow * kh * kw).map(|i| (i / (ow * kh * kw), i / (kh * kw) % ow, i / kw % kh, i % kw))
                    {
                        let y = (oy * self.strides[0] + ky * self.dilations[0]).wrapping_sub(self.pads[0]);
                        let x = (ox * self.strides[1] + kx * self.dilations[1]).wrapping_sub(self.pads[1]);
                        if y < h && x < w {
                            let input = ((image * c + filter / (m / self.group) * cg + channel) * h + y) * w + x;
                            let weight = ((filter * cg + channel) * kh + ky) * kw + kx;
                            f(input, weight, ((image * m + filter) * oh + oy) * ow + ox);
                        }
                    }
                }
            }
        }
    }

    /// The convolution.
    pub(crate) fn forward(&self, x: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let [n, m, oh, ow] = self.y;
        let mut y: Vec<f64> =
            (0..n * m * oh * ow).map(|i| bias.map_or(0.0, |b| f64::from(b[i / (oh * ow) % m]))).collect();
        self.products(|i, w, o| y[o] += f64::from(x[i]) * f64::from(weight[w]));
        y.into_iter().map(|y| y as f32).collect()
    }

    /// Its transpose: what `y` spreads into the cells of `x`.
    pub(crate) fn transpose(&self, y: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let [n, c, h, w] = self.x;
        let mut x: Vec<f64> = (0..n * c * h * w).map(|i| bias.map_or(0.0, |b| f64::from(b[i / (h * w) % c]))).collect();
        self.products(|i, w, o| x[i] += f64::from(y[o]) * f64::from(weight[w]));
        x.into_iter().map(|x| x as f32).collect()
    }
}
