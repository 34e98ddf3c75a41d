//! Walks the nodes of a file in order and adds them to a [`Graph`].

use std::collections::HashMap;
use std::rc::Rc;

use heatlens_graph::{Graph, ModulePath, Tensor, ValueId};

use super::context::Context;
use super::external::External;
use super::modules::ModuleNames;
use super::operators;
use super::proto::{FunctionProto, GraphProto, NodeProto, Opsets, TensorProto, canonical_domain};
use super::tensor;
use crate::FormatError;

/// More nodes than any classifier has, functions inlined; a hostile file's functions multiply.
const MOST_NODES: usize = 100_000;

/// Functions and branches within each other.
const DEEPEST: usize = 32;

/// What a name stands for.
pub(super) enum Entry {
    /// A value of the graph.
    Value(ValueId),
    /// A weight that no node has used yet.
    Weight(Box<TensorProto>),
    /// An optional argument that the caller of a function left out.
    Omitted,
    /// An output that is not computed at inference, such as the mask of a dropout; the text says
    /// whose.
    NotComputed(String),
}

/// The names that nodes of one graph, branch or function body see.
pub(super) struct Scope {
    entries: HashMap<String, Entry>,
    /// Whether the names of the enclosing scope are hidden, as in a function body.
    opaque: bool,
    opsets: Rc<Opsets>,
    /// Of nodes whose own module is not known.
    pub module: ModulePath,
    /// Put before names in function bodies, which are used more than once.
    prefix: String,
    /// Names that the caller gives to a function's outputs.
    renamed: HashMap<String, String>,
}

impl Scope {
    /// The scope of the main graph.
    pub fn new(opsets: Opsets) -> Self {
        Scope {
            entries: HashMap::new(),
            opaque: true,
            opsets: Rc::new(opsets),
            module: ModulePath::root(),
            prefix: String::new(),
            renamed: HashMap::new(),
        }
    }

    /// The scope of a branch, which sees the names around it.
    fn branch(outer: &Scope) -> Self {
        let (opsets, module, prefix) = (outer.opsets.clone(), outer.module.clone(), outer.prefix.clone());
        Scope { entries: HashMap::new(), opaque: false, opsets, module, prefix, renamed: HashMap::new() }
    }

    /// Adds a name.
    pub fn define(&mut self, name: &str, entry: Entry) -> Result<(), FormatError> {
        match self.entries.insert(name.to_owned(), entry) {
            None => Ok(()),
            Some(_) => {
                Err(FormatError::Damaged(format!("the name `{name}` is given to two values; export the model again")))
            }
        }
    }

    /// What a value or node of this name is called in the graph.
    pub fn full_name(&self, name: &str) -> String {
        match self.renamed.get(name) {
            Some(renamed) => renamed.clone(),
            None if name.is_empty() => String::new(),
            None => format!("{}{name}", self.prefix),
        }
    }
}

/// The state of reading one file.
pub(super) struct Importer<'p> {
    pub graph: Graph,
    pub external: External<'p>,
    /// How many images the file is made for, where it is read for one.
    pub batch: Option<usize>,
    functions: HashMap<FunctionKey<'p>, &'p FunctionProto>,
    scopes: Vec<Scope>,
    modules: ModuleNames,
    nodes_left: usize,
    /// Constants of function bodies are decoded once a call: what they may take in all, in
    /// elements.
    elements_left: usize,
}

/// Domain, name and overload.
type FunctionKey<'p> = (&'p str, &'p str, &'p str);

impl<'p> Importer<'p> {
    /// An importer of a file of `file_len` bytes.
    pub fn new(
        scope: Scope,
        functions: &'p [FunctionProto],
        modules: ModuleNames,
        external: External<'p>,
        file_len: usize,
    ) -> Self {
        let key = |f: &'p FunctionProto| (canonical_domain(&f.domain), f.name.as_str(), f.overload.as_str());
        Importer {
            graph: Graph::new(),
            external,
            batch: None,
            functions: functions.iter().map(|f| (key(f), f)).collect(),
            scopes: vec![scope],
            modules,
            nodes_left: MOST_NODES,
            elements_left: file_len.saturating_mul(4).saturating_add(1 << 20),
        }
    }

    /// The innermost scope.
    pub fn scope(&mut self) -> &mut Scope {
        self.scopes.last_mut().expect("the main graph's scope is never removed")
    }

    /// Adds nodes in order.
    pub fn nodes(&mut self, nodes: &[NodeProto]) -> Result<(), FormatError> {
        for (i, node) in nodes.iter().enumerate() {
            self.node(node, &nodes[i..])?;
        }
        Ok(())
    }

    /// Adds one node; `rest` begins with it.
    fn node(&mut self, node: &NodeProto, rest: &[NodeProto]) -> Result<(), FormatError> {
        let label = label(node);
        self.take_nodes(1, &label)?;
        let mut inputs = Vec::with_capacity(node.input.len());
        for name in &node.input {
            inputs.push(if name.is_empty() { None } else { self.value(name, &label, rest)? });
        }
        let domain = canonical_domain(&node.domain);
        let module = self.modules.path(node).unwrap_or_else(|| self.scope().module.clone());
        let key = (domain, node.op_type.as_str(), node.overload.as_str());
        let outputs = if let Some(&function) = self.functions.get(&key) {
            self.call(function, node, inputs, module)?
        } else {
            let translate = operators::find(domain, &node.op_type, &label, &self.scope().opsets)?;
            let opset = self.scope().opsets.get(domain).copied().unwrap_or(1);
            translate(&mut Context { importer: self, node, label: &label, inputs, module, opset })?
        };
        self.bind(node, &label, outputs)
    }

    /// Counts what a node costs.
    fn take_nodes(&mut self, nodes: usize, label: &str) -> Result<(), FormatError> {
        self.nodes_left = self.nodes_left.checked_sub(nodes).ok_or_else(|| {
            FormatError::Unsupported(format!(
                "the model has more than {MOST_NODES} nodes, functions inlined; {label} is the first beyond"
            ))
        })?;
        Ok(())
    }

    /// Gives a node's outputs their names.
    fn bind(&mut self, node: &NodeProto, label: &str, outputs: Vec<ValueId>) -> Result<(), FormatError> {
        let mut outputs = outputs.into_iter();
        for (i, name) in node.output.iter().enumerate() {
            let value = outputs.next();
            if name.is_empty() {
                continue;
            }
            let entry = value.map_or_else(|| Entry::NotComputed(format!("output {i} of {label}")), Entry::Value);
            self.scope().define(name, entry)?;
        }
        Ok(())
    }

    /// The value of this name, or nothing if it is an optional argument that was left out.
    fn value(&mut self, name: &str, user: &str, rest: &[NodeProto]) -> Result<Option<ValueId>, FormatError> {
        if let Some(found) = self.lookup(name, user)? {
            return Ok(found);
        }
        Err(FormatError::Damaged(match rest.iter().find(|n| n.output.iter().any(|o| o == name)) {
            Some(maker) => {
                let maker = self::label(maker);
                format!(
                    "{user} takes `{name}`, which {maker} makes only afterwards: the nodes form a cycle or are out of \
                     order; export the model again"
                )
            }
            None => format!("{user} takes `{name}`, which nothing makes; export the model again"),
        }))
    }

    /// What a name that is visible here stands for; the outer `None` says that it is not defined.
    fn lookup(&mut self, name: &str, user: &str) -> Result<Option<Option<ValueId>>, FormatError> {
        let visible =
            self.scopes.len() - self.scopes.iter().rev().position(|s| s.opaque).map_or(self.scopes.len(), |i| i + 1);
        let Some(depth) = (visible..self.scopes.len()).rev().find(|&i| self.scopes[i].entries.contains_key(name))
        else {
            return Ok(None);
        };
        match &self.scopes[depth].entries[name] {
            Entry::Value(value) => Ok(Some(Some(*value))),
            Entry::Omitted => Ok(Some(None)),
            Entry::NotComputed(what) => Err(FormatError::Unsupported(format!(
                "{user} takes {what}, which is not computed at inference; export the model in evaluation mode"
            ))),
            Entry::Weight(_) => {
                let entries = &mut self.scopes[depth].entries;
                let Some(Entry::Weight(proto)) = entries.remove(name) else { unreachable!("matched above") };
                let tensor = self.decode(&proto)?;
                let value = self.graph.constant(name, tensor);
                self.scopes[depth].entries.insert(name.to_owned(), Entry::Value(value));
                Ok(Some(Some(value)))
            }
        }
    }

    /// Decodes a constant.
    pub fn decode(&mut self, proto: &TensorProto) -> Result<Tensor, FormatError> {
        let tensor = tensor::decode(proto, &mut self.external)?;
        if proto.data_location != 1 {
            let left = self.elements_left.checked_sub(tensor.len());
            let many = || {
                FormatError::Unsupported(
                    "its functions repeat large constants; export the model without functions".into(),
                )
            };
            self.elements_left = left.ok_or_else(many)?;
        }
        Ok(tensor)
    }

    /// Adds the nodes of a branch and returns its outputs.
    pub fn branch(&mut self, graph: &GraphProto, label: &str) -> Result<Vec<ValueId>, FormatError> {
        let mut scope = Scope::branch(self.scope());
        for weight in &graph.initializer {
            scope.define(&weight.name, Entry::Weight(Box::new(weight.clone())))?;
        }
        self.enter(scope, label)?;
        self.nodes(&graph.node)?;
        let outputs = graph.output.iter().map(|o| self.output(&o.name, label)).collect();
        self.scopes.pop();
        outputs
    }

    /// Adds the nodes of a function body and returns its outputs.
    fn call(
        &mut self,
        function: &FunctionProto,
        node: &NodeProto,
        inputs: Vec<Option<ValueId>>,
        module: ModulePath,
    ) -> Result<Vec<ValueId>, FormatError> {
        let label = label(node);
        // Every call defines the names of its function anew: sixteen of them cost as much as a node.
        self.take_nodes((function.input.len() + function.output.len()) / 16, &label)?;
        let mut scope = Scope::new(super::proto::opsets(&function.opset_import));
        if scope.opsets.is_empty() {
            scope.opsets = self.scope().opsets.clone();
        }
        let unique =
            if node.name.is_empty() { format!("{}_{}", node.op_type, self.nodes_left) } else { node.name.clone() };
        scope.prefix = format!("{}{unique}/", self.scope().prefix);
        scope.module = module;
        for (inner, outer) in function.output.iter().zip(&node.output).filter(|(_, outer)| !outer.is_empty()) {
            let renamed = self.scope().full_name(outer);
            scope.renamed.insert(inner.clone(), renamed);
        }
        let mut inputs = inputs.into_iter();
        for name in &function.input {
            scope.define(name, inputs.next().flatten().map_or(Entry::Omitted, Entry::Value))?;
        }
        self.enter(scope, &label)?;
        for (i, body) in function.node.iter().enumerate() {
            self.node(&super::functions::with_attributes(body, node, function), &function.node[i..])?;
        }
        let outputs = function.output.iter().map(|o| self.output(o, &label)).collect();
        self.scopes.pop();
        outputs
    }

    fn enter(&mut self, scope: Scope, label: &str) -> Result<(), FormatError> {
        if self.scopes.len() >= DEEPEST {
            return Err(FormatError::Unsupported(format!(
                "{label} lies {DEEPEST} functions deep: do they call themselves?"
            )));
        }
        self.scopes.push(scope);
        Ok(())
    }

    /// The value that a graph, branch or function calls its output.
    pub fn output(&mut self, name: &str, of: &str) -> Result<ValueId, FormatError> {
        self.lookup(name, of)?.flatten().ok_or_else(|| {
            FormatError::Damaged(format!("{of} has the output `{name}`, which nothing makes; export the model again"))
        })
    }
}

/// A node in messages: `Conv at node `/conv1/Conv``.
fn label(node: &NodeProto) -> String {
    let name = if node.name.is_empty() { node.output.first() } else { Some(&node.name) };
    format!("{} at node `{}`", node.op_type, name.map_or("", |n| n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_functions_count_at_every_call() {
        let names = |n: usize| (0..n).map(|i| i.to_string()).collect();
        let function = FunctionProto { name: "f".into(), input: names(1600), ..Default::default() };
        let call = NodeProto { op_type: "f".into(), ..Default::default() };
        let (functions, scope) = ([function], Scope::new(Opsets::new()));
        let mut importer = Importer::new(scope, &functions, ModuleNames::Unknown, External::new(None), 0);
        importer.nodes(&vec![call.clone(); 900]).unwrap();
        let refused = importer.nodes(&vec![call; 100]).unwrap_err().to_string();
        assert!(refused.contains("more than 100000 nodes"), "{refused}");
    }
}
