//! From an input tensor to predictions and maps.

use std::sync::Arc;
use std::time::Duration;

use heatlens_engine::{CompileOptions, Program, Session};
use heatlens_graph::layers::Layer;
use heatlens_graph::{Graph, Rules, ValueId, differentiate, pull_back, simplify};

use crate::methods::{Evidence, Features, Needs};
use crate::{Error, Head, InputSpec, Map, Method, Model, Prediction, Target};

/// What to compute.
#[derive(Clone, Debug)]
pub struct ExplainerOptions {
    /// Layer expressions; the default layer where empty.
    pub layers: Vec<String>,
    /// The method.
    pub method: Method,
    /// Images a forward pass.
    pub batch: usize,
}

impl Default for ExplainerOptions {
    fn default() -> Self {
        ExplainerOptions { layers: Vec::new(), method: Method::GradCam, batch: 1 }
    }
}

/// A network compiled together with the gradients that a method needs. Shared by any number of [`Worker`]s.
pub struct Explainer {
    program: Arc<Program>,
    layers: Vec<Layer>,
    shapes: Vec<[usize; 3]>,
    /// The output that holds each layer's Hessian-vector product, where there is one.
    curvatures: Vec<Option<usize>>,
    input: InputSpec,
    head: Head,
    outputs: usize,
    options: ExplainerOptions,
}

/// The map of one layer and class.
#[derive(Clone, Debug)]
pub struct LayerMap {
    /// Position in [`Explainer::layers`].
    pub layer: usize,
    /// The class explained.
    pub class: usize,
    /// Its logit: the score that was differentiated.
    pub score: f32,
    /// The low-resolution, signed map before ReLU.
    pub raw: Map,
}

/// What is known of one image.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The network's answer.
    pub prediction: Prediction,
    /// One map a class and layer: classes in the order asked for and without repeats, the layers of each in order.
    pub maps: Vec<LayerMap>,
}

/// One step of a compiled network and the time that it took.
#[derive(Clone, Copy, Debug)]
pub struct StepTime<'e> {
    /// Operator name.
    pub operator: &'static str,
    /// Name of the node that it came from.
    pub node: &'e str,
    /// Whether it waits for the class, as the gradient does, and so runs once a class rather than in the forward pass.
    pub gradient: bool,
    /// How long it ran.
    pub time: Duration,
}

impl Explainer {
    /// Compiles the network, its target layers and the gradients between them and the logits.
    ///
    /// # Errors
    /// [`Error::Graph`] for a layer that does not exist or does not influence the scores, [`Error::Engine`] for an operator that cannot be run.
    pub fn new(model: &Model, options: &ExplainerOptions) -> Result<Explainer, Error> {
        let layers = match options.layers.as_slice() {
            [] => vec![model.default_layer()?],
            named => named.iter().map(|expression| model.layer(expression)).collect::<Result<_, _>>()?,
        };
        let mut graph = forward_graph(model, &layers, options.batch.max(1))?;
        let curvatures = append_gradients(&mut graph, options.method.card().needs)?;
        let graph = simplify::simplify(&graph)?;
        let seed = graph.inputs().len() - 1;
        let program = Program::compile(&graph, &CompileOptions { late_inputs: vec![seed] })?;

        let shape = |k: usize| match graph.shape(graph.outputs()[k]) {
            &[_, c, h, w] => [c, h, w],
            other => unreachable!("a layer is a 4-D feature map, not {other:?}"),
        };
        Ok(Explainer {
            shapes: (1..=layers.len()).map(shape).collect(),
            outputs: graph.shape(graph.outputs()[0])[1],
            program: Arc::new(program),
            curvatures,
            layers,
            input: model.input(),
            head: model.head(),
            options: options.clone(),
        })
    }

    /// The target layers, in the order asked for.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// `[channels, height, width]` of each target layer.
    pub fn layer_shapes(&self) -> &[[usize; 3]] {
        &self.shapes
    }

    /// The method.
    pub fn method(&self) -> Method {
        self.options.method
    }

    /// Bytes that each [`Worker`] takes for activations and workspace.
    pub fn worker_bytes(&self) -> usize {
        self.program.session_bytes()
    }

    /// Something that explains one batch after the other; one a thread.
    pub fn worker(&self) -> Worker<'_> {
        let batch = self.options.batch.max(1);
        Worker { explainer: self, session: self.program.session(), seeds: vec![0.0; batch * self.outputs] }
    }
}

/// The network for a batch; its outputs are the logits and the layers, which as outputs survive simplification as they are.
fn forward_graph(model: &Model, layers: &[Layer], batch: usize) -> Result<Graph, Error> {
    let mut graph = model.graph().specialise(&[&model.input().shape(batch)])?;
    let logits = graph.outputs()[0];
    graph.set_outputs([logits].into_iter().chain(layers.iter().map(|layer| layer.value)).collect());
    Ok(simplify::simplify(&graph)?)
}

/// Appends the gradient of each layer to the outputs and the seed to the inputs; behind them, where it is needed and not zero, each layer's Hessian-vector
/// product, whose position among the outputs is returned.
fn append_gradients(graph: &mut Graph, needs: Needs) -> Result<Vec<Option<usize>>, Error> {
    let forward = graph.outputs().to_vec();
    let (logits, layers) = (forward[0], &forward[1..]);
    let gradients = differentiate(graph, logits, layers, Rules::Standard)?.gradients;
    let mut outputs: Vec<ValueId> = forward.iter().chain(&gradients).copied().collect();
    let mut curvatures = vec![None; layers.len()];
    if needs == Needs::Curvature {
        for ((&layer, &gradient), position) in layers.iter().zip(&gradients).zip(&mut curvatures) {
            if let Some(curvature) = pull_back(graph, gradient, layer, &[layer], Rules::Standard)?[0] {
                *position = Some(outputs.len());
                outputs.push(curvature);
            }
        }
    }
    graph.set_outputs(outputs);
    Ok(curvatures)
}

/// Explains images, reusing its buffers.
pub struct Worker<'e> {
    explainer: &'e Explainer,
    session: Session,
    seeds: Vec<f32>,
}

impl<'e> Worker<'e> {
    /// Explains one preprocessed image.
    ///
    /// # Errors
    /// [`Error::InputLength`], [`Error::InputNotFinite`], [`Error::LogitsNotFinite`].
    pub fn explain(&mut self, image: &[f32], targets: &[Target]) -> Result<Explanation, Error> {
        self.explain_batch(&[image], targets).pop().expect("one image, one answer")
    }

    /// Explains up to [`ExplainerOptions::batch`] preprocessed images. One that cannot be explained costs its own answer only.
    ///
    /// # Panics
    /// If there are more images than the batch size.
    pub fn explain_batch(&mut self, images: &[&[f32]], targets: &[Target]) -> Vec<Result<Explanation, Error>> {
        let mut answers: Vec<_> =
            self.predict_batch(images).into_iter().map(|p| p.map(|p| Explanation { prediction: p, maps: Vec::new() })).collect();
        for target in targets {
            self.explain_target(*target, &mut answers);
        }
        answers
    }

    /// The forward pass alone, with which [`Worker::explain_batch`] begins: what the network says of up to [`ExplainerOptions::batch`] preprocessed images.
    ///
    /// # Panics
    /// If there are more images than the batch size.
    pub fn predict_batch(&mut self, images: &[&[f32]]) -> Vec<Result<Prediction, Error>> {
        let explainer = self.explainer;
        let length = explainer.input.len();
        let input = self.session.input_mut(0);
        assert!(images.len() * length <= input.len(), "more images than the batch size");
        input.fill(0.0);
        let checks: Vec<_> = images.iter().map(|image| check_input(image, &explainer.input)).collect();
        for ((image, slot), _) in images.iter().zip(input.chunks_exact_mut(length)).zip(&checks).filter(|(_, check)| check.is_ok()) {
            slot.copy_from_slice(image);
        }
        self.session.run();
        let logits = self.session.output(0).chunks_exact(explainer.outputs);
        checks.into_iter().zip(logits).map(|(check, logits)| check.and_then(|()| read_logits(logits, explainer.head))).collect()
    }

    /// Runs the forward pass and the gradient once more on the images and classes of the last call (on zeros before the first), timing each step in the
    /// order in which they run.
    pub fn profile(&mut self) -> Vec<StepTime<'e>> {
        let explainer = self.explainer;
        let steps = explainer.program.steps();
        let mut times: Vec<_> =
            steps.map(|step| StepTime { operator: step.op, node: step.node, gradient: step.late, time: Duration::ZERO }).collect();
        self.session.profile(|step, time| times[step].time = time);
        times
    }

    /// One backward pass for the whole batch, each image with its own class.
    fn explain_target(&mut self, target: Target, answers: &mut [Result<Explanation, Error>]) {
        let explainer = self.explainer;
        let classes: Vec<Option<usize>> = answers.iter().map(|answer| wanted_class(answer, target)).collect();
        if classes.iter().all(Option::is_none) {
            return;
        }
        self.seeds.fill(0.0);
        for ((answer, class), seed) in answers.iter().zip(&classes).zip(self.seeds.chunks_exact_mut(explainer.outputs)) {
            let (Ok(explanation), Some(class)) = (answer, *class) else { continue };
            let of_classes = explainer.options.method.seed(&explanation.prediction.logits, class);
            explainer.head.seed(&of_classes, seed);
        }
        self.session.set_input(1, &self.seeds);
        self.session.resume();
        let layers = explainer.layers.len();
        for (image, (answer, class)) in answers.iter_mut().zip(classes).enumerate() {
            let (Ok(explanation), Some(class)) = (answer, class) else { continue };
            for layer in 0..layers {
                let evidence = Evidence {
                    activations: self.features(1 + layer, layer, image),
                    gradients: self.features(1 + layers + layer, layer, image),
                    curvature: explainer.curvatures[layer].map(|output| self.features(output, layer, image)),
                };
                let score = explanation.prediction.logits[class];
                explanation.maps.push(LayerMap { layer, class, score, raw: explainer.options.method.map(&evidence) });
            }
        }
    }

    /// The part of an output that belongs to one image.
    fn features(&self, output: usize, layer: usize, image: usize) -> Features<'_> {
        let [channels, height, width] = self.explainer.shapes[layer];
        let length = channels * height * width;
        let values = &self.session.output(output)[image * length..][..length];
        Features { channels, height, width, values }
    }
}

/// The class to explain for an image; none if it failed or the class has been explained already.
fn wanted_class(answer: &Result<Explanation, Error>, target: Target) -> Option<usize> {
    let explanation = answer.as_ref().ok()?;
    let class = target.resolve(explanation.prediction.class);
    let done = explanation.maps.iter().any(|map| map.class == class);
    (!done).then_some(class)
}

fn check_input(image: &[f32], input: &InputSpec) -> Result<(), Error> {
    if image.len() != input.len() {
        let shape = format!("{:?}", input.shape(1));
        return Err(Error::InputLength { expected: input.len(), shape, got: image.len() });
    }
    if image.iter().all(|v| v.is_finite()) { Ok(()) } else { Err(Error::InputNotFinite) }
}

fn read_logits(logits: &[f32], head: Head) -> Result<Prediction, Error> {
    if logits.iter().all(|z| z.is_finite()) {
        Ok(head.predict(logits))
    } else {
        Err(Error::LogitsNotFinite { logits: logits.iter().copied().take(8).collect() })
    }
}
