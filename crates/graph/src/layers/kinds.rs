//! What an operator is to whoever looks for a layer.

use crate::Op;

/// Normalisations that have the activation as input 0.
pub(super) fn is_normalisation(op: &Op) -> bool {
    matches!(
        op,
        Op::BatchNormalization(_)
            | Op::InstanceNormalization(_)
            | Op::GroupNormalization(_)
            | Op::LayerNormalization(_)
            | Op::Lrn(_)
    )
}

/// Activations: functions of one cell.
pub(super) fn is_activation(op: &Op) -> bool {
    use Op::{
        Clip, Elu, Gelu, HardSigmoid, HardSwish, LeakyRelu, Mish, PRelu, Relu, Selu, Sigmoid, Silu, Softplus, Softsign,
        Tanh,
    };
    matches!(
        op,
        Clip(_)
            | Elu(_)
            | Gelu(_)
            | HardSigmoid(_)
            | HardSwish(_)
            | LeakyRelu(_)
            | Mish(_)
            | PRelu(_)
            | Relu(_)
            | Selu(_)
            | Sigmoid(_)
            | Silu(_)
            | Softplus(_)
            | Softsign(_)
            | Tanh(_)
    )
}

/// Operators that select, average or rearrange what another one made.
pub(super) fn passes_on(op: &Op) -> bool {
    use Op::{
        AdaptiveAveragePool, AveragePool, Cast, Dropout, Expand, Flatten, GlobalAveragePool, GlobalMaxPool, Identity,
        MaxPool, Pad, ReduceL2, ReduceMax, ReduceMean, ReduceSum, Reshape, Resize, Slice, Squeeze, Tile, Transpose,
        Unsqueeze,
    };
    matches!(
        op,
        AdaptiveAveragePool(_)
            | AveragePool(_)
            | Cast(_)
            | Dropout(_)
            | Expand(_)
            | Flatten(_)
            | GlobalAveragePool(_)
            | GlobalMaxPool(_)
            | Identity(_)
            | MaxPool(_)
            | Pad(_)
            | ReduceL2(_)
            | ReduceMax(_)
            | ReduceMean(_)
            | ReduceSum(_)
            | Reshape(_)
            | Resize(_)
            | Slice(_)
            | Squeeze(_)
            | Tile(_)
            | Transpose(_)
            | Unsqueeze(_)
    )
}
