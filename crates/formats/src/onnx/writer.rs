//! The file that is being written: its nodes and constants, and the names in it.

use std::collections::{HashMap, HashSet};

use heatlens_graph::{Graph, ModulePath, Node, Tensor, ValueId};

use super::modules;
use super::proto::NodeProto;
use crate::FormatError;

/// How a graph is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct WriteOptions<'a> {
    /// Names of the inputs, in the graph's order; the values' own where none are given.
    pub inputs: &'a [&'a str],
    /// Names of the outputs, in the graph's order; the values' own where none are given.
    pub outputs: &'a [&'a str],
    /// Keys and values of the file's metadata.
    pub metadata: &'a [(&'a str, &'a str)],
}

/// The state of writing one file.
pub(super) struct Writer<'g> {
    pub graph: &'g Graph,
    pub nodes: Vec<NodeProto>,
    pub constants: Vec<(String, Tensor)>,
    /// What the values of the graph that are written are called, by index.
    names: Vec<Option<String>>,
    taken: HashSet<String>,
    /// The last number behind each name that was wanted again.
    serials: HashMap<String, usize>,
    /// How many nodes bear a name.
    node_names: HashMap<String, usize>,
    /// Extents of values that what is written depends on.
    pub asked: HashSet<(ValueId, usize)>,
    outputs: Vec<Option<String>>,
}

impl<'g> Writer<'g> {
    /// Settles the names of all values.
    pub fn new(graph: &'g Graph, options: &WriteOptions<'_>) -> Result<Self, FormatError> {
        let mut writer = Writer {
            graph,
            nodes: Vec::new(),
            constants: Vec::new(),
            names: vec![None; graph.values().len()],
            taken: HashSet::new(),
            serials: HashMap::new(),
            node_names: HashMap::new(),
            asked: HashSet::new(),
            outputs: vec![None; graph.outputs().len()],
        };
        for (what, names, count) in
            [("inputs", options.inputs, graph.inputs().len()), ("outputs", options.outputs, graph.outputs().len())]
        {
            let distinct: HashSet<_> = names.iter().chain(options.inputs).chain(options.outputs).collect();
            let all = options.inputs.len() + options.outputs.len();
            if !names.is_empty() && (names.len() != count || distinct.len() != all || names.contains(&"")) {
                return Err(FormatError::Unsupported(format!(
                    "the network has {count} {what}, which cannot be called {names:?}: give each a name of its own"
                )));
            }
        }
        writer.settle_names(options);
        Ok(writer)
    }

    /// Gives inputs and outputs the names asked for and all other values names of their own, near
    /// those they have.
    fn settle_names(&mut self, options: &WriteOptions<'_>) {
        let graph = self.graph;
        for (input, &name) in graph.inputs().iter().zip(options.inputs) {
            self.names[input.value.index()] = Some(self.fresh(name));
        }
        for (i, &output) in graph.outputs().iter().enumerate() {
            let wanted = options.outputs.get(i).copied().unwrap_or(&graph.value(output).name);
            // An input, a constant or an output that is named twice is passed on by a node.
            if graph.value(output).producer.is_some() && self.names[output.index()].is_none() {
                self.names[output.index()] = Some(self.fresh(wanted));
            } else {
                self.outputs[i] = Some(self.fresh(if options.outputs.is_empty() { "output" } else { wanted }));
            }
        }
        let mut is_written = live(graph);
        for input in graph.inputs() {
            is_written[input.value.index()] = true;
        }
        for id in graph.value_ids() {
            if self.names[id.index()].is_some() || !is_written[id.index()] {
                continue;
            }
            let value = graph.value(id);
            let name = self.fresh(if value.name.is_empty() { "constant" } else { &value.name });
            if let (None, Some(tensor)) = (value.producer, &value.constant) {
                self.constants.push((name.clone(), tensor.clone()));
            }
            self.names[id.index()] = Some(name);
        }
    }

    /// Whether a node is to be written: whether the outputs depend on it. Its results that nothing
    /// takes get names, too.
    pub fn begin(&mut self, node: &Node) -> bool {
        if node.outputs.iter().all(|o| self.names[o.index()].is_none()) {
            return false;
        }
        for &output in &node.outputs {
            if self.names[output.index()].is_none() {
                let name = self.fresh(&self.graph.value(output).name);
                self.names[output.index()] = Some(name);
            }
        }
        true
    }

    /// Names of the outputs; those that are not made by a node of their own get one.
    pub fn outputs(&mut self) -> Vec<String> {
        let values = self.graph.outputs().to_vec();
        let mut names = Vec::with_capacity(values.len());
        for (value, output) in values.into_iter().zip(std::mem::take(&mut self.outputs)) {
            let made = self.name(value).to_owned();
            names.push(output.clone().unwrap_or_else(|| made.clone()));
            if let Some(output) = output {
                let name = self.node_name(&ModulePath::root(), "Identity");
                let (input, output, op_type) = (vec![made], vec![output], "Identity".into());
                self.nodes.push(NodeProto { input, output, name, op_type, ..Default::default() });
            }
        }
        names
    }

    /// What a value is called.
    pub fn name(&self, value: ValueId) -> &str {
        self.names[value.index()].as_deref().expect("what a written node takes is written")
    }

    /// A name that no other value has.
    pub fn fresh(&mut self, wanted: &str) -> String {
        if self.taken.insert(wanted.to_owned()) {
            return wanted.to_owned();
        }
        // Where the last one ended: thousands of values may have one name.
        let serial = self.serials.entry(wanted.to_owned()).or_insert(1);
        loop {
            *serial += 1;
            let name = format!("{wanted}_{serial}");
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }

    /// Writes a constant and returns its name.
    pub fn constant(&mut self, wanted: &str, tensor: Tensor) -> String {
        let name = self.fresh(wanted);
        self.constants.push((name.clone(), tensor));
        name
    }

    /// An extent of a value, which the file depends on from now on.
    pub fn ask(&mut self, value: ValueId, axis: usize) -> usize {
        self.asked.insert((value, axis));
        self.graph.shape(value)[axis]
    }

    /// The name of a node of this module.
    pub fn node_name(&mut self, module: &ModulePath, op_type: &str) -> String {
        let name = modules::node_name(module, op_type);
        let count = self.node_names.entry(name.clone()).or_insert(0);
        *count += 1;
        if *count == 1 { name } else { format!("{name}_{}", *count - 1) }
    }
}

/// Which values the outputs depend on, by index.
fn live(graph: &Graph) -> Vec<bool> {
    let mut live = vec![false; graph.values().len()];
    for output in graph.outputs() {
        live[output.index()] = true;
    }
    for node in graph.nodes().iter().rev() {
        if node.outputs.iter().any(|o| live[o.index()]) {
            for input in node.inputs.iter().flatten() {
                live[input.index()] = true;
            }
        }
    }
    live
}
