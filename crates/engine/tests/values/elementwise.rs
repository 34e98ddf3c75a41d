//! Operators on each element.

use heatlens_graph::ops::*;
use heatlens_graph::{DType, Op, Tensor};

use crate::row::{Argument, Row, given, given_ints, known, truths};

const SHAPE: [usize; 4] = [1, 2, 2, 2];

/// On both sides of every kink, and on the kinks at 0 and ±3.
const POINTS: [f64; 8] = [-3.5, -3.0, -1.5, -0.25, 0.0, 0.75, 2.0, 3.0];

const POSITIVE: [f64; 8] = [0.125, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0];

/// No two alike but the third pair.
const OTHERS: [f64; 8] = [2.0, -1.0, -1.5, 4.0, 1.0, -0.5, 3.0, 0.5];

pub fn rows() -> Vec<Row> {
    [functions(), activations(), steps(), arithmetic(), comparisons(), integers()].into_iter().flatten().collect()
}

fn of_one(op: impl Into<Op>, points: [f64; 8], f: impl Fn(f64) -> f64) -> Row {
    Row::new(op, vec![given(&SHAPE, &points)], &SHAPE, &points.map(f))
}

/// Elements of one shape, and one of the two broadcast along all but the last dimension.
fn of_two(op: impl Into<Op>, a: [f64; 8], b: [f64; 8], f: impl Fn(f64, f64) -> f64) -> [Row; 2] {
    let op = op.into();
    let each: Vec<f64> = a.iter().zip(b).map(|(&a, b)| f(a, b)).collect();
    let spread: Vec<f64> = (0..8).map(|i| f(a[i], b[i % 2])).collect();
    [
        Row::new(op.clone(), vec![given(&SHAPE, &a), given(&SHAPE, &b)], &SHAPE, &each),
        Row::new(op, vec![given(&SHAPE, &a), given(&[2], &b[..2])], &SHAPE, &spread),
    ]
}

/// `2/√π ∫₀ˣ e^(−t²) dt` by its power series.
fn erf(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= -x * x / n as f64;
        sum += term / (2 * n + 1) as f64;
    }
    sum * std::f64::consts::FRAC_2_SQRT_PI
}

fn functions() -> Vec<Row> {
    vec![
        of_one(Abs, POINTS, f64::abs),
        of_one(Erf, POINTS, erf),
        of_one(Exp, POINTS, f64::exp),
        of_one(Identity, POINTS, |x| x),
        of_one(Dropout, POINTS, |x| x),
        of_one(Log, POSITIVE, f64::ln),
        of_one(Neg, POINTS, |x| -x),
        of_one(Reciprocal, POSITIVE, |x| 1.0 / x),
        of_one(Sqrt, POSITIVE, f64::sqrt),
        of_one(Tanh, POINTS, f64::tanh),
    ]
}

fn activations() -> Vec<Row> {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let softplus = |x: f64| (1.0 + x.exp()).ln();
    let normal = |x: f64| (1.0 + erf(x / 2f64.sqrt())) / 2.0;
    let tanh_gelu =
        |x: f64| x / 2.0 * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh());
    let (alpha, gamma) = (1.673_263_2, 1.050_701);
    vec![
        of_one(Relu, POINTS, |x| if x > 0.0 { x } else { 0.0 }),
        of_one(LeakyRelu { alpha: 0.125 }, POINTS, |x| if x < 0.0 { x / 8.0 } else { x }),
        of_one(Elu { alpha: 0.75 }, POINTS, |x| if x > 0.0 { x } else { 0.75 * (x.exp() - 1.0) }),
        of_one(Selu { alpha: alpha as f32, gamma: gamma as f32 }, POINTS, |x| {
            if x > 0.0 { gamma * x } else { gamma * alpha * (x.exp() - 1.0) }
        }),
        of_one(Gelu { tanh: false }, POINTS, |x| x * normal(x)),
        of_one(Gelu { tanh: true }, POINTS, tanh_gelu),
        of_one(HardSigmoid { alpha: 0.25, beta: 0.5 }, POINTS, |x| (x / 4.0 + 0.5).clamp(0.0, 1.0)),
        of_one(HardSwish, POINTS, |x| x * ((x + 3.0) / 6.0).clamp(0.0, 1.0)),
        of_one(Mish, POINTS, |x| x * softplus(x).tanh()),
        of_one(Sigmoid, POINTS, sigmoid),
        of_one(Silu, POINTS, |x| x * sigmoid(x)),
        of_one(Softplus, POINTS, softplus),
        of_one(Softsign, POINTS, |x| x / (1.0 + x.abs())),
        Row::new(
            Clip,
            vec![given(&SHAPE, &POINTS), known(&[], &[-1.5]), known(&[], &[2.5])],
            &SHAPE,
            &[-1.5, -1.5, -1.5, -0.25, 0.0, 0.75, 2.0, 2.5],
        ),
        Row::new(
            Clip,
            vec![given(&SHAPE, &POINTS), Argument::Absent, known(&[], &[0.5])],
            &SHAPE,
            &[-3.5, -3.0, -1.5, -0.25, 0.0, 0.5, 0.5, 0.5],
        ),
    ]
}

fn steps() -> Vec<Row> {
    let halves = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.4, -0.6];
    vec![
        of_one(Ceil, halves, f64::ceil),
        of_one(Floor, halves, f64::floor),
        // Halves go to the even neighbour.
        Row::new(Round, vec![given(&SHAPE, &halves)], &SHAPE, &[-2.0, -2.0, 0.0, 0.0, 2.0, 2.0, 0.0, -1.0]),
        Row::new(Sign, vec![given(&SHAPE, &POINTS)], &SHAPE, &[-1.0, -1.0, -1.0, -1.0, 0.0, 1.0, 1.0, 1.0]),
        Row::new(
            Cast { to: DType::I64 },
            vec![given(&SHAPE, &halves)],
            &SHAPE,
            &[-2.0, -1.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0],
        ),
        Row::new(Cast { to: DType::Bool }, vec![given(&[3], &[-0.5, 0.0, 2.0])], &[3], &[1.0, 0.0, 1.0]),
        Row::new(Cast { to: DType::F32 }, vec![given_ints(&[-3, 0, 7])], &[3], &[-3.0, 0.0, 7.0]),
    ]
}

fn arithmetic() -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(of_two(Add, POINTS, OTHERS, |a, b| a + b));
    rows.extend(of_two(Sub, POINTS, OTHERS, |a, b| a - b));
    rows.extend(of_two(Mul, POINTS, OTHERS, |a, b| a * b));
    rows.extend(of_two(Div, POINTS, OTHERS, |a, b| a / b));
    rows.extend(of_two(Max, POINTS, OTHERS, f64::max));
    rows.extend(of_two(Min, POINTS, OTHERS, f64::min));
    rows.extend(of_two(Pow, POSITIVE, OTHERS, f64::powf));
    rows.extend(of_two(PRelu, POINTS, OTHERS, |x, slope| if x < 0.0 { slope * x } else { x }));
    rows
}

fn comparisons() -> Vec<Row> {
    let as_number = |f: fn(&f64, &f64) -> bool| move |a: f64, b: f64| f64::from(u8::from(f(&a, &b)));
    let mut rows = Vec::new();
    rows.extend(of_two(Equal, POINTS, OTHERS, as_number(f64::eq)));
    rows.extend(of_two(Greater, POINTS, OTHERS, as_number(f64::gt)));
    rows.extend(of_two(GreaterOrEqual, POINTS, OTHERS, as_number(f64::ge)));
    rows.extend(of_two(Less, POINTS, OTHERS, as_number(f64::lt)));
    rows.extend(of_two(LessOrEqual, POINTS, OTHERS, as_number(f64::le)));
    let (a, b) = ([true, true, false, false], [true, false, true, false]);
    let truth = |op: Op, expected: [f64; 4]| Row::new(op, vec![truths(&[4], &a), truths(&[4], &b)], &[4], &expected);
    rows.push(truth(And.into(), [1.0, 0.0, 0.0, 0.0]));
    rows.push(truth(Or.into(), [1.0, 1.0, 1.0, 0.0]));
    rows.push(Row::new(Not, vec![truths(&[4], &a)], &[4], &[0.0, 0.0, 1.0, 1.0]));
    rows.push(Row::new(
        Where,
        vec![truths(&[4], &b), given(&[4], &[1.0, 2.0, 3.0, 4.0]), given(&[1], &[9.0])],
        &[4],
        &[1.0, 9.0, 3.0, 9.0],
    ));
    let condition = [true, false, false, true, true, false, true, false];
    let chosen: Vec<f64> = (0..8).map(|i| if condition[i] { POINTS[i] } else { OTHERS[i] }).collect();
    rows.push(Row::new(
        Where,
        vec![truths(&SHAPE, &condition), given(&SHAPE, &POINTS), given(&SHAPE, &OTHERS)],
        &SHAPE,
        &chosen,
    ));
    rows
}

fn given_image_of_ints(values: &[i64; 4]) -> Argument {
    Argument::Given(Tensor::i64([1, 1, 2, 2], values.to_vec()))
}

fn integers() -> Vec<Row> {
    vec![
        // The remainder has the sign of the divisor.
        Row::new(
            Mod,
            vec![given_ints(&[-7, 7, -7, 7, 6]), given_ints(&[3, 3, -3, -3, 3])],
            &[5],
            &[2.0, 1.0, -1.0, -2.0, 0.0],
        ),
        // Quotients of integers are cut off towards zero, whatever their shape.
        Row::new(
            Div,
            vec![given_image_of_ints(&[-7, 7, 8, -8]), given_image_of_ints(&[2, 2, 3, 4])],
            &[1, 1, 2, 2],
            &[-3.0, 3.0, 2.0, -2.0],
        ),
        Row::new(Div, vec![given_ints(&[-7, 7, 8, -8]), given_ints(&[2, 2, 3, 4])], &[4], &[-3.0, 3.0, 2.0, -2.0]),
    ]
}
