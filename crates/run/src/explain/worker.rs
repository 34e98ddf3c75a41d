//! What one thread does with its images.

use std::io::ErrorKind;

use heatlens::{Explanation, Heatmap, Map};
use heatlens_imaging::{encode_jpeg, encode_png, heatmap_rows, overlay_rows, warp, write_npy, write_png};
use heatlens_record::RunError;

use super::panel::{Peaks, Scene, full_colours};
use super::row::{Answer, Row};
use super::{Folder, Plan, Save};
use crate::drawing::Outline;
use crate::gallery::thumbnail_name;
use crate::guard::guarded;
use crate::inputs::Source;
use crate::{Error, Ready, Truth, prepare};

/// One thread's share of a run.
pub struct Worker<'p> {
    plan: &'p Plan,
    folder: &'p Folder,
    engine: heatlens::Worker<'p>,
    /// The largest values of the run, where its maps share a scale.
    peaks: &'p Peaks,
}

/// Of a thumbnail, as JPEG.
const QUALITY: u8 = 86;

impl<'p> Worker<'p> {
    pub fn new(plan: &'p Plan, folder: &'p Folder, peaks: &'p Peaks) -> Self {
        Worker { plan, folder, engine: plan.explainer.worker(), peaks }
    }

    /// Explains the sources at these positions, at most a batch, and writes their files; `keep` takes what is wanted of
    /// an image beside its row.
    ///
    /// # Errors
    /// If nothing can be written any more; an image that cannot be explained, or whose files cannot
    /// be written, is a row that says so.
    pub fn explain<K>(
        &mut self,
        positions: &[usize],
        keep: &impl Fn(usize, Ready, Explanation) -> K,
    ) -> Result<Vec<(Row, Option<K>)>, Error> {
        let Plan { sources, preprocess, limits, .. } = self.plan;
        let input = self.plan.model.input().size();
        let ready: Vec<Result<Ready, String>> = positions
            .iter()
            .map(|&position| guarded(|| prepare(&sources[position], preprocess, input, limits)).flatten())
            .collect();
        let tensors: Vec<&[f32]> = ready.iter().flatten().map(|r| r.tensor.as_slice()).collect();
        let mut explanations =
            if tensors.is_empty() { Vec::new() } else { self.engine.explain_batch(&tensors, &self.plan.targets) }
                .into_iter();
        let mut rows = Vec::with_capacity(positions.len());
        for (&position, ready) in positions.iter().zip(ready) {
            let source = &sources[position];
            let truth = self.plan.truths[position].as_ref();
            let explained = ready.and_then(|ready| match explanations.next().expect("an answer for each tensor") {
                Ok(explanation) => Ok((ready, explanation)),
                Err(error) => Err(error.to_string()),
            });
            let saved = match explained {
                Ok((ready, explanation)) => match guarded(|| self.save(source, truth, &ready, &explanation)) {
                    Ok(Err(error)) if is_of_folder(&error) => return Err(error),
                    Ok(saved) => {
                        saved.map(|answer| (answer, keep(position, ready, explanation))).map_err(|e| e.to_string())
                    }
                    Err(defect) => Err(defect),
                },
                Err(error) => Err(error),
            };
            let (answer, kept) = match saved {
                Ok((answer, kept)) => (Ok(answer), Some(kept)),
                Err(error) => (Err(error), None),
            };
            let label = truth.and_then(|truth| self.plan.reading.written(truth));
            rows.push((Row { image: source.shown.clone(), label, answer }, kept));
        }
        Ok(rows)
    }

    /// The largest values of the maps of the sources at these positions; nothing is written.
    pub fn peaks(&mut self, positions: &[usize]) -> Peaks {
        let Plan { sources, preprocess, limits, .. } = self.plan;
        let input = self.plan.model.input().size();
        let ready = |&position: &usize| guarded(|| prepare(&sources[position], preprocess, input, limits)).flatten();
        let ready: Vec<Ready> = positions.iter().filter_map(|position| ready(position).ok()).collect();
        let tensors: Vec<&[f32]> = ready.iter().map(|ready| ready.tensor.as_slice()).collect();
        let mut peaks = Peaks::default();
        if !tensors.is_empty() {
            let explained = self.engine.explain_batch(&tensors, &self.plan.targets);
            explained.iter().flatten().for_each(|one| peaks.join(Peaks::of(self.plan, &one.maps)));
        }
        peaks
    }

    fn save(
        &self,
        source: &Source,
        truth: Option<&Truth>,
        ready: &Ready,
        explanation: &Explanation,
    ) -> Result<Answer, Error> {
        let prediction = &explanation.prediction;
        let mut answer = Answer {
            prediction: prediction.clone(),
            finding: self.plan.reading.of(truth, prediction),
            sha256: ready.sha256,
            bits: ready.bits,
            warnings: explanation.maps.iter().filter_map(|map| self.doubt(map)).collect(),
            files: Vec::new(),
        };
        if self.plan.save.iter().all(|save| *save == Save::None) {
            return Ok(answer);
        }
        let (size, maps) = (self.plan.model.input().size(), &explanation.maps);
        let full = full_colours(self.plan, maps, self.peaks);
        let wants = |save| self.plan.save.contains(&save);
        if wants(Save::Map) {
            for map in maps {
                let finished = map.finish(size);
                let name = format!("maps/{}", self.plan.naming.of_map(source, map, &self.plan.explainer));
                self.write(
                    &mut answer,
                    format!("{name}.npy"),
                    write_npy(&[finished.height, finished.width], &finished.values),
                )?;
                self.write(
                    &mut answer,
                    format!("{name}.raw.npy"),
                    write_npy(&[map.raw.height, map.raw.width], &map.raw.values),
                )?;
            }
        }
        if ![Save::Overlay, Save::Heatmap, Save::Panel, Save::Gallery].into_iter().any(wants) {
            return Ok(answer);
        }
        let outline = || Outline::find(&ready.photograph, &self.plan.outline);
        let outline = (!self.plan.outline.is_empty() && (wants(Save::Panel) || wants(Save::Gallery))).then(outline);
        let of = &answer;
        let scene = Scene { plan: self.plan, source, ready, maps, full: &full, answer: of, outline: outline.as_ref() };
        let depiction = scene.depiction();
        let panel = wants(Save::Panel).then(|| depiction.panel(scene.caption()).draw());
        let thumbnail = wants(Save::Gallery).then(|| depiction.thumbnail());
        let drawn: Vec<Map> = depiction.maps.into_iter().map(|drawn| drawn.map).collect();
        if wants(Save::Overlay) || wants(Save::Heatmap) {
            self.save_pictures(source, ready, maps.iter().zip(&drawn), &mut answer)?;
        }
        if let Some(picture) = panel {
            let name = self.plan.naming.of_panel(source, prediction, &answer.finding.outcome);
            self.write(&mut answer, name, encode_png(&picture)?)?;
        }
        if let Some(picture) = thumbnail {
            self.write(&mut answer, thumbnail_name(&source.name), encode_jpeg(&picture, QUALITY)?)?;
        }
        Ok(answer)
    }

    /// Overlays and heatmaps in the photograph's own pixels.
    fn save_pictures<'m>(
        &self,
        source: &Source,
        ready: &Ready,
        maps: impl Iterator<Item = (&'m Heatmap, &'m Map)>,
        answer: &mut Answer,
    ) -> Result<(), Error> {
        let photograph = &ready.photograph;
        for (map, drawn) in maps {
            let style = &self.plan.style_of(map);
            let name = self.plan.naming.of_map(source, map, &self.plan.explainer);
            let warped = warp(&drawn.values, [drawn.height, drawn.width], &ready.to_photograph, photograph.size());
            if self.plan.save.contains(&Save::Overlay) {
                let mut rows = overlay_rows(photograph, &warped, style);
                self.write_picture(answer, format!("overlays/{name}.png"), photograph.size(), &mut rows)?;
            }
            if self.plan.save.contains(&Save::Heatmap) {
                let mut rows = heatmap_rows(&warped, style);
                self.write_picture(answer, format!("heatmaps/{name}.png"), photograph.size(), &mut rows)?;
            }
        }
        Ok(())
    }

    /// A picture may be as large as its photograph: it is drawn and written a row at a time.
    fn write_picture(
        &self,
        answer: &mut Answer,
        name: String,
        size: [usize; 2],
        rows: &mut dyn FnMut(usize, &mut [u8]),
    ) -> Result<(), Error> {
        let crc = self.folder.write_with(&name, &mut |file| write_png(file, size, rows))?;
        answer.files.push((name, crc));
        Ok(())
    }

    fn write(&self, answer: &mut Answer, name: String, bytes: Vec<u8>) -> Result<(), Error> {
        let crc = self.folder.write(&name, &bytes)?;
        answer.files.push((name, crc));
        Ok(())
    }

    /// Why a map cannot be trusted, if so.
    fn doubt(&self, map: &Heatmap) -> Option<String> {
        let place =
            self.plan.layer(map).map_or_else(|| map.method.card().title.to_owned(), |layer| format!("`{layer}`"));
        let class = self.plan.explained(map);
        if !map.raw.is_finite() {
            Some(format!("map of {class} at {place} holds NaN or infinite values and means nothing"))
        } else if map.is_empty() {
            Some(format!("empty map: at {place} nothing speaks for {class}"))
        } else {
            None
        }
    }
}

/// Whether an error of writing meets every image, and not one by its name.
fn is_of_folder(error: &Error) -> bool {
    let Error::Run(RunError::Disk { source, .. }) = error else { return false };
    matches!(
        source.kind(),
        ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::FileTooLarge
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::StaleNetworkFileHandle
    )
}
