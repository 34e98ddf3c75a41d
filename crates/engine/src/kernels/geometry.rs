//! Extents of a convolution.

use heatlens_graph::ops::Conv;

use crate::context::Context;

/// Extents of a convolution.
#[derive(Clone, Debug)]
pub(super) struct Geometry {
    pub(super) images: usize,
    pub(super) group: usize,
    /// Input channels of a group.
    pub(super) channels: usize,
    /// Output channels of a group.
    pub(super) filters: usize,
    pub(super) input: [usize; 2],
    pub(super) output: [usize; 2],
    pub(super) kernel: [usize; 2],
    pub(super) strides: [usize; 2],
    pub(super) dilations: [usize; 2],
    /// Top and left.
    pub(super) pads: [usize; 2],
}

impl Geometry {
    /// The extents of a node.
    pub(super) fn new(op: &Conv, ctx: &Context<'_>) -> Self {
        let (x, weight, y) = (ctx.shape(0), ctx.shape(1), ctx.output(0));
        let pads = op.pads(x, weight);
        let geometry = Geometry {
            images: x[0],
            group: op.group,
            channels: weight[1],
            filters: weight[0] / op.group,
            input: [x[2], x[3]],
            output: [y[2], y[3]],
            kernel: [weight[2], weight[3]],
            strides: op.strides,
            dilations: op.dilations,
            pads: [pads[0], pads[1]],
        };
        geometry.flattened()
    }

    /// The same, with every cell of a 1×1 convolution in one long row.
    pub(super) fn flattened(self) -> Self {
        if self.kernel != [1, 1] || self.strides != [1, 1] || self.pads != [0, 0] || self.input != self.output {
            return self;
        }
        let row = [1, self.input[0] * self.input[1]];
        Geometry { input: row, output: row, dilations: [1, 1], ..self }
    }

    /// Elements of a patch.
    pub(super) fn patch(&self) -> usize {
        self.channels * self.kernel[0] * self.kernel[1]
    }

    /// Cells of an output channel.
    pub(super) fn cells(&self) -> usize {
        self.output[0] * self.output[1]
    }
}
