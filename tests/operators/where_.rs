use super::support::*;

pub fn values() -> Vec<Example> {
    let condition = [true, false, false, true, true, false, true, false];
    let chosen: Vec<f64> = (0..8).map(|i| if condition[i] { POINTS[i] } else { OTHERS[i] }).collect();
    vec![
        Example::new(
            Where,
            vec![truths(&[4], &[true, false, true, false]), given(&[4], &[1.0, 2.0, 3.0, 4.0]), given(&[1], &[9.0])],
            &[4],
            &[1.0, 9.0, 3.0, 9.0],
        ),
        Example::new(
            Where,
            vec![truths(&EIGHT, &condition), given(&EIGHT, &POINTS), given(&EIGHT, &OTHERS)],
            &EIGHT,
            &chosen,
        ),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Where", &[2, 3, 4], Away(&[0.0]), |n, x| {
        let (zero, weights) = (n.scalar(0.0), n.weights(&[4]));
        let positive = n.add(Greater, &[x, zero]);
        let (square, weighted) = (n.add(Mul, &[x, x]), n.add(Mul, &[x, weights]));
        n.add(Where, &[positive, square, weighted])
    })])
}

pub fn any(_: &mut Any) -> Op {
    Where.into()
}
