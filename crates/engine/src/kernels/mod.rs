//! The kernels: one operator family a file, and the table that says which operator runs on which.

mod axes;
pub(crate) mod blocked;
mod concat;
mod conv;
mod conv_transpose;
mod depthwise;
mod elementwise;
mod gather;
mod gemm;
mod geometry;
mod linear;
mod matmul;
mod movement;
mod normalize;
mod pad;
mod pool;
mod pool_gradient;
mod reduce;
mod resize;
mod select;
mod softmax;
mod walk;

use heatlens_graph::Op;

use crate::context::Context;
use crate::kernel::{Lowered, Refusal};

/// The kernel for a node.
pub(crate) fn lower(ctx: &Context<'_>) -> Result<Lowered, Refusal> {
    use elementwise::{binary, unary};
    Ok(match &ctx.node.op {
        Op::Abs(op) => unary(*op, ctx),
        Op::AdaptiveAveragePool(op) => pool::adaptive(op, ctx),
        Op::AdaptiveAveragePoolGrad(op) => pool_gradient::adaptive(op, ctx),
        Op::Add(op) => binary(*op, ctx)?,
        Op::And(op) => binary(*op, ctx)?,
        Op::AveragePool(op) => pool::average(op, ctx),
        Op::AveragePoolGrad(op) => pool_gradient::average(op, ctx),
        Op::BatchNormalization(op) => normalize::batch(op, ctx)?,
        Op::Cast(op) => select::cast(op, ctx),
        Op::Ceil(op) => unary(*op, ctx),
        Op::Clip(_) => select::clip(ctx)?,
        Op::Concat(op) => concat::concat(op, ctx),
        Op::ConstantOfShape(op) => movement::constant_of_shape(op, ctx),
        Op::Conv(op) => conv::conv(op, ctx)?,
        Op::ConvTranspose(op) => conv_transpose::conv_transpose(op, ctx),
        Op::DepthToSpace(op) => movement::depth_to_space(op, ctx),
        Op::Div(op) => elementwise::div(*op, ctx)?,
        Op::Dropout(_) => Lowered::View,
        Op::Einsum(op) => matmul::einsum(op, ctx)?,
        Op::Elu(op) => unary(*op, ctx),
        Op::Equal(op) => binary(*op, ctx)?,
        Op::Erf(op) => unary(*op, ctx),
        Op::Exp(op) => unary(*op, ctx),
        Op::Expand(_) => movement::expand(ctx),
        Op::Flatten(_) => Lowered::View,
        Op::Floor(op) => unary(*op, ctx),
        Op::Gather(op) => gather::gather(op, ctx)?,
        Op::GatherGrad(op) => gather::gather_grad(op, ctx),
        Op::Gelu(op) => unary(*op, ctx),
        Op::Gemm(op) => matmul::gemm(op, ctx)?,
        Op::GlobalAveragePool(_) => pool::global_average(ctx),
        Op::GlobalMaxPool(_) => pool::global_max(ctx),
        Op::Greater(op) => binary(*op, ctx)?,
        Op::GreaterOrEqual(op) => binary(*op, ctx)?,
        Op::GroupNormalization(op) => normalize::group(op, ctx),
        Op::HardSigmoid(op) => unary(*op, ctx),
        Op::HardSwish(op) => unary(*op, ctx),
        Op::Identity(_) => Lowered::View,
        Op::InstanceNormalization(op) => normalize::instance(op, ctx),
        Op::LayerNormalization(op) => normalize::layer(op, ctx),
        Op::LeakyRelu(op) => unary(*op, ctx),
        Op::Less(op) => binary(*op, ctx)?,
        Op::LessOrEqual(op) => binary(*op, ctx)?,
        Op::Log(op) => unary(*op, ctx),
        Op::LogSoftmax(op) => softmax::log_softmax(op, ctx),
        Op::Lrn(op) => normalize::lrn(op, ctx),
        Op::MatMul(_) => matmul::matmul(ctx)?,
        Op::Max(op) => binary(*op, ctx)?,
        Op::MaxPool(op) => pool::max(op, ctx),
        Op::MaxPoolGrad(op) => pool_gradient::max(op, ctx),
        Op::MaxPoolPick(op) => pool_gradient::max_pick(op, ctx),
        Op::Min(op) => binary(*op, ctx)?,
        Op::Mish(op) => unary(*op, ctx),
        Op::Mod(op) => binary(*op, ctx)?,
        Op::Mul(op) => binary(*op, ctx)?,
        Op::Neg(op) => unary(*op, ctx),
        Op::Not(op) => unary(*op, ctx),
        Op::Or(op) => binary(*op, ctx)?,
        Op::Pad(op) => pad::pad(op, ctx)?,
        Op::Pow(op) => binary(*op, ctx)?,
        Op::PRelu(op) => binary(*op, ctx)?,
        Op::Range(_) => gather::range(ctx)?,
        Op::Reciprocal(op) => unary(*op, ctx),
        Op::ReduceL2(_) => reduce::reduce(reduce::Kind::L2, ctx)?,
        Op::ReduceMax(_) => reduce::reduce(reduce::Kind::Max, ctx)?,
        Op::ReduceMean(_) => reduce::reduce(reduce::Kind::Mean, ctx)?,
        Op::ReduceMin(_) => reduce::reduce(reduce::Kind::Min, ctx)?,
        Op::ReduceProd(_) => reduce::reduce(reduce::Kind::Product, ctx)?,
        Op::ReduceSum(_) => reduce::reduce(reduce::Kind::Sum, ctx)?,
        Op::Relu(op) => unary(*op, ctx),
        Op::Reshape(_) => Lowered::View,
        Op::Resize(op) => resize::resize(op, ctx)?,
        Op::Round(op) => unary(*op, ctx),
        Op::Selu(op) => unary(*op, ctx),
        Op::Shape(op) => movement::shape(op, ctx),
        Op::Sigmoid(op) => unary(*op, ctx),
        Op::Sign(op) => unary(*op, ctx),
        Op::Silu(op) => unary(*op, ctx),
        Op::Slice(_) => movement::slice(ctx)?,
        Op::Softmax(op) => softmax::softmax(op, ctx),
        Op::Softplus(op) => unary(*op, ctx),
        Op::Softsign(op) => unary(*op, ctx),
        Op::SpaceToDepth(op) => movement::space_to_depth(op, ctx),
        Op::Split(op) => concat::split(op, ctx),
        Op::Sqrt(op) => unary(*op, ctx),
        Op::Squeeze(_) => Lowered::View,
        Op::Sub(op) => binary(*op, ctx)?,
        Op::Tanh(op) => unary(*op, ctx),
        Op::Tile(_) => movement::tile(ctx),
        Op::Transpose(op) => movement::transpose(op, ctx),
        Op::Unsqueeze(_) => Lowered::View,
        Op::Where(_) => select::select(ctx)?,
    })
}
