use super::support::*;

pub fn values() -> Vec<Example> {
    vec![Example::new(Flatten { axis: 2 }, vec![counted(&[2, 1, 3, 2])], &[2, 6], &count(12))]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Flatten", &[2, 4, 4, 6], Away(&[]), |n, x| n.add(Flatten { axis: -2 }, &[x]))])
}

pub fn any(any: &mut Any) -> Op {
    Flatten { axis: any.axis() }.into()
}
