//! Methods that run the network again: the same map whatever the batch, the number of scores and of
//! threads.

use heatlens::{Explainer, ExplainerOptions, Method, Target};

use crate::support::{curved, image, options};

const TRIED: [Method; 9] = [
    Method::ScoreCam,
    Method::SsCam,
    Method::IsCam,
    Method::SmoothGradCamPlusPlus,
    Method::AblationCam,
    Method::IntegratedGradients,
    Method::SmoothGrad,
    Method::Occlusion,
    Method::Rise,
];

#[test]
fn another_score_or_image_changes_nothing() {
    let model = curved();
    let images = [image(&model, 0), image(&model, 1), image(&model, 2)];
    let targets = [Target::Class(0), Target::Class(3), Target::Contrast(1, 2)];
    let one = Explainer::new(&model, &options(&TRIED)).unwrap();
    let three = Explainer::new(&model, &ExplainerOptions { batch: 3, ..options(&TRIED) }).unwrap();
    let together = three.worker().explain_batch(&images.each_ref().map(Vec::as_slice), &targets);
    let mut worker = one.worker();
    for (image, together) in images.iter().zip(together) {
        let together = together.unwrap().maps;
        let mut alone = Vec::new();
        for target in targets {
            alone.extend(worker.explain(image, &[target]).unwrap().maps);
        }
        assert_eq!(alone.len(), together.len());
        for (a, b) in alone.iter().zip(&together) {
            assert_eq!((a.method, a.score), (b.method, b.score));
            assert!(a.raw == b.raw, "{} of {:?} depends on what else is explained", a.method.card().name, a.score);
        }
    }
}

#[test]
fn a_seed_means_the_same_map_and_another_seed_another() {
    let model = curved();
    let of_seed = |seed: u64| {
        let explainer = Explainer::new(&model, &ExplainerOptions { seed, ..options(&TRIED) }).unwrap();
        explainer.worker().explain(&image(&model, 0), &[Target::Class(0)]).unwrap().maps
    };
    let drawn = [Method::SsCam, Method::SmoothGradCamPlusPlus, Method::SmoothGrad, Method::Rise];
    for ((a, again), other) in of_seed(4).iter().zip(of_seed(4)).zip(of_seed(5)) {
        assert!(a.raw == again.raw);
        assert_eq!(a.raw != other.raw, drawn.contains(&a.method), "{}", a.method.card().name);
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let model = curved();
    let of_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let explainer = Explainer::new(
                &model,
                &options(Method::ALL.iter().filter(|m| **m != Method::Cam).copied().collect::<Vec<_>>().as_slice()),
            );
            explainer.unwrap().worker().explain(&image(&model, 2), &[Target::Class(4)]).unwrap().maps
        })
    };
    for (a, b) in of_threads(1).iter().zip(of_threads(3)) {
        assert!(a.raw == b.raw, "{}", a.method.card().name);
    }
}
