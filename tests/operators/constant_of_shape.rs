use super::support::*;

pub fn values() -> Vec<Example> {
    vec![Example::new(ConstantOfShape { value: Tensor::f32([1], vec![1.5]) }, vec![ints(&[2, 2])], &[2, 2], &[1.5; 4])]
}

pub fn gradient() -> Gradient {
    Gradient::Nothing("it takes integers")
}

pub fn any(any: &mut Any) -> Op {
    ConstantOfShape { value: Tensor::scalar(any.float()) }.into()
}
