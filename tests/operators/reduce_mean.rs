use super::support::*;

pub fn values() -> Vec<Example> {
    let mut examples = reduction(|keep_dims| ReduceMean { keep_dims }.into(), [2.0 / 3.0, 3.5 / 3.0], 5.5 / 6.0);
    examples.push(Example::new(
        ReduceMean { keep_dims: true },
        vec![counted(&[1, 2, 2, 2]), ints(&[2, 3])],
        &[1, 2, 1, 1],
        &[1.5, 5.5],
    ));
    examples
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("ReduceMean", &[2, 3, 4], Away(&[]), |n, x| {
        reduced(n, ReduceMean { keep_dims: false }, x, Some(&[0, 2]))
    })])
}

pub fn any(any: &mut Any) -> Op {
    ReduceMean { keep_dims: any.flag() }.into()
}
