#!/usr/bin/env python3
"""Whole pickled networks of torchvision and timm, as `torch.save(net)` writes them, for the tests of heatlens-formats.

    python modules.py FOLDER [PATTERN ...]
    HEATLENS_MODULES=FOLDER cargo test --release -p heatlens-formats --test arch whole

Beside each `NAME.pth` lies `NAME.safetensors`: `input` and `logits`. Too large to be committed; the weights are random.
"""
import fnmatch
import sys
from pathlib import Path

import timm
import torch
import torch.nn as nn
import torchvision.models as tv
from safetensors.torch import save_file

import make

TIMM = {name: (name, {}) for name in make.TIMM if name not in ("tf_efficientnet_b7", "tf_efficientnet_b6", "convnext_base")}
TIMM |= {
    "resnet18-max": ("resnet18", dict(global_pool="max")),
    "resnet18-avgmax": ("resnet18", dict(global_pool="avgmax")),
    "resnet18-catavgmax": ("resnet18", dict(global_pool="catavgmax")),
    "resnet18-silu": ("resnet18", dict(act_layer=nn.SiLU)),
    "resnet18-stride16": ("resnet18", dict(output_stride=16)),
    "resnet50-stride8": ("resnet50", dict(output_stride=8)),
    "resnetaa50": ("resnetaa50", {}),
    "resnetblur50": ("resnetblur50", {}),
    "resnetblur18": ("resnetblur18", {}),
    "densenet121-max": ("densenet121", dict(global_pool="max")),
    "efficientnet_b0-avgmax": ("efficientnet_b0", dict(global_pool="avgmax")),
    "mobilenetv3_small-max": ("mobilenetv3_small_100", dict(global_pool="max")),
    "regnetx_004-max": ("regnetx_004", dict(global_pool="max")),
    "convnext_tiny-max": ("convnext_tiny", dict(global_pool="max")),
    "vgg11-max": ("vgg11", dict(global_pool="max")),
}


def randomise(net):
    generator = torch.Generator().manual_seed(1)
    for m in net.modules():
        if isinstance(m, (nn.BatchNorm2d, nn.BatchNorm1d)):
            # Small, so that rounding does not grow from block to block.
            m.weight.data = 0.1 + 0.2 * torch.rand(m.weight.shape, generator=generator)
            m.running_mean = 0.2 * torch.randn(m.weight.shape, generator=generator)
            m.running_var = 0.5 + torch.rand(m.weight.shape, generator=generator)
    return net.eval()


folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
torch.manual_seed(1)
jobs = {f"timm-{n}": (lambda name=name, kw=kw: timm.create_model(name, num_classes=5, **kw)) for n, (name, kw) in TIMM.items()}
small = [n for n in tv.list_models(module=tv) if any(fnmatch.fnmatch(n, p) for p in make.FAMILIES.split()) and not any(w in n for w in ("gf", "_l", "b5", "b6", "b7", "vgg16", "vgg19", "101", "152", "wide", "large")) or n in ("regnet_y_400mf", "regnet_x_400mf", "mobilenet_v3_large")]
for n in small:
    extra = {"init_weights": False} if n in ("googlenet", "inception_v3") else {}
    jobs[f"torchvision-{n}"] = lambda n=n, extra=extra: tv.get_model(n, weights=None, num_classes=5, **extra)
for name, create in jobs.items():
    if len(sys.argv) > 2 and not any(fnmatch.fnmatch(name, p) for p in sys.argv[2:]):
        continue
    net = randomise(create())
    side = 139 if "inception" in name else 224 if "vgg" in name else 128
    x = torch.randn(1, 3, side, side)
    with torch.no_grad():
        y = net(x)
    torch.save(net, folder / f"{name}.pth")
    save_file({"input": x, "logits": y.contiguous()}, folder / f"{name}.safetensors")
    print(name, y.tolist(), flush=True)
