use super::support::*;

pub fn values() -> Vec<Example> {
    vec![
        // Backwards from the last column, every second one.
        Example::new(
            Slice,
            vec![counted(&[2, 4]), ints(&[-1]), ints(&[i64::MIN]), ints(&[1]), ints(&[-2])],
            &[2, 2],
            &[3.0, 1.0, 7.0, 5.0],
        ),
        Example::new(
            Slice,
            vec![counted(&[1, 3, 1, 2]), ints(&[1]), ints(&[3]), ints(&[1])],
            &[1, 2, 1, 2],
            &[2.0, 3.0, 4.0, 5.0],
        ),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Slice", &[3, 5, 7], Away(&[]), |n, x| {
        let (starts, ends) = (n.ints(&[1, -1]), n.ints(&[4, i64::MIN]));
        let (axes, steps) = (n.ints(&[1, 2]), n.ints(&[1, -3]));
        n.add(Slice, &[x, starts, ends, axes, steps])
    })])
}

pub fn any(_: &mut Any) -> Op {
    Slice.into()
}
