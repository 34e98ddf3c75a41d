use super::support::*;

pub fn values() -> Vec<Example> {
    of_two(PRelu, POINTS, OTHERS, |x, slope| if x < 0.0 { slope * x } else { x })
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("PRelu", &[2, 3, 4], Away(&[0.0]), |n, x| {
        let slope = n.weights(&[3, 1]);
        n.add(PRelu, &[x, slope])
    })])
}

pub fn any(_: &mut Any) -> Op {
    PRelu.into()
}
