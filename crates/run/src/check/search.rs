//! Which settings are tried, and in which order.

use heatlens_imaging::Preprocess;

use super::field::{At, Field};
use super::look::{Samples, look};
use super::settings::{Aspect, Setting, Settings};
use super::{CheckOptions, Effort, Norms};
use crate::Error;

/// Settings of values and levels that are tried with every framing.
const FRAMED: usize = 3;
/// How often the neighbours of the best are tried, until none of them is better.
const ROUNDS: usize = 3;
/// A setting is looked into where its first batch norm is at most so many times farther away than
/// the nearest, and so many nats.
const CONTENDS: [f64; 2] = [3.0, 0.05];

/// Crops to the disc are tried where it is found in so many of the photographs.
const MOSTLY: [usize; 2] = [3, 4];

pub(super) struct Search<'n, 'a> {
    norms: &'n Norms,
    field: Field<'n>,
    samples: &'a Samples,
    options: &'a CheckOptions,
    progress: &'a mut dyn FnMut(usize) -> Result<(), heatlens::Error>,
}

impl<'n, 'a> Search<'n, 'a> {
    pub fn new(
        norms: &'n Norms,
        given: &Preprocess,
        samples: &'a Samples,
        options: &'a CheckOptions,
        progress: &'a mut dyn FnMut(usize) -> Result<(), heatlens::Error>,
    ) -> Search<'n, 'a> {
        let found = samples.each.iter().filter(|sample| sample.disc.is_some()).count();
        let settings = Settings::around(given, found * MOSTLY[1] >= samples.each.len() * MOSTLY[0]);
        Search { norms, field: Field::new(&norms.first, &norms.early, settings), samples, options, progress }
    }

    /// Tries as much as is asked for.
    pub fn run(mut self) -> Result<Field<'n>, Error> {
        match self.options.effort {
            Effort::Glance => self.glance()?,
            Effort::Search => self.search()?,
        }
        Ok(self.field)
    }

    /// Other values than the given ones, and other framings of the best. Only what is better at the
    /// first batch norm is looked into.
    fn glance(&mut self) -> Result<(), Error> {
        let own = self.field.settings.own();
        self.try_all(self.field.settings.along(own, Aspect::Values).collect())?;
        let best = self.field.ranked()[0];
        let framings = self.field.settings.along(best, Aspect::Framing).collect();
        self.try_all(framings)?;
        let nearest = self.field.ranked()[0];
        if nearest == own {
            return Ok(());
        }
        self.look_into(vec![own, best, nearest])
    }

    /// Values with levels, as the two hide each other; then framings for the best; then all that
    /// differs from the best in one aspect.
    fn search(&mut self) -> Result<(), Error> {
        let settings = &self.field.settings;
        let values = settings.along(settings.own(), Aspect::Values);
        let first = values.flat_map(|setting| settings.along(setting, Aspect::Pixels).collect::<Vec<_>>());
        self.try_all(first.collect())?;
        self.look_into_contenders()?;
        let best = self.field.ranked().into_iter().take(FRAMED).chain([self.field.settings.own()]);
        let framed = best.flat_map(|setting| self.field.settings.along(setting, Aspect::Framing).collect::<Vec<_>>());
        self.try_all(framed.collect())?;
        self.look_into_contenders()?;
        for _ in 0..ROUNDS {
            let best = self.field.ranked()[0];
            let near = Aspect::ALL.into_iter().flat_map(|aspect| self.field.settings.along(best, aspect));
            self.try_all(near.collect())?;
            self.look_into_contenders()?;
            if self.field.ranked()[0] == best {
                break;
            }
        }
        self.look_into(vec![self.field.settings.own()])
    }

    fn try_all(&mut self, settings: Vec<Setting>) -> Result<(), Error> {
        self.see(settings, At::First)
    }

    fn look_into(&mut self, settings: Vec<Setting>) -> Result<(), Error> {
        self.see(settings, At::Early)
    }

    fn look_into_contenders(&mut self) -> Result<(), Error> {
        let all: Vec<(Setting, f64)> = self
            .field
            .ranked()
            .into_iter()
            .map(|setting| (setting, self.field.divergence(setting, At::First)))
            .collect();
        let nearest = all.iter().map(|(_, nats)| *nats).fold(f64::INFINITY, f64::min);
        let [times, nats] = CONTENDS;
        let contends = |(_, away): &(Setting, f64)| *away <= times * nearest + nats;
        self.look_into(all.into_iter().filter(contends).map(|(setting, _)| setting).collect())
    }

    fn see(&mut self, settings: Vec<Setting>, at: At) -> Result<(), Error> {
        let settings = self.field.untried(settings, at);
        if settings.is_empty() {
            return Ok(());
        }
        let preprocesses: Vec<Preprocess> =
            settings.iter().map(|setting| self.field.settings.preprocess(*setting)).collect();
        let norms = match at {
            At::First => &self.norms.first,
            At::Early => &self.norms.early,
        };
        let (looks, left_out) = look(norms, self.samples, &preprocesses, self.progress)?;
        self.field.add(at, settings, looks, left_out, self.options.seed);
        Ok(())
    }
}
