use super::support::*;

pub fn values() -> Vec<Example> {
    of_two(Pow, POSITIVE, OTHERS, f64::powf)
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![
        curved("Pow", &[2, 3, 4], Between(0.5, 1.5), |n, x| both(n, Pow, x)),
        curved("Pow by a constant", &[2, 3, 4], Between(-2.0, 2.0), |n, x| {
            let three = n.scalar(3.0);
            n.add(Pow, &[x, three])
        }),
        curved("Pow by an integer", &[2, 3, 4], Between(-2.0, 2.0), |n, x| {
            let two = n.constant(Tensor::i64([], vec![2]));
            n.add(Pow, &[x, two])
        }),
    ])
}

pub fn any(_: &mut Any) -> Op {
    Pow.into()
}
