//! The operators. One file each: formula and source, shape rule, gradient rule, tests. The table at
//! the bottom is the only list of them.

use crate::differentiate::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

mod axes;
mod broadcast;
mod elementwise;
mod formula;
mod normalisation;
mod padding;
mod pooling;
mod reduction;
#[cfg(test)]
pub(crate) mod testing;

pub use self::einsum::MatrixProduct;
pub use self::pad::PadMode;
pub use self::resize::{AxisWeights, Coordinates, NearestMode, ResizeMode, axis_weights};
pub use self::slice::AxisRange;
pub use elementwise::{Binary, Unary};
pub use padding::Padding;
pub use pooling::Window;

/// What an operator is told of one input while types are inferred.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'a> {
    /// Element type and shape.
    pub ty: &'a Type,
    /// The elements, where known before any image is seen.
    pub constant: Option<&'a Tensor>,
}

impl<'a> Operand<'a> {
    /// Extents, outermost first.
    pub fn shape(&self) -> &'a [usize] {
        &self.ty.shape
    }
}

/// The inputs of a node while types are inferred.
#[derive(Clone, Debug)]
pub struct Operands<'a>(Vec<Option<Operand<'a>>>);

impl<'a> Operands<'a> {
    pub(crate) fn new(operands: Vec<Option<Operand<'a>>>) -> Self {
        Operands(operands)
    }

    /// The operands in order, optional ones that were left out as `None`.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<Operand<'a>>> + '_ {
        self.0.iter().copied()
    }

    /// Input `i`, which the operator requires.
    pub fn required(&self, i: usize) -> Result<Operand<'a>, Reason> {
        self.optional(i).ok_or_else(|| Reason(format!("input {i} is missing")))
    }

    /// Input `i` if it was given.
    pub fn optional(&self, i: usize) -> Option<Operand<'a>> {
        self.0.get(i).copied().flatten()
    }

    /// Input `i` if it was given, required to be an integer constant.
    pub fn ints(&self, i: usize) -> Result<Option<&'a [i64]>, Reason> {
        let Some(operand) = self.optional(i) else { return Ok(None) };
        let tensor = operand.constant.ok_or_else(|| {
            Reason(format!(
                "input {i} depends on the image, but it decides the shape: export the model with fixed shapes"
            ))
        })?;
        tensor.as_i64().map(Some).ok_or_else(|| Reason(format!("input {i} must hold integers")))
    }
}

/// What each operator says of itself.
pub(crate) trait Operator {
    /// Types of the outputs.
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason>;

    /// Cotangents of the inputs that [`Backward::wanted`] asks for, from those of the outputs.
    /// `None` says that no gradient flows into that input. A cotangent may have the output's
    /// broadcast shape: the walk sums it down to the input's.
    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError>;

    /// The outputs where they follow from constants and shapes alone; `None` otherwise, and where
    /// folding is left to the engine.
    fn fold(&self, _inputs: &Operands<'_>, _outputs: &[Type]) -> Option<Vec<Tensor>> {
        None
    }
}

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
            /// The names of all operators.
            pub const NAMES: &[&str] = &[$(stringify!($op)),*];

            /// The operator's name, as ONNX has it where ONNX has it.
            pub fn name(&self) -> &'static str {
                match self { $(Op::$op(_) => stringify!($op),)* }
            }

            fn operator(&self) -> &dyn Operator {
                match self { $(Op::$op(op) => op,)* }
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
