use super::support::*;

pub fn values() -> Vec<Example> {
    let (means, variances) = ([0.5, -1.0, 4.0, 0.0], [1.0, 4.0, 0.25, 2.0]);
    let standardised: Vec<f64> =
        (0..8).map(|i| (IMAGE[i] - means[i / 2]) / (variances[i / 2] + EPSILON).sqrt()).collect();
    let (image, affine) = (given(&CHANNELS, &IMAGE), [&SCALE, &BIAS, &means, &variances].map(|x| known(&[4], x)));
    let arguments = std::iter::once(image).chain(affine).collect();
    let op = BatchNormalization { epsilon: EPSILON as f32 };
    vec![Example::new(op, arguments, &CHANNELS, &per_channel(&standardised))]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("BatchNormalization", &[2, 4, 3, 2], Away(&[]), |n, x| {
        let (scale, bias, mean, variance) = (n.weights(&[4]), n.weights(&[4]), n.weights(&[4]), n.positive(&[4]));
        n.add(BatchNormalization { epsilon: 1e-5 }, &[x, scale, bias, mean, variance])
    })])
}

pub fn any(any: &mut Any) -> Op {
    BatchNormalization { epsilon: any.float() }.into()
}
