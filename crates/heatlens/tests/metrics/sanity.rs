//! The checks of randomisation.

use heatlens::sanity::{self, SanityOptions, Verdict};
use heatlens::{Method, Model, ModelOptions};
use heatlens_imaging::{DecodeLimits, Preprocess, decode};

use crate::shared::shared;
use crate::support::{model, waves};

#[test]
fn a_small_network_is_randomised_from_its_logits_down() {
    let model = model();
    let images: Vec<Vec<f32>> = (0..3).map(waves).collect();
    let images: Vec<&[f32]> = images.iter().map(Vec::as_slice).collect();
    let options = SanityOptions {
        methods: vec![Method::LayerCam, Method::EigenCam],
        layer: Some("layer2[-1]".into()),
        ..SanityOptions::default()
    };
    let (mut last, mut total) = (0, 0);
    let report = sanity::check(&model, &images, &options, |done, of| {
        assert_eq!(done, last + 1);
        (last, total) = (done, of);
        Ok(())
    })
    .unwrap();
    assert_eq!(last, total);
    for method in &report.methods {
        let names: Vec<&str> = method.cascade.iter().map(|step| step.modules.as_str()).collect();
        assert_eq!((names[0], names[names.len() - 1], method.images), ("fc", "conv1", 3), "{names:?}");
        assert_eq!(method.independent.len(), names.len());
        assert_eq!(method.cascade[0], method.independent[0]);
    }
    // EigenCAM sees neither the classifier nor the class.
    let eigen = &report.methods[1];
    assert!(eigen.cascade[0].likeness.ssim > 0.999 && eigen.cascade[0].likeness.rank > 0.999, "{:?}", eigen.cascade[0]);
    assert_eq!(eigen.class, Verdict::DoesNotDepend);
    assert!(eigen.words().contains("whatever class"));
    assert_eq!(sanity::check(&model, &images, &options, |_, _| Ok(())).unwrap(), report);
    let other = sanity::check(&model, &images, &SanityOptions { seed: 1, ..options }, |_, _| Ok(())).unwrap();
    assert_ne!(other.methods[0].cascade, report.methods[0].cascade);
}

#[test]
fn whoever_is_told_of_the_progress_may_end_it() {
    let (model, mut told) = (model(), 0);
    let images = vec![vec![0.5; model.input().len()]; 2];
    let images: Vec<&[f32]> = images.iter().map(Vec::as_slice).collect();
    let ended = sanity::check(&model, &images, &SanityOptions::default(), |done, _| {
        told = done;
        if done == 3 { Err(heatlens::Error::Stopped) } else { Ok(()) }
    });
    assert!(matches!(ended, Err(heatlens::Error::Stopped)) && told == 3, "{told}");
}

#[test]
fn images_without_a_map_leave_the_verdict_open() {
    let model = model();
    let report = sanity::check(&model, &[], &SanityOptions::default(), |_, _| Ok(())).unwrap();
    assert_eq!((report.methods[0].model, report.all_pass()), (Verdict::Undecided, false));
}

/// As Adebayo et al. found, on a network and photographs of this field.
#[test]
#[ignore = "needs the material beside the checkout"]
fn gradcam_passes_and_guided_backpropagation_fails() {
    let options = ModelOptions { input_size: Some([128, 128]), ..ModelOptions::default() };
    let model = Model::open(&shared("models/resnet18.pth"), &options).unwrap();
    let preprocess = Preprocess::imagenet_exact();
    let images: Vec<Vec<f32>> = (1..=3)
        .map(|i| {
            let bytes = std::fs::read(shared(&format!("data/drishti/images/drishtiGS_{i:03}.jpg"))).unwrap();
            preprocess.prepare(&decode(&bytes, &DecodeLimits::default()).unwrap(), [128, 128]).unwrap().tensor
        })
        .collect();
    let images: Vec<&[f32]> = images.iter().map(Vec::as_slice).collect();
    let options = SanityOptions {
        methods: vec![Method::GradCam, Method::GuidedBackprop],
        independent: false,
        ..Default::default()
    };
    let report = sanity::check(&model, &images, &options, |_, _| Ok(())).unwrap();
    for method in &report.methods {
        println!(
            "{}: {} ({:?}, chance {:?})",
            method.method.card().title,
            method.words(),
            method.survival(),
            method.chance
        );
    }
    assert_eq!(report.methods[0].model, Verdict::Depends);
    assert_eq!(report.methods[1].model, Verdict::DoesNotDepend);
}
