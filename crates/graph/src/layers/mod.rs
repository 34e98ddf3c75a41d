//! Finds values by the module that makes them.
//!
//! A module's output is the value made inside it and used outside it. [`resolve`] reads what a user
//! writes, [`candidates`] lists what is worth explaining, [`default_target`] chooses where nothing
//! is asked for.

mod candidates;
mod expression;
mod kinds;
mod modules;
mod target;
#[cfg(test)]
mod testing;
mod trunk;

pub use candidates::candidates;
pub use target::{default_target, pooled};

use self::expression::Step;
use self::modules::Modules;
use crate::{DType, Graph, GraphError, ModulePath, Reason, ValueId};

/// A value that can be explained, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The activation.
    pub value: ValueId,
    /// The module that makes it (`features.norm5`), or the value's own name.
    pub name: String,
}

/// The layer that `expression` names: a module as in `layer4.1`, `layer4[-1]` or
/// `layer4[-1].conv2`, or else a value by its exact name.
///
/// `[3]` is child `3` and `[-1]` the child of the highest number where children are numbered; where
/// they have names, they count in the order in which they first run. Modules that compute nothing
/// do not exist.
///
/// # Errors
/// [`GraphError::UnknownLayer`] with the nearest names; [`GraphError::UnusableLayer`] if the module
/// has not exactly one output, or the output is no feature map `(batch, channels, height, width)`
/// of more than one cell.
pub fn resolve(graph: &Graph, expression: &str) -> Result<Layer, GraphError> {
    let modules = Modules::of(graph);
    let steps = expression::parse(expression).unwrap_or_default();
    let path = walk(&modules, &steps).or_else(|| match steps.as_slice() {
        [Step::Name(variable), inner @ ..] if VARIABLES.iter().any(|known| variable.eq_ignore_ascii_case(known)) => {
            walk(&modules, inner)
        }
        _ => None,
    });
    if let Some(path) = path {
        let value = only_output(graph, &modules, &path)?;
        return usable(graph, value, path.as_str());
    }
    let in_any_case = || {
        let is_meant = |value: &ValueId| graph.value(*value).name.eq_ignore_ascii_case(expression);
        only(graph.value_ids().filter(is_meant))
    };
    match graph.find(expression).or_else(in_any_case) {
        Some(value) => usable(graph, value, &graph.value(value).name),
        None => Err(GraphError::UnknownLayer {
            layer: expression.to_owned(),
            nearest: nearest(graph, &modules, expression),
        }),
    }
}

/// What code calls the variable that holds a network.
const VARIABLES: [&str; 4] = ["model", "module", "net", "self"];

/// The one item there is.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}

/// The child of this name; else the only one of this name in another case.
fn named(modules: &Modules, path: &ModulePath, name: &str) -> ModulePath {
    let child = path.child(name);
    let is_meant = |known: &&String| known.eq_ignore_ascii_case(name);
    match only(modules.children(path).iter().filter(is_meant)) {
        Some(known) if !modules.contains(&child) => path.child(known),
        _ => child,
    }
}

/// The module that the steps lead to.
fn walk(modules: &Modules, steps: &[Step]) -> Option<ModulePath> {
    let mut path = ModulePath::root();
    for step in steps {
        path = match step {
            Step::Name(name) => named(modules, &path, name),
            Step::Index(index) => path.child(modules.indexed(&path, *index)?),
        };
    }
    (!path.is_root() && modules.contains(&path)).then_some(path)
}

fn only_output(graph: &Graph, modules: &Modules, path: &ModulePath) -> Result<ValueId, GraphError> {
    let unusable = |reason: String| GraphError::UnusableLayer { layer: path.to_string(), reason: Reason(reason) };
    match modules.outputs(path) {
        [value] => Ok(*value),
        [] => Err(unusable("nothing that it computes is used elsewhere: choose the module around it".to_owned())),
        several => {
            let names: Vec<_> = several.iter().map(|&v| format!("`{}`", graph.value(v).name)).collect();
            Err(unusable(format!("it has {} outputs; ask for one of the values {}", several.len(), names.join(", "))))
        }
    }
}

fn usable(graph: &Graph, value: ValueId, name: &str) -> Result<Layer, GraphError> {
    let unusable = |reason: String| Err(GraphError::UnusableLayer { layer: name.to_owned(), reason: Reason(reason) });
    let ty = &graph.value(value).ty;
    if graph.value(value).constant.is_some() {
        return unusable("it does not depend on the image: choose an activation".to_owned());
    }
    match ty.shape[..] {
        [_, _, height, width] if ty.dtype == DType::F32 => {
            if height * width > 1 {
                return Ok(Layer { value, name: name.to_owned() });
            }
            unusable(format!("its shape is {:?}, a single cell: choose a layer before the pooling", ty.shape))
        }
        _ => unusable(format!(
            "its output {:?}{:?} is no feature map (batch, channels, height, width)",
            ty.dtype, ty.shape
        )),
    }
}

/// Whether a value can show where something is: floats `(batch, channels, height, width)` of more
/// than one cell that depend on the image.
fn is_feature_map(graph: &Graph, value: ValueId) -> bool {
    usable(graph, value, "").is_ok()
}

/// The names most like what was asked for, the best first.
fn nearest(graph: &Graph, modules: &Modules, asked: &str) -> Vec<String> {
    const MOST: usize = 4;
    const ALIKE: f64 = 0.5;
    let asked = asked.replace('[', ".").replace(']', "").to_lowercase();
    let mut names: Vec<String> = modules.paths().map(ToString::to_string).collect();
    if names.is_empty() {
        names = graph.value_ids().filter(|&v| is_feature_map(graph, v)).map(|v| graph.value(v).name.clone()).collect();
    }
    let mut scored: Vec<_> =
        names.into_iter().map(|name| (strsim::normalized_levenshtein(&name.to_lowercase(), &asked), name)).collect();
    scored.retain(|(score, _)| *score >= ALIKE);
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(MOST).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::testing::{Net, resnet};
    use super::*;

    fn name(graph: &Graph, expression: &str) -> String {
        resolve(graph, expression).unwrap().name
    }

    #[test]
    fn indices_and_dots_name_the_same_module() {
        let graph = resnet();
        for expression in ["layer4[-1]", "layer4.1", "layer4[1]", "layer4"] {
            let layer = resolve(&graph, expression).unwrap();
            let producer = graph.node(graph.value(layer.value).producer.unwrap());
            assert_eq!((producer.op.name(), producer.module.as_str()), ("Relu", "layer4.1.relu"), "{expression}");
        }
        assert_eq!(name(&graph, "layer4[-1]"), "layer4.1");
        assert_eq!(name(&graph, "layer4[-1].conv2"), "layer4.1.conv2");
        assert_eq!(name(&graph, "layer4[-2]"), "layer4.0");
    }

    #[test]
    fn names_are_known_in_any_case_where_one_alone_is_meant() {
        let graph = resnet();
        for expression in ["Layer4[-1]", "LAYER4.1", "model.layer4[-1]", "Model.Layer4.1", "layer4[-1].CONV2"] {
            let expected = if expression.ends_with("CONV2") { "layer4.1.conv2" } else { "layer4.1" };
            assert_eq!(name(&graph, expression), expected);
        }
        let value = resolve(&graph, "layer4.1").unwrap().value;
        let upper = graph.value(value).name.to_uppercase();
        assert_eq!(resolve(&graph, &upper).unwrap().value, value);
        let mut net = Net::image();
        net.conv("Stem", 8).conv("stem", 8).conv("sTEM", 8).global_pool("").linear("classifier", 3);
        let graph = net.finish();
        assert_eq!(name(&graph, "stem"), "stem");
        assert!(matches!(resolve(&graph, "STEM"), Err(GraphError::UnknownLayer { .. })), "two are meant");
    }

    #[test]
    fn named_children_count_in_order_of_appearance() {
        let mut net = Net::image();
        net.conv("features.zeta", 8).relu("features.alpha").global_pool("").linear("classifier", 3);
        let graph = net.finish();
        assert_eq!(name(&graph, "features[-1]"), "features.alpha");
        assert_eq!(name(&graph, "features[0]"), "features.zeta");
    }

    #[test]
    fn numbers_are_kept_where_modules_computed_nothing() {
        let mut net = Net::image();
        net.conv("features.0", 8).relu("features.3").global_pool("").linear("classifier", 3);
        let graph = net.finish();
        assert_eq!(name(&graph, "features[3]"), "features.3");
        assert_eq!(name(&graph, "features[-1]"), "features.3");
        assert!(matches!(resolve(&graph, "features[1]"), Err(GraphError::UnknownLayer { .. })));
        assert!(matches!(resolve(&graph, "features[-2]"), Err(GraphError::UnknownLayer { .. })));
        assert!(matches!(resolve(&graph, "features[-9]"), Err(GraphError::UnknownLayer { .. })));
    }

    #[test]
    fn unknown_layers_come_with_the_nearest_names() {
        let Err(GraphError::UnknownLayer { nearest, .. }) = resolve(&resnet(), "layr4[1]") else {
            panic!("must be unknown")
        };
        assert_eq!(nearest[0], "layer4.1");
        for nonsense in ["", ".", "[", "[]", "[9]", "layer4[", "layer4[x]", "layer4..1", "layer4[99999999999999999999]"]
        {
            assert!(matches!(resolve(&resnet(), nonsense), Err(GraphError::UnknownLayer { .. })), "{nonsense}");
        }
    }

    #[test]
    fn a_module_that_runs_twice_has_no_single_output() {
        let error = resolve(&resnet(), "layer4.1.relu").unwrap_err().to_string();
        assert!(error.contains("2 outputs"), "{error}");
    }

    #[test]
    fn what_is_no_feature_map_is_refused_with_its_shape() {
        let error = resolve(&resnet(), "fc").unwrap_err().to_string();
        assert!(error.contains("[1, 2]"), "{error}");
        let error = resolve(&resnet(), "avgpool").unwrap_err().to_string();
        assert!(error.contains("single cell"), "{error}");
        let error = resolve(&resnet(), "layer4.1.conv2.weight").unwrap_err().to_string();
        assert!(error.contains("does not depend"), "{error}");
    }

    #[test]
    fn values_go_by_their_names() {
        let graph = resnet();
        let value = resolve(&graph, "layer4.1").unwrap().value;
        let name = graph.value(value).name.clone();
        assert_eq!(resolve(&graph, &name).unwrap(), Layer { value, name });
    }
}
