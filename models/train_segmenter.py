"""Trains the shipped segmenter of optic disc and cup: one small U-Net that looks twice.

    python models/train_segmenter.py --data ../shared/data --rendered FOLDER --minutes 55
    python models/train_segmenter.py --data ../shared/data --rendered FOLDER --minutes 20 --refine models/segmenter.pt

The same network sees the whole photograph first, where it finds the disc, and then a square around what it found. So it is trained at every scale
in between: on Drishti's training split (expert masks), on the training photographs of fundus-two-class with a mask column (predicted by other
segmenters, kept where confident), and on eyes rendered by `crates/fundus/examples/render_masks.rs`. Test photographs are never opened here;
`models/measure_segmenter.py` measures on them. The second run leaves out the predicted masks that the network itself disputes by then: half discs, most
of them, where bright cups or atrophy misled the other segmenters. Writes `models/segmenter.onnx`, input 1x3x128x128 (RGB / 255), output 3 logits a pixel.

Needs torch, numpy, opencv-python and onnx. The run is as long as --minutes says; one thread.
"""

import argparse
import csv
import math
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
SIDE = 128
BATCH = 16
SEED = 5
RATE = 3e-3
# Share of each source among the samples.
SHARES = {"drishti": 0.42, "two-class": 0.38, "rendered": 0.20}
# Close-ups of low-resolution photographs teach the network what is to be seen there; the experts' masks weigh more.
WEIGHTS = {"drishti": 1.0, "two-class": 0.8, "rendered": 0.7}


def block(inside, outside, stride=1):
    return nn.Sequential(nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True))


class Segmenter(nn.Module):
    """A U-Net of 3x3 convolutions; the decoder ends at half resolution and the logits are enlarged bilinearly."""

    def __init__(self, widths=(16, 32, 56, 72, 88)):
        super().__init__()
        self.normal = nn.Conv2d(3, 3, 1, groups=3)
        with torch.no_grad():
            self.normal.weight.fill_(4.0)
            self.normal.bias.fill_(-1.6)
        self.normal.requires_grad_(False)
        ins = (3,) + widths[:-1]
        self.down = nn.ModuleList(nn.Sequential(block(i, o, 2), block(o, o)) for i, o in zip(ins, widths))
        self.squeeze = nn.ModuleList(nn.Sequential(nn.Conv2d(o, i, 1, bias=False), nn.BatchNorm2d(i)) for i, o in zip(widths[:-1], widths[1:]))
        self.up = nn.ModuleList(block(2 * i, i) for i in widths[:-1])
        self.head = nn.Conv2d(widths[0], 3, 1)

    def forward(self, x):
        x = self.normal(x)
        skips = []
        for down in self.down:
            x = down(x)
            skips.append(x)
        for level in range(len(self.up) - 1, -1, -1):
            x = F.interpolate(self.squeeze[level](x), scale_factor=2.0, mode="bilinear", align_corners=False)
            x = self.up[level](torch.cat([x, skips[level]], 1))
        return F.interpolate(self.head(x), scale_factor=2.0, mode="bilinear", align_corners=False)


class Photograph:
    """A photograph at several sizes, its classes (0 background, 1 rim, 2 cup), and the box of its disc."""

    def __init__(self, rgb, mask):
        labels = np.select([mask > 191, mask > 63], [2, 1], 0).astype(np.uint8)
        ys, xs = np.nonzero(labels)
        self.centre = np.array([xs.mean() + 0.5, ys.mean() + 0.5])
        self.diameter = float(max(np.ptp(xs), np.ptp(ys)) + 1)
        seen = cv2.blur(rgb.max(2), (5, 5)) > 15
        ys, xs = np.nonzero(seen)
        self.field = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], float)
        inside = rgb[seen].astype(np.float32)
        self.mean, self.std = inside.mean(0), inside.std(0) + 1
        self.levels = [(rgb, labels)]
        while max(self.levels[-1][0].shape[:2]) > 200:
            rgb = cv2.resize(rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            self.levels.append((rgb, labels))

    def view(self, to_view):
        """RGB and classes under the 2x3 matrix from photograph to view."""
        shrink = 1 / math.sqrt(abs(np.linalg.det(to_view[:, :2])))
        level = min(max(0, math.floor(math.log2(max(shrink, 1)) + 0.3)), len(self.levels) - 1)
        rgb, labels = self.levels[level]
        scaled = to_view.copy()
        # Edge coordinates: pixel centres are at + 0.5, for OpenCV at + 0.
        scaled[:, :2] *= 2**level
        scaled[:, 2] += scaled[:, :2] @ [0.5, 0.5] - 0.5
        full = to_view.copy()
        full[:, 2] += full[:, :2] @ [0.5, 0.5] - 0.5
        picture = cv2.warpAffine(rgb, scaled, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderValue=(0, 0, 0))
        return picture, cv2.warpAffine(labels, full, (SIDE, SIDE), flags=cv2.INTER_NEAREST)


def rounded(mask):
    """Disc and cup as their convex hulls: the other segmenters leave vessels out and fray the margin."""
    out = np.zeros_like(mask)
    for grey, threshold in [(128, 63), (255, 191)]:
        contours, _ = cv2.findContours((mask > threshold).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        if contours:
            cv2.fillConvexPoly(out, cv2.convexHull(max(contours, key=cv2.contourArea)), grey)
    return out


def load(data, rendered):
    """Photographs with masks, by source."""
    sources = {name: [] for name in SHARES}
    for name, folder in [("drishti", "drishti"), ("two-class", "fundus-two-class")]:
        with open(data / folder / "manifest.csv", newline="") as file:
            for row in csv.DictReader(file):
                if row["split"] == "train" and row["disc_cup_mask"]:
                    rgb = cv2.cvtColor(cv2.imread(str(data / folder / row["image"])), cv2.COLOR_BGR2RGB)
                    mask = cv2.imread(str(data / folder / row["disc_cup_mask"]), cv2.IMREAD_GRAYSCALE)
                    sources[name].append(Photograph(rgb, rounded(mask) if name == "two-class" else mask))
    for mask in sorted(rendered.glob("*-mask.png")):
        classes = cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
        if (classes > 0).sum() > 400 and (classes > 191).sum() > 40:
            rgb = cv2.cvtColor(cv2.imread(str(mask).replace("-mask", "")), cv2.COLOR_BGR2RGB)
            sources["rendered"].append(Photograph(rgb, classes))
    print({name: len(photographs) for name, photographs in sources.items()}, flush=True)
    return sources


def geometry(photograph, random):
    """A random matrix from photograph to view: whole photographs, close-ups, and everything between."""
    kind = random.random()
    field = photograph.field
    extent = max(field[2] - field[0], field[3] - field[1])
    if kind < 0.22:  # the whole field, with more or less margin
        side = extent * random.uniform(0.92, 1.35)
        centre = np.array([(field[0] + field[2]) / 2, (field[1] + field[3]) / 2]) + random.uniform(-0.08, 0.08, 2) * extent
    elif kind < 0.42:  # a part with the disc anywhere in it
        side = math.exp(random.uniform(math.log(photograph.diameter * 2.2), math.log(max(extent, photograph.diameter * 3))))
        room = max(side / 2 - 0.45 * photograph.diameter, 0)
        centre = photograph.centre + random.uniform(-1, 1, 2) * room
    else:  # the second look
        side = photograph.diameter * math.exp(random.uniform(math.log(1.8), math.log(3.6)))
        centre = photograph.centre + random.normal(0, 0.16, 2) * photograph.diameter
    angle = random.normal(0, 12) if random.random() < 0.8 else random.uniform(-180, 180)
    stretch = math.exp(random.normal(0, 0.07))
    turn = cv2.getRotationMatrix2D((0, 0), angle, 1)[:, :2]
    scale = SIDE / side * np.diag([stretch, 1 / stretch])
    if random.random() < 0.5:
        scale[0, 0] *= -1
    if random.random() < 0.15:
        scale[1, 1] *= -1
    linear = scale @ turn
    return np.hstack([linear, (SIDE / 2 - linear @ centre)[:, None]])


def cut(picture, labels, random):
    """Blackens what lies beyond a random edge, as where a crop of a photograph is padded to a square."""
    if random.random() < 0.25:
        rows = labels.any(1).nonzero()[0]
        columns = labels.any(0).nonzero()[0]
        if len(rows) and len(columns):
            gap = random.integers(0, 40, 4)
            top, bottom = max(rows[0] - gap[0], 0), rows[-1] + 1 + gap[1]
            left, right = max(columns[0] - gap[2], 0), columns[-1] + 1 + gap[3]
            for side in (picture, labels):
                side[:top], side[bottom:], side[:, :left], side[:, right:] = 0, 0, 0, 0


def faded(x, labels, random):
    """Another eye: the step of brightness at the edge of the cup, or of the disc, made smaller or larger."""
    for inner, outer, share, least, most in [(labels == 2, labels == 1, 0.3, -0.8, 0.5), (labels > 0, labels == 0, 0.15, -0.6, 0.3)]:
        if random.random() < share and inner.sum() > 60 and outer.sum() > 60:
            near = cv2.dilate(inner.astype(np.uint8), np.ones((25, 25), np.uint8)).astype(bool) & outer
            if near.any():
                step = x[inner].mean(0) - x[near].mean(0)
                soft = cv2.GaussianBlur(inner.astype(np.float32), (0, 0), random.uniform(1, 5))
                x = x + random.uniform(least, most) * step * soft[..., None]
    return x


def recoloured(picture, labels, photograph, others, random):
    """Another camera: colours of another photograph or of none, mixed channels, gamma, gains that clip, haze, blur, noise, uneven light, JPEG."""
    x = picture.astype(np.float32)
    black = x.max(2, keepdims=True) < 12
    x = faded(x, labels, random)
    kind = random.random()
    if kind < 0.40:
        other = others[random.integers(len(others))]
        blend = random.uniform(0.3, 1.0)
        x = (1 - blend) * x + blend * ((x - photograph.mean) / photograph.std * np.clip(other.std, 12, 60) + other.mean)
    elif kind < 0.65:  # a camera that none of the photographs is from
        mean = np.sort(random.uniform([15, 40, 90], [110, 150, 250]))[::-1]
        std = random.uniform(12, 60, 3)
        x = (x - photograph.mean) / photograph.std * std + mean
    if random.random() < 0.2:
        mix = np.eye(3) + random.normal(0, 0.15, (3, 3))
        x = x @ (mix / mix.sum(0)).astype(np.float32)
    x = np.clip(x, 0, 255) / 255
    x = x ** np.exp(random.normal(0, 0.25) + random.normal(0, 0.12, 3))
    x = x * np.exp(random.normal(0, 0.14, 3) + random.normal(0, 0.20))
    if random.random() < 0.3:  # uneven light
        yy, xx = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5
        slope = random.uniform(-0.7, 0.7, 2)
        x = x * (1 + slope[0] * xx + slope[1] * yy)[..., None]
    if random.random() < 0.35:  # contrast, and haze that takes it away
        x = (x - x.mean()) * random.uniform(0.45, 1.6) + x.mean()
    if random.random() < 0.15:
        haze = random.uniform(0.1, 0.5)
        x = (1 - haze) * x + haze * random.uniform(0.2, 0.9, 3)
    if random.random() < 0.12:  # nearly grey
        x = x + (x.mean(2, keepdims=True) - x) * random.uniform(0.3, 1)
    if random.random() < 0.12:  # local contrast, as after Ben Graham or CLAHE
        x = np.clip(x + random.uniform(0.5, 2.5) * (x - cv2.GaussianBlur(x, (0, 0), random.uniform(6, 20))), 0, 1)
    if random.random() < 0.4:
        x = cv2.GaussianBlur(x, (0, 0), random.uniform(0.4, 3.0))
    if random.random() < 0.12:  # a photograph of few pixels
        side = int(random.uniform(32, 96))
        x = cv2.resize(cv2.resize(x, (side, side), interpolation=cv2.INTER_AREA), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    if random.random() < 0.4:
        x = x + random.normal(0, random.uniform(0.005, 0.05), x.shape)
    x = np.clip(np.where(black, 0, x) * 255, 0, 255).astype(np.uint8)
    if random.random() < 0.3:
        x = cv2.imdecode(cv2.imencode(".jpg", x, [cv2.IMWRITE_JPEG_QUALITY, int(random.uniform(12, 90))])[1], cv2.IMREAD_COLOR)
    return x


def sample(sources, palette, random):
    name = random.choice(list(SHARES), p=list(SHARES.values()))
    photograph = sources[name][random.integers(len(sources[name]))]
    picture, labels = photograph.view(geometry(photograph, random))
    cut(picture, labels, random)
    return recoloured(picture, labels, photograph, palette, random), labels, WEIGHTS[name]


@torch.no_grad()
def undisputed(model, photographs):
    """Those whose mask the network agrees with: Dice 0.88 of the disc, 0.7 of the cup, in a close-up."""
    model.eval()
    kept = []
    for photograph in photographs:
        scale = SIDE / (2.6 * photograph.diameter)
        picture, labels = photograph.view(np.hstack([scale * np.eye(2), (SIDE / 2 - scale * photograph.centre)[:, None]]))
        found = model(torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255).argmax(1)[0].numpy()
        dice = [2 * ((found >= c) & (labels >= c)).sum() / max((found >= c).sum() + (labels >= c).sum(), 1) for c in (1, 2)]
        if dice[0] >= 0.88 and dice[1] >= 0.7:
            kept.append(photograph)
    model.train()
    return kept


def loss_of(logits, labels, weights):
    """Cross-entropy, discs weighing more where they are small, and soft Dice of disc and cup."""
    share = torch.tensor([0.25, 1.0, 1.0])
    pixels = F.cross_entropy(logits, labels, weight=share, reduction="none").mean((1, 2))
    probabilities = logits.softmax(1)
    dice = 0
    for predicted, truth in [(probabilities[:, 1:].sum(1), labels > 0), (probabilities[:, 2], labels == 2)]:
        truth = truth.float()
        overlap, total = (predicted * truth).sum((1, 2)), (predicted + truth).sum((1, 2))
        dice = dice + 1 - (2 * overlap + 5) / (total + 5)
    return ((2 * pixels + 0.5 * dice) * weights).mean()


def from_onnx(model, path):
    """Takes the weights of an exported network; returns the biases of its convolutions, into which batch norms were folded."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    files = [node for node in graph.node if node.op_type == "Conv"]
    convs, order = [m for m in model.modules() if isinstance(m, nn.Conv2d)], []
    hooks = [conv.register_forward_hook(lambda module, *_: order.append(module)) for conv in convs]
    model.eval()
    model(torch.zeros(1, 3, SIDE, SIDE))
    for hook in hooks:
        hook.remove()
    biases = {}
    for conv, node in zip(order, files, strict=True):
        conv.weight.data.copy_(torch.from_numpy(stored[node.input[1]].copy()))
        bias = torch.from_numpy(stored[node.input[2]].copy())
        if conv.bias is None:
            biases[conv] = bias
        else:
            conv.bias.data.copy_(bias)
    return biases


def unfold(model, biases, x):
    """Sets each batch norm so that it does to this batch what the folded bias did, with the batch's own statistics as the running ones."""
    norms = {}
    for module in model.modules():
        if isinstance(module, nn.Sequential) and len(module) > 1 and isinstance(module[1], nn.BatchNorm2d):
            norms[module[0]] = module[1]

    def set_norm(conv, _, out):
        norm, mean, var = norms[conv], out.mean((0, 2, 3)), out.var((0, 2, 3), unbiased=False)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(var)
        norm.weight.data.copy_((var + norm.eps).sqrt())
        norm.bias.data.copy_(mean + biases[conv])

    hooks = [conv.register_forward_hook(set_norm) for conv in biases]
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    model.train()


def batch(sources, palette, random, count=BATCH):
    """Pictures as the network takes them, labels, weights."""
    pictures, labels, weights = zip(*(sample(sources, palette, random) for _ in range(count)))
    x = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float().div(255).contiguous(memory_format=torch.channels_last)
    return x, torch.from_numpy(np.stack(labels)).long(), torch.tensor(weights)


def export(model, path):
    model.eval()
    example = torch.zeros(1, 3, SIDE, SIDE)
    torch.onnx.export(model, example, str(path), input_names=["image"], output_names=["logits"], opset_version=17, dynamo=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of drishti and fundus-two-class")
    parser.add_argument("--rendered", type=Path, required=True, help="rendered eyes with masks")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--refine", type=Path, help="weights (.pt, or an exported .onnx) to go on from, at a third of the rate, without disputed masks")
    parser.add_argument("--out", type=Path, default=HERE / "segmenter.onnx")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(SEED)
    random = np.random.default_rng(SEED + (arguments.refine is not None))
    sources = load(arguments.data, arguments.rendered)
    palette = sources["drishti"] + sources["two-class"] + sources["two-class"]

    model = Segmenter().to(memory_format=torch.channels_last)
    rate = RATE
    if arguments.refine:
        if arguments.refine.suffix == ".onnx":
            biases = from_onnx(model, arguments.refine)
            unfold(model, biases, batch(sources, palette, random, 256)[0])
        else:
            model.load_state_dict(torch.load(arguments.refine))
        sources["two-class"] = undisputed(model, sources["two-class"])
        rate = RATE / 3
        print(len(sources["two-class"]), "predicted masks are undisputed", flush=True)
    print(sum(p.numel() for p in model.parameters()), "parameters", flush=True)
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998), use_buffers=True)
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=rate, weight_decay=0.01)
    start, step, total = time.monotonic(), 0, 0.0
    while True:
        # The schedule follows the clock: up for 3 %, then down along a cosine.
        done = (time.monotonic() - start) / (60 * arguments.minutes)
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1, done / 0.03 + 0.02) * (0.5 + 0.5 * math.cos(math.pi * done))
        x, labels, weights = batch(sources, palette, random)
        loss = loss_of(model(x), labels, weights)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimiser.step()
        if step >= 100:
            average.update_parameters(model)
        total += loss.item()
        step += 1
        if step % 50 == 0:
            print(f"step {step}, {100 * done:.1f} %: loss {total / 50:.4f}", flush=True)
            total = 0.0
        if step % 500 == 0:
            torch.save(average.module.state_dict(), arguments.out.with_suffix(".pt"))
    torch.save(average.module.state_dict(), arguments.out.with_suffix(".pt"))
    export(average.module, arguments.out)


if __name__ == "__main__":
    main()
