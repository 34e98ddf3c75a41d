//! The ways in which people prepare photographs, as parts that are put together anew: what values
//! mean, how the picture is framed, and what is done to its pixels.

use heatlens_imaging::{
    BenGraham, CentreCrop, CircleMask, Clahe, ClaheOf, Colour, CropToField, DiscCrop, GreenChannel, Grey, Length,
    Letterbox, Preprocess, Range, Resample, Resize, ShorterSide, Sigma, Size, Step,
};

/// What a setting decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// Range, mean, standard deviation and the order of channels.
    Values,
    /// Which part of the photograph fills the input.
    Framing,
    /// What is done to levels: CLAHE, a local average taken away, one channel for all.
    Pixels,
}

impl Aspect {
    /// Every aspect, the one that is told most surely first.
    pub const ALL: [Aspect; 3] = [Aspect::Values, Aspect::Framing, Aspect::Pixels];

    /// What it is called above a table.
    pub fn title(self) -> &'static str {
        match self {
            Aspect::Values => "values and order of channels",
            Aspect::Framing => "framing",
            Aspect::Pixels => "levels",
        }
    }
}

/// One way of doing one thing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part<T> {
    pub words: String,
    pub what: T,
}

impl<T> Part<T> {
    fn new(words: &str, what: T) -> Part<T> {
        Part { words: words.to_owned(), what }
    }
}

/// What values mean.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Values {
    pub colour: Colour,
    range: Range,
    mean: Vec<f32>,
    std: Vec<f32>,
}

/// Mean and standard deviation of ImageNet from 0 to 1, red first.
const IMAGENET: [[f32; 3]; 2] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];
/// The same mean in levels, blue first.
const CAFFE: [f32; 3] = [103.939, 116.779, 123.68];

impl Values {
    fn of(preprocess: &Preprocess) -> Values {
        let Preprocess { colour, range, mean, std, .. } = preprocess.clone();
        Values { colour, range, mean, std }
    }

    fn plain(colour: Colour, range: Range) -> Values {
        Values { colour, range, mean: Vec::new(), std: Vec::new() }
    }

    /// Every way for a network of this many channels.
    pub fn all(channels: usize) -> Vec<Part<Values>> {
        let part = Part::new;
        if channels == 1 {
            let grey = |range| Values::plain(Colour::Grey, range);
            return vec![
                part("grey from 0 to 1", grey(Range::Unit)),
                part("grey from −1 to 1", grey(Range::Signed)),
                part("grey from 0 to 255", grey(Range::Levels)),
                part(
                    "grey, mean and deviation of ImageNet's",
                    Values { mean: vec![0.449], std: vec![0.226], ..grey(Range::Unit) },
                ),
            ];
        }
        let imagenet = |colour| Values {
            mean: IMAGENET[0].to_vec(),
            std: IMAGENET[1].to_vec(),
            ..Values::plain(colour, Range::Unit)
        };
        let caffe =
            |colour: Colour, mean: &[f32]| Values { mean: mean.to_vec(), ..Values::plain(colour, Range::Levels) };
        let reversed: Vec<f32> = CAFFE.iter().rev().copied().collect();
        vec![
            part("RGB, ImageNet's mean and deviation", imagenet(Colour::Rgb)),
            part("RGB from 0 to 1", Values::plain(Colour::Rgb, Range::Unit)),
            part("RGB from −1 to 1", Values::plain(Colour::Rgb, Range::Signed)),
            part("RGB from 0 to 255", Values::plain(Colour::Rgb, Range::Levels)),
            part("RGB from 0 to 255 less ImageNet's mean", caffe(Colour::Rgb, &reversed)),
            part("BGR, ImageNet's mean and deviation", imagenet(Colour::Bgr)),
            part("BGR from 0 to 1", Values::plain(Colour::Bgr, Range::Unit)),
            part("BGR from −1 to 1", Values::plain(Colour::Bgr, Range::Signed)),
            part("BGR from 0 to 255", Values::plain(Colour::Bgr, Range::Levels)),
            part("BGR from 0 to 255 less ImageNet's mean", caffe(Colour::Bgr, &CAFFE)),
        ]
    }
}

/// Every way of framing, with the filter of the given preprocessing; around the optic disc where
/// discs are known.
pub(super) fn framings(given: &[Step], has_discs: bool) -> Vec<Part<Vec<Step>>> {
    let resample = given.iter().find_map(filter).unwrap_or_else(|| match Preprocess::imagenet_exact().steps[0] {
        Step::Resize(resize) => resize.resample,
        _ => unreachable!("the preset resizes"),
    });
    let part = Part::new;
    let exactly = Step::from(Resize { to: Size::Input, resample });
    let shorter = |to| Step::from(ShorterSide { to, resample });
    let letterbox = Step::from(Letterbox { to: Size::Input, resample, fill: [0; 3] });
    let field = Step::from(CropToField { tolerance: 7 });
    let crop = Step::from(CentreCrop::to(Size::Input));
    let mut all = vec![
        part("resized to the input", vec![exactly]),
        part("centre crop of 7/8", vec![shorter(Length::InputOver(0.875)), crop]),
        part("largest centre crop", vec![shorter(Length::Input), crop]),
        part("black bars around it", vec![letterbox]),
        part("cropped to the field of view", vec![field, exactly]),
        part("cropped to the field, black bars around it", vec![field, letterbox]),
    ];
    if has_discs {
        all.extend([2.0, 3.0].map(|across| {
            let crop = Step::from(DiscCrop { across, disc: None, fill: [0; 3] });
            part(&format!("cropped to {across} disc diameters around the disc"), vec![crop, exactly])
        }));
    }
    all
}

fn filter(step: &Step) -> Option<Resample> {
    match step {
        Step::Resize(step) => Some(step.resample),
        Step::ShorterSide(step) => Some(step.resample),
        Step::Letterbox(step) => Some(step.resample),
        Step::Fit(step) => Some(step.resample),
        _ => None,
    }
}

/// Every way of changing levels, after the picture is framed.
pub(super) fn pixels(channels: usize) -> Vec<Part<Vec<Step>>> {
    let clahe = |of| Step::from(Clahe { of, clip: 2.0, tiles: [8; 2] });
    let graham = |sigma| Step::from(BenGraham { sigma, weight: 4.0 });
    let part = Part::new;
    let mut all = vec![
        part("as they are", Vec::new()),
        part("CLAHE of every channel", vec![clahe(ClaheOf::Every)]),
        part("Ben Graham, sigma 10", vec![graham(Sigma::Pixels(10.0))]),
    ];
    if channels == 3 {
        let circle = CircleMask { radius: 0.9, fill: [128; 3] }.into();
        all.extend([
            part("CLAHE of the lightness", vec![clahe(ClaheOf::Lightness)]),
            part("CLAHE of the green channel", vec![clahe(ClaheOf::Green)]),
            part("Ben Graham, sigma a thirtieth of the radius", vec![graham(Sigma::OfRadius(1.0 / 30.0)), circle]),
            part("the green channel alone", vec![GreenChannel {}.into()]),
            part("grey", vec![Grey {}.into()]),
        ]);
    }
    all
}

/// Steps that frame, apart from those that change levels: the two halves that settings are made of.
fn split(steps: &[Step]) -> [Vec<Step>; 2] {
    let frames = |step: &&Step| {
        matches!(
            step,
            Step::Resize(_)
                | Step::ShorterSide(_)
                | Step::Fit(_)
                | Step::Letterbox(_)
                | Step::CentreCrop(_)
                | Step::CropToField(_)
                | Step::DiscCrop(_)
        )
    };
    [steps.iter().filter(frames).copied().collect(), steps.iter().filter(|step| !frames(step)).copied().collect()]
}

/// Every part of every aspect, and which of them a given preprocessing is made of.
pub(super) struct Settings {
    given: Preprocess,
    values: Vec<Part<Values>>,
    framings: Vec<Part<Vec<Step>>>,
    pixels: Vec<Part<Vec<Step>>>,
    own: Setting,
}

/// A part of each aspect, by position, in the order of [`Aspect::ALL`].
pub(super) type Setting = [usize; 3];

impl Settings {
    /// Those that a given preprocessing is compared with; crops to the optic disc where discs are
    /// known.
    pub fn around(given: &Preprocess, has_discs: bool) -> Settings {
        let channels = given.channels();
        let [framing, levels] = split(&given.steps);
        let mut values = Values::all(channels);
        let (mut framings, mut pixels) = (framings(&given.steps, has_discs), pixels(channels));
        let in_words = |steps: &[Step]| steps.iter().map(Step::to_string).collect::<Vec<_>>().join(", then ");
        let own = [
            position(&mut values, Values::of(given), || given.values_in_words()),
            position(&mut framings, framing.clone(), || in_words(&framing)),
            position(&mut pixels, levels.clone(), || in_words(&levels)),
        ];
        Settings { given: given.clone(), values, framings, pixels, own }
    }

    /// The given preprocessing.
    pub fn own(&self) -> Setting {
        self.own
    }

    /// The given one and all that differ from it in this aspect alone.
    pub fn along(&self, setting: Setting, aspect: Aspect) -> impl Iterator<Item = Setting> + use<> {
        let parts = [self.values.len(), self.framings.len(), self.pixels.len()][aspect as usize];
        (0..parts).map(move |part| with(setting, aspect, part))
    }

    /// What a setting says of an aspect.
    pub fn words(&self, setting: Setting, aspect: Aspect) -> &str {
        let part = setting[aspect as usize];
        match aspect {
            Aspect::Values => &self.values[part].words,
            Aspect::Framing => &self.framings[part].words,
            Aspect::Pixels => &self.pixels[part].words,
        }
    }

    /// The setting as a preprocessing; the given one as it was given.
    pub fn preprocess(&self, setting: Setting) -> Preprocess {
        let [values, framing, pixels] = setting;
        let Values { colour, range, mean, std } = self.values[values].what.clone();
        let steps = if [framing, pixels] == self.own[1..] {
            self.given.steps.clone()
        } else {
            [&self.framings[framing].what[..], &self.pixels[pixels].what].concat()
        };
        Preprocess { colour, range, mean, std, steps, ..self.given.clone() }
    }
}

/// The same but for one aspect.
pub(super) fn with(mut setting: Setting, aspect: Aspect, part: usize) -> Setting {
    setting[aspect as usize] = part;
    setting
}

/// Where a part lies, which is added if it is none of the usual ones.
fn position<T: PartialEq>(parts: &mut Vec<Part<T>>, what: T, words: impl FnOnce() -> String) -> usize {
    parts.iter().position(|part| part.what == what).unwrap_or_else(|| {
        parts.push(Part { words: words(), what });
        parts.len() - 1
    })
}
