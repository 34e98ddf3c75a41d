//! From an input tensor to predictions and maps.

mod lab;
mod pass;
mod tail;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use heatlens_graph::layers::Layer;

use crate::methods::{How, Need};
use crate::{Combine, Error, Head, Heatmap, InputSpec, Method, Model, Prediction, ScoreKind};
use tail::TailPass;

pub(crate) use lab::{Lab, Trial};
pub(crate) use pass::{Pass, Run, Wants};
pub use worker::{Observation, Worker};

/// What to compute.
#[derive(Clone, Debug)]
pub struct ExplainerOptions {
    /// Layer expressions; the default layer where empty.
    pub layers: Vec<String>,
    /// The methods, without repeats. They share the forward pass.
    pub methods: Vec<Method>,
    /// How the finished maps of several layers become one; each stands for itself where `None`.
    pub combine: Option<Combine>,
    /// What is explained of a class.
    pub score: ScoreKind,
    /// Average each finished map over {identity, horizontal flip} × {0.9, 1, 1.1} times the
    /// preprocessed image: six passes.
    pub augment: bool,
    /// Take the first principal component of the weighted activations in place of their sum, where
    /// a method weights activations.
    pub eigen: bool,
    /// Images a forward pass.
    pub batch: usize,
    /// Seed of the methods that draw at random.
    pub seed: u64,
}

impl Default for ExplainerOptions {
    fn default() -> Self {
        ExplainerOptions {
            layers: Vec::new(),
            methods: vec![Method::GradCam],
            combine: None,
            score: ScoreKind::Logit,
            augment: false,
            eigen: false,
            batch: 1,
            seed: 0,
        }
    }
}

/// A network compiled together with the gradients that the methods need. Shared by any number of
/// [`Worker`]s.
pub struct Explainer {
    pass: Arc<Pass>,
    /// For methods that run the network on changed images: forward alone, and with gradients.
    runs: Option<Arc<Pass>>,
    gradient_runs: Option<Arc<Pass>>,
    /// For methods that run the tail behind each layer.
    tails: Vec<TailPass>,
    layers: Vec<Layer>,
    /// Layers of the pass at which methods of several layers look.
    stages: Vec<usize>,
    input: InputSpec,
    head: Head,
    options: ExplainerOptions,
}

/// What is known of one image.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The network's answer.
    pub prediction: Prediction,
    /// The maps: scores in the order asked for and without repeats, the methods of each in order,
    /// the layers of each in order.
    pub maps: Vec<Heatmap>,
}

/// One step of a compiled network and the time that it took.
#[derive(Clone, Copy, Debug)]
pub struct StepTime<'e> {
    /// Operator name.
    pub operator: &'static str,
    /// Name of the node that it came from.
    pub node: &'e str,
    /// Whether it waits for the class, as the gradient does, and so runs once a class rather than
    /// in the forward pass.
    pub gradient: bool,
    /// How long it ran.
    pub time: Duration,
}

/// Images at once where a method runs the network again and again: enough to read late weights once
/// for several, few enough for caches and memory.
const RUNS_AT_ONCE: usize = 8;

/// The same where every layer's values are kept for the way back.
const GRADIENT_RUNS_AT_ONCE: usize = 4;

impl Explainer {
    /// Compiles the network, its target layers and what lies between them and the logits, as far as
    /// the methods need it.
    ///
    /// # Errors
    /// [`Error::Graph`] for a layer that does not exist or does not influence the scores,
    /// [`Error::Engine`] for an operator that cannot be run, [`Error::Unsuited`] for a method that
    /// the network does not admit.
    pub fn new(model: &Model, options: &ExplainerOptions) -> Result<Explainer, Error> {
        let layers = match options.layers.as_slice() {
            [] => vec![model.default_layer()?],
            named => named.iter().map(|expression| model.layer(expression)).collect::<Result<_, _>>()?,
        };
        let (probed, stages) = stages(model, &layers, &options.methods)?;
        let batch = options.batch.max(1);
        let needed = |need: Need| options.methods.iter().any(|method| method.needs(need));
        let wants = Wants::of(&options.methods);
        let pass = Pass::compile(model, &probed, wants, batch)?;
        if needed(Need::LinearHead) {
            pass.check_linear_head(&layers)?;
        }
        let runs = needed(Need::Runs)
            .then(|| Pass::compile(model, &[], Wants::default(), model.at_once(RUNS_AT_ONCE)))
            .transpose()?;
        let wants = Wants {
            gradients: needed(Need::GradientRuns),
            image_gradient: needed(Need::ImageGradientRuns),
            ..Wants::default()
        };
        let at: &[Layer] = if wants.gradients { &layers } else { &[] };
        let at_once = model.at_once(GRADIENT_RUNS_AT_ONCE);
        let gradient_runs =
            (wants != Wants::default()).then(|| Pass::compile(model, at, wants, at_once)).transpose()?;
        let tails = match needed(Need::TailRuns) {
            true => layers
                .iter()
                .enumerate()
                .map(|(i, layer)| TailPass::compile(model, layer, &pass.layers[i]))
                .collect::<Result<_, _>>()?,
            false => Vec::new(),
        };
        Ok(Explainer {
            pass: Arc::new(pass),
            runs: runs.map(Arc::new),
            gradient_runs: gradient_runs.map(Arc::new),
            tails,
            layers,
            stages,
            input: model.input(),
            head: model.head(),
            options: ExplainerOptions { batch, ..options.clone() },
        })
    }

    /// The target layers, in the order asked for.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// `[channels, height, width]` of each target layer.
    pub fn layer_shapes(&self) -> Vec<[usize; 3]> {
        self.pass.layers[..self.layers.len()].iter().map(|layer| layer.shape()).collect()
    }

    /// What is computed.
    pub fn options(&self) -> &ExplainerOptions {
        &self.options
    }

    /// The methods.
    pub fn methods(&self) -> &[Method] {
        &self.options.methods
    }

    /// Bytes that each [`Worker`] takes for activations and workspace.
    pub fn worker_bytes(&self) -> usize {
        let passes = [Some(&self.pass), self.runs.as_ref(), self.gradient_runs.as_ref()];
        passes.into_iter().flatten().map(|pass| pass.session_bytes()).sum::<usize>()
            + self.tails.iter().map(TailPass::session_bytes).sum::<usize>()
    }

    /// Something that explains one batch after the other; one a thread.
    pub fn worker(&self) -> Worker<'_> {
        Worker::new(self)
    }
}

/// The layers to watch, those asked for first, and among them those at which methods of several
/// layers look.
fn stages(model: &Model, layers: &[Layer], methods: &[Method]) -> Result<(Vec<Layer>, Vec<usize>), Error> {
    let mut probed = layers.to_vec();
    if !methods.iter().any(|method| matches!(method.recipe().how, How::Layers(..))) {
        return Ok((probed, Vec::new()));
    }
    if layers.len() > 1 {
        return Ok((probed, (0..layers.len()).collect()));
    }
    let mut stages = Vec::new();
    for stage in model.stages() {
        let position = probed.iter().position(|layer| layer.value == stage.value).unwrap_or_else(|| {
            probed.push(stage);
            probed.len() - 1
        });
        stages.push(position);
    }
    // A small network may keep its resolution: the target layer then stands alone.
    if stages.is_empty() {
        stages.push(0);
    }
    Ok((probed, stages))
}
