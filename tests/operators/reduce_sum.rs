use super::support::*;

pub fn values() -> Vec<Example> {
    let mut examples = reduction(|keep_dims| ReduceSum { keep_dims }.into(), [2.0, 3.5], 5.5);
    examples.push(Example::new(
        ReduceSum { keep_dims: true },
        vec![counted(&[1, 2, 2, 2]), ints(&[2, 3])],
        &[1, 2, 1, 1],
        &[6.0, 22.0],
    ));
    examples
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![
        flat("ReduceSum", &[2, 3, 4], Away(&[]), |n, x| reduced(n, ReduceSum { keep_dims: false }, x, Some(&[1]))),
        flat("ReduceSum of all", &[2, 3, 4], Away(&[]), |n, x| reduced(n, ReduceSum { keep_dims: true }, x, None)),
    ])
}

pub fn any(any: &mut Any) -> Op {
    ReduceSum { keep_dims: any.flag() }.into()
}
