"""Makes what the steps of preprocessing are checked against, with OpenCV and NumPy.

    python -m venv venv && venv/bin/pip install opencv-python-headless==5.0.0.* numpy
    cargo run -p heatlens-fundus --example render_eye -- eyes 2 128
    venv/bin/python tests/golden/preprocess/make.py eyes/00001_glaucoma.png

`eye.png` is that rendered eye between dark bars, of a size that is no multiple of the tiles. The other
pictures are what published code makes of it. Photographs are never among them.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).parent


def save(name, rgb):
    cv2.imwrite(str(HERE / f"{name}.png"), np.ascontiguousarray(rgb[..., ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, 9])


def ben_graham(rgb, sigma):
    """Graham 2015: https://www.kaggle.com/c/diabetic-retinopathy-detection/discussion/15801"""
    return cv2.addWeighted(rgb, 4, cv2.GaussianBlur(rgb, (0, 0), sigma), -4, 128)


def crop_image_from_gray(rgb, tolerance=7):
    """https://www.kaggle.com/code/ratthachat/aptos-eye-preprocessing-in-diabetic-retinopathy"""
    mask = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) > tolerance
    return rgb[np.ix_(mask.any(1), mask.any(0))]


def clahe_lightness(rgb, clip, rows, columns):
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(clip, (columns, rows)).apply(np.ascontiguousarray(lab[..., 0]))
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)


def clahe_channels(rgb, channels, clip, rows, columns):
    rgb = rgb.copy()
    for channel in channels:
        rgb[..., channel] = cv2.createCLAHE(clip, (columns, rows)).apply(np.ascontiguousarray(rgb[..., channel]))
    return rgb


def lattice():
    """Colours from all over the cube, as many as make a picture of 70 by 73."""
    levels = np.linspace(0, 255, 17).round().astype(np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(-1, 3)
    rest = np.random.default_rng(0).integers(0, 256, (70 * 73 - len(colours), 3), dtype=np.uint8)
    return np.concatenate([colours, rest]).reshape(70, 73, 3)


def main(eye):
    rgb = cv2.copyMakeBorder(cv2.imread(eye)[3:, 2:, ::-1], 2, 4, 9, 5, cv2.BORDER_CONSTANT, value=(2, 1, 3))
    save("eye", rgb)
    save("ben-graham-10", ben_graham(rgb, 10))
    save("ben-graham-2.5", ben_graham(rgb, 2.5))
    save("cropped", crop_image_from_gray(rgb))
    save("clahe-lightness", clahe_lightness(rgb, 2, 8, 8))
    save("clahe-lightness-5x3", clahe_lightness(rgb, 4, 5, 3))
    save("clahe-green", clahe_channels(rgb, [1], 2, 8, 8))
    save("clahe-every", clahe_channels(rgb, [0, 1, 2], 40, 4, 7))
    save("clahe-unlimited", clahe_channels(rgb, [1], 0, 2, 2))
    colours = lattice()
    save("colours", colours)
    save("colours-lightness", clahe_lightness(colours, 3, 2, 2))


main(sys.argv[1])
