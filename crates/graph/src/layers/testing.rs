//! Small networks with the module names of well-known ones.

use crate::ops::{
    AdaptiveAveragePool, Add, BatchNormalization, Concat, Conv, ConvTranspose, Dropout, Flatten, Gemm,
    GlobalAveragePool, MaxPool, Mul, Padding, ReduceMean, Relu, Sigmoid, Transpose,
};
use crate::{DType, Dim, Graph, Op, Tensor, ValueId};

/// A network in the making: each call appends to the current value.
pub(super) struct Net {
    graph: Graph,
    current: ValueId,
}

impl Net {
    /// An image of 3 × 16 × 16.
    pub fn image() -> Self {
        let mut graph = Graph::new();
        let dims = [1, 3, 16, 16].map(Dim::Fixed).to_vec();
        let current = graph.input("image", DType::F32, dims, &[1, 3, 16, 16]);
        Net { graph, current }
    }

    /// The current value.
    pub fn value(&self) -> ValueId {
        self.current
    }

    /// Goes on from another value.
    pub fn at(&mut self, value: ValueId) -> &mut Self {
        self.current = value;
        self
    }

    /// The graph with the current value as its output.
    pub fn finish(mut self) -> Graph {
        self.graph.set_outputs(vec![self.current]);
        self.graph
    }

    fn push(&mut self, op: impl Into<Op>, more: &[ValueId], module: &str) -> &mut Self {
        let inputs = [&[self.current], more].concat();
        self.current = self.graph.add(op, &inputs, &module.into()).unwrap();
        self
    }

    fn weight(&mut self, module: &str, shape: &[usize]) -> ValueId {
        let count = shape.iter().product();
        self.graph.constant(format!("{module}.weight"), Tensor::f32(shape, vec![0.5; count]))
    }

    pub fn conv(&mut self, module: &str, channels: usize) -> &mut Self {
        let from = self.graph.shape(self.current)[1];
        let weight = self.weight(module, &[channels, from, 3, 3]);
        self.push(Conv { padding: Padding::symmetric([1, 1]), ..Conv::default() }, &[weight], module)
    }

    /// Doubles height and width.
    pub fn conv_transpose(&mut self, module: &str, channels: usize) -> &mut Self {
        let from = self.graph.shape(self.current)[1];
        let weight = self.weight(module, &[from, channels, 2, 2]);
        let op = ConvTranspose {
            strides: [2; 2],
            dilations: [1; 2],
            padding: Padding::NONE,
            output_padding: [0; 2],
            group: 1,
        };
        self.push(op, &[weight], module)
    }

    pub fn batch_norm(&mut self, module: &str) -> &mut Self {
        let channels = self.graph.shape(self.current)[1];
        let weight = self.weight(module, &[channels]);
        self.push(BatchNormalization { epsilon: 1e-5 }, &[weight; 4], module)
    }

    pub fn relu(&mut self, module: &str) -> &mut Self {
        self.push(Relu, &[], module)
    }

    pub fn add(&mut self, other: ValueId, module: &str) -> &mut Self {
        self.push(Add, &[other], module)
    }

    pub fn concat(&mut self, other: ValueId, module: &str) -> &mut Self {
        self.push(Concat { axis: 1 }, &[other], module)
    }

    pub fn dropout(&mut self, module: &str) -> &mut Self {
        self.push(Dropout, &[], module)
    }

    pub fn max_pool(&mut self, module: &str) -> &mut Self {
        let pool =
            MaxPool { kernel: [2; 2], strides: [2; 2], dilations: [1; 2], padding: Padding::NONE, ceil_mode: false };
        self.push(pool, &[], module)
    }

    pub fn global_pool(&mut self, module: &str) -> &mut Self {
        self.push(GlobalAveragePool, &[], module)
    }

    pub fn adaptive_pool(&mut self, cells: usize, module: &str) -> &mut Self {
        self.push(AdaptiveAveragePool { output: [cells; 2] }, &[], module)
    }

    /// Mean over height and width.
    pub fn mean(&mut self, module: &str) -> &mut Self {
        let axes = self.graph.constant("axes", Tensor::ints(&[2, 3]));
        self.push(ReduceMean { keep_dims: false }, &[axes], module)
    }

    pub fn transpose(&mut self, perm: &[usize], module: &str) -> &mut Self {
        self.push(Transpose { perm: perm.to_vec() }, &[], module)
    }

    pub fn flatten(&mut self, module: &str) -> &mut Self {
        self.push(Flatten { axis: 1 }, &[], module)
    }

    /// Adds a constant that is made by a node which does not depend on the image.
    pub fn weight_only(&mut self, module: &str) -> &mut Self {
        let count = *self.graph.shape(self.current).last().unwrap();
        let large = self.weight(module, &[8192 / count, count]);
        let axes = self.graph.constant("axes", Tensor::ints(&[0]));
        let mean = self.graph.add(ReduceMean { keep_dims: false }, &[large, axes], &module.into()).unwrap();
        self.push(Add, &[mean], "")
    }

    /// A linear layer behind a functional flattening.
    pub fn linear(&mut self, module: &str, classes: usize) -> &mut Self {
        self.flatten("");
        let features = self.graph.shape(self.current)[1];
        let weight = self.weight(module, &[classes, features]);
        self.push(Gemm { alpha: 1.0, beta: 1.0, trans_a: false, trans_b: true }, &[weight], module)
    }
}

/// Gates the current value by its own means.
pub(super) fn squeeze_excite(net: &mut Net, module: &str) {
    let x = net.value();
    let channels = net.graph.shape(x)[1];
    let child = |name: &str| format!("{module}.{name}");
    net.global_pool(&child("avgpool"))
        .conv(&child("fc1"), channels)
        .relu(&child("activation"))
        .conv(&child("fc2"), channels);
    net.push(Sigmoid, &[], &child("scale_activation"));
    net.push(Mul, &[x], module);
}

/// Stem, two stages of two residual blocks, pooling, linear layer.
pub(super) fn resnet() -> Graph {
    let mut net = Net::image();
    net.conv("conv1", 8).batch_norm("bn1").relu("relu").max_pool("maxpool");
    for block in ["layer1.0", "layer1.1", "layer4.0", "layer4.1"] {
        let shortcut = net.value();
        let part = |name: &str| format!("{block}.{name}");
        net.conv(&part("conv1"), 8)
            .batch_norm(&part("bn1"))
            .relu(&part("relu"))
            .conv(&part("conv2"), 8)
            .batch_norm(&part("bn2"));
        net.add(shortcut, block).relu(&part("relu"));
    }
    net.global_pool("avgpool").linear("fc", 2);
    net.finish()
}

/// Convolutions with normalisation in one numbered sequence, adaptive pooling to several cells.
pub(super) fn vgg() -> Graph {
    let mut net = Net::image();
    net.conv("features.0", 8).batch_norm("features.1").relu("features.2").max_pool("features.3");
    net.conv("features.4", 8).batch_norm("features.5").relu("features.6").max_pool("features.7");
    net.adaptive_pool(3, "avgpool")
        .linear("classifier.0", 4)
        .relu("classifier.1")
        .dropout("classifier.2")
        .linear("classifier.3", 2);
    net.finish()
}

/// Two dense blocks with a transition; the last ReLU is functional.
pub(super) fn densenet() -> Graph {
    let mut net = Net::image();
    net.conv("features.conv0", 8).batch_norm("features.norm0").relu("features.relu0").max_pool("features.pool0");
    for (block, follow) in [("features.denseblock1", true), ("features.denseblock2", false)] {
        for layer in ["denselayer1", "denselayer2"] {
            let whole = net.value();
            let part = |name: &str| format!("{block}.{layer}.{name}");
            net.batch_norm(&part("norm1")).relu(&part("relu1")).conv(&part("conv1"), 4);
            net.concat(whole, block);
        }
        if follow {
            net.batch_norm("features.transition1.norm")
                .relu("features.transition1.relu")
                .conv("features.transition1.conv", 8);
            net.max_pool("features.transition1.pool");
        }
    }
    net.batch_norm("features.norm5").relu("").adaptive_pool(1, "").linear("classifier", 2);
    net.finish()
}

/// Stem, inverted bottlenecks with and without a residual and with gates, last convolution.
pub(super) fn efficientnet() -> Graph {
    let mut net = Net::image();
    let unit = |net: &mut Net, module: &str| {
        net.conv(&format!("{module}.0"), 8).batch_norm(&format!("{module}.1")).relu(&format!("{module}.2"));
    };
    unit(&mut net, "features.0");
    for block in ["features.1.0", "features.2.0", "features.2.1"] {
        let shortcut = net.value();
        unit(&mut net, &format!("{block}.block.0"));
        squeeze_excite(&mut net, &format!("{block}.block.1"));
        net.conv(&format!("{block}.block.2.0"), 8).batch_norm(&format!("{block}.block.2.1"));
        if block.ends_with('1') {
            net.add(shortcut, block);
        }
    }
    unit(&mut net, "features.3");
    net.adaptive_pool(1, "avgpool").dropout("classifier.0").linear("classifier.1", 2);
    net.finish()
}
