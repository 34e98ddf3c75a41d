//! Whether maps depend on what a network has learnt ([`heatlens::sanity`]), asked of photographs: its words, tables and
//! picture.

use std::path::Path;

use heatlens::sanity::{self, MethodReport, SanityOptions, SanityReport, Step, Verdict};
use heatlens_imaging::{Chart, DecodeLimits, Figure, Line, Lines, encode_png};
use heatlens_record::{Durability, RunDirectory, count, text_cell};
use serde_json::{Value, json};

use crate::inputs::{Source, sample};
use crate::tables::csv;
use crate::{Depths, Error, Listener, Memory, Need, Subject, patch_embedding, prepare};

/// What the user asks.
#[derive(Clone, Debug)]
pub struct Options {
    /// Methods, layer, seed, and whether each module is randomised by itself too.
    pub sanity: SanityOptions,
    /// Images to use at most, drawn with the seed, as many of each folder as of any other.
    pub sample: usize,
    /// Bytes of memory to use; three quarters of what there is where `None`.
    pub memory: Option<u64>,
}

/// What came of it.
pub struct Judged {
    /// Method by method.
    pub report: SanityReport,
    /// Images that could not be read.
    pub failed: usize,
}

/// Randomises the network and compares its maps with those of the trained one; `remarks` are what was noticed while
/// listing the images. What is found is written to `out`, where there is such a folder, which nobody else works in
/// meanwhile.
///
/// # Errors
/// If the images or the model cannot be used, or the folder cannot be written; [`heatlens::Error::Stopped`].
pub fn judge(
    subject: Subject,
    (mut sources, remarks): (Vec<Source>, Option<String>),
    options: &Options,
    out: Option<&Path>,
    listener: &mut dyn Listener,
) -> Result<Judged, Error> {
    let subject = subject.for_images(&sources, remarks, listener)?;
    doubt(&subject, options.sanity.layer.as_deref(), &options.sanity.methods)
        .into_iter()
        .for_each(|w| listener.warn(w));
    sample(&mut sources, options.sample, options.sanity.seed).into_iter().for_each(|note| listener.note(note));
    let model = &subject.model;
    // The trained network beside one that is randomised and has weights of its own.
    let memory = Memory::new(options.memory).beside(model, 2)?;
    let check = sanity::Check::new(model, sources.len(), &options.sanity)?;
    let need = Need { images: 1, worker: check.worker_bytes(), pixel: Need::PIXEL };
    let limits = memory.divided(1, need)?.limits;
    let images = tensors(&sources, &subject, &limits, listener)?;
    let failed = sources.len() - images.len();
    let images: Vec<&[f32]> = images.iter().map(Vec::as_slice).collect();
    let alone = out.map(|out| RunDirectory::at(out).alone()).transpose()?;
    let report = check.run(&images, |_, total| listener.done(1, total))?;
    let judged = Judged { report, failed };
    if let Some(directory) = alone {
        let files = [
            ("sanity.json", (format!("{:#}", judged.json()) + "\n").into_bytes()),
            ("sanity.csv", judged.csv()),
            ("sanity.png", encode_png(&judged.figure().draw())?),
        ];
        for (name, bytes) in files {
            directory.write_as(name, &bytes, Durability::Renamed)?;
        }
    }
    Ok(judged)
}

/// What makes maps of these methods at this layer doubtful. A layer that there is not is refused by
/// whoever makes the maps.
pub(crate) fn doubt(subject: &Subject, layer: Option<&str>, methods: &[heatlens::Method]) -> Option<String> {
    let model = &subject.model;
    let layer = layer.map_or_else(|| model.default_layer(), |layer| model.layer(layer)).ok()?;
    patch_embedding(model, &[layer], methods)
}

/// The tensors of every image that can be read; the others are warned of.
fn tensors(
    sources: &[Source],
    subject: &Subject,
    limits: &DecodeLimits,
    listener: &mut dyn Listener,
) -> Result<Vec<Vec<f32>>, Error> {
    let (mut tensors, depths) = (Vec::with_capacity(sources.len()), Depths::default());
    for source in sources {
        match prepare(source, &subject.preprocess, subject.model.input().size(), limits) {
            Ok(ready) => {
                depths.see(ready.bits, &source.shown);
                tensors.push(ready.tensor);
            }
            Err(error) => listener.warn(format!("`{}` is left out: {error}", source.shown)),
        }
    }
    if tensors.is_empty() {
        return Err(Error::Request(format!("no image can be read: {} failed", count(sources.len(), "image"))));
    }
    depths.words().into_iter().for_each(|words| listener.warn(words));
    Ok(tensors)
}

impl Judged {
    /// A verdict a method, line by line.
    pub fn words(&self) -> String {
        let lines = self.report.methods.iter().flat_map(|method| {
            let mark = if method.passes() { "pass" } else { "FAIL" };
            let verdict = format!("{mark}  {} {}", method.method.card().title, method.words());
            let figures = method.survival().map(|survival| {
                let chance = method.chance;
                format!(
                    "      survives on average: SSIM {:.2} (chance {:.2}), rank correlation {:.2} (chance {:.2}); {}",
                    survival.ssim,
                    chance.ssim,
                    survival.rank,
                    chance.rank,
                    count(method.images, "image")
                )
            });
            [Some(verdict), figures].into_iter().flatten()
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Every figure.
    pub fn json(&self) -> Value {
        let likeness = |l: &sanity::Likeness| json!({ "ssim": l.ssim, "rank_correlation": l.rank });
        let step = |step: &Step| {
            let likeness = likeness(&step.likeness);
            json!({ "modules": step.modules, "likeness": likeness, "vanished": step.vanished })
        };
        let method = |method: &MethodReport| {
            json!({
                "method": method.method.card().name,
                "passes": method.passes(),
                "verdict": method.words(),
                "images": method.images,
                "survival": method.survival().as_ref().map(likeness),
                "chance": likeness(&method.chance),
                "cascade": method.cascade.iter().map(step).collect::<Vec<_>>(),
                "independent": method.independent.iter().map(step).collect::<Vec<_>>(),
                "other_class": method.other_class.as_ref().map(likeness),
            })
        };
        let SanityReport { methods, images, seed } = &self.report;
        json!({ "seed": seed, "images": images, "methods": methods.iter().map(method).collect::<Vec<_>>() })
    }

    /// A row a method and randomised module.
    fn csv(&self) -> Vec<u8> {
        let mut rows = vec![
            [
                "method",
                "randomised",
                "modules",
                "ssim",
                "rank_correlation",
                "chance_ssim",
                "chance_rank_correlation",
                "vanished",
            ]
            .map(str::to_owned),
        ];
        for method in &self.report.methods {
            for (kind, steps) in [("cascade", &method.cascade), ("independent", &method.independent)] {
                rows.extend(steps.iter().map(|Step { modules, likeness, vanished }| {
                    let numbers = [likeness.ssim, likeness.rank, method.chance.ssim, method.chance.rank];
                    let [ssim, rank, chance_ssim, chance_rank] = numbers.map(|value| value.to_string());
                    let [name, kind] = [method.method.card().name, kind].map(str::to_owned);
                    [
                        name,
                        kind,
                        text_cell(modules).into_owned(),
                        ssim,
                        rank,
                        chance_ssim,
                        chance_rank,
                        vanished.to_string(),
                    ]
                }));
            }
        }
        csv(rows)
    }

    /// A chart a method: likeness to the map of the trained network against what is randomised.
    pub fn figure(&self) -> Figure {
        let chart = |method: &MethodReport| {
            let line = |label: &str, of: fn(&sanity::Likeness) -> f64| {
                let values =
                    std::iter::once(1.0).chain(method.cascade.iter().map(|step| of(&step.likeness) as f32)).collect();
                Line { label: label.into(), values, level: Some(of(&method.chance) as f32) }
            };
            Chart::Lines(Lines {
                title: method.method.card().title.into(),
                subtitle: match method.model {
                    Verdict::Depends => "depends on the model",
                    Verdict::Partly => "depends on the model only in part",
                    Verdict::DoesNotDepend => "does not depend on the model",
                    Verdict::Undecided => "cannot be judged",
                }
                .into(),
                names: std::iter::once("trained".into())
                    .chain(method.cascade.iter().map(|step| step.modules.clone()))
                    .collect(),
                range: [-0.5, 1.0],
                parts: 6,
                lines: vec![line("SSIM", |l| l.ssim), line("rank correlation", |l| l.rank)],
            })
        };
        Figure {
            title: "Do the maps survive the randomisation of the network?".into(),
            notes: vec![
                format!(
                    "Likeness to the maps of the trained network, mean of {}, randomised from the logits (left) \
                     down to the image.",
                    self.report.images
                ),
                "Dashed: chance, the likeness of each map to itself moved elsewhere. A line that stays above it draws \
                 something that was never learnt."
                    .into(),
            ],
            charts: self.report.methods.iter().map(chart).collect(),
            columns: 3,
        }
    }
}
