//! The geometries and filters that pipelines use, the more usual ones first.

use crate::preprocess::{CentreCrop, CropRounding, Fit, Resize, ShorterSide};
use crate::{Length, OpenCvFilter, Photograph, PillowFilter, Preprocess, Resample, Size, Step, TorchvisionFilter};

/// Fractions of timm's, torchvision's and Keras's crops.
const FRACTIONS: [f64; 8] = [0.875, 1.0, 0.9, 0.95, 0.96, 0.965, 0.94, 0.8];
/// Shorter sides that are written as pixels whatever the crop.
const SIDES: [usize; 14] = [256, 232, 236, 235, 248, 240, 288, 320, 330, 342, 384, 400, 480, 512];
/// Bars of letterboxes: black, white, YOLO's grey, middle grey, ImageNet's mean.
const BARS: [[u8; 3]; 5] = [[0; 3], [255; 3], [114; 3], [128; 3], [124, 116, 104]];

const FIRST_FILTER: Resample = Resample::pillow(PillowFilter::Bilinear);

/// Geometries with one filter.
pub(super) fn geometries(photograph: &Photograph, input: [usize; 2], given: &Preprocess) -> Vec<Vec<Step>> {
    let resample = FIRST_FILTER;
    let crop = |rounding, fill| Step::from(CentreCrop { to: Size::Input, rounding, fill });
    let mut all = vec![with_filter(&given.steps, resample), vec![Resize { to: Size::Input, resample }.into()]];
    let lengths = FRACTIONS.map(Length::InputOver).into_iter().chain(
        // As pixels only what the fractions do not say already, and what leaves something of the
        // picture.
        SIDES
            .into_iter()
            .filter(|&side| (input[0].max(input[1])..2 * input[0].max(input[1])).contains(&side))
            .map(Length::Pixels),
    );
    for to in lengths {
        for rounding in [CropRounding::HalfEven, CropRounding::Down] {
            all.push(vec![ShorterSide { to, resample }.into(), crop(rounding, [0; 3])]);
        }
    }
    for fraction in [0.875, 0.9, 0.95] {
        all.push(vec![Resize { to: Size::InputOver(fraction), resample }.into(), crop(CropRounding::HalfEven, [0; 3])]);
    }
    for side in [256, 512].into_iter().filter(|&side| side > input[0].max(input[1])) {
        all.push(vec![Resize { to: Size::Pixels([side; 2]), resample }.into(), crop(CropRounding::HalfEven, [0; 3])]);
    }
    if photograph.width != photograph.height {
        for fill in BARS {
            for rounding in [CropRounding::HalfEven, CropRounding::Down] {
                all.push(vec![Fit { to: Size::Input, resample }.into(), crop(rounding, fill)]);
            }
            for fraction in [0.875, 0.9, 0.95] {
                all.push(vec![
                    Fit { to: Size::InputOver(fraction), resample }.into(),
                    crop(CropRounding::HalfEven, fill),
                ]);
            }
        }
        let (least, most) = (photograph.width.min(photograph.height), photograph.width.max(photograph.height));
        for (side, fills) in [(least, &BARS[..1]), (most, &BARS[..])] {
            for &fill in fills {
                for rounding in [CropRounding::HalfEven, CropRounding::Down] {
                    let square = CentreCrop { to: Size::Pixels([side; 2]), rounding, fill }.into();
                    all.push(vec![square, Resize { to: Size::Input, resample }.into()]);
                }
            }
        }
    }
    all.push(vec![crop(CropRounding::HalfEven, [0; 3])]);
    all
}

/// The geometry with every filter of every library; once, if nothing in it resizes.
pub(super) fn with_every_filter(steps: &[Step]) -> Vec<Vec<Step>> {
    let mut all: Vec<Vec<Step>> = Vec::new();
    for resample in filters() {
        let steps = with_filter(steps, resample);
        if !all.contains(&steps) {
            all.push(steps);
        }
    }
    all
}

fn filters() -> Vec<Resample> {
    use PillowFilter::{Bicubic, Bilinear, Box, Hamming, Lanczos, Nearest};
    let mut all: Vec<Resample> = [Bilinear, Bicubic, Nearest, Lanczos, Box, Hamming].map(Resample::pillow).to_vec();
    for rounded in [true, false] {
        all.extend(OpenCvFilter::ALL.map(|filter| Resample::OpenCv { filter, rounded }));
    }
    for rounded in [false, true] {
        for filter in TorchvisionFilter::ALL {
            for antialias in [true, false] {
                // Without antialiasing only where it could be; nearest of both kinds never rounds.
                if (filter.can_antialias() || !antialias) && (filter.can_antialias() || !rounded) {
                    all.push(Resample::Torchvision { filter, antialias, rounded });
                }
            }
        }
    }
    all
}

fn with_filter(steps: &[Step], by: Resample) -> Vec<Step> {
    steps.iter().map(|step| step.resampled(by)).collect()
}
