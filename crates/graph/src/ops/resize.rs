use super::{Operands, Operator};
use crate::differentiate::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Inputs x, roi (ignored), optional scales, optional sizes. ONNX Resize-19.
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

impl Operator for Resize {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        todo!()
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        todo!()
    }
}
