use super::support::*;

pub fn values() -> Vec<Example> {
    let affine: Vec<f64> = normalised(4).iter().enumerate().map(|(i, x)| x * SCALE[i % 4] + BIAS[i % 4]).collect();
    vec![Example::new(
        LayerNormalization { axis: -1, epsilon: EPSILON as f32 },
        vec![given(&[2, 4], &IMAGE), known(&[4], &SCALE), known(&[4], &BIAS)],
        &[2, 4],
        &affine,
    )]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("LayerNormalization", &[2, 4, 3, 2], Away(&[]), |n, x| {
        let (scale, bias) = (n.weights(&[3, 2]), n.weights(&[2]));
        n.add(LayerNormalization { axis: -2, epsilon: 1e-5 }, &[x, scale, bias])
    })])
}

pub fn any(any: &mut Any) -> Op {
    LayerNormalization { axis: any.axis(), epsilon: any.float() }.into()
}
