//! PyTorch's operators (`aten`). An operator is one row: its names, its arguments in PyTorch's order
//! with `self` for the first, and what it appends to the graph. The table at the bottom is the only
//! list of them; `.pt2` and TorchScript share it.

mod activation;
mod arithmetic;
mod attention;
mod call;
mod compare;
mod conv;
mod create;
mod identity;
mod index;
mod join;
mod linear;
mod norm;
mod pad;
mod pool;
mod reduce;
mod resize;
mod shape;
mod sizes;

use super::{Builder, Value};
use crate::FormatError;
use call::{Built, Call};

/// An operator.
struct Row {
    names: &'static [&'static str],
    /// Its arguments in order, as TorchScript gives them.
    arguments: &'static str,
    /// Whether what it gives shares the elements of `self`.
    is_view: bool,
    build: fn(&mut Call<'_>) -> Built,
}

/// What a program calls: an operator by name, its arguments by place and by name.
pub(in crate::torch) struct Request<'r> {
    /// `conv2d`, without namespace and overload.
    pub name: &'r str,
    pub placed: Vec<Value>,
    pub named: Vec<(&'r str, Value)>,
}

/// Carries out a call.
///
/// # Errors
/// [`FormatError::Unsupported`] for operators without a row and settings that are not read;
/// [`FormatError::Damaged`] for arguments that PyTorch would not take.
pub(in crate::torch) fn call(builder: &mut Builder, request: Request<'_>) -> Result<Value, FormatError> {
    let name = request.name;
    builder.check_size()?;
    let (row, in_place) = find(name).ok_or_else(|| unknown(builder, name))?;
    let arguments = arguments(builder, row, request)?;
    let given = arguments.first().and_then(|(name, value)| match value {
        Value::Tensor(tensor) if *name == "self" => Some(*tensor),
        _ => None,
    });
    let built = (row.build)(&mut Call { builder, name, arguments: &arguments })?;
    let Some(given) = given else { return Ok(built) };
    if in_place {
        if let Value::Tensor(new) = built {
            builder.overwrite(given, new)?;
        }
    } else if row.is_view {
        let mut views = Vec::new();
        built.tensors(&mut views);
        views.into_iter().for_each(|view| builder.share(view, given));
    }
    Ok(built)
}

/// The row of an operator, and whether it works in place.
fn find(name: &str) -> Option<(&'static Row, bool)> {
    let row = |name: &str| ROWS.iter().find(|row| row.names.contains(&name));
    if let Some(row) = row(name) {
        return Some((row, false));
    }
    let plain = name.strip_suffix('_').filter(|plain| !plain.is_empty() && !plain.ends_with('_'));
    // Functionalised programs have operators that copy where others make a view.
    let copied = name.strip_suffix("_copy");
    plain.and_then(row).map(|row| (row, true)).or_else(|| copied.and_then(row).map(|row| (row, false)))
}

fn unknown(builder: &Builder, name: &str) -> FormatError {
    let why = match name {
        _ if name.starts_with("quantize") || name.contains("quantized") || name.contains("dequantize") => {
            "is quantised, and a quantised network has no gradient: save the model before quantisation"
        }
        _ => "is an operator that is not read",
    };
    builder.unsupported(format!("`aten::{name}` {why}"))
}

/// The arguments by name, each tensor as it is by now.
fn arguments<'r>(
    builder: &Builder,
    row: &'static Row,
    request: Request<'r>,
) -> Result<Vec<(&'r str, Value)>, FormatError> {
    let mut names = row.arguments.split_whitespace();
    let mut arguments = Vec::with_capacity(request.placed.len() + request.named.len());
    for value in request.placed {
        let name = names.next().ok_or_else(|| {
            builder
                .unsupported(format!("`aten::{}` with more arguments than are read ({})", request.name, row.arguments))
        })?;
        arguments.push((name, value));
    }
    arguments
        .extend(request.named.into_iter().map(|(name, value)| (if name == "input" { "self" } else { name }, value)));
    for (_, value) in &mut arguments {
        current(builder, value)?;
    }
    Ok(arguments)
}

fn current(builder: &Builder, value: &mut Value) -> Result<(), FormatError> {
    match value {
        Value::Tensor(tensor) => *tensor = builder.current(*tensor)?,
        Value::List(list) => list.iter_mut().try_for_each(|value| current(builder, value))?,
        _ => {}
    }
    Ok(())
}

macro_rules! rows {
    ($($($name:literal)|+ $arguments:literal $($view:ident)? => $build:expr;)*) => {
        const ROWS: &[Row] = &[$(Row {
            names: &[$($name),+],
            arguments: $arguments,
            is_view: rows!(@ $($view)?),
            build: $build,
        },)*];
    };
    (@ view) => { true };
    (@) => { false };
}

rows! {
    "conv2d" | "_convolution_mode" "self weight bias stride padding dilation groups" => conv::conv2d;
    "convolution" | "_convolution" "self weight bias stride padding dilation transposed output_padding groups \
        benchmark deterministic cudnn_enabled allow_tf32" => conv::convolution;
    "conv_transpose2d" "self weight bias stride padding output_padding groups dilation" => conv::transposed;
    "conv1d" "self weight bias stride padding dilation groups" => conv::conv1d;
    "linear" "self weight bias" => linear::linear;
    "addmm" "self mat1 mat2 beta alpha" => linear::addmm;
    "mm" "self mat2" => linear::matmul;
    "bmm" "self mat2" => linear::matmul;
    "matmul" "self other" => linear::matmul;
    "baddbmm" "self batch1 batch2 beta alpha" => linear::baddbmm;
    "t" | "numpy_T" "self" view => linear::t;
    "einsum" "equation tensors path" => linear::einsum;
    "scaled_dot_product_attention" | "_scaled_dot_product_flash_attention_for_cpu"
        "query key value attn_mask dropout_p is_causal scale enable_gqa" => attention::scaled_dot_product;

    "batch_norm" | "_native_batch_norm_legit"
        "self weight bias running_mean running_var training momentum eps cudnn_enabled" => norm::batch;
    "native_batch_norm" "self weight bias running_mean running_var training momentum eps" => norm::native_batch;
    "_native_batch_norm_legit_no_training" "self weight bias running_mean running_var momentum eps"
        => norm::native_batch;
    "layer_norm" "self normalized_shape weight bias eps cudnn_enable" => norm::layer;
    "native_layer_norm" "self normalized_shape weight bias eps" => norm::native_layer;
    "group_norm" "self num_groups weight bias eps cudnn_enabled" => norm::group;
    "native_group_norm" "self weight bias N C HxW group eps" => norm::native_group;
    "instance_norm" "self weight bias running_mean running_var use_input_stats momentum eps cudnn_enabled"
        => norm::instance;
    "local_response_norm" "self size alpha beta k" => norm::local_response;
    "rms_norm" "self normalized_shape weight eps" => norm::root_mean_square;

    "relu" "self" => |call| call.unary(heatlens_graph::ops::Relu);
    "relu6" "self" => activation::relu6;
    "silu" "self" => |call| call.unary(heatlens_graph::ops::Silu);
    "mish" "self" => |call| call.unary(heatlens_graph::ops::Mish);
    "sigmoid" "self" => |call| call.unary(heatlens_graph::ops::Sigmoid);
    "tanh" "self" => |call| call.unary(heatlens_graph::ops::Tanh);
    "erf" "self" => |call| call.unary(heatlens_graph::ops::Erf);
    "hardswish" "self" => |call| call.unary(heatlens_graph::ops::HardSwish);
    "hardsigmoid" "self" => activation::hard_sigmoid;
    "hardtanh" "self min_val max_val" => activation::hard_tanh;
    "leaky_relu" "self negative_slope" => activation::leaky_relu;
    "rrelu" "self lower upper training generator" => activation::randomised_relu;
    "elu" "self alpha scale input_scale" => activation::elu;
    "celu" "self alpha" => activation::celu;
    "selu" "self" => activation::selu;
    "gelu" "self approximate" => activation::gelu;
    "softplus" "self beta threshold" => activation::softplus;
    "softsign" "self" => |call| call.unary(heatlens_graph::ops::Softsign);
    "log_sigmoid" "self" => activation::log_sigmoid;
    "prelu" | "_prelu_kernel" "self weight" => activation::prelu;
    "glu" "self dim" => activation::glu;
    "threshold" "self threshold value" => activation::threshold;
    "hardshrink" "self lambd" => activation::hard_shrink;
    "softmax" | "_softmax" "self dim dtype" => activation::softmax;
    "log_softmax" | "_log_softmax" "self dim dtype" => activation::log_softmax;

    "max_pool2d" "self kernel_size stride padding dilation ceil_mode" => pool::max;
    "max_pool2d_with_indices" "self kernel_size stride padding dilation ceil_mode" => pool::max_with_indices;
    "avg_pool2d" "self kernel_size stride padding ceil_mode count_include_pad divisor_override" => pool::average;
    "avg_pool3d" "self kernel_size stride padding ceil_mode count_include_pad divisor_override"
        => pool::average_of_channels;
    "adaptive_avg_pool2d" | "_adaptive_avg_pool2d" "self output_size" => pool::adaptive_average;
    "adaptive_max_pool2d" "self output_size" => pool::adaptive_max;
    "adaptive_avg_pool1d" "self output_size" => pool::adaptive_average_1d;

    "add" "self other alpha" => arithmetic::add;
    "sub" | "subtract" "self other alpha" => arithmetic::subtract;
    "rsub" "self other alpha" => arithmetic::reversed_subtract;
    "mul" | "multiply" "self other" => arithmetic::multiply;
    "div" | "divide" | "true_divide" "self other rounding_mode" => arithmetic::divide;
    "floor_divide" | "floordiv" "self other" => arithmetic::floor_divide;
    "remainder" "self other" => arithmetic::remainder;
    "fmod" "self other" => arithmetic::truncated_remainder;
    "pow" "self exponent" => arithmetic::power;
    "neg" "self" => arithmetic::negative;
    "abs" "self" => arithmetic::absolute;
    "exp" "self" => |call| call.unary(heatlens_graph::ops::Exp);
    "expm1" "self" => arithmetic::exponential_less_one;
    "log" "self" => |call| call.unary(heatlens_graph::ops::Log);
    "log1p" "self" => arithmetic::log_of_one_more;
    "sqrt" "self" => |call| call.unary(heatlens_graph::ops::Sqrt);
    "rsqrt" "self" => arithmetic::reciprocal_square_root;
    "reciprocal" "self" => |call| call.unary(heatlens_graph::ops::Reciprocal);
    "square" "self" => arithmetic::square;
    "floor" "self" => |call| call.unary(heatlens_graph::ops::Floor);
    "ceil" "self" => |call| call.unary(heatlens_graph::ops::Ceil);
    "round" "self" => |call| call.unary(heatlens_graph::ops::Round);
    "sign" "self" => |call| call.unary(heatlens_graph::ops::Sign);
    "clamp" | "clip" "self min max" => arithmetic::clamp;
    "clamp_min" "self min" => arithmetic::clamp;
    "clamp_max" "self max" => arithmetic::clamp;
    "maximum" "self other" => arithmetic::maximum;
    "minimum" "self other" => arithmetic::minimum;
    "addcmul" "self tensor1 tensor2 value" => arithmetic::add_product;
    "lerp" "self end weight" => arithmetic::interpolate;

    "eq" "self other" => compare::equal;
    "ne" "self other" => compare::unequal;
    "gt" "self other" => compare::greater;
    "ge" "self other" => compare::greater_or_equal;
    "lt" "self other" => compare::less;
    "le" "self other" => compare::less_or_equal;
    "logical_not" | "bitwise_not" "self" => compare::not;
    "logical_and" | "bitwise_and" "self other" => compare::and;
    "logical_or" | "bitwise_or" "self other" => compare::or;
    "any" "self dim keepdim" => reduce::any;
    "where" "condition self other" => compare::choose;
    "masked_fill" "self mask value" => compare::masked_fill;

    "mean" "self dim keepdim dtype" => reduce::mean;
    "sum" "self dim keepdim dtype" => reduce::sum;
    "amax" "self dim keepdim" => reduce::amax;
    "amin" "self dim keepdim" => reduce::amin;
    "max" "self dim keepdim" => reduce::max;
    "min" "self dim keepdim" => reduce::min;
    "var" "self dim correction keepdim" => reduce::variance;
    "std" "self dim correction keepdim" => reduce::deviation;
    "var_mean" "self dim correction keepdim" => reduce::variance_and_mean;
    "norm" | "linalg_vector_norm" "self ord dim keepdim dtype" => reduce::norm;
    "logsumexp" "self dim keepdim" => reduce::log_sum_exp;

    "reshape" "self shape" view => shape::reshape;
    "view" | "_unsafe_view" | "_reshape_alias" "self size stride" view => shape::reshape;
    "view_as" | "reshape_as" "self other" view => shape::reshape_as;
    "flatten" "self start_dim end_dim" view => shape::flatten;
    "unflatten" "self dim sizes" view => shape::unflatten;
    "permute" "self dims" view => shape::permute;
    "transpose" | "swapaxes" | "swapdims" "self dim0 dim1" view => shape::transpose;
    "movedim" "self source destination" view => shape::move_axes;
    "squeeze" "self dim" view => shape::squeeze;
    "unsqueeze" "self dim" view => shape::unsqueeze;
    "expand" "self size implicit" view => shape::expand;
    "expand_as" "self other" view => shape::expand_as;
    "repeat" "self repeats" => shape::repeat;
    "flip" "self dims" => shape::flip;
    "roll" "self shifts dims" => shape::roll;
    "pixel_shuffle" "self upscale_factor" => shape::pixel_shuffle;
    "pixel_unshuffle" "self downscale_factor" => shape::pixel_unshuffle;
    "channel_shuffle" "self groups" => shape::channel_shuffle;

    "slice" "self dim start end step" view => index::slice;
    "select" "self dim index" view => index::select;
    "slice_scatter" "self src dim start end step" => index::slice_scatter;
    "select_scatter" "self src dim index" => index::select_scatter;
    "narrow" "self dim start length" view => index::narrow;
    "index_select" "self dim index" => index::index_select;
    "index" "self indices" => index::index;
    "embedding" "weight indices padding_idx scale_grad_by_freq sparse" => index::embedding;
    "split" "self split_size dim" view => index::split;
    "split_with_sizes" "self split_sizes dim" view => index::split;
    "tensor_split" "self sections dim" view => index::chunk;
    "chunk" "self chunks dim" view => index::chunk;
    "unbind" "self dim" view => index::unbind;

    "cat" | "concat" | "concatenate" "tensors dim" => join::cat;
    "stack" "tensors dim" => join::stack;

    "pad" "self pad mode value" => pad::pad;
    "constant_pad_nd" "self pad value" => pad::constant;
    "reflection_pad2d" "self padding" => pad::reflection;
    "replication_pad2d" "self padding" => pad::replication;

    "upsample_nearest2d" "self output_size scale_factors scales_w" => resize::nearest;
    "upsample_bilinear2d" "self output_size align_corners scale_factors scales_w" => resize::bilinear;
    "upsample_bicubic2d" "self output_size align_corners scale_factors scales_w" => resize::bicubic;

    "dropout" | "feature_dropout" | "alpha_dropout" | "feature_alpha_dropout" "self p train" view => identity::dropout;
    "native_dropout" "self p train" => identity::native_dropout;
    "contiguous" | "detach" | "alias" | "lift_fresh" | "requires_grad" "self memory_format" view => identity::same;
    "lift" | "clone" | "lift_fresh_copy" "self memory_format" => identity::clone;
    "to" | "type_as" "self dtype layout device non_blocking copy memory_format other" view => identity::to;
    "_to_copy" "self dtype layout device pin_memory non_blocking memory_format" => identity::to_copy;
    "float" "self" view => identity::float;
    "_assert_tensor_metadata" | "_assert_scalar" | "_assert_async" | "sym_constrain_range"
        | "sym_constrain_range_for_size" | "_functional_assert_async" | "_functional_assert_scalar"
        "self b c d e f g" => identity::nothing;

    "zeros" "size dtype layout device pin_memory" => create::zeros;
    "ones" "size dtype layout device pin_memory" => create::ones;
    "full" "size fill_value dtype layout device pin_memory" => create::full;
    "zeros_like" | "new_zeros" "self size dtype layout device pin_memory memory_format" => create::zeros_like;
    "ones_like" | "new_ones" "self size dtype layout device pin_memory memory_format" => create::ones_like;
    "full_like" "self fill_value dtype layout device pin_memory memory_format" => create::full_like;
    "fill" "self value" => create::fill_self;
    "zero" "self" => create::zeros_like;
    "copy" "self src non_blocking" => create::copy;
    "scalar_tensor" | "tensor" "s dtype device requires_grad" => create::tensor;
    "arange" "start end step dtype layout device pin_memory" => create::arange;

    "sym_size" "self dim" => sizes::size;
    "size" "self dim" => sizes::size;
    "sym_numel" | "numel" "self" => sizes::numel;
    "dim" "self" => sizes::dim;
    "is_floating_point" "self" => sizes::is_floating_point;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operator_has_one_row() {
        let names: Vec<&str> = ROWS.iter().flat_map(|row| row.names).copied().collect();
        for (at, name) in names.iter().enumerate() {
            assert!(!names[..at].contains(name), "{name} stands twice");
        }
    }

    #[test]
    fn names_in_place_and_of_copies_are_found() {
        assert!(matches!(find("relu_"), Some((row, true)) if row.names == ["relu"]));
        assert!(matches!(find("permute_copy"), Some((row, false)) if row.names == ["permute"]));
        assert!(matches!(find("_to_copy"), Some((row, false)) if row.names == ["_to_copy"]));
        assert!(find("__and__").is_none() && find("_").is_none() && find("swirl_").is_none());
    }
}
