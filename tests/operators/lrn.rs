use super::support::*;

pub fn values() -> Vec<Example> {
    // Over three neighbouring channels, two cells apart.
    let squares = |i: usize| -> f64 {
        let near = |j: &usize| j % 2 == i % 2 && (j / 2).abs_diff(i / 2) <= 1;
        (0..8).filter(near).map(|j| IMAGE[j] * IMAGE[j]).sum()
    };
    let divided: Vec<f64> = (0..8).map(|i| IMAGE[i] / (2.0 + 0.5 / 3.0 * squares(i)).powf(0.75)).collect();
    let op = Lrn { size: 3, alpha: 0.5, beta: 0.75, bias: 2.0 };
    vec![Example::new(op, vec![given(&CHANNELS, &IMAGE)], &CHANNELS, &divided)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Lrn", &[2, 7, 2, 3], Between(-2.0, 2.0), |n, x| {
        n.add(Lrn { size: 4, alpha: 0.5, beta: 0.75, bias: 1.0 }, &[x])
    })])
}

pub fn any(any: &mut Any) -> Op {
    Lrn { size: any.count(), alpha: any.float(), beta: any.float(), bias: any.float() }.into()
}
