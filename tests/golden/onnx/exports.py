"""Exports networks with both PyTorch exporters, for the tests of heatlens-formats.

    python exports.py                # the small network that is committed
    python exports.py FOLDER         # torchvision's networks, which are large
    HEATLENS_ONNX_EXPORTS=FOLDER cargo test -p heatlens-formats --test onnx exports

Beside each `NAME.onnx` lies `NAME.safetensors`: `input`, `logits` (ONNX Runtime's), and under
`layer:EXPRESSION` the output of that module in PyTorch. The weights are random, the batch normalisation statistics too.
"""

import sys
import warnings
from pathlib import Path

import onnx
import onnxruntime
import torch
import torchvision
from safetensors.numpy import save_file

LAYERS = {
    "resnet18": ["layer4[-1]", "layer4.1", "layer3", "layer2.0"],
    "densenet121": ["features[-1]", "features.denseblock4", "features.denseblock4.denselayer16"],
    "efficientnet_b0": ["features[-1]", "features.6", "features.1.0"],
    "vgg11_bn": ["features[-1]", "features.27", "features"],
    "mobilenet_v3_small": ["features[-1]", "features.5"],
    "convnext_tiny": ["features[-1]", "features.7.2", "features.6"],
    "squeezenet1_1": ["features[-1]", "features.12.expand3x3"],
    "googlenet": ["inception5b", "inception4a.branch2"],
    "inception_v3": ["Mixed_7c", "Mixed_6a"],
}
# exporter, opset, dynamic axes
EVERY = [("torchscript", 17, ""), ("dynamo", 18, "")]
MORE = {
    "resnet18": [("torchscript", o, "b" if o % 2 else "bhw") for o in (9, 10, 11, 12, 13, 14, 15, 16, 20)]
    + [("dynamo", o, "b") for o in (18, 20, 21)],
    "mobilenet_v3_small": [("torchscript", o, "") for o in (9, 11, 13)],
    "efficientnet_b0": [("torchscript", o, "") for o in (9, 12)],
    "convnext_tiny": [("torchscript", 13, "")],
    "inception_v3": [("torchscript", 11, "")],
    "densenet121": [("torchscript", 11, "bhw"), ("dynamo", 20, "b")],
}


class Block(torch.nn.Module):
    """A residual block whose ReLU runs twice."""

    def __init__(self, inner, outer, stride):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(outer)
        self.relu = torch.nn.ReLU()
        self.conv2 = torch.nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(outer)
        self.downsample = torch.nn.Sequential(torch.nn.Conv2d(inner, outer, 1, stride, bias=False), torch.nn.BatchNorm2d(outer)) if stride > 1 else None

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class Small(torch.nn.Module):
    """Nested containers, functions outside modules, a replaced head."""

    def __init__(self):
        super().__init__()
        stem = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, 2, 1, bias=False), torch.nn.BatchNorm2d(4), torch.nn.Hardswish())
        self.features = torch.nn.Sequential(stem, torch.nn.Sequential(Block(4, 4, 1), Block(4, 6, 2)))
        self.layer4 = torch.nn.Sequential(Block(6, 6, 1), Block(6, 6, 1))
        self.norm = torch.nn.BatchNorm2d(6)
        self.avgpool = torch.nn.AdaptiveAvgPool2d(1)
        self.fc = torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.Linear(6, 3))

    def forward(self, x):
        x = torch.nn.functional.silu(self.norm(self.layer4(self.features(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def network(name):
    torch.manual_seed(0)
    if name == "small":
        return randomise(Small().eval())
    more = {"init_weights": True} if name in ("googlenet", "inception_v3") else {}
    model = getattr(torchvision.models, name)(weights=None, num_classes=7, **more).eval()
    return randomise(model)


def randomise(model):
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            torch.nn.init.uniform_(module.weight, 0.7, 1.3)
            torch.nn.init.normal_(module.bias, 0, 0.1)
    return model


def submodule(model, expression):
    path = expression.replace("[-1]", "")
    module = model.get_submodule(path)
    return module[-1] if expression.endswith("[-1]") else module


def export(model, x, file, exporter, opset, dynamic, **options):
    names = {"input_names": ["input"], "output_names": ["logits"], "opset_version": opset, **options}
    if exporter == "torchscript":
        axes = {0: "batch"} | ({2: "height", 3: "width"} if dynamic == "bhw" else {})
        more = {"dynamic_axes": {"input": axes, "logits": {0: "batch"}}} if dynamic else {}
        torch.onnx.export(model, x, file, dynamo=False, **names, **more)
    else:
        more = {"dynamic_shapes": ({0: torch.export.Dim("batch")},)} if dynamic else {}
        torch.onnx.export(model, (torch.cat([x, x]) if dynamic else x,), file, dynamo=True, verbose=False, **names, **more)


def layer_outputs(model, x, layers):
    outputs = {}
    for expression in layers:
        # Cloned, since a later module may work in place; contiguous, since safetensors writes memory as it lies.
        hook = lambda _m, _i, y, e=expression: outputs.__setitem__(f"layer:{e}", y.detach().clone(memory_format=torch.contiguous_format).numpy())
        submodule(model, expression).register_forward_hook(hook)
    with torch.no_grad():
        model(x)
    return dict(outputs)


def write_golden(file, x, layers):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    (logits,) = onnxruntime.InferenceSession(file, options).run(None, {"input": x.numpy()})
    save_file({"input": x.numpy(), "logits": logits, **layers}, file.with_suffix(".safetensors"))
    print(file.name, abs(logits).max(), flush=True)


def small(folder):
    model, x = network("small"), torch.randn(1, 3, 32, 24, generator=torch.Generator().manual_seed(1))
    layers = layer_outputs(model, x, ["layer4[-1]", "layer4.0", "features[-1]", "features.0", "features.1.0", "norm"])
    for exporter, opset in (("torchscript", 13), ("dynamo", 18)):
        file = folder / f"{exporter}.onnx"
        export(model, x, file, exporter, opset, "b", external_data=False)
        proto = onnx.load(file)
        for node in proto.graph.node:
            # Paths of this machine are no part of what is tested.
            kept = [p for p in node.metadata_props if p.key in ("namespace", "pkg.torch.onnx.name_scopes")]
            del node.metadata_props[:]
            node.metadata_props.extend(kept)
        del proto.graph.value_info[:]
        onnx.save(proto, file)
        write_golden(file, x, layers)


def large(folder):
    for name, expressions in LAYERS.items():
        model = network(name)
        size = 299 if name == "inception_v3" else 224
        x = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(1))
        layers = layer_outputs(model, x, expressions)
        torch.save(model.state_dict(), folder / f"{name}.pth")
        for exporter, opset, dynamic in EVERY + MORE.get(name, []):
            file = folder / f"{name}-{exporter}-{opset}{'-' + dynamic if dynamic else ''}.onnx"
            export(model, x, file, exporter, opset, dynamic)
            write_golden(file, x, layers)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    if len(sys.argv) > 1:
        large(Path(sys.argv[1]))
    else:
        small(Path(__file__).parent)
