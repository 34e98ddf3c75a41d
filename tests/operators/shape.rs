use super::support::*;

pub fn values() -> Vec<Example> {
    vec![
        Example::new(Shape { start: 1, end: None }, vec![counted(&[2, 3, 4])], &[2], &[3.0, 4.0]),
        Example::new(Shape { start: 0, end: Some(-1) }, vec![counted(&[2, 3, 4])], &[2], &[2.0, 3.0]),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Nothing("it gives integers that depend on no element")
}

pub fn any(any: &mut Any) -> Op {
    Shape { start: any.axis(), end: any.flag().then(|| any.axis()) }.into()
}
