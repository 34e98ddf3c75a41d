//! What the normalisations share.

use super::elementwise::expect_f32;
use super::formula::Term;
use super::{Operands, Sqrt};
use crate::backward::Backward;
use crate::{GraphError, Reason};

/// Requires an activation `(N, C, …)` of floats, and parameters of shape `(C)` at these inputs.
pub(super) fn expect_channels(inputs: &Operands<'_>, parameters: &[(usize, &str)]) -> Result<(), Reason> {
    let x = inputs.required(0)?;
    expect_f32(&x, 0)?;
    let &[_, channels, ..] = x.shape() else {
        return Err("the activation must have at least 2 dimensions, the second of them channels".into());
    };
    for &(i, what) in parameters {
        let parameter = inputs.required(i)?;
        expect_f32(&parameter, i)?;
        if parameter.shape() != [channels] {
            return Err(Reason(format!(
                "the {what} has shape {:?}, but there are {channels} channels",
                parameter.shape()
            )));
        }
    }
    Ok(())
}

/// Refuses to differentiate with respect to anything but the activation.
pub(super) fn refuse_parameters(backward: &Backward<'_>) -> Result<(), GraphError> {
    if (1..backward.inputs()).any(|i| backward.wanted(i)) {
        return Err(
            backward.refuse("its parameters depend on the layer; only the gradient of its activation is defined")
        );
    }
    Ok(())
}

/// The cotangent of x where `(x − mean) / √(variance + epsilon)` over these dimensions has the
/// cotangent `dy`.
pub(super) fn normalised_cotangent<'s>(x: Term<'s>, dy: Term<'s>, axes: &[usize], epsilon: f32) -> Term<'s> {
    let centred = x - x.mean(axes);
    let deviation = ((centred * centred).mean(axes) + epsilon).apply(Sqrt);
    let normalised = centred / deviation;
    (dy - dy.mean(axes) - normalised * (dy * normalised).mean(axes)) / deviation
}

impl<'s> Term<'s> {
    /// A vector along the channels of an activation of this rank, `(C, 1, …, 1)`.
    pub(super) fn per_channel(self, rank: usize) -> Term<'s> {
        let mut shape = self.shape();
        shape.resize(rank.saturating_sub(1).max(1), 1);
        self.reshape(&shape)
    }
}
