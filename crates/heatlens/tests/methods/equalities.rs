//! What must hold whatever the weights and the image.

use heatlens::{Explainer, Heatmap, Map, Method, Model, Target};

use crate::support::{curved, explain, image, options, relative_difference, resnet};

const IMAGES: u32 = 6;

/// Calls `check` with the maps of several images, classes and a contrast.
fn each(model: &Model, methods: &[Method], mut check: impl FnMut(&dyn Fn(Method) -> Map)) {
    let explainer = Explainer::new(model, &options(methods)).unwrap();
    let mut worker = explainer.worker();
    let targets = [Target::Class(0), Target::Class(1), Target::Contrast(1, 0)];
    for seed in 0..IMAGES {
        let maps = worker.explain(&image(model, seed), &targets).unwrap().maps;
        for maps in maps.chunk_by(|a, b| a.score == b.score) {
            let map =
                |method| maps.iter().find(|map| map.method == method).map(|map: &Heatmap| map.raw.clone()).unwrap();
            check(&map);
        }
    }
}

fn assert_equal(a: &Map, b: &Map, factor: f32) {
    let scaled: Vec<f32> = a.values.iter().map(|v| factor * v).collect();
    let error = relative_difference(&scaled, &b.values);
    assert!(error <= 1e-5, "maps differ by {error}");
}

#[test]
fn behind_pooling_and_a_linear_layer_the_gradient_methods_are_one() {
    each(&resnet(), &[Method::Cam, Method::GradCam, Method::HiResCam, Method::XGradCam], |map| {
        let gradcam = map(Method::GradCam);
        let cells = gradcam.values.len() as f32;
        assert_equal(&gradcam, &map(Method::HiResCam), 1.0);
        assert_equal(&gradcam, &map(Method::XGradCam), 1.0);
        assert_equal(&gradcam, &map(Method::Cam), cells);
    });
}

#[test]
fn without_curvature_shapleycam_is_gradcam_and_with_it_is_not() {
    each(&resnet(), &[Method::GradCam, Method::ShapleyCam], |map| {
        assert_equal(&map(Method::GradCam), &map(Method::ShapleyCam), 1.0)
    });
    let mut different = false;
    each(&curved(), &[Method::GradCam, Method::ShapleyCam], |map| {
        different |= relative_difference(&map(Method::GradCam).values, &map(Method::ShapleyCam).values) > 1e-2;
    });
    assert!(different);
}

#[test]
fn cam_is_refused_where_the_head_is_not_linear() {
    assert!(Explainer::new(&curved(), &options(&[Method::Cam])).is_err());
}

#[test]
fn the_closed_form_of_ablationcam_is_what_running_the_tail_gives() {
    let model = resnet();
    let explainer = Explainer::new(&model, &options(&[Method::AblationCam])).unwrap();
    let mut worker = explainer.worker();
    for seed in 0..IMAGES {
        let input = image(&model, seed);
        let closed = worker.explain(&input, &[Target::Class(1)]).unwrap().maps.remove(0).raw;
        let observed = worker.observe(&input, Target::Class(1), 0).unwrap();
        assert!(observed.evidence.affine_tail);
        let (value, activations) = (observed.score.value(&observed.prediction), observed.evidence.activations());
        let (channels, cells, values) = (activations.channels, activations.cells(), activations.values.to_vec());
        let changed = worker.rerun_tail(0, channels, |k, output| {
            output.copy_from_slice(&values);
            output[k * cells..][..cells].fill(0.0);
        });
        let mut map = Map::new(closed.height, closed.width, vec![0.0; cells]);
        for (prediction, channel) in changed.iter().zip(values.chunks_exact(cells)) {
            map.values.iter_mut().zip(channel).for_each(|(m, a)| *m += (value - prediction.logits[1]) / value * a);
        }
        assert_equal(&closed, &map, 1.0);
    }
}

#[test]
fn integrated_gradients_add_up_to_the_difference_of_the_scores() {
    for model in [resnet(), curved()] {
        let explainer = Explainer::new(&model, &options(&[Method::IntegratedGradients])).unwrap();
        let mut worker = explainer.worker();
        for seed in 0..IMAGES {
            for target in [Target::Class(0), Target::Contrast(1, 0)] {
                let map = worker.explain(&image(&model, seed), &[target]).unwrap().maps.remove(0);
                let nothing = worker.predict_batch(&[&vec![0.0; model.input().len()]]).remove(0).unwrap();
                let difference = f64::from(map.value - map.score.value(&nothing));
                let sum: f64 = map.raw.values.iter().map(|&v| f64::from(v)).sum();
                // Of scores that all but agree, a twentieth of the map's own size.
                let size = difference.abs().max(0.05 * map.raw.values.iter().map(|v| f64::from(v.abs())).sum::<f64>());
                assert!((sum - difference).abs() <= 0.01 * size, "image {seed}: {sum} instead of {difference}");
            }
        }
    }
}

#[test]
fn several_layers_and_methods_are_those_of_each_alone() {
    let model = curved();
    let methods = [Method::GradCam, Method::EigenCam, Method::ScoreCam, Method::FullGrad, Method::GuidedGradCam];
    let layers = ["features.3".to_owned(), "features.7".to_owned()];
    let targets = [Target::Class(0), Target::Class(2)];
    let input = image(&model, 3);
    let together =
        explain(&model, heatlens::ExplainerOptions { layers: layers.to_vec(), ..options(&methods) }, &input, &targets);
    assert_eq!(together.len(), 2 * (4 * 2 + 1));
    for map in &together {
        let layers = map.layer.map(|layer| layers[layer].clone()).into_iter().collect();
        let alone = explain(
            &model,
            heatlens::ExplainerOptions { layers, ..options(&[map.method]) },
            &input,
            &[Target::Class(map.score.class)],
        );
        let error = relative_difference(&map.raw.values, &alone[0].raw.values);
        assert!(error <= 1e-5, "{} alone differs by {error}", map.method.card().name);
    }
}
