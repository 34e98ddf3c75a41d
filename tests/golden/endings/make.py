"""Makes `endings.zip`, small classifiers as people export them (probabilities instead of logits, odd shapes, several outputs, fixed batches), and
`endings.safetensors`, what goes into their last softmax or sigmoid.

    python make.py

Each `NAME.onnx` takes `image` (the same for all) and must be read as giving `NAME`, (1, classes), by PyTorch. Needs torch, onnx, onnxscript, safetensors.
"""

import io
import warnings
import zipfile
from pathlib import Path

import onnx
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import TensorProto, helper
from safetensors.torch import save_file

HERE = Path(__file__).parent
warnings.filterwarnings("ignore")
files, expected = {}, {}


class Net(nn.Module):
    """A convolution, pooling and a linear layer, and what is done to their result."""

    def __init__(self, classes, ending=None):
        super().__init__()
        generator = torch.Generator().manual_seed(classes)
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.fc = nn.Linear(4, classes)
        self.ending = ending
        for p in self.parameters():
            p.data = torch.randn(p.shape, generator=generator)

    def features(self, x):
        return F.relu(self.conv(x))

    def logits(self, x):
        return self.fc(self.features(x).mean((2, 3)))

    def forward(self, x):
        y = self.logits(x)
        return self.ending(y) if self.ending else y


class With(nn.Module):
    def __init__(self, net, forward):
        super().__init__()
        self.net, self.run = net, forward

    def forward(self, *inputs):
        return self.run(self.net, *inputs)


image = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(7))


def export(net, inputs, names=("output",), dynamo=False, input_names=("image",), **options):
    buffer = io.BytesIO()
    if dynamo:
        torch.onnx.export(net.eval(), inputs, dynamo=True, opset_version=20, input_names=list(input_names), output_names=list(names), verbose=False, **options).save(buffer)
    else:
        torch.onnx.export(net.eval(), inputs, buffer, dynamo=False, opset_version=17, input_names=list(input_names), output_names=list(names), **options)
    return buffer.getvalue()


def case(name, classes, ending=None, want=None, inputs=None, net=None, **options):
    """`want` is what the logits are made into; the logits themselves where it is not given."""
    plain = Net(classes)
    net = net or Net(classes, ending)
    files[f"{name}.onnx"] = export(net, (image,) if inputs is None else inputs, **options)
    with torch.no_grad():
        logits = plain(image)
    expected[name] = (want(logits) if want else logits).contiguous()


p = torch.sigmoid
case("logits", 3)
case("softmax", 3, lambda y: F.softmax(y, 1))
case("log-softmax", 3, lambda y: F.log_softmax(y, 1))
case("two-softmaxes", 3, lambda y: F.softmax(F.softmax(y, 1), 1))
case("softmax-clamp", 3, lambda y: F.softmax(y, 1).clamp(1e-6, 1 - 1e-6))
case("softmax-reshape", 3, lambda y: F.softmax(y, 1).reshape(-1, 3))
case("softmax-percent", 3, lambda y: F.softmax(y, 1) * 100)
case("softmax-column", 2, lambda y: F.softmax(y, 1)[:, 1:2])
case("softmax-select", 2, lambda y: F.softmax(y, 1)[:, 1])
case("softmax-log", 3, lambda y: torch.log(F.softmax(y, 1) + 1e-7))
case("exp-log-softmax", 3, lambda y: torch.exp(F.log_softmax(y, 1)))
case("written-out-softmax", 3, lambda y: (y - y.amax(1, keepdim=True)).exp() / (y - y.amax(1, keepdim=True)).exp().sum(1, keepdim=True))
case("shared-written-out-softmax", 3, lambda y: (lambda e: e / e.sum(1, keepdim=True))((y - y.amax(1, keepdim=True)).exp()))
case("temperature", 3, lambda y: F.softmax(y / 2.5, 1), lambda y: y / 2.5)
case("sigmoid", 1, p)
case("sigmoid-squeeze", 1, lambda y: p(y).squeeze(1))
case("sigmoid-scalar", 1, lambda y: p(y).squeeze())
case("squeeze", 1, lambda y: y.squeeze(1))
case("one-minus", 1, lambda y: 1 - p(y), lambda y: -y)
case("pair", 1, lambda y: torch.cat([1 - p(y), p(y)], 1))
case("pair-turned", 1, lambda y: torch.cat([p(y), 1 - p(y)], 1), lambda y: -y)
case("pair-stacked", 1, lambda y: torch.stack([1 - p(y)[:, 0], p(y)[:, 0]], 1))
case("sigmoids", 4, p)
case("sigmoids-columns", 4, lambda y: p(y)[:, 1:3], lambda y: y[:, 1:3])
case("dynamo-softmax", 3, lambda y: F.softmax(y, 1).clamp(0, 1), dynamo=True)
case("dynamo-pair", 1, lambda y: torch.cat([1 - p(y), p(y)], 1), dynamo=True)
case("convolution-head", 3, net=With(Net(3), lambda n, x: F.conv2d(F.adaptive_avg_pool2d(n.features(x), 1), n.fc.weight[:, :, None, None], n.fc.bias)))
case("convolution-head-softmax", 3, net=With(Net(3), lambda n, x: F.softmax(F.conv2d(F.adaptive_avg_pool2d(n.features(x), 1), n.fc.weight[:, :, None, None], n.fc.bias), 1)))
# A function between 0 and 1 that is no squashing known.
case("arctangent", 3, lambda y: (y / (1 + y.abs()) + 1).clamp(0, 2) / 2, lambda y: (y / (1 + y.abs()) + 1).clamp(0, 2) / 2)
case("bounded", 3, lambda y: y.clamp(0, 1), lambda y: y.clamp(0, 1))
# Several outputs.
features = lambda n, x: n.features(x).mean((2, 3))
case("embedding-first", 3, net=With(Net(3), lambda n, x: (features(n, x), n(x))), names=("embedding", "prediction"))
case("logits-and-probabilities", 3, net=With(Net(3), lambda n, x: (F.softmax(n(x), 1), n(x))), names=("probabilities", "logits"))
case("label-first", 3, net=With(Net(3), lambda n, x: (n(x).argmax(1), n(x))), names=("label", "prediction"))
case("two-heads", 3, net=With(Net(3), lambda n, x: (n(x), F.linear(features(n, x), n.fc.weight[:2]))), names=("one", "other"))
# Made for eight images at a time: the shuffling of channels has the batch in its shapes.
def shuffled(n, x):
    y = n.features(x)
    y = y.reshape(y.shape[0], 2, 2, 8, 8).transpose(1, 2).reshape(y.shape[0], 4, 8, 8)
    return n.fc(y.mean((2, 3)))


with torch.no_grad():
    for name, dynamo in [("batch-of-8", False), ("dynamo-batch-of-8", True)]:
        case(name, 3, net=With(Net(3), shuffled), inputs=(image.repeat(8, 1, 1, 1),), dynamo=dynamo)
        expected[name] = shuffled(Net(3), image)
# Something beside the image, which changes the result.
meta = torch.tensor([[0.5, -1.0]])
case("metadata", 3, net=With(Net(3), lambda n, x, m: n(x) + m.sum() * 2), inputs=(image, meta), input_names=("image", "meta"))
expected["metadata"] = expected["metadata"] - 1.0
# As it is after a conversion to half precision that keeps inputs and outputs.
model = onnx.load_from_string(files["softmax.onnx"])
model.graph.node[-1].output[0] = "p"
model.graph.node.append(helper.make_node("Cast", ["p"], ["output"], to=TensorProto.FLOAT))
files["softmax-cast.onnx"], expected["softmax-cast"] = model.SerializeToString(), expected["softmax"].clone()
# Names of classes, as people write them into the file.
model = onnx.load_from_string(files["softmax.onnx"])
helper.set_model_props(model, {"names": "{0: 'healthy', 1: 'suspect', 2: 'glaucoma'}", "author": "nobody"})
files["names.onnx"], expected["names"] = model.SerializeToString(), expected["softmax"].clone()

expected["image"] = image
for name in sorted(files):
    onnx.checker.check_model(onnx.load_from_string(files[name]))
with zipfile.ZipFile(HERE / "endings.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for name in sorted(files):
        archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), files[name], zipfile.ZIP_DEFLATED)
save_file({k: v.detach().contiguous() for k, v in expected.items()}, HERE / "endings.safetensors")
print(len(files), "files")
