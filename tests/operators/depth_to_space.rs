use super::support::*;

pub fn values() -> Vec<Example> {
    // ONNX's own examples of four channels of one cell.
    let channels = counted(&[1, 8, 1, 1]);
    vec![
        // Depth, column, row: the block is the slowest part of the channel.
        Example::new(
            DepthToSpace { block: 2, column_row_depth: false },
            vec![channels.clone()],
            &[1, 2, 2, 2],
            &[0.0, 2.0, 4.0, 6.0, 1.0, 3.0, 5.0, 7.0],
        ),
        Example::new(DepthToSpace { block: 2, column_row_depth: true }, vec![channels], &[1, 2, 2, 2], &count(8)),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![
        flat("DepthToSpace", &[2, 4, 4, 6], Away(&[]), |n, x| {
            n.add(DepthToSpace { block: 2, column_row_depth: true }, &[x])
        }),
        flat("DepthToSpace, depth first", &[2, 4, 4, 6], Away(&[]), |n, x| {
            n.add(DepthToSpace { block: 2, column_row_depth: false }, &[x])
        }),
    ])
}

pub fn any(any: &mut Any) -> Op {
    DepthToSpace { block: any.count(), column_row_depth: any.flag() }.into()
}
