//! From a model and what is asked of it to the passes that answer.

use std::sync::Arc;

use heatlens_graph::layers::Layer;

use super::options::ExplainerOptions;
use crate::methods::{How, Need};
use crate::passes::{Compiled, ExplanationGraph, Pass, TailPass, Wants};
use crate::{Error, Head, Method, Model, ScoreKind};

/// A network compiled together with the gradients that the methods need. Shared by any number of
/// [`Worker`](crate::Worker)s.
pub struct Explainer {
    pub(super) compiled: Compiled,
    pub(super) layers: Vec<Layer>,
    /// Layers of the pass at which methods of several layers look.
    pub(super) stages: Vec<usize>,
    pub(super) options: ExplainerOptions,
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
        if model.head() == Head::Values && options.score == ScoreKind::Probability {
            return Err(Error::NoProbability);
        }
        let Watched { layers, probed, stages } = Watched::of(model, options)?;
        let methods = &options.methods;
        let first = Pass::compile(ExplanationGraph::of(model, &probed, first_wants(methods), options.batch.max(1))?)?;
        if needed(methods, Need::LinearHead) {
            first.check_linear_head(&layers)?;
        }
        let compile = |layers: &[Layer], wants: Wants, at_once: usize| {
            let graph = ExplanationGraph::of(model, layers, wants, model.at_once(at_once))?;
            Ok::<_, Error>(Arc::new(Pass::compile(graph)?))
        };
        let runs = needed(methods, Need::Runs).then(|| compile(&[], Wants::default(), RUNS_AT_ONCE)).transpose()?;
        let wants = Wants {
            gradients: needed(methods, Need::GradientRuns),
            image_gradient: needed(methods, Need::ImageGradientRuns),
            ..Wants::default()
        };
        let at: &[Layer] = if wants.gradients { &layers } else { &[] };
        let gradient_runs = wants.seeded().then(|| compile(at, wants, GRADIENT_RUNS_AT_ONCE)).transpose()?;
        let tails = match needed(methods, Need::TailRuns) {
            true => layers
                .iter()
                .enumerate()
                .map(|(i, layer)| TailPass::compile(model, layer, &first.layers[i]))
                .collect::<Result<_, _>>()?,
            false => Vec::new(),
        };
        let first = Arc::new(first);
        let (input, head) = (model.input(), model.head());
        Ok(Explainer {
            compiled: Compiled { first, runs, gradient_runs, tails, input, head },
            layers,
            stages,
            options: ExplainerOptions { batch: options.batch.max(1), ..options.clone() },
        })
    }

    /// What [`Explainer::new`] compiles for the first pass over every image, as a graph that is not
    /// compiled: for another runtime, or to be written to a file. Passes that methods make of their
    /// own ([`Need::Runs`] and its kin) are not part of it.
    ///
    /// # Errors
    /// [`Error::Graph`] for a layer that does not exist or does not influence the scores.
    pub fn graph(model: &Model, options: &ExplainerOptions) -> Result<ExplanationGraph, Error> {
        let Watched { probed, .. } = Watched::of(model, options)?;
        ExplanationGraph::of(model, &probed, first_wants(&options.methods), options.batch.max(1))
    }

    /// The target layers, in the order asked for.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// `[channels, height, width]` of each target layer.
    pub fn layer_shapes(&self) -> Vec<[usize; 3]> {
        self.compiled.first.layers[..self.layers.len()].iter().map(|layer| layer.shape()).collect()
    }

    /// What is computed.
    pub fn options(&self) -> &ExplainerOptions {
        &self.options
    }

    /// The methods.
    pub fn methods(&self) -> &[Method] {
        &self.options.methods
    }

    /// Bytes that each [`Worker`](crate::Worker) takes for activations and workspace.
    pub fn worker_bytes(&self) -> usize {
        self.compiled.session_bytes()
    }
}

/// Whether one of the methods needs this.
fn needed(methods: &[Method], need: Need) -> bool {
    methods.iter().any(|method| method.needs(need))
}

/// What these methods need of the first pass over an image.
fn first_wants(methods: &[Method]) -> Wants {
    let needed = |need: Need| needed(methods, need);
    Wants {
        gradients: needed(Need::Gradients),
        curvature: needed(Need::Curvature),
        image_gradient: needed(Need::ImageGradient) || needed(Need::BiasGradients),
        guided_gradient: needed(Need::GuidedGradient),
        biases: needed(Need::BiasGradients),
        bypass: needed(Need::TailRuns),
    }
}

/// Where a pass looks.
struct Watched {
    /// The target layers.
    layers: Vec<Layer>,
    /// The same, and behind them those at which methods of several layers look besides.
    probed: Vec<Layer>,
    /// Positions in `probed` of those at which methods of several layers look.
    stages: Vec<usize>,
}

impl Watched {
    fn of(model: &Model, options: &ExplainerOptions) -> Result<Watched, Error> {
        let layers = match options.layers.as_slice() {
            [] => vec![model.default_layer()?],
            named => named.iter().map(|expression| model.layer(expression)).collect::<Result<_, _>>()?,
        };
        let (probed, stages) = stages(model, &layers, &options.methods);
        Ok(Watched { layers, probed, stages })
    }
}

/// The layers to watch, those asked for first, and among them those at which methods of several
/// layers look.
fn stages(model: &Model, layers: &[Layer], methods: &[Method]) -> (Vec<Layer>, Vec<usize>) {
    let mut probed = layers.to_vec();
    if !methods.iter().any(|method| matches!(method.recipe().how, How::Layers(..))) {
        return (probed, Vec::new());
    }
    if layers.len() > 1 {
        return (probed, (0..layers.len()).collect());
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
    (probed, stages)
}
