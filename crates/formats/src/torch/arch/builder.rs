//! Builds a graph from a definition, the weights of a file and, where there is one, the pickled
//! module.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use heatlens_graph::{DType, Dim, Graph, ModulePath, NodeSpec, Op, Tensor, ValueId, ops};

use super::continuation::Continuation;
use super::misfit::{Fit, Misfit};
use super::variant::Variant;
use super::weights::Weights;
use crate::torch::ModuleTree;

/// How the package that wrote a file pads convolutions whose definition does not say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PaddingRule {
    /// Half the kernel on all sides.
    Half,
    /// TensorFlow's "same", computed from each image.
    Same,
    /// TensorFlow's "same", computed once for square images of the size that the network was made
    /// for. Holds the extent at the next convolution.
    StaticSame(usize),
}

/// What holds for a whole network unless a layer says otherwise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conventions {
    /// Added to variances by batch normalisation.
    pub epsilon: f32,
    /// Padding of convolutions.
    pub padding: PaddingRule,
}

impl Default for Conventions {
    fn default() -> Self {
        Conventions { epsilon: 1e-5, padding: PaddingRule::Half }
    }
}

/// A graph in the making. Module names are relative to the current scope and become the paths of
/// the nodes.
pub(crate) struct Builder<'a> {
    /// What holds for the whole network.
    pub conventions: Conventions,
    /// What was asked for otherwise than the definition has it.
    pub variant: Variant,
    /// Name of the network that is built, for messages.
    pub member: &'static str,
    /// Whether an activation in the classifier is assumed.
    pub assumes_head: bool,
    /// Whether the pooling in front of the classifier is assumed.
    pub assumes_pool: bool,
    /// Modules in the classifier that are one each, where the network has several.
    pub heads: Vec<String>,
    /// The logits of each of these.
    pub outputs: Vec<ValueId>,
    /// What takes the features in the place of the network's own end.
    pub continuation: Option<Continuation>,
    /// The feature map in front of the pooling, once it is computed.
    pub features: Option<ValueId>,
    weights: &'a Weights<'a>,
    module: Option<&'a ModuleTree>,
    input_size: [usize; 2],
    graph: Graph,
    /// Where the network lies in a larger one; names in the file and the module are relative to it.
    place: ModulePath,
    /// What the network takes in the place of an image, where it lies in a larger one.
    given: Option<ValueId>,
    scope: ModulePath,
    parameters: HashMap<String, ValueId>,
    used: HashSet<String>,
    /// Paths of pickled modules that were asked how they compute, or that play no role.
    consulted: RefCell<HashSet<String>>,
    notes: Vec<String>,
}

impl<'a> Builder<'a> {
    /// An empty graph for images of `[height, width]`.
    pub fn new(weights: &'a Weights<'a>, module: Option<&'a ModuleTree>, input_size: [usize; 2]) -> Self {
        Builder {
            conventions: Conventions::default(),
            variant: Variant::default(),
            member: "",
            assumes_head: false,
            assumes_pool: false,
            heads: Vec::new(),
            outputs: Vec::new(),
            continuation: None,
            features: None,
            weights,
            module,
            input_size,
            graph: Graph::new(),
            place: ModulePath::root(),
            given: None,
            scope: ModulePath::root(),
            parameters: HashMap::new(),
            used: HashSet::new(),
            consulted: RefCell::default(),
            notes: Vec::new(),
        }
    }

    /// The graph with `logits` as its output, or those of several heads, and what was assumed.
    pub fn finish(mut self, logits: ValueId) -> (Graph, Vec<String>) {
        let outputs = std::mem::take(&mut self.outputs);
        self.graph.set_outputs(if outputs.is_empty() { vec![logits] } else { outputs });
        (self.graph, self.notes)
    }

    /// Says something that the user should know of how the file was read.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// [`Builder::note`] that is said only once.
    pub fn note_once(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Names the classes of the user's own, which are taken for the parts of the network whose
    /// weights they have.
    pub fn note_own_classes(&mut self, network: &str) {
        let own = self.module.map(ModuleTree::own_classes).unwrap_or_default();
        let place = |path: &str| if path.is_empty() { "the network".to_owned() } else { format!("`{path}`") };
        let named: Vec<String> =
            own.iter().take(6).map(|(path, class)| format!("`{class}` ({})", place(path))).collect();
        if !named.is_empty() {
            self.notes.push(format!(
                "classes of its own, whose code is not read: {}. The module is taken for {network}, which it has the \
                 weights of",
                named.join(", ")
            ));
        }
    }

    /// Runs `body` within the module `name`.
    pub fn within<T>(&mut self, name: &str, body: impl FnOnce(&mut Self) -> Fit<T>) -> Fit<T> {
        let inner = self.scope.child(name);
        let outer = std::mem::replace(&mut self.scope, inner);
        let result = body(self);
        self.scope = outer;
        result
    }

    /// Runs `body` on the network that the module `name` is as a whole, whose definition knows
    /// nothing of the modules around it. It takes `x` as its image; `weights` are those below `name`.
    pub fn nested<T>(
        &mut self,
        name: &str,
        x: ValueId,
        weights: &Weights<'_>,
        body: impl FnOnce(&mut Builder<'_>) -> Fit<T>,
    ) -> Fit<T> {
        let inside = self.path(name);
        let mut inner = Builder::new(weights, self.peek(name), self.input_size);
        let before = self.graph.clone();
        inner.graph = std::mem::take(&mut self.graph);
        inner.place = self.place.child(inside.as_str());
        inner.given = Some(x);
        let result = body(&mut inner);
        let Builder { graph, used, notes, .. } = inner;
        if result.is_err() {
            self.graph = before;
            return result;
        }
        self.graph = graph;
        self.used.extend(used.iter().map(|name| inside.child(name).to_string()));
        self.consulted.borrow_mut().insert(inside.to_string());
        self.notes.extend(notes);
        result
    }

    /// Whether the network lies in a larger one, which may go on with its features.
    pub fn is_nested(&self) -> bool {
        self.given.is_some()
    }

    // --- What the file says.

    /// The full path of a module of the current scope.
    pub fn path(&self, name: &str) -> ModulePath {
        self.scope.child(name)
    }

    /// Whether the file has tensors in the module `name`, or the tensor `name`.
    pub fn has(&self, name: &str) -> bool {
        self.weights.has(self.path(name).as_str())
    }

    /// How many modules `<name>.0`, `<name>.1`, … the file has.
    pub fn count(&self, name: &str) -> usize {
        self.weights.count(self.path(name).as_str())
    }

    /// The pickled module `name`, where the file is a pickled network.
    pub fn pickled(&self, name: &str) -> Option<&'a ModuleTree> {
        let path = self.path(name);
        let module = self.module?.get(path.as_str())?;
        self.consulted.borrow_mut().insert(path.to_string());
        Some(module)
    }

    /// The pickled module `name`, which does not count as asked how it computes.
    pub fn peek(&self, name: &str) -> Option<&'a ModuleTree> {
        self.module?.get(self.path(name).as_str())
    }

    /// The first of these names that a pickled module has; the first of all where none has.
    pub fn first<'n>(&self, names: &[&'n str]) -> &'n str {
        names.iter().find(|name| self.has_pickled(name)).unwrap_or(&names[0])
    }

    /// Whether there is a pickled module `name`.
    pub fn has_pickled(&self, name: &str) -> bool {
        self.module.is_some_and(|module| module.get(self.path(name).as_str()).is_some())
    }

    /// Pickled modules that compute something and were not asked what: with them the network is
    /// another than its definition says.
    pub fn unconsulted(&self) -> Vec<(String, &'a ModuleTree)> {
        let consulted = self.consulted.borrow();
        let is_new = |path: &str| {
            !path.match_indices('.').map(|(dot, _)| &path[..dot]).chain([path]).any(|part| consulted.contains(part))
        };
        let Some(module) = self.module else { return Vec::new() };
        let leaves = module.walk().into_iter().filter(|(_, module)| module.children.is_empty());
        leaves.filter(|(path, m)| !path.is_empty() && is_new(path) && !m.computes_nothing()).collect()
    }

    /// All weights of the file.
    pub fn weights(&self) -> &'a Weights<'a> {
        self.weights
    }

    /// The tensors of the file that no layer has used.
    pub fn unused(&self) -> impl Iterator<Item = (&'a str, &'a Tensor)> + '_ {
        self.weights.iter().filter(|(name, _)| !self.used.contains(*name))
    }

    /// How many tensors of the file have been used.
    pub fn used(&self) -> usize {
        self.used.len()
    }

    /// Counts all tensors of the module `name` as used: parts that play no role when classifying.
    /// Says whether there were any.
    pub fn ignore(&mut self, name: &str) -> bool {
        let prefix = self.path(name);
        self.consulted.borrow_mut().insert(prefix.to_string());
        let below = self.weights.below(prefix.as_str());
        self.used.extend(below.iter().map(|rest| format!("{prefix}.{rest}")));
        !below.is_empty()
    }

    /// The tensor `name`, which must be f32 of this rank; counts as used.
    pub fn tensor(&mut self, name: &str, rank: usize) -> Fit<&'a Tensor> {
        let path = self.path(name);
        let tensor = self.weights.get(path.as_str()).ok_or_else(|| Misfit::Missing(path.to_string()))?;
        if tensor.shape().len() != rank || tensor.dtype() != DType::F32 || tensor.is_empty() {
            return Err(self.misshapen(name, tensor.shape(), format!("a floating-point tensor of {rank} dimensions")));
        }
        self.used.insert(path.to_string());
        Ok(tensor)
    }

    /// The error for a tensor of an unusable shape.
    pub fn misshapen(&self, name: &str, found: &[usize], expected: impl Into<String>) -> Misfit {
        Misfit::Shape { name: self.placed(name).to_string(), found: found.to_vec(), expected: expected.into() }
    }

    /// The error for a pickled module that is of no use in its place.
    pub fn misplaced(&self, name: &str, module: &ModuleTree, reason: impl Into<String>) -> Misfit {
        Misfit::Module { path: self.placed(name).to_string(), class: module.class.clone(), reason: reason.into() }
    }

    /// The constant that holds the tensor `name`, of exactly this shape.
    pub fn parameter(&mut self, name: &str, shape: &[usize]) -> Fit<ValueId> {
        let tensor = self.tensor(name, shape.len())?;
        if tensor.shape() != shape {
            return Err(self.misshapen(name, tensor.shape(), format!("{shape:?}")));
        }
        let path = self.path(name).to_string();
        if let Some(&value) = self.parameters.get(&path) {
            return Ok(value);
        }
        let value = self.graph.constant(self.place.child(&path).as_str(), tensor.clone());
        self.parameters.insert(path, value);
        Ok(value)
    }

    // --- What the network computes.

    /// The image: a batch of `channels × height × width`, of which all but the channels are free.
    pub fn image(&mut self, channels: usize) -> ValueId {
        if let Some(given) = self.given {
            return given;
        }
        let free = |name: &str| Dim::Free(name.into());
        let dims = vec![free("batch"), Dim::Fixed(channels), free("height"), free("width")];
        let [height, width] = self.input_size;
        self.graph.input("image", DType::F32, dims, &[1, channels, height, width])
    }

    /// The image, with as many channels as the first convolution's weight `name` takes.
    pub fn image_for(&mut self, name: &str) -> Fit<ValueId> {
        let channels = self.tensor(name, 4)?.shape()[1];
        Ok(self.image(channels))
    }

    /// The shape of a value.
    pub fn shape(&self, x: ValueId) -> &[usize] {
        self.graph.shape(x)
    }

    /// Channels of an activation `(batch, channels, …)`.
    pub fn channels(&self, x: ValueId) -> usize {
        self.graph.shape(x).get(1).copied().unwrap_or(1)
    }

    /// The full path of a module of the current scope in the whole network.
    fn placed(&self, name: &str) -> ModulePath {
        self.place.child(self.path(name).as_str())
    }

    /// Appends a node to the module `name`.
    pub fn add(&mut self, op: impl Into<Op>, inputs: &[ValueId], name: &str) -> Fit<ValueId> {
        let path = self.placed(name);
        Ok(self.graph.add(op, inputs, &path)?)
    }

    /// Appends a node of several outputs to the module `name`.
    pub fn add_many(&mut self, op: impl Into<Op>, inputs: &[ValueId], name: &str) -> Fit<Vec<ValueId>> {
        self.add_node(op.into(), inputs.iter().copied().map(Some).collect(), name)
    }

    /// [`Builder::add_many`] with inputs that may be left out.
    pub fn add_node(&mut self, op: Op, inputs: Vec<Option<ValueId>>, name: &str) -> Fit<Vec<ValueId>> {
        let spec = NodeSpec { op, inputs, name: String::new(), output_names: Vec::new(), module: self.placed(name) };
        Ok(self.graph.add_node(spec)?)
    }

    /// `x` as an output of this name.
    pub fn output(&mut self, x: ValueId, name: &str) -> Fit<ValueId> {
        let spec = NodeSpec {
            op: Op::from(ops::Identity),
            inputs: vec![Some(x)],
            name: String::new(),
            output_names: vec![name.to_owned()],
            module: self.placed(""),
        };
        Ok(self.graph.add_node(spec)?[0])
    }

    /// Appends a constant named after the tensor `name` that it was made from.
    pub fn named_constant(&mut self, name: &str, tensor: Tensor) -> ValueId {
        let path = self.placed(name);
        self.graph.constant(path.as_str(), tensor)
    }

    /// Appends an anonymous constant.
    pub fn constant(&mut self, tensor: Tensor) -> ValueId {
        self.graph.constant(format!("{}/constant", self.placed("")), tensor)
    }
}
