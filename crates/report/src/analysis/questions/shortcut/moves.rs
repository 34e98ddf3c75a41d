//! Whether predictions turn when a property of the whole photograph becomes that of another class.

use std::collections::BTreeSet;

use heatlens_record::cues::CueKind;
use heatlens_statistics::{Correction, Finding, INTERVAL_BELOW, adjust};

use super::suspects::{LEAST_DEPENDENCE, LEAST_EXCESS, LEAST_FLIPS};
use crate::analysis::draft::{Handle, Measured, Sheet};
use crate::analysis::evidence::{Cause, Evidence};
use crate::analysis::removal::{control_share, drop, excess, flips, units};
use crate::analysis::words::capital;
use crate::schema::{Figure, FigureData, ForestRow, Measure, Measurement};

/// One kind of property, on the predictions of one class.
pub struct Move {
    /// The kind.
    pub kind: CueKind,
    class: usize,
    /// Patients it was tried on.
    patients: usize,
    flips: Handle,
    excess: Handle,
    /// The share of predictions that flip with properties of their own class.
    control: Option<f64>,
}

/// Measures every kind on the predictions of every class.
pub fn measure(evidence: &Evidence, sheet: &mut Sheet) -> Vec<Move> {
    let of = |class: usize, kind: CueKind| -> Vec<&Cause> {
        let own = |(of, cause): &&(CueKind, Cause)| *of == kind && evidence.images[cause.image].predicted == class;
        evidence.moves.iter().filter(own).map(|(_, cause)| cause).collect()
    };
    let mut tried: Vec<(usize, CueKind, Vec<&Cause>, Finding)> = Vec::new();
    for class in evidence.predicted_classes() {
        for kind in CueKind::ALL {
            let rows = of(class, kind);
            if !rows.is_empty() {
                let beyond = excess(evidence, &rows);
                tried.push((class, kind, rows, beyond));
            }
        }
    }
    let mut family: Vec<&mut Finding> = tried.iter_mut().map(|(.., beyond)| beyond).collect();
    adjust(&mut family, Correction::Holm);
    let each = tried.into_iter().map(|(class, kind, rows, beyond)| {
        let (of, title) = (evidence.facts.class(class), kind.title());
        let measure = |id: &str, what: &str, measure: Measure, finding: Finding| {
            let what = format!("{what}, {title} of a photograph of another class, predictions of {of}");
            Measurement::new(format!("moved_{id}/{of}/{}", kind.name()), what, measure, finding)
        };
        let beyond = measure("excess", "flip beyond those with that of their own class", Measure::Points, beyond);
        let fall = drop(evidence, &rows);
        let fall = measure("drop", "fall of the margin beyond that, in medians of the margin", Measure::Signed, fall);
        sheet.add(fall.against(0.0));
        Move {
            kind,
            class,
            patients: units(evidence, &rows).count(),
            flips: sheet.add(measure("flips", "flip", Measure::Share, flips(evidence, &rows))),
            excess: sheet.add(beyond.against(0.0).removal()),
            control: control_share(&rows),
        }
    });
    each.collect()
}

impl Move {
    /// Whether there were enough predictions to tell.
    pub fn is_tested(&self) -> bool {
        self.patients >= INTERVAL_BELOW
    }

    /// Whether predictions hang on it.
    pub fn is_used(&self, measured: &Measured<'_>) -> bool {
        let excess = &measured[self.excess];
        self.is_tested() && excess.is_above(LEAST_DEPENDENCE) && excess.is_significant()
    }

    /// Whether it decides much of a class.
    pub fn decides(&self, measured: &Measured<'_>) -> bool {
        let excess = measured[self.excess].is_above(LEAST_EXCESS);
        self.is_used(measured) && excess && measured[self.flips].is_above(LEAST_FLIPS)
    }

    /// Whether what few predictions there were speaks for it.
    pub fn is_hinted(&self, measured: &Measured<'_>) -> bool {
        !self.is_tested() && measured[self.excess].is_above(LEAST_DEPENDENCE)
    }

    /// That in plain words: ` Given the framing of a photograph of another class, 15 of 19 answers
    /// “normal” change (18 % with that of their own class): a suspect, tried on too few to be sure.`
    pub fn hint(&self, evidence: &Evidence, measured: &Measured<'_>) -> String {
        let flips = measured[self.flips].finding.estimate().unwrap_or(0.0) * self.patients as f64;
        let own = |share| format!(" ({} with that of their own class)", Measure::Share.write(share));
        format!(
            " Given the {} of a photograph of another class, {flips:.0} of {} answers “{}” change{}: a suspect, tried on \
             too few to be sure.",
            self.kind.title(),
            self.patients,
            evidence.facts.class(self.class),
            self.control.map_or_else(String::new, own)
        )
    }

    /// By how much more predictions turn than with properties of their own class.
    pub fn excess(&self, measured: &Measured<'_>) -> f64 {
        measured[self.excess].finding.estimate().unwrap_or(f64::NEG_INFINITY)
    }

    /// What happens, in a sentence.
    pub fn sentence(&self, evidence: &Evidence, measured: &Measured<'_>) -> String {
        let control = self.control.map_or_else(|| "not compared".to_owned(), |share| Measure::Share.write(share));
        format!(
            "With {} of a photograph of another class {} of the predictions of {} flip; with that of another photograph \
             of their own class {control}.",
            self.kind.title(),
            measured[self.flips].words(),
            evidence.facts.class(self.class)
        )
    }
}

/// Those on which predictions hang, the most effective first.
pub fn used<'m>(moves: &'m [Move], measured: &Measured<'_>) -> Vec<&'m Move> {
    let mut used: Vec<&Move> = moves.iter().filter(|of| of.is_used(measured)).collect();
    used.sort_by(|a, b| b.excess(measured).total_cmp(&a.excess(measured)));
    used
}

/// Whether a kind was moved on enough predictions. Compression and size can be moved one way alone, so
/// that those of one class do; another kind has to be moved on those of each, or be alike in what the
/// network is given on all but such a share.
pub fn tried(moves: &[Move], kind: CueKind, most_unseen: f64) -> bool {
    if matches!(kind, CueKind::Compression | CueKind::Size) {
        return moves.iter().any(|of| of.kind == kind && of.is_tested());
    }
    let classes: BTreeSet<usize> = moves.iter().filter(|of| of.is_tested()).map(|of| of.class).collect();
    let is_tried = |class: &usize| {
        let own = || moves.iter().filter(|of| of.class == *class);
        let all = own().map(|of| of.patients).max().unwrap_or(0);
        let moved = own().find(|of| of.kind == kind).map_or(0, |of| of.patients);
        moved >= INTERVAL_BELOW || moved as f64 <= most_unseen * all as f64
    };
    !classes.is_empty() && classes.iter().all(is_tried)
}

/// Whether no more than such a share of the predictions of any class can hang on a kind; that cannot be
/// said where a class has too few, or the property cannot be moved.
pub fn cleared(moves: &[Move], kind: CueKind, evidence: &Evidence, measured: &Measured<'_>, most_unseen: f64) -> bool {
    let is_clear = |class: usize| {
        let mut own = moves.iter().filter(|of| of.kind == kind && of.class == class);
        own.any(|of| of.is_tested() && !of.is_used(measured) && measured[of.excess].is_below(most_unseen))
    };
    evidence.predicted_classes().into_iter().all(is_clear)
}

/// How many more predictions turn, one row a kind and class.
pub fn figure(moves: &[Move], evidence: &Evidence, sheet: &Sheet) -> Option<Figure> {
    let rows: Vec<ForestRow> = moves
        .iter()
        .filter(|of| sheet.raw(of.excess).finding.interval().is_some())
        .map(|of| ForestRow {
            name: format!("{}, predictions of {}", capital(of.kind.title()), evidence.facts.class(of.class)),
            cases: of.patients,
            finding: sheet.raw(of.excess).finding.clone(),
        })
        .collect();
    (!rows.is_empty()).then(|| Figure {
        id: "moves".to_owned(),
        title: "What the properties of another class's photograph do to the prediction".to_owned(),
        caption:
            "Share of the predictions that flip when a property of the whole photograph becomes that of a photograph \
            of another class, less the share that flip with the property of another photograph of their own class."
                .to_owned(),
        data: FigureData::Forest { axis: "further predictions that flip".to_owned(), rows, reference: Some(0.0) },
    })
}
