use super::axes::{extents, ints};
use super::elementwise::expect_f32;
use super::{GatherGrad, MatMul, Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// Resamples the height and width of `x (N, C, H, W)`: inputs x, roi (ignored), optional scales,
/// optional sizes. Cells beyond the edge repeat it, and shrinking does not smooth (PyTorch's
/// `antialias=False`). ONNX Resize-19.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resize {
    /// Interpolation.
    pub mode: ResizeMode,
    /// Where output cells lie on the input.
    pub coordinates: Coordinates,
    /// How `ResizeMode::Nearest` rounds.
    pub nearest: NearestMode,
}

/// Interpolation of a [`Resize`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ResizeMode {
    /// The nearest cell.
    Nearest,
    /// Linear along each axis.
    Linear,
    /// Cubic convolution with this coefficient, −0.75 in PyTorch.
    Cubic(f32),
}

/// Where the cells of a [`Resize`]'s output lie on its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coordinates {
    /// Cells have extent; their centres are at ½ (PyTorch with `align_corners=False`).
    HalfPixel,
    /// As `HalfPixel`, but 0 for an output of one cell.
    PytorchHalfPixel,
    /// The centres of the corner cells coincide.
    AlignCorners,
    /// `x_in = x_out / scale` (TensorFlow 1, PyTorch nearest).
    Asymmetric,
}

/// How [`ResizeMode::Nearest`] rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NearestMode {
    /// Halves down.
    RoundPreferFloor,
    /// Halves up.
    RoundPreferCeil,
    /// Down.
    Floor,
    /// Up.
    Ceil,
}

impl Resize {
    /// The factor of each axis that the scales give; none where sizes are given instead.
    fn scales<'a>(&self, inputs: &Operands<'a>) -> Result<Option<&'a [f32]>, Reason> {
        let Some(scales) = inputs.optional(2).filter(|scales| !scales.ty.is_empty()) else { return Ok(None) };
        let scales = scales.constant.ok_or("its scales depend on the image: export the model with fixed shapes")?;
        scales.as_f32().map(Some).ok_or_else(|| "its scales must be floats".into())
    }

    fn output(&self, inputs: &Operands<'_>) -> Result<Vec<usize>, Reason> {
        let x = inputs.required(0)?.shape();
        let sizes = inputs.ints(3)?.filter(|sizes| !sizes.is_empty());
        match (self.scales(inputs)?, sizes) {
            (None, Some(sizes)) if sizes.len() == x.len() => extents(sizes),
            (Some(scales), None) if scales.len() == x.len() => {
                x.iter().zip(scales).map(|(&n, &scale)| scaled(n, scale)).collect()
            }
            (None, None) => Err("it needs scales or sizes".into()),
            (Some(_), Some(_)) => Err("it has both scales and sizes".into()),
            _ => Err("its scales or sizes are not one for each dimension".into()),
        }
    }
}

/// ⌊extent · scale⌋, rounded as the exporters' frameworks round.
fn scaled(extent: usize, scale: f32) -> Result<usize, Reason> {
    if scale.is_finite() && scale > 0.0 {
        Ok((extent as f32 * scale).floor() as usize)
    } else {
        Err(Reason(format!("a scale of {scale} is impossible")))
    }
}

impl Operator for Resize {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        expect_f32(&x, 0)?;
        let output = self.output(inputs)?;
        if x.shape().len() != 4 || output[..2] != x.shape()[..2] {
            return Err("only height and width of an activation of 4 dimensions can be resized".into());
        }
        if x.ty.is_empty() || output.contains(&0) {
            return Err(Reason(format!("{:?} cannot be resized to {output:?}", x.shape())));
        }
        Ok(vec![Type::f32(output)])
    }

    /// Each axis is a product with a matrix, so its gradient is one with the transposed matrix;
    /// that of a selection puts cells back.
    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (x, y) = (backward.shape(backward.input(0)), backward.shape(backward.output(0)));
        let scales = self.scales(&backward.operands()).map_err(|reason| backward.refuse(reason))?.map(<[f32]>::to_vec);
        let mut dx = backward.dy();
        for axis in [2, 3] {
            let weights = axis_weights(self, x[axis], y[axis], scales.as_ref().map(|s| s[axis]));
            if weights.is_identity(x[axis]) {
                continue;
            }
            if weights.taps == 1 {
                let sources = backward.ints(&ints(&weights.sources));
                dx = backward.add(GatherGrad { axis, extent: x[axis] }, &[dx, sources])?;
                continue;
            }
            let matrix = backward.constant(weights.matrix(x[axis], axis == 2));
            let operands = if axis == 2 { [matrix, dx] } else { [dx, matrix] };
            dx = backward.add(MatMul, &operands)?;
        }
        let mut cotangents = vec![None; backward.inputs()];
        cotangents[0] = Some(dx);
        Ok(cotangents)
    }
}

/// What each output cell of one axis is made of: `taps` input cells each, weighted.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisWeights {
    /// Input cells that make one output cell.
    pub taps: usize,
    /// The input cells, `taps` for each output cell; some may be named twice.
    pub sources: Vec<usize>,
    /// Their weights, which sum to 1 for each output cell.
    pub weights: Vec<f32>,
}

impl AxisWeights {
    /// Whether each output cell is the input cell at its place.
    pub fn is_identity(&self, input: usize) -> bool {
        let cells = self.sources.len() / self.taps;
        let whole = |cell: usize| {
            (0..self.taps)
                .all(|t| self.sources[cell * self.taps + t] == cell || self.weights[cell * self.taps + t] == 0.0)
        };
        cells == input && (0..cells).all(whole)
    }

    /// As a matrix of shape (output, input), or (input, output) where `transposed`.
    pub fn matrix(&self, input: usize, transposed: bool) -> Tensor {
        let output = self.sources.len() / self.taps;
        let mut matrix = vec![0.0; output * input];
        for (i, (&source, &weight)) in self.sources.iter().zip(&self.weights).enumerate() {
            let cell = i / self.taps;
            matrix[if transposed { source * output + cell } else { cell * input + source }] += weight;
        }
        Tensor::f32(if transposed { [input, output] } else { [output, input] }, matrix)
    }
}

/// The weights of one axis from `input` to `output` cells, neither 0. `scale` is the factor where
/// the model gives factors rather than sizes.
pub fn axis_weights(resize: &Resize, input: usize, output: usize, scale: Option<f32>) -> AxisWeights {
    let positions = (0..output).map(|cell| position(resize.coordinates, cell, input, output, scale));
    let inside = |source: f64| source.clamp(0.0, input as f64 - 1.0) as usize;
    match resize.mode {
        ResizeMode::Nearest => {
            let sources = positions.map(|at| inside(round(resize.nearest, at))).collect();
            AxisWeights { taps: 1, sources, weights: vec![1.0; output] }
        }
        ResizeMode::Linear => {
            let (mut sources, mut weights) = (Vec::with_capacity(2 * output), Vec::with_capacity(2 * output));
            for at in positions {
                let part = at - at.floor();
                sources.extend([inside(at.floor()), inside(at.floor() + 1.0)]);
                weights.extend([(1.0 - part) as f32, part as f32]);
            }
            AxisWeights { taps: 2, sources, weights }
        }
        ResizeMode::Cubic(coefficient) => {
            let (mut sources, mut weights) = (Vec::with_capacity(4 * output), Vec::with_capacity(4 * output));
            for at in positions {
                let part = at - at.floor();
                sources.extend([-1.0, 0.0, 1.0, 2.0].map(|tap| inside(at.floor() + tap)));
                weights.extend(cubic(part, f64::from(coefficient)).map(|w| w as f32));
            }
            AxisWeights { taps: 4, sources, weights }
        }
    }
}

/// Where the centre of an output cell lies among the centres of the input's cells.
fn position(coordinates: Coordinates, cell: usize, input: usize, output: usize, scale: Option<f32>) -> f64 {
    // The exact ratio wherever the given factor is that ratio, rounded: otherwise 3 · 1/3 would
    // fall short of 1.
    let ratio = (output as f32) / (input as f32);
    let divide = |x: f64| match scale {
        // In f32, as PyTorch and ONNX Runtime: 17 / 1.7 must not fall short of 10 either.
        Some(scale) if scale != ratio => f64::from(x as f32 / scale),
        _ => x * input as f64 / output as f64,
    };
    let x = cell as f64;
    match coordinates {
        Coordinates::PytorchHalfPixel if output == 1 => 0.0,
        Coordinates::HalfPixel | Coordinates::PytorchHalfPixel => divide(x + 0.5) - 0.5,
        Coordinates::AlignCorners if output == 1 => 0.0,
        Coordinates::AlignCorners => x * (input - 1) as f64 / (output - 1) as f64,
        Coordinates::Asymmetric => divide(x),
    }
}

fn round(mode: NearestMode, x: f64) -> f64 {
    match mode {
        NearestMode::RoundPreferFloor => (x - 0.5).ceil(),
        NearestMode::RoundPreferCeil => (x + 0.5).floor(),
        NearestMode::Floor => x.floor(),
        NearestMode::Ceil => x.ceil(),
    }
}

/// Keys' cubic convolution with coefficient `a`, for cells at −1, 0, 1, 2 from a point `t` behind
/// cell 0 (IEEE ASSP 29:1153, 1981).
fn cubic(t: f64, a: f64) -> [f64; 4] {
    let near = |x: f64| ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    let far = |x: f64| ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a;
    [far(1.0 + t), near(t), near(1.0 - t), far(2.0 - t)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(
        mode: ResizeMode,
        coordinates: Coordinates,
        nearest: NearestMode,
        input: usize,
        output: usize,
    ) -> Vec<f32> {
        let resize = Resize { mode, coordinates, nearest };
        axis_weights(&resize, input, output, None).matrix(input, false).as_f32().unwrap().to_vec()
    }

    #[test]
    fn linear_weights_are_those_of_pytorch() {
        let half = weights(ResizeMode::Linear, Coordinates::HalfPixel, NearestMode::Floor, 2, 4);
        assert_eq!(half, [1.0, 0.0, 0.75, 0.25, 0.25, 0.75, 0.0, 1.0]);
        let corners = weights(ResizeMode::Linear, Coordinates::AlignCorners, NearestMode::Floor, 2, 3);
        assert_eq!(corners, [1.0, 0.0, 0.5, 0.5, 0.0, 1.0]);
    }

    #[test]
    fn nearest_rounds_as_asked() {
        let floor = weights(ResizeMode::Nearest, Coordinates::Asymmetric, NearestMode::Floor, 3, 2);
        assert_eq!(floor, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        let ceil = weights(ResizeMode::Nearest, Coordinates::Asymmetric, NearestMode::Ceil, 3, 2);
        assert_eq!(ceil, [1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn given_factors_round_as_in_pytorch() {
        // torch.nn.functional.interpolate(scale_factor=1.7, mode="nearest") from 11 cells.
        let resize =
            Resize { mode: ResizeMode::Nearest, coordinates: Coordinates::Asymmetric, nearest: NearestMode::Floor };
        let sources = axis_weights(&resize, 11, 18, Some(1.7)).sources;
        assert_eq!(sources, [0, 0, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 7, 7, 8, 8, 9, 10]);
    }

    #[test]
    fn cubic_weights_sum_to_one_and_hit_the_cells() {
        assert_eq!(cubic(0.0, -0.75), [0.0, 1.0, 0.0, 0.0]);
        // torch: upsample_bicubic2d at t = 1/4.
        let expected = [-0.105_468_75, 0.878_906_25, 0.261_718_75, -0.035_156_25];
        assert_eq!(cubic(0.25, -0.75), expected);
    }

    #[test]
    fn the_same_size_is_the_identity() {
        for mode in [ResizeMode::Nearest, ResizeMode::Linear, ResizeMode::Cubic(-0.75)] {
            let resize = Resize { mode, coordinates: Coordinates::HalfPixel, nearest: NearestMode::RoundPreferFloor };
            assert!(axis_weights(&resize, 5, 5, None).is_identity(5));
            assert!(!axis_weights(&resize, 5, 7, None).is_identity(5));
        }
    }
}
