//! The network as data.
//!
//! A [`Graph`] holds typed ONNX operators in topological order. Every value has a concrete element
//! type and shape from the moment it is added, so a graph that exists is consistent.
//! [`differentiate`] appends the gradient of a score in the same operators;
//! [`simplify`](mod@simplify) folds what does not depend on the input; [`layers`] finds the value
//! that a module path names.

#![forbid(unsafe_code)]

mod backward;
mod differentiate;
mod error;
mod flow;
mod graph;
pub mod layers;
mod module_path;
mod operand;
pub mod ops;
pub mod simplify;
mod tail;
mod tensor;

pub use backward::Rules;
pub use differentiate::{Gradient, differentiate, pull_back};
pub use error::{GraphError, Reason};
pub use graph::{Dim, Graph, Input, Node, NodeId, NodeSpec, Value, ValueId};
pub use module_path::ModulePath;
pub use ops::Op;
pub use tail::{Tail, tail};
pub use tensor::{Buffer, DType, Data, Tensor, Type};
