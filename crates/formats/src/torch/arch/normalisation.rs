//! Normalisations that names and shapes tell apart.

use heatlens_graph::{Tensor, ValueId, ops};

use super::activation::Activation;
use super::builder::Builder;
use super::geometry::Window;
use super::misfit::Fit;

/// Groups of timm's `GroupNorm` where nothing says otherwise.
const GROUPS: usize = 32;

/// Group normalisations, timm's with an activation and without.
const GROUP_NORMALISATIONS: &[&str] = &["GroupNorm", "GroupNormAct"];

impl Builder<'_> {
    /// The normalisation `name` that its tensors tell of: by running statistics a batch
    /// normalisation, else a group normalisation.
    pub fn norm(&mut self, x: ValueId, name: &str) -> Fit<ValueId> {
        if self.has(&format!("{name}.running_mean")) { self.batch_norm(x, name) } else { self.group_norm(x, name) }
    }

    /// `torch.nn.GroupNorm` (arXiv 1803.08494), of 32 groups unless a pickled module says otherwise.
    pub fn group_norm(&mut self, x: ValueId, name: &str) -> Fit<ValueId> {
        self.within(name, |b| {
            let shape = [b.channels(x)];
            let inputs = [x, b.parameter("weight", &shape)?, b.parameter("bias", &shape)?];
            b.expect_class(GROUP_NORMALISATIONS, "a group normalisation is needed here")?;
            let module = b.pickled("");
            let epsilon = module.and_then(|m| m.float("eps")).map_or(b.conventions.epsilon, |eps| eps as f32);
            let said = module.and_then(|m| m.int("num_groups")).and_then(|groups| usize::try_from(groups).ok());
            if said.is_none() {
                b.note_once(format!(
                    "group normalisations are taken to have {GROUPS} groups, as timm's have: a file of weights does \
                     not tell. Where they have others, save the network itself: `torch.save(model, 'model.pth')`, or \
                     with torch.export"
                ));
            }
            b.add(ops::GroupNormalization { groups: said.unwrap_or(GROUPS), epsilon }, &inputs, "")
        })
    }

    /// [`Builder::norm`] and the activation that timm keeps in it as the child `act`.
    pub fn norm_act(&mut self, x: ValueId, name: &str, kind: Activation) -> Fit<ValueId> {
        let y = self.norm(x, name)?;
        self.activation(y, &format!("{name}.act"), kind)
    }

    /// A convolution whose weights are standardised for each output channel (arXiv 1903.10520):
    /// timm's `StdConv2d`.
    pub fn standardised_conv(&mut self, x: ValueId, name: &str, window: Window, epsilon: f64) -> Fit<ValueId> {
        self.conv_by(x, name, window, |b, weight| {
            let standardised = standardised(weight, epsilon, |_, _| 1.0);
            Ok(b.named_constant("weight", standardised))
        })
    }

    /// A convolution, its normalisation and an activation by their names.
    pub fn unit(
        &mut self,
        x: ValueId,
        [convolution, normalisation, activation]: [&str; 3],
        window: Window,
        kind: Activation,
    ) -> Fit<ValueId> {
        let y = self.conv(x, convolution, window)?;
        let y = self.norm(y, normalisation)?;
        self.activation(y, activation, kind)
    }

    /// timm's `ConvNormAct`: `conv`, `bn` and `bn.act` within the module `name`.
    pub fn conv_norm_act(&mut self, x: ValueId, name: &str, window: Window, kind: Activation) -> Fit<ValueId> {
        self.within(name, |b| b.unit(x, ["conv", "bn", "bn.act"], window, kind))
    }
}

/// The weight with mean 0 and variance 1 in each output channel, times a factor of the channel and
/// its fan-in.
pub(super) fn standardised(weight: &Tensor, epsilon: f64, factor: impl Fn(usize, usize) -> f64) -> Tensor {
    let elements = weight.as_f32().unwrap_or_default();
    let fan_in = weight.shape().iter().skip(1).product::<usize>().max(1);
    let mut scaled = Vec::with_capacity(elements.len());
    for (channel, weights) in elements.chunks(fan_in).enumerate() {
        let mean = weights.iter().map(|&w| f64::from(w)).sum::<f64>() / fan_in as f64;
        let variance = weights.iter().map(|&w| (f64::from(w) - mean).powi(2)).sum::<f64>() / fan_in as f64;
        let scale = factor(channel, fan_in) / (variance + epsilon).sqrt();
        scaled.extend(weights.iter().map(|&w| ((f64::from(w) - mean) * scale) as f32));
    }
    Tensor::f32(weight.shape(), scaled)
}
