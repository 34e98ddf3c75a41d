//! All that is compiled for one network and its methods.

use std::sync::Arc;

use super::pass::Pass;
use super::tail::TailPass;
use crate::{Head, InputSpec};

/// The passes, and how their images and outputs are read.
pub struct Compiled {
    /// What every image goes through first.
    pub first: Arc<Pass>,
    /// For methods that run the network on changed images: forward alone, and with gradients.
    pub runs: Option<Arc<Pass>>,
    pub gradient_runs: Option<Arc<Pass>>,
    /// For methods that run the tail behind each layer.
    pub tails: Vec<TailPass>,
    pub input: InputSpec,
    pub head: Head,
}

impl Compiled {
    /// Bytes that a session of each takes together.
    pub fn session_bytes(&self) -> usize {
        let passes = [Some(&self.first), self.runs.as_ref(), self.gradient_runs.as_ref()];
        passes.into_iter().flatten().map(|pass| pass.session_bytes()).sum::<usize>()
            + self.tails.iter().map(TailPass::session_bytes).sum::<usize>()
    }
}
