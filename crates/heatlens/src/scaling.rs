//! Networks that scale their input themselves.

use heatlens_graph::{Graph, Node, Op, ValueId};

/// What the first nodes of a network do to the values it is given: `slope · value + intercept`, as
/// means over the channels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// About 1/255 where levels from 0 to 255 become values from 0 to 1.
    pub slope: f32,
    /// Minus the mean over the deviation, where both are taken away.
    pub intercept: f32,
}

impl Scaling {
    const NONE: Scaling = Scaling { slope: 1.0, intercept: 0.0 };

    /// Whether it takes levels from 0 to 255, rather than values from 0 to 1.
    pub fn takes_levels(self) -> bool {
        // ImageNet's deviations make slopes of 4.4 of values from 0 to 1, and of 0.017 of levels; a
        // mean alone stands at 0.45 or at 115.
        self.slope.abs() < 0.25 || self.centre() > 1.5
    }

    /// What becomes zero.
    fn centre(self) -> f32 {
        -self.intercept / self.slope
    }

    /// Whether it tells what is taken. torchvision's Inception turns values around zero into others
    /// around zero: these are normalised already.
    fn is_telling(self) -> bool {
        self.takes_levels() || (0.3..1.5).contains(&self.centre()) || self.slope.abs() > 3.0
    }

    fn then(self, next: Scaling) -> Scaling {
        Scaling { slope: next.slope * self.slope, intercept: next.slope * self.intercept + next.intercept }
    }
}

/// Nodes followed from the input on: a network scales its values at once or not at all.
const MOST_NODES: usize = 16;

/// Follows the image through what only moves values, and takes down what is added to it and what it
/// is multiplied with; `None` where nothing is before the network begins.
pub(crate) fn own_scaling(graph: &Graph) -> Option<Scaling> {
    let consumers = graph.consumers();
    let mut value = graph.inputs()[0].value;
    let mut scaling: Option<Scaling> = None;
    for _ in 0..MOST_NODES {
        // What only asks for its shape is known by now.
        let is_known = |node: &Node| node.outputs.iter().all(|&output| graph.value(output).constant.is_some());
        let mut computing =
            consumers[value.index()].iter().map(|&node| graph.node(node)).filter(|node| !is_known(node));
        let (Some(node), None) = (computing.next(), computing.next()) else { break };
        match step(graph, node, value) {
            Some(Step::Moves) => {}
            Some(Step::Scales(next)) => scaling = Some(scaling.unwrap_or(Scaling::NONE).then(next)),
            None => break,
        }
        value = node.outputs[0];
    }
    scaling.filter(|scaling| scaling.is_telling())
}

enum Step {
    Moves,
    Scales(Scaling),
}

fn step(graph: &Graph, node: &Node, value: ValueId) -> Option<Step> {
    let is_first = node.inputs.first() == Some(&Some(value));
    // One number, or one a channel: anything larger is a weight.
    let other = || {
        let other = node.inputs.get(usize::from(is_first)).copied().flatten()?;
        let values = graph.value(other).constant.as_ref()?.as_f32()?;
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        (matches!(values.len(), 1 | 3) && mean.is_finite()).then_some(mean)
    };
    let factor = || other().filter(|factor| *factor != 0.0);
    let (slope, intercept) = match &node.op {
        Op::Cast(_)
        | Op::Transpose(_)
        | Op::Identity(_)
        | Op::Resize(_)
        | Op::Reshape(_)
        | Op::Gather(_)
        | Op::Slice(_) => return is_first.then_some(Step::Moves),
        Op::Mul(_) => (factor()?, 0.0),
        Op::Div(_) if is_first => (1.0 / factor()?, 0.0),
        Op::Add(_) => (1.0, other()?),
        Op::Sub(_) if is_first => (1.0, -other()?),
        Op::Sub(_) => (-1.0, other()?),
        _ => return None,
    };
    Some(Step::Scales(Scaling { slope, intercept }))
}

#[cfg(test)]
mod tests {
    use heatlens_graph::ops::{Add, Conv, Div, Mul, Shape, Sub, Transpose};
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

    #[test]
    fn a_mean_alone_tells_and_what_is_around_zero_already_does_not() {
        let root = ModulePath::root();
        let less = |mean: [f32; 3]| {
            graph(|g, x| {
                let mean = channels(g, mean);
                g.add(Sub, &[x, mean], &root).unwrap()
            })
        };
        assert!(own_scaling(&less([103.9, 116.8, 123.7])).is_some_and(Scaling::takes_levels));
        assert!(own_scaling(&less([0.5; 3])).is_some_and(|scaling| !scaling.takes_levels()));
        let again = graph(|g, x| {
            let (slope, shift) = (channels(g, [0.458, 0.448, 0.45]), channels(g, [-0.03, -0.088, -0.188]));
            let y = g.add(Mul, &[x, slope], &root).unwrap();
            g.add(Add, &[y, shift], &root).unwrap()
        });
        assert_eq!(own_scaling(&again), None, "torchvision's Inception");
    }

    #[test]
    fn who_asks_for_the_size_does_not_hide_what_follows() {
        let root = ModulePath::root();
        let resized = graph(|g, x| {
            g.add(Shape { start: 0, end: None }, &[x], &root).unwrap();
            let by = g.constant("", Tensor::scalar(255.0));
            g.add(Div, &[x, by], &root).unwrap()
        });
        assert!(own_scaling(&resized).is_some_and(Scaling::takes_levels));
    }
}
