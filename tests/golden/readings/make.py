"""Makes `readings.zip`: checkpoints as people save them, of which parts say how the others are to be read.

    python make.py

The networks are ResNet-18 with weights of 0, which an archive compresses to nothing: what is tested is what is chosen, refused and said. Needs torch, torchvision,
safetensors.
"""

import argparse
import io
import zipfile
from pathlib import Path

import torch
import torch.nn as nn
import torchvision
from safetensors.torch import save

HERE = Path(__file__).parent
files = {}


def resnet(head):
    net = torchvision.models.resnet.ResNet(torchvision.models.resnet.BasicBlock, [2, 2, 2, 2], num_classes=2)
    net.fc = head
    return net


class Cosine(nn.Module):
    """The layer that ArcFace trains."""

    def __init__(self, features, classes):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(classes, features))

    def forward(self, x):
        return nn.functional.linear(nn.functional.normalize(x), nn.functional.normalize(self.weight))


class Net(nn.Module):
    def __init__(self, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)


class Wrapper(nn.Module):
    """Normalises the image before the network sees it."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module((x - 0.5) / 0.25)


class ReLU(nn.ReLU):
    """A class of the library's name that computes something else."""

    def forward(self, x):
        return super().forward(x) ** 2


def zeroed(thing):
    if isinstance(thing, nn.Module):
        for tensor in [*thing.parameters(), *thing.buffers()]:
            tensor.data.zero_()
    elif isinstance(thing, torch.Tensor):
        thing.data.zero_()
    elif isinstance(thing, dict):
        for value in thing.values():
            zeroed(value)
    return thing


def add(name, thing):
    source = io.BytesIO()
    torch.save(zeroed(thing), source)
    with zipfile.ZipFile(source) as old:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as new:
            for entry in old.infolist():
                new.writestr(zipfile.ZipInfo(entry.filename), old.read(entry), zipfile.ZIP_DEFLATED, 9)
    files[name] = packed.getvalue()


linear = lambda classes=2, features=512: nn.Linear(features, classes)
plain = resnet(linear()).state_dict()
trunk = {k: v for k, v in plain.items() if not k.startswith("fc.")}
fc = {k[3:]: v for k, v in plain.items() if k.startswith("fc.")}
# Heads that lie elsewhere.
add("arcface-whole.pth", Net(backbone=resnet(nn.Identity()), metric_fc=Cosine(512, 2)))
add("arcface-state.pth", Net(backbone=resnet(nn.Identity()), metric_fc=Cosine(512, 2)).state_dict())
add("arcface-beside.pth", {"backbone": resnet(linear(16)).state_dict(), "metric_fc": Cosine(16, 2).state_dict(), "optimizer": {}})
add("arcface-in-loss.pth", {"model": resnet(linear(16)).state_dict(), "loss": Cosine(16, 2).state_dict()})
add("arcface-as-fc.pth", resnet(Cosine(512, 2)).state_dict())
add("classifier-behind.pth", {"model": resnet(linear(16)).state_dict(), "classifier": {"weight": torch.zeros(2, 16), "bias": torch.zeros(2)}})
add("net-and-classifier.pth", {"net": trunk, "classifier": fc})
add("biometric.pth", Net(cnn=resnet(linear()), biometric_fc=linear(features=3)).state_dict())
add("two-heads.pth", Net(backbone=resnet(nn.Identity()), head_glaucoma=linear(), head_dr=linear(5)).state_dict())
add("criterion.pth", {"model": plain | {"criterion.weight": torch.zeros(2)}})
# A head that lies beside the state dict that has it.
head = nn.Sequential(linear(8), nn.Tanh(), linear(features=8), nn.LogSoftmax(dim=1))
add("head-beside.pth", {"arch": "resnet18", "fc": head, "state_dict": resnet(head).state_dict(), "class_to_idx": {"normal": 1, "glaucoma": 0}})
# Names of classes and architectures.
add("idx-to-class.pth", {"state_dict": plain, "idx_to_class": {0: "a", 1: "b"}})
add("class-list.pth", {"model": plain, "hparams": {"classes": ["a", "b"], "model_name": "resnet18"}})
add("arguments.pth", {"state_dict": plain, "arch": "resnetblur18", "args": argparse.Namespace(model="resnetblur18", gp="max")})
# Own code around and within.
add("wrapper.pth", Wrapper(resnet(linear())))
add("beside.pth", Net(net=resnet(linear()), pool=nn.AdaptiveMaxPool2d(1)))
own = resnet(linear())
own.relu = ReLU()
add("own-relu.pth", own)
pooled = resnet(linear())
pooled.avgpool = nn.AdaptiveMaxPool2d(1)
add("max-pool.pth", pooled)
extra = resnet(linear())
extra.noise = nn.Softshrink()
add("extra-module.pth", extra)


class Named(nn.Sequential):
    """Modules by name, in this order."""

    def __init__(self, **parts):
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, part)


def sorted_file(name, head):
    files[name] = save({k: v.contiguous() for k, v in zeroed(resnet(head).state_dict()).items()})


sorted_file("one-order.safetensors", Named(input=linear(8), act=nn.ReLU(), bn=nn.BatchNorm1d(8), out=linear(features=8)))
sorted_file("two-orders.safetensors", Named(z=nn.BatchNorm1d(512), a=nn.BatchNorm1d(512), out=linear()))

with zipfile.ZipFile(HERE / "readings.zip", "w") as archive:
    for name in sorted(files):
        archive.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED, 9)
print(len(files), "files,", (HERE / "readings.zip").stat().st_size, "bytes")
