//! The trunk that the mobile networks share: a stem, inverted residual blocks (arXiv 1801.04381)
//! with or without squeeze-and-excitation, a last 1×1 convolution. A [`Trunk`] is how one package
//! names its parts; what the parts compute is the same for all.

use heatlens_graph::{Tensor, ValueId, ops};

use super::activation::Activation;
use super::builder::Builder;
use super::condconv;
use super::geometry::Window;
use super::misfit::{Fit, Misfit};
use super::smoothing::Smoothing;
use super::weights::Weights;

/// The modules of a trunk.
#[derive(Debug)]
pub(super) struct Trunk {
    stem: Unit,
    /// In the order in which they run.
    blocks: Vec<Block>,
    /// The last convolution; none where the last block or the classifier holds it.
    head: Option<Unit>,
    /// Extent of the first kernel.
    pub stem_kernel: usize,
}

/// One block, its parts named relative to its path.
#[derive(Debug)]
struct Block {
    path: String,
    /// Which of the stages of one resolution and width it belongs to, from 0.
    stage: usize,
    /// Convolutions, activated where they name an activation.
    convolutions: Vec<Unit>,
    /// Which of them has the block's stride.
    strided: usize,
    squeeze: Option<Squeeze>,
    /// The last convolution, which is not activated.
    projection: Option<Unit>,
}

/// A convolution, its normalisation, its activation, whose name is empty where there is none.
#[derive(Clone, Debug)]
struct Unit([String; 3]);

/// Squeeze-and-excitation: the module and, in it, the parts that [`Builder::squeeze_excitation`]
/// names.
#[derive(Clone, Debug)]
struct Squeeze {
    module: String,
    parts: [&'static str; 5],
}

/// What a block computes beyond its weights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// Behind convolutions.
    pub activation: Activation,
    /// Within squeeze-and-excitation.
    pub squeeze: Activation,
    /// That squeeze-and-excitation multiplies by.
    pub gate: Activation,
    /// Behind the last convolution.
    pub end: Activation,
    /// Whether what the block takes is added to what it makes, where both fit.
    pub adds: bool,
    /// In front of the stride.
    pub smoothing: Smoothing,
}

impl Style {
    /// A residual block of these activations.
    pub const fn new(activation: Activation, squeeze: Activation, gate: Activation) -> Self {
        Style { activation, squeeze, gate, end: Activation::Identity, adds: true, smoothing: Smoothing::None }
    }
}

impl Unit {
    fn new(convolution: impl Into<String>, normalisation: impl Into<String>, activation: impl Into<String>) -> Self {
        Unit([convolution.into(), normalisation.into(), activation.into()])
    }

    /// Members 0, 1, 2 of a torchvision `Conv2dNormActivation`.
    fn sequential(path: &str) -> Self {
        Unit([0, 1, 2].map(|i| format!("{path}.{i}")))
    }

    /// A convolution and one of timm's `BatchNormAct2d`.
    fn timm(convolution: &str, normalisation: &str) -> Self {
        Unit::new(convolution, normalisation, format!("{normalisation}.act"))
    }

    /// One of timm's `ConvNormAct` that is not activated.
    fn bare(path: &str) -> Self {
        Unit::new(format!("{path}.conv"), format!("{path}.bn"), "")
    }
}

impl Trunk {
    /// torchvision's names: the stem is `features.0`, blocks and the last convolution follow.
    /// Blocks keep their parts in the module `inside`; they lie in stages (EfficientNet) or all in
    /// one row (MobileNet).
    pub fn torchvision(weights: &Weights<'_>, inside: &'static str) -> Self {
        let mut blocks = Vec::new();
        let members = weights.count("features");
        for member in 1..members {
            let path = format!("features.{member}");
            if weights.has(&format!("{path}.{inside}")) {
                blocks.push(sequential_block(weights, path, member - 1, inside));
            } else {
                let nested = (0..weights.count(&path))
                    .map(|i| format!("{path}.{i}"))
                    .filter(|path| weights.has(&format!("{path}.{inside}")));
                blocks.extend(nested.map(|path| sequential_block(weights, path, member - 1, inside)));
            }
        }
        let head = Unit::sequential(&format!("features.{}", members.saturating_sub(1)));
        Trunk { stem: Unit::sequential("features.0"), blocks, head: Some(head), stem_kernel: 3 }
    }

    /// The names of torchvision's MNASNet: everything in `layers`, the first block spread out.
    pub fn torchvision_mnasnet(weights: &Weights<'_>) -> Self {
        let within_layers = |i: usize| Unit([i, i + 1, i + 2].map(|i| format!("layers.{i}")));
        let first = Block {
            path: String::new(),
            stage: 0,
            convolutions: vec![within_layers(3)],
            strided: 0,
            squeeze: None,
            projection: Some(within_layers(6)),
        };
        let mut blocks = vec![first];
        let mut member = 8;
        while weights.has(&format!("layers.{member}.0")) {
            let path = format!("layers.{member}");
            blocks.extend(
                (0..weights.count(&path))
                    .map(|i| sequential_block(weights, format!("{path}.{i}"), member - 7, "layers")),
            );
            member += 1;
        }
        Trunk { stem: within_layers(0), blocks, head: Some(within_layers(member)), stem_kernel: 3 }
    }

    /// timm's names: `conv_stem`, `blocks.<stage>.<block>`, `conv_head`.
    pub fn timm(weights: &Weights<'_>) -> Self {
        let mut blocks = Vec::new();
        for stage in 0..weights.count("blocks") {
            let count = weights.count(&format!("blocks.{stage}"));
            blocks.extend((0..count).map(|i| timm_block(weights, format!("blocks.{stage}.{i}"), stage)));
        }
        let head = weights.has("bn2").then(|| Unit::timm("conv_head", "bn2"));
        Trunk { stem: Unit::timm("conv_stem", "bn1"), blocks, head, stem_kernel: 3 }
    }

    /// The names of the stand-alone EfficientNet packages: blocks in one row, a new stage wherever
    /// the width changes.
    pub fn stand_alone(weights: &Weights<'_>) -> Self {
        let unit = |convolution: &str, normalisation: &str| Unit::new(convolution, normalisation, "_swish");
        let mut blocks: Vec<Block> = Vec::new();
        let mut width = None;
        let mut stages = 0;
        for i in 0..weights.count("_blocks") {
            let path = format!("_blocks.{i}");
            let out = weights.extent(&format!("{path}._project_conv.weight"), 0);
            stages += usize::from(out != width);
            width = out;
            let expansion = weights.has(&format!("{path}._expand_conv")).then(|| unit("_expand_conv", "_bn0"));
            let parts = ["", "_se_reduce", "_swish", "_se_expand", ""];
            blocks.push(Block {
                stage: stages - 1,
                strided: usize::from(expansion.is_some()),
                convolutions: expansion.into_iter().chain([unit("_depthwise_conv", "_bn1")]).collect(),
                squeeze: weights.has(&format!("{path}._se_reduce")).then_some(Squeeze { module: String::new(), parts }),
                projection: Some(unit("_project_conv", "_bn2")),
                path,
            });
        }
        Trunk { stem: unit("_conv_stem", "_bn0"), blocks, head: Some(unit("_conv_head", "_bn1")), stem_kernel: 3 }
    }

    /// What tells these networks apart: blocks, the sum of the largest kernels of all blocks,
    /// blocks with squeeze-and-excitation; width of the stem, of the last block, of the last
    /// convolution.
    pub fn measure(&self, weights: &Weights<'_>) -> Vec<usize> {
        let extent = |module: &str, axis: usize| match weights.extent(&format!("{module}.weight"), axis) {
            Some(extent) => extent,
            // Kernels of several extents beside each other, each for some of the channels.
            None => {
                let parts =
                    (0..weights.count(module)).filter_map(|i| weights.extent(&format!("{module}.{i}.weight"), axis));
                if axis == 0 { parts.fold(0, usize::saturating_add) } else { parts.max().unwrap_or(0) }
            }
        };
        let units = |block: &Block| {
            block.convolutions.iter().chain(&block.projection).map(|unit| block.child(&unit.0[0])).collect::<Vec<_>>()
        };
        let kernel = |block: &Block| units(block).iter().map(|conv| extent(conv, 2)).max().unwrap_or(0);
        let last = self.blocks.last().and_then(|block| units(block).pop()).map_or(0, |conv| extent(&conv, 0));
        vec![
            self.blocks.len(),
            self.blocks.iter().map(kernel).sum(),
            self.blocks.iter().filter(|block| block.squeeze.is_some()).count(),
            extent(&self.stem.0[0], 0),
            last,
            extent(self.head(), 0),
        ]
    }

    /// Whether blocks have squeeze-and-excitation.
    pub fn squeezes(&self) -> bool {
        self.blocks.iter().any(|block| block.squeeze.is_some())
    }

    /// Whether a block has a fused convolution: neither 1×1 nor depthwise.
    pub fn is_fused(&self, weights: &Weights<'_>) -> bool {
        let is_fused =
            |conv: String| weights.shape(&conv).is_some_and(|shape| shape.len() == 4 && shape[1] > 1 && shape[2] > 1);
        self.blocks
            .iter()
            .any(|block| block.convolutions.iter().any(|unit| is_fused(block.child(&format!("{}.weight", unit.0[0])))))
    }

    /// The path of the last convolution.
    fn head(&self) -> &str {
        self.head.as_ref().map_or("conv_head", |head| &head.0[0])
    }

    /// Which stage each block belongs to.
    pub fn stages(&self) -> impl Iterator<Item = usize> {
        self.blocks.iter().map(|block| block.stage)
    }

    /// Number of blocks.
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// The stride of each block, from those of the stages: the first block of a stage has it.
    pub fn strides(&self, stages: &[usize]) -> Vec<usize> {
        let first = |i: usize| i == 0 || self.blocks[i - 1].stage != self.blocks[i].stage;
        let stride =
            |(i, block): (usize, &Block)| if first(i) { stages.get(block.stage).copied().unwrap_or(1) } else { 1 };
        self.blocks.iter().enumerate().map(stride).collect()
    }

    /// Runs the trunk on the image. Stem and last convolution are activated by `activation`;
    /// `strides` and `style` are those of each block.
    pub fn build(
        &self,
        b: &mut Builder<'_>,
        activation: Activation,
        strides: &[usize],
        style: impl Fn(usize) -> Style,
    ) -> Fit<ValueId> {
        let image = b.image_for(&format!("{}.weight", self.stem.0[0]))?;
        b.expect_kernel(&self.stem.0[0], self.stem_kernel)?;
        let mut x = self.stem.build(b, image, 2, activation, None)?;
        for (i, block) in self.blocks.iter().enumerate() {
            let stride = strides.get(i).copied().unwrap_or(1);
            x = b.within(&block.path, |b| block.build(b, x, stride, style(i)))?;
        }
        match &self.head {
            Some(head) => head.build(b, x, 1, activation, None),
            None => Ok(x),
        }
    }
}

impl Unit {
    /// The convolution, depthwise where its weight is, normalised and activated.
    /// Where kernels are mixed, `shares` says how much of each there is.
    fn build(
        &self,
        b: &mut Builder<'_>,
        x: ValueId,
        stride: usize,
        activation: Activation,
        shares: Option<ValueId>,
    ) -> Fit<ValueId> {
        let [convolution, normalisation, activation_name] = &self.0;
        let y = if let Some(shares) = shares {
            condconv::convolution(b, x, (convolution, normalisation), stride, shares)?
        } else if b.has(&format!("{convolution}.0.weight")) {
            mixed(b, x, convolution, stride)?
        } else {
            let window = window(b, x, convolution, stride);
            b.conv(x, convolution, window)?
        };
        let y = b.batch_norm(y, normalisation)?;
        if activation_name.is_empty() { Ok(y) } else { b.activation(y, activation_name, activation) }
    }
}

/// The window of a convolution of `x`: depthwise where its weight is, in groups where a kernel of
/// several cells has fewer channels than `x`.
fn window(b: &Builder<'_>, x: ValueId, convolution: &str, stride: usize) -> Window {
    let weight = b.path(convolution).child("weight");
    let extent = |axis| b.weights().extent(weight.as_str(), axis);
    match extent(1) {
        Some(1) if b.channels(x) > 1 => Window::stride(stride).depthwise(),
        _ if extent(2) > Some(1) => Window::stride(stride).grouped(),
        _ => Window::stride(stride),
    }
}

/// Convolutions of several kernels beside each other (arXiv 1907.09595), each of some channels: a
/// depthwise one of as many as it makes, another of as many as its weight takes.
fn mixed(b: &mut Builder<'_>, x: ValueId, name: &str, stride: usize) -> Fit<ValueId> {
    b.within(name, |b| {
        let count = b.count("");
        let mut takes = Vec::new();
        for i in 0..count {
            let shape = b.tensor(&format!("{i}.weight"), 4)?.shape();
            takes.push(if shape[1] == 1 { shape[0] } else { shape[1] } as i64);
        }
        if takes.iter().sum::<i64>() != b.channels(x) as i64 {
            let channels = b.channels(x);
            return Err(Misfit::Differs(format!("`{}` takes other than {channels} channels", b.path(""))));
        }
        let takes = b.constant(Tensor::ints(&takes));
        let parts = b.add_many(ops::Split { axis: 1, outputs: count }, &[x, takes], "")?;
        let mut made = Vec::new();
        for (i, part) in parts.into_iter().enumerate() {
            let name = i.to_string();
            let window = window(b, part, &name, stride);
            made.push(b.conv(part, &name, window)?);
        }
        b.concat(&made)
    })
}

impl Block {
    fn child(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId, stride: usize, style: Style) -> Fit<ValueId> {
        let shares = condconv::routing(b, x)?;
        let mut y = x;
        for (i, convolution) in self.convolutions.iter().enumerate() {
            let of_this = if i == self.strided { stride } else { 1 };
            if of_this == 1 || style.smoothing == Smoothing::None {
                y = convolution.build(b, y, of_this, style.activation, shares)?;
                continue;
            }
            y = convolution.build(b, y, 1, style.activation, shares)?;
            let within = convolution.0[0].strip_suffix(".conv").map(|module| format!("{module}.aa"));
            y = style.smoothing.halve(b, y, within.as_deref().unwrap_or("aa"))?;
        }
        if let Some(squeeze) = &self.squeeze {
            y = b.within(&squeeze.module, |b| b.squeeze_excitation(y, squeeze.parts, style.squeeze, style.gate))?;
        }
        if let Some(projection) = &self.projection {
            y = Unit::new(&projection.0[0], &projection.0[1], "").build(b, y, 1, Activation::Identity, shares)?;
            if style.end != Activation::Identity {
                y = b.activation(y, &projection.0[2], style.end)?;
            }
        }
        if style.adds && stride == 1 && b.channels(x) == b.channels(y) { b.sum(y, x) } else { Ok(y) }
    }
}

/// Blocks have no more members than this: MNASNet's eight modules in a row.
const MOST_MEMBERS: usize = 8;

/// A block whose parts are the members of the module `inside`, in order. The last convolution
/// projects, unless it is the only one.
fn sequential_block(weights: &Weights<'_>, path: String, stage: usize, inside: &'static str) -> Block {
    let (mut convolutions, mut squeeze) = (Vec::new(), None);
    let is_convolution =
        |module: &str| weights.shape(&format!("{path}.{module}.weight")).is_some_and(|shape| shape.len() == 4);
    for i in 0..MOST_MEMBERS {
        let member = format!("{inside}.{i}");
        if weights.has(&format!("{path}.{member}.fc1")) {
            squeeze =
                Some(Squeeze { module: member, parts: ["avgpool", "fc1", "activation", "fc2", "scale_activation"] });
        } else if is_convolution(&format!("{member}.0")) {
            convolutions.push(Unit::sequential(&member));
        } else if is_convolution(&member) {
            convolutions.push(Unit([i, i + 1, i + 2].map(|i| format!("{inside}.{i}"))));
        }
    }
    let projection = if convolutions.len() > 1 { convolutions.pop() } else { None };
    Block { path, stage, strided: convolutions.len().saturating_sub(1), convolutions, squeeze, projection }
}

/// timm's `InvertedResidual`, `EdgeResidual`, `DepthwiseSeparableConv`, `UniversalInvertedResidual`
/// or `ConvBnAct`, whichever has parts of these names.
fn timm_block(weights: &Weights<'_>, path: String, stage: usize) -> Block {
    let has = |name: &str| weights.has(&format!("{path}.{name}"));
    let squeeze =
        has("se").then(|| Squeeze { module: "se".into(), parts: ["", "conv_reduce", "act1", "conv_expand", "gate"] });
    if has("pw_exp") {
        let start = has("dw_start").then(|| Unit::bare("dw_start"));
        let middle = has("dw_mid").then(|| Unit::timm("dw_mid.conv", "dw_mid.bn"));
        let strided = if middle.is_some() { usize::from(start.is_some()) + 1 } else { 0 };
        let convolutions = start.into_iter().chain([Unit::timm("pw_exp.conv", "pw_exp.bn")]).chain(middle).collect();
        let projection = Some(Unit::timm("pw_proj.conv", "pw_proj.bn"));
        return Block { path, stage, convolutions, strided, squeeze, projection };
    }
    let (convolutions, projection) = match () {
        _ if has("conv_exp") => (vec![Unit::timm("conv_exp", "bn1")], Some(Unit::timm("conv_pwl", "bn2"))),
        _ if has("conv_pwl") => {
            (vec![Unit::timm("conv_pw", "bn1"), Unit::timm("conv_dw", "bn2")], Some(Unit::timm("conv_pwl", "bn3")))
        }
        _ if has("conv_dw") => (vec![Unit::timm("conv_dw", "bn1")], Some(Unit::timm("conv_pw", "bn2"))),
        _ => (vec![Unit::timm("conv", "bn1")], None),
    };
    Block { path, stage, strided: convolutions.len() - 1, convolutions, squeeze, projection }
}
