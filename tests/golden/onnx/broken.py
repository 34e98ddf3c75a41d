"""Makes the broken and hostile files of `crates/formats/tests/bad/onnx`.

    python broken.py

What the reader says of each is written in the test `broken` of heatlens-formats. Needs onnx.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).parents[3] / "crates/formats/tests/bad/onnx"
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
HUGE = 2**40


def node(op, inputs="x", outputs="out", domain="", **attributes):
    return helper.make_node(op, inputs.split(), outputs.split(), domain=domain, name=f"{op}_{outputs.split()[0]}", **attributes)


def weight(name, dims, data_type=FLOAT, raw=b"", **fields):
    return TensorProto(name=name, dims=dims, data_type=data_type, raw_data=raw, **fields)


def ints(name, *values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def floats(name, *values):
    return numpy_helper.from_array(np.array(values, np.float32), name)


def model(nodes, weights=(), shape=(1, 3, 8, 8), opset=17, outputs="out", functions=(), elem=FLOAT):
    nodes = nodes if isinstance(nodes, list) else [nodes]
    x = helper.make_tensor_value_info("x", elem, shape)
    graph = helper.make_graph(nodes, "g", [x], [onnx.ValueInfoProto(name=o) for o in outputs.split()], list(weights))
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("local", 1)]
    return helper.make_model(graph, opset_imports=imports, functions=list(functions), ir_version=8)


def write(name, content):
    data = content if isinstance(content, bytes) else content.SerializeToString()
    (FOLDER / f"{name}.onnx").write_bytes(data)


def containers():
    good = model(node("Conv", "x w"), [numpy_helper.from_array(np.ones((4, 3, 3, 3), np.float32), "w")]).SerializeToString()
    write("ten-bytes", good[:10])
    write("truncated", good[:-100])
    write("text", b"epoch,loss\n1,0.5\n")
    write("noise", bytes(np.random.RandomState(0).randint(0, 256, 300, np.uint8)))
    write("no-graph", onnx.ModelProto(ir_version=8, producer_name="nobody"))
    write("no-nodes", model([]))
    write("no-output", model(node("Relu"), outputs=""))
    no_input = model(node("Relu"))
    del no_input.graph.input[:]
    write("no-input", no_input)
    no_opset = model(node("Relu"))
    del no_opset.opset_import[:]
    write("no-opset", no_opset)
    write("old-opset", model(node("Relu"), opset=6))
    sparse = model(node("Relu"))
    sparse.graph.sparse_initializer.add()
    write("sparse-weight", sparse)


def tensors():
    add = node("Add", "x w")
    write("huge-tensor", model(add, [weight("w", [HUGE], raw=b"1234")]))
    write("huge-product", model(add, [weight("w", [HUGE, HUGE, 4])]))
    write("huge-and-empty", model(add, [weight("w", [HUGE, HUGE, HUGE, 0])]))
    write("huge-constant", model([node("Constant", "", "w", value=weight("w", [HUGE])), add]))
    write("negative-extent", model(add, [weight("w", [-3])]))
    write("truncated-raw", model(add, [weight("w", [3, 8, 8], raw=bytes(100))]))
    write("short-field", model(add, [weight("w", [3], float_data=[1.0])]))
    write("wrong-field", model(add, [weight("w", [1], int64_data=[1])]))
    write("text-tensor", model(add, [weight("w", [1], TensorProto.STRING, string_data=[b"a"])]))
    write("untyped-tensor", model(add, [weight("w", [1], 0, b"1234")]))
    write("strange-type", model(add, [weight("w", [1], 99, b"1234")]))
    for name, place in {"escape": "../../secret", "absolute": "/etc/passwd", "missing": "weights.bin"}.items():
        w = weight("w", [1], data_location=TensorProto.EXTERNAL)
        w.external_data.add(key="location", value=place)
        write(f"external-{name}", model(add, [w]))


def structure():
    write("cycle", model([node("Add", "x b", "a"), node("Relu", "a", "b"), node("Relu", "b")]))
    write("self-cycle", model(node("Add", "x out")))
    write("unsorted", model([node("Relu", "a"), node("Relu", "x", "a")]))
    write("dangling", model(node("Add", "x nowhere")))
    write("dangling-output", model(node("Relu", "x", "a")))
    write("duplicate-output", model([node("Relu", "x", "a"), node("Neg", "x", "a"), node("Relu", "a")]))
    write("duplicate-weight", model(node("Add", "x w"), [floats("w", 1), floats("w", 2)]))
    write("output-over-weight", model([node("Relu", "x", "w"), node("Add", "x w")], [floats("w", 1)]))
    write("no-arguments", model(helper.make_node("Conv", [], ["out"])))
    write("empty-concat", model(helper.make_node("Concat", [], ["out"], axis=0)))
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    endless = helper.make_function("local", "F", ["a"], ["b"], [node("F", "a", "b", domain="local")], opsets)
    write("endless-function", model(node("F", domain="local"), functions=[endless]))
    bomb = [helper.make_function("local", "F0", ["a"], ["z"], [node("Relu", "a", "z")], opsets)]
    for i in range(1, 9):
        body = [node(f"F{i - 1}", "a" if k == 0 else f"v{k}", f"v{k + 1}" if k < 9 else "z", domain="local") for k in range(10)]
        bomb.append(helper.make_function("local", f"F{i}", ["a"], ["z"], body, opsets))
    write("function-bomb", model(node("F8", domain="local"), functions=bomb))
    big = numpy_helper.from_array(np.zeros(2000, np.float32), "v")
    repeat = helper.make_function("local", "G", ["a"], ["b"], [node("Constant", "", "v", value=big), node("ReduceSum", "v", "r"), node("Add", "a r", "b")], opsets)
    write("function-constants", model([node("G", "x" if i == 0 else f"v{i}", f"v{i + 1}" if i < 999 else "out", domain="local") for i in range(1000)], functions=[repeat]))


def requests():
    write("unknown-operator", model(node("Hardmax")))
    write("unknown-domain", model(node("Thing", domain="local")))
    write("quantised", model([node("QuantizeLinear", "x s", "q")], [floats("s", 1)], outputs="q"))
    branch = helper.make_graph([node("Relu", "x", "t")], "b", [], [onnx.ValueInfoProto(name="t")])
    decide = [node("ReduceSum", "x", "s", keepdims=0), node("Greater", "s z", "c")]
    write("branch-by-image", model(decide + [node("If", "c", "out", then_branch=branch, else_branch=branch)], [floats("z", 0)]))
    write("branch-missing", model([node("Shape", "x", "s"), node("Equal", "s s", "c"), node("If", "c")]))
    stats = [floats(n, 1, 1, 1) for n in "sbmv"]
    write("training-batch-norm", model(node("BatchNormalization", "x s b m v", training_mode=1), stats))
    write("training-dropout", model(node("Dropout", "x r t"), [floats("r", 0.5), numpy_helper.from_array(np.array(True), "t")]))
    write("pooling-indices", model([node("MaxPool", "x", "p i", kernel_shape=[2, 2]), node("Cast", "i", "f", to=FLOAT), node("Add", "p f")]))
    write("reshape-by-image", model([node("Cast", "x", "i", to=INT64), node("Reshape", "x i")], shape=(3,)))
    write("text-input", model(node("Identity"), elem=TensorProto.STRING))
    write("huge-input", model(node("Relu"), shape=(1, 3, HUGE, HUGE)))
    sequence = model(node("Relu"))
    sequence.graph.input[0].type.CopyFrom(helper.make_sequence_type_proto(helper.make_tensor_type_proto(FLOAT, [1])))
    write("sequence-input", sequence)
    write("volume-pool", model(node("MaxPool", "x", kernel_shape=[2, 2, 2]), shape=(1, 3, 8, 8, 8)))


def attributes():
    w = numpy_helper.from_array(np.ones((4, 3, 3, 3), np.float32), "w")
    conv = lambda **a: model(node("Conv", "x w", **a), [w])
    write("conv-zero-stride", conv(strides=[0, 1]))
    write("conv-huge-stride", conv(strides=[2**62, 1]))
    write("conv-huge-dilation", conv(dilations=[2**62, 2**62]))
    write("conv-huge-pads", conv(pads=[2**62] * 4))
    write("conv-negative-pads", conv(pads=[-1, 0, 0, 0]))
    write("conv-odd-pads", conv(pads=[1, 1, 1]))
    write("conv-zero-groups", conv(group=0))
    write("conv-negative-groups", conv(group=-3))
    write("conv-odd-groups", conv(group=2))
    write("conv-wrong-kernel", conv(kernel_shape=[5, 5]))
    write("conv-wrong-type", conv(strides="two"))
    write("conv-strange-padding", conv(auto_pad="SAME"))
    write("conv-too-large", model(node("Conv", "x w"), [w], shape=(1, 3, 2, 2)))
    write("conv-wrong-channels", model(node("Conv", "x w"), [w], shape=(1, 5, 8, 8)))
    write("conv-transpose-shape", model(node("ConvTranspose", "x w", output_shape=[100, 100]), [numpy_helper.from_array(np.ones((3, 4, 3, 3), np.float32), "w")]))
    write("pool-no-kernel", model(node("MaxPool")))
    write("pool-zero-kernel", model(node("MaxPool", kernel_shape=[0, 2])))
    write("pool-wrong-rank", model(node("AveragePool", kernel_shape=[2])))
    write("pool-huge-kernel", model(node("AveragePool", kernel_shape=[2**40, 2])))
    write("transpose-twice", model(node("Transpose", perm=[0, 0, 1, 2])))
    write("transpose-short", model(node("Transpose", perm=[0, 1])))
    write("split-zero", model(node("Split", num_outputs=0, axis=1), opset=18))
    write("lrn-zero", model(node("LRN", size=0)))
    write("depth-to-space-zero", model(node("DepthToSpace", blocksize=0)))
    write("depth-to-space-odd", model(node("DepthToSpace", blocksize=2)))
    write("einsum-nonsense", model(node("Einsum", "x x", equation="ij,->->")))
    write("resize-crop", model(node("Resize", "x r s", coordinate_transformation_mode="tf_crop_and_resize"), [floats("r"), floats("s", 1, 1, 2, 2)]))
    write("cast-to-text", model(node("Cast", to=TensorProto.STRING)))


def numbers():
    big, low = 2**62, -(2**63)
    write("reshape-too-many", model(node("Reshape", "x s"), [ints("s", 7, 7)]))
    write("reshape-overflow", model(node("Reshape", "x s"), [ints("s", big, big, 0)]))
    write("reshape-two-open", model(node("Reshape", "x s"), [ints("s", -1, -1)]))
    write("expand-huge", model(node("Expand", "x s"), [ints("s", HUGE, 1, 1, 8, 8)]))
    write("tile-huge", model(node("Tile", "x s"), [ints("s", big, big, 1, 1)]))
    write("fill-huge", model([node("ConstantOfShape", "s", "c"), node("Add", "x c")], [ints("s", HUGE)]))
    write("fill-negative", model([node("ConstantOfShape", "s", "c"), node("Add", "x c")], [ints("s", -1)]))
    write("range-huge", model([node("Range", "a b d", "r"), node("Gather", "x r")], [numpy_helper.from_array(np.array(v, np.int64), n) for n, v in zip("abd", (0, big, 1))]))
    write("range-still", model([node("Range", "a b d", "r"), node("Gather", "x r")], [numpy_helper.from_array(np.array(v, np.int64), n) for n, v in zip("abd", (0, 3, 0))]))
    write("pad-huge", model(node("Pad", "x p"), [ints("p", 0, 0, big, big, 0, 0, big, big)]))
    write("pad-away", model(node("Pad", "x p"), [ints("p", 0, 0, -9, 0, 0, 0, 0, 0)]))
    write("pad-reflect-far", model(node("Pad", "x p", mode="reflect"), [ints("p", 0, 0, 9, 0, 0, 0, 0, 0)]))
    write("slice-zero-step", model(node("Slice", "x a b c d"), [ints("a", 0), ints("b", 3), ints("c", 1), ints("d", 0)]))
    write("slice-far-axis", model(node("Slice", "x a b c"), [ints("a", 0), ints("b", 3), ints("c", low)]))
    write("slice-unequal", model(node("Slice", "x a b"), [ints("a", 0, 1), ints("b", 3)]))
    write("gather-outside", model(node("Gather", "x i", axis=1), [ints("i", 3)]))
    write("gather-far-axis", model(node("Gather", "x i", axis=low), [ints("i", 0)]))
    write("split-negative", model(node("Split", "x s", "out b", axis=1), [ints("s", -1, 4)]))
    write("split-overflow", model(node("Split", "x s", "out b c", axis=1), [ints("s", big, big, 2**63 - 1)]))
    write("concat-far-axis", model(node("Concat", "x x", axis=9)))
    write("concat-unequal", model(node("Concat", "x w", axis=1), [floats("w", 1)]))
    write("squeeze-wide", model(node("Squeeze", "x a"), [ints("a", 1)]))
    write("unsqueeze-far", model(node("Unsqueeze", "x a"), [ints("a", big)]))
    write("unsqueeze-twice", model(node("Unsqueeze", "x a"), [ints("a", 1, 1)]))
    write("reduce-far", model(node("ReduceMean", "x a"), [ints("a", low)], opset=18))
    write("flatten-far", model(node("Flatten", axis=9)))
    write("softmax-far", model(node("Softmax", axis=9)))
    write("softmax-far-old", model(node("Softmax", axis=9), opset=11))
    write("layer-norm-far", model(node("LayerNormalization", "x s", axis=low), [floats("s", 1)]))
    write("batch-norm-short", model(node("BatchNormalization", "x s s s s"), [floats("s", 1)]))
    write("group-norm-zero", model(node("GroupNormalization", "x s s", num_groups=0), [floats("s", 1)], opset=21))
    write("group-norm-short", model(node("GroupNormalization", "x s s", num_groups=3), [floats("s", 1)], opset=18))
    write("gemm-unequal", model(node("Gemm", "x w"), [numpy_helper.from_array(np.ones((4, 2), np.float32), "w")], shape=(1, 3)))
    write("matmul-unequal", model(node("MatMul", "x w"), [numpy_helper.from_array(np.ones((5, 2), np.float32), "w")]))
    write("add-unequal", model(node("Add", "x w"), [floats("w", 1, 2, 3)]))
    write("divide-by-zero", model([node("Shape", "x", "s"), node("Div", "s z", "d"), node("Reshape", "x d")], [ints("z", 0)]))
    write("add-overflow", model([node("Add", "a a", "d"), node("Reshape", "x d")], [ints("a", 2**63 - 1)]))
    for name, scale in {"nan": np.nan, "infinite": np.inf, "zero": 0, "negative": -1, "huge": 1e30}.items():
        write(f"resize-{name}", model(node("Resize", "x r s"), [floats("r"), floats("s", 1, 1, scale, scale)]))
    write("resize-sizes-huge", model(node("Resize", "x r r s"), [floats("r"), ints("s", 1, 3, HUGE, HUGE)]))
    write("resize-sizes-short", model(node("Resize", "x r r s"), [floats("r"), ints("s", 1, 3)]))
    chain = [node("Concat", "x x", "v0", axis=1)] + [node("Concat", f"v{i} v{i}", f"v{i + 1}", axis=1) for i in range(60)]
    write("doubling", model(chain + [node("Relu", "v60")]))
    write("mixed-types", model(node("Add", "x w"), [ints("w", 1)]))


FOLDER.mkdir(parents=True, exist_ok=True)
for old in FOLDER.glob("*.onnx"):
    old.unlink()
for group in (containers, tensors, structure, requests, attributes, numbers):
    group()
print(len(list(FOLDER.iterdir())), "files,", sum(f.stat().st_size for f in FOLDER.iterdir()), "bytes")
