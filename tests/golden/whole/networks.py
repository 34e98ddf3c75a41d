"""Makes `networks.zip`, networks of timm saved as whole modules with another pooling, activation or stride than the one that their names stand for, and
`networks.safetensors`, what PyTorch computes with them.

    python networks.py

Each `NAME.pth` takes `image` and gives `NAME`. All are narrow, so that the files stay small. Needs torch, timm, safetensors.
"""

import io
import zipfile
from pathlib import Path

import timm
import torch
import torch.nn as nn
from safetensors.torch import save_file
from timm.layers import BlurPool2d
from timm.models import convnext, densenet, efficientnet, mobilenetv3, regnet, resnet

HERE = Path(__file__).parent


def narrowed(net, by):
    """The same network, narrower by this factor; its image keeps its channels."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            ins = module.in_channels if module.in_channels == 3 else module.in_channels // by
            module.in_channels, module.out_channels = ins, module.out_channels // by
            module.weight = nn.Parameter(torch.empty(module.out_channels, ins, *module.kernel_size))
            if module.bias is not None:
                module.bias = nn.Parameter(torch.empty(module.out_channels))
        elif isinstance(module, nn.Linear):
            module.__init__(module.in_features // by, module.out_features)
    return net


def small_resnet(block=resnet.BasicBlock, **options):
    return resnet.ResNet(block, [1, 1, 1, 1], num_classes=2, stem_width=4, channels=(4, 4, 8, 8), **options)


networks = {
    "resnet-max": small_resnet(global_pool="max"),
    "resnet-avgmax": small_resnet(global_pool="avgmax"),
    "resnet-catavgmax": small_resnet(global_pool="catavgmax"),
    "resnet-silu": small_resnet(act_layer=nn.SiLU),
    "resnet-stride-16": small_resnet(output_stride=16),
    "resnetaa": small_resnet(resnet.Bottleneck, aa_layer=nn.AvgPool2d),
    "resnetblur": small_resnet(resnet.Bottleneck, aa_layer=BlurPool2d),
    "densenet-max": densenet.DenseNet(growth_rate=4, block_config=(1, 1, 1, 1), num_classes=2, global_pool="max"),
    "efficientnet-max": efficientnet._gen_efficientnet("efficientnet_b0", channel_multiplier=0.1, num_classes=2, global_pool="max"),
    "mobilenetv3-max": mobilenetv3._gen_mobilenet_v3("mobilenetv3_small_100", 0.1, num_classes=2, global_pool="max"),
    "regnet-avgmax": regnet.RegNet(regnet.RegNetCfg(w0=8, wa=8.0, wm=2.0, group_size=4, depth=8), num_classes=2, global_pool="avgmax"),
    "convnext-max": convnext.ConvNeXt(depths=(1, 1, 1, 1), dims=(4, 8, 8, 8), num_classes=2, global_pool="max"),
    "vgg-max": narrowed(timm.create_model("vgg11", num_classes=2, global_pool="max"), 64),
}

generator = torch.Generator().manual_seed(5)
image = torch.randn(1, 3, 64, 96, generator=generator)
expected, files = {"image": image}, {}
for name, network in networks.items():
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            shape = module.running_mean.shape
            module.running_mean = 0.2 * torch.randn(shape, generator=generator)
            module.running_var = 0.5 + torch.rand(shape, generator=generator)
    for parameter in network.parameters():
        fan = parameter[0].numel() if parameter.dim() > 1 else 1
        # Nine values, which an archive packs well.
        noise = torch.randint(-4, 5, parameter.shape, generator=generator) / 2
        parameter.data = noise * (2 / fan) ** 0.5 if parameter.dim() > 1 else 0.5 + 0.2 * noise
    expected[name] = network.eval()(image).detach()
    file = io.BytesIO()
    torch.save(network, file)
    files[name] = file.getvalue()

save_file(expected, HERE / "networks.safetensors")
with zipfile.ZipFile(HERE / "networks.zip", "w") as archive:
    for name in sorted(files):
        archive.writestr(zipfile.ZipInfo(f"{name}.pth"), files[name], zipfile.ZIP_DEFLATED, 9)
print({name: expected[name].tolist() for name in networks}, (HERE / "networks.zip").stat().st_size, "bytes")
