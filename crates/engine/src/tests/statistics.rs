//! Softmax and normalisation.

use heatlens_graph::Tensor;
use heatlens_graph::ops::*;

use super::{Argument, assert_close, given, known, on_every_isa, run_op};

#[test]
fn softmax_and_its_logarithm_along_any_axis() {
    let input = given(&[3, 5, 4], 1);
    for (axis, extent, inner) in [(-1, 4, 1), (1, 5, 4), (0, 3, 20)] {
        let x = input.elements();
        let lane = |i: usize| (0..extent).map(move |e| i / (extent * inner) * extent * inner + e * inner + i % inner);
        let sum = |i: usize| lane(i).map(|at| f64::from(x[at]).exp()).sum::<f64>();
        let soft: Vec<f32> = (0..60).map(|i| (f64::from(x[i]).exp() / sum(i)) as f32).collect();
        let log: Vec<f32> = (0..60).map(|i| (f64::from(x[i]) - sum(i).ln()) as f32).collect();
        on_every_isa(|isa| {
            assert_close(&run_op(Softmax { axis }, isa, std::slice::from_ref(&input))[0], &soft, 1e-5, isa.name());
            assert_close(&run_op(LogSoftmax { axis }, isa, std::slice::from_ref(&input))[0], &log, 1e-5, isa.name());
        });
    }
    let large = Argument::Given(Tensor::f32([1, 3], vec![1000.0, 1001.0, -1000.0]));
    on_every_isa(|isa| {
        assert_close(
            &run_op(Softmax { axis: 1 }, isa, std::slice::from_ref(&large))[0],
            &[0.268_941_43, 0.731_058_6, 0.0],
            1e-5,
            isa.name(),
        )
    });
}

/// (x − mean) / √(variance + 1e-5) of each run of `len` elements.
fn normalised(x: &[f32], len: usize) -> Vec<f32> {
    let of_run = |run: &[f32]| {
        let mean = run.iter().map(|&x| f64::from(x)).sum::<f64>() / len as f64;
        let variance = run.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / len as f64;
        run.iter().map(|&x| ((f64::from(x) - mean) / (variance + 1e-5).sqrt()) as f32).collect::<Vec<_>>()
    };
    x.chunks(len).flat_map(of_run).collect()
}

#[test]
fn measured_statistics() {
    let input = given(&[2, 6, 5, 7], 1);
    let (scale, bias) = (known(&[6], 2), known(&[6], 3));
    let per_channel = |y: Vec<f32>| -> Vec<f32> {
        y.iter().enumerate().map(|(i, y)| y * scale.elements()[i / 35 % 6] + bias.elements()[i / 35 % 6]).collect()
    };
    let arguments = [input.clone(), scale.clone(), bias.clone()];
    let (instance, group) =
        (per_channel(normalised(input.elements(), 35)), per_channel(normalised(input.elements(), 105)));
    let (wide, shift) = (known(&[5, 7], 4), known(&[7], 5));
    let layer: Vec<f32> = normalised(input.elements(), 35)
        .iter()
        .enumerate()
        .map(|(i, y)| y * wide.elements()[i % 35] + shift.elements()[i % 7])
        .collect();
    on_every_isa(|isa| {
        assert_close(&run_op(InstanceNormalization { epsilon: 1e-5 }, isa, &arguments)[0], &instance, 1e-4, isa.name());
        assert_close(
            &run_op(GroupNormalization { groups: 2, epsilon: 1e-5 }, isa, &arguments)[0],
            &group,
            1e-4,
            isa.name(),
        );
        let arguments = [input.clone(), wide.clone(), shift.clone()];
        assert_close(
            &run_op(LayerNormalization { axis: -2, epsilon: 1e-5 }, isa, &arguments)[0],
            &layer,
            1e-4,
            isa.name(),
        );
    });
}

#[test]
fn given_statistics() {
    let input = given(&[2, 19, 5, 7], 1);
    let variance = Argument::Known(Tensor::f32([19], (0..19).map(|i| 0.5 + i as f32).collect()));
    let [scale, bias, mean] = [2, 3, 4].map(|seed| known(&[19], seed));
    let want: Vec<f32> = input
        .elements()
        .iter()
        .enumerate()
        .map(|(i, x)| {
            let c = i / 35 % 19;
            scale.elements()[c] * (x - mean.elements()[c]) / (variance.elements()[c] + 1e-3).sqrt() + bias.elements()[c]
        })
        .collect();
    let arguments = [input, scale, bias, mean, variance];
    on_every_isa(|isa| {
        assert_close(&run_op(BatchNormalization { epsilon: 1e-3 }, isa, &arguments)[0], &want, 1e-4, isa.name())
    });
}

#[test]
fn local_response() {
    let input = given(&[2, 7, 3, 4], 1);
    let x = input.elements();
    let op = Lrn { size: 4, alpha: 0.3, beta: 0.75, bias: 1.5 };
    let want: Vec<f32> = (0..x.len())
        .map(|i| {
            let c = i / 12 % 7;
            let near = (c.saturating_sub(1)..7.min(c + 3)).map(|other| x[i - c * 12 + other * 12].powi(2));
            x[i] / (1.5 + 0.3 / 4.0 * near.sum::<f32>()).powf(0.75)
        })
        .collect();
    on_every_isa(|isa| assert_close(&run_op(op, isa, std::slice::from_ref(&input))[0], &want, 1e-5, isa.name()));
}
