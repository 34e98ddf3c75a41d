//! Tests of cause: a region is taken out of the image, and the network is asked again.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use heatlens::{InputSpec, Prediction, Worker};

use super::controls::controls;
use super::fill::{Canvas, Fill};
use super::focus::Ground;
use super::scan;
use heatlens_anatomy::{Role, ZoneCard};
use heatlens_imaging::Affine;
use heatlens_record::regions::PICTURE_PARTS;
use heatlens_record::{CauseRow, RemainderRow};
use heatlens_statistics::Random;

/// A part of the input that is taken out.
struct Region {
    name: String,
    mask: Vec<bool>,
    /// Rows and columns in thousandths of the picture's where it is a corner or an edge.
    extents: Option<[u32; 2]>,
}

/// Smaller regions say nothing.
const LEAST_AREA: f64 = 0.002;
/// Larger ones leave no place for a control.
const MOST_AREA: f64 = 0.6;

/// The image that experiments are made on.
pub struct Subject<'a> {
    pub case: usize,
    /// The preprocessed image, channels first.
    pub pixels: &'a [f32],
    pub input: InputSpec,
    pub prediction: &'a Prediction,
    /// The class whose probability is followed: the positive one, or the predicted.
    pub followed: usize,
    pub cards: &'a [ZoneCard],
    pub ground: Option<&'a Ground<'a>>,
    /// Centre and diameter of the target in the photograph's pixels.
    pub target: Option<[f64; 3]>,
    /// From the input to the photograph.
    pub to_photograph: Affine,
    pub seed: u64,
}

/// A region that is large enough, and where else as much is taken out: positions among the masks of
/// an image.
pub struct Tested {
    pub name: String,
    pub area: f64,
    pub own: usize,
    pub controls: Vec<usize>,
    /// The sector around the disc that it is, whose looks are compared.
    pub sector: Option<usize>,
}

impl Tested {
    /// The controls to ask about: all where the region flips the prediction, which they may disprove, one
    /// elsewhere. How many are asked about does not hang on what they say, so that their mean stays true.
    fn wanted(&self, flips: bool) -> Vec<usize> {
        self.controls.iter().copied().take(if flips { usize::MAX } else { 1 }).collect()
    }
}

/// Every experiment on one image. A region is filled from its surroundings, and blurred where that
/// flips the prediction: a prediction hangs on what is removed only if it flips in both ways. Where it
/// does not flip, one control is asked about.
pub fn experiments(subject: &Subject<'_>, network: &mut Worker<'_>) -> Vec<CauseRow> {
    let (mut tested, mut masks) = tested(subject);
    let canvas = Canvas::new(subject.pixels, subject.input.size());
    scan::picture(subject, &mut tested, &mut masks);
    let ring = scan::surroundings(subject, &mut tested, &mut masks);
    let mut ask = |of: &[usize], fill: Fill, see: &mut dyn FnMut(usize, &[f32])| {
        let variants: Vec<(&[bool], Fill)> = of.iter().map(|&mask| (masks[mask].as_slice(), fill)).collect();
        predict(network, &subject.input, &canvas, &variants, see)
    };
    let class = subject.prediction.class;
    let flips = |answer: &Option<Prediction>| answer.as_ref().is_some_and(|answer| answer.class != class);
    let mut inpainted: BTreeMap<usize, Option<Prediction>> = BTreeMap::new();
    let own: Vec<usize> = tested.iter().map(|tested| tested.own).collect();
    let mut looks = vec![Vec::new(); tested.len()];
    let mut see = |i: usize, filled: &[f32]| {
        let sector = ring.as_ref().zip(tested[i].sector);
        looks[i] = sector.map_or_else(Vec::new, |(ring, sector)| ring.look(sector, subject.pixels, filled));
    };
    inpainted.extend(own.iter().copied().zip(ask(&own, Fill::Inpaint, &mut see)));
    let wanted: BTreeSet<usize> =
        tested.iter().flat_map(|tested| tested.wanted(flips(&inpainted[&tested.own]))).collect();
    let controls: Vec<usize> = wanted.into_iter().filter(|mask| !inpainted.contains_key(mask)).collect();
    inpainted.extend(controls.iter().copied().zip(ask(&controls, Fill::Inpaint, &mut |_, _| ())));
    let flipped: Vec<usize> = inpainted.iter().filter(|(_, answer)| flips(answer)).map(|(&mask, _)| mask).collect();
    let blurred: BTreeMap<usize, Option<Prediction>> =
        flipped.iter().copied().zip(ask(&flipped, Fill::Blur, &mut |_, _| ())).collect();
    let in_one = |mask: usize| inpainted.get(&mask)?.as_ref();
    let in_both = |mask: usize| lasting(in_one(mask)?, blurred.get(&mask).map(Option::as_ref), class);
    let row = |tested: &Tested, way: &str, own: &Prediction, controls: Vec<&Prediction>| {
        let experiment = Experiment { name: "remove", region: &tested.name, way, area: tested.area };
        experiment.row(subject, own, &controls)
    };
    let mut rows = Vec::new();
    for (tested, look) in tested.iter().zip(looks) {
        let controls = || tested.controls.iter().copied();
        rows.extend(
            in_one(tested.own)
                .map(|own| CauseRow { look, ..row(tested, "inpaint", own, controls().filter_map(in_one).collect()) }),
        );
        rows.extend(in_both(tested.own).map(|own| row(tested, "both", own, controls().filter_map(in_both).collect())));
    }
    rows
}

/// What is left of an inpainted answer by the blurred one, where that was asked for: the answer that
/// leaves more of the margin, which is another class only if both are. None where blurring gave none.
fn lasting<'p>(
    inpainted: &'p Prediction,
    blurred: Option<Option<&'p Prediction>>,
    class: usize,
) -> Option<&'p Prediction> {
    match blurred {
        None => Some(inpainted),
        Some(blurred) => Some(if margin(blurred?, class) > margin(inpainted, class) { blurred? } else { inpainted }),
    }
}

/// What is taken out, and the masks. Corners have one shape and thus the same controls, and so have
/// opposite edges: places that lie on none of them.
fn tested(subject: &Subject<'_>) -> (Vec<Tested>, Vec<Vec<bool>>) {
    let mut random = Random::new(subject.seed, subject.case as u64);
    let area = |region: &Region| region.mask.iter().filter(|&&inside| inside).count() as f64 / region.mask.len() as f64;
    let mut regions = regions(subject);
    regions.retain(|region| (LEAST_AREA..=MOST_AREA).contains(&area(region)));
    let mut masks: Vec<Vec<bool>> = regions.iter().map(|region| region.mask.clone()).collect();
    let mut shared = BTreeMap::new();
    let mut of_region = Vec::new();
    for region in &regions {
        let drawn = region.extents.and_then(|extents| shared.get(&extents)).cloned();
        of_region.push(drawn.unwrap_or_else(|| {
            let is_alike = |other: &&Region| region.extents.is_some() && other.extents == region.extents;
            let alike: Vec<&[bool]> = regions.iter().filter(is_alike).map(|other| other.mask.as_slice()).collect();
            let alike = if alike.is_empty() { vec![region.mask.as_slice()] } else { alike };
            let first = masks.len();
            masks.extend(controls(&region.mask, &alike, subject, &mut random));
            let drawn: Vec<usize> = (first..masks.len()).collect();
            shared.extend(region.extents.map(|extents| (extents, drawn.clone())));
            drawn
        }));
    }
    let tested = regions.into_iter().zip(of_region).enumerate();
    let tested = tested.map(|(own, (region, controls))| {
        let area = area(&region);
        Tested { name: region.name, area, own, controls, sector: None }
    });
    (tested.collect(), masks)
}

/// What was done to a picture, in the words of [`CauseRow`].
pub struct Experiment<'a> {
    pub name: &'a str,
    pub region: &'a str,
    pub way: &'a str,
    pub area: f64,
}

impl Experiment<'_> {
    /// What came of it, beside controls.
    pub fn row(&self, subject: &Subject<'_>, after: &Prediction, controls: &[&Prediction]) -> CauseRow {
        let before = subject.prediction;
        CauseRow {
            case: subject.case,
            experiment: self.name.into(),
            region: self.region.into(),
            way: self.way.into(),
            area: self.area,
            margin_before: margin(before, before.class),
            margin_after: margin(after, before.class),
            probability_before: before.probabilities[subject.followed].into(),
            probability_after: after.probabilities[subject.followed].into(),
            flipped: after.class != before.class,
            control_flips: controls.iter().filter(|control| control.class != before.class).count(),
            controls: controls.iter().map(|control| margin(control, before.class) as f32).collect(),
            look: Vec::new(),
        }
    }
}

/// What the network says of the target structure alone and of everything but it, the rest
/// inpainted; nothing where there is no target.
pub fn remainders(subject: &Subject<'_>, network: &mut Worker<'_>) -> Vec<RemainderRow> {
    let Some(ground) = subject.ground.filter(|ground| ground.has_target()) else { return Vec::new() };
    // The margin and what lies just outside it show through the blur of a fill; the surroundings
    // belong to the structure here.
    let near = |zone: &u8| {
        let card = &subject.cards[usize::from(*zone)];
        card.role == Role::Target || card.name == "peripapillary"
    };
    let target: Vec<bool> = ground.labels().iter().map(near).collect();
    let rest: Vec<bool> = target.iter().map(|inside| !inside).collect();
    let canvas = Canvas::new(subject.pixels, subject.input.size());
    let answers =
        predict(network, &subject.input, &canvas, &[(&rest, Fill::Blur), (&target, Fill::Inpaint)], &mut |_, _| ());
    let kept = ["target", "rest"].into_iter().zip(answers);
    kept.filter_map(|(kept, answer)| {
        Some(RemainderRow { case: subject.case, kept: kept.into(), probabilities: answer?.probabilities })
    })
    .collect()
}

/// The zones, the whole target, and the corners and strips of the picture.
fn regions(subject: &Subject<'_>) -> Vec<Region> {
    let mut regions = Vec::new();
    if let Some(ground) = subject.ground {
        let of = |name: &str, wanted: &dyn Fn(u8) -> bool| Region {
            name: name.to_owned(),
            mask: ground.labels().iter().map(|&zone| wanted(zone)).collect(),
            extents: None,
        };
        if ground.has_target() {
            regions.push(of("disc", &|zone| subject.cards[usize::from(zone)].role == Role::Target));
        }
        for (i, card) in subject.cards.iter().enumerate().filter(|(_, card)| card.role != Role::Target) {
            regions.push(of(&card.name, &|zone| usize::from(zone) == i));
        }
    }
    let [height, width] = subject.input.size();
    regions.extend(PICTURE_PARTS.iter().map(|part| {
        let extents = [part.rows, part.columns].map(|[from, to]| ((to - from) * 1000.0).round() as u32);
        let mask = rectangle(part.rows, part.columns, [height, width]);
        Region { name: part.name.to_owned(), mask, extents: Some(extents) }
    }));
    regions
}

/// A rectangle of the picture.
pub fn rectangle(rows: [f64; 2], columns: [f64; 2], [height, width]: [usize; 2]) -> Vec<bool> {
    let inside = |i: usize| {
        let (y, x) = ((i / width) as f64 / height as f64, (i % width) as f64 / width as f64);
        (rows[0]..rows[1]).contains(&y) && (columns[0]..columns[1]).contains(&x)
    };
    (0..height * width).map(inside).collect()
}

/// The answer for each picture without a region, made and asked about a batch at a time; `see` is shown
/// each.
fn predict(
    network: &mut Worker<'_>,
    input: &InputSpec,
    canvas: &Canvas<'_>,
    variants: &[(&[bool], Fill)],
    see: &mut dyn FnMut(usize, &[f32]),
) -> Vec<Option<Prediction>> {
    let batch = network.batch();
    let answers = variants.chunks(batch).enumerate().flat_map(|(chunk, variants)| {
        let images: Vec<Vec<f32>> = variants.iter().map(|(mask, fill)| canvas.without(mask, *fill)).collect();
        images.iter().enumerate().for_each(|(i, image)| see(chunk * batch + i, image));
        let images: Vec<Cow<'_, [f32]>> = images.iter().map(|image| input.from_channels_first(image)).collect();
        network.predict_batch(&images.iter().map(|image| image.as_ref()).collect::<Vec<_>>())
    });
    answers.map(Result::ok).collect()
}

/// The logit of a class less the largest other.
fn margin(prediction: &Prediction, class: usize) -> f64 {
    let others = prediction.logits.iter().enumerate().filter(|(c, _)| *c != class).map(|(_, &z)| z);
    f64::from(prediction.logits[class] - others.fold(f32::NEG_INFINITY, f32::max))
}

#[cfg(test)]
pub(super) mod testing {
    use heatlens::InputLayout;

    use super::*;

    pub fn prediction() -> Prediction {
        Prediction { logits: vec![1.0, 0.0], probabilities: vec![0.7, 0.3], class: 0 }
    }

    /// An image of which nothing is known.
    pub fn subject(prediction: &Prediction, [height, width]: [usize; 2]) -> Subject<'_> {
        Subject {
            case: 0,
            pixels: &[],
            input: InputSpec { layout: InputLayout::Nchw, channels: 3, height, width },
            prediction,
            followed: 1,
            cards: &[],
            ground: None,
            target: None,
            to_photograph: Affine::IDENTITY,
            seed: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::controls::{CONTROLS, MOST_OVERLAP};
    use super::testing::{prediction, subject};
    use super::*;

    #[test]
    fn a_flip_counts_only_where_blurring_confirms_it() {
        let answer = |logits: [f32; 2]| Prediction {
            class: usize::from(logits[1] > logits[0]),
            logits: logits.into(),
            probabilities: vec![0.5; 2],
        };
        let [kept, barely, far] = [[2.0, 0.0], [0.0, 0.5], [0.0, 3.0]].map(answer);
        // Not asked, since inpainting flipped nothing.
        assert_eq!(lasting(&kept, None, 0).unwrap().class, 0);
        assert_eq!(lasting(&far, Some(Some(&kept)), 0).unwrap().class, 0);
        assert_eq!(lasting(&far, Some(Some(&barely)), 0).unwrap().logits, barely.logits);
        assert_eq!(lasting(&barely, Some(Some(&far)), 0).unwrap().logits, barely.logits);
        assert!(lasting(&far, Some(None), 0).is_none(), "blurring gave no answer");
    }

    #[test]
    fn corners_and_opposite_edges_have_controls_in_common_that_lie_on_none_of_them() {
        let answer = prediction();
        let subject = Subject { case: 4, ..subject(&answer, [224, 224]) };
        let (tested, masks) = tested(&subject);
        assert_eq!(tested.len(), PICTURE_PARTS.len());
        assert_eq!(masks.len(), tested.len() + 3 * CONTROLS, "of corners, of edges along and across");
        let cells = |mask: &[bool]| mask.iter().filter(|&&inside| inside).count() as f64;
        for region in &tested {
            assert_eq!(region.controls.len(), CONTROLS);
            for control in region.controls.iter().map(|&control| &masks[control]) {
                let (own, area) = (&masks[region.own], region.area * 224.0 * 224.0);
                let common = own.iter().zip(control).filter(|(a, b)| **a && **b).count() as f64;
                assert!(common <= (MOST_OVERLAP + 0.1) * area, "{} {common} of {area}", region.name);
                // They differ by a row and a column at most, by where the picture's cells lie.
                assert!((cells(control) / area - 1.0).abs() < 0.1, "{}: {area}", region.name);
            }
        }
        let controls = |name: &str| tested.iter().find(|t| t.name == name).unwrap().controls.clone();
        assert_eq!(controls("corner upper left"), controls("corner lower right"));
        assert_eq!(controls("edge top"), controls("edge bottom"));
        assert_ne!(controls("edge top"), controls("edge left"));
    }
}
