//! The module tree of a graph, and what each module hands out.

use std::collections::{HashMap, HashSet};

use crate::flow::Flow;
use crate::{Graph, ModulePath, Op, ValueId};

/// What is known of one module.
#[derive(Clone, Debug, Default)]
struct Module {
    /// Names of the children, in the order in which they first run.
    children: Vec<String>,
    /// Values made inside and used outside.
    outputs: Vec<ValueId>,
    /// Convolutions inside, those of its children included.
    convolutions: usize,
}

/// Modules nested deeper than this count as their surroundings: names come from files, and each
/// level costs.
const DEEPEST: usize = 24;

/// The modules that compute something the graph's outputs depend on.
#[derive(Clone, Debug, Default)]
pub(super) struct Modules {
    modules: HashMap<ModulePath, Module>,
    /// All paths but the root, in the order in which they first run.
    order: Vec<ModulePath>,
}

impl Modules {
    /// The modules of a graph.
    pub fn of(graph: &Graph) -> Self {
        let flow = Flow::to(graph, graph.outputs());
        let consumers = graph.consumers();
        let outputs: HashSet<ValueId> = graph.outputs().iter().copied().collect();
        let mut tree = Modules::default();
        for (index, node) in graph.nodes().iter().enumerate() {
            if !flow.carries(index) {
                continue;
            }
            let module = shallow(&node.module);
            tree.enter(&module);
            let convolution = matches!(node.op, Op::Conv(_) | Op::ConvTranspose(_));
            for path in lineage(&module) {
                tree.module(path).convolutions += usize::from(convolution);
            }
            for &value in node.outputs.iter().filter(|v| graph.value(**v).constant.is_none()) {
                let users = consumers[value.index()].iter().filter(|user| flow.carries(user.index()));
                let mut users = users.map(|user| &graph.node(*user).module).peekable();
                if users.peek().is_none() && !outputs.contains(&value) {
                    continue;
                }
                let users: Vec<_> = users.collect();
                let leaves =
                    |path: &ModulePath| outputs.contains(&value) || users.iter().any(|user| !user.is_within(path));
                for path in lineage(&module).filter(|path| leaves(path)) {
                    tree.module(path).outputs.push(value);
                }
            }
        }
        tree
    }

    /// Makes a module and those around it known.
    fn enter(&mut self, path: &ModulePath) {
        if self.modules.contains_key(path) {
            return;
        }
        self.modules.insert(path.clone(), Module::default());
        if let Some(parent) = path.parent() {
            self.enter(&parent);
            self.order.push(path.clone());
            let name = path.components().next_back().unwrap_or_default().to_owned();
            self.module(parent).children.push(name);
        }
    }

    fn module(&mut self, path: ModulePath) -> &mut Module {
        self.modules.entry(path).or_default()
    }

    /// Whether there is such a module.
    pub fn contains(&self, path: &ModulePath) -> bool {
        self.modules.contains_key(path)
    }

    /// All modules but the root, in the order in which they first run, outer ones first.
    pub fn paths(&self) -> impl Iterator<Item = &ModulePath> {
        self.order.iter()
    }

    /// Values made inside a module and used outside.
    pub fn outputs(&self, path: &ModulePath) -> &[ValueId] {
        self.modules.get(path).map_or(&[], |module| &module.outputs)
    }

    /// Convolutions inside a module.
    pub fn convolutions(&self, path: &ModulePath) -> usize {
        self.modules.get(path).map_or(0, |module| module.convolutions)
    }

    /// Names of a module's children, in the order in which they first run.
    pub fn children(&self, path: &ModulePath) -> &[String] {
        self.modules.get(path).map_or(&[], |module| &module.children)
    }

    /// The child at an index: by number where all children are numbered, else in the order in which
    /// they first run.
    pub fn indexed(&self, path: &ModulePath, index: i64) -> Option<&str> {
        let children = self.children(path);
        let numbers: Option<Vec<i64>> = children.iter().map(|name| name.parse().ok()).collect();
        let position = match numbers {
            Some(numbers) => {
                let wanted = if index < 0 { numbers.iter().max()?.checked_add(1)?.checked_add(index)? } else { index };
                numbers.iter().position(|&number| number == wanted)
            }
            None if index < 0 => children.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
            None => usize::try_from(index).ok(),
        };
        children.get(position?).map(String::as_str)
    }

    /// The modules, the root not among them, whose only output each value is; the outermost first.
    pub fn names(&self) -> HashMap<ValueId, Vec<&ModulePath>> {
        let mut names: HashMap<ValueId, Vec<&ModulePath>> = HashMap::new();
        for path in &self.order {
            if let [value] = self.outputs(path) {
                names.entry(*value).or_default().push(path);
            }
        }
        for paths in names.values_mut() {
            paths.sort_by_key(|path| path.components().count());
        }
        names
    }

    /// What to call a value that all of `paths`, outermost first, hand out: the outermost path of
    /// at least two components (`layer4.1`, not `layer4`), as one component often holds half a
    /// network; one component is enough where it holds no more than one convolution (`conv5`,
    /// `bn2`).
    pub fn title(&self, paths: &[&ModulePath]) -> Option<String> {
        let small = |path: &&&ModulePath| path.components().count() > 1 || self.convolutions(path) <= 1;
        paths.iter().find(small).or(paths.first()).map(ToString::to_string)
    }
}

/// The module itself, or the one around it that is not nested too deep.
fn shallow(path: &ModulePath) -> ModulePath {
    if path.components().nth(DEEPEST).is_none() {
        return path.clone();
    }
    path.components().take(DEEPEST).collect::<Vec<_>>().join(".").into()
}

/// A module and all modules around it, itself first, without the root.
fn lineage(path: &ModulePath) -> impl Iterator<Item = ModulePath> + use<> {
    let itself = Some(path.clone()).filter(|path| !path.is_root());
    std::iter::successors(itself, |path| path.parent().filter(|parent| !parent.is_root()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Net;
    use super::*;

    #[test]
    fn absurdly_deep_names_cost_little() {
        let mut net = Net::image();
        net.conv(&"a.".repeat(100_000), 4).relu(&"b.".repeat(100_000)).global_pool("").linear("fc", 2);
        let modules = Modules::of(&net.finish());
        assert_eq!(modules.paths().count(), 2 * DEEPEST + 1);
    }

    #[test]
    fn what_only_prepares_weights_is_no_module() {
        let mut net = Net::image();
        net.conv("features.0", 4).global_pool("avgpool").flatten("flatten").linear("fc", 2);
        net.weight_only("prepare");
        let modules = Modules::of(&net.finish());
        assert!(modules.contains(&"features.0".into()) && !modules.contains(&"prepare".into()));
        assert_eq!(modules.outputs(&"features".into()).len(), 1);
    }
}
