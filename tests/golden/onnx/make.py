"""Makes `operators.zip`, small ONNX files that cover each operator that is read in several forms, and `operators.safetensors`, what they compute.

    python make.py

`CASE.onnx` takes `x` (and `y`), which lie under `CASE/x` in the safetensors file; its outputs under `CASE/0`, `CASE/1` … are ONNX Runtime's, or those of
onnx.reference where ONNX Runtime does not have the operator set. Needs onnx, onnxruntime, safetensors.
"""

import zipfile
from pathlib import Path

import ml_dtypes
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from safetensors.numpy import save_file

HERE = Path(__file__).parent
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
files, expected = {}, {}


def normal(*shape, seed=0):
    return np.random.RandomState(seed + sum(shape)).randn(*shape).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


def node(op, inputs="x", outputs="out", domain="", **attributes):
    return helper.make_node(op, inputs.split(), outputs.split(), domain=domain, name=f"{op}_{outputs.split()[0]}", **attributes)


def model(nodes, opset, inputs, weights, outputs="out", functions=(), ir=None, declared=None):
    nodes = nodes if isinstance(nodes, list) else [nodes]
    value = lambda name, x: helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(x.dtype), (declared or {}).get(name, x.shape))
    weights = [w if isinstance(w, TensorProto) else numpy_helper.from_array(w, n) for n, w in weights.items()]
    results = [onnx.ValueInfoProto(name=name) for name in outputs.split()]
    graph = helper.make_graph(nodes, "g", [value(n, x) for n, x in inputs.items()], results, weights)
    domains = {"": opset, "com.microsoft": 1, "local": 1}
    used = {"": 1} | {n.domain: 1 for n in nodes}
    imports = [helper.make_opsetid(d, domains[d]) for d in used]
    return helper.make_model(graph, opset_imports=imports, functions=list(functions), ir_version=ir or min(onnx.IR_VERSION, 10))


def case(name, opset, nodes, x=None, y=None, reference=False, outputs="out", **weights):
    x = normal(1, 3, 6, 8) if x is None else x
    inputs = {"x": x} | ({} if y is None else {"y": y})
    add(f"{name}-{opset}", model(nodes, opset, inputs, weights, outputs), inputs, reference)


def add(name, proto, inputs, reference=False, feed=None):
    # Results without a type are allowed by the readers, not by ONNX Runtime.
    proto = onnx.shape_inference.infer_shapes(proto) if not any(o.type.HasField("tensor_type") for o in proto.graph.output) else proto
    for output in proto.graph.output:
        if not output.type.HasField("tensor_type"):
            output.type.CopyFrom(helper.make_tensor_type_proto(FLOAT, None))
    del proto.graph.value_info[:]
    assert name not in files, name
    data = proto.SerializeToString()
    if reference:
        results = ReferenceEvaluator(proto).run(None, feed or inputs)
    else:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        results = onnxruntime.InferenceSession(data, options).run(None, feed or inputs)
    files[f"{name}.onnx"] = data
    for key, x in inputs.items():
        expected[f"{name}/{key}"] = np.array(x, np.float32, order="C")
    for i, y in enumerate(results):
        expected[f"{name}/{i}"] = np.array(y, np.float32, order="C")


def elementwise():
    positive = np.abs(normal(2, 5)) + 0.5
    for op in "Abs Ceil Elu Erf Exp Floor HardSigmoid HardSwish Identity LeakyRelu Neg Relu Selu Sigmoid Sign Softplus Softsign Tanh".split():
        case(op, 17, node(op), normal(2, 9) * 2)
    for op in "Log Reciprocal Sqrt".split():
        case(op, 17, node(op), positive)
    case("Round", 17, node("Round"), np.array([-2.5, -1.5, -0.5, 0.4, 0.5, 1.5, 2.5], np.float32))
    case("Mish", 18, node("Mish"), normal(2, 9))
    case("Celu", 17, node("Celu", alpha=0.5), normal(2, 9))
    case("ThresholdedRelu", 17, node("ThresholdedRelu", alpha=0.3), normal(2, 9))
    case("Elu-alpha", 9, node("Elu", alpha=0.7), normal(2, 9))
    case("HardSigmoid-torch", 14, node("HardSigmoid", alpha=1 / 6, beta=0.5), normal(2, 9) * 3)
    case("LeakyRelu-alpha", 9, node("LeakyRelu", alpha=0.2), normal(2, 9))
    case("Selu-alpha", 9, node("Selu", alpha=1.5, gamma=1.2), normal(2, 9))
    case("Gelu", 20, node("Gelu"), normal(2, 9))
    case("Gelu-tanh", 20, node("Gelu", approximate="tanh"), normal(2, 9))
    case("Swish", 24, node("Swish", alpha=1.5), normal(2, 9), reference=True)
    for op in "Add Sub Mul Div".split():
        case(op, 14, node(op, "x w"), w=normal(3, 1, 8))
    case("Sub-left", 9, node("Sub", "w x"), w=normal(1))
    case("Pow", 15, node("Pow", "x w"), positive, w=np.array(2.5, np.float32))
    case("Pow-integer", 13, node("Pow", "x w"), normal(2, 5), w=np.array(3, np.int64))
    case("PRelu", 16, node("PRelu", "x w"), w=normal(3, 1, 1))
    for op in "Max Min Sum Mean".split():
        case(op, 13, node(op, "x w v"), w=normal(3, 1, 1), v=normal(1, 1, 6, 8, seed=3))
    case("Min-two", 8, node("Min", "x w"), w=np.array(0.1, np.float32))
    case("Max-one", 13, node("Max", "x"))
    case("Clip", 9, node("Clip", min=-0.5, max=0.6))
    case("Clip-open", 9, node("Clip", min=0.0))
    case("Clip", 11, node("Clip", "x lo hi"), lo=np.array(0, np.float32), hi=np.array(6, np.float32), x=normal(2, 9) * 5)
    empty = node("Clip", "x lo hi")
    empty.input[1] = ""
    case("Clip-max", 13, empty, hi=np.array(0.3, np.float32), lo=np.array(0, np.float32))
    for op in "Equal Greater GreaterOrEqual Less LessOrEqual".split():
        case(op, 16, [node(op, "x w", "b"), node("Cast", "b", to=FLOAT)], np.array([1.0, 2.0, 3.0], np.float32), w=np.array(2.0, np.float32))
    logic = [node("Greater", "x w", "a"), node("Less", "x v", "b"), node("And", "a b", "c"), node("Not", "c", "d"), node("Or", "d a", "e")]
    case("Logic", 13, logic + [node("Where", "e x v")], w=np.array(-0.5, np.float32), v=np.array(0.5, np.float32))


def convolutions():
    w = normal(4, 3, 3, 3)
    case("Conv", 11, node("Conv", "x w b", strides=[2, 1], pads=[0, 1, 2, 3], dilations=[1, 2], kernel_shape=[3, 3]), w=w, b=normal(4))
    case("Conv-bare", 9, node("Conv", "x w"), w=w)
    for pad in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        case(f"Conv-{pad}", 11, node("Conv", "x w", auto_pad=pad, strides=[2, 2]), x=normal(1, 3, 7, 8), w=w)
    case("Conv-groups", 13, node("Conv", "x w", group=3, pads=[1, 1, 1, 1]), w=normal(6, 1, 3, 3))
    case("Conv-1d", 13, node("Conv", "x w b", pads=[2, 1], strides=[2], dilations=[2]), x=normal(1, 3, 9), w=normal(4, 3, 3), b=normal(4))
    for dtype, name in ((np.float16, "f16"), (np.float64, "f64"), (ml_dtypes.bfloat16, "bf16")):
        case(f"Conv-{name}", 13, [node("Cast", "w", "w32", to=FLOAT), node("Conv", "x w32")], w=w.astype(dtype))
    constants = [node("Constant", "", "w", value=numpy_helper.from_array(w)), node("Identity", "w", "v"), node("Conv", "x v")]
    case("Conv-constant", 9, constants)
    t = normal(3, 4, 3, 3)
    case("ConvTranspose", 11, node("ConvTranspose", "x w b", strides=[2, 3], pads=[1, 0, 0, 1], output_padding=[1, 2]), w=t, b=normal(4))
    case("ConvTranspose-dilated", 11, node("ConvTranspose", "x w", dilations=[2, 1], group=3), w=normal(3, 2, 3, 2))
    for pad in ("SAME_UPPER", "SAME_LOWER"):
        case(f"ConvTranspose-{pad}", 11, node("ConvTranspose", "x w", auto_pad=pad, strides=[2, 2]), w=t)
    case("ConvTranspose-shape", 11, node("ConvTranspose", "x w", output_shape=[12, 15], strides=[2, 2]), w=normal(3, 2, 4, 2))
    case("ConvTranspose-1d", 11, node("ConvTranspose", "x w", strides=[2], pads=[1, 0]), x=normal(1, 3, 5), w=normal(3, 2, 3))


def pooling():
    x = normal(1, 2, 7, 8)
    case("MaxPool", 12, node("MaxPool", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1]), x)
    case("MaxPool-ceil", 12, node("MaxPool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1), x)
    case("MaxPool-dilated", 12, node("MaxPool", kernel_shape=[2, 2], dilations=[2, 3]), x)
    case("MaxPool-SAME_UPPER", 9, node("MaxPool", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"), x)
    case("MaxPool-SAME_LOWER", 9, node("MaxPool", kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_LOWER"), x)
    case("MaxPool-1d", 12, node("MaxPool", kernel_shape=[3], strides=[2], pads=[1, 1]), normal(1, 2, 9))
    case("AveragePool", 11, node("AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]), x)
    case("AveragePool-counted", 11, node("AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1), x)
    case("AveragePool-ceil", 19, node("AveragePool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1), x)
    case("AveragePool-SAME_UPPER", 11, node("AveragePool", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"), x)
    case("AveragePool-1d", 11, node("AveragePool", kernel_shape=[3], strides=[2]), normal(1, 2, 9))
    case("GlobalAveragePool", 9, node("GlobalAveragePool"))
    case("GlobalMaxPool", 9, node("GlobalMaxPool"))


def normalisations():
    stats = dict(s=normal(3), b=normal(3, seed=1), m=normal(3, seed=2), v=np.abs(normal(3, seed=4)) + 0.5)
    case("BatchNormalization", 9, node("BatchNormalization", "x s b m v", epsilon=1e-3), **stats)
    case("BatchNormalization", 15, node("BatchNormalization", "x s b m v"), **stats)
    ones = dict(o=np.ones(4, np.float32), z=np.zeros(4, np.float32))
    standardise = node("BatchNormalization", "f o z z o", "g m v", training_mode=1)
    nodes = [node("Reshape", "w s", "f"), standardise, node("Reshape", "g t", "u"), node("Conv", "x u")]
    case("BatchNormalization-weight", 17, nodes, w=normal(4, 3, 3, 3), s=ints(1, 4, -1), t=ints(4, 3, 3, 3), **ones)
    case("Dropout", 10, node("Dropout", "x", "out mask", ratio=0.3))
    case("Dropout", 13, node("Dropout", "x r"), r=np.array(0.3, np.float32))
    case("InstanceNormalization", 9, node("InstanceNormalization", "x s b", epsilon=1e-3), s=stats["s"], b=stats["b"])
    case("LayerNormalization", 17, node("LayerNormalization", "x s b", axis=-1, epsilon=1e-3), s=normal(8), b=normal(8, seed=1))
    case("LayerNormalization-two", 17, node("LayerNormalization", "x s", axis=2), s=normal(6, 8))
    x = normal(2, 6, 4, 5)
    case("GroupNormalization", 18, node("GroupNormalization", "x s b", num_groups=3), x, s=normal(3), b=normal(3, seed=1))
    case("GroupNormalization", 21, node("GroupNormalization", "x s b", num_groups=3, epsilon=1e-3), x, s=normal(6), b=normal(6, seed=1))
    case("LRN", 13, node("LRN", size=3, alpha=0.1, beta=0.6, bias=2.0), x)
    case("LpNormalization", 9, node("LpNormalization", axis=1, p=2), x)
    for op in ("Softmax", "LogSoftmax"):
        case(op, 13, node(op, axis=1), x)
        case(f"{op}-last", 13, node(op), x)
        case(op, 11, node(op, axis=1), x)
        case(f"{op}-inner", 11, node(op, axis=2), x)
        case(f"{op}-last", 11, node(op, axis=-1), x)
        case(f"{op}-plain", 9, node(op), normal(2, 5))
        case(f"{op}-cells", 11, node(op, axis=1), normal(2, 5, 1, 1))


def reductions():
    for op in "ReduceMean ReduceSum ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceProd ReduceSumSquare".split():
        case(op, 11, node(op, axes=[2, 3], keepdims=0))
        case(op, 18, node(op, "x a"), a=ints(-1, 1))
        case(f"{op}-all", 18, node(op, keepdims=0), normal(2, 5))
    case("ReduceSum", 13, node("ReduceSum", "x a", keepdims=0), a=ints(1))
    case("ReduceMean-none", 18, node("ReduceMean", "x a", noop_with_empty_axes=1), a=ints())
    case("ReduceSumSquare-none", 18, node("ReduceSumSquare", noop_with_empty_axes=1), reference=True)


def shapes():
    x = normal(2, 3, 4, 5)
    case("Reshape", 13, node("Reshape", "x s"), x, s=ints(0, -1, 5))
    case("Flatten", 13, node("Flatten", axis=2), x)
    case("Flatten-0", 9, node("Flatten", axis=0), x)
    case("Squeeze", 11, node("Squeeze", axes=[0]), normal(1, 3, 1))
    case("Squeeze", 13, node("Squeeze", "x a"), normal(1, 3, 1), a=ints(-1))
    case("Squeeze-all", 13, node("Squeeze"), normal(1, 3, 1))
    case("Unsqueeze", 11, node("Unsqueeze", axes=[0, 3]), normal(2, 3))
    case("Unsqueeze", 13, node("Unsqueeze", "x a"), normal(2, 3), a=ints(-1, 0))
    case("Transpose", 13, node("Transpose", perm=[0, 2, 3, 1]), x)
    case("Transpose-reversed", 13, node("Transpose"), x)
    case("Concat", 13, node("Concat", "x w x", axis=1), x, w=normal(2, 1, 4, 5))
    case("Concat-negative", 13, node("Concat", "x x", axis=-2), x)
    case("Split", 11, node("Split", "x", "a b", axis=1, split=[1, 2]), x, outputs="a b")
    case("Split-equal", 11, node("Split", "x", "a b", axis=2), x, outputs="a b")
    case("Split", 13, node("Split", "x s", "a b", axis=-1), x, s=ints(2, 3), outputs="a b")
    case("Split", 18, node("Split", "x", "a b", axis=-1, num_outputs=2), x, outputs="a b")
    case("Slice", 9, node("Slice", starts=[1, 0], ends=[3, -1], axes=[1, 3]), x)
    case("Slice", 13, node("Slice", "x s e a p"), x, s=ints(-1, 0), e=ints(-(2**63), 2**63 - 1), a=ints(2, 3), p=ints(-1, 2))
    case("Slice-bare", 13, node("Slice", "x s e"), x, s=ints(0, 1), e=ints(2, 3))
    case("Gather", 13, node("Gather", "x i", axis=1), x, i=ints(2, 0, -1))
    case("Gather-scalar", 13, node("Gather", "x i", axis=-1), x, i=np.array(1, np.int64))
    case("Expand", 13, node("Expand", "x s"), normal(3, 1), s=ints(2, 1, 4))
    case("Tile", 13, node("Tile", "x r"), normal(2, 3), r=ints(2, 3))
    case("DepthToSpace", 13, node("DepthToSpace", blocksize=2), normal(1, 8, 2, 3))
    case("DepthToSpace-CRD", 13, node("DepthToSpace", blocksize=2, mode="CRD"), normal(1, 8, 2, 3))
    case("SpaceToDepth", 13, node("SpaceToDepth", blocksize=2), normal(1, 2, 4, 6))
    case("Pad", 10, node("Pad", pads=[0, 0, 1, 2, 0, 0, 0, 3], value=0.5), x)
    case("Pad-reflect", 10, node("Pad", pads=[0, 0, 1, 2, 0, 0, 0, 3], mode="reflect"), x)
    case("Pad-edge", 13, node("Pad", "x p", mode="edge"), x, p=ints(0, 0, 1, 2, 0, 0, 0, 3))
    case("Pad-cropping", 13, node("Pad", "x p v"), x, p=ints(0, 0, -1, 2, 0, 0, 1, -2), v=np.array(2, np.float32))
    case("Pad-axes", 18, node("Pad", "x p v a"), x, p=ints(1, 2, 3, 0), v=np.array(-1, np.float32), a=ints(3, -2))
    tail = [node("Cast", "n", "f", to=FLOAT), node("Mul", "x f")]
    case("Shape", 13, [node("Shape", "x", "n")] + tail, x[:, :, :, :4])
    case("Shape-part", 15, [node("Shape", "x", "n", start=1, end=-1), node("Cast", "n", "f", to=FLOAT), node("MatMul", "x f")], normal(2, 3, 2, 2))
    case("Size", 13, [node("Size", "x", "n")] + tail, x)
    case("CastLike", 15, [node("Size", "x", "n"), node("CastLike", "n x", "f"), node("Mul", "x f")], x)
    chain = [node("Shape", "x", "s"), node("Gather", "s i", "n", axis=0), node("Unsqueeze", "n", "m", axes=[0]), node("Concat", "m r", "t", axis=0)]
    case("Reshape-chain", 11, chain + [node("Reshape", "x t")], x, i=np.array(0, np.int64), r=ints(-1))
    sums = [node("Shape", "x", "s"), node("Gather", "s i", "n", axis=0), node("Div", "n two", "h"), node("Mod", "n two", "m"), node("Add", "h m", "k")]
    sums += [node("Unsqueeze", "k z", "e"), node("Slice", "x z e w")]
    case("Half-slice", 13, sums, x, i=np.array(3, np.int64), two=np.array(2, np.int64), z=ints(0), w=ints(3))


def resizing():
    x = normal(1, 2, 4, 5)
    two = np.array([1, 1, 2, 3], np.float32)
    case("Upsample", 7, node("Upsample", scales=[1.0, 1.0, 2.0, 3.0], mode="nearest"), x)
    case("Upsample", 9, node("Upsample", "x s", mode="linear"), x, s=two)
    case("Resize", 10, node("Resize", "x s", mode="nearest"), x, s=two)
    case("Resize-linear", 10, node("Resize", "x s", mode="linear"), x, s=two)
    modes = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]
    for mode in modes:
        for kind in ("linear", "cubic"):
            case(f"Resize-{kind}-{mode}", 13, node("Resize", "x r n s", coordinate_transformation_mode=mode, mode=kind), x, r=np.zeros(0, np.float32), n=np.zeros(0, np.float32), s=ints(1, 2, 7, 3))
    for rounding in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
        attributes = dict(mode="nearest", nearest_mode=rounding, coordinate_transformation_mode="half_pixel")
        case(f"Resize-{rounding}", 11, node("Resize", "x r s", **attributes), x, r=np.zeros(0, np.float32), s=np.array([1, 1, 1.5, 2.2], np.float32))
    omitted = node("Resize", "x a b s", mode="linear", axes=[2, 3])
    omitted.input[1] = omitted.input[2] = ""
    case("Resize-axes-sizes", 18, omitted, x, s=ints(7, 9))
    scaled = node("Resize", "x a s", mode="linear", axes=[-2, -1])
    scaled.input[1] = ""
    case("Resize-axes-scales", 18, scaled, x, s=np.array([2, 1.5], np.float32))


def constants():
    case("ConstantOfShape", 13, [node("ConstantOfShape", "s", "c", value=helper.make_tensor("v", FLOAT, [1], [2.5])), node("Add", "x c")], normal(2, 3), s=ints(2, 3))
    case("ConstantOfShape-0", 9, [node("ConstantOfShape", "s", "c"), node("Add", "x c")], normal(2, 3), s=ints(3))
    fill = helper.make_tensor("v", INT64, [1], [2])
    reps = [node("ConstantOfShape", "s", "c", value=fill), node("Tile", "x c")]
    case("ConstantOfShape-integers", 13, reps, normal(2, 3), s=ints(2))
    case("Range", 13, [node("Range", "a b d", "r"), node("Gather", "x r", axis=1)], normal(2, 9), a=np.array(7, np.int64), b=np.array(0, np.int64), d=np.array(-3, np.int64))
    nodes = [node("Constant", "", "f", value_float=0.5), node("Constant", "", "fs", value_floats=[1.0, 2.0, 3.0]), node("Constant", "", "i", value_int=2)]
    nodes += [node("Constant", "", "is", value_ints=[1, 3]), node("Mul", "x f", "a"), node("Add", "a fs", "b"), node("Expand", "b is", "c"), node("Gather", "c i", axis=1)]
    case("Constant", 13, nodes, normal(2, 3))
    # Elements in the fields of their types instead of raw bytes.
    half = helper.make_tensor("h", TensorProto.FLOAT16, [3], [1.5, -2.0, 0.25])
    double = helper.make_tensor("d", TensorProto.DOUBLE, [1], [0.1])
    single = helper.make_tensor("s", FLOAT, [3], [1.0, 2.0, 3.0])
    index = helper.make_tensor("i", TensorProto.INT32, [2], [2, 0])
    assert not single.raw_data and not half.raw_data
    nodes = [node("Cast", "h", "h32", to=FLOAT), node("Cast", "d", "d32", to=FLOAT), node("Mul", "x h32", "a"), node("Mul", "a d32", "b")]
    case("Typed-fields", 13, nodes + [node("Add", "b s", "c"), node("Gather", "c i", axis=1)], normal(2, 3), h=half, d=double, s=single, i=index)


def products():
    x = normal(2, 3)
    case("Gemm", 13, node("Gemm", "x w b", transB=1, alpha=0.5, beta=2.0), x, w=normal(4, 3), b=normal(4))
    case("Gemm-transposed", 9, node("Gemm", "x w b", transA=1), x, w=normal(2, 4), b=np.array(1, np.float32))
    case("Gemm-bare", 11, node("Gemm", "x w"), x, w=normal(3, 4))
    case("MatMul", 13, node("MatMul", "x w"), normal(2, 1, 3, 4), w=normal(5, 4, 2))
    case("MatMul-vector", 13, node("MatMul", "x w"), normal(2, 3, 4), w=normal(4))
    case("Einsum", 12, node("Einsum", "x w", equation="b i j, b j k -> b i k"), normal(2, 3, 4), w=normal(2, 4, 5))
    case("Einsum-attention", 12, node("Einsum", "x w", equation="bhid,bhjd->bhij"), normal(1, 2, 3, 4), w=normal(1, 2, 5, 4))


def microsoft():
    ms = dict(domain="com.microsoft")
    x = normal(2, 9)
    case("ms-Gelu", 17, node("Gelu", **ms), x)
    case("ms-FastGelu", 17, node("FastGelu", "x b", **ms), x, b=normal(9))
    case("ms-BiasGelu", 17, node("BiasGelu", "x b", **ms), x, b=normal(9))
    case("ms-QuickGelu", 17, node("QuickGelu", alpha=1.702, **ms), x)
    w = normal(4, 3, 3, 3)
    case("ms-FusedConv", 17, node("FusedConv", "x w b", activation="Relu", pads=[1] * 4, **ms), w=w, b=normal(4))
    case("ms-FusedConv-clip", 17, node("FusedConv", "x w b z", activation="Clip", activation_params=[0.0, 6.0], **ms), w=w, b=normal(4), z=normal(1, 4, 4, 6))
    case("ms-FusedConv-leaky", 17, node("FusedConv", "x w", activation="LeakyRelu", activation_params=[0.3], **ms), w=w)
    case("ms-FusedGemm", 17, node("FusedGemm", "x w b", activation="LeakyRelu", activation_alpha=0.3, **ms), x, w=normal(9, 4), b=normal(4))
    case("ms-FusedMatMul", 17, node("FusedMatMul", "x w", transB=1, alpha=0.5, **ms), normal(2, 3, 4), w=normal(2, 5, 4))


def structure():
    x = normal(2, 3)
    w = normal(3)
    # Weights that are inputs, too, as before IR version 4.
    proto = model(node("Add", "x w"), 9, {"x": x}, {"w": w}, ir=3)
    proto.graph.input.append(helper.make_tensor_value_info("w", FLOAT, [3]))
    add("weights-as-inputs", proto, {"x": x})
    # A branch that shapes choose, which sees names around it and has weights of its own.
    then = helper.make_graph([node("Sub", "x one", "t")], "then", [], [helper.make_tensor_value_info("t", FLOAT, None)], [numpy_helper.from_array(np.ones(1, np.float32), "one")])
    other = helper.make_graph([node("Mul", "x w", "e")], "else", [], [helper.make_tensor_value_info("e", FLOAT, None)])
    nodes = [node("Shape", "x", "s"), node("Gather", "s i", "n", axis=0), node("Equal", "n i", "c"), node("If", "c", "y", then_branch=then, else_branch=other), node("Relu", "y")]
    weights = {"w": w, "i": np.array(1, np.int64)}
    add("if-else", model(nodes, 13, {"x": x}, weights), {"x": x})
    add("if-then", model(nodes, 13, {"x": normal(2, 1)}, weights), {"x": normal(2, 1)})
    # Functions: within each other, an attribute with a default, an optional argument left out, used twice.
    slope = helper.make_node("LeakyRelu", ["a"], ["b"])
    slope.attribute.append(onnx.AttributeProto(name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT))
    opset = [helper.make_opsetid("", 18), helper.make_opsetid("local", 1)]
    inner = helper.make_function("local", "Act", ["a"], ["b"], [slope], opset, attribute_protos=[helper.make_attribute("slope", 0.5)])
    body = [node("Clip", "p low", "q"), node("Act", "q", "r", domain="local"), node("Add", "r p", "s")]
    outer = helper.make_function("local", "Block", ["p", "low"], ["s"], body, opset)
    left_out = node("Block", "y low", "z", domain="local")
    left_out.input[1] = ""
    nodes = [node("Block", "x low", "y", domain="local"), left_out, node("Act", "z", domain="local", slope=0.25)]
    proto = model(nodes, 18, {"x": x}, {"low": np.array(-1, np.float32)}, functions=[inner, outer])
    add("functions", proto, {"x": x})
    # Weights in a file beside the model.
    proto = model(node("Add", "x w"), 17, {"x": x}, {"w": w})
    embedded = proto.graph.initializer[0]
    data = bytes(16) + embedded.raw_data
    add("external", proto, {"x": x})
    embedded.ClearField("raw_data")
    embedded.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "external.bin"), ("offset", "16"), ("length", str(len(data) - 16))):
        embedded.external_data.add(key=key, value=value)
    files["external.onnx"] = proto.SerializeToString()
    files["external.bin"] = data
    # What a camera pipeline in TensorFlow takes: bytes, channels last, any batch and size.
    image = np.random.RandomState(0).randint(0, 256, (1, 8, 10, 3)).astype(np.uint8)
    nodes = [node("Cast", "x", "f", to=FLOAT), node("Transpose", "f", "t", perm=[0, 3, 1, 2]), node("Conv", "t w", "c"), node("GlobalAveragePool", "c")]
    proto = model(nodes, 13, {"x": image}, {"w": normal(4, 3, 3, 3)}, declared={"x": ("n", "h", "w", 3)})
    add("bytes-channels-last", proto, {"x": image})
    # Everything in half precision.
    x16 = normal(1, 3, 4, 4).astype(np.float16)
    proto = model([node("Mul", "x w", "a"), node("Relu", "a")], 13, {"x": x16}, {"w": normal(3, 1, 1).astype(np.float16)})
    add("half", proto, {"x": x16}, reference=True)


for group in (elementwise, convolutions, pooling, normalisations, reductions, shapes, resizing, constants, products, microsoft, structure):
    group()
with zipfile.ZipFile(HERE / "operators.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for name, data in sorted(files.items()):
        archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
save_file(expected, HERE / "operators.safetensors")
print(len(files), "files")
