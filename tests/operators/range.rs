use super::support::*;

pub fn values() -> Vec<Example> {
    let scalar = |value: i64| Argument::Known(Tensor::i64([], vec![value]));
    vec![
        Example::new(Range, vec![scalar(1), scalar(9), scalar(3)], &[3], &[1.0, 4.0, 7.0]),
        Example::new(Range, vec![scalar(5), scalar(0), scalar(-2)], &[3], &[5.0, 3.0, 1.0]),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Nothing("it is of integers")
}

pub fn any(_: &mut Any) -> Op {
    Range.into()
}
