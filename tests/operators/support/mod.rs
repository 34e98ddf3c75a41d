//! What the files of the operators are written with.

#![allow(dead_code, unused_imports, reason = "each program uses a part")]

mod any;
mod gradient;
mod images;
mod random;
mod sums;
mod values;

pub use heatlens_graph::ops::*;
pub use heatlens_graph::{DType, Op, Tensor, ValueId};

pub use any::Any;
pub use gradient::Sample::{self, Away, Between, Ranked};
pub use gradient::{Curvature, Gradient, Net, Row, both, curved, flat, reduced, with_ints};
pub use images::{Convolution, MAP, disjoint_average, disjoint_max, mixed, overlapping_average, overlapping_max};
pub use random::Random;
pub use sums::{
    BIAS, CHANNELS, EPSILON, IMAGE, SCALE, W, W_TRANSPOSED, X, XW, normalised, per_channel, product, reduction, softmax,
};
pub use values::{
    Argument, EIGHT, Example, HALVES, OTHERS, POINTS, POSITIVE, as_number, count, counted, erf, given, given_ints,
    ints, known, of_one, of_two, sigmoid, softplus, truths,
};
