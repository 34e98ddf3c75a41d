//! What several targets need: archives and pickles written from nothing, and files for readers that
//! take a path.

#![forbid(unsafe_code)]

pub mod checkpoint;
pub mod goldens;
pub mod network;
pub mod zip;

use std::path::PathBuf;

use heatlens_formats::{LoadOptions, LoadedModel};
use heatlens_graph::layers;

/// Writes `bytes` to a file of this process, for a reader that takes a path.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("{}-{name}", std::process::id()));
    std::fs::write(&path, bytes).expect("the target's file is written");
    path
}

/// Loads a model as the command does and asks for what it asks for next: its layers.
pub fn load(bytes: &[u8], options: &LoadOptions<'_>) -> Option<LoadedModel> {
    let model = heatlens_formats::load(bytes, options).ok()?;
    let candidates = layers::candidates(&model.graph);
    if let Some(layer) = candidates.last() {
        let _ = layers::resolve(&model.graph, &layer.name);
    }
    let _ = layers::resolve(&model.graph, "layer4[-1]");
    Some(model)
}
