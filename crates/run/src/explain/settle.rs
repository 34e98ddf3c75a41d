//! What the user asks of an explanation, with every default made explicit.

use std::collections::BTreeSet;

use heatlens::{Explainer, ExplainerOptions, Model, Outcomes, Target, Targets};
use heatlens_imaging::DrawStyle;

use super::{Plan, Save};
use crate::check::glance;
use crate::classes::{in_usual_order, positive};
use crate::inputs::Source;
use crate::{Error, LabelOptions, Labels, Subject};

/// What the user asks of an explanation.
#[derive(Clone, Debug)]
pub struct ExplainOptions {
    /// What to explain: a class by name or index, `predicted`, `all`, or `A vs B`.
    pub targets: Vec<String>,
    /// Methods, layers and how maps are made; the batch is cut to the number of images.
    pub explainer: ExplainerOptions,
    /// True labels.
    pub labels: LabelOptions,
    /// The positive one of two classes; by their names where `None`.
    pub positive: Option<String>,
    /// What to write for each image.
    pub save: Vec<Save>,
    /// How pictures are drawn.
    pub style: DrawStyle,
    /// The longer side of a panel's pictures, in pixels.
    pub tile: Option<usize>,
    /// Threads.
    pub threads: usize,
}

impl Plan {
    /// Settles an explanation of some images; `remarks` are what was noticed while listing them.
    ///
    /// # Errors
    /// If the images, the labels, the classes, the methods or the layers cannot be used.
    pub fn settle(
        subject: Subject,
        sources: Vec<Source>,
        remarks: Option<String>,
        options: &ExplainOptions,
    ) -> Result<Plan, Error> {
        let Subject { path, model, preprocess, mut notes, assumed_preprocess, names_classes, .. } =
            subject.fitted(&sources)?;
        notes.extend(remarks);
        notes.extend(assumed_preprocess.filter(|_| sources.iter().any(|source| source.content.values().is_none())));
        let targets = targets(&options.targets, &model)?;
        let Labels { classes: labels, notes: of_labels } = options.labels.of(&sources, &model)?;
        notes.extend(of_labels);
        notes.extend(nameless_folders(&sources, &model, names_classes));
        let labelled = labels.iter().any(Option::is_some);
        let (positive, words) = match (&options.positive, labelled) {
            (None, false) => (None, None),
            (asked, _) => positive(&model, asked.as_deref())?,
        };
        notes.extend(words);
        let batch = options.explainer.batch.min(sources.len()).max(1);
        let explainer = Explainer::new(&model, &ExplainerOptions { batch, ..options.explainer.clone() })?;
        let check = glance(&model, &preprocess, &sources, options.threads)?;
        Ok(Plan {
            check,
            outcomes: Outcomes::new(model.classes(), positive),
            model,
            model_path: path,
            explainer,
            targets,
            preprocess,
            sources,
            labels,
            positive,
            save: options.save.clone(),
            style: options.style,
            tile: options.tile,
            batch,
            threads: options.threads,
            notes,
        })
    }
}

/// A hint where images lie in folders that may well be the classes, which have no names.
fn nameless_folders(sources: &[Source], model: &Model, names_classes: bool) -> Option<String> {
    let folder = |source: &Source| Some(source.path.parent()?.file_name()?.to_string_lossy().into_owned());
    let folders: BTreeSet<String> = sources.iter().filter_map(folder).collect();
    let folders: Vec<String> = folders.into_iter().collect();
    let classes = model.classes().len();
    let names = in_usual_order(&folders).filter(|names| !names_classes && names.len() == classes)?;
    Some(format!(
        "the classes have no names, and the images lie in folders {}: if they are the classes, say --classes {} (in \
         the order of training; PyTorch's ImageFolder takes the alphabetical one) and --labels folders",
        folders.join(", "),
        names.join(",")
    ))
}

fn targets(texts: &[String], model: &Model) -> Result<Vec<Target>, Error> {
    let mut targets = Vec::new();
    for text in texts {
        targets.extend(Targets::parse(text, model)?);
    }
    targets.dedup();
    Ok(targets)
}
