//! The architectures that checkpoints can belong to. A checkpoint holds weights by name; which
//! network they belong to, and its depth and widths, is recognised from names and shapes. One file
//! a family, one line in the table of [`FAMILIES`].

use heatlens_graph::{Graph, GraphError, Reason};

use super::{ModuleTree, StateDict};
use crate::{FormatError, LoadOptions, Preparation, Twin};

mod activation;
mod attention;
mod builder;
mod continuation;
mod ending;
mod enlarging;
mod family;
mod geometry;
mod head;
mod inverted_residual;
mod layers;
mod misfit;
mod naming;
mod normalisation;
mod pickled;
mod pixels;
mod probe;
mod recipe;
mod residual;
mod smoothing;
mod unknown;
mod variant;
mod weights;
pub(super) mod whole;

use builder::Builder;
pub(super) use continuation::Continuation;
use family::{Family, Member};
use misfit::Misfit;
pub use naming::Said;
pub(super) use naming::named_in;
pub(super) use unknown::{AS_ONNX, EXPORT};
use variant::{GlobalPool, Variant};
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
    resnest: FAMILY;
    res2net: FAMILY;
    sknet: BASIC BOTTLENECK;
    senet: FAMILY;
    resnetv2: FAMILY;
    xresnet: FAMILY;
    xception: LEGACY ALIGNED;
    inception_v4: FAMILY;
    inception_resnet_v2: FAMILY;
    vovnet: FAMILY;
    rexnet: FAMILY;
    dpn: FAMILY;
    dla: FAMILY;
    ghostnet: FAMILY;
    hrnet: FAMILY;
    cspnet: FAMILY;
    repvgg: FAMILY FUSED;
    mobileone: FAMILY FUSED;
    regnetz: FAMILY;
    nfnet: FAMILY;
    densenet: FAMILY;
    squeezenet: FAMILY;
    googlenet: FAMILY;
    inception_v3: FAMILY;
    mobilenet_v2: TORCHVISION TIMM;
    mobilenet_v3: TORCHVISION TIMM;
    shufflenet_v2: FAMILY;
    mnasnet: TORCHVISION TIMM;
    efficientnet: TORCHVISION TIMM STAND_ALONE;
    mixnet: FAMILY;
    tinynet: FAMILY;
    lcnet: FAMILY;
    fbnet: C V3;
    hardcorenas: FAMILY;
    mobilenet_v1: FAMILY;
    mobilenet_v4: FAMILY;
    edgetpu: EFFICIENTNET MOBILENET;
    condconv: FAMILY;
    regnet: TORCHVISION TIMM;
    convnext: TORCHVISION TIMM TIMM_V2 TIMM_OVERLAP AUTHORS AUTHORS_V2;
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
    /// How photographs were prepared, where whoever trained the network first says so.
    pub preparation: Option<Preparation>,
    /// What was assumed, in words the user should see.
    pub notes: Vec<String>,
    /// Networks of the same names and shapes that compute something else.
    pub twins: Vec<Twin>,
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
    build_as_said(state, module, options, &Hints::default())
}

/// What is known of a network beside its weights.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hints<'a> {
    /// What is said of the architecture: it chooses between networks of the same names and shapes.
    pub said: &'a [Said],
    /// Modules in the place of the classifier that are one each, where there are several.
    pub heads: &'a [String],
    /// What takes the features in the place of the network's own end.
    pub continuation: Option<&'a Continuation>,
}

/// [`build`], with what is known beside the weights.
pub(super) fn build_as_said(
    state: &StateDict,
    module: Option<&ModuleTree>,
    options: &LoadOptions<'_>,
    hints: &Hints<'_>,
) -> Result<Built, FormatError> {
    let said = hints.said;
    unknown::refuse_altered(state)?;
    check_size(options.input_size)?;
    let weights = Weights::new(state);
    let (name, mut variant) = match options.architecture {
        Some(asked) => {
            let (name, variant) = variant::parse(asked).ok_or_else(|| unknown::name(asked))?;
            (Some(name), variant)
        }
        None => (None, Variant::default()),
    };
    let attempts = attempts(&weights, module, name, said)?;
    let mut failures = Vec::new();
    let given = Given { weights: &weights, module, options, hints };
    for attempt in attempts {
        let pool = if options.architecture.is_none() { attempt.said_pool(said) } else { None };
        variant.pool = variant.pool.or(pool);
        match attempt.build(&given, variant) {
            Ok(built) => return Ok(built),
            // Weights are checked before they reach an operator: what an operator refuses is the
            // size that the caller chose.
            Err((_, Misfit::Graph(error))) if options.input_size.is_some() => return Err(error.into()),
            Err((used, misfit)) => {
                if variant.pool.is_none()
                    && let Some(built) = attempt.with_double_pool(&given, variant)
                {
                    return built;
                }
                failures.push((attempt.member.name, used, misfit));
            }
        }
    }
    Err(unknown::explain(&weights, FAMILIES, failures, options.architecture))
}

/// What a file and a caller say.
struct Given<'a> {
    weights: &'a Weights<'a>,
    module: Option<&'a ModuleTree>,
    options: &'a LoadOptions<'a>,
    hints: &'a Hints<'a>,
}

/// Refuses sizes of images that are a mistake.
fn check_size(size: Option<[usize; 2]>) -> Result<(), FormatError> {
    let is_wrong = |size: &[usize; 2]| !size.iter().all(|extent| (1..=LARGEST_IMAGE).contains(extent));
    let Some(size) = size.filter(is_wrong) else { return Ok(()) };
    let reason = Reason(format!("height and width must lie between 1 and {LARGEST_IMAGE}"));
    Err(GraphError::InputShape { input: "image".into(), shape: size.to_vec(), reason }.into())
}

/// One way to read a file.
struct Attempt {
    family: &'static Family,
    member: &'static Member,
    /// How far the file is from the member; 0 for the member itself.
    distance: f64,
}

impl Attempt {
    /// Builds the network as what is given says.
    ///
    /// # Errors
    /// The first misfit, and how many tensors had their place before it.
    fn build(&self, given: &Given<'_>, variant: Variant) -> Result<Built, (usize, Misfit)> {
        let Given { weights, module, options, hints } = *given;
        let mut builder = Builder::new(weights, module, options.input_size.unwrap_or([self.member.side; 2]));
        (builder.variant, builder.heads, builder.member) = (variant, hints.heads.to_vec(), self.member.name);
        builder.continuation = hints.continuation.cloned();
        let logits = self.run(&mut builder).map_err(|misfit| (builder.used(), misfit))?;
        let own = module.is_some_and(|module| !module.class.is_empty());
        // Library code that is not in the file is known, another's is not.
        let says_pool = module.is_some_and(|module| module.is_library() && module.known_class() != "Sequential");
        let mut twins = self.twins(weights, options.architecture, hints.said);
        // What no module does, or one that is not of the network.
        let is_code = |twin: &Twin| ["-pool", ":no-last-relu"].iter().any(|end| twin.name.ends_with(end));
        if own {
            // Code of one's own may do otherwise.
            twins.retain(|twin| builder.assumes_pool && !says_pool && is_code(twin));
        }
        if hints.continuation.is_some() {
            twins.retain(|twin| !is_code(twin));
        }
        builder.note_own_classes(self.member.name);
        if !own || !twins.is_empty() {
            self.note_twins(&mut builder, &twins, hints.said);
        }
        if builder.assumes_head {
            let differs = "no activation between the linear layers of the classifier".into();
            twins.push(Twin { name: format!("{}:head-none", self.member.name), differs });
        }
        let (graph, notes) = builder.finish(logits);
        let name = options.architecture.map_or(self.member.name, |_| asked_name(options, self.member)).into();
        let preparation = pixels::of_timm(self.member.name).filter(|_| self.distance == 0.0);
        let input_size = [self.member.side; 2];
        Ok(Built { graph, twins, name, family: self.family.title, preparation, notes, input_size })
    }

    /// The network with two values of each channel in front of its classifier, if that fits: in
    /// fastai's order, if its names are fastai's.
    fn with_double_pool(&self, given: &Given<'_>, variant: Variant) -> Option<Result<Built, FormatError>> {
        let variant = Variant { pool: Some(GlobalPool::CatMaxAverage), ..variant };
        let mut built = self.build(given, variant).ok()?;
        let name = self.member.name;
        if !given.weights.iter().any(|(tensor, _)| is_fastai(given.weights, tensor)) {
            return Some(Err(FormatError::Unsupported(format!(
                "the classifier takes two values of each channel: means and maxima, in an order that a file of \
                 weights does not tell. Say which: `--arch {name}:catavgmax-pool` (timm's order, means first) or \
                 `--arch {name}:catmaxavg-pool` (fastai's, maxima first). {EXPORT}"
            ))));
        }
        built.notes.push(format!(
            "the classifier takes two values of each channel and is numbered like fastai's: maxima and behind them \
             means are assumed, as in its AdaptiveConcatPool2d (means first: `--arch {name}:catavgmax-pool`)"
        ));
        Some(Ok(built))
    }

    /// Builds the network and checks that no weight is left over.
    fn run(&self, builder: &mut Builder<'_>) -> Result<heatlens_graph::ValueId, Misfit> {
        if !self.family.is_regular(builder.weights()) {
            return Err(Misfit::Differs(format!("its blocks and kernels are those of no {}", self.family.title)));
        }
        let logits = (self.family.build)(builder, self.member.name);
        let logits = builder.continued(logits)?;
        let leftover = |(name, _): &(&str, _)| !name.ends_with("num_batches_tracked");
        if let Some((name, tensor)) = builder.unused().find(leftover) {
            return Err(Misfit::Unused { name: name.into(), shape: tensor.shape().to_vec() });
        }
        if let Some((path, module)) = builder.unconsulted().into_iter().next() {
            let reason = format!("{} has nothing in its place", self.member.name);
            return Err(Misfit::Module { path, class: module.class.clone(), reason });
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

/// Whether a tensor is that of the normalisation with which fastai's classifiers begin: behind
/// pooling and flattening, which have the numbers 0 and 1.
fn is_fastai(weights: &Weights<'_>, tensor: &str) -> bool {
    let head = tensor.strip_suffix(".2.running_mean");
    head.is_some_and(|head| [".0", ".1"].iter().all(|number| !weights.has(&format!("{head}{number}"))))
}

/// The name of an architecture that was asked for, with its variants where these were.
fn asked_name<'a>(options: &LoadOptions<'a>, member: &'a Member) -> &'a str {
    options.architecture.filter(|asked| asked.starts_with(member.name)).unwrap_or(member.name)
}

impl Attempt {
    /// What is said of this network: the first name that is its own.
    fn said<'s>(&self, said: &'s [Said]) -> Option<&'s Said> {
        said.iter().find(|said| said.is(self.member.name))
    }

    /// The pooling that is said.
    fn said_pool(&self, said: &[Said]) -> Option<GlobalPool> {
        said.iter().filter_map(|said| said.pool.as_deref()).find_map(GlobalPool::named)
    }

    /// Networks of the same names and shapes that nothing said rules out.
    fn twins(&self, weights: &Weights<'_>, asked: Option<&str>, said: &[Said]) -> Vec<Twin> {
        if asked.is_some() {
            return Vec::new();
        }
        let sure = self.said(said).is_some_and(|said| said.is_sure);
        let same = |other: &&Member| other.measure == self.member.measure && other.name != self.member.name;
        let members = self.family.members.iter().filter(same).filter(|_| !sure);
        let mut twins: Vec<Twin> = members.map(|m| Twin { name: m.name.into(), differs: m.differs().into() }).collect();
        let pool_is_said = self.said_pool(said).is_some();
        for named in (self.family.variants)(weights).iter().copied().flatten() {
            if !(named.is_pool() && pool_is_said) {
                let name = format!("{}:{}", self.member.name, named.suffix);
                twins.push(Twin { name, differs: named.differs.into() });
            }
        }
        twins
    }

    /// Whether there are other standard networks of the same measure.
    fn has_twins(&self) -> bool {
        self.family.members.iter().filter(|other| other.measure == self.member.measure).count() > 1
    }

    /// Says which network was taken and which others the file may hold.
    fn note_twins(&self, builder: &mut Builder<'_>, twins: &[Twin], said: &[Said]) {
        let by = self.said(said).map_or(String::new(), |said| format!(", as {} says", said.by));
        if !twins.is_empty() {
            let list: Vec<String> = twins.iter().map(|twin| format!("`{}` ({})", twin.name, twin.differs)).collect();
            builder.note(format!(
                "the weights are read as {}{by}; names and shapes are the same in {}: name it (`--arch`) if it is one \
                 of those",
                self.member.name,
                list.join(", ")
            ));
        } else if !by.is_empty() && self.has_twins() {
            builder.note(format!("the weights are read as {}{by}", self.member.name));
        }
    }
}

/// The ways to read a file, the most promising first.
fn attempts(
    weights: &Weights<'_>,
    module: Option<&ModuleTree>,
    architecture: Option<&str>,
    said: &[Said],
) -> Result<Vec<Attempt>, FormatError> {
    let nearest = |family: &'static Family| {
        let (member, distance) = family.nearest(weights);
        let is_said = |other: &&Member| other.measure == member.measure && said.iter().any(|said| said.is(other.name));
        let named = family.members.iter().find(is_said).filter(|_| distance == 0.0 && module.is_none());
        Attempt { family, member: named.unwrap_or_else(|| family.twin(member, module)), distance }
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
