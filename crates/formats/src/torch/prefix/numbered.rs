//! Names for networks that were cut up: `Sequential(*list(net.children())[:-1])` and
//! `Sequential(*net.features, …)` number the modules that a definition knows by name.

use crate::torch::{ModuleTree, StateDict};

/// How a network's modules are numbered, and what they are called in it.
pub(super) struct Numbering {
    /// The network, for messages.
    pub of: &'static str,
    /// Names of the children in order, the last of which is the classifier; empty where all lie in
    /// `within`.
    children: &'static str,
    /// The module that the numbered ones belong into.
    within: &'static str,
    /// Where the classifier is.
    head: &'static str,
}

/// What modules that are a network's `features` are called.
pub(super) const FEATURES: &str = "the `features` of a network";

/// All numberings that are known.
pub(super) const NUMBERINGS: &[Numbering] = &[
    children("a ResNet", "conv1 bn1 relu maxpool layer1 layer2 layer3 layer4 avgpool fc"),
    children("timm's EfficientNet", "conv_stem bn1 blocks conv_head bn2 global_pool classifier"),
    children("timm's MobileNet V3", "conv_stem bn1 blocks global_pool conv_head act2 flatten classifier"),
    children("timm's MobileNet V3", "conv_stem bn1 blocks global_pool conv_head norm_head act2 flatten classifier"),
    children("a RegNet", "stem trunk_output avgpool fc"),
    children("a ShuffleNet V2", "conv1 maxpool stage2 stage3 stage4 conv5 fc"),
    Numbering { head: "head.fc", ..children("timm's RegNet", "stem s1 s2 s3 s4 final_conv head") },
    Numbering { head: "head.fc", ..children("a network of timm", "stem stages head") },
    Numbering { head: "head.fc", ..children("a network of timm", "stem stages norm head") },
    Numbering { head: "head.fc", ..children("a network of timm", "stem stages final_conv final_act head") },
    Numbering { head: "head.fc", ..children("timm's ConvNeXt", "stem stages norm_pre head") },
    Numbering { head: "head.fc", ..children("timm's ReXNet", "stem features head") },
    Numbering { head: "head.fc", ..children("timm's Xception", "stem blocks act head") },
    children("timm's DLA", "base_layer level0 level1 level2 level3 level4 level5 global_pool head_drop fc"),
    children("timm's GhostNet", "conv_stem bn1 act1 blocks global_pool conv_head act2 flatten classifier"),
    children("a SENet", "layer0 pool0 layer1 layer2 layer3 layer4 global_pool last_linear"),
    children(
        "an Xception",
        "conv1 bn1 act1 conv2 bn2 act2 block1 block2 block3 block4 block5 block6 block7 block8 block9 block10 block11 \
         block12 conv3 bn3 act3 conv4 bn4 act4 global_pool fc",
    ),
    children(
        "an Inception-ResNet V2",
        "conv2d_1a conv2d_2a conv2d_2b maxpool_3a conv2d_3b conv2d_4a maxpool_5a mixed_5b repeat mixed_6a repeat_1 \
         mixed_7a repeat_2 block8 conv2d_7b global_pool head_drop classif",
    ),
    children(
        "a GoogLeNet",
        "conv1 maxpool1 conv2 conv3 maxpool2 inception3a inception3b maxpool3 inception4a inception4b inception4c \
         inception4d inception4e maxpool4 inception5a inception5b avgpool dropout fc",
    ),
    children(
        "an Inception V3",
        "Conv2d_1a_3x3 Conv2d_2a_3x3 Conv2d_2b_3x3 maxpool1 Conv2d_3b_1x1 Conv2d_4a_3x3 maxpool2 Mixed_5b Mixed_5c \
         Mixed_5d Mixed_6a Mixed_6b Mixed_6c Mixed_6d Mixed_6e Mixed_7a Mixed_7b Mixed_7c avgpool dropout fc",
    ),
    Numbering { of: FEATURES, children: "", within: "features", head: "classifier" },
    Numbering { of: "the `layers` of an MNASNet", children: "", within: "layers", head: "classifier" },
];

const fn children(of: &'static str, children: &'static str) -> Numbering {
    Numbering { of, children, within: "", head: "" }
}

impl Numbering {
    /// The weights and the module under the network's names, its classifier last; `None` where the
    /// names are not numbered like this.
    pub fn named(&self, state: &StateDict, module: Option<&ModuleTree>) -> Option<(StateDict, Option<ModuleTree>)> {
        let first_of_head = self.first_of_head(state)?;
        let mut named = state.like();
        for (name, tensor) in state.iter() {
            let (child, rest) = name.split_once('.')?;
            named.insert(format!("{}.{rest}", self.place(child, first_of_head)?), tensor.clone());
        }
        let module = match module {
            Some(module) => Some(self.module(module, first_of_head)?),
            None => None,
        };
        Some((named, module))
    }

    /// The number from which on modules belong to the classifier.
    fn first_of_head(&self, state: &StateDict) -> Option<usize> {
        if self.within.is_empty() {
            return Some(self.children.split_whitespace().count() - 1);
        }
        let mut first = usize::MAX;
        for (name, tensor) in state.iter() {
            let number = name.split('.').next()?.parse::<usize>();
            match (number, tensor.shape().len()) {
                (Ok(number), 2) => first = first.min(number),
                (Ok(_), _) => {}
                // DenseNet's `features` have names.
                (Err(_), _) if self.within == "features" => {}
                (Err(_), _) => return None,
            }
        }
        Some(first)
    }

    /// Where a child lies in the network.
    fn place(&self, child: &str, first_of_head: usize) -> Option<String> {
        let number: usize = match child.parse() {
            Ok(number) => number,
            Err(_) if self.within.is_empty() => return None,
            Err(_) => return Some(format!("{}.{child}", self.within)),
        };
        if number >= first_of_head {
            let last = self.children.split_whitespace().next_back().unwrap_or_default();
            return Some(format!("{}.{child}", if self.head.is_empty() { last } else { self.head }));
        }
        match self.within {
            "" => self.children.split_whitespace().nth(number).map(str::to_owned),
            within => Some(format!("{within}.{child}")),
        }
    }

    fn module(&self, module: &ModuleTree, first_of_head: usize) -> Option<ModuleTree> {
        let mut root = ModuleTree { class: module.class.clone(), ..ModuleTree::default() };
        for (child, inner) in &module.children {
            let place = self.place(child, first_of_head)?;
            let mut at = &mut root;
            let (parents, name) = place.rsplit_once('.').unwrap_or(("", &place));
            for parent in parents.split('.').filter(|parent| !parent.is_empty()) {
                let index = at.children.iter().position(|(name, _)| name == parent).unwrap_or_else(|| {
                    let class = "torch.nn.modules.container.Sequential".to_owned();
                    at.children.push((parent.to_owned(), ModuleTree { class, ..ModuleTree::default() }));
                    at.children.len() - 1
                });
                at = &mut at.children[index].1;
            }
            at.children.push((name.to_owned(), inner.clone()));
        }
        Some(root)
    }
}

#[cfg(test)]
mod tests {
    use heatlens_graph::Tensor;

    use super::*;

    /// The place of the `features` in the table, which the `layers` of an MNASNet follow.
    const FEATURES_AT: usize = NUMBERINGS.len() - 2;

    fn named(numbering: usize, names: &[(&str, usize)]) -> Option<Vec<String>> {
        let mut state = StateDict::default();
        for (name, rank) in names {
            state.insert(*name, Tensor::f32(vec![1; *rank], vec![0.0]));
        }
        let (named, _) = NUMBERINGS[numbering].named(&state, None)?;
        Some(named.iter().map(|(name, _)| name.to_owned()).collect())
    }

    #[test]
    fn children_have_their_names_and_what_follows_is_the_classifier() {
        let resnet = [("0.weight", 4), ("1.weight", 1), ("7.0.conv1.weight", 4), ("10.weight", 2)];
        assert_eq!(named(0, &resnet).unwrap(), ["conv1.weight", "bn1.weight", "layer4.0.conv1.weight", "fc.10.weight"]);
        assert!(named(0, &[("conv1.weight", 4)]).is_none());
    }

    #[test]
    fn features_end_where_matrices_begin() {
        let flat = [("0.0.weight", 4), ("1.block.0.0.weight", 4), ("4.weight", 2)];
        assert_eq!(
            named(FEATURES_AT, &flat).unwrap(),
            ["features.0.0.weight", "features.1.block.0.0.weight", "classifier.4.weight"]
        );
        assert_eq!(named(FEATURES_AT, &[("conv0.weight", 4)]).unwrap(), ["features.conv0.weight"]);
        assert!(named(FEATURES_AT + 1, &[("conv0.weight", 4)]).is_none());
    }
}
