//! Keras models → graphs: the containers of Keras 2 and 3 ([`container`]), what they say of the
//! network ([`network`]), whose weights are whose ([`store`]), and what each layer computes
//! ([`layers`]).
//!
//! Nothing in a file is executed: layers that hold Python code are refused.

mod builder;
mod config;
mod container;
mod labels;
mod layers;
mod network;
mod refuse;
mod run;
mod store;
mod tensor;

use heatlens_graph::{Dim, Graph, ModulePath, ValueId};
use prost::bytes::Bytes;

use self::builder::Builder;
use self::container::Container;
use self::network::Network;
use self::store::Store;
use crate::hdf5::File;
use crate::naming::named;
use crate::{Format, FormatError, LoadOptions, LoadedModel};

pub(crate) use self::container::is_keras;

/// Height and width of images where nothing says them.
const USUAL_SIZE: usize = 224;

/// Reads a `.h5` or `.keras` file.
///
/// # Errors
/// See [`FormatError`].
pub fn load(bytes: &[u8], options: &LoadOptions<'_>) -> Result<LoadedModel, FormatError> {
    let container = Container::open(bytes)?;
    let network = Network::read(&container.description)?;
    let file = File::open(&container.weights)?;
    let store = match container.format {
        Format::KerasArchive => Store::by_slot(&file, &network)?,
        _ => Store::by_name(&file, &network)?,
    };
    let mut builder = Builder::new(container.major());
    store.note().into_iter().for_each(|note| builder.note(note));
    let image = image(&network, options, &mut builder)?;
    let outputs = run::run(&network, vec![image], &store, &mut builder, &ModulePath::root(), "")?;
    let outputs = named_outputs(&network, &outputs, &mut builder.graph)?;
    builder.graph.set_outputs(outputs);
    let classes = labels::beside(options, &mut builder.notes);
    Ok(LoadedModel {
        graph: builder.graph,
        architecture: architecture(&network),
        format: container.format,
        classes,
        problem: None,
        preparation: None,
        twins: Vec::new(),
        notes: builder.notes,
    })
}

/// [`load`]: kernels are turned while they are read, so that none stay in the file's bytes.
pub(crate) fn load_sharing(
    bytes: &[u8],
    _shared: Option<&Bytes>,
    options: &LoadOptions<'_>,
) -> Result<LoadedModel, FormatError> {
    load(bytes, options)
}

/// The image that the network takes.
fn image(network: &Network<'_>, options: &LoadOptions<'_>, builder: &mut Builder) -> Result<ValueId, FormatError> {
    if network.inputs.len() > 1 {
        return Err(FormatError::Unsupported(format!(
            "the model has {} inputs, and one image is explained",
            network.inputs.len()
        )));
    }
    let said = network.input_shape().ok_or_else(|| {
        FormatError::Unsupported("the file does not say what the model takes: it was saved before it was built".into())
    })?;
    let &[_, height, width, channels] = said.as_slice() else {
        return Err(FormatError::Unsupported(format!("the model takes {} axes, and an image has 4", said.len())));
    };
    let channels = channels
        .ok_or_else(|| FormatError::Unsupported("the file does not say how many channels the model takes".into()))?;
    let asked = options.input_size.map(|[height, width]| [Some(height), Some(width)]);
    let [tall, wide] = asked.unwrap_or([None; 2]);
    if options.input_size.is_none() && (height.is_none() || width.is_none()) {
        builder.note(format!(
            "the file leaves the size of the image open: {USUAL_SIZE}×{USUAL_SIZE} unless the preprocessing says otherwise"
        ));
    }
    let dim = |extent: Option<usize>, name: &str| extent.map_or_else(|| Dim::Free(name.into()), Dim::Fixed);
    let dims = vec![Dim::Free("batch".into()), dim(height, "height"), dim(width, "width"), Dim::Fixed(channels)];
    let size = |fixed: Option<usize>, asked: Option<usize>| fixed.or(asked).unwrap_or(USUAL_SIZE);
    builder.image(dims, &[1, size(height, tall), size(width, wide), channels])
}

/// The outputs by the names of the layers that make them, where there are several.
fn named_outputs(network: &Network<'_>, outputs: &[ValueId], graph: &mut Graph) -> Result<Vec<ValueId>, FormatError> {
    if outputs.len() < 2 {
        return Ok(outputs.to_vec());
    }
    let name = |(source, &value): (&network::Source<'_>, &ValueId)| Ok(named(graph, source.layer, value)?);
    network.outputs.iter().zip(outputs).map(name).collect()
}

/// The name of the model, or of the largest one within it: `mobilenetv2_1.00_224`.
fn architecture(network: &Network<'_>) -> Option<String> {
    let inner = network.layers.iter().filter_map(|layer| Some((layer.network.as_ref()?, layer.config.name)));
    let largest = inner.max_by_key(|(network, _)| network.layers.len()).map(|(_, name)| name);
    let name = largest.unwrap_or(network.name);
    // Keras makes these up where nobody named a model.
    let made_up = ["sequential", "model", "functional"].iter().any(|stem| {
        name.strip_prefix(stem).is_some_and(|rest| rest.trim_start_matches('_').bytes().all(|b| b.is_ascii_digit()))
    });
    (!name.is_empty() && !made_up).then(|| name.to_owned())
}
