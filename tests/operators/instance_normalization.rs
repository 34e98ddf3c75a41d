use super::support::*;

pub fn values() -> Vec<Example> {
    let op = InstanceNormalization { epsilon: EPSILON as f32 };
    let arguments = vec![given(&CHANNELS, &IMAGE), known(&[4], &SCALE), known(&[4], &BIAS)];
    vec![Example::new(op, arguments, &CHANNELS, &per_channel(&normalised(2)))]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("InstanceNormalization", &[2, 4, 3, 2], Away(&[]), |n, x| {
        let (scale, bias) = (n.weights(&[4]), n.weights(&[4]));
        n.add(InstanceNormalization { epsilon: 1e-5 }, &[x, scale, bias])
    })])
}

pub fn any(any: &mut Any) -> Op {
    InstanceNormalization { epsilon: any.float() }.into()
}
