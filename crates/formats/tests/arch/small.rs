//! Small networks whose weights are made here: definitions read depth and width from the shapes.

use heatlens_formats::torch::{Attribute, ModuleTree, StateDict, arch};
use heatlens_formats::{FormatError, LoadOptions};

use crate::formula;

/// A ResNet of one narrow basic block a layer, 16 features, with the lines of a listing as its
/// classifier.
pub fn resnet(head: &[&str]) -> StateDict {
    let mut lines = vec!["conv1 weight=4x3x7x7".to_owned(), "bn1 norm=4".to_owned()];
    let mut width = 4;
    for (layer, out) in [(1, 4), (2, 8), (3, 8), (4, 16)] {
        let block = format!("layer{layer}.0");
        lines.push(format!("{block}.conv1 weight={out}x{width}x3x3"));
        lines.push(format!("{block}.bn1 norm={out}"));
        lines.push(format!("{block}.conv2 weight={out}x{out}x3x3"));
        lines.push(format!("{block}.bn2 norm={out}"));
        if layer > 1 {
            lines.push(format!("{block}.downsample.0 weight={out}x{width}x1x1"));
            lines.push(format!("{block}.downsample.1 norm={out}"));
        }
        width = out;
    }
    state(lines.iter().map(String::as_str).chain(head.iter().copied()))
}

/// The tensors of a listing.
pub fn state<'a>(lines: impl IntoIterator<Item = &'a str>) -> StateDict {
    let mut state = StateDict::default();
    for line in lines {
        formula::add(&mut state, line, 1.0);
    }
    state
}

/// Options for a small image.
pub fn options() -> LoadOptions<'static> {
    LoadOptions { input_size: Some([64, 96]), ..LoadOptions::default() }
}

/// Builds without a pickled module, for a small image.
pub fn build(state: &StateDict) -> Result<arch::Built, FormatError> {
    arch::build(state, None, &options())
}

/// What is computed from the flattening on: operators with the modules that they belong to.
pub fn head_of(built: &arch::Built) -> Vec<String> {
    let nodes = built.graph.nodes().iter();
    let after = nodes.skip_while(|node| node.op.name() != "Flatten").skip(1);
    after.map(|node| format!("{} {}", node.op.name(), node.module)).collect()
}

/// A pickled module of this class, with attributes that are integers, and children.
pub fn module(class: &str, attributes: &[(&str, Attribute)], children: Vec<(&str, ModuleTree)>) -> ModuleTree {
    ModuleTree {
        class: class.into(),
        attributes: attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        children: children.into_iter().map(|(name, child)| (name.to_owned(), child)).collect(),
    }
}
