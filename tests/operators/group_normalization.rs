use super::support::*;

pub fn values() -> Vec<Example> {
    let op = GroupNormalization { groups: 2, epsilon: EPSILON as f32 };
    let arguments = vec![given(&CHANNELS, &IMAGE), known(&[4], &SCALE), known(&[4], &BIAS)];
    vec![Example::new(op, arguments, &CHANNELS, &per_channel(&normalised(4)))]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("GroupNormalization", &[2, 4, 3, 2], Away(&[]), |n, x| {
        let (scale, bias) = (n.weights(&[4]), n.weights(&[4]));
        n.add(GroupNormalization { groups: 2, epsilon: 1e-5 }, &[x, scale, bias])
    })])
}

pub fn any(any: &mut Any) -> Op {
    GroupNormalization { groups: any.count(), epsilon: any.float() }.into()
}
