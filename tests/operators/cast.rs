use super::support::*;

pub fn values() -> Vec<Example> {
    let whole = [-2.0, -1.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0];
    vec![
        Example::new(Cast { to: DType::I64 }, vec![given(&EIGHT, &HALVES)], &EIGHT, &whole),
        Example::new(Cast { to: DType::Bool }, vec![given(&[3], &[-0.5, 0.0, 2.0])], &[3], &[1.0, 0.0, 1.0]),
        Example::new(Cast { to: DType::F32 }, vec![given_ints(&[-3, 0, 7])], &[3], &[-3.0, 0.0, 7.0]),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Cast", &[2, 3, 4], Away(&[]), |n, x| n.add(Cast { to: DType::F32 }, &[x]))])
}

pub fn any(any: &mut Any) -> Op {
    Cast { to: any.dtype() }.into()
}
