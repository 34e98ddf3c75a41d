//! What the parts of a page know of each other.

use std::collections::BTreeSet;

use super::pictures::CasePictures;
use crate::schema::{Figure, Report};

/// What the parts of a page know of each other.
pub(super) struct Page<'a> {
    pub report: &'a Report,
    pub pictures: &'a CasePictures,
    /// Figures that are on the page already, and where: an answer's number.
    placed: Vec<(&'a str, usize)>,
}

impl<'a> Page<'a> {
    pub fn new(report: &'a Report, pictures: &'a CasePictures) -> Page<'a> {
        let mut placed: Vec<(&str, usize)> = Vec::new();
        for answer in &report.answers {
            for id in &answer.figures {
                if !placed.iter().any(|(seen, _)| seen == id) && report.figure(id).is_some() {
                    placed.push((id, answer.number));
                }
            }
        }
        Page { report, pictures, placed }
    }

    /// The answer under which a figure is drawn.
    pub fn home(&self, figure: &str) -> Option<usize> {
        self.placed.iter().find(|(id, _)| *id == figure).map(|(_, number)| *number)
    }

    /// Figures under no answer.
    pub fn homeless(&self) -> impl Iterator<Item = &'a Figure> {
        let placed: BTreeSet<&str> = self.placed.iter().map(|(id, _)| *id).collect();
        self.report.figures.iter().filter(move |figure| !placed.contains(figure.id.as_str()))
    }
}
