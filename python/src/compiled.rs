//! A model compiled for one question, and what keeps its buffers from one image to the next.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use heatlens::{Combine, Error, Explainer, ExplainerOptions, Method, Model, ScoreKind, Target, Targets};
use heatlens_imaging::Affine;
use heatlens_run::{keep_freed_memory, patch_embedding};
use pyo3::prelude::*;
use self_cell::self_cell;

use crate::error::of_library;
use crate::explanation::{Explained, Explanation, Ground};
use crate::pool::computing;

type Worker<'e> = heatlens::Worker<'e>;

self_cell!(
    struct Running {
        owner: Arc<Explainer>,
        #[not_covariant]
        dependent: Worker,
    }
);

/// What a model is compiled for.
#[derive(Clone, PartialEq)]
pub struct Ask {
    /// Methods, in order.
    pub methods: Vec<Method>,
    /// Layer expressions; the default layer where there are none.
    pub layers: Vec<String>,
    /// How the maps of several layers become one; each stands for itself where `None`.
    pub combine: Option<Combine>,
    /// What is explained of a class.
    pub score: ScoreKind,
    /// Whether maps are averaged over shades and mirror images.
    pub augment: bool,
    /// Whether the first principal component is taken instead of the sum.
    pub eigen: bool,
}

/// An image on its way to the network.
pub struct Shown {
    /// What it is called; empty for arrays.
    pub name: String,
    /// What the network takes.
    pub tensor: Arc<[f32]>,
    /// What it looks like.
    pub photograph: Ground,
    /// From the input's pixels to the photograph's.
    pub to_photograph: Affine,
    /// What was done to it, in words the user should see.
    pub notes: Option<String>,
}

/// A compiled model. Threads take a worker each; workers are kept, for their buffers.
pub struct Compiled {
    ask: Ask,
    /// The model, of the input size that it was compiled for.
    pub model: Model,
    /// The compiled network.
    pub explainer: Arc<Explainer>,
    /// What makes its maps doubtful, in words.
    pub doubt: Option<String>,
    /// Locked by who holds the GIL alone, as the pool is.
    idle: Mutex<Vec<Running>>,
}

impl Compiled {
    pub fn new(model: Model, ask: Ask) -> Result<Compiled, Error> {
        keep_freed_memory();
        let Ask { methods, layers, combine, score, augment, eigen } = ask.clone();
        let options =
            ExplainerOptions { methods, layers, combine, score, augment, eigen, ..ExplainerOptions::default() };
        let explainer = Arc::new(Explainer::new(&model, &options)?);
        let doubt = patch_embedding(&model, explainer.layers(), explainer.methods());
        Ok(Compiled { ask, model, explainer, doubt, idle: Mutex::new(Vec::new()) })
    }

    /// Whether it answers this for images of `[height, width]`.
    pub fn answers(&self, ask: &Ask, size: [usize; 2]) -> bool {
        self.ask == *ask && self.model.input().size() == size
    }

    /// Explains the image that `make` prepares, without the GIL.
    pub fn explain(
        self: Arc<Self>,
        py: Python<'_>,
        targets: &[String],
        make: impl FnOnce() -> PyResult<Shown> + Send + 'static,
    ) -> PyResult<Explanation> {
        let targets = targets.iter().map(|words| Targets::parse(words, &self.model)).collect::<Result<Vec<_>, _>>();
        let targets = targets.map_err(of_library)?.concat();
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let (kept, this) = (idle().pop(), self.clone());
        let (explained, running) = computing(py, move || {
            let mut running =
                kept.unwrap_or_else(|| Running::new(this.explainer.clone(), |explainer| explainer.worker()));
            (make().and_then(|image| this.explained(&mut running, image, &targets)), running)
        })?;
        idle().push(running);
        explained
    }

    fn explained(&self, running: &mut Running, image: Shown, targets: &[Target]) -> PyResult<Explanation> {
        let Shown { name, tensor, photograph, to_photograph, notes } = image;
        let begun = Instant::now();
        let explanation =
            running.with_dependent_mut(|_, worker| worker.explain(&tensor, targets)).map_err(of_library)?;
        let seconds = Some(begun.elapsed().as_secs_f64());
        let (model, explainer) = (&self.model, self.explainer.as_ref());
        let notes = self.doubt.iter().cloned().chain(notes).collect();
        Ok(Explained { image: name, model, explainer, explanation, photograph, to_photograph, notes, seconds }.into())
    }
}
