//! Picks a kernel for every node that an output depends on.

use std::collections::HashMap;

use heatlens_graph::{Graph, Node, ValueId};

use super::chain::Chains;
use super::draft::{Draft, DraftStep};
use super::fold::{floats, fold};
use super::fuse::{Epilogue, Uses};
use super::options::CompileOptions;
use crate::context::{BufferId, Context, Place};
use crate::error::EngineError;
use crate::kernel::{Kernel, Lowered};
use crate::kernels;
use crate::kernels::blocked::{self, Layout, Link, Origin, Store};
use crate::simd::Isa;

/// Lowers a graph; with blocked buffers where they pay, or with `layout` plain without.
pub(crate) fn lower(graph: Graph, options: &CompileOptions, isa: Isa, layout: Layout) -> Result<Draft, EngineError> {
    let needed = needed(&graph);
    let values = graph.values().len();
    let uses = Uses::new(&graph, &needed);
    let mut lowering = Lowering {
        chains: Chains::of(&graph, &needed, &uses),
        waiting: HashMap::new(),
        uses,
        graph,
        isa,
        layout,
        places: vec![None; values],
        blocked: vec![None; values],
        late: vec![false; values],
        draft: Draft::default(),
    };
    for i in 0..lowering.graph.inputs().len() {
        let value = lowering.graph.inputs()[i].value;
        let buffer = lowering.buffer(value);
        lowering.late[value.index()] = options.late_inputs.contains(&i);
        lowering.draft.inputs.push((lowering.graph.shape(value).to_vec(), buffer));
    }
    let mut pending = needed;
    for i in 0..pending.len() {
        if std::mem::take(&mut pending[i]) {
            let absorbed = lowering.node(i)?;
            absorbed.into_iter().for_each(|i| pending[i] = false);
        }
    }
    for output in lowering.graph.outputs().to_vec() {
        let place = lowering.place(output);
        lowering.draft.outputs.push((lowering.graph.shape(output).to_vec(), place));
    }
    Ok(lowering.draft)
}

/// Which nodes an output depends on.
fn needed(graph: &Graph) -> Vec<bool> {
    let mut wanted = vec![false; graph.values().len()];
    for output in graph.outputs() {
        wanted[output.index()] = true;
    }
    let mut needed = vec![false; graph.nodes().len()];
    for (i, node) in graph.nodes().iter().enumerate().rev() {
        needed[i] = node.outputs.iter().any(|o| wanted[o.index()] && graph.value(*o).constant.is_none());
        if needed[i] {
            node.inputs.iter().flatten().for_each(|input| wanted[input.index()] = true);
        }
    }
    needed
}

struct Lowering {
    graph: Graph,
    isa: Isa,
    layout: Layout,
    uses: Uses,
    chains: Chains,
    /// Nodes behind the walk that are to be computed together with later ones, by the last of them.
    waiting: HashMap<usize, Vec<usize>>,
    /// Where each value is row-major.
    places: Vec<Option<Place>>,
    /// Where each value is blocked.
    blocked: Vec<Option<BufferId>>,
    late: Vec<bool>,
    draft: Draft,
}

impl Lowering {
    /// Frees the constants that no node behind the one at position `i` asks for.
    fn release(&mut self, node: &Node, i: usize) {
        for &value in node.inputs.iter().flatten().filter(|&&value| self.uses.ends_at(value, i)) {
            if let Some(Place::Constant(_)) = self.places[value.index()] {
                self.places[value.index()] = None;
            }
            self.graph.release_constant(value);
        }
    }

    /// Lowers the node at position `i` with those that wait for it, unless it waits itself. Returns
    /// the nodes behind it that this took care of.
    fn node(&mut self, i: usize) -> Result<Vec<usize>, EngineError> {
        let node = self.graph.nodes()[i].clone();
        let mut absorbed = Vec::new();
        if self.layout == Layout::Plain {
            self.plain_node(&node)?;
        } else if let Some(end) = self.chains.end(i) {
            self.waiting.entry(end).or_default().push(i);
            if end == i {
                let chain = self.waiting.remove(&i).unwrap_or_default();
                let chain: Vec<Node> = chain.into_iter().map(|i| self.graph.nodes()[i].clone()).collect();
                self.chain(&chain)?;
                chain.iter().for_each(|node| self.release(node, i));
            }
            return Ok(absorbed);
        } else if let Some(behind) = self.blocked_node(&node) {
            absorbed = behind;
        } else {
            self.plain_node(&node)?;
        }
        self.release(&node, i);
        Ok(absorbed)
    }

    /// Lowers elementwise nodes, of which the last alone has readers behind: together if that can
    /// be, on blocked buffers if one of theirs is.
    fn chain(&mut self, nodes: &[Node]) -> Result<(), EngineError> {
        match nodes {
            _ if self.blocked_chain(nodes).is_some() => Ok(()),
            [node] => self.plain_node(node),
            several => several.iter().try_for_each(|node| self.chain(std::slice::from_ref(node))),
        }
    }

    fn blocked_chain(&mut self, nodes: &[Node]) -> Option<()> {
        let mut inputs: Vec<ValueId> = Vec::new();
        let mut links: Vec<Link> = Vec::new();
        for node in nodes {
            let formula = blocked::formula(&self.graph, node)?;
            let mut operands = Vec::with_capacity(formula.operands());
            for &value in node.inputs[..formula.operands()].iter().flatten() {
                operands.push(match self.number(value) {
                    Some(number) => Origin::Number(number?),
                    None => match nodes[..links.len()].iter().position(|earlier| earlier.outputs[0] == value) {
                        Some(link) => Origin::Link(link),
                        None => Origin::Input(position_or_push(&mut inputs, value)),
                    },
                });
            }
            links.push(Link { formula, operands });
        }
        if inputs.len() > blocked::MOST_INPUTS || inputs.iter().all(|v| self.blocked[v.index()].is_none()) {
            return None;
        }
        let node = nodes.last()?;
        let late = inputs.iter().any(|v| self.late[v.index()]);
        let kernel = Box::new(blocked::ChainKernel::new(self.isa, links, inputs.len()));
        let places = inputs.into_iter().map(|v| Some(Place::Buffer(self.blocked_place(v)))).collect();
        let output = self.blocked_buffer(node.outputs[0], late);
        let op = if nodes.len() == 1 { node.op.name() } else { "Elementwise" };
        self.draft.steps.push(DraftStep {
            kernel,
            inputs: places,
            outputs: vec![output],
            late,
            op,
            node: node.name.clone(),
        });
        Some(())
    }

    /// What a constant's only element is: `Some(None)` of a constant of several.
    fn number(&self, value: ValueId) -> Option<Option<f32>> {
        let only = |elements: &[f32]| if let [number] = elements { Some(*number) } else { None };
        match (&self.places[value.index()], &self.graph.value(value).constant) {
            (Some(Place::Constant(elements)), _) => Some(only(elements)),
            (None, Some(tensor)) if tensor.len() == 1 => Some(only(&floats(tensor))),
            (None, Some(_)) => Some(None),
            _ => None,
        }
    }

    /// A new blocked buffer for a value.
    fn blocked_buffer(&mut self, value: ValueId, late: bool) -> BufferId {
        let id = self.draft.buffers.len();
        self.draft.buffers.push(blocked::len(self.graph.shape(value)));
        self.blocked[value.index()] = Some(id);
        self.late[value.index()] = late;
        id
    }

    fn plain_node(&mut self, node: &Node) -> Result<(), EngineError> {
        let unsupported =
            |reason: String| EngineError::Unsupported { op: node.op.name(), node: node.name.clone(), reason };
        let inputs: Vec<_> = node.inputs.iter().map(|input| input.map(|v| self.place(v))).collect();
        let lowered = kernels::lower(&Context { graph: &self.graph, node, places: &inputs, isa: self.isa })
            .map_err(unsupported)?;
        let late = self.is_late(node);
        node.outputs.iter().for_each(|o| self.late[o.index()] = late);
        let kernel = match lowered {
            Lowered::View => {
                self.places[node.outputs[0].index()] = inputs[0].clone();
                return Ok(());
            }
            Lowered::Constant(elements) => {
                self.places[node.outputs[0].index()] = Some(Place::Constant(elements));
                return Ok(());
            }
            Lowered::Kernel(kernel) => kernel,
        };
        if inputs.iter().flatten().all(|p| matches!(p, Place::Constant(_))) {
            let lens: Vec<_> = node.outputs.iter().map(|&o| self.len(o)).collect();
            for (&output, elements) in node.outputs.iter().zip(fold(kernel, &inputs, &lens)) {
                self.places[output.index()] = Some(Place::Constant(elements));
            }
            return Ok(());
        }
        let outputs = node.outputs.iter().map(|&o| self.buffer(o)).collect();
        self.draft.steps.push(DraftStep { kernel, inputs, outputs, late, op: node.op.name(), node: node.name.clone() });
        Ok(())
    }

    /// Lowers a node to a kernel with a blocked output, if there is one for it.
    fn blocked_node(&mut self, node: &Node) -> Option<Vec<usize>> {
        let unknown = |v: ValueId| match (&self.places[v.index()], &self.graph.value(v).constant) {
            (Some(place), _) => place.clone(),
            (None, Some(tensor)) => Place::Constant(floats(tensor)),
            // Not needed before the kernel is chosen.
            (None, None) => Place::Buffer(BufferId::MAX),
        };
        let places: Vec<_> = node.inputs.iter().map(|input| input.map(unknown)).collect();
        let Some(Some(Place::Buffer(_))) = places.first() else { return None };
        let late = self.is_late(node);
        let at_hand = |v: ValueId| {
            let placed = self.blocked[v.index()].is_some() || matches!(self.places[v.index()], Some(Place::Buffer(_)));
            placed && self.late[v.index()] == late
        };
        let epilogue = match blocked::stores(&node.op) {
            Some(residual) => Epilogue::behind(&self.graph, node, &self.uses, residual, at_hand),
            None => Epilogue::none(node),
        };
        let store = Store { residual: epilogue.residual.is_some(), activation: epilogue.activation };
        let is_blocked =
            |i: usize| node.inputs.get(i).copied().flatten().is_some_and(|v| self.blocked[v.index()].is_some());
        let context = Context { graph: &self.graph, node, places: &places, isa: self.isa };
        let lowered = blocked::lower(&context, &is_blocked, store)?;
        let mut inputs = Vec::new();
        for (input, layout) in node.inputs.iter().zip(lowered.inputs) {
            let value = input.expect("kernels on blocked buffers take inputs that are there");
            inputs.push(Some(match layout {
                Layout::Plain => self.place(value),
                Layout::Blocked => Place::Buffer(self.blocked_place(value)),
            }));
        }
        inputs.extend(epilogue.residual.map(|v| Some(Place::Buffer(self.blocked_place(v)))));
        let output = self.blocked_buffer(epilogue.output, late);
        let (op, node) = (node.op.name(), node.name.clone());
        self.draft.steps.push(DraftStep { kernel: lowered.kernel, inputs, outputs: vec![output], late, op, node });
        Some(epilogue.absorbed)
    }

    fn is_late(&self, node: &Node) -> bool {
        node.inputs.iter().flatten().any(|v| self.late[v.index()])
    }

    /// A step that makes another layout of a value.
    fn reorder(&mut self, kernel: Box<dyn Kernel>, value: ValueId, from: Place, to: BufferId) {
        let node = self.graph.value(value).name.clone();
        let late = self.late[value.index()];
        self.draft.steps.push(DraftStep {
            kernel,
            inputs: vec![Some(from)],
            outputs: vec![to],
            late,
            op: "Reorder",
            node,
        });
    }

    /// The blocked buffer of a value that was lowered before.
    fn blocked_place(&mut self, value: ValueId) -> BufferId {
        if let Some(id) = self.blocked[value.index()] {
            return id;
        }
        let from = self.place(value);
        let shape = self.graph.shape(value);
        let (len, kernel) = (blocked::len(shape), blocked::to_blocked(shape));
        let id = self.draft.buffers.len();
        self.draft.buffers.push(len);
        self.blocked[value.index()] = Some(id);
        self.reorder(kernel, value, from, id);
        id
    }

    fn len(&self, value: ValueId) -> usize {
        self.graph.value(value).ty.len()
    }

    /// A new buffer for a value.
    fn buffer(&mut self, value: ValueId) -> BufferId {
        let id = self.draft.buffers.len();
        self.draft.buffers.push(self.len(value));
        self.places[value.index()] = Some(Place::Buffer(id));
        id
    }

    /// Where a value is that was lowered before, or is a constant.
    fn place(&mut self, value: ValueId) -> Place {
        if let Some(place) = &self.places[value.index()] {
            return place.clone();
        }
        if let Some(from) = self.blocked[value.index()] {
            let to = self.buffer(value);
            self.reorder(blocked::to_plain(self.graph.shape(value)), value, Place::Buffer(from), to);
            return Place::Buffer(to);
        }
        let tensor = self.graph.value(value).constant.as_ref().expect("values come before their consumers");
        let place = Place::Constant(floats(tensor));
        self.places[value.index()] = Some(place.clone());
        place
    }
}

/// Where a value is in a list, to which it is added if it is not there.
fn position_or_push(list: &mut Vec<ValueId>, value: ValueId) -> usize {
    list.iter().position(|&v| v == value).unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    })
}
