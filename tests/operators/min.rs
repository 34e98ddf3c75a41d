use super::support::*;

pub fn values() -> Vec<Example> {
    of_two(Min, POINTS, OTHERS, f64::min)
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Min", &[2, 3, 4], Away(&[0.0]), |n, x| {
        let minus = n.add(Neg, &[x]);
        n.add(Min, &[x, minus])
    })])
}

pub fn any(_: &mut Any) -> Op {
    Min.into()
}
