//! Computes in (N, C, H, W) what a TensorFlow export computes in (N, H, W, C).
//!
//! tf2onnx wraps convolutions in transpositions and removes most of them, but not all: stretches of
//! elementwise nodes stay in (N, H, W, C), where an activation would be mistaken for one of H
//! channels. Here the transpositions move behind those stretches, until they meet their inverse or
//! a node that needs the order.

use heatlens_graph::ops::Transpose;
use heatlens_graph::{Data, Graph, GraphError, Node, NodeSpec, Op, Tensor, ValueId};

/// (N, C, H, W) → (N, H, W, C).
const TO_LAST: [usize; 4] = [0, 2, 3, 1];

/// (N, H, W, C) → (N, C, H, W).
const TO_SECOND: [usize; 4] = [0, 3, 1, 2];

/// Where a value of the old graph is found in the new one.
#[derive(Clone, Copy)]
enum Place {
    /// It is this value.
    Same(ValueId),
    /// It is this value (N, C, H, W), transposed to (N, H, W, C).
    Moved(ValueId),
}

/// The same network with transpositions moved as far towards the outputs as they go.
pub(super) fn channels_second(graph: &Graph) -> Result<Graph, GraphError> {
    let mut rewriter = Rewriter { old: graph, new: Graph::new(), places: vec![None; graph.values().len()] };
    let mut inputs = graph.inputs().iter().peekable();
    for id in graph.value_ids() {
        let value = graph.value(id);
        let place = if let Some(input) = inputs.next_if(|input| input.value == id) {
            rewriter.new.input(value.name.clone(), value.ty.dtype, input.dims.clone(), &value.ty.shape)
        } else if let (None, Some(tensor)) = (value.producer, &value.constant) {
            rewriter.new.constant(value.name.clone(), tensor.clone())
        } else {
            if rewriter.places[id.index()].is_none() {
                let producer = value.producer.expect("a value is an input, a constant or produced");
                rewriter.node(graph.node(producer))?;
            }
            continue;
        };
        rewriter.places[id.index()] = Some(Place::Same(place));
    }
    let outputs = graph.outputs().iter().map(|&o| rewriter.in_order(o)).collect::<Result<_, _>>()?;
    rewriter.new.set_outputs(outputs);
    Ok(rewriter.new)
}

/// A node on (N, C, H, W): operator, arguments, and whether its results are moved, too.
type Reordered = (Op, Vec<Option<ValueId>>, bool);

struct Rewriter<'g> {
    old: &'g Graph,
    new: Graph,
    places: Vec<Option<Place>>,
}

impl Rewriter<'_> {
    fn place(&self, value: ValueId) -> Place {
        self.places[value.index()].expect("nodes are in topological order")
    }

    fn is_moved(&self, value: &Option<ValueId>) -> bool {
        value.is_some_and(|v| matches!(self.place(v), Place::Moved(_)))
    }

    fn node(&mut self, node: &Node) -> Result<(), GraphError> {
        if let Op::Transpose(Transpose { perm }) = &node.op {
            match (self.place(node.inputs[0].expect("a transposition has an input")), perm.as_slice()) {
                (Place::Same(v), p) if p == TO_LAST => return self.record(node, &[Place::Moved(v)]),
                (Place::Moved(v), p) if p == TO_SECOND => return self.record(node, &[Place::Same(v)]),
                _ => {}
            }
        }
        if node.inputs.iter().any(|v| self.is_moved(v))
            && let Some((op, inputs, moved)) = self.reordered(node)?
        {
            return self.add(node, op, inputs, moved);
        }
        let inputs = node.inputs.iter().map(|v| v.map(|v| self.in_order(v)).transpose()).collect::<Result<_, _>>()?;
        self.add(node, node.op.clone(), inputs, false)
    }

    /// The node on (N, C, H, W); `None` where it needs the order that it has.
    fn reordered(&mut self, node: &Node) -> Result<Option<Reordered>, GraphError> {
        if node.op.is_elementwise() {
            let inputs =
                node.inputs.iter().map(|v| v.map(|v| self.operand(v)).transpose()).collect::<Result<Vec<_>, _>>()?;
            let all = inputs.iter().zip(&node.inputs).all(|(new, old)| !matches!((new, old), (Some(None), Some(_))));
            return Ok(all.then(|| (node.op.clone(), inputs.into_iter().map(Option::flatten).collect(), true)));
        }
        if let Op::Concat(concat) = &node.op {
            let axis = if concat.axis < 0 { concat.axis + 4 } else { concat.axis };
            let axis = TO_LAST[axis as usize] as isize;
            let inputs =
                node.inputs.iter().flatten().map(|&v| self.operand(v)).collect::<Result<Option<Vec<_>>, _>>()?;
            return Ok(inputs.map(|inputs| {
                (heatlens_graph::ops::Concat { axis }.into(), inputs.into_iter().map(Some).collect(), true)
            }));
        }
        Ok(self.reduced(node))
    }

    /// A mean (or other reduction) over space.
    fn reduced(&mut self, node: &Node) -> Option<Reordered> {
        use heatlens_graph::ops::{ReduceMax, ReduceMean, ReduceSum};
        let keep_dims = match node.op {
            Op::ReduceMean(ReduceMean { keep_dims })
            | Op::ReduceSum(ReduceSum { keep_dims })
            | Op::ReduceMax(ReduceMax { keep_dims }) => keep_dims,
            Op::Squeeze(_) => false,
            _ => return None,
        };
        let (Place::Moved(x), Some(&Some(axes))) = (self.place(node.inputs[0]?), node.inputs.get(1)) else {
            return None;
        };
        let mut axes = self
            .old
            .value(axes)
            .constant
            .as_ref()?
            .as_i64()?
            .iter()
            .map(|&a| if a < 0 { a + 4 } else { a })
            .collect::<Vec<_>>();
        axes.sort_unstable();
        if axes != [1, 2] {
            return None;
        }
        let axes = self.new.constant(format!("{}/axes", node.name), Tensor::ints(&[2, 3]));
        Some((node.op.clone(), vec![Some(x), Some(axes)], keep_dims))
    }

    /// An operand of a node that computes in (N, C, H, W); `None` where it cannot be had.
    fn operand(&mut self, value: ValueId) -> Result<Option<ValueId>, GraphError> {
        let old = self.old.value(value);
        match self.place(value) {
            Place::Moved(v) => Ok(Some(v)),
            Place::Same(v) if old.ty.len() == 1 && old.ty.shape.len() <= 4 => Ok(Some(v)),
            Place::Same(v) if old.ty.shape.len() == 4 && old.constant.is_none() => {
                self.transpose(v, TO_SECOND).map(Some)
            }
            Place::Same(_) => {
                let moved = old.constant.as_ref().and_then(moved_constant);
                Ok(moved.map(|tensor| self.new.constant(old.name.clone(), tensor)))
            }
        }
    }

    /// The value in the order of the old graph.
    fn in_order(&mut self, value: ValueId) -> Result<ValueId, GraphError> {
        match self.place(value) {
            Place::Same(v) => Ok(v),
            Place::Moved(v) => self.transpose(v, TO_LAST),
        }
    }

    fn transpose(&mut self, value: ValueId, perm: [usize; 4]) -> Result<ValueId, GraphError> {
        self.new.add(Transpose { perm: perm.to_vec() }, &[value], &heatlens_graph::ModulePath::root())
    }

    fn add(&mut self, node: &Node, op: Op, inputs: Vec<Option<ValueId>>, moved: bool) -> Result<(), GraphError> {
        let output_names = node.outputs.iter().map(|&o| self.old.value(o).name.clone()).collect();
        let spec = NodeSpec { op, inputs, name: node.name.clone(), output_names, module: node.module.clone() };
        let outputs = self.new.add_node(spec)?;
        let places: Vec<_> = outputs.into_iter().map(if moved { Place::Moved } else { Place::Same }).collect();
        self.record(node, &places)
    }

    fn record(&mut self, node: &Node, places: &[Place]) -> Result<(), GraphError> {
        for (output, place) in node.outputs.iter().zip(places) {
            self.places[output.index()] = Some(*place);
        }
        Ok(())
    }
}

/// A float constant that is broadcast to (N, H, W, C), for (N, C, H, W).
fn moved_constant(tensor: &Tensor) -> Option<Tensor> {
    let Data::F32(elements) = tensor.data() else { return None };
    let rank = tensor.shape().len();
    if rank > 4 {
        return None;
    }
    let mut shape = [1; 4];
    shape[4 - rank..].copy_from_slice(tensor.shape());
    let [n, h, w, c] = shape;
    let mut moved = Vec::with_capacity(elements.len());
    for image in 0..n {
        for channel in 0..c {
            moved.extend((0..h * w).map(|cell| elements[(image * h * w + cell) * c + channel]));
        }
    }
    Some(Tensor::f32([n, c, h, w], moved))
}

#[cfg(test)]
mod tests {
    use heatlens_graph::{DType, Dim, ModulePath, ops};

    use super::*;

    fn to_last(graph: &mut Graph, x: ValueId) -> ValueId {
        graph.add(Transpose { perm: TO_LAST.to_vec() }, &[x], &ModulePath::root()).unwrap()
    }

    fn input(graph: &mut Graph) -> ValueId {
        let shape = [1, 2, 3, 4];
        graph.input("x", DType::F32, shape.map(Dim::Fixed).to_vec(), &shape)
    }

    #[test]
    fn elementwise_stretches_and_the_mean_behind_them_need_no_transposition() {
        let mut graph = Graph::new();
        let root = ModulePath::root();
        let x = input(&mut graph);
        let last = to_last(&mut graph, x);
        let scale = graph.constant("scale", Tensor::f32([2], vec![1.0, 2.0]));
        let scaled = graph.add(ops::Mul, &[last, scale], &"layer".into()).unwrap();
        let relu = graph.add(ops::Relu, &[scaled], &root).unwrap();
        let axes = graph.constant("axes", Tensor::ints(&[1, -2]));
        let mean = graph.add(ops::ReduceMean { keep_dims: false }, &[relu, axes], &root).unwrap();
        graph.set_outputs(vec![mean]);
        let moved = channels_second(&graph).unwrap();
        assert!(moved.nodes().iter().all(|n| n.op.name() != "Transpose"));
        assert_eq!(moved.shape(moved.nodes()[0].outputs[0]), [1, 2, 3, 4]);
        assert_eq!(moved.nodes()[0].module.as_str(), "layer");
        assert_eq!(moved.shape(moved.outputs()[0]), [1, 2]);
    }

    #[test]
    fn what_needs_the_order_gets_it() {
        let mut graph = Graph::new();
        let x = input(&mut graph);
        let last = to_last(&mut graph, x);
        let relu = graph.add(ops::Relu, &[last], &ModulePath::root()).unwrap();
        let flat = graph.add(ops::Flatten { axis: 1 }, &[relu], &ModulePath::root()).unwrap();
        graph.set_outputs(vec![flat, relu]);
        let moved = channels_second(&graph).unwrap();
        let names: Vec<_> = moved.nodes().iter().map(|n| n.op.name()).collect();
        assert_eq!(names, ["Relu", "Transpose", "Flatten", "Transpose"]);
        assert_eq!(moved.shape(moved.outputs()[1]), [1, 3, 4, 2]);
    }

    #[test]
    fn a_constant_is_moved_as_it_is_broadcast() {
        let moved = moved_constant(&Tensor::f32([2, 1, 3], vec![1., 2., 3., 4., 5., 6.])).unwrap();
        assert_eq!(moved, Tensor::f32([1, 3, 2, 1], vec![1., 4., 2., 5., 3., 6.]));
    }
}
