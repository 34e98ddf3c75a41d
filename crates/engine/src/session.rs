//! Running a program.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::arena::Arena;
use crate::io::Source;
use crate::program::Program;

/// The memory to run a [`Program`] in. Running allocates nothing once the thread pool is warm.
pub struct Session {
    program: Arc<Program>,
    arena: Arena,
}

impl Program {
    /// A session: memory of its own to run this program in.
    pub fn session(self: &Arc<Self>) -> Session {
        Session { program: self.clone(), arena: Arena::new(self.compiled.arena) }
    }
}

impl Session {
    /// The program that it runs.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// Sets an input, row-major. It stays set until it is set again.
    ///
    /// # Panics
    /// If there is no such input or the number of elements is not that of [`Program::input_shape`].
    pub fn set_input(&mut self, i: usize, elements: &[f32]) {
        self.input_mut(i).copy_from_slice(elements);
    }

    /// The memory of an input, to be filled in place.
    ///
    /// # Panics
    /// If there is no such input.
    pub fn input_mut(&mut self, i: usize) -> &mut [f32] {
        let range = self.program.compiled.inputs[i].1.clone();
        &mut self.arena.as_mut_slice()[range]
    }

    /// Computes all that does not depend on late inputs. Outputs that do are stale until
    /// [`Session::resume`].
    pub fn run(&mut self) {
        let compiled = &self.program.compiled;
        for step in &compiled.steps[..compiled.first_late] {
            step.run(&mut self.arena);
        }
    }

    /// Computes what depends on late inputs, after [`Session::run`]; again and again with others,
    /// if need be.
    pub fn resume(&mut self) {
        let compiled = &self.program.compiled;
        for step in &compiled.steps[compiled.first_late..] {
            step.run(&mut self.arena);
        }
    }

    /// [`Session::run`] and [`Session::resume`], calling `report` with the position in
    /// [`Program::steps`] and the time that each step took.
    pub fn profile(&mut self, mut report: impl FnMut(usize, Duration)) {
        for (i, step) in self.program.compiled.steps.iter().enumerate() {
            let start = Instant::now();
            step.run(&mut self.arena);
            report(i, start.elapsed());
        }
    }

    /// An output, row-major; truth values are 0 and 1.
    ///
    /// # Panics
    /// If there is no such output.
    pub fn output(&self, i: usize) -> &[f32] {
        match self.program.output_source(i) {
            Source::Arena(range) => &self.arena.as_slice()[range.clone()],
            Source::Constant(elements) => elements,
        }
    }
}
