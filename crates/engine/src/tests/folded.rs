//! Operators that the graph can fold: the kernel must make of inputs what folding makes of
//! constants.

use heatlens_graph::ops::*;
use heatlens_graph::{Op, Tensor};

use super::{Argument, assert_close, floats, given, graph_of, noise, on_every_isa, run_op};

/// Checks an operator on these arguments, those given at run time once more as constants.
fn check(op: impl Into<Op>, arguments: &[Argument]) {
    let op = op.into();
    let constants: Vec<_> = arguments
        .iter()
        .map(|a| if let Argument::Given(t) = a { Argument::Known(t.clone()) } else { a.clone() })
        .collect();
    let folded = graph_of(op.clone(), &constants);
    on_every_isa(|isa| {
        let have = run_op(op.clone(), isa, arguments);
        for (have, &output) in have.iter().zip(folded.outputs()) {
            let want = floats(folded.value(output).constant.as_ref().unwrap_or_else(|| panic!("{} folds", op.name())));
            assert_close(have, &want, 1e-5, &format!("{} on {}", op.name(), isa.name()));
        }
    });
}

fn ints(values: &[i64]) -> Argument {
    Argument::Known(Tensor::ints(values))
}

/// Numbers of either sign, large and small, zero, and those that are none.
fn all_kinds(len: usize) -> Argument {
    let mut x: Vec<f32> = noise(len, 9).into_iter().enumerate().map(|(i, x)| x * [1.0, 5.0, 0.01][i % 3]).collect();
    x[..6].copy_from_slice(&[0.0, -0.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 100.0]);
    Argument::Given(Tensor::f32([len], x))
}

#[test]
fn unary_operators() {
    let ops: [Op; 25] = [
        Abs.into(),
        Ceil.into(),
        Elu { alpha: 0.7 }.into(),
        Erf.into(),
        Exp.into(),
        Floor.into(),
        Gelu { tanh: false }.into(),
        Gelu { tanh: true }.into(),
        HardSigmoid { alpha: 1.0 / 6.0, beta: 0.5 }.into(),
        HardSwish.into(),
        LeakyRelu { alpha: 0.1 }.into(),
        Log.into(),
        Mish.into(),
        Neg.into(),
        Reciprocal.into(),
        Relu.into(),
        Round.into(),
        Selu { alpha: 1.6, gamma: 1.05 }.into(),
        Sigmoid.into(),
        Sign.into(),
        Silu.into(),
        Softplus.into(),
        Softsign.into(),
        Sqrt.into(),
        Tanh.into(),
    ];
    for op in ops {
        check(op, &[all_kinds(1003)]);
    }
}

#[test]
fn binary_operators_broadcast() {
    let ops: [Op; 14] = [
        Add.into(),
        Sub.into(),
        Mul.into(),
        Div.into(),
        Max.into(),
        Min.into(),
        Greater.into(),
        GreaterOrEqual.into(),
        Less.into(),
        LessOrEqual.into(),
        Equal.into(),
        Add.into(),
        Sub.into(),
        Mul.into(),
    ];
    let shapes: [(&[usize], &[usize]); 7] = [
        (&[2, 3, 4, 5], &[2, 3, 4, 5]),
        (&[2, 3, 4, 5], &[3, 1, 1]),
        (&[3, 1, 1], &[2, 3, 4, 5]),
        (&[4, 1], &[1, 5]),
        (&[7], &[]),
        (&[], &[]),
        (&[2, 1, 9], &[5, 1]),
    ];
    for op in ops {
        for (a, b) in shapes {
            check(op.clone(), &[given(a, 1), given(b, 2)]);
        }
    }
    check(PRelu, &[given(&[2, 3, 4, 5], 1), given(&[3, 1, 1], 2)]);
    let positive = Argument::Given(Tensor::f32([2, 9], noise(18, 1).iter().map(|x| x + 2.0).collect::<Vec<_>>()));
    check(Pow, &[positive, given(&[9], 2)]);
}

#[test]
fn choosing_and_converting() {
    let condition = |shape: &[usize]| {
        let n: usize = shape.iter().product();
        Argument::Given(Tensor::bool(shape, (0..n).map(|i| i % 3 == 0).collect()))
    };
    for (c, a, b) in
        [(&[2, 3, 4][..], &[2, 3, 4][..], &[][..]), (&[3, 1], &[4], &[2, 1, 4]), (&[2, 3, 4], &[2, 3, 4], &[2, 3, 4])]
    {
        check(Where, &[condition(c), given(a, 1), given(b, 2)]);
    }
    let bound = |x: f32| Argument::Known(Tensor::scalar(x));
    check(Clip, &[all_kinds(40), bound(-0.5), bound(0.25)]);
    check(Clip, &[all_kinds(40), bound(0.0), Argument::Absent]);
    check(Not, &[condition(&[9])]);
    check(And, &[condition(&[2, 9]), condition(&[9])]);
    check(Or, &[condition(&[2, 9]), condition(&[1])]);
}

#[test]
fn moving_elements() {
    let x = || given(&[2, 6, 4, 5], 3);
    check(Transpose { perm: vec![0, 2, 3, 1] }, &[x()]);
    check(Transpose { perm: vec![3, 1, 0, 2] }, &[x()]);
    check(Slice, &[x(), ints(&[1, -1]), ints(&[5, -100]), ints(&[1, 3]), ints(&[2, -2])]);
    check(Expand, &[given(&[3, 1, 5], 4), ints(&[2, 3, 4, 5])]);
    check(Tile, &[given(&[2, 3], 4), ints(&[3, 2])]);
    check(Concat { axis: 1 }, &[given(&[2, 3, 4], 1), given(&[2, 1, 4], 2), given(&[2, 5, 4], 3)]);
    check(Concat { axis: -1 }, &[given(&[2, 3], 1), given(&[2, 4], 2)]);
    check(Split { axis: 1, outputs: 3 }, &[x(), ints(&[1, 3, 2])]);
    check(Gather { axis: 1 }, &[x(), ints(&[5, 0, -1])]);
    check(Gather { axis: 0 }, &[given(&[4, 3], 1), Argument::Known(Tensor::i64([2, 2], vec![3, 0, -2, 1]))]);
    check(GatherGrad { axis: 1, extent: 6 }, &[given(&[2, 3, 4], 1), ints(&[5, 0, -1])]);
    check(
        Pad { mode: PadMode::Constant },
        &[x(), ints(&[0, 0, 1, -2, 0, 1, 2, 3]), Argument::Known(Tensor::scalar(0.5))],
    );
    check(Pad { mode: PadMode::Edge }, &[x(), ints(&[0, 0, 3, 1, 0, 0, 1, 3])]);
    check(Pad { mode: PadMode::Reflect }, &[x(), ints(&[0, 0, 3, 1, 0, 0, 1, 3])]);
}

#[test]
fn reductions() {
    let ops: [Op; 5] = [
        ReduceSum { keep_dims: true }.into(),
        ReduceMean { keep_dims: false }.into(),
        ReduceMax { keep_dims: true }.into(),
        ReduceMin { keep_dims: true }.into(),
        ReduceL2 { keep_dims: false }.into(),
    ];
    for op in ops {
        for axes in [&[2i64, 3][..], &[1], &[0, 2], &[-1], &[0, 1, 2, 3]] {
            check(op.clone(), &[given(&[2, 6, 7, 5], 8), ints(axes)]);
        }
        check(op.clone(), &[given(&[3, 5], 8)]);
    }
    check(ReduceProd { keep_dims: true }, &[given(&[2, 6, 7], 8), ints(&[1])]);
}
