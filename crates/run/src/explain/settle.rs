//! What the user asks of an explanation, with every default made explicit.

use std::collections::BTreeSet;
use std::path::Path;

use heatlens::{Explainer, ExplainerOptions, Model, Target, Targets};
use heatlens_imaging::DrawStyle;

use super::{Naming, Plan, Reading, Save};
use crate::check::glance;
use crate::classes::{in_usual_order, positive};
use crate::drawing::{ColourScale, Part};
use crate::inputs::Source;
use crate::labels::folder;
use crate::layers::before_pooling;
use crate::spread::{keep, spread};
use crate::{Budget, Depths, Error, LabelOptions, Memory, Need, Stop, Subject, Truth, Truths, Twins, patch_embedding};

/// What the user asks of an explanation.
#[derive(Clone, Debug)]
pub struct ExplainOptions {
    /// What to explain: a class by name or index, `predicted`, `all`, or `A vs B`.
    pub targets: Vec<String>,
    /// Methods, layers and how maps are made; the batch is cut to the number of images.
    pub explainer: ExplainerOptions,
    /// At most so many images, spread evenly over the labels; over the folders where there are none.
    pub limit: Option<usize>,
    /// True labels.
    pub labels: LabelOptions,
    /// From which probability on labels are present, of which several may be: of one by its name, or
    /// of all.
    pub thresholds: Vec<(Option<String>, f32)>,
    /// The positive one of two classes; by their names where `None`.
    pub positive: Option<String>,
    /// What to write for each image.
    pub save: Vec<Save>,
    /// How pictures are drawn.
    pub style: DrawStyle,
    /// The longer side of a panel's pictures, in pixels.
    pub tile: Option<usize>,
    /// What full colour stands for.
    pub scale: ColourScale,
    /// What of the eye is outlined.
    pub outline: Vec<Part>,
    /// Whether contour lines of the maps are drawn.
    pub contours: bool,
    /// Threads.
    pub threads: usize,
    /// Bytes of memory to use; three quarters of what there is where `None`.
    pub memory: Option<u64>,
}

impl Plan {
    /// Settles an explanation of some images; `remarks` are what was noticed while listing them.
    ///
    /// # Errors
    /// If the images, the labels, the classes, the methods or the layers cannot be used.
    pub fn settle(
        subject: Subject,
        mut sources: Vec<Source>,
        remarks: Option<String>,
        options: &ExplainOptions,
    ) -> Result<Plan, Error> {
        let subject = subject.fitted(&sources)?;
        let Subject { options: read_as, mut model, preprocess, mut notes, assumed_preprocess, names_classes, .. } =
            subject.clone();
        notes.extend(remarks);
        let is_nameless = !names_classes && model.classes().len() == 2 && model.head().is_of_one_class();
        let names = if is_nameless { options.labels.two_names(&sources)? } else { None };
        if let Some(names) = &names {
            model = model.with_classes(names)?;
            let order = names.join(", ");
            notes.push(format!(
                "the model's classes have no names: they are taken to be {order} in this order (--classes changes it)"
            ));
        }
        notes.extend(assumed_preprocess.filter(|_| sources.iter().any(|source| source.content.values().is_none())));
        let (targets, only_first) = targets(&options.targets, &model)?;
        notes.extend(only_first);
        let told = options.labels.source.is_some();
        if let Some(limit) = options.limit.filter(|limit| *limit < sources.len()) {
            notes.extend(if told {
                let truths = options.labels.truths(&sources, &model)?.of;
                let labels: Vec<_> = truths.iter().map(group).collect();
                keep(&mut sources, &spread(&labels, limit), "labels")
            } else {
                let folders: Vec<_> = sources.iter().map(|source| source.path.parent().map(Path::to_owned)).collect();
                keep(&mut sources, &spread(&folders, limit), "folders")
            });
        }
        let Truths { of: truths, notes: of_labels } = options.labels.truths(&sources, &model)?;
        notes.extend(of_labels);
        notes.extend(likely_folders(&sources, &model, names_classes).filter(|_| !told));
        let labelled = truths.iter().any(Option::is_some);
        let (positive, words) = match (&options.positive, labelled) {
            (None, false) => (None, None),
            (asked, _) => positive(&model, asked.as_deref())?,
        };
        notes.extend(words);
        let batch = options.explainer.batch.min(sources.len()).max(1);
        let memory = Memory::new(options.memory).beside(&model, 1)?;
        let explainer = Explainer::new(&model, &ExplainerOptions { batch, ..options.explainer.clone() })?;
        let warnings = patch_embedding(&model, explainer.layers(), explainer.methods()).into_iter().collect();
        notes.extend(before_pooling(&model, &options.explainer.layers, explainer.methods()));
        let reading = Reading::new(model.head(), model.classes(), positive, &options.thresholds)?;
        notes.extend(reading.assumed(&options.thresholds));
        let need = Need { images: sources.len(), worker: explainer.worker_bytes(), pixel: Need::PIXEL };
        let budget = memory.divided(options.threads, need)?;
        notes.extend(budget.note.clone());
        let twins = Twins::compare(&subject, &explainer, &sources, (memory, &budget), &mut notes)?;
        let Budget { threads, limits, .. } = budget;
        let check = glance(&model, &preprocess, &sources, (memory, threads))?;
        Ok(Plan {
            check,
            twins,
            reading,
            naming: Naming::of(model.classes(), &targets, &explainer),
            model,
            read_as,
            explainer,
            targets,
            preprocess,
            sources,
            truths,
            positive,
            assumed_order: names.is_some(),
            save: options.save.clone(),
            style: options.style,
            tile: options.tile,
            scale: options.scale,
            outline: Part::ALL
                .into_iter()
                .map(|(part, ..)| part)
                .filter(|part| options.outline.contains(part))
                .collect(),
            contours: options.contours,
            batch,
            threads,
            limits,
            stop: Stop::default(),
            depths: Depths::default(),
            warnings,
            notes,
        })
    }
}

/// What a limit is spread over: the class, the labels that are present, or that a value is known.
fn group(truth: &Option<Truth>) -> Option<(usize, &[Option<bool>])> {
    truth.as_ref().map(|truth| match truth {
        Truth::Class(class) => (*class, &[][..]),
        Truth::Labels(labels) => (0, labels.as_slice()),
        Truth::Values(_) => (0, &[][..]),
    })
}

/// A hint where images lie in folders that may well be the classes.
fn likely_folders(sources: &[Source], model: &Model, names_classes: bool) -> Option<String> {
    let folders: BTreeSet<String> = sources.iter().filter_map(|source| folder(&source.path)).collect();
    let folders: Vec<String> = folders.into_iter().collect();
    let classes = model.classes();
    if names_classes {
        let is_class = |name: &String| classes.iter().any(|class| class.eq_ignore_ascii_case(name));
        let all = folders.len() > 1 && folders.iter().all(is_class);
        return all
            .then(|| "the images lie in folders named as the classes: --labels folders counts hits and errors".into());
    }
    let names = in_usual_order(&folders).filter(|names| names.len() == classes.len())?;
    Some(format!(
        "the classes have no names, and the images lie in folders {}: if they are the classes, say --labels folders, \
         which tells which order of the classes fits, or --classes {} (in the order of training; PyTorch's \
         ImageFolder takes the alphabetical one)",
        folders.join(", "),
        names.join(",")
    ))
}

/// Labels or values that get a map each where nobody says which.
const MOST_MAPS: usize = 20;

/// What to explain: as asked, else the predicted class, and of labels and values each; and what was
/// left out.
fn targets(texts: &[String], model: &Model) -> Result<(Vec<Target>, Option<String>), Error> {
    let mut targets = Vec::new();
    if texts.is_empty() {
        let (head, count) = (model.head(), model.classes().len());
        if head.is_of_one_class() {
            return Ok((vec![Target::Predicted], None));
        }
        let each = (0..count.min(MOST_MAPS)).map(Target::Class).collect();
        let left_out = (count > MOST_MAPS).then(|| {
            format!("the first {MOST_MAPS} of {count} outputs are explained (--class NAME, repeated, chooses others)")
        });
        return Ok((each, left_out));
    }
    for text in texts {
        targets.extend(Targets::parse(text, model)?);
    }
    targets.dedup();
    Ok((targets, None))
}
