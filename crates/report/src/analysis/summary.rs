//! Everything put together.

use std::collections::{BTreeMap, BTreeSet};

use super::agreement::agree;
use super::draft::concluded;
use super::evidence::{Evidence, SAMPLE};
use super::examples::examples;
use super::fixed::{CAVEATS, REFERENCES};
use super::galleries::Cards;
use super::words::{are, count};
use super::{copies::copies, performance::performance, questions, subgroups::subgroups, trust::trust};
use crate::schema::{Excluded, FigureData, Provenance, REPORT_SCHEMA, Report, Sample};
use heatlens_anatomy::MASK_LEFT_ASIDE;

/// Names of images that stand for a reason.
const EXAMPLES: usize = 5;

/// The report of a run.
pub fn report(evidence: &Evidence) -> Report {
    let (copies, copied) = copies(evidence);
    let (drafts, suspects) = questions::drafts(evidence, &copied);
    let (mut answers, mut figures, galleries) = concluded(drafts);
    agree(&mut answers, &suspects);
    for answer in &mut answers {
        answer.examples = examples(evidence, answer, &suspects);
    }
    let (performance, drawn) = performance(evidence).unzip();
    figures.extend(drawn.into_iter().flatten());
    let (subgroups, drawn) = subgroups(evidence);
    figures.extend(drawn);
    let mut named: BTreeSet<usize> = galleries.iter().flat_map(|gallery| gallery.cases.iter().copied()).collect();
    named.extend(answers.iter().flat_map(|answer| &answer.examples).map(|example| example.case));
    for figure in &figures {
        if let FigureData::ClusterMap { clusters, .. } = &figure.data {
            named.extend(clusters.iter().flat_map(|cluster| cluster.exemplars.iter().copied()));
        }
    }
    Report {
        schema: REPORT_SCHEMA.into(),
        provenance: provenance(evidence),
        trust: trust(evidence, performance.as_ref(), &copies),
        sample: sample(evidence),
        views: evidence.views.clone(),
        answers,
        suspects,
        performance,
        subgroups,
        figures,
        galleries,
        cases: Cards::new(evidence, &copied).of(&named),
        copies,
        excluded: excluded(evidence),
        caveats: CAVEATS.iter().map(|&caveat| caveat.into()).collect(),
        notes: notes(evidence),
        references: REFERENCES.to_vec(),
        settings: evidence.settings,
    }
}

fn provenance(evidence: &Evidence) -> Provenance {
    let facts = &evidence.facts;
    Provenance {
        run: facts.run.clone(),
        heatlens: env!("CARGO_PKG_VERSION").into(),
        classes: facts.classes.clone(),
        positive: facts.positive.map(|class| facts.class(class).to_owned()),
        layers: facts.run.layers.clone(),
        zones: facts.zones.clone(),
    }
}

fn sample(evidence: &Evidence) -> Sample {
    let images = &evidence.images;
    let count = |of: &dyn Fn(&super::evidence::Image) -> bool| images.iter().filter(|image| of(image)).count();
    let tally = |key: &dyn Fn(&super::evidence::Image) -> Option<String>| {
        let mut counts = BTreeMap::<String, usize>::new();
        images.iter().filter_map(key).for_each(|key| *counts.entry(key).or_default() += 1);
        counts.into_iter().collect::<Vec<_>>()
    };
    let class = |class: usize| evidence.facts.class(class).to_owned();
    Sample {
        images: images.len() + evidence.failed.len(),
        explained: images.len(),
        failed: evidence.failed.len(),
        labelled: count(&|image| image.label.is_some()),
        labels: tally(&|image| image.label.map(class)),
        predictions: tally(&|image| Some(class(image.predicted))),
        outcomes: tally(&|image| Some(image.outcome.clone())),
        patients: images.iter().any(|image| image.patient.is_some()).then(|| evidence.units.count()),
        with_target: count(&|image| image.target.is_some()),
        mask_sources: tally(&|image| image.target.and(image.mask_source.clone())),
        with_side: count(&|image| image.right.is_some()),
        experimented: evidence.causes.iter().map(|cause| cause.image).collect::<BTreeSet<_>>().len(),
        remainders: evidence.remainders.len(),
        cells_per_target: evidence.cells_per_target(),
    }
}

fn excluded(evidence: &Evidence) -> Vec<Excluded> {
    let mut reasons = BTreeMap::<&str, Vec<&str>>::new();
    let failed = evidence.failed.iter().map(|failed| (failed.reason.as_str(), failed.name.as_str()));
    let before =
        evidence.facts.run.data.excluded.iter().map(|excluded| (excluded.reason.as_str(), excluded.image.as_str()));
    failed.chain(before).for_each(|(reason, name)| reasons.entry(reason).or_default().push(name));
    let unmasked: Vec<&str> =
        evidence.images.iter().filter(|image| image.target.is_none()).map(|image| image.name.as_str()).collect();
    if evidence.has_targets() && !unmasked.is_empty() {
        reasons.insert("no disc that can be trusted; left out of the figures about zones", unmasked);
    }
    let mut excluded: Vec<Excluded> = reasons
        .into_iter()
        .map(|(reason, names)| Excluded {
            reason: reason.to_owned(),
            images: names.len(),
            examples: names.iter().take(EXAMPLES).map(|&name| name.to_owned()).collect(),
        })
        .collect();
    excluded.sort_by(|a, b| b.images.cmp(&a.images).then(a.reason.cmp(&b.reason)));
    excluded
}

fn notes(evidence: &Evidence) -> Vec<String> {
    let mut notes = evidence.facts.notes();
    let rows = evidence.images.len() + evidence.failed.len();
    if rows < evidence.facts.run.data.cases {
        notes.push(format!(
            "The run is not complete: {rows} of {} {} done.",
            count(evidence.facts.run.data.cases, "image"),
            are(rows)
        ));
    }
    for (label, images) in &evidence.unknown_labels {
        notes.push(format!(
            "{} {} labelled `{label}`, which is no class of the network, and counted as unlabelled.",
            count(*images, "image"),
            are(*images)
        ));
    }
    let unused: Vec<_> = evidence.images.iter().filter(|image| image.doubts.starts_with(MASK_LEFT_ASIDE)).collect();
    if let Some(first) = unused.first() {
        let reason = first.doubts.split("; ").next().unwrap_or(MASK_LEFT_ASIDE);
        notes.push(format!(
            "{} of the data set's own masks cannot be used, and others are made in their place; of `{}` {reason}.",
            unused.len(),
            first.name
        ));
    }
    if let Some(view) = evidence.views.iter().find(|view| view.primary) {
        if view.empty > 0 {
            notes.push(format!(
                "In {} of {} maps of the predicted class nothing speaks for it; they are left out.",
                view.empty, view.maps
            ));
        }
        if view.broken > 0 {
            notes.push(format!(
                "{} of {} maps hold values that are no numbers; they are left out.",
                view.broken, view.maps
            ));
        }
    }
    if evidence.images.len() > SAMPLE {
        notes.push(format!(
            "Groups of maps and comparisons cell by cell are made on a sample of {SAMPLE} images, drawn with the seed."
        ));
    }
    notes
}
