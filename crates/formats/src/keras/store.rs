//! Which weights belong to which layer.
//!
//! `.h5` files have a group for each layer of the outermost model, with the weights of all layers
//! within in one list; their names tell which is whose. `.keras` files have a group for each layer, by
//! class and counter instead of by name.

use std::collections::{HashMap, HashSet};

use super::layers;
use super::network::{Layer, Network};
use crate::FormatError;
use crate::hdf5::{Dataset, File, Group};

/// A weight as the file has it.
#[derive(Clone)]
pub(super) struct Variable<'f, 'a> {
    /// `kernel`, `moving_mean`, or `0` where the file has numbers for names.
    pub name: String,
    pub data: Dataset<'f, 'a>,
}

/// Weights by the path of names of the layer that they belong to.
pub(super) struct Store<'f, 'a> {
    variables: HashMap<String, Vec<Variable<'f, 'a>>>,
    /// Layers whose weights bear other names in the file, and were given to them in the file's order.
    by_order: Vec<String>,
}

impl<'f, 'a> Store<'f, 'a> {
    /// The weights of an `.h5` file.
    pub fn by_name(file: &'f File<'a>, network: &Network<'_>) -> Result<Self, FormatError> {
        let root = file.root()?;
        let all = root.group("model_weights")?.unwrap_or(root);
        let mut store = Store { variables: HashMap::new(), by_order: Vec::new() };
        for layer in &network.layers {
            let Some(group) = all.group(layer.config.name)? else { continue };
            let variables = listed(&group)?;
            match &layer.network {
                None => drop(store.variables.insert(layer.config.name.to_owned(), variables)),
                Some(inner) => store.share_out(inner, layer.config.name, variables),
            }
        }
        Ok(store)
    }

    /// The weights of a `.keras` file.
    pub fn by_slot(file: &'f File<'a>, network: &Network<'_>) -> Result<Self, FormatError> {
        let mut store = Store { variables: HashMap::new(), by_order: Vec::new() };
        store.slots(&file.root()?, network, "")?;
        Ok(store)
    }

    /// The weights of the layer under this path of names.
    pub fn of(&self, path: &str) -> &[Variable<'f, 'a>] {
        self.variables.get(path).map_or(&[], Vec::as_slice)
    }

    /// What was taken for granted of whose weights are whose.
    pub fn note(&self) -> Option<String> {
        let first = self.by_order.first()?;
        Some(format!(
            "the weights of {} of the layers, such as `{first}`, bear other names in the file and are taken in its order: \
             compare a prediction with Keras's; `model.save('model.keras')` keeps them apart",
            self.by_order.len()
        ))
    }

    /// Gives the weights of a model to the layers within, by the layer's name in theirs; those of layers
    /// that were renamed by their order.
    fn share_out(&mut self, network: &Network<'_>, place: &str, variables: Vec<Variable<'f, 'a>>) {
        let mut scopes: Vec<(String, Vec<Variable<'f, 'a>>)> = Vec::new();
        let mut index: HashMap<String, usize> = HashMap::new();
        for variable in variables {
            let (scope, name) = variable.name.rsplit_once('/').unwrap_or(("", &variable.name));
            let at = *index.entry(scope.to_owned()).or_insert_with(|| {
                scopes.push((scope.to_owned(), Vec::new()));
                scopes.len() - 1
            });
            let name = name.to_owned();
            scopes[at].1.push(Variable { name, data: variable.data });
        }
        let mut leaves = Vec::new();
        weighted(network, place, &mut leaves);
        let mut taken = HashSet::new();
        let mut left = Vec::new();
        for (path, name) in leaves {
            let fits = |scope: &str| scope == name || scope.strip_suffix(name).is_some_and(|rest| rest.ends_with('/'));
            let exact = index.get(name).copied().filter(|at| !taken.contains(at));
            // Only where the scope is longer than the name are all looked through.
            let found = exact.or_else(|| (0..scopes.len()).find(|at| !taken.contains(at) && fits(&scopes[*at].0)));
            match found {
                Some(at) => {
                    taken.insert(at);
                    self.variables.insert(path, std::mem::take(&mut scopes[at].1));
                }
                None => left.push(path),
            }
        }
        let rest = (0..scopes.len()).filter(|at| !taken.contains(at));
        for (path, at) in left.into_iter().zip(rest.collect::<Vec<_>>()) {
            self.by_order.push(path.clone());
            self.variables.insert(path, std::mem::take(&mut scopes[at].1));
        }
    }

    fn slots(&mut self, group: &Group<'f, 'a>, network: &Network<'_>, place: &str) -> Result<(), FormatError> {
        let inner = match group.group("layers")? {
            Some(inner) => inner,
            None => match group.group("_layer_checkpoint_dependencies")? {
                Some(inner) => inner,
                None => return Ok(()),
            },
        };
        for layer in &network.layers {
            let Some(group) = inner.group(&layer.slot)? else { continue };
            let path = format!("{place}{}", layer.config.name);
            match &layer.network {
                Some(network) => self.slots(&group, network, &format!("{path}/"))?,
                None => drop(self.variables.insert(path, numbered(&group)?)),
            }
        }
        Ok(())
    }
}

/// The weights that a group of an `.h5` file lists, in their order.
fn listed<'f, 'a>(group: &Group<'f, 'a>) -> Result<Vec<Variable<'f, 'a>>, FormatError> {
    let names = match group.texts("weight_names")? {
        Some(names) => names,
        None => in_parts(group, "weight_names")?,
    };
    let mut variables = Vec::with_capacity(names.len().min(1 << 16));
    for name in names {
        let data = group.dataset(&name)?;
        let data = data.ok_or_else(|| FormatError::Damaged(format!("the weight `{name}` is listed and not there")))?;
        // TensorFlow appends the number of the output that makes a variable.
        let name = name.strip_suffix(":0").unwrap_or(&name).to_owned();
        variables.push(Variable { name, data });
    }
    Ok(variables)
}

/// Lists above 64 KB are several: `weight_names0`, `weight_names1`, …
fn in_parts(group: &Group<'_, '_>, name: &str) -> Result<Vec<String>, FormatError> {
    let mut all = Vec::new();
    for part in 0.. {
        match group.texts(&format!("{name}{part}"))? {
            Some(texts) => all.extend(texts),
            None => break,
        }
    }
    Ok(all)
}

/// The weights `vars/0`, `vars/1`, … of a group of a `.keras` file.
fn numbered<'f, 'a>(group: &Group<'f, 'a>) -> Result<Vec<Variable<'f, 'a>>, FormatError> {
    let Some(vars) = group.group("vars")? else { return Ok(Vec::new()) };
    let mut variables = Vec::new();
    while let Some(data) = vars.dataset(&variables.len().to_string())? {
        variables.push(Variable { name: variables.len().to_string(), data });
    }
    Ok(variables)
}

/// Paths and names of the layers that have weights, in the order of the description.
fn weighted<'c>(network: &Network<'c>, place: &str, into: &mut Vec<(String, &'c str)>) {
    for Layer { config, network, .. } in &network.layers {
        let path = format!("{place}/{}", config.name);
        match network {
            Some(network) => weighted(network, &path, into),
            None if !layers::variables(config).is_empty() => into.push((path, config.name)),
            None => {}
        }
    }
}
