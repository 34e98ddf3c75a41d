//! Pooling and its gradients, resizing, and moving blocks between channels and space.

use heatlens_graph::ops::*;
use proptest::prelude::*;

use super::{Argument, assert_close, given, graph_of, on_every_isa, run_op};

/// Calls `f(plane, output cell, input cell)` for every pair of a window and a cell in it.
fn windows(op: &MaxPool, x: &[usize], y: &[usize], mut f: impl FnMut(usize, usize, usize)) {
    let [top, left, ..] = op.pads(x);
    for plane in 0..x[0] * x[1] {
        for (oy, ox, ky, kx) in itertools(y[2], y[3], op.kernel) {
            let row = (oy * op.strides[0] + ky * op.dilations[0]).wrapping_sub(top);
            let column = (ox * op.strides[1] + kx * op.dilations[1]).wrapping_sub(left);
            if row < x[2] && column < x[3] {
                f(plane, oy * y[3] + ox, row * x[3] + column);
            }
        }
    }
}

fn itertools(h: usize, w: usize, [kh, kw]: [usize; 2]) -> impl Iterator<Item = (usize, usize, usize, usize)> {
    (0..h * w * kh * kw).map(move |i| (i / (w * kh * kw), i / (kh * kw) % w, i / kw % kh, i % kw))
}

prop_compose! {
    fn pools()(
        kernel in [1usize..4, 1usize..4],
        strides in [1usize..4, 1usize..4],
        dilations in [1usize..3, 1usize..3],
        padded in any::<bool>(),
        ceil_mode in any::<bool>(),
        [height, width] in [5usize..13, 5usize..20],
    ) -> (MaxPool, [usize; 4]) {
        let padding = Padding::symmetric(if padded { [kernel[0] / 2, kernel[1] / 2] } else { [0; 2] });
        (MaxPool { kernel, strides, dilations, padding, ceil_mode }, [2, 19, height, width])
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_largest_of_each_window_and_its_gradient((op, x) in pools(), seed in any::<u64>()) {
        let input = given(&x, seed);
        let y = { let g = graph_of(op, std::slice::from_ref(&input)); g.shape(g.outputs()[0]).to_vec() };
        let (cells, outputs) = (x[2] * x[3], y[2] * y[3]);
        let mut best = vec![None; x[0] * x[1] * outputs];
        windows(&op, &x, &y, |plane, window, cell| {
            let (best, value) = (&mut best[plane * outputs + window], input.elements()[plane * cells + cell]);
            if best.is_none_or(|(_, b)| value > b) {
                *best = Some((cell, value));
            }
        });
        let dy = given(&y, seed ^ 1);
        let mut dx = vec![0.0; input.elements().len()];
        best.iter().enumerate().for_each(|(i, b)| dx[i / outputs * cells + b.unwrap().0] += dy.elements()[i]);
        let want: Vec<f32> = best.iter().map(|b| b.unwrap().1).collect();
        let d = given(&x, seed ^ 2);
        let pick = |(i, best): (usize, &Option<(usize, f32)>)| d.elements()[i / outputs * cells + best.unwrap().0];
        let picked: Vec<f32> = best.iter().enumerate().map(pick).collect();
        let [with_dy, with_d] = [[input.clone(), dy.clone()], [input.clone(), d.clone()]];
        on_every_isa(|isa| {
            assert_close(&run_op(op, isa, std::slice::from_ref(&input))[0], &want, 0.0, isa.name());
            assert_close(&run_op(MaxPoolGrad { pool: op }, isa, &with_dy)[0], &dx, 1e-5, isa.name());
            assert_close(&run_op(MaxPoolPick { pool: op }, isa, &with_d)[0], &picked, 0.0, isa.name());
        });
    }

    #[test]
    fn the_mean_of_each_window_and_its_gradient(
        (max, x) in pools(),
        count_include_pad in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let MaxPool { kernel, strides, padding, ceil_mode, .. } = max;
        let op = AveragePool { kernel, strides, padding, ceil_mode, count_include_pad };
        let max = MaxPool { dilations: [1; 2], ..max };
        let input = given(&x, seed);
        let y = { let g = graph_of(op, std::slice::from_ref(&input)); g.shape(g.outputs()[0]).to_vec() };
        let (cells, outputs) = (x[2] * x[3], y[2] * y[3]);
        let counted = |axis: usize, window: usize| op.window(&x, axis, window).counted;
        let divisor = |window: usize| (counted(0, window / y[3]) * counted(1, window % y[3])) as f32;
        let dy = given(&y, seed ^ 1);
        let (mut want, mut dx) = (vec![0.0; dy.elements().len()], vec![0.0; input.elements().len()]);
        windows(&max, &x, &y, |plane, window, cell| {
            want[plane * outputs + window] += input.elements()[plane * cells + cell] / divisor(window);
            dx[plane * cells + cell] += dy.elements()[plane * outputs + window] / divisor(window);
        });
        let grad = AveragePoolGrad { pool: op, input: [x[2], x[3]] };
        on_every_isa(|isa| {
            assert_close(&run_op(op, isa, std::slice::from_ref(&input))[0], &want, 1e-5, isa.name());
            assert_close(&run_op(grad, isa, std::slice::from_ref(&dy))[0], &dx, 1e-5, isa.name());
        });
    }
}

#[test]
fn adaptive_windows_overlap_where_they_do_not_divide() {
    for output in [[1, 1], [3, 2], [7, 9], [5, 6]] {
        let input = given(&[2, 17, 7, 9], 3);
        let span = |axis: usize, i: usize| AdaptiveAveragePool::window([7, 9][axis], output[axis], i);
        let (mut want, mut dx) = (Vec::new(), vec![0.0; input.elements().len()]);
        let dy = given(&[2, 17, output[0], output[1]], 4);
        for (plane, x) in input.elements().chunks(63).enumerate() {
            for (i, j) in (0..output[0] * output[1]).map(|w| (w / output[1], w % output[1])) {
                let cells: Vec<usize> = span(0, i).flat_map(|r| span(1, j).map(move |c| r * 9 + c)).collect();
                want.push(cells.iter().map(|&c| x[c]).sum::<f32>() / cells.len() as f32);
                cells.iter().for_each(|&c| dx[plane * 63 + c] += dy.elements()[want.len() - 1] / cells.len() as f32);
            }
        }
        on_every_isa(|isa| {
            assert_close(
                &run_op(AdaptiveAveragePool { output }, isa, std::slice::from_ref(&input))[0],
                &want,
                1e-5,
                isa.name(),
            );
            assert_close(
                &run_op(AdaptiveAveragePoolGrad { input: [7, 9] }, isa, std::slice::from_ref(&dy))[0],
                &dx,
                1e-5,
                isa.name(),
            );
        });
    }
}

#[test]
fn global_pools_keep_two_dimensions() {
    let input = given(&[2, 19, 5, 7], 3);
    let mean: Vec<f32> = input.elements().chunks(35).map(|x| x.iter().sum::<f32>() / 35.0).collect();
    let largest: Vec<f32> = input.elements().chunks(35).map(|x| x.iter().copied().fold(f32::MIN, f32::max)).collect();
    on_every_isa(|isa| {
        assert_close(&run_op(GlobalAveragePool, isa, std::slice::from_ref(&input))[0], &mean, 1e-5, isa.name());
        assert_close(&run_op(GlobalMaxPool, isa, std::slice::from_ref(&input))[0], &largest, 0.0, isa.name());
    });
}

#[test]
fn a_nan_wins_every_window_that_it_is_in() {
    let mut x = vec![1.0; 25];
    x[12] = f32::NAN;
    let input = Argument::Given(heatlens_graph::Tensor::f32([1, 1, 5, 5], x));
    let op = MaxPool { kernel: [3; 2], strides: [1; 2], dilations: [1; 2], padding: Padding::NONE, ceil_mode: false };
    on_every_isa(|isa| {
        assert!(run_op(op, isa, std::slice::from_ref(&input))[0].iter().all(|y| y.is_nan()), "{}", isa.name());
        assert!(run_op(GlobalMaxPool, isa, std::slice::from_ref(&input))[0][0].is_nan(), "{}", isa.name());
    });
}

#[test]
fn resizing_weighs_rows_and_columns() {
    use heatlens_graph::Tensor;
    let input = given(&[2, 3, 4, 5], 3);
    let resizes = [
        (ResizeMode::Nearest, Coordinates::Asymmetric),
        (ResizeMode::Linear, Coordinates::HalfPixel),
        (ResizeMode::Linear, Coordinates::AlignCorners),
        (ResizeMode::Cubic(-0.75), Coordinates::HalfPixel),
    ];
    for (mode, coordinates) in resizes {
        let op = Resize { mode, coordinates, nearest: NearestMode::Floor };
        let sizes = Argument::Known(Tensor::ints(&[2, 3, 9, 7]));
        let (rows, columns) =
            (axis_weights(&op, 4, 9, None).matrix(4, false), axis_weights(&op, 5, 7, None).matrix(5, false));
        let (rows, columns) = (rows.as_f32().unwrap(), columns.as_f32().unwrap());
        let mut want = Vec::new();
        for (plane, i, j) in (0..6 * 63).map(|k| (k / 63, k / 7 % 9, k % 7)) {
            let pairs =
                (0..20).map(|c| rows[i * 4 + c / 5] * columns[j * 5 + c % 5] * input.elements()[plane * 20 + c]);
            want.push(pairs.sum::<f32>());
        }
        let arguments = [input.clone(), Argument::Absent, Argument::Absent, sizes];
        on_every_isa(|isa| assert_close(&run_op(op, isa, &arguments)[0], &want, 1e-5, isa.name()));
    }
}

#[test]
fn blocks_move_between_channels_and_space() {
    let input = given(&[2, 12, 3, 4], 3);
    for column_row_depth in [false, true] {
        let want: Vec<f32> = (0..2 * 3 * 6 * 8)
            .map(|i| {
                let (n, c, y, x) = (i / 144, i / 48 % 3, i / 8 % 6, i % 8);
                let block = y % 2 * 2 + x % 2;
                let channel = if column_row_depth { c * 4 + block } else { block * 3 + c };
                input.elements()[((n * 12 + channel) * 3 + y / 2) * 4 + x / 2]
            })
            .collect();
        on_every_isa(|isa| {
            let spread =
                run_op(DepthToSpace { block: 2, column_row_depth }, isa, std::slice::from_ref(&input)).remove(0);
            assert_close(&spread, &want, 0.0, isa.name());
            let back = Argument::Given(heatlens_graph::Tensor::f32([2, 3, 6, 8], spread));
            assert_close(
                &run_op(SpaceToDepth { block: 2, column_row_depth }, isa, &[back])[0],
                input.elements(),
                0.0,
                isa.name(),
            );
        });
    }
}
