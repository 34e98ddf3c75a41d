//! What definitions ask about the names and shapes of a file.

use std::collections::HashSet;

use heatlens_graph::Tensor;

use crate::torch::StateDict;

/// The tensors of a file with the modules that their names imply.
pub(crate) struct Weights<'a> {
    state: &'a StateDict,
    modules: HashSet<&'a str>,
}

impl<'a> Weights<'a> {
    /// Indexes the names of `state`.
    pub fn new(state: &'a StateDict) -> Self {
        let mut modules = HashSet::new();
        for (name, _) in state.iter() {
            modules.extend(name.match_indices('.').map(|(dot, _)| &name[..dot]));
        }
        Weights { state, modules }
    }

    /// The tensor of this name.
    pub fn get(&self, name: &str) -> Option<&'a Tensor> {
        self.state.get(name)
    }

    /// The shape of the tensor of this name.
    pub fn shape(&self, name: &str) -> Option<&'a [usize]> {
        self.get(name).map(Tensor::shape)
    }

    /// Extent `axis` of the tensor of this name.
    pub fn extent(&self, name: &str, axis: usize) -> Option<usize> {
        self.shape(name)?.get(axis).copied()
    }

    /// Whether there is a tensor of this name or a module of this path with tensors in it.
    pub fn has(&self, path: &str) -> bool {
        self.modules.contains(path) || self.get(path).is_some()
    }

    /// How many modules `<path>.0`, `<path>.1`, … there are without a gap.
    pub fn count(&self, path: &str) -> usize {
        self.count_prefixed(&format!("{path}."), 0)
    }

    /// How many modules `<prefix><first>`, `<prefix><first + 1>`, … there are without a gap.
    pub fn count_prefixed(&self, prefix: &str, first: usize) -> usize {
        (first..).take_while(|i| self.has(&format!("{prefix}{i}"))).count()
    }

    /// All names and tensors in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a Tensor)> + use<'a> {
        self.state.iter()
    }

    /// Names of the tensors in the module `path` and below, without its path, in the order of the
    /// file.
    pub fn below(&self, path: &str) -> Vec<&'a str> {
        self.state.iter().filter_map(|(name, _)| name.strip_prefix(path)?.strip_prefix('.')).collect()
    }

    /// Whether the order of the file is that of the alphabet.
    pub fn is_sorted(&self) -> bool {
        self.state.is_sorted()
    }

    /// Number of tensors.
    pub fn len(&self) -> usize {
        self.state.len()
    }
}
