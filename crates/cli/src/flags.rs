//! Options that several commands share, each declared once.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, Command, ValueHint};
use heatlens::{Head, Method, Model, ModelOptions, is_same_name};
use heatlens_run::{Source, Subject, SubjectOptions, default_threads, each_once, expand};

/// A network's file.
#[derive(clap::Args)]
pub struct NetworkArgs {
    /// Checkpoint (.pth, .pt, .ckpt, .bin, .safetensors), PyTorch program (.pt2, .pt), Keras model (.h5, .keras) or ONNX file
    pub model: PathBuf,
    /// Architecture, where it cannot be inferred (resnet18, densenet121 …); variants behind colons
    /// (resnet18:max-pool, vgg11:head-tanh). Where several fit the file, explain and audit tell how
    /// far their predictions lie apart
    #[arg(long)]
    pub arch: Option<String>,
    /// The part of a checkpoint that holds the weights, where it holds several networks: a key
    /// (best_state_dict), a place in a list, or the beginning of their names
    #[arg(long, value_name = "KEY")]
    pub weights: Option<String>,
    /// The output, or the head of a checkpoint, that holds the class scores, where there are
    /// several
    #[arg(long)]
    pub output: Option<String>,
}

impl NetworkArgs {
    /// Reads the network, its classes as the file has them.
    ///
    /// # Errors
    /// If it cannot be used.
    pub fn open(&self) -> Result<Model> {
        let options = ModelOptions {
            architecture: self.arch.clone(),
            weights: self.weights.clone(),
            output: self.output.clone(),
            ..ModelOptions::default()
        };
        Model::open(&self.model, &options).with_context(|| format!("`{}`", self.model.display()))
    }
}

/// A model with its classes and its preprocessing.
#[derive(clap::Args)]
pub struct SubjectArgs {
    #[command(flatten)]
    pub network: NetworkArgs,
    /// Names of the classes in the order of training, separated by commas
    #[arg(long, value_delimiter = ',', value_parser = trimmed)]
    pub classes: Vec<String>,
    /// How the outputs are read [default: as the file says, else a softmax over several and a
    /// sigmoid over one]
    #[arg(long, value_parser = explained(Head::ALL.iter().map(|(_, name, about)| (*name, *about)), Head::named))]
    pub head: Option<Head>,
    /// The value of an input that is no image, `NAME=VALUE` (or several values, one an element,
    /// separated by spaces); repeatable
    #[arg(long = "input", value_parser = constant)]
    pub constants: Vec<(String, Vec<f32>)>,
    /// Preprocessing of training: a preset, `timm:FILE`, `hf:FILE`, or a TOML or JSON file
    #[arg(long, long_help = preprocess_help())]
    pub preprocess: Option<String>,
}

impl SubjectArgs {
    /// Reads the model and settles its preprocessing; `beside` are the images or the data that were
    /// named.
    ///
    /// # Errors
    /// If either cannot be used, or model and images are swapped.
    pub fn open(&self, beside: &[impl AsRef<Path>]) -> Result<Subject> {
        if let Some(why) = misplaced(&self.network.model, beside) {
            bail!(why);
        }
        Ok(Subject::open(&SubjectOptions {
            model: self.network.model.clone(),
            classes: self.classes.clone(),
            architecture: self.network.arch.clone(),
            head: self.head,
            output: self.network.output.clone(),
            weights: self.network.weights.clone(),
            constants: self.constants.clone(),
            preprocess: self.preprocess.clone(),
        })?)
    }
}

/// What is wrong where a model stands where images or data belong: swapped with them, or beside
/// another model.
fn misplaced(model: &Path, beside: &[impl AsRef<Path>]) -> Option<String> {
    const MODELS: [&str; 10] = ["pth", "pt", "pt2", "ckpt", "bin", "safetensors", "onnx", "pkl", "h5", "keras"];
    const TABLES: [&str; 4] = ["csv", "tsv", "xlsx", "npy"];
    let ends = |path: &Path, known: &[&str]| {
        path.extension().is_some_and(|end| known.iter().any(|known| end.eq_ignore_ascii_case(known)))
    };
    let file = beside.iter().map(AsRef::as_ref).find(|path| path.is_file() && ends(path, &MODELS))?.display();
    let shown = model.display();
    let what = match model {
        folder if folder.is_dir() => "a folder",
        image if ends(image, heatlens_imaging::EXTENSIONS) => "an image",
        table if ends(table, &TABLES) => "a table",
        _ => {
            return Some(format!(
                "`{file}` is named as images or data, and is a model's file: name the model first (here `{shown}`), and \
                 then photographs, or with --data a table or a folder"
            ));
        }
    };
    Some(format!(
        "the model and the images look swapped: `{shown}` stands where the model belongs and is {what}, `{file}` is a \
         model's file; the model comes first, as in `{file} {shown}`, or `{file} --data {shown}` for an audit"
    ))
}

/// Images named one by one, by folder or by pattern.
#[derive(clap::Args)]
pub struct InputArgs {
    /// Images, folders (searched recursively), globs, or .npy tensors that are already preprocessed:
    /// (N, channels, H, W), or (N, H, W, channels) where the network has its channels last
    #[arg(required = true, value_hint = ValueHint::AnyPath)]
    pub inputs: Vec<String>,
}

impl InputArgs {
    /// The images, without those under `out`, and what is to be said of other files.
    ///
    /// # Errors
    /// If there is none.
    pub fn list(&self, out: &Path) -> Result<(Vec<Source>, Option<String>)> {
        Ok(expand(&self.inputs, out)?)
    }
}

/// Which methods make maps.
#[derive(clap::Args)]
pub struct MethodArgs {
    /// Methods, separated by commas, in any spelling (Grad-CAM++); the first is the one that comes first in what is told
    #[arg(long, visible_alias = "method", value_delimiter = ',', default_value = "gradcam", value_parser = methods())]
    methods: Vec<Method>,
}

impl MethodArgs {
    /// The methods, each once.
    pub fn unique(&self) -> Vec<Method> {
        each_once(&self.methods)
    }
}

fn methods() -> impl TypedValueParser<Value = Method> {
    listed(Method::ALL.iter().map(|method| method.card().name), Method::named)
}

/// Where in the network maps are made.
#[derive(clap::Args)]
pub struct LayerArgs {
    /// Target layers (`layer4[-1]`, `features.28`, an ONNX value), separated by commas; `heatlens
    /// layers` lists them [default: the last before the classifier]; a patch embedding is warned of
    #[arg(long = "layer", visible_aliases = ["layers", "target-layer", "target-layers"], value_delimiter = ',', value_parser = trimmed)]
    pub layers: Vec<String>,
}

/// Where in the network maps are made, by commands that look at one layer.
#[derive(clap::Args)]
pub struct OneLayerArgs {
    /// Target layer (`layer4[-1]`, `features.28`, an ONNX value); `heatlens layers` lists them
    /// [default: the last before the classifier]; a patch embedding is warned of
    #[arg(long, visible_alias = "target-layer")]
    pub layer: Option<String>,
}

/// How many images.
#[derive(clap::Args)]
pub struct LimitArgs {
    /// At most so many images: as many of each label as of any other (where there are no labels, of
    /// each folder), each at equal distances through the list, in their order
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
}

impl LimitArgs {
    /// How many at most.
    pub fn most(&self) -> Option<usize> {
        self.limit.map(|limit| limit as usize)
    }
}

/// Threads.
#[derive(clap::Args)]
pub struct ThreadArgs {
    /// Threads [default: one a core]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl ThreadArgs {
    /// How many.
    pub fn count(&self) -> usize {
        self.threads.map_or_else(default_threads, usize::from)
    }
}

/// Memory.
#[derive(clap::Args)]
pub struct MemoryArgs {
    /// The most memory to use, such as 4GB; threads that do not fit are left out [default: three
    /// quarters of what the machine, its control group or its ulimit has]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory: Option<u64>,
}

/// Reads `4GB`, `1.5 GB`, `800MB`.
fn size(text: &str) -> Result<u64, String> {
    let lower = text.trim().to_lowercase();
    let (number, unit) = lower.split_at(lower.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(lower.len()));
    let unit: u64 = match unit {
        "g" | "gb" | "gib" => 1 << 30,
        "m" | "mb" | "mib" => 1 << 20,
        _ => return Err("a size is a number with its unit, such as 4GB or 800MB".into()),
    };
    match number.trim().parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok((number * unit as f64) as u64),
        _ => Err(format!("`{number}` is no number above 0")),
    }
}

/// Randomness.
#[derive(clap::Args)]
pub struct SeedArgs {
    /// Seed of everything drawn at random
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

/// A parser for a closed list of names, which help and errors show.
pub fn listed<T: Clone + Send + Sync + 'static>(
    names: impl Iterator<Item = &'static str>,
    read: impl Fn(&str) -> Option<T> + Clone + Send + Sync + 'static,
) -> impl TypedValueParser<Value = T> {
    Listed { values: names.map(PossibleValue::new).collect(), read }
}

/// The same with a line of help a name.
pub fn explained<T: Clone + Send + Sync + 'static>(
    names: impl Iterator<Item = (&'static str, &'static str)>,
    read: impl Fn(&str) -> Option<T> + Clone + Send + Sync + 'static,
) -> impl TypedValueParser<Value = T> {
    Listed { values: names.map(|(name, about)| PossibleValue::new(name).help(about)).collect(), read }
}

/// A closed list of names, each known however it is written.
#[derive(Clone)]
struct Listed<F> {
    values: Vec<PossibleValue>,
    read: F,
}

impl<T, F> TypedValueParser for Listed<F>
where
    T: Clone + Send + Sync + 'static,
    F: Fn(&str) -> Option<T> + Clone + Send + Sync + 'static,
{
    type Value = T;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<T, clap::Error> {
        let written = value.to_string_lossy();
        let name = self.values.iter().map(PossibleValue::get_name).find(|name| is_same_name(name, &written));
        if let Some(read) = (self.read)(&written).or_else(|| name.and_then(&self.read)) {
            return Ok(read);
        }
        // In lower case, as the names are, the nearest one is found whatever the case.
        let lower = OsString::from(written.to_lowercase());
        let name = PossibleValuesParser::from(self.values.clone()).parse_ref(command, argument, &lower)?;
        Ok((self.read)(&name).expect("a listed name"))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.values.iter().cloned()))
    }
}

/// One of several names that may be written with spaces after the commas.
///
/// # Errors
/// If it is empty.
pub fn trimmed(name: &str) -> Result<String, &'static str> {
    match name.trim() {
        "" => Err("a name is empty: separate names by one comma each"),
        name => Ok(name.to_owned()),
    }
}

fn constant(text: &str) -> Result<(String, Vec<f32>), String> {
    let read = || {
        let (name, values) = text.split_once('=')?;
        let values: Vec<f32> = values.split_whitespace().map(|value| value.parse().ok()).collect::<Option<_>>()?;
        (!name.is_empty() && !values.is_empty()).then(|| (name.to_owned(), values))
    };
    read()
        .ok_or_else(|| "`NAME=VALUE` is needed, such as age=0.5, or several values as in \"meta=0.5 -1 2\"".to_owned())
}

fn preprocess_help() -> String {
    let presets: Vec<String> =
        heatlens_imaging::PRESETS.iter().map(|(name, what)| format!("  {name}: {what}")).collect();
    format!(
        "Preprocessing of training, which decides whether predictions are right: a preset, `timm:config.json`, \
         `hf:preprocessor_config.json`, or a TOML or JSON file.\n\
         `heatlens preprocess check` says whether it equals your own pipeline's.\n\n{}",
        presets.join("\n")
    )
}
