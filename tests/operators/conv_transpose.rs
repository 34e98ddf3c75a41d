use super::support::*;

pub fn values() -> Vec<Example> {
    let (y, w) = (mixed(16), mixed(16));
    vec![
        // The transpose of the convolution takes its outputs to its inputs.
        Example::new(
            ConvTranspose {
                strides: [2, 1],
                dilations: [2, 1],
                padding: Padding::Explicit([0, 1, 0, 0]),
                output_padding: [0, 0],
                group: 2,
            },
            vec![given(&[1, 2, 2, 4], &y), known(&[2, 2, 2, 2], &w)],
            &[1, 4, 5, 4],
            &Convolution::GROUPED.transpose(&y, &w),
        ),
        // Each cell spreads into a window of its own.
        Example::new(
            ConvTranspose {
                strides: [2, 2],
                dilations: [1, 1],
                padding: Padding::NONE,
                output_padding: [0, 0],
                group: 1,
            },
            vec![given(&[1, 1, 1, 2], &[1.0, 10.0]), known(&[1, 1, 2, 2], &[1.0, 2.0, 3.0, 4.0]), known(&[1], &[0.5])],
            &[1, 1, 2, 4],
            &[1.5, 2.5, 10.5, 20.5, 3.5, 4.5, 30.5, 40.5],
        ),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("ConvTranspose", &[2, 4, 3, 4], Between(-1.0, 1.0), |n, x| {
        let (weight, bias) = (n.weights(&[4, 3, 3, 2]), n.weights(&[6]));
        let op = ConvTranspose {
            strides: [2, 3],
            dilations: [1, 2],
            padding: Padding::Explicit([1, 0, 0, 1]),
            output_padding: [1, 0],
            group: 2,
        };
        n.add(op, &[x, weight, bias])
    })])
}

pub fn any(any: &mut Any) -> Op {
    ConvTranspose {
        strides: any.pair(),
        dilations: any.pair(),
        padding: any.padding(),
        output_padding: if any.flag() { [0, 0] } else { any.pair() },
        group: any.count(),
    }
    .into()
}
