//! A model compiled for one question, and what keeps its buffers from one image to the next.

use std::sync::{Arc, Mutex, PoisonError};

use heatlens::{Combine, Error, Explainer, ExplainerOptions, Explanation, Method, Model, ScoreKind, Target};
use heatlens_run::patch_embedding;
use self_cell::self_cell;

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

/// A compiled model. Threads take a worker each; workers are kept, for their buffers.
pub struct Compiled {
    ask: Ask,
    /// The model, of the input size that it was compiled for.
    pub model: Model,
    /// The compiled network.
    pub explainer: Arc<Explainer>,
    /// What makes its maps doubtful, in words.
    pub doubt: Option<String>,
    idle: Mutex<Vec<Running>>,
}

impl Compiled {
    pub fn new(model: Model, ask: Ask) -> Result<Compiled, Error> {
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

    /// Explains one preprocessed image.
    pub fn explain(&self, tensor: &[f32], targets: &[Target]) -> Result<Explanation, Error> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop();
        let mut running = kept.unwrap_or_else(|| Running::new(self.explainer.clone(), |explainer| explainer.worker()));
        let explained = running.with_dependent_mut(|_, worker| worker.explain(tensor, targets));
        idle().push(running);
        explained
    }
}
