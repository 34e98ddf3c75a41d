//! Streams a run's parts: raw maps become figures, sums and small samples, and are let go.

use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;

use super::images::{Cause, Image, MapFigures};
use super::means::Group;
use super::relief::Relief;
use super::views::ViewSums;
use super::{Evidence, Facts, Failed, SampledMap};
use crate::schema::View;
use heatlens_anatomy::Role;
use heatlens_imaging::{Map, Scale};
use heatlens_record::cues::CueKind;
use heatlens_record::{Fingerprint, ImageRow, MapRow, Measured, RunDirectory, RunError, RunRecord};
use heatlens_statistics::{Random, Settings, Units};

/// Parts that are read at a time; few, because a part of fine maps is large.
const PARTS_AT_ONCE: usize = 8;
/// Images whose maps are kept, on small grids, to be clustered and compared cell by cell.
pub const SAMPLE: usize = 1_500;
/// Up to so many images structures are kept to find copies that differ in their bytes; comparing
/// all pairs of more takes too long.
pub const STRUCTURES: usize = 25_000;
/// With at most so many classes the maps of every class get a mean.
const CLASSES_WITH_MEANS: usize = 8;
/// Stream of the random numbers that choose the sample.
const SAMPLE_STREAM: u64 = 0x5A;

/// What one map leaves behind.
struct Digest {
    view: View,
    predicted: bool,
    target_only: Option<MapFigures>,
    primary: Option<Kept>,
    broken: bool,
    empty: bool,
}

/// What a map of the primary view leaves behind.
struct Kept {
    figures: MapFigures,
    relief: Option<Grids>,
    raw: Option<Map>,
    scale: Scale,
}

struct Grids {
    picture: Vec<f32>,
    sided: Option<Vec<f32>>,
    disc: Option<Vec<f32>>,
}

/// Reads a run, each of its files once; `each` is shown every image in order.
pub fn gather(
    directory: &RunDirectory,
    run: &RunRecord,
    settings: &Settings,
    view: Option<View>,
    each: &mut dyn FnMut(&ImageRow),
) -> Result<Evidence, RunError> {
    let (facts, view) = (Facts::of(run), view.unwrap_or_default());
    let parts: Vec<usize> = directory.done()?.into_iter().collect();
    let mut evidence = Evidence { settings: *settings, facts, view, ..Evidence::default() };
    read_images(directory, &parts, &mut evidence, each)?;
    evidence.units = Units::by_key(evidence.images.iter().map(|image| image.patient.clone()));
    let by_case: HashMap<usize, usize> = evidence.images.iter().enumerate().map(|(i, image)| (image.case, i)).collect();
    let sampled = sample(&evidence, settings.seed);
    let mut views = ViewSums::default();
    for chunk in parts.chunks(PARTS_AT_ONCE) {
        let read: Vec<Result<Measured, RunError>> =
            chunk.par_iter().map(|&part| directory.read_measured(part)).collect();
        for part in read {
            let part = part?;
            take_maps(&part.maps, &by_case, &sampled, &mut evidence, &mut views);
            take_experiments(&part, &by_case, &mut evidence);
        }
    }
    evidence.views = views.summaries(&evidence.view);
    evidence.index_maps();
    Ok(evidence)
}

fn read_images(
    directory: &RunDirectory,
    parts: &[usize],
    evidence: &mut Evidence,
    each: &mut dyn FnMut(&ImageRow),
) -> Result<(), RunError> {
    for chunk in parts.chunks(4 * PARTS_AT_ONCE) {
        let read: Vec<_> = chunk.par_iter().map(|&part| directory.read_images(part)).collect();
        for rows in read {
            for row in rows? {
                each(&row);
                take_image(row, evidence);
            }
        }
    }
    if evidence.images.len() > STRUCTURES {
        let content_only =
            |print: &Option<Fingerprint>| print.as_ref().map(|p| Fingerprint::from_parts(*p.sha256(), Vec::new()));
        evidence.prints.iter_mut().for_each(|print| *print = content_only(print));
    }
    Ok(())
}

fn take_image(row: ImageRow, evidence: &mut Evidence) {
    if let Some(label) = row.label.as_ref().filter(|label| !evidence.facts.classes.contains(label)) {
        *evidence.unknown_labels.entry(label.clone()).or_default() += 1;
    }
    match (&row.error, Image::read(&row, &evidence.facts)) {
        (None, Some(image)) => {
            evidence.images.push(image);
            let keep = evidence.images.len() <= STRUCTURES;
            evidence.prints.push(
                row.sha256
                    .as_deref()
                    .and_then(hash)
                    .map(|hash| Fingerprint::from_parts(hash, if keep { row.structure } else { Vec::new() })),
            );
        }
        (error, _) => {
            let reason = error.clone().unwrap_or_else(|| "its row lacks a prediction".to_owned());
            evidence.failed.push(Failed { name: row.image, reason });
        }
    }
}

/// The bytes of a hash in hexadecimal.
fn hash(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}

/// Images whose maps are kept: all, or a seeded sample.
fn sample(evidence: &Evidence, seed: u64) -> HashSet<usize> {
    let mut order: Vec<usize> = (0..evidence.images.len()).collect();
    Random::new(seed, SAMPLE_STREAM).shuffle(&mut order);
    order.into_iter().take(SAMPLE).collect()
}

fn take_maps(
    rows: &[MapRow],
    by_case: &HashMap<usize, usize>,
    sampled: &HashSet<usize>,
    evidence: &mut Evidence,
    views: &mut ViewSums,
) {
    if evidence.view.method.is_empty()
        && let Some(first) = rows.first()
    {
        evidence.view = View { method: first.method.clone(), layer: first.layer.clone() };
    }
    let digests: Vec<Option<Digest>> = rows.par_iter().map(|row| digest(row, by_case, evidence)).collect();
    // The same class may be asked for twice, as itself and as the predicted one.
    let mut seen: BTreeMap<View, HashSet<(usize, usize)>> = BTreeMap::new();
    for digest in digests.into_iter().flatten() {
        let figures = digest.primary.as_ref().map(|kept| &kept.figures).or(digest.target_only.as_ref());
        let Some((image, class)) = figures.map(|figures| (figures.image, figures.class)) else { continue };
        if !seen.entry(digest.view.clone()).or_default().insert((image, class)) {
            continue;
        }
        if digest.predicted {
            let figures = figures.filter(|_| !digest.broken && !digest.empty);
            views.add(&digest.view, figures, digest.broken, digest.empty);
        }
        if let Some(kept) = digest.primary {
            keep(kept, digest.predicted, sampled, evidence);
        }
    }
}

/// What a row says; none for images that failed and classes that are not the network's.
fn digest(row: &MapRow, by_case: &HashMap<usize, usize>, evidence: &Evidence) -> Option<Digest> {
    let image = *by_case.get(&row.case)?;
    let class = evidence.facts.classes.iter().position(|class| *class == row.class)?;
    let of = &evidence.images[image];
    let view = View { method: row.method.clone(), layer: row.layer.clone() };
    let target_zones = evidence.facts.zones_of(Role::Target);
    let primary = view == evidence.view;
    let read = |parts| MapFigures::read(row, image, class, of, &target_zones, parts);
    let (mut kept, mut target_only) = (None, None);
    if primary {
        let raw = row.raw();
        let relief = raw.as_ref().filter(|_| !row.empty).and_then(|raw| Relief::of(raw, row.scale()));
        let input = evidence.facts.input;
        let grids = relief.as_ref().map(|relief| Grids {
            picture: relief.picture().to_vec(),
            sided: of.right.and_then(|right| relief.disc(of, input, !right)),
            disc: relief.disc(of, input, false),
        });
        kept = Some(Kept { figures: read(relief.as_ref().map(Relief::parts)), relief: grids, raw, scale: row.scale() });
    } else {
        target_only = Some(read(Some([0.0; 8])));
    }
    Some(Digest {
        view,
        predicted: of.predicted == class,
        target_only,
        primary: kept,
        broken: !row.finite,
        empty: row.empty,
    })
}

fn keep(kept: Kept, predicted: bool, sampled: &HashSet<usize>, evidence: &mut Evidence) {
    let Kept { figures, relief, raw, scale } = kept;
    let (image, class) = (figures.image, figures.class);
    if let Some(raw) = raw {
        evidence.raw.keep(image, class, raw, scale);
    }
    if let Some(grids) = &relief {
        let outcome = &evidence.images[image].outcome;
        let mut groups = Vec::new();
        if predicted {
            groups.extend([Group::Decisions, Group::Predicted(class), Group::Outcome(outcome.clone())]);
        }
        if evidence.facts.classes.len() <= CLASSES_WITH_MEANS {
            groups.push(Group::Class(class));
        }
        groups
            .into_iter()
            .for_each(|group| evidence.means.add(group, &grids.picture, grids.sided.as_deref(), grids.disc.as_deref()));
    }
    let wanted = predicted || evidence.facts.classes.len() == 2 || evidence.facts.positive == Some(class);
    let map = evidence.maps.len();
    evidence.maps.push(figures);
    if let (Some(grids), true, true) = (relief, wanted, sampled.contains(&image)) {
        evidence.sampled.push(SampledMap::of(map, &grids.picture, grids.sided.as_deref(), grids.disc.as_deref()));
    }
}

fn take_experiments(part: &Measured, by_case: &HashMap<usize, usize>, evidence: &mut Evidence) {
    for row in part.causes.iter().filter(|row| row.experiment == "remove") {
        let Some(&image) = by_case.get(&row.case) else { continue };
        let region = match evidence.regions.iter().position(|region| *region == row.region) {
            Some(region) => region,
            None => {
                evidence.regions.push(row.region.clone());
                evidence.regions.len() - 1
            }
        };
        let cause = Cause::read(row, image, region);
        let before = evidence.causes.last().filter(|last| last.image == image && last.region == region);
        // Older runs blurred by itself; what counts is what flips in both ways.
        let cause = match before.filter(|last| row.way == "blur" && last.inpainted) {
            Some(inpainted) => cause.and(inpainted),
            None => cause,
        };
        evidence.causes.push(cause);
    }
    for row in part.causes.iter().filter(|row| row.experiment == "move") {
        let (Some(&image), Some(kind)) = (by_case.get(&row.case), CueKind::named(&row.region)) else { continue };
        evidence.moves.push((kind, Cause::read(row, image, 0)));
    }
    for row in &part.remainders {
        let Some(&image) = by_case.get(&row.case) else { continue };
        let place = usize::from(row.kept != "target");
        evidence.remainders.entry(image).or_default()[place] = Some(row.probabilities.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_read_or_refused() {
        assert_eq!(hash(&"0f".repeat(32)), Some([15; 32]));
        assert_eq!(hash("0f"), None);
        assert_eq!(hash(&"zz".repeat(32)), None);
        assert_eq!(hash(&"é".repeat(32)), None);
    }
}
