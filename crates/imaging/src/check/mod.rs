//! Whether a preprocessing is that of somebody's pipeline, told from one photograph and the tensor
//! that the pipeline made of it; and if not, which is.

mod candidates;
mod fit;
mod reference;

use crate::preprocess::{carry_out, to_image};
use crate::{Array, Colour, ImageError, PRESETS, Photograph, Preprocess, Step};

use fit::Line;
use reference::Reference;

/// How far a tensor is from the reference, in levels of the 8-bit scale (0–255), so that mean and
/// standard deviation do not matter.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Residual {
    /// The largest difference; infinite where the two cannot be compared.
    pub max_levels: f64,
    /// The mean difference.
    pub mean_levels: f64,
}

impl Residual {
    const INCOMPARABLE: Self = Self { max_levels: f64::INFINITY, mean_levels: f64::INFINITY };
}

/// The preprocessing that fits a reference best.
#[derive(Clone, PartialEq, Debug)]
pub struct Candidate {
    /// Ready to be saved.
    pub preprocess: Preprocess,
    /// How well it fits.
    pub residual: Residual,
    /// What to change in the given preprocessing, or that nothing fits.
    pub words: String,
    /// The first of [`PRESETS`] that makes the same of this photograph, where one does.
    pub preset: Option<&'static str>,
}

/// What a check found.
#[derive(Clone, PartialEq, Debug)]
pub struct Check {
    /// How far the given preprocessing is from the reference.
    pub given: Residual,
    /// Whether it is the reference's: no more than a level away, or about as far as two JPEG
    /// decoders and no other setting fits better.
    pub equal: bool,
    /// The best of the search; `None` where the given one is so close that none was needed.
    pub best: Option<Candidate>,
}

/// Rounding explains no more than this.
const ROUNDING: f64 = 0.51;
/// Two JPEG decoders differ by about 0.1 levels on average, in the worst photographs by a few times
/// that.
const DECODERS: f64 = 0.5;
/// Above this no setting explains the reference.
const UNEXPLAINED: f64 = 2.0;

/// Compares a preprocessing with a reference tensor of the same photograph, of shape
/// `(1, 3, H, W)`, `(3, H, W)`, `(1, H, W, 3)`, `(H, W, 3)` or the same with one channel. If they
/// differ, searches filter × library × geometry, channel order, range, mean and standard deviation,
/// and layout. The result does not depend on anything but the arguments.
///
/// # Errors
/// [`ImageError::Array`] if the reference is no tensor of one image; [`ImageError::Preprocess`] if
/// the given preprocessing makes no sense.
pub fn check(photograph: &Photograph, reference: &Array, given: &Preprocess) -> Result<Check, ImageError> {
    given.check().map_err(ImageError::Preprocess)?;
    let reference = Reference::new(reference, given.layout)?;
    let own = compare(photograph, &reference, given);
    let same_layout = reference.layout == given.layout;
    if own.max_levels <= ROUNDING && same_layout {
        return Ok(Check { given: own, equal: true, best: None });
    }
    let mut best = search(photograph, &reference, given);
    if let Some(best) = &mut best {
        best.words = words(given, best, &reference, photograph);
        best.preset = preset(photograph, &reference, &best.residual);
    }
    let rival = best.as_ref().map_or(f64::INFINITY, |b| b.residual.mean_levels);
    let equal = same_layout && own.mean_levels <= DECODERS && own.mean_levels <= rival * 1.25 + 0.01;
    Ok(Check { given: own, equal, best })
}

/// The first preset that fits as well as the best of the search, where that explains the reference.
fn preset(photograph: &Photograph, reference: &Reference, best: &Residual) -> Option<&'static str> {
    let fits = |name: &&str| {
        let preset = Preprocess::from_spec(name, |_| Err(std::io::ErrorKind::NotFound.into())).ok();
        preset.filter(|preset| preset.layout == reference.layout).is_some_and(|preset| {
            let residual = compare(photograph, reference, &preset);
            residual.mean_levels <= best.mean_levels * 1.1 + 0.01
        })
    };
    PRESETS.iter().map(|(name, _)| *name).find(fits).filter(|_| best.mean_levels <= DECODERS)
}

/// How far a preprocessing is from the reference.
fn compare(photograph: &Photograph, reference: &Reference, preprocess: &Preprocess) -> Residual {
    if preprocess.channels() != reference.channels {
        return Residual::INCOMPARABLE;
    }
    let image = to_image(photograph, preprocess.colour);
    match carry_out(&image, &preprocess.steps, preprocess.colour, reference.size) {
        Ok((image, _)) if [image.height, image.width] == reference.size => {
            fit::residual(&image.floats(), reference, &Line::of(preprocess), |c| c)
        }
        _ => Residual::INCOMPARABLE,
    }
}

/// Steps that were tried, with the order of colours that fits them.
struct Trial {
    steps: Vec<Step>,
    colour: Colour,
    /// Root of the mean squared difference, in levels, after the best line for every channel.
    error: f64,
}

/// First the geometry, with one filter, as a wrong crop is far worse than a wrong filter; then all
/// filters for the best few geometries; then what the numbers mean.
fn search(photograph: &Photograph, reference: &Reference, given: &Preprocess) -> Option<Candidate> {
    let mut first = trials(photograph, reference, candidates::geometries(photograph, reference.size, given));
    first.sort_by(|a, b| a.error.total_cmp(&b.error));
    let mut shapes: Vec<Vec<Step>> = Vec::new();
    for trial in first {
        if shapes.len() < 4 && !shapes.contains(&trial.steps) {
            shapes.push(trial.steps);
        }
    }
    let with_filters = shapes.iter().flat_map(|shape| candidates::with_every_filter(shape)).collect();
    // The given geometry is among them, so that a wrong mean alone is found whatever the filter.
    let all =
        trials(photograph, reference, std::iter::once(given.steps.clone()).chain::<Vec<_>>(with_filters).collect());
    // Of equals the first wins: the given one, then the more usual ones.
    let best = all.into_iter().reduce(|best, next| if next.error < best.error * 0.99 - 1e-6 { next } else { best })?;
    let image = to_image(photograph, best.colour);
    let (image, _) = carry_out(&image, &best.steps, best.colour, reference.size).ok()?;
    let levels = image.floats();
    let (range, mean, std, residual) = fit::meaning(&levels, reference, best.colour, given);
    let preprocess = Preprocess {
        colour: best.colour,
        steps: best.steps,
        range,
        mean,
        std,
        layout: reference.layout,
        input: given.input.map(|_| reference.size),
    };
    Some(Candidate { preprocess, residual, words: String::new(), preset: None })
}

/// Carries out geometries that end at the reference's size; the others are left out.
fn trials(photograph: &Photograph, reference: &Reference, geometries: Vec<Vec<Step>>) -> Vec<Trial> {
    let colour = if reference.channels == 1 { Colour::Grey } else { Colour::Rgb };
    let source = to_image(photograph, colour);
    geometries
        .into_iter()
        .filter_map(|steps| {
            let (image, _) = carry_out(&source, &steps, colour, reference.size).ok()?;
            if [image.height, image.width] != reference.size {
                return None;
            }
            let levels = image.floats();
            let straight = fit::error(&levels, reference, |c| c);
            let reversed =
                if reference.channels == 3 { fit::error(&levels, reference, |c| 2 - c) } else { f64::INFINITY };
            let (colour, error) = if reversed < straight * 0.99 { (Colour::Bgr, reversed) } else { (colour, straight) };
            Some(Trial { steps, colour, error })
        })
        .collect()
}

/// What to change, a clause for each.
fn words(given: &Preprocess, best: &Candidate, reference: &Reference, photograph: &Photograph) -> String {
    let found = &best.preprocess;
    if best.residual.mean_levels > UNEXPLAINED {
        return format!(
            "nothing that was tried explains the reference; the closest is {:.1} levels away on average. Is it of the \
             same photograph, \
             and without augmentation?",
            best.residual.mean_levels
        );
    }
    let steps = |p: &Preprocess| p.steps.iter().map(Step::to_string).collect::<Vec<_>>().join(", then ");
    let mut changes = Vec::new();
    if found.colour != given.colour {
        changes.push(format!("channels in the order {} instead of {}", found.colour, given.colour));
    }
    if found.steps != given.steps {
        changes.push(format!("{} instead of {}", steps(found), steps(given)));
    }
    if (found.range, &found.mean, &found.std) != (given.range, &given.mean, &given.std) {
        changes.push(format!("{} instead of {}", found.values_in_words(), given.values_in_words()));
        if fit::is_per_image(found, photograph, reference.size) {
            changes.push(
                "these are the mean and deviation of this very image: the pipeline standardises every image by itself"
                    .into(),
            );
        }
    }
    if found.layout != given.layout {
        changes.push(format!("layout {} instead of {}", found.layout, given.layout));
    }
    if changes.is_empty() { "no setting fits better than the given ones".into() } else { changes.join("; ") }
}
