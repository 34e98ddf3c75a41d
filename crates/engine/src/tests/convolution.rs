//! `Conv` and `ConvTranspose` of any geometry.

use heatlens_graph::ops::{Conv, ConvTranspose, Padding};
use proptest::prelude::*;

use super::naive::Convolution;
use super::{Argument, assert_close, given, graph_of, known, on_every_isa, run, run_op, run_plain};

prop_compose! {
    fn geometries()(
        images in 1usize..3,
        group in prop_oneof![4 => Just(1usize), 1 => Just(2), 1 => Just(3)],
        channels in prop_oneof![1usize..6, 15usize..19, Just(32usize), Just(1usize)],
        filters in prop_oneof![1usize..6, 15usize..19, Just(33usize), Just(48usize), Just(1usize)],
        kernel in (prop_oneof![3 => Just(3usize), 2 => Just(1), 1 => Just(2), 1 => Just(5), 1 => Just(7)], 1usize..4),
        square in any::<bool>(),
        strides in prop::array::uniform2(prop_oneof![4 => Just(1usize), 2 => Just(2), 1 => Just(3)]),
        dilations in prop::array::uniform2(prop_oneof![6 => Just(1usize), 1 => Just(2), 1 => Just(3)]),
        pads in [0usize..4, 0usize..4, 0usize..4, 0usize..4],
        extra in [0usize..20, 0usize..34],
    ) -> (Convolution, Padding) {
        let kernel = if square { [kernel.0; 2] } else { [kernel.0, kernel.1] };
        let window = [0, 1].map(|a| (kernel[a] - 1) * dilations[a] + 1);
        let input = [0, 1].map(|a| window[a].saturating_sub(pads[a] + pads[a + 2]).max(1) + extra[a]);
        let output = [0, 1].map(|a| (input[a] + pads[a] + pads[a + 2] - window[a]) / strides[a] + 1);
        let convolution = Convolution {
            x: [images, group * channels, input[0], input[1]],
            weight: [group * filters, channels, kernel[0], kernel[1]],
            y: [images, group * filters, output[0], output[1]],
            strides,
            dilations,
            pads: [pads[0], pads[1]],
            group,
        };
        (convolution, Padding::Explicit(pads))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn convolutions_are_what_the_formula_says(
        (geometry, padding) in geometries(),
        with_bias in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let op = Conv { strides: geometry.strides, dilations: geometry.dilations, padding, group: geometry.group };
        let bias = if with_bias { known(&geometry.weight[..1], seed ^ 3) } else { Argument::Absent };
        let arguments = [given(&geometry.x, seed), known(&geometry.weight, seed ^ 1), bias];
        let [x, weight] = [arguments[0].elements(), arguments[1].elements()];
        let want = geometry.forward(x, weight, with_bias.then(|| arguments[2].elements()));
        on_every_isa(|isa| {
            let have = run_op(op.clone(), isa, &arguments);
            assert_close(&have[0], &want, 1e-4, isa.name());
            let have = run_plain(&graph_of(op.clone(), &arguments), isa, &[arguments[0].elements()]);
            assert_close(&have[0], &want, 1e-4, isa.name());
        });
    }

    #[test]
    fn transposed_convolutions_are_what_the_formula_says(
        (geometry, padding) in geometries(),
        with_bias in any::<bool>(),
        seed in any::<u64>(),
    ) {
        // The operator's input is the convolution's output, and the cells behind the last window
        // are its output padding.
        let covered = [0, 1].map(|a| {
            let (last, reach) = (geometry.y[2 + a] - 1, geometry.weight[2 + a] - 1);
            last * geometry.strides[a] + reach * geometry.dilations[a] + 1
        });
        let Padding::Explicit(pads) = padding else { unreachable!() };
        let output_padding = [0, 1].map(|a| geometry.x[2 + a] + pads[a] + pads[a + 2] - covered[a]);
        let (strides, dilations, group) = (geometry.strides, geometry.dilations, geometry.group);
        let op = ConvTranspose { strides, dilations, padding, output_padding, group };
        let bias = if with_bias { known(&[geometry.x[1]], seed ^ 3) } else { Argument::Absent };
        let arguments = [given(&geometry.y, seed), known(&geometry.weight, seed ^ 1), bias];
        let [x, weight] = [arguments[0].elements(), arguments[1].elements()];
        let want = geometry.transpose(x, weight, with_bias.then(|| arguments[2].elements()));
        on_every_isa(|isa| {
            let have = run_op(op, isa, &arguments);
            assert_close(&have[0], &want, 1e-4, isa.name());
            let have = run_plain(&graph_of(op, &arguments), isa, &[arguments[0].elements()]);
            assert_close(&have[0], &want, 1e-4, isa.name());
        });
    }
}

#[test]
fn weights_computed_from_the_image_are_taken() {
    let geometry = Convolution {
        x: [1, 5, 6, 7],
        weight: [7, 5, 3, 3],
        y: [1, 7, 6, 7],
        strides: [1; 2],
        dilations: [1; 2],
        pads: [1; 2],
        group: 1,
    };
    let op = Conv { padding: Padding::symmetric([1; 2]), ..Conv::default() };
    let arguments = [given(&geometry.x, 1), given(&geometry.weight, 2)];
    let want = geometry.forward(arguments[0].elements(), arguments[1].elements(), None);
    on_every_isa(|isa| assert_close(&run_op(op.clone(), isa, &arguments)[0], &want, 1e-4, isa.name()));
}

#[test]
fn a_batch_is_its_images_bit_for_bit() {
    // The last two have so many filters that images are worked through together.
    for (channels, filters, group, kernel, stride) in [
        (3, 20, 1, 7, 2),
        (32, 48, 1, 3, 1),
        (24, 24, 24, 3, 1),
        (40, 16, 1, 1, 1),
        (16, 16, 2, 3, 2),
        (150, 115, 1, 3, 1),
        (160, 144, 1, 3, 2),
    ] {
        let op = Conv { padding: Padding::symmetric([kernel / 2; 2]), strides: [stride; 2], group, ..Conv::default() };
        let weight = known(&[filters, channels / group, kernel, kernel], 5);
        on_every_isa(|isa| {
            let batch = given(&[3, channels, 13, 17], 6);
            let graph = graph_of(op.clone(), &[batch.clone(), weight.clone()]);
            let whole = run(&graph, isa, &[batch.elements()]).remove(0);
            let one = graph_of(op.clone(), &[given(&[1, channels, 13, 17], 6), weight.clone()]);
            let images =
                batch.elements().chunks(channels * 13 * 17).flat_map(|image| run(&one, isa, &[image]).remove(0));
            assert!(
                whole.iter().zip(images).all(|(a, b)| a.to_bits() == b.to_bits()),
                "{} channels on {}",
                channels,
                isa.name()
            );
        });
    }
}

/// As a slice of no channels leaves it in a stranger's file.
#[test]
fn a_convolution_of_no_channels_is_its_bias_and_one_of_no_filters_is_nothing() {
    for (channels, filters, kernel) in [(0, 3, 3), (0, 20, 1), (0, 20, 3), (4, 0, 3), (16, 0, 3)] {
        let weight = known(&[filters, channels, kernel, kernel], 1);
        let arguments = [given(&[2, channels, 5, 4], 0), weight, known(&[filters], 3)];
        let op = Conv { padding: Padding::SameUpper, ..Conv::default() };
        let want: Vec<f32> = (0..2).flat_map(|_| arguments[2].elements()).flat_map(|&b| [b; 20]).collect();
        on_every_isa(|isa| {
            assert_close(&run_op(op.clone(), isa, &arguments)[0], &want, 0.0, isa.name());
            let plain = run_plain(&graph_of(op.clone(), &arguments), isa, &[arguments[0].elements()]);
            assert_close(&plain[0], &want, 0.0, isa.name());
        });
    }
}

/// As a slice of no columns leaves it: all that is summed lies in the padding.
#[test]
fn a_convolution_of_no_pixels_is_its_bias() {
    for (channels, filters, kernel, group) in
        [(4, 3, 1, 1), (3, 20, 3, 1), (16, 32, 3, 1), (32, 32, 3, 32), (5, 5, 3, 5)]
    {
        let weight = known(&[filters, channels / group, kernel, kernel], 1);
        let arguments = [given(&[2, channels, 5, 0], 0), weight, known(&[filters], 3)];
        let op = Conv { padding: Padding::symmetric([2, 2]), group, ..Conv::default() };
        let cells = (9 - kernel + 1) * (4 - kernel + 1);
        let biases = (0..2).flat_map(|_| arguments[2].elements());
        let want: Vec<f32> = biases.flat_map(|&bias| vec![bias; cells]).collect();
        on_every_isa(|isa| {
            // Twice: what a first run leaves in memory is not taken for zeros.
            for _ in 0..2 {
                assert_close(&run_op(op.clone(), isa, &arguments)[0], &want, 0.0, isa.name());
                let plain = run_plain(&graph_of(op.clone(), &arguments), isa, &[arguments[0].elements()]);
                assert_close(&plain[0], &want, 0.0, isa.name());
            }
        });
    }
}

/// As a slice of no images leaves it.
#[test]
fn a_convolution_of_no_images_is_nothing() {
    for (channels, filters, kernel) in [(4, 3, 1), (32, 48, 3), (160, 144, 3)] {
        let arguments = [given(&[0, channels, 14, 14], 0), known(&[filters, channels, kernel, kernel], 1)];
        let op = Conv { padding: Padding::symmetric([kernel / 2; 2]), ..Conv::default() };
        on_every_isa(|isa| {
            let plain = run_plain(&graph_of(op.clone(), &arguments), isa, &[arguments[0].elements()]);
            assert!(plain[0].is_empty() && run_op(op.clone(), isa, &arguments)[0].is_empty(), "{}", isa.name());
        });
    }
}
