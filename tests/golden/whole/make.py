"""Makes `whole.zip`, whole networks that are `nn.Sequential`s of layers, of blocks of torchvision and timm, and of networks of theirs, and `whole.safetensors`, what
PyTorch computes with them.

    python make.py

Each `NAME.pth` takes the image of its channels and extent, `image/CHANNELSxSIDExSIDE`, and gives `NAME`, without the softmax or sigmoid at its end. All are narrow, so that the files stay small. Needs torch,
torchvision, timm, safetensors.
"""

import io
import zipfile
from collections import OrderedDict
from functools import partial
from pathlib import Path

import torch
import torch.nn as nn
from safetensors.torch import save_file
from timm.layers import BatchNormAct2d, SelectAdaptivePool2d
from timm.models import _efficientnet_blocks as mobile
from timm.models import convnext, densenet, regnet
from timm.models import resnet as timm_resnet
from torchvision.models import densenet as tv_densenet
from torchvision.models import efficientnet, mobilenetv2, mobilenetv3, shufflenetv2
from torchvision.models import regnet as tv_regnet
from torchvision.models import resnet as tv_resnet
from torchvision.models.convnext import CNBlock, LayerNorm2d
from torchvision.models.googlenet import BasicConv2d, Inception
from torchvision.models.mnasnet import _InvertedResidual
from torchvision.models.squeezenet import Fire
from torchvision.ops.misc import Conv2dNormActivation, Permute

HERE = Path(__file__).parent
S = nn.Sequential
networks, ends = {}, (nn.Softmax, nn.LogSoftmax, nn.Sigmoid, nn.LogSigmoid)


def add(name, network, channels=3, side=32):
    networks[name] = (network, channels, side)


def head(channels, classes=3):
    return S(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))


def stem(channels, act=nn.ReLU):
    return S(nn.Conv2d(3, channels, 3, 2, 1, bias=False), nn.BatchNorm2d(channels), act())


# Layers with all that they say of themselves.
add("plain", S(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3), nn.BatchNorm2d(6, eps=1e-2), nn.ReLU6(), head(6)), channels=1)
add("convolutions", S(nn.Conv2d(3, 8, (5, 3), (2, 1), (1, 2), (1, 2)), nn.SiLU(), nn.Conv2d(8, 12, 3, groups=4), nn.Mish(), nn.Conv2d(12, 4, 3, padding="same", dilation=2), nn.Hardswish(), head(4)))
add("normalisations", S(nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8), nn.InstanceNorm2d(8, affine=True), nn.LocalResponseNorm(3, 0.1, 0.5, 2.0), nn.BatchNorm2d(8, affine=False), nn.GroupNorm(4, 8, affine=False), LayerNorm2d(8), nn.PReLU(8), head(8, 5), nn.BatchNorm1d(5), nn.LayerNorm(5, elementwise_affine=False), nn.PReLU(), nn.Linear(5, 2)))
add("activations", S(nn.Conv2d(3, 6, 3), nn.ELU(0.7), nn.Softplus(), nn.LeakyReLU(0.3), nn.Hardtanh(-0.2, 3.0), nn.GELU(approximate="tanh"), nn.Softsign(), nn.SELU(), nn.Tanh(), nn.RReLU(), nn.Hardsigmoid(), nn.GELU(), head(6), nn.LogSoftmax(dim=1)))
add("pooling", S(nn.Conv2d(3, 6, 3), nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), nn.AvgPool2d((1, 2), 1), nn.AdaptiveAvgPool2d((3, 2)), nn.MaxPool2d(2, 1, dilation=(1, 1)), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(6, 2)))
add("shapes", S(nn.ReflectionPad2d((1, 2, 3, 0)), nn.Conv2d(3, 4, 3), nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False), nn.ZeroPad2d((1, 0, 2, 1)), nn.Conv2d(4, 8, 3, 2), nn.Upsample(scale_factor=0.5), nn.ReplicationPad2d(1), nn.PixelShuffle(2), nn.ConstantPad2d(1, 0.5), nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), Permute([0, 2, 3, 1]), nn.Linear(2, 3), Permute([0, 3, 1, 2]), head(3, 2), nn.Softmax(dim=-1)))
add("unflattened", S(nn.Conv2d(3, 4, 8, 8), nn.Flatten(2), nn.Linear(16, 9), nn.Unflatten(2, (3, 3)), nn.Conv2d(4, 5, 2), head(5), nn.Sigmoid()))
# The size of the image follows from the linear layer.
add("flattened", S(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(), nn.Dropout(), nn.Linear(4 * 8 * 8, 2)))
add("named", S(OrderedDict(body=S(OrderedDict(conv=nn.Conv2d(3, 4, 3), act=nn.ReLU(), deep=S(S(S(nn.Conv2d(4, 4, 3), nn.Tanh()))))), gap=nn.AdaptiveAvgPool2d((2, 2)), flat=nn.Flatten(), fc=nn.Linear(16, 2), soft=nn.Softmax(1))))
# Blocks.
down = lambda a, b: S(nn.Conv2d(a, b, 1, 2, bias=False), nn.BatchNorm2d(b))
add("resnet", S(stem(4), nn.MaxPool2d(3, 2, 1), tv_resnet.BasicBlock(4, 8, 2, down(4, 8)), tv_resnet.BasicBlock(8, 8), tv_resnet.Bottleneck(8, 2, dilation=2), head(8)))
add("timm-resnet", S(stem(4), timm_resnet.BasicBlock(4, 8, 2, down(4, 8), act_layer=nn.SiLU), timm_resnet.Bottleneck(8, 2, attn_layer="se"), SelectAdaptivePool2d(pool_type="catavgmax", flatten=True), nn.Linear(16, 2)))
add("densenet", S(stem(4), tv_densenet._DenseBlock(2, 4, 2, 3, 0.0), tv_densenet._Transition(10, 5), densenet.DenseBlock(2, 5, 2, 3), densenet.DenseTransition(11, 6), head(6)))
add("mobilenet", S(Conv2dNormActivation(3, 4, 3, 2, activation_layer=nn.Hardswish), mobilenetv2.InvertedResidual(4, 4, 1, 2), mobilenetv2.InvertedResidual(4, 8, 2, 3), mobilenetv3.InvertedResidual(mobilenetv3.InvertedResidualConfig(8, 5, 16, 8, True, "HS", 1, 1, 1.0), partial(nn.BatchNorm2d, eps=0.001)), _InvertedResidual(8, 8, 3, 1, 2), head(8)))
add("efficientnet", S(stem(8, nn.SiLU), efficientnet.MBConv(efficientnet.MBConvConfig(1, 3, 1, 8, 8, 1), 0.1, nn.BatchNorm2d), efficientnet.FusedMBConv(efficientnet.FusedMBConvConfig(2, 3, 2, 8, 8, 1), 0.1, nn.BatchNorm2d), head(8)))
squeezed = partial(mobile.SqueezeExcite, rd_ratio=0.5)
add("timm-mobile", S(nn.Conv2d(3, 4, 3, 2, 1), BatchNormAct2d(4, act_layer=nn.SiLU), mobile.DepthwiseSeparableConv(4, 4, se_layer=squeezed, act_layer=nn.SiLU), mobile.InvertedResidual(4, 6, stride=2, exp_ratio=2.0, se_layer=squeezed, act_layer=nn.Hardswish), mobile.InvertedResidual(6, 6, exp_ratio=2.0), mobile.EdgeResidual(6, 6, exp_ratio=2.0), mobile.ConvBnAct(6, 8, 1), SelectAdaptivePool2d(pool_type="avg", flatten=True), nn.Linear(8, 2)))
add("convnext", S(nn.Conv2d(3, 6, 4, 4), LayerNorm2d(6, eps=1e-6), CNBlock(6, 1e-6, 0.1), convnext.ConvNeXtBlock(6), convnext.ConvNeXtBlock(6, conv_mlp=True), nn.AdaptiveAvgPool2d(1), LayerNorm2d(6), nn.Flatten(1), nn.Linear(6, 2)))
add("others", S(stem(4), shufflenetv2.InvertedResidual(4, 8, 2), shufflenetv2.InvertedResidual(8, 8, 1), Fire(8, 2, 3, 5), BasicConv2d(8, 6, kernel_size=1), Inception(6, 2, 2, 3, 2, 3, 2), tv_regnet.ResBottleneckBlock(10, 12, 2, nn.BatchNorm2d, nn.ReLU, 4, 1.0, 0.25), regnet.Bottleneck(12, 12, se_ratio=0.25, group_size=4), head(12)))
# Whole networks of torchvision and timm among other modules.
narrow = tv_resnet.ResNet(tv_resnet.BasicBlock, [1, 1, 1, 1], num_classes=4, width_per_group=64)


def narrowed(net, by=32):
    """The same network, narrower by this factor; its image keeps its channels."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            ins = module.in_channels if module.in_channels == 3 else module.in_channels // by
            module.in_channels, module.out_channels = ins, module.out_channels // by
            module.weight = nn.Parameter(torch.empty(module.out_channels, ins, *module.kernel_size))
        elif isinstance(module, nn.BatchNorm2d):
            module.__init__(module.num_features // by, module.eps)
        elif isinstance(module, nn.Linear):
            module.__init__(module.in_features // by, module.out_features)
    return net


add("network-and-head", S(S(narrowed(narrow)), nn.ReLU(), nn.Linear(4, 2)), side=64)
headless = narrowed(tv_resnet.ResNet(tv_resnet.BasicBlock, [1, 1, 1, 1]))
headless.fc = nn.Identity()
add("headless-network", nn.DataParallel(S(OrderedDict(net=headless, head=S(nn.BatchNorm1d(16), nn.Linear(16, 2))))), side=64)


class Gate(nn.Module):
    """A class that is in no library."""

    def forward(self, x):
        return torch.sigmoid(x) * x


class Scaled(nn.Linear):
    def forward(self, x):
        return 2 * super().forward(x)


class Pieces(nn.Module):
    """Features and a classifier one behind the other."""

    def __init__(self, features, classifier, **more):
        super().__init__()
        self.features, self.classifier = features, classifier
        for name, module in more.items():
            setattr(self, name, module)

    def forward(self, x):
        return self.classifier(self.features(x))


add("own-class", S(stem(4), Gate(), head(4)))
add("own-linear", S(stem(4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), Scaled(4, 2)))
add("not-run", S(stem(4), nn.ModuleList([nn.ReLU()]), head(4)))
trunk = S(stem(4), tv_resnet.BasicBlock(4, 4), nn.AdaptiveAvgPool2d(1))
add("pieces", Pieces(trunk, S(nn.Flatten(), nn.Linear(4, 2))))
base = narrowed(tv_resnet.ResNet(tv_resnet.BasicBlock, [1, 1, 1, 1]))
add("pieces-twice", Pieces(S(*list(base.children())[:-1]), S(nn.Flatten(), nn.Linear(16, 2)), base=base), side=64)

generator = torch.Generator().manual_seed(1)
expected, files, images = {}, {}, {}
for name, (network, channels, side) in networks.items():
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            shape = module.running_mean.shape
            module.running_mean = 0.2 * torch.randn(shape, generator=generator)
            module.running_var = 0.5 + torch.rand(shape, generator=generator)
    for parameter in network.parameters():
        fan = parameter[0].numel() if parameter.dim() > 1 else 1
        noise = torch.randn(parameter.shape, generator=generator)
        parameter.data = noise * (2 / fan) ** 0.5 if parameter.dim() > 1 else 0.5 + 0.3 * noise
    network.eval()
    image = images.setdefault(f"image/{channels}x{side}x{side}", torch.randn(1, channels, side, side, generator=generator))
    inner = network.module if isinstance(network, nn.DataParallel) else network
    modules = list(inner.children())
    if name not in ("own-class", "own-linear", "not-run"):
        run = S(*modules[:-1]) if isinstance(modules[-1], ends) else inner
        expected[name] = run(image).detach()
    file = io.BytesIO()
    torch.save(network, file)
    files[name] = file.getvalue()

save_file(expected | images, HERE / "whole.safetensors")
with zipfile.ZipFile(HERE / "whole.zip", "w") as archive:
    for name in sorted(files):
        archive.writestr(zipfile.ZipInfo(f"{name}.pth"), files[name], zipfile.ZIP_DEFLATED, 9)
print(len(files), "files,", (HERE / "whole.zip").stat().st_size, "bytes")
