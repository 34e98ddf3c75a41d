//! From the description to the graph: layers in the order in which they need each other.

use std::collections::{HashMap, HashSet};

use heatlens_graph::{ModulePath, ValueId};

use super::builder::Builder;
use super::layers::{self, Given, Site};
use super::network::{Argument, Call, Layer, Network, Source};
use super::store::Store;
use crate::FormatError;

/// Appends what a network computes of `inputs`. `place` is its path of names in the file, with a `/`
/// behind it.
pub(super) fn run(
    network: &Network<'_>,
    inputs: Vec<ValueId>,
    store: &Store<'_, '_>,
    builder: &mut Builder,
    module: &ModulePath,
    place: &str,
) -> Result<Vec<ValueId>, FormatError> {
    let layers = network.layers.iter().map(|layer| (layer.config.name, layer)).collect();
    let mut run = Run { network, layers, made: HashMap::new(), store, builder, module, place };
    run.take(inputs)?;
    run.compute()?;
    network.outputs.iter().map(|source| run.value(*source)).collect()
}

struct Run<'r, 'c, 'f, 'a> {
    network: &'r Network<'c>,
    layers: HashMap<&'c str, &'r Layer<'c>>,
    made: HashMap<Source<'c>, ValueId>,
    store: &'r Store<'f, 'a>,
    builder: &'r mut Builder,
    module: &'r ModulePath,
    place: &'r str,
}

impl<'c> Run<'_, 'c, '_, '_> {
    /// Hands the inputs to what stands for them.
    fn take(&mut self, inputs: Vec<ValueId>) -> Result<(), FormatError> {
        if self.network.is_sequence_without_input() {
            // The first layer of a sequence takes them itself.
            let source = Source { layer: "", call: 0, output: 0 };
            self.made.extend(inputs.first().map(|&input| (source, input)));
            return Ok(());
        }
        if inputs.len() != self.network.inputs.len() {
            return Err(damaged(format!(
                "model `{}` takes {} inputs and is given {}",
                self.network.name,
                self.network.inputs.len(),
                inputs.len()
            )));
        }
        self.made.extend(self.network.inputs.iter().copied().zip(inputs));
        Ok(())
    }

    /// Computes all that the outputs need, what is needed first.
    fn compute(&mut self) -> Result<(), FormatError> {
        // A source is open from when its inputs were asked for until it is made: to meet an open one
        // is to go around in a circle.
        let mut open = HashSet::new();
        let mut wanted: Vec<Source<'c>> = self.network.outputs.iter().rev().copied().collect();
        while let Some(&source) = wanted.last() {
            if self.made.contains_key(&source) {
                wanted.pop();
                continue;
            }
            let layer = *self.layers.get(source.layer).ok_or_else(|| {
                damaged(format!("layer `{}` of model `{}` is named and not there", source.layer, self.network.name))
            })?;
            let call = layer.calls.get(source.call).ok_or_else(|| {
                damaged(format!(
                    "layer `{}` is called {} times, not {}",
                    source.layer,
                    layer.calls.len(),
                    source.call + 1
                ))
            })?;
            if open.insert((source.layer, source.call)) {
                call.sources(&mut |need| wanted.push(need));
                continue;
            }
            let mut missing = false;
            call.sources(&mut |need| missing |= !self.made.contains_key(&need));
            if missing {
                return Err(damaged(format!(
                    "the layers around `{}` take each other's outputs in a circle",
                    source.layer
                )));
            }
            let outputs = self.call(layer, call)?;
            for (output, value) in outputs.into_iter().enumerate() {
                self.made.insert(Source { output, ..source }, value);
            }
            if !self.made.contains_key(&source) {
                return Err(damaged(format!("layer `{}` has no output {}", source.layer, source.output)));
            }
        }
        Ok(())
    }

    fn call(&mut self, layer: &Layer<'c>, call: &Call<'c>) -> Result<Vec<ValueId>, FormatError> {
        let name = layer.config.name;
        let module = self.module.child(name);
        let mut given = call.arguments.iter().map(|argument| self.given(argument)).collect::<Result<Vec<_>, _>>()?;
        if given.is_empty() && self.network.is_sequence_without_input() {
            let first = Source { layer: "", call: 0, output: 0 };
            given.extend(self.made.get(&first).map(|&value| Given::Tensor(value)));
        }
        let path = format!("{}{name}", self.place);
        if let Some(network) = &layer.network {
            let mut inputs = Vec::new();
            given.iter().for_each(|given| given.tensors(&mut inputs));
            return run(network, inputs, self.store, self.builder, &module, &format!("{path}/"));
        }
        let named = call.named.iter().map(|(name, argument)| Ok((*name, self.given(argument)?)));
        let named = named.collect::<Result<Vec<_>, FormatError>>()?;
        let site =
            Site { config: layer.config, given, named, variables: self.store.of(&path), builder: self.builder, module };
        Ok(vec![layers::build(site)?])
    }

    fn given(&self, argument: &Argument<'c>) -> Result<Given<'c>, FormatError> {
        Ok(match argument {
            Argument::Tensor(source) => Given::Tensor(self.value(*source)?),
            Argument::List(list) => {
                Given::List(list.iter().map(|argument| self.given(argument)).collect::<Result<_, _>>()?)
            }
            Argument::Value(value) => Given::Value(value),
        })
    }

    fn value(&self, source: Source<'_>) -> Result<ValueId, FormatError> {
        self.made
            .get(&source)
            .copied()
            .ok_or_else(|| damaged(format!("layer `{}` is named and not there", source.layer)))
    }
}

fn damaged(what: String) -> FormatError {
    FormatError::Damaged(what)
}
