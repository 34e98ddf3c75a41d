//! Networks that scale their input themselves.

use heatlens_graph::{Graph, Node, Op, ValueId};

/// What the first nodes of a network do to the values it is given: `value · slope + …`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// The mean over the channels; about 1/255 where levels from 0 to 255 become values from 0 to 1.
    pub slope: f32,
}

impl Scaling {
    /// Whether it takes levels from 0 to 255, rather than values from 0 to 1.
    pub fn takes_levels(self) -> bool {
        // ImageNet's deviations make slopes of 4.4 of values from 0 to 1, and of 0.017 of levels.
        self.slope.abs() < 0.25
    }
}

/// Nodes followed from the input on: cameras' values are scaled at once or not at all.
const MOST_NODES: usize = 16;

/// Follows the image through what only moves values, and multiplies what it is multiplied with;
/// `None` where nothing is added or multiplied before the network begins.
pub(crate) fn own_scaling(graph: &Graph) -> Option<Scaling> {
    let consumers = graph.consumers();
    let mut value = graph.inputs()[0].value;
    let mut slope: Option<f32> = None;
    for _ in 0..MOST_NODES {
        // What only asks for its shape is known by now.
        let is_known = |node: &Node| node.outputs.iter().all(|&output| graph.value(output).constant.is_some());
        let mut computing =
            consumers[value.index()].iter().map(|&node| graph.node(node)).filter(|node| !is_known(node));
        let (Some(node), None) = (computing.next(), computing.next()) else { break };
        match factor(graph, node, value) {
            Some(Step::Moves) => {}
            Some(Step::Scales(factor)) => slope = Some(slope.unwrap_or(1.0) * factor),
            None => break,
        }
        value = node.outputs[0];
    }
    slope.map(|slope| Scaling { slope })
}

enum Step {
    Moves,
    Scales(f32),
}

fn factor(graph: &Graph, node: &Node, value: ValueId) -> Option<Step> {
    let constant = |i: usize| graph.value(node.inputs.get(i).copied().flatten()?).constant.as_ref()?.as_f32();
    // One number, or one a channel: anything larger is a weight.
    let few = |values: &[f32]| {
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        (matches!(values.len(), 1 | 3) && mean.is_finite() && mean != 0.0).then_some(mean)
    };
    let is_first = node.inputs.first() == Some(&Some(value));
    let other = || few(constant(usize::from(is_first))?);
    match &node.op {
        Op::Cast(_) | Op::Transpose(_) | Op::Identity(_) | Op::Resize(_) => is_first.then_some(Step::Moves),
        Op::Mul(_) => other().map(Step::Scales),
        Op::Div(_) if is_first => other().map(|by| Step::Scales(1.0 / by)),
        Op::Add(_) | Op::Sub(_) => {
            let added = constant(usize::from(is_first))?;
            matches!(added.len(), 1 | 3).then_some(Step::Scales(1.0))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use heatlens_graph::ops::{Conv, Div, Mul, Sub, Transpose};
    use heatlens_graph::{DType, Dim, ModulePath, Tensor};

    use super::*;

    fn graph(build: impl FnOnce(&mut Graph, ValueId) -> ValueId) -> Graph {
        let mut graph = Graph::new();
        let dims = [1, 3, 8, 8];
        let x = graph.input("x", DType::F32, dims.map(Dim::Fixed).to_vec(), &dims);
        let y = build(&mut graph, x);
        let weight = graph.constant("w", Tensor::f32([1, 3, 1, 1], vec![1.0; 3]));
        let y = graph.add(Conv::default(), &[y, weight], &ModulePath::root()).unwrap();
        graph.set_outputs(vec![y]);
        graph
    }

    fn channels(graph: &mut Graph, values: [f32; 3]) -> ValueId {
        graph.constant("", Tensor::f32([1, 3, 1, 1], values.to_vec()))
    }

    #[test]
    fn what_a_network_does_first_tells_what_it_takes() {
        let root = ModulePath::root();
        let unit = graph(|g, x| {
            let (mean, std) = (channels(g, [0.485, 0.456, 0.406]), channels(g, [0.229, 0.224, 0.225]));
            let y = g.add(Sub, &[x, mean], &root).unwrap();
            g.add(Div, &[y, std], &root).unwrap()
        });
        assert!(
            own_scaling(&unit).is_some_and(|scaling| !scaling.takes_levels() && (scaling.slope - 4.43).abs() < 0.1)
        );
        let levels = graph(|g, x| {
            let by = g.constant("", Tensor::scalar(1.0 / 255.0));
            let y = g.add(Transpose { perm: vec![0, 1, 3, 2] }, &[x], &root).unwrap();
            let y = g.add(Mul, &[y, by], &root).unwrap();
            let mean = channels(g, [0.5; 3]);
            g.add(Sub, &[y, mean], &root).unwrap()
        });
        assert!(own_scaling(&levels).is_some_and(Scaling::takes_levels));
        assert_eq!(own_scaling(&graph(|_, x| x)), None);
    }
}
