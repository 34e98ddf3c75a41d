//! ONNX operators ↔ graph operators. Older forms are brought to the newest when reading; what ONNX
//! lacks is written as several operators. The two tables are the only lists of what is read and
//! written.

mod constant;
mod control;
mod conv;
mod elementwise;
mod matmul;
mod microsoft;
mod norm;
mod pool;
mod pool_gradient;
mod reduce;
mod resize;
mod shape;
mod window;

use heatlens_graph::{Op, ops};

use super::attributes::{axis, flag, float, int, ints, tensor, text};
use super::context::{Context, Translated};
use super::element::{self, Element};
use super::node_writer::{Done, NodeWriter};
use super::proto::Opsets;
use crate::FormatError;

/// Adds a node of a file to the graph and returns its outputs.
pub(super) type Translate = fn(&mut Context<'_, '_>) -> Translated;

/// Writes a node of the graph to a file.
pub(super) type Write = fn(&mut NodeWriter<'_, '_>, &Op) -> Done;

/// One operator: how it is read, and how it is written.
struct Row {
    /// What ONNX calls it; the graph's name for what ONNX lacks.
    name: &'static str,
    /// `None` for what ONNX lacks.
    read: Option<Translate>,
    /// The graph's name for it and how it is written; `None` for what is read as other operators.
    write: Option<(&'static str, Write)>,
}

/// `row!("Celu", read)` is read as other operators, `row!("Relu", read, Relu)` is written with the
/// same inputs and no attributes, `row!("Elu", read, Elu: write)` by a function of the writer and
/// the graph's operator; `row!(Silu: write)` is in the graph only.
macro_rules! row {
    ($name:literal, $read:expr) => {
        Row { name: $name, read: Some($read), write: None }
    };
    ($name:literal, $read:expr, $op:ident) => {
        row!($name, $read, $op: |w, _| w.same($name, vec![]))
    };
    ($name:literal, $read:expr, $op:ident: $write:expr) => {
        Row { read: Some($read), ..row!($name; $op: $write) }
    };
    ($op:ident: $write:expr) => {
        row!(stringify!($op); $op: $write)
    };
    ($name:expr; $op:ident: $write:expr) => {
        Row {
            name: $name,
            read: None,
            write: Some((stringify!($op), |w, op| match op {
                Op::$op(op) => {
                    let write: fn(&mut NodeWriter<'_, '_>, &ops::$op) -> Done = $write;
                    write(w, op)
                }
                _ => unreachable!("a row is found by the name of its operator"),
            })),
        }
    };
}

/// ONNX's own operators, and those of the graph that ONNX lacks.
const ONNX: &[Row] = &[
    row!("Abs", |cx| cx.unary(ops::Abs), Abs),
    row!(AdaptiveAveragePool: pool::write_adaptive),
    row!(AdaptiveAveragePoolGrad: pool_gradient::write_adaptive),
    row!("Add", |cx| cx.binary(ops::Add), Add),
    row!("And", |cx| cx.binary(ops::And), And),
    row!("AveragePool", pool::average, AveragePool: pool::write_average),
    row!(AveragePoolGrad: pool_gradient::write_average),
    row!("BatchNormalization", norm::batch, BatchNormalization: |w, op| {
        w.same("BatchNormalization", vec![float("epsilon", op.epsilon)])
    }),
    row!("Cast", constant::cast, Cast: |w, op| {
        w.same("Cast", vec![int("to", Element::of(op.to).number().into())])
    }),
    row!("CastLike", constant::cast_like),
    row!("Ceil", |cx| cx.unary(ops::Ceil), Ceil),
    row!("Celu", elementwise::celu),
    row!("Clip", elementwise::clip, Clip: |w, _| elementwise::write_clip(w)),
    row!("Concat", shape::concat, Concat: |w, op| w.same("Concat", vec![axis("axis", op.axis)])),
    row!("Constant", constant::constant),
    row!("ConstantOfShape", constant::constant_of_shape, ConstantOfShape: |w, op| {
        w.same("ConstantOfShape", vec![tensor("value", element::encode("", &op.value.reshaped([1])))])
    }),
    row!("Conv", conv::conv, Conv: conv::write_conv),
    row!("ConvTranspose", conv::conv_transpose, ConvTranspose: conv::write_conv_transpose),
    row!("DepthToSpace", shape::depth_to_space, DepthToSpace: |w, op| {
        let mode = if op.column_row_depth { "CRD" } else { "DCR" };
        w.same("DepthToSpace", vec![int("blocksize", op.block as i64), text("mode", mode)])
    }),
    row!("Div", |cx| cx.binary(ops::Div), Div),
    row!("Dropout", norm::dropout, Dropout),
    row!("Einsum", matmul::einsum, Einsum: |w, op| w.same("Einsum", vec![text("equation", &op.equation)])),
    row!("Elu", elementwise::elu, Elu: |w, op| w.same("Elu", vec![float("alpha", op.alpha)])),
    row!("Equal", |cx| cx.binary(ops::Equal), Equal),
    row!("Erf", |cx| cx.unary(ops::Erf), Erf),
    row!("Exp", |cx| cx.unary(ops::Exp), Exp),
    row!("Expand", shape::expand, Expand),
    row!("Flatten", shape::flatten, Flatten: |w, op| w.same("Flatten", vec![axis("axis", op.axis)])),
    row!("Floor", |cx| cx.unary(ops::Floor), Floor),
    row!("Gather", shape::gather, Gather: |w, op| w.same("Gather", vec![axis("axis", op.axis)])),
    row!(GatherGrad: shape::write_gather_grad),
    row!("GatherND", shape::gather_nd),
    row!("Gelu", elementwise::gelu, Gelu: |w, op| {
        w.same("Gelu", vec![text("approximate", if op.tanh { "tanh" } else { "none" })])
    }),
    row!("Gemm", matmul::gemm, Gemm: matmul::write_gemm),
    row!("GlobalAveragePool", |cx| cx.unary(ops::GlobalAveragePool), GlobalAveragePool),
    row!("GlobalMaxPool", |cx| cx.unary(ops::GlobalMaxPool), GlobalMaxPool),
    row!("Greater", |cx| cx.binary(ops::Greater), Greater),
    row!("GreaterOrEqual", |cx| cx.binary(ops::GreaterOrEqual), GreaterOrEqual),
    row!("GroupNormalization", norm::group, GroupNormalization: norm::write_group),
    row!("HardSigmoid", elementwise::hard_sigmoid, HardSigmoid: |w, op| {
        w.same("HardSigmoid", vec![float("alpha", op.alpha), float("beta", op.beta)])
    }),
    row!("HardSwish", |cx| cx.unary(ops::HardSwish), HardSwish),
    row!("Identity", constant::identity, Identity),
    row!("If", control::if_),
    row!("InstanceNormalization", norm::instance, InstanceNormalization: |w, op| {
        w.same("InstanceNormalization", vec![float("epsilon", op.epsilon)])
    }),
    row!("LRN", norm::lrn, Lrn: norm::write_lrn),
    row!("LayerNormalization", norm::layer, LayerNormalization: |w, op| {
        w.same("LayerNormalization", vec![axis("axis", op.axis), float("epsilon", op.epsilon)])
    }),
    row!("LeakyRelu", elementwise::leaky_relu, LeakyRelu: |w, op| {
        w.same("LeakyRelu", vec![float("alpha", op.alpha)])
    }),
    row!("Less", |cx| cx.binary(ops::Less), Less),
    row!("LessOrEqual", |cx| cx.binary(ops::LessOrEqual), LessOrEqual),
    row!("Log", |cx| cx.unary(ops::Log), Log),
    row!("LogSoftmax", norm::log_softmax, LogSoftmax: |w, op| w.same("LogSoftmax", vec![axis("axis", op.axis)])),
    row!("LpNormalization", norm::lp),
    row!("MatMul", |cx| cx.binary(ops::MatMul), MatMul),
    row!("Max", elementwise::max, Max),
    row!("MaxPool", pool::max, MaxPool: pool::write_max),
    row!(MaxPoolGrad: pool_gradient::write_max),
    row!(MaxPoolPick: pool_gradient::write_max_pick),
    row!("Mean", elementwise::mean),
    row!("Min", elementwise::min, Min),
    row!("Mish", |cx| cx.unary(ops::Mish), Mish),
    row!("Mod", elementwise::modulo, Mod),
    row!("Mul", |cx| cx.binary(ops::Mul), Mul),
    row!("Neg", |cx| cx.unary(ops::Neg), Neg),
    row!("Not", |cx| cx.unary(ops::Not), Not),
    row!("Or", |cx| cx.binary(ops::Or), Or),
    row!("PRelu", |cx| cx.binary(ops::PRelu), PRelu),
    row!("Pad", shape::pad, Pad: shape::write_pad),
    row!("Pow", elementwise::pow, Pow),
    row!("Range", constant::range, Range: |w, _| constant::write_range(w)),
    row!("Reciprocal", |cx| cx.unary(ops::Reciprocal), Reciprocal),
    row!("ReduceL1", reduce::l1),
    row!("ReduceL2", reduce::l2, ReduceL2: |w, op| w.same("ReduceL2", vec![flag("keepdims", op.keep_dims)])),
    row!("ReduceMax", reduce::max, ReduceMax: |w, op| w.same("ReduceMax", vec![flag("keepdims", op.keep_dims)])),
    row!("ReduceMean", reduce::mean, ReduceMean: |w, op| w.same("ReduceMean", vec![flag("keepdims", op.keep_dims)])),
    row!("ReduceMin", reduce::min, ReduceMin: |w, op| w.same("ReduceMin", vec![flag("keepdims", op.keep_dims)])),
    row!("ReduceProd", reduce::prod, ReduceProd: |w, op| w.same("ReduceProd", vec![flag("keepdims", op.keep_dims)])),
    row!("ReduceSum", reduce::sum, ReduceSum: |w, op| w.same("ReduceSum", vec![flag("keepdims", op.keep_dims)])),
    row!("ReduceSumSquare", reduce::sum_square),
    row!("Relu", |cx| cx.unary(ops::Relu), Relu),
    row!("Reshape", shape::reshape, Reshape: |w, op| w.same("Reshape", vec![flag("allowzero", op.allow_zero)])),
    row!("Resize", resize::resize, Resize: resize::write_resize),
    row!("Round", |cx| cx.unary(ops::Round), Round),
    row!("Selu", elementwise::selu, Selu: |w, op| {
        w.same("Selu", vec![float("alpha", op.alpha), float("gamma", op.gamma)])
    }),
    row!("Shape", shape::shape, Shape: shape::write_shape),
    row!("Sigmoid", |cx| cx.unary(ops::Sigmoid), Sigmoid),
    row!("Sign", |cx| cx.unary(ops::Sign), Sign),
    row!(Silu: |w, _| elementwise::write_silu(w)),
    row!("Size", shape::size),
    row!("Slice", shape::slice, Slice),
    row!("Softmax", norm::softmax, Softmax: |w, op| w.same("Softmax", vec![axis("axis", op.axis)])),
    row!("Softplus", |cx| cx.unary(ops::Softplus), Softplus),
    row!("Softsign", |cx| cx.unary(ops::Softsign), Softsign),
    row!("SpaceToDepth", shape::space_to_depth, SpaceToDepth: shape::write_space_to_depth),
    row!("Split", shape::split, Split: shape::write_split),
    row!("Sqrt", |cx| cx.unary(ops::Sqrt), Sqrt),
    row!("Squeeze", shape::squeeze, Squeeze),
    row!("Sub", |cx| cx.binary(ops::Sub), Sub),
    row!("Sum", elementwise::sum),
    row!("Swish", elementwise::swish),
    row!("Tanh", |cx| cx.unary(ops::Tanh), Tanh),
    row!("ThresholdedRelu", elementwise::thresholded_relu),
    row!("Tile", shape::tile, Tile),
    row!("Transpose", shape::transpose, Transpose: |w, op| w.same("Transpose", vec![ints("perm", &op.perm)])),
    row!("Unsqueeze", shape::unsqueeze, Unsqueeze),
    row!("Upsample", resize::upsample),
    row!("Where", elementwise::where_, Where),
];

/// What ONNX Runtime's optimiser leaves in files that it saves.
const MICROSOFT: &[Row] = &[
    row!("BiasGelu", microsoft::bias_gelu),
    row!("FastGelu", microsoft::fast_gelu),
    row!("FusedConv", microsoft::fused_conv),
    row!("FusedGemm", microsoft::fused_gemm),
    row!("FusedMatMul", microsoft::fused_matmul),
    row!("Gelu", |cx| cx.unary(ops::Gelu { tanh: false })),
    row!("QuickGelu", microsoft::quick_gelu),
];

/// How to write an operator of the graph. `node` names the node in messages.
pub(super) fn writer(op: &Op, node: &str) -> Result<Write, FormatError> {
    let found = ONNX.iter().filter_map(|row| row.write).find(|(name, _)| *name == op.name());
    found.map(|(_, write)| write).ok_or_else(|| {
        FormatError::Unsupported(format!(
            "{} at node `{node}` cannot be written to ONNX: it has no row in \
             `crates/formats/src/onnx/operators/mod.rs`. Please open an issue that names it",
            op.name()
        ))
    })
}

/// How to translate an operator. `label` names the node in messages.
pub(super) fn find(domain: &str, op_type: &str, label: &str, opsets: &Opsets) -> Result<Translate, FormatError> {
    let table = match domain {
        "" => ONNX,
        "com.microsoft" => MICROSOFT,
        _ => &[],
    };
    if let Some(translate) = table.iter().find(|row| row.name == op_type).and_then(|row| row.read) {
        return Ok(translate);
    }
    Err(FormatError::Unsupported(if is_quantised(op_type) {
        format!(
            "{label} is quantised, and a quantised network has no gradient: export the model before quantisation, in \
             float32"
        )
    } else {
        let (of, opset) = (if domain.is_empty() { "ai.onnx" } else { domain }, opsets.get(domain));
        let opset = opset.map_or("unstated".to_owned(), |v| v.to_string());
        format!(
            "the operator of {label} (domain {of}, opset {opset}) is not known here. Exporting for another opset (17, \
             20), without pre- and post-processing, often avoids it; \
             if it belongs to the classifier, please open an issue that names it"
        )
    }))
}

fn is_quantised(op_type: &str) -> bool {
    op_type.starts_with("QLinear")
        || op_type.starts_with("DynamicQuantize")
        || op_type.ends_with("Integer")
        || op_type.ends_with("uantizeLinear")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_name_each_operator_once() {
        for table in [ONNX, MICROSOFT] {
            assert!(table.windows(2).all(|pair| pair[0].name < pair[1].name));
        }
    }

    #[test]
    fn an_unknown_operator_is_described_whole() {
        let opsets = Opsets::from([(String::new(), 17)]);
        let message =
            |op: &str, domain: &str| find(domain, op, &format!("{op} at node `n`"), &opsets).unwrap_err().to_string();
        let unknown = message("Hardmax", "");
        for word in ["Hardmax at node `n`", "domain ai.onnx", "opset 17", "open an issue"] {
            assert!(unknown.contains(word), "{unknown}");
        }
        for op in ["QLinearConv", "QuantizeLinear", "DequantizeLinear", "ConvInteger", "DynamicQuantizeLinear"] {
            assert!(message(op, "").contains("quantised"), "{op}");
        }
        assert!(message("Foo", "my.domain").contains("opset unstated"));
    }
}
