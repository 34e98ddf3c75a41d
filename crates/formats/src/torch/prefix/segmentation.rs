//! Networks of segmentation_models_pytorch that classify too: an encoder, a decoder, and on the
//! encoder's last features a classifier (`aux_params`).

use super::Found;
use super::part::{Group, Part};
use crate::torch::StateDict;
use crate::torch::arch::{self, Hints, Said};
use crate::{FormatError, LoadOptions};

/// The classifier: pooling, flattening and dropout have the numbers before its linear layer.
const HEAD: &str = "classification_head";
const LINEAR: &str = "3.";

/// Families whose classifier takes the features that the package takes, with where they have it.
/// The package's EfficientNets end in front of the last convolution, its Xception and Inceptions are
/// padded in another way.
const FAMILIES: &[(&str, &str)] = &[
    ("ResNet", "fc"),
    ("ResNeSt", "fc"),
    ("Res2Net", "fc"),
    ("SKNet", "fc"),
    ("SKNet (bottlenecks)", "fc"),
    ("SENet (names of pretrainedmodels)", "last_linear"),
    ("RegNet (timm's names)", "head.fc"),
];

/// The encoder with the classifier; `None` if the file is none of the package's or its encoder is of
/// another family.
pub(super) fn build(
    part: &Part<'_>,
    groups: &[Group<'_>],
    options: &LoadOptions<'_>,
    said: &[Said],
) -> Result<Option<Found>, FormatError> {
    let is_part = |group: &Group<'_>| ["decoder", "segmentation_head", HEAD].contains(&group.path.as_str());
    let head = groups.iter().find(|group| group.path == HEAD);
    let Some(head) = head.filter(|_| part.prefix.starts_with("encoder") && groups.iter().all(is_part)) else {
        return Ok(None);
    };
    if !head.tensors.iter().all(|(name, _)| name.starts_with(LINEAR)) {
        return Ok(None);
    }
    for place in ["fc", "last_linear", "head.fc"] {
        let mut whole: StateDict = part.inside.clone();
        for (name, tensor) in &head.tensors {
            whole.insert(format!("{place}.{}", &name[LINEAR.len()..]), (*tensor).clone());
        }
        let Ok(built) = arch::build_as_said(&whole, None, options, &Hints { said, ..Hints::default() }) else {
            continue;
        };
        if !FAMILIES.contains(&(built.family, place)) {
            continue;
        }
        let mut notes = part.notes();
        notes.push(format!(
            "taken for a network of segmentation_models_pytorch that classifies too: its classes are those of \
             `{HEAD}`, which takes the encoder's pooled features; the decoder and the mask are left out"
        ));
        return Ok(Some((built, notes)));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use heatlens_graph::Tensor;

    use super::*;

    /// A narrow ResNet as an encoder, with a decoder, a mask and a classifier in this place.
    fn network(classifier: &str) -> StateDict {
        let mut state = StateDict::default();
        let mut add = |name: String, shape: &[usize]| {
            state.insert(name, Tensor::f32(shape, vec![0.5; shape.iter().product()]));
        };
        let mut convolution = |name: &str, norm: &str, shape: [usize; 4]| {
            add(format!("encoder.{name}.weight"), &shape);
            for part in ["weight", "bias", "running_mean", "running_var"] {
                add(format!("encoder.{norm}.{part}"), &shape[..1]);
            }
        };
        convolution("conv1", "bn1", [4, 3, 7, 7]);
        for layer in 1..=4 {
            for i in [1, 2] {
                convolution(&format!("layer{layer}.0.conv{i}"), &format!("layer{layer}.0.bn{i}"), [4, 4, 3, 3]);
            }
            if layer > 1 {
                convolution(
                    &format!("layer{layer}.0.downsample.0"),
                    &format!("layer{layer}.0.downsample.1"),
                    [4, 4, 1, 1],
                );
            }
        }
        add("decoder.blocks.0.conv1.0.weight".into(), &[2, 4, 3, 3]);
        add("segmentation_head.0.weight".into(), &[1, 2, 3, 3]);
        add(format!("{classifier}.weight"), &[5, 4]);
        state
    }

    fn read(state: &StateDict) -> Option<Found> {
        let part = Part::new(state, None, "encoder");
        let options = LoadOptions { input_size: Some([64, 96]), ..LoadOptions::default() };
        build(&part, &part.groups(), &options, &[]).unwrap()
    }

    #[test]
    fn the_classifier_takes_the_encoders_features() {
        let (built, notes) = read(&network("classification_head.3")).unwrap();
        assert_eq!(built.graph.shape(built.graph.outputs()[0]), [1, 5]);
        assert!(notes.iter().any(|note| note.contains("segmentation_models_pytorch")), "{notes:?}");
    }

    #[test]
    fn other_heads_are_none_of_the_package() {
        assert!(read(&network("classification_head.0")).is_none());
        assert!(read(&network("classifier.3")).is_none());
    }
}
