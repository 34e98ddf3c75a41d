//! What follows from constants, computed while compiling.

use std::ops::Range;

use heatlens_graph::{Buffer, Data, Tensor};

use crate::arena::Arena;
use crate::context::Place;
use crate::io::{Io, Places, Source};
use crate::kernel::Kernel;
use crate::simd::LANES;

/// A constant as the engine holds it.
pub(super) fn floats(tensor: &Tensor) -> Buffer<f32> {
    match tensor.data() {
        Data::F32(elements) => elements.clone(),
        Data::I64(elements) => elements.iter().map(|&x| x as f32).collect::<Vec<_>>().into(),
        Data::Bool(elements) => elements.iter().map(|&x| f32::from(u8::from(x))).collect::<Vec<_>>().into(),
    }
}

/// What a kernel makes of constants.
pub(super) fn fold(kernel: Box<dyn Kernel>, inputs: &[Option<Place>], outputs: &[usize]) -> Vec<Buffer<f32>> {
    let source = |place: &Place| match place {
        Place::Constant(elements) => Source::Constant(elements.clone()),
        Place::Buffer(_) => unreachable!("only constants are folded"),
    };
    let (outputs, scratch) = place_alone(outputs, kernel.scratch());
    let mut arena = Arena::new(scratch.end);
    let inputs = inputs.iter().map(|p| p.as_ref().map(source)).collect();
    let places = Places::new(inputs, outputs, scratch, None, arena.len()).expect("one behind the other");
    kernel.run(&mut Io::new(&places, &mut arena));
    places.outputs().iter().map(|range| arena.as_slice()[range.clone()].to_vec().into()).collect()
}

/// Addresses one after the other, for a step on its own.
fn place_alone(outputs: &[usize], scratch: usize) -> (Vec<Range<usize>>, Range<usize>) {
    let mut next = 0;
    let mut take = |len: usize| {
        let range = next..next + len;
        next += len.next_multiple_of(LANES);
        range
    };
    let outputs = outputs.iter().map(|&len| take(len)).collect();
    (outputs, take(scratch))
}
