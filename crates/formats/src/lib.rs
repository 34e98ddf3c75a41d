//! Model files → [`heatlens_graph::Graph`].
//!
//! [`load`](fn@load) recognises ONNX, PyTorch checkpoints (zip and old format) and programs
//! (`torch.export` and TorchScript), safetensors and Keras models (`.h5` and `.keras`) by their bytes. A
//! checkpoint holds weights only: the network they belong to is recognised from their names and shapes
//! (see `torch::arch`). Nothing in a pickle, a program or a Keras file is ever executed.

#![forbid(unsafe_code)]

pub mod archive;
mod config;
mod error;
mod foreign;
mod hdf5;
pub mod keras;
mod labels;
mod load;
mod naming;
pub mod onnx;
pub mod scores;
mod shared;
pub mod torch;

pub use config::Problem;
pub use error::FormatError;
pub use foreign::saved_model;
pub use load::{Format, LoadOptions, LoadedModel, Preparation, Sibling, Twin, load, load_shared};
pub use prost::bytes::Bytes;
