use super::support::*;

pub fn values() -> Vec<Example> {
    let depth_first = [0.0, 4.0, 1.0, 5.0, 2.0, 6.0, 3.0, 7.0];
    [(false, &depth_first[..]), (true, &count(8))]
        .map(|(column_row_depth, expected)| {
            let op = SpaceToDepth { block: 2, column_row_depth };
            Example::new(op, vec![counted(&[1, 2, 2, 2])], &[1, 8, 1, 1], expected)
        })
        .into()
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("SpaceToDepth", &[2, 4, 4, 6], Away(&[]), |n, x| {
        n.add(SpaceToDepth { block: 2, column_row_depth: false }, &[x])
    })])
}

pub fn any(any: &mut Any) -> Op {
    SpaceToDepth { block: any.count(), column_row_depth: any.flag() }.into()
}
