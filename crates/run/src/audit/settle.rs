//! What the user asks of an audit, with every default made explicit.

use std::cmp::Ordering;
use std::path::PathBuf;

use heatlens::{Explainer, ExplainerOptions, Method, Model, Outcomes, Target};
use heatlens_anatomy::Anatomist;
use heatlens_record::PART;

use super::question::one_question;
use super::{Experiments, Plan};
use crate::check::glance;
use crate::classes::{in_usual_order, positive};
use crate::data::{self, DataOptions, Dataset, LabelMap, Layout, Question};
use crate::inputs::Source;
use crate::layers::before_pooling;
use crate::spread::{keep, spread};
use crate::{Budget, Depths, Error, Memory, Need, Stop, Subject, Twins, patch_embedding};

/// Cases seen with the target alone and without it, at most.
const MOST_REMAINDERS: usize = 1_000;

/// What the user asks of an audit.
#[derive(Clone, Debug)]
pub struct AuditOptions {
    /// A manifest, a folder of class folders, or a data set as published.
    pub data: PathBuf,
    /// How the data lie on disk; by what is there where `None`.
    pub layout: Option<&'static Layout>,
    /// What labels mean.
    pub labels: LabelMap,
    /// Only this part of the data.
    pub split: Option<String>,
    /// The positive one of two classes, by their names where `None`; of several labels the one that is
    /// audited; of values `>=T`, or `NAME>=T` where there are several.
    pub positive: Option<String>,
    /// Methods; the first is the one that answers rest on.
    pub methods: Vec<Method>,
    /// Target layers; the default layer if empty.
    pub layers: Vec<String>,
    /// Cases on which regions are taken out.
    pub experiments: usize,
    /// At most so many cases, spread evenly over the labels.
    pub limit: Option<usize>,
    /// Do only every n-th part, from the i-th on: `(i, n)`, counted from 0.
    pub shard: Option<(usize, usize)>,
    /// Threads.
    pub threads: usize,
    /// Bytes of memory to use; three quarters of what there is where `None`.
    pub memory: Option<u64>,
    /// Seed of what is drawn at random.
    pub seed: u64,
}

impl Plan {
    /// Settles an audit. `segmenter` says in words who outlines the target structure where the data
    /// do not; it is part of what results depend on.
    ///
    /// # Errors
    /// If the data, the classes, the methods or the layers cannot be used.
    pub fn settle(
        subject: Subject,
        anatomist: Box<dyn Anatomist>,
        segmenter: String,
        options: &AuditOptions,
    ) -> Result<Plan, Error> {
        let subject = subject.fitted(&[])?;
        let head = subject.model.head();
        // Networks that the file may hold are compared in all their outputs.
        let whole = (!head.is_of_one_class()).then(|| subject.clone());
        let (subject, question) = one_question(subject, options)?;
        let mut notes: Vec<String> = subject.notes.iter().chain(&subject.assumed_preprocess).cloned().collect();
        notes.extend(question.as_ref().map(Question::note));
        let (model, dataset) = read(&subject, options, question.as_ref(), &mut notes)?;
        let photographs = dataset.cases.iter().map(|case| Source::photograph(&case.image, &case.name));
        let photographs: Vec<Source> = photographs.collect();
        let of = ExplainerOptions {
            layers: options.layers.clone(),
            methods: options.methods.clone(),
            ..ExplainerOptions::default()
        };
        // What explains, what is asked about changed images, and the network with all its outputs.
        let memory = Memory::new(options.memory).beside(&model, 2 + usize::from(whole.is_some()))?;
        let explainer = Explainer::new(&model, &of)?;
        let network = silent(&model)?;
        let worker = explainer.worker_bytes() + network.worker_bytes();
        // Experiments have a photograph that is changed, or another, beside the image's own.
        let photographs_at_once = if options.experiments == 0 { 1 } else { 2 };
        let need = Need { images: photographs.len().div_ceil(PART), worker, pixel: photographs_at_once * Need::PIXEL };
        let budget = memory.divided(options.threads, need)?;
        notes.extend(budget.note.clone());
        let of = (memory, &budget);
        let twins = match &whole {
            None => Twins::compare(&subject, &network, &photographs, of, &mut notes)?,
            Some(whole) => Twins::compare(whole, &silent(&whole.model)?, &photographs, of, &mut notes)?,
        };
        let Budget { threads, limits, .. } = budget;
        let Subject { preprocess, options: read_as, .. } = subject;
        let asked = question.as_ref().map(Question::positive).or(options.positive.as_deref());
        let (positive, words) = positive(&model, asked)?;
        notes.extend(words);
        let check = glance(&model, &preprocess, &photographs, (memory, threads))?;
        notes.extend(before_pooling(&model, &options.layers, explainer.methods()));
        Ok(Plan {
            warnings: patch_embedding(&model, explainer.layers(), explainer.methods()).into_iter().collect(),
            explainer,
            network,
            targets: (0..model.classes().len()).map(Target::Class).collect(),
            outcomes: Outcomes::new(model.classes(), positive),
            experiments: Experiments {
                regions: options.experiments,
                remainders: if options.experiments == 0 { 0 } else { dataset.cases.len().min(MOST_REMAINDERS) },
            },
            check,
            twins,
            model,
            read_as,
            preprocess,
            dataset,
            positive,
            anatomist,
            segmenter,
            shard: options.shard,
            threads,
            limits,
            stop: Stop::default(),
            seed: options.seed,
            depths: Depths::default(),
            head,
            notes,
        })
    }
}

/// The data, and the model with its classes named: by the user, or as the labels are where they are
/// as many.
fn read(
    subject: &Subject,
    options: &AuditOptions,
    question: Option<&Question>,
    notes: &mut Vec<String>,
) -> Result<(Model, Dataset), Error> {
    let model = &subject.model;
    let of = DataOptions {
        layout: options.layout,
        labels: options.labels.clone(),
        classes: if subject.names_classes { model.classes().to_vec() } else { Vec::new() },
        split: options.split.clone(),
        question: question.cloned(),
        ..DataOptions::default()
    };
    let mut dataset = data::load(&options.data, &of)?;
    // Of all cases, so that a limit changes nothing about them.
    let found: Vec<String> = dataset.classes().into_keys().collect();
    if let Some(limit) = options.limit {
        let labels: Vec<Option<String>> = dataset.cases.iter().map(|case| case.label.clone()).collect();
        notes.extend(keep(&mut dataset.cases, &spread(&labels, limit), "labels"));
    }
    if subject.names_classes || found.is_empty() {
        return Ok((model.clone(), dataset));
    }
    let Some(names) = in_usual_order(&found).filter(|names| names.len() == model.classes().len()) else {
        return Err(Error::Request(unsettled(&found, model.classes().len())));
    };
    let order = names.join(", ");
    notes.push(format!("the model's classes are taken to be {order} in this order (--classes changes it)"));
    Ok((model.with_classes(&names)?, dataset))
}

/// Why labels do not name the classes of a model that has no names for them, and what to say.
fn unsettled(labels: &[String], classes: usize) -> String {
    let (count, list) = (labels.len(), labels.join(", "));
    let plural = if count == 1 { "" } else { "s" };
    let counts = format!("the model has {classes} classes without names, the data {count} label{plural} ({list})");
    let numbers = labels.iter().all(|label| label.parse::<f64>().is_ok());
    match count.cmp(&classes) {
        Ordering::Greater => {
            let last = labels.last().map_or("", String::as_str);
            format!("{counts}: say what labels mean, as in `--labels {last}=exclude`, until there are {classes}")
        }
        Ordering::Equal if numbers && count == 2 => {
            format!("{counts}: say what they mean, as in `--labels {}=normal,{}=glaucoma`", labels[0], labels[1])
        }
        _ => format!(
            "{counts}, which do not settle their order: say --classes in the order of training, {classes} names \
             separated by commas"
        ),
    }
}

/// The network alone, to be asked again about changed images: four at once, or one where the file
/// was exported for one.
fn silent(model: &Model) -> Result<Explainer, Error> {
    let of_batch =
        |batch| Explainer::new(model, &ExplainerOptions { methods: Vec::new(), batch, ..ExplainerOptions::default() });
    Ok(of_batch(4).or_else(|_| of_batch(1))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_say_of_classes_follows_from_the_labels() {
        let said = |labels: &[&str], classes| {
            unsettled(&labels.iter().map(|&label| label.to_owned()).collect::<Vec<_>>(), classes)
        };
        assert!(said(&["0", "1"], 2).contains(
            "2 classes without names, the data 2 labels (0, 1): say what they mean, as in `--labels 0=normal,1="
        ));
        assert!(
            said(&["amd", "normal", "suspect"], 2)
                .contains("the data 3 labels (amd, normal, suspect): say what labels mean, as in `--labels suspect=")
        );
        assert!(said(&["amd", "normal"], 3).contains("say --classes in the order of training, 3 names"));
        assert!(said(&["glaucoma"], 2).contains("the data 1 label (glaucoma)"));
    }
}
