"""Reference values of the metrics of maps from scikit-image, scipy, scikit-learn and Quantus.

    python tests/golden/metrics/make.py

writes maps.json beside this file: maps, masks and what the references make of them. Values of maps are multiples of 1/1024, which f32 holds exactly and
JSON holds shortly. Made with scikit-image 0.26, scipy 1.17, scikit-learn 1.9, Quantus 0.6.
"""

import json
from pathlib import Path

import numpy as np
import quantus
from scipy.ndimage import gaussian_filter
from scipy.stats import spearmanr
from skimage.filters import threshold_otsu
from skimage.metrics import structural_similarity
from sklearn.metrics import average_precision_score

random = np.random.default_rng(4)
HEIGHT, WIDTH = 20, 24


def smooth(sigma, relu=0.0):
    """A map from 0 to 1; with `relu`, that part of it is 0."""
    values = gaussian_filter(random.normal(size=(HEIGHT, WIDTH)), sigma)
    values -= np.quantile(values, relu)
    values = np.maximum(values, 0) if relu else values - values.min()
    return np.round(values / values.max() * 1024) / 1024


def distinct():
    """A map without ties."""
    return (random.permutation(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) + 1.0) / 1024


def disc(y, x, radius):
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


def of_quantus(metric, values, mask=None):
    """One of Quantus's metrics, which take a batch with a channel, write into it, and want a model that they do not use."""
    arguments = {"a_batch": values[None, None].copy(), "x_batch": values[None, None].copy(), "y_batch": np.array([0])}
    if mask is not None:
        arguments["s_batch"] = mask[None, None]
    return float(metric(model=None, device=None, **arguments)[0])


QUIET = {"disable_warnings": True, "display_progressbar": False, "abs": False, "normalise": False}


def localisation(values, mask):
    quantus_of = lambda metric: of_quantus(metric(**QUIET), values, mask)
    top = np.argsort(-values.ravel(), kind="stable")[: round(0.2 * values.size)]
    inside = mask.ravel()[top].sum()
    threshold = threshold_otsu(values)
    return {
        "energy_share": quantus_of(quantus.RelevanceMassAccuracy),
        "rank_accuracy": quantus_of(quantus.RelevanceRankAccuracy),
        "pointing_game": quantus_of(quantus.PointingGame),
        "average_precision": average_precision_score(mask.ravel(), values.ravel()),
        "iou_top": inside / (len(top) + mask.sum() - inside),
        "otsu_threshold": threshold,
        "otsu_bin": (values.max() - values.min()) / 256,
    }


def complexity(values):
    return {"sparseness": of_quantus(quantus.Sparseness(**QUIET), values), "entropy": of_quantus(quantus.Complexity(**QUIET), values)}


def similarity(a, b):
    return {"ssim": structural_similarity(a, b, data_range=1.0), "spearman": spearmanr(a.ravel(), b.ravel()).statistic}


def main():
    maps = {"smooth": smooth(2.0), "rough": smooth(0.5), "relu": smooth(1.5, relu=0.7), "distinct": distinct(), "shuffled": distinct()}
    masks = {"disc": disc(8, 10, 4), "corner": disc(0, 23, 6), "peak": disc(*np.unravel_index(maps["smooth"].argmax(), (HEIGHT, WIDTH)), 3)}
    names = list(maps)
    golden = {
        "size": [HEIGHT, WIDTH],
        "maps": {name: (values.ravel() * 1024).astype(int).tolist() for name, values in maps.items()},
        "masks": {name: "".join("01"[int(v)] for v in mask.ravel()) for name, mask in masks.items()},
        "complexity": {name: complexity(values) for name, values in maps.items()},
        "localisation": [{"map": m, "mask": k, **localisation(maps[m], masks[k])} for m in maps for k in masks],
        "similarity": [{"a": a, "b": b, **similarity(maps[a], maps[b])} for i, a in enumerate(names) for b in names[i + 1 :]],
    }
    Path(__file__).with_name("maps.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
