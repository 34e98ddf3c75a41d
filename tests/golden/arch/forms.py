#!/usr/bin/env python3
"""The networks of the references beside this script in every form in which PyTorch writes a network, for docs/formats.md.

    pip install torch torchvision timm numpy onnx onnxscript
    python forms.py FOLDER [PATTERN ...]
    HEATLENS_WRITE_DOCS=1 HEATLENS_FORMS=FOLDER cargo test --release -p heatlens-formats --test arch

Writes `<package>-<network>.<form>` with the weights of the reference: `pth` of torch.save(model), `pt2` of torch.export.save, `trace.pt` and `script.pt` of
TorchScript, `onnx` of torch.onnx.export. What PyTorch cannot write is an empty file. One network a family, the smallest that has a reference. Too large to
be committed.
"""
import fnmatch
import sys
import traceback
import warnings
from pathlib import Path

import torch

import make

NETWORKS = """torchvision/alexnet torchvision/vgg11_bn torchvision/resnet18 torchvision/densenet121 torchvision/squeezenet1_1 torchvision/googlenet
torchvision/inception_v3 torchvision/mobilenet_v2 torchvision/mobilenet_v3_small torchvision/shufflenet_v2_x0_5 torchvision/mnasnet0_5
torchvision/efficientnet_b0 torchvision/regnet_y_400mf torchvision/convnext_tiny timm/vgg11_bn timm/resnest14d timm/res2net50d timm/skresnet18 timm/skresnet50d
timm/legacy_seresnet18 timm/resnetv2_18 timm/legacy_xception timm/xception41 timm/inception_v4 timm/inception_resnet_v2 timm/ese_vovnet19b_slim_dw
timm/rexnet_100 timm/dpn48b timm/dla34 timm/ghostnet_050 timm/hrnet_w18_small timm/cs3darknet_s timm/repvgg_a0 timm/nf_regnet_b0 timm/mobilenetv2_100
timm/mobilenetv3_small_100 timm/mnasnet_100 timm/efficientnet_b0 timm/mixnet_s timm/tinynet_e timm/lcnet_050 timm/fbnetc_100 timm/fbnetv3_b
timm/hardcorenas_a timm/mobilenetv1_100 timm/mobilenetv4_conv_small_035 timm/efficientnet_es timm/mobilenet_edgetpu_v2_xs timm/regnety_008
timm/convnextv2_atto timm/convnext_atto_ols timm/convnext_femto fused/repvgg_a0 timm/efficientnet_cc_b0_4e timm/mobileone_s0 timm/regnetz_b16 fused/mobileone_s0 fastai/xresnet18""".split()
# Its pooling makes the map of so small an image larger, by operators that no image of the usual size needs.
UNLIKE_OTHERS = {("torchvision/vgg11_bn", "onnx")}


def exported(net, image):
    """A program that takes any number of images."""
    return torch.export.export(net, (image.repeat(2, 1, 1, 1),), dynamic_shapes=({0: torch.export.Dim("batch")},))


FORMS = {
    "pth": lambda net, image, path: torch.save(net, path),
    "pt2": lambda net, image, path: torch.export.save(exported(net, image), path),
    "trace.pt": lambda net, image, path: torch.jit.save(torch.jit.trace(net, image, check_trace=False), path),
    "script.pt": lambda net, image, path: torch.jit.save(torch.jit.script(net), path),
    "onnx": lambda net, image, path: torch.onnx.export(net, (image,), str(path), dynamo=True, external_data=False, verbose=False),
}


def writer(folder):
    def write(package, name, net, layer, size, rename=lambda n: n, **_):
        reference = (make.HERE / package / f"{name}.txt").read_text().splitlines()
        gain = next(float(line.split()[1]) for line in reference if line.startswith("gain "))
        net.eval().requires_grad_(False)
        make.fill(net, rename, gain)
        image = torch.from_numpy(make.uniform("input", 3 * size[0] * size[1]).reshape(1, 3, *size))
        for form, save in FORMS.items():
            path = folder / f"{package}-{name}.{form}"
            if (f"{package}/{name}", form) in UNLIKE_OTHERS:
                continue
            try:
                save(net, image, path)
                print(path.name, flush=True)
            except Exception:
                path.write_bytes(b"")
                print(f"{path.name} cannot be written: {traceback.format_exc(limit=0)[-400:]}", flush=True)

    return write


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    make.write = writer(folder)
    wanted = [name for name in NETWORKS if len(sys.argv) < 3 or any(fnmatch.fnmatch(name, pattern) for pattern in sys.argv[2:])]
    sys.argv = [sys.argv[0], "--only", *wanted]
    make.main()
