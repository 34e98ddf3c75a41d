//! What the files of an explanation are called, settled before it begins.

use std::collections::HashMap;

use heatlens::{Explainer, Heatmap, Outcome, Prediction, Target};

use crate::inputs::Source;
use crate::names::{LONGEST_TOKEN, distinct, layer, token};

/// Names of what maps explain and where, each another.
#[derive(Clone, Debug)]
pub struct Naming {
    /// A class, or what sets it apart from another.
    explained: HashMap<(usize, Option<usize>), String>,
    layers: Vec<String>,
    classes: HashMap<String, String>,
}

impl Naming {
    /// For these classes, and what is explained of them at the layers of `explainer`.
    pub(super) fn of(classes: &[String], targets: &[Target], explainer: &Explainer) -> Naming {
        let mut keys: Vec<(usize, Option<usize>)> = (0..classes.len()).map(|class| (class, None)).collect();
        keys.extend(targets.iter().filter_map(|target| match *target {
            Target::Contrast(class, against) => Some((class, Some(against))),
            _ => None,
        }));
        let name = |&(class, against): &(usize, Option<usize>)| match against {
            None => token(&classes[class], LONGEST_TOKEN),
            Some(against) => token(&format!("{} vs {}", classes[class], classes[against]), LONGEST_TOKEN),
        };
        let names = distinct(keys.iter().map(name).collect());
        let layers = distinct(explainer.layers().iter().map(|of| layer(&of.name)).collect());
        let classes = classes.iter().cloned().zip(names.iter().cloned()).collect();
        Naming { explained: keys.into_iter().zip(names).collect(), layers, classes }
    }

    /// `<name>.<class>`, and the method, layer and part where there are several.
    pub(super) fn of_map(&self, source: &Source, map: &Heatmap, explainer: &Explainer) -> String {
        let mut name = format!("{}.{}", source.name, self.explained[&(map.score.class, map.score.against)]);
        if explainer.methods().len() > 1 {
            name += &format!(".{}", map.method.card().name);
        }
        if let Some(layer) = map.layer.filter(|_| self.layers.len() > 1) {
            name += &format!(".{}", self.layers[layer]);
        }
        if let Some(part) = map.part {
            name += &format!(".{part}");
        }
        name
    }

    /// The panel of an image.
    pub(crate) fn of_panel(&self, source: &Source, prediction: &Prediction, outcome: &Outcome) -> String {
        let degree = prediction.degree(prediction.class);
        format!("panels/{}/{degree:.3}_{}.png", self.of_outcome(outcome), source.name)
    }

    /// The folder of an outcome's panels.
    pub(crate) fn of_outcome(&self, outcome: &Outcome) -> String {
        let class = |name: &String| self.classes.get(name).cloned().unwrap_or_else(|| token(name, LONGEST_TOKEN));
        match outcome {
            Outcome::Correct(name) => format!("correct/{}", class(name)),
            Outcome::Predicted(name) => format!("predicted/{}", class(name)),
            Outcome::Wrong { label, predicted } => format!("wrong/{}_as_{}", class(label), class(predicted)),
            plain => plain.to_string(),
        }
    }
}
