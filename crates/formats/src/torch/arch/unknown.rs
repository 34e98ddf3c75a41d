//! What to say of a file that belongs to no architecture.

use super::family::Family;
use super::misfit::Misfit;
use super::weights::Weights;
use crate::FormatError;
use crate::torch::StateDict;

/// How to make a file that needs no recognising.
pub(in crate::torch) const EXPORT: &str = "Save the network itself where it was trained, which needs no recognising:
    import torch
    program = torch.export.export(model.eval(), (torch.randn(1, 3, 224, 224),))
    torch.export.save(program, \"model.pt2\")
or, with an older PyTorch, export it to ONNX:
    torch.onnx.export(model.eval(), torch.randn(1, 3, 224, 224), \"model.onnx\", opset_version=17, \
        input_names=[\"image\"], output_names=[\"logits\"])";

/// The way that is left where a program is not read.
pub(in crate::torch) const AS_ONNX: &str = "Export the model to ONNX where it was trained:
    import torch
    model.eval()
    torch.onnx.export(model, torch.randn(1, 3, 224, 224), \"model.onnx\", opset_version=17, input_names=[\"image\"], \
        output_names=[\"logits\"])";

/// Parts of names that tell of weights which do not stand for themselves, and what they tell.
const ALTERED: &[(&str, &str)] = &[
    ("lora_", "LoRA adapters: merge them into the weights (`merge_and_unload()`) and save again"),
    ("_packed_params", "quantised weights: save the network before quantising"),
    ("zero_point", "quantised weights: save the network before quantising"),
    ("weight_fake_quant", "quantised weights: save the network before quantising"),
    ("weight_mask", "pruned weights: make the pruning permanent (`torch.nn.utils.prune.remove`) and save again"),
    ("weight_g", "weight normalisation: remove it (`torch.nn.utils.remove_weight_norm`) and save again"),
    (
        "parametrizations.",
        "parametrised weights: remove them (`torch.nn.utils.parametrize.remove_parametrizations`) and save again",
    ),
];

/// Refuses weights that would have to be computed first.
pub(super) fn refuse_altered(state: &StateDict) -> Result<(), FormatError> {
    for (name, _) in state.iter() {
        let is_part = |part: &str| {
            name.split('.').any(|c| c == part || (part.ends_with('_') && c.starts_with(part)))
                || (part.ends_with('.') && name.contains(part))
        };
        if let Some((_, what)) = ALTERED.iter().find(|(part, _)| is_part(part)) {
            return Err(FormatError::Unsupported(format!("`{name}` belongs to {what}")));
        }
    }
    Ok(())
}

/// The error for an architecture that nobody has heard of.
pub(super) fn name(asked: &str) -> FormatError {
    let mut names = super::names();
    names.sort_by(|a, b| strsim::jaro_winkler(b, asked).total_cmp(&strsim::jaro_winkler(a, asked)));
    FormatError::UnknownArchitecture(format!(
        "no architecture is called `{asked}`; the nearest names are {}",
        names[..names.len().min(5)].join(", ")
    ))
}

/// The error for weights that fit nothing: the nearest architecture, the first difference, and what
/// to do. `failures` holds the member that was tried, how many tensors it could use, and what went
/// wrong.
pub(super) fn explain(
    weights: &Weights<'_>,
    families: &[Family],
    failures: Vec<(&str, usize, Misfit)>,
    asked: Option<&str>,
) -> FormatError {
    let intro = match asked {
        Some(name) => format!("the weights do not fit `{name}`."),
        None => "the weights belong to no architecture that is built in.".to_owned(),
    };
    let difference = match failures.into_iter().max_by_key(|(_, used, _)| *used) {
        Some((member, used, misfit)) => {
            format!(
                "The nearest is {member}, in which {used} of the file's {} tensors have their place; the first \
                 difference: {misfit}.",
                weights.len()
            )
        }
        None => landmarks_missing(weights, families, asked),
    };
    let advice = if asked.is_none() { "Name the architecture (`--arch`) if it is one of those built in. " } else { "" };
    FormatError::UnknownArchitecture(format!("{intro} {difference}\n{advice}{EXPORT}"))
}

/// What differs where the file has not even the landmarks of a family.
fn landmarks_missing(weights: &Weights<'_>, families: &[Family], asked: Option<&str>) -> String {
    let first: Vec<_> = weights.iter().take(3).map(|(name, tensor)| format!("`{name}` {:?}", tensor.shape())).collect();
    let first = if first.is_empty() { "no tensor".to_owned() } else { first.join(", ") };
    let present = |family: &&Family| family.landmarks.iter().filter(|landmark| weights.get(landmark).is_some()).count();
    let candidates = families.iter().filter(|family| asked.is_none_or(|name| family.member(name).is_some()));
    match candidates.max_by_key(present) {
        Some(family) if asked.is_some() || present(&family) > 0 => {
            let missing = family
                .landmarks
                .iter()
                .find(|landmark| weights.get(landmark).is_none())
                .unwrap_or(&family.landmarks[0]);
            let (member, _) = family.nearest(weights);
            format!(
                "The nearest is {}, of the family {}: the file has no `{missing}`; it begins with {first}.",
                member.name, family.title
            )
        }
        _ => format!("None has names like the file's, which begins with {first}."),
    }
}
