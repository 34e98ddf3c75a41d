//! One kernel with the places of its arguments, and all of them in order.

use std::ops::Range;

use crate::arena::Arena;
use crate::io::{Io, Places, Source};
use crate::kernel::Kernel;

/// A kernel and the places of its arguments.
pub(crate) struct Step {
    pub(crate) kernel: Box<dyn Kernel>,
    pub(crate) places: Places,
    pub(crate) op: &'static str,
    pub(crate) node: String,
}

impl Step {
    /// Runs the kernel.
    pub(crate) fn run(&self, arena: &mut Arena) {
        let mut io = Io::new(&self.places, arena);
        if cfg!(debug_assertions) {
            io.poison();
        }
        self.kernel.run(&mut io);
    }
}

/// What a program holds.
pub(crate) struct Compiled {
    /// All steps: those that run early, then those that wait for late inputs.
    pub(crate) steps: Vec<Step>,
    /// How many run early.
    pub(crate) first_late: usize,
    /// Shape and place of each graph input.
    pub(crate) inputs: Vec<(Vec<usize>, Range<usize>)>,
    /// Shape and place of each graph output.
    pub(crate) outputs: Vec<(Vec<usize>, Source)>,
    /// Floats of a session's arena.
    pub(crate) arena: usize,
}
