//! The panel of one image: which pictures stand where, and what is said under them.

use heatlens::methods::Need;
use heatlens::{Head, Heatmap, Map, Outcome};
use heatlens_imaging::{
    Affine, Caption, DrawStyle, Panel, Photograph, Picture, Tile, Verdict, draw_heatmap, draw_overlay, draw_seen,
    tile_sized, warp,
};

use super::Plan;
use super::row::Answer;
use crate::Ready;
use crate::inputs::Source;

/// What a panel is made from.
pub struct Sheet<'a> {
    /// The run.
    pub plan: &'a Plan,
    /// The image.
    pub source: &'a Source,
    /// Its photograph, prepared.
    pub ready: &'a Ready,
    /// Each map with what is drawn of it.
    pub maps: &'a [(&'a Heatmap, Map)],
    /// What the model says of it.
    pub answer: &'a Answer,
}

/// Tiles side by side at most, the photograph among them.
const COLUMNS: usize = 6;

impl Sheet<'_> {
    /// One map stands between the photograph and the overlay; several stand side by side as
    /// overlays, and where one row holds them their heatmaps below.
    pub fn panel(&self) -> Panel {
        // Large photographs are drawn at the size of a tile, which is faster and sharper.
        let (photograph, shrink) = tile_sized(&self.ready.photograph);
        let board = Board { photograph: &photograph, to_tile: self.ready.to_photograph.then(&shrink), plan: self.plan };
        let rows = match self.maps {
            [] => vec![vec![Tile { title: "Original".into(), picture: photograph.clone() }]],
            [(map, drawn)] => {
                let [heatmap, overlay] = board.pictures(map, drawn);
                let tile = |title: &str, picture| Tile { title: title.into(), picture };
                vec![vec![tile("Original", board.original(drawn)), tile("Heatmap", heatmap), tile("Overlay", overlay)]]
            }
            several => self.side_by_side(&board, several),
        };
        Panel { rows, caption: self.caption(), colour_bars: self.colour_bars(), tile: self.plan.tile }
    }

    fn side_by_side(&self, board: &Board<'_>, maps: &[(&Heatmap, Map)]) -> Vec<Vec<Tile>> {
        let titles = self.titles();
        let mut overlays = vec![Tile { title: "Original".into(), picture: board.original(&maps[0].1) }];
        // Under the photograph stands nothing.
        let mut heatmaps = vec![nothing()];
        for ((map, drawn), title) in maps.iter().zip(titles) {
            let [heatmap, overlay] = board.pictures(map, drawn);
            heatmaps.push(Tile { title: format!("Heatmap · {title}"), picture: heatmap });
            overlays.push(Tile { title, picture: overlay });
        }
        if overlays.len() <= COLUMNS {
            return vec![overlays, heatmaps];
        }
        if self.maps.iter().all(|(map, _)| map.score == self.maps[0].0.score) {
            return grid(overlays);
        }
        let columns = self.columns();
        let mut rows = vec![overlays.drain(..=columns).collect::<Vec<_>>()];
        while !overlays.is_empty() {
            let row = std::iter::once(nothing()).chain(overlays.drain(..columns.min(overlays.len())));
            rows.push(row.collect());
        }
        rows
    }

    /// Maps beside each other where there are several rows: those of one class, if they fit.
    fn columns(&self) -> usize {
        let first = &self.maps[0].0.score;
        let of_class = self.maps.iter().filter(|(map, _)| map.score == *first).count();
        if of_class < COLUMNS { of_class.max(2) } else { COLUMNS - 1 }
    }

    /// What tells each map from the others: class, method, layer, concept, as far as they differ.
    fn titles(&self) -> Vec<String> {
        let details: [&dyn Fn(&Heatmap) -> String; 4] = [
            &|map| self.explained(map),
            &|map| map.method.card().title.to_owned(),
            &|map| {
                self.plan.layer(map).filter(|_| self.plan.explainer.layers().len() > 1).unwrap_or_default().to_owned()
            },
            &|map| map.part.map_or_else(String::new, |part| format!("concept {part}, {:.2}", map.value)),
        ];
        let differs = |detail: &&dyn Fn(&Heatmap) -> String| {
            self.maps.iter().any(|(map, _)| detail(map) != detail(self.maps[0].0))
        };
        let shown: Vec<_> = details.into_iter().filter(differs).collect();
        let title = |(map, _): &(&Heatmap, Map)| {
            let words: Vec<String> = shown.iter().map(|detail| detail(map)).filter(|words| !words.is_empty()).collect();
            words.join(" · ")
        };
        self.maps.iter().map(title).collect()
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

    fn colour_bars(&self) -> Vec<DrawStyle> {
        let mut bars: Vec<DrawStyle> = Vec::new();
        for style in self.maps.iter().map(|(map, _)| self.plan.style_of(map)) {
            if !bars.contains(&style) {
                bars.push(style);
            }
        }
        bars
    }

    fn caption(&self) -> Caption {
        let Sheet { plan, answer, .. } = self;
        let mut explained: Vec<String> = self.maps.iter().map(|(map, _)| plan.explained(map)).collect();
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
        if self.maps.iter().any(|(map, _)| map.is_of_pixels(size)) {
            notes.push(
                "Maps of pixels are drawn blurred by a hundredth of the side, full colour from the 99th percentile \
                 on; saved maps are not."
                    .into(),
            );
        }
        notes
    }

    /// The layers looked at; pixels of the image where there is none.
    fn layers(&self) -> String {
        let layers = self.plan.explainer.layers();
        let names = || layers.iter().map(|layer| layer.name.as_str()).collect::<Vec<_>>().join(", ");
        let looked = |(map, _): &(&Heatmap, Map)| map.method.needs(Need::Activations);
        if self.maps.iter().any(looked) || self.maps.is_empty() { names() } else { "pixels of the image".to_owned() }
    }
}

/// Tiles in rows of one length, a little wider than high.
fn grid(tiles: Vec<Tile>) -> Vec<Vec<Tile>> {
    let columns = (1.4 * tiles.len() as f64).sqrt().round() as usize;
    tiles.chunks(columns.max(1)).map(<[Tile]>::to_vec).collect()
}

/// A place that stays free.
fn nothing() -> Tile {
    Tile { title: String::new(), picture: Picture { width: 0, height: 0, rgb: Vec::new() } }
}

/// The photograph that maps are drawn on.
struct Board<'a> {
    photograph: &'a Photograph,
    to_tile: Affine,
    plan: &'a Plan,
}

impl Board<'_> {
    fn warped(&self, map: &Map) -> heatlens_imaging::WarpedMap {
        warp(&map.values, [map.height, map.width], &self.to_tile, self.photograph.size())
    }

    /// The photograph with the part marked that the network saw.
    fn original(&self, map: &Map) -> Picture {
        draw_seen(self.photograph, &self.warped(map))
    }

    /// Heatmap and overlay.
    fn pictures(&self, map: &Heatmap, drawn: &Map) -> [Picture; 2] {
        let (warped, style) = (self.warped(drawn), self.plan.style_of(map));
        [draw_heatmap(&warped, &style), draw_overlay(self.photograph, &warped, &style)]
    }
}
