use super::support::*;

pub fn values() -> Vec<Example> {
    let plain = Convolution {
        x: [2, 4, 3],
        y: [3, 4, 3],
        kernel: [3, 3],
        strides: [1, 1],
        dilations: [1, 1],
        pads: [1, 1],
        group: 1,
    };
    let (x, w, bias) = (mixed(24), mixed(54), [0.5, -1.0, 2.0]);
    let (grouped_x, grouped_w) = (mixed(80), mixed(16));
    vec![
        Example::new(
            Conv { padding: Padding::symmetric([1, 1]), ..Conv::default() },
            vec![given(&[1, 2, 4, 3], &x), known(&[3, 2, 3, 3], &w), known(&[3], &bias)],
            &[1, 3, 4, 3],
            &plain.forward(&x, &w, &bias),
        ),
        Example::new(
            Conv { strides: [2, 1], dilations: [2, 1], padding: Padding::Explicit([0, 1, 0, 0]), group: 2 },
            vec![given(&[1, 4, 5, 4], &grouped_x), known(&[2, 2, 2, 2], &grouped_w)],
            &[1, 2, 2, 4],
            &Convolution::GROUPED.forward(&grouped_x, &grouped_w, &[0.0; 2]),
        ),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![
        flat("Conv", &[2, 4, 7, 6], Between(-1.0, 1.0), |n, x| {
            let (weight, bias) = (n.weights(&[5, 4, 3, 3]), n.weights(&[5]));
            n.add(Conv { padding: Padding::symmetric([1, 1]), ..Conv::default() }, &[x, weight, bias])
        }),
        flat("Conv with strides that leave cells over", &[2, 4, 7, 6], Between(-1.0, 1.0), |n, x| {
            let weight = n.weights(&[3, 4, 2, 3]);
            n.add(Conv { strides: [3, 2], padding: Padding::Explicit([0, 1, 2, 0]), ..Conv::default() }, &[x, weight])
        }),
        flat("Conv in groups, dilated", &[2, 4, 7, 6], Between(-1.0, 1.0), |n, x| {
            let weight = n.weights(&[6, 2, 3, 2]);
            n.add(
                Conv { dilations: [2, 3], padding: Padding::Explicit([2, 1, 1, 2]), group: 2, ..Conv::default() },
                &[x, weight],
            )
        }),
        flat("Conv of each channel", &[2, 4, 7, 6], Between(-1.0, 1.0), |n, x| {
            let weight = n.weights(&[4, 1, 3, 3]);
            n.add(Conv { strides: [2, 2], padding: Padding::SameUpper, group: 4, ..Conv::default() }, &[x, weight])
        }),
    ])
}

pub fn any(any: &mut Any) -> Op {
    Conv { strides: any.pair(), dilations: any.pair(), padding: any.padding(), group: any.count() }.into()
}
