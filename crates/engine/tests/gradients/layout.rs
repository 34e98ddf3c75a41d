//! Rows of the operators that move elements.

use heatlens_graph::ValueId;
use heatlens_graph::ops::*;

use super::net::{Net, Sample::*};
use super::{Row, flat};

const S: &[usize] = &[2, 3, 4];
const IMAGE: &[usize] = &[2, 4, 4, 6];

fn pad(net: &mut Net, x: ValueId, mode: PadMode, pads: &[i64]) -> ValueId {
    let pads = net.ints(pads);
    net.add(Pad { mode }, &[x, pads])
}

fn slice(net: &mut Net, x: ValueId, [starts, ends, axes, steps]: [&[i64]; 4]) -> ValueId {
    let inputs = [starts, ends, axes, steps].map(|list| net.ints(list));
    net.add(Slice, &[x, inputs[0], inputs[1], inputs[2], inputs[3]])
}

/// An operator that takes x and a list of integers.
fn with_ints(net: &mut Net, op: impl Into<heatlens_graph::Op>, x: ValueId, list: &[i64]) -> ValueId {
    let list = net.ints(list);
    net.add(op, &[x, list])
}

pub(crate) fn rows() -> Vec<Row> {
    [joining(), choosing(), reshaping()].into_iter().flatten().collect()
}

fn joining() -> Vec<Row> {
    vec![
        flat("Concat", S, Away(&[]), |n, x| {
            let (weights, constant) = (n.weights(&[4]), n.weights(&[2, 1, 4]));
            let weighted = n.add(Mul, &[x, weights]);
            n.add(Concat { axis: -2 }, &[x, constant, weighted])
        }),
        flat("Expand", &[3, 1], Away(&[]), |n, x| with_ints(n, Expand, x, &[2, 1, 4])),
        flat("Pad", S, Away(&[]), |n, x| pad(n, x, PadMode::Constant, &[0, 1, -1, 2, 0, 3])),
        flat("Pad with the edge", IMAGE, Away(&[]), |n, x| pad(n, x, PadMode::Edge, &[0, 0, 2, 1, 0, 0, 0, 5])),
        flat("Pad with the mirror image", IMAGE, Away(&[]), |n, x| {
            pad(n, x, PadMode::Reflect, &[0, 0, 2, 1, 0, 0, 3, 4])
        }),
        flat("Tile", S, Away(&[]), |n, x| with_ints(n, Tile, x, &[1, 3, 2])),
    ]
}

fn choosing() -> Vec<Row> {
    vec![
        flat("Gather", S, Away(&[]), |n, x| with_ints(n, Gather { axis: 1 }, x, &[2, 0, -1, 2])),
        flat("Gather of one row", S, Away(&[]), |n, x| {
            let index = n.constant(heatlens_graph::Tensor::i64([], vec![-2]));
            n.add(Gather { axis: -1 }, &[x, index])
        }),
        flat("GatherGrad", &[2, 4, 3], Away(&[]), |n, dy| {
            with_ints(n, GatherGrad { axis: 1, extent: 3 }, dy, &[2, 0, -1, 2])
        }),
        flat("Slice", &[3, 5, 7], Away(&[]), |n, x| slice(n, x, [&[1, -1], &[4, i64::MIN], &[1, 2], &[1, -3]])),
        flat("Split", &[2, 7], Away(&[]), |n, x| {
            let parts = n.ints(&[2, 4, 1]);
            let outputs = n.add_node(Split { axis: 1, outputs: 3 }, &[Some(x), Some(parts)]);
            let weights = n.weights(&[2, 4]);
            // The middle part is used, and one of the others: the third gets no cotangent.
            let weighted = n.add(Mul, &[outputs[1], weights]);
            n.add(Concat { axis: 1 }, &[weighted, outputs[2]])
        }),
    ]
}

fn reshaping() -> Vec<Row> {
    vec![
        flat("DepthToSpace", IMAGE, Away(&[]), |n, x| n.add(DepthToSpace { block: 2, column_row_depth: true }, &[x])),
        flat("DepthToSpace, depth first", IMAGE, Away(&[]), |n, x| {
            n.add(DepthToSpace { block: 2, column_row_depth: false }, &[x])
        }),
        flat("Flatten", IMAGE, Away(&[]), |n, x| n.add(Flatten { axis: -2 }, &[x])),
        flat("Reshape", S, Away(&[]), |n, x| with_ints(n, Reshape::default(), x, &[0, -1, 2, 2])),
        flat("SpaceToDepth", IMAGE, Away(&[]), |n, x| n.add(SpaceToDepth { block: 2, column_row_depth: false }, &[x])),
        flat("Squeeze", &[2, 1, 3, 1], Away(&[]), |n, x| with_ints(n, Squeeze, x, &[-1])),
        flat("Transpose", S, Away(&[]), |n, x| n.add(Transpose { perm: vec![2, 0, 1] }, &[x])),
        flat("Unsqueeze", S, Away(&[]), |n, x| with_ints(n, Unsqueeze, x, &[0, -2])),
    ]
}
