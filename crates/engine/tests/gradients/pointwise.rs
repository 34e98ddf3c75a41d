//! Rows of the operators that work element by element, reduce or normalise, and of matrix products.

use heatlens_graph::ValueId;
use heatlens_graph::ops::*;

use super::net::{Net, Sample::*};
use super::{Row, curved, flat};

const S: &[usize] = &[2, 3, 4];
const SQUARE: &[usize] = &[3, 3];
const IMAGE: &[usize] = &[2, 4, 3, 2];

/// x and another function of it, broadcast against it: both cotangents of a binary operator are
/// needed.
fn both(net: &mut Net, op: impl Into<heatlens_graph::Op>, x: ValueId) -> ValueId {
    let weights = net.positive(&[3, 4]);
    let weighted = net.add(Mul, &[x, weights]);
    let axes = net.ints(&[1]);
    let other = net.add(ReduceSum { keep_dims: true }, &[weighted, axes]);
    net.add(op, &[x, other])
}

fn gemm(trans_a: bool, trans_b: bool) -> Gemm {
    Gemm { alpha: 0.5, beta: 2.0, trans_a, trans_b }
}

/// A reduction over these axes, or all.
fn reduce(net: &mut Net, op: impl Into<heatlens_graph::Op>, x: ValueId, axes: Option<&[i64]>) -> ValueId {
    let axes = axes.map(|axes| net.ints(axes));
    net.add_node(op, &[Some(x), axes])[0]
}

pub(crate) fn rows() -> Vec<Row> {
    [activations(), arithmetic(), reductions(), normalisations(), products()].into_iter().flatten().collect()
}

fn activations() -> Vec<Row> {
    vec![
        flat("Abs", S, Away(&[0.0]), |n, x| n.add(Abs, &[x])),
        flat("Cast", S, Away(&[]), |n, x| n.add(Cast { to: heatlens_graph::DType::F32 }, &[x])),
        flat("Clip", S, Away(&[-1.0, 1.0]), |n, x| {
            let (low, high) = (n.scalar(-1.0), n.scalar(1.0));
            n.add(Clip, &[x, low, high])
        }),
        flat("Clip from above", S, Away(&[1.0]), |n, x| {
            let high = n.scalar(1.0);
            n.add_node(Clip, &[Some(x), None, Some(high)])[0]
        }),
        flat("Dropout", S, Away(&[]), |n, x| n.add(Dropout, &[x])),
        curved("Elu", S, Away(&[0.0]), |n, x| n.add(Elu { alpha: 0.7 }, &[x])),
        curved("Erf", S, Between(-2.0, 2.0), |n, x| n.add(Erf, &[x])),
        curved("Exp", S, Between(-2.0, 2.0), |n, x| n.add(Exp, &[x])),
        curved("Gelu", S, Away(&[]), |n, x| n.add(Gelu { tanh: false }, &[x])),
        curved("Gelu by tanh", S, Away(&[]), |n, x| n.add(Gelu { tanh: true }, &[x])),
        flat("HardSigmoid", S, Away(&[-3.0, 3.0]), |n, x| n.add(HardSigmoid { alpha: 1.0 / 6.0, beta: 0.5 }, &[x])),
        curved("HardSwish", S, Away(&[-3.0, 3.0]), |n, x| n.add(HardSwish, &[x])),
        flat("Identity", S, Away(&[]), |n, x| n.add(Identity, &[x])),
        flat("LeakyRelu", S, Away(&[0.0]), |n, x| n.add(LeakyRelu { alpha: 0.1 }, &[x])),
        curved("Log", S, Between(0.5, 2.0), |n, x| n.add(Log, &[x])),
        curved("LogSoftmax", S, Between(-2.0, 2.0), |n, x| n.add(LogSoftmax { axis: -1 }, &[x])),
        curved("Mish", S, Away(&[]), |n, x| n.add(Mish, &[x])),
        flat("Neg", S, Away(&[]), |n, x| n.add(Neg, &[x])),
        flat("PRelu", S, Away(&[0.0]), |n, x| {
            let slope = n.weights(&[3, 1]);
            n.add(PRelu, &[x, slope])
        }),
        curved("Reciprocal", S, Between(0.5, 2.0), |n, x| n.add(Reciprocal, &[x])),
        flat("Relu", S, Away(&[0.0]), |n, x| n.add(Relu, &[x])),
        curved("Selu", S, Away(&[0.0]), |n, x| n.add(Selu { alpha: 1.6733, gamma: 1.0507 }, &[x])),
        curved("Sigmoid", S, Away(&[]), |n, x| n.add(Sigmoid, &[x])),
        curved("Silu", S, Away(&[]), |n, x| n.add(Silu, &[x])),
        curved("Softmax", S, Between(-2.0, 2.0), |n, x| n.add(Softmax { axis: 1 }, &[x])),
        curved("Softplus", S, Away(&[]), |n, x| n.add(Softplus, &[x])),
        curved("Softsign", S, Away(&[0.0]), |n, x| n.add(Softsign, &[x])),
        curved("Sqrt", S, Between(0.5, 2.0), |n, x| n.add(Sqrt, &[x])),
        curved("Tanh", S, Away(&[]), |n, x| n.add(Tanh, &[x])),
    ]
}

fn arithmetic() -> Vec<Row> {
    vec![
        flat("Add", S, Away(&[]), |n, x| both(n, Add, x)),
        curved("Div", S, Between(0.5, 1.5), |n, x| both(n, Div, x)),
        flat("Max", S, Away(&[0.0]), |n, x| {
            let minus = n.add(Neg, &[x]);
            n.add(Max, &[x, minus])
        }),
        flat("Min", S, Away(&[0.0]), |n, x| {
            let minus = n.add(Neg, &[x]);
            n.add(Min, &[x, minus])
        }),
        curved("Mul", S, Between(-2.0, 2.0), |n, x| both(n, Mul, x)),
        curved("Pow", S, Between(0.5, 1.5), |n, x| both(n, Pow, x)),
        curved("Pow by a constant", S, Between(-2.0, 2.0), |n, x| {
            let three = n.scalar(3.0);
            n.add(Pow, &[x, three])
        }),
        curved("Pow by an integer", S, Between(-2.0, 2.0), |n, x| {
            let two = n.constant(heatlens_graph::Tensor::i64([], vec![2]));
            n.add(Pow, &[x, two])
        }),
        flat("Sub", S, Away(&[]), |n, x| both(n, Sub, x)),
        curved("Where", S, Away(&[0.0]), |n, x| {
            let (zero, weights) = (n.scalar(0.0), n.weights(&[4]));
            let positive = n.add(Greater, &[x, zero]);
            let (square, weighted) = (n.add(Mul, &[x, x]), n.add(Mul, &[x, weights]));
            n.add(Where, &[positive, square, weighted])
        }),
    ]
}

fn reductions() -> Vec<Row> {
    vec![
        curved("ReduceL2", S, Between(0.5, 1.5), |n, x| reduce(n, ReduceL2 { keep_dims: false }, x, Some(&[-1, 0]))),
        flat("ReduceMax", S, Ranked, |n, x| reduce(n, ReduceMax { keep_dims: false }, x, Some(&[1]))),
        flat("ReduceMean", S, Away(&[]), |n, x| reduce(n, ReduceMean { keep_dims: false }, x, Some(&[0, 2]))),
        flat("ReduceMin", S, Ranked, |n, x| reduce(n, ReduceMin { keep_dims: true }, x, None)),
        curved("ReduceProd", S, Between(0.5, 1.5), |n, x| reduce(n, ReduceProd { keep_dims: false }, x, Some(&[1]))),
        flat("ReduceSum", S, Away(&[]), |n, x| reduce(n, ReduceSum { keep_dims: false }, x, Some(&[1]))),
        flat("ReduceSum of all", S, Away(&[]), |n, x| reduce(n, ReduceSum { keep_dims: true }, x, None)),
    ]
}

fn normalisations() -> Vec<Row> {
    vec![
        flat("BatchNormalization", IMAGE, Away(&[]), |n, x| {
            let (scale, bias, mean, variance) = (n.weights(&[4]), n.weights(&[4]), n.weights(&[4]), n.positive(&[4]));
            n.add(BatchNormalization { epsilon: 1e-5 }, &[x, scale, bias, mean, variance])
        }),
        curved("GroupNormalization", IMAGE, Away(&[]), |n, x| {
            let (scale, bias) = (n.weights(&[4]), n.weights(&[4]));
            n.add(GroupNormalization { groups: 2, epsilon: 1e-5 }, &[x, scale, bias])
        }),
        curved("InstanceNormalization", IMAGE, Away(&[]), |n, x| {
            let (scale, bias) = (n.weights(&[4]), n.weights(&[4]));
            n.add(InstanceNormalization { epsilon: 1e-5 }, &[x, scale, bias])
        }),
        curved("LayerNormalization", IMAGE, Away(&[]), |n, x| {
            let (scale, bias) = (n.weights(&[3, 2]), n.weights(&[2]));
            n.add(LayerNormalization { axis: -2, epsilon: 1e-5 }, &[x, scale, bias])
        }),
        curved("Lrn", &[2, 7, 2, 3], Between(-2.0, 2.0), |n, x| {
            n.add(Lrn { size: 4, alpha: 0.5, beta: 0.75, bias: 1.0 }, &[x])
        }),
    ]
}

fn products() -> Vec<Row> {
    vec![
        curved("Einsum", &[2, 3, 2, 4], Between(-1.0, 1.0), |n, x| {
            let weights = n.weights(&[2, 5, 2, 4]);
            let scores = n.add(Einsum { equation: "bihd,bjhd->bhij".into() }, &[x, weights]);
            n.add(Einsum { equation: "bhij, bihd -> bjhd".into() }, &[scores, x])
        }),
        curved("Gemm", SQUARE, Between(-1.0, 1.0), |n, x| n.add(gemm(false, false), &[x, x, x])),
        curved("Gemm of a transpose", SQUARE, Between(-1.0, 1.0), |n, x| n.add(gemm(true, false), &[x, x, x])),
        curved("Gemm with a transpose", SQUARE, Between(-1.0, 1.0), |n, x| n.add(gemm(false, true), &[x, x, x])),
        curved("Gemm of two transposes", SQUARE, Between(-1.0, 1.0), |n, x| n.add(gemm(true, true), &[x, x, x])),
        flat("Gemm of an oblong", &[4, 3], Between(-1.0, 1.0), |n, x| {
            let (right, left) = (n.weights(&[5, 4]), n.weights(&[2, 3]));
            let product = n.add(gemm(true, true), &[x, right]);
            n.add(gemm(false, false), &[left, product])
        }),
        curved("MatMul", &[2, 3, 4], Between(-1.0, 1.0), |n, x| {
            let weights = n.weights(&[4, 3]);
            let right = n.add(MatMul, &[x, weights]);
            n.add(MatMul, &[right, x])
        }),
        flat("MatMul on the left of a batch", &[3, 4], Between(-1.0, 1.0), |n, x| {
            let weights = n.weights(&[2, 5, 3]);
            n.add(MatMul, &[weights, x])
        }),
        curved("MatMul of vectors", &[4], Between(-1.0, 1.0), |n, x| {
            let (left, right) = (n.weights(&[2, 5, 4]), n.weights(&[4, 5]));
            let (column, row) = (n.add(MatMul, &[left, x]), n.add(MatMul, &[x, right]));
            let dot = n.add(MatMul, &[x, x]);
            let scaled = n.add(Mul, &[column, dot]);
            n.add(MatMul, &[scaled, row])
        }),
    ]
}
