//! PyTorch files → graphs. Of checkpoints: container, weights by name ([`StateDict`]), and the
//! architectures they belong to ([`arch`]). Of programs: [`exported`] and [`script`], by the operators of
//! [`program`].

use std::cell::OnceCell;

pub mod arch;
mod chosen;
mod elements;
mod exported;
mod fastai;
mod file;
mod module_reader;
mod module_tree;
mod pickle;
mod prefix;
mod program;
mod safetensors;
mod said;
mod script;
mod state_dict;
mod stored;
mod unwrap;

pub use module_tree::{Attribute, ModuleTree};
pub use state_dict::StateDict;

use prost::bytes::Bytes;

use crate::{Format, FormatError, LoadOptions, LoadedModel, Preparation, Problem};

/// Whether the bytes look like a checkpoint: a zip archive, a pickle, or safetensors.
pub fn is_checkpoint(bytes: &[u8]) -> bool {
    file::is_pytorch(bytes) || safetensors::is_safetensors(bytes)
}

/// What a checkpoint holds, before its architecture is known.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The container.
    pub format: Format,
    /// The weights under their names in the file, out of the dictionaries around them and with all
    /// prefixes.
    pub weights: StateDict,
    /// The pickled module, where the file holds one; its paths are those of the weights.
    pub modules: Option<ModuleTree>,
    /// Class names in the order of the outputs, where the file says them.
    pub classes: Option<Vec<String>>,
    /// What was chosen, in words the user should see.
    pub notes: Vec<String>,
    /// What the outputs stand for, where the file says it.
    pub problem: Option<Problem>,
    /// How images were prepared, where the file says it.
    pub preparation: Option<Preparation>,
    /// What the file says of its architecture.
    said: Vec<arch::Said>,
    /// Matrices that were left out.
    left: Vec<prefix::LeftOut>,
}

/// Reads the weights of a checkpoint. Only they are decoded; what else the file holds (optimiser
/// state, arguments, history) is passed over.
///
/// # Errors
/// [`FormatError::ForbiddenPickle`] for a pickle that would run code in Python (the policy is in
/// `torch::pickle`), [`FormatError::Damaged`] for a file that is cut off or contradicts itself,
/// [`FormatError::Unsupported`] where there are no weights that can be read.
pub fn read(bytes: &[u8]) -> Result<Checkpoint, FormatError> {
    read_sharing(bytes, None, None)
}

/// [`read`], of the part `chosen` where there is one; elements that can be used as they lie in
/// `shared`, which holds the same bytes, stay there.
fn read_sharing(bytes: &[u8], shared: Option<&Bytes>, chosen: Option<&str>) -> Result<Checkpoint, FormatError> {
    let module = |checkpoint: Checkpoint| match chosen {
        Some(path) => chosen::module(checkpoint, path),
        None => Ok(checkpoint),
    };
    if safetensors::is_safetensors(bytes) {
        return module(Checkpoint {
            format: Format::Safetensors,
            weights: safetensors::read(bytes, shared)?.sorted_by_name(),
            modules: None,
            classes: None,
            problem: None,
            preparation: None,
            notes: Vec::new(),
            said: Vec::new(),
            left: Vec::new(),
        });
    }
    let uncompressed = OnceCell::new();
    let file::Checkpoint { format, pickle, storages } = file::open(bytes, &uncompressed)?;
    let key = chosen.and_then(|key| Some((key, chosen::value(&pickle, pickle.root(), key)?)));
    let mut found = unwrap::find(&pickle, key)?;
    if found.tensors.iter().any(|(_, tensor)| tensor.is_double()) {
        found.notes.push("the weights are in double precision and were rounded to single".into());
    }
    let mut decoder = stored::Decoder::new(&storages).sharing(shared, &found.tensors);
    let mut weights = StateDict::default();
    for (name, tensor) in std::mem::take(&mut found.tensors) {
        let tensor = decoder.decode(&name, tensor)?;
        weights.insert(name, tensor);
    }
    let unwrap::Found { modules, notes, left, said, classes, .. } = found;
    let learner = fastai::learner(&pickle).unwrap_or_default();
    let preparation = learner.preparation(|name, tensor| {
        Ok(decoder.decode(name, tensor)?.as_f32().map(<[f32]>::to_vec).unwrap_or_default())
    })?;
    let (classes, problem) = (learner.classes.or(classes), learner.problem);
    let checkpoint = Checkpoint { format, weights, modules, classes, problem, preparation, notes, said, left };
    if key.is_some() { Ok(checkpoint) } else { module(checkpoint) }
}

/// Reads a checkpoint and builds the network that its weights belong to.
///
/// # Errors
/// As [`read`] and [`arch::build`].
pub fn load(bytes: &[u8], options: &LoadOptions<'_>) -> Result<LoadedModel, FormatError> {
    load_sharing(bytes, None, options)
}

/// [`load`]; weights that can be used as they lie in `shared`, which holds the same bytes, stay
/// there.
pub(crate) fn load_sharing(
    bytes: &[u8],
    shared: Option<&Bytes>,
    options: &LoadOptions<'_>,
) -> Result<LoadedModel, FormatError> {
    if file::is_zip(bytes) {
        let entries = crate::archive::entries(bytes)?;
        if exported::is_exported(&entries) {
            return exported::load(bytes, &entries, shared, options);
        }
        if let Some(root) = script::root(&entries) {
            return script::load(bytes, &entries, root, shared, options);
        }
    }
    let Checkpoint { format, weights, modules, classes, problem, preparation, mut notes, said, left } =
        read_sharing(bytes, shared, options.weights)?;
    let mut said = said;
    let config =
        options.sibling.and_then(|sibling| sibling("config.json").ok()).map(|bytes| crate::config::read(&bytes));
    said.extend(config.as_ref().and_then(|config| config.said.clone()));
    said.extend(options.file_name.and_then(arch::named_in));
    let problem = problem.or(config.as_ref().and_then(|config| config.problem));
    let classes = classes.or(config.and_then(|config| config.classes));
    let (built, stripped) = prefix::build(&weights, modules.as_ref(), options, &said, &left)?;
    notes.extend(stripped);
    notes.extend(built.notes);
    // Runs of two parts of one file must not be taken for the same.
    let architecture = Some(match options.weights {
        Some(part) => format!("{} of `{part}`", built.name),
        None => built.name,
    });
    let (twins, preparation) = (built.twins, preparation.or(built.preparation));
    Ok(LoadedModel { graph: built.graph, architecture, format, classes, problem, preparation, twins, notes })
}
