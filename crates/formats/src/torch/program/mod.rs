//! Programs: networks that a file tells as calls of PyTorch's operators, `.pt2` of `torch.export` and
//! TorchScript. Both are carried out on the graph in the making ([`Builder`]) by one table of
//! operators ([`aten`]); no tensor is computed and nothing in the file is executed.

pub(super) mod aten;
mod builder;
mod finish;
mod value;

pub(super) use builder::{Builder, Part, Place};
pub(super) use finish::{Image, Outputs, build};
pub(super) use value::{Int, Kind, Value};
