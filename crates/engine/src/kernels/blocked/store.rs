//! What a kernel does to its sums before they are stored.

use heatlens_graph::Op;

use super::activation::Activation;
use crate::io::Io;
use crate::parallel::Shared;

/// What is applied to the sums of a convolution before they are stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store {
    /// Whether input 1 is added.
    pub(crate) residual: bool,
    pub(crate) activation: Activation,
}

/// Whether a node's kernel takes an activation into its store, and a residual.
pub(crate) fn stores(op: &Op) -> Option<Residual> {
    match op {
        Op::Conv(conv) if conv.group == 1 => Some(Residual::Taken),
        Op::Conv(_) | Op::BatchNormalization(_) => Some(Residual::Refused),
        _ => None,
    }
}

/// Whether a kernel can add another buffer to its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Residual {
    Taken,
    Refused,
}

/// What is added to the sums of a kernel, element by element.
#[derive(Clone, Copy)]
pub(super) enum Addend<'a> {
    /// Nothing.
    None,
    /// Another buffer, laid out as the output.
    Apart(&'a [f32]),
    /// What the output holds at the start. There is no slice of it: the kernel reads each element
    /// through the pointer that it writes it with.
    Held,
}

impl<'a> Addend<'a> {
    /// What a step adds: its input 1, where the store says so, or the output that has taken over
    /// the memory of it.
    pub(super) fn of(store: Store, io: &Io<'a>) -> Self {
        match (store.residual, io.in_place()) {
            (false, _) => Addend::None,
            (true, None) => Addend::Apart(io.input(1)),
            (true, Some(_)) => Addend::Held,
        }
    }

    /// # Panics
    /// If it is no addend for an output of `len` elements.
    pub(super) fn assert_len(self, len: usize) {
        if let Addend::Apart(elements) = self {
            assert_eq!(elements.len(), len, "elements added to an output");
        }
    }

    /// The address of what is added to element `at` of the output `out` and those behind it; null
    /// where nothing is.
    ///
    /// # Safety
    /// `at` must lie within the slice that `out` shares.
    pub(super) unsafe fn address(self, out: Shared, at: usize) -> *const f32 {
        match self {
            Addend::None => std::ptr::null(),
            Addend::Apart(elements) => elements[at..].as_ptr(),
            // SAFETY: the caller's promise.
            Addend::Held => unsafe { out.at(at) }.cast_const(),
        }
    }
}
