//! Blocks of torchvision and timm whose `forward` is more than their modules one behind the other.

use heatlens_graph::{ValueId, ops};

use super::super::builder::Builder;
use super::super::misfit::Fit;
use super::run;
use crate::torch::ModuleTree;

/// How a block runs, in its own scope.
type Block = fn(&mut Builder<'_>, ValueId, &ModuleTree) -> Fit<ValueId>;

/// The block that a module is.
pub(super) fn of(module: &ModuleTree) -> Option<Block> {
    let has = |child: &str| module.child(child).is_some();
    Some(match module.known_class() {
        // The ResNets of both packages, and timm's RegNet.
        "BasicBlock" | "Bottleneck" => residual,
        "ResBottleneckBlock" => |b, x, _| {
            let (y, shortcut) = (chain(b, x, "f")?, chain(b, x, "proj")?);
            add_and(b, y, shortcut, "activation")
        },
        "InvertedResidual" if has("branch2") => shuffled,
        "InvertedResidual"
        | "MBConv"
        | "FusedMBConv"
        | "_InvertedResidual"
        | "DepthwiseSeparableConv"
        | "EdgeResidual"
        | "ConvBnAct" => inverted,
        "SqueezeExcitation" | "SqueezeExcite" | "SEModule" | "EffectiveSEModule" => squeeze,
        "_DenseBlock" | "DenseBlock" => dense,
        "_DenseLayer" | "DenseLayer" => |b, x, _| chain(b, x, "norm1 relu1 conv1 norm2 relu2 conv2"),
        "CNBlock" => |b, x, _| {
            let y = run(b, x, "block")?;
            scaled_and_added(b, y, x, "layer_scale")
        },
        "ConvNeXtBlock" => convnext,
        // fastai's XResNet
        "ResBlock" => |b, x, _| {
            let (y, shortcut) = (run(b, x, "convpath")?, run(b, x, "idpath")?);
            add_and(b, y, shortcut, "act")
        },
        "TimmBody" => super::body_of_timm,
        "Fire" => |b, x, _| {
            let x = chain(b, x, "squeeze squeeze_activation")?;
            let wide = chain(b, x, "expand1x1 expand1x1_activation")?;
            let wider = chain(b, x, "expand3x3 expand3x3_activation")?;
            b.concat(&[wide, wider])
        },
        "BasicConv2d" => |b, x, _| {
            let y = chain(b, x, "conv bn")?;
            b.relu(y, "")
        },
        "Inception" => |b, x, _| {
            let branches = ["branch1", "branch2", "branch3", "branch4"].map(|branch| run(b, x, branch));
            let branches: Vec<ValueId> = branches.into_iter().collect::<Fit<_>>()?;
            b.concat(&branches)
        },
        _ => return None,
    })
}

/// Runs those of the modules that there are.
fn chain(b: &mut Builder<'_>, x: ValueId, names: &str) -> Fit<ValueId> {
    names
        .split_whitespace()
        .filter(|name| b.has_pickled(name))
        .collect::<Vec<_>>()
        .into_iter()
        .try_fold(x, |x, name| run(b, x, name))
}

fn add_and(b: &mut Builder<'_>, y: ValueId, shortcut: ValueId, behind: &str) -> Fit<ValueId> {
    let sum = b.sum(y, shortcut)?;
    chain(b, sum, behind)
}

/// torchvision has one ReLU, which runs behind each normalisation and at the end; timm has one for
/// each place.
fn residual(b: &mut Builder<'_>, x: ValueId, module: &ModuleTree) -> Fit<ValueId> {
    let (names, behind) = match module.class_name() {
        "BasicBlock" => ("conv1 bn1 relu drop_block act1 aa conv2 bn2 se drop_path", "relu act2"),
        _ if module.child("bn1").is_none() => ("conv1 conv2 se conv3 drop_path", "act3"),
        _ => ("conv1 bn1 relu act1 conv2 bn2 relu drop_block act2 aa conv3 bn3 se drop_path", "relu act3"),
    };
    let (y, shortcut) = (chain(b, x, names)?, chain(b, x, "downsample")?);
    add_and(b, y, shortcut, behind)
}

/// The blocks of the mobile networks, which say whether they add what they took.
fn inverted(b: &mut Builder<'_>, x: ValueId, module: &ModuleTree) -> Fit<ValueId> {
    let y = chain(
        b,
        x,
        match module.class_name() {
            "DepthwiseSeparableConv" => "conv_s2d bn_s2d conv_dw bn1 aa se conv_pw bn2 drop_path",
            "ConvBnAct" => "conv bn1 aa drop_path",
            "EdgeResidual" => "conv_exp bn1 aa se conv_pwl bn2 drop_path",
            _ if module.child("conv_pw").is_some() => {
                "conv_s2d bn_s2d conv_pw bn1 conv_dw bn2 aa se conv_pwl bn3 drop_path"
            }
            _ => "conv block layers",
        },
    )?;
    let adds = ["use_res_connect", "apply_residual", "has_skip", "has_residual"];
    match adds.iter().find_map(|attribute| module.bool(attribute)) {
        Some(true) => b.sum(y, x),
        Some(false) => Ok(y),
        None => Err(b.misplaced("", module, "it does not say whether it adds what it takes")),
    }
}

/// ShuffleNet's block: half of the channels pass untouched unless it has a stride.
fn shuffled(b: &mut Builder<'_>, x: ValueId, module: &ModuleTree) -> Fit<ValueId> {
    let parts = if module.int("stride") == Some(1) { b.split(x, 2)? } else { vec![x, x] };
    let (first, second) = (chain(b, parts[0], "branch1")?, run(b, parts[1], "branch2")?);
    let joined = b.concat(&[first, second])?;
    super::super::shufflenet_v2::shuffle(b, joined)
}

fn squeeze(b: &mut Builder<'_>, x: ValueId, module: &ModuleTree) -> Fit<ValueId> {
    if module.bool("add_maxpool") == Some(true) {
        return Err(b.misplaced("", module, "maxima beside means are not supported in it"));
    }
    let y = if module.class_name() == "SqueezeExcitation" { x } else { b.add(ops::GlobalAveragePool, &[x], "")? };
    let names = match module.class_name() {
        "SqueezeExcitation" => "avgpool fc1 activation fc2 scale_activation",
        "SqueezeExcite" => "conv_reduce act1 conv_expand gate",
        "SEModule" => "fc1 bn act fc2 gate",
        _ => "fc gate",
    };
    let y = chain(b, y, names)?;
    b.add(ops::Mul, &[x, y], "")
}

/// Layers of which each sees the input and the outputs of all before it.
fn dense(b: &mut Builder<'_>, x: ValueId, module: &ModuleTree) -> Fit<ValueId> {
    let mut features = vec![x];
    for (name, _) in &module.children {
        let joined = if let [only] = features[..] { only } else { b.concat(&features)? };
        features.push(run(b, joined, name)?);
    }
    b.concat(&features)
}

fn convnext(b: &mut Builder<'_>, x: ValueId, _module: &ModuleTree) -> Fit<ValueId> {
    let y = run(b, x, "conv_dw")?;
    let y = b.channel_norm(y, "norm", 1e-6)?;
    let y = b.within("mlp", |b| {
        let y = b.linear_per_cell(y, "fc1")?;
        let y = run(b, y, "act")?;
        b.linear_per_cell(y, "fc2")
    })?;
    let shortcut = chain(b, x, "shortcut")?;
    scaled_and_added(b, y, shortcut, "gamma")
}

/// `y` times a factor a channel, where there is one, and `x`.
fn scaled_and_added(b: &mut Builder<'_>, y: ValueId, x: ValueId, factor: &str) -> Fit<ValueId> {
    if !b.has(factor) {
        return b.sum(y, x);
    }
    let factor = b.channel_factor(y, factor)?;
    let y = b.add(ops::Mul, &[y, factor], "")?;
    b.sum(y, x)
}
