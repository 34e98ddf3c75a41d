#!/usr/bin/env python3
"""What Pillow, torchvision, timm, OpenCV and pytorch-grad-cam make of pictures given by a formula.

    pip install pillow torch torchvision timm opencv-python-headless grad-cam==1.5.7 numpy
    python make_goldens.py            # writes beside itself

resize-<library>.npy   all results one after the other, bytes for Pillow, float32 for the others; resize-<library>.json lists filter, from, to
prepare.npy / .json    finished input tensors of whole pipelines
classic.npy            show_cam_on_image
decode/                small picture files with <name>.npy, the pixels that they stand for
"""
import json
from pathlib import Path

import cv2
import numpy as np
import timm.data
import torch
import torchvision.transforms as T
import torchvision.transforms.functional as F
from PIL import Image, ImageOps
from pytorch_grad_cam.utils.image import show_cam_on_image

HERE = Path(__file__).parent


def picture(height, width):
    """The same in tests/common/mod.rs: coarse waves and some fine grain, every channel another."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    waves = (x * x * 3 + y * y * 5 + x * y * (c + 2)) // 16 % 256
    grain = (x * 7 + y * 13 + c * 29) % 31
    return np.minimum(waves + grain, 255).astype(np.uint8)


SIZES = [((19, 23), (8, 11)), ((19, 23), (29, 31)), ((19, 23), (19, 10)), ((19, 23), (7, 40)), ((20, 24), (10, 12)), ((36, 24), (9, 8)), ((5, 1), (3, 2))]


def resizing():
    def write(library, filters, run):
        cases, data = [], []
        for name, how in filters.items():
            for source, target in SIZES:
                out = run(picture(*source), target, how)
                assert out.shape == (*target, 3)
                cases.append({"filter": name, "from": source, "to": target})
                data.append(out.ravel())
        np.save(HERE / f"resize-{library}.npy", np.concatenate(data))
        (HERE / f"resize-{library}.json").write_text("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n")

    pil = {r.name.lower(): r for r in Image.Resampling if r <= 5}
    write("pillow", pil, lambda p, to, how: np.asarray(Image.fromarray(p).resize(to[::-1], how)))

    def torchvision(p, to, how):
        mode, antialias = how
        tensor = torch.from_numpy(p.astype(np.float32) / 255).permute(2, 0, 1)
        return F.resize(tensor, to, mode, antialias=antialias).permute(1, 2, 0).numpy()

    mode = T.InterpolationMode
    write("torchvision", {
        "nearest": (mode.NEAREST, False), "nearest_exact": (mode.NEAREST_EXACT, False), "bilinear": (mode.BILINEAR, False),
        "bilinear-antialias": (mode.BILINEAR, True), "bicubic": (mode.BICUBIC, False), "bicubic-antialias": (mode.BICUBIC, True),
    }, torchvision)
    flags = {"nearest": cv2.INTER_NEAREST, "bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC, "lanczos": cv2.INTER_LANCZOS4, "area": cv2.INTER_AREA}
    write("opencv", flags, lambda p, to, how: cv2.resize(p.astype(np.float32) / 255, to[::-1], interpolation=how))
    write("opencv-bytes", flags, lambda p, to, how: cv2.resize(p, to[::-1], interpolation=how))


MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def preparing():
    normalise = T.Compose([T.ToTensor(), T.Normalize(MEAN, STD)])
    pipelines = {"imagenet": T.Compose([T.Resize(32), T.CenterCrop(28), normalise]), "imagenet-exact": T.Compose([T.Resize((28, 28)), normalise])}
    for mode in ["center", "squash", "border"]:
        config = dict(input_size=(3, 28, 28), interpolation="bicubic", mean=[0.5, 0.4, 0.3], std=[0.25, 0.3, 0.35], crop_pct=0.9, crop_mode=mode)
        pipelines["timm:" + json.dumps(config)] = timm.data.create_transform(**config)
    cases, data = [], []
    for spec, run in pipelines.items():
        for size in [(37, 53), (53, 37), (28, 90), (33, 32)]:
            out = run(Image.fromarray(picture(*size)))
            assert out.shape == (3, 28, 28)
            cases.append({"spec": spec, "from": size})
            data.append(out.numpy().ravel())
    np.save(HERE / "prepare.npy", np.concatenate(data))
    (HERE / "prepare.json").write_text(json.dumps(cases, indent=0) + "\n")


def blending():
    y, x = np.meshgrid(np.arange(24), np.arange(31), indexing="ij")
    mask = ((x * 11 + y * 17) % 101 / 100).astype(np.float32)
    out = show_cam_on_image(picture(24, 31).astype(np.float32) / 255, mask, use_rgb=True)
    np.save(HERE / "classic.npy", out)
    low = ((np.arange(35) * 37) % 100 / 99).astype(np.float32).reshape(5, 7)
    np.save(HERE / "upsample.npy", np.concatenate([cv2.resize(low, (w, h)).ravel() for h, w in [(40, 33), (6, 8), (224, 7)]]))


def decoding():
    folder = HERE / "decode"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    # Smooth, so that a JPEG decoder's rounding is all that is lost.
    y, x, c = np.meshgrid(np.arange(22), np.arange(35), np.arange(3), indexing="ij")
    smooth = (127 + 90 * np.sin(x / 9 + c) * np.cos(y / 7 - c)).astype(np.uint8)
    rgb = Image.fromarray(smooth)

    def save(name, image, expected=None, **options):
        image.save(folder / name, **options)
        keep(name, expected)

    def keep(name, expected=None):
        if expected is None:
            expected = np.asarray(ImageOps.exif_transpose(Image.open(folder / name)).convert("RGB"))
        np.save(folder / (name + ".npy"), expected)

    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        save(f"orientation-{orientation}.jpg", rgb, quality=95, exif=exif)
    exif = Image.Exif()
    exif[0x0112] = 6
    save("orientation.png", rgb, exif=exif)
    save("orientation.webp", rgb, exif=exif, lossless=True)
    save("orientation.tif", rgb, exif=exif)
    save("progressive.jpg", rgb, progressive=True, quality=95)
    save("subsampled.jpg", rgb, subsampling="4:2:0", quality=95)
    save("subsampled-422.jpg", rgb, subsampling="4:2:2", quality=95)
    save("grey.jpg", rgb.convert("L"), quality=95)
    save("cmyk.jpg", rgb.convert("CMYK"), quality=95)
    save("grey.png", rgb.convert("L"))
    save("bilevel.png", rgb.convert("1"))
    save("palette.png", rgb.quantize(16))
    alpha = np.dstack([smooth, (x[..., 0] * 7 % 256).astype(np.uint8)])
    save("alpha.png", Image.fromarray(alpha))
    save("grey-alpha.png", Image.fromarray(alpha[..., 2:]))
    save("alpha.webp", Image.fromarray(alpha), lossless=True, exact=True)
    save("lossy.webp", rgb, quality=95)
    save("rgb.bmp", rgb)
    save("rgb.gif", rgb.quantize(32))
    save("frames.gif", rgb.quantize(32), save_all=True, append_images=[rgb.transpose(0).quantize(32)])
    save("rgb.tif", rgb)
    save("lzw.tif", rgb, compression="tiff_lzw")
    save("grey.tif", rgb.convert("L"))
    deep = (smooth.astype(np.uint16) << 8) + (x * 31 + y * 7).astype(np.uint16) % 256
    for name in ["deep.png", "deep.tif"]:
        cv2.imwrite(str(folder / name), deep[..., ::-1])
        keep(name, smooth)
    cv2.imwrite(str(folder / "deep-grey.png"), deep[..., 0])
    keep("deep-grey.png", np.repeat(smooth[..., :1], 3, 2))


resizing()
preparing()
blending()
decoding()
