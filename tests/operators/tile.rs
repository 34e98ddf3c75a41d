use super::support::*;

pub fn values() -> Vec<Example> {
    let repeated = [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0];
    vec![Example::new(Tile, vec![counted(&[1, 2]), ints(&[2, 2])], &[2, 4], &repeated)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Tile", &[2, 3, 4], Away(&[]), |n, x| with_ints(n, Tile, x, &[1, 3, 2]))])
}

pub fn any(_: &mut Any) -> Op {
    Tile.into()
}
