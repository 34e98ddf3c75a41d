use anyhow::Result;
use serde_json::json;

use crate::failure::Status;
use crate::flags::NetworkArgs;
use crate::printer::Printer;

/// List the layers that can be explained, with their shapes; the default is marked
///
/// A layer is named as PyTorch names modules (`layer4.1`), by position (`layer4[-1]`), or by an
/// ONNX value name.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    network: NetworkArgs,
    /// Print one JSON array instead of a table
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let model = args.network.open()?;
    for note in model.notes() {
        printer.note(note);
    }
    let default = model.default_layer();
    let is_default = |value| default.as_ref().is_ok_and(|layer| layer.value == value);
    let layers = model.layers();
    let shape = |value| {
        let shape = model.graph().shape(value);
        (shape[1], shape[2], shape[3])
    };
    if args.json {
        let rows: Vec<_> = layers
            .iter()
            .map(|layer| {
                let (channels, height, width) = shape(layer.value);
                let default = is_default(layer.value);
                json!({ "layer": layer.name, "channels": channels, "cells": [height, width], "default": default })
            })
            .collect();
        printer.data(&serde_json::to_string_pretty(&rows)?);
        return Ok(Status::Done);
    }
    let [height, width] = model.input().size();
    let architecture = model.architecture().unwrap_or("unnamed network");
    printer.data(&format!("{architecture}, input {height}×{width}, {} classes", model.classes().len()));
    let wide = layers.iter().map(|layer| layer.name.chars().count()).max().unwrap_or(0).max(5);
    printer.data(&format!("\n  {:wide$}  {:>8}  {:>9}", "layer", "channels", "cells"));
    for layer in &layers {
        let (channels, height, width) = shape(layer.value);
        let mark = if is_default(layer.value) { "  ← default" } else { "" };
        printer.data(&format!("  {:wide$}  {channels:>8}  {:>9}{mark}", layer.name, format!("{height}×{width}")));
    }
    if let Err(error) = default {
        printer.warn(&format!("no default layer: {error}"));
    }
    Ok(Status::Done)
}
