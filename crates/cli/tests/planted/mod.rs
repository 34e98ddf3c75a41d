//! Rendered eyes that evidence is planted in, and classifiers that are known by construction.

pub mod detector;
pub mod eyes;
mod onnx;
