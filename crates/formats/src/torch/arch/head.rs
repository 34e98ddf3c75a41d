//! The classifier behind the pooled features: one linear layer or, where users replaced it,
//! several.

use heatlens_graph::{ModulePath, ValueId, ops};

use super::activation::Activation;
use super::builder::Builder;
use super::misfit::{Fit, Misfit};
use crate::torch::ModuleTree;

/// What a module of a classifier is, told by its tensors.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Linear,
    BatchNormalisation,
    LayerNormalisation,
}

impl Builder<'_> {
    /// The classifier in the module `name`, for pooled features `x (N, features)`. `standard` tells
    /// the activation behind each linear layer that the definition itself has there, by its path
    /// within `name`. Behind other linear layers the pickled module says what follows; without one
    /// a ReLU is assumed wherever a module without weights may stand, and a note says so.
    pub fn head(&mut self, x: ValueId, name: &str, standard: &[(&str, Activation)]) -> Fit<ValueId> {
        if self.heads.is_empty() {
            return self.single_head(x, name, standard);
        }
        for head in self.heads.clone() {
            let logits = self.single_head(x, &format!("{name}.{head}"), &[])?;
            let output = self.output(logits, &head)?;
            self.outputs.push(output);
        }
        Ok(self.outputs[0])
    }

    fn single_head(&mut self, x: ValueId, name: &str, standard: &[(&str, Activation)]) -> Fit<ValueId> {
        match self.pickled(name) {
            Some(module) => self.head_of_module(x, name, module),
            None => self.head_of_names(x, name, standard),
        }
    }

    /// How many features the first linear layer of the classifier in the module `name` takes.
    pub fn head_features(&self, name: &str) -> Option<usize> {
        let (path, _) = self.head_layers(name).ok()?.into_iter().find(|(_, layer)| *layer == Part::Linear)?;
        self.weights().extent(self.path(name).child(&path).child("weight").as_str(), 1)
    }

    /// Runs the modules of a pickled classifier in order.
    fn head_of_module(&mut self, x: ValueId, name: &str, head: &ModuleTree) -> Fit<ValueId> {
        let modules = head.walk();
        if let Some((path, module)) = modules
            .iter()
            .find(|(_, m)| !m.children.is_empty() && !matches!(m.known_class(), "Sequential" | "ClassifierHead"))
        {
            let path = self.path(name).child(path);
            return Err(self.misplaced_at(&path, module, "only a `Sequential` says in which order its modules run"));
        }
        let leaves: Vec<_> = modules.into_iter().filter(|(_, m)| m.children.is_empty()).collect();
        if leaves.iter().all(|(_, module)| module.computes_nothing()) {
            if self.is_nested() {
                return Ok(x);
            }
            let features = self.channels(x);
            let reason = format!("without a linear layer, the {features} features would be read as classes");
            return Err(self.misplaced(name, head, reason));
        }
        let mut y = x;
        for (i, (path, module)) in leaves.iter().enumerate() {
            let inner = self.path(name).child(path);
            y = match module.known_class() {
                "Linear" | "NonDynamicallyQuantizableLinear" => self.within(name, |b| b.linear(y, path))?,
                "BatchNorm1d" => self.within(name, |b| b.batch_norm(y, path))?,
                "LayerNorm" => self.within(name, |b| b.layer_norm(y, path, 1e-5))?,
                "Flatten" => y,
                // What squashes at the end is taken off again, and tells how outputs are read.
                class @ ("Softmax" | "LogSoftmax" | "Sigmoid" | "LogSigmoid")
                    if leaves[i + 1..].iter().all(|(_, module)| module.computes_nothing()) =>
                {
                    self.within(name, |b| b.squash(y, path, class))?
                }
                _ => match Activation::of(module) {
                    Some(activation) => self.within(name, |b| b.activate(y, path, activation))?,
                    None => return Err(self.misplaced_at(&inner, module, "this module is not known in a classifier")),
                },
            };
        }
        Ok(y)
    }

    /// Makes probabilities of logits `(N, classes)`.
    fn squash(&mut self, x: ValueId, name: &str, class: &str) -> Fit<ValueId> {
        let axis = 1;
        match class {
            "Softmax" => self.add(ops::Softmax { axis }, &[x], name),
            "LogSoftmax" => self.add(ops::LogSoftmax { axis }, &[x], name),
            _ => {
                let y = self.add(ops::Sigmoid, &[x], name)?;
                if class == "Sigmoid" { Ok(y) } else { self.add(ops::Log, &[y], name) }
            }
        }
    }

    /// Runs the modules that the names of the tensors tell of.
    fn head_of_names(&mut self, x: ValueId, name: &str, standard: &[(&str, Activation)]) -> Fit<ValueId> {
        let layers = self.head_order(x, name)?;
        let last = layers.iter().rposition(|(_, layer)| *layer == Part::Linear);
        let last = last.ok_or_else(|| Misfit::Missing(self.path(name).child("weight").to_string()))?;
        let (mut assumed, mut told) = (Vec::new(), Vec::new());
        // The last linear layer and the activation behind it, until a module without weights may
        // stand there.
        let mut pending: Option<(&str, Option<Activation>)> = None;
        let mut asked_for = 0;
        let mut before = "";
        let mut y = x;
        for (i, (path, layer)) in layers.iter().enumerate() {
            if i > 0
                && gap(before, path)
                && let Some((linear, activation)) = pending.take()
            {
                let asked = self.variant.head(asked_for);
                if activation.is_none() && asked.is_none() {
                    assumed.push(self.path(name).child(linear).to_string());
                    told.push("ReLU".to_owned());
                }
                asked_for += 1;
                let activation = asked.or(activation).unwrap_or(Activation::Relu);
                y = self.within(name, |b| b.activate(y, &successor(before), activation))?;
            }
            told.push(format!("`{}` ({})", self.path(name).child(path), layer.name()));
            y = self.within(name, |b| match layer {
                Part::Linear => b.linear(y, path),
                Part::BatchNormalisation => b.batch_norm(y, path),
                Part::LayerNormalisation => b.layer_norm(y, path, 1e-5),
            })?;
            if *layer == Part::Linear {
                let known = standard.iter().find(|(linear, _)| linear == path).map(|(_, activation)| *activation);
                pending = (i < last).then_some((path.as_str(), known));
            }
            before = path;
        }
        if !assumed.is_empty() {
            let behind = assumed.join("`, `");
            self.assumes_head = true;
            self.note(format!(
                "a ReLU is assumed behind the linear layer `{behind}` of the classifier, which is read as {}: a file \
                 of weights does not tell. If it is none, or another activation, say so behind the architecture, such \
                 as `--arch {}:head-none` or `:head-leaky-relu=0.2` (docs/models.md lists them), save the whole \
                 module, or export to ONNX",
                told.join(", "),
                self.member
            ));
        } else if layers.len() > 1 && layers.iter().any(|(path, _)| numbers(path).is_none()) {
            self.note(format!("the classifier is read as {}, in this order", told.join(", ")));
        }
        let (path, _) = &layers[last];
        let linear = self.path(name).child(path);
        if !self.weights().has(linear.child("bias").as_str()) && self.continuation.is_none() {
            self.note(format!(
                "the last linear layer `{linear}` has no bias: it is taken for `Linear(bias=False)`. The layer that \
                 ArcFace and its like train has the same tensor and gives cosines; if it is that, export to ONNX"
            ));
        }
        Ok(y)
    }

    /// The modules with tensors within the classifier, in the order in which they run on `x`: by
    /// number, else in the order of the file where that says something and fits, else in the only
    /// order that fits.
    fn head_order(&self, x: ValueId, name: &str) -> Fit<Vec<(String, Part)>> {
        let layers = self.head_layers(name)?;
        let numbered = layers.iter().all(|(path, _)| numbers(path).is_some());
        if layers.len() < 2 || numbered {
            return Ok(layers);
        }
        let head = self.path(name);
        let shapes: Vec<&[usize]> = layers
            .iter()
            .map(|(path, _)| self.weights().shape(head.child(path).child("weight").as_str()).unwrap_or(&[]))
            .collect();
        let features = self.channels(x);
        let through = |features: usize, shape: &[usize]| match *shape {
            [out, into] if into == features => Some(out),
            [own] if own == features => Some(own),
            _ => None,
        };
        let in_file = shapes.iter().try_fold(features, |features, shape| through(features, shape));
        if in_file.is_some() && !self.weights().is_sorted() {
            return Ok(layers);
        }
        let mut orders = Vec::new();
        fitting(&shapes, features, &through, &mut Vec::new(), &mut orders);
        match orders.as_slice() {
            [order] => Ok(order.iter().map(|&i| layers[i].clone()).collect()),
            [] => Ok(layers),
            _ => {
                let names: Vec<String> = layers.iter().map(|(path, _)| format!("`{}`", head.child(path))).collect();
                Err(Misfit::Differs(format!(
                    "the modules {} of its classifier fit in several orders, and the file, which is sorted by name, \
                     does not tell which: save it with torch.save, or export to ONNX",
                    names.join(", ")
                )))
            }
        }
    }

    /// The modules with tensors within the classifier, by number or in the order of the file.
    fn head_layers(&self, name: &str) -> Fit<Vec<(String, Part)>> {
        let head = self.path(name);
        let mut paths: Vec<&str> = Vec::new();
        for tensor in self.weights().below(head.as_str()) {
            let path = tensor.rfind('.').map_or("", |dot| &tensor[..dot]);
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        // Sequentials run by number, which is not the order of a file that is sorted by name.
        if paths.iter().all(|path| numbers(path).is_some()) {
            paths.sort_by_key(|path| numbers(path));
        }
        paths.into_iter().map(|path| Ok((path.to_owned(), self.head_layer(&head.child(path))?))).collect()
    }

    fn head_layer(&self, module: &ModulePath) -> Fit<Part> {
        let weight = module.child("weight").to_string();
        let shape = self.weights().shape(&weight).ok_or_else(|| Misfit::Missing(weight.clone()))?;
        match shape.len() {
            2 => Ok(Part::Linear),
            1 if self.weights().has(module.child("running_mean").as_str()) => Ok(Part::BatchNormalisation),
            1 if self.weights().has(module.child("bias").as_str()) => Ok(Part::LayerNormalisation),
            _ => Err(Misfit::Shape {
                name: weight,
                found: shape.to_vec(),
                expected: "a linear layer or a normalisation".into(),
            }),
        }
    }

    fn misplaced_at(&self, path: &ModulePath, module: &ModuleTree, reason: &str) -> Misfit {
        Misfit::Module { path: path.to_string(), class: module.class.clone(), reason: reason.into() }
    }
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Linear => "linear",
            Part::BatchNormalisation => "batch normalisation",
            Part::LayerNormalisation => "layer normalisation",
        }
    }
}

/// Collects the orders in which layers of these weights fit behind so many features, two at most.
fn fitting(
    shapes: &[&[usize]],
    features: usize,
    through: &impl Fn(usize, &[usize]) -> Option<usize>,
    begin: &mut Vec<usize>,
    orders: &mut Vec<Vec<usize>>,
) {
    const MOST_LAYERS: usize = 12;
    if begin.len() == shapes.len() {
        orders.push(begin.clone());
        return;
    }
    for i in 0..shapes.len().min(MOST_LAYERS) {
        if orders.len() > 1 || begin.contains(&i) {
            continue;
        }
        if let Some(out) = through(features, shapes[i]) {
            begin.push(i);
            fitting(shapes, out, through, begin, orders);
            begin.pop();
        }
    }
}

/// The numbers of a path within nested `Sequential`s; `None` if it has other names.
fn numbers(path: &str) -> Option<Vec<usize>> {
    path.split('.').filter(|c| !c.is_empty()).map(|c| c.parse().ok()).collect()
}

/// Whether a module without weights may stand between two modules that follow each other in a file.
fn gap(before: &str, after: &str) -> bool {
    match (numbers(before), numbers(after)) {
        (Some(a), Some(b)) => match (a.split_last(), b.split_last()) {
            (Some((last, a)), Some((next, b))) if a == b => *next > last + 1,
            _ => true,
        },
        _ => true,
    }
}

/// The path of the next module of a `Sequential`; the classifier's own path where it is none.
fn successor(path: &str) -> String {
    let (parent, last) = path.rsplit_once('.').map_or(("", path), |(parent, last)| (parent, last));
    match last.parse::<usize>() {
        Ok(n) if parent.is_empty() => (n + 1).to_string(),
        Ok(n) => format!("{parent}.{}", n + 1),
        Err(_) => parent.to_owned(),
    }
}
