use super::support::*;

pub fn values() -> Vec<Example> {
    // Columns 0 to 1, 1 to 2 and 2 to 3.
    let means = [2.5, 3.5, 4.5, 10.5, 11.5, 12.5];
    vec![Example::new(AdaptiveAveragePool { output: [2, 3] }, vec![counted(&MAP)], &[1, 1, 2, 3], &means)]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![
        flat("AdaptiveAveragePool", &[2, 4, 7, 6], Away(&[]), |n, x| {
            n.add(AdaptiveAveragePool { output: [3, 4] }, &[x])
        }),
        flat("AdaptiveAveragePool to more cells", &[1, 2, 2, 3], Away(&[]), |n, x| {
            n.add(AdaptiveAveragePool { output: [5, 4] }, &[x])
        }),
    ])
}

pub fn any(any: &mut Any) -> Op {
    AdaptiveAveragePool { output: any.pair() }.into()
}
