"""Focus figures of five maps on made-up eyes, computed directly with numpy from maps and masks.

    python tests/golden/focus/make.py

writes focus.json beside this file: for each eye its field, disc and cup (circles and ellipses, which the test draws again), a map as a network gives it,
and what follows: zones, shares, chance, tolerance, pointing, AUPRC, centre of mass, spread, peak. Zones follow their definitions, not heatlens's code;
the bundles follow Jansonius et al. 2009 at each place instead of from a table.
"""

import json
from pathlib import Path

import numpy as np

random = np.random.default_rng(7)
ZONES = ["cup", "rim", "peripapillary", "zone_b", "arcuate_superior_temporal", "arcuate_inferior_temporal", "macula", "vessels", "other_retina",
         "field_edge", "outside"]
DEGREES_PER_DISC, FOVEA, BELOW, MACULA = 5.9, 2.65, 5.6, 1.67
CELLS, TOLERANCE, NEAR = 56, 0.1, 15 / 224
CHANCE = [[0.13, 0.37], [0.29, 0.71], [0.41, 0.19], [0.53, 0.83], [0.61, 0.47], [0.73, 0.11], [0.87, 0.59], [0.19, 0.91], [0.37, 0.53], [0.67, 0.29],
          [0.79, 0.79], [0.47, 0.67]]
SECTORS = [(40, "temporal"), (80, "temporal_superior"), (120, "nasal_superior"), (230, "nasal"), (270, "nasal_inferior"), (310, "temporal_inferior"),
           (360, "temporal")]


def ellipse(shape, centre, radii):
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    return ((x - centre[0]) / radii[0]) ** 2 + ((y - centre[1]) / radii[1]) ** 2 < 1


def depth(inside):
    """Distance of each pixel's centre to the nearest unlit one less a half, by steps of 1 and sqrt 2 along and across."""
    far = np.inf
    d = np.where(inside, far, -0.5)
    steps = [(dy, dx, np.hypot(dy, dx)) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
    while True:
        padded = np.pad(d, 1, constant_values=far)
        h, w = d.shape
        new = np.minimum(d, np.min([padded[1 + dy : 1 + dy + h, 1 + dx : 1 + dx + w] + cost for dy, dx, cost in steps], axis=0))
        if np.array_equal(new, d):
            return d
        d = new


def arcuate(u, v, fovea):
    """1 in the superior-temporal bundles, -1 in the inferior-temporal ones: between those that leave the disc at the limits of the sectors."""
    scale = DEGREES_PER_DISC
    x, y = (fovea[0] - u) * scale, (v - fovea[1]) * scale
    disc = np.array([fovea[0], -fovea[1]]) * scale
    y = np.where(x > 0, y - disc[1] * (x / disc[0]) ** 2, y)
    x = x - disc[0]
    r, phi = np.hypot(x, y), np.degrees(np.arctan2(y, x))

    def superior(phi0):
        t = np.tanh((phi0 - 121) / 14)
        return np.minimum(phi0 + np.exp(-1.9 - 3.9 * t) * np.maximum(r - 4, 0) ** (1.9 + 1.4 * t), 180)

    def inferior(phi0):
        t = np.tanh((-phi0 - 90) / 25)
        return np.minimum(-phi0 + np.exp(0.5 - 1.5 * t) * np.maximum(r - 4, 0) ** (1 + 0.5 * t), 180)

    above = (phi > 0) & (superior(100) <= phi) & (phi <= superior(139))
    below = (phi <= 0) & (inferior(-91) <= -phi) & (-phi <= inferior(-130))
    return np.where(r >= 4, above * 1 - below * 1, 0)


class Eye:
    def __init__(self, spec):
        height, width = self.shape = spec["photograph"]
        self.inside = np.ones(self.shape, bool) if spec["field"] is None else ellipse(self.shape, spec["field"][:2], [spec["field"][2]] * 2)
        self.radius = spec["field"][2] if spec["field"] else max(height, width) / 2
        self.depth = depth(self.inside)
        self.disc = ellipse(self.shape, *spec["disc"])
        self.cup = ellipse(self.shape, *spec["cup"]) & self.disc
        y, x = np.nonzero(self.disc)
        self.centre = np.array([x.mean(), y.mean()]) + 0.5
        self.diameter = 2 * np.sqrt(self.disc.sum() / np.pi)
        self.sign = {"right": -1, "left": 1, None: 1}[spec["side"]]
        self.sided = spec["side"] is not None

    def seen(self, x, y, centre):
        return self.sign * (x - centre[0]) / self.diameter, -(y - centre[1]) / self.diameter

    def zones(self, grid, shift=(0, 0)):
        """The zone at the centre of each cell of a grid over the photograph."""
        height, width = self.shape
        rows, columns = np.mgrid[: grid[0], : grid[1]] + 0.5
        x, y = columns * width / grid[1], rows * height / grid[0]
        moved = np.array(shift) * self.diameter

        def at(mask, x, y):
            i, j = np.floor(y).astype(int), np.floor(x).astype(int)
            known = (i >= 0) & (i < height) & (j >= 0) & (j < width)
            return known & mask[np.clip(i, 0, height - 1), np.clip(j, 0, width - 1)]

        u, v = self.seen(x, y, self.centre + moved)
        r = np.hypot(u, v)
        edge = self.inside & (self.depth < 0.05 * self.radius)
        fovea = FOVEA * np.array([np.cos(np.radians(BELOW)), -np.sin(np.radians(BELOW))])
        bundles = arcuate(u, v, fovea) * self.sided
        macula = (np.hypot(u - fovea[0], v - fovea[1]) < MACULA) & self.sided
        conditions = [at(self.cup, x - moved[0], y - moved[1]), at(self.disc, x - moved[0], y - moved[1]), ~at(self.inside, x, y), r < 1, r < 1.5,
                      at(edge, x, y), bundles > 0, bundles < 0, macula]
        names = ["cup", "rim", "outside", "peripapillary", "zone_b", "field_edge", "arcuate_superior_temporal", "arcuate_inferior_temporal", "macula"]
        return np.select(conditions, [ZONES.index(name) for name in names], ZONES.index("other_retina"))


def finished(raw, size, signed):
    """Bilinear with half-pixel centres, edges clamped; ReLU and min-max before and after, or division by the largest magnitude."""
    def stretch(a):
        return (a - a.min()) / (1e-7 + a.max() - a.min())

    def weights(n, m):
        position = np.clip((np.arange(m) + 0.5) * n / m - 0.5, 0, n - 1)
        low = np.floor(position).astype(int)
        matrix = np.zeros((m, n))
        matrix[np.arange(m), low] += 1 - (position - low)
        matrix[np.arange(m), np.minimum(low + 1, n - 1)] += position - low
        return matrix

    low = raw if signed else stretch(np.maximum(raw, 0))
    high = weights(raw.shape[0], size[0]) @ low @ weights(raw.shape[1], size[1]).T
    return np.abs(high) / np.abs(high).max() if signed else stretch(high)


def shares(values, labels):
    return np.bincount(labels.ravel(), values.ravel(), len(ZONES)) / values.sum()


def average_precision(values, mask):
    order = np.argsort(-values.ravel(), kind="stable")
    ordered, hits = values.ravel()[order], mask.ravel()[order]
    last = np.append(ordered[1:] != ordered[:-1], True)
    true = np.cumsum(hits)[last]
    precision, recall = true / (np.nonzero(last)[0] + 1), true / mask.sum()
    return np.sum(np.diff(recall, prepend=0) * precision)


def measured(spec):
    eye, size = Eye(spec), spec["input"]
    raw = np.array(spec["values"]).reshape(spec["map"])
    values = finished(raw, size, spec["signed"])
    labels = eye.zones(size)
    target = labels <= 1
    step = max(1, max(size) // CELLS)
    coarse = values.reshape(size[0] // step, step, size[1] // step, step).sum((1, 3))
    own = shares(values, labels)
    shifts = [(TOLERANCE, 0), (-TOLERANCE, 0), (0, TOLERANCE), (0, -TOLERANCE)]
    moved = np.array([own] + [shares(coarse, eye.zones(coarse.shape, shift)) for shift in shifts])
    finely = np.array([own] + [shares(values, eye.zones(size, shift)) for shift in shifts])
    seen_coarsely = labels[step // 2 :: step, step // 2 :: step]
    rolls = [(-int(y * coarse.shape[0]), -int(x * coarse.shape[1])) for y, x in CHANCE]
    chance = np.mean([shares(np.roll(coarse, roll, (0, 1)), seen_coarsely) for roll in rolls], axis=0)
    rows, columns = np.mgrid[: size[0], : size[1]] + 0.5
    weight = values / values.sum()
    centre = np.array([(weight * columns).sum(), (weight * rows).sum()])
    spread = np.sqrt((weight * ((columns - centre[0]) ** 2 + (rows - centre[1]) ** 2)).sum()) / np.hypot(*size)
    peak = np.unravel_index(values.argmax(), values.shape)
    assert (values == values.max()).sum() == 1
    distance = np.hypot(*(np.argwhere(target) - peak).T).min()
    scale = np.array(eye.shape[::-1]) / np.array(size[::-1])

    def place(point):
        u, v = eye.seen(*(point * scale), eye.centre)
        return np.hypot(u, v), np.degrees(np.arctan2(v, u)) % 360

    (centre_r, centre_theta), (peak_r, peak_theta) = place(centre), place(np.array(peak[::-1]) + 0.5)
    areas = shares(np.ones(size), labels)
    cells = eye.diameter / np.sqrt(np.prod(np.array(eye.shape) / np.array(spec["map"])))
    sector = next(name for most, name in SECTORS if peak_theta <= most)
    return {
        "zone_areas": areas, "shares": own, "enrichment": own[:2].sum() / areas[:2].sum(),
        "shares_low": moved.min(0), "shares_high": moved.max(0), "finely_low": finely.min(0), "finely_high": finely.max(0), "shares_chance": chance,
        "cells_per_target": cells, "pointing": bool(target[peak]), "pointing_near": bool(distance <= NEAR * size[1]),
        "auprc": average_precision(values, target), "auprc_chance": target.mean(),
        "centre_x": centre[0] / size[1], "centre_y": centre[1] / size[0], "centre_r": centre_r, "centre_theta": centre_theta, "spread": spread,
        "peak_x": (peak[1] + 0.5) / size[1], "peak_y": (peak[0] + 0.5) / size[0], "peak_r": peak_r, "peak_theta": peak_theta,
        "peak_sector": sector if eye.sided and cells >= 3 else None,
    }


def case(name, photograph, field, disc, cup, side, size, cells, towards, signed=False):
    """A map with a bump at `towards`, a share of the picture, and noise; signed maps have a second bump against the class."""
    y, x = (np.mgrid[: cells[0], : cells[1]] + 0.5) / np.array(cells)[:, None, None]
    bump = np.exp(-((x - towards[0]) ** 2 + (y - towards[1]) ** 2) / 0.02)
    values = bump + random.normal(0, 0.15, cells) - (0.8 * np.exp(-((x - 0.8) ** 2 + (y - 0.3) ** 2) / 0.02) if signed else 0)
    spec = {"name": name, "photograph": photograph, "field": field, "disc": disc, "cup": cup, "side": side, "input": size, "map": cells,
            "signed": signed, "values": np.round(values, 3).ravel()}
    return spec | {"expected": measured(spec)}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(v) for v in value]
    return round(float(value), 7) if isinstance(value, (float, np.floating)) else value


cases = [
    case("right eye, on the disc", [224, 224], [112, 112, 106], [[150, 108], [15, 17]], [[148, 108], [7, 8]], "right", [224, 224], [7, 7], [0.67, 0.48]),
    case("left eye, on the inferior bundles", [260, 300], [151, 131, 126], [[110, 128], [23, 25]], [[112, 129], [14, 17]], "left", [56, 56], [20, 20],
         [0.45, 0.72]),
    case("no side, above the disc", [200, 200], [100, 100, 94], [[101, 98], [20, 21]], [[101, 98], [9, 10]], None, [64, 64], [8, 8], [0.5, 0.2]),
    case("crop without an edge", [180, 180], None, [[92, 88], [36, 38]], [[90, 88], [20, 25]], "right", [48, 48], [12, 12], [0.5, 0.42]),
    case("signed map, wide picture", [210, 280], [138, 106, 101], [[90, 100], [14, 15]], [[91, 100], [9, 10]], "left", [48, 64], [6, 8], [0.3, 0.5], True),
]
text = json.dumps({"zones": ZONES, "cases": plain(cases)}, separators=(",", ":"))
Path(__file__).with_name("focus.json").write_text(text.replace('{"name"', '\n{"name"') + "\n")
for spec in cases:
    print(spec["name"], {z: round(float(s), 3) for z, s in zip(ZONES, spec["expected"]["shares"])}, spec["expected"]["peak_sector"])
