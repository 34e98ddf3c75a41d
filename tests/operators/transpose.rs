use super::support::*;

pub fn values() -> Vec<Example> {
    let turned = [0.0, 3.0, 1.0, 4.0, 2.0, 5.0];
    vec![
        Example::new(Transpose { perm: vec![1, 0] }, vec![counted(&[2, 3])], &[3, 2], &turned),
        Example::new(Transpose { perm: vec![0, 2, 3, 1] }, vec![counted(&[1, 2, 1, 3])], &[1, 1, 3, 2], &turned),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Transpose", &[2, 3, 4], Away(&[]), |n, x| {
        n.add(Transpose { perm: vec![2, 0, 1] }, &[x])
    })])
}

pub fn any(any: &mut Any) -> Op {
    Transpose { perm: (0..any.below(6)).map(|_| any.below(6)).collect() }.into()
}
