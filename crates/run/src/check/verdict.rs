//! What follows from how settings compare.

use heatlens_imaging::Preprocess;

use super::field::{At, Field};
use super::settings::{Aspect, Setting, with};

/// The share of resamples in which a setting must be better than another to be called so.
pub(super) const SURE: f64 = 0.99;
/// The share from which on a setting is named that is not clearly better.
const RIVAL: f64 = 0.9;
/// How many times farther away the other one must be.
pub(super) const FARTHER: f64 = 1.25;
/// The share that is enough where the other one is so many times farther away.
const ENOUGH: f64 = 0.95;
const FAR_FARTHER: f64 = 3.0;
/// How many times where levels differ and photographs are fewer than these: a few that are darker or
/// duller than others look as if contrast had been equalised.
const LEVELS_FARTHER: f64 = 5.0;
const ENOUGH_FOR_LEVELS: usize = 24;
/// Batch norms that remember photographs like these come nearer than this in the better resamples;
/// those that remember others, as ImageNet's do, stay farther away whatever is tried.
const REMEMBERED: f64 = 0.05;

/// What a check says.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Nothing that was tried fits clearly better than the given preprocessing.
    Fits {
        /// How far the first batch norm is from what it remembers.
        divergence: f64,
        /// Whether framing and levels were told too.
        wholly: bool,
        /// What is somewhat nearer, though not clearly, and in which share of resamples.
        rival: Option<(Vec<Change>, f64)>,
    },
    /// Another preprocessing fits clearly better.
    Better {
        /// It.
        preprocess: Box<Preprocess>,
        /// In what it differs from the given one.
        changes: Vec<Change>,
        /// How far the earlier batch norms are from what they remember under the given one, and
        /// under this one.
        divergences: [f64; 2],
        /// The share of resamples of the photographs in which it is better.
        share: f64,
        /// Whether framing and levels were told too.
        wholly: bool,
    },
    /// Batch norms cannot tell.
    Untold(Reason),
}

/// What to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub aspect: Aspect,
    /// What the given preprocessing does.
    pub from: String,
    /// What fits better.
    pub to: String,
}

/// Why nothing can be said.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// The network has none, or its file has them folded into convolutions.
    NoBatchNorms,
    /// So few photographs.
    FewPhotographs(usize),
    /// There is no memory to look.
    NoMemory,
    /// Nothing comes near what the batch norms remember; the best is so far away.
    NothingFits(f64),
    /// The given preprocessing is far from what the batch norms remember, and what is nearer is not so
    /// clearly enough.
    Unsettled {
        /// How far the given one is.
        given: f64,
        /// How far the nearest is.
        nearest: f64,
        /// In what it differs.
        changes: Vec<Change>,
        /// The share of resamples in which it is nearer.
        share: f64,
    },
}

/// From here on nothing that was tried is what the network saw: the network was trained on other
/// pictures, or on these prepared in a way that is not tried.
const NOTHING_FITS: f64 = 0.5;

/// What follows, and the setting around which the others are shown.
pub(super) fn of(field: &Field<'_>) -> (Verdict, Setting) {
    let own = field.settings.own();
    let best = field.ranked()[0];
    let early = Some(field.divergence(best, At::Early)).filter(|nats| nats.is_finite());
    let nearest = field.divergence(best, At::First).max(early.unwrap_or(0.0));
    if nearest.is_nan() || nearest > NOTHING_FITS {
        return (Verdict::Untold(Reason::NothingFits(nearest)), best);
    }
    let wholly = quantile(&field.resampled(best, At::First), 0.025) <= REMEMBERED;
    let given = field.divergence(own, At::First);
    let is_far = given.is_nan() || given > NOTHING_FITS;
    // Values alone are told by networks that remember other photographs; what is far from all that they
    // remember is wrong in whatever brings it near.
    let values = field.in_order(field.tried_along(own, Aspect::Values))[0];
    let candidates: &[Setting] = match (wholly, is_far) {
        (true, _) => &[best],
        (false, true) => &[values, best],
        (false, false) => &[values],
    };
    let changed = |&to: &Setting| Some((to, changed_where_clear(field, own, to))).filter(|(_, better)| *better != own);
    let Some((shown, better)) = candidates.iter().find_map(changed) else {
        if is_far {
            let reason =
                Reason::Unsettled { given, nearest, changes: changes(field, best), share: share(field, best, own) };
            return (Verdict::Untold(reason), best);
        }
        let shown = candidates[0];
        let share = share(field, shown, own);
        let rival = (shown != own && share >= RIVAL).then(|| (changes(field, shown), share));
        return (Verdict::Fits { divergence: given, wholly, rival }, shown);
    };
    let at = field.common(own, better);
    let verdict = Verdict::Better {
        preprocess: Box::new(field.settings.preprocess(better)),
        changes: changes(field, better),
        divergences: [own, better].map(|setting| field.divergence(setting, at)),
        share: share(field, better, own),
        wholly,
    };
    (verdict, shown)
}

/// The given setting, made the best one aspect by aspect where that is clearly better; the best one
/// where only all changes together are.
fn changed_where_clear(field: &Field<'_>, own: Setting, best: Setting) -> Setting {
    let mut better = own;
    loop {
        let changed = |aspect: Aspect| with(better, aspect, best[aspect as usize]);
        let helps = |setting: &Setting| field.is_tried(*setting) && is_clear(field, *setting, better);
        let next = Aspect::ALL.into_iter().map(changed).filter(|setting| *setting != better).find(helps);
        match next {
            Some(next) => better = next,
            None if better == own && is_clear(field, best, own) => return best,
            None => return better,
        }
    }
}

/// In what a setting differs from the given one.
fn changes(field: &Field<'_>, setting: Setting) -> Vec<Change> {
    let words = |setting: Setting, aspect| field.settings.words(setting, aspect).to_owned();
    let change = |aspect| Change { aspect, from: words(field.settings.own(), aspect), to: words(setting, aspect) };
    Aspect::ALL.into_iter().filter(|&aspect| !field.is_own(setting, aspect)).map(change).collect()
}

/// Whether one setting fits better than another beyond what the choice of photographs explains.
fn is_clear(field: &Field<'_>, better: Setting, worse: Setting) -> bool {
    let levels = Aspect::Pixels as usize;
    let are_hard = better[levels] != worse[levels] && field.images() < ENOUGH_FOR_LEVELS;
    let farther = if are_hard { LEVELS_FARTHER } else { FARTHER };
    // A few photographs are no sample of those of training, which deeper layers see more of: the first
    // batch norm must say the same.
    [At::First, field.common(better, worse)].into_iter().all(|at| {
        let [near, far] = [better, worse].map(|setting| field.divergence(setting, at));
        let share = share_at(field, better, worse, at);
        share >= SURE && far >= farther * near || share >= ENOUGH && far >= farther.max(FAR_FARTHER) * near
    })
}

/// The share of resamples in which one setting fits better than another.
fn share(field: &Field<'_>, better: Setting, worse: Setting) -> f64 {
    share_at(field, better, worse, field.common(better, worse))
}

fn share_at(field: &Field<'_>, better: Setting, worse: Setting, at: At) -> f64 {
    let pairs = field.resampled(better, at).into_iter().zip(field.resampled(worse, at));
    let [won, all] = pairs.fold([0, 0], |[won, all], (better, worse)| [won + usize::from(better < worse), all + 1]);
    won as f64 / all.max(1) as f64
}

/// A quantile of values that need not be sorted.
pub(super) fn quantile(values: &[f64], at: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(((sorted.len().max(1) - 1) as f64 * at).round() as usize).copied().unwrap_or(f64::INFINITY)
}
