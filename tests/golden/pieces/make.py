"""Makes `pieces.zip`, state dicts of networks that were cut up, kept twice, or lie beside others of their kind, and `pieces.safetensors`, what PyTorch computes with
them.

    python make.py

Each `NAME.pth` takes `image` and gives `NAME`. The ResNets are narrow, the other networks as narrow as their definitions allow; weights are kept in half precision.
Needs torch, torchvision, timm, safetensors.
"""

import io
import zipfile
from pathlib import Path

import timm
import torch
import torch.nn as nn
import torchvision.models as tv
from safetensors.torch import save_file
from torchvision.models import resnet

HERE = Path(__file__).parent
S = nn.Sequential
generator = torch.Generator().manual_seed(3)
image = torch.randn(1, 3, 64, 64, generator=generator)
files, expected = {}, {"image": image}


def randomise(network):
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            shape = module.running_mean.shape
            module.running_mean = (0.2 * torch.randn(shape, generator=generator)).half().float()
            module.running_var = (0.5 + torch.rand(shape, generator=generator)).half().float()
    for parameter in network.parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        fan = parameter[0].numel() if parameter.dim() > 1 else 1
        parameter.data = (noise * (2 / fan) ** 0.5 if parameter.dim() > 1 else 0.5 + 0.3 * noise).half().float()
    return network.eval()


def narrow(net, by=16):
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


def resnet10(classes=7):
    return narrow(resnet.ResNet(resnet.BasicBlock, [1, 1, 1, 1], num_classes=classes), 32)


def halved(thing):
    if isinstance(thing, dict):
        return {name: halved(value) for name, value in thing.items()}
    if isinstance(thing, list):
        return [halved(value) for value in thing]
    return thing.half() if thing.is_floating_point() else thing


def add(name, thing, network):
    file = io.BytesIO()
    torch.save(halved(thing), file)
    files[name] = file.getvalue()
    expected[name] = network(image).detach()


class Net(nn.Module):
    """Modules by name, run one behind the other."""

    def __init__(self, **parts):
        super().__init__()
        self.order = list(parts)
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        for name in self.order:
            x = getattr(self, name)(x)
        return x


def small_mobile():
    settings, last = tv.mobilenetv3._mobilenet_v3_conf("mobilenet_v3_small", width_mult=0.1)
    return tv.MobileNetV3(settings, last)


# Children by number.
trunk = list(resnet10().children())[:-1]
add_whole = lambda name, network: add(name, randomise(network).state_dict(), network)
add_whole("flat-resnet", S(*trunk, nn.Flatten(), nn.Linear(16, 3)))
add_whole("mobilenet-features", S(S(*small_mobile().features, nn.AdaptiveAvgPool2d(1)), S(nn.Flatten(), nn.Linear(small_mobile().features[-1][0].out_channels, 2))))
mobile = small_mobile()
add_whole("flat-mobilenet", S(*mobile.features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(mobile.features[-1][0].out_channels, 2)))
efficient = timm.models.efficientnet._gen_efficientnet("efficientnet_b0", channel_multiplier=0.1, num_classes=2)
width = efficient.num_features
add_whole("timm-efficientnet", Net(features=S(*list(efficient.children())[:-1]), classifier=S(nn.Flatten(), nn.Linear(width, 2))))
dense = tv.DenseNet(4, (1, 1, 1, 1), 8, 2)
add_whole("densenet-features", Net(body=S(dense.features, nn.ReLU(), nn.AdaptiveAvgPool2d(1)), head=S(nn.Flatten(), nn.Linear(dense.classifier.in_features, 2))))
# The same weights twice.
base = resnet10()
twice = Net(features=S(*list(base.children())[:-1]), classifier=S(nn.Flatten(), nn.Linear(16, 3)))
twice.base_model = base
add_whole("twice", twice)
# Classifiers.
concat = lambda x: torch.cat([nn.functional.adaptive_max_pool2d(x, 1), nn.functional.adaptive_avg_pool2d(x, 1)], 1)


class Pool(nn.Module):
    def forward(self, x):
        return concat(x)


add_whole("fastai", S(S(*list(resnet10().children())[:-2]), S(Pool(), nn.Flatten(), nn.BatchNorm1d(32), nn.Dropout(0.25), nn.Linear(32, 8, bias=False), nn.ReLU(), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 2, bias=False))))
headless = resnet10()
headless.fc = nn.Identity()
add_whole("normalised", Net(resnet=headless, bn=nn.BatchNorm1d(16), fc=nn.Linear(16, 2)))
leaky = resnet10()
leaky.fc = S(nn.Linear(16, 8), nn.LeakyReLU(0.2), nn.BatchNorm1d(8), nn.Linear(8, 2))
add_whole("leaky-head", leaky)
plain = resnet10()
plain.fc = S(nn.Linear(16, 8), nn.Dropout(), nn.Linear(8, 2))
add_whole("linear-head", plain)
heads = randomise(Net(backbone=headless, head_a=nn.Linear(16, 2)))
state = heads.state_dict() | {"head_b.weight": torch.zeros(5, 16), "head_b.bias": torch.zeros(5)}
add("two-heads", state, heads)
# Several networks.
last, best = randomise(resnet10(2)), randomise(resnet10(2))
add("last-and-best", {"state_dict": last.state_dict(), "best_state_dict": best.state_dict()}, best)
add("folds", [last.state_dict(), best.state_dict()], best)
add("side-by-side", {f"{name}.{key}": value for name, net in (("a", last), ("b", best)) for key, value in net.state_dict().items()}, best)
# What stands between the convolutions of a stack of one's own is not said.
add_whole("own-stack", S(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(4, 4, 3), nn.ELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)))

save_file(expected, HERE / "pieces.safetensors")
with zipfile.ZipFile(HERE / "pieces.zip", "w") as archive:
    for name in sorted(files):
        archive.writestr(zipfile.ZipInfo(f"{name}.pth"), files[name], zipfile.ZIP_DEFLATED, 9)
print(len(files), "files,", (HERE / "pieces.zip").stat().st_size, "bytes")
