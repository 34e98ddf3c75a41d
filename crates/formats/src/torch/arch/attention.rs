//! Gates on channels and cells that timm's networks have in their blocks, told apart by the names
//! of their tensors.

use heatlens_graph::{Tensor, ValueId, ops};

use super::activation::Activation;
use super::builder::Builder;
use super::geometry::Window;
use super::misfit::Fit;

impl Builder<'_> {
    /// The attention in the module `name`, where the file has one: squeeze-and-excitation (arXiv
    /// 1709.01507), its one-layer form (1911.06667), efficient channel attention (1910.03151) or
    /// CBAM (1807.06521), whichever its tensors are those of.
    pub fn attention(&mut self, x: ValueId, name: &str) -> Fit<ValueId> {
        self.attention_of(x, name, Activation::Relu, Activation::Sigmoid)
    }

    /// [`Builder::attention`] with this activation within squeeze-and-excitation and this gate.
    pub fn attention_of(&mut self, x: ValueId, name: &str, between: Activation, gate: Activation) -> Fit<ValueId> {
        if !self.has(name) {
            return Ok(x);
        }
        self.within(name, |b| match () {
            _ if b.has("channel") => b.cbam(x),
            _ if b.has("conv") => b.channel_convolution(x, gate),
            _ if b.has("fc") => b.effective_squeeze(x),
            _ => b.squeeze_of_timm(x, between, gate),
        })
    }

    /// timm's `SEModule`, which may normalise what it squeezed.
    fn squeeze_of_timm(&mut self, x: ValueId, between: Activation, gate: Activation) -> Fit<ValueId> {
        if !self.has("bn") {
            return self.squeeze_excitation(x, ["", "fc1", "act", "fc2", "gate"], between, gate);
        }
        let y = self.adaptive_pool(x, "", [1, 1])?;
        let y = self.unit(y, ["fc1", "bn", "act"], Window::stride(1), between)?;
        let y = self.conv(y, "fc2", Window::stride(1))?;
        let y = self.activation(y, "gate", gate)?;
        self.add(ops::Mul, &[x, y], "")
    }

    /// timm's `EffectiveSEModule`: one layer as wide as the feature map, a hard sigmoid as the gate.
    fn effective_squeeze(&mut self, x: ValueId) -> Fit<ValueId> {
        let y = self.add(ops::GlobalAveragePool, &[x], "")?;
        let y = self.conv(y, "fc", Window::stride(1))?;
        let y = self.activation(y, "gate", Activation::HardSigmoid)?;
        self.add(ops::Mul, &[x, y], "")
    }

    /// timm's `EcaModule`: a convolution along the channels.
    fn channel_convolution(&mut self, x: ValueId, gate: Activation) -> Fit<ValueId> {
        let y = self.add(ops::GlobalAveragePool, &[x], "")?;
        let row = self.add(ops::Transpose { perm: vec![0, 2, 3, 1] }, &[y], "")?;
        let weight = self.tensor("conv.weight", 3)?;
        let [1, 1, taps] = *weight.shape() else {
            return Err(self.misshapen("conv.weight", weight.shape(), "a convolution of one channel"));
        };
        if taps % 2 == 0 {
            return Err(self.misshapen("conv.weight", weight.shape(), "an odd number of taps"));
        }
        self.pickled("conv");
        let kernel = self.named_constant("conv.weight", weight.reshaped([1, 1, 1, taps]));
        let padding = ops::Padding::symmetric([0, taps / 2]);
        let y = self.add(ops::Conv { padding, ..ops::Conv::default() }, &[row, kernel], "conv")?;
        let y = self.activation(y, "gate", gate)?;
        let y = self.add(ops::Transpose { perm: vec![0, 3, 1, 2] }, &[y], "")?;
        self.add(ops::Mul, &[x, y], "")
    }

    /// timm's `CbamModule`: a gate on channels from their means and maxima, then one on cells from
    /// the mean and the maximum of their channels.
    fn cbam(&mut self, x: ValueId) -> Fit<ValueId> {
        let x = self.within("channel", |b| {
            let mut sides = Vec::new();
            for pooled in [b.add(ops::GlobalAveragePool, &[x], "")?, b.add(ops::GlobalMaxPool, &[x], "")?] {
                let y = b.conv(pooled, "fc1", Window::stride(1))?;
                let y = b.activation(y, "act", Activation::Relu)?;
                sides.push(b.conv(y, "fc2", Window::stride(1))?);
            }
            let y = b.sum(sides[0], sides[1])?;
            let gate = b.activation(y, "gate", Activation::Sigmoid)?;
            b.add(ops::Mul, &[x, gate], "")
        })?;
        self.within("spatial", |b| {
            let channels = b.constant(Tensor::ints(&[1]));
            let mean = b.add(ops::ReduceMean { keep_dims: true }, &[x, channels], "")?;
            let max = b.add(ops::ReduceMax { keep_dims: true }, &[x, channels], "")?;
            let y = b.concat(&[mean, max])?;
            let y = b.conv_norm_act(y, "conv", Window::stride(1), Activation::Identity)?;
            let gate = b.activation(y, "gate", Activation::Sigmoid)?;
            b.add(ops::Mul, &[x, gate], "")
        })
    }

    /// Numbers that weigh equally wide `parts` of channels against each other: `x (N, parts ×
    /// channels, 1, 1)` by a softmax over the parts. Channels come in `groups`, each with its own
    /// parts, and leave part by part.
    pub fn softmax_over_parts(&mut self, x: ValueId, groups: usize, parts: usize) -> Fit<Vec<ValueId>> {
        if !self.channels(x).is_multiple_of(groups * parts) {
            return self.split(x, groups * parts);
        }
        let shape = self.constant(Tensor::ints(&[0, groups as i64, parts as i64, -1]));
        let y = self.add(ops::Reshape { allow_zero: false }, &[x, shape], "")?;
        let y = self.add(ops::Transpose { perm: vec![0, 2, 1, 3] }, &[y], "")?;
        let y = self.add(ops::Softmax { axis: 1 }, &[y], "")?;
        let shape = self.constant(Tensor::ints(&[0, -1, 1, 1]));
        let y = self.add(ops::Reshape { allow_zero: false }, &[y, shape], "")?;
        self.split(y, parts)
    }

    /// The sum of `parts`, each times its weight.
    pub fn weighted_sum(&mut self, parts: &[ValueId], weights: &[ValueId]) -> Fit<ValueId> {
        let mut sum = None;
        for (&part, &weight) in parts.iter().zip(weights) {
            let weighted = self.add(ops::Mul, &[part, weight], "")?;
            sum = Some(match sum {
                Some(sum) => self.sum(sum, weighted)?,
                None => weighted,
            });
        }
        sum.ok_or_else(|| super::misfit::Misfit::Differs(format!("`{}` has no parts", self.path(""))))
    }
}
