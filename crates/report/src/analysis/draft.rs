//! An answer in two steps: everything is measured first, p-values are corrected together, and only
//! then is anything concluded.

use std::ops::Index;

use crate::schema::{Answer, Explanation, Family, Figure, Gallery, Measurement, Question, Verdict};
use heatlens_statistics::{Correction, Finding, adjust};

/// An answer whose figures are measured but not yet judged.
pub struct Draft<'e> {
    /// Which question.
    pub question: Question,
    /// What was measured.
    pub measurements: Vec<Measurement>,
    /// What is drawn.
    pub figures: Vec<Figure>,
    /// What is shown.
    pub galleries: Vec<Gallery>,
    /// Figures and galleries of other answers that belong to this one, too.
    pub also: Vec<String>,
    /// Judges the corrected figures.
    pub conclude: Box<dyn FnOnce(&Measured<'_>) -> Conclusion + 'e>,
}

/// What an answer comes to.
pub struct Conclusion {
    /// In a word.
    pub verdict: Verdict,
    /// In a sentence that anyone understands, without statistics.
    pub plain: String,
    /// How that is known, with the figures that decide.
    pub headline: String,
    /// What qualifies it.
    pub explanations: Vec<Explanation>,
    /// What would allow more.
    pub ways_out: Vec<String>,
}

impl Conclusion {
    /// A verdict with its sentence in plain words, and the one with the figures.
    pub fn new(verdict: Verdict, plain: impl Into<String>, headline: impl Into<String>) -> Conclusion {
        let (plain, headline) = (plain.into(), headline.into());
        Conclusion { verdict, plain, headline, explanations: Vec::new(), ways_out: Vec::new() }
    }

    /// A verdict whose one sentence holds no figures.
    pub fn said(verdict: Verdict, sentence: impl Into<String>) -> Conclusion {
        let sentence = sentence.into();
        Conclusion::new(verdict, sentence.clone(), sentence)
    }

    /// With an explanation, if there is one.
    pub fn explained(mut self, heading: &str, text: impl Into<String>) -> Conclusion {
        let text = text.into();
        if !text.is_empty() {
            self.explanations.push(Explanation { heading: heading.to_owned(), text });
        }
        self
    }

    /// With a way out.
    pub fn way_out(mut self, way: impl Into<String>) -> Conclusion {
        self.ways_out.push(way.into());
        self
    }
}

/// The measurements of a draft as they are made. What is concluded from one is asked for by the
/// handle that [`Sheet::add`] gives, so that no name can be mistaken for another.
#[derive(Default)]
pub struct Sheet(Vec<Measurement>);

/// A measurement on a [`Sheet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle(usize);

impl Sheet {
    /// Puts a measurement on the sheet.
    pub fn add(&mut self, measurement: Measurement) -> Handle {
        self.0.push(measurement);
        Handle(self.0.len() - 1)
    }

    /// Puts several on it.
    pub fn extend(&mut self, measurements: impl IntoIterator<Item = Measurement>) -> Vec<Handle> {
        measurements.into_iter().map(|measurement| self.add(measurement)).collect()
    }

    /// A measurement before its correction.
    pub fn raw(&self, handle: Handle) -> &Measurement {
        &self.0[handle.0]
    }
}

/// Corrected measurements, by the handles of their sheet.
pub struct Measured<'a>(&'a [Measurement]);

impl Index<Handle> for Measured<'_> {
    type Output = Measurement;

    fn index(&self, handle: Handle) -> &Measurement {
        &self.0[handle.0]
    }
}

impl<'e> Draft<'e> {
    /// A draft without figures.
    pub fn new(question: Question, sheet: Sheet, conclude: impl FnOnce(&Measured<'_>) -> Conclusion + 'e) -> Draft<'e> {
        let (figures, galleries, also) = (Vec::new(), Vec::new(), Vec::new());
        Draft { question, measurements: sheet.0, figures, galleries, also, conclude: Box::new(conclude) }
    }

    /// A question that cannot be answered.
    pub fn silent(question: Question, why: impl Into<String>, way_out: impl Into<String>) -> Draft<'e> {
        let (why, way_out) = (why.into(), way_out.into());
        Draft::new(question, Sheet::default(), move |_| Conclusion::said(Verdict::CannotBeSaid, why).way_out(way_out))
    }

    /// With figures.
    pub fn with_figures(mut self, figures: impl IntoIterator<Item = Figure>) -> Draft<'e> {
        self.figures.extend(figures);
        self
    }

    /// With galleries.
    pub fn with_galleries(mut self, galleries: impl IntoIterator<Item = Gallery>) -> Draft<'e> {
        self.galleries.extend(galleries.into_iter().filter(|gallery| !gallery.cases.is_empty()));
        self
    }

    /// With figures of another answer.
    pub fn seeing(mut self, ids: &[&str]) -> Draft<'e> {
        self.also.extend(ids.iter().map(|&id| id.to_owned()));
        self
    }
}

/// Corrects the p-values of all drafts, a family at a time, and concludes.
pub fn concluded(mut drafts: Vec<Draft<'_>>) -> (Vec<Answer>, Vec<Figure>, Vec<Gallery>) {
    for (family, correction) in
        [(Family::Primary, Correction::Holm), (Family::Exploration, Correction::BenjaminiHochberg)]
    {
        let measurements = drafts.iter_mut().flat_map(|draft| &mut draft.measurements).filter(|m| m.family == family);
        let mut findings: Vec<&mut Finding> = measurements.map(|measurement| &mut measurement.finding).collect();
        adjust(&mut findings, correction);
    }
    let figures: Vec<Figure> = drafts.iter_mut().flat_map(|draft| draft.figures.clone()).collect();
    let galleries: Vec<Gallery> = drafts.iter_mut().flat_map(|draft| draft.galleries.clone()).collect();
    let answers = drafts.into_iter().map(|draft| answer(draft, &figures)).collect();
    (answers, figures, galleries)
}

fn answer(draft: Draft<'_>, all: &[Figure]) -> Answer {
    let Draft { question, measurements, figures, galleries, also, conclude } = draft;
    let Conclusion { verdict, plain, headline, explanations, ways_out } = conclude(&Measured(&measurements));
    let mut ids: Vec<String> = figures.into_iter().map(|figure| figure.id).collect();
    for prefix in also {
        ids.extend(all.iter().filter(|figure| figure.id.starts_with(&prefix)).map(|figure| figure.id.clone()));
    }
    ids.dedup();
    Answer {
        number: question.number(),
        question,
        text: question.text().into(),
        verdict,
        plain,
        headline,
        measurements,
        explanations,
        ways_out,
        examples: Vec::new(),
        figures: ids,
        galleries: galleries.into_iter().map(|gallery| gallery.id).collect(),
    }
}
