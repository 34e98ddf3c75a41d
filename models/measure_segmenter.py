"""Measures the shipped segmenter in PyTorch: Dice of disc and cup on Drishti's test split, whole and cropped.

    python models/measure_segmenter.py --data ../shared/data --weights segmenter.pt [--split test]

With --onnx the shipped file is checked against the weights first. The same two looks as `crates/fundus/src/anatomy/segmenter.rs`, written independently of it; the figures of both stand in `models/segmenter.json`.
"""

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np
import torch

from train_segmenter import SIDE, Segmenter

CLOSE_UP = 2.6


def square(rgb, left, top, side):
    """A square of the photograph, black where it reaches beyond."""
    height, width = rgb.shape[:2]
    out = np.zeros((side, side, 3), np.uint8)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
    if x0 < x1 and y0 < y1:
        out[y0 - top : y1 - top, x0 - left : x1 - left] = rgb[y0:y1, x0:x1]
    return out


def look(network, rgb, left, top, side):
    """Probabilities (3, SIDE, SIDE) in a square."""
    from PIL import Image

    small = np.asarray(Image.fromarray(square(rgb, left, top, side)).resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    x = torch.from_numpy(small.transpose(2, 0, 1).copy())[None].float() / 255
    x = torch.cat([x, x.flip(3)])
    logits = network(x)
    return ((logits[:1].softmax(1) + logits[1:].flip(3).softmax(1)) / 2)[0].numpy()


def disc_in(probabilities):
    """Centre and diameter, in SIDEs, of the component with the most probability; None where there is none."""
    disc = probabilities[1] + probabilities[2]
    if disc.max() < 0.2:
        return None
    n, labels = cv2.connectedComponents((disc > 0.5 * min(1, disc.max())).astype(np.uint8), connectivity=4)
    best = max(range(1, n), key=lambda i: disc[labels == i].sum())
    weight = disc * (labels == best)
    ys, xs = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    total = weight.sum()
    return (weight * xs).sum() / total / SIDE, (weight * ys).sum() / total / SIDE, 2 * np.sqrt((labels == best).sum() / np.pi) / SIDE


def segment(network, rgb):
    """Classes of every pixel."""
    height, width = rgb.shape[:2]
    seen = cv2.blur(rgb.max(2), (9, 9)) > 12
    ys, xs = np.nonzero(seen)
    side = int(1.06 * max(np.ptp(xs), np.ptp(ys)))
    left, top = (xs.min() + xs.max() - side) // 2, (ys.min() + ys.max() - side) // 2
    for _ in range(4):
        probabilities = look(network, rgb, left, top, side)
        found = disc_in(probabilities)
        if found is None:
            return np.zeros((height, width), np.uint8), 0
        cx, cy, d = left + found[0] * side, top + found[1] * side, found[2] * side
        again = CLOSE_UP * d
        settled = abs(np.log(again / side)) < 0.15 and np.hypot(cx - left - side / 2, cy - top - side / 2) < 0.12 * side
        if settled:
            break
        side = max(int(round(again)), 8)
        left, top = int(round(cx - side / 2)), int(round(cy - side / 2))
    matrix = np.array([[side / SIDE, 0, left + 0.5 * side / SIDE - 0.5], [0, side / SIDE, top + 0.5 * side / SIDE - 0.5]])
    full = [cv2.warpAffine(p, matrix, (width, height), flags=cv2.INTER_LINEAR) for p in (probabilities[1] + probabilities[2], probabilities[2])]
    return np.where(full[1] > 0.5, 2, np.where(full[0] > 0.5, 1, 0)).astype(np.uint8), float(full[0][full[0] > 0.5].mean())


def dice(a, b):
    return 2 * (a & b).sum() / max(a.sum() + b.sum(), 1)


def crops(rgb, truth, random):
    """A square of 2 to 5 disc diameters with the disc somewhere inside."""
    ys, xs = np.nonzero(truth)
    d = max(np.ptp(ys), np.ptp(xs)) + 1
    side = int(d * random.uniform(1.6, 5))
    room = max(side / 2 - 0.6 * d, 0)
    cx, cy = xs.mean() + random.uniform(-room, room), ys.mean() + random.uniform(-room, room)
    left, top = int(cx - side / 2), int(cy - side / 2)
    return square(rgb, left, top, side), square(np.repeat(truth[..., None], 3, 2), left, top, side)[..., 0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--onnx", type=Path, help="must give the same logits as the weights; needs onnxruntime")
    parser.add_argument("--set", default="drishti")
    parser.add_argument("--split", default="test")
    parser.add_argument("--every", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    network = Segmenter()
    network.load_state_dict(torch.load(arguments.weights))
    network.eval()
    if arguments.onnx:
        import onnxruntime

        x = torch.rand(1, 3, SIDE, SIDE)
        logits = onnxruntime.InferenceSession(str(arguments.onnx)).run(None, {"image": x.numpy()})[0]
        with torch.no_grad():
            print(f"largest difference of a logit: {np.abs(logits - network(x).numpy()).max():.2g}")
    random = np.random.default_rng(1)
    folder = arguments.data / arguments.set
    with open(folder / "manifest.csv", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["split"] == arguments.split and r["disc_cup_mask"]][:: arguments.every]
    figures = {"whole": [], "crop": []}
    for row in rows:
        rgb = cv2.cvtColor(cv2.imread(str(folder / row["image"])), cv2.COLOR_BGR2RGB)
        mask = cv2.imread(str(folder / row["disc_cup_mask"]), cv2.IMREAD_GRAYSCALE)
        truth = np.select([mask > 191, mask > 63], [2, 1], 0).astype(np.uint8)
        for kind, (picture, classes) in {"whole": (rgb, truth), "crop": crops(rgb, truth, random)}.items():
            with torch.no_grad():
                found, confidence = segment(network, picture)
            figures[kind].append((dice(found > 0, classes > 0), dice(found == 2, classes == 2), confidence))
            if figures[kind][-1][0] < 0.85:
                print(kind, row["image"], [round(x, 3) for x in figures[kind][-1]])
    for kind, values in figures.items():
        v = np.array(values)
        print(kind, len(v), "disc, cup, confidence: mean", v.mean(0).round(4), "median", np.median(v, 0).round(4), "least", v.min(0).round(3))


if __name__ == "__main__":
    main()
