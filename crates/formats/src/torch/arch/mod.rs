//! The architectures that checkpoints can belong to. A checkpoint holds weights by name; which
//! network they belong to, and its depth and widths, is recognised from names and shapes. One file
//! a family, one line in the table of [`FAMILIES`].

use heatlens_graph::{Graph, GraphError, Reason};

use super::{ModuleTree, StateDict};
use crate::{FormatError, LoadOptions};

mod activation;
mod builder;
mod family;
mod geometry;
mod head;
mod inverted_residual;
mod layers;
mod misfit;
mod pickled;
mod unknown;
mod weights;

use builder::Builder;
use family::{Family, Member};
use misfit::Misfit;
pub(super) use unknown::EXPORT;
use weights::Weights;

/// Declares the modules and the list of families, each by the packages in whose names it reads.
macro_rules! families {
    ($($module:ident: $($family:ident)+;)*) => {
        $(mod $module;)*

        /// All families; where a file has the landmarks of several, the one with the nearest member
        /// is tried first.
        const FAMILIES: &[Family] = &[$($($module::$family),+),*];
    };
}

families! {
    alexnet: FAMILY;
    vgg: FAMILY;
    resnet: FAMILY;
    densenet: FAMILY;
    squeezenet: FAMILY;
    googlenet: FAMILY;
    inception_v3: FAMILY;
    mobilenet_v2: TORCHVISION TIMM;
    mobilenet_v3: TORCHVISION TIMM;
    shufflenet_v2: FAMILY;
    mnasnet: TORCHVISION TIMM;
    efficientnet: TORCHVISION TIMM STAND_ALONE;
    regnet: TORCHVISION TIMM;
    convnext: TORCHVISION TIMM AUTHORS;
}

/// Height and width above this are a mistake; sums of larger ones might overflow.
const LARGEST_IMAGE: usize = 1 << 16;

/// A network built from a checkpoint.
#[derive(Clone, Debug)]
pub struct Built {
    /// The network, for a batch of one.
    pub graph: Graph,
    /// Name of the architecture, or of the nearest one where depth or width are unusual (which a
    /// note says).
    pub name: String,
    /// Title of its family, which tells in whose names the weights are: `ResNet`.
    pub family: &'static str,
    /// What was assumed, in words the user should see.
    pub notes: Vec<String>,
    /// Height and width of the images that the architecture is made for.
    pub input_size: [usize; 2],
}

/// The families of networks that are built in, by title, with the names of their standard networks.
pub fn families() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    FAMILIES.iter().map(|family| (family.title, family.members.iter().map(|member| member.name).collect()))
}

/// Names of all standard networks, as [`LoadOptions::architecture`] takes them.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = FAMILIES.iter().flat_map(|family| family.members).map(|member| member.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Recognises the network that the weights belong to and builds it. `module` is the pickled module,
/// where the file holds one: its own classes and attributes then win over the definition's.
///
/// # Errors
/// [`FormatError::UnknownArchitecture`] if the weights fit no architecture, or not the one that
/// `options` asks for; [`FormatError::Unsupported`] for quantised or otherwise altered weights;
/// [`FormatError::Graph`] if the network cannot take an image of the size asked for.
pub fn build(state: &StateDict, module: Option<&ModuleTree>, options: &LoadOptions<'_>) -> Result<Built, FormatError> {
    unknown::refuse_altered(state)?;
    if let Some(size) =
        options.input_size.filter(|size| !size.iter().all(|extent| (1..=LARGEST_IMAGE).contains(extent)))
    {
        let reason = Reason(format!("height and width must lie between 1 and {LARGEST_IMAGE}"));
        return Err(GraphError::InputShape { input: "image".into(), shape: size.to_vec(), reason }.into());
    }
    let weights = Weights::new(state);
    let attempts = attempts(&weights, module, options.architecture)?;
    let mut failures = Vec::new();
    for attempt in attempts {
        let mut builder = Builder::new(&weights, module, options.input_size.unwrap_or([attempt.member.side; 2]));
        match attempt.run(&mut builder) {
            Ok(logits) => {
                builder.note_class(attempt.member.name);
                let (graph, notes) = builder.finish(logits);
                return Ok(Built {
                    graph,
                    name: attempt.member.name.into(),
                    family: attempt.family.title,
                    notes,
                    input_size: [attempt.member.side; 2],
                });
            }
            // Weights are checked before they reach an operator: what an operator refuses is the
            // size that the caller chose.
            Err(Misfit::Graph(error)) if options.input_size.is_some() => return Err(error.into()),
            Err(misfit) => failures.push((attempt.member.name, builder.used(), misfit)),
        }
    }
    Err(unknown::explain(&weights, FAMILIES, failures, options.architecture))
}

/// One way to read a file.
struct Attempt {
    family: &'static Family,
    member: &'static Member,
    /// How far the file is from the member; 0 for the member itself.
    distance: f64,
}

impl Attempt {
    /// Builds the network and checks that no weight is left over.
    fn run(&self, builder: &mut Builder<'_>) -> Result<heatlens_graph::ValueId, Misfit> {
        if !self.family.is_regular(builder.weights()) {
            return Err(Misfit::Differs(format!("its blocks and kernels are those of no {}", self.family.title)));
        }
        let logits = (self.family.build)(builder, self.member.name)?;
        let leftover = |(name, _): &(&str, _)| !name.ends_with("num_batches_tracked");
        if let Some((name, tensor)) = builder.unused().find(leftover) {
            return Err(Misfit::Unused { name: name.into(), shape: tensor.shape().to_vec() });
        }
        if self.distance > 0.0 {
            let Family { title, .. } = self.family;
            builder.note(format!(
                "the network is a {title} of unusual depth or width; the nearest standard one is {}",
                self.member.name
            ));
        }
        Ok(logits)
    }
}

/// The ways to read a file, the most promising first.
fn attempts(
    weights: &Weights<'_>,
    module: Option<&ModuleTree>,
    architecture: Option<&str>,
) -> Result<Vec<Attempt>, FormatError> {
    let nearest = |family: &'static Family| {
        let (member, distance) = family.nearest(weights);
        Attempt { family, member: family.twin(member, module), distance }
    };
    let mut recognised: Vec<_> = FAMILIES.iter().filter(|family| family.fits(weights)).map(nearest).collect();
    recognised.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    let Some(name) = architecture else { return Ok(recognised) };

    let named: Vec<_> = FAMILIES.iter().filter_map(|family| Some((family, family.member(name)?))).collect();
    if named.is_empty() {
        return Err(unknown::name(name));
    }
    let attempt = |&(family, member): &(&'static Family, &'static Member)| {
        let distance = if (family.measure)(weights) == member.measure { 0.0 } else { family.nearest(weights).1 };
        Attempt { family, member, distance }
    };
    let attempts: Vec<_> = named.iter().filter(|(family, _)| family.fits(weights)).map(attempt).collect();
    let is_another = |other: &&Attempt| {
        other.distance == 0.0 && attempts.iter().all(|attempt| attempt.member.measure != other.member.measure)
    };
    match recognised.iter().find(is_another) {
        Some(other) => Err(FormatError::UnknownArchitecture(format!(
            "the weights are those of {}, not of {name}",
            other.member.name
        ))),
        None => Ok(attempts),
    }
}
