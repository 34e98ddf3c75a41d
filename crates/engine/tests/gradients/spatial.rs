//! Rows of convolutions, pooling and resampling.

use heatlens_graph::ops::*;
use heatlens_graph::{Tensor, ValueId};

use super::net::{Net, Sample::*};
use super::{Row, curved, flat};

const IMAGE: &[usize] = &[2, 4, 7, 6];

pub(crate) fn rows() -> Vec<Row> {
    [convolutions(), maxima(), means(), resampling()].into_iter().flatten().collect()
}

fn convolutions() -> Vec<Row> {
    vec![
        flat("Conv", IMAGE, Between(-1.0, 1.0), |n, x| {
            let (weight, bias) = (n.weights(&[5, 4, 3, 3]), n.weights(&[5]));
            n.add(Conv { padding: Padding::symmetric([1, 1]), ..Conv::default() }, &[x, weight, bias])
        }),
        flat("Conv with strides that leave cells over", IMAGE, Between(-1.0, 1.0), |n, x| {
            let weight = n.weights(&[3, 4, 2, 3]);
            n.add(Conv { strides: [3, 2], padding: Padding::Explicit([0, 1, 2, 0]), ..Conv::default() }, &[x, weight])
        }),
        flat("Conv in groups, dilated", IMAGE, Between(-1.0, 1.0), |n, x| {
            let weight = n.weights(&[6, 2, 3, 2]);
            n.add(
                Conv { dilations: [2, 3], padding: Padding::Explicit([2, 1, 1, 2]), group: 2, ..Conv::default() },
                &[x, weight],
            )
        }),
        flat("Conv of each channel", IMAGE, Between(-1.0, 1.0), |n, x| {
            let weight = n.weights(&[4, 1, 3, 3]);
            n.add(Conv { strides: [2, 2], padding: Padding::SameUpper, group: 4, ..Conv::default() }, &[x, weight])
        }),
        flat("ConvTranspose", &[2, 4, 3, 4], Between(-1.0, 1.0), |n, x| {
            let (weight, bias) = (n.weights(&[4, 3, 3, 2]), n.weights(&[6]));
            let op = ConvTranspose {
                strides: [2, 3],
                dilations: [1, 2],
                padding: Padding::Explicit([1, 0, 0, 1]),
                output_padding: [1, 0],
                group: 2,
            };
            n.add(op, &[x, weight, bias])
        }),
    ]
}

/// Overlapping windows that hang over the edge.
fn max_pool(ceil_mode: bool) -> MaxPool {
    MaxPool { kernel: [3, 2], strides: [2, 2], dilations: [1, 2], padding: Padding::symmetric([1, 0]), ceil_mode }
}

/// x, and a constant that decides which cells are the maxima.
fn beside_maxima(net: &mut Net, shape: &[usize]) -> ValueId {
    net.drawn(Ranked, shape)
}

fn maxima() -> Vec<Row> {
    vec![
        flat("GlobalMaxPool", &[2, 2, 3, 4], Ranked, |n, x| n.add(GlobalMaxPool, &[x])),
        flat("MaxPool", IMAGE, Ranked, |n, x| n.add(max_pool(false), &[x])),
        flat("MaxPool with windows over the edge", IMAGE, Ranked, |n, x| n.add(max_pool(true), &[x])),
        curved("MaxPool of exponentials", IMAGE, Ranked, |n, x| {
            let tenth = n.scalar(0.1);
            let small = n.add(Mul, &[x, tenth]);
            let exp = n.add(Exp, &[small]);
            n.add(max_pool(false), &[exp])
        }),
        flat("MaxPoolGrad", &[2, 4, 4, 2], Between(-1.0, 1.0), |n, dy| {
            let x = beside_maxima(n, IMAGE);
            n.add(MaxPoolGrad { pool: max_pool(false) }, &[x, dy])
        }),
        flat("MaxPoolPick", IMAGE, Between(-1.0, 1.0), |n, d| {
            let x = beside_maxima(n, IMAGE);
            n.add(MaxPoolPick { pool: max_pool(false) }, &[x, d])
        }),
    ]
}

fn average_pool(ceil_mode: bool, count_include_pad: bool) -> AveragePool {
    AveragePool {
        kernel: [3, 2],
        strides: [2, 3],
        padding: Padding::Explicit([1, 0, 0, 1]),
        ceil_mode,
        count_include_pad,
    }
}

fn means() -> Vec<Row> {
    vec![
        flat("AdaptiveAveragePool", IMAGE, Away(&[]), |n, x| n.add(AdaptiveAveragePool { output: [3, 4] }, &[x])),
        flat("AdaptiveAveragePool to more cells", &[1, 2, 2, 3], Away(&[]), |n, x| {
            n.add(AdaptiveAveragePool { output: [5, 4] }, &[x])
        }),
        flat("AdaptiveAveragePoolGrad", &[2, 4, 3, 4], Away(&[]), |n, dy| {
            n.add(AdaptiveAveragePoolGrad { input: [7, 6] }, &[dy])
        }),
        flat("AveragePool", IMAGE, Away(&[]), |n, x| n.add(average_pool(false, false), &[x])),
        flat("AveragePool that counts padding", IMAGE, Away(&[]), |n, x| n.add(average_pool(false, true), &[x])),
        flat("AveragePool with windows over the edge", IMAGE, Away(&[]), |n, x| n.add(average_pool(true, true), &[x])),
        flat("AveragePoolGrad", &[2, 4, 3, 2], Away(&[]), |n, dy| {
            n.add(AveragePoolGrad { pool: average_pool(false, false), input: [7, 6] }, &[dy])
        }),
        flat("GlobalAveragePool", IMAGE, Away(&[]), |n, x| n.add(GlobalAveragePool, &[x])),
    ]
}

fn resize(net: &mut Net, x: ValueId, mode: ResizeMode, coordinates: Coordinates, to: [i64; 2]) -> ValueId {
    let sizes = net.ints(&[2, 4, to[0], to[1]]);
    let resize = Resize { mode, coordinates, nearest: NearestMode::Floor };
    net.add_node(resize, &[Some(x), None, None, Some(sizes)])[0]
}

fn resampling() -> Vec<Row> {
    vec![
        flat("Resize to the nearest", IMAGE, Away(&[]), |n, x| {
            resize(n, x, ResizeMode::Nearest, Coordinates::Asymmetric, [10, 13])
        }),
        flat("Resize linearly", IMAGE, Away(&[]), |n, x| {
            resize(n, x, ResizeMode::Linear, Coordinates::HalfPixel, [12, 9])
        }),
        flat("Resize linearly, smaller", IMAGE, Away(&[]), |n, x| {
            resize(n, x, ResizeMode::Linear, Coordinates::AlignCorners, [3, 5])
        }),
        flat("Resize by cubics", IMAGE, Away(&[]), |n, x| {
            resize(n, x, ResizeMode::Cubic(-0.75), Coordinates::HalfPixel, [14, 4])
        }),
        flat("Resize by factors", IMAGE, Away(&[]), |n, x| {
            let scales = n.constant(Tensor::f32([4], vec![1.0, 1.0, 2.0, 1.5]));
            let resize =
                Resize { mode: ResizeMode::Linear, coordinates: Coordinates::HalfPixel, nearest: NearestMode::Floor };
            n.add_node(resize, &[Some(x), None, Some(scales)])[0]
        }),
    ]
}
