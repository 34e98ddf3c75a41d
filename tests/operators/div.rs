use super::support::*;

pub fn values() -> Vec<Example> {
    let ints = |shape: &[usize], values: [i64; 4]| Argument::Given(Tensor::i64(shape, values.to_vec()));
    // Quotients of integers are cut off towards zero, whatever their shape.
    let of_ints = [&[1, 1, 2, 2][..], &[4]].map(|shape| {
        let arguments = vec![ints(shape, [-7, 7, 8, -8]), ints(shape, [2, 2, 3, 4])];
        Example::new(Div, arguments, shape, &[-3.0, 3.0, 2.0, -2.0])
    });
    of_two(Div, POINTS, OTHERS, |a, b| a / b).into_iter().chain(of_ints).collect()
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Div", &[2, 3, 4], Between(0.5, 1.5), |n, x| both(n, Div, x))])
}

pub fn any(_: &mut Any) -> Op {
    Div.into()
}
