//! How settings stand beside the best, for tables.

use heatlens::batch_norms::{BatchNorms, Seen};
use heatlens_imaging::Preprocess;
use heatlens_statistics::{Settings as Statistics, Units, auc};

use super::field::{At, Field};
use super::look::{Samples, look};
use super::settings::{Aspect, Setting};
use super::verdict::quantile;
use crate::Error;

/// Settings of each aspect that are looked at down to the prediction.
const LOOKED_AT: usize = 3;

/// A setting that differs from the best in one aspect, or the best itself.
#[derive(Clone, Debug)]
pub struct Standing {
    /// In what it differs.
    pub aspect: Aspect,
    /// What it does there.
    pub words: String,
    /// Itself.
    pub preprocess: Preprocess,
    /// Whether the given preprocessing does the same there.
    pub is_given: bool,
    /// How far the first batch norm is from what it remembers, in nats; infinite where the setting
    /// leads to no input of the network.
    pub first: f64,
    /// From where to where in 95 % of resamples of the photographs.
    pub interval: [f64; 2],
    /// The mean over the first third of the batch norms, by which settings are ranked, for those
    /// that contend.
    pub early: Option<f64>,
    /// The mean over all batch norms, for the best settings.
    pub all: Option<f64>,
    /// What the network says under it, where labels are known and it was run to its end.
    pub labelled: Option<Labelled>,
}

/// Predictions beside labels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Labelled {
    /// Photographs with a label.
    pub images: usize,
    /// Those predicted rightly.
    pub correct: usize,
    /// Those that would be right if two classes changed places.
    pub turned: Option<usize>,
    /// The area under the ROC curve of the second of two classes, where both occur.
    pub auc: Option<f64>,
    /// The most frequent prediction's share.
    pub largest: f64,
}

/// The standings around a setting; the best of each aspect, itself and the given one are looked at
/// down to the prediction.
pub(super) fn all(
    field: &Field<'_>,
    base: Setting,
    deep: &BatchNorms,
    samples: &Samples,
    labels: &[Option<usize>],
    progress: &mut dyn FnMut(usize) -> Result<(), heatlens::Error>,
) -> Result<Vec<Standing>, Error> {
    let rows = Aspect::ALL.map(|aspect| (aspect, field.in_order(field.tried_along(base, aspect))));
    let mut chosen: Vec<Setting> = rows.iter().flat_map(|(_, near)| near.iter().take(LOOKED_AT)).copied().collect();
    chosen.extend([base, field.settings.own()]);
    chosen.sort_unstable();
    chosen.dedup();
    let settings: Vec<Preprocess> = chosen.iter().map(|&setting| field.settings.preprocess(setting)).collect();
    let (looks, _) = look(deep, samples, &settings, progress)?;
    let labels = field.of_read(labels);
    let standing = |aspect: Aspect, setting: Setting| {
        let seen = chosen.binary_search(&setting).ok().and_then(|i| looks[i].as_deref());
        let resampled = field.resampled(setting, At::First);
        let all = seen.map(|seen| {
            let divergences = deep.divergences(seen.iter());
            divergences.iter().sum::<f64>() / divergences.len() as f64
        });
        Standing {
            aspect,
            words: field.settings.words(setting, aspect).to_owned(),
            preprocess: field.settings.preprocess(setting),
            is_given: field.is_own(setting, aspect),
            first: field.divergence(setting, At::First),
            early: Some(field.divergence(setting, At::Early)).filter(|nats| nats.is_finite()),
            interval: [0.025, 0.975].map(|at| quantile(&resampled, at)),
            all,
            labelled: seen.and_then(|seen| labelled(seen, &labels)),
        }
    };
    Ok(rows
        .into_iter()
        .flat_map(|(aspect, near)| near.into_iter().map(move |setting| (aspect, setting)))
        .map(|(aspect, setting)| standing(aspect, setting))
        .collect())
}

/// Predictions beside the labels that are known; none where none is.
fn labelled(seen: &[Seen], labels: &[Option<usize>]) -> Option<Labelled> {
    let pairs = seen.iter().zip(labels).filter_map(|(seen, label)| Some((seen.prediction.as_ref()?, (*label)?)));
    let pairs: Vec<_> = pairs.collect();
    let classes = pairs.first()?.0.probabilities.len();
    let right = |turned: bool| {
        let is = |class: usize| if turned { 1 - class } else { class };
        pairs.iter().filter(|(prediction, label)| is(prediction.class) == *label).count()
    };
    let predicted = |class| pairs.iter().filter(|(prediction, _)| prediction.class == class).count();
    let largest = (0..classes).map(predicted).max().unwrap_or(0) as f64 / pairs.len() as f64;
    let area = || {
        let scores: Vec<f64> =
            pairs.iter().map(|(prediction, _)| f64::from(prediction.logits[1] - prediction.logits[0])).collect();
        let positive: Vec<bool> = pairs.iter().map(|(_, label)| *label == 1).collect();
        auc(&scores, &positive, &Units::each(pairs.len()), &Statistics::default()).estimate()
    };
    Some(Labelled {
        images: pairs.len(),
        correct: right(false),
        turned: (classes == 2).then(|| right(true)),
        auc: (classes == 2).then(area).flatten(),
        largest,
    })
}
