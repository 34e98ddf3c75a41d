//! The graph of an explanation, run by a bare executor, against the explainer.

use std::collections::HashSet;
use std::sync::Arc;

use heatlens::{
    Explainer, ExplainerOptions, ExplanationGraph, Features, Holds, Method, Model, ModelOptions, Need, Target,
};
use heatlens_engine::{CompileOptions, Program};

use crate::support::{curved, goldens, image, options, resnet};

/// Every output for these images and one-hot seeds: nothing is known to the executor but the graph.
fn outputs(explained: &ExplanationGraph, images: &[f32], classes: &[usize]) -> Vec<Vec<f32>> {
    let graph = &explained.graph;
    let mut session = Arc::new(Program::compile(graph, &CompileOptions::default()).unwrap()).session();
    session.set_input(0, images);
    if let Some(seed) = explained.seed {
        let logits = graph.shape(graph.outputs()[0]);
        assert_eq!(graph.shape(graph.inputs()[seed].value), logits, "the seed has the shape of the logits");
        let mut cotangent = vec![0.0; logits[0] * logits[1]];
        classes.iter().enumerate().for_each(|(i, class)| cotangent[i * logits[1] + class] = 1.0);
        session.set_input(seed, &cotangent);
    }
    session.run();
    (0..graph.outputs().len()).map(|i| session.output(i).to_vec()).collect()
}

/// One method for each thing that a pass can be asked for.
fn everything() -> ExplainerOptions {
    let methods = [
        Method::ShapleyCam,
        Method::GuidedGradCam,
        Method::InputGradient,
        Method::FullGrad,
        Method::AblationCam,
        Method::RefineCam,
    ];
    let asked = [Need::Curvature, Need::GuidedGradient, Need::ImageGradient, Need::BiasGradients, Need::TailRuns];
    assert!(asked.iter().all(|&need| methods.iter().any(|method| method.needs(need))));
    options(&methods)
}

/// A network that takes its images channels last.
fn keras() -> Model {
    Model::open(&goldens().join("onnx/keras.onnx"), &ModelOptions::default()).unwrap()
}

#[test]
fn a_bare_executor_of_the_graph_finds_what_the_explainer_finds() {
    let mut watched = Vec::new();
    for model in [curved(), resnet(), keras()] {
        let options = everything();
        let explained = Explainer::graph(&model, &options).unwrap();
        let graph = &explained.graph;
        let class = model.classes().len() - 1;
        let image = image(&model, 1);
        let found = outputs(&explained, &image, &[class]);
        assert_eq!(explained.outputs.len(), graph.outputs().len());
        assert_eq!(explained.output_names().into_iter().collect::<HashSet<_>>().len(), graph.outputs().len());

        let explainer = Explainer::new(&model, &options).unwrap();
        let mut worker = explainer.worker();
        let seen = worker.observe(&image, Target::Class(class), 0).unwrap();
        let same = |of: Holds, features: Option<Features<'_>>| {
            let at = explained.position(of);
            assert_eq!(at.is_some(), features.is_some(), "{of:?}");
            let (Some(at), Some(features)) = (at, features) else { return };
            let shape = [1, features.channels, features.height, features.width];
            assert_eq!(graph.shape(graph.outputs()[at]), shape, "{of:?}");
            assert_eq!(found[at], features.values, "{of:?}");
        };
        assert_eq!(explained.position(Holds::Logits), Some(0));
        assert_eq!(found[0].len(), model.classes().len());
        let evidence = &seen.evidence;
        same(Holds::Activations(0), evidence.activations);
        same(Holds::Gradients(0), evidence.gradients);
        same(Holds::Curvature(0), evidence.curvature);
        same(Holds::ImageGradient, evidence.image_gradient);
        same(Holds::GuidedGradient, evidence.guided_gradient);
        assert_eq!(explained.biases.len(), evidence.biases.len());
        for (i, bias) in evidence.biases.iter().enumerate() {
            assert_eq!(explained.biases[i], bias.bias);
            same(Holds::BiasGradient(i), Some(bias.gradient));
        }
        assert_eq!(explained.layers[0].name, explainer.layers()[0].name);
        assert_eq!(explained.layers[0].affine_tail, evidence.affine_tail);
        watched.push(explained.layers.len());
    }
    assert!(watched.iter().any(|&layers| layers > 1), "methods of several layers look at others too");
}

#[test]
fn each_image_of_a_batch_has_a_seed_of_its_own() {
    let model = curved();
    let one = Explainer::graph(&model, &options(&[Method::GradCam])).unwrap();
    let two = Explainer::graph(&model, &ExplainerOptions { batch: 2, ..options(&[Method::GradCam]) }).unwrap();
    assert_eq!((one.batch, two.batch), (1, 2));
    let images = [image(&model, 1), image(&model, 2)];
    let together = outputs(&two, &images.concat(), &[0, 1]);
    let apart = [outputs(&one, &images[0], &[0]), outputs(&one, &images[1], &[1])];
    for (i, holds) in one.outputs.iter().enumerate() {
        assert_eq!(two.outputs[i], *holds);
        assert_eq!(together[i], [apart[0][i].clone(), apart[1][i].clone()].concat(), "{holds:?}");
    }
}

#[test]
fn without_gradients_there_is_no_seed() {
    let model = curved();
    let explained = Explainer::graph(&model, &options(&[Method::EigenCam])).unwrap();
    assert_eq!(explained.seed, None);
    assert_eq!(explained.outputs, [Holds::Logits, Holds::Activations(0)]);
    assert_eq!(explained.output_names(), ["logits", "activations_0"]);
    assert_eq!(explained.graph.inputs().len(), 1);
    let unknown = ExplainerOptions { layers: vec!["nowhere".to_owned()], ..options(&[Method::GradCam]) };
    assert!(Explainer::graph(&model, &unknown).unwrap_err().to_string().contains("nowhere"));
}
