//! Matrix products.

use heatlens_graph::Tensor;
use heatlens_graph::ops::{Einsum, Gemm, MatMul};
use proptest::prelude::*;

use super::{Argument, assert_close, given, known, on_every_isa, run_op};

/// `(m × k) · (k × n)`, each element of an operand found by its indices.
fn product([m, k, n]: [usize; 3], a: impl Fn(usize, usize) -> f32, b: impl Fn(usize, usize) -> f32) -> Vec<f32> {
    let element = |i: usize, j: usize| (0..k).map(|l| f64::from(a(i, l)) * f64::from(b(l, j))).sum::<f64>() as f32;
    (0..m * n).map(|at| element(at / n, at % n)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn gemm_in_every_orientation(
        [m, k, n] in [1usize..30, 1usize..70, 1usize..70],
        [trans_a, trans_b] in any::<[bool; 2]>(),
        constant in any::<bool>(),
        addend in 0usize..4,
        seed in any::<u64>(),
    ) {
        let a = given(&if trans_a { [k, m] } else { [m, k] }, seed);
        let shape = if trans_b { [n, k] } else { [k, n] };
        let b = if constant { known(&shape, seed ^ 1) } else { given(&shape, seed ^ 1) };
        let c = match addend {
            0 => Argument::Absent,
            1 => known(&[n], seed ^ 2),
            2 => given(&[m, 1], seed ^ 2),
            _ => given(&[m, n], seed ^ 2),
        };
        let (alpha, beta) = (0.5, 2.0);
        let (x, w) = (a.elements().to_vec(), b.elements().to_vec());
        let left = |i, l| x[if trans_a { l * m + i } else { i * k + l }];
        let right = |l, j| w[if trans_b { j * k + l } else { l * n + j }];
        let mut want = product([m, k, n], left, right);
        for (at, y) in want.iter_mut().enumerate() {
            let added = match addend {
                0 => 0.0,
                1 => c.elements()[at % n],
                2 => c.elements()[at / n],
                _ => c.elements()[at],
            };
            *y = alpha * *y + beta * added;
        }
        let (op, arguments) = (Gemm { alpha, beta, trans_a, trans_b }, [a, b, c]);
        on_every_isa(|isa| assert_close(&run_op(op, isa, &arguments)[0], &want, 1e-4, isa.name()));
    }
}

/// Whether the right matrix is packed depends on the batch, so it must not show: a known one is
/// read where it is by few rows, an unknown one is packed.
#[test]
fn a_matrix_read_where_it_is_gives_the_same_bits() {
    let [m, k, n] = [5, 70, 2100];
    let mut x = super::noise(m * k, 1);
    x.iter_mut().step_by(3).for_each(|x| *x = 0.0);
    x[..k].fill(0.0);
    let x = Argument::Given(Tensor::f32([m, k], x));
    let gemm = Gemm { alpha: 1.0, beta: 1.0, trans_a: false, trans_b: false };
    on_every_isa(|isa| {
        let known = run_op(gemm, isa, &[x.clone(), known(&[k, n], 2)]);
        let given = run_op(gemm, isa, &[x.clone(), given(&[k, n], 2)]);
        assert!(known[0].iter().zip(&given[0]).all(|(a, b)| a.to_bits() == b.to_bits()), "{}", isa.name());
    });
}

#[test]
fn stacks_of_matrices_are_broadcast() {
    let cases: [(&[usize], &[usize], usize); 6] = [
        (&[2, 3, 5, 7], &[3, 7, 9], 6),
        (&[2, 3, 5, 7], &[7, 9], 6),
        (&[2, 1, 5, 7], &[3, 7, 9], 6),
        (&[5, 7], &[7], 1),
        (&[7], &[7, 9], 1),
        (&[4, 5, 7], &[1, 7, 33], 4),
    ];
    for (a, b, stack) in cases {
        for constant in [false, true] {
            let (x, w) = (given(a, 1), if constant { known(b, 2) } else { given(b, 2) });
            let m = if a.len() > 1 { a[a.len() - 2] } else { 1 };
            let n = if b.len() > 1 { b[b.len() - 1] } else { 1 };
            let (left, right) = (x.elements().len() / (m * 7), w.elements().len() / (7 * n));
            let mut want = Vec::new();
            for s in 0..stack {
                // Left stacks are (2, 3), (2, 1) or one; right ones are 3 or one.
                let l = if left == stack { s } else { s / (stack / left) };
                let r = s % right;
                want.extend(product(
                    [m, 7, n],
                    |i, k| x.elements()[(l * m + i) * 7 + k],
                    |k, j| w.elements()[(r * 7 + k) * n + j],
                ));
            }
            let arguments = [x, w];
            on_every_isa(|isa| assert_close(&run_op(MatMul, isa, &arguments)[0], &want, 1e-4, isa.name()));
        }
    }
}

#[test]
fn einsum_puts_dimensions_in_order() {
    let (a, b) = (given(&[2, 5, 3, 7], 1), given(&[2, 7, 4, 3], 2));
    let mut want = Vec::new();
    for (h, n, i, j) in (0..3 * 2 * 5 * 4).map(|at| (at / 40, at / 20 % 2, at / 4 % 5, at % 4)) {
        want.push(
            (0..7)
                .map(|k| a.elements()[((n * 5 + i) * 3 + h) * 7 + k] * b.elements()[((n * 7 + k) * 4 + j) * 3 + h])
                .sum::<f32>(),
        );
    }
    let arguments = [a, b];
    on_every_isa(|isa| {
        assert_close(
            &run_op(Einsum { equation: "nihk,nkjh->hnij".into() }, isa, &arguments)[0],
            &want,
            1e-5,
            isa.name(),
        )
    });
}
