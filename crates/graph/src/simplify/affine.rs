//! Scaling and shifting of channels goes into the weights of the convolution or product before it.

use super::draft::{Draft, both_orders};
use crate::{Node, Op, Tensor, ValueId};

/// A scale and a shift for each channel. Weights are scaled in f64 and rounded once.
struct Affine {
    scale: Vec<f64>,
    shift: Vec<f64>,
}

/// Batch normalisation behind a convolution or product that nothing else uses.
pub(super) fn batch_norm(draft: &mut Draft<'_>, node: &Node) -> Option<ValueId> {
    let Op::BatchNormalization(op) = &node.op else { return None };
    let parameter = |i: usize| draft.floats(node.inputs.get(i).copied().flatten()?);
    let (scale, bias, mean, variance) = (parameter(1)?, parameter(2)?, parameter(3)?, parameter(4)?);
    let factor = |(s, v): (&f32, &f32)| f64::from(*s) / (f64::from(*v) + f64::from(op.epsilon)).sqrt();
    let scale: Vec<f64> = scale.iter().zip(variance).map(factor).collect();
    let shift = scale.iter().zip(bias).zip(mean).map(|((s, b), m)| f64::from(*b) - f64::from(*m) * s).collect();
    apply(draft, node, node.inputs[0]?, Affine { scale, shift })
}

/// Multiplication, division, addition or subtraction of a constant per channel, likewise.
pub(super) fn scale_or_shift(draft: &mut Draft<'_>, node: &Node) -> Option<ValueId> {
    let commutes = matches!(node.op, Op::Mul(_) | Op::Add(_));
    let orders = both_orders(node)?;
    let &(x, constant) =
        orders[..if commutes { 2 } else { 1 }].iter().find(|(_, constant)| draft.tensor(*constant).is_some())?;
    let channels = *draft.shape(x).get(1)?;
    let values = per_channel(draft.tensor(constant)?, draft.shape(x).len(), channels)?;
    let (ones, zeros) = (vec![1.0; channels], vec![0.0; channels]);
    let affine = match node.op {
        Op::Mul(_) => Affine { scale: values, shift: zeros },
        Op::Div(_) => Affine { scale: values.iter().map(|v| v.recip()).collect(), shift: zeros },
        Op::Add(_) => Affine { scale: ones, shift: values },
        Op::Sub(_) => Affine { scale: ones, shift: values.iter().map(|v| -v).collect() },
        _ => return None,
    };
    apply(draft, node, x, affine)
}

/// One value a channel (dimension 1), from a constant that is the same everywhere else.
fn per_channel(constant: &Tensor, rank: usize, channels: usize) -> Option<Vec<f64>> {
    let shape = constant.shape();
    let missing = rank.checked_sub(shape.len())?;
    let varies = |(axis, &extent): (usize, &usize)| extent != 1 && axis + missing != 1;
    if shape.iter().enumerate().any(varies) {
        return None;
    }
    let values: Vec<f64> = constant.as_f32()?.iter().map(|&v| f64::from(v)).collect();
    match values.len() {
        1 => Some(vec![values[0]; channels]),
        n if n == channels => Some(values),
        _ => None,
    }
}

/// What makes `x`, made again with other weights under the name of `node`.
fn apply(draft: &mut Draft<'_>, node: &Node, x: ValueId, affine: Affine) -> Option<ValueId> {
    if !draft.used_once(x) || draft.graph().value(x).ty != *draft.result(node) {
        return None;
    }
    let maker = draft.maker(x)?.clone();
    let input = |i: usize| maker.inputs.get(i).copied().flatten();
    let weight = draft.tensor(input(1)?)?;
    let bias = match input(2) {
        Some(bias) => Some(draft.tensor(bias)?),
        None => None,
    };
    let channels = affine.scale.len();
    let (op, weight, bias) = match &maker.op {
        Op::Conv(_) => {
            let weight = scaled(weight, &affine.scale, weight.len() / channels, |run| run)?;
            (maker.op.clone(), weight, shifted(bias, 1.0, &affine)?)
        }
        Op::ConvTranspose(op) => {
            let &[inputs, per_group, height, width] = weight.shape() else { return None };
            let channel = |run: usize| run / per_group / (inputs / op.group) * per_group + run % per_group;
            let weight = scaled(weight, &affine.scale, height * width, channel)?;
            (maker.op.clone(), weight, shifted(bias, 1.0, &affine)?)
        }
        Op::Gemm(op) => {
            let &[_, columns] = weight.shape() else { return None };
            let weight = match op.trans_b {
                true => scaled(weight, &affine.scale, columns, |run| run)?,
                false => scaled(weight, &affine.scale, 1, |run| run % columns)?,
            };
            (crate::ops::Gemm { beta: 1.0, ..*op }.into(), weight, shifted(bias, f64::from(op.beta), &affine)?)
        }
        _ => return None,
    };
    let (weight, bias) = (draft.constant(node, "weight", weight), draft.constant(node, "bias", bias));
    draft.emit(node, op, vec![input(0), Some(weight), Some(bias)])
}

/// The weights, each times the scale of its output channel, which those of a run of this length share.
fn scaled(weight: &Tensor, scale: &[f64], run: usize, channel: impl Fn(usize) -> usize) -> Option<Tensor> {
    let mut scaled = Vec::with_capacity(weight.len());
    for (i, weights) in weight.as_f32()?.chunks_exact(run.max(1)).enumerate() {
        let scale = scale[channel(i)];
        scaled.extend(weights.iter().map(|&w| (f64::from(w) * scale) as f32));
    }
    Some(Tensor::f32(weight.shape(), scaled))
}

/// `factor · bias · scale + shift`, for a bias that is one value a channel, or none.
fn shifted(bias: Option<&Tensor>, factor: f64, affine: &Affine) -> Option<Tensor> {
    let channels = affine.scale.len();
    let bias = match bias {
        // As the last dimension: a bias has one, the addend of a product up to two.
        Some(bias) if bias.shape().iter().rev().skip(1).all(|&extent| extent == 1) => match bias.as_f32()? {
            &[value] => vec![f64::from(value); channels],
            values if values.len() == channels => values.iter().map(|&v| f64::from(v)).collect(),
            _ => return None,
        },
        Some(_) => return None,
        None => vec![0.0; channels],
    };
    let element = |((b, scale), shift): ((f64, f64), f64)| (factor * b * scale + shift) as f32;
    let shifted =
        bias.into_iter().zip(affine.scale.iter().copied()).zip(affine.shift.iter().copied()).map(element).collect();
    Some(Tensor::f32([channels], shifted))
}

#[cfg(test)]
mod tests {
    use super::super::simplify;
    use super::super::testing::{Sketch, names};
    use crate::ops::{Add, BatchNormalization, Conv, ConvTranspose, Gemm, Identity, Mul, Padding, Relu};
    use crate::{Graph, Tensor, ValueId};

    fn numbered(sketch: &mut Sketch, shape: &[usize]) -> ValueId {
        let elements = (0..shape.iter().product()).map(|i: usize| i as f32 + 1.0).collect();
        sketch.graph.constant("numbered", Tensor::f32(shape, elements))
    }

    /// Normalises with scale 2, bias 1, mean 3, variance 4 − ε: `x − 2`.
    fn normalise(sketch: &mut Sketch, x: ValueId, channels: usize) -> ValueId {
        let parameters = [2.0, 1.0, 3.0, 4.0].map(|v| sketch.floats(&[channels], v));
        sketch.add(BatchNormalization { epsilon: 0.0 }, &[&[x], &parameters[..]].concat())
    }

    fn parameters(graph: &Graph) -> (Vec<f32>, Vec<f32>) {
        let node = &graph.nodes()[0];
        let floats =
            |i: usize| graph.value(node.inputs[i].unwrap()).constant.as_ref().unwrap().as_f32().unwrap().to_vec();
        (floats(1), floats(2))
    }

    #[test]
    fn batch_norm_goes_into_the_convolution() {
        let mut sketch = Sketch::new(&[1, 1, 3, 3]);
        let (weight, bias) = (numbered(&mut sketch, &[2, 1, 1, 1]), numbered(&mut sketch, &[2]));
        let y = sketch.add(Conv::default(), &[sketch.x, weight, bias]);
        let y = sketch.add(Identity, &[y]);
        let y = normalise(&mut sketch, y, 2);
        let scale = sketch.floats(&[1, 2, 1, 1], 3.0);
        let y = sketch.add(Mul, &[scale, y]);
        let simple = simplify(&sketch.finish(&[y])).unwrap();
        assert_eq!(names(&simple), ["Conv"]);
        assert_eq!(parameters(&simple), (vec![3.0, 6.0], vec![-3.0, 0.0]));
    }

    #[test]
    fn a_convolution_that_is_asked_for_keeps_its_own_output() {
        let mut sketch = Sketch::new(&[1, 1, 3, 3]);
        let weight = numbered(&mut sketch, &[2, 1, 1, 1]);
        let convolved = sketch.add(Conv::default(), &[sketch.x, weight]);
        let y = normalise(&mut sketch, convolved, 2);
        let graph = sketch.finish(&[y, convolved]);
        let simple = simplify(&graph).unwrap();
        assert_eq!(names(&simple), ["Conv", "BatchNormalization"]);
        let name = |g: &Graph| g.value(g.outputs()[1]).name.clone();
        assert_eq!(name(&simple), name(&graph));
        // The same where something else uses it.
        let mut sketch = Sketch::new(&[1, 1, 3, 3]);
        let weight = numbered(&mut sketch, &[2, 1, 1, 1]);
        let convolved = sketch.add(Conv::default(), &[sketch.x, weight]);
        let (y, z) = (normalise(&mut sketch, convolved, 2), sketch.add(Relu, &[convolved]));
        let y = sketch.add(Add, &[y, z]);
        assert_eq!(names(&simplify(&sketch.finish(&[y])).unwrap()), ["Conv", "BatchNormalization", "Relu", "Add"]);
    }

    #[test]
    fn channels_of_a_grouped_transposed_convolution_are_told_apart() {
        let mut sketch = Sketch::new(&[1, 4, 2, 2]);
        let weight = sketch.floats(&[4, 3, 1, 1], 1.0);
        let op = ConvTranspose {
            strides: [1; 2],
            dilations: [1; 2],
            padding: Padding::NONE,
            output_padding: [0; 2],
            group: 2,
        };
        let y = sketch.add(op, &[sketch.x, weight]);
        let scale = numbered(&mut sketch, &[6, 1, 1]);
        let y = sketch.add(Mul, &[y, scale]);
        let simple = simplify(&sketch.finish(&[y])).unwrap();
        assert_eq!(names(&simple), ["ConvTranspose"]);
        assert_eq!(parameters(&simple).0, [1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn products_take_in_normalisation_too() {
        for trans_b in [false, true] {
            let mut sketch = Sketch::new(&[1, 3]);
            let weight = numbered(&mut sketch, if trans_b { &[2, 3] } else { &[3, 2] });
            let bias = numbered(&mut sketch, &[1, 2]);
            let y = sketch.add(Gemm { alpha: 0.5, beta: 2.0, trans_a: false, trans_b }, &[sketch.x, weight, bias]);
            let scale = numbered(&mut sketch, &[2]);
            let y = sketch.add(Mul, &[y, scale]);
            let simple = simplify(&sketch.finish(&[y])).unwrap();
            assert_eq!(names(&simple), ["Gemm"]);
            let scaled = if trans_b { [1.0, 2.0, 3.0, 8.0, 10.0, 12.0] } else { [1.0, 4.0, 3.0, 8.0, 5.0, 12.0] };
            assert_eq!(parameters(&simple), (scaled.to_vec(), vec![2.0, 8.0]));
        }
    }

    #[test]
    fn constants_that_vary_over_space_stay() {
        let mut sketch = Sketch::new(&[1, 1, 2, 2]);
        let weight = numbered(&mut sketch, &[2, 1, 1, 1]);
        let y = sketch.add(Conv::default(), &[sketch.x, weight]);
        let positions = numbered(&mut sketch, &[1, 2]);
        let y = sketch.add(Add, &[y, positions]);
        assert_eq!(names(&simplify(&sketch.finish(&[y])).unwrap()), ["Conv", "Add"]);
    }
}
