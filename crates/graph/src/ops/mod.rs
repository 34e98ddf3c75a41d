//! The operators. One file each: formula and source, shape rule, gradient rule, tests. The table at
//! the bottom is the only list of them.

use crate::backward::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

mod axes;
mod broadcast;
mod elementwise;
mod formula;
mod normalisation;
mod operator;
mod padding;
mod pooling;
mod reduction;
#[cfg(test)]
pub(crate) mod testing;

pub use self::einsum::MatrixProduct;
pub(crate) use self::operator::Operator;
pub use self::pad::PadMode;
pub use self::resize::{AxisWeights, Coordinates, NearestMode, ResizeMode, axis_weights};
pub use self::slice::AxisRange;
pub use crate::operand::{Operand, Operands};
pub use elementwise::{Binary, Unary};
pub use padding::Padding;
pub use pooling::Window;

/// Constants above this many elements are folded by [`crate::simplify`] only, not while a graph is
/// built.
const SMALL: usize = 4096;

impl Op {
    pub(crate) fn fold_if_small(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        let small = |ty: &Type| ty.len() <= SMALL;
        let constants_small = inputs.iter().flatten().all(|o| o.constant.is_none() || small(o.ty));
        if constants_small && outputs.iter().all(small) { self.fold(inputs, outputs) } else { None }
    }
}

/// Declares the modules, the [`Op`] enum and its dispatch from one list.
macro_rules! operators {
    ($($module:ident :: $op:ident),* $(,)?) => {
        $(mod $module; pub use $module::$op;)*

        /// Hands the list of operators, each as `module::Name`, to the macro of this name. For the
        /// tests, which keep a file of each operator.
        #[doc(hidden)]
        #[macro_export]
        macro_rules! for_each_operator {
            ($then:ident) => {
                $then! { $($module::$op),* }
            };
        }

        /// A typed operator with its attributes; the inputs are those of the newest ONNX version
        /// unless its page says otherwise.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Op {
            $(#[doc = concat!("See [`", stringify!($op), "`].")] $op($op),)*
        }

        $(impl From<$op> for Op {
            fn from(op: $op) -> Self {
                Op::$op(op)
            }
        })*

        impl Op {
            /// The operator's name, as ONNX has it where ONNX has it.
            pub fn name(&self) -> &'static str {
                match self { $(Op::$op(_) => stringify!($op),)* }
            }

            fn operator(&self) -> &dyn Operator {
                match self { $(Op::$op(op) => op,)* }
            }

            /// Whether it computes each element alone, its operands broadcast: the order of the
            /// elements is then no matter to it.
            pub fn is_elementwise(&self) -> bool {
                self.operator().is_elementwise()
            }

            pub(crate) fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
                self.operator().infer(inputs)
            }

            pub(crate) fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
                self.operator().gradient(backward)
            }

            pub(crate) fn fold(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
                self.operator().fold(inputs, outputs)
            }
        }
    };
}

operators! {
    abs::Abs,
    adaptive_average_pool::AdaptiveAveragePool,
    adaptive_average_pool_grad::AdaptiveAveragePoolGrad,
    add::Add,
    and::And,
    average_pool::AveragePool,
    average_pool_grad::AveragePoolGrad,
    batch_normalization::BatchNormalization,
    cast::Cast,
    ceil::Ceil,
    clip::Clip,
    concat::Concat,
    constant_of_shape::ConstantOfShape,
    conv::Conv,
    conv_transpose::ConvTranspose,
    depth_to_space::DepthToSpace,
    div::Div,
    dropout::Dropout,
    einsum::Einsum,
    elu::Elu,
    equal::Equal,
    erf::Erf,
    exp::Exp,
    expand::Expand,
    flatten::Flatten,
    floor::Floor,
    gather::Gather,
    gather_grad::GatherGrad,
    gelu::Gelu,
    gemm::Gemm,
    global_average_pool::GlobalAveragePool,
    global_max_pool::GlobalMaxPool,
    greater::Greater,
    greater_or_equal::GreaterOrEqual,
    group_normalization::GroupNormalization,
    hard_sigmoid::HardSigmoid,
    hard_swish::HardSwish,
    identity::Identity,
    instance_normalization::InstanceNormalization,
    layer_normalization::LayerNormalization,
    leaky_relu::LeakyRelu,
    less::Less,
    less_or_equal::LessOrEqual,
    log::Log,
    log_softmax::LogSoftmax,
    lrn::Lrn,
    matmul::MatMul,
    max::Max,
    max_pool::MaxPool,
    max_pool_grad::MaxPoolGrad,
    max_pool_pick::MaxPoolPick,
    min::Min,
    mish::Mish,
    modulo::Mod,
    mul::Mul,
    neg::Neg,
    not::Not,
    or::Or,
    pad::Pad,
    pow::Pow,
    prelu::PRelu,
    range::Range,
    reciprocal::Reciprocal,
    reduce_l2::ReduceL2,
    reduce_max::ReduceMax,
    reduce_mean::ReduceMean,
    reduce_min::ReduceMin,
    reduce_prod::ReduceProd,
    reduce_sum::ReduceSum,
    relu::Relu,
    reshape::Reshape,
    resize::Resize,
    round::Round,
    selu::Selu,
    shape::Shape,
    sigmoid::Sigmoid,
    sign::Sign,
    silu::Silu,
    slice::Slice,
    softmax::Softmax,
    softplus::Softplus,
    softsign::Softsign,
    space_to_depth::SpaceToDepth,
    split::Split,
    sqrt::Sqrt,
    squeeze::Squeeze,
    sub::Sub,
    tanh::Tanh,
    tile::Tile,
    transpose::Transpose,
    unsqueeze::Unsqueeze,
    where_::Where,
}
