//! Two runs on the same images, side by side.

use std::borrow::Cow;

use heatlens_record::{RunRecord, count};
use serde::{Deserialize, Serialize};

use super::{Explanation, Figure, Measure, Measurement, View};
use heatlens_statistics::Settings;

/// Two runs on the same images.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Comparison {
    /// Name and version of this form.
    pub schema: Cow<'static, str>,
    /// The first run and the second.
    pub sides: [Side; 2],
    /// Images in both.
    pub images: usize,
    /// One plain sentence: what differs most.
    pub headline: String,
    /// How often they say the same.
    pub agreement: Agreement,
    /// Paired differences of the focus.
    pub focus: Vec<FocusChange>,
    /// AUC of the first less that of the second, one a class, where there are labels.
    pub auc: Vec<Measurement>,
    /// Mean correlation of the two maps of the same image and class; none where no class was
    /// explained by both.
    pub map_similarity: Option<Measurement>,
    /// What qualifies the figures.
    pub explanations: Vec<Explanation>,
    /// What is drawn.
    pub figures: Vec<Figure>,
    /// Level of the intervals, resamples, seed.
    pub settings: Settings,
}

impl Comparison {
    /// The figures, line by line.
    pub fn words(&self) -> String {
        let [first, second] = &self.sides;
        let images = count(self.images, "image");
        let mut lines =
            vec![format!("{} against {}, {images} in both", first.name, second.name), self.headline.clone()];
        let Agreement { same, kappa, accuracy, .. } = &self.agreement;
        let measured = [Some(same), Some(kappa), accuracy.as_ref(), self.map_similarity.as_ref()];
        lines.extend(
            measured.into_iter().flatten().chain(&self.auc).map(|one| format!("  {}: {}", one.what, one.words())),
        );
        lines.extend(self.focus.iter().map(|change| {
            // Of shares the difference is in points.
            let write = |value: f64| match change.difference.measure {
                Measure::Points => Measure::Share.write(value),
                _ => format!("{value:.2}"),
            };
            let [first, second] = [change.first, change.second].map(write);
            format!("  {}: {first} and {second}; difference {}", change.what, change.difference.words())
        }));
        lines.extend(self.explanations.iter().map(|said| format!("{}: {}", said.heading, said.text)));
        lines.join("\n")
    }
}

/// One of the two runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Side {
    /// A short name: the model's file with the folder, or the method and layer of one run.
    pub name: String,
    /// Its run.json.
    pub run: RunRecord,
    /// The view compared.
    pub view: Option<View>,
    /// Images explained.
    pub images: usize,
}

/// How often two runs say the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Agreement {
    /// Share of images with the same prediction.
    pub same: Measurement,
    /// Cohen's κ.
    pub kappa: Measurement,
    /// Share that is right in the first less that in the second, with the test of paired
    /// differences; none without labels.
    pub accuracy: Option<Measurement>,
    /// Images right in both, in the first only, in the second only, in neither.
    pub right: Option<[usize; 4]>,
    /// Images on which they disagree, the most confident first.
    pub disagreements: Vec<String>,
}

/// One focus figure in both runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FocusChange {
    /// A name that stays the same.
    pub id: String,
    /// What it measures.
    pub what: String,
    /// Images with the figure in both.
    pub images: usize,
    /// Mean in the first.
    pub first: f64,
    /// Mean in the second.
    pub second: f64,
    /// First less second, paired.
    pub difference: Measurement,
}
