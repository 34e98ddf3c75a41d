//! The layers that definitions are made of: one method a PyTorch module.

use heatlens_graph::{Op, Tensor, ValueId, ops};

use super::activation::Activation;
use super::builder::{Builder, PaddingRule};
use super::geometry::{Groups, Pooling, PoolingGeometry, Window};
use super::misfit::{Fit, Misfit};
use super::variant::GlobalPool;

/// Batch normalisations with running statistics. timm's with an activation keep it as a child.
const BATCH_NORMALISATIONS: &[&str] =
    &["BatchNorm1d", "BatchNorm2d", "SyncBatchNorm", "BatchNormAct2d", "FrozenBatchNorm2d"];

const LAYER_NORMALISATIONS: &[&str] = &["LayerNorm", "LayerNorm2d"];

const LINEAR: &[&str] = &["Linear", "NonDynamicallyQuantizableLinear"];

/// Classes of convolutions by their weights as they are, and by weights that are brought to mean 0 and
/// variance 1.
const PLAIN_CONVOLUTIONS: &[&str] = &["Conv2d", "Conv2dSame", "Conv2dDynamicSamePadding", "Conv2dStaticSamePadding"];
const STANDARDISED_CONVOLUTIONS: &[&str] = &["StdConv2d", "StdConv2dSame", "ScaledStdConv2d", "ScaledStdConv2dSame"];

impl Builder<'_> {
    /// `torch.nn.Conv2d` with the weight `<name>.weight` and, where the file has one, a bias.
    pub fn conv(&mut self, x: ValueId, name: &str, window: Window) -> Fit<ValueId> {
        self.conv_of(x, name, window, PLAIN_CONVOLUTIONS, |b, weight| b.parameter("weight", weight.shape()))
    }

    /// timm's `StdConv2d` and `ScaledStdConv2d`: a convolution by a kernel that `kernel` makes of the weight.
    pub fn conv_by(
        &mut self,
        x: ValueId,
        name: &str,
        window: Window,
        kernel: impl FnOnce(&mut Self, &Tensor) -> Fit<ValueId>,
    ) -> Fit<ValueId> {
        self.conv_of(x, name, window, STANDARDISED_CONVOLUTIONS, kernel)
    }

    /// A convolution by a kernel of the weight's shape, which a pickled module of one of the classes is.
    fn conv_of(
        &mut self,
        x: ValueId,
        name: &str,
        window: Window,
        classes: &[&str],
        kernel: impl FnOnce(&mut Self, &Tensor) -> Fit<ValueId>,
    ) -> Fit<ValueId> {
        self.within(name, |b| {
            b.expect_class(classes, "a convolution is needed here")?;
            let channels = b.channels(x);
            let weight = b.tensor("weight", 4)?;
            let (out_channels, per_group) = (weight.shape()[0], weight.shape()[1]);
            let fits = match window.groups {
                Some(Groups::One) => per_group == channels,
                Some(Groups::Depthwise) => per_group == 1 && out_channels % channels == 0,
                None => channels % per_group == 0 && out_channels % (channels / per_group) == 0,
            };
            if !fits {
                return Err(b.misshapen("weight", weight.shape(), format!("a convolution of {channels} channels")));
            }
            let mut inputs = vec![x, kernel(b, weight)?];
            if b.has("bias") {
                inputs.push(b.parameter("bias", &[out_channels])?);
            }
            let kernel = [weight.shape()[2], weight.shape()[3]];
            let conv = b.geometry(kernel, channels / per_group, window)?;
            b.add(conv, &inputs, "")
        })
    }

    /// Checks that the pickled module of the scope, if there is one, is of one of these classes.
    pub(super) fn expect_class(&self, classes: &[&str], reason: &str) -> Fit<()> {
        match self.pickled("") {
            Some(module) if !classes.contains(&module.known_class()) => Err(self.misplaced("", module, reason)),
            _ => Ok(()),
        }
    }

    /// Checks that the convolution `name` has a square kernel of this extent: one that was replaced
    /// may have another stride too, which only a pickled module tells.
    pub fn expect_kernel(&mut self, name: &str, kernel: usize) -> Fit<()> {
        let weight = format!("{name}.weight");
        let shape = self.tensor(&weight, 4)?.shape();
        if shape[2..] == [kernel; 2] || self.pickled(name).is_some() {
            return Ok(());
        }
        Err(self.misshapen(&weight, shape, format!("a {kernel}×{kernel} kernel")))
    }

    /// The geometry of the convolution whose module is the scope: the pickled module's, else the
    /// definition's.
    pub(super) fn geometry(&mut self, kernel: [usize; 2], group: usize, window: Window) -> Fit<ops::Conv> {
        if let Some(module) = self.pickled("") {
            return self.pickled_conv(module, group);
        }
        let padding = match (window.padding, self.conventions.padding) {
            (Some(padding), _) => ops::Padding::symmetric(padding),
            (None, PaddingRule::Half) => ops::Padding::symmetric(kernel.map(|k| k / 2 * window.dilation)),
            (None, PaddingRule::Same) => ops::Padding::SameUpper,
            (None, PaddingRule::StaticSame(extent)) => {
                let pads = ops::Padding::SameUpper.resolve([extent; 2], kernel, [window.stride; 2], [1; 2]);
                self.conventions.padding = PaddingRule::StaticSame(extent.div_ceil(window.stride));
                ops::Padding::Explicit(pads)
            }
        };
        Ok(ops::Conv { strides: [window.stride; 2], dilations: [window.dilation; 2], padding, group })
    }

    /// `torch.nn.BatchNorm2d` or `BatchNorm1d` with running statistics.
    pub fn batch_norm(&mut self, x: ValueId, name: &str) -> Fit<ValueId> {
        self.within(name, |b| {
            let shape = [b.channels(x)];
            let mut inputs = vec![x];
            for tensor in ["weight", "bias", "running_mean", "running_var"] {
                inputs.push(b.parameter(tensor, &shape)?);
            }
            b.expect_class(BATCH_NORMALISATIONS, "a batch normalisation is needed here")?;
            let epsilon = b.pickled("").and_then(|m| m.float("eps")).map_or(b.conventions.epsilon, |eps| eps as f32);
            b.add(ops::BatchNormalization { epsilon }, &inputs, "")
        })
    }

    /// `torch.nn.LayerNorm` over the channels of each cell of `x (N, C, H, W)`.
    pub fn channel_norm(&mut self, x: ValueId, name: &str, epsilon: f32) -> Fit<ValueId> {
        self.within(name, |b| {
            let last = b.add(ops::Transpose { perm: vec![0, 2, 3, 1] }, &[x], "")?;
            let y = b.layer_norm(last, "", epsilon)?;
            b.add(ops::Transpose { perm: vec![0, 3, 1, 2] }, &[y], "")
        })
    }

    /// `torch.nn.LayerNorm` over the last dimension.
    pub fn layer_norm(&mut self, x: ValueId, name: &str, epsilon: f32) -> Fit<ValueId> {
        self.within(name, |b| {
            let shape = [b.shape(x).last().copied().unwrap_or(1)];
            let inputs = [x, b.parameter("weight", &shape)?, b.parameter("bias", &shape)?];
            b.expect_class(LAYER_NORMALISATIONS, "a layer normalisation is needed here")?;
            let epsilon = b.pickled("").and_then(|m| m.float("eps")).map_or(epsilon, |eps| eps as f32);
            b.add(ops::LayerNormalization { axis: -1, epsilon }, &inputs, "")
        })
    }

    /// `torch.nn.Linear` of `x (N, features)`.
    pub fn linear(&mut self, x: ValueId, name: &str) -> Fit<ValueId> {
        self.within(name, |b| {
            let features = b.channels(x);
            b.expect_class(LINEAR, "a linear layer is needed here")?;
            let weight = b.tensor("weight", 2)?;
            if weight.shape()[1] != features {
                return Err(b.misshapen("weight", weight.shape(), format!("a linear layer of {features} features")));
            }
            let mut inputs = vec![x, b.parameter("weight", weight.shape())?];
            if b.has("bias") {
                inputs.push(b.parameter("bias", &weight.shape()[..1])?);
            }
            b.add(ops::Gemm { alpha: 1.0, beta: 1.0, trans_a: false, trans_b: true }, &inputs, "")
        })
    }

    /// `torch.nn.Linear` applied to each cell of `x (N, C, H, W)`: a 1×1 convolution.
    pub fn linear_per_cell(&mut self, x: ValueId, name: &str) -> Fit<ValueId> {
        self.within(name, |b| {
            let channels = b.channels(x);
            b.expect_class(&["Linear", "Conv2d"], "a linear layer is needed here")?;
            // timm has 1×1 convolutions instead in some networks.
            let rank = b.weights().shape(b.path("weight").as_str()).map_or(2, <[usize]>::len);
            let weight = b.tensor("weight", rank)?;
            let (out_channels, in_channels) = match *weight.shape() {
                [out_channels, in_channels] | [out_channels, in_channels, 1, 1] => (out_channels, in_channels),
                _ => return Err(b.misshapen("weight", weight.shape(), "a linear layer")),
            };
            if in_channels != channels {
                return Err(b.misshapen("weight", weight.shape(), format!("a linear layer of {channels} features")));
            }
            let kernel = weight.reshaped([out_channels, in_channels, 1, 1]);
            let kernel = b.named_constant("weight", kernel);
            let mut inputs = vec![x, kernel];
            if b.has("bias") {
                inputs.push(b.parameter("bias", &[out_channels])?);
            }
            b.add(ops::Conv::default(), &inputs, "")
        })
    }

    /// The ReLU that is the module `name`; within the scope's own `forward` where the name is
    /// empty.
    pub fn relu(&mut self, x: ValueId, name: &str) -> Fit<ValueId> {
        self.activation(x, name, Activation::Relu)
    }

    /// The activation that is the module `name`. A pickled module's own class wins over `default`.
    pub fn activation(&mut self, x: ValueId, name: &str, default: Activation) -> Fit<ValueId> {
        let module = if name.is_empty() { None } else { self.pickled(name) };
        let default = if default == Activation::Relu { self.variant.activation.unwrap_or(default) } else { default };
        let activation = match module {
            Some(module) => {
                Activation::of(module).ok_or_else(|| self.misplaced(name, module, "an activation is needed here"))?
            }
            None => default,
        };
        self.activate(x, name, activation)
    }

    /// Applies this activation, whatever the file says.
    pub fn activate(&mut self, x: ValueId, name: &str, activation: Activation) -> Fit<ValueId> {
        let op: Op = match activation {
            Activation::Identity => return Ok(x),
            Activation::Relu => ops::Relu.into(),
            Activation::Relu6 => {
                let (low, high) = (self.constant(Tensor::scalar(0.0)), self.constant(Tensor::scalar(6.0)));
                return self.add(ops::Clip, &[x, low, high], name);
            }
            Activation::Silu => ops::Silu.into(),
            Activation::HardSwish => ops::HardSwish.into(),
            Activation::HardSigmoid => ops::HardSigmoid { alpha: 1.0 / 6.0, beta: 0.5 }.into(),
            Activation::Sigmoid => ops::Sigmoid.into(),
            Activation::Tanh => ops::Tanh.into(),
            Activation::Gelu { tanh } => ops::Gelu { tanh }.into(),
            Activation::Mish => ops::Mish.into(),
            Activation::Softplus => ops::Softplus.into(),
            Activation::LeakyRelu { slope } => ops::LeakyRelu { alpha: slope }.into(),
            Activation::Elu { alpha } => ops::Elu { alpha }.into(),
            Activation::Softsign => ops::Softsign.into(),
            Activation::HardTanh { low, high } => {
                let (low, high) = (self.constant(Tensor::scalar(low)), self.constant(Tensor::scalar(high)));
                return self.add(ops::Clip, &[x, low, high], name);
            }
            // The constants of the paper (arXiv 1706.02515) to f32.
            Activation::Selu => ops::Selu { alpha: 1.673_263_2, gamma: 1.050_701 }.into(),
        };
        self.add(op, &[x], name)
    }

    /// `torch.nn.MaxPool2d`.
    pub fn max_pool(&mut self, x: ValueId, name: &str, pooling: Pooling) -> Fit<ValueId> {
        let Some(PoolingGeometry { kernel, strides, padding, ceil, .. }) = self.pooling(name, "MaxPool2d", pooling)?
        else {
            return Ok(x);
        };
        self.add(ops::MaxPool { kernel, strides, dilations: [1; 2], padding, ceil_mode: ceil }, &[x], name)
    }

    /// `torch.nn.AvgPool2d`; padding counts in the divisor unless a pickled module says otherwise.
    pub fn average_pool(&mut self, x: ValueId, name: &str, pooling: Pooling) -> Fit<ValueId> {
        let Some(PoolingGeometry { kernel, strides, padding, ceil, count_include_pad }) =
            self.pooling(name, "AvgPool2d", pooling)?
        else {
            return Ok(x);
        };
        self.add(ops::AveragePool { kernel, strides, padding, ceil_mode: ceil, count_include_pad }, &[x], name)
    }

    /// `torch.nn.AdaptiveAvgPool2d` to `output` cells; a pickled module's own class and
    /// `output_size` win.
    pub fn adaptive_pool(&mut self, x: ValueId, name: &str, output: [usize; 2]) -> Fit<ValueId> {
        let mut output = output;
        if let Some(module) = self.pickled(name).filter(|_| !name.is_empty()) {
            match (module.known_class(), module.ints::<2>("output_size")) {
                ("AdaptiveAvgPool2d", Some(size)) if size.iter().all(|n| (1..=1 << 16).contains(n)) => {
                    output = size.map(|n| n as usize)
                }
                ("AdaptiveMaxPool2d", Some([1, 1])) => return self.add(ops::GlobalMaxPool, &[x], name),
                ("AvgPool2d", _) => {
                    return self.average_pool(x, name, Pooling { kernel: 7, stride: 7, padding: 0, ceil: false });
                }
                ("Identity", _) => return Ok(x),
                ("FastAdaptiveAvgPool2d" | "FastAdaptiveAvgPool", _) => {}
                _ => return Err(self.misplaced(name, module, "adaptive average pooling is needed here")),
            }
        }
        match output {
            [1, 1] => self.add(ops::GlobalAveragePool, &[x], name),
            output => self.add(ops::AdaptiveAveragePool { output }, &[x], name),
        }
    }

    /// Pooling of the whole feature map in front of the classifier: timm's `global_pool` where a
    /// pickled network has one, else what the module `name` is, else averages, unless another
    /// pooling was asked for by name.
    pub fn global_pool(&mut self, x: ValueId, name: &str) -> Fit<ValueId> {
        self.features.get_or_insert(x);
        let around = name.rsplit_once('.').map_or(name, |(parent, _)| parent);
        let places = ["global_pool", around, name].into_iter().filter(|place| !place.is_empty());
        let selected = |place: &&str| self.pickled(place).is_some_and(|m| m.known_class() == "SelectAdaptivePool2d");
        let found = places.clone().find(selected).or_else(|| places.rev().find(|place| self.has_pickled(place)));
        let pooling = match found.and_then(|place| Some((place, self.pickled(place)?))) {
            Some((place, module)) if module.known_class() == "SelectAdaptivePool2d" => {
                GlobalPool::named(module.str("pool_type").unwrap_or(""))
                    .ok_or_else(|| self.misplaced(place, module, "its `pool_type` is not known"))?
            }
            Some((place, _)) => return self.adaptive_pool(x, place, [1, 1]),
            None => {
                self.assumes_pool |= self.variant.pool.is_none();
                self.variant.pool.unwrap_or(GlobalPool::Average)
            }
        };
        self.pool_globally(x, name, pooling)
    }

    /// Pools the whole feature map in this way, whatever the file says.
    pub fn pool_globally(&mut self, x: ValueId, name: &str, pooling: GlobalPool) -> Fit<ValueId> {
        if pooling == GlobalPool::Average {
            return self.add(ops::GlobalAveragePool, &[x], name);
        }
        let max = self.add(ops::GlobalMaxPool, &[x], name)?;
        if pooling == GlobalPool::Max {
            return Ok(max);
        }
        let average = self.add(ops::GlobalAveragePool, &[x], name)?;
        match pooling {
            GlobalPool::CatAverageMax => self.within(name, |b| b.concat(&[average, max])),
            GlobalPool::CatMaxAverage => self.within(name, |b| b.concat(&[max, average])),
            _ => {
                let (sum, half) = (self.add(ops::Add, &[average, max], name)?, self.constant(Tensor::scalar(0.5)));
                self.add(ops::Mul, &[sum, half], name)
            }
        }
    }

    /// Adaptive average pooling to `side × side` cells, or to those that the classifier `head` was
    /// made for where it was replaced: global pooling where it takes one feature a channel.
    pub fn pool_for_head(&mut self, x: ValueId, name: &str, head: &str, side: usize) -> Fit<ValueId> {
        self.features.get_or_insert(x);
        let (channels, features) = (self.channels(x), self.head_features(head).unwrap_or(0));
        let side = (1..=64).find(|side| side * side * channels == features).unwrap_or(side);
        self.adaptive_pool(x, name, [side; 2])
    }

    /// Squeeze-and-excitation (arXiv 1709.01507) in the scope: pooling, 1×1 convolution,
    /// activation, 1×1 convolution, gate, by their names.
    pub fn squeeze_excitation(
        &mut self,
        x: ValueId,
        names: [&str; 5],
        activation: Activation,
        gate: Activation,
    ) -> Fit<ValueId> {
        let [pool, reduce, between, expand, behind] = names;
        let y = self.adaptive_pool(x, pool, [1, 1])?;
        let y = self.conv(y, reduce, Window::stride(1))?;
        let y = self.activation(y, between, activation)?;
        let y = self.conv(y, expand, Window::stride(1))?;
        let y = self.activation(y, behind, gate)?;
        self.add(ops::Mul, &[x, y], "")
    }

    /// A parameter of one number a channel of `x (N, C, H, W)`, whatever its dimensions in the
    /// file, to multiply by.
    pub fn channel_factor(&mut self, x: ValueId, name: &str) -> Fit<ValueId> {
        let channels = self.channels(x);
        let rank = self.weights().shape(self.path(name).as_str()).map_or(1, <[usize]>::len);
        let factor = self.tensor(name, rank)?;
        if factor.len() != channels {
            return Err(self.misshapen(name, factor.shape(), format!("one number for each of {channels} channels")));
        }
        Ok(self.named_constant(name, factor.reshaped([channels, 1, 1])))
    }

    /// Cuts the channels into `parts` equal parts in the scope's own `forward`.
    pub fn split(&mut self, x: ValueId, parts: usize) -> Fit<Vec<ValueId>> {
        if !self.channels(x).is_multiple_of(parts) {
            return Err(Misfit::Differs(format!(
                "`{}` would have to cut {} channels into {parts} parts",
                self.path(""),
                self.channels(x)
            )));
        }
        self.add_many(ops::Split { axis: 1, outputs: parts }, &[x], "")
    }

    /// `torch.flatten(x, 1)`.
    pub fn flatten(&mut self, x: ValueId, name: &str) -> Fit<ValueId> {
        self.add(ops::Flatten { axis: 1 }, &[x], name)
    }

    /// `a + b` in the scope's own `forward`.
    pub fn sum(&mut self, a: ValueId, b: ValueId) -> Fit<ValueId> {
        if self.shape(a) != self.shape(b) {
            let (a, b) = (self.shape(a), self.shape(b));
            return Err(Misfit::Differs(format!(
                "in `{}`, activations of shapes {a:?} and {b:?} would have to be added",
                self.path("")
            )));
        }
        self.add(ops::Add, &[a, b], "")
    }

    /// Joins activations along the channels in the scope's own `forward`.
    pub fn concat(&mut self, parts: &[ValueId]) -> Fit<ValueId> {
        self.add(ops::Concat { axis: 1 }, parts, "")
    }
}
