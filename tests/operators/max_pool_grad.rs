use super::support::*;

pub fn values() -> Vec<Example> {
    let mut dx = [0.0; 16];
    [(5, 1.0), (7, 2.0), (13, 3.0), (15, 4.0)].into_iter().for_each(|(cell, dy)| dx[cell] = dy);
    let op = MaxPoolGrad { pool: disjoint_max() };
    vec![
        Example::new(op, vec![counted(&MAP), given(&[1, 1, 2, 2], &[1.0, 2.0, 3.0, 4.0])], &MAP, &dx),
        // Of equal cells the first takes all.
        Example::new(
            op,
            vec![given(&[1, 1, 2, 2], &[3.0; 4]), given(&[1, 1, 1, 1], &[7.0])],
            &[1, 1, 2, 2],
            &[7.0, 0.0, 0.0, 0.0],
        ),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("MaxPoolGrad", &[2, 4, 4, 2], Between(-1.0, 1.0), |n, dy| {
        // It decides which cells are the maxima.
        let x = n.drawn(Ranked, &[2, 4, 7, 6]);
        n.add(MaxPoolGrad { pool: overlapping_max(false) }, &[x, dy])
    })])
}

pub fn any(any: &mut Any) -> Op {
    MaxPoolGrad { pool: any.max_pool() }.into()
}
