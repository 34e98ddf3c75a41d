//! Operators that move elements, and those that make them from shapes.

use heatlens_graph::Tensor;
use heatlens_graph::ops::*;

use crate::row::{Argument, Row, count, counted, given, given_ints, ints, known};

pub fn rows() -> Vec<Row> {
    [joining(), cutting(), choosing(), reshaping(), blocks(), shapes()].into_iter().flatten().collect()
}

/// `count(len)` plus `shift`.
fn from(shift: f64, len: usize) -> Vec<f64> {
    count(len).iter().map(|x| x + shift).collect()
}

fn joining() -> Vec<Row> {
    vec![
        Row::new(
            Concat { axis: -1 },
            vec![counted(&[2, 1]), given(&[2, 2], &[5.0, 6.0, 7.0, 8.0])],
            &[2, 3],
            &[0.0, 5.0, 6.0, 1.0, 7.0, 8.0],
        ),
        Row::new(
            Concat { axis: 1 },
            vec![counted(&[1, 1, 1, 2]), given(&[1, 2, 1, 2], &[5.0, 6.0, 7.0, 8.0])],
            &[1, 3, 1, 2],
            &[0.0, 1.0, 5.0, 6.0, 7.0, 8.0],
        ),
        Row::new(
            Expand,
            vec![counted(&[2, 1]), ints(&[2, 1, 2])],
            &[2, 2, 2],
            &[0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0],
        ),
        Row::new(Tile, vec![counted(&[1, 2]), ints(&[2, 2])], &[2, 4], &[0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]),
    ]
}

fn cutting() -> Vec<Row> {
    vec![
        // Backwards from the last column, every second one.
        Row::new(
            Slice,
            vec![counted(&[2, 4]), ints(&[-1]), ints(&[i64::MIN]), ints(&[1]), ints(&[-2])],
            &[2, 2],
            &[3.0, 1.0, 7.0, 5.0],
        ),
        Row::new(
            Slice,
            vec![counted(&[1, 3, 1, 2]), ints(&[1]), ints(&[3]), ints(&[1])],
            &[1, 2, 1, 2],
            &[2.0, 3.0, 4.0, 5.0],
        ),
        Row::several(
            Split { axis: 1, outputs: 2 },
            vec![counted(&[2, 3]), ints(&[1, 2])],
            vec![(vec![2, 1], vec![0.0, 3.0]), (vec![2, 2], vec![1.0, 2.0, 4.0, 5.0])],
        ),
        Row::new(
            Pad { mode: PadMode::Constant },
            vec![counted(&[2, 2]), ints(&[0, 1, 1, -1]), known(&[], &[9.0])],
            &[3, 2],
            &[9.0, 0.0, 9.0, 2.0, 9.0, 9.0],
        ),
        Row::new(
            Pad { mode: PadMode::Edge },
            vec![counted(&[1, 1, 1, 3]), ints(&[0, 0, 1, 2, 0, 0, 0, 1])],
            &[1, 1, 2, 6],
            &[0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 0.0, 0.0, 0.0, 1.0, 2.0, 2.0],
        ),
        Row::new(
            Pad { mode: PadMode::Reflect },
            vec![counted(&[1, 1, 1, 3]), ints(&[0, 0, 0, 2, 0, 0, 0, 1])],
            &[1, 1, 1, 6],
            &[2.0, 1.0, 0.0, 1.0, 2.0, 1.0],
        ),
    ]
}

fn choosing() -> Vec<Row> {
    vec![
        Row::new(Gather { axis: 0 }, vec![counted(&[3, 2]), given_ints(&[2, 0])], &[2, 2], &[4.0, 5.0, 0.0, 1.0]),
        Row::new(Gather { axis: -1 }, vec![counted(&[2, 3]), ints(&[-1])], &[2, 1], &[2.0, 5.0]),
        // Row 2 is named twice, row 1 and row 3 never.
        Row::new(
            GatherGrad { axis: 0, extent: 4 },
            vec![given(&[3, 2], &from(1.0, 6)), given_ints(&[2, 0, 2])],
            &[4, 2],
            &[3.0, 4.0, 0.0, 0.0, 6.0, 8.0, 0.0, 0.0],
        ),
    ]
}

fn reshaping() -> Vec<Row> {
    vec![
        Row::new(Flatten { axis: 2 }, vec![counted(&[2, 1, 3, 2])], &[2, 6], &count(12)),
        Row::new(Reshape::default(), vec![counted(&[2, 3, 2]), ints(&[0, -1])], &[2, 6], &count(12)),
        Row::new(Squeeze, vec![counted(&[1, 3, 1, 2]), ints(&[0, 2])], &[3, 2], &count(6)),
        Row::new(Unsqueeze, vec![counted(&[3, 2]), ints(&[0, -1])], &[1, 3, 2, 1], &count(6)),
        Row::new(Transpose { perm: vec![1, 0] }, vec![counted(&[2, 3])], &[3, 2], &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]),
        Row::new(
            Transpose { perm: vec![0, 2, 3, 1] },
            vec![counted(&[1, 2, 1, 3])],
            &[1, 1, 3, 2],
            &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0],
        ),
    ]
}

/// ONNX's own examples of four channels of one cell.
fn blocks() -> Vec<Row> {
    let channels = counted(&[1, 8, 1, 1]);
    vec![
        // Depth, column, row: the block is the slowest part of the channel.
        Row::new(
            DepthToSpace { block: 2, column_row_depth: false },
            vec![channels.clone()],
            &[1, 2, 2, 2],
            &[0.0, 2.0, 4.0, 6.0, 1.0, 3.0, 5.0, 7.0],
        ),
        Row::new(DepthToSpace { block: 2, column_row_depth: true }, vec![channels], &[1, 2, 2, 2], &count(8)),
        Row::new(
            SpaceToDepth { block: 2, column_row_depth: false },
            vec![counted(&[1, 2, 2, 2])],
            &[1, 8, 1, 1],
            &[0.0, 4.0, 1.0, 5.0, 2.0, 6.0, 3.0, 7.0],
        ),
        Row::new(
            SpaceToDepth { block: 2, column_row_depth: true },
            vec![counted(&[1, 2, 2, 2])],
            &[1, 8, 1, 1],
            &count(8),
        ),
    ]
}

fn shapes() -> Vec<Row> {
    let scalar = |value: i64| Argument::Known(Tensor::i64([], vec![value]));
    vec![
        Row::new(Shape { start: 1, end: None }, vec![counted(&[2, 3, 4])], &[2], &[3.0, 4.0]),
        Row::new(Shape { start: 0, end: Some(-1) }, vec![counted(&[2, 3, 4])], &[2], &[2.0, 3.0]),
        Row::new(ConstantOfShape { value: Tensor::f32([1], vec![1.5]) }, vec![ints(&[2, 2])], &[2, 2], &[1.5; 4]),
        Row::new(Range, vec![scalar(1), scalar(9), scalar(3)], &[3], &[1.0, 4.0, 7.0]),
        Row::new(Range, vec![scalar(5), scalar(0), scalar(-2)], &[3], &[5.0, 3.0, 1.0]),
    ]
}
