#!/usr/bin/env python3
"""Reference outputs for every architecture that heatlens recognises, from torchvision and timm with weights made by a formula.

    pip install torch torchvision timm numpy
    python make.py [--only PATTERN ...]

Writes <package>/<network>.txt: how to make the weights (names, shapes, gain) and what the network computes from them, in float64:
    expect NAME         the architecture that heatlens must recognise
    force NAME          the architecture that the test has to ask for, where names and shapes do not tell
    input C H W         the image, element i of the tensor called `input`
    gain G              factor on weights of two or more dimensions, found so that activations stay of order one
    weights N           N lines `module tensor=shape ...` follow, in the order of the state dict; `norm=C` stands for the five of a BatchNorm2d
    logits ...
    layer PATH C H W    the default target layer and the shape of its output; `stated` instead of `layer` if heatlens has another default
    mean ...            spatial mean of the first 32 channels of that output
    cam CLASS ...       sum_k mean(G_k) A_k, row by row

Element i of the tensor called `name` is uniform in [-1, 1): the top 24 bits of splitmix64's i-th output from the seed fnv1a64(name), as float32. Biases and
running means are 0.1 of it, running variances 1 + 0.5 of it, weights of one dimension 1 + 0.2 of it, other weights gain * sqrt(3 / fan_in) of it.
"""
import argparse
import fnmatch
import math
from pathlib import Path

import numpy as np
import timm
import torch
import torch.nn as nn
import torchvision.models as tv

HERE = Path(__file__).parent
CLASSES = 5
MEANS = 32


def uniform(name, count):
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.int64) - 2**23).astype(np.float32) / np.float32(2**23)


def tensor(name, shape, gain):
    u = uniform(name, math.prod(shape))
    if name.endswith("running_var"):
        u = np.float32(1) + np.float32(0.5) * u
    elif len(shape) > 1:
        u = np.float32(gain * math.sqrt(3 / math.prod(shape[1:]))) * u
    elif name.endswith("weight"):
        u = np.float32(1) + np.float32(0.2) * u
    else:
        u = np.float32(0.1) * u
    return torch.from_numpy(u.reshape(shape))


def fill(net, rename, gain):
    """Gives the network its weights; `rename` maps its names to those that the file to be read has."""
    for name, target in net.state_dict().items():
        if target.is_floating_point():
            target.copy_(tensor(rename(name), tuple(target.shape), gain))


def run(net, layer, x):
    """Logits, the activation of the module `layer`, and its gradient for two classes."""
    kept = {}

    def hook(_module, _inputs, output):
        # What follows may work in place: it gets a copy.
        kept["a"] = output.detach().requires_grad_()
        return kept["a"].clone()

    handle = net.get_submodule(layer).register_forward_hook(hook)
    logits = net(x)
    handle.remove()
    a = kept["a"]
    cams = {}
    for c in (0, CLASSES - 1):
        (g,) = torch.autograd.grad(logits[0, c], a, retain_graph=True)
        cams[c] = (g.mean((2, 3), keepdim=True) * a.detach()).sum(1)[0]
    return logits.detach()[0], a.detach()[0], cams


# Where rounding grows a thousandfold at the gain that would be found, or activations do (the kernels that CondConv mixes are flat).
GAINS = {"mobileone_s4": 1.0, "efficientnet_cc_b0_4e": 2.5}


def find_gain(net, layer, x):
    """A gain at which the target layer's activations have a deviation of about one. Changes the weights, which were made with gain 1."""
    low, high, gain = 0.25, 8.0, 1.0
    for _ in range(10):
        with torch.no_grad():
            out = {}
            handle = net.get_submodule(layer).register_forward_hook(lambda _m, _i, o: out.update(a=o.clone()))
            net(x)
            handle.remove()
            deviation = out["a"].std().item()
        if 0.5 < deviation < 2:
            break
        too_small = math.isfinite(deviation) and deviation < 1
        low, high = (gain, high) if too_small else (low, gain)
        before, gain = gain, math.sqrt(low * high)
        for _name, p in net.state_dict().items():
            if p.is_floating_point() and p.dim() > 1:
                p.mul_(gain / before)
    return round(gain, 3)


def listing(net, rename):
    modules, shapes = [], {}
    for name, t in net.state_dict().items():
        module, _, leaf = rename(name).rpartition(".")
        if module not in shapes:
            modules.append(module)
            shapes[module] = {}
        shapes[module][leaf] = "x".join(map(str, t.shape))
    lines = []
    norm = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    for module in modules:
        parts = shapes[module]
        if list(parts) == norm:
            lines.append(f"{module} norm={parts['weight']}")
        else:
            lines.append(f"{module} " + " ".join(f"{k}={v}" for k, v in parts.items()))
    return lines


def numbers(values):
    return " ".join(f"{v:.7g}" for v in values.flatten().tolist())


def write(package, name, net, layer, size, expect=None, force=None, rename=lambda n: n, target=None):
    """`target` is the name that the layer has in the file to be read."""
    net.eval().requires_grad_(False)
    shape = (3, *size)
    x = torch.from_numpy(uniform("input", math.prod(shape)).reshape(1, *shape))
    fill(net, rename, 1.0)
    gain = GAINS.get(name) or find_gain(net, layer, x)
    fill(net, rename, gain)
    logits, a, cams = run(net.double(), layer, x.double())
    lines = [f"expect {expect or name}"]
    lines += [f"force {force}"] if force else []
    lines += [f"input {' '.join(map(str, shape))}", f"gain {gain}"]
    weights = listing(net, rename)
    lines += [f"weights {len(weights)}", *weights, f"logits {numbers(logits)}"]
    # timm's last normalisation is activated, unlike torchvision's of the same name.
    key = "stated" if (package, layer) == ("timm", "features.denseblock4") else "layer"
    lines += [f"{key} {target or layer} {' '.join(map(str, a.shape))}", f"mean {numbers(a.mean((1, 2))[:MEANS])}"]
    lines += [f"cam {c} {numbers(cam)}" for c, cam in cams.items()]
    (HERE / package).mkdir(exist_ok=True)
    (HERE / package / f"{name}.txt").write_text("\n".join(lines) + "\n")
    print(f"{package}/{name}: gain {gain}, deviation {a.std():.3f}, logits {numbers(logits)}", flush=True)


def last(net, path):
    """The path of the last child of a module."""
    return f"{path}.{list(net.get_submodule(path).named_children())[-1][0]}"


def torchvision_layer(name, net):
    if name == "alexnet":
        return "features.11"
    if name.startswith("vgg"):
        return f"features.{len(net.features) - 2}"
    if name.startswith(("resnet", "resnext", "wide_resnet")):
        return last(net, "layer4")
    if name.startswith("densenet"):
        return "features.norm5"
    if name.startswith("regnet"):
        return last(net, "trunk_output.block4")
    if name.startswith("convnext"):
        return last(net, "features.7")
    if name.startswith("mnasnet"):
        return "layers.16"
    fixed = {"googlenet": "inception5b", "inception_v3": "Mixed_7c", "squeezenet1_0": "features.12", "squeezenet1_1": "features.12"}
    return fixed.get(name) or ("conv5" if name.startswith("shufflenet") else last(net, "features"))


# Beginnings of names and the last feature map of such networks; `.*` is the last child.
TIMM_LAYERS = {
    "resnetv2": "norm",
    "ecaresnet resnest res2ne sk legacy_se seresne senet": "layer4.*",
    "legacy_xception": "act4",
    "xception41p": "act",
    "xception": "blocks.*",
    "inception_v4": "features.*",
    "mobilenetv1_100h": "bn2",
    "vovnet ese_vovnet eca_vovnet": "stages.*",
    "rexnet": "features.*",
    "dpn": "features.conv5_bn_ac",
    "dla": "level5",
    "repvgg mobileone": "stages.3.*",
    "regnetz": "final_conv",
    "csp cs3 darknet sedarknet": "stages.*",
    "eca_nfnet nf dm_nfnet": "final_act",
    "hrnet": "final_layer",
    "ghostnet": "blocks.*",
    "lcnet fbnetv3 hardcorenas mobilenetv1 mobilenetv4": "blocks.*",
    "inception_resnet_v2": "conv2d_7b",
}


def timm_layer(name, net):
    for beginnings, layer in TIMM_LAYERS.items():
        if name.startswith(tuple(beginnings.split())):
            return last(net, layer[:-2]) if layer.endswith(".*") else layer
    if name.startswith("vgg"):
        return f"features.{len(net.features) - 2}"
    if name.startswith("resnet") or name.startswith("resnext"):
        return last(net, "layer4")
    if name.startswith("densenet"):
        return "features.denseblock4"
    if name.startswith("regnet"):
        return last(net, "s4")
    if name.startswith("convnext"):
        return last(net, "stages.3.blocks")
    if name == "inception_v3":
        return "Mixed_7c"
    return last(net, "blocks") if "mobilenetv3" in name else "bn2"


# Its weights take 2.6 GB: it has a folder and a test of its own.
LARGE = {"regnet_y_128gf"}
FAMILIES = "alexnet vgg* resnet* resnext* wide_resnet* densenet* squeezenet* googlenet inception_v3 mobilenet_v* shufflenet* mnasnet* efficientnet* regnet* convnext*"
TIMM = """resnet50 densenet121 inception_v3 vgg11_bn vgg16 mobilenetv2_050 mobilenetv2_100 mobilenetv2_140 mobilenetv3_large_100 mobilenetv3_small_075 mobilenetv3_small_100 tf_mobilenetv3_large_100
tf_mobilenetv3_small_100 mnasnet_100 efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 efficientnet_lite0 tf_efficientnet_b0 tf_efficientnet_b1
tf_efficientnet_b2 tf_efficientnet_b3 tf_efficientnet_b4 tf_efficientnet_b5 tf_efficientnet_b6 tf_efficientnet_b7 tf_efficientnet_lite0 tf_efficientnet_lite1 tf_efficientnet_lite2
tf_efficientnet_lite3 tf_efficientnet_lite4 tf_efficientnetv2_b0 tf_efficientnetv2_b1 tf_efficientnetv2_b2 tf_efficientnetv2_b3 tf_efficientnetv2_s tf_efficientnetv2_m efficientnetv2_s
regnetx_004 regnetx_032 regnety_008 regnety_032 convnext_tiny convnext_base""".split()
# Relatives of which timm alone has weights; the smallest of each kind.
TIMM += """resnet10t resnet14t resnet18d resnet26d resnet50_gn resnet50s resnetrs50 ecaresnet26t ecaresnetlight seresnet18 seresnext26t_32x4d resnest14d resnest50d_4s2x40d
resnest50d_1s4x24d res2net50_48w_2s res2net50d res2next50 skresnet18 skresnet50d skresnext50_32x4d legacy_seresnet18 legacy_seresnet50 legacy_seresnext26_32x4d
resnetv2_18 resnetv2_34d resnetv2_50t resnetv2_50x1_bit resnetv2_50d_gn legacy_xception xception41 xception41p xception71 inception_v4 inception_resnet_v2
mixnet_s tf_mixnet_s tinynet_e lcnet_050 fbnetc_100 fbnetv3_b hardcorenas_a mobilenetv1_100 mobilenetv1_100h mobilenetv4_conv_small_035 mobilenetv4_conv_medium
efficientnet_es tf_efficientnet_es efficientnet_em mobilenet_edgetpu_100 mobilenet_edgetpu_v2_xs mobilenet_edgetpu_v2_s semnasnet_050 mnasnet_small spnasnet_100
efficientnetv2_rw_t convnextv2_atto convnext_atto_ols convnext_femto ese_vovnet19b_slim_dw ese_vovnet39b eca_vovnet39b vovnet39a rexnet_100 rexnetr_130
dpn48b dpn68 dpn92 dla34 dla46x_c dla60_res2net dla102 ghostnet_050 ghostnetv2_100 hrnet_w18_small hrnet_w18_ssld repvgg_a0
efficientnet_cc_b0_4e mobileone_s0 mobileone_s4 regnetz_b16 regnetz_d8
cspdarknet53 cspresnet50 cspresnext50 cs3darknet_focus_s cs3darknet_s cs3se_edgenet_x sedarknet21 darknetaa53 eca_nfnet_l0 nf_ecaresnet26 nf_regnet_b0 dm_nfnet_f0""".split()
# Networks with the names and shapes of others, which only their name tells apart.
VARIANTS = {
    "resnetaa50": ("resnetaa50", {}),
    "resnetblur50": ("resnetblur50", {}),
    "resnetblur50d": ("resnetblur50d", {}),
    "resnetaa34d": ("resnetaa34d", {}),
    "mobilenetv4_conv_aa_medium": ("mobilenetv4_conv_aa_medium", {}),
    "mobilenetv4_conv_blur_medium": ("mobilenetv4_conv_blur_medium", {}),
    "resnet26d:stride-16": ("resnet26d", dict(output_stride=16)),
    "resnet18:max-pool": ("resnet18", dict(global_pool="max")),
    "resnet18:avgmax-pool": ("resnet18", dict(global_pool="avgmax")),
    "resnet18+cbam": ("resnet18", dict(block_args=dict(attn_layer="cbam"))),
    "resnet18:silu": ("resnet18", dict(act_layer=nn.SiLU)),
    "resnet18:stride-16": ("resnet18", dict(output_stride=16)),
    "resnet50:stride-8": ("resnet50", dict(output_stride=8)),
    "efficientnet_b0:max-pool": ("efficientnet_b0", dict(global_pool="max")),
    "densenet121:max-pool": ("densenet121", dict(global_pool="max")),
    "densenet121:no-last-relu": ("densenet121", {}),
    "mobilenetv3_small_100:max-pool": ("mobilenetv3_small_100", dict(global_pool="max")),
    "regnetx_002:avgmax-pool": ("regnetx_002", dict(global_pool="avgmax")),
    "convnext_nano:max-pool": ("convnext_nano", dict(global_pool="max")),
}
FUSED = ["repvgg_a0", "mobileone_s0"]
FASTAI = ["xresnet18", "xresnet50", "xresnet18_deep"]
AUTHORS = ["convnext_tiny", "convnextv2_atto"]
STAND_ALONE = ["b0", "b1", "b2", "b3", "b4", "lite0"]


def make_torchvision(name):
    extra = {"init_weights": False, "aux_logits": True} if name in ("googlenet", "inception_v3") else {}
    net = tv.get_model(name, weights=None, num_classes=CLASSES, **extra)
    write("large" if name in LARGE else "torchvision", name, net, torchvision_layer(name, net), (139, 171) if name == "inception_v3" else (96, 128))


def make_timm(name):
    net = timm.create_model(name, num_classes=CLASSES)
    twin = name.startswith("tf_") or f"tf_{name}" in timm.list_models()
    layer = timm_layer(name, net)
    # The global pool of timm's VGG works on what its 7x7 convolution leaves of the image.
    size = {"inception_v3": (139, 171), "inception_v4": (139, 171), "inception_resnet_v2": (139, 171), "vgg16": (256, 224)}.get(name, (97, 127) if name.startswith("tf_") else (96, 128))
    write("timm", name, net, layer, size, force=name if twin else None)


def make_variant(variant):
    name, options = VARIANTS[variant]
    net = timm.create_model(name, num_classes=CLASSES, **options)
    if variant.endswith(":no-last-relu"):
        net.features.norm5.act = nn.Identity()
    # A variant is timm's, and so is the last normalisation, which is activated.
    layer = "features.norm5" if name.startswith("densenet") else timm_layer(name, net)
    # What stands behind `+` is told by names.
    expect, _, is_told = variant.partition("+")
    write("variants", variant.replace(":", "-"), net, layer, (96, 128), expect=expect, force=None if is_told else variant)


def make_fused(name):
    """The branches of each block added up in one convolution."""
    net = timm.utils.model.reparameterize_model(timm.create_model(name, num_classes=CLASSES).eval())
    write("fused", name, net, timm_layer(name, net), (96, 128))


def make_fastai(name):
    """fastai's own networks; `pip install fastai` for these alone."""
    from fastai.vision.models import xresnet

    net = getattr(xresnet, name)(n_out=CLASSES)
    layers = [child for child, module in net.named_children() if hasattr(module[0] if isinstance(module, nn.Sequential) else module, "convpath")]
    write("fastai", name, net, last(net, layers[-1]), (192, 256) if "deep" in name else (96, 128))


def make_authors(name):
    """The names of facebookresearch/ConvNeXt, of which timm's network is a port."""
    net = timm.create_model(name, num_classes=CLASSES)
    parts = {"grn.weight": "grn.gamma", "grn.bias": "grn.beta", "mlp.grn": "grn", "blocks.": "", "conv_dw": "dwconv", "mlp.fc1": "pwconv1", "mlp.fc2": "pwconv2", "head.norm": "norm", "head.fc": "head"}

    def rename(name):
        words = name.split(".")
        if words[0] == "stem":
            return ".".join(["downsample_layers", "0", *words[1:]])
        if words[2:3] == ["downsample"]:
            return ".".join(["downsample_layers", words[1], *words[3:]])
        for part, theirs in parts.items():
            name = name.replace(part, theirs)
        return name

    write("authors", name, net, timm_layer(name, net), (96, 128), rename=rename, target=rename(timm_layer(name, net)))


def make_stand_alone(variant):
    """timm's TensorFlow ports compute the same, except that the stand-alone packages pad for the size that the network is made for, whatever the image."""
    net = timm.create_model(f"tf_efficientnet_{variant}", num_classes=CLASSES).eval()
    side = net.default_cfg["input_size"][1]
    hooks = []
    for module in net.modules():
        if type(module).__name__ == "Conv2dSame":
            hooks.append(module.register_forward_hook(make_static))
    with torch.no_grad():
        net(torch.zeros(1, 3, side, side))
    for hook in hooks:
        hook.remove()
    flat = {}
    for s, stage in enumerate(net.blocks):
        for i, _ in enumerate(stage):
            flat[f"blocks.{s}.{i}."] = f"_blocks.{len(flat)}."
    ends = {"conv_stem": "_conv_stem", "bn1": "_bn0", "conv_head": "_conv_head", "bn2": "_bn1", "classifier": "_fc"}
    inverted = {"conv_pw": "_expand_conv", "bn1": "_bn0", "conv_dw": "_depthwise_conv", "bn2": "_bn1", "conv_pwl": "_project_conv", "bn3": "_bn2"}
    separable = {"conv_dw": "_depthwise_conv", "bn1": "_bn1", "conv_pw": "_project_conv", "bn2": "_bn2"}

    def rename(name):
        block = next((b for b in flat if name.startswith(b)), None)
        if block is None:
            module, leaf = name.split(".")
            return f"{ends[module]}.{leaf}"
        rest = name[len(block):].replace("se.conv_reduce", "_se_reduce").replace("se.conv_expand", "_se_expand")
        module, leaf = rest.split(".")
        parts = separable if block.startswith("blocks.0.") else inverted
        return f"{flat[block]}{parts.get(module, module)}.{leaf}"

    name = f"efficientnet-{variant}"
    # What stands before the activation, which has the same module as all others in these packages.
    write("stand_alone", name, net, "bn2.drop", (96, 128), rename=rename, target="_bn1")


def make_static(conv, inputs, _output):
    height, width = inputs[0].shape[-2:]
    pads = []
    for extent, kernel, stride in ((width, conv.kernel_size[1], conv.stride[1]), (height, conv.kernel_size[0], conv.stride[0])):
        pad = max((math.ceil(extent / stride) - 1) * stride + kernel - extent, 0)
        pads += [pad // 2, pad - pad // 2]
    conv.forward = lambda x: nn.functional.conv2d(nn.functional.pad(x, pads), conv.weight, conv.bias, conv.stride, 0, conv.dilation, conv.groups)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--only", nargs="*", default=["*"], help="patterns of package/network")
    args = args.parse_args()
    names = [n for n in tv.list_models(module=tv) if any(fnmatch.fnmatch(n, p) for p in FAMILIES.split())]
    jobs = [("torchvision", n, make_torchvision) for n in names] + [("timm", n, make_timm) for n in TIMM]
    jobs += [("variants", n, make_variant) for n in VARIANTS]
    jobs += [("fused", n, make_fused) for n in FUSED]
    jobs += [("fastai", n, make_fastai) for n in FASTAI]
    jobs += [("authors", n, make_authors) for n in AUTHORS]
    jobs += [("stand_alone", n, make_stand_alone) for n in STAND_ALONE]
    for package, name, make in jobs:
        if any(fnmatch.fnmatch(f"{package}/{name}", p) for p in args.only):
            make(name)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
