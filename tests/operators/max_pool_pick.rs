use super::support::*;

pub fn values() -> Vec<Example> {
    let elsewhere: Vec<f64> = (0..16).map(|i| f64::from(100 + i)).collect();
    vec![Example::new(
        MaxPoolPick { pool: disjoint_max() },
        vec![counted(&MAP), given(&MAP, &elsewhere)],
        &[1, 1, 2, 2],
        &[105.0, 107.0, 113.0, 115.0],
    )]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("MaxPoolPick", &[2, 4, 7, 6], Between(-1.0, 1.0), |n, d| {
        // It decides which cells are the maxima.
        let x = n.drawn(Ranked, &[2, 4, 7, 6]);
        n.add(MaxPoolPick { pool: overlapping_max(false) }, &[x, d])
    })])
}

pub fn any(any: &mut Any) -> Op {
    MaxPoolPick { pool: any.max_pool() }.into()
}
