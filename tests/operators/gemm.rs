use super::support::*;

fn scaled(trans_a: bool, trans_b: bool) -> Gemm {
    Gemm { alpha: 0.5, beta: 2.0, trans_a, trans_b }
}

pub fn values() -> Vec<Example> {
    let sums: Vec<f64> = XW.iter().enumerate().map(|(i, xw)| 0.5 * xw + 2.0 * [10.0, 20.0][i % 2]).collect();
    vec![
        Example::new(
            Gemm { alpha: 0.5, beta: 2.0, trans_a: false, trans_b: false },
            vec![given(&[2, 3], &X), known(&[3, 2], &W), known(&[2], &[10.0, 20.0])],
            &[2, 2],
            &sums,
        ),
        Example::new(
            Gemm { alpha: 1.0, beta: 1.0, trans_a: true, trans_b: true },
            vec![given(&[3, 2], &[1.0, 0.5, -2.0, 4.0, 3.0, -1.0]), given(&[2, 3], &W_TRANSPOSED)],
            &[2, 2],
            &XW,
        ),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![
        curved("Gemm", &[3, 3], Between(-1.0, 1.0), |n, x| n.add(scaled(false, false), &[x, x, x])),
        curved("Gemm of a transpose", &[3, 3], Between(-1.0, 1.0), |n, x| n.add(scaled(true, false), &[x, x, x])),
        curved("Gemm with a transpose", &[3, 3], Between(-1.0, 1.0), |n, x| n.add(scaled(false, true), &[x, x, x])),
        curved("Gemm of two transposes", &[3, 3], Between(-1.0, 1.0), |n, x| n.add(scaled(true, true), &[x, x, x])),
        flat("Gemm of an oblong", &[4, 3], Between(-1.0, 1.0), |n, x| {
            let (right, left) = (n.weights(&[5, 4]), n.weights(&[2, 3]));
            let product = n.add(scaled(true, true), &[x, right]);
            n.add(scaled(false, false), &[left, product])
        }),
    ])
}

pub fn any(any: &mut Any) -> Op {
    Gemm { alpha: any.float(), beta: any.float(), trans_a: any.flag(), trans_b: any.flag() }.into()
}
