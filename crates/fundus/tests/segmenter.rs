//! The shipped segmenter on rendered eyes that it was not trained on.

mod common;

use common::{dice, mean};
use heatlens_fundus::anatomy::{
    Anatomy, AnatomyError, DiscMask, FieldOfView, Known, MaskSource, Segmenter, Tissue, Zone,
};
use heatlens_fundus::render::{Diagnosis, Eye, FieldShape, View, render};
use heatlens_imaging::Photograph;

fn photograph(seed: u64, view: View, size: usize) -> (Photograph, DiscMask) {
    let mut eye = Eye::sample_view(seed, [Diagnosis::Normal, Diagnosis::Glaucoma][seed as usize % 2], view);
    if eye.camera.view == View::crop() {
        eye.camera.field = FieldShape::Whole;
    }
    let picture = render(&eye, size).unwrap();
    let tissue = picture.truth.disc.iter().zip(&picture.truth.cup).map(|(&d, &c)| match (d > 127, c > 127) {
        (_, true) => Tissue::Cup,
        (true, _) => Tissue::Rim,
        _ => Tissue::Background,
    });
    (Photograph { width: size, height: size, rgb: picture.rgb }, DiscMask::new(size, size, tissue.collect()).unwrap())
}

#[test]
fn rendered_eyes_in_three_views() {
    let segmenter = Segmenter::shipped().unwrap();
    for (name, view, size) in
        [("macula", View::macula(), 420), ("disc", View::disc(), 300), ("crop", View::crop(), 200)]
    {
        let (mut discs, mut cups) = (Vec::new(), Vec::new());
        for seed in 0..6 {
            let (photograph, truth) = photograph(0x9_1000 + seed, view.clone(), size);
            let anatomy = Anatomy::of(&photograph, &Known::default(), Some(&segmenter)).unwrap();
            assert_eq!(anatomy.source, Some(MaskSource::Shipped), "{name} {seed}");
            let disc = anatomy.sure_disc().unwrap_or_else(|| panic!("{name} {seed}: no sure disc: {:?}", anatomy.disc));
            discs.push(dice(&disc.mask, &truth, Tissue::Rim));
            cups.push(dice(&disc.mask, &truth, Tissue::Cup));
        }
        println!(
            "{name}: disc {:.3}, cup {:.3}, least {:.3}",
            mean(&discs),
            mean(&cups),
            discs.iter().copied().fold(1.0, f64::min)
        );
        assert!(mean(&discs) > 0.93 && mean(&cups) > 0.75, "{name}: {discs:?} {cups:?}");
    }
}

#[test]
fn the_same_bytes_every_time() {
    let segmenter = Segmenter::shipped().unwrap();
    let (photograph, _) = photograph(0x9_2000, View::disc(), 256);
    let field = FieldOfView::find(&photograph).unwrap();
    let first = segmenter.segment(&photograph, &field).unwrap();
    let elsewhere =
        std::thread::scope(|s| s.spawn(|| segmenter.clone().segment(&photograph, &field).unwrap()).join().unwrap());
    assert_eq!(first, elsewhere);
}

#[test]
fn a_picture_without_a_disc() {
    let grey = Photograph { width: 200, height: 200, rgb: vec![90; 200 * 200 * 3] };
    let anatomy = Anatomy::of(&grey, &Known::default(), Some(&Segmenter::shipped().unwrap())).unwrap();
    assert!(anatomy.sure_disc().is_none(), "{:?}", anatomy.disc);
    let black = Photograph { width: 200, height: 200, rgb: vec![0; 200 * 200 * 3] };
    assert!(matches!(Anatomy::of(&black, &Known::default(), None), Err(AnatomyError::NoField { .. })));
}

#[test]
fn pictures_of_a_few_pixels() {
    let segmenter = Segmenter::shipped().unwrap();
    for (width, height) in [(1, 1), (3, 1), (1, 7), (5, 4), (2000, 2)] {
        let picture =
            Photograph { width, height, rgb: (0..width * height * 3).map(|i| (60 + i % 190) as u8).collect() };
        let anatomy = Anatomy::of(&picture, &Known::default(), Some(&segmenter)).unwrap();
        assert!(anatomy.zones().unwrap().at([0.5, 0.5]) <= Zone::Outside);
    }
}
