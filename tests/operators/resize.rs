use super::support::*;

fn to_sizes(net: &mut Net, x: ValueId, mode: ResizeMode, coordinates: Coordinates, to: [i64; 2]) -> ValueId {
    let sizes = net.ints(&[2, 4, to[0], to[1]]);
    net.add_node(Resize { mode, coordinates, nearest: NearestMode::Floor }, &[Some(x), None, None, Some(sizes)])[0]
}

pub fn values() -> Vec<Example> {
    let resize = |mode, coordinates, nearest, columns: f64, expected: &[f64]| {
        let scales = known(&[4], &[1.0, 1.0, 1.0, columns]);
        let cells = (expected.len() as f64 / columns) as usize;
        let x = given(&[1, 1, 1, cells], &count(cells));
        let shape = [1, 1, 1, expected.len()];
        Example::new(Resize { mode, coordinates, nearest }, vec![x, Argument::Absent, scales], &shape, expected)
    };
    let (nearest, linear, floor) = (ResizeMode::Nearest, ResizeMode::Linear, NearestMode::Floor);
    vec![
        resize(nearest, Coordinates::Asymmetric, floor, 2.0, &[0.0, 0.0, 1.0, 1.0]),
        resize(nearest, Coordinates::Asymmetric, NearestMode::Ceil, 2.0, &[0.0, 1.0, 1.0, 1.0]),
        resize(linear, Coordinates::HalfPixel, floor, 2.0, &[0.0, 0.25, 0.75, 1.0]),
        resize(linear, Coordinates::AlignCorners, floor, 2.0, &[0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0]),
        resize(linear, Coordinates::HalfPixel, floor, 0.5, &[0.5, 2.5]),
    ]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![
        flat("Resize to the nearest", &[2, 4, 7, 6], Away(&[]), |n, x| {
            to_sizes(n, x, ResizeMode::Nearest, Coordinates::Asymmetric, [10, 13])
        }),
        flat("Resize linearly", &[2, 4, 7, 6], Away(&[]), |n, x| {
            to_sizes(n, x, ResizeMode::Linear, Coordinates::HalfPixel, [12, 9])
        }),
        flat("Resize linearly, smaller", &[2, 4, 7, 6], Away(&[]), |n, x| {
            to_sizes(n, x, ResizeMode::Linear, Coordinates::AlignCorners, [3, 5])
        }),
        flat("Resize by cubics", &[2, 4, 7, 6], Away(&[]), |n, x| {
            to_sizes(n, x, ResizeMode::Cubic(-0.75), Coordinates::HalfPixel, [14, 4])
        }),
        flat("Resize by factors", &[2, 4, 7, 6], Away(&[]), |n, x| {
            let scales = n.constant(Tensor::f32([4], vec![1.0, 1.0, 2.0, 1.5]));
            let (mode, coordinates) = (ResizeMode::Linear, Coordinates::HalfPixel);
            n.add_node(Resize { mode, coordinates, nearest: NearestMode::Floor }, &[Some(x), None, Some(scales)])[0]
        }),
    ])
}

pub fn any(any: &mut Any) -> Op {
    let modes = [ResizeMode::Nearest, ResizeMode::Linear, ResizeMode::Cubic(-0.75), ResizeMode::Cubic(f32::NAN)];
    let coordinates =
        [Coordinates::HalfPixel, Coordinates::PytorchHalfPixel, Coordinates::AlignCorners, Coordinates::Asymmetric];
    Resize {
        mode: any.of(&modes),
        coordinates: any.of(&coordinates),
        nearest: any.of(&[NearestMode::Floor, NearestMode::Ceil, NearestMode::RoundPreferFloor]),
    }
    .into()
}
