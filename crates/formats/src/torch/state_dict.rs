//! Weights by name.

use std::collections::HashMap;

use heatlens_graph::Tensor;

/// The tensors of a checkpoint in the order of the file, prefixes and wrappers removed. Names are
/// PyTorch's (`layer1.0.conv1.weight`).
#[derive(Clone, Debug, Default)]
pub struct StateDict {
    /// Whether the order of the names is that of the alphabet, which says nothing of the network.
    is_sorted: bool,
    names: Vec<String>,
    tensors: HashMap<String, Tensor>,
}

impl StateDict {
    /// The same, from a file that sorts its tensors by name.
    pub(super) fn sorted_by_name(self) -> Self {
        StateDict { is_sorted: true, ..self }
    }

    /// Whether the order of the tensors is that of their names.
    pub(super) fn is_sorted(&self) -> bool {
        self.is_sorted
    }

    /// An empty one whose order will say as much as this one's.
    pub(super) fn like(&self) -> Self {
        StateDict { is_sorted: self.is_sorted, ..StateDict::default() }
    }

    /// Adds a tensor; a later one of the same name wins.
    pub fn insert(&mut self, name: impl Into<String>, tensor: Tensor) {
        let name = name.into();
        if self.tensors.insert(name.clone(), tensor).is_none() {
            self.names.push(name);
        }
    }

    /// The tensor of this name.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name)
    }

    /// All tensors in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.names.iter().map(|n| (n.as_str(), &self.tensors[n]))
    }

    /// Number of tensors.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}
