//! The settings that were tried, and what the batch norms saw under each.

use std::collections::BTreeMap;

use heatlens::batch_norms::{BatchNorms, Seen};
use heatlens_statistics::Random;

use super::look::Looks;
use super::settings::{Aspect, Setting, Settings};

/// Resamples of the photographs.
const RESAMPLES: usize = 400;

/// How far two settings are looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// To the first batch norm: tells values and channels, and costs next to nothing.
    First,
    /// To the first third of them: tells framings and levels apart that the first confuses, and is
    /// not yet shifted by random crops as the deeper ones are.
    Early,
}

/// All settings tried so far.
pub(super) struct Field<'n> {
    first: &'n BatchNorms,
    early: &'n BatchNorms,
    pub settings: Settings,
    tried: BTreeMap<Setting, Tried>,
    /// Positions of photographs, a row a resample.
    resamples: Vec<Vec<usize>>,
    /// Photographs that cannot be read.
    left_out: Vec<usize>,
}

/// What was seen under a setting; none where it leads to no input of the network.
#[derive(Default)]
struct Tried {
    first: Looks,
    early: Looks,
}

impl<'n> Field<'n> {
    pub fn new(first: &'n BatchNorms, early: &'n BatchNorms, settings: Settings) -> Field<'n> {
        Field { first, early, settings, tried: BTreeMap::new(), resamples: Vec::new(), left_out: Vec::new() }
    }

    /// Of these settings those that are still to be looked into.
    pub fn untried(&self, settings: impl IntoIterator<Item = Setting>, at: At) -> Vec<Setting> {
        let is_done = |setting: &Setting| match (self.tried.get(setting), at) {
            (None, _) => false,
            (Some(_), At::First) => true,
            (Some(tried), At::Early) => tried.early.is_some() || tried.first.is_none(),
        };
        let mut settings: Vec<Setting> = settings.into_iter().filter(|setting| !is_done(setting)).collect();
        settings.sort_unstable();
        settings.dedup();
        settings
    }

    /// Takes in what was seen, and which photographs cannot be read.
    pub fn add(&mut self, at: At, settings: Vec<Setting>, looks: Vec<Looks>, left_out: Vec<usize>, seed: u64) {
        self.left_out = left_out;
        for (setting, seen) in settings.into_iter().zip(looks) {
            let tried = self.tried.entry(setting).or_default();
            match at {
                At::First => tried.first = seen,
                At::Early => tried.early = seen,
            }
        }
        let images = self.images();
        if self.resamples.is_empty() && images > 0 {
            let mut random = Random::new(seed, 0);
            let draw = |_| (0..images).map(|_| random.below(images)).collect();
            self.resamples = (0..RESAMPLES).map(draw).collect();
        }
    }

    /// How many were tried.
    pub fn len(&self) -> usize {
        self.tried.len()
    }

    /// Photographs that were looked at.
    pub fn images(&self) -> usize {
        self.tried.values().find_map(|tried| tried.first.as_ref()).map_or(0, Vec::len)
    }

    /// Whether a setting was tried.
    pub fn is_tried(&self, setting: Setting) -> bool {
        self.tried.contains_key(&setting)
    }

    /// The settings that were tried and differ from one in one aspect, and itself.
    pub fn tried_along(&self, setting: Setting, aspect: Aspect) -> Vec<Setting> {
        self.settings.along(setting, aspect).filter(|&setting| self.is_tried(setting)).collect()
    }

    /// Of what belongs to each photograph, that of those that were looked at.
    pub fn of_read<T: Copy>(&self, all: &[T]) -> Vec<T> {
        all.iter().enumerate().filter(|(i, _)| !self.left_out.contains(i)).map(|(_, of)| *of).collect()
    }

    fn seen(&self, setting: Setting, at: At) -> Option<&[Seen]> {
        let tried = self.tried.get(&setting)?;
        match at {
            At::First => tried.first.as_deref(),
            At::Early => tried.early.as_deref(),
        }
    }

    fn norms(&self, at: At) -> &BatchNorms {
        match at {
            At::First => self.first,
            At::Early => self.early,
        }
    }

    /// How far what was seen is from what is remembered, in nats: a mean over the batch norms;
    /// infinite where it was not looked into so far, or leads to no input.
    pub fn divergence(&self, setting: Setting, at: At) -> f64 {
        self.seen(setting, at).map_or(f64::INFINITY, |seen| mean(&self.norms(at).divergences(seen.iter())))
    }

    /// The same in every resample of the photographs.
    pub fn resampled(&self, setting: Setting, at: At) -> Vec<f64> {
        let Some(seen) = self.seen(setting, at) else { return vec![f64::INFINITY; self.resamples.len()] };
        let of = |rows: &Vec<usize>| mean(&self.norms(at).divergences(rows.iter().map(|&i| &seen[i])));
        self.resamples.iter().map(of).collect()
    }

    /// How far two settings can be compared.
    pub fn common(&self, a: Setting, b: Setting) -> At {
        let both = [a, b].into_iter().all(|setting| self.seen(setting, At::Early).is_some());
        if both { At::Early } else { At::First }
    }

    /// The settings that were tried, the best first.
    pub fn ranked(&self) -> Vec<Setting> {
        self.in_order(self.tried.keys().copied().collect())
    }

    /// Settings that were tried, the best first: those that were looked into, then the others; of
    /// equals the given one, then the more usual.
    pub fn in_order(&self, settings: Vec<Setting>) -> Vec<Setting> {
        let unlike = |setting: Setting| Aspect::ALL.iter().filter(|&&aspect| !self.is_own(setting, aspect)).count();
        let key = |setting: Setting| {
            ([At::Early, At::First].map(|at| self.divergence(setting, at)), unlike(setting), setting)
        };
        let mut keyed: Vec<_> = settings.into_iter().map(key).collect();
        keyed.sort_by(|(a, unlike_a, _), (b, unlike_b, _)| {
            a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])).then(unlike_a.cmp(unlike_b))
        });
        keyed.into_iter().map(|(_, _, setting)| setting).collect()
    }

    /// Whether a setting is in one aspect as the given one.
    pub fn is_own(&self, setting: Setting, aspect: Aspect) -> bool {
        setting[aspect as usize] == self.settings.own()[aspect as usize]
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
