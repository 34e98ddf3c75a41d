//! Activation functions.

use heatlens_graph::{DType, ops};

use super::{Built, Call};

/// Clipped to `low … high`.
fn clipped(call: &mut Call<'_>, low: f64, high: f64) -> Built {
    let x = call.input()?;
    let (low, high) = (call.builder.number(low, DType::F32), call.builder.number(high, DType::F32));
    call.give(ops::Clip, &[x, low, high])
}

pub(super) fn relu6(call: &mut Call<'_>) -> Built {
    clipped(call, 0.0, 6.0)
}

pub(super) fn hard_tanh(call: &mut Call<'_>) -> Built {
    let (low, high) = (call.number("min_val", -1.0)?, call.number("max_val", 1.0)?);
    clipped(call, low, high)
}

/// `ReLU6(x + 3) / 6`.
pub(super) fn hard_sigmoid(call: &mut Call<'_>) -> Built {
    call.unary(ops::HardSigmoid { alpha: 1.0 / 6.0, beta: 0.5 })
}

pub(super) fn leaky_relu(call: &mut Call<'_>) -> Built {
    let alpha = call.number("negative_slope", 0.01)? as f32;
    call.unary(ops::LeakyRelu { alpha })
}

/// Outside of training its slope is the mean of those that it draws from.
pub(super) fn randomised_relu(call: &mut Call<'_>) -> Built {
    if call.flag("training", false)? {
        return Err(
            call.unsupported("it draws its slopes: the model was saved in training mode; call `model.eval()` first")
        );
    }
    let alpha = (call.number("lower", 0.125)? + call.number("upper", 1.0 / 3.0)?) / 2.0;
    call.unary(ops::LeakyRelu { alpha: alpha as f32 })
}

/// `scale · (x where x > 0, else alpha · (exp(input_scale · x) − 1))`.
pub(super) fn elu(call: &mut Call<'_>) -> Built {
    let (alpha, scale) = (call.number("alpha", 1.0)?, call.number("scale", 1.0)?);
    if call.number("input_scale", 1.0)? != 1.0 {
        return Err(call.unsupported("`input_scale` other than 1"));
    }
    let x = call.input()?;
    let y = call.add(ops::Elu { alpha: alpha as f32 }, &[x])?;
    if scale == 1.0 {
        return Ok(y.into());
    }
    let scale = call.builder.number(scale, DType::F32);
    call.give(ops::Mul, &[y, scale])
}

/// `alpha · ELU(x / alpha)`.
pub(super) fn celu(call: &mut Call<'_>) -> Built {
    let (x, alpha) = (call.input()?, call.number("alpha", 1.0)?);
    let alpha = call.builder.number(alpha, DType::F32);
    let y = call.add(ops::Div, &[x, alpha])?;
    let y = call.add(ops::Elu { alpha: 1.0 }, &[y])?;
    call.give(ops::Mul, &[y, alpha])
}

pub(super) fn selu(call: &mut Call<'_>) -> Built {
    call.unary(ops::Selu { alpha: 1.673_263_2, gamma: 1.050_701 })
}

pub(super) fn gelu(call: &mut Call<'_>) -> Built {
    let tanh = match call.text("approximate", "none")?.as_str() {
        "none" => false,
        "tanh" => true,
        other => return Err(call.damaged(format!("`approximate` is {other:?}"))),
    };
    call.unary(ops::Gelu { tanh })
}

/// `ln(1 + exp(beta · x)) / beta`. Above the threshold PyTorch returns x, which is the same number at
/// its usual 20.
pub(super) fn softplus(call: &mut Call<'_>) -> Built {
    let (beta, threshold) = (call.number("beta", 1.0)?, call.number("threshold", 20.0)?);
    if threshold < 16.0 {
        return Err(call.unsupported(format!("`threshold` of {threshold}")));
    }
    let x = call.input()?;
    if beta == 1.0 {
        return call.give(ops::Softplus, &[x]);
    }
    let beta = call.builder.number(beta, DType::F32);
    let y = call.add(ops::Mul, &[x, beta])?;
    let y = call.add(ops::Softplus, &[y])?;
    call.give(ops::Div, &[y, beta])
}

/// `ln σ(x) = −softplus(−x)`.
pub(super) fn log_sigmoid(call: &mut Call<'_>) -> Built {
    let x = call.input()?;
    let y = call.add(ops::Neg, &[x])?;
    let y = call.add(ops::Softplus, &[y])?;
    call.give(ops::Neg, &[y])
}

/// One slope for all, or one a channel.
pub(super) fn prelu(call: &mut Call<'_>) -> Built {
    let (x, slope) = (call.input()?, call.float_tensor("weight")?);
    let slopes = call.builder.shape(slope).to_vec();
    let slope = match slopes[..] {
        [count] if count > 1 && call.rank(x) > 2 => {
            let mut shape = vec![count as i64];
            shape.resize(call.rank(x) - 1, 1);
            let shape = call.builder.ints(&shape);
            call.add(ops::Reshape::default(), &[slope, shape])?
        }
        _ => slope,
    };
    call.give(ops::PRelu, &[x, slope])
}

/// The first half of the channels, gated by the second.
pub(super) fn glu(call: &mut Call<'_>) -> Built {
    let x = call.input()?;
    let axis = call.axis("dim", -1, x)? as isize;
    let halves = call.builder.nodes(ops::Split { axis, outputs: 2 }.into(), vec![Some(x)])?;
    let gate = call.add(ops::Sigmoid, &[halves[1]])?;
    call.give(ops::Mul, &[halves[0], gate])
}

/// x above the threshold, a value elsewhere.
pub(super) fn threshold(call: &mut Call<'_>) -> Built {
    let (x, threshold, value) = (call.input()?, call.number("threshold", 0.0)?, call.number("value", 0.0)?);
    let (threshold, value) = (call.builder.number(threshold, DType::F32), call.builder.number(value, DType::F32));
    let above = call.add(ops::Greater, &[x, threshold])?;
    call.give(ops::Where, &[above, x, value])
}

/// x where it is further from 0 than `lambd`, 0 elsewhere.
pub(super) fn hard_shrink(call: &mut Call<'_>) -> Built {
    let (x, lambda) = (call.input()?, call.number("lambd", 0.5)?);
    let (lambda, zero) = (call.builder.number(lambda, DType::F32), call.builder.number(0.0, DType::F32));
    let size = call.add(ops::Abs, &[x])?;
    let far = call.add(ops::Greater, &[size, lambda])?;
    call.give(ops::Where, &[far, x, zero])
}

pub(super) fn softmax(call: &mut Call<'_>) -> Built {
    let x = call.input()?;
    let axis = call.axis("dim", -1, x)? as isize;
    call.give(ops::Softmax { axis }, &[x])
}

pub(super) fn log_softmax(call: &mut Call<'_>) -> Built {
    let x = call.input()?;
    let axis = call.axis("dim", -1, x)? as isize;
    call.give(ops::LogSoftmax { axis }, &[x])
}
