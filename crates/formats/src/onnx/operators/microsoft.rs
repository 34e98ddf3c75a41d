//! Operators of the domain com.microsoft, which ONNX Runtime fuses others into when it saves an
//! optimised model.

use heatlens_graph::{Op, ValueId, ops};

use super::{Context, Translated, conv, elementwise, matmul};
use crate::FormatError;

/// BiasGelu: Gelu of a sum.
pub(super) fn bias_gelu(cx: &mut Context<'_, '_>) -> Translated {
    let (x, bias) = (cx.input(0)?, cx.input(1)?);
    let sum = cx.step(ops::Add, &[x, bias])?;
    cx.finish(ops::Gelu { tanh: false }, &[sum])
}

/// FastGelu: Gelu by the tanh approximation, of a sum if there is a bias.
pub(super) fn fast_gelu(cx: &mut Context<'_, '_>) -> Translated {
    let x = cx.input(0)?;
    let x = if let Some(bias) = cx.optional(1) { cx.step(ops::Add, &[x, bias])? } else { x };
    cx.finish(ops::Gelu { tanh: true }, &[x])
}

/// QuickGelu, `x · sigmoid(alpha · x)`.
pub(super) fn quick_gelu(cx: &mut Context<'_, '_>) -> Translated {
    let alpha = cx.attributes().float("alpha", 1.702)?;
    elementwise::scaled_swish(cx, alpha)
}

/// FusedConv: Conv, an optional addend (argument 3), an activation.
pub(super) fn fused_conv(cx: &mut Context<'_, '_>) -> Translated {
    let (op, inputs, spatial) = conv::conv_parts(cx)?;
    if spatial != 2 {
        return Err(
            cx.unsupported("a fused convolution of a sequence; export the model without ONNX Runtime's optimisation")
        );
    }
    let mut y = cx.step(op, &inputs)?;
    if let Some(addend) = cx.optional(3) {
        y = cx.step(ops::Add, &[y, addend])?;
    }
    activate(cx, y)
}

/// FusedGemm: Gemm and an activation.
pub(super) fn fused_gemm(cx: &mut Context<'_, '_>) -> Translated {
    let op = matmul::gemm_op(cx)?;
    let mut inputs = vec![cx.input(0)?, cx.input(1)?];
    inputs.extend(cx.optional(2));
    let y = cx.step(op, &inputs)?;
    activate(cx, y)
}

/// The activation that ends a fused operator.
fn activate(cx: &mut Context<'_, '_>, y: ValueId) -> Translated {
    let attributes = cx.attributes();
    // FusedConv lists the activation's parameters, FusedGemm names them.
    let parameters = match attributes.floats("activation_params")? {
        Some(listed) => listed.iter().copied().map(Some).collect(),
        None => ["activation_alpha", "activation_beta"]
            .map(|name| attributes.float_if_given(name))
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?,
    };
    let parameter = |i: usize, default: f32| parameters.get(i).copied().flatten().unwrap_or(default);
    let op: Op = match attributes.text("activation", "")? {
        "" => ops::Identity.into(),
        "Relu" => ops::Relu.into(),
        "Sigmoid" => ops::Sigmoid.into(),
        "Tanh" => ops::Tanh.into(),
        "LeakyRelu" => ops::LeakyRelu { alpha: parameter(0, 0.01) }.into(),
        "HardSigmoid" => ops::HardSigmoid { alpha: parameter(0, 0.2), beta: parameter(1, 0.5) }.into(),
        "Clip" => {
            let (min, max) = (cx.scalar(parameter(0, f32::MIN)), cx.scalar(parameter(1, f32::MAX)));
            return cx.finish(ops::Clip, &[y, min, max]);
        }
        other => {
            return Err(cx.unsupported(format!(
                "the activation `{other}`; export the model without ONNX Runtime's optimisation"
            )));
        }
    };
    cx.finish(op, &[y])
}

/// FusedMatMul: MatMul of matrices that may be transposed, scaled.
pub(super) fn fused_matmul(cx: &mut Context<'_, '_>) -> Translated {
    let attributes = cx.attributes();
    if attributes.flag("transBatchA", false)? || attributes.flag("transBatchB", false)? {
        return Err(
            cx.unsupported("a product with transposed batches; export the model without ONNX Runtime's optimisation")
        );
    }
    let alpha = attributes.float("alpha", 1.0)?;
    let a = transposed(cx, 0, "transA")?;
    let b = transposed(cx, 1, "transB")?;
    if alpha == 1.0 {
        return cx.finish(ops::MatMul, &[a, b]);
    }
    let (product, alpha) = (cx.step(ops::MatMul, &[a, b])?, cx.scalar(alpha));
    cx.finish(ops::Mul, &[product, alpha])
}

/// Argument `i`, its last two dimensions swapped if the attribute says so.
fn transposed(cx: &mut Context<'_, '_>, i: usize, name: &str) -> Result<ValueId, FormatError> {
    let value = cx.input(i)?;
    let rank = cx.rank(value);
    if !cx.attributes().flag(name, false)? || rank < 2 {
        return Ok(value);
    }
    let mut perm: Vec<usize> = (0..rank).collect();
    perm.swap(rank - 2, rank - 1);
    cx.step(ops::Transpose { perm }, &[value])
}
