//! ONNX operators → graph operators, older forms brought to the newest. The two tables are the only
//! lists of what is read.

mod constant;
mod control;
mod conv;
mod elementwise;
mod matmul;
mod microsoft;
mod norm;
mod pool;
mod reduce;
mod resize;
mod shape;
mod window;

use heatlens_graph::ops;

use super::context::{Context, Translated};
use super::proto::Opsets;
use crate::FormatError;

/// Adds a node to the graph and returns its outputs.
pub(super) type Translate = fn(&mut Context<'_, '_>) -> Translated;

/// ONNX's own operators.
const ONNX: &[(&str, Translate)] = &[
    ("Abs", |cx| cx.unary(ops::Abs)),
    ("Add", |cx| cx.binary(ops::Add)),
    ("And", |cx| cx.binary(ops::And)),
    ("AveragePool", pool::average),
    ("BatchNormalization", norm::batch),
    ("Cast", constant::cast),
    ("CastLike", constant::cast_like),
    ("Ceil", |cx| cx.unary(ops::Ceil)),
    ("Celu", elementwise::celu),
    ("Clip", elementwise::clip),
    ("Concat", shape::concat),
    ("Constant", constant::constant),
    ("ConstantOfShape", constant::constant_of_shape),
    ("Conv", conv::conv),
    ("ConvTranspose", conv::conv_transpose),
    ("DepthToSpace", shape::depth_to_space),
    ("Div", |cx| cx.binary(ops::Div)),
    ("Dropout", norm::dropout),
    ("Einsum", matmul::einsum),
    ("Elu", elementwise::elu),
    ("Equal", |cx| cx.binary(ops::Equal)),
    ("Erf", |cx| cx.unary(ops::Erf)),
    ("Exp", |cx| cx.unary(ops::Exp)),
    ("Expand", shape::expand),
    ("Flatten", shape::flatten),
    ("Floor", |cx| cx.unary(ops::Floor)),
    ("Gather", shape::gather),
    ("Gelu", elementwise::gelu),
    ("Gemm", matmul::gemm),
    ("GlobalAveragePool", |cx| cx.unary(ops::GlobalAveragePool)),
    ("GlobalMaxPool", |cx| cx.unary(ops::GlobalMaxPool)),
    ("Greater", |cx| cx.binary(ops::Greater)),
    ("GreaterOrEqual", |cx| cx.binary(ops::GreaterOrEqual)),
    ("GroupNormalization", norm::group),
    ("HardSigmoid", elementwise::hard_sigmoid),
    ("HardSwish", |cx| cx.unary(ops::HardSwish)),
    ("Identity", constant::identity),
    ("If", control::if_),
    ("InstanceNormalization", norm::instance),
    ("LRN", norm::lrn),
    ("LayerNormalization", norm::layer),
    ("LeakyRelu", elementwise::leaky_relu),
    ("Less", |cx| cx.binary(ops::Less)),
    ("LessOrEqual", |cx| cx.binary(ops::LessOrEqual)),
    ("Log", |cx| cx.unary(ops::Log)),
    ("LogSoftmax", norm::log_softmax),
    ("LpNormalization", norm::lp),
    ("MatMul", |cx| cx.binary(ops::MatMul)),
    ("Max", elementwise::max),
    ("MaxPool", pool::max),
    ("Mean", elementwise::mean),
    ("Min", elementwise::min),
    ("Mish", |cx| cx.unary(ops::Mish)),
    ("Mod", elementwise::modulo),
    ("Mul", |cx| cx.binary(ops::Mul)),
    ("Neg", |cx| cx.unary(ops::Neg)),
    ("Not", |cx| cx.unary(ops::Not)),
    ("Or", |cx| cx.binary(ops::Or)),
    ("PRelu", |cx| cx.binary(ops::PRelu)),
    ("Pad", shape::pad),
    ("Pow", elementwise::pow),
    ("Range", constant::range),
    ("Reciprocal", |cx| cx.unary(ops::Reciprocal)),
    ("ReduceL1", reduce::l1),
    ("ReduceL2", reduce::l2),
    ("ReduceMax", reduce::max),
    ("ReduceMean", reduce::mean),
    ("ReduceMin", reduce::min),
    ("ReduceProd", reduce::prod),
    ("ReduceSum", reduce::sum),
    ("ReduceSumSquare", reduce::sum_square),
    ("Relu", |cx| cx.unary(ops::Relu)),
    ("Reshape", shape::reshape),
    ("Resize", resize::resize),
    ("Round", |cx| cx.unary(ops::Round)),
    ("Selu", elementwise::selu),
    ("Shape", shape::shape),
    ("Sigmoid", |cx| cx.unary(ops::Sigmoid)),
    ("Sign", |cx| cx.unary(ops::Sign)),
    ("Size", shape::size),
    ("Slice", shape::slice),
    ("Softmax", norm::softmax),
    ("Softplus", |cx| cx.unary(ops::Softplus)),
    ("Softsign", |cx| cx.unary(ops::Softsign)),
    ("SpaceToDepth", shape::space_to_depth),
    ("Split", shape::split),
    ("Sqrt", |cx| cx.unary(ops::Sqrt)),
    ("Squeeze", shape::squeeze),
    ("Sub", |cx| cx.binary(ops::Sub)),
    ("Sum", elementwise::sum),
    ("Swish", elementwise::swish),
    ("Tanh", |cx| cx.unary(ops::Tanh)),
    ("ThresholdedRelu", elementwise::thresholded_relu),
    ("Tile", shape::tile),
    ("Transpose", shape::transpose),
    ("Unsqueeze", shape::unsqueeze),
    ("Upsample", resize::upsample),
    ("Where", elementwise::where_),
];

/// What ONNX Runtime's optimiser leaves in files that it saves.
const MICROSOFT: &[(&str, Translate)] = &[
    ("BiasGelu", microsoft::bias_gelu),
    ("FastGelu", microsoft::fast_gelu),
    ("FusedConv", microsoft::fused_conv),
    ("FusedGemm", microsoft::fused_gemm),
    ("FusedMatMul", microsoft::fused_matmul),
    ("Gelu", |cx| cx.unary(ops::Gelu { tanh: false })),
    ("QuickGelu", microsoft::quick_gelu),
];

/// How to translate an operator. `label` names the node in messages.
pub(super) fn find(domain: &str, op_type: &str, label: &str, opsets: &Opsets) -> Result<Translate, FormatError> {
    let table = match domain {
        "" => ONNX,
        "com.microsoft" => MICROSOFT,
        _ => &[],
    };
    if let Some((_, translate)) = table.iter().find(|(name, _)| *name == op_type) {
        return Ok(*translate);
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
            assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0));
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
