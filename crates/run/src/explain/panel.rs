//! What the pictures of one image show, and what is said under them.

use heatlens::methods::Need;
use heatlens::{Head, Heatmap, Outcome};
use heatlens_imaging::{Caption, Scale, Verdict};

use super::Plan;
use super::row::Answer;
use crate::Ready;
use crate::drawing::{ColourScale, Depiction, Drawn, EMPTY, NOT_FINITE, Outline};
use crate::inputs::Source;

/// What the pictures of an image are made from.
pub struct Scene<'a> {
    /// The run.
    pub plan: &'a Plan,
    /// The image.
    pub source: &'a Source,
    /// Its photograph, prepared.
    pub ready: &'a Ready,
    /// Its maps.
    pub maps: &'a [Heatmap],
    /// What full colour stands for in each.
    pub full: &'a [Option<f32>],
    /// What the model says of it.
    pub answer: &'a Answer,
    /// Disc and cup, where they are to be drawn.
    pub outline: Option<&'a Outline>,
}

impl Scene<'_> {
    /// What all its pictures are drawn from: the maps are brought to their size once.
    pub fn depiction(&self) -> Depiction<'_> {
        Depiction {
            photograph: &self.ready.photograph,
            to_photograph: self.ready.to_photograph,
            maps: self.maps.iter().zip(self.full).map(|(map, full)| self.drawn(map, *full)).collect(),
            scale: self.plan.scale,
            outline: self.outline,
            contours: self.plan.contours,
            tile: self.plan.tile,
        }
    }

    fn drawn(&self, map: &Heatmap, full: Option<f32>) -> Drawn {
        let plan = self.plan;
        Drawn {
            explained: self.explained(map),
            method: map.method.card().title.to_owned(),
            layer: plan.layer(map).unwrap_or_default().to_owned(),
            concept: map.part.map_or_else(String::new, |part| format!("concept {part}, {:.2}", map.value)),
            style: plan.style_of(map),
            map: plan.drawn(map, full),
            peak: map.raw.peak(map.scale),
            full,
            inscription: inscription(map),
        }
    }

    /// What a map explains; of a label also how sure the network is of it, and where it is wrong.
    fn explained(&self, map: &Heatmap) -> String {
        let Answer { prediction, finding, .. } = self.answer;
        let class = map.score.class;
        let words = self.plan.explained(map);
        if self.plan.model.head() != Head::Sigmoids || map.score.against.is_some() {
            return words;
        }
        let verdict = match finding.of_labels.get(class) {
            Some(Outcome::FalsePositive) => " · not there",
            Some(Outcome::FalseNegative) => " · missed",
            Some(Outcome::TruePositive) => " · rightly",
            _ => "",
        };
        format!("{words} {:.2}{verdict}", prediction.probabilities[class])
    }

    /// What is said under a panel.
    pub fn caption(&self) -> Caption {
        let Scene { plan, answer, .. } = self;
        let mut explained: Vec<String> = self.maps.iter().map(|map| plan.explained(map)).collect();
        explained.dedup();
        Caption {
            image: self.source.shown.clone(),
            predicted: self.predicted(),
            confidence: answer.finding.confidence,
            label: answer.finding.label.clone(),
            verdict: match answer.finding.outcome.is_correct() {
                Some(true) => Verdict::Right,
                Some(false) => Verdict::Wrong,
                None => Verdict::Unknown,
            },
            explained: explained.join(", "),
            layer: self.layers(),
            method: plan.explainer.methods().iter().map(|method| method.card().title).collect::<Vec<_>>().join(", "),
            scale: None,
            notes: self.notes(),
        }
    }

    /// What the network says, in words; of a value also how far it is off.
    fn predicted(&self) -> String {
        let Answer { prediction, finding, .. } = self.answer;
        if self.plan.model.head() != Head::Values {
            return finding.predicted.clone();
        }
        let error = |error: f32| format!(" (error {}{:.3})", if error < 0.0 { "−" } else { "+" }, error.abs());
        let values = self.plan.model.classes().iter().zip(&prediction.logits).zip(&finding.errors);
        let each =
            values.map(|((name, value), off)| format!("{name} {value:.3}{}", off.map_or_else(String::new, error)));
        each.collect::<Vec<_>>().join(", ")
    }

    /// What makes a map doubtful, and how maps of pixels are drawn.
    fn notes(&self) -> Vec<String> {
        let mut notes = self.answer.warnings.clone();
        let size = self.plan.model.input().size();
        if self.maps.iter().any(|map| map.is_of_pixels(size)) {
            let own = if self.plan.scale == ColourScale::Map { "" } else { ", each on a scale of its own" };
            notes.push(format!(
                "Maps of pixels are drawn blurred by a hundredth of the side, full colour from the 99th percentile \
                 on{own}; saved maps are not."
            ));
        }
        if self.plan.contours && !self.maps.is_empty() {
            notes.push("Thin lines: where a map takes 0.25, 0.50 and 0.75.".to_owned());
        }
        notes
    }

    /// The layers looked at; pixels of the image where there is none.
    fn layers(&self) -> String {
        let layers = self.plan.explainer.layers();
        let names = || layers.iter().map(|layer| layer.name.as_str()).collect::<Vec<_>>().join(", ");
        let looked = |map: &Heatmap| map.method.needs(Need::Activations);
        if self.maps.iter().any(looked) || self.maps.is_empty() { names() } else { "pixels of the image".to_owned() }
    }
}

/// What is written over a map that shows nothing.
fn inscription(map: &Heatmap) -> Option<&'static str> {
    if !map.raw.is_finite() {
        Some(NOT_FINITE)
    } else if map.is_empty() {
        Some(EMPTY)
    } else {
        None
    }
}

/// What full colour stands for in each map of an image: its own maximum, the largest of the maps of
/// one method and layer, or of `run`. None where a map shares its units with no other.
pub(super) fn full_colours(plan: &Plan, maps: &[Heatmap], run: &Peaks) -> Vec<Option<f32>> {
    let own = Peaks::of(plan, maps);
    let full = |map: &Heatmap| {
        Some(match plan.scale {
            _ if !has_units(plan, map) => return None,
            ColourScale::Map => map.raw.peak(map.scale),
            ColourScale::Classes => own.get(map),
            ColourScale::Run => run.get(map),
        })
    };
    maps.iter().map(full).collect()
}

/// Whether a map's values can be compared with another's: those of pixels are drawn by a percentile,
/// those of several layers put together have been stretched already.
fn has_units(plan: &Plan, map: &Heatmap) -> bool {
    map.scale != Scale::Finished && !map.is_of_pixels(plan.model.input().size())
}

/// What maps share a scale by: method, layer and concept.
type Key = (&'static str, Option<usize>, Option<usize>);

/// The largest values of maps.
#[derive(Clone, Debug, Default)]
pub(super) struct Peaks(Vec<(Key, f32)>);

impl Peaks {
    /// Of the maps of one image.
    pub fn of(plan: &Plan, maps: &[Heatmap]) -> Peaks {
        let mut peaks = Peaks::default();
        for map in maps.iter().filter(|map| has_units(plan, map) && map.raw.is_finite()) {
            peaks.take(key(map), map.raw.peak(map.scale));
        }
        peaks
    }

    /// With those of another image.
    pub fn join(&mut self, other: Peaks) {
        other.0.into_iter().for_each(|(key, peak)| self.take(key, peak));
    }

    fn take(&mut self, key: Key, peak: f32) {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, largest)) => *largest = largest.max(peak),
            None => self.0.push((key, peak)),
        }
    }

    fn get(&self, map: &Heatmap) -> f32 {
        self.0.iter().find(|(known, _)| *known == key(map)).map_or(0.0, |(_, peak)| *peak)
    }
}

fn key(map: &Heatmap) -> Key {
    (map.method.card().name, map.layer, map.part)
}
