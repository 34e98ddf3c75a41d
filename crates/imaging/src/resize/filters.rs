//! The kernels that more than one library uses, and the windows they are evaluated on when scaling
//! down widens them.

/// Triangle of half-width 1.
pub(super) fn bilinear(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

/// Keys' cubic of half-width 2 (doi:10.1109/TASSP.1981.1163711) with slope `a` at 1: -0.5 in Pillow
/// and antialiased PyTorch, -0.75 elsewhere.
pub(super) fn cubic(x: f64, a: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * a
    } else {
        0.0
    }
}

/// For every output position: the first input position in reach of the kernel and the normalised
/// weights from there on. The kernel is stretched by the scale when that shrinks the image, so that
/// every input pixel counts.
pub(super) fn widened(
    input: usize,
    output: usize,
    support: f64,
    kernel: impl Fn(f64) -> f64,
) -> Vec<(usize, Vec<f64>)> {
    let scale = input as f64 / output as f64;
    let stretch = scale.max(1.0);
    let reach = support * stretch;
    (0..output)
        .map(|i| {
            let centre = (i as f64 + 0.5) * scale;
            // The cast truncates towards zero, as in C, and negative values become 0.
            let first = (centre - reach + 0.5) as usize;
            let end = ((centre + reach + 0.5) as usize).min(input);
            let mut weights: Vec<f64> =
                (first..end).map(|x| kernel((x as f64 - centre + 0.5) * (1.0 / stretch))).collect();
            let sum: f64 = weights.iter().sum();
            if sum != 0.0 {
                weights.iter_mut().for_each(|w| *w /= sum);
            }
            (first, weights)
        })
        .collect()
}
