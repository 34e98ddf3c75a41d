//! The steps of a program before memory is planned.

use crate::context::{BufferId, Place};
use crate::kernel::Kernel;

/// A step whose buffers have no addresses yet.
pub(crate) struct DraftStep {
    pub(crate) kernel: Box<dyn Kernel>,
    pub(crate) inputs: Vec<Option<Place>>,
    pub(crate) outputs: Vec<BufferId>,
    pub(crate) late: bool,
    pub(crate) op: &'static str,
    pub(crate) node: String,
}

/// The steps of a program before memory is planned.
#[derive(Default)]
pub(crate) struct Draft {
    /// Floats of each buffer.
    pub(crate) buffers: Vec<usize>,
    pub(crate) steps: Vec<DraftStep>,
    /// Shape and buffer of each graph input.
    pub(crate) inputs: Vec<(Vec<usize>, BufferId)>,
    /// Shape and place of each graph output.
    pub(crate) outputs: Vec<(Vec<usize>, Place)>,
}
