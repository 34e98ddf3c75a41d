"""Photographs with expert masks as other cameras might take them, to measure the shipped segmenter and its confidence.

    python models/make_abroad.py --data ../shared/data --split test --out FOLDER [--each 8] [--rendered FOLDER]

Each photograph of Drishti's split (and each rendered eye) becomes `--each` pictures: whole or cropped, under one or two of a dozen changes, some of them of
kinds that `train_segmenter.py` does not make (defocus, motion, mixed channels, glare, lashes, posterised levels), up to where nobody would find the disc.
Writes `<n>.png` and `<n>-mask.png` (0 background, 128 rim, 255 cup), as `crates/fundus/examples/render_masks.rs` does; what they give is printed by
`cargo run --release -p heatlens-fundus --example segmenter_confidence -- FOLDER`. The photographs keep their licence: the pictures are not to be committed.
"""

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np


def crop(rgb, mask, random):
    """A square of 1.5 to 5 disc diameters with the disc in it; now and then one without it."""
    ys, xs = np.nonzero(mask)
    d = max(np.ptp(ys), np.ptp(xs)) + 1
    side = int(d * np.exp(random.uniform(np.log(1.5), np.log(5))))
    room = max(side / 2 - 0.6 * d, 0)
    cx, cy = xs.mean() + random.uniform(-room, room), ys.mean() + random.uniform(-room, room)
    if random.random() < 0.06:
        cx += (1 if cx < rgb.shape[1] / 2 else -1) * (side / 2 + d)
    x0, y0 = max(int(cx - side / 2), 0), max(int(cy - side / 2), 0)
    return rgb[y0 : y0 + side, x0 : x0 + side], mask[y0 : y0 + side, x0 : x0 + side], d


def red(x, d, random):
    return x * [random.uniform(1.2, 2.2), random.uniform(0.4, 0.9), random.uniform(0.2, 0.8)]


def pale(x, d, random):
    keep = random.uniform(0.15, 0.6)
    return keep * x + (1 - keep) * random.uniform(0.3, 0.9, 3)


def dark(x, d, random):
    return x * random.uniform(0.1, 0.4)


def bright(x, d, random):
    return x * random.uniform(1.5, 3)


def mixed(x, d, random):
    """Channels swapped or mixed, as by another sensor or a wrong order of colours."""
    if random.random() < 0.3:
        return x[..., ::-1]
    mix = np.eye(3) + random.uniform(-0.4, 0.4, (3, 3))
    return x @ (mix / np.abs(mix).sum(0))


def grey(x, d, random):
    return np.repeat(x[..., random.integers(3), None], 3, 2)


def defocus(x, d, random):
    radius = max(int(d * random.uniform(0.04, 0.25)), 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2).astype(np.float32)
    return cv2.filter2D(x, -1, kernel / kernel.sum())


def motion(x, d, random):
    length = max(int(d * random.uniform(0.1, 0.5)), 2)
    kernel = cv2.warpAffine(
        np.pad(np.ones((1, length), np.float32), ((length // 2, length - 1 - length // 2), (0, 0))),
        cv2.getRotationMatrix2D((length / 2, length / 2), random.uniform(0, 180), 1), (length, length),
    )  # fmt: skip
    return cv2.filter2D(x, -1, kernel / max(kernel.sum(), 1e-3))


def coarse(x, d, random):
    """Few pixels, and those saved badly."""
    share = min(random.uniform(10, 50) / d, 1)
    small = cv2.resize(x, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    jpeg = cv2.imencode(".jpg", np.clip(small * 255, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, int(random.uniform(8, 60))])[1]
    return cv2.resize(cv2.imdecode(jpeg, cv2.IMREAD_COLOR) / 255, x.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def glare(x, d, random):
    """Bright spots, one of them the size of a disc."""
    yy, xx = np.mgrid[0 : x.shape[0], 0 : x.shape[1]]
    for size in (random.uniform(0.3, 0.6), random.uniform(0.05, 0.3)):
        at = random.uniform(0, 1, 2) * x.shape[:2]
        spot = np.exp(-(((yy - at[0]) ** 2 + (xx - at[1]) ** 2) / (d * size) ** 2) ** 2)
        x = x + random.uniform(0.2, 0.9) * spot[..., None] * [1, 0.95, 0.8]
    return x


def lashes(x, d, random):
    """Dark bands across."""
    shade = np.ones(x.shape[:2], np.float32)
    for _ in range(random.integers(1, 6)):
        ends = (random.uniform(0, 1, (2, 2)) * x.shape[1::-1]).astype(int)
        cv2.line(shade, tuple(map(int, ends[0])), tuple(map(int, ends[1])), random.uniform(0.1, 0.7), max(int(d * random.uniform(0.05, 0.4)), 1))
    return x * cv2.GaussianBlur(shade, (0, 0), max(0.05 * d, 0.5))[..., None]


def posterised(x, d, random):
    levels = random.integers(4, 12)
    return np.round(x * levels) / levels


def grain(x, d, random):
    return x + random.normal(0, random.uniform(0.05, 0.25), x.shape)


CHANGES = [red, pale, dark, bright, mixed, grey, defocus, motion, coarse, glare, lashes, posterised, grain]


def photographs(arguments):
    folder = arguments.data / "drishti"
    with open(folder / "manifest.csv", newline="") as file:
        for row in csv.DictReader(file):
            if row["split"] == arguments.split and row["disc_cup_mask"]:
                yield folder / row["image"], folder / row["disc_cup_mask"]
    if arguments.rendered:
        for mask in sorted(arguments.rendered.glob("*-mask.png")):
            yield Path(str(mask).replace("-mask", "")), mask


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="test")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--each", type=int, default=8)
    parser.add_argument("--rendered", type=Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(11 if arguments.split == "test" else 12)
    number = 0
    for image, mask in photographs(arguments):
        rgb, mask = cv2.imread(str(image))[..., ::-1], cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
        if (mask > 63).sum() < 400:
            continue
        for _ in range(arguments.each):
            ys, xs = np.nonzero(mask)
            x, labels, d = crop(rgb, mask, random) if random.random() < 0.75 else (rgb, mask, max(np.ptp(ys), np.ptp(xs)) + 1)
            shrink = min(1, 512 / max(x.shape[:2]))
            x = cv2.resize(np.ascontiguousarray(x), None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) / 255
            labels = cv2.resize(labels, x.shape[1::-1], interpolation=cv2.INTER_NEAREST)
            dim = x.max(2, keepdims=True) < 0.05
            for change in random.choice(CHANGES, random.integers(1, 4), replace=False):
                x = np.clip(change(np.ascontiguousarray(x).astype(np.float32), d * shrink, random), 0, 1)
            x = np.where(dim, 0, x)
            cv2.imwrite(str(arguments.out / f"{number:05}.png"), np.round(x[..., ::-1] * 255).astype(np.uint8))
            cv2.imwrite(str(arguments.out / f"{number:05}-mask.png"), np.select([labels > 191, labels > 63], [255, 128], 0).astype(np.uint8))
            number += 1
    print(number, "pictures")


if __name__ == "__main__":
    main()
