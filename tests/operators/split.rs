use super::support::*;

pub fn values() -> Vec<Example> {
    vec![Example::several(
        Split { axis: 1, outputs: 2 },
        vec![counted(&[2, 3]), ints(&[1, 2])],
        vec![(vec![2, 1], vec![0.0, 3.0]), (vec![2, 2], vec![1.0, 2.0, 4.0, 5.0])],
    )]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![flat("Split", &[2, 7], Away(&[]), |n, x| {
        let parts = n.ints(&[2, 4, 1]);
        let outputs = n.add_node(Split { axis: 1, outputs: 3 }, &[Some(x), Some(parts)]);
        let weights = n.weights(&[2, 4]);
        // The middle part is used, and one of the others: the third gets no cotangent.
        let weighted = n.add(Mul, &[outputs[1], weights]);
        n.add(Concat { axis: 1 }, &[weighted, outputs[2]])
    })])
}

pub fn any(any: &mut Any) -> Op {
    Split { axis: any.axis(), outputs: any.count().min(1 << 12) }.into()
}
